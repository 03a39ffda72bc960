/**
 * One of GitHub's limits on writing, as the generic cell rate algorithm takes it: one each `intervalMs`, `burst` of
 * them at once.
 */
export type BudgetRule = {
  readonly name: string;
  readonly intervalMs: number;
  /** From 1. In any stretch of time no more than `burst` + stretch / `intervalMs` are let through. */
  readonly burst: number;
  /** Whether only what creates content counts. */
  readonly contentOnly: boolean;
};

/**
 * The limits of one installation, from "Rate limits for the REST API" and "Best practices for using the REST API" on
 * docs.github.com:
 * - at most 900 points a minute at 5 a write, which is 180 writes, and at least a second between writes. Twenty may go
 *   at once, so that one pull request is answered at once; 20 + 60 in a minute stay far below 180;
 * - at most 80 requests a minute that create content: 20 + 60;
 * - at most 500 of those an hour: 250 + 3,600 / 14.4.
 */
export const writeRules: readonly BudgetRule[] = [
  { name: 'writes', intervalMs: 1_000, burst: 20, contentOnly: false },
  { name: 'contentPerMinute', intervalMs: 1_000, burst: 20, contentOnly: true },
  { name: 'contentPerHour', intervalMs: 14_400, burst: 250, contentOnly: true },
];

/**
 * What has been taken: for each rule, by its name, the time (milliseconds) at which nothing of it is in use any more. A
 * rule of which nothing was taken has none.
 */
export type BudgetState = { readonly free: Readonly<Record<string, number>>; readonly blockedUntil: number };

export const unspentBudget: BudgetState = { free: {}, blockedUntil: 0 };

/**
 * Takes one write from every rule that counts it, or from none. Returns how long to wait (0: taken) and the state after
 * it. `now` is in milliseconds on the clock of the state.
 */
export function takeWrite(
  state: BudgetState,
  rules: readonly BudgetRule[],
  kind: 'content' | 'write',
  now: number,
): { readonly waitMs: number; readonly state: BudgetState } {
  const counting = rules.filter((rule) => kind === 'content' || !rule.contentOnly);
  let waitMs = blockedFor(state, now);
  for (const rule of counting)
    waitMs = Math.max(waitMs, freeAt(state, rule, now) - (rule.burst - 1) * rule.intervalMs - now);
  if (waitMs > 0) return { waitMs: Math.ceil(waitMs), state };
  const free = { ...state.free };
  for (const rule of counting) free[rule.name] = freeAt(state, rule, now) + rule.intervalMs;
  return { waitMs: 0, state: { ...state, free } };
}

/** Returns the share of the burst that is left, of the rule that has the least: 0 to 1, and 0 while blocked. */
export function leftOf(state: BudgetState, rules: readonly BudgetRule[], now: number): number {
  if (blockedFor(state, now) > 0) return 0;
  const shares = rules.map((rule) => {
    const left = rule.burst - (freeAt(state, rule, now) - now) / rule.intervalMs;
    return Math.max(0, Math.floor(left + 1e-9)) / rule.burst;
  });
  return Math.min(1, ...shares);
}

/** No block is longer: an hour is the longest that GitHub's limits last. */
export const longestBlockMs = 3_600_000;

/**
 * Returns the state in which nothing may be taken for `ms`, an hour at most; an earlier block that lasts longer stays.
 */
export function blockWrites(state: BudgetState, ms: number, now: number): BudgetState {
  return { ...state, blockedUntil: now + Math.max(blockedFor(state, now), Math.min(ms, longestBlockMs)) };
}

// What lies further ahead than it can be put comes from a clock that was set back, and is cut.

function blockedFor(state: BudgetState, now: number): number {
  return Math.min(longestBlockMs, Math.max(0, state.blockedUntil - now));
}

function freeAt(state: BudgetState, rule: BudgetRule, now: number): number {
  return Math.min(now + rule.burst * rule.intervalMs, Math.max(now, state.free[rule.name] ?? 0));
}
