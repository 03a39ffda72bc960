import { configuredApp } from '../config/platform.ts';
import { admitTeardown } from '../core/breaker.ts';
import { NotYetError } from '../core/errors.ts';
import type { Facts } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { appName } from '../core/names.ts';
import { canonicalJson, labelOfKey, names } from '../core/object.ts';
import { KubernetesError, type Observed, type StoredRecord } from '../core/ports.ts';
import type { Outcome, Run } from '../core/queue.ts';
import type { PullRequestRecord, Said } from '../core/record.ts';
import { act } from './act.ts';
import { decide, type Desired } from './decide.ts';
import type { Deps } from './deps.ts';
import { gather, type Gathered } from './gather.ts';
import { planPullRequest, type Plan } from './plan.ts';
import { renderPreview } from './render.ts';
import { settle } from './settle.ts';

/** How soon to look again when somebody else was faster, in milliseconds. */
const conflictMs = 100;
/** A comment that stands already may wait so long, so that what happens together is said at once. */
const reportAfterMs = 300;
/** How soon to read GitHub again, whose clock has whole seconds, after a read that our own write may have overtaken. */
const echoMs = 2_000;
/** How soon to look again while a cluster's watch is silent. */
const staleMs = 10_000;

/**
 * Moves what runs for one pull request toward what is wanted: gather, decide, plan, act, record, and ask for a report. It
 * never waits for a rollout; the watch tells when there is more to do.
 */
export async function reconcilePullRequest(key: PullRequestKey, run: Run, deps: Deps): Promise<Outcome> {
  let gathered = await gather(key, run.changed, deps);
  if (!gathered) return {};
  let planned = await plan(key, gathered, deps);
  if (!gathered.evident && needsEvidence(planned, gathered.facts)) {
    gathered = await gather(key, true, deps);
    if (!gathered) return {};
    planned = await plan(key, gathered, deps);
  }
  if (nothingEver(planned, gathered, deps)) return {};

  const teardownPaused = !mayTearDown(key, planned, gathered.facts, deps);
  const due = holdBack(teardownPaused ? { ...planned.plan, removals: [] } : planned.plan, gathered.stored, run.changed, deps);
  const acted = await act(due, deps.clusters, deps.log);
  const results = [...acted.previews, ...acted.removals];
  const changes = results.flatMap((result) => result.changes);
  const reason = planned.desired.decision.reason;
  if (changes.length > 0) deps.log.info({ key: formatKey(key), reason, changes }, 'reconciled');

  const settled = settle({ key, now: deps.clock.now(), gathered, desired: planned.desired, plan: planned.plan, acted, teardownPaused });
  await save(settled.record, gathered.stored, deps);
  await deps.ask({ kind: 'report', key }, settled.record.said.comment ? { afterMs: reportAfterMs } : {});
  if (gathered.seen && sawTooEarly(gathered.seen, settled.record.said)) await deps.ask({ kind: 'pull-request', key }, { changed: true, afterMs: echoMs });
  if (results.some((result) => result.conflict)) throw new NotYetError('somebody else was faster in the cluster', conflictMs);
  return settled.againMs === undefined ? {} : { againMs: settled.againMs };
}

/** True when the read shows another comment than we remember, but may have missed our last write: only a later one tells. */
function sawTooEarly({ seen, readAt }: NonNullable<Gathered['seen']>, said: Said): boolean {
  return readAt <= said.at && seen.comment?.id !== said.comment?.id;
}

type Planned = { readonly desired: Desired; readonly plan: Plan; readonly observed: ReadonlyMap<string, Observed> };

async function plan(key: PullRequestKey, gathered: Gathered, deps: Deps): Promise<Planned> {
  const observed = observe(key, deps);
  const desired = await decideWithName(key, gathered, deps);
  const rendered = new Map(desired.previews.map((preview) => [preview, renderPreview(preview, deps.render)]));
  return { desired, observed, plan: planPullRequest({ desired, rendered, observed, tenants: gathered.stored?.record.tenants ?? {} }) };
}

