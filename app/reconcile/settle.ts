import type { PullRequestKey } from '../core/key.ts';
import { nothingSaid, type PullRequestRecord, type TenantRecord, type Trouble } from '../core/record.ts';
import type { Acted } from './act.ts';
import type { Desired } from './decide.ts';
import type { Gathered } from './gather.ts';
import type { Plan } from './plan.ts';
import type { Preview } from './preview.ts';
import type { Met, Rendering } from './render/render.ts';
import { rememberSeen } from './said.ts';

/** First wait after a failure, and the longest, in milliseconds; it doubles in between. */
const [firstRetryMs, lastRetryMs] = [5_000, 300_000];

export type Settlement = {
  readonly key: PullRequestKey;
  readonly now: Date;
  readonly gathered: Gathered;
  readonly desired: Desired;
  readonly plan: Plan;
  readonly rendered: ReadonlyMap<Preview, Rendering>;
  readonly acted: Acted;
  readonly teardownPaused: boolean;
  /** Whether the platform names a door for a cluster. */
  readonly hasDoor: (cluster: string) => boolean;
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
    lastValid: lastValidAfter(settlement),
    intent: gathered.intent,
    missingSince,
    decision: desired.decision,
    tenants: settleTenants(settlement),
    said: seen ? rememberSeen(said, seen.seen, seen.readAt, facts.pullRequest.headSha) : said,
  };
  // What is only kept waits for a change, not for its time: that would come again and again.
  const moving = Object.entries(record.tenants).filter(([tenant]) => !desired.keepAll || desired.previews.some((preview) => preview.tenant === tenant));
  const times = [desired.againAt, ...moving.map(([, { trouble }]) => trouble?.retryAt)];
  const waits = times.flatMap((time) => (time === undefined ? [] : Date.parse(time) - now.getTime()));
  return { record, againMs: waits.length === 0 ? undefined : Math.max(0, Math.min(...waits)) };
}

/** A commit of which nothing was let through is none to come back to. */
function lastValidAfter({ desired, rendered, gathered }: Settlement): PullRequestRecord['lastValid'] {
  const refused = desired.previews.map((preview) => rendered.get(preview)).filter((rendering) => rendering?.kind === 'refused' && !passes(rendering.trouble));
  return desired.previews.length > 0 && refused.length === desired.previews.length ? gathered.stored?.record.lastValid : desired.lastValid;
}

function settleTenants(settlement: Settlement): PullRequestRecord['tenants'] {
  const { gathered, desired } = settlement;
  const before = gathered.stored?.record.tenants ?? {};
  const wanted = Object.fromEntries(desired.previews.map((preview) => [preview.tenant, settleWanted(settlement, preview, before[preview.tenant])]));
  const others = Object.entries(before).filter(([tenant]) => !(tenant in wanted));
  const unwanted = others.map(([tenant, record]) => [tenant, desired.keepAll ? record : settleUnwanted(settlement, record)] as const);
  return { ...Object.fromEntries(unwanted), ...wanted };
}

function settleWanted({ acted, now, rendered, hasDoor }: Settlement, preview: Preview, before: TenantRecord | undefined): TenantRecord {
  const { cluster, namespace, sha, restart, apps } = preview;
  const result = acted.previews.find(({ tenant }) => tenant === preview.tenant);
  const rendering = rendered.get(preview);
  // A tag may be another image for another commit.
  const kept = before?.sha === sha && before.restart === restart ? before.pins : {};
  const pins = rendering?.kind === 'ready' ? rendering.pins : kept;
  // What could not be rendered leaves what runs as it is, with its links.
  const links = rendering?.kind === 'ready' ? rendering.links : (before?.links ?? apps.map(({ part, url }) => ({ part, url })));
  const door = hasDoor(cluster) ? doorBefore(preview, before) : undefined;
  const base = { cluster, namespace, host: apps[0]?.host ?? '', url: apps[0]?.url ?? '', links, pins, restart, sha, wanted: true, ...(door ? { door } : {}), ...(before?.visits ? { visits: before.visits } : {}) };
  // Held back until its time: what it met stays said.
  if (!result) return { ...base, trouble: before?.trouble, tolerated: before?.tolerated ?? {} };
  const forgotten = Object.fromEntries(Object.entries(before?.tolerated ?? {}).filter(([object]) => !result.exact.includes(object)));
  // Another commit begins anew.
  const same = before?.sha === sha ? before.trouble : undefined;
  return { ...base, trouble: troubleOf(result.trouble, same, now), tolerated: { ...forgotten, ...result.tolerated } };
}

/**
 * What links answered stays until they answer anew. A preview that ran before the platform named a door is not asked about before its
 * next commit: it would look as if it had stopped.
 */
function doorBefore({ cluster, sha, restart }: Preview, before: TenantRecord | undefined): TenantRecord['door'] {
  if (!before?.wanted || before.cluster !== cluster) return [];
  return before.door ?? (before.sha === sha && before.restart === restart ? undefined : []);
}

function settleUnwanted({ acted, plan, now, teardownPaused }: Settlement, { door: _door, ...before }: TenantRecord): TenantRecord {
  const planned = plan.removals.some(({ namespace }) => namespace === before.namespace);
  const result = acted.removals.find(({ namespace }) => namespace === before.namespace);
  const base = { ...before, wanted: false };
  if (planned && teardownPaused) return { ...base, trouble: troubleOf(paused, before.trouble, now) };
  // Held back until its time: what it met stays said.
  if (planned && !result) return base;
  // What a teardown Job met is still to be told when its preview is gone.
  const kept = before.trouble?.reason === 'TeardownFailed' ? before.trouble : undefined;
  return { ...base, trouble: troubleOf(result?.trouble, before.trouble, now) ?? kept };
}

const paused = { reason: 'TeardownPaused', message: 'Too many previews would go at once.' } as const;

function troubleOf(met: Met | undefined, before: Trouble | undefined, now: Date): Trouble | undefined {
  if (!met) return undefined;
  if (!passes(met)) return { ...met, ...(met.problems ? { problems: cut(met.problems) } : {}), failures: 1, retryAt: undefined };
  // Watch events come often while something is wrong: until its time the same trouble is the same record.
  if (before?.reason === met.reason && (before.retryAt ?? '') > now.toISOString()) return before;
  const failures = before?.reason === met.reason ? before.failures + 1 : 1;
  const waitMs = Math.min(lastRetryMs, firstRetryMs * 2 ** (failures - 1));
  return { ...met, failures, retryAt: new Date(now.getTime() + waitMs).toISOString() };
}

/** A record is one ConfigMap, of a megabyte at most, for all tenants. */
const mostProblemBytes = 24 * 1024;

function cut(problems: readonly string[]): readonly string[] {
  let room = mostProblemBytes;
  const kept = problems.filter((problem) => (room -= Buffer.byteLength(problem)) > 0);
  return kept.length === problems.length ? problems : [...kept, `and ${problems.length - kept.length} more problems`];
}

/** What may pass by itself is tried again; the rest waits for somebody to change something, which tells. */
function passes({ reason, problems }: Met): boolean {
  if (reason === 'RenderFailed') return problems === undefined;
  return reason !== 'Refused' && reason !== 'SetupFailed' && reason !== 'TeardownFailed';
}
