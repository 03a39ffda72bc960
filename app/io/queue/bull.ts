import type { Redis } from 'ioredis';
import { messageOf } from '../../core/errors.ts';
import type { Queue } from '../../core/queue.ts';
import { toDelay } from './attempt.ts';
import type { BullQueueOptions } from './bull-options.ts';
import { openMarks, type Marks } from './marks.ts';
import { connect, reportOnce } from './redis.ts';
import { startWorkers, type Workers } from './workers.ts';

/**
 * Returns a queue on bull and Redis, shared by all processes that open it by the same name. Until `work` is called it
 * costs one connection, and an `add` is one round trip; it rejects within some 3 s when Redis does not take the hint.
 * While `close` waits for running ids, `add` still works.
 */
export function openBullQueue(options: BullQueueOptions): Queue {
  const base = `${options.prefix ?? 'avant'}:${options.name}:`;
  const trouble = reportOnce(options.onTrouble);
  const redis = connect(options.redisUrl, 'client', trouble);
  const marks = openMarks(redis, base);
  let workers: Workers | undefined;
  let closing: Promise<void> | undefined;

  async function close(graceMs: number): Promise<void> {
    await workers?.close(graceMs);
    redis.disconnect();
  }

  return {
    async add(id, { changed = false, afterMs = 0 } = {}) {
      await kept('keep the hint', marks.hint(id, changed, toDelay('afterMs', afterMs)));
    },
    work(handler, { concurrency }) {
      if (workers) throw new Error('work() is called once at most');
      if (closing) throw new Error('the queue is closed');
      workers = startWorkers({ handler, concurrency, options, redis, marks, trouble });
    },
    adopt: () => kept('adopt', adopt(redis, base, marks)),
    counts: () => kept('count', count(redis, base)),
    close(graceMs) {
      return (closing ??= close(graceMs));
    },
  };
}

async function adopt(redis: Redis, base: string, marks: Marks): Promise<number> {
  let [cursor, adopted] = ['0', 0];
  do {
    const [next, ids] = await redis.sscan(`${base}marked`, cursor, 'COUNT', 500);
    const placed = await Promise.all(ids.map((id) => marks.settle(id, 0)));
    adopted += placed.filter(Boolean).length;
    cursor = next;
  } while (cursor !== '0');
  return adopted;
}

async function count(redis: Redis, base: string): ReturnType<Queue['counts']> {
  const [wait, paused, active, delayed, parked] = await Promise.all([
    redis.llen(`${base}wait`),
    redis.llen(`${base}paused`),
    redis.llen(`${base}active`),
    redis.zcard(`${base}delayed`),
    redis.scard(`${base}parked`),
  ]);
  return { waiting: wait + paused, active, delayed, parked };
}

/** Rejects with a text of our own: ioredis hangs the command and its arguments, a password too, on its errors. */
async function kept<T>(what: string, promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw new Error(`Redis did not ${what}: ${messageOf(error)}`);
  }
}
