import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, textAt, type Tree } from './kubernetes-calls.ts';
import {
  claim,
  configMap,
  cronJob,
  deployment,
  ingress,
  job,
  paths,
  secret,
  statefulSet,
} from './kubernetes-objects.ts';

/** The cause that is expected. */
export type Expected = readonly [field: string, reason: string, message?: RegExp];

const invalid = 'FieldValueInvalid';
const required = 'FieldValueRequired';
const unsupported = 'FieldValueNotSupported';
const forbidden = 'FieldValueForbidden';

const inPod = 'spec.template.spec';
const inContainer = `${inPod}.containers[0]`;

const named = (kind: string, apiVersion: string, spec: Tree): Tree => ({
  apiVersion,
  kind,
  metadata: { name: 'a' },
  spec,
});
const variable = (more: Tree): Tree => deployment({ env: [{ name: 'A', ...more }] });
const ofKey = (key: Tree): Tree => variable({ valueFrom: { secretKeyRef: key } });
const podSpec = (spec: Tree): Tree => {
  const body = deployment();
  const template = at(body, 'spec.template') as Tree;
  return deployment({}, { template: { ...template, spec: { ...(template['spec'] as Tree), ...spec } } });
};
const volume = (...volumes: Tree[]): Tree => podSpec({ volumes });

const refused: readonly (readonly [title: string, body: Tree, ...expected: Expected])[] = [
  [
    'a Job that would restart for ever',
    job('a', {}, {}, { restartPolicy: 'Always' }),
    `${inPod}.restartPolicy`,
    required,
    /valid values: "OnFailure", "Never"/,
  ],
  ['a Job without containers', named('Job', 'batch/v1', {}), `${inPod}.containers`, required],
  ['a Job with fewer than no tries', job('a', {}, { backoffLimit: -1 }), 'spec.backoffLimit', invalid],
  [
    'a Job with a selector of its own',
    job('a', {}, { selector: { matchLabels: { a: 'b' } } }),
    'spec.selector',
    invalid,
    /`selector` not auto-generated/,
  ],
  ['a Job whose name is too long for a label', job('x'.repeat(64)), 'spec.template.labels', invalid],
  [
    'a CronJob without five fields',
    cronJob('a', { schedule: '* *' }),
    'spec.schedule',
    invalid,
    /expected exactly 5 fields, found 2: \[\* \*\]/,
  ],
  ['a CronJob without a schedule', cronJob('a', { schedule: '' }), 'spec.schedule', required],
  [
    'a CronJob in no time zone',
    cronJob('a', { timeZone: 'Mars/X' }),
    'spec.timeZone',
    invalid,
    /unknown time zone Mars\/X/,
  ],
  [
    'a CronJob of another concurrency',
    cronJob('a', { concurrencyPolicy: 'X' }),
    'spec.concurrencyPolicy',
    unsupported,
    /"Allow", "Forbid", "Replace"/,
  ],
  ['a CronJob whose name is over 52 characters', cronJob('x'.repeat(53)), 'metadata.name', invalid],
  ['a StatefulSet without selector', statefulSet({}, { selector: undefined }), 'spec.selector', required],
  [
    'a StatefulSet of another policy',
    statefulSet({}, { podManagementPolicy: 'X' }),
    'spec.podManagementPolicy',
    invalid,
  ],
  [
    'a StatefulSet whose claim wants nothing',
    statefulSet({}, { volumeClaimTemplates: [{ metadata: { name: 'd' }, spec: {} }] }),
    'spec.volumeClaimTemplates[0].spec.accessModes',
    required,
  ],
  ['a claim without size', claim('a', { resources: {} }), 'spec.resources[storage]', required],
  ['a claim of an unknown mode', claim('a', { accessModes: ['Foo'] }), 'spec.accessModes', unsupported],
  [
    'a Deployment that never restarts',
    podSpec({ restartPolicy: 'Never' }),
    `${inPod}.restartPolicy`,
    unsupported,
    /supported values: "Always"/,
  ],
  ['a Deployment of another strategy', deployment({}, { strategy: { type: 'Z' } }), 'spec.strategy', unsupported],
  [
    'a mount without its volume',
    deployment({ volumeMounts: [{ name: 'v', mountPath: '/v' }] }),
    `${inContainer}.volumeMounts[0].name`,
    'FieldValueNotFound',
    /^Not found: "v"$/,
  ],
  [
    'a volume of two kinds',
    volume({ name: 'v', emptyDir: {}, configMap: { name: 'x' } }),
    `${inPod}.volumes[0].configMap`,
    forbidden,
    /may not specify more than 1 volume type/,
  ],
  [
    'a volume of a nameless Secret',
    volume({ name: 'v', secret: {} }),
    `${inPod}.volumes[0].secret.secretName`,
    required,
  ],
  [
    'a variable with value and source',
    variable({ value: 'x', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }),
    `${inContainer}.env[0].valueFrom`,
    invalid,
    /may not be specified when `value` is not empty/,
  ],
  [
    'a variable from nowhere',
    variable({ valueFrom: {} }),
    `${inContainer}.env[0].valueFrom`,
    invalid,
    /must specify one of: `fieldRef`/,
  ],
  [
    'a variable from no key',
    ofKey({ name: 'a', key: '' }),
    `${inContainer}.env[0].valueFrom.secretKeyRef.key`,
    required,
  ],
  [
    'a variable from an unknown field',
    variable({ valueFrom: { fieldRef: { fieldPath: 'foo' } } }),
    `${inContainer}.env[0].valueFrom.fieldRef.fieldPath`,
    invalid,
  ],
  [
    'variables from nothing',
    deployment({ envFrom: [{}] }),
    `${inContainer}.envFrom`,
    invalid,
    /must specify one of: `configMapRef` or `secretRef`/,
  ],
  [
    'an amount of something unknown',
    deployment({ resources: { limits: { foo: '1' } } }),
    `${inContainer}.resources.limits[foo]`,
    invalid,
  ],
  [
    'a negative amount',
    deployment({ resources: { requests: { cpu: '-1' } } }),
    `${inContainer}.resources.requests[cpu]`,
    invalid,
  ],
  [
    'a probe that asks nothing',
    deployment({ livenessProbe: { periodSeconds: 1 } }),
    `${inContainer}.livenessProbe`,
    required,
    /must specify a handler type/,
  ],
  [
    'two ports of one name',
    deployment({
      ports: [
        { containerPort: 80, name: 'a' },
        { containerPort: 81, name: 'a' },
      ],
    }),
    `${inContainer}.ports[1].name`,
    'FieldValueDuplicate',
  ],
  ['an unknown pull policy', deployment({ imagePullPolicy: 'Q' }), `${inContainer}.imagePullPolicy`, unsupported],
  [
    'a TLS Secret without its key',
    secret('a', { 'tls.crt': 'x' }, { type: 'kubernetes.io/tls' }),
    'data[tls.key]',
    required,
  ],
  [
    'a registry Secret without a config',
    secret('a', { x: '1' }, { type: 'kubernetes.io/dockerconfigjson' }),
    'data[.dockerconfigjson]',
    required,
  ],
  [
    'a registry Secret that is no JSON',
    secret('a', { '.dockerconfigjson': 'no' }, { type: 'kubernetes.io/dockerconfigjson' }),
    'data[.dockerconfigjson]',
    invalid,
    /<secret contents redacted>/,
  ],
  ['a bad Secret key', secret('a', { 'bad key': '' }), 'data[bad key]', invalid],
  [
    'a ConfigMap with a key twice',
    { ...configMap('a', { k: '1' }), binaryData: { k: 'AAE=' } },
    'data[k]',
    invalid,
    /duplicate of key present in binaryData/,
  ],
  [
    'a quota of something unknown',
    named('ResourceQuota', 'v1', { hard: { foo: '1' } }),
    'spec.hard[foo]',
    invalid,
    /must be a standard resource for quota/,
  ],
  ['a negative quota', named('ResourceQuota', 'v1', { hard: { pods: '-2' } }), 'spec.hard[pods]', invalid],
  [
    'a LimitRange whose default is over its maximum',
    named('LimitRange', 'v1', { limits: [{ type: 'Container', max: { memory: '1Gi' }, default: { memory: '2Gi' } }] }),
    'spec.limits[0].default[memory]',
    invalid,
    /default value 2Gi is greater than max value 1Gi/,
  ],
  [
    'a NetworkPolicy for no range',
    named('NetworkPolicy', 'networking.k8s.io/v1', {
      podSelector: {},
      egress: [{ to: [{ ipBlock: { cidr: '0.0.0.0/40' } }] }],
    }),
    'spec.egress[0].to[0].ipBlock.cidr',
    invalid,
  ],
  [
    'a NetworkPolicy with an exception outside',
    named('NetworkPolicy', 'networking.k8s.io/v1', {
      podSelector: {},
      egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/16', except: ['11.0.0.0/24'] } }] }],
    }),
    'spec.egress[0].to[0].ipBlock.except[0]',
    invalid,
    /must be a strict subset of `cidr`/,
  ],
  [
    'a NetworkPolicy of another type',
    named('NetworkPolicy', 'networking.k8s.io/v1', { podSelector: {}, policyTypes: ['Foo'] }),
    'spec.policyTypes[0]',
    unsupported,
  ],
  [
    'an Ingress path with two slashes',
    ingress('a.example.com', { path: '/a//b' }),
    'spec.rules[0].http.paths[0].path',
    invalid,
    /must not contain '\/\/'/,
  ],
];

