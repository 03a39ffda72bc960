import { NotYetError, TerminalError } from '../../core/errors.ts';
import type { Handler, Run } from '../../core/queue.ts';

/** What both makings of the queue take. */
export type QueueOptions = {
  /** Failed tries after which an id parks; 10 unless given. */
  readonly attempts?: number;
  /** Milliseconds to wait after the n-th failure in a row (from 1); `backoffMs` below unless given. */
  readonly backoffMs?: (attempt: number) => number;
  /** Told of every failed try, when its outcome is kept; must not throw. */
  readonly onError?: (id: string, error: unknown, parked: boolean) => void;
};

/** How a try ended, and after how many milliseconds the id wants the next one. */
export type Verdict =
  | { readonly kind: 'done'; readonly afterMs?: number }
  | { readonly kind: 'later'; readonly afterMs: number }
  | { readonly kind: 'failed'; readonly afterMs: number; readonly error: unknown }
  | { readonly kind: 'parked'; readonly error: unknown };

/** Failed tries after which an id parks; with `backoffMs`, some nine minutes after the first. */
export const ATTEMPTS = 10;

/** The longest delay of a Node timer, about 24.8 days; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Returns how long to wait after the n-th failure in a row: 1 s, doubled each time up to 5 minutes, give or take a
 * quarter (`random` is in [0, 1)), so that what failed together does not come back together.
 */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  return Math.min(1000 * 2 ** (attempt - 1), 300_000) * (0.75 + random() / 2);
}

/** Returns whole milliseconds that a timer can hold; a time that has passed is 0. What is no number is a RangeError. */
export function toDelay(field: string, ms: number): number {
  if (typeof ms !== 'number' || Number.isNaN(ms)) {
    throw new RangeError(`${field} must be a number of milliseconds, not ${String(ms)}`);
  }
  return Math.min(Math.max(Math.ceil(ms), 0), LONGEST_MS);
}

/** Runs the handler once, after so many failures in a row, and says how it ended; rejects only if `backoffMs` does. */
export async function tryOnce(
  handler: Handler,
  id: string,
  run: Run,
  failures: number,
  options: QueueOptions,
): Promise<Verdict> {
  try {
    const { againMs } = await handler(id, run);
    return againMs === undefined ? { kind: 'done' } : { kind: 'done', afterMs: toDelay('againMs', againMs) };
  } catch (error) {
    if (error instanceof NotYetError && !Number.isNaN(error.afterMs)) {
      return { kind: 'later', afterMs: toDelay('afterMs', error.afterMs) };
    }
    const failed = failures + 1;
    if (error instanceof TerminalError || failed >= (options.attempts ?? ATTEMPTS)) return { kind: 'parked', error };
    return { kind: 'failed', afterMs: toDelay('backoffMs', (options.backoffMs ?? backoffMs)(failed)), error };
  }
}

/** Resolves when the promise has settled, or after `ms` if that is sooner; leaves no timer. */
export async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, toDelay('ms', ms));
  });
  await Promise.race([promise.catch(() => undefined), late]);
  clearTimeout(timer);
}
