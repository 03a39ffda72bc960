import { type ContainerSecurity, type ContainerSpec, containersOf, type PodSecurity, type PodSpec } from './pods.ts';

/** The label of a namespace that says which level its pods have to meet. */
export const enforceLabel = 'pod-security.kubernetes.io/enforce';
export const levels = ['privileged', 'baseline', 'restricted'] as const;

/**
 * The Pod Security Standards (kubernetes.io/docs/concepts/security/pod-security-standards), in the words and the order of
 * kube-apiserver 1.36. Left out: windowsOptions and AppArmor by annotation.
 */
type Check = (spec: PodSpec) => string | undefined;

const quoted = (names: Iterable<string>): string => [...names].map((name) => JSON.stringify(name)).join(', ');
const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const plural = (word: string, names: readonly unknown[]): string => (names.length === 1 ? word : `${word}s`);
const containers = (names: readonly string[]): string => `${plural('container', names)} ${quoted(names)}`;

type Security = ContainerSecurity & PodSecurity;

function namesOf(spec: PodSpec, holds: (security: ContainerSecurity, container: ContainerSpec) => boolean): string[] {
  return containersOf(spec)
    .filter((container) => holds(container.securityContext ?? {}, container))
    .map(({ name }) => name);
}

/** Says who sets something bad: the pod, some containers, or both; undefined when nobody does. */
function setters(spec: PodSpec, isBad: (security: Security) => boolean): string | undefined {
  const names = namesOf(spec, isBad);
  const who = [...(isBad(spec.securityContext ?? {}) ? ['pod'] : []), ...(names.length > 0 ? [containers(names)] : [])];
  return who.length === 0 ? undefined : who.join(' and ');
}

const tell = (title: string, who: string | undefined, what: string): string | undefined =>
  who === undefined ? undefined : `${title} (${who} ${what})`;

const appArmor: Check = (spec) =>
  tell(
    'forbidden AppArmor profile',
    setters(spec, ({ appArmorProfile }) => appArmorProfile?.type === 'Unconfined'),
    'must not set AppArmor profile type to "Unconfined"',
  );

/** What a container runtime grants anyway. */
const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
);

function added(spec: PodSpec, isAllowed: (capability: string) => boolean): string | undefined {
  const bad = ({ capabilities }: ContainerSecurity): string[] =>
    (capabilities?.add ?? []).filter((capability) => !isAllowed(capability));
  const names = namesOf(spec, (security) => bad(security).length > 0);
  const all = containersOf(spec).flatMap(({ securityContext = {} }) => bad(securityContext));
  if (names.length === 0) return undefined;
  return `${containers(names)} must not include ${quoted(sorted(all))} in securityContext.capabilities.add`;
}

const capabilities: Check = (spec) => {
  const found = added(spec, (capability) => defaultCapabilities.has(capability));
  return found === undefined ? undefined : `non-default capabilities (${found})`;
};

const hostNamespaces: Check = (spec) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  return used.length === 0 ? undefined : `host namespaces (${used.map((name) => `${name}=true`).join(', ')})`;
};

const hostPaths: Check = ({ volumes = [] }) => {
  const names = volumes.filter(({ hostPath }) => hostPath !== undefined).map(({ name }) => name);
  return names.length === 0 ? undefined : `hostPath volumes (${plural('volume', names)} ${quoted(names)})`;
};

const hostPorts: Check = (spec) => {
  const of = ({ ports = [] }: ContainerSpec): number[] =>
    ports.flatMap(({ hostPort = 0 }) => (hostPort > 0 ? [hostPort] : []));
  const names = namesOf(spec, (_security, container) => of(container).length > 0);
  const found = sorted(containersOf(spec).flatMap(of).map(String));
  const use = names.length === 1 ? 'uses' : 'use';
  return names.length === 0
    ? undefined
    : `hostPort (${containers(names)} ${use} ${plural('hostPort', found)} ${found.join(', ')})`;
};

const probeHosts: Check = (spec) => {
  const of = ({ livenessProbe, readinessProbe, startupProbe, lifecycle }: ContainerSpec): string[] =>
    [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop].flatMap((handler) => {
      const tcp = (handler?.tcpSocket as { host?: string } | undefined)?.host;
      return [handler?.httpGet?.host ?? '', tcp ?? ''].filter((host) => host !== '');
    });
  const names = namesOf(spec, (_security, container) => of(container).length > 0);
  const hosts = sorted(containersOf(spec).flatMap(of));
  const use = names.length === 1 ? 'uses' : 'use';
  const what = `${use} probe or lifecycle ${plural('host', hosts)} ${quoted(hosts)}`;
  return tell('probe or lifecycle host', names.length === 0 ? undefined : containers(names), what);
};

function containersThat(title: string, isBad: (security: ContainerSecurity) => boolean, what: string): Check {
  return (spec) => {
    const names = namesOf(spec, isBad);
    return tell(title, names.length === 0 ? undefined : containers(names), what);
  };
}

const privileged = containersThat(
  'privileged',
  (security) => security.privileged === true,
  'must not set securityContext.privileged=true',
);

const procMount: Check = (spec) => {
  const isBad = ({ procMount: mount = 'Default' }: ContainerSecurity): boolean => mount !== 'Default';
  const kinds = containersOf(spec).flatMap(({ securityContext = {} }) =>
    isBad(securityContext) ? [securityContext.procMount ?? ''] : [],
  );
  const what = `must not set securityContext.procMount to ${quoted(sorted(kinds))}`;
  return containersThat('procMount', isBad, what)(spec);
};

const seLinuxTypes = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];

