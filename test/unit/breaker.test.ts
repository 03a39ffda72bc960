import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { admitTeardown, closedBreaker, pausedForMs, type Breaker } from '../../app/core/breaker.ts';

const minute = 60_000;
type Attempt = readonly [key: string, atMs: number, explained?: boolean];

/** Returns who was admitted, in order. */
function admit(limit: number, attempts: readonly Attempt[]): { readonly admitted: boolean[]; readonly breaker: Breaker } {
  let breaker = closedBreaker;
  const admitted = attempts.map(([key, atMs, explained = false]) => {
    const answer = admitTeardown(breaker, { key, explained }, limit, atMs);
    breaker = answer.breaker;
    return answer.admitted;
  });
  return { admitted, breaker };
}

describe('the breaker', () => {
  const rows: [what: string, limit: number, attempts: Attempt[], admitted: boolean[]][] = [
    ['lets as many go as it may', 3, [['a', 0], ['b', 1], ['c', 2]], [true, true, true]],
    ['stops the next one', 2, [['a', 0], ['b', 1], ['c', 2]], [true, true, false]],
    ['lets the same one be tried again', 1, [['a', 0], ['a', 1], ['a', 30_000]], [true, true, true]],
    ['lets closed ones go, however many', 1, [['a', 0], ['b', 0, true], ['c', 0, true], ['d', 0, true]], [true, true, true, true]],
    ['does not count closed ones', 1, [['b', 0, true], ['c', 0, true], ['a', 0]], [true, true, true]],
    ['lets closed ones go while it is open', 1, [['a', 0], ['b', 0], ['c', 1, true]], [true, false, true]],
    ['forgets after a minute', 1, [['a', 0], ['b', minute]], [true, true]],
    ['does not forget before', 1, [['a', 0], ['b', minute - 1]], [true, false]],
    ['a retry does not keep its place for longer', 1, [['a', 0], ['a', minute - 1], ['b', minute]], [true, true, true]],
    ['stays open for ten minutes', 1, [['a', 0], ['b', 1], ['c', 5 * minute], ['c', 10 * minute], ['c', 10 * minute + 1]], [true, false, false, false, true]],
    ['open, but not for who went a moment ago: what was begun is ended', 1, [['a', 0], ['b', 1], ['a', 2], ['a', 9 * minute]], [true, false, true, true]],
    ['being asked while open does not keep it open', 1, [['a', 0], ['b', 0], ['b', 9 * minute], ['b', 10 * minute]], [true, false, false, true]],
    ['after that counts anew', 1, [['a', 0], ['b', 0], ['b', 10 * minute], ['c', 10 * minute]], [true, false, true, false]],
  ];
  for (const [what, limit, attempts, admitted] of rows) {
    test(what, () => {
      assert.deepEqual(admit(limit, attempts).admitted, admitted);
    });
  }

  test('says for how long it stays open', () => {
    const { breaker } = admit(1, [['a', 0], ['b', 1]]);
    assert.deepEqual([0, 1, 10 * minute, 10 * minute + 1, 20 * minute].map((at) => pausedForMs(breaker, at)), [10 * minute + 1, 10 * minute, 1, 0, 0]);
    assert.equal(pausedForMs(closedBreaker, minute), 0);
  });

  test('never lets more than the limit go in any minute, unexplained', () => {
    const attempts = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'), fc.nat(200_000)), { maxLength: 60 }).map((list) => list.sort((x, y) => x[1] - y[1]));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), attempts, (limit, tries) => {
        const went = tries.filter((_, index, all) => admit(limit, all.slice(0, index + 1)).admitted[index]);
        // A key that goes once more keeps the time of its first going; what counts is who goes first within a window.
        for (const [, start] of went) {
          const firsts = new Set(went.filter(([, at]) => at >= start && at < start + minute).map(([key]) => key));
          const again = new Set(went.filter(([, at]) => at < start && at > start - 10 * minute).map(([key]) => key));
          assert.ok([...firsts].filter((key) => !again.has(key)).length <= limit);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('is a value', () => {
    const frozen: Breaker = Object.freeze({ recent: new Map([['a', 0]]), openUntil: 0 });
    admitTeardown(frozen, { key: 'b', explained: false }, 5, 1);
    assert.equal(frozen.recent.size, 1);
  });
});
