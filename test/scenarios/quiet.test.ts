import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { converge } from '../support/convergence.ts';
import { clusterWrites, configOf, githubWrites, label, startPlatform, type Platform } from '../support/platform.ts';

describe('when nothing changes', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  after(() => platform.close());

  test('deliveries, edits that do not matter and a resync write nothing, neither to the cluster nor to GitHub', async () => {
    const project = platform.project('still');
    const config = (lines: string): Record<string, string> => ({ '.cloud/preview.yaml': configOf(project.repo, lines) });
    const live = project.open('live', config('tenants: [fr, be]\n'));
    const broken = project.open('broken', { '.cloud/preview.yaml': 'nonsense: true\n' });
    const failing = project.open('failing', { '.cloud/preview.yaml': configOf('nobody/nothing', 'tenants: [hr]\n') });
    const unlabelled = project.open('unlabelled', config('tenants: [hu]\n'));
    for (const number of [live, broken, failing, unlabelled]) platform.world.addLabel(project.repo, number, label);
    const known = { runs: { [`still/${broken}`]: null }, failing: { [`still/${failing}`]: ['hr'] } };
    await converge(platform, known);
    platform.world.removeLabel(project.repo, unlabelled, label);
    await converge(platform, known);
    // Nothing is on its way any more.
    const last = (): number => platform.github.requests.list().filter(({ method }) => method !== 'GET').length + clusterWrites(platform).length;
    let [before, since] = [last(), performance.now()];
    await until('all is said', () => {
      if (last() !== before) [before, since] = [last(), performance.now()];
      return performance.now() - since > 1_500;
    });

    platform.kubernetes.requests.clear();
    platform.github.requests.clear();
    const { deliveries } = platform.github;
    const sent = deliveries.all().filter(({ event }) => event === 'pull_request');
    for (const { id } of [...sent, ...sent]) deliveries.redeliver(id);
    for (const number of [live, broken, failing, unlabelled]) platform.world.editPullRequest(project.repo, number, { title: 'Another title' });
    await deliveries.settled();
    await until('every pull request was read', () => platform.github.requests.list().filter(({ path }) => path.includes('graphql')).length >= 4);
    await until('a resync has passed', () => platform.github.requests.list().some(({ path }) => path.includes('/app/installations')));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    assert.deepEqual(clusterWrites(platform), []);
    assert.deepEqual(githubWrites(platform), []);
  });
});