const seLinux: Check = (spec) => {
  const badType = ({ seLinuxOptions }: Security): boolean => !seLinuxTypes.includes(seLinuxOptions?.type ?? '');
  const has = (security: Security, field: 'user' | 'role'): boolean => (security.seLinuxOptions?.[field] ?? '') !== '';
  const all: Security[] = [
    spec.securityContext ?? {},
    ...containersOf(spec).map(({ securityContext = {} }) => securityContext),
  ];
  const types = sorted(all.filter(badType).map(({ seLinuxOptions }) => seLinuxOptions?.type ?? ''));
  const faults = [
    ...(types.length === 0 ? [] : [`${plural('type', types)} ${quoted(types)}`]),
    ...(['user', 'role'] as const)
      .filter((field) => all.some((one) => has(one, field)))
      .map((field) => `${field} may not be set`),
  ];
  const who = setters(spec, (security) => badType(security) || has(security, 'user') || has(security, 'role'));
  return tell('seLinuxOptions', who, `set forbidden securityContext.seLinuxOptions: ${faults.join('; ')}`);
};

const unconfined = ({ seccompProfile }: Security): boolean => seccompProfile?.type === 'Unconfined';

const seccomp: Check = (spec) =>
  tell('seccompProfile', setters(spec, unconfined), 'must not set securityContext.seccompProfile.type to "Unconfined"');

/** Sysctls that reach no further than their namespace. */
const safeSysctls = new Set(
  `kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.ip_unprivileged_port_start net.ipv4.tcp_syncookies
  net.ipv4.ping_group_range net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout
  net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem net.ipv4.tcp_wmem`.split(/\s+/),
);

const sysctls: Check = ({ securityContext }) => {
  const bad = (securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safeSysctls.has(name));
  return bad.length === 0 ? undefined : `forbidden sysctls (${bad.join(', ')})`;
};

const escalation = containersThat(
  'allowPrivilegeEscalation != false',
  (security) => security.allowPrivilegeEscalation !== false,
  'must set securityContext.allowPrivilegeEscalation=false',
);

const dropAll: Check = (spec) => {
  const names = namesOf(spec, (security) => security.capabilities?.drop?.includes('ALL') !== true);
  const kept = names.length === 0 ? [] : [`${containers(names)} must set securityContext.capabilities.drop=["ALL"]`];
  const more = added(spec, (capability) => capability === 'NET_BIND_SERVICE');
  const faults = [...kept, ...(more === undefined ? [] : [more])];
  return faults.length === 0 ? undefined : `unrestricted capabilities (${faults.join('; ')})`;
};

const allowedVolumes = new Set(
  'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' '),
);

const volumeTypes: Check = ({ volumes = [] }) => {
  const typeOf = (volume: object): string => Object.keys(volume).find((name) => name !== 'name') ?? '';
  const bad = volumes.filter((volume) => !allowedVolumes.has(typeOf(volume)));
  const types = sorted(bad.map(typeOf));
  if (bad.length === 0) return undefined;
  const names = bad.map(({ name }) => name);
  const use = bad.length === 1 ? 'uses' : 'use';
  return `restricted volume types (${plural('volume', names)} ${quoted(names)} ${use} restricted volume ${plural('type', types)} ${quoted(types)})`;
};

const nonRoot: Check = (spec) => {
  // In a user namespace of its own root is nobody.
  if (spec.hostUsers === false) return undefined;
  const title = 'runAsNonRoot != true';
  const explicit = setters(spec, ({ runAsNonRoot }) => runAsNonRoot === false);
  if (explicit !== undefined) return tell(title, explicit, 'must not set securityContext.runAsNonRoot=false');
  if (spec.securityContext?.runAsNonRoot === true) return undefined;
  const silent = namesOf(spec, ({ runAsNonRoot }) => runAsNonRoot === undefined);
  return silent.length === 0
    ? undefined
    : tell(title, `pod or ${containers(silent)}`, 'must set securityContext.runAsNonRoot=true');
};

const rootUser: Check = (spec) =>
  spec.hostUsers === false
    ? undefined
    : tell(
        'runAsUser=0',
        setters(spec, ({ runAsUser }) => runAsUser === 0),
        'must not set runAsUser=0',
      );

const seccompSet: Check = (spec) => {
  const explicit = seccomp(spec);
  if (explicit !== undefined || spec.securityContext?.seccompProfile !== undefined) return explicit;
  const silent = namesOf(spec, ({ seccompProfile }) => seccompProfile === undefined);
  const what = 'must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"';
  return tell('seccompProfile', silent.length === 0 ? undefined : `pod or ${containers(silent)}`, what);
};

const shared: readonly Check[] = [hostPorts, probeHosts, privileged, procMount, seLinux];
const baseline: readonly Check[] = [appArmor, capabilities, hostNamespaces, hostPaths, ...shared, seccomp, sysctls];
const restrictions: readonly Check[] = [escalation, dropAll, volumeTypes, nonRoot, rootUser, seccompSet];
const restricted: readonly Check[] = [appArmor, hostNamespaces, ...shared, sysctls, ...restrictions];

/**
 * Returns why the namespace's labels forbid the pod (`violates PodSecurity "restricted:latest": …`), or undefined. All versions of
 * the standards are taken for the latest.
 */
export function podSecurityProblem(labels: Readonly<Record<string, string>>, spec: PodSpec): string | undefined {
  const level = labels[enforceLabel];
  const checks = level === 'restricted' ? restricted : level === 'baseline' ? baseline : [];
  const found = checks.flatMap((check) => check(spec) ?? []);
  const version = labels[`${enforceLabel}-version`] ?? 'latest';
  return found.length === 0 ? undefined : `violates PodSecurity "${level ?? ''}:${version}": ${found.join(', ')}`;
}
