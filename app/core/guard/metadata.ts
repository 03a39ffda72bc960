import { shown } from '../outside-text.ts';
import { labels, plainAnnotations } from './labels.ts';
import { fields, leftOut, refused, textThat, type Check } from './shape.ts';

/** A DNS label and a DNS subdomain, RFC 1123; what a Service is named, RFC 1035. */
const label = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const service = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/**
 * Longest names that the API server takes, where it is not 253: a CronJob's Jobs get 11 characters more.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
 */
const longest: ReadonlyMap<string, number> = new Map([
  ['Service', 63],
  ['Job', 63],
  ['CronJob', 52],
]);

/** Kubernetes puts these into every namespace. */
const clusters: ReadonlySet<string> = new Set(['ConfigMap/kube-root-ca.crt', 'ConfigMap/openshift-service-ca.crt']);

/** Says whether the text is a DNS label of 63 characters at most. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && label.test(text);
}

function isName(kind: string, text: string): boolean {
  if (text.length > (longest.get(kind) ?? 253)) return false;
  return kind === 'Service' ? service.test(text) : text.split('.').every((part) => label.test(part));
}

/** The name of an object. */
function nameOf(kind: string): Check {
  return textThat((value, field, scope) => {
    if (!isName(kind, value))
      scope.say(
        field,
        'name',
        `is "${shown(value)}"`,
        `write a DNS name of at most ${longest.get(kind) ?? 253} characters: lower-case letters, digits and -`,
      );
    else if (clusters.has(`${kind}/${value}`))
      scope.say(field, 'name-reserved', 'is the cluster’s', 'choose another name');
    else if (kind === 'Secret' && (value.startsWith('avant-') || scope.policy.secrets.includes(value)))
      scope.say(
        field,
        'name-reserved',
        'is that of a Secret of the platform',
        'choose another name, one that does not begin with avant-',
      );
    return value;
  });
}

const namespace: Check = textThat((value, field, scope) => {
  if (value !== scope.policy.namespace)
    scope.say(field, 'namespace', `is "${shown(value)}"`, `take it out: the preview's is ${scope.policy.namespace}`);
  return undefined;
});

/** What the API server and other clients write, left in exported objects. */
const readOnly = [
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'managedFields',
  'resourceVersion',
  'selfLink',
  'uid',
];

const common: Readonly<Record<string, Check>> = {
  namespace,
  labels,
  generateName: refused('generate-name', 'would make another object at each apply', 'write a name instead'),
  ownerReferences: refused('owner-references', 'would delete it with somebody else’s object', 'take it out'),
  finalizers: refused('finalizers', 'would keep the preview from being taken away', 'take it out'),
  ...Object.fromEntries(readOnly.map((field) => [field, leftOut])),
};

/** `metadata` of an object: its namespace is checked and left out here, and written by the guard. */
export function objectMetadata(kind: string, annotations: Check): Check {
  return fields({ ...common, name: nameOf(kind), annotations }, ['name']);
}

/** `metadata` of a pod's, a Job's or a claim's template. The cluster makes up the name; that of a claim stays. */
export const templateMetadata: Check = fields({ ...common, annotations: plainAnnotations, name: leftOut });
export const claimMetadata: Check = fields(
  { ...common, annotations: plainAnnotations, name: nameOf('PersistentVolumeClaim') },
  ['name'],
);
