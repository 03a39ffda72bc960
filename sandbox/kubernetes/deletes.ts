import {
  asJson,
  isJsonObject,
  type Json,
  type JsonObject,
  type KubernetesObject,
  type Namespace,
  timestamp,
} from './objects.ts';
import { failedPrecondition, invalidOptions, notFound } from './refusals.ts';
import { deployments, jobs, namespaces, pods, type Resource, services, statefulSets } from './resources.ts';
import type { Store } from './store.ts';
import type { Target } from './writes.ts';

const policies = ['Foreground', 'Background', 'Orphan'];

/** Finalizers by which the garbage collector is told what to do first. */
export const foreground = 'foregroundDeletion';
export const orphan = 'orphan';

/** Kinds that own others. */
export const owners: readonly Resource[] = [deployments, statefulSets, jobs];

/** What becomes of what the object owns when nobody says: a Job leaves its pods, as it did before there was a choice. */
function defaultPolicy(resource: Resource): string {
  return resource === jobs ? 'Orphan' : 'Background';
}

/**
 * DELETE: returns the answer's body. Preconditions on uid and resourceVersion that do not hold are a 409. A namespace turns
 * Terminating, a pod gets its grace period, an object with finalizers (or deleted in the foreground) waits for them; all else is
 * gone at once. Throws 404, 409, 422.
 */
export function deleteObject(store: Store, target: Target, options: JsonObject): JsonObject {
  const { resource, namespace, name } = target;
  const live = store.get(resource, namespace, name);
  if (live === undefined) throw notFound(resource, name);
  requirePreconditions(target, live, options['preconditions']);
  const policy = options['propagationPolicy'] ?? defaultPolicy(resource);
  if (typeof policy !== 'string' || !policies.includes(policy)) {
    const words = [...policies, 'nil'].map((word) => JSON.stringify(word)).join(', ');
    const message = `Unsupported value: ${JSON.stringify(policy)}: supported values: ${words}`;
    throw invalidOptions('DeleteOptions', { reason: 'FieldValueNotSupported', message, field: 'propagationPolicy' });
  }
  if (live.metadata.deletionTimestamp !== undefined) return asJson(live);
  const first =
    policy === 'Foreground' ? [foreground] : policy === 'Orphan' && owners.includes(resource) ? [orphan] : [];
  const finalizers = [...(live.metadata.finalizers ?? []), ...first];
  if (resource === namespaces) return asJson(terminate(store, live as Namespace));
  if (resource === pods) return asJson(markDeleted(store, target, live, gracePeriod(live)));
  if (finalizers.length > 0) {
    return asJson(markDeleted(store, target, { ...live, metadata: { ...live.metadata, finalizers } }, 0));
  }
  const last = store.remove(resource, live);
  return resource === services ? asJson(last) : success(target, live.metadata.uid);
}

function requirePreconditions(
  { resource, name }: Target,
  live: KubernetesObject,
  preconditions: Json | undefined,
): void {
  if (!isJsonObject(preconditions)) return;
  const { uid, resourceVersion } = preconditions;
  if (typeof uid === 'string' && uid !== live.metadata.uid) {
    const why = `the UID in the precondition (${uid}) does not match the UID in record (${live.metadata.uid}). The object might have been deleted and then recreated`;
    throw failedPrecondition(resource, name, why);
  }
  if (typeof resourceVersion === 'string' && resourceVersion !== live.metadata.resourceVersion) {
    const why = `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${live.metadata.resourceVersion}). The object might have been modified`;
    throw failedPrecondition(resource, name, why);
  }
}

function terminate(store: Store, live: Namespace): KubernetesObject {
  const metadata = { ...live.metadata, deletionTimestamp: timestamp() };
  const terminating: Namespace = { ...live, metadata, status: { ...live.status, phase: 'Terminating' } };
  return store.put(namespaces, terminating);
}

function gracePeriod(pod: KubernetesObject): number {
  const { spec } = asJson(pod);
  const seconds = isJsonObject(spec) ? spec['terminationGracePeriodSeconds'] : undefined;
  return typeof seconds === 'number' ? seconds : 30;
}

/** Marks the object as on its way out; a mark counts as a change of the generation, where the kind has one. */
export function markDeleted(
  store: Store,
  { resource }: Pick<Target, 'resource'>,
  live: KubernetesObject,
  graceSeconds: number,
): KubernetesObject {
  const { generation } = live.metadata;
  return store.put(resource, {
    ...live,
    metadata: {
      ...live.metadata,
      deletionTimestamp: timestamp(),
      deletionGracePeriodSeconds: graceSeconds,
      ...(generation === undefined ? {} : { generation: generation + 1 }),
    },
  });
}

function success({ resource, name }: Target, uid: string): JsonObject {
  const group = resource.group === '' ? {} : { group: resource.group };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: { name, ...group, kind: resource.plural, uid },
  };
}
