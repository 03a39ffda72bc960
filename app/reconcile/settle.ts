import type { PullRequestKey } from '../core/key.ts';
import { nothingSaid, type PullRequestRecord, type TenantRecord, type Trouble } from '../core/record.ts';
import type { Acted } from './act.ts';
import type { Desired } from './decide.ts';
import type { Gathered } from './gather.ts';
import type { Plan } from './plan.ts';
import type { Preview } from './preview.ts';
import { rememberSeen } from './said.ts';

/** First wait after a failure, and the longest, in milliseconds; it doubles in between. */
const [firstRetryMs, lastRetryMs] = [5_000, 300_000];

export type Settlement = {
  readonly key: PullRequestKey;
  readonly now: Date;
  readonly gathered: Gathered;
  readonly desired: Desired;
  readonly plan: Plan;
  readonly acted: Acted;
  readonly teardownPaused: boolean;
};

/** Returns the record after a reconcile, and in how many milliseconds something is due again. Pure. */
export function settle(settlement: Settlement): { readonly record: PullRequestRecord; readonly againMs: number | undefined } {
  const { key, now, gathered, desired } = settlement;
  const { facts, stored, seen, missingSince } = gathered;
  const said = stored?.record.said ?? nothingSaid;
  const record: PullRequestRecord = {
    version: 1,
    key,
    facts,
    lastValid: desired.lastValid,
    missingSince,
    decision: desired.decision,
    tenants: settleTenants(settlement),
    said: seen ? rememberSeen(said, seen.seen, seen.readAt, facts.pullRequest.headSha) : said,
  };
  const retries = Object.values(record.tenants).flatMap(({ trouble }) => (trouble ? [Date.parse(trouble.retryAt) - now.getTime()] : []));
  return { record, againMs: retries.length === 0 ? undefined : Math.max(0, Math.min(...retries)) };
}

function settleTenants(settlement: Settlement): PullRequestRecord['tenants'] {
  const { gathered, desired } = settlement;
  const before = gathered.stored?.record.tenants ?? {};
  const wanted = Object.fromEntries(desired.previews.map((preview) => [preview.tenant, settleWanted(settlement, preview, before[preview.tenant])]));
  const others = Object.entries(before).filter(([tenant]) => !(tenant in wanted));
  const unwanted = others.map(([tenant, record]) => [tenant, desired.keepAll ? record : settleUnwanted(settlement, record)] as const);
  return { ...Object.fromEntries(unwanted), ...wanted };
}

function settleWanted({ acted, now }: Settlement, preview: Preview, before: TenantRecord | undefined): TenantRecord {
  const { cluster, namespace, host, url, sha } = preview;
  const result = acted.previews.find(({ tenant }) => tenant === preview.tenant);
  const base = { cluster, namespace, host, url, sha, wanted: true };
  // Held back until its time: what it met stays said.
  if (!result) return { ...base, trouble: before?.trouble, tolerated: before?.tolerated ?? {} };
  const forgotten = Object.fromEntries(Object.entries(before?.tolerated ?? {}).filter(([object]) => !result.exact.includes(object)));
  return { ...base, trouble: troubleOf(result.trouble, before?.trouble, now), tolerated: { ...forgotten, ...result.tolerated } };
}

function settleUnwanted({ acted, plan, now, teardownPaused }: Settlement, before: TenantRecord): TenantRecord {
  const planned = plan.removals.some(({ namespace }) => namespace === before.namespace);
  const result = acted.removals.find(({ namespace }) => namespace === before.namespace);
  const base = { ...before, wanted: false };
  if (planned && teardownPaused) return { ...base, trouble: troubleOf(paused, before.trouble, now) };
  // Held back until its time: what it met stays said.
  if (planned && !result) return base;
  return { ...base, trouble: troubleOf(result?.trouble, before.trouble, now) };
}

const paused = { reason: 'TeardownPaused', message: 'Too many previews would go at once.' } as const;

function troubleOf(met: { readonly reason: Trouble['reason']; readonly message: string } | undefined, before: Trouble | undefined, now: Date): Trouble | undefined {
  if (!met) return undefined;
  // Watch events come often while something is wrong: until its time the same trouble is the same record.
  if (before?.reason === met.reason && before.retryAt > now.toISOString()) return before;
  const failures = before?.reason === met.reason ? before.failures + 1 : 1;
  const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** (failures - 1));
  return { reason: met.reason, message: met.message, failures, retryAt: new Date(now.getTime() + waitMs).toISOString() };
}
