import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PullRequestRecord } from '../../app/core/record.ts';
import { clusterWrites, keyOf, openWorld, shaA, type World } from '../support/world.ts';

/** Writes the record as the version before wrote it: without what people asked for, folders, links and pins. */
function makeOlder(world: World, number = 241): void {
  const { record } = world.deps.records.get(keyOf(number))!;
  const { intent: _intent, ...rest } = record;
  const { cloud: _cloud, labelled: _labelled, pipeline: _pipeline, ...facts } = rest.facts;
  const { reacted: _reacted, ...said } = rest.said;
  const tenants = Object.fromEntries(Object.entries(rest.tenants).map(([tenant, { links: _links, pins: _pins, restart: _restart, ...one }]) => [tenant, one]));
  const older = { ...rest, facts, said, tenants, lastValid: rest.lastValid && { sha: rest.lastValid.sha, text: rest.lastValid.text } };
  const map = world.cluster.list('ConfigMap').find(({ metadata }) => metadata.name.startsWith('record-'))!;
  world.cluster.put({ ...map, data: { record: JSON.stringify(older) } });
}


/** As it is in a ConfigMap: without what is undefined. */
const plain = (record: PullRequestRecord): PullRequestRecord => JSON.parse(JSON.stringify(record)) as PullRequestRecord;

describe('a record of the version before', () => {
  for (const [what, nudge] of [
    ['a webhook', (world: World) => world.hint({ kind: 'pull-request', key: keyOf(241) })],
    ['an event in the cluster', (world: World) => world.hint({ kind: 'pull-request', key: keyOf(241) }, false)],
    ['a resync', (world: World) => world.hint({ kind: 'resync' }, false)],
  ] as const) {
    test(`is filled in by ${what}: the preview runs on, and nobody is told otherwise`, async () => {
      const world = openWorld();
      await world.live(241);
      const before = plain(world.record(241)!);
      const comment = world.comment(241);
      makeOlder(world);
      assert.equal(world.record(241)?.intent.labellers.length, 0);
      world.forgetWrites();
      await nudge(world);
      await world.settle(10_000);
      assert.deepEqual(clusterWrites(world), []);
      assert.deepEqual(world.github.writes, []);
      assert.equal(world.comment(241), comment);
      assert.equal(world.record(241)?.decision.reason, 'Labelled');
      const { facts, said: _said, ...rest } = plain(world.record(241)!);
      const { facts: factsBefore, said: _saidBefore, ...restBefore } = before;
      assert.deepEqual(rest, restBefore);
      assert.deepEqual({ ...facts, readAt: '' }, { ...factsBefore, readAt: '' });
      assert.deepEqual(world.failures, []);
    });
  }

  test('of what is not labelled any more: the preview goes', async () => {
    const world = openWorld();
    await world.live(241);
    makeOlder(world);
    world.forgetWrites();
    await world.change(241, { labels: [] });
    await world.settle();
    assert.deepEqual(clusterWrites(world), ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
  });

  test('of a commit whose config is broken: the commit that ran is known', async () => {
    const world = openWorld();
    await world.live(241);
    makeOlder(world);
    world.forgetWrites();
    await world.change(241, { headSha: 'e'.repeat(40), config: 'image: [' });
    await world.settle();
    assert.deepEqual(clusterWrites(world), []);
    assert.equal(world.record(241)?.tenants['']?.sha, shaA);
    assert.equal(world.record(241)?.decision.reason, 'ConfigBroken');
  });

  test('forgets no command that was given before: they are looked at once', async () => {
    const world = openWorld();
    await world.live(241);
    makeOlder(world);
    world.github.say(241, '/preview stop');
    await world.hint({ kind: 'resync' }, false);
    await world.settle(5_000);
    assert.equal(world.record(241)?.decision.reason, 'Stopped');
  });
});
