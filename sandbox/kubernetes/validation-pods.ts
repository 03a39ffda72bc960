import type { ContainerPort, ContainerSpec, EnvVar, PodSpec, Probe } from './pods.ts';
import { billionths } from './quantities.ts';
import type { Cause } from './refusals.ts';
import {
  dnsLabel,
  dnsSubdomain,
  duplicate,
  forbidden,
  invalidValue,
  notNegative,
  portName,
  portNumber,
  required,
  unsupported,
} from './validation-names.ts';
import { mountCauses, volumeCauses } from './validation-volumes.ts';

const env = {
  kinds: '`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`',
  nameRule: "a valid environment variable name must consist only of printable ASCII characters other than '='",
};

/** What `fieldRef` in a variable may name, beside single labels and annotations. */
const fieldPaths =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\['[^']+'\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/;

function sourceCauses({ valueFrom, value = '' }: EnvVar, field: string): Cause[] {
  if (valueFrom === undefined) return [];
  const [source] = Object.keys(valueFrom);
  if (source === undefined) return [invalidValue(field, '', `must specify one of: ${env.kinds}`)];
  if (value !== '') return [invalidValue(field, '', 'may not be specified when `value` is not empty')];
  const { fieldRef } = valueFrom;
  const key = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  if (fieldRef !== undefined && !fieldPaths.test(fieldRef.fieldPath)) {
    const why = `error converting fieldPath: field label not supported: ${fieldRef.fieldPath}`;
    return [invalidValue(`${field}.fieldRef.fieldPath`, fieldRef.fieldPath, why)];
  }
  if (key === undefined) return [];
  const { name, key: entry } = key as Partial<typeof key>;
  return [
    ...dnsSubdomain(`${field}.${source}.name`, name ?? ''),
    ...(entry === undefined || entry === '' ? [required(`${field}.${source}.key`)] : []),
  ];
}

function envCauses({ env: variables = [], envFrom = [] }: Partial<ContainerSpec>, field: string): Cause[] {
  const own = variables.flatMap((variable, index): Cause[] => {
    const at = `${field}.env[${index}]`;
    const { name } = variable;
    const named =
      name === ''
        ? [required(`${at}.name`)]
        : /^[ -<>-~]+$/.test(name)
          ? []
          : [invalidValue(`${at}.name`, name, env.nameRule)];
    return [...named, ...sourceCauses(variable, `${at}.valueFrom`)];
  });
  const whole = envFrom.flatMap(({ secretRef, configMapRef }, index): Cause[] => {
    const source = secretRef ?? configMapRef;
    if (source === undefined)
      return [invalidValue(`${field}.envFrom`, '', 'must specify one of: `configMapRef` or `secretRef`')];
    const kind = secretRef === undefined ? 'configMapRef' : 'secretRef';
    const { name = '' } = source as Partial<typeof source>;
    return name === '' ? [required(`${field}.envFrom[${index}].${kind}.name`)] : [];
  });
  return [...own, ...whole];
}

/** Amounts that a container may ask for without a domain before their name. */
const standardAmounts = /^(cpu|memory|ephemeral-storage|hugepages-.+|[^/]+\/[^/]+)$/;

function resourceCauses({ resources }: Partial<ContainerSpec>, field: string): Cause[] {
  const amounts = (kind: 'limits' | 'requests'): Cause[] =>
    Object.entries(resources?.[kind] ?? {}).flatMap(([name, amount]) => {
      const at = `${field}.resources.${kind}[${name}]`;
      if (!standardAmounts.test(name)) {
        const rules = [
          'must be a standard resource type or fully qualified',
          'must be a standard resource for containers',
        ];
        return rules.map((rule) => invalidValue(at, name, rule));
      }
      const negative = (billionths(amount) ?? 0n) < 0n;
      return negative ? [invalidValue(at, amount, 'must be greater than or equal to 0')] : [];
    });
  const over = Object.entries(resources?.requests ?? {}).flatMap(([name, request]) => {
    const limit = resources?.limits?.[name];
    const isOver = limit !== undefined && (billionths(request) ?? 0n) > (billionths(limit) ?? 0n);
    const why = `must be less than or equal to ${name} limit of ${limit ?? ''}`;
    return isOver ? [invalidValue(`${field}.resources.requests`, request, why)] : [];
  });
  return [...amounts('limits'), ...amounts('requests'), ...over];
}

