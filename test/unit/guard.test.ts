import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationRule } from '../../app/config/annotations.ts';
import { guard, type Guarded } from '../../app/core/guard/guard.ts';
import type { GuardPolicy } from '../../app/core/guard/policy.ts';
import { formatViolation } from '../../app/core/guard/violations.ts';
import type { Json, KubernetesObject } from '../../app/core/object.ts';
import { podTemplateOf } from '../../app/core/pod-template.ts';
import { deployment, host, policy, selector, sourced } from '../support/guard-policy.ts';

function through(objects: readonly Json[], own: GuardPolicy = policy): Guarded {
  const guarded = guard(
    objects.map((object) => sourced(object)),
    own,
  );
  assert.deepEqual(guarded.violations.map(formatViolation), []);
  return guarded;
}

/** The first of the objects, as it comes out. */
function only(objects: Json | readonly Json[], own: GuardPolicy = policy): KubernetesObject {
  const [first] = through([objects].flat(), own).objects;
  assert.ok(first);
  return first.object;
}

function told(objects: readonly Json[], own: GuardPolicy = policy): readonly string[] {
  return guard(
    objects.map((object, index) => sourced(object, `${index}.yaml`)),
    own,
  ).violations.map(formatViolation);
}

const withPod = (spec: { readonly [key: string]: Json }): Json =>
  deployment({ template: { metadata: { labels: selector }, spec } });
const backend = { service: { name: 'one', port: { number: 80 } } };
const service: Json = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one' }, spec: { selector, ports: [{ port: 80 }] } };
const ingress = (name: string, path: string): Json => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name },
  spec: { rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }] },
});

describe('the guard lets through', () => {
  test('a Deployment, with the namespace, the account and no token', () => {
    assert.deepEqual(
      only(
        deployment(
          {},
          {
            labels: { 'app.kubernetes.io/managed-by': 'Helm', a: 'b' },
            annotations: { 'helm.sh/hook': 'pre-install' },
          },
        ),
      ),
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'one', labels: { a: 'b' }, namespace: 'foo-241' },
        spec: {
          selector: { matchLabels: selector },
          template: {
            metadata: { labels: selector },
            spec: {
              containers: [{ name: 'one', image: 'nginx' }],
              serviceAccountName: 'default',
              automountServiceAccountToken: false,
            },
          },
        },
      },
    );
  });

  test('a fork’s pods with what restricted asks for filled in, and what they say themselves kept', () => {
    const containers = [
      { name: 'one', image: 'nginx' },
      {
        name: 'two',
        image: 'nginx',
        securityContext: {
          runAsUser: 7,
          capabilities: { drop: ['KILL'], add: ['NET_BIND_SERVICE'] },
          seccompProfile: { type: 'Localhost', localhostProfile: 'a' },
        },
      },
    ];
    const template = podTemplateOf(
      only(withPod({ containers, securityContext: { fsGroup: 5 } }), { ...policy, level: 'restricted' }),
    );
    assert.deepEqual(template?.['spec'], {
      containers: [
        {
          name: 'one',
          image: 'nginx',
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        },
        {
          name: 'two',
          image: 'nginx',
          securityContext: {
            allowPrivilegeEscalation: false,
            runAsUser: 7,
            capabilities: { add: ['NET_BIND_SERVICE'], drop: ['ALL'] },
            seccompProfile: { type: 'Localhost', localhostProfile: 'a' },
          },
        },
      ],
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' }, fsGroup: 5 },
      serviceAccountName: 'default',
      automountServiceAccountToken: false,
    });
  });

  test('an Ingress with the class as annotation and without TLS', () => {
    const given = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata: { name: 'one', annotations: { 'haproxy.org/cors-enable': 'true', 'meta.helm.sh/release-name': 'a' } },
      spec: {
        ingressClassName: 'haproxy-v1',
        tls: [{ hosts: [host], secretName: 'a' }],
        rules: [{ host, http: { paths: [{ pathType: 'Prefix', backend }] } }],
      },
    };
    const { metadata, spec } = only([given, service]);
    assert.deepEqual(metadata.annotations, {
      'haproxy.org/cors-enable': 'true',
      'kubernetes.io/ingress.class': 'haproxy-v1',
    });
    assert.deepEqual(spec, { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] });
  });

  test('two Ingresses of one host, and the same path twice: they are one preview’s', () => {
    assert.equal(through([ingress('one', '/'), ingress('two', '/api'), ingress('three', '/'), service]).objects.length, 4);
  });

  test('a Secret with all its data encoded', () => {
    const secret = only({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'one' },
      data: { a: 'YQ==', b: 'Yg==' },
      stringData: { b: 'ü', constructor: 'c' },
      immutable: true,
    });
    assert.deepEqual(secret, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'one', namespace: 'foo-241' },
      data: { a: 'YQ==', b: 'w7w=', constructor: 'Yw==' },
    });
  });

  test('a Job with the platform’s longest time, for good', () => {
    const job = only({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: { name: 'one' },
      spec: {
        ttlSecondsAfterFinished: 60,
        template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] } },
      },
    });
    const { template: _template, ...rest } = job.spec as { readonly [key: string]: Json };
    assert.deepEqual(rest, { activeDeadlineSeconds: 1800 });
  });

  test('names of properties that every object has, as data, labels and annotations', () => {
    const names = { constructor: 'a', toString: 'b', hasOwnProperty: 'c', valueOf: 'd' };
    const { metadata, data } = only({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'constructor', labels: names, annotations: names },
      data: names,
    });
    assert.deepEqual([metadata.labels, metadata.annotations, data], [names, names, names]);
  });

  test('what is in a List, with its file and whether it is stable', () => {
    const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'List', items: [deployment()] }] };
    const { objects } = guard([{ file: 'a.yaml', object: list, stable: false }], policy);
    assert.deepEqual(
      objects.map(({ file, stable, object }) => [file, stable, object.kind]),
      [['a.yaml', false, 'Deployment']],
    );
  });
});

