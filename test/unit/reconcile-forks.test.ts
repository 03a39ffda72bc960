import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textsAt } from '../../app/core/json.ts';
import { names } from '../../app/core/object.ts';
import { chartObjects } from '../support/chart-objects.ts';
import { repositoryId, installation } from '../support/fake-github.ts';
import { clusterWrites, keyOf, openWorld, plainConfig, platformFrom, shaA, shaB, type World } from '../support/world.ts';

const reactions = (world: World): string[] => world.github.reactions.map(({ reaction }) => reaction);
const restartOf = (world: World, namespace: string): string | undefined => textsAt(world.object('Deployment', namespace).spec, 'template', 'metadata', 'annotations')[names.restart];
const look = async (world: World, number = 241): Promise<void> => {
  await world.hint({ kind: 'pull-request', key: keyOf(number) });
  await world.settle(5_000);
};

/** Somebody comments, and the webhook arrives. Returns the comment's id. */
async function say(world: World, body: string, by = 'ann', number = 241): Promise<number> {
  const { id } = world.github.say(number, body, by);
  await look(world, number);
  return id;
}

/** All that is going away is gone, and what was waiting for it becomes ready. */
async function finish(world: World): Promise<void> {
  world.cluster.finishNamespaces();
  await world.settle(30_000);
  world.cluster.rollOut();
  await world.settle(10_000);
}

