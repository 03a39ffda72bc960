import { isMap } from '../json.ts';
import { shown } from '../outside-text.ts';
import { affinity, nodeSelector, tolerations, topologySpread } from './affinity.ts';
import { containers, resources, securityFields } from './containers.ts';
import { templateMetadata } from './metadata.ts';
import { secured } from './pod-security.ts';
import {
  atMost,
  bool,
  fields,
  flag,
  integer,
  leftOut,
  listOf,
  oneOf,
  only,
  refused,
  text,
  textThat,
  type Check,
} from './shape.ts';
import { volumes } from './volumes.ts';

/** Absent, `default`, or one that was dropped from the same render; the spec gets `default`. */
const account: Check = textThat((value, field, scope) => {
  if (value !== '' && value !== 'default' && !scope.render.accounts.has(value))
    scope.say(
      field,
      'pod-service-account',
      `is "${shown(value)}"`,
      'take it out: previews run as the namespace’s default account, which may do nothing',
    );
  return undefined;
});

const scheduler = refused('pod-scheduler', 'leaves the pod to another scheduler', 'take it out');
const schedulerName = only(
  ['', 'default-scheduler'],
  'pod-scheduler',
  'leaves the pod to another scheduler',
  'take it out',
);
const priority = refused('pod-priority', 'drives out pods of others', 'take it out');
const runtime = refused('pod-runtime-class', 'is the administrators’ choice', 'take it out');

const dnsPolicy = only(
  ['', 'ClusterFirst', 'ClusterFirstWithHostNet'],
  'pod-dns',
  'asks others than the cluster’s name server',
  'take it out',
);
const hostUsers = only([true], 'pod-host-users', 'relaxes Pod Security', 'take it out');

/** Charts give names to the pod itself; any other address, they could give to names of others. */
const hostAlias: Check = fields(
  {
    hostnames: listOf(text),
    ip: textThat((value, field, scope) => {
      if (!/^(?:127(?:\.\d{1,3}){3}|::1)$/.test(value))
        scope.say(
          field,
          'pod-host-aliases',
          'is not the pod itself',
          'take it out, and give the address to the program as a setting',
        );
      return value;
    }),
  },
  ['ip'],
);

const osName: Check = textThat((value, field, scope) => {
  if (value !== 'linux') scope.say(field, 'pod-os', 'is not linux', 'write linux, or take it out');
  return value;
});

const id = integer();

const spec = fields(
  {
    containers,
    initContainers: containers,
    volumes,
    securityContext: fields({
      ...securityFields,
      fsGroup: id,
      fsGroupChangePolicy: oneOf('Always', 'OnRootMismatch'),
      seLinuxChangePolicy: text,
      supplementalGroups: listOf(id),
      supplementalGroupsPolicy: text,
      sysctls: listOf(fields({ name: text, value: text }, ['name'])),
    }),
    // Pod Security says which values.
    hostNetwork: flag,
    hostPID: flag,
    hostIPC: flag,
    hostUsers,
    os: fields({ name: osName }, ['name']),

    serviceAccountName: account,
    serviceAccount: account,
    automountServiceAccountToken: leftOut,
    imagePullSecrets: leftOut,

    affinity,
    nodeSelector,
    tolerations,
    topologySpreadConstraints: topologySpread,
    nodeName: refused('pod-node', 'chooses the node', 'take it out: the cluster chooses the node'),
    schedulerName,
    schedulingGates: scheduler,
    schedulingGroup: scheduler,
    priorityClassName: priority,
    priority,
    preemptionPolicy: priority,
    runtimeClassName: runtime,
    overhead: runtime,
    resourceClaims: refused('pod-devices', 'asks for devices', 'take it out'),
    ephemeralContainers: refused(
      'pod-ephemeral-containers',
      'are for people at work on a pod',
      'write them as containers',
    ),

    hostAliases: listOf(hostAlias),
    dnsPolicy,
    dnsConfig: fields({
      nameservers: refused('pod-dns', 'asks others than the cluster’s name server', 'take it out'),
      searches: listOf(text),
      options: listOf(fields({ name: text, value: text })),
    }),
    hostname: text,
    subdomain: text,
    setHostnameAsFQDN: bool,
    enableServiceLinks: bool,
    shareProcessNamespace: bool,

    activeDeadlineSeconds: integer(1),
    terminationGracePeriodSeconds: atMost(({ policy }) => policy.limits.graceSeconds, 'pod-grace'),
    restartPolicy: oneOf('Always', 'OnFailure', 'Never'),
    readinessGates: listOf(fields({ conditionType: text })),
    resources,
  },
  ['containers'],
);

const podSpec: Check = (value, field, scope) => {
  const taken = spec(value, field, scope);
  return isMap(taken) ? { ...taken, serviceAccountName: 'default', automountServiceAccountToken: false } : taken;
};

const template = fields({ metadata: templateMetadata, spec: podSpec }, ['spec']);

/** What a workload makes its pods from. */
export const podTemplate: Check = (value, field, scope) => {
  const taken = template(value, field, scope);
  return isMap(taken) ? secured(taken, field, scope) : taken;
};
