import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { trafficCases } from '../support/traffic-cases.ts';
import { toldIngress } from '../support/traffic-ingress.ts';

const folder = new URL('../golden/traffic/', import.meta.url);
const dialects = ['haproxy-ingress', 'haproxytech'] as const;
const update = process.env['UPDATE_GOLDEN'] === '1';

describe('what the door is told', () => {
  for (const [name, one] of Object.entries(trafficCases))
    for (const dialect of dialects)
      test(`${name}, ${dialect}`, () => {
        const { objects, notes, refused } = toldIngress(dialect, one, 'foo-241.preview.bar.com');
        const [ingress] = objects;
        const parts = { ...(ingress ? { ingress } : {}), ...(notes.length === 0 ? {} : { notes }), ...(refused.length === 0 ? {} : { refused }) };
        const text = stringify(parts, { lineWidth: 0 });
        const path = new URL(`${name}.${dialect}.yaml`, folder);
        if (update) {
          mkdirSync(folder, { recursive: true });
          writeFileSync(path, text);
        }
        assert.equal(text, readFileSync(path, 'utf8'));
      });

  test('there is no golden file without its case', () => {
    const expected = Object.keys(trafficCases).flatMap((name) => dialects.map((dialect) => `${name}.${dialect}.yaml`));
    assert.deepEqual(readdirSync(folder).filter((name) => name !== 'haproxy').sort(), expected.sort());
    assert.ok(expected.length >= 40);
  });
});
