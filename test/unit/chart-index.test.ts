import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { indexEntry, type IndexEntry } from '../../app/io/charts/index-entry.ts';
import { entriesOfChart } from '../../app/io/charts/index-part.ts';
import { defaultLimits } from '../../app/io/render/limits.ts';

const look = (text: string, name = 'redis', version = '1.2.3'): IndexEntry => indexEntry(Buffer.from(text), { name, version }, defaultLimits.yaml);
const digest = 'ab'.repeat(32);
const version = (text: string, more = ''): string => `  - name: redis\n    digest: ${digest}\n    urls:\n    - redis-${text}.tgz\n    version: ${text}\n${more}`;
const found = (url: string): IndexEntry => ({ kind: 'found', digest, url });

describe('an index of a chart repository', () => {
  const index = `apiVersion: v1\nentries:\n  other:\n  - version: 1.2.3\n  redis:\n${version('1.2.4')}${version('1.2.3')}  zoo:\n  - version: 1.2.3\ngenerated: "x"\n`;

  test('has versions of charts', () => {
    assert.deepEqual(look(index), found('redis-1.2.3.tgz'));
    assert.deepEqual(look(index, 'redis', '1.2.4'), found('redis-1.2.4.tgz'));
    assert.deepEqual(look(index, 'redis', 'v1.2.4'), found('redis-1.2.4.tgz'));
    assert.deepEqual(look(index, 'zoo'), { kind: 'found', digest: undefined, url: undefined });
    assert.deepEqual(look(index, 'redis', '1.2.5'), { kind: 'absent', named: true });
    assert.deepEqual(look(index, 'nothing'), { kind: 'absent', named: false });
  });

  test('the version that is written as asked for goes first', () => {
    const both = `entries:\n  redis:\n${version('1.2.3')}${version('v1.2.3')}`;
    assert.deepEqual([look(both, 'redis', '1.2.3'), look(both, 'redis', 'v1.2.3')], [found('redis-1.2.3.tgz'), found('redis-v1.2.3.tgz')]);
  });

  for (const [what, text] of Object.entries({
    'in JSON': JSON.stringify(parse(index)),
    'in flow style': `{entries: {redis: [{version: 1.2.3, digest: ${digest}, urls: [redis-1.2.3.tgz]}]}}`,
    'with more indentation': `entries:\n      redis:\n${version('1.2.3').replaceAll(/^/gm, '      ').trimEnd()}\n`,
    'with a list that is not indented': `entries:\n  redis:\n${version('1.2.3')}`,
    'with the name in quotes': index.replace('redis:', '"redis":').replace('zoo:', "'zoo':"),
    'with comments and blank lines': index.replaceAll('\n', '\n# redis:\n\n'),
    'with line ends of Windows': index.replaceAll('\n', '\r\n'),
    'with a text that looks like it': index.replace('  other:\n', '  other:\n  - description: |\n      redis:\n      - version: 1.2.3\n'),
    'with entries in an annotation': index.replace('  other:\n', '  other:\n  - annotations:\n      entries:\n        redis:\n        - version: 1.2.3\n'),
    'with anchors': `entries:\n  redis:\n  - &a\n    digest: ${digest}\n    urls: [redis-1.2.3.tgz]\n    version: 1.2.3\n  - *a\n`,
    'with a merge': `base: &base { digest: ${digest} }\nentries: \n  redis: [{ <<: *base, urls: [redis-1.2.3.tgz], version: 1.2.3 }]\n`,
  })) {
    test(`may be ${what}`, () => {
      assert.deepEqual(look(text), found('redis-1.2.3.tgz'));
    });
  }

  for (const [what, [text, says]] of Object.entries<readonly [string, RegExp]>({
    'a web page': ['<html></html>', /is not one map/],
    nothing: ['', /is not one map/],
    'two documents': ['a: 1\n---\nb: 1\n', /is not one map/],
    'entries that are a list': ['entries: [a]\n', /its entries are no map/],
    'a chart twice': [`entries:\n  redis:\n${version('1.2.3')}  redis:\n${version('1.2.3')}`, /here twice/],
    'no YAML where the chart is': ['entries:\n  redis:\n  - version: "1.2.3\n  zoo:\n  - version: 1.0.0\n', /is not valid YAML/],
  })) {
    test(`that is ${what} cannot be read`, () => {
      const entry = look(text);
      assert.match(entry.kind === 'unreadable' ? entry.why : `it is ${entry.kind}`, says);
    });
  }

  for (const text of ['entries: {}\n', 'entries:\n', 'apiVersion: v1\n', 'entries:\n  redis:\n  zoo: \n', 'entries:\n  redis: []\n', 'entries:\n  redis: redis\n', '{"entries":{"__proto__":[]}}', 'entries:\n  redis:\n  - 1.2.3\n  - [version, 1.2.3]\n']) {
    test(`has nothing in ${JSON.stringify(text)}`, () => {
      assert.equal(look(text).kind, 'absent');
      assert.equal(look(text, 'constructor').kind, 'absent');
    });
  }

  test('what is cut out of it says what the whole says', () => {
    const word = fc.stringMatching(/^[a-z][a-z0-9-]{0,5}$/).filter((text) => text !== 'null' && text !== 'true');
    const awkward = fc.constantFrom('redis:\n- version: 1.2.3', 'entries:', '  redis:\n  - a', '# no', "it's", '"', '- x', '1.2.3', ' ', 'a: b', '{', '*x', '&y', '|', '---\nentries:\n  redis:');
    const chart = fc.record({
      version: fc.constantFrom('1.2.3', 'v1.2.3', '1.2.4', '1.2.3-rc.1', '11.2.3'),
      description: fc.option(awkward, { nil: undefined }),
      digest: fc.option(fc.constantFrom(digest, '0'.repeat(64), `1e${'1'.repeat(62)}`), { nil: undefined }),
      urls: fc.option(fc.array(fc.constantFrom('a.tgz', 'https://x.example/b.tgz'), { maxLength: 2 }), { nil: undefined }),
      dependencies: fc.option(fc.array(fc.record({ name: word, version: fc.constantFrom('1.2.3', '^1') }), { maxLength: 2 }), { nil: undefined }),
    });
    const charts = fc.dictionary(fc.oneof(fc.constant('redis'), word), fc.array(chart, { maxLength: 4 }), { maxKeys: 4 });
    const layout = fc.record({ indent: fc.constantFrom(2, 4), indentSeq: fc.boolean(), lineWidth: fc.constantFrom(0, 20, 80) });
    let cut = 0;
    fc.assert(
      fc.property(charts, layout, fc.constantFrom('1.2.3', 'v1.2.3', '1.2.4'), (entries, options, asked) => {
        const text = stringify({ apiVersion: 'v1', entries, generated: 'now' }, { ...options, version: '1.1' });
        // JSON is read as a whole.
        assert.deepEqual(look(text, 'redis', asked), look(JSON.stringify({ entries }), 'redis', asked), text);
        cut += typeof entriesOfChart(text, { name: 'redis', version: asked }) === 'object' ? 1 : 0;
      }),
      { numRuns: 500 },
    );
    assert.ok(cut > 50, `only ${cut} were cut`);
  });

  test('a large one is not parsed as a whole', () => {
    const many = Array.from({ length: 2_000 }, (_, index) => `  chart-${index}:\n${Array.from({ length: 20 }, (__, minor) => version(`1.${minor}.0`)).join('')}`).join('');
    const text = `apiVersion: v1\nentries:\n${many}  redis:\n${version('1.2.3')}`;
    // Each of its values would count against the limit.
    assert.ok(40_000 * 4 * 2 > defaultLimits.yaml.nodes);
    assert.deepEqual(look(text), found('redis-1.2.3.tgz'));
    assert.deepEqual(look(text, 'chart-77', '1.3.0'), found('redis-1.3.0.tgz'));
    assert.deepEqual(look(text, 'chart-2000'), { kind: 'absent', named: false });
  });
});
