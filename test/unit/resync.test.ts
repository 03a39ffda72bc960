import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatWork } from '../../app/core/work.ts';
import { resync } from '../../app/reconcile/resync.ts';
import { keyOf, openWorld, plainConfig, shaA, shaB, type World } from '../support/world.ts';

/** Runs one pass and returns what it asked for, `!` for what says that GitHub changed. */
async function pass(world: World): Promise<string[]> {
  const asked: string[] = [];
  const ask = (...[work, hint]: Parameters<World['deps']['ask']>): Promise<void> => {
    asked.push(`${formatWork(work)}${hint?.changed === true ? '!' : ''}`);
    return Promise.resolve();
  };
  const outcome = await resync({ ...world.deps, ask }, () => world.cluster.cache.ofKind('Namespace'));
  assert.deepEqual(outcome, { againMs: world.platform.resyncMs });
  return asked;
}

async function live(number = 241): Promise<World> {
  const world = openWorld();
  await world.open(number);
  await world.settle(10_000);
  return world;
}

describe('resync', () => {
  test('finds a labelled pull request that no webhook told of', async () => {
    const world = openWorld();
    world.github.pulls.set(5, { number: 5, state: 'open', labels: ['cd/preview/fr'], headSha: shaA, fork: false });
    world.github.pulls.set(6, { number: 6, state: 'open', labels: ['bug'], headSha: shaA, fork: false });
    assert.deepEqual(await pass(world), ['pull-request/7/R_kgDOFoo/5!']);
  });

  test('asks for what it knows, and reads GitHub for none of it', async () => {
    const world = await live();
    const reads = world.github.reads;
    assert.deepEqual(await pass(world), ['pull-request/7/R_kgDOFoo/241']);
    assert.equal(world.github.reads, reads);
  });

  for (const [what, change] of [
    ['a push', { headSha: shaB }],
    ['another label', { labels: ['cd/preview', 'bug'] }],
  ] as const) {
    test(`sees ${what}`, async () => {
      const world = await live();
      Object.assign(world.github.pulls.get(241)!, change);
      assert.ok((await pass(world)).includes('pull-request/7/R_kgDOFoo/241!'));
    });
  }

  for (const [what, change] of [
    ['closed', { state: 'closed' }],
    ['unlabelled', { labels: [] }],
  ] as const) {
    test(`reads by itself what is in no list: ${what}`, async () => {
      const world = await live();
      Object.assign(world.github.pulls.get(241)!, change);
      assert.deepEqual(await pass(world), ['pull-request/7/R_kgDOFoo/241!']);
    });
  }

  test('finds a namespace of ours that has no record', async () => {
    const world = await live();
    await world.deps.records.remove(world.deps.records.get(keyOf(241))!);
    world.github.pulls.get(241)!.state = 'merged';
    assert.deepEqual(await pass(world), ['pull-request/7/R_kgDOFoo/241!']);
  });

  test('concludes nothing from a list that cannot be read', async () => {
    const world = await live();
    world.github.fails.set('repositories', () => new Error('502'));
    await pass(world);
    world.cluster.writes.length = 0;
    await world.hint({ kind: 'resync' });
    await world.settle(30_000);
    assert.deepEqual(world.cluster.writes, []);
  });

  test('creates the label where it is missing, once, and not without budget', async () => {
    const world = openWorld();
    world.github.repository.hasLabel = false;
    world.budget = 0;
    await pass(world);
    assert.deepEqual(world.github.writes, []);
    world.budget = undefined;
    await pass(world);
    await pass(world);
    assert.deepEqual(world.github.writes, ['createLabel']);
  });

  test('goes on when the label cannot be created', async () => {
    const world = await live();
    world.github.repository.hasLabel = false;
    world.github.fails.set('createLabel', () => new Error('403'));
    assert.deepEqual(await pass(world), ['pull-request/7/R_kgDOFoo/241']);
  });

  test('looks at every pull request where every one has a check', async () => {
    const world = openWorld({ check: 'always' });
    await world.open(5, { labels: [], config: plainConfig });
    world.github.pulls.get(5)!.labels = [];
    assert.deepEqual(await pass(world), ['pull-request/7/R_kgDOFoo/5!']);
  });
});
