import { at } from '../json.ts';
import { image } from './images.ts';
import { isDnsLabel } from './metadata.ts';
import { amounts } from './quantity.ts';
import { mayRefer } from './secret-references.ts';
import {
  atMost,
  bool,
  count,
  fields,
  flag,
  integer,
  listOf,
  numberOrText,
  oneOf,
  only,
  refused,
  text,
  texts,
  type Check,
} from './shape.ts';

const keyReference = { name: text, key: text, optional: bool };

const envFields = fields(
  {
    name: text,
    value: text,
    valueFrom: fields({
      configMapKeyRef: fields(keyReference, ['name', 'key']),
      secretKeyRef: fields(keyReference, ['name', 'key']),
      fieldRef: fields({ apiVersion: text, fieldPath: text }, ['fieldPath']),
      resourceFieldRef: fields({ containerName: text, resource: text, divisor: numberOrText }, ['resource']),
    }),
  },
  ['name'],
);

const env: Check = (value, field, scope) => {
  const taken = envFields(value, field, scope);
  const reference = at(at(value, 'valueFrom'), 'secretKeyRef');
  return reference === undefined || mayRefer(reference, 'name', `${field}.valueFrom.secretKeyRef`, scope)
    ? taken
    : undefined;
};

const source = { name: text, optional: bool };
const envFromFields = fields({
  prefix: text,
  configMapRef: fields(source, ['name']),
  secretRef: fields(source, ['name']),
});

const envFrom: Check = (value, field, scope) => {
  const taken = envFromFields(value, field, scope);
  const reference = at(value, 'secretRef');
  return reference === undefined || mayRefer(reference, 'name', `${field}.secretRef`, scope) ? taken : undefined;
};

const exec = fields({ command: texts });
const httpGet = fields(
  {
    host: text,
    httpHeaders: listOf(fields({ name: text, value: text }, ['name'])),
    path: text,
    port: numberOrText,
    scheme: oneOf('HTTP', 'HTTPS'),
  },
  ['port'],
);
const tcpSocket = fields({ host: text, port: numberOrText }, ['port']);
const seconds = atMost(({ policy }) => policy.limits.graceSeconds, 'pod-grace');

const probe = fields({
  exec,
  grpc: fields({ port: integer(1, 65_535), service: text }, ['port']),
  httpGet,
  tcpSocket,
  failureThreshold: count,
  initialDelaySeconds: count,
  periodSeconds: count,
  successThreshold: count,
  terminationGracePeriodSeconds: seconds,
  timeoutSeconds: count,
});

const handler = fields({ exec, httpGet, tcpSocket, sleep: fields({ seconds }, ['seconds']) });

/** 0 is as good as none; what else it is, Pod Security says. */
const hostPort: Check = (value, field, scope) => (value === 0 ? undefined : integer(1, 65_535)(value, field, scope));

const port = fields(
  {
    containerPort: integer(1, 65_535),
    hostIP: refused('pod-security-host-ports', 'is an address of the node', 'take it out'),
    hostPort,
    name: text,
    protocol: oneOf('TCP', 'UDP', 'SCTP'),
  },
  ['containerPort'],
);

/** A `subPath` that climbs has led out of volumes before (CVE-2017-1002101, CVE-2021-25741). */
const subPath: Check = (value, field, scope) => {
  const taken = text(value, field, scope);
  if (typeof taken === 'string' && (taken.startsWith('/') || taken.split('/').includes('..')))
    scope.say(field, 'volume-mount', 'leads out of its volume', 'write a path below it');
  return taken;
};

const volumeMount = fields(
  {
    name: text,
    mountPath: text,
    subPath,
    subPathExpr: subPath,
    readOnly: flag,
    recursiveReadOnly: oneOf('Disabled', 'IfPossible', 'Enabled'),
    mountPropagation: only(
      ['', 'None'],
      'volume-mount',
      'passes mounts on between the pod and its node',
      'take it out',
    ),
  },
  ['name', 'mountPath'],
);

/** `resources` of a container or pod. */
export const resources: Check = fields({
  limits: amounts,
  requests: amounts,
  claims: refused('pod-devices', 'asks for devices', 'take it out'),
});

const id = integer();

/** What the security contexts of pods and containers share. Pod Security says which values. */
export const securityFields: Readonly<Record<string, Check>> = {
  appArmorProfile: fields({ type: text, localhostProfile: text }, ['type']),
  runAsGroup: id,
  runAsNonRoot: bool,
  runAsUser: id,
  seLinuxOptions: fields({ level: text, role: text, type: text, user: text }),
  seccompProfile: fields({ type: text, localhostProfile: text }, ['type']),
  windowsOptions: fields({
    gmsaCredentialSpec: text,
    gmsaCredentialSpecName: text,
    hostProcess: bool,
    runAsUserName: text,
  }),
};

const securityContext = fields({
  ...securityFields,
  allowPrivilegeEscalation: bool,
  capabilities: fields({ add: texts, drop: texts }),
  privileged: bool,
  procMount: text,
  readOnlyRootFilesystem: bool,
});

const name: Check = (value, field, scope) => {
  if (typeof value === 'string' && !isDnsLabel(value))
    scope.say(field, 'name', 'is not a name for a container', 'write lower-case letters, digits and -');
  return text(value, field, scope);
};

const container = fields(
  {
    name,
    image,
    imagePullPolicy: oneOf('Always', 'IfNotPresent', 'Never'),
    command: texts,
    args: texts,
    workingDir: text,
    env: listOf(env),
    envFrom: listOf(envFrom),
    ports: listOf(port),
    resources,
    resizePolicy: listOf(fields({ resourceName: text, restartPolicy: text })),
    restartPolicy: text,
    livenessProbe: probe,
    readinessProbe: probe,
    startupProbe: probe,
    lifecycle: fields({ postStart: handler, preStop: handler, stopSignal: text }),
    securityContext,
    stdin: flag,
    stdinOnce: flag,
    tty: flag,
    terminationMessagePath: text,
    terminationMessagePolicy: oneOf('File', 'FallbackToLogsOnError'),
    volumeMounts: listOf(volumeMount),
    volumeDevices: refused('pod-devices', 'is a block device', 'mount a volume instead'),
  },
  ['name', 'image'],
);

export const containers: Check = listOf(container);
