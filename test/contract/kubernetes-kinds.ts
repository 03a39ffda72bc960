import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { claim, cronJob, deployment, job, paths, statefulSet } from './kubernetes-objects.ts';

/** Applies a new object; returns what the API made of it. */
export const made = async (calls: Calls, path: string, body: Tree): Promise<Tree> => {
  const answer = await calls.apply(`${path}/${textAt(body, 'metadata.name')}`, body);
  assert.equal(answer.status, 201, answer.text);
  return answer.body;
};

/** What the API makes of the kinds that charts bring and that keep a preview in its place. */
export function kindCases(api: () => Calls): void {
  describe('kinds', () => {
    test('discovery lists them', async () => {
      const calls = api();
      const expected: [string, Record<string, [kind: string, short: string]>][] = [
        [
          '/api/v1',
          {
            secrets: ['Secret', ''],
            persistentvolumeclaims: ['PersistentVolumeClaim', 'pvc'],
            serviceaccounts: ['ServiceAccount', 'sa'],
            resourcequotas: ['ResourceQuota', 'quota'],
            limitranges: ['LimitRange', 'limits'],
          },
        ],
        ['/apis/apps/v1', { statefulsets: ['StatefulSet', 'sts'] }],
        ['/apis/batch/v1', { jobs: ['Job', ''], cronjobs: ['CronJob', 'cj'] }],
        ['/apis/networking.k8s.io/v1', { networkpolicies: ['NetworkPolicy', 'netpol'] }],
      ];
      for (const [path, kinds] of expected) {
        const list = (await calls.get(path)).body['resources'] as Tree[];
        for (const [plural, [kind, short]] of Object.entries(kinds)) {
          const found = list.find(({ name }) => name === plural);
          assert.deepEqual(
            [found?.['kind'], found?.['namespaced'], found?.['shortNames'], found?.['singularName']],
            [kind, true, short === '' ? undefined : [short], kind.toLowerCase()],
          );
        }
      }
    });
    workloadCases(api);
  });
}

