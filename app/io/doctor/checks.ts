import { problem, type Diagnosis, type Verdict } from '../../core/diagnosis.ts';
import { messageOf } from '../../core/errors.ts';

/** One thing to look at. */
export type Check = {
  readonly name: string;
  /** Names of checks that it says nothing without. They stand before it. */
  readonly needs: readonly string[];
  /** What it finds; throwing is a problem too, which `otherwise` mends. `signal` aborts when its time is over. */
  readonly run: (signal: AbortSignal) => Promise<Verdict | readonly Verdict[]>;
  readonly otherwise: string;
};

/**
 * Runs all checks, side by side where none needs another; returns what they found, in their order. One that does not answer in
 * `withinMs` is a problem; one whose need has a problem is not run.
 */
export async function runChecks(checks: readonly Check[], withinMs: number): Promise<Diagnosis[]> {
  const running = new Map<string, Promise<Diagnosis[]>>();
  for (const check of checks) running.set(check.name, runOne(check, running, withinMs));
  return (await Promise.all(running.values())).flat();
}

async function runOne(
  check: Check,
  running: ReadonlyMap<string, Promise<readonly Diagnosis[]>>,
  withinMs: number,
): Promise<Diagnosis[]> {
  const broken: string[] = [];
  for (const need of check.needs) {
    const found = await running.get(need);
    if (!found) throw new Error(`${check.name} needs ${need}, which is no check before it`);
    if (found.some(({ state }) => state === 'problem' || state === 'unchecked')) broken.push(need);
  }
  const { name } = check;
  if (broken.length > 0)
    return [{ check: name, state: 'unchecked', says: `needs ${broken.join(' and ')}`, mend: undefined }];
  const verdicts = await timed(check, withinMs);
  return verdicts.map((verdict) => ({ check: name, ...verdict }));
}

async function timed({ run, otherwise }: Check, withinMs: number): Promise<readonly Verdict[]> {
  const stop = new AbortController();
  const timer = Promise.withResolvers<Verdict>();
  const timeout = setTimeout(() => {
    timer.resolve(problem(`no answer within ${withinMs / 1_000} s`, otherwise));
    stop.abort();
  }, withinMs);
  try {
    const found = await Promise.race([run(stop.signal), timer.promise]);
    return 'state' in found ? [found] : found;
  } catch (error) {
    return [problem(messageOf(error), otherwise)];
  } finally {
    clearTimeout(timeout);
    stop.abort();
  }
}

/** Returns what asks once, however many want to know. */
export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}
