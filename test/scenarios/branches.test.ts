import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, label, startPlatform, visit, type Platform } from '../support/platform.ts';

const configPath = '.cloud/preview.yaml';

describe('what branches hold', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  test('a fork is refused, whatever its config says, and when it is deleted', async () => {
    const project = platform.project('origin');
    const fork = platform.world.forkRepository(project.repo, 'stranger');
    const open = (branch: string, config: string): number => {
      platform.world.commit(fork, branch, { [configPath]: config, 'page.txt': branch }, branch, 'stranger');
      return platform.world.openPullRequest({ repo: project.repo, headRepository: fork, head: branch, title: branch, author: 'stranger' });
    };
    const numbers = [open('good', configOf(project.repo)), open('bad', '{{{ <!-- not yaml -->')];
    platform.github.requests.clear();
    for (const number of numbers) platform.world.addLabel(project.repo, number, label);
    const pulls = numbers.map((number) => platform.world.pullRequest(project.repo, number));
    const refused = (): boolean => pulls.every((pull) => /comes from a fork/.test(ourComments(pull)[0] ?? ''));
    await until('both are refused', refused);
    platform.world.deleteRepository(fork);
    for (const number of numbers) platform.world.addLabel(project.repo, number, 'again');
    await converge(platform);
    assert.ok(refused());
    assert.ok(pulls.every((pull) => ourComments(pull).length === 1 && !(ourComments(pull)[0] ?? '').includes('not yaml')));
    assert.deepEqual(pulls.flatMap(({ repository }) => repository.deployments), []);
  });

  test('a fork that is deleted before the label comes', async () => {
    const project = platform.project('orphan');
    const fork = platform.world.forkRepository(project.repo, 'passer-by');
    platform.world.commit(fork, 'gift', { 'page.txt': 'gift' }, 'gift', 'passer-by');
    const number = platform.world.openPullRequest({ repo: project.repo, headRepository: fork, head: 'gift', title: 'gift', author: 'passer-by' });
    platform.world.deleteRepository(fork);
    platform.world.addLabel(project.repo, number, label);
    await until('it is refused', () => /fork/.test(ourComments(platform.world.pullRequest(project.repo, number))[0] ?? ''));
    await converge(platform);
  });

  test('a config that is broken, then missing, in the newest commit: the old preview stays, and the line is named', async () => {
    const project = platform.project('broken');
    const number = project.open('feature', { [configPath]: configOf(project.repo, 'tenants: [fr]\n') });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    const pull = platform.world.pullRequest(project.repo, number);
    const good = pull.headSha;
    const known = { runs: { [`broken/${number}`]: good } };

    project.push('feature', { [configPath]: `${configOf(project.repo)}replicsa: 2\n` });
    await until('the comment names the line', () => (ourComments(pull)[0] ?? '').includes('preview.yaml:4:1'));
    await converge(platform, known);
    assert.match(ourComments(pull)[0] ?? '', /newest commit is not deployed[\s\S]*replicas/);

    project.push('feature', { [configPath]: null });
    await until('the comment says that it is missing', () => /There is no `\.cloud\/preview\.yaml`/.test(ourComments(pull)[0] ?? ''));
    await converge(platform, known);

    project.push('feature', { [configPath]: configOf(project.repo, 'tenants: [fr]\n') });
    await converge(platform);
  });

  test('a config that was never valid makes nothing but a comment; corrected, it makes the preview', async () => {
    const project = platform.project('never');
    const number = project.open('feature', { [configPath]: 'image: [\n' });
    platform.world.addLabel(project.repo, number, label);
    await until('the comment says so', () => /is not valid/.test(ourComments(platform.world.pullRequest(project.repo, number))[0] ?? ''));
    await converge(platform, { runs: { [`never/${number}`]: null } });
    project.push('feature', { [configPath]: configOf(project.repo, 'tenants: [be]\n') });
    await converge(platform);
  });

  test('four tenants, one of which has no image: three links work', async () => {
    const project = platform.project('four');
    for (const tenant of ['fr', 'be', 'hr']) project.push(tenant);
    const config = configOf(project.repo).replace(/^image:.*$/m, 'image: "registry.test/org-four/four:${tenant}"');
    const number = project.open('feature', { [configPath]: config });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform, { failing: { [`four/${number}`]: ['hu'] } });
    for (const tenant of ['fr', 'be', 'hr']) assert.equal((await visit(platform, `four-${number}-${tenant}.preview.test`)).status, 200);
    const pull = platform.world.pullRequest(project.repo, number);
    assert.match(ourComments(pull)[0] ?? '', /hu: the image is not in the registry/);

    // The image comes late: nobody need do anything.
    project.push('hu');
    await converge(platform, {}, 60_000);
  });

  test('a second repository that wants a name which is held is told so', async () => {
    const first = platform.project('held');
    const number = first.open('feature', { [configPath]: configOf(first.repo, 'tenants: [fr]\n') });
    platform.world.addLabel(first.repo, number, label);
    await converge(platform);
    platform.world.createInstallation('org-late');
    platform.world.createRepository({ owner: 'org-late', name: 'held', private: true, files: { [configPath]: configOf('org-late/held') } });
    platform.world.commit('org-late/held', 'feature', { 'a.txt': 'a' });
    const late = platform.world.openPullRequest({ repo: 'org-late/held', head: 'feature', title: 'late' });
    platform.world.addLabel('org-late/held', late, label);
    await until('it is told', () => /held by org-held\/held|name is taken/.test(ourComments(platform.world.pullRequest('org-late/held', late))[0] ?? ''));
    await converge(platform);
  });
});
