import type { Json } from '../../app/core/object.ts';
import type { SourcedObject } from '../../app/core/ports.ts';
import { host } from './guard-policy.ts';
import { podFeatures } from './guard-corpus-pods.ts';

type Map = { readonly [key: string]: Json };

/** Objects of one render that belong together. */
export type Chart = { readonly name: string; readonly objects: readonly SourcedObject[] };

/** Harmless objects as public charts and people write them, more than 300, chart by chart. */
export function harmlessCharts(): readonly Chart[] {
  return [
    ...['web', 'api', 'admin', 'worker', 'docs'].map((name) => chart(`created-${name}`, created(name))),
    ...['shop', 'blog', 'wiki'].map((name) => chart(`stateful-${name}`, stateful(name))),
    ...['mail', 'search'].map((name) => chart(`parts-${name}`, severalParts(name))),
    ...Object.entries(podFeatures).map(([name, pod]) => chart(`pod-${name}`, withPod(pod))),
    ...Object.entries(serviceFeatures).map(([name, spec]) => chart(`service-${name}`, [service('one', spec)])),
    ...Object.entries(ingressFeatures).map(([name, spec]) => chart(`ingress-${name}`, [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta('one'), spec }, service('one', { ports: [http], selector: one })])),
    ...Object.entries(jobFeatures).map(([name, spec]) => chart(`job-${name}`, [{ apiVersion: 'batch/v1', kind: 'Job', metadata: meta('one'), spec }])),
    ...Object.entries(cronFeatures).map(([name, spec]) => chart(`cron-${name}`, [{ apiVersion: 'batch/v1', kind: 'CronJob', metadata: meta('one'), spec }])),
    ...Object.entries(claimFeatures).map(([name, spec]) => chart(`claim-${name}`, [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: meta('one'), spec }])),
    ...Object.entries(dataFeatures).map(([name, object]) => chart(`data-${name}`, [object])),
    ...Object.entries(metadataFeatures).map(([name, metadata]) => chart(`metadata-${name}`, [{ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { a: 'b' } }])),
    ...Object.entries(workloadFeatures).map(([name, object]) => chart(`workload-${name}`, [object])),
    chart('left-out', leftOut),
    chart('list', [{ apiVersion: 'v1', kind: 'List', metadata: {}, items: [...created('listed')] }]),
  ];
}

function chart(name: string, objects: readonly Json[]): Chart {
  return { name, objects: objects.map((object, index) => ({ file: `.cloud/charts/${name}/templates/${index}.yaml`, object: object as SourcedObject['object'], stable: true })) };
}

/** Labels and names in the way that most charts take from `helm create`. */
function labels(name: string): Map {
  return {
    'helm.sh/chart': `${name}-0.1.0`,
    'app.kubernetes.io/name': name,
    'app.kubernetes.io/instance': 'foo',
    'app.kubernetes.io/version': '1.16.0',
    'app.kubernetes.io/managed-by': 'Helm',
  };
}

function selectorLabels(name: string): Map {
  return { 'app.kubernetes.io/name': name, 'app.kubernetes.io/instance': 'foo' };
}

function meta(name: string): Map {
  return { name, labels: labels(name) };
}

function service(name: string, spec: Json): Json {
  return { apiVersion: 'v1', kind: 'Service', metadata: meta(name), spec };
}

function created(name: string): readonly Json[] {
  const container = {
    name,
    securityContext: {},
    image: 'nginx:1.16.0',
    imagePullPolicy: 'IfNotPresent',
    ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }],
    livenessProbe: { httpGet: { path: '/', port: 'http' } },
    readinessProbe: { httpGet: { path: '/', port: 'http' } },
    resources: {},
  };
  const template = { metadata: { labels: labels(name) }, spec: { serviceAccountName: `foo-${name}`, securityContext: {}, containers: [container] } };
  const paths = [{ path: '/', pathType: 'ImplementationSpecific', backend: { service: { name: `foo-${name}`, port: { number: 80 } } } }];
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta(`foo-${name}`), automountServiceAccountToken: true },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(`foo-${name}`), spec: { replicas: 1, selector: { matchLabels: selectorLabels(name) }, template } },
    service(`foo-${name}`, { type: 'ClusterIP', ports: [{ port: 80, targetPort: 'http', protocol: 'TCP', name: 'http' }], selector: selectorLabels(name) }),
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: meta(`foo-${name}`), spec: { ingressClassName: 'haproxy-v1', rules: [{ host, http: { paths } }] } },
    {
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: meta(`foo-${name}`),
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: `foo-${name}` }, minReplicas: 1, maxReplicas: 100 },
    },
  ];
}

