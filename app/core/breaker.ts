/** The latest teardowns that no closed pull request explains. */
export type Breaker = {
  /** Pull requests torn down lately, by `formatKey`, and when (milliseconds, monotonic). */
  readonly recent: ReadonlyMap<string, number>;
  /** Open until then: no unexplained teardown before. */
  readonly openUntil: number;
};

const windowMs = 60_000;
/** How long the breaker stays open; whoever is held back must read GitHub again afterwards. */
const openMs = 600_000;

export const closedBreaker: Breaker = { recent: new Map(), openUntil: 0 };

/** Returns for how many milliseconds more unexplained teardowns are held back; 0 when they are not. */
export function pausedForMs({ openUntil }: Breaker, nowMs: number): number {
  return Math.max(0, openUntil - nowMs);
}

/**
 * Decides whether a pull request's previews may be torn down now. A closed or merged pull request explains its teardown and
 * always may. Of the others at most `limit` pull requests a minute may; one more opens the breaker for ten minutes, so that a
 * mistake seen from here (a label renamed everywhere, a GitHub that forgets) costs a few previews and not all.
 */
export function admitTeardown(
  breaker: Breaker,
  teardown: { readonly key: string; readonly explained: boolean },
  limit: number,
  nowMs: number,
): { readonly admitted: boolean; readonly breaker: Breaker } {
  if (teardown.explained) return { admitted: true, breaker };
  // What was begun is ended: a link that is dead already protects nobody.
  const begun = breaker.recent.get(teardown.key);
  if (begun !== undefined && nowMs - begun < openMs) return { admitted: true, breaker };
  if (breaker.openUntil > nowMs) return { admitted: false, breaker };
  const known = new Map([...breaker.recent].filter(([, at]) => nowMs - at < openMs));
  const lately = [...known.values()].filter((at) => nowMs - at < windowMs).length;
  if (lately >= limit) return { admitted: false, breaker: { recent: known, openUntil: nowMs + openMs } };
  return { admitted: true, breaker: { recent: known.set(teardown.key, nowMs), openUntil: 0 } };
}
