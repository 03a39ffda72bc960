import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import Bull from 'bull';
import { Redis } from 'ioredis';
import type { Outcome, Queue } from '../../app/core/queue.ts';
import { openBullQueue } from '../../app/io/queue/bull.ts';
import type { BullQueueOptions } from '../../app/io/queue/bull-options.ts';
import { redisProblem, startRedis, type TestRedis } from '../support/redis.ts';
import { fail, HOUR, record, runsOf, until, untilQuiet, type Seen } from './queue-recording.ts';

/** Locks short enough that a dead worker is missed soon, long enough for a busy machine. */
const HASTY = { lockMs: 1000, stalledMs: 300 };

describe('the queue on bull', { skip: redisProblem(), timeout: 120_000 }, () => {
  let redis: TestRedis;
  let raw: Redis;
  let tests = 0;
  const opened: Queue[] = [];
  const children: ChildProcess[] = [];

  before(async () => {
    redis = await startRedis();
    raw = new Redis(redis.url);
    raw.on('error', () => undefined);
  });
  after(async () => {
    raw.disconnect();
    await redis.stop();
  });
  afterEach(async () => {
    tests += 1;
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all(opened.splice(0).map((queue) => queue.close(0)));
  });

  const optionsOf = (options: Partial<BullQueueOptions> = {}): BullQueueOptions => ({
    redisUrl: redis.url,
    prefix: 'test',
    name: `queue-${tests}`,
    ...options,
  });
  const keyOf = (suffix: string): string => `test:queue-${tests}:${suffix}`;

  /** Opens the test's queue, as one more process would. */
  function open(options: Partial<BullQueueOptions> = {}): Queue {
    const queue = openBullQueue(optionsOf(options));
    opened.push(queue);
    return queue;
  }

  type Worker = { readonly child: ChildProcess; readonly lines: readonly string[] };

  /** Starts a worker process, and gives the lines that it prints. */
  function startWorker(mode: 'hang' | 'once', options: Partial<BullQueueOptions> = {}): Worker {
    const script = fileURLToPath(new URL('queue-worker.ts', import.meta.url));
    const argv = [script, mode, JSON.stringify(optionsOf(options))];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    children.push(child);
    const lines: string[] = [];
    child.stdout.setEncoding('utf8').on('data', (text: string) => lines.push(...text.split('\n').filter(Boolean)));
    return { child, lines };
  }

  test('a worker killed in the middle of a run loses nothing', async () => {
    const web = open();
    const { child, lines } = startWorker('hang', HASTY);
    await web.add('a', { changed: true });
    await until('the child runs a', () => lines.includes('run a'));
    await web.add('a');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const seen = record(open(HASTY), () => ({}));
    await until('another worker runs a', () => seen.length === 1);
    await untilQuiet(web, seen);
    assert.deepEqual(runsOf(seen, 'a'), [{ id: 'a', changed: true, attempt: 2 }]);
  });

  test('an id that kills its workers parks after five, and the others go on', async () => {
    const told: string[] = [];
    const web = open();
    await web.add('deadly');
    let deaths = 0;
    for (; deaths < 5; deaths += 1) {
      const worker = open({ lockMs: 200, stalledMs: 100 });
      const seen = record(worker, (id) => (id === 'deadly' ? new Promise<Outcome>(() => undefined) : {}));
      await until(`it runs for the ${deaths + 1}. time`, () => runsOf(seen, 'deadly').length === 1);
      // To Redis, a process that lets go of a running id is a dead one.
      await worker.close(0);
    }
    const onError = (id: string, error: unknown): unknown => told.push(`${id}: ${String(error)}`);
    const seen = record(open({ lockMs: 200, stalledMs: 100, onError }), () => ({}));
    await until('it is parked', async () => (await web.counts()).parked === 1);
    await untilQuiet(web, seen);
    assert.deepEqual(runsOf(seen, 'deadly'), []);
    assert.deepEqual(told, ['deadly: Error: 5 runs began and never ended; did they kill their worker?']);
    await web.add('deadly');
    await until('a hint makes it run again', () => runsOf(seen, 'deadly').length === 1);
  });

  test('no hint is lost, and no id runs twice at once, with two workers and much bad luck', async () => {
    const draw = random(7);
    const web = open();
    const seen: Seen[] = [];
    const ended: Seen[] = [];
    let calm = false;
    const script = async (id: string): Promise<Outcome> => {
      const run = seen.findLast((one) => one.id === id) ?? fail();
      if (!calm && draw() < 0.2) await web.add(id);
      if (!calm && draw() < 0.3) fail();
      ended.push(run);
      return calm || draw() < 0.8 ? {} : { againMs: Math.floor(draw() * 5) };
    };
    const worker = { attempts: 1_000_000, backoffMs: () => Math.floor(draw() * 5) };
    record(open(worker), script, 4, seen);
    record(open(worker), script, 4, seen);
    const lastHint = new Map<string, number>();
    const lastChange = new Map<string, number>();
    for (let round = 0; round < 300; round += 1) {
      const hints = Array.from({ length: 5 }, () => ({ id: `id ${Math.floor(draw() * 20)}`, changed: draw() < 0.3 }));
      for (const { id, changed } of hints) {
        lastHint.set(id, seen.length);
        if (changed) lastChange.set(id, seen.length);
      }
      await Promise.all(hints.map(({ id, changed }) => web.add(id, { changed, afterMs: Math.floor(draw() * 3) })));
    }
    calm = true;
    await until('nothing is left to do', async () => (await raw.scard(keyOf('marked'))) === 0);
    assert.deepEqual(seen.filter((run) => run.id.includes('twice')), []);
    const wellEnded = (id: string, from: number, changed: boolean): boolean =>
      ended.some((run) => run.id === id && run.changed >= changed && seen.indexOf(run) >= from);
    assert.ok(lastHint.size === 20 && seen.length > 100);
    for (const [id, from] of lastHint) assert.ok(wellEnded(id, from, false), `a run of ${id} after its last hint`);
    for (const [id, from] of lastChange) assert.ok(wellEnded(id, from, true), `a run of ${id} that knows it changed`);
    // Bull takes a job away a moment after its mark is gone.
    await until('no mark and no job is left behind', async () => (await raw.keys(keyOf('*<*'))).length === 0);
  });

  test('a process that lost the lock of a running id does not run it twice at once', async () => {
    const web = open();
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(open({ stalledMs: 50 }), (id) => (id === 'a' ? gate.promise : {}));
    await web.add('a');
    await until('a runs', () => seen.length === 1);
    await raw.del(keyOf('<a>:lock'));
    await until('bull gives it out again', async () => (await raw.exists(keyOf('<a>:lock'))) === 1);
    await untilQuiet(web, seen, 1);
    gate.resolve({});
    await untilQuiet(web, seen);
    assert.equal(runsOf(seen, 'a').length, 1);
    assert.deepEqual(await raw.keys(keyOf('mark<*')), []);
  });

  test('a hint from another process unparks', async () => {
    const [web, worker] = [open(), open({ attempts: 1 })];
    const seen = record(worker, (id, nth) => (id === 'a' && nth === 1 ? fail() : {}));
    await web.add('a');
    await until('a is parked', async () => (await web.counts()).parked === 1);
    await web.add('a');
    await until('a runs again', () => seen.length === 2);
  });

  test('what waited when its process ended is there for the next', async () => {
    const first = open();
    await first.add('a', { changed: true });
    await first.add('b', { afterMs: 1 });
    await first.close(0);
    const seen = record(open(), () => ({}), 1);
    await until('both run', () => seen.length === 2);
    assert.deepEqual(new Set(seen.map((run) => run.id)), new Set(['a', 'b']));
  });

  test('an id with a mark but no job is adopted', async () => {
    const web = open();
    await web.add('a', { changed: true });
    await web.add('b', { afterMs: HOUR });
    await web.add('c');
    const bull = new Bull(`queue-${tests}`, redis.url, { prefix: 'test' });
    for (const id of ['<a>', '<b>']) await (await bull.getJob(id))?.remove();
    await bull.close();
    assert.deepEqual(await web.counts(), { waiting: 1, active: 0, delayed: 0, parked: 0 });
    assert.deepEqual([await web.adopt(), await web.adopt()], [2, 0]);
    assert.deepEqual(await web.counts(), { waiting: 2, active: 0, delayed: 1, parked: 0 });
    const seen = record(open(), () => ({}), 1);
    await until('c and a run', () => seen.length === 2);
    assert.deepEqual(seen, [{ id: 'c', changed: false, attempt: 1 }, { id: 'a', changed: true, attempt: 1 }]);
  });

  test('a job is written as bull writes its own', async () => {
    const bull = new Bull(`queue-${tests}`, redis.url, { prefix: 'test' });
    const settings = { removeOnComplete: true, removeOnFail: true };
    await bull.add({}, { ...settings, jobId: '<now>' });
    await bull.add({}, { ...settings, jobId: '<later>', delay: HOUR });
    await bull.close();
    const shape = async (): Promise<unknown> => {
      const jobs = ['<now>', '<later>'].map(async (id) => {
        const { timestamp, opts, delay, ...rest } = await raw.hgetall(keyOf(id));
        const options = JSON.parse(String(opts)) as Bull.JobOptions;
        const late = Math.abs(Number(await raw.zscore(keyOf('delayed'), id)) / 4096 - Date.now() - HOUR) < 60_000;
        const kept = { removed: [options.removeOnComplete, options.removeOnFail], attempts: options.attempts };
        const recent = Math.abs(Date.now() - Number(timestamp)) < 60_000;
        return { ...rest, ...kept, delay: Number(delay) > 0, late, recent };
      });
      return { jobs: await Promise.all(jobs), wait: await raw.lrange(keyOf('wait'), 0, -1) };
    };
    const bulls = await shape();
    await raw.flushall();
    const web = open();
    await web.add('now');
    await web.add('later', { afterMs: HOUR });
    assert.deepEqual(await shape(), bulls);
  });

  test('Redis flushed in the middle of a run costs time only', async () => {
    const [web, worker] = [open(), open()];
    const gate = Promise.withResolvers<Outcome>();
    const seen = record(worker, (id, nth) => (id === 'a' && nth === 1 ? gate.promise : {}));
    await web.add('a');
    await web.add('b', { afterMs: HOUR });
    await until('a runs', () => seen.length === 1);
    await raw.flushall();
    gate.resolve({});
    // What bull leaves behind when the flush meets a job on its way to a worker.
    await raw.hset(keyOf('<c>'), 'processedOn', 1);
    for (const round of [1, 2]) {
      const before = seen.length;
      for (const id of ['a', 'b', 'c']) await web.add(id);
      await until(`all run, ${round}`, () => ['a', 'b', 'c'].every((id) => runsOf(seen.slice(before), id).length > 0));
      await untilQuiet(web, seen);
    }
    assert.deepEqual(await raw.keys(keyOf('mark<*')), []);
  });

  test('a process costs one connection until it works, and ends by itself', async () => {
    const connections = async (): Promise<number> => String(await raw.client('LIST')).trim().split('\n').length - 1;
    await until('earlier tests are gone', async () => (await connections()) === 0);
    const web = open();
    await web.add('a');
    assert.equal(await connections(), 1);
    await web.close(0);
    const { child, lines } = startWorker('once');
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.equal(code, 0);
    assert.ok(lines.includes('run once'));
    await until('no connection is left', async () => (await connections()) === 0);
  });

  test('errors hold no password', async () => {
    await raw.config('SET', 'requirepass', 'right-secret');
    const told: unknown[] = [];
    const redisUrl = redis.url.replace('//', '//:wrong-secret@');
    const queue = open({ redisUrl, onTrouble: (error) => told.push(error) });
    await assert.rejects(queue.add('a'), (error) => told.push(error) > 0);
    await until('the trouble is told', () => told.length > 1);
    await queue.close(0);
    await raw.config('SET', 'requirepass', '');
    assert.doesNotMatch(inspect(told, { depth: 9 }), /secret/);
  });

  test('while Redis is away or mute hints are refused, and work goes on when it is back', async () => {
    const told: Error[] = [];
    const [web, worker] = [open({ onTrouble: (error) => told.push(error) }), open()];
    const seen = record(worker, () => ({}));
    const works = async (id: string): Promise<void> => {
      await until('a hint is taken', () => web.add(id).then(() => true, () => false));
      await until(`${id} runs`, () => runsOf(seen, id).length > 0);
    };
    await works('before');
    redis.signal('SIGSTOP');
    await assert.rejects(web.add('mute'), /Redis did not keep the hint/);
    redis.signal('SIGCONT');
    await works('between');
    await redis.stop();
    await Promise.all([
      assert.rejects(web.add('away'), /Redis did not keep the hint/),
      assert.rejects(web.adopt(), /Redis did not adopt/),
      assert.rejects(web.counts(), /Redis did not count/),
    ]);
    redis = await startRedis(redis.port);
    await works('after');
    assert.ok(told.length > 0);
  });
});

/** Returns a generator of numbers in [0, 1) that is the same in every run (Lehmer's, with the multiplier of MINSTD). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}
