import type { Rule } from '../../app/core/guard/rules.ts';
import type { Json } from '../../app/core/object.ts';
import { deployment, policy, type Hostile } from './guard-policy.ts';

type Map = { readonly [key: string]: Json };

const restricted = { policy: { ...policy, level: 'restricted' as const } };

function inPod(what: string, pod: Map, rule: Rule, field: string): Hostile {
  const template = { metadata: { labels: { 'app.kubernetes.io/name': 'one' } }, spec: { containers: [{ name: 'one', image: 'nginx' }], ...pod } };
  return { what, objects: [deployment({ template })], rule, field: `spec.template.spec.${field}` };
}

function inContainer(what: string, container: Map, rule: Rule, field: string): Hostile {
  return inPod(what, { containers: [{ name: 'one', image: 'nginx', ...container }] }, rule, `containers[0].${field}`);
}

function inInit(what: string, container: Map, rule: Rule, field: string): Hostile {
  return inPod(what, { initContainers: [{ name: 'init', image: 'nginx', ...container }] }, rule, `initContainers[0].${field}`);
}

function onPods(what: string, metadata: Map, rule: Rule, field: string): Hostile {
  const template = { metadata: { labels: { 'app.kubernetes.io/name': 'one' }, ...metadata }, spec: { containers: [{ name: 'one', image: 'nginx' }] } };
  return { what, objects: [deployment({ template })], rule, field: `spec.template.metadata.${field}` };
}

const context = (securityContext: Map): Map => ({ securityContext });
const volume = (what: string, source: Map, rule: Rule): Hostile => inPod(what, { volumes: [{ name: 'v', ...source }] }, rule, `volumes[0].${Object.keys(source)[0] ?? ''}`);
const mount = (more: Map): Map => ({ volumeMounts: [{ name: 'v', mountPath: '/v', ...more }] });

/** B71. */
const contexts: readonly Hostile[] = [
  inContainer('B71 privileged', context({ privileged: true }), 'pod-security-privileged', 'securityContext.privileged'),
  inInit('B71 a privileged init container', context({ privileged: true }), 'pod-security-privileged', 'securityContext.privileged'),
  inContainer('B71 privileged as a text', context({ privileged: 'true' }), 'field-type', 'securityContext.privileged'),
  inContainer('B71 Privileged', context({ Privileged: true }), 'field-unknown', 'securityContext.Privileged'),
  ...['SYS_ADMIN', 'NET_ADMIN', 'NET_RAW', 'ALL', 'CAP_CHOWN', 'sys_ptrace'].map((one) => inContainer(`B71 the capability ${one}`, context({ capabilities: { add: ['CHOWN', one] } }), 'pod-security-capabilities', 'securityContext.capabilities.add[1]')),
  { ...inContainer('B71 a default capability, for a fork', context({ capabilities: { add: ['CHOWN'] } }), 'pod-security-capabilities', 'securityContext.capabilities.add[0]'), ...restricted },
  { ...inContainer('B71 privilege escalation, for a fork', context({ allowPrivilegeEscalation: true }), 'pod-security-escalation', 'securityContext.allowPrivilegeEscalation'), ...restricted },
  { ...inContainer('B71 root, for a fork', context({ runAsUser: 0 }), 'pod-security-non-root', 'securityContext.runAsUser'), ...restricted },
  { ...inPod('B71 root for all containers, for a fork', context({ runAsUser: 0 }), 'pod-security-non-root', 'securityContext.runAsUser'), ...restricted },
  { ...inContainer('B71 runAsNonRoot: false, for a fork', context({ runAsNonRoot: false }), 'pod-security-non-root', 'securityContext.runAsNonRoot'), ...restricted },
  { ...inPod('B71 runAsNonRoot: false for all containers, for a fork', context({ runAsNonRoot: false }), 'pod-security-non-root', 'securityContext.runAsNonRoot'), ...restricted },
  { ...inInit('B71 root in an init container, for a fork', context({ runAsUser: 0 }), 'pod-security-non-root', 'securityContext.runAsUser'), ...restricted },
  inContainer('B71 procMount', context({ procMount: 'Unmasked' }), 'pod-security-proc-mount', 'securityContext.procMount'),
  inContainer('B71 unconfined seccomp', context({ seccompProfile: { type: 'Unconfined' } }), 'pod-security-seccomp', 'securityContext.seccompProfile.type'),
  inPod('B71 unconfined seccomp for all containers', context({ seccompProfile: { type: 'Unconfined' } }), 'pod-security-seccomp', 'securityContext.seccompProfile.type'),
  inContainer('B71 unconfined AppArmor', context({ appArmorProfile: { type: 'Unconfined' } }), 'pod-security-app-armor', 'securityContext.appArmorProfile.type'),
  onPods('B71 unconfined AppArmor by annotation', { annotations: { 'container.apparmor.security.beta.kubernetes.io/one': 'unconfined' } }, 'pod-security-app-armor', 'annotations."container.apparmor.security.beta.kubernetes.io/one"'),
  onPods('B71 unconfined seccomp by annotation', { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } }, 'pod-security-seccomp', 'annotations."seccomp.security.alpha.kubernetes.io/pod"'),
  onPods('B71 unconfined seccomp of a container by annotation', { annotations: { 'container.seccomp.security.alpha.kubernetes.io/one': 'unconfined' } }, 'pod-security-seccomp', 'annotations."container.seccomp.security.alpha.kubernetes.io/one"'),
  inContainer('B71 an SELinux type', context({ seLinuxOptions: { type: 'spc_t' } }), 'pod-security-se-linux', 'securityContext.seLinuxOptions.type'),
  inPod('B71 an SELinux user', context({ seLinuxOptions: { user: 'root' } }), 'pod-security-se-linux', 'securityContext.seLinuxOptions.user'),
  inPod('B71 an SELinux role', context({ seLinuxOptions: { role: 'sysadm_r' } }), 'pod-security-se-linux', 'securityContext.seLinuxOptions.role'),
  inContainer('B71 a host process', context({ windowsOptions: { hostProcess: true } }), 'pod-security-host-process', 'securityContext.windowsOptions.hostProcess'),
  inPod('B71 host processes', context({ windowsOptions: { hostProcess: true } }), 'pod-security-host-process', 'securityContext.windowsOptions.hostProcess'),
  inPod('B71 a sysctl', context({ sysctls: [{ name: 'kernel.msgmax', value: '1' }] }), 'pod-security-sysctls', 'securityContext.sysctls[0].name'),
];

