import { isJsonObject, type Json, type JsonObject } from './objects.ts';

/** Lays the value over the defaults: what it sets wins. */
export function over(defaults: JsonObject, value: Json | undefined): JsonObject {
  const set = isJsonObject(value) ? value : {};
  return { ...defaults, ...set };
}

/** Returns the objects of a list; none when it is no list. */
export function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** Returns the struct with one of its fields changed, if it is there. */
function within(value: JsonObject, name: string, change: (inner: Json) => Json): JsonObject {
  const inner = value[name];
  return inner === undefined ? value : { ...value, [name]: change(inner) };
}

/** The tag `latest`, said or by omission, is pulled each time; a digest or another tag only when absent. */
function pullPolicy(image: Json | undefined): string {
  const name = typeof image === 'string' ? (image.split('/').at(-1) ?? '') : '';
  if (name.includes('@')) return 'IfNotPresent';
  const [, tag = 'latest'] = name.split(':');
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function handler(value: JsonObject): JsonObject {
  const set = within(value, 'httpGet', (get) => over({ path: '/', scheme: 'HTTP' }, get));
  return within(set, 'grpc', (grpc) => over({ service: '' }, grpc));
}

function probe(value: Json): JsonObject {
  return handler(over({ timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }, value));
}

function fieldReference(value: JsonObject): JsonObject {
  const set = within(value, 'fieldRef', (field) => over({ apiVersion: 'v1' }, field));
  return within(set, 'resourceFieldRef', (field) => over({ divisor: '0' }, field));
}

function container(value: JsonObject): JsonObject {
  let set = over(
    {
      resources: {},
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      imagePullPolicy: pullPolicy(value['image']),
    },
    value,
  );
  set = within(set, 'ports', (ports) => list(ports).map((port) => over({ protocol: 'TCP' }, port)));
  set = within(set, 'env', (env) =>
    list(env).map((variable) => within(variable, 'valueFrom', (from) => fieldReference(over({}, from)))),
  );
  for (const name of ['readinessProbe', 'livenessProbe', 'startupProbe']) set = within(set, name, probe);
  return within(set, 'lifecycle', (moments) =>
    Object.fromEntries(Object.entries(over({}, moments)).map(([name, moment]) => [name, handler(over({}, moment))])),
  );
}

const files = 0o644;

function projection(value: JsonObject): JsonObject {
  const set = within(value, 'serviceAccountToken', (token) => over({ expirationSeconds: 3600 }, token));
  return within(set, 'downwardAPI', downward);
}

function downward(value: Json): JsonObject {
  return within(over({}, value), 'items', (items) => list(items).map(fieldReference));
}

const volumeSources: Readonly<Record<string, (source: Json) => JsonObject>> = {
  configMap: (source) => over({ defaultMode: files }, source),
  secret: (source) => over({ defaultMode: files }, source),
  downwardAPI: (source) => over({ defaultMode: files }, downward(source)),
  hostPath: (source) => over({ type: '' }, source),
  projected: (source) =>
    over(
      { defaultMode: files },
      within(over({}, source), 'sources', (sources) => list(sources).map(projection)),
    ),
  ephemeral: (source) =>
    within(over({}, source), 'volumeClaimTemplate', (template) =>
      over(
        { metadata: {} },
        within(over({}, template), 'spec', (spec) => over({ volumeMode: 'Filesystem' }, spec)),
      ),
    ),
};

function volume(value: JsonObject): JsonObject {
  const sources = Object.keys(value).filter((name) => name !== 'name');
  if (sources.length === 0) return { ...value, emptyDir: {} };
  let set = value;
  for (const name of sources) set = within(set, name, volumeSources[name] ?? ((source) => source));
  return set;
}

/** Returns a pod's spec with the defaults of kube-apiserver 1.36. */
export function podSpecDefaults(value: Json | undefined): JsonObject {
  let set = over(
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
    set = within(set, name, (containers) => list(containers).map(container));
  set = within(set, 'volumes', (volumes) => list(volumes).map(volume));
  const account = set['serviceAccountName'] ?? set['serviceAccount'];
  return typeof account === 'string' ? { ...set, serviceAccountName: account, serviceAccount: account } : set;
}

/** Returns a pod template with its defaults. */
export function templateDefaults(value: Json | undefined): JsonObject {
  const template = over({ metadata: {} }, value);
  return { ...template, spec: podSpecDefaults(template['spec']) };
}

/** Returns a pod with its defaults: there, a limit without a request is the request. */
export function podDefaults(pod: JsonObject): JsonObject {
  const spec = podSpecDefaults(pod['spec']);
  const withRequests = (containers: Json): Json =>
    list(containers).map((one) =>
      within(one, 'resources', (resources) => {
        const { limits, requests } = over({}, resources);
        return isJsonObject(limits) ? over({ limits, requests: over(limits, requests) }, undefined) : resources;
      }),
    );
  const complete = within(within(spec, 'containers', withRequests), 'initContainers', withRequests);
  return { ...pod, spec: over({ enableServiceLinks: true }, complete), status: pod['status'] ?? { phase: 'Pending' } };
}
