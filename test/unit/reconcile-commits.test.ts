import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { names, type Json, type KubernetesObject } from '../../app/core/object.ts';
import type { TenantRecord } from '../../app/core/record.ts';
import { planPullRequest } from '../../app/reconcile/plan.ts';
import { abandoned, planSetup } from '../../app/reconcile/plan-setup.ts';
import type { StagedObject } from '../../app/reconcile/render/render.ts';
import { stuckPods } from '../../app/reconcile/stuck-pods.ts';
import { chartObjects as one } from '../support/chart-objects.ts';
import { ask, factsWith, frozen } from '../support/previews.ts';
import { openWorld, shaA, shaB, shaC, type World } from '../support/world.ts';

type Metadata = Partial<KubernetesObject['metadata']>;
const object = (kind: string, name: string, { labels = {}, annotations = {}, ...more }: Metadata = {}, rest: { readonly spec?: Json; readonly status?: Json } = {}): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind, metadata: { name, namespace: 'foo-241', uid: `uid of ${name}`, resourceVersion: '7', labels, annotations, ...more } },
  ...rest,
});
const of = (kind: string, name: string, commit: string, readAt: string): KubernetesObject => object(kind, name, { annotations: { [names.commit]: commit, [names.readAt]: readAt } });
const hookJob = (name: string, hook: 'setup' | 'teardown', type?: 'Complete' | 'Failed'): KubernetesObject =>
  object('Job', name, { labels: { [names.hook]: hook } }, { spec: { suspend: false }, status: { conditions: type ? [{ type, status: 'True' }] : [] } });
const hookPod = (job: string, phase: string): KubernetesObject => object('Pod', `${job}-x`, { labels: { [names.hook]: 'setup', 'batch.kubernetes.io/job-name': job } }, { status: { phase } });

describe('a setup Job', () => {
  const wanted: readonly StagedObject[] = [{ stage: 'setup', stable: true, object: object('Job', 'migrate-b') }];
  type Row = [what: string, objects: KubernetesObject[], pods: KubernetesObject[], begun: boolean];
  const rows: Row[] = [
    ['begins where nothing else runs', [], [], true],
    ['waits for one of another commit', [hookJob('migrate-a', 'setup')], [], false],
    ['does not wait for one that has ended', [hookJob('migrate-a', 'setup', 'Complete'), hookJob('seed-a', 'setup', 'Failed')], [], true],
    ['does not wait for a teardown Job', [hookJob('drop-a', 'teardown')], [], true],
    ['waits for the pod of one that was deleted', [], [hookPod('migrate-a', 'Running')], false],
    ['waits for such a pod that is only beginning', [], [hookPod('migrate-a', 'Pending')], false],
    ['does not wait for a pod that has ended', [], [hookPod('migrate-a', 'Succeeded'), hookPod('seed-a', 'Failed')], true],
    ['does not wait for the program', [], [object('Pod', 'web-1', {}, { status: { phase: 'Running' } })], true],
  ];
  for (const [what, objects, pods, begun] of rows) {
    test(what, () => {
      const { steps, done, met } = planSetup(frozen(wanted), frozen({ objects, pods }));
      assert.deepEqual([steps.map((step) => step.do), done, met], [begun ? ['apply'] : [], false, undefined]);
    });
  }
});