/** B72 and B87: what is the node's. */
const nodes: readonly Hostile[] = [
  ...['hostNetwork', 'hostPID', 'hostIPC'].map((key) => inPod(`B72 ${key}`, { [key]: true }, 'pod-security-host-namespaces', key)),
  volume('B72 hostPath', { hostPath: { path: '/' } }, 'pod-security-host-path'),
  volume('B72 the runtime’s socket', { hostPath: { path: '/run/containerd/containerd.sock', type: 'Socket' } }, 'pod-security-host-path'),
  inContainer('B72 hostPort', { ports: [{ containerPort: 80, hostPort: 80 }] }, 'pod-security-host-ports', 'ports[0].hostPort'),
  inContainer('B72 hostIP', { ports: [{ containerPort: 80, hostIP: '127.0.0.1' }] }, 'pod-security-host-ports', 'ports[0].hostIP'),
  inPod('B72 hostAliases', { hostAliases: [{ ip: '169.254.169.254', hostnames: ['api.bar.com'] }] }, 'pod-host-aliases', 'hostAliases[0].ip'),
  inContainer('B72 a subPath that climbs', mount({ subPath: '../../etc' }), 'volume-mount', 'volumeMounts[0].subPath'),
  inContainer('B72 an absolute subPath', mount({ subPath: '/etc' }), 'volume-mount', 'volumeMounts[0].subPath'),
  inContainer('B72 a subPathExpr that climbs', mount({ subPathExpr: '$(A)/../b' }), 'volume-mount', 'volumeMounts[0].subPathExpr'),
  inContainer('B72 mounts passed on', mount({ mountPropagation: 'Bidirectional' }), 'volume-mount', 'volumeMounts[0].mountPropagation'),
  ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) => ['httpGet', 'tcpSocket'].map((action) => inContainer(`B72 a ${probe} of somebody else by ${action}`, { [probe]: { [action]: { host: '169.254.169.254', port: 80 } } }, 'pod-security-host-probes', `${probe}.${action}.host`))),
  ...['postStart', 'preStop'].map((hook) => inContainer(`B72 a ${hook} hook at somebody else`, { lifecycle: { [hook]: { httpGet: { host: '127.0.0.1', port: 10_250 } } } }, 'pod-security-host-probes', `lifecycle.${hook}.httpGet.host`)),
  ...['nfs', 'csi', 'iscsi', 'rbd', 'cephfs', 'gitRepo', 'flexVolume', 'image', 'awsElasticBlockStore'].map((type) => volume(`B72 a volume of ${type}`, { [type]: { path: '/', server: 'a' } }, 'volume-type')),
  volume('an unknown volume', { futureVolume: { a: 'b' } }, 'field-unknown'),
  inContainer('a block device', { volumeDevices: [{ name: 'v', devicePath: '/dev/xvda' }] }, 'pod-devices', 'volumeDevices'),
  inPod('a device', { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }] }, 'pod-devices', 'resourceClaims'),
  inContainer('a GPU', { resources: { limits: { 'nvidia.com/gpu': 1 } } }, 'resources', 'resources.limits."nvidia.com/gpu"'),
  inContainer('huge pages', { resources: { limits: { 'hugepages-2Mi': '1Gi' } } }, 'resources', 'resources.limits.hugepages-2Mi'),
  inContainer('B86 cpu 1e9', { resources: { requests: { cpu: '1e9' } } }, 'resources', 'resources.requests.cpu'),
  inContainer('B86 memory -1', { resources: { requests: { memory: -1 } } }, 'resources', 'resources.requests.memory'),
  inContainer('B86 memory 1Ei', { resources: { limits: { memory: '1Ei' } } }, 'resources', 'resources.limits.memory'),
  inContainer('B86 memory that is none', { resources: { limits: { memory: '1 GB' } } }, 'resources', 'resources.limits.memory'),
  inPod('B88 memory of no size as a volume', { volumes: [{ name: 'v', emptyDir: { medium: 'Memory', sizeLimit: 'all' } }] }, 'resources', 'volumes[0].emptyDir.sizeLimit'),
  inPod('B88 huge pages as a volume', { volumes: [{ name: 'v', emptyDir: { medium: 'HugePages' } }] }, 'field-value', 'volumes[0].emptyDir.medium'),
  inPod('B88 an ephemeral volume filled from another', { volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } } } } }] }, 'claim-source', 'volumes[0].ephemeral.volumeClaimTemplate.spec.dataSource'),
];

