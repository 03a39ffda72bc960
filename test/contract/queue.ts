import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotYetError, TerminalError } from '../../app/core/errors.ts';
import type { Outcome } from '../../app/core/queue.ts';
import type { QueueOptions } from '../../app/io/queue/attempt.ts';
import { closeLaws } from './queue-close.ts';
import { delayLaws } from './queue-delays.ts';
import { fail, record, runsOf, until, untilQuiet, type OpenQueue } from './queue-recording.ts';

/** The laws of app/core/queue.ts, as tests; both makings are held to them. */
export function queueLaws(open: OpenQueue): void {
  const quick: QueueOptions = { attempts: 3, backoffMs: () => 1 };
  burstLaws(open);
  changedLaws(open, quick);
  failureLaws(open, quick);
  delayLaws(open);
  workLaws(open);
  closeLaws(open);
}

function burstLaws(open: OpenQueue): void {
  test('hints before a run meet in it, and changed is the OR of theirs', async () => {
    const queue = open();
    for (const changed of [false, true, false]) await queue.add('a', { changed });
    await queue.add('b');
    const seen = record(queue, () => ({}));
    await until('both have run', () => seen.length === 2);
    await untilQuiet(queue, seen);
    assert.deepEqual(runsOf(seen, 'a'), [{ id: 'a', changed: true, attempt: 1 }]);
    assert.deepEqual(runsOf(seen, 'b'), [{ id: 'b', changed: false, attempt: 1 }]);
  });

  test('hints during a run make one more run, after it', async () => {
    const queue = open();
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(queue, (id, nth) => (id === 'a' && nth === 1 ? gate.promise : {}));
    await queue.add('a', { changed: true });
    await until('a runs', () => seen.length === 1);
    for (let hint = 0; hint < 3; hint += 1) await queue.add('a');
    await untilQuiet(queue, seen, 1);
    assert.equal(runsOf(seen, 'a').length, 1, 'not while it runs');
    gate.resolve({});
    await until('a runs again', () => runsOf(seen, 'a').length === 2);
    await untilQuiet(queue, seen);
    assert.deepEqual(runsOf(seen, 'a').slice(1), [{ id: 'a', changed: false, attempt: 1 }]);
  });

  test('an id that hints itself from its own handler runs again', async () => {
    const queue = open();
    const seen = record(queue, async (id, nth) => {
      if (id === 'a' && nth < 4) await queue.add('a', { changed: nth === 2 });
      return {};
    });
    await queue.add('a');
    await until('a has run four times', () => runsOf(seen, 'a').length === 4);
    await untilQuiet(queue, seen);
    assert.deepEqual(runsOf(seen, 'a').map((run) => run.changed), [false, false, true, false]);
  });

  test('1,000 ids of five hints each make 1,000 runs', async () => {
    const queue = open();
    const ids = Array.from({ length: 1000 }, (_, index) => `id ${index}`);
    for (let hint = 0; hint < 5; hint += 1) await Promise.all(ids.map((id) => queue.add(id, { changed: hint === 3 })));
    assert.deepEqual(await queue.counts(), { waiting: 1000, active: 0, delayed: 0, parked: 0 });
    const seen = record(queue, () => ({}), 20);
    await until('all have run', () => seen.length >= 1000);
    await untilQuiet(queue, seen);
    const runs = seen.filter((run) => run.id !== 'probe');
    assert.deepEqual(runs.map((run) => run.id).sort(), ids.toSorted());
    assert.ok(runs.every((run) => run.changed && run.attempt === 1));
  });
}

