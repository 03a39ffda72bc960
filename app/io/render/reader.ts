import { Worker } from 'node:worker_threads';
import type { Log } from '../../core/ports.ts';
import type { RenderLimits } from './limits.ts';
import { openLine, type Costly, type Line, type Place } from './line.ts';
import { OverLimit } from './refusals.ts';
import type { ReaderAnswers, ReaderJob, ReaderReply } from './reader-thread.ts';

/** Threads that read what branches and chart repositories wrote, each of which can be stopped and is replaced then. */
export type Reader = {
  /** Throws an OverLimit, naming `what`, when the answer takes more time or memory than it may; its queue is costly then. */
  read<Kind extends ReaderJob['kind']>(job: Extract<ReaderJob, { readonly kind: Kind }>, what: string, place: Place): Promise<ReaderAnswers[Kind]>;
  close(): Promise<void>;
};

type Answer = ReaderAnswers[ReaderJob['kind']];

type Waiting = {
  readonly job: ReaderJob;
  readonly what: string;
  readonly place: Place;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
};

type Thread = { readonly worker: Worker; ready: boolean; job: Waiting | undefined; timer: NodeJS.Timeout | undefined };

type Pool = {
  readonly limits: RenderLimits;
  readonly most: number;
  readonly log: Log;
  readonly threads: Set<Thread>;
  readonly costly: Costly;
  readonly waiting: Line<Waiting>;
  closed: boolean;
};

/** Opens up to `most` threads, each when it is first needed. They keep the process alive only while they read. */
export function openReader(options: { readonly limits: RenderLimits; readonly most: number; readonly log: Log; readonly costly: Costly }): Reader {
  const pool: Pool = { ...options, threads: new Set(), waiting: openLine(options.costly), closed: false };
  return {
    read: (job, what, place) =>
      new Promise((resolve, reject) => {
        if (pool.closed) reject(closed());
        else pool.waiting.add({ job, what, place, resolve: resolve as (answer: Answer) => void, reject }, place);
        giveOut(pool);
      }),
    close: async () => {
      pool.closed = true;
      for (let one = pool.waiting.next(); one; one = pool.waiting.next()) one.reject(closed());
      const threads = [...pool.threads];
      for (const thread of threads) end(pool, thread, closed());
      await Promise.all(threads.map(({ worker }) => worker.terminate()));
    },
  };
}

function closed(): Error {
  return new Error('the renderer is closed');
}

/** Gives waiting jobs to idle threads, and starts threads while there may be more. */
function giveOut(pool: Pool): void {
  const { threads, waiting } = pool;
  for (const thread of threads) {
    const job = thread.ready && !thread.job ? waiting.next() : undefined;
    if (job) give(pool, thread, job);
  }
  const starting = [...threads].filter(({ ready }) => !ready).length;
  for (let wanted = waiting.length() - starting; wanted > 0 && threads.size < pool.most && !pool.closed; wanted -= 1) start(pool);
}

function give(pool: Pool, thread: Thread, job: Waiting): void {
  const { readMs } = pool.limits;
  thread.job = job;
  thread.worker.ref();
  thread.timer = setTimeout(() => {
    end(pool, thread, new OverLimit([`${job.what} takes longer to read than the ${readMs / 1000} s it may — make it smaller`]));
  }, readMs);
  thread.worker.postMessage(job.job);
}

/** Its environment is empty, and its heap bounded. */
function start(pool: Pool): void {
  const { readHeapMiB } = pool.limits;
  const worker = new Worker(new URL('reader-thread.ts', import.meta.url), {
    workerData: pool.limits,
    env: {},
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: readHeapMiB, maxYoungGenerationSizeMb: Math.min(32, readHeapMiB) },
  });
  const thread: Thread = { worker, ready: false, job: undefined, timer: undefined };
  pool.threads.add(thread);
  worker.on('message', (reply: ReaderReply | 'ready') => {
    if (reply === 'ready') thread.ready = true;
    else answered(pool, thread, reply);
    if (!thread.job) worker.unref();
    giveOut(pool);
  });
  worker.on('error', (error: Error & { code?: string }) => {
    const what = thread.job?.what;
    const tooLarge = error.code === 'ERR_WORKER_OUT_OF_MEMORY' && what !== undefined;
    end(pool, thread, tooLarge ? new OverLimit([`${what} takes more memory to read than the ${readHeapMiB} MiB it may — make it smaller`]) : error);
  });
  worker.on('exit', () => {
    end(pool, thread, new Error('a reader thread ended by itself'));
  });
}

function answered(pool: Pool, thread: Thread, reply: ReaderReply): void {
  const { job } = thread;
  clearTimeout(thread.timer);
  thread.job = undefined;
  if (!job) return;
  if ('answer' in reply) {
    job.resolve(reply.answer);
    return;
  }
  if (!reply.tooDeep) pool.log.warn({ error: reply.error, what: job.what }, 'a file of a branch could not be read, for a reason that no rule names');
  refuse(pool, job, new OverLimit([`${job.what} ${reply.tooDeep ? 'is nested too deep to be read' : 'cannot be read'} — write it more simply`]));
}

function refuse({ costly }: Pool, { place, reject }: Waiting, error: Error): void {
  if (error instanceof OverLimit) costly.add(place.queue);
  reject(error);
}

/** Stops a thread, once. One that never became ready fails the job that it was started for. */
function end(pool: Pool, thread: Thread, error: Error): void {
  if (!pool.threads.delete(thread)) return;
  clearTimeout(thread.timer);
  const job = thread.job ?? (thread.ready ? undefined : pool.waiting.next());
  if (job) refuse(pool, job, error);
  thread.job = undefined;
  void thread.worker.terminate();
  giveOut(pool);
}
