import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatKey, parseKey, type PullRequestKey } from '../../app/core/key.ts';
import { labelOfKey } from '../../app/core/object.ts';
import { formatWork, parseWork, type Work } from '../../app/core/work.ts';

const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const nodeId = fc.stringMatching(/^[a-cX-Z0-2_=+-]{1,40}$/);
const key: fc.Arbitrary<PullRequestKey> = fc.record({ installation: positive, repository: nodeId, number: positive });
const sha = fc.stringMatching(/^[0-9a-f]{40}$/);
const work: fc.Arbitrary<Work> = fc.oneof(
  key.map((one) => ({ kind: 'pull-request', key: one }) as const),
  key.map((one) => ({ kind: 'report', key: one }) as const),
  fc.tuple(positive, nodeId, sha).map(([installation, repository, commit]) => ({ kind: 'check', installation, repository, sha: commit }) as const),
  fc.tuple(positive, nodeId).map(([installation, repository]) => ({ kind: 'repository', installation, repository }) as const),
  positive.map((installation) => ({ kind: 'installation', installation }) as const),
  fc.constant({ kind: 'resync' } as const),
);
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('keys', () => {
  test('come back as they were', () => {
    fc.assert(fc.property(key, (one) => { assert.deepEqual(parseKey(formatKey(one)), plain(one)); }));
  });

  test('that differ have different texts and labels', () => {
    fc.assert(
      fc.property(key, key, (a, b) => {
        fc.pre(JSON.stringify(plain(a)) !== JSON.stringify(plain(b)));
        assert.notEqual(formatKey(a), formatKey(b));
        assert.notEqual(labelOfKey(formatKey(a)), labelOfKey(formatKey(b)));
      }),
    );
  });

  test('make a label value', () => {
    fc.assert(fc.property(key, (one) => { assert.match(labelOfKey(formatKey(one)), /^[0-9a-f]{40}$/); }));
  });

  for (const text of ['', '7', '7/R_a', '7/R_a/0', '0/R_a/1', '07/R_a/1', '7/R_a/01', '7/R_a/1/', '/7/R_a/1', '7//1', '7/R a/1', '7/R_a/1 ', '7/R_a/1\n', '-7/R_a/1', '7/R_a/1e3', '7/R_a/../1', '7/R_a/99999999999999999999']) {
    test(`are not ${JSON.stringify(text)}`, () => {
      assert.equal(parseKey(text), undefined);
    });
  }
});

describe('work', () => {
  test('comes back as it was', () => {
    fc.assert(fc.property(work, (one) => { assert.deepEqual(parseWork(formatWork(one)), plain(one)); }));
  });

  test('is only what was written so: any other text is undefined, or the very id', () => {
    const piece = fc.constantFrom('pull-request', 'report', 'check', 'repository', 'installation', 'resync', '7', 'R_a', '1', '', ' ', 'x', 'a'.repeat(40));
    fc.assert(
      fc.property(fc.oneof(fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('/')), fc.string()), (text) => {
        const read = parseWork(text);
        if (read) assert.equal(formatWork(read), text);
      }),
      { numRuns: 2_000 },
    );
  });
});