function workloadCases(api: () => Calls): void {
  test('a Job gets its numbers, a selector and labels of its own', async (t) => {
    const calls = api();
    const body = await made(calls, paths.jobs(await freshNamespace(t, calls)), job('migrate', {}, { suspend: true }));
    const uid = at(body, 'metadata.uid');
    const labels = {
      'batch.kubernetes.io/controller-uid': uid,
      'batch.kubernetes.io/job-name': 'migrate',
      'controller-uid': uid,
      'job-name': 'migrate',
    };
    const { template, ...spec } = body['spec'] as Tree;
    assert.deepEqual(spec, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      manualSelector: false,
      completionMode: 'NonIndexed',
      suspend: true,
      podReplacementPolicy: 'TerminatingOrFailed',
    });
    assert.deepEqual(at(template, 'metadata'), { labels });
    assert.deepEqual(at(body, 'metadata.labels'), labels);
    assert.deepEqual([body['status'], at(body, 'metadata.generation')], [{}, 1]);
    assert.equal(at(template, 'spec.containers.0.terminationMessagePolicy'), 'File');
  });

  test('a Job with several pods at once and no number to complete has none', async (t) => {
    const calls = api();
    const body = await made(
      calls,
      paths.jobs(await freshNamespace(t, calls)),
      job('a', {}, { parallelism: 2, suspend: true }),
    );
    assert.deepEqual([at(body, 'spec.parallelism'), at(body, 'spec.completions')], [2, undefined]);
  });

  test('a CronJob', async (t) => {
    const calls = api();
    const body = await made(calls, paths.cronJobs(await freshNamespace(t, calls)), cronJob('clean', { suspend: true }));
    const { jobTemplate, ...spec } = body['spec'] as Tree;
    assert.deepEqual(spec, {
      schedule: '*/5 * * * *',
      concurrencyPolicy: 'Allow',
      suspend: true,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    assert.deepEqual([at(jobTemplate, 'metadata'), at(jobTemplate, 'spec.template.metadata')], [{}, {}]);
    assert.deepEqual([at(jobTemplate, 'spec.backoffLimit'), body['status']], [undefined, {}]);
  });

  test('a StatefulSet with a claim', async (t) => {
    const calls = api();
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: claim('data')['spec'] }];
    const mount = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    const path = paths.statefulSets(await freshNamespace(t, calls));
    const body = await made(calls, path, statefulSet(mount, { volumeClaimTemplates }));
    const { template: _template, ...spec } = body['spec'] as Tree;
    assert.deepEqual(spec, {
      replicas: 0,
      selector: { matchLabels: { app: 'db' } },
      volumeClaimTemplates: [
        {
          kind: 'PersistentVolumeClaim',
          apiVersion: 'v1',
          metadata: { name: 'data' },
          spec: {
            accessModes: ['ReadWriteOnce'],
            resources: { requests: { storage: '1Gi' } },
            volumeMode: 'Filesystem',
          },
          status: { phase: 'Pending' },
        },
      ],
      serviceName: 'db',
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      revisionHistoryLimit: 10,
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    });
    assert.deepEqual(body['status'], { replicas: 0, availableReplicas: 0 });
    // Annotations are no change of the generation here, as they are for a Deployment.
    const noted = await calls.apply(
      `${path}/db`,
      statefulSet(mount, { volumeClaimTemplates }, { annotations: { a: '1' } }),
    );
    assert.equal(at(noted.body, 'metadata.generation'), 1);
  });

  test("volumes and variables of a pod's template", async (t) => {
    const calls = api();
    const path = paths.deployments(await freshNamespace(t, calls));
    const volumes = [
      { name: 'none' },
      { name: 'empty', emptyDir: { medium: '', sizeLimit: '1024Mi' } },
      { name: 'map', configMap: { name: 'x', items: [{ key: 'a', path: 'b' }], optional: false } },
      { name: 'secret', secret: { secretName: 'x' } },
      { name: 'all', projected: { sources: [{ secret: { name: 'x' } }, { serviceAccountToken: { path: 't' } }] } },
      { name: 'claim', persistentVolumeClaim: { claimName: 'x', readOnly: false } },
    ];
    const body = deployment({
      env: [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
      livenessProbe: { tcpSocket: { port: 80 }, initialDelaySeconds: 0, periodSeconds: 0 },
      securityContext: { privileged: false, runAsUser: 0, capabilities: { add: [], drop: [] } },
      volumeMounts: [{ name: 'map', mountPath: '/a', readOnly: false, subPath: '' }],
      stdin: false,
      args: [],
    });
    const template = at(body, 'spec.template.spec') as Tree;
    const stored = await made(calls, path, {
      ...body,
      spec: {
        ...(body['spec'] as Tree),
        template: { metadata: { labels: { app: 'foo' } }, spec: { ...template, volumes, hostNetwork: false } },
      },
    });
    assert.deepEqual(at(stored, 'spec.template.spec.volumes'), [
      { name: 'none', emptyDir: {} },
      { name: 'empty', emptyDir: { sizeLimit: '1Gi' } },
      { name: 'map', configMap: { name: 'x', items: [{ key: 'a', path: 'b' }], defaultMode: 420, optional: false } },
      { name: 'secret', secret: { secretName: 'x', defaultMode: 420 } },
      {
        name: 'all',
        projected: {
          sources: [{ secret: { name: 'x' } }, { serviceAccountToken: { expirationSeconds: 3600, path: 't' } }],
          defaultMode: 420,
        },
      },
      { name: 'claim', persistentVolumeClaim: { claimName: 'x' } },
    ]);
    const { env, livenessProbe, securityContext, volumeMounts, stdin, args } = at(
      stored,
      'spec.template.spec.containers.0',
    ) as Tree;
    assert.deepEqual(
      { env, livenessProbe, securityContext, volumeMounts, stdin, args },
      {
        env: [{ name: 'POD', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.name' } } }],
        livenessProbe: {
          tcpSocket: { port: 80 },
          timeoutSeconds: 1,
          periodSeconds: 10,
          successThreshold: 1,
          failureThreshold: 3,
        },
        securityContext: { privileged: false, runAsUser: 0, capabilities: {} },
        volumeMounts: [{ name: 'map', mountPath: '/a' }],
        stdin: undefined,
        args: undefined,
      },
    );
    assert.equal(at(stored, 'spec.template.spec.hostNetwork'), undefined);
  });
}
