import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NotYetError } from '../../app/core/errors.ts';
import { commentMarker } from '../../app/core/report/comment.ts';
import { repositoryId, installation } from '../support/fake-github.ts';
import { keyOf, openWorld, plainConfig, shaA, shaB, tenantsConfig, type World } from '../support/world.ts';

const report = (number: number) => ({ kind: 'report', key: keyOf(number) }) as const;
const reconcile = (number: number) => ({ kind: 'pull-request', key: keyOf(number) }) as const;
const count = (world: World, name: string): number => world.github.writes.filter((write) => write === name).length;

async function live(world: World, number = 241, headSha = shaA): Promise<void> {
  await world.open(number, { headSha });
  await world.settle();
  world.cluster.rollOut();
  await world.settle(15_000);
}

describe('the comment', () => {
  test('deleted by hand is written again at the next read', async () => {
    const world = openWorld();
    await live(world);
    world.github.comments = [];
    await world.hint(reconcile(241));
    await world.settle();
    assert.match(world.comment(241), /The preview is live/);
    assert.equal(count(world, 'createComment'), 2);
  });

  test('deleted by hand just before an update is written anew', async () => {
    const world = openWorld();
    await live(world);
    world.github.comments = [];
    const deployment = world.cluster.list('Deployment')[0]!;
    world.cluster.put({ ...deployment, status: {} });
    await world.settle();
    assert.equal(world.github.comments.length, 1);
    assert.match(world.comment(241), /starting/);
  });

  test('changed by hand is put right at the next read', async () => {
    const world = openWorld();
    await live(world);
    world.github.comments[0]!.body = `${commentMarker(keyOf(241))}\nnonsense`;
    await world.hint(reconcile(241));
    await world.settle();
    assert.match(world.comment(241), /The preview is live/);
  });

  test('is not written a second time when the answer to the first was lost', async () => {
    const world = openWorld();
    world.github.lost.add('createComment');
    await world.open(241);
    await world.settle(10_000);
    assert.equal(count(world, 'createComment'), 1);
    assert.equal(world.github.comments.length, 1);
    assert.ok(world.record(241)?.said.comment);
  });

  test('of which a race made two: the younger goes when GitHub is read, the older is kept', async () => {
    const world = openWorld();
    await live(world);
    const [first] = world.github.comments;
    world.github.comments.push({ ...first!, id: first!.id + 500, nodeId: 'IC_younger' });
    await world.hint(reconcile(241));
    await world.settle(10_000);
    assert.deepEqual(world.github.comments.map(({ id }) => id), [first!.id]);
  });

  test('of which a race made two: the younger goes with the next deployment', async () => {
    const world = openWorld();
    await live(world);
    const [first] = world.github.comments;
    world.github.comments.push({ ...first!, id: first!.id + 500, nodeId: 'IC_younger' });
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(10_000);
    assert.deepEqual(world.github.comments.map(({ id }) => id), [first!.id]);
  });
});

describe('deployments', () => {
  test('a creation whose answer was lost is found again', async () => {
    const world = openWorld();
    world.github.lost.add('createDeployment');
    await world.open(241);
    await world.settle(10_000);
    assert.equal(world.github.deployments.length, 1);
    assert.equal(world.record(241)?.said.deployments.length, 1);
  });

  test('a creation whose answer was lost is found again, also within the second of our last write', async () => {
    const world = openWorld();
    await live(world);
    // The report comes 300 ms after the push and is tried again after 750 ms: the comment's update, the lost creation and the
    // second try are in one second of GitHub's clock.
    world.clock.advance(1_700 - (world.clock.now().getTime() % 1_000));
    world.github.lost.add('createDeployment');
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(10_000);
    assert.equal(world.failures.length, 1);
    assert.deepEqual(world.github.deployments.filter(({ sha }) => sha === shaB).length, 1);
  });

  test('one that somebody deleted does not stop the report', async () => {
    const world = openWorld();
    await world.open(241);
    await world.settle();
    world.github.deployments = [];
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.deepEqual(world.failures, []);
    assert.match(world.comment(241), /The preview is live/);
  });

  test('of a commit with a broken config: none', async () => {
    const world = openWorld();
    await live(world);
    await world.change(241, { headSha: shaB, config: 'image: 1\n' });
    await world.settle();
    assert.deepEqual(world.github.deployments.map(({ sha, states }) => [sha, states.at(-1)]), [[shaA, 'success']]);
  });
});

