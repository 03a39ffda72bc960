import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KubernetesError } from '../../app/core/ports.ts';
import type { FakeCluster } from '../support/fake-cluster.ts';
import { clusterWrites, keyOf, openWorld, platformFrom, shaB, tenantsConfig, type World } from '../support/world.ts';

const minute = 60_000;
const platform = platformFrom('tenants: { fr: { cluster: eu }, be: {}, hr: { cluster: eu } }\nclusters: { eu: { kubeconfig: /etc/eu } }\n');
const at = (cluster: FakeCluster): string[] => cluster.list('Namespace').filter(({ metadata }) => metadata.name.startsWith('foo-')).map(({ metadata }) => metadata.name);
const eu = (world: World): FakeCluster => world.clusters.get('eu')!;
const own = (cluster: FakeCluster): string[] => clusterWrites({ cluster });

async function live(): Promise<World> {
  const world = openWorld(platform, ['eu']);
  await world.live(2, { config: tenantsConfig });
  world.forgetWrites();
  return world;
}

describe('tenants of several clusters', () => {
  test('each run in their own; record and claims are at home', async () => {
    const world = await live();
    assert.deepEqual(at(eu(world)), ['foo-2-fr', 'foo-2-hr']);
    assert.deepEqual(at(world.cluster), ['foo-2-be']);
    assert.deepEqual(eu(world).list('ConfigMap'), []);
    assert.match(world.comment(2), /All 3 previews are live/);
    assert.deepEqual(['fr', 'be'].map((tenant) => world.record(2)?.tenants[tenant]?.cluster), ['eu', 'home']);
    assert.deepEqual(world.failures, []);
  });

  test('what happens in any of them is seen', async () => {
    const world = await live();
    eu(world).vanish({ apiVersion: 'v1', kind: 'Service', namespace: 'foo-2-fr', name: 'foo-service' });
    await world.settle(5_000);
    assert.deepEqual(own(eu(world)), ['apply Service/foo-service foo-2-fr']);
    assert.deepEqual(own(world.cluster), []);
  });

  test('all go with the label', async () => {
    const world = await live();
    await world.change(2, { labels: [] });
    await world.settle();
    for (const cluster of world.clusters.values()) cluster.finishNamespaces();
    await world.settle(5_000);
    assert.deepEqual([at(eu(world)), at(world.cluster)], [[], []]);
    assert.match(world.comment(2), /have been taken away/);
  });

  test('Secrets are those of the cluster', async () => {
    const world = openWorld(platformFrom('tenants: { fr: { cluster: eu }, be: {} }\nclusters: { eu: { kubeconfig: /etc/eu } }\nsecrets: { namespace: vault, projects: { bar/foo: { all: [foo] } } }\n'), ['eu']);
    for (const [name, cluster] of world.clusters) {
      cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
      cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'foo', namespace: 'vault' }, data: { at: name } });
    }
    await world.live(2, { config: tenantsConfig });
    assert.deepEqual(['fr', 'be'].map((tenant) => world.object('Secret', `foo-2-${tenant}`).data), [{ at: 'eu' }, { at: 'home' }]);
  });
});

describe('a cluster that is silent', () => {
  test('holds up its own tenants alone, and they come when it is back', async () => {
    const world = openWorld(platform, ['eu']);
    eu(world).isFresh = false;
    await world.live(2, { config: tenantsConfig });
    assert.deepEqual([at(eu(world)), at(world.cluster)], [[], ['foo-2-be']]);
    assert.deepEqual(['fr', 'be', 'hr'].map((tenant) => world.record(2)?.tenants[tenant]?.trouble?.reason), ['ApplyFailed', undefined, 'ApplyFailed']);
    assert.match(world.comment(2), /Nothing has been heard from the cluster eu/);
    eu(world).isFresh = true;
    await world.settle(minute);
    assert.deepEqual(at(eu(world)), ['foo-2-fr', 'foo-2-hr']);
    assert.equal(world.record(2)?.tenants['fr']?.trouble, undefined);
  });

  test('is no evidence: nothing of it goes, the others do', async () => {
    const world = await live();
    eu(world).isFresh = false;
    await world.change(2, { labels: [] });
    await world.settle(minute);
    assert.deepEqual(own(eu(world)), []);
    assert.deepEqual(own(world.cluster), ['remove Ingress/foo foo-2-be', 'remove Namespace/foo-2-be']);
    world.cluster.finishNamespaces();
    await world.settle(minute);
    assert.ok(world.record(2), 'the record stays while a preview may be there');
    eu(world).isFresh = true;
    await world.hint({ kind: 'resync' }, false);
    await world.settle(minute);
    assert.deepEqual(own(eu(world)).filter((write) => write.includes('Namespace')), ['remove Namespace/foo-2-fr', 'remove Namespace/foo-2-hr']);
  });

  test('while a push comes: what runs there stays, the others are updated', async () => {
    const world = await live();
    eu(world).isFresh = false;
    await world.change(2, { headSha: shaB, config: tenantsConfig });
    await world.settle(5_000);
    assert.deepEqual(own(eu(world)), []);
    assert.deepEqual(own(world.cluster), ['apply Deployment/foo foo-2-be']);
    eu(world).isFresh = true;
    await world.settle(minute);
    assert.deepEqual(own(eu(world)), ['apply Deployment/foo foo-2-fr', 'apply Deployment/foo foo-2-hr']);
  });

  test('at home: nothing is done anywhere', async () => {
    const world = await live();
    world.cluster.isFresh = false;
    await world.change(2, { headSha: shaB, config: tenantsConfig });
    await world.settle(minute);
    assert.deepEqual([own(eu(world)), own(world.cluster)], [[], []]);
    world.cluster.isFresh = true;
    await world.settle(minute);
    assert.equal(own(eu(world)).length + own(world.cluster).length, 3);
  });

  test('that refuses everything holds up its own tenants alone', async () => {
    const world = openWorld(platform, ['eu']);
    eu(world).before = () => {
      throw new KubernetesError('no', 503, 'ServiceUnavailable');
    };
    await world.live(2, { config: tenantsConfig });
    assert.deepEqual(at(world.cluster), ['foo-2-be']);
    assert.deepEqual(['fr', 'be'].map((tenant) => world.record(2)?.tenants[tenant]?.trouble?.reason), ['ApplyFailed', undefined]);
  });

  test('that Avant does not know yet holds up its own tenants alone', async () => {
    // The platform's configuration names it, and this process was started before.
    const world = openWorld(platform);
    await world.live(2, { config: tenantsConfig });
    assert.deepEqual(at(world.cluster), ['foo-2-be']);
    assert.deepEqual(['fr', 'be', 'hr'].map((tenant) => world.record(2)?.tenants[tenant]?.trouble?.reason), ['ApplyFailed', undefined, 'ApplyFailed']);
    assert.deepEqual(world.failures, []);
  });
});

describe('a tenant that moves', () => {
  test('comes up in its new cluster and goes from the old', async () => {
    const world = await live();
    world.platform = platformFrom('tenants: { fr: {}, be: {}, hr: { cluster: eu } }\nclusters: { eu: { kubeconfig: /etc/eu } }\n');
    await world.hint({ kind: 'pull-request', key: keyOf(2) });
    await world.settle(5_000);
    for (const cluster of world.clusters.values()) cluster.finishNamespaces();
    await world.settle(5_000);
    assert.deepEqual([at(eu(world)), at(world.cluster).sort()], [['foo-2-hr'], ['foo-2-be', 'foo-2-fr']]);
    assert.equal(world.record(2)?.tenants['fr']?.cluster, 'home');
  });
});
