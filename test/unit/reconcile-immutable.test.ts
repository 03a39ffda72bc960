import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at } from '../../app/core/json.ts';
import type { KubernetesObject, ObjectRef } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { act, type PreviewResult } from '../../app/reconcile/act.ts';
import type { Step } from '../../app/reconcile/step.ts';
import { chartObjects as one } from '../support/chart-objects.ts';
import { openFakeClock, openFakeLog } from '../support/fake-clock.ts';
import { openFakeCluster, type FakeCluster } from '../support/fake-cluster.ts';
import { previewsOf } from '../support/previews.ts';
import { clusterWrites, openWorld, shaA, shaB, type World } from '../support/world.ts';

describe('what cannot be changed', () => {
  /** Charts that change one field from the first commit to the second. */
  function changing(chart: (second: boolean) => ReturnType<typeof one.deployment>): World {
    const world = openWorld({ tenants: [] });
    for (const sha of [shaA, shaB]) world.cloudAt(sha, { charts: ['web'] });
    world.charts.set('web', ({ computed }) => [...chart(at(computed, 'avant', 'sha') === shaB), ...one.service('web')]);
    return world;
  }
  const push = async (world: World): Promise<string[]> => {
    await world.live(241, { config: undefined });
    world.forgetWrites();
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    return clusterWrites(world);
  };

  test('a Job is taken away and made anew', async () => {
    const world = changing((second) => one.job('import', { image: `registry.bar.com/import:${second ? 2 : 1}` }));
    assert.deepEqual(await push(world), ['remove Job/import foo-241', 'apply Job/import foo-241']);
    assert.ok(JSON.stringify(world.object('Job', 'foo-241').spec).includes('import:2'));
  });

  test('a Deployment whose selector changes likewise', async () => {
    const world = changing((second) => {
      const [deployment] = one.deployment('web', 'registry.bar.com/web:1');
      const labels = { 'app.kubernetes.io/name': 'web', app: second ? 'b' : 'a' };
      return [{ ...deployment!, object: { ...deployment!.object, spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'registry.bar.com/web:1' }] } } } } }];
    });
    assert.deepEqual(await push(world), ['remove Deployment/web foo-241', 'apply Deployment/web foo-241']);
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
  });

  test('a StatefulSet whose volumes change likewise', async () => {
    const world = changing((second) => one.statefulSet('web', 'registry.bar.com/web:1', { serviceName: second ? 'b' : 'a' }));
    assert.deepEqual(await push(world), ['remove StatefulSet/web foo-241', 'apply StatefulSet/web foo-241']);
  });

  test('a volume claim never: what is in it would be gone', async () => {
    const world = changing((second) => [...one.deployment('web', 'registry.bar.com/web:1'), ...one.claim('data', '1Gi', second ? 'ReadWriteMany' : 'ReadWriteOnce')]);
    assert.deepEqual(await push(world), []);
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'ApplyFailed');
    assert.match(world.comment(241), /PersistentVolumeClaim\/data/);
    assert.deepEqual(at(world.object('PersistentVolumeClaim', 'foo-241').spec, 'accessModes'), ['ReadWriteOnce']);
  });

  test('any other refusal is told, and nothing is taken away', async () => {
    const world = changing((second) => one.deployment('web', `registry.bar.com/web:${second ? 2 : 1}`));
    await world.live(241, { config: undefined });
    world.cluster.before = (verb, { kind }) => {
      if (verb === 'apply' && kind === 'Deployment') throw new KubernetesError('Deployment.apps "web" is invalid: spec.template: Invalid value', 422, 'Invalid');
    };
    world.forgetWrites();
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'ApplyFailed');
  });

  test('what chance makes is made once and kept', async () => {
    const world = openWorld({ tenants: [] });
    for (const sha of [shaA, shaB]) world.cloudAt(sha, { charts: ['web'] });
    let throws = 0;
    world.charts.set('web', () => {
      throws += 1;
      const password = one.secret('password', { password: `throw ${throws}` }).map((each) => ({ ...each, stable: false }));
      return [...one.deployment('web', 'registry.bar.com/web:1'), ...one.service('web'), ...password];
    });
    await world.live(241, { config: undefined });
    const first = world.object('Secret', 'foo-241');
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    assert.ok(throws > 1);
    assert.deepEqual(world.object('Secret', 'foo-241'), first);
    // Until it is gone.
    world.cluster.vanish({ apiVersion: 'v1', kind: 'Secret', namespace: 'foo-241', name: 'password' });
    await world.settle(5_000);
    assert.notEqual(world.object('Secret', 'foo-241').data?.['password'], first.data?.['password']);
  });
});

