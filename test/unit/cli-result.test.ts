import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  jsonOf,
  linesOf,
  nothingFound,
  plain,
  unknownOf,
  type PreviewResult,
  type Result,
} from '../../app/cli/result.ts';

function previewWith(changes: Partial<PreviewResult>): PreviewResult {
  return {
    tenant: '',
    namespace: 'foo-1',
    links: ['https://foo-1.test'],
    problems: [],
    unknown: [],
    notes: [],
    steps: [],
    ...changes,
  };
}

test('for people: a line each', () => {
  const result: Result = {
    decision: { verdict: 'wanted', reason: 'Labelled' },
    why: ['because'],
    problems: ['p'],
    unknown: [],
    previews: [
      previewWith({ tenant: 'fr', problems: ['q'] }),
      previewWith({ tenant: 'be', unknown: ['no helm'] }),
      previewWith({
        notes: ['n'],
        steps: [
          { do: 'apply', object: 'Service/a', stage: 'base' },
          { do: 'apply', object: 'Service/b', why: 'it is not there' },
        ],
      }),
      previewWith({ tenant: 'hu' }),
    ],
    removals: [{ namespace: 'foo-1-hr', steps: [{ do: 'remove', object: 'Ingress/a', why: 'Closed' }] }],
  };
  assert.deepEqual(linesOf(result), [
    'because',
    '✗ p',
    '✗ fr in foo-1: https://foo-1.test',
    '    ✗ q',
    '? be in foo-1: https://foo-1.test',
    '✓ preview in foo-1: https://foo-1.test',
    '    · n',
    '    apply Service/a (base)',
    '    apply Service/b: it is not there',
    '✓ hu in foo-1: https://foo-1.test',
    '    nothing to do',
    '− foo-1-hr goes',
    '    remove Ingress/a: Closed',
  ]);
  assert.deepEqual(linesOf({ ...nothingFound, decision: result.decision }), ['nothing to do']);
  assert.deepEqual(linesOf(nothingFound), []);
});

test('what could not be told is told once for all tenants', () => {
  const previews = [
    previewWith({ tenant: 'fr', unknown: ['no helm'] }),
    previewWith({ tenant: 'be', unknown: ['no helm', 'no cluster'] }),
  ];
  assert.deepEqual(unknownOf({ ...nothingFound, unknown: ['x'], previews }), [
    'x',
    'fr, be: no helm',
    'be: no cluster',
  ]);
  assert.deepEqual(unknownOf({ ...nothingFound, previews: [previewWith({ unknown: ['no helm'] })] }), ['no helm']);
});

const hidden = /(?![ \n])[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

test('nothing from outside moves the cursor, and JSON stays what it was', () => {
  const nasty = fc.string({
    unit: fc.constantFrom(
      'a',
      ' ',
      '\u001b',
      '[',
      '\u009b',
      '\n',
      '\r',
      '\u202e',
      '\u200b',
      '\u2028',
      '\u{e0041}',
      '\ud800',
      'é',
      '"',
      '\\',
      '—',
    ),
  });
  fc.assert(
    fc.property(nasty, (text) => {
      assert.doesNotMatch(plain(text), /\n/);
      assert.doesNotMatch(plain(text), hidden);
      const result = { ...nothingFound, problems: [text] };
      const json = jsonOf(result);
      assert.doesNotMatch(json, hidden);
      assert.deepEqual(JSON.parse(json), { ...result, decision: null });
    }),
  );
});
