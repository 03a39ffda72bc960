import { markDeleted } from './deletes.ts';
import type { KubernetesObject, Pod } from './objects.ts';
import { isOwnedBy } from './replica-sets.ts';
import { allResources, deployments, pods, type Resource } from './resources.ts';
import type { Store } from './store.ts';

export type GarbageCollector = { stop(): void };

const foreground = 'foregroundDeletion';

/** Deletes the pods of Deployments that are deleted, and finishes deletions in the foreground once those are gone. */
export function startGarbageCollector(store: Store): GarbageCollector {
  let stopped = false;
  const soon = (work: () => void): void => {
    setImmediate(() => {
      if (!stopped) work();
    });
  };
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    if (resource === deployments && type === 'DELETED')
      soon(() => {
        deletePodsOf(store, object);
      });
    if (type !== 'DELETED' && isWaiting(object))
      soon(() => {
        finish(store, resource, object);
      });
    if (resource !== pods || type !== 'DELETED') return;
    const waiting = store.list(deployments, object.metadata.namespace).filter(isWaiting);
    for (const owner of waiting)
      soon(() => {
        finish(store, deployments, owner);
      });
  });
  return {
    stop() {
      stopped = true;
      unsubscribe();
    },
  };
}

function isWaiting({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(foreground) === true;
}

/** Deletes the pods of an owner; returns whether it had none. */
function deletePodsOf(store: Store, owner: KubernetesObject): boolean {
  const owned = (store.list(pods, owner.metadata.namespace) as Pod[]).filter((pod) =>
    isOwnedBy(owner.metadata.uid, pod),
  );
  for (const pod of owned) {
    if (pod.metadata.deletionTimestamp === undefined)
      markDeleted(store, { resource: pods }, pod, pod.spec.terminationGracePeriodSeconds);
  }
  return owned.length === 0;
}

function finish(store: Store, resource: Resource, { metadata: { namespace, name, uid } }: KubernetesObject): void {
  const live = allResources.includes(resource) ? store.get(resource, namespace, name) : undefined;
  if (live?.metadata.uid !== uid || !isWaiting(live)) return;
  if (resource === deployments && !deletePodsOf(store, live)) return;
  const finalizers = (live.metadata.finalizers ?? []).filter((finalizer) => finalizer !== foreground);
  if (finalizers.length === 0) store.remove(resource, live);
  else store.put(resource, { ...live, metadata: { ...live.metadata, finalizers } });
}
