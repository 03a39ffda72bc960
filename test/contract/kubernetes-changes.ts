import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, eventually, freshNamespace, type Tree } from './kubernetes-calls.ts';
import { conditions } from './kubernetes-jobs.ts';
import { claim, configMap, job, paths, secret, service, statefulSet } from './kubernetes-objects.ts';
import { type Expected, pathOf, requireCause } from './kubernetes-refusals.ts';

const invalid = 'FieldValueInvalid';
const forbidden = 'FieldValueForbidden';
const immutable = /: field is immutable$/s;

const volumeClaims = (storage: string): Tree => ({
  volumeClaimTemplates: [
    { metadata: { name: 'data' }, spec: claim('data', { resources: { requests: { storage } } })['spec'] },
  ],
});
const others =
  /^Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden$/;
const whenSet = /^Forbidden: field is immutable when `immutable` is set$/;
const ofClaim =
  /^Forbidden: spec is immutable after creation except resources\.requests and volumeAttributesClassName for bound claims/;

/** What may not change once it is there: before, after, and what the API says. */
const changes: readonly (readonly [title: string, before: Tree, after: Tree, ...expected: Expected])[] = [
  [
    "a running Job's template",
    job('a'),
    job('a', { env: [{ name: 'A', value: '1' }] }),
    'spec.template',
    invalid,
    immutable,
  ],
  ["a Job's number of pods", job('a'), job('a', {}, { completions: 2 }), 'spec.completions', invalid, immutable],
  ["a StatefulSet's Service", statefulSet(), statefulSet({}, { serviceName: 'other' }), 'spec', forbidden, others],
  [
    "a StatefulSet's claims",
    statefulSet({}, volumeClaims('1Gi')),
    statefulSet({}, volumeClaims('2Gi')),
    'spec',
    forbidden,
    others,
  ],
  [
    "a Secret's type",
    secret('a', { 'tls.crt': '', 'tls.key': '' }),
    secret('a', { 'tls.crt': '', 'tls.key': '' }, { type: 'kubernetes.io/tls' }),
    'type',
    invalid,
    immutable,
  ],
  [
    "an immutable Secret's data",
    secret('a', { x: '1' }, { immutable: true }),
    secret('a', { x: '2' }, { immutable: true }),
    'data',
    forbidden,
    whenSet,
  ],
  [
    'that a Secret is immutable',
    secret('a', { x: '1' }, { immutable: true }),
    secret('a', { x: '1' }),
    'immutable',
    forbidden,
    whenSet,
  ],
  [
    "an immutable ConfigMap's data",
    { ...configMap('a', { x: '1' }), immutable: true },
    { ...configMap('a', { x: '2' }), immutable: true },
    'data',
    forbidden,
    whenSet,
  ],
  [
    "a claim's mode",
    claim('a', { storageClassName: 'none' }),
    claim('a', { storageClassName: 'none', accessModes: ['ReadWriteMany'] }),
    'spec',
    forbidden,
    ofClaim,
  ],
  [
    'that a Service is headless',
    service({}, { clusterIP: 'None' }),
    service({}, { clusterIP: '10.96.3.4' }),
    'spec.clusterIPs[0]',
    invalid,
    /may not change once set/,
  ],
  [
    'that a Service has an address',
    service(),
    service({}, { clusterIP: 'None' }),
    'spec.clusterIPs[0]',
    invalid,
    /may not change once set/,
  ],
];

/** What of an object the API does not let change, and what it does. */
export function changeCases(api: () => Calls): void {
  describe('changes', () => {
    for (const [title, before, after, ...expected] of changes) {
      test(`${title} cannot change`, async (t) => {
        const calls = api();
        const path = pathOf(await freshNamespace(t, calls), before);
        assert.equal((await calls.apply(path, before)).status, 201);
        requireCause(await calls.apply(path, after), expected);
      });
    }

    test('a suspended Job may still get another number of seconds, labels for its pods, and be set going', async (t) => {
      const calls = api();
      const path = `${paths.jobs(await freshNamespace(t, calls))}/a`;
      await calls.apply(path, job('a', {}, { suspend: true }));
      const generations: unknown[] = [];
      for (const spec of [
        { suspend: true, activeDeadlineSeconds: 60 },
        { suspend: false, activeDeadlineSeconds: 60 },
      ]) {
        const answer = await calls.apply(path, job('a', {}, spec));
        assert.equal(answer.status, 200, answer.text);
        generations.push(at(answer.body, 'metadata.generation'));
      }
      assert.deepEqual(generations, [2, 3]);
    });

    test("a suspended Job's template cannot change", async (t) => {
      const calls = api();
      const path = `${paths.jobs(await freshNamespace(t, calls))}/a`;
      await calls.apply(path, job('a', {}, { suspend: true }));
      // Until its controller has said that it is suspended, the API names the template as a whole.
      await eventually(
        () => calls.get(path),
        (answer) => conditions(answer).length > 0,
      );
      const answer = await calls.apply(path, job('a', { image: 'x' }, { suspend: true }));
      requireCause(answer, ['spec.template.spec', invalid, immutable]);
    });

    test('a claim without a class may get one', async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls);
      const made = await calls.apply(pathOf(namespace, claim('a')), claim('a'));
      const storageClassName = at(made.body, 'spec.storageClassName') ?? 'late';
      assert.equal((await calls.apply(pathOf(namespace, claim('a')), claim('a', { storageClassName }))).status, 200);
    });
  });
}
