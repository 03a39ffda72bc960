import { isDeepStrictEqual } from 'node:util';
import { timestamp } from './objects.ts';
import { type Condition, isReady, type Pod } from './pods.ts';
import type { Deployment, DeploymentStatus } from './workloads.ts';

/** The pods of a Deployment: of its present template, of older ones, and those on their way out. */
export type Pods = {
  readonly current: readonly Pod[];
  readonly old: readonly Pod[];
  readonly terminating: readonly Pod[];
};

export type RolloutPlan = { readonly create: number; readonly remove: readonly Pod[] };

function share(value: string | number, of: number, round: (share: number) => number): number {
  return typeof value === 'number' ? value : round((of * Number.parseFloat(value)) / 100);
}

/** Returns how many pods may be too many and how many may be missing; if both come to none, one may be missing. */
function bounds({ replicas, strategy }: Deployment['spec']): { surge: number; unavailable: number } {
  const { maxSurge, maxUnavailable } = strategy.rollingUpdate ?? { maxSurge: 0, maxUnavailable: replicas };
  const surge = share(maxSurge, replicas, Math.ceil);
  const unavailable = share(maxUnavailable, replicas, Math.floor);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/**
 * Returns the next step of a rollout. Rolling: new pods come as far as the surge allows; then old ones go, unready first, as long as
 * enough pods stay available, so that a bad version leaves the old one serving. Recreate: the old ones go first.
 */
export function planRollout(deployment: Deployment, { current, old, terminating }: Pods): RolloutPlan {
  const { replicas, strategy } = deployment.spec;
  if (current.length > replicas)
    return { create: 0, remove: unreadyFirst(current).slice(0, current.length - replicas) };
  if (strategy.type === 'Recreate' && old.length + terminating.length > 0) return { create: 0, remove: old };
  const { surge, unavailable } = bounds(deployment.spec);
  const total = current.length + old.length;
  const create = Math.min(replicas - current.length, replicas + surge - total);
  if (create > 0) return { create, remove: [] };
  const least = replicas - unavailable;
  const unhealthy = old.filter((pod) => !isReady(pod));
  const spare = total - least - current.filter((pod) => !isReady(pod)).length;
  const cleaned = unhealthy.slice(0, Math.max(0, spare));
  const available = [...current, ...old].filter(isReady).length;
  const healthy = old.filter(isReady).slice(0, Math.max(0, available - least));
  return { create: 0, remove: [...cleaned, ...healthy] };
}

function unreadyFirst(pods: readonly Pod[]): Pod[] {
  return [...pods].sort((one, other) => Number(isReady(one)) - Number(isReady(other)));
}

/** What the controller knows beside the pods. */
export type Progress = {
  /** The ReplicaSet of the present template. */
  readonly replicaSet: string;
  /** How the controller came by it in this pass, if it is new to it. */
  readonly arrived: 'created' | 'found' | undefined;
  /** Pods of the present template that are not made yet. */
  readonly missing: number;
  /** The API's message when it refused to make one. */
  readonly failure: string | undefined;
  /** Whether the deadline has passed since the last progress. */
  readonly overdue: boolean;
};

/** Returns the Deployment's status, in the words of kube-controller-manager 1.36. Fields that are 0 are left out, as there. */
export function rolloutStatus(
  deployment: Deployment,
  { current, old, terminating }: Pods,
  progress: Progress,
): DeploymentStatus {
  const all = [...current, ...old];
  const available = all.filter(isReady).length;
  const counts = {
    replicas: all.length,
    updatedReplicas: current.length,
    readyReplicas: available,
    availableReplicas: available,
    unavailableReplicas: Math.max(0, all.length + progress.missing - available),
  };
  const status: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminatingReplicas: terminating.length,
  };
  const enough = available >= deployment.spec.replicas - bounds(deployment.spec).unavailable;
  const has = enough ? 'has' : 'does not have';
  const reason = enough ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable';
  const conditions = [
    condition('Available', enough, reason, `Deployment ${has} minimum availability.`),
    progressing(deployment, counts, progress),
    ...(progress.failure === undefined ? [] : [condition('ReplicaFailure', true, 'FailedCreate', progress.failure)]),
  ];
  return {
    ...status,
    conditions: conditions.map((next) =>
      dated(next, deployment.status.conditions, hasMoved(deployment.status, counts)),
    ),
  };
}

type Counts = { replicas: number; updatedReplicas: number; readyReplicas: number };

function progressing(deployment: Deployment, counts: Counts, { replicaSet, arrived, overdue }: Progress): Condition {
  const { replicas } = deployment.spec;
  const before = deployment.status.conditions?.find(({ type }) => type === 'Progressing');
  const complete =
    counts.updatedReplicas === replicas && counts.replicas === replicas && counts.readyReplicas === replicas;
  if (arrived === 'created')
    return condition('Progressing', true, 'NewReplicaSetCreated', `Created new replica set "${replicaSet}"`);
  if (arrived === 'found')
    return condition('Progressing', true, 'FoundNewReplicaSet', `Found new replica set "${replicaSet}"`);
  // A Deployment that once was complete does not time out later: a pod that crashes afterwards shows in Available only.
  if (complete || before?.reason === 'NewReplicaSetAvailable') {
    return condition(
      'Progressing',
      true,
      'NewReplicaSetAvailable',
      `ReplicaSet "${replicaSet}" has successfully progressed.`,
    );
  }
  if (hasMoved(deployment.status, counts)) {
    return condition('Progressing', true, 'ReplicaSetUpdated', `ReplicaSet "${replicaSet}" is progressing.`);
  }
  if (overdue)
    return condition(
      'Progressing',
      false,
      'ProgressDeadlineExceeded',
      `ReplicaSet "${replicaSet}" has timed out progressing.`,
    );
  return before ?? condition('Progressing', true, 'ReplicaSetUpdated', `ReplicaSet "${replicaSet}" is progressing.`);
}

/** Returns whether the counts show progress: more new pods, more ready ones, or fewer old ones. */
export function hasMoved(before: DeploymentStatus, counts: Counts): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0 } = before;
  const fewerOld = counts.replicas - counts.updatedReplicas < replicas - updatedReplicas;
  return counts.updatedReplicas > updatedReplicas || counts.readyReplicas > readyReplicas || fewerOld;
}

function condition(type: string, holds: boolean, reason: string, message: string): Condition {
  return { type, status: holds ? 'True' : 'False', reason, message };
}

/** Dates a condition: a new status is a transition; an unchanged condition keeps its dates unless there was progress to note. */
function dated(next: Condition, before: readonly Condition[] = [], moved: boolean): Condition {
  const now = timestamp();
  const had = before.find(({ type }) => type === next.type);
  const { type, status, reason, message } = next;
  const bare = { type, status, reason, message };
  const same =
    had !== undefined &&
    isDeepStrictEqual(bare, { type: had.type, status: had.status, reason: had.reason, message: had.message });
  const updated = same && !(moved && type === 'Progressing') ? had['lastUpdateTime'] : now;
  return {
    type,
    status,
    lastUpdateTime: updated,
    lastTransitionTime: had?.status === status ? had['lastTransitionTime'] : now,
    reason,
    message,
  } as Condition;
}
