import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { names } from '../../app/core/object.ts';
import { installation, repositoryId } from '../support/fake-github.ts';
import { clusterWrites, keyOf, openWorld, plainConfig, shaA, shaB, shaC, type World } from '../support/world.ts';

const minute = 60_000;
const ci = 'continuous-integration/jenkins/pr-head';
const config = `${plainConfig}waitFor: { checks: [${ci}], timeout: 30m }\n`;
const commit = (sha: string) => ({ kind: 'commit', installation, repository: repositoryId, sha }) as const;
const commitOf = (world: World): string | undefined => world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit];

/** CI says this of the commit, and GitHub tells us. */
async function says(world: World, sha: string, checks: Parameters<World['pipelineAt']>[1]): Promise<void> {
  world.pipelineAt(sha, checks);
  await world.hint(commit(sha));
  await world.settle();
}

/** A preview that is live at the first commit, and a push after it. */
async function pushed(): Promise<World> {
  const world = openWorld();
  world.pipelineAt(shaA, { [ci]: 'success' });
  await world.live(241, { config });
  world.pipelineAt(shaB, { [ci]: 'pending' });
  world.forgetWrites();
  await world.change(241, { headSha: shaB, config });
  await world.settle(5_000);
  return world;
}

describe('a commit that waits for CI', () => {
  test('is not deployed, and the comment says what is waited for', async () => {
    const world = openWorld();
    world.pipelineAt(shaA, { [ci]: 'pending' });
    await world.open(241, { config });
    await world.settle();
    assert.deepEqual(world.previews(), []);
    assert.deepEqual(clusterWrites(world), []);
    assert.match(world.comment(241), /Waiting for `continuous-integration\/jenkins\/pr-head`/);
    assert.ok(world.comment(241).includes(`(https://ci.bar.com/${ci})`));
    assert.equal(world.github.checks[0]?.content.status, 'in_progress');
    assert.deepEqual(world.github.deployments, []);
    assert.equal(world.record(241)?.lastValid, undefined);
  });

  test('is deployed once CI says so, on the hint for the commit', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    await says(world, shaA, { [ci]: 'pending' });
    assert.deepEqual(world.previews(), []);
    await says(world, shaA, { [ci]: 'success' });
    assert.equal(commitOf(world), shaA);
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
    assert.equal(world.record(241)?.lastValid?.sha, shaA);
    assert.equal(world.record(241)?.decision.waiting, undefined);
    assert.deepEqual(world.failures, []);
  });

  test('is not deployed when CI is red, and is when it is run again', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    await says(world, shaA, { [ci]: 'failure' });
    assert.deepEqual(world.previews(), []);
    assert.match(world.comment(241), /No preview yet: a check failed/);
    assert.equal(world.github.checks[0]?.content.conclusion, 'failure');
    await says(world, shaA, { [ci]: 'success' });
    assert.deepEqual(world.previews(), ['foo-241']);
    assert.equal(world.github.checks.at(-1)?.content.conclusion, undefined);
  });

  test('a green hint for another commit changes nothing', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle(5_000);
    world.forgetWrites();
    const { reads } = world.github;
    await says(world, shaC, { [ci]: 'success' });
    assert.deepEqual(world.writes(), []);
    assert.equal(world.github.reads, reads);
  });

  test('where the webhook is lost, resync finds it', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle();
    world.pipelineAt(shaA, { [ci]: 'success' });
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('takes too long: that is said by itself, and green is green all the same', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle(29 * minute);
    assert.equal(world.record(241)?.decision.reason, 'WaitingForChecks');
    await world.settle(2 * minute);
    assert.equal(world.record(241)?.decision.reason, 'ChecksTimedOut');
    assert.match(world.comment(241), /CI takes too long/);
    assert.equal(world.github.checks[0]?.content.conclusion, 'failure');
    assert.deepEqual(world.previews(), []);
    await says(world, shaA, { [ci]: 'success' });
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('the time counts from the commit, not from its first check', async () => {
    const world = openWorld();
    await world.open(241, { config });
    await world.settle(20 * minute);
    await says(world, shaA, { [ci]: 'pending' });
    await world.settle(11 * minute);
    assert.equal(world.record(241)?.decision.reason, 'ChecksTimedOut');
    // A push has its own time.
    await world.change(241, { headSha: shaB, config });
    await world.settle(29 * minute);
    assert.equal(world.record(241)?.decision.reason, 'WaitingForChecks');
  });

  test('where checks may not be read: that is said, and the permission helps', async () => {
    const world = openWorld();
    world.github.pipelines.set(shaA, { kind: 'denied' });
    await world.open(241, { config });
    await world.settle();
    assert.deepEqual(world.previews(), []);
    assert.equal(world.record(241)?.decision.reason, 'ChecksUnreadable');
    assert.match(world.comment(241), /not been given permission/);
    // The new permission is a webhook for the installation.
    world.pipelineAt(shaA, { [ci]: 'success' });
    await world.hint({ kind: 'installation', installation });
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-241']);
  });

  test('waiting costs nothing: the same again writes nothing', async () => {
    const world = openWorld();
    world.pipelineAt(shaA, { [ci]: 'pending' });
    await world.open(241, { config });
    await world.settle(5_000);
    world.forgetWrites();
    for (let times = 0; times < 3; times += 1) {
      await world.hint(commit(shaA));
      await world.hint({ kind: 'resync' }, false);
      await world.settle(5_000);
    }
    assert.deepEqual(world.writes(), []);
  });

  test('the checks of others change nothing, neither before nor after', async () => {
    const world = openWorld();
    world.pipelineAt(shaA, { [ci]: 'pending' });
    await world.open(241, { config });
    await world.settle(5_000);
    world.forgetWrites();
    await says(world, shaA, { [ci]: 'pending', lint: 'failure', 'avant': 'pending' });
    await world.settle(5_000);
    assert.deepEqual(world.writes(), []);
    await says(world, shaA, { [ci]: 'success', lint: 'failure' });
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
    world.forgetWrites();
    await says(world, shaA, { [ci]: 'success', lint: 'success', slow: 'pending' });
    await world.settle(5_000);
    assert.deepEqual(world.writes(), []);
  });

  test('a project that waits for nothing is not held up by what its checks say', async () => {
    const world = openWorld();
    world.github.pipelines.set(shaA, { kind: 'denied' });
    await world.live(241);
    assert.match(world.comment(241), /The preview is live/);
    world.forgetWrites();
    await says(world, shaA, { [ci]: 'failure' });
    await world.settle(5_000);
    assert.deepEqual(world.writes(), []);
  });
});