const nodeAffinity = (term: Map): Map => ({ affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] } } } });
const antiAffinity = (term: Map): Map => ({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'kubernetes.io/hostname', ...term }] } } });

/** B74: where, before whom and by whom pods are run. */
const scheduling: readonly Hostile[] = [
  inPod('B74 nodeName', { nodeName: 'control-plane' }, 'pod-node', 'nodeName'),
  inPod('B74 the control plane by nodeSelector', { nodeSelector: { 'node-role.kubernetes.io/control-plane': '' } }, 'pod-node', 'nodeSelector."node-role.kubernetes.io/control-plane"'),
  inPod('B74 a node by nodeSelector', { nodeSelector: { 'kubernetes.io/hostname': 'n' } }, 'pod-node', 'nodeSelector."kubernetes.io/hostname"'),
  inPod('B74 the control plane by affinity', nodeAffinity({ matchExpressions: [{ key: 'node-role.kubernetes.io/master', operator: 'Exists' }] }), 'pod-node', 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchExpressions[0]'),
  inPod('B74 a node by affinity', nodeAffinity({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }), 'pod-node', 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0].matchFields'),
  inPod('B74 every taint', { tolerations: [{ operator: 'Exists' }] }, 'pod-toleration', 'tolerations[0]'),
  inPod('B74 every taint by an empty key', { tolerations: [{ key: '', operator: 'Exists', effect: 'NoSchedule' }] }, 'pod-toleration', 'tolerations[0]'),
  inPod('B74 the control plane’s taint', { tolerations: [{ key: 'node-role.kubernetes.io/control-plane', operator: 'Exists' }] }, 'pod-toleration', 'tolerations[0].key'),
  inPod('B74 priorityClassName', { priorityClassName: 'system-node-critical' }, 'pod-priority', 'priorityClassName'),
  inPod('B74 priority', { priority: 2_000_000_000 }, 'pod-priority', 'priority'),
  inPod('B74 schedulerName', { schedulerName: 'evil' }, 'pod-scheduler', 'schedulerName'),
  inPod('B74 schedulingGates', { schedulingGates: [{ name: 'a' }] }, 'pod-scheduler', 'schedulingGates'),
  inPod('B74 runtimeClassName', { runtimeClassName: 'host' }, 'pod-runtime-class', 'runtimeClassName'),
  inPod('B74 overhead', { overhead: { cpu: '100' } }, 'pod-runtime-class', 'overhead'),
  inPod('B74 hostUsers', { hostUsers: false }, 'pod-host-users', 'hostUsers'),
  inPod('B74 Windows', { os: { name: 'windows' } }, 'pod-os', 'os.name'),
  inPod('B74 pods of all namespaces kept away', antiAffinity({ labelSelector: {}, namespaceSelector: {} }), 'pod-affinity', 'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespaceSelector'),
  inPod('B74 pods of another namespace kept away', antiAffinity({ labelSelector: {}, namespaces: ['kube-system'] }), 'pod-affinity', 'affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].namespaces'),
  inPod('B88 a grace of years', { terminationGracePeriodSeconds: 1_000_000_000 }, 'pod-grace', 'terminationGracePeriodSeconds'),
  inContainer('B88 a probe’s grace of years', { livenessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 1_000_000_000 } }, 'pod-grace', 'livenessProbe.terminationGracePeriodSeconds'),
  inPod('an ephemeral container', { ephemeralContainers: [{ name: 'debug', image: 'nginx' }] }, 'pod-ephemeral-containers', 'ephemeralContainers'),
  inPod('a name server', { dnsConfig: { nameservers: ['8.8.8.8'] } }, 'pod-dns', 'dnsConfig.nameservers'),
  inPod('the node’s name servers', { dnsPolicy: 'Default' }, 'pod-dns', 'dnsPolicy'),
  inPod('a field of the future', { hostMagic: true }, 'field-unknown', 'hostMagic'),
  inContainer('a container’s field of the future', { hostMagic: true }, 'field-unknown', 'hostMagic'),
  inPod('no containers', { containers: null }, 'field-required', 'containers'),
];

