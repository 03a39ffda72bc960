import { causeOfTrouble, findCause, type Cause, type Found } from './cause.ts';
import type { KubernetesObject } from './object.ts';
import type { Observed } from './ports.ts';
import type { TenantRecord } from './record.ts';
import { findCondition, readPod, readRollout, type Pod, type Rollout } from './status.ts';

export type Phase = 'live' | 'updating' | 'starting' | 'failed' | 'blocked' | 'removing' | 'removed';

/** How one preview does. */
export type TenantState = {
  /** '' for the unnamed preview. */
  readonly tenant: string;
  readonly url: string;
  /** The commit it should run. */
  readonly sha: string;
  readonly phase: Phase;
  /** The commit that answers at the link now; undefined when none does. */
  readonly serving: string | undefined;
  /** When the phase was reached, ISO 8601, by the objects' own times; undefined when they do not say. */
  readonly since: string | undefined;
  /** Why it is not live, or what else went wrong. */
  readonly cause: Cause | undefined;
};

/** How far one Deployment is. */
type Progress = Pick<TenantState, 'phase' | 'serving' | 'since' | 'cause'>;

/**
 * Returns how the preview of a tenant does, from its record and what the watch cache shows of the pull request. Pure: without a
 * clock, so what takes long is starting until Kubernetes' own deadline has passed.
 *
 * A failure that may pass by itself (an image that is still being built, no room) counts as starting until then, with its cause.
 */
export function healthOf(tenant: string, tenantRecord: TenantRecord, observed: Observed): TenantState {
  const { namespace: name, url, sha, trouble, wanted } = tenantRecord;
  const namespace = observed.namespaces.find(({ metadata }) => metadata.name === name);
  const there = observed.objects.filter(
    ({ metadata }) => metadata.namespace === name && metadata.deletionTimestamp === undefined,
  );
  const pods = observed.pods.filter(({ metadata }) => metadata.namespace === name).map(readPod);
  const terminating = namespace?.metadata.deletionTimestamp;
  const troubleCause = trouble && causeOfTrouble(trouble);
  const progress = terminating === undefined ? progressOf(there, pods, sha) : idle;
  const state = (from: Progress): TenantState => ({ tenant, url, sha, ...from });
  if (!wanted) {
    if (!namespace) return state({ ...idle, phase: 'removed' });
    return state({
      phase: 'removing',
      serving: progress.serving,
      since: terminating,
      cause: terminating === undefined ? troubleCause : undefined,
    });
  }
  if (terminating !== undefined || trouble?.reason === 'NamespaceTerminating') {
    return state({
      ...idle,
      since: terminating,
      cause: causeOfTrouble({ reason: 'NamespaceTerminating', message: stillGoing }),
    });
  }
  return state(troubleCause ? withTrouble(progress, troubleCause) : progress);
}

const idle: Progress = { phase: 'starting', serving: undefined, since: undefined, cause: undefined };
const stillGoing = 'The earlier preview of this name is still being taken away.';

/** What could not be done matters more than how far the rest is; a version that still answers keeps the preview from being blocked. */
function withTrouble(progress: Progress, cause: Cause): Progress {
  if (cause.reason === 'RemoveFailed' || cause.reason === 'TeardownPaused' || progress.phase === 'live')
    return { ...progress, cause: progress.cause ?? cause };
  return { ...progress, phase: progress.serving === undefined ? 'blocked' : 'failed', since: undefined, cause };
}

/** Returns the progress of the Deployment that is furthest from live; a preview without its Ingress answers nobody. */
function progressOf(objects: readonly KubernetesObject[], pods: readonly Pod[], sha: string): Progress {
  const linked = objects.some(({ kind }) => kind === 'Ingress');
  const all = objects
    .filter(({ kind }) => kind === 'Deployment')
    .map((object) => progressOfRollout(readRollout(object), pods, sha));
  const [worst] = all.toSorted((a, b) => distance.indexOf(b.phase) - distance.indexOf(a.phase));
  if (!worst) return idle;
  if (linked) return worst;
  return { ...worst, phase: worst.phase === 'failed' ? 'failed' : 'starting', serving: undefined };
}

const distance: readonly Phase[] = ['live', 'updating', 'starting', 'failed'];

function progressOfRollout(rollout: Rollout, allPods: readonly Pod[], sha: string): Progress {
  const pods = allPods.filter((pod) =>
    Object.entries(rollout.selector).every(([label, value]) => pod.labels[label] === value),
  );
  const newest = newestOf(rollout, pods);
  const current = rollout.commit === sha;
  const serving = servingOf(rollout, pods, newest);
  if (current && isRolledOut(rollout))
    return { phase: 'live', serving: sha, since: liveSince(rollout), cause: undefined };
  // What the pods of another commit suffer from is over as soon as this one is applied.
  const found = current ? findCause(rollout, newest) : undefined;
  const since = found?.since || movingSince(rollout, newest) || undefined;
  return { phase: phaseOf(found, serving), serving, since, cause: found?.cause };
}

function phaseOf(found: Found | undefined, serving: string | undefined): Phase {
  if (found && !found.passing) return 'failed';
  return serving === undefined ? 'starting' : 'updating';
}

/** The rule of `kubectl rollout status`, for at least one replica. */
function isRolledOut({ observed, wanted, total, updated, available }: Rollout): boolean {
  return observed && wanted > 0 && updated === wanted && available === wanted && total === updated;
}

/** The pods of the newest template: those of its commit and, where that was rendered twice, those made from the later template. */
function newestOf({ commit }: Rollout, pods: readonly Pod[]): readonly Pod[] {
  const candidates = pods.filter((pod) => pod.commit === commit || pod.commit === undefined);
  const [latest] = candidates.toSorted((a, b) =>
    a.created < b.created ? 1 : a.created > b.created ? -1 : a.name < b.name ? -1 : 1,
  );
  return candidates.filter((pod) => pod.template === latest?.template);
}

function servingOf(rollout: Rollout, pods: readonly Pod[], newest: readonly Pod[]): string | undefined {
  if (rollout.available === 0) return undefined;
  const ready = pods.filter((pod) => pod.ready && !pod.leaving);
  const older = ready.find((pod) => !newest.includes(pod));
  return older?.commit ?? rollout.commit;
}

function liveSince({ conditions, created }: Rollout): string {
  const complete = findCondition(conditions, 'Progressing');
  const available = findCondition(conditions, 'Available');
  return (
    latest(complete?.reason === 'NewReplicaSetAvailable' ? complete.changedAt : '', available?.changedAt ?? '') ||
    created
  );
}

/** Since the first pod of the newest template, or since the last one that answered has gone. */
function movingSince({ conditions, created }: Rollout, newest: readonly Pod[]): string {
  const available = findCondition(conditions, 'Available');
  const [first] = newest.map((pod) => pod.created).toSorted();
  return latest(first ?? '', available?.status === 'False' ? available.changedAt : '') || created;
}

function latest(a: string, b: string): string {
  return a > b ? a : b;
}
