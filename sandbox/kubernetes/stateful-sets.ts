import { randomUUID } from 'node:crypto';
import { type Admission, type NewPod, requireAllowed } from './admission.ts';
import { withDefaults } from './defaults.ts';
import { hashLetters } from './names.ts';
import { asJson, asObject, timestamp } from './objects.ts';
import { hasEnded, isLeaving, isReady, type Pod, type PodTemplate, type Volume } from './pods.ts';
import { pods, volumeClaims } from './resources.ts';
import type { Store } from './store.ts';
import type { StatefulSet, StatefulSetStatus } from './workloads.ts';

const revisionLabel = 'controller-revision-hash';

/** Returns the name of the revision that stands for the set's present pod template. */
export function revisionOf({ metadata, spec }: StatefulSet): string {
  return `${metadata.name}-${hashLetters(JSON.stringify(spec.template))}`;
}

/** Returns the revision that a pod was made from. */
export function revisionOfPod({ metadata }: Pod): string {
  return metadata.labels?.[revisionLabel] ?? '';
}

/** Returns the set's pods by their number. */
export function podsOf(store: Store, { metadata }: StatefulSet): Map<number, Pod> {
  const owned = (store.list(pods, metadata.namespace) as Pod[]).filter(
    (pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid,
  );
  return new Map(owned.map((pod) => [Number(pod.metadata.labels?.['apps.kubernetes.io/pod-index']), pod]));
}

function ownerOf({ metadata }: StatefulSet): NonNullable<Pod['metadata']['ownerReferences']>[number] {
  const { name, uid } = metadata;
  return { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid, controller: true, blockOwnerDeletion: true };
}

/** Returns the set's pod of that number, from a template and its revision. */
export function podOfSet(set: StatefulSet, ordinal: number, template: PodTemplate, revision: string): NewPod {
  const { namespace = '', name: owner } = set.metadata;
  const name = `${owner}-${ordinal}`;
  const { annotations, labels } = template.metadata;
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }): Volume => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: `${metadata.name}-${name}` },
  }));
  const claimed = new Set(claims.map((volume) => volume.name));
  const others = (template.spec.volumes ?? []).filter((volume) => !claimed.has(volume.name));
  const volumes = [...claims, ...others];
  return {
    metadata: {
      name,
      generateName: `${owner}-`,
      namespace,
      labels: {
        ...labels,
        'apps.kubernetes.io/pod-index': String(ordinal),
        [revisionLabel]: revision,
        'statefulset.kubernetes.io/pod-name': name,
      },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [ownerOf(set)],
    },
    spec: {
      ...template.spec,
      ...(volumes.length === 0 ? {} : { volumes }),
      hostname: name,
      ...(set.spec.serviceName === '' ? {} : { subdomain: set.spec.serviceName }),
    },
  };
}

/** Makes the claims that the set's pod of that number needs and that are not there; throws a 403 when limits or quota forbid one. */
export function makeClaims(admission: Admission, set: StatefulSet, ordinal: number): void {
  const { store } = admission;
  const { namespace = '', name } = set.metadata;
  const keep = set.spec.persistentVolumeClaimRetentionPolicy.whenDeleted === 'Retain';
  for (const template of set.spec.volumeClaimTemplates ?? []) {
    const claim = `${template.metadata.name}-${name}-${ordinal}`;
    if (store.get(volumeClaims, namespace, claim) !== undefined) continue;
    const metadata = {
      ...template.metadata,
      name: claim,
      namespace,
      uid: randomUUID(),
      resourceVersion: '',
      creationTimestamp: timestamp(),
      labels: { ...template.metadata.labels, ...set.spec.selector.matchLabels },
      ...(keep ? {} : { ownerReferences: [ownerOf(set)] }),
    };
    const bare = asJson({ ...template, metadata });
    const whole = asObject(withDefaults(volumeClaims, bare, { live: undefined, allocate: () => '' }));
    requireAllowed(admission, volumeClaims, whole);
    store.put(volumeClaims, whole);
  }
}

/** Returns whether the pod does what it is there for. */
export function isHealthy(pod: Pod): boolean {
  return !isLeaving(pod) && !hasEnded(pod) && isReady(pod);
}

/** Returns the set's status for these pods, with the revisions that it goes from and to. Counts of 0 are left out but for two. */
export function statusOf(set: StatefulSet, found: readonly Pod[], from: string, to: string): StatefulSetStatus {
  const count = (holds: (pod: Pod) => boolean): number => found.filter(holds).length;
  const ready = count((pod) => isReady(pod) && pod.status.phase === 'Running');
  const at = (revision: string): number => count((pod) => !isLeaving(pod) && revisionOfPod(pod) === revision);
  const updated = at(to);
  const arrived = updated === set.spec.replicas && ready === set.spec.replicas && found.length === set.spec.replicas;
  const current = arrived ? to : from;
  const counts = {
    readyReplicas: ready,
    currentReplicas: at(current),
    updatedReplicas: updated,
  };
  return {
    observedGeneration: set.metadata.generation ?? 1,
    replicas: found.length,
    ...Object.fromEntries(Object.entries(counts).filter(([, number]) => number > 0)),
    currentRevision: current,
    updateRevision: to,
    collisionCount: 0,
    availableReplicas: ready,
  };
}
