import type { Json } from '../../app/core/object.ts';

type Map = { readonly [key: string]: Json };

const container = (more: Map): Map => ({ name: 'one', image: 'registry.bar.com/foo:1', ...more });
const withContainer = (more: Map): Map => ({ containers: [container(more)] });
const withSpec = (more: Map): Map => ({ containers: [container({})], ...more });
const withVolume = (volume: Map, mount: Map = {}): Map => ({
  containers: [container({ volumeMounts: [{ name: 'v', mountPath: '/v', ...mount }] })],
  volumes: [{ name: 'v', ...volume }],
});
const withImage = (image: string): Map => ({ containers: [{ name: 'one', image }] });
const noted = (annotations: Map): Map => ({ annotations, containers: [container({})] });

const selector = { matchLabels: { 'app.kubernetes.io/name': 'one' } };
const podTerm = { labelSelector: selector, topologyKey: 'kubernetes.io/hostname' };
const nodeTerm = { matchExpressions: [{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] }] };
const hardened = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, runAsUser: 1001, runAsGroup: 1001, capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } };

/** Pods (and, as `annotations`, those of their template) by what is particular about them. They may use Secret and ConfigMap `one`. */
export const podFeatures: Readonly<Record<string, Map>> = {
  plain: withContainer({}),

  'image-short': withImage('nginx'),
  'image-user': withImage('grafana/grafana:11.0.0'),
  'image-digest': withImage(`registry.bar.com/foo@sha256:${'a'.repeat(64)}`),
  'image-tag-and-digest': withImage(`docker.io/library/redis:7.2@sha256:${'b'.repeat(64)}`),
  'image-port': withImage('localhost:5000/team/foo:latest'),
  'image-deep': withImage('gcr.io/a/b/c/d_e__f-g.h:v1.0-rc.1'),

  command: withContainer({ command: ['/bin/sh', '-c', 'exec node "$0" | tee /tmp/log'], args: ['server.js', '--port=80'], workingDir: '/app' }),
  'empty-command': withContainer({ command: [], args: [] }),
  'env-values': withContainer({ env: [{ name: 'A', value: 'b' }, { name: 'EMPTY', value: '' }, { name: 'NULL', value: null }, { name: 'URL', value: 'http://$(HOST):80' }] }),
  'env-secret': withContainer({ env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'one', key: 'password' } } }] }),
  'env-config': withContainer({ env: [{ name: 'P', valueFrom: { configMapKeyRef: { name: 'one', key: 'app.conf', optional: true } } }] }),
  'env-downward': withContainer({ env: ['metadata.name', 'metadata.namespace', 'status.podIP', 'status.hostIP', 'spec.nodeName', "metadata.labels['app']"].map((fieldPath, index) => ({ name: `F${index}`, valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } })) }),
  'env-resources': withContainer({ env: [{ name: 'M', valueFrom: { resourceFieldRef: { containerName: 'one', resource: 'limits.memory', divisor: '1Mi' } } }] }),
  'env-from': withContainer({ envFrom: [{ configMapRef: { name: 'one' } }, { prefix: 'S_', secretRef: { name: 'one' } }, { secretRef: { name: 'foo-database' } }] }),
  'env-from-absent': withContainer({ envFrom: [{ secretRef: { name: 'not-in-previews', optional: true } }] }),

  ports: withContainer({ ports: [{ name: 'http', containerPort: 80, protocol: 'TCP' }, { containerPort: 53, protocol: 'UDP' }, { containerPort: 9000, hostPort: 0 }] }),
  'probe-http': withContainer({ livenessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP', httpHeaders: [{ name: 'Host', value: 'foo' }] } }, readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 5 } }),
  'probe-tcp': withContainer({ livenessProbe: { tcpSocket: { port: 'http' }, initialDelaySeconds: 0, failureThreshold: 3 } }),
  'probe-exec': withContainer({ readinessProbe: { exec: { command: ['redis-cli', 'ping'] }, timeoutSeconds: 5, successThreshold: 1 } }),
  'probe-grpc': withContainer({ startupProbe: { grpc: { port: 9000, service: 'health' }, terminationGracePeriodSeconds: 10 } }),
  'probe-startup': withContainer({ startupProbe: { httpGet: { path: '/', port: 80 }, failureThreshold: 60, periodSeconds: 10 } }),
  lifecycle: withContainer({ lifecycle: { postStart: { exec: { command: ['true'] } }, preStop: { exec: { command: ['sleep', '5'] } } } }),
  'lifecycle-http': withContainer({ lifecycle: { preStop: { httpGet: { path: '/stop', port: 80 } } } }),
  'lifecycle-sleep': withContainer({ lifecycle: { preStop: { sleep: { seconds: 5 } }, stopSignal: 'SIGQUIT' } }),
  resources: withContainer({ resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: 1, memory: '0.5Gi', 'ephemeral-storage': '1Gi' } } }),
  'resources-numbers': withContainer({ resources: { requests: { cpu: 0.5, memory: 134_217_728 } } }),
  resize: withContainer({ resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }),
  terminal: withContainer({ stdin: true, stdinOnce: false, tty: true }),
  termination: withContainer({ terminationMessagePath: '/dev/termination-log', terminationMessagePolicy: 'FallbackToLogsOnError', imagePullPolicy: 'Always' }),

  'context-hardened': { securityContext: { runAsNonRoot: true, fsGroup: 1001, seccompProfile: { type: 'RuntimeDefault' } }, containers: [container({ securityContext: hardened })] },
  'context-user': { securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000, fsGroupChangePolicy: 'OnRootMismatch', supplementalGroups: [4000] }, containers: [container({})] },
  'context-capabilities': withContainer({ securityContext: { capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } } }),
  'context-sysctl': withSpec({ securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] } }),
  'context-proc': withContainer({ securityContext: { procMount: 'Default', privileged: false } }),
  'context-se-linux': withSpec({ securityContext: { seLinuxOptions: { level: 's0:c123,c456', type: 'container_t' } } }),
  'context-app-armor': withContainer({ securityContext: { appArmorProfile: { type: 'RuntimeDefault' } } }),
  'context-empty': { securityContext: {}, containers: [container({ securityContext: {} })] },

  'volume-empty': withVolume({ emptyDir: {} }),
  'volume-sized': withVolume({ emptyDir: { sizeLimit: '500Mi' } }),
  'volume-memory': withVolume({ emptyDir: { medium: 'Memory', sizeLimit: '1024Mi' } }),
  'volume-config': withVolume({ configMap: { name: 'one' } }, { subPath: 'app.conf', mountPath: '/etc/app.conf', readOnly: true }),
  'volume-config-items': withVolume({ configMap: { name: 'one', defaultMode: 493, optional: false, items: [{ key: 'app.conf', path: 'conf.d/app.conf', mode: 420 }] } }),
  'volume-secret': withVolume({ secret: { secretName: 'one', defaultMode: 256 } }, { readOnly: true }),
  'volume-secret-items': withVolume({ secret: { secretName: 'foo-database', items: [{ key: 'password', path: 'db' }] } }),
  'volume-secret-absent': withVolume({ secret: { secretName: 'not-in-previews', optional: true } }),
  'volume-claim': withVolume({ persistentVolumeClaim: { claimName: 'data' } }),
  'volume-downward': withVolume({ downwardAPI: { items: [{ path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } }, { path: 'cpu', resourceFieldRef: { containerName: 'one', resource: 'limits.cpu' } }] } }),
  'volume-projected': withVolume({ projected: { defaultMode: 420, sources: [{ configMap: { name: 'one' } }, { secret: { name: 'one', items: [{ key: 'password', path: 'p' }] } }, { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } }] } }),
  'volume-ephemeral': withVolume({ ephemeral: { volumeClaimTemplate: { metadata: { labels: { a: 'b' } }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }),
  'volume-sub-path-expr': withVolume({ emptyDir: {} }, { subPathExpr: '$(POD_NAME)/logs', mountPropagation: 'None' }),
  'volumes-none': withSpec({ volumes: [] }),

  init: withSpec({ initContainers: [container({ name: 'migrate', command: ['migrate'] }), container({ name: 'seed', args: ['seed'] })] }),
  'init-sidecar': withSpec({ initContainers: [container({ name: 'proxy', restartPolicy: 'Always', readinessProbe: { tcpSocket: { port: 80 } } })] }),
  sidecars: { containers: [container({}), container({ name: 'metrics', image: 'prom/statsd-exporter:v0.26.0', ports: [{ name: 'metrics', containerPort: 9102 }] }), container({ name: 'logs', image: 'fluent/fluent-bit:3.0' })] },

  'affinity-empty': withSpec({ affinity: {}, nodeSelector: {}, tolerations: [], topologySpreadConstraints: [] }),
  'affinity-nulls': withSpec({ affinity: null, nodeSelector: null, tolerations: null, hostAliases: null, priorityClassName: null }),
  'affinity-blanks': withSpec({ hostAliases: [], priorityClassName: '', schedulerName: '', runtimeClassName: '', nodeName: '', imagePullSecrets: [] }),
  'affinity-pods': withSpec({ affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: podTerm }] }, podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...podTerm, namespaces: ['foo-241'] }] } } }),
  'affinity-nodes': withSpec({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [nodeTerm] }, preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: nodeTerm }] } } }),
  'affinity-not-control-plane': withSpec({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'DoesNotExist' }] }] } } } }),
  spread: withSpec({ topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', labelSelector: selector, matchLabelKeys: ['pod-template-hash'] }] }),
  'node-selector': withSpec({ nodeSelector: { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64', pool: 'apps' } }),
  tolerations: withSpec({ tolerations: [{ key: 'spot', operator: 'Equal', value: 'true', effect: 'NoSchedule' }, { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }] }),

  'account-default': withSpec({ serviceAccountName: 'default', serviceAccount: 'default', automountServiceAccountToken: true }),
  'account-empty': withSpec({ serviceAccountName: '' }),
  'pull-secrets': withSpec({ imagePullSecrets: [{ name: 'regcred' }] }),
  dns: withSpec({ dnsPolicy: 'ClusterFirst', dnsConfig: { options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }], searches: ['svc.cluster.local'] } }),
  'host-fields-off': withSpec({ hostNetwork: false, hostPID: false, hostIPC: false, hostUsers: true, shareProcessNamespace: true, enableServiceLinks: false }),
  'host-aliases': withSpec({ hostAliases: [{ ip: '127.0.0.1', hostnames: ['status.localhost'] }] }),
  names: withSpec({ hostname: 'one', subdomain: 'one', setHostnameAsFQDN: false }),
  grace: withSpec({ terminationGracePeriodSeconds: 60, restartPolicy: 'Always' }),
  blanks: withSpec({ restartPolicy: '', volumes: [{ name: 'v', emptyDir: { medium: '' } }] }),
  scheduler: withSpec({ schedulerName: 'default-scheduler', os: { name: 'linux' }, readinessGates: [], ephemeralContainers: [] }),

  'noted-checksum': noted({ 'checksum/config': 'ab'.repeat(32), 'checksum/secret': 'cd'.repeat(32), rollme: 'aB3dE', timestamp: '2024-01-01' }),
  'noted-prometheus': noted({ 'prometheus.io/scrape': 'true', 'prometheus.io/port': '9090', 'prometheus.io/path': '/metrics' }),
  'noted-kubectl': noted({ 'kubectl.kubernetes.io/default-container': 'one', 'kubectl.kubernetes.io/restartedAt': '2024-01-01T00:00:00Z' }),
  'noted-evict': noted({ 'cluster-autoscaler.kubernetes.io/safe-to-evict': 'true', 'co.elastic.logs/enabled': 'true', 'fluentbit.io/parser': 'json' }),
  'noted-profiles': noted({ 'container.apparmor.security.beta.kubernetes.io/one': 'runtime/default', 'seccomp.security.alpha.kubernetes.io/pod': 'runtime/default' }),
  'noted-none': { annotations: null, containers: [container({})] },
};