describe('the guard leaves out', () => {
  test('accounts, budgets, scalers and monitors, and lets pods name such an account', () => {
    const left = [
      ['v1', 'ServiceAccount'],
      ['policy/v1', 'PodDisruptionBudget'],
      ['autoscaling/v2', 'HorizontalPodAutoscaler'],
      ['monitoring.coreos.com/v1', 'ServiceMonitor'],
    ].map(([apiVersion = '', kind = '']) => ({ apiVersion, kind, metadata: { name: 'one' } }));
    const { objects, dropped } = through([
      ...left,
      withPod({ serviceAccountName: 'one', containers: [{ name: 'one', image: 'nginx' }] }),
    ]);
    assert.deepEqual(
      objects.map(({ object }) => object.kind),
      ['Deployment'],
    );
    assert.deepEqual(
      dropped.map(({ object }) => object),
      ['ServiceAccount/one', 'PodDisruptionBudget/one', 'HorizontalPodAutoscaler/one', 'ServiceMonitor/one'],
    );
  });

  test('optional references to Secrets that the preview is not given, and says so', () => {
    const reference = { name: 'other', optional: true };
    const volumes = [
      { name: 'v', secret: { secretName: 'other', optional: true } },
      { name: 'p', projected: { sources: [{ secret: reference }, { configMap: { name: 'c' } }] } },
    ];
    const containers = [
      {
        name: 'one',
        image: 'nginx',
        env: [
          { name: 'A', valueFrom: { secretKeyRef: { ...reference, key: 'a' } } },
          { name: 'B', value: 'b' },
        ],
        envFrom: [{ secretRef: reference }],
      },
    ];
    const { objects, dropped } = through([withPod({ containers, volumes })]);
    const spec = objects.map(({ object }) => podTemplateOf(object)?.['spec'])[0] as {
      readonly containers: Json;
      readonly volumes: Json;
    };
    assert.deepEqual(spec.containers, [{ name: 'one', image: 'nginx', env: [{ name: 'B', value: 'b' }] }]);
    assert.deepEqual(spec.volumes, [
      { name: 'v', emptyDir: {} },
      { name: 'p', projected: { sources: [{ configMap: { name: 'c' } }] } },
    ]);
    assert.equal(dropped.length, 4);
    assert.match(
      dropped[0]?.why ?? '',
      /^spec\.template\.spec\.containers\[0\]\.env\[0\]\.valueFrom\.secretKeyRef is left out: .* "other"$/,
    );
  });
});

