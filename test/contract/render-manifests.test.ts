import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { RenderRefused, type SourcedObject } from '../../app/core/ports.ts';
import { openRenderer, type OpenRenderer } from '../../app/io/render/renderer.ts';
import { cloudOf, type Files } from '../support/charts/cloud.ts';
import { openFakeLog } from '../support/fake-clock.ts';

const values = { app: 'foo', pr: '241', tenant: 'fr', sha: 'c0ffee1'.padEnd(40, '0'), shortSha: 'c0ffee1', branch: 'feature-x', host: 'foo-241-fr.preview.bar.com' };
const configMap = (name: string, data = '{}'): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: ${data}\n`;

describe('.cloud/manifests', () => {
  let renderer: OpenRenderer;
  before(() => {
    renderer = openRenderer({ helm: undefined, log: openFakeLog(), limits: { readMs: 2_000, readHeapMiB: 128 } });
  });
  after(() => renderer.close());

  const render = (files: Files): Promise<readonly SourcedObject[]> => renderer.manifests(cloudOf(files), values, 'acme/foo');

  test('every .yaml, .yml and .json file, in the order of their names, not those in folders', async () => {
    const objects = await render({
      'manifests/b.yaml': `${configMap('b1')}---\n${configMap('b2')}`,
      'manifests/a.yml': configMap('a'),
      'manifests/c.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }, null, '\t'),
      'manifests/README.md': '# no object',
      'manifests/deep/d.yaml': configMap('d'),
      'manifestsx/e.yaml': configMap('e'),
      'charts/api/templates/f.yaml': '{{',
    });
    assert.deepEqual(objects.map(({ file, object, stable }) => [file, (object['metadata'] as { name: string }).name, stable]), [
      ['.cloud/manifests/a.yml', 'a', true],
      ['.cloud/manifests/b.yaml', 'b1', true],
      ['.cloud/manifests/b.yaml', 'b2', true],
      ['.cloud/manifests/c.json', 'c', true],
    ]);
  });

  test('${…} is filled in, in texts, after they are read', async () => {
    const [object] = await render({ 'manifests/a.yaml': configMap('"${app}-${pr}"', '{ host: "https://${host}/", plain: "$${host}", "${app}": x, number: 8080, list: [{ tenant: "${tenant}" }] }') });
    assert.deepEqual(object?.object, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'foo-241' },
      data: { host: 'https://foo-241-fr.preview.bar.com/', plain: '${host}', '${app}': 'x', number: 8080, list: [{ tenant: 'fr' }] },
    });
  });

  test('a value cannot become more than a text', async () => {
    const hostile = { ...values, branch: 'x\nkind: Pod', host: '"}, kind: Pod #', tenant: '${sha}' };
    const [object, second] = await renderer.manifests(cloudOf({ 'manifests/a.yaml': configMap('a', '{ b: "${branch}", h: "${host}", t: "${tenant}" }') }), hostile, 'acme/foo');
    assert.deepEqual([object?.object['kind'], object?.object['data']], ['ConfigMap', { b: 'x\nkind: Pod', h: '"}, kind: Pod #', t: '${sha}' }]);
    assert.equal(second, undefined);
  });

  const refused: readonly (readonly [name: string, content: string | Uint8Array, message: RegExp])[] = [
    ['an unknown name', configMap('a', '{ x: ["${tenent}"] }'), /^\.cloud\/manifests\/a\.yaml data\.x\[0\]: cannot fill in \$\{tenent\} — the names are app, pr/],
    ['a ${ that nothing closes', configMap('a', '{ x: "${host" }'), /a\.yaml data\.x: cannot fill in \$\{/],
    ['text', 'hello\n', /^\.cloud\/manifests\/a\.yaml: has "hello" where an object should be/],
    ['a list', '- a\n', /a\.yaml: has a list where an object should be/],
    ['a number', '3\n', /a\.yaml: has "3" where an object should be/],
    ['a List of texts', 'kind: List\nitems: [a]\n', /a\.yaml: has "a" where an object should be/],
    ['bad YAML (B56)', 'a: 1\nb: [\n', /^\.cloud\/manifests\/a\.yaml:\d+: is not valid YAML/],
    ['${…} without quotes where they are needed', configMap('${app}'), /a\.yaml:3: is not valid YAML: .* — write a text with \$\{…\} in quotes/],
    ['tabs (B56)', 'a:\n\tb: 1\n', /a\.yaml:2: is not valid YAML: Tabs are not allowed as indentation/],
    ['a key twice (B56)', 'a: 1\nb: 1\na: 2\n', /a\.yaml:3: the key a is here twice — keep one of the two/],
    ['UTF-16 (B57)', Buffer.from('\uFEFFa: 1\n', 'utf16le'), /a\.yaml: is UTF-16 — save it as UTF-8/],
    ['UTF-16 the other way (B57)', Buffer.from('\uFEFFa: 1\n', 'utf16le').swap16(), /a\.yaml: is UTF-16/],
    ['Latin-1 (B147)', Buffer.from('a: caf\xe9\n', 'latin1'), /a\.yaml: is not UTF-8/],
    ['a NUL (B57)', 'a: "x\0"\n', /a\.yaml: has a NUL character/],
    ['5,000 brackets (B56)', '['.repeat(5_000), /a\.yaml:1: is nested more than 64 levels deep/],
    ['a million documents (B56)', '---\n'.repeat(1_000_000), /a\.yaml:\d+: has too many documents/],
    ['100,000 aliases (B55)', `a: &a x\nb: [${'*a, '.repeat(100_000)}]\n`, /a\.yaml:2: has too many aliases/],
    ['a billion laughs (B55)', `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'.split('').map((name, index) => `${name}: &${name} [${Array.from({ length: 9 }, () => `*${'abcdefghi'[index] ?? ''}`).join(',')}]`).join('\n')}\n`, /a\.yaml:\d+: has too many/],
    ['a merge of nothing, many times (B55)', `e: &e {}\na: { ${'<<: *e, '.repeat(50_000)} }\n`, /a\.yaml:2: has too many aliases/],
    ['what takes too long or too much to read', `a: [${'"x", '.repeat(3_000_000)}]\n`, /a\.yaml:1: has too many words|\.cloud\/manifests takes (?:longer|more memory) to read/],
  ];
  for (const [name, content, message] of refused) {
    test(`${name} is refused`, async () => {
      await assert.rejects(render({ 'manifests/a.yaml': content }), (error: unknown) => error instanceof RenderRefused && message.test(error.problems.join('\n')) && error.problems.join().length < 2_000);
    });
  }

  test('everything that is wrong is told, to a limit', async () => {
    const files = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`manifests/${String(index).padStart(2, '0')}.yaml`, 'hello\n']));
    const error = await render(files).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RenderRefused);
    assert.equal(error.problems.length, 21);
    assert.deepEqual([error.problems[0]?.slice(0, 27), error.problems[20]], ['.cloud/manifests/00.yaml: h', '.cloud/manifests: 10 more problems — mend these first']);
  });

  test('no files are refused', async () => {
    await assert.rejects(render({ 'manifests/deep/a.yaml': configMap('a') }), /\.cloud\/manifests: has no \.yaml, \.yml or \.json files/);
  });

  test('a reader that was stopped is replaced', async () => {
    const small = openRenderer({ helm: undefined, log: openFakeLog(), atOnce: 1, limits: { readMs: 300, yaml: { documents: 10, nodes: 10_000_000, depth: 64, aliases: 10 } } });
    try {
      const endless = cloudOf({ 'manifests/a.yaml': `a: [${'{ b: "x" }, '.repeat(400_000)}]\n` });
      const [stopped, read] = await Promise.allSettled([small.manifests(endless, values, 'acme/foo'), small.manifests(cloudOf({ 'manifests/a.yaml': configMap('a') }), values, 'acme/foo')]);
      assert.match(stopped.status === 'rejected' ? String(stopped.reason) : 'was read', /\.cloud\/manifests takes longer to read than the 0\.3 s it may/);
      assert.equal(read.status, 'fulfilled');
    } finally {
      await small.close();
    }
  });

  test('a reader that runs out of memory is replaced', async () => {
    const small = openRenderer({ helm: undefined, log: openFakeLog(), atOnce: 1, limits: { readMs: 60_000, readHeapMiB: 32, yaml: { documents: 10, nodes: 10_000_000, depth: 64, aliases: 10 } } });
    try {
      await assert.rejects(small.manifests(cloudOf({ 'manifests/a.yaml': `a: [${'{ b: "x" }, '.repeat(400_000)}]\n` }), values, 'acme/foo'), /\.cloud\/manifests takes more memory to read than the 32 MiB it may/);
      assert.equal((await small.manifests(cloudOf({ 'manifests/a.yaml': configMap('a') }), values, 'acme/foo')).length, 1);
    } finally {
      await small.close();
    }
  });

  test('after close nothing is read', async () => {
    const closed = openRenderer({ helm: undefined, log: openFakeLog() });
    const waiting = closed.manifests(cloudOf({ 'manifests/a.yaml': configMap('a') }), values, 'acme/foo');
    await Promise.all([assert.rejects(waiting, /the renderer is closed/), closed.close()]);
    await assert.rejects(closed.manifests(cloudOf({ 'manifests/a.yaml': configMap('a') }), values, 'acme/foo'), /the renderer is closed/);
  });
});