/** A program with a database beside it, in the way of the large collections of charts. */
function stateful(name: string): readonly Json[] {
  const database = `${name}-postgresql`;
  const password = { name: 'POSTGRES_PASSWORD', valueFrom: { secretKeyRef: { name: database, key: 'postgres-password' } } };
  const init = {
    name: 'wait-for-db',
    image: 'docker.io/library/busybox:1.36',
    command: ['sh', '-c', `until nc -z ${database} 5432; do sleep 1; done`],
    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] }, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1001, seccompProfile: { type: 'RuntimeDefault' }, privileged: false, seLinuxOptions: {} },
  };
  const postgres = {
    name: 'postgresql',
    image: 'registry.bar.com/postgresql:16.2.0-debian-12-r5',
    env: [{ name: 'BITNAMI_DEBUG', value: 'false' }, password, { name: 'PGDATA', value: '/data/pg' }, { name: 'POD_IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } }],
    ports: [{ name: 'tcp-postgresql', containerPort: 5432 }],
    livenessProbe: { failureThreshold: 6, initialDelaySeconds: 30, periodSeconds: 10, successThreshold: 1, timeoutSeconds: 5, exec: { command: ['/bin/sh', '-c', 'exec pg_isready -h 127.0.0.1 -p 5432'] } },
    resources: { limits: { cpu: '150m', 'ephemeral-storage': '2Gi', memory: '192Mi' }, requests: { cpu: '100m', 'ephemeral-storage': '50Mi', memory: '128Mi' } },
    volumeMounts: [{ name: 'dshm', mountPath: '/dev/shm' }, { name: 'data', mountPath: '/data' }, { name: 'empty', mountPath: '/tmp', subPath: 'tmp-dir' }],
  };
  const pods = { podAffinity: null, podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ podAffinityTerm: { labelSelector: { matchLabels: selectorLabels(database) }, topologyKey: 'kubernetes.io/hostname' }, weight: 1 }] }, nodeAffinity: null };
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: database, namespace: 'foo-241', labels: labels(database) }, automountServiceAccountToken: false },
    { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta(database), spec: { maxUnavailable: 1, selector: { matchLabels: selectorLabels(database) } } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: database, namespace: 'foo-241', labels: labels(database) }, type: 'Opaque', data: { 'postgres-password': 'c2VjcmV0' } },
    { apiVersion: 'v1', kind: 'Service', metadata: { ...meta(`${database}-hl`), annotations: null }, spec: { type: 'ClusterIP', clusterIP: 'None', publishNotReadyAddresses: true, ports: [{ name: 'tcp-postgresql', port: 5432, targetPort: 'tcp-postgresql' }], selector: selectorLabels(database) } },
    service(database, { type: 'ClusterIP', sessionAffinity: 'None', ports: [{ name: 'tcp-postgresql', port: 5432, targetPort: 'tcp-postgresql', nodePort: null }], selector: selectorLabels(database) }),
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { ...meta(database), annotations: {} },
      spec: {
        replicas: 1,
        serviceName: `${database}-hl`,
        updateStrategy: { rollingUpdate: {}, type: 'RollingUpdate' },
        selector: { matchLabels: selectorLabels(database) },
        template: {
          metadata: { name: database, labels: labels(database) },
          spec: {
            serviceAccountName: database,
            automountServiceAccountToken: false,
            affinity: pods,
            securityContext: { fsGroup: 1001, fsGroupChangePolicy: 'Always', supplementalGroups: [], sysctls: [] },
            hostNetwork: false,
            hostIPC: false,
            initContainers: [init],
            containers: [postgres],
            volumes: [{ name: 'empty', emptyDir: {} }, { name: 'dshm', emptyDir: { medium: 'Memory' } }],
          },
        },
        volumeClaimTemplates: [{ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } } }],
      },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(name), spec: { selector: { matchLabels: selectorLabels(name) }, template: { metadata: { labels: labels(name), annotations: { 'checksum/config': 'ab'.repeat(32) } }, spec: { initContainers: [init], containers: [{ name, image: `registry.bar.com/${name}:1`, env: [password, { name: 'DATABASE_URL', value: `postgres://postgres:$(POSTGRES_PASSWORD)@${database}/postgres` }] }] } } } },
    service(name, { ports: [{ port: 80, targetPort: 8080 }], selector: selectorLabels(name) }),
  ];
}