function changedLaws(open: OpenQueue, quick: QueueOptions): void {
  test('changed is kept through failures and delays, and cleared by success', async () => {
    const queue = open(quick);
    const seen = record(queue, (id, nth) => {
      if (id === 'a' && nth === 1) fail();
      if (id === 'a' && nth === 2) throw new NotYetError('soon', 1);
      return {};
    });
    await queue.add('a', { changed: true });
    await until('a has run three times', () => runsOf(seen, 'a').length === 3);
    await untilQuiet(queue, seen);
    await queue.add('a');
    await until('a has run again', () => runsOf(seen, 'a').length === 4);
    assert.deepEqual(runsOf(seen, 'a').map((run) => run.changed), [true, true, true, false]);
  });

  test('changed is kept while parked', async () => {
    const queue = open({ attempts: 1 });
    const seen = record(queue, (id, nth) => (id === 'a' && nth === 1 ? fail() : {}));
    await queue.add('a', { changed: true });
    await until('a is parked', async () => (await queue.counts()).parked === 1);
    await queue.add('a');
    await until('a has run again', () => runsOf(seen, 'a').length === 2);
    assert.deepEqual(runsOf(seen, 'a').map((run) => run.changed), [true, true]);
  });

  test('a change during a run is for the next run, though this one ends well', async () => {
    const queue = open();
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(queue, (id, nth) => (id === 'a' && nth === 1 ? gate.promise : {}));
    await queue.add('a', { changed: true });
    await until('a runs', () => seen.length === 1);
    await queue.add('a', { changed: true });
    gate.resolve({});
    await until('a runs again', () => seen.length === 2);
    await untilQuiet(queue, seen);
    await queue.add('a');
    await until('a runs a third time', () => runsOf(seen, 'a').length === 3);
    assert.deepEqual(runsOf(seen, 'a').map((run) => run.changed), [true, true, false]);
  });
}

function failureLaws(open: OpenQueue, quick: QueueOptions): void {
  test('a failed id is retried after a delay that knows how often, and success starts the count anew', async () => {
    const asked: number[] = [];
    const told: unknown[] = [];
    const queue = open({
      attempts: 4,
      backoffMs: (attempt) => (asked.push(attempt), 1),
      onError: (id, error, parked) => told.push([id, (error as Error).message, parked]),
    });
    const seen = record(queue, (id, nth) => (id === 'a' && nth % 3 !== 0 ? fail(`try ${nth}`) : {}));
    await queue.add('a');
    await until('a has run three times', () => runsOf(seen, 'a').length === 3);
    await untilQuiet(queue, seen);
    await queue.add('a');
    await until('a has run six times', () => runsOf(seen, 'a').length === 6);
    await untilQuiet(queue, seen);
    assert.deepEqual(runsOf(seen, 'a').map((run) => run.attempt), [1, 2, 3, 1, 2, 3]);
    assert.deepEqual(asked, [1, 2, 1, 2]);
    assert.deepEqual(told, [1, 2, 4, 5].map((nth) => ['a', `try ${nth}`, false]));
  });

  test('a poisoned id parks, the others go on, and a new hint gives it a new series of tries', async () => {
    const told: boolean[] = [];
    const queue = open({ ...quick, onError: (_id, _error, parked) => told.push(parked) });
    const seen = record(queue, (id) => (id === 'bad' ? fail() : {}), 1);
    await queue.add('bad');
    for (const id of ['b', 'c', 'd']) await queue.add(id);
    await until('bad is parked', async () => (await queue.counts()).parked === 1);
    await untilQuiet(queue, seen);
    assert.deepEqual(['b', 'c', 'd'].map((id) => runsOf(seen, id).length), [1, 1, 1]);
    assert.deepEqual(runsOf(seen, 'bad').map((run) => run.attempt), [1, 2, 3]);
    assert.deepEqual(told, [false, false, true]);
    assert.equal(await queue.adopt(), 0, 'parked is not lost');
    await queue.add('bad');
    await until('bad has been tried again', () => told.length === 6);
    await untilQuiet(queue, seen);
    assert.deepEqual(runsOf(seen, 'bad').map((run) => run.attempt), [1, 2, 3, 1, 2, 3]);
    assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 0, parked: 1 });
  });

  const lastErrors = { 'its last try': new Error('no luck'), 'a terminal error': new TerminalError('mend it') };
  for (const [name, error] of Object.entries(lastErrors)) {
    test(`a hint during ${name} keeps the id from parking`, async () => {
      const queue = open({ attempts: 1 });
      const gate = Promise.withResolvers<Outcome>();
      const seen = record(queue, (id, nth) => (id === 'a' && nth === 1 ? gate.promise : {}));
      await queue.add('a');
      await until('a runs', () => seen.length === 1);
      await queue.add('a');
      gate.reject(error);
      await until('a runs again', () => seen.length === 2);
      await untilQuiet(queue, seen);
      assert.deepEqual(await queue.counts(), { waiting: 0, active: 0, delayed: 0, parked: 0 });
    });
  }

  test('a terminal error parks at once', async () => {
    const told: unknown[] = [];
    const queue = open({ ...quick, onError: (...call) => told.push(call) });
    const error = new TerminalError('mend it');
    const seen = record(queue, (id, nth) => {
      if (id === 'a' && nth === 1) throw error;
      return {};
    });
    await queue.add('a');
    await until('a is parked', async () => (await queue.counts()).parked === 1);
    await untilQuiet(queue, seen);
    assert.deepEqual(told, [['a', error, true]]);
    await queue.add('a', { changed: true });
    await until('a has run again', () => runsOf(seen, 'a').length === 2);
    await untilQuiet(queue, seen);
    assert.equal((await queue.counts()).parked, 0);
  });

  test('not yet is no failure, however often', async () => {
    const told: unknown[] = [];
    const queue = open({ attempts: 2, backoffMs: () => 1, onError: (...call) => told.push(call) });
    const seen = record(queue, (id, nth) => {
      if (id === 'a' && nth === 1) fail();
      if (id === 'a' && nth < 7) throw new NotYetError('wait for it', 1);
      return {};
    });
    await queue.add('a');
    await until('a has run to its end', () => runsOf(seen, 'a').length === 7);
    await untilQuiet(queue, seen);
    assert.deepEqual(runsOf(seen, 'a').map((run) => run.attempt), [1, 2, 2, 2, 2, 2, 2]);
    assert.equal(told.length, 1);
  });

  test('whatever is thrown is an error of the id alone', async () => {
    const told: unknown[] = [];
    const queue = open({ attempts: 1, onError: (id, error) => told.push([id, error]) });
    const seen: string[] = [];
    const handler = (id: string): Promise<Outcome> => {
      seen.push(id);
      const thrown: Record<string, unknown> = { undefined, text: 'text' };
      if (id in thrown) throw thrown[id] as Error;
      return Promise.resolve({});
    };
    queue.work(handler, { concurrency: 1 });
    for (const id of ['undefined', 'text', 'good']) await queue.add(id);
    await until('good has run', () => seen.includes('good'));
    await until('both are parked', async () => (await queue.counts()).parked === 2);
    assert.deepEqual(told, [['undefined', undefined], ['text', 'text']]);
  });
}

