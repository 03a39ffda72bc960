import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { trafficCases, type trafficCase, type TrafficCase } from '../support/traffic-cases.ts';
import { openDoor, type RealDoor } from '../support/traffic-door.ts';
import { toldIngress } from '../support/traffic-ingress.ts';
import { clusterProblem } from './cluster.ts';

const problem = clusterProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);
const golden = new URL('../golden/traffic/haproxy/', import.meta.url);
const update = process.env['UPDATE_GOLDEN'] === '1';

/** Those that jcmoraisjr's controller is told at all. */
const told = Object.entries(trafficCases).filter(([, one]) => toldIngress('haproxy-ingress', one, 'a.preview.bar.com').refused.length === 0);
const namespaceOf = (name: string): string => `golden-${name}`;

suite('what the real controller makes of every case', { skip }, () => {
  let door: RealDoor;
  let sections: ReadonlyMap<string, string>;

  before(async () => {
    assert.equal(problem, undefined);
    door = await openDoor();
    await door.secret('avant-secrets', 'preview-passwords', 'ann::abc\n');
    await Promise.all(told.map(([name, one]) => door.open(namespaceOf(name), resolvable(one, door.ours))));
    sections = sectionsOf(await door.configuration());
  });
  after(() => door.close());

  test('is taken by a real `haproxy -c`, all together', async () => {
    assert.equal(await door.refusal(), undefined);
  });

  for (const [name] of told)
    test(name, () => {
      const section = sections.get(`${namespaceOf(name)}_web_${door.echo}`);
      assert.ok(section !== undefined);
      const text = section
        .replaceAll(namespaceOf(name), 'foo-241')
        .replaceAll(`${door.ours}:${door.echo}`, '10.0.0.1:8080')
        .replaceAll(String(door.echo), '8080');
      const file = new URL(`${name}.cfg`, golden);
      if (update) {
        mkdirSync(golden, { recursive: true });
        writeFileSync(file, text);
      }
      assert.equal(text, readFileSync(file, 'utf8'));
    });

  test('there is no golden file without its case', () => {
    assert.deepEqual(readdirSync(golden).sort(), told.map(([name]) => `${name}.cfg`).sort());
  });
});

/** The controller looks up the host of where it asks: one that there is. */
function resolvable({ rules, paths, annotations }: TrafficCase, address: string): Parameters<typeof trafficCase>[0] {
  const { access } = rules;
  const known = access.kind === 'request' ? { ...access, url: access.url.replace('sso.bar.com', address) } : access;
  return { rules: { ...rules, access: known }, traffic: rules.traffic, paths, annotations };
}

/** Returns the sections `backend …` of a configuration by their names. */
function sectionsOf(configuration: string): ReadonlyMap<string, string> {
  const texts = configuration.split(/\n(?=\S)/).filter((text) => text.startsWith('backend '));
  return new Map(texts.map((text) => [/^backend (\S+)/.exec(text)?.[1] ?? '', `${text.replace(/\n\s*#.*$/gm, '').trimEnd()}\n`]));
}
