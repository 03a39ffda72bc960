import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { BadYaml, budgetOf, readDocuments } from '../../app/io/render/kubernetes-yaml.ts';
import { defaultLimits, type YamlLimits } from '../../app/io/render/limits.ts';
import { openRenderer } from '../../app/io/render/renderer.ts';
import { api, helm, helmProblem, requestFor } from '../support/charts/cloud.ts';
import { openFakeLog } from '../support/fake-clock.ts';

const read = (text: string, limits: Partial<YamlLimits> = {}): unknown => readDocuments(text, budgetOf({ ...defaultLimits.yaml, ...limits }));

const readOrNot = (text: string): unknown => {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof BadYaml) return 'not read';
    throw error;
  }
};

/** Texts that Kubernetes' own parser and ours must read alike; each is the value of a key. */
const scalars = [
  'NO', 'no', 'No', 'nO', 'yes', 'y', 'Y', 'n', 'N', 'on', 'Off', 'OFF', 'true', 'True', 'TRUE', 'tRUE', 'false', 'null', 'Null', 'NULL', '~', '', 'nil',
  '0', '1', '-1', '+1', '00', '07', '08', '09', '0777', '0o17', '0O17', '0o18', '0x1F', '0X1f', '0xg', '-0x10', '0b101', '-0b11', '+0b1', '0b2', '1_000', '_1', '1_', '1__0', '0_7', '0x_1',
  '9007199254740991', '1.5', '.5', '5.', '-.5', '+.5', '.', '-', '+', '1e3', '1E3', '1e+3', '1.e3', '.5e1', '1e', 'e1', '1e400', '12e03', '1.2.3', '1,000', '._5', '0.0', '-0',
  '12:30', '12:30:45', '1:1', '2001-12-14', '2001-12-14T21:59:43Z', '2001-12-14 21:59:43.10 -5', '1.2.3.4', '10.0.0.0/8', 'v1', '1234567', '12e4567', '0123456', 'c0ffee1',
  '"NO"', "'1'", '"\\x41\\u00e9"', "'it''s'", 'a b', 'a # comment', 'a#b', 'a: b'.replace(': ', ':'), 'http://x/y?z=1', '-a', '--', 'a-', '=', '%a'.slice(1), '$x', '${x}', '(x)', 'x]', 'é', '日本', '!x'.slice(1), '<<', '*'.padStart(2, 'x'), '&'.padStart(2, 'x'),
];

/** Whole documents, likewise. */
const documents = [
  'a: {b: 1, c: [x, "y", 3]}', 'a: {b: , c}', 'a: [b, c,]', 'a:\n- 1\n- 2', 'a:\n  - b: 1\n    c: 2\n  - d', 'a:\n-\n  - 1\n- - 2\n  - 3', 'args: [\n  "x"\n]\nb: 1', 'x:\n  k: [\n    v\n  ]', 'x: {\n  a: 1\n}',
  'a: |\n  one\n  two\n', 'a: |-\n  one\n\n  two\n\n', 'a: |+\n  one\n\nb: 1', 'a: >\n  one\n  two\n\n  three\n', 'a: >-\n  one\n    more\n  two', 'a: |2\n    x\n', 'a: "one\n  two"', 'a: one\n  two', "a: 'one\n\n  two'", 'a: |\n  # no comment\n  x: y\n',
  '# c\na: 1 # d\n# e\nb: 2', '---\na: 1\n', '--- \na: 1', '"a": 1', "'a b': 1", '? a\n: 1', '1: a\n2.5: b\ntrue: c', 'on: push', 'a: &x {b: 1}\nc: *x', 'a: &x [1]\nb: [*x, *x]', 'base: &b {k: 1, l: 2}\nd: {<<: *b, l: 3}', 'base: &b {k: 1}\nother: &o {k: 2, m: 1}\nd:\n  <<: [*b, *o]\n  n: 1', 'd: {l: 3, <<: {l: 4}}',
  'a: !!str 1', 'a: !!int "3"', 'a: !!float 3', 'a: "tab\\tnl\\n\\"q\\" \\\\"', 'a:\t1', 'a: 1\r\nb: 2\r\n', 'a:   spaced   ', 'a:\n\n\n  b: 1', 'a:\n  b:\n    c:\n      d: {e: {f: [g]}}', '{"a": [1, 2, {"b": null}], "c": "\\u00e9"}', '{\n\t"a": 1\n}',
  // What neither reads.
  'a: b: c', 'a: - b', '\ta: 1', 'a: [1', 'a: "x', 'a: %x', 'a: @x', 'a: *nope', 'a: 1\n b: 2', '- a\nb: 1', 'a: {{ x }}', 'a: &x [*x]', 'a: \'x', 'foo\nbar: 1', 'a: [b]]',
];

