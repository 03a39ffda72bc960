import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { names } from '../../app/core/object.ts';
import { keyOf, openWorld, shaA, shaB, shaC, tenantsConfig, type World } from '../support/world.ts';

const tenants = ['fr', 'be', 'hr', 'hu'];
const previews = (world: World): string[] =>
  world.cluster
    .list('Namespace')
    .filter(({ metadata }) => metadata.labels?.[names.key] !== undefined)
    .map(({ metadata }) => metadata.name);
const commitOf = (world: World, namespace: string): string | undefined =>
  world.cluster.list('Deployment').find(({ metadata }) => metadata.namespace === namespace)?.metadata.annotations?.[names.commit];
const openDeployments = (world: World): string[] =>
  world.github.deployments.filter(({ states }) => states.at(-1) !== 'inactive').map(({ environment, sha, states }) => `${environment} ${sha[0] ?? ''} ${states.at(-1) ?? 'pending'}`);

async function live(world: World, number = 241): Promise<void> {
  await world.open(number);
  await world.settle();
  world.cluster.rollOut();
  await world.settle();
}

describe('a label', () => {
  test('makes objects, record, comment, check and deployment, for one GitHub read and one write per object', async () => {
    const world = openWorld();
    await world.open(241);
    await world.settle();
    assert.deepEqual([...world.cluster.writes].sort(), [
      'apply Deployment/foo foo-241',
      'apply Ingress/foo foo-241',
      'apply LimitRange/avant foo-241',
      'apply NetworkPolicy/avant foo-241',
      'apply ResourceQuota/avant foo-241',
      'apply Service/foo-service foo-241',
      'apply ServiceAccount/default foo-241',
      'create ConfigMap/app-foo avant',
      ...world.cluster.writes.filter((write) => write.startsWith('create ConfigMap/record-')),
      'create Namespace/foo-241',
      ...world.cluster.writes.filter((write) => write.startsWith('update ConfigMap/record-')),
    ].sort());
    assert.equal(world.github.reads, 1);
    assert.deepEqual(world.github.writes, ['createComment', 'createDeployment', 'setDeploymentState in_progress', 'createCheck']);
    const record = world.record(241);
    assert.equal(record?.decision.reason, 'Labelled');
    assert.equal(record.tenants['']?.host, 'foo-241.preview.bar.com');
    assert.equal(record.lastValid?.sha, shaA);
    assert.match(world.comment(241), /The preview is starting/);
    assert.equal(world.github.checks[0]?.content.status, 'in_progress');
    assert.deepEqual(world.failures, []);
  });

  test('becomes a link once the rollout is complete', async () => {
    const world = openWorld();
    await live(world);
    assert.match(world.comment(241), /The preview is live/);
    assert.match(world.comment(241), /\(https:\/\/foo-241\.preview\.bar\.com\)/);
    assert.deepEqual(world.github.checks.map(({ content }) => content.conclusion), ['success']);
    assert.deepEqual(openDeployments(world), ['preview a success']);
    assert.equal(world.github.deployments[0]?.url, 'https://foo-241.preview.bar.com');
    assert.equal(world.github.reads, 1);
  });

  test('makes a preview per tenant, and an unlabelled pull request nothing at all', async () => {
    const world = openWorld();
    await world.open(1, { labels: ['bug'] });
    await world.settle();
    assert.deepEqual(world.writes(), []);
    await world.open(2, { config: tenantsConfig });
    await world.settle();
    assert.deepEqual(previews(world), tenants.map((tenant) => `foo-2-${tenant}`));
    world.cluster.rollOut();
    await world.settle();
    assert.match(world.comment(2), /All 4 previews are live/);
    assert.deepEqual(openDeployments(world).sort(), tenants.map((tenant) => `preview/${tenant} a success`).sort());
  });

  test('the same again writes nothing, whoever asks', async () => {
    const world = openWorld();
    await live(world);
    // GitHub's clock has whole seconds: the next read must be younger than the last write to count.
    await world.settle(5_000);
    world.forgetWrites();
    for (let times = 0; times < 3; times += 1) {
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      await world.settle(5_000);
      await world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
      await world.hint({ kind: 'resync' }, false);
      await world.settle(5_000);
    }
    assert.deepEqual(world.writes(), []);
  });

  test('a second delivery while the first one runs changes nothing', async () => {
    const world = openWorld();
    await world.open(241);
    await Promise.all([1, 2].map(() => world.run({ kind: 'pull-request', key: keyOf(241) }, { changed: true }).catch(() => undefined)));
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.deepEqual(previews(world), ['foo-241']);
    assert.equal(world.github.comments.length, 1);
    assert.equal(world.github.checks.length, 1);
    assert.equal(world.github.deployments.length, 1);
  });
});

