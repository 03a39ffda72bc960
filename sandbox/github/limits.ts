import type { World } from './world/world.ts';
import { Refusal } from './refusal.ts';

export type RateLimit = { resource: 'core' | 'graphql'; limit: number; used: number; remaining: number; resetAt: Date };

/** GitHub's secondary limit on what makes content; GitHub's own figures are 80 a minute and 500 an hour. */
export type ContentLimit = { perMinute: number; perHour: number };

export type LimitOptions = {
  /** Requests (or GraphQL points) an hour; 5000, as an installation of a small account has. */
  rateLimit?: number;
  /** Off unless given. */
  contentLimit?: ContentLimit;
};

export type Limits = {
  /** The budget of one caller, as it stands. */
  of(caller: string, resource: RateLimit['resource']): RateLimit;
  /** Takes points from the budget. Throws GitHub's 403 when nothing is left. */
  spend(caller: string, resource: RateLimit['resource'], points?: number): RateLimit;
  /** Counts a write that makes content. Throws the secondary limit's 403 with a retry-after. */
  countContent(caller: string): void;
};

const hour = 3_600_000;
const minute = 60_000;

/** The text and headers of GitHub's secondary limit. */
export function secondaryLimit(retryAfterSeconds: number): Refusal {
  return new Refusal(
    403,
    'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.',
    undefined,
    { 'retry-after': String(retryAfterSeconds) },
  );
}

/** Counts what each caller uses. */
export function createLimits(world: World, options: LimitOptions): Limits {
  const limit = options.rateLimit ?? 5000;
  const budgets = new Map<string, RateLimit>();
  const contents = new Map<string, number[]>();
  const now = (): number => world.state.now().getTime();
  const of = (caller: string, resource: RateLimit['resource']): RateLimit => {
    const key = `${resource} ${caller}`;
    const known = budgets.get(key);
    if (known && known.resetAt.getTime() > now()) return known;
    const fresh: RateLimit = { resource, limit, used: 0, remaining: limit, resetAt: new Date(now() + hour) };
    budgets.set(key, fresh);
    return fresh;
  };
  return {
    of,
    spend: (caller, resource, points = 1) => {
      const budget = of(caller, resource);
      if (budget.remaining < points) throw new Refusal(403, `API rate limit exceeded for ${caller}.`);
      budget.used += points;
      budget.remaining -= points;
      return budget;
    },
    countContent: (caller) => {
      if (!options.contentLimit) return;
      const times = (contents.get(caller) ?? []).filter((at) => at > now() - hour);
      const lastMinute = times.filter((at) => at > now() - minute);
      const until = (list: number[], span: number): number => Math.ceil(((list[0] ?? now()) + span - now()) / 1000);
      if (lastMinute.length >= options.contentLimit.perMinute) throw secondaryLimit(until(lastMinute, minute));
      if (times.length >= options.contentLimit.perHour) throw secondaryLimit(until(times, hour));
      contents.set(caller, [...times, now()]);
    },
  };
}
