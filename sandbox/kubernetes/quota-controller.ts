import { isDeepStrictEqual } from 'node:util';
import type { KubernetesObject } from './objects.ts';
import { hasEnded, type Pod } from './pods.ts';
import { quotaStatus } from './quotas.ts';
import { pods, type Resource, resourceQuotas, volumeClaims } from './resources.ts';
import type { Store } from './store.ts';
import { createWorkQueue } from './work-queue.ts';
import type { ResourceQuota } from './workloads.ts';

export type QuotaController = { stop(): void };

/** Most writes are of a status, which no quota counts. */
function changesUse(resource: Resource, type: string, object: KubernetesObject): boolean {
  if (type !== 'MODIFIED') return true;
  return resource === resourceQuotas || resource === volumeClaims || (resource === pods && hasEnded(object as Pod));
}

/**
 * Keeps the status of every ResourceQuota. A new one gets its first status after `stepMs`: until then the API refuses what it counts
 * (`status unknown for quota`), as a real one does.
 */
export function startQuotaController(store: Store, stepMs: number): QuotaController {
  const queue = createWorkQueue<string>((namespace) => {
    for (const quota of store.list(resourceQuotas, namespace) as ResourceQuota[]) {
      const status = quotaStatus(store, quota);
      if (!isDeepStrictEqual(status, quota.status)) store.put(resourceQuotas, { ...quota, status } as ResourceQuota);
    }
  });
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { namespace } = object.metadata;
    if (namespace === undefined) return;
    if (resource === resourceQuotas && type === 'ADDED') queue.addAfter(stepMs, namespace, namespace);
    else if (changesUse(resource, type, object) && store.list(resourceQuotas, namespace).length > 0)
      queue.add(namespace, namespace);
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}
