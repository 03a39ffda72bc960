import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import { deployments, ingresses, namespaces, type Resource, services } from './resources.ts';

/** Lays the object over the defaults: what it sets wins, structs inside merge. */
function over(defaults: JsonObject, value: Json | undefined): JsonObject {
  const set = isJsonObject(value) ? value : {};
  return { ...defaults, ...set };
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The tag `latest`, said or by omission, is pulled each time; a digest or another tag only when absent. */
function pullPolicy(image: Json | undefined): string {
  const name = typeof image === 'string' ? (image.split('/').at(-1) ?? '') : '';
  if (name.includes('@')) return 'IfNotPresent';
  const [, tag = 'latest'] = name.split(':');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function probe(value: Json | undefined): JsonObject {
  const set = over({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }, value);
  if (isJsonObject(set['httpGet'])) set['httpGet'] = over({ path: '/', scheme: 'HTTP' }, set['httpGet']);
  return set;
}

function container(value: JsonObject): JsonObject {
  const set = over(
    {
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: pullPolicy(value['image']),
    },
    value,
  );
  if (set['ports'] !== undefined) set['ports'] = list(set['ports']).map((port) => over({ protocol: 'TCP' }, port));
  for (const name of ['readinessProbe', 'livenessProbe', 'startupProbe']) {
    if (set[name] !== undefined) set[name] = probe(set[name]);
  }
  return set;
}

/** Returns a pod's spec with the defaults of kube-apiserver 1.36 for the fields that Avant sets. */
export function podSpecDefaults(value: Json | undefined): JsonObject {
  const set = over(
    {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      securityContext: {},
      schedulerName: 'default-scheduler',
    },
    value,
  );
  for (const name of ['containers', 'initContainers'])
    if (set[name] !== undefined) set[name] = list(set[name]).map(container);
  if (typeof set['serviceAccountName'] === 'string') set['serviceAccount'] = set['serviceAccountName'];
  return set;
}

function deploymentSpec(value: Json | undefined): JsonObject {
  const set = over({ replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }, value);
  const strategy = over({ type: 'RollingUpdate' }, set['strategy']);
  if (strategy['type'] === 'RollingUpdate') {
    strategy['rollingUpdate'] = over({ maxUnavailable: '25%', maxSurge: '25%' }, strategy['rollingUpdate']);
  }
  const template = over({ metadata: {} }, set['template']);
  return { ...set, strategy, template: { ...template, spec: podSpecDefaults(template['spec']) } };
}

function serviceSpec(value: Json | undefined, live: Json | undefined, allocate: () => string): JsonObject {
  const had = isJsonObject(live) ? live : {};
  const kept = Object.fromEntries(
    ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy']
      .filter((name) => name in had)
      .map((name) => [name, had[name] ?? null]),
  );
  const set = over(
    {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
      ...kept,
    },
    value,
  );
  const ip = set['clusterIP'] ?? allocate();
  const ports = list(set['ports']).map((port) => over({ protocol: 'TCP', targetPort: port['port'] ?? 0 }, port));
  return { ...set, clusterIP: ip, clusterIPs: set['clusterIPs'] ?? [ip], ports };
}

/**
 * Returns the object as the API would complete it (seen on kube-apiserver 1.36). `live` is what is stored, for what is given
 * once and kept (a Service's address); `allocate` gives a new cluster address.
 */
export function withDefaults(
  resource: Resource,
  object: JsonObject,
  live: JsonObject | undefined,
  allocate: () => string,
): JsonObject {
  if (resource === deployments)
    return { ...object, spec: deploymentSpec(object['spec']), status: object['status'] ?? {} };
  if (resource === services) {
    const spec = serviceSpec(object['spec'], live?.['spec'], allocate);
    return { ...object, spec, status: object['status'] ?? { loadBalancer: {} } };
  }
  if (resource === ingresses) {
    return { ...object, spec: over({}, object['spec']), status: object['status'] ?? { loadBalancer: {} } };
  }
  if (resource === namespaces) {
    const metadata = over({}, object['metadata']);
    const labels = over({}, metadata['labels']);
    const named = { ...labels, 'kubernetes.io/metadata.name': metadata['name'] ?? '' };
    const status = object['status'] ?? { phase: 'Active' };
    return {
      ...object,
      metadata: { ...metadata, labels: named },
      spec: over({ finalizers: ['kubernetes'] }, object['spec']),
      status,
    };
  }
  return object;
}