describe('violations', () => {
  test('are one line each, with file, object, field, what is wrong, how to mend it and the rule', () => {
    assert.deepEqual(
      told([
        { apiVersion: 'extensions/v1beta1', kind: 'Ingress', metadata: { name: 'one' } },
        deployment({ replicas: 4 }),
      ]),
      [
        '0.yaml: Ingress/one apiVersion: is extensions/v1beta1 — write networking.k8s.io/v1 (api-version)',
        '1.yaml: Deployment/one spec.replicas: is 4 — 3 is the most that the platform allows (replicas)',
      ],
    );
  });

  test('of an object that is there twice name both files', () => {
    assert.deepEqual(told([deployment(), deployment()]), [
      '1.yaml: Deployment/one: is there twice: in 0.yaml and in 1.yaml — give one of them another name, or take it out (duplicate)',
    ]);
  });

  test('of an Ingress’s annotation send to the administrators only for what avant.yaml would take', () => {
    const annotated = (name: string): string => {
      const own = ingress('one', '/') as { readonly metadata: { readonly name: string } };
      const [line = '', more] = told([{ ...own, metadata: { ...own.metadata, annotations: { [name]: 'x' } } }, service]);
      assert.equal(more, undefined);
      return line;
    };
    for (const name of ['haproxy-ingress.github.io/cors-max-age', 'example.com/note', 'nginx.ingress.kubernetes.io/proxy-buffering']) {
      assert.equal(annotationRule(name), undefined);
      assert.match(annotated(name), /: is not allowed — take it out, or ask the administrators to allow it \(ingressAnnotations\) \(ingress-annotation\)$/);
    }
    const never = ['server-alias', 'redirect-to', 'app-root', 'auth-tls-secret', 'waf', 'timeout-client', 'blue-green-balance', 'Affinity'];
    for (const name of [...never.map((own) => `haproxy-ingress.github.io/${own}`), 'ingress.kubernetes.io/affinity', 'nginx.ingress.kubernetes.io/server-alias', 'note']) {
      assert.notEqual(annotationRule(name), undefined);
      assert.match(annotated(name), /: is for no preview: .* — take it out: administrators cannot allow it either \(ingress-annotation\)$/, name);
    }
    assert.match(annotated('haproxy-ingress.github.io/server-alias'), /is for no preview: with it one preview takes what is meant for others —/);
    assert.match(annotated('haproxy-ingress.github.io/ssl-passthrough'), /take it out: TLS is the platform’s/);
    for (const name of ['haproxy-ingress.github.io/health-check-uri', 'haproxy.org/check-http'])
      assert.match(annotated(name), /take it out, and give the container a readinessProbe; without a chart, write readiness\.path in \.cloud\/preview\.yaml/);
  });

  test('name an object as its author does, where that is told', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'setup-prepare-a0c27b96' }, spec: { parallelism: 100, template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'b' }] } } } };
    const lines = guard([{ ...sourced(job, 'a.yaml'), title: 'hooks.setup prepare\u200b' }], policy).violations.map(formatViolation);
    assert.deepEqual(lines, ['a.yaml: hooks.setup prepare\\u{200b} spec.parallelism: is 100 — 3 is the most that the platform allows (replicas)']);
  });

  test('show text from outside on one line, without what does not show', () => {
    const [line = ''] = told([
      { apiVersion: 'v1', kind: 'Evil\u202e\n', metadata: { name: `a\u200b${'b'.repeat(500)}` } },
    ]);
    assert.match(line, /^0\.yaml: Evil\\u\{202e\}\\u\{a\}\/a\\u\{200b\}b+… kind: /);
    assert.ok(line.length < 500);
  });

  test('never show what a Secret holds', () => {
    const lines = told([
      {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'one' },
        data: { a: 'hunter2!' },
        stringData: { '../b': 'hunter2', c: 7_654_321 },
      },
    ]);
    assert.equal(lines.length, 3);
    assert.doesNotMatch(lines.join('\n'), /hunter2|7654321/);
  });

  test('beyond a hundred are counted', () => {
    const violations = guard(
      Array.from({ length: 150 }, (_, index) =>
        sourced({ apiVersion: 'v1', kind: 'Pod', metadata: { name: `p${index}` } }),
      ),
      policy,
    ).violations;
    assert.equal(violations.length, 101);
    assert.equal(violations.at(-1)?.message, '50 more violations, here and in other objects');
  });

  test('of one object do not hide those of another', () => {
    assert.equal(
      told([
        { apiVersion: 'v1', kind: 'Pod' },
        deployment({ replicas: 4 }),
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'one' },
          spec: { type: 'NodePort', externalIPs: ['1.2.3.4'] },
        },
      ]).length,
      5,
    );
  });
});