/** Two programs, a worker and a schedule that share their settings. */
function severalParts(name: string): readonly Json[] {
  const shared = { envFrom: [{ configMapRef: { name: `${name}-env` } }, { secretRef: { name: `${name}-env` } }, { secretRef: { name: 'foo-database' } }] };
  const part = (of: string, more: Map): Json => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta(`${name}-${of}`), spec: { selector: { matchLabels: selectorLabels(`${name}-${of}`) }, template: { metadata: { labels: labels(`${name}-${of}`) }, spec: { containers: [{ name: of, image: `registry.bar.com/${name}/${of}:1.2.3`, ...shared, ...more }] } } } });
  const pod = { restartPolicy: 'OnFailure', containers: [{ name: 'clean', image: `registry.bar.com/${name}/api:1.2.3`, args: ['clean', '--older', '7d'], ...shared }] };
  const route = (path: string, of: string): Json => ({ path, pathType: 'Prefix', backend: { service: { name: `${name}-${of}`, port: { name: 'http' } } } });
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta(`${name}-env`), data: { LOG_LEVEL: 'info', TZ: 'Europe/Paris' } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { ...meta(`${name}-env`), annotations: { 'helm.sh/hook': 'pre-install', 'helm.sh/resource-policy': 'keep' } }, stringData: { API_KEY: 'preview' } },
    part('front', { ports: [{ name: 'http', containerPort: 3000 }] }),
    part('api', { ports: [{ name: 'http', containerPort: 8080 }, { name: 'metrics', containerPort: 9090 }] }),
    part('worker', { command: ['bundle', 'exec', 'sidekiq'] }),
    service(`${name}-front`, { ports: [{ name: 'http', port: 80, targetPort: 'http' }], selector: selectorLabels(`${name}-front`) }),
    service(`${name}-api`, { ports: [{ name: 'http', port: 80, targetPort: 'http' }, { name: 'metrics', port: 9090, targetPort: 'metrics' }], selector: selectorLabels(`${name}-api`) }),
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { ...meta(name), annotations: { 'kubernetes.io/ingress.class': 'haproxy-v1' } }, spec: { rules: [{ host, http: { paths: [route('/api', 'api'), route('/', 'front')] } }] } },
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: meta(`${name}-clean`), spec: { schedule: '0 4 * * *', concurrencyPolicy: 'Forbid', jobTemplate: { spec: { template: { spec: pod } } } } },
    { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: meta(name), spec: { endpoints: [{ port: 'metrics' }], selector: { matchLabels: selectorLabels(`${name}-api`) } } },
  ];
}

/** A Deployment with the pod, and what the pod refers to. */
function withPod(pod: Map): readonly Json[] {
  const { annotations, ...spec } = pod;
  const template = { metadata: { labels: selectorLabels('one'), ...(annotations === undefined ? {} : { annotations }) }, spec };
  return [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: meta('one'), spec: { selector: { matchLabels: selectorLabels('one') }, template } },
    { apiVersion: 'v1', kind: 'Secret', metadata: meta('one'), stringData: { password: 'preview' } },
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('one'), data: { 'app.conf': 'listen 80;\n' } },
  ];
}

const one = selectorLabels('one');
const http = { port: 80, targetPort: 'http', name: 'http' };