function portCauses(ports: readonly ContainerPort[], field: string): Cause[] {
  const names = ports.map(({ name }) => name);
  return ports.flatMap(({ name, containerPort, protocol }, index) => {
    const at = `${field}.ports[${index}]`;
    return [
      ...(name === undefined ? [] : portName(`${at}.name`, name)),
      ...(name !== undefined && names.indexOf(name) < index ? [duplicate(`${at}.name`, name)] : []),
      ...portNumber(`${at}.containerPort`, containerPort),
      ...(['SCTP', 'TCP', 'UDP'].includes(protocol)
        ? []
        : [unsupported(`${at}.protocol`, protocol, ['SCTP', 'TCP', 'UDP'])]),
    ];
  });
}

function probeCauses(probe: Probe | undefined, field: string): Cause[] {
  if (probe === undefined) return [];
  const handlers = (['exec', 'httpGet', 'tcpSocket', 'grpc'] as const).filter((name) => probe[name] !== undefined);
  const port = probe.httpGet?.port;
  return [
    ...(handlers.length === 0 ? [required(field, 'must specify a handler type')] : []),
    ...handlers.slice(1).map((name) => forbidden(`${field}.${name}`, 'may not specify more than 1 handler type')),
    ...(port === undefined
      ? []
      : typeof port === 'number'
        ? portNumber(`${field}.httpGet.port`, port)
        : portName(`${field}.httpGet.port`, port)),
    ...notNegative(`${field}.periodSeconds`, probe.periodSeconds),
    ...notNegative(`${field}.initialDelaySeconds`, probe.initialDelaySeconds),
  ];
}

const pullPolicies = ['Always', 'IfNotPresent', 'Never'];

function containerCauses(container: Partial<ContainerSpec>, field: string, volumes: ReadonlySet<string>): Cause[] {
  const { name, image } = container;
  const { imagePullPolicy: policy } = container as { imagePullPolicy?: string };
  return [
    ...(name === undefined || name === '' ? [required(`${field}.name`)] : dnsLabel(`${field}.name`, name)),
    ...(image === undefined || image === '' ? [required(`${field}.image`)] : []),
    ...portCauses(container.ports ?? [], field),
    ...envCauses(container, field),
    ...mountCauses(container as ContainerSpec, field, volumes),
    ...(policy === undefined || pullPolicies.includes(policy)
      ? []
      : [unsupported(`${field}.imagePullPolicy`, policy, pullPolicies)]),
    ...resourceCauses(container, field),
    ...probeCauses(container.livenessProbe, `${field}.livenessProbe`),
    ...probeCauses(container.readinessProbe, `${field}.readinessProbe`),
    ...probeCauses(container.startupProbe, `${field}.startupProbe`),
  ];
}

/** Returns everything that is wrong with a pod's spec; `claims` are names of volumes that are made for it later. */
export function podSpecCauses(spec: PodSpec, field: string, claims: readonly string[] = []): Cause[] {
  const { containers = [], initContainers = [], volumes = [], hostNetwork } = spec as Partial<PodSpec>;
  const known = new Set([...volumes.map(({ name }) => name), ...claims]);
  const names = [...containers, ...initContainers].map(({ name }) => name);
  const each = (list: readonly ContainerSpec[], at: string, from: number): Cause[] =>
    list.flatMap((container, index) => [
      ...containerCauses(container, `${at}[${index}]`, known),
      ...(names.indexOf(container.name) < from + index ? [duplicate(`${at}[${index}].name`, container.name)] : []),
    ]);
  const pinned =
    hostNetwork !== true
      ? []
      : containers.flatMap((container, index) => hostPorts(container, `${field}.containers[${index}]`));
  return [
    ...volumeCauses(spec, `${field}.volumes`),
    ...(containers.length === 0 ? [required(`${field}.containers`)] : []),
    ...each(containers, `${field}.containers`, 0),
    ...pinned,
    ...each(initContainers, `${field}.initContainers`, containers.length),
    ...notNegative(`${field}.terminationGracePeriodSeconds`, (spec as Partial<PodSpec>).terminationGracePeriodSeconds),
  ];
}

/** On the host's network a port is the host's: other numbers are refused. */
function hostPorts({ ports = [] }: ContainerSpec, field: string): Cause[] {
  return ports.flatMap(({ hostPort, containerPort }, index) =>
    hostPort === undefined || hostPort === containerPort
      ? []
      : [
          invalidValue(
            `${field}.ports[${index}].containerPort`,
            containerPort,
            'must match `hostPort` when `hostNetwork` is true',
          ),
        ],
  );
}
