import { randomUUID } from 'node:crypto';
import { podDefaults } from './defaults-pods.ts';
import { limitRangeProblem, withLimitDefaults } from './limit-ranges.ts';
import { randomSuffix } from './names.ts';
import { asJson, asObject, type KubernetesObject, type Namespace, type ServiceAccount, timestamp } from './objects.ts';
import { podSecurityProblem } from './pod-security.ts';
import { containersOf, type ContainerSpec, type Pod, type PodSpec } from './pods.ts';
import { quotaProblem } from './quotas.ts';
import { forbidden, invalid, namespaceTerminating, notInSandbox, Refusal } from './refusals.ts';
import { jobs, namespaces, pods, type Resource, serviceAccounts } from './resources.ts';
import type { Store } from './store.ts';
import { causesOf } from './validation.ts';
import type { Job } from './workloads.ts';

/** What decides whether something new may be made. */
export type Admission = {
  readonly store: Store;
  /** Namespaces in which no pod can be made, as if a quota were used up. */
  readonly overQuota: ReadonlySet<string>;
};

/** What a Job may ask for that the controller here does not do. */
const jobFields = ['podFailurePolicy', 'successPolicy', 'backoffLimitPerIndex', 'maxFailedIndexes', 'managedBy'];

function requireRunnable({ spec }: Job): void {
  if (spec.completionMode === 'Indexed') throw notInSandbox('Jobs of completionMode Indexed');
  const field = jobFields.find((name) => name in spec);
  if (field !== undefined) throw notInSandbox(`Jobs with ${field}`);
}

/**
 * Returns the new object as the API's plug-ins complete it, before it is validated; throws a 403 for a pod without its service account,
 * a 501 for a Job that the sandbox would run otherwise than a cluster.
 */
export function completed({ store }: Admission, resource: Resource, object: KubernetesObject): KubernetesObject {
  if (resource === jobs) requireRunnable(object as Job);
  return resource === pods ? placed(withAccount(store, withLimitDefaults(store, object as Pod))) : object;
}

/** Throws a 403 when security, limits or quota of its namespace forbid the new object. */
export function requireAllowed(admission: Admission, resource: Resource, object: KubernetesObject): void {
  const { name, namespace = '' } = object.metadata;
  const { store, overQuota } = admission;
  const outside = resource === pods ? securityProblem(store, object as Pod) : undefined;
  const used = store.list(pods, namespace).length;
  const shut = `exceeded quota: quota, requested: pods=1, used: pods=${used}, limited: pods=${used}`;
  const problem =
    limitRangeProblem(store, resource, object) ??
    outside ??
    (resource === pods && overQuota.has(namespace) ? shut : undefined) ??
    quotaProblem(store, resource, object);
  if (problem !== undefined) throw forbidden(resource, name, problem);
}

function securityProblem(store: Store, { metadata, spec }: Pod): string | undefined {
  const home = store.get(namespaces, undefined, metadata.namespace ?? '');
  return podSecurityProblem(home?.metadata.labels ?? {}, spec);
}

/** What every pod gets: how long it stays on a node that is lost, and its priority. */
function placed(pod: Pod): Pod {
  const { tolerations = [] } = pod.spec as PodSpec & { tolerations?: { key?: string }[] };
  const lost = ['not-ready', 'unreachable'].map((reason) => `node.kubernetes.io/${reason}`);
  const added = lost
    .filter((key) => !tolerations.some((toleration) => toleration.key === key))
    .map((key) => ({ key, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 }));
  const more = { tolerations: [...tolerations, ...added], priority: 0, preemptionPolicy: 'PreemptLowerPriority' };
  const status = { ...pod.status, qosClass: qosClass(pod.spec) };
  return { ...pod, spec: { ...pod.spec, ...more }, status };
}

const tokenPath = '/var/run/secrets/kubernetes.io/serviceaccount';

