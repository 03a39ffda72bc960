import type { KubernetesObject } from './objects.ts';
import { expired } from './refusals.ts';
import { allResources, type Resource } from './resources.ts';

/** One write. `object` is the state after it (for DELETED the last state), `previous` the one before. */
export type StoreEvent = {
  readonly revision: number;
  readonly resource: Resource;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: KubernetesObject;
  readonly previous?: KubernetesObject;
};

/** All objects, with one counter of writes over every kind, as etcd has it. What it hands out is frozen. */
export type Store = {
  /** The number of the last write. */
  revision(): number;
  get(resource: Resource, namespace: string | undefined, name: string): KubernetesObject | undefined;
  /** Objects in the order of their keys (namespace, then name), of one namespace or of all. */
  list(resource: Resource, namespace?: string): KubernetesObject[];
  /** The list as it was after write number `revision`; throws a 410 when that is too long ago. */
  listAt(resource: Resource, namespace: string | undefined, revision: number): KubernetesObject[];
  /** Stores the object under its name with a new resourceVersion; returns what is stored. */
  put(resource: Resource, object: KubernetesObject): KubernetesObject;
  /** Takes the object out; returns its last state, with the resourceVersion of the removal. */
  remove(resource: Resource, object: KubernetesObject): KubernetesObject;
  /** Writes after number `revision`, oldest first; throws a 410 when some of them are forgotten. */
  since(revision: number): readonly StoreEvent[];
  /** Calls the listener after each write, in order, before the write returns; returns the way to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Forgets all history: a watch or a page from before answers 410. */
  compact(): void;
};

/** Returns an empty store that remembers the last `history` writes. */
export function createStore(history: number): Store {
  const kinds = new Map<Resource, Map<string, KubernetesObject>>(allResources.map((resource) => [resource, new Map()]));
  const listeners = new Set<(event: StoreEvent) => void>();
  let events: StoreEvent[] = [];
  let revision = 1;
  let compacted = 1;

  const kind = (resource: Resource): Map<string, KubernetesObject> =>
    kinds.get(resource) ?? new Map<string, KubernetesObject>();

  const record = (event: StoreEvent): KubernetesObject => {
    events.push(event);
    // Dropping half at a time keeps the cost of forgetting small.
    if (events.length > 2 * history) {
      events = events.slice(-history);
      compacted = (events[0]?.revision ?? revision) - 1;
    }
    for (const listener of [...listeners]) listener(event);
    return event.object;
  };

  const next = (object: KubernetesObject): KubernetesObject => {
    revision += 1;
    return freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
  };

  const since = (from: number): readonly StoreEvent[] => {
    if (from < compacted) throw expired(`too old resource version: ${from} (${compacted})`);
    return events.filter((event) => event.revision > from);
  };

  return {
    revision: () => revision,
    get: (resource, namespace, name) => kind(resource).get(keyOf(namespace, name)),
    list: (resource, namespace) => inOrder(kind(resource), namespace),
    listAt(resource, namespace, at) {
      const objects = new Map(kind(resource));
      if (at === revision) return inOrder(objects, namespace);
      for (const event of since(at).toReversed()) {
        if (event.resource !== resource) continue;
        const key = keyOf(event.object.metadata.namespace, event.object.metadata.name);
        if (event.previous === undefined) objects.delete(key);
        else objects.set(key, event.previous);
      }
      return inOrder(objects, namespace);
    },
    put(resource, object) {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const previous = kind(resource).get(key);
      const stored = next(object);
      kind(resource).set(key, stored);
      const type = previous === undefined ? 'ADDED' : 'MODIFIED';
      return record({ revision, resource, type, object: stored, ...(previous === undefined ? {} : { previous }) });
    },
    remove(resource, object) {
      const key = keyOf(object.metadata.namespace, object.metadata.name);
      const previous = kind(resource).get(key) ?? object;
      kind(resource).delete(key);
      return record({ revision: revision + 1, resource, type: 'DELETED', object: next(previous), previous });
    },
    since,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    compact() {
      events = [];
      compacted = revision;
    },
  };
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

function inOrder(objects: ReadonlyMap<string, KubernetesObject>, namespace: string | undefined): KubernetesObject[] {
  return [...objects]
    .filter(([, object]) => namespace === undefined || object.metadata.namespace === namespace)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, object]) => object);
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
