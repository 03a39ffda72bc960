import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at } from '../../app/core/json.ts';
import { names, type KubernetesObject } from '../../app/core/object.ts';
import { chartObjects as one } from '../support/chart-objects.ts';
import { clusterWrites, keyOf, openWorld, plainConfig, shaA, shaB, tenantsConfig, type World } from '../support/world.ts';

const hooks = `hooks:
  setup: [{ name: migrate, command: [migrate] }, { name: seed, command: [seed] }]
  teardown: [{ name: dump, command: [dump] }, { name: drop, command: [drop] }]
`;
const config = `${plainConfig}${hooks}`;
const called = (job: string): string => job.replace(/-[0-9a-f]{8}\b/, '');
const jobs = (world: World): string[] => world.inside('foo-241', 'Job').map(called);
const end = async (world: World, how: 'complete' | 'failed' = 'complete'): Promise<string[]> => {
  const ended = world.cluster.endJobs(how).map(called);
  await world.settle(5_000);
  return ended;
};
const isSuspended = (job: KubernetesObject): boolean => at(job.spec, 'suspend') === true;
const suspended = (world: World): string[] => world.cluster.list('Job').filter(isSuspended).map(({ metadata }) => called(metadata.name)).sort();
const commitOf = (world: World): string | undefined => world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit];

async function live(): Promise<World> {
  const world = openWorld();
  await world.open(241, { config });
  await world.settle();
  await end(world);
  await end(world);
  world.cluster.rollOut();
  await world.settle(10_000);
  world.forgetWrites();
  return world;
}

