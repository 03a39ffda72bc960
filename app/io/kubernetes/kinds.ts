import type { ObjectRef } from '../../core/object.ts';

/** A kind that Avant writes or watches, and where the API server keeps it. */
export type Kind = { readonly apiVersion: string; readonly kind: string; readonly plural: string; readonly namespaced: boolean };

export const kinds: readonly Kind[] = [
  { apiVersion: 'v1', kind: 'Namespace', plural: 'namespaces', namespaced: false },
  { apiVersion: 'v1', kind: 'ConfigMap', plural: 'configmaps', namespaced: true },
  { apiVersion: 'v1', kind: 'Secret', plural: 'secrets', namespaced: true },
  { apiVersion: 'v1', kind: 'Service', plural: 'services', namespaced: true },
  { apiVersion: 'v1', kind: 'ServiceAccount', plural: 'serviceaccounts', namespaced: true },
  { apiVersion: 'v1', kind: 'PersistentVolumeClaim', plural: 'persistentvolumeclaims', namespaced: true },
  { apiVersion: 'v1', kind: 'ResourceQuota', plural: 'resourcequotas', namespaced: true },
  { apiVersion: 'v1', kind: 'LimitRange', plural: 'limitranges', namespaced: true },
  { apiVersion: 'v1', kind: 'Pod', plural: 'pods', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'Deployment', plural: 'deployments', namespaced: true },
  { apiVersion: 'apps/v1', kind: 'StatefulSet', plural: 'statefulsets', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'Job', plural: 'jobs', namespaced: true },
  { apiVersion: 'batch/v1', kind: 'CronJob', plural: 'cronjobs', namespaced: true },
  { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', plural: 'networkpolicies', namespaced: true },
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', plural: 'ingresses', namespaced: true },
];

/** Returns the kind of an object; throws for one that Avant does not handle. */
export function kindOf(ref: Pick<ObjectRef, 'apiVersion' | 'kind'>): Kind {
  const found = kinds.find((kind) => kind.apiVersion === ref.apiVersion && kind.kind === ref.kind);
  if (!found) throw new Error(`no such kind here: ${ref.apiVersion} ${ref.kind}`);
  return found;
}

/** Returns the path of a kind's collection, in one namespace or (undefined) in all. */
export function collectionPath(kind: Kind, namespace: string | undefined): string {
  const group = kind.apiVersion.includes('/') ? `/apis/${kind.apiVersion}` : `/api/${kind.apiVersion}`;
  const within = kind.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : '';
  return `${group}${within}/${kind.plural}`;
}

/** Returns the path of one object. */
export function objectPath(ref: ObjectRef): string {
  return `${collectionPath(kindOf(ref), ref.namespace)}/${encodeURIComponent(ref.name)}`;
}
