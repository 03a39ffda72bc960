import { at } from '../json.ts';
import { shown } from '../outside-text.ts';
import { anySelector } from './labels.ts';
import { fields, integer, listOf, mapOf, oneOf, refused, text, texts, type Check, type Scope } from './shape.ts';

/** Labels of nodes that name one, or those of the control plane. */
function isChosenNode(key: string): boolean {
  return (
    key === 'kubernetes.io/hostname' ||
    key === 'kubernetes.io/role' ||
    /^(?:[\w.-]+\.)?node-role\.kubernetes\.io(?:\/|$)/.test(key)
  );
}

function chosen(key: string, field: string, scope: Scope): void {
  scope.say(field, 'pod-node', `chooses nodes by ${shown(key)}`, 'take it out: the cluster chooses the node');
}

export const nodeSelector: Check = mapOf((key, value, field, scope) => {
  if (isChosenNode(key)) chosen(key, field, scope);
  return text(value, field, scope);
});

const nodeRequirement: Check = (value, field, scope) => {
  const [key, operator] = [at(value, 'key'), at(value, 'operator')];
  if (typeof key === 'string' && isChosenNode(key) && operator !== 'NotIn' && operator !== 'DoesNotExist')
    chosen(key, field, scope);
  return nodeFields(value, field, scope);
};
const nodeFields = fields(
  { key: text, operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'), values: texts },
  ['key', 'operator'],
);

const nodeTerm = fields({
  matchExpressions: listOf(nodeRequirement),
  matchFields: refused('pod-node', 'chooses nodes by name', 'take it out: the cluster chooses the node'),
});

const elsewhere = refused('pod-affinity', 'looks at pods of other namespaces', 'take it out');
const podTerm = fields(
  {
    labelSelector: anySelector,
    topologyKey: text,
    matchLabelKeys: texts,
    mismatchLabelKeys: texts,
    namespaces: (value, field, scope) =>
      Array.isArray(value) && value.every((one) => one === scope.policy.namespace)
        ? undefined
        : elsewhere(value, field, scope),
    namespaceSelector: (value, field, scope) => {
      // Empty, it stands for all namespaces.
      scope.say(field, 'pod-affinity', 'looks at pods of other namespaces', 'take it out');
      return value;
    },
  },
  ['topologyKey'],
);

const weighed = (name: string, term: Check): Check =>
  listOf(fields({ weight: integer(1, 100), [name]: term }, ['weight', name]));
const podAffinity = fields({
  requiredDuringSchedulingIgnoredDuringExecution: listOf(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: weighed('podAffinityTerm', podTerm),
});

export const affinity: Check = fields({
  nodeAffinity: fields({
    requiredDuringSchedulingIgnoredDuringExecution: fields({ nodeSelectorTerms: listOf(nodeTerm) }),
    preferredDuringSchedulingIgnoredDuringExecution: weighed('preference', nodeTerm),
  }),
  podAffinity,
  podAntiAffinity: podAffinity,
});

const tolerationFields = fields({
  key: text,
  operator: oneOf('Exists', 'Equal', 'Lt', 'Gt'),
  value: text,
  effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
  tolerationSeconds: integer(-1),
});

export const tolerations: Check = listOf((value, field, scope) => {
  const key = at(value, 'key') ?? '';
  if (key === '') scope.say(field, 'pod-toleration', 'tolerates every taint', 'name the taint’s key');
  else if (typeof key === 'string' && (isChosenNode(key) || key === 'CriticalAddonsOnly'))
    scope.say(`${field}.key`, 'pod-toleration', 'tolerates the control plane’s taint', 'take it out');
  return tolerationFields(value, field, scope);
});

export const topologySpread: Check = listOf(
  fields(
    {
      labelSelector: anySelector,
      matchLabelKeys: texts,
      maxSkew: integer(1),
      minDomains: integer(1),
      nodeAffinityPolicy: oneOf('Honor', 'Ignore'),
      nodeTaintsPolicy: oneOf('Honor', 'Ignore'),
      topologyKey: text,
      whenUnsatisfiable: oneOf('DoNotSchedule', 'ScheduleAnyway'),
    },
    ['maxSkew', 'topologyKey', 'whenUnsatisfiable'],
  ),
);