function workLaws(open: OpenQueue): void {
  test('as many ids run at once as asked for, in the order of their hints', async () => {
    const queue = open();
    const gate = Promise.withResolvers<Outcome>();
    const ids = ['a', 'b', 'c', 'd', 'e'];
    for (const id of ids) await queue.add(id);
    const seen = record(queue, () => gate.promise, 3);
    await until('three run', async () => (await queue.counts()).active === 3 && seen.length === 3);
    assert.deepEqual(await queue.counts(), { waiting: 2, active: 3, delayed: 0, parked: 0 });
    gate.resolve({});
    await until('all have run', () => seen.length === 5);
    assert.deepEqual(seen.map((run) => run.id), ids);
  });

  test('an id that is never done leaves the others their turn', async () => {
    const queue = open();
    const seen = record(queue, (id) => (id === 'busy' ? queue.add('busy').then(() => ({})) : {}), 1);
    await queue.add('busy');
    await until('busy is busy', () => seen.length > 5);
    for (const id of ['a', 'b', 'c']) await queue.add(id);
    await until('the others have run', () => ['a', 'b', 'c'].every((id) => runsOf(seen, id).length === 1));
    const turns = seen.slice(seen.findIndex((run) => run.id === 'a'));
    assert.ok(turns.findIndex((run) => run.id === 'c') <= 5, 'busy had at most one turn between two others');
  });

  test('an id may be any text', async () => {
    const queue = open();
    const ids = [
      'pull-request/1/R_kgDO=_-+/241', 'resync', 'wait', 'active', 'id', 'a', 'a:lock', '<a>', 'a>', '', ' ', '*',
      'é 💥', 'line\nfeed', '__proto__', 'constructor', '{tag}', '0', 'x'.repeat(3000),
    ];
    const seen = record(queue, () => ({}), 3);
    for (const id of ids) await queue.add(id);
    await until('all have run', () => seen.length >= ids.length);
    await untilQuiet(queue, seen);
    assert.deepEqual(seen.filter((run) => run.id !== 'probe').map((run) => run.id).sort(), ids.toSorted());
  });

  test('a queue is worked once', () => {
    const queue = open();
    record(queue, () => ({}));
    assert.throws(() => record(queue, () => ({})), /once/);
  });
}
