import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome, Queue, Run } from '../../app/core/queue.ts';
import type { QueueOptions } from '../../app/io/queue/attempt.ts';

/** Opens a queue that shares its ids with no other test's; whoever gives it closes it. */
export type OpenQueue = (options?: QueueOptions) => Queue;

/** Milliseconds that no test waits for. */
export const HOUR = 3_600_000;

/** A run, as its handler was told of it. */
export type Seen = Run & { readonly id: string };

/** Returns the runs of one id. */
export function runsOf(seen: readonly Seen[], id: string): readonly Seen[] {
  return seen.filter((run) => run.id === id);
}

/** What a handler does that has no luck. */
export function fail(message = 'no luck'): never {
  throw new Error(message);
}

/** Polls until the claim holds; fails with its name after 20 s, which only a broken queue needs. */
export async function until(claim: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`still not so: ${claim}`);
    await sleep(5);
  }
}

/** Waits until nothing waits and only the `held` ids run; one more id proves that nothing else was about to. */
export async function untilQuiet(queue: Queue, seen: readonly Seen[], held = 0): Promise<void> {
  const quiet = async (): Promise<boolean> => {
    const { waiting, active } = await queue.counts();
    return waiting === 0 && active === held;
  };
  await until('the queue is quiet', quiet);
  const before = runsOf(seen, 'probe').length;
  await queue.add('probe');
  await until('the probe has run', () => runsOf(seen, 'probe').length > before);
  await until('the queue is quiet again', quiet);
  const double = seen.filter((run) => run.id.endsWith(TWICE));
  assert.deepEqual(double, []);
}

const TWICE = ' twice at once';

type Script = (id: string, nth: number) => Promise<Outcome> | Outcome;

/** Works the queue and returns the runs as they begin; `script` says what the n-th run of an id does. */
export function record(queue: Queue, script: Script, concurrency = 5, seen: Seen[] = []): Seen[] {
  const running = new Set<string>();
  const handler = async (id: string, run: Run): Promise<Outcome> => {
    seen.push({ id: running.has(id) ? id + TWICE : id, ...run });
    running.add(id);
    try {
      return await script(id, runsOf(seen, id).length);
    } finally {
      running.delete(id);
    }
  };
  queue.work(handler, { concurrency });
  return seen;
}
