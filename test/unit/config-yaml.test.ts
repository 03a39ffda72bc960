import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { nearest } from '../../app/config/nearest.ts';
import { fieldName, formatProblem, inOrder, shown, type Problem } from '../../app/config/problem.ts';
import { readYaml } from '../../app/config/yaml.ts';

const lines = (text: string): string[] => {
  const read = readYaml(text, 'f.yaml');
  return read.ok ? [] : read.problems.map(formatProblem);
};
const dataOf = (text: string): unknown => {
  const read = readYaml(text, 'f.yaml');
  assert.ok(read.ok, lines(text).join('\n'));
  return read.yaml.data;
};

describe('readYaml', () => {
  const good: [string, string, unknown][] = [
    ['an empty file', '', null],
    ['a file of comments', '# nothing\n', null],
    ['a document mark', '---\na: 1\n...\n', { a: 1 }],
    ['a byte order mark', '\uFEFFa: 1\n', { a: 1 }],
    ['CRLF', 'a: 1\r\nb:\r\n  - x\r\n', { a: 1, b: ['x'] }],
    ['CR alone', 'a: 1\rb: 2', { a: 1, b: 2 }],
    ['Norway and its friends as text', '{ a: no, b: yes, c: on, d: NO }', { a: 'no', b: 'yes', c: 'on', d: 'NO' }],
    ['dates as text', 'a: 2026-01-02', { a: '2026-01-02' }],
    ['a merge key as a plain key', '<<: { a: 1 }', { '<<': { a: 1 } }],
    ['signs in quotes', 'a: "*x"\nb: \'&y\'\nc: "!z"\nd: "%e"', { a: '*x', b: '&y', c: '!z', d: '%e' }],
    ['signs inside plain text', 'a: x*y&z!', { a: 'x*y&z!' }],
    ['number keys as text', '1: a', { 1: 'a' }],
  ];
  for (const [what, text, data] of good)
    test(`reads ${what}`, () => {
      assert.deepEqual(dataOf(text), data);
    });

  const bad: [string, string, string[]][] = [
    [
      'a tab',
      'a:\n\tb: 1',
      ['f.yaml:2:1 is not valid YAML: Tabs are not allowed as indentation — indent with spaces, not tabs'],
    ],
    [
      'a template without quotes',
      'e: { A: ${tenant} }',
      [
        'f.yaml:1:10 is not valid YAML: Unexpected flow-map-start at node end — write a value with ${…} in quotes: "${tenant}"',
      ],
    ],
    [
      'a key twice',
      'a: 1\nb: 2\n"a": 3',
      ['f.yaml:3:1 the key a is here twice (first on line 1) — keep one of the two'],
    ],
    [
      'a key twice further in',
      'a:\n  - { b: 1, b: 2 }',
      ['f.yaml:2:13 the key b is here twice (first on line 2) — keep one of the two'],
    ],
    [
      'two documents',
      'a: 1\n---\na: 2',
      ['f.yaml:2:1 a second document begins here — keep one document: remove the line ---'],
    ],
    [
      'a tag',
      'a: !!js/function x',
      ['f.yaml:1:4 YAML tags (!…) are not read — remove the tag; write text that begins with "!" in quotes'],
    ],
    [
      'a known tag',
      'a: !!str 1',
      ['f.yaml:1:4 YAML tags (!…) are not read — remove the tag; write text that begins with "!" in quotes'],
    ],
    [
      'an anchor to itself',
      'a: &a [*a]',
      [
        'f.yaml:1:4 YAML anchors (&…) are not read — write the value out; write text that begins with "&" in quotes',
        'f.yaml:1:8 YAML aliases (*…) are not read — write the value out; write text that begins with "*" in quotes',
      ],
    ],
    ['a directive', '%YAML 1.1\n---\na: 1', ['f.yaml:1:1 YAML directives (%…) are not read — remove the line']],
    [
      'a NUL',
      'a: 1\nb: \0',
      ['f.yaml:2:4 has a character that is not text — save the file as UTF-8, without control characters'],
    ],
    [
      'UTF-16',
      Buffer.from('a: 1\n', 'utf16le').toString(),
      ['f.yaml:1:2 has a character that is not text — save the file as UTF-8, without control characters'],
    ],
    [
      'Latin-1',
      Buffer.from('a: caf\xe9\n', 'latin1').toString(),
      ['f.yaml:1:7 has a character that is not text — save the file as UTF-8, without control characters'],
    ],
    [
      'half a character',
      'a: \ud800',
      ['f.yaml:1:4 has a character that is not text — save the file as UTF-8, without control characters'],
    ],
    [
      'a map as a key',
      '{ [a]: 1 }',
      ['f.yaml:1:3 is not valid YAML: With stringKeys, all keys must be strings — write plain text before the colon'],
    ],
    [
      'an escape past Unicode',
      'a: "\\UFFFFFFFF"',
      [
        'f.yaml:1:5 is not valid YAML: Invalid escape sequence \\UFFFFFFFF — write \\\\ for a backslash, or use single quotes',
      ],
    ],
    [
      'what JavaScript’s objects have',
      '__proto__: 1\na: { constructor: 1, prototype: 2 }',
      [
        'f.yaml:1:1 __proto__ cannot be a key — choose another name',
        'f.yaml:2:6 constructor cannot be a key — choose another name',
        'f.yaml:2:22 prototype cannot be a key — choose another name',
      ],
    ],
    [
      'errors on several lines, the first of each',
      'a: "x\nb: [1, 2\nc: }',
      [
        'f.yaml:3:5 is not valid YAML: Missing closing "quote — look at the indentation, the quotes and the brackets here',
      ],
    ],
  ];
  for (const [what, text, problems] of bad)
    test(`refuses ${what}`, () => {
      assert.deepEqual(lines(text), problems);
    });

  test('does not change any object’s prototype', () => {
    lines('__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }');
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  const size = 65_536;
  const laughs = [
    'a0: &a0 [x, x]',
    ...Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}, *a${i}, *a${i}]`),
  ].join('\n');
  const hostile: [string, string, RegExp][] = [
    ['a billion laughs', laughs, /aliases .* are not read/],
    ['5 000 [', '['.repeat(5000), /^f.yaml:1:24 is nested more than 24 levels deep/],
    ['64 Ki {', '{'.repeat(size), /nested more than 24 levels/],
    ['nested dashes', '- '.repeat(size / 2), /nested more than 24 levels/],
    ['nested question marks', '? '.repeat(size / 2), /nested more than 24 levels/],
    [
      'nested maps',
      Array.from({ length: 300 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      /nested more than 24 levels/,
    ],
    ['64 Ki commas', `[${','.repeat(size - 2)}]`, /more in it than any configuration/],
    ['as many documents as fit', '---\n'.repeat(size / 4), /more in it|second document/],
    ['as many aliases as fit', '*a '.repeat(size / 3), /aliases/],
    ['as many keys as fit', Array.from({ length: 8000 }, (_, i) => `k${i}: `).join('\n'), /more in it/],
    ['one character too many', `a: ${'x'.repeat(size - 2)}`, /^f.yaml:1:1 is larger than 64 KiB/],
    ['10 MB', 'é'.repeat(5_000_000), /^f.yaml:1:1 is larger than 64 KiB/],
  ];
  for (const [what, text, problem] of hostile) {
    test(`refuses ${what}`, () => {
      const got = lines(text);
      assert.ok(
        got.some((line) => problem.test(line)),
        got[0],
      );
      assert.ok(got.length <= 51);
    });
  }

  test('takes a file of the largest size', () => {
    assert.deepEqual(dataOf(`a: ${'x'.repeat(size - 3)}`), { a: 'x'.repeat(size - 3) });
  });

  test('tells where keys and values stand, and how a scalar is written', () => {
    const read = readYaml('# first\na:\n  b: [x,  0777]\n  c:\n"d e": \'q\'\n', 'f.yaml');
    assert.ok(read.ok);
    const { positionOf, sourceOf } = read.yaml;
    assert.deepEqual(positionOf(['a', 'b'], 'key'), { line: 3, column: 3 });
    assert.deepEqual(positionOf(['a', 'b'], 'value'), { line: 3, column: 6 });
    assert.deepEqual(positionOf(['a', 'b', 1], 'value'), { line: 3, column: 11 });
    assert.deepEqual(positionOf(['a', 'c'], 'value'), { line: 4, column: 3 });
    assert.deepEqual(positionOf(['a', 'missing', 'x'], 'value'), { line: 3, column: 3 });
    assert.deepEqual(positionOf(['d e'], 'value'), { line: 5, column: 8 });
    assert.deepEqual(positionOf(['missing'], 'value'), { line: 2, column: 1 });
    assert.equal(sourceOf(['a', 'b', 1]), '0777');
    assert.equal(sourceOf(['d e']), 'q');
    assert.equal(sourceOf(['a', 'b']), undefined);
    assert.equal(sourceOf(['missing', 'x']), undefined);
  });

  test('answers anything with data or with problems in the file, and never throws', { timeout: 120_000 }, () => {
    const pieces = fc.constantFrom(
      'a',
      'b: ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ',',
      '\n',
      '\n  ',
      '"',
      "'",
      '|\n',
      '>-\n',
      '&a ',
      '*a',
      '!x ',
      '? ',
      ': ',
      '---\n',
      '...\n',
      '%',
      '#',
      '\t',
      '\\',
      '\\u',
      '${x}',
      '<<: ',
      '__proto__: ',
      '\0',
      '\r',
      '\u2028',
      '\uFEFF',
      '1e999',
      '0x1',
      '~',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 60 }).map((some) => some.join('')),
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString()),
    );
    fc.assert(
      fc.property(text, (some) => {
        const read = readYaml(some, 'f.yaml');
        if (read.ok) return;
        assert.ok(read.problems.length > 0);
        const count = some.split(/\r\n?|\n/).length;
        for (const problem of read.problems) {
          assert.ok(problem.line >= 1 && problem.line <= count && problem.column >= 1, formatProblem(problem));
          assert.doesNotMatch(formatProblem(problem), /[\p{Cc}\p{Zl}\p{Zp}]/u);
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('problems', () => {
  const problem: Problem = {
    file: 'avant.yaml',
    line: 3,
    column: 5,
    field: 'tenants.fr.wieght',
    message: 'unknown key',
    mend: 'did you mean "weight"?',
  };

  test('are one line each', () => {
    assert.equal(formatProblem(problem), 'avant.yaml:3:5 tenants.fr.wieght: unknown key — did you mean "weight"?');
    assert.equal(formatProblem({ ...problem, field: '', mend: '', message: 'is\nempty' }), 'avant.yaml:3:5 is empty');
  });

  test('show foreign text harmlessly', () => {
    assert.equal(shown('a\nb\u202ec\u200b\u00a0d e'), 'a\\u{a}b\\u{202e}c\\u{200b}\\u{a0}d e');
    assert.equal(shown('x'.repeat(100), 5), 'xxxxx…');
    assert.equal(shown('🚀🚀🚀', 3), '🚀🚀🚀');
    assert.equal(shown('🚀🚀🚀🚀', 3), '🚀🚀🚀…');
    assert.equal(fieldName(['env', 'a.b', 0, 'c']), 'env."a.b"[0].c');
    assert.equal(fieldName(['apps', 'bar/foo']), 'apps.bar/foo');
  });

  test('come in the order of the file, the first 50 and a count', () => {
    const many = Array.from({ length: 60 }, (_, i) => ({ ...problem, line: 60 - i }));
    const ordered = inOrder(many, 5);
    assert.deepEqual(
      ordered.map(({ line }) => line),
      [...Array.from({ length: 50 }, (_, i) => i + 1), 50],
    );
    assert.equal(ordered.at(-1)?.message, '15 more problems');
    assert.deepEqual(inOrder(many.slice(0, 50)).length, 50);
  });
});

describe('nearest', () => {
  const known = ['domain', 'label', 'url', 'service'];
  const near: [string, string | undefined][] = [
    ['domian', 'domain'],
    ['Domain', 'domain'],
    ['lable', 'label'],
    ['labels', 'label'],
    ['uri', 'url'],
    ['sevrice', 'service'],
    ['tenants', undefined],
    ['x', undefined],
    ['', undefined],
    ['d'.repeat(100_000), undefined],
  ];
  for (const [word, expected] of near)
    test(`finds ${String(expected)} for ${shown(word, 10)}`, () => {
      assert.equal(nearest(word, known), expected);
    });
});
