import { admitTeardown } from '../core/breaker.ts';
import { NotYetError } from '../core/errors.ts';
import type { Facts } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { canonicalJson, names } from '../core/object.ts';
import { KubernetesError, type StoredRecord } from '../core/ports.ts';
import type { Outcome, Run } from '../core/queue.ts';
import type { PullRequestRecord, Said } from '../core/record.ts';
import { act } from './act.ts';
import { askAtTheDoor } from './at-the-door.ts';
import type { Deps } from './deps.ts';
import { gather, type Gathered } from './gather.ts';
import type { Plan } from './plan.ts';
import { plan, type Planned } from './planning.ts';
import { settle } from './settle.ts';
import { countVisits } from './visits.ts';

/** How soon to look again when somebody else was faster, in milliseconds. */
const conflictMs = 100;
/** A comment that stands already may wait so long, so that what happens together is said at once. */
const reportAfterMs = 300;
/** How soon to look again for what waits for a Job that was taken away: one that has no pod yet leaves nothing that tells of its end. */
const endedMs = 1_000;
/** How soon to read GitHub again, whose clock has whole seconds, after a read that our own write may have overtaken. */
const echoMs = 2_000;

/**
 * Moves what runs for one pull request toward what is wanted: gather, decide, plan, act, record, and ask for a report. It
 * never waits for a rollout; the watch tells when there is more to do.
 */
export async function reconcilePullRequest(key: PullRequestKey, run: Run, deps: Deps): Promise<Outcome> {
  let gathered = await gather(key, run.changed, deps);
  if (!gathered) return {};
  let planned = await plan(key, gathered, run.changed, deps);
  if (!gathered.evident && needsEvidence(planned, gathered.facts)) {
    gathered = await gather(key, true, deps);
    if (!gathered) return {};
    planned = await plan(key, gathered, true, deps);
  }
  if (nothingEver(planned, gathered, deps)) return {};

  const teardownPaused = !mayTearDown(key, planned, gathered.facts, deps);
  const due = holdBack(teardownPaused ? { ...planned.plan, removals: [] } : planned.plan, gathered.stored, run.changed, deps);
  const acted = await act(due, deps.clusters, deps.log);
  const results = [...acted.previews, ...acted.removals];
  const changes = results.flatMap((result) => result.changes);
  const reason = planned.desired.decision.reason;
  if (changes.length > 0) deps.log.info({ key: formatKey(key), reason, changes }, 'reconciled');

  const settled = settle({ key, now: deps.clock.now(), gathered, ...planned, acted, teardownPaused, hasDoor: deps.doors.has });
  const record = await countVisits(askAtTheDoor(settled.record, planned.desired.previews, deps), deps);
  await save(record, gathered.stored, deps);
  await deps.ask({ kind: 'report', key }, record.said.comment ? { afterMs: reportAfterMs } : {});
  if (gathered.seen && sawTooEarly(gathered.seen, record.said)) await deps.ask({ kind: 'pull-request', key }, { changed: true, afterMs: echoMs });
  if (changes.some(({ object, action }) => action === 'deleted' && object.startsWith('Job/'))) await deps.ask({ kind: 'pull-request', key }, { afterMs: endedMs });
  if (results.some((result) => result.conflict)) throw new NotYetError('somebody else was faster in the cluster', conflictMs);
  return settled.againMs === undefined ? {} : { againMs: settled.againMs };
}

/** True when the read shows another comment than we remember, but may have missed our last write: only a later one tells. */
function sawTooEarly({ seen, readAt }: NonNullable<Gathered['seen']>, said: Said): boolean {
  return readAt <= said.at && seen.comment?.id !== said.comment?.id;
}

/**
 * A delete needs a read that is seconds old; so does a write by somebody whose facts are older than what is there, and a preview that is not
 * there: a record that is late may want what somebody has just stopped. Who put a label on may have become known since (a record of the
 * version before does not have it).
 */
function needsEvidence({ desired, plan, observed }: Planned, facts: Facts): boolean {
  if (desired.decision.reason === 'LabelUnknown') return true;
  const stamps = [...observed.values()].flatMap(({ objects }) => objects.map(({ metadata }) => metadata.annotations?.[names.readAt] ?? ''));
  const makes = plan.previews.some(({ stages }) => stages.flat().some((step) => step.do === 'create'));
  return makes || plan.removals.some(({ steps }) => steps.length > 0) || stamps.some((stamp) => stamp > facts.readAt);
}

/** True for a pull request that nobody asked anything of, now or before. */
function nothingEver({ desired, observed }: Planned, { stored, intent }: Gathered, deps: Deps): boolean {
  const there = [...observed.values()].some(({ namespaces }) => namespaces.length > 0);
  const always = deps.platform().check === 'always' && desired.decision.reason === 'NotLabelled';
  return !stored && !there && desired.decision.verdict === 'not-wanted' && intent.answers.length === 0 && !always;
}

function mayTearDown(key: PullRequestKey, { plan }: Planned, facts: Facts, deps: Deps): boolean {
  if (plan.removals.every(({ steps }) => steps.length === 0)) return true;
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
      .filter(({ trouble }) => trouble?.retryAt !== undefined && trouble.reason !== 'NamespaceTerminating' && trouble.retryAt > now)
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
