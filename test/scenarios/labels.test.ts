import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { converge, openDeployments, ourComments } from '../support/convergence.ts';
import { configOf, delivery, label, startPlatform, tenants, visit, type Platform } from '../support/platform.ts';

describe('labels, pushes and merges', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  test('a label makes a link per tenant, a push is followed, a merge takes everything away', async () => {
    const project = platform.project('shop', { config: configOf('org-shop/shop', 'tenants: [fr, be]\n') });
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    for (const tenant of ['fr', 'be']) {
      const { status, body } = await visit(platform, `shop-${number}-${tenant}.preview.test`);
      assert.equal(status, 200);
      assert.ok(body.endsWith(`for ${tenant}`), body);
    }

    const before = (await visit(platform, `shop-${number}-fr.preview.test`)).body;
    project.push('feature');
    await converge(platform);
    assert.notEqual((await visit(platform, `shop-${number}-fr.preview.test`)).body, before);

    const pull = platform.world.pullRequest(project.repo, number);
    platform.world.merge(project.repo, number);
    await converge(platform);
    assert.equal((await visit(platform, `shop-${number}-fr.preview.test`)).status, 404);
    assert.match(ourComments(pull)[0] ?? '', /taken away[\s\S]*was merged/);
    assert.deepEqual(openDeployments(pull), []);
  });

  test('a pull request that nobody labels gets nothing, not even a comment', async () => {
    const project = platform.project('calm');
    const quiet = project.open('quiet');
    platform.world.addLabel(project.repo, quiet, 'bug');
    platform.world.close(project.repo, quiet);
    const loud = project.open('loud');
    platform.world.addLabel(project.repo, loud, label);
    await converge(platform);
    assert.deepEqual(ourComments(platform.world.pullRequest(project.repo, quiet)), []);
  });

  test('a draft is previewed like any other', async () => {
    const project = platform.project('draft');
    project.push('idea');
    const number = platform.world.openPullRequest({ repo: project.repo, head: 'idea', title: 'An idea', draft: true });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    assert.equal((await visit(platform, `draft-${number}-fr.preview.test`)).status, 200);
  });

  test('labels of single tenants, and one tenant less', async () => {
    const project = platform.project('some');
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, 'CD/Preview/FR');
    platform.world.addLabel(project.repo, number, `${label}/hu`);
    await converge(platform);
    platform.world.removeLabel(project.repo, number, `${label}/hu`);
    await converge(platform);
    assert.equal((await visit(platform, `some-${number}-fr.preview.test`)).status, 200);
    assert.equal((await visit(platform, `some-${number}-hu.preview.test`)).status, 404);
  });

  test('a valid config that drops a tenant takes it away; without tenants there is one preview', async () => {
    const project = platform.project('fewer');
    const number = project.open('feature', { '.cloud/preview.yaml': configOf('org-fewer/fewer', 'tenants: [fr, be]\n') });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    project.push('feature', { '.cloud/preview.yaml': configOf('org-fewer/fewer', 'tenants: []\n') });
    await converge(platform);
    assert.equal((await visit(platform, `fewer-${number}.preview.test`)).status, 200);
    assert.equal((await visit(platform, `fewer-${number}-fr.preview.test`)).status, 404);
  });

  test('the same delivery many times at once makes everything once', async () => {
    const project = platform.project('twice');
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    const { id } = delivery(platform, ({ action }) => action === 'labeled');
    for (let times = 0; times < 8; times += 1) platform.github.deliveries.redeliver(id);
    await converge(platform);
    await platform.github.deliveries.settled();
    assert.ok(platform.github.deliveries.all().every(({ statusCode }) => statusCode < 300));
    const { repository } = platform.world.pullRequest(project.repo, number);
    assert.equal(repository.deployments.length, tenants.length, 'one deployment for each tenant, ever');
  });

  test('label, unlabel, label within a second ends with previews; label, unlabel without', async () => {
    const project = platform.project('wobble', { config: configOf('org-wobble/wobble', 'tenants: [fr, be]\n') });
    const [stays, goes] = [project.open('stays'), project.open('goes')];
    platform.world.addLabel(project.repo, stays, label);
    platform.world.addLabel(project.repo, goes, label);
    await until('both begin', () => platform.kubernetes.ingresses().filter(({ metadata }) => metadata.namespace?.startsWith('wobble-')).length >= 2);
    platform.world.removeLabel(project.repo, stays, label);
    platform.world.removeLabel(project.repo, goes, label);
    await new Promise((resolve) => setTimeout(resolve, 60));
    platform.world.addLabel(project.repo, stays, label);
    await converge(platform);
  });

  test('several pushes while the first is being applied end on the newest', async () => {
    const project = platform.project('quick', { config: configOf('org-quick/quick', 'tenants: [fr, be]\n') });
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    for (let times = 0; times < 6; times += 1) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      project.push('feature');
    }
    await converge(platform);
    const newest = platform.world.pullRequest(project.repo, number);
    assert.ok(ourComments(newest)[0]?.includes(newest.headSha.slice(0, 7)));
  });

  test('two pull requests of one branch have a comment and previews each, and one check', async () => {
    const project = platform.project('pair');
    platform.world.createBranch(project.repo, 'release');
    project.push('feature');
    const [first, second] = ['main', 'release'].map((base) => platform.world.openPullRequest({ repo: project.repo, head: 'feature', base, title: `into ${base}` }));
    assert.ok(first !== undefined && second !== undefined);
    for (const number of [first, second]) platform.world.addLabel(project.repo, number, `${label}/fr`);
    await converge(platform);
    const checks = (): { sha: string; conclusion: string | null }[] =>
      [...platform.world.repository(project.repo).checkSuites.values()].flat().flatMap(({ sha, runs }) => runs.map(({ conclusion }) => ({ sha, conclusion })));
    const { headSha } = platform.world.pullRequest(project.repo, first);
    await until('the one check says success', () => checks().every(({ conclusion }) => conclusion === 'success'));
    assert.deepEqual(checks(), [{ sha: headSha, conclusion: 'success' }]);

    platform.world.removeLabel(project.repo, first, `${label}/fr`);
    await converge(platform);
    assert.equal((await visit(platform, `pair-${first}-fr.preview.test`)).status, 404);
    assert.equal((await visit(platform, `pair-${second}-fr.preview.test`)).status, 200);
  });

  test('closed and opened again', async () => {
    const project = platform.project('again');
    const number = project.open('feature', { '.cloud/preview.yaml': configOf('org-again/again', 'tenants: [fr]\n') });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    platform.world.close(project.repo, number);
    await converge(platform);
    platform.world.reopen(project.repo, number);
    await converge(platform);
  });
});