const injectors = ['sidecar.istio.io/inject', 'linkerd.io/inject', 'vault.hashicorp.com/agent-inject', 'iam.amazonaws.com/role', 'k8s.v1.cni.cncf.io/networks', 'io.kubernetes.cri-o.userns-mode', 'cpu-quota.crio.io', 'devices.nri.io/container.one', 'cdi.k8s.io/gpu', 'io.katacontainers.config.hypervisor.path', 'dev.gvisor.spec.mount', 'scheduler.alpha.kubernetes.io/tolerations', 'instrumentation.opentelemetry.io/inject-java', 'azure.workload.identity/use', 'cni.projectcalico.org/ipAddrs', 'Sidecar.istio.io/inject'.toLowerCase()];

/** B81 and what it stands for: identities and what others keep secret. */
const identities: readonly Hostile[] = [
  inPod('B81 a service account', { serviceAccountName: 'cluster-admin' }, 'pod-service-account', 'serviceAccountName'),
  inPod('B81 a service account by its old name', { serviceAccount: 'cluster-admin' }, 'pod-service-account', 'serviceAccount'),
  inPod('B81 a projected token', { volumes: [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 'token', audience: 'vault' } }] } }] }, 'pod-token', 'volumes[0].projected.sources[0].serviceAccountToken'),
  inPod('B81 a pod certificate', { volumes: [{ name: 'v', projected: { sources: [{ podCertificate: { signerName: 'a', keyType: 'RSA3072' } }] } }] }, 'pod-token', 'volumes[0].projected.sources[0].podCertificate'),
  inContainer('B03 a Secret of others by env', { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'avant-pull-registry', key: 'a' } } }] }, 'secret-reference', 'env[0].valueFrom.secretKeyRef.name'),
  inContainer('B03 a Secret of others by envFrom', { envFrom: [{ secretRef: { name: 'avant-pull-registry' } }] }, 'secret-reference', 'envFrom[0].secretRef.name'),
  inPod('B03 a Secret of others by volume', { volumes: [{ name: 'v', secret: { secretName: 'avant-pull-registry' } }] }, 'secret-reference', 'volumes[0].secret.secretName'),
  inPod('B03 a Secret of others by projected volume', { volumes: [{ name: 'v', projected: { sources: [{ secret: { name: 'avant-pull-registry' } }] } }] }, 'secret-reference', 'volumes[0].projected.sources[0].secret.name'),
  { ...inContainer('B03 the project’s Secret in a fork’s preview', { envFrom: [{ secretRef: { name: 'foo-database' } }] }, 'secret-reference', 'envFrom[0].secretRef.name'), policy: { ...policy, level: 'restricted', secrets: [] } },
  ...injectors.map((key) => onPods(`B79 the annotation ${key}`, { annotations: { [key]: 'a' } }, 'steering', `annotations.${/^[\w/-]+$/.test(key) ? key : `"${key}"`}`)),
  onPods('B79 a label for an injector', { labels: { 'app.kubernetes.io/name': 'one', 'sidecar.istio.io/inject': 'true' } }, 'steering', 'labels."sidecar.istio.io/inject"'),
  onPods('B79 a label for an identity', { labels: { 'app.kubernetes.io/name': 'one', aadpodidbinding: 'admin' } }, 'steering', 'labels.aadpodidbinding'),
];

export const hostilePods: readonly Hostile[] = [...contexts, ...nodes, ...scheduling, ...identities];
