/** One kind of object that the sandbox keeps. */
export type Resource = {
  /** '' for the core group. */
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
  readonly apiVersion: string;
  readonly namespaced: boolean;
  /** Whether the real server counts metadata.generation for this kind (seen on 1.36). */
  readonly generation: boolean;
  readonly shortNames: readonly string[];
  /** Whether `kubectl get all` has it. */
  readonly inAll: boolean;
};

type Traits = Partial<Pick<Resource, 'namespaced' | 'generation' | 'shortNames' | 'inAll'>>;

function resource(group: string, kind: string, plural: string, traits: Traits = {}): Resource {
  const apiVersion = group === '' ? 'v1' : `${group}/v1`;
  return {
    group,
    kind,
    plural,
    apiVersion,
    namespaced: true,
    generation: false,
    shortNames: [],
    inAll: false,
    ...traits,
  };
}

export const namespaces = resource('', 'Namespace', 'namespaces', { namespaced: false, shortNames: ['ns'] });
export const configMaps = resource('', 'ConfigMap', 'configmaps', { shortNames: ['cm'] });
export const secrets = resource('', 'Secret', 'secrets');
export const services = resource('', 'Service', 'services', { shortNames: ['svc'], inAll: true });
export const serviceAccounts = resource('', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] });
export const volumeClaims = resource('', 'PersistentVolumeClaim', 'persistentvolumeclaims', { shortNames: ['pvc'] });
export const resourceQuotas = resource('', 'ResourceQuota', 'resourcequotas', { shortNames: ['quota'] });
export const limitRanges = resource('', 'LimitRange', 'limitranges', { shortNames: ['limits'] });
export const pods = resource('', 'Pod', 'pods', { generation: true, shortNames: ['po'], inAll: true });
export const deployments = resource('apps', 'Deployment', 'deployments', {
  generation: true,
  shortNames: ['deploy'],
  inAll: true,
});
export const statefulSets = resource('apps', 'StatefulSet', 'statefulsets', {
  generation: true,
  shortNames: ['sts'],
  inAll: true,
});
export const jobs = resource('batch', 'Job', 'jobs', { generation: true, inAll: true });
export const cronJobs = resource('batch', 'CronJob', 'cronjobs', { generation: true, shortNames: ['cj'], inAll: true });
export const ingresses = resource('networking.k8s.io', 'Ingress', 'ingresses', {
  generation: true,
  shortNames: ['ing'],
});
export const networkPolicies = resource('networking.k8s.io', 'NetworkPolicy', 'networkpolicies', {
  generation: true,
  shortNames: ['netpol'],
});

export const allResources: readonly Resource[] = [
  namespaces,
  configMaps,
  secrets,
  services,
  serviceAccounts,
  volumeClaims,
  resourceQuotas,
  limitRanges,
  pods,
  deployments,
  statefulSets,
  jobs,
  cronJobs,
  ingresses,
  networkPolicies,
];

/** Returns the name the API uses in messages: `configmaps`, `deployments.apps`. */
export function qualifiedPlural(resource: Resource): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

/** Returns the kind as the API uses it in messages: `ConfigMap`, `Deployment.apps`. */
export function qualifiedKind(resource: Resource): string {
  return resource.group === '' ? resource.kind : `${resource.kind}.${resource.group}`;
}

/** Returns the verbs this sandbox has for the kind, as discovery lists them. Pods are made and deleted, never edited. */
export function verbsOf(resource: Resource): string[] {
  const common = ['create', 'delete', 'get', 'list', 'watch'];
  return resource === pods ? common : [...common, 'patch', 'update'].sort();
}
