import { isLeaving, hasEnded, type Pod } from './pods.ts';
import { pods, volumeClaims } from './resources.ts';
import type { Store } from './store.ts';
import { createWorkQueue } from './work-queue.ts';
import type { VolumeClaim } from './workloads.ts';

export type StorageController = { stop(): void };

const protection = 'kubernetes.io/pvc-protection';

type Place = { readonly namespace: string; readonly name: string };

/**
 * Gives every PersistentVolumeClaim a volume of the size it asks for after `stepMs`, whatever its class, as a provisioner does, and
 * lets a deleted one go once no pod uses it.
 */
export function startStorageController(store: Store, stepMs: number): StorageController {
  const live = ({ namespace, name }: Place): VolumeClaim | undefined =>
    store.get(volumeClaims, namespace, name) as VolumeClaim | undefined;
  const binding = createWorkQueue<Place>((place) => {
    const claim = live(place);
    if (claim?.status.phase === 'Pending' && !isLeaving(claim)) store.put(volumeClaims, bound(claim));
  });
  const releasing = createWorkQueue<Place>((place) => {
    const claim = live(place);
    if (claim !== undefined && isLeaving(claim) && !isUsed(store, claim)) release(store, claim);
  });
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { namespace = '', name } = object.metadata;
    const key = `${namespace}/${name}`;
    if (resource === volumeClaims && type === 'ADDED') binding.addAfter(stepMs, key, { namespace, name });
    else if (resource === volumeClaims && type === 'DELETED') binding.forget(key);
    else if (resource === volumeClaims && isLeaving(object)) releasing.add(key, { namespace, name });
    if (resource !== pods || (type !== 'DELETED' && !hasEnded(object as Pod))) return;
    for (const claim of claimsOf(object as Pod)) releasing.add(`${namespace}/${claim}`, { namespace, name: claim });
  });
  return {
    stop() {
      unsubscribe();
      binding.stop();
      releasing.stop();
    },
  };
}

function bound(claim: VolumeClaim): VolumeClaim {
  const { accessModes = [], resources } = claim.spec;
  const done = { 'pv.kubernetes.io/bind-completed': 'yes', 'pv.kubernetes.io/bound-by-controller': 'yes' };
  return {
    ...claim,
    metadata: { ...claim.metadata, annotations: { ...claim.metadata.annotations, ...done } },
    spec: { ...claim.spec, volumeName: `pvc-${claim.metadata.uid}` },
    status: { phase: 'Bound', accessModes, capacity: { storage: resources?.requests?.['storage'] ?? '0' } },
  };
}

/** Returns the names of the claims that a pod uses. */
export function claimsOf({ spec }: Pod): string[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
    claim === undefined ? [] : [claim.claimName],
  );
}

function isUsed(store: Store, { metadata: { namespace, name } }: VolumeClaim): boolean {
  return (store.list(pods, namespace) as Pod[]).some((pod) => !hasEnded(pod) && claimsOf(pod).includes(name));
}

function release(store: Store, claim: VolumeClaim): void {
  const finalizers = (claim.metadata.finalizers ?? []).filter((finalizer) => finalizer !== protection);
  if (finalizers.length === claim.metadata.finalizers?.length) return;
  if (finalizers.length === 0) store.remove(volumeClaims, claim);
  else store.put(volumeClaims, { ...claim, metadata: { ...claim.metadata, finalizers } });
}

/** Returns why no node takes the pod for want of a volume, or undefined. */
export function volumeProblem(store: Store, pod: Pod): string | undefined {
  for (const name of claimsOf(pod)) {
    const claim = store.get(volumeClaims, pod.metadata.namespace, name) as VolumeClaim | undefined;
    if (claim === undefined) return `0/1 nodes are available: persistentvolumeclaim "${name}" not found. not found`;
    if (claim.status.phase !== 'Bound')
      return '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found';
  }
  return undefined;
}
