import { NotYetError } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';

/** The parts of an answer by which a rate limit is told. */
export type Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly data: unknown;
};

/** GitHub counts REST and GraphQL apart; its secondary limits are over both. */
export type Resource = 'core' | 'graphql';

export type RateLimit = { readonly waitMs: number; readonly over: 'resource' | 'everything'; readonly text: string };

const leastMs = 1_000;
const mostMs = 3_600_000;
/** What GitHub asks for where it names no time: "wait at least one minute before retrying". */
const unsaidMs = 60_000;

/**
 * Returns how long GitHub wants us to wait, or undefined for an answer that is no rate limit. Rules from "Rate limits
 * for the REST API" and "… for the GraphQL API" on docs.github.com: `retry-after` first, then `x-ratelimit-reset` where
 * nothing is left, else a minute. GraphQL says it with status 200 and an error of type RATE_LIMITED or, lately,
 * RATE_LIMIT, with points still left.
 */
export function rateLimitOf(answer: Answer, now: Date): RateLimit | undefined {
  const text = textOf(answer.data);
  const retryAfter = secondsOf(answer.headers['retry-after']);
  const reset = secondsOf(answer.headers['x-ratelimit-reset']);
  const untilReset = reset === undefined ? undefined : reset * 1_000 - gitHubsNow(answer, now) + 1_000;
  if (answer.status === 200) {
    if (!errorsOf(answer.data).some(({ type }) => type === 'RATE_LIMIT' || type === 'RATE_LIMITED')) return undefined;
    return { waitMs: bounded(retryAfter === undefined ? untilReset : retryAfter * 1_000), over: 'resource', text };
  }
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  if (retryAfter !== undefined) return { waitMs: bounded(retryAfter * 1_000), over: 'everything', text };
  if (answer.headers['x-ratelimit-remaining'] === '0') return { waitMs: bounded(untilReset), over: 'resource', text };
  if (answer.status === 429 || /rate limit|abuse detection/i.test(text))
    return { waitMs: unsaidMs, over: 'everything', text };
  return undefined;
}

/** Remembers rate limits of one token, so that nobody asks again before its time: GitHub bans those who do. */
export type Gate = {
  /** Throws a NotYetError while GitHub does not want to be asked. */
  check(resource: Resource): void;
  /** Shuts the gate when the answer is a rate limit, and returns the error to throw. */
  judge(resource: Resource, answer: Answer): NotYetError | undefined;
};

/** Returns a gate that is open; `who` is for its messages. */
export function openGate(who: string, clock: Clock): Gate {
  const shut = new Map<Resource, { until: number; text: string }>();
  return {
    check(resource) {
      const closed = shut.get(resource);
      const left = closed === undefined ? 0 : closed.until - clock.monotonicMs();
      if (closed !== undefined && left > 0) throw limited(who, closed.text, left);
    },
    judge(resource, answer) {
      const limit = rateLimitOf(answer, clock.now());
      if (!limit) return undefined;
      const until = clock.monotonicMs() + limit.waitMs;
      const resources: readonly Resource[] = limit.over === 'everything' ? ['core', 'graphql'] : [resource];
      for (const each of resources) {
        if ((shut.get(each)?.until ?? 0) < until) shut.set(each, { until, text: limit.text });
      }
      return limited(who, limit.text, limit.waitMs);
    },
  };
}

function limited(who: string, text: string, waitMs: number): NotYetError {
  return new NotYetError(`GitHub limits ${who} for another ${Math.ceil(waitMs / 1_000)} s: ${text}`, waitMs);
}

function bounded(ms: number | undefined): number {
  return Math.min(mostMs, Math.max(leastMs, ms ?? unsaidMs));
}

function gitHubsNow(answer: Answer, now: Date): number {
  const date = answer.headers['date'];
  const told = typeof date === 'string' ? Date.parse(date) : NaN;
  return Number.isNaN(told) ? now.getTime() : told;
}

function secondsOf(header: unknown): number | undefined {
  return typeof header === 'string' && /^\d+$/.test(header) ? Number(header) : undefined;
}

function errorsOf(data: unknown): readonly { type?: unknown; message?: unknown }[] {
  const errors: unknown = typeof data === 'object' && data !== null && 'errors' in data ? data.errors : undefined;
  if (!Array.isArray(errors)) return [];
  return errors.filter((error): error is object => typeof error === 'object' && error !== null);
}

function textOf(data: unknown): string {
  if (typeof data === 'object' && data !== null && 'message' in data && typeof data.message === 'string')
    return data.message;
  const [first] = errorsOf(data);
  return typeof first?.message === 'string' ? first.message : 'no reason given';
}