describe('the check', () => {
  test('speaks for both pull requests of one commit, which know the same one', async () => {
    const world = openWorld();
    await live(world, 1);
    await live(world, 2);
    const newest = world.github.checks.at(-1)!;
    assert.match(newest.content.summary, /Pull request 1[\s\S]*Pull request 2/);
    assert.equal(newest.content.conclusion, 'success');
    const known = [1, 2].map((number) => world.record(number)?.said.check);
    assert.equal(known[0]?.id, newest.id);
    assert.deepEqual(known[0], known[1]);
  });

  test('is one for two pull requests of one commit that are labelled together', async () => {
    const world = openWorld();
    await world.open(1);
    await world.open(2);
    await world.settle(10_000);
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.deepEqual(world.github.checks.map(({ content }) => content.conclusion), ['success']);
  });

  test('is found again when its creation’s answer was lost', async () => {
    const world = openWorld();
    world.github.lost.add('createCheck');
    await world.open(241);
    await world.settle(10_000);
    assert.equal(world.github.checks.length, 1);
    assert.equal(world.record(241)?.said.check?.id, world.github.checks[0]!.id);
  });

  test('told while a report of the same pull request runs stays remembered', async () => {
    const world = openWorld();
    await world.open(241);
    await world.run(reconcile(241), { changed: true });
    const createComment = world.github.createComment;
    world.github.createComment = async (...args) => {
      await world.run({ kind: 'check', installation, repository: repositoryId, sha: shaA });
      return createComment(...args);
    };
    await world.run(report(241));
    assert.ok(world.record(241)?.said.comment);
    assert.equal(world.record(241)?.said.check?.id, world.github.checks[0]!.id);
  });

  test('of a commit that was pushed away from and back to says how it stands', async () => {
    const world = openWorld();
    await live(world);
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle(5_000);
    await world.change(241, { headSha: shaA });
    await world.settle(5_000);
    world.cluster.rollOut();
    await world.settle(5_000);
    const last = (sha: string) => world.github.checks.findLast((check) => check.sha === sha)?.content;
    assert.equal(last(shaA)?.conclusion, 'success');
    assert.equal(last(shaB)?.status, 'completed');
  });

  test('is neutral on an unlabelled pull request only where the platform wants it', async () => {
    const quiet = openWorld();
    await quiet.open(241, { labels: [] });
    await quiet.settle();
    assert.deepEqual(quiet.github.checks, []);
    const always = openWorld({ check: 'always' });
    await always.open(241, { labels: [] });
    await always.settle();
    assert.deepEqual(always.github.checks.map(({ content }) => content.conclusion), ['neutral']);
    assert.equal(always.comment(241), '');
    await always.change(241, { state: 'merged' });
    await always.settle();
    assert.equal(always.record(241), undefined);
  });

  test('is no longer of a pull request that went; the other one’s is told alone at the next look', async () => {
    const world = openWorld();
    await live(world, 1);
    await live(world, 2);
    await world.change(1, { state: 'merged' });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    assert.equal(world.record(1), undefined);
    await world.hint(reconcile(2), false);
    await world.settle();
    const newest = world.github.checks.at(-1)!;
    assert.doesNotMatch(newest.content.summary, /merged/);
    assert.equal(newest.content.conclusion, 'success');
  });
});

describe('the budget', () => {
  test('used up: what was written is remembered, the rest comes later, nothing twice', async () => {
    const world = openWorld();
    await world.open(2, { config: tenantsConfig });
    await world.run(reconcile(2), { changed: true });
    world.budget = 2;
    await assert.rejects(world.run(report(2)), NotYetError);
    assert.deepEqual(world.github.writes, ['createComment', 'createDeployment']);
    assert.ok(world.record(2)?.said.comment);
    assert.equal(world.record(2)?.said.deployments.length, 1);
    world.budget = undefined;
    await world.settle(10_000);
    assert.equal(world.github.comments.length, 1);
    assert.equal(world.github.deployments.length, 4);
    assert.equal(world.github.checks.length, 1);
  });

  test('nothing left: nothing is written, and it is no failure', async () => {
    const world = openWorld();
    world.budget = 0;
    await world.open(241);
    await world.settle(30_000);
    assert.deepEqual(world.github.writes, []);
    assert.deepEqual(world.failures, []);
    world.budget = undefined;
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is starting/);
  });

  test('scarce: states that only pass by are left out', async () => {
    const world = openWorld();
    world.budget = 5;
    await world.open(241);
    await world.settle();
    assert.equal(count(world, 'setDeploymentState in_progress'), 0);
    assert.equal(count(world, 'createDeployment'), 1);
  });

  test('a rate limit from GitHub stops the report for as long as it says', async () => {
    const world = openWorld();
    const blocked: number[] = [];
    world.deps.budget.block = (_installation, ms) => {
      blocked.push(ms);
      return Promise.resolve();
    };
    world.github.fails.set('createComment', () => new NotYetError('secondary rate limit', 60_000));
    await world.open(241);
    await world.settle(5_000);
    assert.deepEqual(blocked, [60_000]);
    assert.deepEqual(world.failures, []);
    world.github.fails.clear();
    await world.settle(60_000);
    assert.equal(world.github.comments.length, 1);
  });
});

