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
  /** Calls the listener after each write, in order (before the write returns, unless a listener wrote); returns the way to stop. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Forgets all history: a watch or a page from before answers 410. */
  compact(): void;
};

type Drawer = Map<string, KubernetesObject>;
/** Objects of one kind by namespace ('' for those without) and name. */
type Shelf = Map<string, Drawer>;

/** Returns an empty store that remembers the last `history` writes, at least. */
export function createStore(history: number): Store {
  const kinds = new Map<Resource, Shelf>(allResources.map((resource) => [resource, new Map()]));
  const shelf = (resource: Resource): Shelf => kinds.get(resource) ?? new Map<string, Drawer>();
  const journal = createJournal(history);
  return {
    revision: journal.revision,
    get: (resource, namespace = '', name) => shelf(resource).get(namespace)?.get(name),
    list: (resource, namespace) => inOrder(shelf(resource), namespace),
    listAt(resource, namespace, revision) {
      if (revision === journal.revision()) return inOrder(shelf(resource), namespace);
      return inOrder(asItWas(resource, shelf(resource), journal.since(revision)), namespace);
    },
    put(resource, object) {
      const { namespace = '', name } = object.metadata;
      const previous = shelf(resource).get(namespace)?.get(name);
      const type = previous === undefined ? 'ADDED' : 'MODIFIED';
      const stored = journal.stamp(object);
      putIn(shelf(resource), stored);
      journal.record({ resource, type, object: stored, ...(previous === undefined ? {} : { previous }) });
      return stored;
    },
    remove(resource, object) {
      const { namespace = '', name } = object.metadata;
      const previous = shelf(resource).get(namespace)?.get(name) ?? object;
      const last = journal.stamp(previous);
      takeOut(shelf(resource), last);
      journal.record({ resource, type: 'DELETED', object: last, previous });
      return last;
    },
    since: journal.since,
    subscribe: journal.subscribe,
    compact: journal.compact,
  };
}

type Journal = Pick<Store, 'revision' | 'since' | 'subscribe' | 'compact'> & {
  /** Counts a write, and returns the object frozen with its number. */
  stamp(object: KubernetesObject): KubernetesObject;
  /** Keeps the write that was counted last, and tells the listeners. */
  record(event: Omit<StoreEvent, 'revision'>): void;
};

function createJournal(history: number): Journal {
  const listeners = new Set<(event: StoreEvent) => void>();
  const untold: StoreEvent[] = [];
  let telling = false;
  let events: StoreEvent[] = [];
  let revision = 1;
  let compacted = 1;
  return {
    revision: () => revision,
    stamp(object) {
      revision += 1;
      return freeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } });
    },
    record(event) {
      events.push({ ...event, revision });
      // Dropping half at a time keeps the cost of forgetting small.
      if (events.length > 2 * history) {
        events = events.slice(-history);
        compacted = (events[0]?.revision ?? revision) - 1;
      }
      untold.push({ ...event, revision });
      // A listener may write: what it writes is told after what it was told, to everybody.
      if (telling) return;
      telling = true;
      try {
        for (let next = untold.shift(); next !== undefined; next = untold.shift()) {
          for (const listener of [...listeners]) listener(next);
        }
      } finally {
        telling = false;
      }
    },
    since(from) {
      if (from < compacted) throw expired(`too old resource version: ${from} (${compacted})`);
      return events.filter((event) => event.revision > from);
    },
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

/** Returns what was there before those writes. */
function asItWas(resource: Resource, now: Shelf, since: readonly StoreEvent[]): Shelf {
  const past: Shelf = new Map([...now].map(([key, drawer]) => [key, new Map(drawer)]));
  for (const event of since.toReversed()) {
    if (event.resource !== resource) continue;
    if (event.previous === undefined) takeOut(past, event.object);
    else putIn(past, event.previous);
  }
  return past;
}

function putIn(shelf: Shelf, object: KubernetesObject): void {
  const { namespace = '', name } = object.metadata;
  const drawer = shelf.get(namespace) ?? new Map<string, KubernetesObject>();
  shelf.set(namespace, drawer.set(name, object));
}

function takeOut(shelf: Shelf, { metadata: { namespace = '', name } }: KubernetesObject): void {
  const drawer = shelf.get(namespace);
  drawer?.delete(name);
  if (drawer?.size === 0) shelf.delete(namespace);
}

/** In the order of etcd's keys, `namespace/name` (so `a-b` comes before `a`): pages are cut by it. */
function inOrder(shelf: Shelf, namespace: string | undefined): KubernetesObject[] {
  const drawers =
    namespace === undefined ? sorted(shelf, '/') : [shelf.get(namespace) ?? new Map<string, KubernetesObject>()];
  return drawers.flatMap((drawer) => sorted(drawer));
}

function sorted<T>(map: ReadonlyMap<string, T>, end = ''): T[] {
  return [...map].sort(([one], [other]) => (one + end < other + end ? -1 : 1)).map(([, value]) => value);
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  for (const inner of Object.values(value)) freeze(inner);
  return Object.freeze(value);
}
