import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../app/core/queue.ts';
import { HOUR, record, until, type OpenQueue } from './queue-recording.ts';

/** Closing begins nothing new, and waits for what runs as long as it may. */
export function closeLaws(open: OpenQueue): void {
  test('close waits for what runs, begins nothing more, and then takes no hint', async () => {
    const queue = open();
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(queue, () => gate.promise, 1);
    await queue.add('a');
    await queue.add('b');
    await until('a runs', () => seen.length === 1);
    let closed = false;
    const closing = queue.close(60_000).then(() => {
      closed = true;
    });
    assert.equal(closed, false);
    gate.resolve({});
    await closing;
    assert.deepEqual(seen.map((run) => run.id), ['a']);
    await assert.rejects(queue.add('c'));
    await queue.close(60_000);
  });

  test('close does not wait longer than it may', async () => {
    const queue = open();
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(queue, () => gate.promise);
    await queue.add('a');
    await until('a runs', () => seen.length === 1);
    await queue.close(20);
    gate.resolve({});
  });

  test('a queue that was never worked closes', async () => {
    const queue = open();
    await queue.add('a');
    await queue.add('b', { afterMs: HOUR });
    await queue.close(60_000);
  });
}