function withAccount(store: Store, pod: Pod): Pod {
  const { namespace = '', name } = pod.metadata;
  const { serviceAccountName = 'default', automountServiceAccountToken, imagePullSecrets } = pod.spec;
  const account = store.get(serviceAccounts, namespace, serviceAccountName) as ServiceAccount | undefined;
  if (account === undefined) {
    const missing = `serviceaccount "${serviceAccountName}" not found`;
    throw forbidden(pods, name, `error looking up service account ${namespace}/${serviceAccountName}: ${missing}`);
  }
  const pullSecrets = imagePullSecrets ?? account.imagePullSecrets ?? [];
  const spec = {
    ...pod.spec,
    serviceAccountName,
    serviceAccount: serviceAccountName,
    ...(pullSecrets.length === 0 ? {} : { imagePullSecrets: pullSecrets }),
  };
  const mounts = automountServiceAccountToken ?? account.automountServiceAccountToken ?? true;
  return { ...pod, spec: mounts ? withToken(spec) : spec };
}

/** The volume with the account's token that every container gets which mounts nothing else there. */
function withToken(spec: PodSpec): PodSpec {
  const name = `kube-api-access-${randomSuffix(5)}`;
  const mounted = ({ volumeMounts = [] }: ContainerSpec): boolean =>
    volumeMounts.some(({ mountPath }) => mountPath === tokenPath);
  if (containersOf(spec).every(mounted)) return spec;
  const mount = (container: ContainerSpec): ContainerSpec =>
    mounted(container)
      ? container
      : {
          ...container,
          volumeMounts: [...(container.volumeMounts ?? []), { name, readOnly: true, mountPath: tokenPath }],
        };
  const field = { apiVersion: 'v1', fieldPath: 'metadata.namespace' };
  const sources = [
    { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
    { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
    { downwardAPI: { items: [{ path: 'namespace', fieldRef: field }] } },
  ];
  const projected = { sources, defaultMode: 0o644 };
  return {
    ...spec,
    volumes: [...(spec.volumes ?? []), { name, projected }],
    containers: spec.containers.map(mount),
    ...(spec.initContainers === undefined ? {} : { initContainers: spec.initContainers.map(mount) }),
  };
}

function qosClass(spec: PodSpec): string {
  const resources = containersOf(spec).map((container) => container.resources ?? {});
  const counted = ['cpu', 'memory'];
  const bare = resources.every(({ limits = {}, requests = {} }) =>
    counted.every((name) => limits[name] === undefined && requests[name] === undefined),
  );
  if (bare) return 'BestEffort';
  const guaranteed = resources.every(({ limits = {}, requests = {} }) =>
    counted.every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}

/** What a controller says of a pod that it wants. */
export type NewPod = {
  readonly metadata: Partial<Pod['metadata']> & { readonly name: string; readonly namespace: string };
  readonly spec: PodSpec;
};

/** Makes a pod as a controller does; returns it, or the API's message when it refuses. */
export function makePod(admission: Admission, { metadata, spec }: NewPod): Pod | string {
  const { store } = admission;
  const { name, namespace } = metadata;
  const identity = { uid: randomUUID(), resourceVersion: '', generation: 1, creationTimestamp: timestamp() };
  const bare = { kind: 'Pod', apiVersion: 'v1', metadata: { ...metadata, ...identity }, spec };
  try {
    const home = store.get(namespaces, undefined, namespace) as Namespace | undefined;
    if (home?.metadata.deletionTimestamp !== undefined) throw namespaceTerminating(pods, name, namespace);
    const pod = completed(admission, pods, asObject(podDefaults(asJson(bare)))) as Pod;
    const causes = causesOf(pods, pod);
    if (causes.length > 0) throw invalid(pods, name, causes);
    requireAllowed(admission, pods, pod);
    return store.put(pods, pod) as Pod;
  } catch (error) {
    if (error instanceof Refusal) return error.message;
    throw error;
  }
}