describe('a push', () => {
  test('writes the one object that changed, keeps the old link meanwhile, and says so', async () => {
    const world = openWorld();
    await live(world);
    await world.settle(20_000);
    world.forgetWrites();
    world.github.configs.set(shaB, world.github.configs.get(shaA)!);
    await world.change(241, { headSha: shaB });
    await world.settle();
    assert.deepEqual(world.cluster.writes.filter((write) => !write.includes('ConfigMap')), ['apply Deployment/foo foo-241']);
    assert.equal(world.github.reads, 2);
    assert.equal(commitOf(world, 'foo-241'), shaB);
    assert.match(world.comment(241), /being updated/);
    world.cluster.rollOut();
    await world.settle();
    assert.match(world.comment(241), /The preview is live/);
    assert.deepEqual(openDeployments(world), ['preview b success']);
    assert.deepEqual(world.failures, []);
  });

  test('gives the new commit a check of its own, and closes the one before', async () => {
    const world = openWorld();
    await world.open(241);
    await world.settle(20_000);
    world.github.configs.set(shaB, world.github.configs.get(shaA)!);
    await world.change(241, { headSha: shaB });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.deepEqual(
      world.github.checks.map(({ sha, content }) => [sha, content.status, content.conclusion]),
      [
        [shaA, 'completed', 'neutral'],
        [shaB, 'completed', 'success'],
      ],
    );
  });

  test('gives the new commit a check also where the one before was complete', async () => {
    const world = openWorld();
    await live(world);
    await world.settle(20_000);
    world.github.configs.set(shaB, world.github.configs.get(shaA)!);
    await world.change(241, { headSha: shaB });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.deepEqual(world.github.checks.map(({ sha, content }) => [sha, content.conclusion]), [[shaA, 'success'], [shaB, 'success']]);
  });

  test('during an apply wins in the end: the late writer is refused', async () => {
    const world = openWorld();
    await live(world);
    for (const sha of [shaB, shaC]) world.github.configs.set(sha, world.github.configs.get(shaA)!);
    world.clock.advance(5_000);
    let pushed = false;
    world.cluster.before = async (verb, { kind }) => {
      if (verb !== 'apply' || kind !== 'Deployment' || pushed) return;
      pushed = true;
      world.clock.advance(2_000);
      world.github.pulls.get(241)!.headSha = shaC;
      await world.run({ kind: 'pull-request', key: keyOf(241) }, { changed: true });
    };
    await world.change(241, { headSha: shaB });
    await world.settle(10_000);
    assert.equal(pushed, true);
    assert.equal(commitOf(world, 'foo-241'), shaC);
    assert.equal(world.record(241)?.tenants['']?.sha, shaC);
  });

  test('during the very first apply wins in the end', async () => {
    const world = openWorld();
    let pushed = false;
    world.cluster.before = async (verb, { kind }) => {
      if (verb !== 'create' || kind !== 'Namespace' || pushed) return;
      pushed = true;
      world.clock.advance(2_000);
      world.github.configs.set(shaB, world.github.configs.get(shaA)!);
      world.github.pulls.get(241)!.headSha = shaB;
      await world.run({ kind: 'pull-request', key: keyOf(241) }, { changed: true });
    };
    await world.open(241);
    await world.settle(10_000);
    assert.equal(pushed, true);
    assert.equal(commitOf(world, 'foo-241'), shaB);
    assert.equal(world.record(241)?.facts.pullRequest.headSha, shaB);
  });

  test('that a worker has not heard of is not undone by a watch event', async () => {
    const world = openWorld();
    await live(world);
    const stale = world.record(241)!;
    world.github.configs.set(shaB, world.github.configs.get(shaA)!);
    await world.settle(5_000);
    await world.change(241, { headSha: shaB });
    await world.settle();
    // Somebody restores an old record; the objects carry a younger stamp than its facts.
    const stored = world.deps.records.get(keyOf(241))!;
    await world.deps.records.put({ ...stored.record, facts: stale.facts, tenants: stale.tenants }, stored.version);
    await world.hint({ kind: 'pull-request', key: keyOf(241) }, false);
    await world.settle();
    assert.equal(commitOf(world, 'foo-241'), shaB);
  });
});

