import { foreground, markDeleted, orphan, owners } from './deletes.ts';
import { tracking } from './jobs.ts';
import type { KubernetesObject } from './objects.ts';
import { isLeaving, type Pod } from './pods.ts';
import { isOwnedBy } from './replica-sets.ts';
import { deployments, pods, type Resource, volumeClaims } from './resources.ts';
import type { Store } from './store.ts';

export type GarbageCollector = { stop(): void };

/** Kinds that others own. */
const dependents: readonly Resource[] = [pods, volumeClaims];

type Owned = { readonly resource: Resource; readonly object: KubernetesObject };

/** Deletes what belongs to owners that are gone, and finishes deletions that wait for that (or for it to be let go). */
export function startGarbageCollector(store: Store): GarbageCollector {
  let stopped = false;
  const soon = (work: () => void): void => {
    setImmediate(() => {
      if (!stopped) work();
    });
  };
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const orphaned = object.metadata.finalizers?.includes(orphan) === true;
    if (owners.includes(resource) && type === 'DELETED' && !orphaned)
      soon(() => {
        deleteOwned(store, resource, object);
      });
    if (type !== 'DELETED' && isWaiting(object))
      soon(() => {
        finish(store, resource, object);
      });
    if (!dependents.includes(resource) || type !== 'DELETED') return;
    for (const kind of owners) {
      for (const owner of store.list(kind, object.metadata.namespace).filter(isWaiting))
        soon(() => {
          finish(store, kind, owner);
        });
    }
  });
  return {
    stop() {
      stopped = true;
      unsubscribe();
    },
  };
}

function isWaiting(object: KubernetesObject): boolean {
  const { finalizers = [] } = object.metadata;
  return isLeaving(object) && (finalizers.includes(foreground) || finalizers.includes(orphan));
}

function ownedBy(store: Store, resource: Resource, { metadata: { uid, namespace } }: KubernetesObject): Owned[] {
  // Between a Deployment and its pods stands a ReplicaSet, which is no object here.
  const belongs = (object: KubernetesObject): boolean =>
    resource === deployments
      ? isOwnedBy(uid, object as Pod)
      : object.metadata.ownerReferences?.some((owner) => owner.uid === uid) === true;
  return dependents.flatMap((kind) =>
    store
      .list(kind, namespace)
      .filter(belongs)
      .map((object) => ({ resource: kind, object })),
  );
}

/** Deletes what an owner has; returns whether it had nothing. */
function deleteOwned(store: Store, resource: Resource, owner: KubernetesObject): boolean {
  const owned = ownedBy(store, resource, owner);
  for (const { resource: kind, object } of owned) {
    if (isLeaving(object)) continue;
    const seconds = kind === pods ? (object as Pod).spec.terminationGracePeriodSeconds : 0;
    markDeleted(store, { resource: kind }, object, seconds);
  }
  return owned.length === 0;
}

function letGo(store: Store, resource: Resource, owner: KubernetesObject): void {
  // A Deployment's pods stay with its ReplicaSet.
  if (resource === deployments) return;
  for (const { resource: kind, object } of ownedBy(store, resource, owner)) {
    const { ownerReferences: _ownerReferences, finalizers = [], ...metadata } = object.metadata;
    const kept = finalizers.filter((finalizer) => finalizer !== tracking);
    store.put(kind, { ...object, metadata: { ...metadata, ...(kept.length === 0 ? {} : { finalizers: kept }) } });
  }
}

function finish(store: Store, resource: Resource, { metadata: { namespace, name, uid } }: KubernetesObject): void {
  const live = store.get(resource, namespace, name);
  if (live?.metadata.uid !== uid || !isWaiting(live)) return;
  const { finalizers: all = [] } = live.metadata;
  if (all.includes(orphan)) letGo(store, resource, live);
  else if (owners.includes(resource) && !deleteOwned(store, resource, live)) return;
  const finalizers = all.filter((finalizer) => finalizer !== foreground && finalizer !== orphan);
  if (finalizers.length === 0) store.remove(resource, live);
  else store.put(resource, { ...live, metadata: { ...live.metadata, finalizers } });
}