describe('the record', () => {
  test('of a closed pull request waits for the last report', async () => {
    const world = openWorld();
    await live(world);
    world.budget = 0;
    await world.change(241, { state: 'merged' });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle(20_000);
    assert.ok(world.record(241), 'it has not been said yet');
    world.budget = undefined;
    await world.settle(20_000);
    assert.equal(world.record(241), undefined);
    assert.match(world.comment(241), /has been taken away/);
  });

  test('lost by hand: comment, check and deployment are found again, nothing is made twice', async () => {
    const world = openWorld();
    await live(world);
    const stored = world.deps.records.get(keyOf(241))!;
    await world.deps.records.remove(stored);
    await world.hint({ kind: 'resync' }, false);
    await world.settle(10_000);
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.ok(world.record(241));
    assert.equal(world.github.comments.length, 1);
    assert.equal(world.github.checks.at(-1)?.content.conclusion, 'success');
    assert.equal(world.github.deployments.length, 1);
  });

  test('lost by hand after the pull request was closed: the preview goes and everything is said', async () => {
    const world = openWorld();
    await live(world);
    await world.deps.records.remove(world.deps.records.get(keyOf(241))!);
    world.github.pulls.get(241)!.state = 'merged';
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle(10_000);
    assert.equal(world.record(241), undefined);
    assert.match(world.comment(241), /merged/);
    assert.deepEqual(world.github.deployments.map(({ states }) => states.at(-1)), ['inactive']);
    assert.equal(world.github.checks[0]?.content.conclusion, 'neutral');
  });

  test('reopened with the label it was closed with: all comes back in the same comment', async () => {
    const world = openWorld();
    await live(world);
    await world.change(241, { state: 'closed' });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle(10_000);
    await world.change(241, { state: 'open' });
    await world.settle();
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
    assert.equal(world.github.checks.at(-1)?.content.conclusion, 'success');
    assert.deepEqual(world.github.deployments.map(({ states }) => states.at(-1)), ['inactive', 'success']);
  });
});

describe('a container’s last lines', () => {
  async function crashed(logs: 'private' | 'always' | 'never', isPrivate: boolean): Promise<World> {
    const world = openWorld({ logs });
    world.github.repository.private = isPrivate;
    await live(world);
    const pod = world.cluster.list('Pod')[0]!;
    const terminated = { reason: 'Error', exitCode: 1 };
    const containerStatuses = [{ name: 'app', image: 'x', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated } }];
    const deployment = world.cluster.list('Deployment')[0]!;
    world.cluster.put({ ...pod, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }], containerStatuses } });
    world.cluster.put({ ...deployment, status: { ...(deployment.status as object), availableReplicas: 0, conditions: [] } });
    await world.settle();
    return world;
  }

  for (const [logs, isPrivate, shown] of [['private', true, true], ['private', false, false], ['always', false, true], ['never', true, false]] as const) {
    test(`are ${shown ? '' : 'not '}shown in a ${isPrivate ? 'private' : 'public'} repository under logs: ${logs}`, async () => {
      const world = await crashed(logs, isPrivate);
      assert.match(world.comment(241), /exit code 1/);
      assert.equal(world.comment(241).includes('the last line'), shown);
    });
  }

  test('that cannot be fetched are left out', async () => {
    const world = await crashed('always', true);
    world.cluster.logs = () => Promise.reject(new Error('gone'));
    world.github.comments = [];
    await world.hint(reconcile(241));
    await world.settle(10_000);
    assert.match(world.comment(241), /exit code 1/);
    assert.doesNotMatch(world.comment(241), /the last line/);
  });
});
