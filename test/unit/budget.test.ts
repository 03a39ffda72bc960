import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  blockWrites,
  leftOf,
  longestBlockMs,
  takeWrite,
  unspentBudget,
  writeRules,
  type BudgetState,
} from '../../app/core/budget.ts';

/** Takes as often as it is let, and returns the times at which it was. */
function takings(kind: 'content' | 'write', from: number, until: number): number[] {
  let state: BudgetState = unspentBudget;
  const times: number[] = [];
  for (let now = from; now < until;) {
    const taken = takeWrite(state, writeRules, kind, now);
    state = taken.state;
    if (taken.waitMs === 0) times.push(now);
    else now += taken.waitMs;
  }
  return times;
}

/** The most times that lie within any stretch of this length. */
function mostWithin(times: readonly number[], stretchMs: number): number {
  let [most, first] = [0, 0];
  for (const [last, time] of times.entries()) {
    while (time - (times[first] ?? 0) >= stretchMs) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

const [minute, hour] = [60_000, 3_600_000];

describe('the write budget', () => {
  test('twenty writes go at once, then one a second', () => {
    assert.deepEqual(takings('write', 0, 4_000), [...Array<number>(20).fill(0), 1_000, 2_000, 3_000]);
  });

  test('content never goes over 80 a minute and 500 an hour, and comes up to both', () => {
    const times = takings('content', 1_000, 1_000 + 3 * hour);
    assert.equal(mostWithin(times, minute), 79);
    assert.equal(mostWithin(times, hour), 499);
  });

  test('never more than 180 writes a minute', () => {
    assert.ok(mostWithin(takings('write', 0, hour), minute) <= 180);
  });

  test('content that is spent leaves room for other writes', () => {
    let [state, now, waitMs]: [BudgetState, number, number] = [unspentBudget, 0, 0];
    while (waitMs <= 1_000) {
      now += waitMs;
      ({ state, waitMs } = takeWrite(state, writeRules, 'content', now));
    }
    now += 1_000;
    assert.ok(takeWrite(state, writeRules, 'content', now).waitMs > 1_000);
    assert.equal(takeWrite(state, writeRules, 'write', now).waitMs, 0);
  });

  test('a refusal takes nothing, and the wait it names is exact', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ kind: fc.constantFrom('content' as const, 'write' as const), ms: fc.nat(3_000) }), {
          maxLength: 200,
        }),
        (steps) => {
          let [state, now]: [BudgetState, number] = [unspentBudget, 0];
          for (const { kind, ms } of steps) {
            now += ms % 7 === 0 ? ms : 0;
            const taken = takeWrite(state, writeRules, kind, now);
            if (taken.waitMs > 0) {
              assert.equal(taken.state, state);
              assert.ok(takeWrite(state, writeRules, kind, now + taken.waitMs - 1).waitMs > 0);
              assert.equal(takeWrite(state, writeRules, kind, now + taken.waitMs).waitMs, 0);
            }
            state = taken.state;
          }
        },
      ),
    );
  });

  test('what is left falls from 1 to 0 with the burst and comes back', () => {
    let state: BudgetState = unspentBudget;
    assert.equal(leftOf(state, writeRules, 0), 1);
    for (let i = 0; i < 5; i++) state = takeWrite(state, writeRules, 'content', 0).state;
    assert.equal(leftOf(state, writeRules, 0), 0.75);
    for (let i = 0; i < 15; i++) state = takeWrite(state, writeRules, 'content', 0).state;
    assert.equal(leftOf(state, writeRules, 0), 0);
    assert.equal(leftOf(state, writeRules, hour), 1);
  });

  test('blocked: nothing is taken and nothing left until it is over; the longer block stays', () => {
    const state = blockWrites(blockWrites(unspentBudget, 5_000, 0), 1_000, 0);
    assert.equal(leftOf(state, writeRules, 4_999), 0);
    assert.equal(takeWrite(state, writeRules, 'write', 4_000).waitMs, 1_000);
    assert.equal(takeWrite(state, writeRules, 'write', 5_000).waitMs, 0);
    assert.equal(takeWrite(blockWrites(unspentBudget, 10 * hour, 0), writeRules, 'write', 0).waitMs, longestBlockMs);
  });

  test('a clock set back by a day costs no more than a full burst', () => {
    const day = 24 * hour;
    const { state } = takeWrite(blockWrites(unspentBudget, 0, day), writeRules, 'write', day);
    assert.equal(takeWrite({ ...state, blockedUntil: 0 }, writeRules, 'write', 0).waitMs, 1_000);
  });
});
