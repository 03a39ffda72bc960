import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { converge } from '../support/convergence.ts';
import { label, startPlatform, tenants, type Platform } from '../support/platform.ts';

describe('when Avant ends in the middle', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  /** Lets so many of the writes that fit through to the cluster, and holds the next: there Avant is killed. */
  async function killedAfter(writes: number, begin: () => void): Promise<void> {
    const hold = Promise.withResolvers<undefined>();
    let seen = 0;
    platform.kubernetes.faults.set({ respond: { until: hold.promise }, match: ({ method }) => method !== 'GET' && (seen += 1) > writes });
    begin();
    await until('it is in the middle', () => seen > writes);
    await platform.avant().kill();
    platform.kubernetes.faults.clear();
    hold.resolve(undefined);
    await platform.boot();
  }

  for (const writes of [3, 12]) {
    test(`killed after ${writes} writes of an apply, then started again`, async () => {
      const project = platform.project(`apply${writes}`);
      const number = project.open('feature');
      await killedAfter(writes, () => {
        platform.world.addLabel(project.repo, number, label);
      });
      await converge(platform);
      assert.equal(platform.world.repository(project.repo).deployments.length, tenants.length);
    });
  }

  for (const writes of [0, 4]) {
    test(`killed after ${writes} writes of a teardown, then started again`, async () => {
      const project = platform.project(`teardown${writes}`);
      const number = project.open('feature');
      platform.world.addLabel(project.repo, number, label);
      await converge(platform);
      await killedAfter(writes, () => {
        platform.world.merge(project.repo, number);
      });
      await converge(platform);
    });
  }

  test('killed while it tells GitHub: one comment, one deployment for each tenant', async () => {
    const project = platform.project('telling');
    const number = project.open('feature');
    const hold = Promise.withResolvers<undefined>();
    platform.github.faults.set({ respond: { until: hold.promise }, match: ({ path }) => path.endsWith('/statuses') });
    platform.world.addLabel(project.repo, number, label);
    await until('the deployments are made', () => platform.github.requests.list().some(({ path }) => path.endsWith('/statuses') && path.includes('telling')));
    await platform.avant().kill();
    platform.github.faults.clear();
    hold.resolve(undefined);
    await platform.boot();
    await converge(platform);
    assert.equal(platform.world.repository(project.repo).deployments.length, tenants.length);
  });

  test('SIGTERM in the middle of work ends it well, and soon; what was left is done after the next start', async () => {
    const project = platform.project('term');
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    await until('it has begun', () => platform.kubernetes.ingresses().some(({ metadata }) => metadata.namespace?.startsWith('term-')));
    assert.equal(await platform.avant().stop(), 0);
    platform.world.removeLabel(project.repo, number, label);
    await platform.boot();
    await converge(platform);
  });
});