describe('the end', () => {
  test('unlabelled: the Ingress goes first, then the namespace; the record stays', async () => {
    const world = openWorld();
    await live(world);
    await world.settle(5_000);
    world.forgetWrites();
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(world.cluster.writes.filter((write) => write.startsWith('remove')), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
    assert.match(world.comment(241), /being taken away/);
    assert.deepEqual(openDeployments(world), []);
    world.cluster.finishNamespaces();
    await world.settle();
    assert.match(world.comment(241), /has been taken away/);
    assert.equal(world.record(241)?.decision.reason, 'NotLabelled');
    assert.equal(world.github.checks[0]?.content.conclusion, 'neutral');
    assert.deepEqual(previews(world), []);
  });

  for (const state of ['merged', 'closed'] as const) {
    test(`${state}: two deletes, all deployments inactive, the record gone after the last report`, async () => {
      const world = openWorld();
      await live(world);
      await world.settle(5_000);
      world.forgetWrites();
      await world.change(241, { state });
      await world.settle();
      assert.equal(world.cluster.writes.filter((write) => write.startsWith('remove') && !write.includes('ConfigMap')).length, 2);
      assert.ok(world.record(241), 'the record stays while the namespace does');
      world.cluster.finishNamespaces();
      await world.settle();
      assert.equal(world.record(241), undefined);
      assert.match(world.comment(241), new RegExp(`The pull request was ${state}`));
      assert.match(world.comment(241), /has been taken away/);
      assert.deepEqual(openDeployments(world), []);
      assert.equal(world.github.checks[0]?.content.conclusion, 'neutral');
      // A late delivery makes nothing anew.
      world.forgetWrites();
      await world.hint({ kind: 'pull-request', key: keyOf(241) });
      await world.hint({ kind: 'resync' }, false);
      await world.settle(20_000);
      assert.deepEqual(world.writes(), []);
      assert.deepEqual(world.failures, []);
    });
  }

  test('labelled again while the namespace is going away: waits, and comes back', async () => {
    const world = openWorld();
    await live(world);
    await world.change(241, { labels: [] });
    await world.settle();
    await world.change(241, { labels: ['cd/preview'] });
    await world.settle(30_000);
    assert.equal(world.record(241)?.tenants['']?.trouble?.reason, 'NamespaceTerminating');
    assert.match(world.comment(241), /still (going|being taken) away/);
    world.cluster.finishNamespaces();
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.match(world.comment(241), /The preview is live/);
    assert.deepEqual(previews(world), ['foo-241']);
    assert.deepEqual(openDeployments(world), ['preview a success']);
    assert.equal(world.record(241)?.tenants['']?.trouble, undefined);
    assert.equal(world.github.comments.length, 1);
  });

  test('label, unlabel, label within a second leaves one preview', async () => {
    const world = openWorld();
    await world.open(241);
    await world.run({ kind: 'pull-request', key: keyOf(241) }, { changed: true });
    await world.change(241, { labels: [] });
    await world.run({ kind: 'pull-request', key: keyOf(241) }, { changed: true });
    await world.change(241, { labels: ['cd/preview'] });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.match(world.comment(241), /The preview is live/);
    assert.deepEqual(previews(world), ['foo-241']);
    assert.equal(world.github.comments.length, 1);
    assert.deepEqual(openDeployments(world), ['preview a success']);
  });

  test('a label for one tenant only takes the others away', async () => {
    const world = openWorld();
    await world.open(2, { config: tenantsConfig });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    await world.change(2, { labels: ['CD/Preview/FR'] });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    assert.deepEqual(previews(world), ['foo-2-fr']);
    assert.deepEqual(openDeployments(world), ['preview/fr a success']);
    assert.match(world.comment(2), /The preview is live/);
  });

  test('closed without a webhook after it was unlabelled: resync lets its record go', async () => {
    const world = openWorld();
    await live(world);
    await world.change(241, { labels: [] });
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    world.github.pulls.get(241)!.state = 'closed';
    // A day of passes: it may be slow, not for ever.
    for (let passes = 0; passes < 300 && world.record(241); passes += 1) {
      await world.hint({ kind: 'resync' }, false);
      await world.settle(300_000);
    }
    assert.equal(world.record(241), undefined);
  });

  test('merged without a webhook: resync finds it', async () => {
    const world = openWorld();
    await live(world);
    world.github.pulls.get(241)!.state = 'merged';
    await world.hint({ kind: 'resync' }, false);
    await world.settle();
    world.cluster.finishNamespaces();
    await world.settle();
    assert.deepEqual(previews(world), []);
    assert.equal(world.record(241), undefined);
  });
});
