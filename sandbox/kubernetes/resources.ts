/** One kind of object that the sandbox keeps. */
export type Resource = {
  readonly group: '' | 'apps' | 'networking.k8s.io';
  readonly plural: 'namespaces' | 'configmaps' | 'services' | 'pods' | 'deployments' | 'ingresses';
  readonly kind: 'Namespace' | 'ConfigMap' | 'Service' | 'Pod' | 'Deployment' | 'Ingress';
  readonly apiVersion: string;
  readonly namespaced: boolean;
  /** Whether the real server counts metadata.generation for this kind (seen on 1.36: Service, ConfigMap, Namespace have none). */
  readonly generation: boolean;
  readonly shortNames: readonly string[];
};

export const namespaces: Resource = {
  group: '',
  plural: 'namespaces',
  kind: 'Namespace',
  apiVersion: 'v1',
  namespaced: false,
  generation: false,
  shortNames: ['ns'],
};
export const configMaps: Resource = {
  group: '',
  plural: 'configmaps',
  kind: 'ConfigMap',
  apiVersion: 'v1',
  namespaced: true,
  generation: false,
  shortNames: ['cm'],
};
export const services: Resource = {
  group: '',
  plural: 'services',
  kind: 'Service',
  apiVersion: 'v1',
  namespaced: true,
  generation: false,
  shortNames: ['svc'],
};
export const pods: Resource = {
  group: '',
  plural: 'pods',
  kind: 'Pod',
  apiVersion: 'v1',
  namespaced: true,
  generation: true,
  shortNames: ['po'],
};
export const deployments: Resource = {
  group: 'apps',
  plural: 'deployments',
  kind: 'Deployment',
  apiVersion: 'apps/v1',
  namespaced: true,
  generation: true,
  shortNames: ['deploy'],
};
export const ingresses: Resource = {
  group: 'networking.k8s.io',
  plural: 'ingresses',
  kind: 'Ingress',
  apiVersion: 'networking.k8s.io/v1',
  namespaced: true,
  generation: true,
  shortNames: ['ing'],
};

export const allResources: readonly Resource[] = [namespaces, configMaps, services, pods, deployments, ingresses];

/** Returns the name the API uses in messages: `configmaps`, `deployments.apps`. */
export function qualifiedPlural(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** Returns the kind as the API uses it in messages: `ConfigMap`, `Deployment.apps`. */
export function qualifiedKind(resource: Resource): string {
  return resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
}

/** Returns the verbs this sandbox has for the kind, as discovery lists them. */
export function verbsOf(resource: Resource): string[] {
  const read = ['get', 'list', 'watch'];
  return resource === pods ? ['delete', ...read] : ['create', 'delete', ...read, 'patch', 'update'];
}
