import { jobState } from '../../app/core/jobs.ts';
import { at, numberAt } from '../../app/core/json.ts';
import { canonicalJson, describeRef, manager, names, refOf, type Json, type KubernetesObject, type ObjectRef } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { openCache } from '../../app/io/kubernetes/cache.ts';
import type { ConnectedCluster } from '../../app/io/kubernetes/cluster.ts';
import { slim } from '../../app/io/kubernetes/watch.ts';
import type { FakeClock } from './fake-clock.ts';

type Verb = 'create' | 'update' | 'apply' | 'remove' | 'get';

/** One in-memory cluster with an API server's rules as far as a reconcile meets them, and hands on it for the test. */
export type FakeCluster = ConnectedCluster & {
  /** Every write that was taken, as `apply Deployment/foo foo-241`. */
  readonly writes: string[];
  /** Called before each call; what it throws is the answer. */
  before: (verb: Verb, ref: ObjectRef) => void | Promise<void>;
  /** What admission makes of an object that is applied. */
  admit: (object: KubernetesObject) => KubernetesObject;
  isFresh: boolean;
  list(kind: string): readonly KubernetesObject[];
  /** Somebody else puts an object there; without a name of ours in it nobody is told. */
  put(object: KubernetesObject): KubernetesObject;
  /** Somebody else deletes an object; a namespace goes with all that is in it. */
  vanish(ref: ObjectRef): void;
  /** Lets every namespace that is going away be gone. */
  finishNamespaces(): void;
  /** The controllers' work: Deployments and StatefulSets (of some namespaces) become complete, each with a pod that is ready. */
  rollOut(of?: (namespace: string) => boolean): void;
  /** The controllers' work: Jobs that run (those in question) end so. Returns their names. */
  endJobs(how: 'complete' | 'failed', of?: (job: KubernetesObject) => boolean): readonly string[];
};

const idOf = (ref: ObjectRef): string => `${describeRef(ref)} ${ref.namespace ?? ''}`.trim();

