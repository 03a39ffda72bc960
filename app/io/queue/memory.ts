import type { Handler, Queue } from '../../core/queue.ts';
import { settledWithin, toDelay, tryOnce, type QueueOptions, type Verdict } from './attempt.ts';

type State = 'waiting' | 'running' | 'delayed' | 'parked';

/** What is known of an id that wants a run, has one, or is parked; other ids have no entry. */
type Entry = {
  readonly id: string;
  state: State | undefined;
  /** Whether a hint since the last run began said so, or one before it that no run has yet honoured. */
  changed: boolean;
  failures: number;
  /** When the next run is wanted, by `performance.now()`; while the id runs, what was hinted meanwhile. */
  due: number | undefined;
  timer: NodeJS.Timeout | undefined;
};

/**
 * Returns a queue that lives in this process and dies with it. Its timers do not keep the process alive.
 * From `close` on, `add` rejects: nobody would run the hint.
 */
export function openMemoryQueue(options: QueueOptions = {}): Queue {
  const entries = new Map<string, Entry>();
  const tally: Record<State, number> = { waiting: 0, running: 0, delayed: 0, parked: 0 };
  const waiting = openFifo<Entry>();
  const runs = new Set<Promise<void>>();
  let work: { readonly handler: Handler; readonly concurrency: number } | undefined;
  let pumping: NodeJS.Immediate | undefined;
  let closed = false;

  function move(entry: Entry, state: State | undefined): void {
    if (entry.state) tally[entry.state] -= 1;
    if (state) tally[state] += 1;
    entry.state = state;
  }

  function want(entry: Entry, due: number): void {
    if (entry.due === undefined || due < entry.due) entry.due = due;
  }

  /** Brings an entry that does not run to where its due time says. */
  function place(entry: Entry): void {
    clearTimeout(entry.timer);
    if (closed || entry.state === 'waiting') return;
    const ms = (entry.due ?? 0) - performance.now();
    if (ms > 0) {
      move(entry, 'delayed');
      entry.timer = setTimeout(wait, Math.ceil(ms), entry).unref();
    } else {
      wait(entry);
    }
  }

  function wait(entry: Entry): void {
    move(entry, 'waiting');
    waiting.push(entry);
    // Not at once: the hints of one burst are to meet in one run.
    schedule();
  }

  function pump(): void {
    pumping = undefined;
    while (work && !closed && tally.running < work.concurrency) {
      const entry = waiting.shift();
      if (!entry) return;
      const done = run(entry, work.handler).finally(() => {
        runs.delete(done);
        schedule();
      });
      runs.add(done);
    }
  }

  function schedule(): void {
    if (!closed) pumping ??= setImmediate(pump);
  }

  async function run(entry: Entry, handler: Handler): Promise<void> {
    const { changed, failures } = entry;
    move(entry, 'running');
    entry.changed = false;
    entry.due = undefined;
    const verdict = await tryOnce(handler, entry.id, { changed, attempt: failures + 1 }, failures, options);
    const parked = settle(entry, verdict, changed);
    if ('error' in verdict) options.onError?.(entry.id, verdict.error, parked);
  }

  /** Takes the outcome of a run; returns whether the id parked. */
  function settle(entry: Entry, verdict: Verdict, changed: boolean): boolean {
    const hinted = entry.due !== undefined;
    if (verdict.kind !== 'done') entry.changed ||= changed;
    if (verdict.kind === 'parked' && !hinted) {
      move(entry, 'parked');
      return true;
    }
    if (verdict.kind === 'failed') entry.failures += 1;
    if (verdict.kind === 'done' || verdict.kind === 'parked') entry.failures = 0;
    if ('afterMs' in verdict) want(entry, performance.now() + verdict.afterMs);
    move(entry, undefined);
    if (entry.due === undefined) entries.delete(entry.id);
    else place(entry);
    return false;
  }

  function add(id: string, hint: { readonly changed?: boolean; readonly afterMs?: number } = {}): void {
    if (closed) throw new Error('the queue is closed');
    const due = performance.now() + toDelay('afterMs', hint.afterMs ?? 0);
    let entry = entries.get(id);
    if (!entry) {
      entry = { id, state: undefined, changed: false, failures: 0, due: undefined, timer: undefined };
      entries.set(id, entry);
    }
    if (entry.state === 'parked') entry.failures = 0;
    entry.changed ||= hint.changed ?? false;
    want(entry, due);
    if (entry.state !== 'running') place(entry);
  }

  return {
    add: (id, hint) =>
      new Promise((resolve) => {
        add(id, hint);
        resolve();
      }),
    work(handler, { concurrency }) {
      if (work) throw new Error('work() is called once at most');
      if (closed) throw new Error('the queue is closed');
      work = { handler, concurrency };
      schedule();
    },
    // Nobody but this process has the marks, so none can be left without a job.
    adopt: () => Promise.resolve(0),
    counts: () =>
      Promise.resolve({ waiting: tally.waiting, active: tally.running, delayed: tally.delayed, parked: tally.parked }),
    async close(graceMs) {
      closed = true;
      clearImmediate(pumping);
      for (const entry of entries.values()) clearTimeout(entry.timer);
      await settledWithin(Promise.allSettled(runs), graceMs);
    },
  };
}

type Fifo<T> = { push(item: T): void; shift(): T | undefined };

/** Returns a first-in-first-out list; `Array.shift` would copy a long one each time. */
function openFifo<T>(): Fifo<T> {
  let items: T[] = [];
  let head = 0;
  return {
    push(item) {
      items.push(item);
    },
    shift() {
      const item = items[head];
      if (head < items.length) head += 1;
      if (head > 1000 && head * 2 > items.length) {
        items = items.slice(head);
        head = 0;
      }
      return item;
    },
  };
}
