/** A JSON value, as it travels over the wire. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

export type OwnerReference = {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller: boolean;
  blockOwnerDeletion: boolean;
};

export type ManagedFields = {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: JsonObject;
};

export type Metadata = {
  name: string;
  generateName?: string;
  namespace?: string;
  uid: string;
  resourceVersion: string;
  generation?: number;
  creationTimestamp: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  managedFields?: ManagedFields[];
};

/** What every stored object has; the kinds below add what the controllers read. */
export type KubernetesObject = { kind: string; apiVersion: string; metadata: Metadata };

export type Namespace = KubernetesObject & {
  spec: { finalizers: string[] };
  status: { phase: 'Active' | 'Terminating' };
};

export type ConfigMap = KubernetesObject & { data?: Record<string, string> };

export type ContainerPort = { name?: string; containerPort: number; protocol: string };

export type Probe = {
  httpGet?: { path: string; port: string | number };
  periodSeconds: number;
  initialDelaySeconds?: number;
  successThreshold: number;
  failureThreshold: number;
};

export type ContainerSpec = {
  name: string;
  image: string;
  env?: { name: string; value?: string }[];
  ports?: ContainerPort[];
  resources?: { limits?: Record<string, string>; requests?: Record<string, string> };
  readinessProbe?: Probe;
};

export type PodSpec = { containers: ContainerSpec[]; nodeName?: string; terminationGracePeriodSeconds: number };

export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
} & Record<string, unknown>;

export type Terminated = {
  exitCode: number;
  reason: string;
  startedAt: string;
  finishedAt: string;
  containerID: string;
};

export type ContainerState = {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: Terminated;
};

export type ContainerStatus = {
  name: string;
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  started: boolean;
};

export type PodStatus = {
  observedGeneration?: number;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  conditions?: Condition[];
  containerStatuses?: ContainerStatus[];
  qosClass: string;
} & Record<string, unknown>;

export type Pod = KubernetesObject & { spec: PodSpec; status: PodStatus };

export type DeploymentSpec = {
  replicas: number;
  selector: { matchLabels?: Record<string, string> };
  template: { metadata: { labels?: Record<string, string>; annotations?: Record<string, string> }; spec: PodSpec };
  strategy: { type: string; rollingUpdate?: { maxUnavailable: string | number; maxSurge: string | number } };
  progressDeadlineSeconds: number;
};

export type DeploymentStatus = {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  conditions?: Condition[];
};

export type Deployment = KubernetesObject & { spec: DeploymentSpec; status: DeploymentStatus };

export type ServicePort = { name?: string; port: number; targetPort: string | number; protocol: string };

export type Service = KubernetesObject & {
  spec: { selector?: Record<string, string>; ports: ServicePort[]; clusterIP?: string; type: string };
};

export type IngressPath = {
  path?: string;
  pathType: 'Prefix' | 'Exact' | 'ImplementationSpecific';
  backend: { service?: { name: string; port: { name?: string; number?: number } } };
};

export type Ingress = KubernetesObject & {
  spec: { ingressClassName?: string; rules?: { host?: string; http?: { paths: IngressPath[] } }[] };
};

/** Returns the object as plain JSON, for the code that walks fields without knowing the kind. */
export function asJson(object: KubernetesObject): JsonObject {
  return object;
}

/** Returns the plain JSON as an object; the caller has checked that kind, apiVersion and metadata are there. */
export function asObject(json: JsonObject): KubernetesObject {
  return json as unknown as KubernetesObject;
}

/** Returns whether the value is a JSON object (not null, not a list). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the time as the API writes it: RFC 3339, UTC, whole seconds. */
export function timestamp(date: Date = new Date()): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
