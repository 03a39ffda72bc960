import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { markDeleted } from './deletes.ts';
import { asJson, type Deployment, type Namespace, type Pod } from './objects.ts';
import { isOwnedBy, podName, podOf, type ReplicaSet, replicaSetOf } from './replica-sets.ts';
import { deployments, namespaces, pods } from './resources.ts';
import { hasMoved, planRollout, type Pods, type Progress, rolloutStatus } from './rollout.ts';
import type { Store } from './store.ts';

/** What the controller remembers of one Deployment. */
type Memory = { hashes: Map<string, number>; hash: string; progressAt: number; timer?: NodeJS.Timeout };

export type DeploymentController = { stop(): void };

export type DeploymentControllerOptions = {
  readonly store: Store;
  /** How long a second of progressDeadlineSeconds is, in milliseconds. */
  readonly secondMs: number;
  /** Namespaces in which no pod can be made for lack of quota. */
  readonly overQuota: ReadonlySet<string>;
};

/** After a failed creation the controller tries again this often. */
const retryMs = 100;

/** Makes and removes pods so that every Deployment has those it asks for, and writes its status. */
export function startDeploymentController(options: DeploymentControllerOptions): DeploymentController {
  const { store } = options;
  const memories = new Map<string, Memory>();
  const due = new Map<string, { namespace: string; name: string }>();
  let stopped = false;

  const enqueue = (namespace: string, name: string): void => {
    if (due.size === 0) setImmediate(run);
    due.set(`${namespace}/${name}`, { namespace, name });
  };
  const enqueueAfter = (ms: number, { metadata }: Deployment): void => {
    const memory = memories.get(metadata.uid);
    if (memory === undefined) return;
    clearTimeout(memory.timer);
    memory.timer = setTimeout(() => {
      enqueue(metadata.namespace ?? '', metadata.name);
    }, ms).unref();
  };
  const forget = (uid: string): void => {
    clearTimeout(memories.get(uid)?.timer);
    memories.delete(uid);
  };
  const run = (): void => {
    const batch = [...due.values()];
    due.clear();
    if (stopped) return;
    for (const { namespace, name } of batch) {
      const deployment = store.get(deployments, namespace, name) as Deployment | undefined;
      if (deployment !== undefined && deployment.metadata.deletionTimestamp === undefined)
        sync(options, memories, deployment, enqueueAfter);
    }
  };
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { namespace = '', name, uid } = object.metadata;
    if (resource === deployments && type === 'DELETED') forget(uid);
    else if (resource === deployments) enqueue(namespace, name);
    if (resource !== pods) return;
    const owner = store
      .list(deployments, namespace)
      .find((deployment) => isOwnedBy(deployment.metadata.uid, object as Pod));
    if (owner !== undefined) enqueue(namespace, owner.metadata.name);
  });
  return {
    stop() {
      stopped = true;
      unsubscribe();
      for (const uid of [...memories.keys()]) forget(uid);
    },
  };
}

type EnqueueAfter = (ms: number, deployment: Deployment) => void;

function sync(
  options: DeploymentControllerOptions,
  memories: Map<string, Memory>,
  deployment: Deployment,
  again: EnqueueAfter,
): void {
  const { store, secondMs } = options;
  const replicaSet = replicaSetOf(deployment);
  const memory = memories.get(deployment.metadata.uid) ?? newMemory();
  memories.set(deployment.metadata.uid, memory);
  const arrived = arrival(memory, replicaSet);
  const before = podsOf(store, deployment, replicaSet);
  // A new template is announced first: the status written here brings the next pass, which makes the pods.
  const failure = arrived === undefined ? step(options, deployment, replicaSet, before) : undefined;
  const found = podsOf(store, deployment, replicaSet);
  const counts = countsOf(found);
  if (arrived !== undefined || hasMoved(deployment.status, counts)) memory.progressAt = Date.now();
  const overdueIn = memory.progressAt + deployment.spec.progressDeadlineSeconds * secondMs - Date.now();
  const missing = Math.max(0, deployment.spec.replicas - counts.updatedReplicas);
  const progress = { replicaSet: replicaSet.name, arrived, missing, failure, overdue: overdueIn <= 0 };
  writeStatus(store, deployment, memory, found, progress);
  if (failure !== undefined) again(retryMs, deployment);
  else if (counts.readyReplicas < deployment.spec.replicas && overdueIn > 0) again(overdueIn + 1, deployment);
}