describe('setup', () => {
  test('that the platform does not allow is told once for all tenants, by the name that the project gave it', async () => {
    const world = openWorld({ registries: [{ prefix: 'registry.bar.com', insecure: false, pullSecrets: {} }] });
    await world.open(241, { config: `${tenantsConfig}hooks: { setup: [{ name: prepare, image: "elsewhere.org/prepare:1", command: [prepare] }] }\n` });
    await world.settle();
    const comment = world.comment(241);
    assert.equal(Object.keys(world.record(241)?.tenants ?? {}).length, 4);
    assert.equal(comment.split('elsewhere').length - 1, 1, comment);
    assert.match(comment, /: hooks\.setup prepare `spec\./);
    assert.doesNotMatch(comment, /setup-prepare/);
  });

  test('of a chart that the platform does not allow is told by the chart’s own name', async () => {
    const world = openWorld({ registries: [{ prefix: 'registry.bar.com', insecure: false, pullSecrets: {} }], tenants: [] });
    world.cloudAt(shaA, { charts: ['web'] });
    const [job] = one.other('batch/v1', 'Job', 'migrate');
    assert.ok(job);
    const spec = { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image: 'elsewhere.org/a:1' }] } } };
    const metadata = { name: 'migrate', annotations: { 'helm.sh/hook': 'pre-install' } };
    world.charts.set('web', () => [{ ...job, object: { ...job.object, metadata, spec } }]);
    await world.open(241, { config: undefined });
    await world.settle();
    assert.match(world.record(241)?.tenants['']?.trouble?.problems?.[0] ?? '', /: Job\/migrate spec\.template/);
  });

  test('runs in order, each awaited, before the program starts', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    assert.deepEqual(jobs(world), ['Job/setup-migrate', 'Job/teardown-drop', 'Job/teardown-dump']);
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Ingress', 'Service'), ['Service/foo-service']);
    assert.match(world.comment(241), /`migrate` is running/);
    // However often it is looked at.
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(5_000);
    assert.equal(jobs(world).length, 3);
    assert.deepEqual(await end(world), ['setup-migrate']);
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Ingress'), []);
    assert.deepEqual(await end(world), ['setup-seed']);
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Ingress'), ['Deployment/foo', 'Ingress/foo']);
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
    assert.deepEqual(world.failures, []);
  });

  test('that is done is not done again', async () => {
    const world = await live();
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.hint({ kind: 'resync' }, false);
    await world.settle(10_000);
    assert.deepEqual(world.writes(), []);
  });

  test('of a new commit runs again, its Jobs take the place of the old, and the program runs on meanwhile', async () => {
    const world = await live();
    const before = world.cluster.list('Job').map(({ metadata }) => metadata.name);
    await world.change(241, { headSha: shaB, config });
    await world.settle(5_000);
    assert.equal(commitOf(world), shaA);
    assert.deepEqual(await end(world), ['setup-migrate']);
    assert.equal(commitOf(world), shaA);
    assert.deepEqual(await end(world), ['setup-seed']);
    assert.equal(commitOf(world), shaB);
    const after = world.cluster.list('Job').map(({ metadata }) => metadata.name);
    assert.deepEqual(jobs(world), ['Job/setup-migrate', 'Job/setup-seed', 'Job/teardown-drop', 'Job/teardown-dump']);
    assert.deepEqual(after.filter((name) => before.includes(name)), []);
  });

  test('of a commit that is overtaken stops, and that of the new one begins', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    const [older] = world.cluster.list('Job').filter(({ metadata }) => metadata.name.startsWith('setup'));
    await world.change(241, { headSha: shaB, config });
    await world.settle(5_000);
    const now = world.cluster.list('Job').filter(({ metadata }) => metadata.name.startsWith('setup'));
    assert.deepEqual(now.map(({ metadata }) => called(metadata.name)), ['setup-migrate']);
    assert.notEqual(now[0]?.metadata.name, older?.metadata.name);
  });

  test('that fails is told, the program stays at the commit before, and nothing is tried again by itself', async () => {
    const world = await live();
    await world.change(241, { headSha: shaB, config });
    await world.settle(5_000);
    await end(world, 'failed');
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'SetupFailed');
    assert.equal(commitOf(world), shaA);
    assert.match(world.comment(241), /The setup Job `migrate` failed/);
    assert.equal(world.github.checks.find(({ sha }) => sha === shaB)?.content.conclusion, 'failure');
    world.forgetWrites();
    await world.hint({ kind: 'resync' }, false);
    await world.settle(600_000);
    assert.deepEqual(world.writes(), []);
    assert.deepEqual(world.cluster.endJobs('complete'), []);
  });

  test('that failed at first: no program, and a push begins anew', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    await end(world, 'failed');
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Ingress'), []);
    await world.change(241, { headSha: shaB, config });
    await world.settle(5_000);
    await end(world);
    await end(world);
    assert.equal(commitOf(world), shaB);
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
  });

  test('of one tenant that fails holds up no other', async () => {
    const world = openWorld();
    await world.open(2, { config: config.replace('tenants: []\n', '') });
    await world.settle();
    world.cluster.endJobs('failed', ({ metadata }) => metadata.namespace === 'foo-2-be');
    await world.settle(5_000);
    await end(world);
    await end(world);
    assert.deepEqual(['fr', 'be', 'hr', 'hu'].map((tenant) => world.inside(`foo-2-${tenant}`, 'Deployment').length), [1, 0, 1, 1]);
    assert.deepEqual(['fr', 'be'].map((tenant) => world.record(2)?.tenants[tenant]?.trouble?.reason), [undefined, 'SetupFailed']);
  });

  test('runs again with /preview restart, also after it failed', async () => {
    const world = await live();
    world.github.say(241, '/preview restart');
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(5_000);
    assert.deepEqual(await end(world, 'failed'), ['setup-migrate']);
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'SetupFailed');
    world.github.say(241, '/preview restart');
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(5_000);
    assert.deepEqual(await end(world), ['setup-migrate']);
    assert.deepEqual(await end(world), ['setup-seed']);
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
    assert.equal(jobs(world).filter((name) => name.startsWith('Job/setup')).length, 2);
  });

  test('of a chart runs again for a new commit and with /preview restart', async () => {
    const world = openWorld({ tenants: [] });
    for (const sha of [shaA, shaB]) world.cloudAt(sha, { charts: ['web'] });
    world.charts.set('web', () => [...one.deployment('web', 'registry.bar.com/web:1'), ...one.job('init', { hook: 'pre-install' })]);
    await world.open(241, { config: undefined });
    await world.settle();
    assert.deepEqual(await end(world), ['init']);
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    assert.deepEqual(await end(world), ['init']);
    world.github.say(241, '/preview restart');
    await world.hint({ kind: 'pull-request', key: keyOf(241) });
    await world.settle(5_000);
    assert.deepEqual(await end(world), ['init']);
    assert.deepEqual(jobs(world), ['Job/init']);
  });

  test('that somebody deletes while it runs is run again', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    const job = world.cluster.list('Job').find(({ metadata }) => metadata.name.startsWith('setup'))!;
    world.cluster.vanish({ apiVersion: 'batch/v1', kind: 'Job', namespace: 'foo-241', name: job.metadata.name });
    await world.settle(5_000);
    assert.deepEqual(jobs(world), ['Job/setup-migrate', 'Job/teardown-drop', 'Job/teardown-dump']);
  });

  test('what it needs is there before it: data, settings and addresses', async () => {
    const world = openWorld({ tenants: [] });
    world.cloudAt(shaA, { charts: ['web'] });
    world.charts.set('web', () => [...one.deployment('web', 'registry.bar.com/web:1'), ...one.service('web'), ...one.statefulSet('db', 'registry.bar.com/db:1'), ...one.configMap('settings', { a: '1' }), ...one.claim('data'), ...one.job('init', { hook: 'pre-install' })]);
    const order: string[] = [];
    world.cluster.before = (verb, { kind }) => {
      if (verb === 'apply' || verb === 'create') order.push(kind);
    };
    await world.open(241, { config: undefined });
    await world.settle();
    await end(world);
    const place = (kind: string): number => order.indexOf(kind);
    for (const kind of ['Service', 'PersistentVolumeClaim', 'Secret', 'NetworkPolicy', 'ResourceQuota'].filter((kind) => order.includes(kind))) assert.ok(place(kind) < place('StatefulSet'), kind);
    assert.ok(place('StatefulSet') < place('Job') && place('Job') < place('Deployment') && place('Job') < place('Ingress'), order.join());
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'StatefulSet'), ['Deployment/web', 'StatefulSet/db']);
  });
});

describe('teardown', () => {
  test('waits, suspended, from the beginning', async () => {
    const world = await live();
    assert.deepEqual(suspended(world), ['teardown-drop', 'teardown-dump']);
    assert.equal(world.cluster.endJobs('complete').length, 0);
  });

  test('takes the link away, runs its Jobs in order, each awaited, and then all goes', async () => {
    const world = await live();
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(clusterWrites(world).map((write) => write.replace(/-[0-9a-f]{8} /, ' ')), ['remove Ingress/foo foo-241', 'update Job/teardown-dump foo-241']);
    assert.match(world.comment(241), /being taken away/);
    assert.deepEqual(suspended(world), ['teardown-drop']);
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Service'), ['Deployment/foo', 'Service/foo-service']);
    assert.deepEqual(await end(world), ['teardown-dump']);
    assert.deepEqual(suspended(world), []);
    assert.deepEqual(clusterWrites(world).filter((write) => write.includes('Namespace')), []);
    assert.deepEqual(await end(world), ['teardown-drop']);
    assert.deepEqual(clusterWrites(world).at(-1), 'remove Namespace/foo-241');
    world.cluster.finishNamespaces();
    await world.settle(5_000);
    assert.match(world.comment(241), /has been taken away/);
    assert.deepEqual(world.failures, []);
  });

  test('that fails is told, also when all is gone, and keeps nothing back', async () => {
    const world = await live();
    await world.change(241, { labels: [] });
    await world.settle();
    await end(world, 'failed');
    assert.match(world.comment(241), /The teardown Job `dump` failed/);
    await end(world);
    assert.deepEqual(clusterWrites(world).at(-1), 'remove Namespace/foo-241');
    world.cluster.finishNamespaces();
    await world.settle(5_000);
    assert.deepEqual(world.previews(), []);
    assert.match(world.comment(241), /The teardown Job `dump` failed/);
  });

  for (const [what, go] of [
    ['merged', (world: World) => world.change(241, { state: 'merged' })],
    ['stopped', async (world: World) => {
      world.github.say(241, '/preview stop');
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
    }],
  ] as const) {
    test(`runs when the pull request is ${what}`, async () => {
      const world = await live();
      await go(world);
      await world.settle(5_000);
      assert.deepEqual(await end(world), ['teardown-dump']);
      assert.deepEqual(await end(world), ['teardown-drop']);
      world.cluster.finishNamespaces();
      await world.settle(10_000);
      assert.deepEqual(world.previews(), []);
      assert.equal(world.record(241) === undefined, what === 'merged');
    });
  }

  test('of the commit that ran, whatever the newest one says', async () => {
    const world = await live();
    await world.change(241, { headSha: shaB, config: 'image: [broken' });
    await world.settle(5_000);
    await world.change(241, { labels: [] });
    await world.settle(5_000);
    assert.deepEqual(await end(world), ['teardown-dump']);
  });

  test('labelled again while its Jobs run: what they took down is missed, so it goes to its end and is made anew', async () => {
    const world = await live();
    await world.change(241, { labels: [] });
    await world.settle();
    await world.change(241, { labels: ['cd/preview'] });
    await world.settle(5_000);
    assert.match(world.comment(241), /still being taken away/);
    assert.deepEqual(await end(world), ['teardown-dump']);
    assert.deepEqual(await end(world), ['teardown-drop']);
    assert.deepEqual(clusterWrites(world).at(-1), 'remove Namespace/foo-241');
    world.cluster.finishNamespaces();
    await world.settle(10_000);
    assert.deepEqual(await end(world), ['setup-migrate']);
    assert.deepEqual(await end(world), ['setup-seed']);
    assert.deepEqual(suspended(world), ['teardown-drop', 'teardown-dump']);
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Ingress'), ['Deployment/foo', 'Ingress/foo']);
  });

  test('of a preview that was never finished runs too', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    await end(world, 'failed');
    await world.change(241, { labels: [] });
    await world.settle(5_000);
    assert.deepEqual(await end(world), ['teardown-dump']);
  });
});
