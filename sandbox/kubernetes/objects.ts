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

export type ConfigMap = KubernetesObject & {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
};

/** `data` is base64. */
export type Secret = KubernetesObject & { type: string; data?: Record<string, string>; immutable?: boolean };

export type ServiceAccount = KubernetesObject & {
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name: string }[];
};

export type ServicePort = { name?: string; port: number; targetPort: string | number; protocol: string };

export type Service = KubernetesObject & {
  spec: {
    selector?: Record<string, string>;
    ports?: ServicePort[];
    clusterIP?: string;
    externalName?: string;
    type: string;
  };
};

export type IngressBackend = {
  service?: { name: string; port: { name?: string; number?: number } };
  resource?: JsonObject;
};

export type IngressPath = {
  path?: string;
  pathType: 'Prefix' | 'Exact' | 'ImplementationSpecific';
  backend: IngressBackend;
};

export type Ingress = KubernetesObject & {
  spec: {
    ingressClassName?: string;
    defaultBackend?: IngressBackend;
    rules?: { host?: string; http?: { paths: IngressPath[] } }[];
  };
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