function newMemory(): Memory {
  return { hashes: new Map(), hash: '', progressAt: Date.now() };
}

/** Takes one step of the rollout; returns the API's message when a pod is refused. */
function step(
  options: DeploymentControllerOptions,
  deployment: Deployment,
  replicaSet: ReplicaSet,
  found: Pods,
): string | undefined {
  const { create, remove } = planRollout(deployment, found);
  for (const pod of remove) {
    markDeleted(options.store, { resource: pods }, pod, pod.spec.terminationGracePeriodSeconds);
  }
  return create > 0 ? createPods(options, deployment, replicaSet, create) : undefined;
}

/** Notes the present template; a new one, or the return of an old one, is a new revision. */
function arrival(memory: Memory, { hash }: ReplicaSet): Progress['arrived'] {
  if (memory.hash === hash) return undefined;
  const known = memory.hashes.has(hash);
  memory.hash = hash;
  memory.hashes.set(hash, Math.max(0, ...memory.hashes.values()) + 1);
  return known ? 'found' : 'created';
}

function podsOf(store: Store, deployment: Deployment, replicaSet: ReplicaSet): Pods {
  const owned = (store.list(pods, deployment.metadata.namespace) as Pod[]).filter((pod) =>
    isOwnedBy(deployment.metadata.uid, pod),
  );
  const living = owned.filter((pod) => pod.metadata.deletionTimestamp === undefined);
  const isCurrent = (pod: Pod): boolean => pod.metadata.labels?.['pod-template-hash'] === replicaSet.hash;
  return {
    current: living.filter(isCurrent),
    old: living.filter((pod) => !isCurrent(pod)),
    terminating: owned.filter((pod) => pod.metadata.deletionTimestamp !== undefined),
  };
}

function countsOf({ current, old }: Pods): { replicas: number; updatedReplicas: number; readyReplicas: number } {
  const all = [...current, ...old];
  const ready = all.filter((pod) =>
    pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'),
  );
  return { replicas: all.length, updatedReplicas: current.length, readyReplicas: ready.length };
}

/** Makes that many pods; returns the API's message when it refuses. */
function createPods(
  { store, overQuota }: DeploymentControllerOptions,
  deployment: Deployment,
  replicaSet: ReplicaSet,
  count: number,
): string | undefined {
  const { namespace = '' } = deployment.metadata;
  const home = store.get(namespaces, undefined, namespace) as Namespace | undefined;
  for (let made = 0; made < count; made += 1) {
    const name = podName(replicaSet);
    const refused = `pods "${name}" is forbidden: `;
    if (home?.metadata.deletionTimestamp !== undefined) {
      return `${refused}unable to create new content in namespace ${namespace} because it is being terminated`;
    }
    if (overQuota.has(namespace)) {
      const used = store.list(pods, namespace).length;
      return `${refused}exceeded quota: quota, requested: pods=1, used: pods=${used}, limited: pods=${used}`;
    }
    store.put(pods, podOf(deployment, replicaSet, name, randomUUID()));
  }
  return undefined;
}

function writeStatus(store: Store, seen: Deployment, memory: Memory, found: Pods, progress: Progress): void {
  // A refused pod gets another random name at each try: the message of the first try stays.
  const before = seen.status.conditions?.find(({ type }) => type === 'ReplicaFailure')?.message;
  const kept = { ...progress, failure: progress.failure === undefined ? undefined : (before ?? progress.failure) };
  const status = rolloutStatus(seen, found, kept);
  const revision = String(memory.hashes.get(memory.hash) ?? 1);
  const annotations = { ...seen.metadata.annotations, 'deployment.kubernetes.io/revision': revision };
  const next = { ...seen, metadata: { ...seen.metadata, annotations }, status };
  const live = store.get(deployments, seen.metadata.namespace, seen.metadata.name);
  if (live === seen && !isDeepStrictEqual(asJson(next), asJson(seen))) store.put(deployments, next);
}
