import { at, isMap, listAt, textAt, type JsonMap } from '../json.ts';
import type { Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import type { Rule } from './rules.ts';
import { below, type Scope } from './shape.ts';

/**
 * The Pod Security Standards, `baseline` and `restricted`, as of Kubernetes 1.36:
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/. What they let pods with `hostUsers: false` or on Windows do
 * beyond that is left out, since the guard refuses both. One function for each control, in the order of that page.
 */
type Control = (pod: Pod, tell: Tell) => void;

type Tell = (field: string, rule: Rule, message: string, mend: string) => void;

/** A pod template taken apart; `contexts` are those of the pod and its containers that there are. */
type Pod = {
  readonly field: string;
  readonly spec: JsonMap;
  readonly annotations: JsonMap;
  readonly containers: readonly Part[];
  readonly contexts: readonly Part[];
};

type Part = { readonly field: string; readonly value: Json };

const takeOut = 'take it out';

const hostProcess: Control = ({ contexts }, tell) => {
  for (const { field, value } of contexts)
    if (at(at(value, 'windowsOptions'), 'hostProcess') === true)
      tell(`${field}.windowsOptions.hostProcess`, 'pod-security-host-process', 'runs on the node itself', takeOut);
};

const hostNamespaces: Control = ({ field, spec }, tell) => {
  for (const key of ['hostNetwork', 'hostPID', 'hostIPC'])
    if (at(spec, key) === true)
      tell(`${field}.spec.${key}`, 'pod-security-host-namespaces', 'shares what is the node’s', takeOut);
};

const privileged: Control = ({ contexts }, tell) => {
  for (const { field, value } of contexts)
    if (at(value, 'privileged') === true)
      tell(`${field}.privileged`, 'pod-security-privileged', 'gives the container the node', takeOut);
};

const addable =
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  );

const capabilities =
  (allowed: readonly string[]): Control =>
  ({ contexts }, tell) => {
    for (const { field, value } of contexts)
      listAt(at(value, 'capabilities'), 'add').forEach((one, index) => {
        if (typeof one === 'string' && !allowed.includes(one))
          tell(
            `${field}.capabilities.add[${index}]`,
            'pod-security-capabilities',
            `adds ${shown(one)}`,
            `only ${allowed.join(', ')} may be added`,
          );
      });
  };

const hostPath: Control = ({ field, spec }, tell) => {
  listAt(spec, 'volumes').forEach((volume, index) => {
    if (at(volume, 'hostPath') !== undefined)
      tell(
        `${field}.spec.volumes[${index}].hostPath`,
        'pod-security-host-path',
        'is a folder of the node',
        'use emptyDir or a persistentVolumeClaim',
      );
  });
};

const hostPorts: Control = ({ containers }, tell) => {
  for (const { field, value } of containers)
    listAt(value, 'ports').forEach((port, index) => {
      if ((at(port, 'hostPort') ?? 0) !== 0)
        tell(`${field}.ports[${index}].hostPort`, 'pod-security-host-ports', 'takes a port of the node', takeOut);
    });
};

const hostProbes: Control = ({ containers }, tell) => {
  const handlers = [
    ['livenessProbe'],
    ['readinessProbe'],
    ['startupProbe'],
    ['lifecycle', 'postStart'],
    ['lifecycle', 'preStop'],
  ];
  for (const { field, value } of containers)
    for (const path of handlers)
      for (const action of ['httpGet', 'tcpSocket']) {
        const handler = path.reduce<Json | undefined>((inner, key) => at(inner, key), value);
        if ((at(at(handler, action), 'host') ?? '') !== '')
          tell(
            `${field}.${path.join('.')}.${action}.host`,
            'pod-security-host-probes',
            'makes the node call somebody else',
            'take it out: the container itself is asked',
          );
      }
};

const profiles = ['RuntimeDefault', 'Localhost'];

const appArmor: Control = ({ field, annotations, contexts }, tell) => {
  for (const part of contexts) profile(part, 'appArmorProfile', 'pod-security-app-armor', tell);
  for (const key of Object.keys(annotations))
    if (
      key.startsWith('container.apparmor.security.beta.kubernetes.io/') &&
      !/^(?:|runtime\/default|localhost\/.*)$/.test(textAt(annotations, key))
    )
      tell(
        below(`${field}.metadata.annotations`, key),
        'pod-security-app-armor',
        `is "${shown(textAt(annotations, key))}"`,
        'write runtime/default, or take it out',
      );
};

const seLinux: Control = ({ contexts }, tell) => {
  const types = ['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'];
  for (const { field, value } of contexts) {
    const options = at(value, 'seLinuxOptions');
    const bad = (key: string): void => {
      tell(`${field}.seLinuxOptions.${key}`, 'pod-security-se-linux', 'steps out of the container’s own', takeOut);
    };
    if (!types.includes(textAt(options, 'type'))) bad('type');
    for (const key of ['user', 'role']) if ((at(options, key) ?? '') !== '') bad(key);
  }
};

