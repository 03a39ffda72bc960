import { z } from 'zod';
import { manager, names, refOf, type Fence, type KubernetesObject, type ObjectRef } from '../../core/object.ts';
import { KubernetesError, type Clock, type Cluster, type Log, type Observed } from '../../core/ports.ts';
import { openCache, type Cache } from './cache.ts';
import type { Connection } from './connection.ts';
import { collectionPath, kindOf, kinds, objectPath } from './kinds.ts';
import { slim, watchKind, type Watch } from './watch.ts';

/** A cache that has heard nothing for so long is no evidence of absence. Bookmarks come about once a minute. */
const freshMs = 180_000;

export type ConnectedCluster = Cluster & {
  readonly cache: Cache;
  /** Resolves when every watch has its first complete list. */
  readonly synced: Promise<void>;
  /** Milliseconds since the quietest watch was heard from. */
  staleness(): number;
  close(): Promise<void>;
};

export type ClusterOptions = {
  readonly name: string;
  /** Avant's own namespace: what another Avant made in this cluster is not seen. */
  readonly instance: string;
  readonly connection: Connection;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with `formatKey` of the pull request whose objects somebody other than this process changed. */
  readonly onChange: (owner: string) => void;
  /** Called likewise with the owner of a record: another process decided or said something. */
  readonly onRecord: (owner: string) => void;
};

/** Connects to a cluster: a supervised watch of everything of ours, and writes whose answers go into the cache at once. */
export function openCluster(options: ClusterOptions): ConnectedCluster {
  const { connection } = options;
  const cache = openCache();

  function isOurs({ metadata }: KubernetesObject): boolean {
    // Records and claims are told by where they are.
    if (metadata.labels?.[names.store] !== undefined) return metadata.namespace === options.instance;
    return (metadata.labels?.[names.instance] ?? options.instance) === options.instance;
  }

  /** Returns whether the cache shows something else than before. */
  function hold(object: KubernetesObject): boolean {
    return isOurs(object) ? cache.put(object) : cache.drop(object) !== undefined;
  }

  function tell(object: KubernetesObject): void {
    const owner = object.metadata.annotations?.[names.owner];
    if (owner === undefined) return;
    const store = object.metadata.labels?.[names.store];
    if (store === undefined) options.onChange(owner);
    else if (store === 'record') options.onRecord(owner);
  }

  const watches: Watch[] = kinds.map((kind) =>
    watchKind(
      { connection, kind, selector: `${names.managedBy}=${manager}`, clock: options.clock, log: options.log },
      {
        replace: (objects, version) => {
          cache.replace(kind.kind, objects.filter(isOurs), version).forEach(tell);
        },
        changed: (object) => {
          if (hold(object)) tell(object);
        },
        deleted: (object) => {
          const dropped = cache.drop(object);
          if (dropped) tell(dropped);
        },
      },
    ),
  );

  function keep(answer: unknown): KubernetesObject {
    const object = answer as KubernetesObject;
    hold(slim(object));
    return object;
  }

  async function get(ref: ObjectRef): Promise<KubernetesObject | undefined> {
    try {
      return (await connection.call({ method: 'GET', path: objectPath(ref) })) as KubernetesObject;
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 404 && error.reason === 'NotFound') return undefined;
      throw error;
    }
  }

  async function remove(ref: ObjectRef, fence: Fence): Promise<void> {
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: fence, propagationPolicy: 'Background' };
    try {
      const answer = (await connection.call({ method: 'DELETE', path: objectPath(ref), body })) as KubernetesObject;
      // A namespace, and whatever has a finalizer, stays for a while and is returned; the rest is gone.
      if (answer.kind === ref.kind) cache.put(slim(answer));
      else forget(ref, fence);
    } catch (error) {
      if (!(error instanceof KubernetesError && error.status === 404)) throw error;
      forget(ref, fence);
    }
  }

  function forget(ref: ObjectRef, fence: Fence): void {
    const held = cache.get(ref);
    if (held?.metadata.uid === fence.uid) cache.drop(held);
  }

  async function refresh(ref: ObjectRef): Promise<KubernetesObject | undefined> {
    const before = cache.get(ref);
    const object = await get(ref);
    if (object) hold(slim(object));
    else if (before && cache.get(ref) === before) cache.drop(before);
    return object;
  }

  let known: readonly string[] = [];
  // Nothing told is asked again: it may have been a moment's trouble.
  const apiServer = async (): Promise<readonly string[]> => {
    if (known.length === 0) known = await apiServerOf(connection);
    return known;
  };

  const staleness = (): number => Math.max(...watches.map((watch) => watch.silence()));
  let complete = false;
  const synced = Promise.all(watches.map((watch) => watch.synced)).then(() => {
    complete = true;
  });

  return {
    name: options.name,
    cache,
    synced,
    staleness,
    fresh: () => complete && staleness() < freshMs,
    observed: (keyLabel) => observe(cache.ofKey(keyLabel)),
    version: once(async () => gitVersion.parse(await connection.call({ method: 'GET', path: '/version' })).gitVersion),
    apiServer,
    get,
    refresh,
    create: async (object) =>
      keep(await connection.call({ method: 'POST', path: `${collectionPath(kindOf(object), object.metadata.namespace)}?fieldManager=${manager}`, body: object })),
    update: async (object) => keep(await connection.call({ method: 'PUT', path: `${objectPath(refOf(object))}?fieldManager=${manager}`, body: object })),
    apply: async (object, fence) =>
      keep(
        await connection.call({
          method: 'PATCH',
          path: `${objectPath(refOf(object))}?fieldManager=${manager}&force=true`,
          contentType: 'application/apply-patch+yaml',
          body: fence ? { ...object, metadata: { ...object.metadata, ...fence } } : object,
        }),
      ),
    remove,
    logs: async (pod, lines) => {
      const query = new URLSearchParams({ container: pod.container, tailLines: String(lines), limitBytes: '16384', previous: String(pod.previous) });
      const path = `${objectPath({ apiVersion: 'v1', kind: 'Pod', namespace: pod.namespace, name: pod.name })}/log?${query.toString()}`;
      return (await connection.text(path)).split('\n').filter((line) => line !== '');
    },
    close: async () => {
      for (const watch of watches) watch.stop();
      await connection.close();
    },
  };
}

