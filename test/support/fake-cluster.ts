import { canonicalJson, describeRef, manager, names, refOf, type Json, type KubernetesObject, type ObjectRef } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { openCache } from '../../app/io/kubernetes/cache.ts';
import type { ConnectedCluster } from '../../app/io/kubernetes/cluster.ts';
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
  /** The controllers' work: Deployments (of some namespaces) become complete, with a pod that is ready. */
  rollOut(of?: (namespace: string) => boolean): void;
};

const idOf = (ref: ObjectRef): string => `${describeRef(ref)} ${ref.namespace ?? ''}`.trim();

/** `onChange` is told the owner of what somebody else than the one under test changed. */
export function openFakeCluster(clock: FakeClock, onChange: (owner: string) => void): FakeCluster {
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
    if (owner !== undefined && isWatched(object) && object.kind !== 'ConfigMap') onChange(owner);
  }

  function seen(object: KubernetesObject): KubernetesObject {
    const held = cache.get(refOf(object));
    if (isWatched(object)) cache.put(object);
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
    name: 'home',
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
      const objects = cache.ofKey(keyLabel).filter(({ kind }) => kind !== 'ConfigMap');
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
      for (const deployment of self.list('Deployment')) {
        const name = deployment.metadata.namespace ?? '';
        if (!of(name) || isComplete(deployment)) continue;
        for (const pod of self.list('Pod')) if (pod.metadata.namespace === name) gone(refOf(pod));
        self.put(completed(deployment, clock.iso()));
        self.put(readyPod(deployment, clock.iso()));
      }
    },
  };
  return self;
}

function conflict(ref: ObjectRef): KubernetesError {
  return new KubernetesError(`Operation cannot be fulfilled on ${idOf(ref)}: the object has been modified`, 409, 'Conflict');
}

function merge(found: KubernetesObject, applied: KubernetesObject): KubernetesObject {
  const changed = canonicalJson(found.spec ?? {}) !== canonicalJson(applied.spec ?? {});
  const generation = (found.metadata.generation ?? 1) + (changed ? 1 : 0);
  const labels = { ...found.metadata.labels, ...applied.metadata.labels };
  const annotations = { ...found.metadata.annotations, ...applied.metadata.annotations };
  return { ...found, ...applied, metadata: { ...found.metadata, ...applied.metadata, labels, annotations, generation } };
}

type Template = { readonly metadata: Pick<KubernetesObject['metadata'], 'labels' | 'annotations'>; readonly spec: Json };

function templateOf({ spec }: KubernetesObject): Template {
  return (spec as unknown as { readonly template: Template }).template;
}

function isComplete({ metadata, status }: KubernetesObject): boolean {
  return (status as { readonly observedGeneration?: number } | undefined)?.observedGeneration === metadata.generation;
}

function completed(deployment: KubernetesObject, at: string): KubernetesObject {
  const condition = (type: string, reason: string): Json => ({ type, status: 'True', reason, lastUpdateTime: at, lastTransitionTime: at });
  const status = {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...{ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
    conditions: [condition('Available', 'MinimumReplicasAvailable'), condition('Progressing', 'NewReplicaSetAvailable')],
  };
  return { ...deployment, status };
}

function readyPod(deployment: KubernetesObject, at: string): KubernetesObject {
  const template = templateOf(deployment);
  const hash = `${deployment.metadata.generation ?? 1}`;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? '',
      labels: { ...template.metadata.labels, 'pod-template-hash': hash },
      annotations: { ...template.metadata.annotations },
    },
    spec: template.spec,
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: at }] },
  };
}
