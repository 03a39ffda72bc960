import Bull from 'bull';
import type { Redis } from 'ioredis';
import type { Handler } from '../../core/queue.ts';
import { settledWithin, tryOnce } from './attempt.ts';
import type { BullQueueOptions } from './bull-options.ts';
import type { Marks } from './marks.ts';
import { BLOCK_S, COMMAND_MS, connect, type ConnectionType, type Trouble } from './redis.ts';

/** Before the retry of a job whose marks could not be read or written. */
const TROUBLE_MS = 1000;

export type Workers = { close(graceMs: number): Promise<void> };

/** What the workers of one process need; the connection stays the queue's until they close. */
export type Workplace = {
  readonly handler: Handler;
  readonly concurrency: number;
  readonly options: BullQueueOptions;
  readonly redis: Redis;
  readonly marks: Marks;
  readonly trouble: Trouble;
};

/** Starts taking ids from bull, and looks after each once bull has let go of it. */
export function startWorkers({ handler, concurrency, options, redis, marks, trouble }: Workplace): Workers {
  const connections = new Map<ConnectionType, Redis>([['client', redis]]);
  const bull = openBull(options, (type) => {
    const connection = connections.get(type) ?? connect(options.redisUrl, type, trouble);
    connections.set(type, connection);
    return connection;
  });
  const running = new Map<string, Promise<void>>();
  const unsettled = new Set<Bull.JobId>();
  let settled: (() => void) | undefined;

  async function runOnce(id: string): Promise<void> {
    const begun = await marks.begin(id);
    if (!begun) return;
    const { gen, failures, ...run } = begun;
    if (begun.parked) {
      const deaths = run.attempt - 1 - failures;
      options.onError?.(id, new Error(`${deaths} runs began and never ended; did they kill their worker?`), true);
      return;
    }
    const verdict = await tryOnce(handler, id, { changed: run.changed, attempt: run.attempt }, failures, options);
    const parked = await marks.finish(id, gen, verdict);
    if ('error' in verdict) options.onError?.(id, verdict.error, parked);
  }

  async function take(job: Bull.Job): Promise<void> {
    const id = String(job.id).slice(1, -1);
    unsettled.add(job.id);
    // Bull may have rebuilt the job without its options; one that stayed would block its id.
    Object.assign(job.opts, { removeOnComplete: true, removeOnFail: true });
    // This process may have lost the lock while it still runs the id.
    await running.get(id);
    const run = runOnce(id);
    const ended = run.catch(() => undefined).finally(() => running.get(id) === ended && running.delete(id));
    running.set(id, ended);
    await run;
  }

  /** Bull has removed the job: a hint that came too late for it to matter to the run is to get a job now. */
  async function settle(job: Bull.Job | null | undefined, leastMs: number): Promise<void> {
    if (!job) return;
    try {
      await marks.settle(String(job.id).slice(1, -1), leastMs);
    } catch (error) {
      trouble.report(error);
    }
    unsettled.delete(job.id);
    if (unsettled.size === 0) settled?.();
  }

  bull.on('error', trouble.report);
  bull.on('lock-extension-failed', (_job, error) => {
    trouble.report(error);
  });
  bull.on('completed', (job) => void settle(job, 0));
  bull.on('failed', (job, error) => {
    trouble.report(error);
    void settle(job, TROUBLE_MS);
  });
  bull.process(concurrency, take).catch(trouble.report);

  async function close(graceMs: number): Promise<void> {
    const deadline = performance.now() + graceMs;
    const left = (ms: number): number => Math.min(deadline - performance.now(), ms);
    const paused = bull.pause(true, true);
    // Ends the blocking read now; bull would give it half a second.
    connections.get('bclient')?.disconnect();
    await settledWithin(paused, left(COMMAND_MS));
    await settledWithin(Promise.all(running.values()), left(graceMs));
    // What bull has not finished after that, it will not: Redis is gone.
    if (unsettled.size > 0) await settledWithin(new Promise<void>((resolve) => (settled = resolve)), left(COMMAND_MS));
    trouble.hush();
    const closed = bull.close(true);
    await settledWithin(closed, TROUBLE_MS);
    for (const connection of connections.values()) connection.disconnect();
    await settledWithin(closed, TROUBLE_MS);
  }

  return { close };
}

function openBull(options: BullQueueOptions, createClient: (type: ConnectionType) => Redis): Bull.Queue {
  const { name, prefix = 'avant', lockMs = 30_000, stalledMs = 15_000 } = options;
  const bull = new Bull(name, {
    prefix,
    createClient,
    settings: {
      lockDuration: lockMs,
      stalledInterval: stalledMs,
      // Bull would drop the job, without a word to a worker. The marks count deaths instead.
      maxStalledCount: Number.MAX_SAFE_INTEGER,
      drainDelay: BLOCK_S,
      guardInterval: TROUBLE_MS,
      retryProcessDelay: TROUBLE_MS,
    },
  });
  // Only a name for `CLIENT LIST`; bull does not wait for it, and closing early would be an unhandled rejection.
  bull.setWorkerName = () => Promise.resolve();
  return bull;
}