const gitVersion = z.object({ gitVersion: z.string().transform((text) => /^v(\d+\.\d+\.\d+)/.exec(text)?.[1] ?? text) });

/** Remembers the answer, not a failure: an upgrade of the cluster is seen by the next process. */
function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let known: T | undefined;
  return async () => (known ??= await ask());
}

const service = z.object({ spec: z.object({ clusterIPs: z.array(z.string()).default([]) }) });
const endpoints = z.object({ subsets: z.array(z.object({ addresses: z.array(z.object({ ip: z.string() })).default([]) })).default([]) });

/** The addresses of the Service `kubernetes`, and those behind it; one that may not be read is left out. */
async function apiServerOf(connection: Connection): Promise<readonly string[]> {
  const read = (what: string): Promise<unknown> => connection.call({ method: 'GET', path: `/api/v1/namespaces/default/${what}/kubernetes` }).catch(() => undefined);
  const [front, behind] = await Promise.all([read('services'), read('endpoints')]);
  const ips = [...(service.safeParse(front).data?.spec.clusterIPs ?? []), ...(endpoints.safeParse(behind).data?.subsets.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)) ?? [])];
  return [...new Set(ips)].sort();
}

function observe(objects: readonly KubernetesObject[]): Observed {
  const previews = objects.filter((object) => object.metadata.labels?.[names.store] === undefined);
  return {
    namespaces: previews.filter((object) => object.kind === 'Namespace'),
    objects: previews.filter((object) => object.kind !== 'Namespace' && object.kind !== 'Pod'),
    pods: previews.filter((object) => object.kind === 'Pod'),
  };
}