const serviceFeatures: Readonly<Record<string, Json>> = {
  plain: { ports: [http], selector: one },
  number: { ports: [{ port: 8080 }], selector: { app: 'one' } },
  udp: { ports: [{ name: 'dns', port: 53, protocol: 'UDP' }, { name: 'dns-tcp', port: 53, protocol: 'TCP' }], selector: one },
  headless: { clusterIP: 'None', ports: [http], selector: one },
  'headless-without-ports': { clusterIP: 'None', selector: one },
  'not-ready': { clusterIP: 'None', publishNotReadyAddresses: true, ports: [http], selector: one },
  sticky: { sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 600 } }, ports: [http], selector: one },
  'empty-fields': { type: 'ClusterIP', clusterIP: '', externalIPs: [], loadBalancerSourceRanges: [], loadBalancerIP: '', ports: [{ ...http, nodePort: null }], selector: one },
  'null-fields': { type: 'ClusterIP', externalIPs: null, externalTrafficPolicy: null, loadBalancerClass: null, ports: [http], selector: one },
  'dual-stack': { ipFamilyPolicy: 'PreferDualStack', ipFamilies: ['IPv4', 'IPv6'], ports: [http], selector: one },
  'app-protocol': { ports: [{ ...http, appProtocol: 'kubernetes.io/h2c' }], selector: one },
  internal: { internalTrafficPolicy: 'Cluster', trafficDistribution: 'PreferClose', ports: [http], selector: one },
  'one-pod': { clusterIP: 'None', selector: { 'statefulset.kubernetes.io/pod-name': 'one-0' } },
  'managed-by-in-selector': { ports: [http], selector: { ...one, 'app.kubernetes.io/managed-by': 'Helm' } },
};

const to = (port: Json): Json => ({ service: { name: 'one', port } });

const ingressFeatures: Readonly<Record<string, Json>> = {
  plain: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }] } }] },
  named: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ name: 'http' }) }] } }] },
  exact: { rules: [{ host, http: { paths: [{ path: '/health', pathType: 'Exact', backend: to({ number: 80 }) }] } }] },
  'without-path': { rules: [{ host, http: { paths: [{ pathType: 'ImplementationSpecific', backend: to({ number: 80 }) }] } }] },
  several: { rules: [{ host, http: { paths: ['/', '/api', '/api/v2/', '/.well-known/acme', '/~user/a_b+c', '/@scope/pkg'].map((path) => ({ path, pathType: 'Prefix', backend: to({ number: 80 }) })) } }] },
  'two-hosts': { rules: [host, 'foo-241-api.preview.bar.com'].map((one) => ({ host: one, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }] } })) },
  tls: { tls: [{ hosts: [host], secretName: 'foo-tls' }], rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }] } }] },
  'empty-tls': { tls: [], rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }] } }] },
  'target-port': { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }, { path: '/b', pathType: 'Prefix', backend: to({ name: 'http' }) }, { path: '/b/', pathType: 'Prefix', backend: to({ name: '', number: 80 }) }] } }] },
  class: { ingressClassName: 'haproxy-v1', rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }] } }] },
  'null-class': { ingressClassName: null, defaultBackend: null, rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: to({ number: 80 }) }] } }] },
};

const task = { restartPolicy: 'Never', containers: [{ name: 'task', image: 'busybox', command: ['true'] }] };

const jobFeatures: Readonly<Record<string, Json>> = {
  plain: { template: { spec: task } },
  retried: { backoffLimit: 4, template: { spec: { ...task, restartPolicy: 'OnFailure' } } },
  once: { backoffLimit: 0, completions: 1, parallelism: 1, template: { metadata: { name: 'task' }, spec: task } },
  timed: { activeDeadlineSeconds: 120, template: { spec: task } },
  'taken-away': { ttlSecondsAfterFinished: 100, template: { spec: task } },
  indexed: { completionMode: 'Indexed', completions: 5, parallelism: 2, backoffLimitPerIndex: 1, maxFailedIndexes: 2, template: { spec: task } },
  policy: { podReplacementPolicy: 'Failed', podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { containerName: 'task', operator: 'In', values: [42] } }, { action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] }, template: { spec: task } },
  suspended: { suspend: true, template: { spec: task } },
  succeeding: { completionMode: 'Indexed', completions: 2, parallelism: 2, successPolicy: { rules: [{ succeededIndexes: '0' }] }, template: { spec: task } },
  'own-selector-off': { manualSelector: false, selector: null, template: { metadata: { labels: { job: 'one' }, creationTimestamp: null }, spec: task } },
};

