import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { converge } from '../support/convergence.ts';
import { configOf, label, startPlatform, tenants, type Platform } from '../support/platform.ts';

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

  test('killed when it has made a check anew, and has not heard of it: that one is closed, too', async () => {
    const project = platform.project('anew');
    const number = project.open('feature', { '.cloud/preview.yaml': configOf(project.repo, 'tenants: [fr]\n') });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    // What was completed cannot go on: for what starts anew there is another check of the same name.
    const { unschedulable } = platform.kubernetes.trouble;
    unschedulable.add(`anew-${number}-fr`);
    const checks = (): number => platform.github.requests.list().filter(({ method, path }) => method === 'POST' && path.endsWith('/anew/check-runs')).length;
    const before = checks();
    platform.github.faults.set({ respond: 'answer-lost', match: ({ method, path }) => method === 'POST' && path.endsWith('/anew/check-runs') });
    platform.world.comment(project.repo, number, '/preview restart');
    await until('it is made', () => checks() > before);
    await platform.avant().kill();
    platform.github.faults.clear();
    unschedulable.clear();
    platform.world.merge(project.repo, number);
    await platform.boot();
    await converge(platform);
    const runs = [...platform.world.repository(project.repo).checkSuites.values()].flat().flatMap((suite) => suite.runs);
    assert.deepEqual(runs.map(({ status, conclusion }) => [status, conclusion]), [['completed', 'success'], ['completed', 'neutral']]);
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