const collections: Readonly<Record<string, (namespace: string) => string>> = {
  ConfigMap: paths.configMaps,
  CronJob: paths.cronJobs,
  Deployment: paths.deployments,
  Ingress: paths.ingresses,
  Job: paths.jobs,
  LimitRange: paths.limitRanges,
  NetworkPolicy: paths.networkPolicies,
  PersistentVolumeClaim: paths.claims,
  ResourceQuota: paths.quotas,
  Secret: paths.secrets,
  Service: paths.services,
  StatefulSet: paths.statefulSets,
};

/** Where an object goes. */
export const pathOf = (namespace: string, body: Tree): string =>
  `${collections[String(body['kind'])]?.(namespace) ?? ''}/${textAt(body, 'metadata.name')}`;

/** Requires a 422 with that cause among others. */
export function requireCause(
  answer: Awaited<ReturnType<Calls['apply']>>,
  [field, reason, message = /./]: Expected,
): void {
  assert.deepEqual([answer.status, answer.body['reason']], [422, 'Invalid'], answer.text);
  const causes = at(answer.body, 'details.causes') as Tree[];
  const found = causes.some(
    (one) => one['field'] === field && one['reason'] === reason && message.test(String(one['message'])),
  );
  assert.ok(found, answer.text);
}

/** What the API refuses of the kinds that charts bring, with the field it names. */
export function refusalCases(api: () => Calls): void {
  describe('refusals', () => {
    for (const [title, body, ...expected] of refused) {
      test(`${title} is refused`, async () => {
        requireCause(await api().apply(pathOf('default', body), body), expected);
      });
    }
  });
}