const schedules = ['*/5 * * * *', '0 4 * * *', '0 0 1,15 * 1-5', '@hourly', '@daily', '30 2 * JAN-MAR SUN'];

const cronFeatures: Readonly<Record<string, Json>> = {
  ...Object.fromEntries(schedules.map((schedule, index) => [`schedule-${index}`, { schedule, jobTemplate: { spec: { template: { spec: task } } } }])),
  full: { schedule: '0 * * * *', timeZone: 'Europe/Paris', concurrencyPolicy: 'Replace', suspend: false, startingDeadlineSeconds: 60, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1, jobTemplate: { metadata: { labels: one, annotations: { 'checksum/config': 'abc' } }, spec: { backoffLimit: 2, activeDeadlineSeconds: 600, ttlSecondsAfterFinished: 60, template: { metadata: { labels: one }, spec: { ...task, serviceAccountName: 'default' } } } } },
};

const claimFeatures: Readonly<Record<string, Json>> = {
  plain: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Gi' } } },
  class: { storageClassName: 'standard', accessModes: ['ReadWriteMany'], resources: { requests: { storage: '500Mi' } } },
  'no-class': { storageClassName: '', accessModes: ['ReadWriteOncePod'], resources: { requests: { storage: '1G' } } },
  filesystem: { volumeMode: 'Filesystem', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1.5Gi' }, limits: { storage: '2Gi' } } },
  number: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: 1_073_741_824 } } },
};

const config = (data: Map, more: Map = {}): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('one'), data, ...more });
const secret = (more: Map): Json => ({ apiVersion: 'v1', kind: 'Secret', metadata: meta('one'), ...more });