const procMount: Control = ({ contexts }, tell) => {
  for (const { field, value } of contexts)
    if ((at(value, 'procMount') ?? 'Default') !== 'Default')
      tell(`${field}.procMount`, 'pod-security-proc-mount', 'shows the container more of the node', takeOut);
};

const seccomp: Control = ({ field, annotations, contexts }, tell) => {
  for (const part of contexts) profile(part, 'seccompProfile', 'pod-security-seccomp', tell);
  for (const key of Object.keys(annotations))
    if (
      /^(?:container\.)?seccomp\.security\.alpha\.kubernetes\.io\//.test(key) &&
      !/^(?:runtime\/default|docker\/default|localhost\/.*)$/.test(textAt(annotations, key))
    )
      tell(
        below(`${field}.metadata.annotations`, key),
        'pod-security-seccomp',
        `is "${shown(textAt(annotations, key))}"`,
        'write securityContext.seccompProfile instead, or take it out',
      );
};

function profile({ field, value }: Part, key: string, rule: Rule, tell: Tell): void {
  const type = at(at(value, key), 'type');
  if (typeof type === 'string' && !profiles.includes(type))
    tell(`${field}.${key}.type`, rule, `is "${shown(type)}"`, 'write RuntimeDefault, or take it out');
}

const sysctls: Control = ({ field, spec }, tell) => {
  listAt(at(spec, 'securityContext'), 'sysctls').forEach((one, index) => {
    const name = at(one, 'name');
    if (typeof name === 'string' && !safeSysctls.includes(name))
      tell(
        `${field}.spec.securityContext.sysctls[${index}].name`,
        'pod-security-sysctls',
        `is "${shown(name)}"`,
        takeOut,
      );
  });
};

const safeSysctls = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_rmem',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_wmem',
];

/** `restricted`; its list of volume types is that of the guard. */
const escalation: Control = ({ contexts }, tell) => {
  for (const { field, value } of contexts)
    if (at(value, 'allowPrivilegeEscalation') === true)
      tell(
        `${field}.allowPrivilegeEscalation`,
        'pod-security-escalation',
        'is not for forks',
        'write false, or take it out',
      );
};

const nonRoot: Control = ({ contexts }, tell) => {
  for (const { field, value } of contexts) {
    if (at(value, 'runAsNonRoot') === false)
      tell(`${field}.runAsNonRoot`, 'pod-security-non-root', 'is not for forks', 'write true, or take it out');
    if (at(value, 'runAsUser') === 0)
      tell(
        `${field}.runAsUser`,
        'pod-security-non-root',
        'is root, which is not for forks',
        'write another user, or take it out',
      );
  }
};

const baseline: readonly Control[] = [
  hostProcess,
  hostNamespaces,
  privileged,
  hostPath,
  hostPorts,
  hostProbes,
  appArmor,
  seLinux,
  procMount,
  seccomp,
  sysctls,
];
const controls = {
  baseline: [...baseline, capabilities(addable)],
  restricted: [...baseline, capabilities(['NET_BIND_SERVICE']), escalation, nonRoot],
} as const;

/**
 * Tells what the platform's Pod Security level does not let a pod template have; returns the template, for `restricted` with what it
 * leaves out filled in.
 */
export function secured(template: JsonMap, field: string, scope: Scope): JsonMap {
  const spec = at(template, 'spec');
  if (!isMap(spec)) return template;
  const pod = podOf(template, spec, field);
  for (const control of controls[scope.policy.level]) control(pod, scope.say);
  return scope.policy.level === 'restricted' ? { ...template, spec: restrictedSpec(spec) } : template;
}

function podOf(template: JsonMap, spec: JsonMap, field: string): Pod {
  const containers = ['initContainers', 'containers'].flatMap((key) =>
    listAt(spec, key).map((value, index) => ({ field: `${field}.spec.${key}[${index}]`, value })),
  );
  const parts = [{ field: `${field}.spec`, value: spec }, ...containers];
  const contexts = parts.flatMap((part) => {
    const value = at(part.value, 'securityContext');
    return value === undefined ? [] : [{ field: `${part.field}.securityContext`, value }];
  });
  const annotations = at(at(template, 'metadata'), 'annotations');
  return { field, spec, annotations: isMap(annotations) ? annotations : {}, containers, contexts };
}

function restrictedSpec(spec: JsonMap): JsonMap {
  const context = mapAt(spec, 'securityContext');
  const containers = ['initContainers', 'containers'].flatMap((key) =>
    at(spec, key) === undefined ? [] : [[key, listAt(spec, key).map(restrictedContainer)] as const],
  );
  return {
    ...spec,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, ...context },
    ...Object.fromEntries(containers),
  };
}

function restrictedContainer(container: Json): Json {
  if (!isMap(container)) return container;
  const context = mapAt(container, 'securityContext');
  const held = mapAt(context, 'capabilities');
  const dropped = listAt(held, 'drop');
  const drop = dropped.includes('ALL') ? dropped : ['ALL'];
  return {
    ...container,
    securityContext: { allowPrivilegeEscalation: false, ...context, capabilities: { ...held, drop } },
  };
}

function mapAt(value: Json | undefined, key: string): JsonMap {
  const found = at(value, key);
  return isMap(found) ? found : {};
}
