import { type Resource } from './resources.ts';

/**
 * What server-side apply has to know of a field: its type, and for lists whether items are told apart by keys, are a set, or
 * go together ("atomic"). Fields that are not written here are taken as they come: maps merge, lists are atomic. The keys and
 * atomic marks are those of the Kubernetes API reference (`x-kubernetes-list-map-keys`, `x-kubernetes-map-type`).
 */
export type Schema =
  | { readonly type: 'string' | 'number' | 'boolean' | 'any' }
  | { readonly type: 'map'; readonly of: Schema; readonly atomic?: boolean }
  | { readonly type: 'struct'; readonly fields: Readonly<Record<string, Schema>>; readonly atomic?: boolean }
  | { readonly type: 'list'; readonly of: Schema }
  | { readonly type: 'set' }
  | { readonly type: 'keyed'; readonly of: Schema; readonly keys: readonly string[] };

export const any: Schema = { type: 'any' };
const string: Schema = { type: 'string' };
const number: Schema = { type: 'number' };
const boolean: Schema = { type: 'boolean' };
const strings: Schema = { type: 'map', of: string };
const struct = (fields: Record<string, Schema>): Schema => ({ type: 'struct', fields });
const keyed = (keys: string[], fields: Record<string, Schema>): Schema => ({ type: 'keyed', keys, of: struct(fields) });
const atomicMap = (of: Schema): Schema => ({ type: 'map', of, atomic: true });

const selector: Schema = { type: 'struct', fields: { matchLabels: strings }, atomic: true };

const metadata = struct({
  name: string,
  namespace: string,
  labels: strings,
  annotations: strings,
  finalizers: { type: 'set' },
  ownerReferences: keyed(['uid'], {}),
});

const probe = struct({
  httpGet: struct({ path: string }),
  periodSeconds: number,
  timeoutSeconds: number,
  failureThreshold: number,
});

const container: Record<string, Schema> = {
  name: string,
  image: string,
  imagePullPolicy: string,
  command: { type: 'list', of: string },
  args: { type: 'list', of: string },
  workingDir: string,
  env: keyed(['name'], { name: string, value: string }),
  ports: keyed(['containerPort', 'protocol'], { name: string, containerPort: number, protocol: string }),
  volumeMounts: keyed(['mountPath'], { name: string, mountPath: string }),
  resources: struct({ limits: { type: 'map', of: any }, requests: { type: 'map', of: any } }),
  readinessProbe: probe,
  livenessProbe: probe,
  startupProbe: probe,
};

const podSpec = struct({
  containers: keyed(['name'], container),
  initContainers: keyed(['name'], container),
  volumes: keyed(['name'], { name: string }),
  imagePullSecrets: keyed(['name'], { name: string }),
  nodeSelector: atomicMap(string),
  serviceAccountName: string,
  automountServiceAccountToken: boolean,
  enableServiceLinks: boolean,
  terminationGracePeriodSeconds: number,
});

const object = (fields: Record<string, Schema>): Schema =>
  struct({ apiVersion: string, kind: string, metadata, ...fields });

const byPlural: Record<Resource['plural'], Schema> = {
  namespaces: object({ spec: struct({ finalizers: { type: 'list', of: string } }) }),
  configmaps: object({ data: strings }),
  services: object({
    spec: struct({
      type: string,
      clusterIP: string,
      selector: atomicMap(string),
      ports: keyed(['port', 'protocol'], { name: string, port: number, protocol: string }),
    }),
  }),
  pods: object({ spec: podSpec }),
  deployments: object({
    spec: struct({
      replicas: number,
      progressDeadlineSeconds: number,
      revisionHistoryLimit: number,
      selector,
      template: struct({ metadata, spec: podSpec }),
    }),
  }),
  ingresses: object({
    spec: struct({
      ingressClassName: string,
      rules: { type: 'list', of: struct({ host: string }) },
      tls: { type: 'list', of: any },
    }),
  }),
};

/** Returns the schema of a kind's objects. */
export function schemaOf(resource: Resource): Schema {
  return byPlural[resource.plural];
}

/** Returns the schema of one field of a map or struct. */
export function fieldSchema(schema: Schema, name: string): Schema {
  if (schema.type === 'map') return schema.of;
  return schema.type === 'struct' ? (schema.fields[name] ?? any) : any;
}

/** Returns whether a value of this schema is owned as a whole. */
export function isAtomic(schema: Schema): boolean {
  return schema.type === 'list' || ((schema.type === 'map' || schema.type === 'struct') && schema.atomic === true);
}
