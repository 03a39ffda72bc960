import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { guard } from '../../app/core/guard/guard.ts';
import type { GuardPolicy, Violation } from '../../app/core/guard/policy.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
import { canonicalJson, type Json } from '../../app/core/object.ts';
import { harmlessCharts, type Chart } from '../support/guard-corpus.ts';
import { policy } from '../support/guard-policy.ts';

const charts = harmlessCharts();

/** Every object of a chart, those of a List one by one. */
function objectsOf(chart: Chart): readonly Json[] {
  return chart.objects.flatMap(({ object }) =>
    object['kind'] === 'List' ? (object['items'] as readonly Json[]) : [object as Json],
  );
}

function violationsOf(under: GuardPolicy): readonly Violation[] {
  return charts.flatMap((chart) => guard(chart.objects, under).violations);
}

describe('harmless objects', () => {
  const count = charts.reduce((sum, chart) => sum + objectsOf(chart).length, 0);

  for (const level of ['baseline', 'restricted'] as const)
    test(`are let through: ${level}`, (context) => {
      const violations = violationsOf({ ...policy, level });
      const refused = new Set(violations.map(({ file, object }) => `${file} ${object}`)).size;
      context.diagnostic(
        `${count} harmless objects of ${charts.length} renders tried, ${count - refused} accepted (${level})`,
      );
      assert.ok(count >= 300, `only ${count} objects`);
      assert.ok(refused <= count / 100, violations.map(formatViolation).join('\n'));
    });

  test('come out as they went in, but for what is written here', () => {
    const changes = new Set<string>();
    for (const chart of charts) {
      const { objects } = guard(chart.objects, policy);
      for (const { object } of objects) {
        const after = object as unknown as Json;
        const before = objectsOf(chart).find((one) => nameOf(one) === nameOf(after));
        for (const change of differences(before, after, '')) changes.add(change);
      }
    }
    assert.deepEqual([...changes].sort(), [...deliberate].sort());
  });

  test('come out of a second time as they came out of the first', () => {
    for (const level of ['baseline', 'restricted'] as const)
      for (const chart of charts) {
        const first = guard(chart.objects, { ...policy, level });
        const second = guard(
          first.objects.map(({ object, ...rest }) => ({ ...rest, object: object })),
          { ...policy, level },
        );
        assert.deepEqual(second.violations.map(formatViolation), []);
        assert.equal(canonicalJson(second.objects), canonicalJson(first.objects));
      }
  });
});

function nameOf(object: Json): string {
  const { kind, metadata } = object as { readonly kind: string; readonly metadata: { readonly name: string } };
  return `${kind}/${metadata.name}`;
}

/** Paths of what is otherwise, indexes and keys that people choose left out; what is empty is as good as absent. */
function differences(before: Json | undefined, after: Json | undefined, path: string): readonly string[] {
  if (isEmpty(before) && isEmpty(after)) return [];
  if (isMap(before) && isMap(after)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) =>
      differences(before[key], after[key], `${path}.${/^[a-zA-Z]+$/.test(key) ? key : `"${key}"`}`),
    );
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length)
    return before.flatMap((item: Json, index) => differences(item, (after as readonly Json[])[index], `${path}[]`));
  return before === after
    ? []
    : [
        `${path.replace(/.*\.template\.spec/, 'pod').replace(/^\./, '')}: ${isEmpty(before) ? 'added' : isEmpty(after) ? 'left out' : 'changed'}`,
      ];
}

function isMap(value: Json | undefined): value is Readonly<Record<string, Json | undefined>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '' || value === false || value === 0) return true;
  return Array.isArray(value) ? value.length === 0 : isMap(value) && Object.values(value).every(isEmpty);
}

/** Everything that the guard changes in the corpus; docs/guard.md says why. */
const deliberate: readonly string[] = [
  'data.b: added',
  'data: added',
  'immutable: left out',
  'metadata.annotations: added',
  'metadata.annotations: left out',
  'metadata.creationTimestamp: left out',
  'metadata.generation: left out',
  'metadata.labels."app.kubernetes.io/managed-by": left out',
  'metadata.managedFields: left out',
  'metadata.namespace: added',
  'metadata.resourceVersion: left out',
  'metadata.uid: left out',
  'pod.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution[].namespaces: left out',
  'pod.automountServiceAccountToken: left out',
  'pod.containers[].envFrom: left out',
  'pod.containers[].resources.limits.cpu: changed',
  'pod.containers[].resources.requests.cpu: changed',
  'pod.containers[].resources.requests.memory: changed',
  'pod.containers[].volumeMounts[].mountPropagation: left out',
  'pod.dnsPolicy: left out',
  'pod.hostUsers: left out',
  'pod.imagePullSecrets: left out',
  'pod.schedulerName: left out',
  'pod.serviceAccount: left out',
  'pod.serviceAccountName: added',
  'pod.serviceAccountName: changed',
  'pod.volumes[].emptyDir.sizeLimit: added',
  'pod.volumes[].emptyDir.sizeLimit: changed',
  'pod.volumes[].secret: left out',
  'spec.activeDeadlineSeconds: added',
  'spec.concurrencyPolicy: added',
  'spec.ingressClassName: left out',
  'spec.jobTemplate.spec.activeDeadlineSeconds: added',
  'spec.resources.requests.storage: changed',
  'spec.rules[].http.paths[].path: added',
  'spec.selector."app.kubernetes.io/managed-by": left out',
  'spec.selector.matchLabels."app.kubernetes.io/managed-by": left out',
  'spec.template.metadata.labels."app.kubernetes.io/managed-by": left out',
  'spec.template.metadata.name: left out',
  'spec.tls: left out',
  'spec.ttlSecondsAfterFinished: left out',
  'spec.volumeClaimTemplates[].metadata.labels."app.kubernetes.io/managed-by": left out',
  'spec.volumeClaimTemplates[].status: left out',
  'status: left out',
  'stringData: left out',
];