/** `onChange` is told the owner of what somebody else than the one under test changed. */
export function openFakeCluster(clock: FakeClock, onChange: (owner: string) => void, name = 'home'): FakeCluster {
  const store = new Map<string, KubernetesObject>();
  const cache = openCache();
  let version = 100;
  const next = (): string => String((version += 1));

  function keep(object: KubernetesObject): KubernetesObject {
    const kept = { ...object, metadata: { ...object.metadata, resourceVersion: next() } };
    store.set(idOf(refOf(kept)), kept);
    return kept;
  }

  const isWatched = (object: KubernetesObject): boolean => object.metadata.labels?.[names.managedBy] === manager;
  function tell(object: KubernetesObject): void {
    const owner = object.metadata.annotations?.[names.owner];
    if (owner !== undefined && isWatched(object) && object.metadata.labels?.[names.store] === undefined) onChange(owner);
  }

  function seen(object: KubernetesObject): KubernetesObject {
    const held = cache.get(refOf(object));
    if (isWatched(object)) cache.put(slim(object));
    else if (held) cache.drop({ ...object, metadata: { ...object.metadata } });
    return object;
  }

  function fresh(object: KubernetesObject): KubernetesObject {
    const metadata = { ...object.metadata, uid: `uid-${next()}`, generation: 1, creationTimestamp: clock.iso() };
    return keep({ ...object, metadata });
  }

  function mayWriteIn(ref: ObjectRef): void {
    if (ref.namespace === undefined) return;
    const namespace = store.get(`Namespace/${ref.namespace}`);
    if (!namespace) throw new KubernetesError(`namespaces "${ref.namespace}" not found`, 404, 'NotFound');
    if (namespace.metadata.deletionTimestamp !== undefined) {
      throw new KubernetesError(`unable to create new content in namespace ${ref.namespace} because it is being terminated`, 403, 'Forbidden', ['NamespaceTerminating']);
    }
  }

  function gone(ref: ObjectRef): void {
    const object = store.get(idOf(ref));
    if (!object) return;
    store.delete(idOf(ref));
    cache.drop({ ...object, metadata: { ...object.metadata, resourceVersion: next() } });
    if (ref.kind === 'Namespace') for (const inside of [...store.values()]) if (inside.metadata.namespace === ref.name) gone(refOf(inside));
    tell(object);
  }

  const self: FakeCluster = {
    name,
    version: () => Promise.resolve('1.36.1'),
    apiServer: () => Promise.resolve(['10.96.0.1']),
    cache,
    synced: Promise.resolve(),
    staleness: () => 0,
    close: () => Promise.resolve(),
    writes: [],
    before: () => undefined,
    admit: (object) => object,
    isFresh: true,
    fresh: () => self.isFresh,
    list: (kind) => [...store.values()].filter((object) => object.kind === kind),
    observed: (keyLabel) => {
      const objects = cache.ofKey(keyLabel).filter(({ metadata }) => metadata.labels?.[names.store] === undefined);
      return {
        namespaces: objects.filter(({ kind }) => kind === 'Namespace'),
        objects: objects.filter(({ kind }) => kind !== 'Namespace' && kind !== 'Pod'),
        pods: objects.filter(({ kind }) => kind === 'Pod'),
      };
    },
    get: async (ref) => {
      await self.before('get', ref);
      return store.get(idOf(ref));
    },
    refresh: async (ref) => {
      const held = cache.get(ref);
      const object = await self.get(ref);
      if (object) seen(object);
      else if (held) cache.drop(held);
      return object;
    },
    create: async (object) => {
      const ref = refOf(object);
      await self.before('create', ref);
      if (store.has(idOf(ref))) throw new KubernetesError(`${idOf(ref)} already exists`, 409, 'AlreadyExists');
      mayWriteIn(ref);
      self.writes.push(`create ${idOf(ref)}`);
      return seen(fresh(object));
    },
    update: async (object) => {
      const ref = refOf(object);
      await self.before('update', ref);
      const found = store.get(idOf(ref));
      if (!found) throw new KubernetesError(`${idOf(ref)} not found`, 404, 'NotFound');
      const { resourceVersion } = object.metadata;
      if (resourceVersion !== undefined && resourceVersion !== found.metadata.resourceVersion) throw conflict(ref);
      self.writes.push(`update ${idOf(ref)}`);
      return seen(keep({ ...object, metadata: { ...found.metadata, ...object.metadata } }));
    },
    apply: async (object, fence) => {
      const ref = refOf(object);
      await self.before('apply', ref);
      const found = store.get(idOf(ref));
      if (fence && (!found || found.metadata.uid !== fence.uid || found.metadata.resourceVersion !== fence.resourceVersion)) throw conflict(ref);
      if (!found) {
        mayWriteIn(ref);
        self.writes.push(`apply ${idOf(ref)}`);
        return seen(fresh(self.admit(object)));
      }
      refuseImmutable(found, object);
      const merged = merge(found, self.admit(object));
      if (canonicalJson(merged) === canonicalJson(found)) return found;
      self.writes.push(`apply ${idOf(ref)}`);
      return seen(keep(merged));
    },
    remove: async (ref, fence) => {
      await self.before('remove', ref);
      const found = store.get(idOf(ref));
      const held = cache.get(ref);
      if (!found) {
        if (held) cache.drop(held);
        return;
      }
      if (found.metadata.uid !== fence.uid || found.metadata.resourceVersion !== fence.resourceVersion) throw conflict(ref);
      self.writes.push(`remove ${idOf(ref)}`);
      if (ref.kind === 'Namespace') seen(keep({ ...found, metadata: { ...found.metadata, deletionTimestamp: clock.iso() } }));
      else {
        store.delete(idOf(ref));
        cache.drop({ ...found, metadata: { ...found.metadata, resourceVersion: next() } });
      }
    },
    logs: () => Promise.resolve(['the last line']),
    put: (object) => {
      const found = store.get(idOf(refOf(object)));
      const kept = seen(found ? keep({ ...object, metadata: { ...found.metadata, ...object.metadata } }) : fresh(object));
      tell(found ?? kept);
      return kept;
    },
    vanish: gone,
    finishNamespaces: () => {
      for (const namespace of self.list('Namespace')) if (namespace.metadata.deletionTimestamp !== undefined) gone(refOf(namespace));
    },
    rollOut: (of = () => true) => {
      for (const workload of [...self.list('Deployment'), ...self.list('StatefulSet')]) {
        const { name: called, namespace = '' } = workload.metadata;
        if (!of(namespace) || isComplete(workload)) continue;
        for (const pod of self.list('Pod')) if (pod.metadata.namespace === namespace && pod.metadata.name.replace(/-\d+$/, '') === called) gone(refOf(pod));
        self.put(completed(workload, clock.iso()));
        self.put(readyPod(workload, clock.iso()));
      }
    },
    endJobs: (how, of = () => true) => {
      const running = self.list('Job').filter((job) => jobState(job).kind === 'running' && of(job));
      for (const job of running) self.put({ ...job, status: { conditions: [ended(how, clock.iso())] } });
      return running.map(({ metadata }) => metadata.name);
    },
  };
  return self;
}

