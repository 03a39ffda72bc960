import { isDeepStrictEqual } from 'node:util';
import { type Admission, makePod } from './admission.ts';
import { markDeleted } from './deletes.ts';
import { asJson } from './objects.ts';
import { isLeaving, type Pod } from './pods.ts';
import { isOwnedBy, podOf, type ReplicaSet, replicaSetOf } from './replica-sets.ts';
import { deployments, pods } from './resources.ts';
import { hasMoved, planRollout, type Pods, type Progress, rolloutStatus } from './rollout.ts';
import type { Store } from './store.ts';
import { createWorkQueue } from './work-queue.ts';
import type { Deployment } from './workloads.ts';

/** What the controller remembers of one Deployment. */
type Memory = { hashes: Map<string, number>; hash: string; progressAt: number };

export type DeploymentController = { stop(): void };

export type DeploymentControllerOptions = Admission & {
  /** How long a second of progressDeadlineSeconds is, in milliseconds. */
  readonly secondMs: number;
};

/** After a failed creation the controller tries again this often. */
const retryMs = 100;

type Place = { readonly namespace: string; readonly name: string };

/** Makes and removes pods so that every Deployment has those it asks for, and writes its status. */
export function startDeploymentController(options: DeploymentControllerOptions): DeploymentController {
  const { store } = options;
  const memories = new Map<string, Memory>();
  const queue = createWorkQueue<Place>(({ namespace, name }) => {
    const deployment = store.get(deployments, namespace, name) as Deployment | undefined;
    if (deployment === undefined || isLeaving(deployment)) return;
    sync(options, memories, deployment, (ms) => {
      queue.addAfter(ms, `${namespace}/${name}`, { namespace, name });
    });
  });
  const enqueue = (namespace: string, name: string): void => {
    queue.add(`${namespace}/${name}`, { namespace, name });
  };
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { namespace = '', name, uid } = object.metadata;
    if (resource === deployments && type === 'DELETED') {
      memories.delete(uid);
      queue.forget(`${namespace}/${name}`);
    } else if (resource === deployments) enqueue(namespace, name);
    if (resource !== pods) return;
    const owner = store
      .list(deployments, namespace)
      .find((deployment) => isOwnedBy(deployment.metadata.uid, object as Pod));
    if (owner !== undefined) enqueue(namespace, owner.metadata.name);
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function sync(
  options: DeploymentControllerOptions,
  memories: Map<string, Memory>,
  deployment: Deployment,
  again: (ms: number) => void,
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
  if (failure !== undefined) again(retryMs);
  else if (counts.readyReplicas < deployment.spec.replicas && overdueIn > 0) again(overdueIn + 1);
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
  admission: Admission,
  deployment: Deployment,
  replicaSet: ReplicaSet,
  count: number,
): string | undefined {
  for (let made = 0; made < count; made += 1) {
    const pod = makePod(admission, podOf(deployment, replicaSet));
    if (typeof pod === 'string') return pod;
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
