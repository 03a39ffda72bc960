import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotYetError } from '../../app/core/errors.ts';
import type { Outcome } from '../../app/core/queue.ts';
import { fail, HOUR, record, runsOf, until, untilQuiet, type OpenQueue } from './queue-recording.ts';

/** An id runs at the earliest of the times that were asked for, and not before. */
export function delayLaws(open: OpenQueue): void {
  test('an id is not run before its delay, and others pass it', async () => {
    const queue = open();
    const seen = record(queue, () => ({}));
    const began = performance.now();
    await queue.add('later', { afterMs: HOUR });
    await queue.add('soon', { afterMs: 100 });
    await queue.add('now');
    await until('soon has run', () => runsOf(seen, 'soon').length === 1);
    // A lower bound cannot flicker; 2 ms are for clocks read in whole milliseconds.
    assert.ok(performance.now() - began >= 98);
    await untilQuiet(queue, seen);
    assert.deepEqual(seen.map((run) => run.id), ['now', 'soon', 'probe']);
    assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 1, parked: 0 });
  });

  const cases = [
    { name: 'an immediate hint', first: HOUR, second: undefined },
    { name: 'a shorter delay', first: HOUR, second: 20 },
    { name: 'a longer delay that comes later', first: 20, second: HOUR },
  ];
  for (const { name, first, second } of cases) {
    test(`the earlier run is kept: ${name}`, async () => {
      const queue = open();
      const seen = record(queue, () => ({}));
      await queue.add('a', { afterMs: first });
      await queue.add('a', second === undefined ? { changed: true } : { changed: true, afterMs: second });
      await until('a has run', () => seen.length === 1);
      await untilQuiet(queue, seen);
      assert.deepEqual(runsOf(seen, 'a'), [{ id: 'a', changed: true, attempt: 1 }]);
      assert.equal((await queue.counts()).delayed, 0);
    });
  }

  const ends: readonly (readonly [string, (ms: number) => Outcome, number])[] = [
    ['again', (againMs) => ({ againMs }), 1],
    ['not yet', (ms) => { throw new NotYetError('wait', ms); }, 1],
    ['a failure', () => fail(), 2],
  ];
  for (const [name, end, attempt] of ends) {
    test(`after ${name} the id runs by itself, and a hint overtakes the delay`, async () => {
      let delay = 1;
      const queue = open({ backoffMs: () => delay });
      const seen = record(queue, (id, nth) => {
        if (nth === 2) delay = HOUR;
        return id === 'a' && nth < 3 ? end(delay) : {};
      });
      await queue.add('a');
      await until('a has run twice', () => runsOf(seen, 'a').length === 2);
      await until('a waits for long', async () => (await queue.counts()).delayed === 1);
      await queue.add('a', { afterMs: 2 * HOUR });
      assert.equal((await queue.counts()).delayed, 1);
      await queue.add('a');
      await until('a has run a third time', () => runsOf(seen, 'a').length === 3);
      await untilQuiet(queue, seen);
      assert.equal(runsOf(seen, 'a')[1]?.attempt, attempt);
      assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 0, parked: 0 });
    });
  }

  test('a delayed hint during a run waits for its delay, or for what the run asks if that is sooner', async () => {
    const queue = open();
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(queue, (id, nth) => {
      if (id === 'probe' || nth > 1) return {};
      return gate.promise.then(() => (id === 'b' ? { againMs: 1 } : {}));
    });
    await queue.add('a');
    await queue.add('b');
    await until('both run', () => seen.length === 2);
    await queue.add('a', { afterMs: HOUR });
    await queue.add('b', { afterMs: HOUR });
    gate.resolve({});
    await until('b has run again', () => runsOf(seen, 'b').length === 2);
    await untilQuiet(queue, seen);
    assert.equal(runsOf(seen, 'a').length, 1);
    assert.equal((await queue.counts()).delayed, 1);
  });

  test('a delay that is no number is refused', async () => {
    await assert.rejects(open().add('a', { afterMs: Number.NaN }), /afterMs must be a number of milliseconds, not NaN/);
  });
}
