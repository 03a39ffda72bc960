import type { Json, KubernetesObject } from '../../app/core/object.ts';
import type { GuardPolicy } from '../../app/core/guard/policy.ts';

/** Fields that nothing of a preview may have, wherever they are, unless the value is as good as none. */
const never: readonly string[] = [
  'hostPath',
  'hostPort',
  'hostIP',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'hostUsers',
  'hostProcess',
  'privileged',
  'nodeName',
  'nodePort',
  'externalIPs',
  'externalName',
  'loadBalancerIP',
  'loadBalancerClass',
  'defaultBackend',
  'ownerReferences',
  'finalizers',
  'generateName',
  'priorityClassName',
  'priority',
  'runtimeClassName',
  'schedulerName',
  'serviceAccountToken',
  'serviceAccount',
  'ephemeralContainers',
  'volumeName',
  'dataSource',
  'dataSourceRef',
  'schedulingGates',
  'overhead',
  'podCertificate',
  'namespaceSelector',
  'nameservers',
  'imagePullSecrets',
  'csi',
  'nfs',
  'volumeDevices',
  'resourceClaims',
  'manualSelector',
  'managedBy',
  'tls',
  'uid',
  'resourceVersion',
];

const addable = [
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
];

/** Returns what is dangerous in an object, told apart from the guard: by looking for names and values wherever they are. */
export function dangersIn(
  object: KubernetesObject,
  policy: GuardPolicy,
  secrets: readonly string[],
): readonly string[] {
  const dangers: string[] = [];
  const { kind, metadata } = object;
  if (metadata.namespace !== policy.namespace) dangers.push('namespace');
  for (const key of [...Object.keys(metadata.labels ?? {}), ...Object.keys(metadata.annotations ?? {})])
    if (key.startsWith('avant')) dangers.push(key);
  if (kind === 'Ingress')
    for (const key of Object.keys(metadata.annotations ?? {}))
      if (![...policy.ingressAnnotations, 'kubernetes.io/ingress.class'].includes(key)) dangers.push(key);
  if (kind === 'Service')
    for (const key of Object.keys(metadata.annotations ?? {}))
      if (!/^prometheus\.io\/(scrape|port|path|scheme)$/.test(key)) dangers.push(key);
  if (object.status !== undefined) dangers.push('status');
  if (
    kind === 'Ingress' &&
    hostsOf(object.spec).some((host) => typeof host !== 'string' || !policy.hosts.includes(host))
  )
    dangers.push('hosts');
  const restricted = policy.level === 'restricted';
  visit({ metadata, spec: object.spec ?? null }, [], (key, value, path) => {
    // What people choose the names of is data.
    if (['labels', 'annotations', 'matchLabels', 'nodeSelector', 'selector'].includes(path.at(-1) ?? '')) return;
    const bad =
      (never.includes(key) && !isNothing(value)) ||
      (kind === 'Ingress' && key === 'resource') ||
      (key === 'serviceAccountName' && value !== 'default') ||
      (key === 'automountServiceAccountToken' && value !== false) ||
      (key === 'add' &&
        Array.isArray(value) &&
        value.some((one) => !(restricted ? ['NET_BIND_SERVICE'] : addable).includes(String(one)))) ||
      (key === 'procMount' && value !== 'Default') ||
      (key === 'host' && kind !== 'Ingress' && value !== '') ||
      (kind === 'Service' && key === 'type' && value !== 'ClusterIP') ||
      (['seccompProfile', 'appArmorProfile'].includes(key) &&
        !/RuntimeDefault|Localhost/.test(JSON.stringify(value))) ||
      (['secretRef', 'secretKeyRef', 'secret'].includes(key) && !namesOneOf(value, secrets)) ||
      (key === 'replicas' && Number(value) > policy.limits.replicas) ||
      (key === 'terminationGracePeriodSeconds' && Number(value) > policy.limits.graceSeconds) ||
      (restricted &&
        ((key === 'allowPrivilegeEscalation' && value !== false) ||
          (key === 'runAsNonRoot' && value !== true) ||
          (key === 'runAsUser' && value === 0)));
    if (bad) dangers.push(`${path.join('.')}.${key}`);
  });
  return dangers;
}

function hostsOf(spec: Json | undefined): readonly (Json | undefined)[] {
  const { rules } = (spec ?? {}) as { readonly rules?: readonly { readonly host?: Json }[] };
  return (rules ?? []).map(({ host }) => host);
}

function namesOneOf(reference: Json, secrets: readonly string[]): boolean {
  if (typeof reference !== 'object' || reference === null || Array.isArray(reference)) return false;
  const { name, secretName } = reference as { readonly name?: Json; readonly secretName?: Json };
  return [name, secretName].every((one) => one === undefined || (typeof one === 'string' && secrets.includes(one)));
}

function isNothing(value: Json): boolean {
  return value === '' || value === 0 || value === false || (Array.isArray(value) && value.length === 0);
}

/** Calls back for every field of every map below a value. */
export function visit(
  value: Json | undefined,
  path: readonly string[],
  seen: (key: string, value: Json, path: readonly string[]) => void,
): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value) as [string, Json | undefined][]) {
    if (inner === undefined) continue;
    if (!Array.isArray(value)) seen(key, inner, path);
    visit(inner, Array.isArray(value) ? path : [...path, key], seen);
  }
}
