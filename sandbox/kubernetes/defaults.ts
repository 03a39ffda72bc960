import { randomInt } from 'node:crypto';
import { list, over, podDefaults } from './defaults-pods.ts';
import { cronJobSpec, deploymentSpec, job, statefulSetSpec } from './defaults-workloads.ts';
import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import type { Resource } from './resources.ts';

/** What a default may need beside the object. */
type Surroundings = {
  /** What is stored, for what is given once and kept (a Service's address). */
  readonly live: JsonObject | undefined;
  /** Returns a new cluster address. */
  readonly allocate: () => string;
};

function serviceSpec(value: Json | undefined, { live, allocate }: Surroundings): JsonObject {
  const before = over({}, live?.['spec']);
  const kept = Object.fromEntries(
    ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']
      .filter((name) => name in before)
      .map((name) => [name, before[name] ?? null]),
  );
  const set = over({ type: 'ClusterIP', sessionAffinity: 'None', ...kept }, value);
  if (set['type'] === 'ExternalName') return set;
  const outside = set['type'] === 'NodePort' || set['type'] === 'LoadBalancer';
  const nodePort = (): JsonObject => (outside ? { nodePort: randomInt(30_000, 32_768) } : {});
  const ports = list(set['ports']).map((port) =>
    over({ protocol: 'TCP', targetPort: port['port'] ?? 0, ...nodePort() }, port),
  );
  const ip = set['clusterIP'] ?? allocate();
  return {
    ...over({ internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }, set),
    ...(outside ? over({ externalTrafficPolicy: 'Cluster' }, pick(set, 'externalTrafficPolicy')) : {}),
    ...(set['type'] === 'LoadBalancer' ? over({ allocateLoadBalancerNodePorts: true }, set) : {}),
    ...(set['sessionAffinity'] === 'ClientIP'
      ? over({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } }, pick(set, 'sessionAffinityConfig'))
      : {}),
    clusterIP: ip,
    clusterIPs: set['clusterIPs'] ?? [ip],
    ...(ports.length === 0 ? {} : { ports }),
  };
}

function pick(value: JsonObject, name: string): JsonObject {
  const inner = value[name];
  return inner === undefined ? {} : { [name]: inner };
}

function namespace(object: JsonObject): JsonObject {
  const metadata = over({}, object['metadata']);
  const labels = { ...over({}, metadata['labels']), 'kubernetes.io/metadata.name': metadata['name'] ?? '' };
  const spec = over({ finalizers: ['kubernetes'] }, object['spec']);
  return { ...object, metadata: { ...metadata, labels }, spec, status: object['status'] ?? { phase: 'Active' } };
}

/** Returns the Secret with `stringData` written over `data`, as the API stores it. */
export function secretWithData(object: JsonObject): JsonObject {
  const { stringData, ...rest } = object;
  if (!isJsonObject(stringData)) return object;
  const encoded = Object.entries(stringData).map(([key, text]) => [
    key,
    Buffer.from(typeof text === 'string' ? text : '').toString('base64'),
  ]);
  return { ...rest, data: over(over({}, rest['data']), Object.fromEntries(encoded) as JsonObject) };
}

/** The only StorageClass of the sandbox, its default. */
const storageClass = 'standard';

function volumeClaim(object: JsonObject, { live }: Surroundings): JsonObject {
  const metadata = over({}, object['metadata']);
  const spec = over({ volumeMode: 'Filesystem' }, object['spec']);
  if (live !== undefined) return { ...object, spec };
  const finalizers = Array.isArray(metadata['finalizers']) ? metadata['finalizers'] : [];
  return {
    ...object,
    metadata: { ...metadata, finalizers: [...finalizers, 'kubernetes.io/pvc-protection'] },
    spec: over({ storageClassName: storageClass }, spec),
    status: { phase: 'Pending' },
  };
}

function limitRangeItem(item: JsonObject): JsonObject {
  if (item['type'] !== 'Container') return item;
  const limits = over(over({}, item['max']), item['default']);
  const requests = over(over(over({}, item['min']), limits), item['defaultRequest']);
  const some = (name: string, amounts: JsonObject): JsonObject =>
    Object.keys(amounts).length === 0 ? {} : { [name]: amounts };
  return { ...item, ...some('default', limits), ...some('defaultRequest', requests) };
}

function networkPolicySpec(value: Json | undefined): JsonObject {
  const set = over({}, value);
  const types = list(set['egress']).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  const rules = (name: string): JsonObject =>
    set[name] === undefined
      ? {}
      : {
          [name]: list(set[name]).map((rule) => {
            const ports = list(rule['ports']).map((port) => over({ protocol: 'TCP' }, port));
            return ports.length === 0 ? rule : { ...rule, ports };
          }),
        };
  return { podSelector: {}, policyTypes: types, ...set, ...rules('ingress'), ...rules('egress') };
}

type Completion = (object: JsonObject, around: Surroundings) => JsonObject;

const withSpec =
  (complete: (spec: Json | undefined, around: Surroundings) => JsonObject, status?: JsonObject): Completion =>
  (object, around) => ({
    ...object,
    spec: complete(object['spec'], around),
    ...(status === undefined ? {} : { status: object['status'] ?? status }),
  });

const balanced = { loadBalancer: {} };

const completions: Readonly<Record<string, Completion>> = {
  Deployment: withSpec(deploymentSpec, {}),
  StatefulSet: withSpec(statefulSetSpec, { replicas: 0, availableReplicas: 0 }),
  Job: (object, { live }) => job(object, live),
  CronJob: withSpec(cronJobSpec, {}),
  Pod: podDefaults,
  Service: withSpec(serviceSpec, balanced),
  Ingress: withSpec((spec) => over({}, spec), balanced),
  Namespace: namespace,
  Secret: (object) => over({ type: 'Opaque' }, secretWithData(object)),
  PersistentVolumeClaim: volumeClaim,
  ResourceQuota: withSpec((spec) => over({}, spec), {}),
  LimitRange: withSpec((spec) => ({ limits: list(over({}, spec)['limits']).map(limitRangeItem) })),
  NetworkPolicy: withSpec(networkPolicySpec),
};

/** Returns the object as the API would complete it (seen on kube-apiserver 1.36). */
export function withDefaults(resource: Resource, object: JsonObject, around: Surroundings): JsonObject {
  return completions[resource.kind]?.(object, around) ?? object;
}
