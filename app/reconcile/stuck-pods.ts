import { numberAt, textAt } from '../core/json.ts';
import type { KubernetesObject } from '../core/object.ts';
import { findCondition, readConditions } from '../core/status.ts';

/**
 * Returns the pods that keep a StatefulSet from its newest template: one that never gets ready is not replaced by itself
 * (https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback), so a push that mends it would do nothing.
 */
export function stuckPods(set: KubernetesObject, pods: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const { status, metadata } = set;
  const newest = textAt(status, 'updateRevision');
  const seen = (metadata.generation ?? 0) <= numberAt(status, 'observedGeneration');
  if (set.kind !== 'StatefulSet' || !seen || newest === '' || newest === textAt(status, 'currentRevision')) return [];
  return pods.filter((pod) => {
    const { namespace, name, labels, deletionTimestamp } = pod.metadata;
    const ours = namespace === metadata.namespace && name.startsWith(`${metadata.name}-`) && /^\d+$/.test(name.slice(metadata.name.length + 1));
    const older = labels?.['controller-revision-hash'] !== newest;
    return ours && older && deletionTimestamp === undefined && findCondition(readConditions(pod.status), 'Ready')?.status !== 'True';
  });
}