describe('YAML', () => {
  test('is read as Kubernetes and helm read it', { skip: helmProblem(), timeout: 60_000 }, async () => {
    const texts = [...scalars.map((scalar) => `a: ${scalar}`), ...documents];
    const chart = api({ 'templates/c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: c }\ndata:\n{{- range $i, $text := .Values.texts }}\n  "t{{ $i }}": {{ fromYaml $text | toJson | quote }}\n{{- end }}\n' });
    const renderer = openRenderer({ helm, log: openFakeLog() });
    try {
      const [object] = await renderer.chart(requestFor(chart, { values: [{ texts }] }));
      const data = object?.object['data'] as Record<string, string>;
      const differences = texts.flatMap((text, index) => {
        const theirs = JSON.parse(data[`t${index}`] ?? 'null') as { Error?: string };
        const ours = readOrNot(text);
        return isDeepStrictEqual(ours, theirs.Error === undefined ? [theirs] : 'not read') ? [] : [{ text, ours, theirs }];
      });
      assert.deepEqual(differences, []);
    } finally {
      await renderer.close();
    }
  });

  test('of several documents is one value each; empty ones are none', () => {
    assert.deepEqual(read('---\na: 1\n---\n---\n# nothing\n---\nb: 2\n...\nc: 3\n'), [{ a: 1 }, { b: 2 }, { c: 3 }]);
    assert.deepEqual(read(''), []);
    assert.deepEqual(read('# nothing\n'), []);
  });

  const refused: readonly (readonly [text: string, message: RegExp, line: number])[] = [
    ['a: 1\nb: 2\na: 3', /the key a is here twice/, 3],
    ['1: a\n"1": b', /the key 1 is here twice/, 2],
    ['on: a\nyes: b', /the key true is here twice/, 2],
    ['a: !foo 1', /the tag !foo is not read/, 1],
    ['a: !!binary aGk=', /the tag tag:yaml\.org,2002:binary is not read/, 1],
    ['a: !!set {x}', /the tag .*set is not read/, 1],
    ['a: 9007199254740993', /is too large a number to be kept exactly/, 1],
    ['a: -9223372036854775808', /is too large a number/, 1],
    ['a: .inf', /is no number that JSON has/, 1],
    ['a: .NaN', /is no number that JSON has/, 1],
    ['? [a]\n: 1', /has a key that is not text/, 1],
    ['~: 1', /has a key that is not text/, 1],
    ['a:\n  __proto__: { x: 1 }', /__proto__ cannot be a key/, 2],
    ['a: 1\nb: &b { c: *b }', /&b contains itself/, 2],
    ['a: { <<: [1] }', /<< merges something that is no map/, 1],
  ];
  for (const [text, message, line] of refused) {
    test(`is refused: ${JSON.stringify(text)}`, () => {
      assert.throws(() => read(text), (error: unknown) => error instanceof BadYaml && message.test(error.message) && error.line === line && error.mend !== '');
      assert.equal(({} as { x?: unknown }).x, undefined);
    });
  }

  test('is read within limits', () => {
    assert.throws(() => read('a: 1\n---\nb: 1\n---\nc: 1', { documents: 2 }), /too many documents/);
    assert.throws(() => read('a: [1, 2, 3, 4]', { nodes: 4 }), /too many values/);
    assert.throws(() => read('- '.repeat(200_000), { nodes: 1_000 }), /too many words|levels deep/);
    assert.throws(() => read('a: &a 1\nb: [*a, *a, *a]', { aliases: 2 }), /too many aliases/);
    assert.throws(() => read('a: { b: { c: { d: 1 } } }', { depth: 3 }), /more than 3 levels deep/);
    assert.throws(() => read('['.repeat(100_000)), /more than 64 levels deep/);
    assert.throws(() => read(Array.from({ length: 100 }, (_, depth) => `${' '.repeat(depth)}k:`).join('\n')), /more than 64 levels deep/);
  });

  test('an alias counts for all that it stands for', () => {
    const laughs = `a0: &a0 [x, x, x, x, x]\n${Array.from({ length: 7 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array.from({ length: 5 }, () => `*a${level}`).join(', ')}]`).join('\n')}`;
    assert.throws(() => read(laughs, { aliases: 1_000_000 }), /too many values/);
    assert.throws(() => read(laughs), /too many aliases/);
  });
});

describe('a project config is parsed first where that can be stopped', () => {
  const long = `env:\n${Array.from({ length: 3_000 }, (_, index) => `  V${index}: "value ${index}"`).join('\n')}\n`;

  test('what is read in time may be parsed elsewhere, right or wrong', async (t) => {
    const renderer = openRenderer({ helm: undefined, log: openFakeLog() });
    t.after(() => renderer.close());
    for (const text of ['image: a\n', 'image: [\n', '', long]) assert.equal(await renderer.legible(text, 'bar/foo'), undefined);
  });

  test('what takes too long may not, and the next one is read', async (t) => {
    const renderer = openRenderer({ helm: undefined, log: openFakeLog(), limits: { readMs: 1 } });
    t.after(() => renderer.close());
    assert.match((await renderer.legible(long, 'bar/foo')) ?? '', /^it takes longer to read than the 0.001 s it may — make it smaller$/);
    const patient = openRenderer({ helm: undefined, log: openFakeLog() });
    t.after(() => patient.close());
    assert.equal(await patient.legible('image: a\n', 'bar/foo'), undefined);
  });
});