describe('a push whose CI is not green', () => {
  test('leaves the older commit running, and says so', async () => {
    const world = await pushed();
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(commitOf(world), shaA);
    assert.match(world.comment(241), /Waiting for/);
    assert.match(world.comment(241), /stays at .*aaaaaaa/);
    await says(world, shaB, { [ci]: 'failure' });
    assert.deepEqual(clusterWrites(world), []);
    assert.match(world.comment(241), /The newest commit is not deployed: a check failed/);
    assert.equal(world.github.checks.find(({ sha }) => sha === shaB)?.content.conclusion, 'failure');
    assert.equal(world.record(241)?.tenants['']?.sha, shaA);
  });

  test('leaves it looked after: what somebody changes there is put back', async () => {
    for (const state of ['pending', 'failure'] as const) {
      const world = await pushed();
      await says(world, shaB, { [ci]: state });
      const { reads } = world.github;
      const before = world.object('Deployment', 'foo-241');
      world.cluster.put({ ...before, spec: { ...(before.spec as object), replicas: 0 } });
      world.cluster.vanish({ apiVersion: 'v1', kind: 'Service', namespace: 'foo-241', name: 'foo-service' });
      await world.settle(5_000);
      assert.deepEqual(world.object('Deployment', 'foo-241').spec, before.spec);
      assert.deepEqual(world.inside('foo-241', 'Service'), ['Service/foo-service']);
      assert.equal(world.github.reads, reads);
    }
  });

  test('is deployed once it is', async () => {
    const world = await pushed();
    await says(world, shaB, { [ci]: 'success' });
    assert.equal(commitOf(world), shaB);
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
    assert.equal(world.github.checks.find(({ sha }) => sha === shaB)?.content.conclusion, 'success');
  });

  test('a commit that was deployed stays when its check is run again and is red', async () => {
    const world = await pushed();
    await says(world, shaB, { [ci]: 'success' });
    world.cluster.rollOut();
    await world.settle(10_000);
    for (const state of ['pending', 'failure', 'success'] as const) {
      world.forgetWrites();
      await says(world, shaB, { [ci]: state });
      await world.settle(5_000);
      assert.equal(commitOf(world), shaB, state);
      assert.deepEqual(clusterWrites(world), [], state);
      assert.deepEqual(world.github.writes, [], state);
    }
  });

  test('pushed away from before CI has spoken: the older hint deploys nothing', async () => {
    const world = await pushed();
    world.pipelineAt(shaC, { [ci]: 'pending' });
    await world.change(241, { headSha: shaC, config });
    await world.settle();
    await says(world, shaB, { [ci]: 'success' });
    assert.equal(commitOf(world), shaA);
    await says(world, shaC, { [ci]: 'success' });
    assert.equal(commitOf(world), shaC);
  });

  test('back to the commit that runs is no wait', async () => {
    const world = await pushed();
    world.pipelineAt(shaA, { [ci]: 'pending' });
    await world.change(241, { headSha: shaA });
    await world.settle(5_000);
    assert.equal(world.record(241)?.decision.reason, 'Labelled');
    assert.deepEqual(clusterWrites(world), []);
    assert.match(world.comment(241), /The preview is live/);
  });

  test('unlabelled meanwhile: the preview goes', async () => {
    const world = await pushed();
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(clusterWrites(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
  });

  test('several pull requests of one commit all hear of it', async () => {
    const world = openWorld();
    for (const number of [1, 2]) await world.open(number, { config });
    await world.settle();
    await says(world, shaA, { [ci]: 'success' });
    assert.deepEqual([...world.previews()].sort(), ['foo-1', 'foo-2']);
    assert.deepEqual([1, 2].map((number) => world.deps.records.get(keyOf(number))?.record.decision.reason), ['Labelled', 'Labelled']);
  });
});