const dataFeatures: Readonly<Record<string, Json>> = {
  config: config({ 'nginx.conf': 'server {\n  listen 80;\n}\n', KEY: 'value', 'empty.txt': '' }),
  'config-null': config({ EMPTY: null }),
  'config-words': config({ constructor: 'a', toString: 'b', hasOwnProperty: 'c' }),
  'config-unicode': config({ greeting: 'Grüß Gott — 你好 🚀' }),
  'config-binary': config({}, { binaryData: { 'favicon.ico': 'AAABAAEAEBA=' } }),
  'config-immutable': config({ a: 'b' }, { immutable: true }),
  'config-large': config({ 'dump.sql': 'x'.repeat(500_000) }),
  'config-script': config({ 'run.sh': '#!/bin/sh\nset -e\nexec "$@"\n', 'values.json': '{"a": {"b": [1, 2]}}' }),
  'config-empty': { apiVersion: 'v1', kind: 'ConfigMap', metadata: meta('one') },
  'secret-opaque': secret({ type: 'Opaque', data: { password: 'c2VjcmV0', user: 'Zm9v' } }),
  'secret-untyped': secret({ data: { password: 'c2VjcmV0' } }),
  'secret-text': secret({ stringData: { 'config.yaml': 'a: b\n' } }),
  'secret-both': secret({ data: { a: 'YQ==' }, stringData: { b: 'b' } }),
  'secret-tls': secret({ type: 'kubernetes.io/tls', data: { 'tls.crt': 'YQ==', 'tls.key': 'YQ==' } }),
  'secret-basic': secret({ type: 'kubernetes.io/basic-auth', stringData: { username: 'a', password: 'b' } }),
  'secret-docker': secret({ type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': 'e30=' } }),
  'secret-binding': secret({ type: 'servicebinding.io/postgresql', stringData: { host: 'db' } }),
  'secret-empty': secret({ type: 'Opaque', data: null }),
};

const metadataFeatures: Readonly<Record<string, Json>> = {
  plain: { name: 'one' },
  dots: { name: 'one.two-3.conf' },
  long: { name: `${'a'.repeat(63)}.${'b'.repeat(63)}` },
  namespaced: { name: 'one', namespace: 'foo-241' },
  'old-labels': { name: 'one', labels: { app: 'one', chart: 'one-1.2.3', release: 'foo', heritage: 'Tiller', tier: '', 'k8s-app': 'one' } },
  'null-labels': { name: 'one', labels: null, annotations: null },
  'version-labels': { name: 'one', labels: { version: 'v1.2.3_build.4', 'tags.datadoghq.com/env': 'preview' } },
  'empty-label': { name: 'one', labels: { team: null } },
  annotated: { name: 'one', annotations: { description: 'Ours: "quoted", {braced};\nand long', 'bar.com/team': 'front', 'reloader.stakater.com/match': 'true', 'argocd.argoproj.io/sync-wave': '1' } },
  helm: { name: 'one', annotations: { 'helm.sh/hook': 'pre-install,pre-upgrade', 'helm.sh/hook-weight': '-5', 'helm.sh/hook-delete-policy': 'before-hook-creation', 'meta.helm.sh/release-name': 'foo' } },
  exported: { name: 'one', uid: 'u', resourceVersion: '1', generation: 2, creationTimestamp: '2024-01-01T00:00:00Z', managedFields: [{ manager: 'kubectl' }], annotations: { 'kubectl.kubernetes.io/last-applied-configuration': '{}\n' } },
};

const pods = { containers: [{ name: 'one', image: 'nginx' }] };
const workload = (kind: string, spec: Map, more: Map = {}): Json => ({ apiVersion: 'apps/v1', kind, metadata: meta('one'), spec: { selector: { matchLabels: one }, template: { metadata: { labels: one }, spec: pods }, ...spec }, ...more });

const workloadFeatures: Readonly<Record<string, Json>> = {
  rolling: workload('Deployment', { replicas: 3, strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: 0 } } }),
  recreate: workload('Deployment', { replicas: 0, strategy: { type: 'Recreate', rollingUpdate: null }, minReadySeconds: 5, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, paused: false }),
  exported: workload('Deployment', {}, { status: { replicas: 1 } }),
  expressions: workload('Deployment', { selector: { matchExpressions: [{ key: 'app.kubernetes.io/name', operator: 'In', values: ['one'] }] } }),
  'managed-by-in-selector': workload('Deployment', { selector: { matchLabels: { ...one, 'app.kubernetes.io/managed-by': 'Helm' } } }),
  parallel: workload('StatefulSet', { serviceName: 'one', podManagementPolicy: 'Parallel', updateStrategy: { type: 'OnDelete' }, ordinals: { start: 1 }, minReadySeconds: 0 }),
  retention: workload('StatefulSet', { serviceName: '', persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' }, revisionHistoryLimit: 2 }),
  claims: workload('StatefulSet', {
    serviceName: 'one',
    replicas: 2,
    volumeClaimTemplates: [{ metadata: { name: 'data', labels: labels('one'), annotations: null, creationTimestamp: null }, spec: { accessModes: ['ReadWriteOnce'], storageClassName: 'standard', volumeMode: 'Filesystem', resources: { requests: { storage: '1Gi' } } }, status: { phase: 'Pending' } }],
  }),
  partition: workload('StatefulSet', { serviceName: 'one', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }),
};

const leftOut: readonly Json[] = [
  { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('one'), imagePullSecrets: [{ name: 'a' }] },
  { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: meta('one'), spec: { minAvailable: 1 } },
  { apiVersion: 'policy/v1beta1', kind: 'PodDisruptionBudget', metadata: meta('two'), spec: { minAvailable: 1 } },
  { apiVersion: 'autoscaling/v1', kind: 'HorizontalPodAutoscaler', metadata: meta('one'), spec: { maxReplicas: 10 } },
  { apiVersion: 'autoscaling/v2beta2', kind: 'HorizontalPodAutoscaler', metadata: meta('two'), spec: { maxReplicas: 10 } },
  { apiVersion: 'monitoring.coreos.com/v1', kind: 'ServiceMonitor', metadata: meta('one'), spec: {} },
  { apiVersion: 'monitoring.coreos.com/v1', kind: 'PodMonitor', metadata: meta('one'), spec: {} },
  { apiVersion: 'monitoring.coreos.com/v1', kind: 'PrometheusRule', metadata: meta('one'), spec: { groups: [] } },
];