describe('/preview approve', () => {
  const platform = platformFrom(`
tenants: {}
registries: { registry.bar.com: { pullSecret: registry } }
secrets: { namespace: vault, projects: { bar/foo: { all: [foo] } } }
`);
  const config = `${plainConfig}secrets: [foo]\n`;
  const approve = (sha: string): string => `/preview approve ${sha}`;

  async function fork(): Promise<World> {
    const world = openWorld(platform);
    world.cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault' } });
    const auths = { 'registry.bar.com': { username: 'robot', password: 'pw' } };
    for (const name of ['foo', 'registry']) world.cluster.put({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: 'vault' }, data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') } });
    await world.open(241, { fork: true, config });
    await world.settle(5_000);
    world.forgetWrites();
    return world;
  }

  test('without it nothing of a fork is read or run', async () => {
    const world = openWorld({ tenants: [] });
    world.cloudAt(shaA, { charts: ['web'] });
    world.charts.set('web', () => chartObjects.deployment('web', 'registry.bar.com/web:1'));
    await world.open(241, { fork: true, config: undefined });
    await world.settle(5_000);
    assert.deepEqual([world.previews(), world.github.cloudReads, world.chartRequests, clusterWrites(world)], [[], [], [], []]);
    assert.equal(world.record(241)?.decision.reason, 'Fork');
    assert.ok(world.comment(241).includes(approve(shaA)));
    await say(world, approve(shaA));
    assert.equal(world.github.cloudReads.length, 1);
    assert.deepEqual(world.inside('foo-241', 'Deployment'), ['Deployment/web']);
  });

  test('what is wrong with a fork’s file is nobody’s business before', async () => {
    const world = openWorld({ tenants: [] });
    await world.open(241, { fork: true, config: 'image: [evil\n# @everyone' });
    await world.settle(5_000);
    assert.ok(!JSON.stringify([world.comment(241), world.record(241), world.log]).includes('evil'));
    await say(world, approve(shaA));
    assert.equal(world.record(241)?.decision.reason, 'ConfigBroken');
  });

  test('runs that commit, without Secrets and by the stricter rules', async () => {
    const world = await fork();
    await say(world, approve(shaA));
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
    assert.match(world.comment(241), /approved by `ann`/);
    assert.deepEqual(world.inside('foo-241', 'Secret'), []);
    assert.ok(world.lookUps.length > 0 && world.lookUps.every(({ credentials }) => credentials === undefined));
    const pods = JSON.stringify(world.object('Deployment', 'foo-241').spec);
    assert.ok(pods.includes('"runAsNonRoot":true') && !pods.includes('imagePullSecrets') && !pods.includes('secretRef'), pods);
    const namespace = world.cluster.list('Namespace').find(({ metadata }) => metadata.name === 'foo-241');
    assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    assert.deepEqual(reactions(world), ['+1']);
  });

  type Row = [what: string, body: string, by: string, reaction: string, words: RegExp];
  const rows: Row[] = [
    ['of another commit', approve(shaB), 'ann', '-1', /is not the newest commit/],
    ['of a commit cut short', approve(shaA.slice(0, 12)), 'ann', 'confused', /give the whole commit/],
    ['without a commit', '/preview approve', 'ann', 'confused', /give the whole commit/],
    ['by the fork’s author', approve(shaA), 'eve', '-1', /only people with write permission/],
    ['by a bot', approve(shaA), 'eve[bot]', '', /has to be approved/],
    ['quoted', `> ${approve(shaA)}`, 'ann', '', /has to be approved/],
  ];
  for (const [what, body, by, reaction, words] of rows) {
    test(`${what}: nothing runs`, async () => {
      const world = await fork();
      await say(world, body, by);
      assert.deepEqual(world.previews(), []);
      assert.deepEqual(reactions(world), reaction === '' ? [] : [reaction]);
      assert.match(world.comment(241), words);
      assert.equal(world.record(241)?.intent.approved, undefined);
    });
  }

  test('in capitals is the same commit', async () => {
    const world = await fork();
    await say(world, approve(shaA.toUpperCase()));
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('a push asks again, and what was approved stays', async () => {
    const world = await fork();
    await say(world, approve(shaA));
    world.cluster.rollOut();
    await world.settle(10_000);
    world.forgetWrites();
    await world.change(241, { headSha: shaB, config: config.replace('8080', '9090') });
    await world.settle(5_000);
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaA);
    assert.ok(world.comment(241).includes(approve(shaB)));
    assert.match(world.comment(241), /The newest commit is not approved/);
    // The old word does not count for the new commit, said again or not.
    await say(world, approve(shaA));
    assert.deepEqual(clusterWrites(world), []);
    await say(world, approve(shaB));
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaB);
    assert.deepEqual(reactions(world), ['+1', '-1', '+1']);
  });

  test('is no label: without one nothing runs', async () => {
    const world = openWorld(platform);
    await world.open(241, { fork: true, labels: [], config });
    await say(world, approve(shaA));
    assert.deepEqual(world.previews(), []);
    await world.change(241, { labels: ['cd/preview'] });
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('stop and restart are for forks too', async () => {
    const world = await fork();
    await say(world, approve(shaA));
    const id = await say(world, '/preview restart');
    assert.equal(restartOf(world, 'foo-241'), String(id));
    await say(world, '/preview stop');
    await finish(world);
    assert.deepEqual(world.previews(), []);
    await say(world, '/preview');
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('where the platform takes no forks: told, and nothing runs', async () => {
    const world = openWorld({ forks: 'never' });
    await world.open(241, { fork: true });
    await say(world, approve(shaA));
    assert.deepEqual(world.previews(), []);
    assert.deepEqual(reactions(world), ['-1']);
    assert.equal(world.record(241)?.decision.reason, 'ForksNever');
  });

  test('of what is no fork is refused', async () => {
    const world = openWorld();
    await world.live(241);
    world.forgetWrites();
    await say(world, approve(shaA));
    assert.deepEqual(reactions(world), ['-1']);
    assert.deepEqual(clusterWrites(world), []);
  });

  test('waits for CI like every other commit', async () => {
    const world = openWorld({ tenants: [] });
    await world.open(241, { fork: true, config: `${plainConfig}waitFor: { checks: [ci] }\n` });
    await say(world, approve(shaA));
    assert.equal(world.record(241)?.decision.reason, 'WaitingForChecks');
    world.pipelineAt(shaA, { ci: 'success' });
    await world.hint({ kind: 'commit', installation, repository: repositoryId, sha: shaA });
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('waiting for a word costs nothing, whatever went wrong before', async () => {
    const world = await fork();
    world.cluster.before = (verb, { kind }) => {
      if (verb === 'apply' && kind === 'Deployment') throw new Error('socket hang up');
    };
    await say(world, approve(shaA));
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'ApplyFailed');
    await world.change(241, { headSha: shaB, config });
    await world.settle(5_000);
    world.forgetWrites();
    await world.settle(3_600_000);
    assert.deepEqual(world.writes(), []);
  });
});