function observe(key: PullRequestKey, deps: Deps): ReadonlyMap<string, Observed> {
  const keyLabel = labelOfKey(formatKey(key));
  return new Map(
    [...deps.clusters].map(([name, cluster]) => {
      if (!cluster.fresh()) throw new NotYetError(`nothing has been heard from the cluster ${name} for a while`, staleMs);
      return [name, cluster.observed(keyLabel)];
    }),
  );
}

/** The app's name is claimed only once a preview is wanted. */
async function decideWithName(key: PullRequestKey, { facts, stored, missingSince }: Gathered, deps: Deps): Promise<Desired> {
  const platform = deps.platform();
  const fullName = `${facts.repository.owner}/${facts.repository.name}`;
  const held = deps.claims.nameOf(key.repository);
  const name = configuredApp(platform, fullName) ?? held ?? appName(facts.repository.name);
  const missing = missingSince !== undefined && deps.clock.now().getTime() - Date.parse(missingSince) >= platform.graceMs;
  const question = { key, facts, platform, lastValid: stored?.record.lastValid, missing };
  const desired = decide({ ...question, app: { name, heldBy: undefined } });
  if (desired.previews.length === 0 || held === name) return desired;
  const holder = await deps.claims.claim(name, { repository: key.repository, fullName });
  return holder.repository === key.repository ? desired : decide({ ...question, app: { name, heldBy: holder.fullName } });
}

/** A delete needs a read that is seconds old; so does a write by somebody whose facts are older than what is there. */
function needsEvidence({ plan, observed }: Planned, facts: Facts): boolean {
  const stamps = [...observed.values()].flatMap(({ objects }) => objects.map(({ metadata }) => metadata.annotations?.[names.readAt] ?? ''));
  return plan.removals.length > 0 || stamps.some((stamp) => stamp > facts.readAt);
}

/** True for a pull request that nobody asked anything of, now or before. */
function nothingEver({ desired, observed }: Planned, { stored }: Gathered, deps: Deps): boolean {
  const there = [...observed.values()].some(({ namespaces }) => namespaces.length > 0);
  const always = deps.platform().check === 'always' && desired.decision.reason === 'NotLabelled';
  return !stored && !there && desired.decision.verdict === 'not-wanted' && !always;
}

function mayTearDown(key: PullRequestKey, { plan }: Planned, facts: Facts, deps: Deps): boolean {
  if (plan.removals.length === 0) return true;
  const teardown = { key: formatKey(key), explained: facts.pullRequest.state !== 'open' };
  const { admitted, breaker } = admitTeardown(deps.breaker.value, teardown, deps.platform().breaker.teardowns, deps.clock.monotonicMs());
  if (breaker.openUntil > deps.breaker.value.openUntil) deps.log.error({ teardowns: breaker.recent.size }, 'too many previews would go at once: teardown is paused');
  deps.breaker.value = breaker;
  return admitted;
}

/** Leaves out what failed lately and whose time has not come; a change on GitHub makes it due at once. */
function holdBack(plan: Plan, stored: StoredRecord | undefined, changed: boolean, deps: Deps): Plan {
  if (changed || !stored) return plan;
  const now = deps.clock.now().toISOString();
  const held = new Set(
    Object.values(stored.record.tenants)
      .filter(({ trouble }) => trouble && trouble.reason !== 'NamespaceTerminating' && trouble.retryAt > now)
      .map(({ namespace }) => namespace),
  );
  return {
    previews: plan.previews.filter(({ preview }) => !held.has(preview.namespace)),
    removals: plan.removals.filter(({ namespace }) => !held.has(namespace)),
  };
}

async function save(record: PullRequestRecord, stored: StoredRecord | undefined, deps: Deps): Promise<void> {
  if (stored && canonicalJson(stored.record) === canonicalJson(record)) return;
  try {
    await deps.records.put(record, stored?.version);
  } catch (error) {
    // A record that is gone was somebody's; one that cannot be created for want of a namespace is a failure.
    const faster = error instanceof KubernetesError && (error.status === 409 || (error.status === 404 && stored !== undefined));
    if (!faster) throw error;
    await deps.records.reread(record.key);
    throw new NotYetError('somebody else wrote the record', conflictMs, { cause: error });
  }
}
