import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textAt } from '../../app/core/json.ts';
import { names, type Json } from '../../app/core/object.ts';
import type { SourcedObject } from '../../app/core/ports.ts';
import { chartObjects as one } from '../support/chart-objects.ts';
import { clusterWrites, keyOf, openWorld, shaA, shaB, shaC, type World } from '../support/world.ts';

const harmless = (computed: Json): readonly SourcedObject[] => [...one.deployment('web', `registry.bar.com/web:${textAt(computed, 'image', 'tag')}`), ...one.service('web')];
const hostile = [
  ...one.other('rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'all'),
  ...one.deployment('root', 'registry.bar.com/web:1', { hostNetwork: true }),
  ...one.ingress('takeover', 'www.bar.com', { service: 'web' }),
];

/** A world whose chart is hostile for some tenants at some commits. */
function withHostile(isHostile: (tenant: string, sha: string) => boolean, changes: Parameters<typeof openWorld>[0] = {}): World {
  const world = openWorld(changes);
  for (const sha of [shaA, shaB, shaC]) world.cloudAt(sha, { charts: ['web'] });
  world.charts.set('web', ({ tenant, computed }) => [...harmless(computed), ...(isHostile(tenant, textAt(computed, 'avant', 'sha')) ? hostile : [])]);
  return world;
}

describe('a branch that wants more than it may have', () => {
  test('gets nothing at all, and is told everything at once', async () => {
    const world = withHostile(() => true, { tenants: [] });
    await world.open(241, { config: undefined });
    await world.settle(5_000);
    assert.deepEqual(clusterWrites(world), []);
    assert.deepEqual(world.previews(), []);
    const trouble = world.record(241)?.tenants['']?.trouble;
    assert.equal(trouble?.reason, 'Refused');
    assert.deepEqual(trouble.problems?.map((problem) => /\(([a-z-]+)\)$/.exec(problem)?.[1]), ['kind-cluster-scoped', 'pod-security-host-namespaces', 'ingress-host']);
    for (const problem of trouble.problems ?? []) assert.match(problem, /^\.cloud\/charts\/foo\/templates\/\S+\.yaml: \w+\/\w+ .* — /);
    assert.match(world.comment(241), /These 3 things are not allowed in a preview/);
    assert.match(world.comment(241), /hostNetwork/);
    assert.equal(world.github.checks.at(-1)?.content.conclusion, 'failure');
    // Nobody tries again what only a push can mend.
    world.forgetWrites();
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(600_000);
    assert.deepEqual(world.writes(), []);
  });

  test('of one tenant holds up no other', async () => {
    const world = withHostile((tenant) => tenant === 'be');
    await world.live(2, { config: undefined });
    assert.deepEqual(world.previews(), ['foo-2-fr', 'foo-2-hr', 'foo-2-hu']);
    assert.deepEqual(['fr', 'be', 'hr', 'hu'].map((tenant) => world.record(2)?.tenants[tenant]?.trouble?.reason), [undefined, 'Refused', undefined, undefined]);
    assert.match(world.comment(2), /3 of 4 previews are live/);
  });

  test('what ran before stays as it was, and the next push mends it', async () => {
    const world = withHostile((_tenant, sha) => sha === shaB, { tenants: [] });
    await world.live(241, { config: undefined });
    world.forgetWrites();
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaA);
    assert.match(world.comment(241), /The link still shows .*aaaaaaa/);
    await world.change(241, { headSha: shaC });
    await world.settle();
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaC);
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
    assert.match(world.comment(241), /The preview is live/);
  });

  test('is taken away like any other', async () => {
    const world = withHostile((_tenant, sha) => sha === shaB, { tenants: [] });
    await world.live(241, { config: undefined });
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    world.forgetWrites();
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(clusterWrites(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
  });

  test('by the platform’s word alone: what it allows later is let through at the next look', async () => {
    const world = withHostile(() => false, { tenants: [], limits: { ...openWorld().platform.limits, objects: 1 } });
    await world.open(241, { config: undefined });
    await world.settle(5_000);
    assert.match(world.record(241)?.tenants['']?.trouble?.problems?.join() ?? '', /objects-count/);
    world.platform = { ...world.platform, limits: openWorld().platform.limits };
    await world.hint({ kind: 'resync' }, false);
    await world.settle(5_000);
    assert.deepEqual(world.inside('foo-241', 'Deployment'), ['Deployment/web']);
  });
});

describe('objects that a preview has no use for', () => {
  test('are left out, and the rest is deployed', async () => {
    const world = openWorld({ tenants: [] });
    world.cloudAt(shaA, { charts: ['web'] });
    world.charts.set('web', ({ computed }) => [
      ...harmless(computed),
      ...one.other('v1', 'ServiceAccount', 'web'),
      ...one.other('policy/v1', 'PodDisruptionBudget', 'web'),
      ...one.other('autoscaling/v2', 'HorizontalPodAutoscaler', 'web'),
    ]);
    await world.live(241, { config: undefined });
    assert.match(world.comment(241), /The preview is live/);
    assert.deepEqual(world.cluster.list('PodDisruptionBudget'), []);
    assert.deepEqual(world.inside('foo-241', 'ServiceAccount'), ['ServiceAccount/default']);
    assert.deepEqual(world.failures, []);
  });
});