describe('what other commits left', () => {
  const [first, second, third] = ['2026-11-22T08:00:00Z', '2026-11-22T09:00:00Z', '2026-11-22T10:00:00Z'];
  type Row = [what: string, stray: KubernetesObject, there: KubernetesObject[], goes: boolean];
  const rows: Row[] = [
    ['a hook goes at once', hookJob('migrate-a', 'setup'), [of('Deployment', 'web', shaA, first)], true],
    ['what runs with the program stays', of('ConfigMap', 'settings', shaA, first), [of('Deployment', 'web', shaA, first)], false],
    ['what was made before, and has not changed since, stays', of('ConfigMap', 'settings', shaA, first), [of('Deployment', 'web', shaB, second)], false],
    ['what a commit brought that never ran goes', of('ConfigMap', 'settings', shaC, third), [of('Deployment', 'web', shaB, second)], true],
    ['where nothing ever ran all goes', of('ConfigMap', 'settings', shaA, first), [of('Service', 'web', shaA, first)], true],
    ['a program stays', of('Deployment', 'old', shaC, third), [of('Deployment', 'web', shaB, second)], false],
    ['a database stays', of('StatefulSet', 'old', shaC, third), [], false],
  ];
  for (const [what, stray, there, goes] of rows) {
    test(what, () => {
      assert.deepEqual(abandoned(frozen([stray]), frozen([...there, stray])), goes ? [stray] : []);
    });
  }

  test('settings that a running program needs stay until the next one is set up', async () => {
    const world: World = openWorld({ tenants: [] });
    for (const sha of [shaA, shaB, shaC]) world.cloudAt(sha, { charts: ['web'] });
    // The settings are the first commit's, the program another with each, and the third has no settings any more.
    world.charts.set('web', ({ computed }) => {
      const sha = (computed as { avant: { sha: string } }).avant.sha;
      return [...one.deployment('web', `registry.bar.com/web:${sha}`), ...one.service('web'), ...one.job('init', { hook: 'pre-install' }), ...(sha === shaC ? [] : one.configMap('settings', { a: '1' }))];
    });
    const push = async (headSha: string): Promise<void> => {
      await world.change(241, { headSha });
      await world.settle(5_000);
    };
    const setUp = async (): Promise<void> => {
      world.cluster.endJobs('complete');
      await world.settle(5_000);
      world.cluster.rollOut();
      await world.settle(5_000);
    };
    await world.open(241, { config: undefined });
    await world.settle();
    await setUp();
    await push(shaB);
    await setUp();
    await push(shaC);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaB);
    assert.deepEqual(world.inside('foo-241', 'ConfigMap'), ['ConfigMap/settings']);
    await setUp();
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaC);
    assert.deepEqual(world.inside('foo-241', 'ConfigMap'), []);
  });
});

describe('pods that hold up a StatefulSet', () => {
  const set = (status: Json, generation = 2): KubernetesObject => object('StatefulSet', 'db', { generation }, { status });
  const pod = (name: string, revision: string, ready: boolean, more: Metadata = {}): KubernetesObject =>
    object('Pod', name, { labels: { 'controller-revision-hash': revision }, ...more }, { status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } });
  const moving = { observedGeneration: 2, currentRevision: 'a', updateRevision: 'b' };
  type Row = [what: string, of: KubernetesObject, pod: KubernetesObject, stuck: boolean];
  const rows: Row[] = [
    ['an older one that is not ready', set(moving), pod('db-0', 'a', false), true],
    ['an older one that is ready', set(moving), pod('db-0', 'a', true), false],
    ['a new one that is not ready yet', set(moving), pod('db-0', 'b', false), false],
    ['while the controller has not seen the change', set({ ...moving, observedGeneration: 1 }), pod('db-0', 'a', false), false],
    ['where nothing is to change', set({ ...moving, updateRevision: 'a' }), pod('db-0', 'a', false), false],
    ['of another set with a longer name', set(moving), pod('db-copy-0', 'a', false), false],
    ['of another namespace', set(moving), pod('db-0', 'a', false, { namespace: 'foo-242' }), false],
    ['that goes already', set(moving), pod('db-0', 'a', false, { deletionTimestamp: '2026-11-22T08:00:00Z' }), false],
    ['of a Deployment', { ...set(moving), kind: 'Deployment' }, pod('db-0', 'a', false), false],
  ];
  for (const [what, workload, candidate, stuck] of rows) {
    test(`${what}: ${stuck ? 'goes' : 'stays'}`, () => {
      assert.deepEqual(stuckPods(frozen(workload), frozen([candidate])), stuck ? [candidate] : []);
    });
  }
});

describe('a preview that cannot be taken away', () => {
  const namespace = object('Namespace', 'foo-241', { annotations: {} });
  const tenantWith = (reason: 'RemoveFailed' | 'ApplyFailed', failures: number): TenantRecord => ({
    ...{ cluster: 'home', namespace: 'foo-241', host: 'h', url: 'u', links: [], pins: {}, restart: undefined, sha: shaA, wanted: false, tolerated: {} },
    trouble: { reason, message: 'x', failures, retryAt: undefined },
  });
  const suspended: KubernetesObject = { ...hookJob('drop', 'teardown'), spec: { suspend: true } };
  for (const [tenant, steps] of [
    [tenantWith('RemoveFailed', 4), ['update']],
    [tenantWith('RemoveFailed', 5), ['remove']],
    [tenantWith('ApplyFailed', 50), ['update']],
  ] as const) {
    test(`after ${tenant.trouble?.failures ?? 0} times ${tenant.trouble?.reason ?? ''}: ${steps.join()}`, () => {
      const desired = ask(factsWith({ labels: [] }));
      const observed = new Map([['home', { namespaces: [namespace], objects: [suspended], pods: [] }]]);
      const [removal] = planPullRequest(frozen({ desired, rendered: new Map(), observed, tenants: { '': tenant } })).removals;
      assert.deepEqual(removal?.steps.map((step) => step.do), steps);
    });
  }
});
