import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Delta } from '../../app/io/visits/counter.ts';
import { askAboutVisits } from '../../workers/visits.ts';
import { openWorld, plainConfig, shaB, type World } from '../support/world.ts';

const host = 'foo-241.preview.bar.com';

/** Visits of the host as the door's log tells them, and the workers' look at them. */
async function visits(world: World, statuses: Readonly<Record<string, number>>): Promise<void> {
  const delta: Delta = { statuses, lastHit: new Date().toISOString(), failed: Object.keys(statuses).some((status) => status >= '500') };
  await world.visits.add(new Map([[host, delta]]));
  await askAboutVisits(world.deps);
  await world.settle();
}

const headline = (world: World): string => /^### (.*)$/m.exec(world.comment(241))?.[1] ?? '';

describe('what visitors meet', () => {
  test('is told in the comment once many of them meet errors, and forgotten when the next commit is live', async () => {
    const world = openWorld();
    await world.live(241, { config: plainConfig });
    await visits(world, { 200: 88, 404: 20 });
    assert.doesNotMatch(world.comment(241), /fail with/);
    await visits(world, { 502: 12 });
    assert.match(world.comment(241), /10% of requests to .*foo-241\.preview\.bar\.com.* fail with 502 since this commit is live \(12 of the first 120\)/);
    assert.match(headline(world), /live/);
    await world.change(241, { headSha: shaB, config: plainConfig });
    await world.settle();
    world.cluster.rollOut();
    await world.settle();
    assert.doesNotMatch(world.comment(241), /fail with/);
    await visits(world, { 200: 100, 500: 50 });
    assert.match(world.comment(241), /33% of requests .* fail with 500 .*\(50 of the first 150\)/);
  });

  test('a share that hardly moves is no write; one that is over is', async () => {
    const world = openWorld();
    await world.live(241, { config: plainConfig });
    await visits(world, { 200: 85, 503: 15 });
    assert.match(world.comment(241), /15% of requests .*\(15 of the first 100\)/);
    world.forgetWrites();
    await visits(world, { 200: 15, 503: 3 });
    assert.deepEqual(world.writes(), []);
    await visits(world, { 200: 100, 500: 4, 503: 11 });
    assert.deepEqual(world.writes(), [], 'nor is another status that few meet');
    await visits(world, { 200: 10_000 });
    assert.doesNotMatch(world.comment(241), /fail with/);
  });

  test('a preview that nobody visits, or that is gone, is nobody’s concern', async () => {
    const world = openWorld();
    await world.live(241, { config: plainConfig });
    world.forgetWrites();
    await askAboutVisits(world.deps);
    await world.settle();
    assert.deepEqual(world.writes(), []);
    await world.change(241, { labels: [] });
    await world.settle();
    await visits(world, { 503: 100 });
    assert.doesNotMatch(world.comment(241), /fail with/);
  });
});