describe('a refusal of the API server', () => {
  const [preview] = previewsOf();
  assert.ok(preview);
  const refusing = (where: (ref: ObjectRef) => boolean, error: () => Error) => (verb: string, ref: ObjectRef): void => {
    if (verb === 'apply' && where(ref)) throw error();
  };
  function open(): FakeCluster {
    const cluster = openFakeCluster(openFakeClock(), () => undefined);
    cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-241' } });
    return cluster;
  }
  async function take(cluster: FakeCluster, step: Step): Promise<PreviewResult | undefined> {
    const plan = { previews: [{ preview: preview!, stages: [[step]], met: undefined }], removals: [] };
    return (await act(plan, new Map([['home', cluster]]), openFakeLog())).previews[0];
  }
  const words = { Deployment: 'spec.selector: Invalid value: {}: field is immutable', StatefulSet: "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden", Service: 'spec.clusterIP: Invalid value: may not change once set' };
  type Row = [kind: string, message: string, status: number, seen: boolean, replaced: boolean];
  const rows: Row[] = [
    ['Deployment', words.Deployment, 422, true, true],
    ['StatefulSet', words.StatefulSet, 422, true, true],
    ['Service', words.Service, 422, true, true],
    ['ConfigMap', 'data: Forbidden: field is immutable when `immutable` is set', 422, true, true],
    ['PersistentVolumeClaim', 'spec: Forbidden: field is immutable', 422, true, false],
    ['Ingress', 'spec.ingressClassName: Invalid value: field is immutable', 422, true, false],
    ['Deployment', 'spec.template.spec.containers[0].image: Required value', 422, true, false],
    ['Deployment', words.Deployment, 403, true, false],
    ['Deployment', words.Deployment, 422, false, false],
  ];
  for (const [kind, message, status, seen, replaced] of rows) {
    test(`${kind}${seen ? '' : ', not there'}: ${status} ${message} — ${replaced ? 'made anew' : 'told'}`, async () => {
      const cluster = open();
      const wanted: KubernetesObject = { apiVersion: 'v1', kind, metadata: { name: 'x', namespace: 'foo-241' }, spec: { new: true } };
      const found = seen ? cluster.put({ ...wanted, spec: { old: true } }) : undefined;
      const fence = found && { uid: found.metadata.uid!, resourceVersion: found.metadata.resourceVersion! };
      // The API server refuses a change, not a creation.
      cluster.before = refusing(() => cluster.list(kind).length === (seen ? 1 : 0), () => new KubernetesError(`${kind} "x" is invalid: ${message}`, status, status === 422 ? 'Invalid' : 'Forbidden'));
      const result = await take(cluster, { do: 'apply', object: wanted, fence, reason: '', drift: undefined });
      assert.deepEqual(result?.changes, replaced ? [{ object: `${kind}/x`, action: 'replaced' }] : []);
      assert.equal(result.trouble?.reason, replaced ? undefined : 'ApplyFailed');
      assert.deepEqual(cluster.list(kind).map(({ spec }) => spec), replaced ? [{ new: true }] : seen ? [{ old: true }] : []);
    });
  }

  test('one that somebody changed meanwhile is not taken away: look again', async () => {
    const cluster = open();
    const found = cluster.put({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x', namespace: 'foo-241' }, spec: { old: true } });
    const fence = { uid: found.metadata.uid!, resourceVersion: found.metadata.resourceVersion! };
    cluster.put({ ...found, status: { active: 1 } });
    const result = await take(cluster, { do: 'replace', object: { ...found, spec: { new: true } }, fence, reason: '' });
    assert.deepEqual([result?.conflict, result?.trouble, cluster.list('Job').map(({ spec }) => spec)], [true, undefined, [{ old: true }]]);
  });
});