function conflict(ref: ObjectRef): KubernetesError {
  return new KubernetesError(`Operation cannot be fulfilled on ${idOf(ref)}: the object has been modified`, 409, 'Conflict');
}

/** Where kinds cannot be changed, and words like the API server's (test/contract/kubernetes-refusals.ts holds against a real one). */
const immutable: Readonly<Record<string, readonly [paths: readonly (readonly string[])[], words: string]>> = {
  Job: [[['spec', 'template'], ['spec', 'completions']], 'spec.template: Invalid value: field is immutable'],
  Deployment: [[['spec', 'selector']], 'spec.selector: Invalid value: field is immutable'],
  StatefulSet: [[['spec', 'selector'], ['spec', 'serviceName'], ['spec', 'volumeClaimTemplates']], "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template' are forbidden"],
  PersistentVolumeClaim: [[['spec', 'accessModes'], ['spec', 'storageClassName']], 'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'],
};

function refuseImmutable(found: KubernetesObject, applied: KubernetesObject): void {
  const [paths = [], words = ''] = immutable[found.kind] ?? [];
  const changed = paths.some((path) => canonicalJson(at(found, ...path) ?? null) !== canonicalJson(at(applied, ...path) ?? null));
  if (changed) throw new KubernetesError(`${describeRef(refOf(found))} is invalid: ${words}`, 422, 'Invalid');
}

function merge(found: KubernetesObject, applied: KubernetesObject): KubernetesObject {
  const changed = canonicalJson(found.spec ?? {}) !== canonicalJson(applied.spec ?? {});
  const generation = (found.metadata.generation ?? 1) + (changed ? 1 : 0);
  const labels = { ...found.metadata.labels, ...applied.metadata.labels };
  const annotations = { ...found.metadata.annotations, ...applied.metadata.annotations };
  // What the manager set and sets no more goes: all data is its own.
  const { data: _data, ...rest } = found;
  return { ...rest, ...applied, metadata: { ...found.metadata, ...applied.metadata, labels, annotations, generation } };
}

type Template = { readonly metadata: Pick<KubernetesObject['metadata'], 'labels' | 'annotations'>; readonly spec: Json };

function templateOf({ spec }: KubernetesObject): Template {
  return (spec as unknown as { readonly template: Template }).template;
}

function isComplete({ metadata, status }: KubernetesObject): boolean {
  return numberAt(status, 'observedGeneration') === metadata.generation;
}

function completed(workload: KubernetesObject, now: string): KubernetesObject {
  const condition = (type: string, reason: string): Json => ({ type, status: 'True', reason, lastUpdateTime: now, lastTransitionTime: now });
  const replicas = at(workload.spec, 'replicas') ?? 1;
  const generation = workload.metadata.generation ?? 1;
  const status = {
    observedGeneration: generation,
    ...{ replicas, updatedReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas },
    ...(workload.kind === 'StatefulSet'
      ? { currentRevision: String(generation), updateRevision: String(generation) }
      : { conditions: [condition('Available', 'MinimumReplicasAvailable'), condition('Progressing', 'NewReplicaSetAvailable')] }),
  };
  return { ...workload, status };
}

function readyPod(workload: KubernetesObject, now: string): KubernetesObject {
  const template = templateOf(workload);
  const hash = String(workload.metadata.generation ?? 1);
  const revision = workload.kind === 'StatefulSet' ? 'controller-revision-hash' : 'pod-template-hash';
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${workload.metadata.name}-${hash}`,
      namespace: workload.metadata.namespace ?? '',
      labels: { ...template.metadata.labels, [revision]: hash },
      annotations: { ...template.metadata.annotations },
    },
    spec: template.spec,
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: now }] },
  };
}

function ended(how: 'complete' | 'failed', now: string): Json {
  const failed = { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  return { ...(how === 'failed' ? failed : { type: 'Complete', reason: 'CompletionsReached', message: '' }), status: 'True', lastTransitionTime: now };
}
