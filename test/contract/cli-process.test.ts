import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Result } from '../../app/cli/result.ts';
import { avant, command, ending } from './cli-process.ts';

const image = 'image: registry.test/web:${sha}\n';

describe('the command avant, as a process', { timeout: 120_000 }, () => {
  let root: string;
  before(() => {
    root = mkdtempSync(join(tmpdir(), 'avant-cli-'));
    const write = (path: string, text: string): void => {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    };
    write('fine/.cloud/preview.yaml', `${image}tenants: [fr, be]\n`);
    write('broken/.cloud/preview.yaml', 'image: [\n');
    write('secret/.cloud/preview.yaml', `${image}secrets: [foo-preview]\n`);
    write('names/.cloud/preview.yaml', `${image}tenants: [all, FR, __proto__, "\\e[31m"]\n`);
    write('chart/.cloud/charts/api/Chart.yaml', 'apiVersion: v2\nname: api\nversion: 0.1.0\n');
    write('both/.cloud/charts/api/Chart.yaml', 'apiVersion: v2\nname: api\nversion: 0.1.0\n');
    write('both/.cloud/preview.yaml', 'tenants: [fr, be]\n');
    write(
      'avant.yaml',
      'domain: preview.bar.com\ntenants: { fr: {}, hu: {} }\nsecrets: { namespace: kept, projects: { bar/secret: { all: [foo-preview] } } }\n',
    );
    write('wrong.yaml', 'domian: preview.bar.com\n');
    symlinkSync('fine', join(root, 'link'));
  });
  after(() => {
    rmSync(root, { recursive: true });
  });

  test('0: from any directory, and by a link', async () => {
    const { code, out, err } = await avant(['validate', '../link', '--repository', 'bar/foo', '--tenant', 'be'], {
      cwd: join(root, 'broken'),
    });
    assert.deepEqual([code, err], [0, '']);
    assert.match(out, /^✓ be in foo-1-be: https:\/\/foo-1-be\.preview\.example\.com\n/);
    const steps = out
      .trim()
      .split('\n')
      .slice(1)
      .map((line) => line.trim());
    assert.deepEqual(steps.slice(0, 1), ['apply ServiceAccount/default (base)']);
    assert.deepEqual(steps.slice(-2), ['apply Deployment/foo (rest)', 'apply Ingress/foo (rest)']);
    const here = await avant(['validate'], { cwd: join(root, 'fine') });
    assert.deepEqual([here.code, here.err], [0, '']);
    assert.match(here.out, /^✓ fr in fine-1-fr: /);
  });

  test('1: problems are what was asked for, on stdout', async () => {
    const { code, out, err } = await avant(['validate', 'broken'], { cwd: root });
    assert.deepEqual([code, err], [1, '']);
    assert.match(out, /^✗ \.cloud\/preview\.yaml:2:1 /);
    const names = await avant(['validate', 'names'], { cwd: root });
    assert.deepEqual([names.code, names.err], [1, '']);
    assert.equal(
      names.out.split('\n').filter((line) => /^✗ \.cloud\/preview\.yaml:2:\d+ tenants\[\d\]: /.test(line)).length,
      4,
      names.out,
    );
  });

  test('1: a tenant that the platform does not have', async () => {
    const { code, out } = await avant(['validate', 'fine', '--config', 'avant.yaml'], { cwd: root });
    assert.equal(code, 1);
    assert.match(out, /tenants\[1\].*be/);
  });

  test('Secrets are given by the platform, or named', async () => {
    const without = await avant(['validate', 'secret'], { cwd: root });
    assert.equal(without.code, 1);
    assert.match(without.out, /names the Secret "foo-preview", which this preview does not have/);
    for (const more of [
      ['--secret', 'foo-preview'],
      ['--config', 'avant.yaml', '--repository', 'bar/secret', '--tenant', 'fr'],
    ]) {
      const { code, out } = await avant(['validate', 'secret', ...more], { cwd: root });
      assert.equal(code, 0, out);
    }
  });

  test('2: the command line is wrong, and nothing is on stdout', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /^avant: a command is missing\navant: Try: avant --help\n$/],
      [
        ['validate', 'fine', '--tenant', 'hu', '--json'],
        /^avant: --tenant: the project has no tenant hu; it has fr, be\n/,
      ],
      [
        ['validate', 'fine', '--tenant', 'be', '--config', 'avant.yaml'],
        /^avant: --tenant: avant\.yaml has no tenant be; it has fr, hu\n/,
      ],
    ];
    for (const [argv, words] of cases) {
      const { code, out, err } = await avant(argv, { cwd: root });
      assert.deepEqual([code, out], [2, ''], argv.join(' '));
      assert.match(err, words);
    }
  });

  test('3: what cannot be read is told on stderr, and in the document', async () => {
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [['validate', 'nowhere'], /^avant: nowhere is not there: give the directory of a checkout\n$/],
      [['validate', 'fine', '--config', 'none.yaml'], /^avant: --config: none\.yaml cannot be read \(ENOENT/],
      [
        ['validate', 'fine', '--config', 'wrong.yaml'],
        /^avant: wrong\.yaml:1:1 domain: is missing[^\n]*\navant: wrong\.yaml:1:1 domian: unknown key — did you mean "domain"\?\n$/,
      ],
    ];
    for (const [argv, words] of cases) {
      const { code, out, err } = await avant([...argv, '--json'], { cwd: root });
      assert.equal(code, 3);
      assert.match(err, words);
      assert.deepEqual((JSON.parse(out) as Result).unknown.map((line) => `avant: ${line}\n`).join(''), err);
    }
    const { code, out } = await avant(['validate', 'nowhere'], { cwd: root });
    assert.deepEqual([code, out], [3, '']);
  });

  test('3: without helm a chart is not the branch’s fault, and how to get one is told', async () => {
    const env = { PATH: root, HOME: root };
    const none = await avant(['validate', 'both'], { cwd: root, env });
    assert.equal(none.code, 3);
    assert.match(none.out, /^\? fr in both-1-fr: [^\n]*\n\? be in both-1-be: [^\n]*\n$/);
    assert.match(none.err, /^avant: fr, be: .*install\/helm\.sh.*AVANT_HELM[^\n]*\n$/);
    const another = await avant(['validate', 'chart', '--json'], {
      cwd: root,
      env: { ...env, AVANT_HELM: '/bin/true' },
    });
    assert.equal(another.code, 3);
    assert.match((JSON.parse(another.out) as Result).previews[0]?.unknown.join() ?? '', /helm 4 is needed/);
  });

  test('3: a Node that is too old says what it lacks', async () => {
    const old = `data:text/javascript,Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.20.2' } })`;
    const { code, out, err } = await avant(['validate', 'broken'], { cwd: root, node: ['--import', old] });
    assert.deepEqual([code, out], [3, '']);
    assert.match(err, /needs Node 22\.19 or newer.*this is 20\.20\.2/);
  });

  test('3: a checkout that is not whole', async () => {
    cpSync(dirname(command), join(root, 'app/cli'), { recursive: true });
    cpSync(join(dirname(command), '../node.mjs'), join(root, 'app/node.mjs'));
    const { code, out } = await ending(
      [process.execPath, join(root, 'app/cli/avant.mjs'), 'validate', join(root, 'fine')],
      { env: {} },
    );
    assert.deepEqual([code, out], [3, '']);
  });
});
