import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { FaultResponse } from '../../sandbox/github/faults.ts';
import { freePort, until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { clusterWrites, configOf, label, startPlatform, type Platform, type Project } from '../support/platform.ts';

const one = (repo: string): Record<string, string> => ({ '.cloud/preview.yaml': configOf(repo, 'tenants: [fr]\n') });

describe('when GitHub is in trouble', () => {
  let platform: Platform;
  before(async () => {
    // The shortest grace: a repository that only seems gone must not be taken for gone.
    platform = await startPlatform({ yaml: 'grace: 1s\n' });
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  function label1(project: Project, branch: string): number {
    const number = project.open(branch, one(project.repo));
    platform.world.addLabel(project.repo, number, label);
    return number;
  }

  const troubles: readonly (readonly [string, FaultResponse])[] = [
    ['404', 'not-found'],
    ['its maintenance page', 'html'],
    ['502', 'bad-gateway'],
    ['nothing in its answers', 'empty'],
    ['half of its JSON', 'truncated'],
    ['a cut connection', 'reset'],
    ['NOT_FOUND for the repository', { graphqlErrorAt: ['repository'], type: 'NOT_FOUND' }],
    ['no answer at all', 'hang'],
  ];

  test('whatever it answers to everything, nothing goes; and what happened meanwhile is done afterwards', async () => {
    const project = platform.project('patient');
    const [merged, unlabelled, pushed] = [label1(project, 'merged'), label1(project, 'unlabelled'), label1(project, 'pushed')];
    await converge(platform);
    platform.kubernetes.requests.clear();
    for (const [what, respond] of troubles) {
      const clear = platform.github.faults.set({ respond, match: ({ path }) => typeof respond === 'string' || path.includes('graphql') });
      platform.github.requests.clear();
      for (const number of [merged, unlabelled, pushed]) platform.world.addLabel(project.repo, number, `during ${what.slice(0, 30)}`);
      await until(`it asks, and gets ${what}`, () => platform.github.requests.list().filter(({ as }) => as === 'installation').length >= 3);
      // Long enough for the grace to be over, were it counted.
      await new Promise((resolve) => setTimeout(resolve, 600));
      assert.deepEqual(
        clusterWrites(platform).filter((write) => write.startsWith('DELETE')),
        [],
        what,
      );
      if (respond !== 'hang') clear();
    }
    platform.world.merge(project.repo, merged);
    platform.world.removeLabel(project.repo, unlabelled, label);
    project.push('pushed');
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(clusterWrites(platform).filter((write) => write.startsWith('DELETE')), []);
    platform.github.faults.clear();
    await converge(platform, {}, 45_000);
  });

  test('Avant started while GitHub says 404 to everything takes nothing away', async () => {
    const project = platform.project('reborn');
    label1(project, 'feature');
    await converge(platform);
    await platform.avant().kill();
    platform.github.faults.set({ respond: 'not-found' });
    platform.kubernetes.requests.clear();
    await platform.boot();
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    assert.deepEqual(clusterWrites(platform).filter((write) => write.startsWith('DELETE')), []);
    platform.github.faults.clear();
    project.push('feature');
    await converge(platform, {}, 45_000);
  });

  test('the answer to a comment is lost: there is one all the same', async () => {
    const project = platform.project('lostcomment');
    platform.github.faults.set({ respond: 'answer-lost', times: 2, match: ({ method, path }) => method === 'POST' && path.endsWith('/comments') });
    const number = label1(project, 'feature');
    await converge(platform);
    assert.equal(ourComments(platform.world.pullRequest(project.repo, number)).length, 1);
  });

  test('the answers to deployments and the check are lost: each is there once', async () => {
    const project = platform.project('lostothers');
    let [deployments, checks] = [0, 0];
    platform.github.faults.set({
      respond: 'answer-lost',
      match: ({ method, path }) => {
        if (method !== 'POST') return false;
        if (path.endsWith('/deployments')) return (deployments += 1) % 2 === 0;
        return path.endsWith('/check-runs') && (checks += 1) <= 2;
      },
    });
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    await converge(platform, {}, 60_000);
    const { repository } = platform.world.pullRequest(project.repo, number);
    assert.deepEqual(repository.deployments.map(({ environment }) => environment).sort(), ['preview/be', 'preview/fr', 'preview/hr', 'preview/hu']);
    assert.equal([...repository.checkSuites.values()].flat().flatMap(({ runs }) => runs).length, 1);
  });

  test('a secondary limit on comments: the comment comes, once', async () => {
    const project = platform.project('limited');
    const body = { message: 'You have exceeded a secondary rate limit.', documentation_url: 'https://docs.github.com' };
    platform.github.faults.set({
      respond: { status: 403, headers: { 'retry-after': '2' }, body },
      times: 2,
      match: ({ method, path }) => method === 'POST' && path.endsWith('/comments'),
    });
    platform.github.requests.clear();
    label1(project, 'feature');
    await converge(platform);
    assert.equal(platform.github.requests.list().filter(({ method, path }) => method === 'POST' && path.endsWith('/comments')).length, 3);
  });

  test('every webhook lost: resync finds the label, the push, the unlabelling and the merge', async () => {
    const project = platform.project('deaf');
    const number = project.open('feature', one(project.repo));
    const [pushed, unlabelled, merged] = [label1(project, 'pushed'), label1(project, 'unlabelled'), label1(project, 'merged')];
    await converge(platform);
    platform.github.setWebhook(`http://127.0.0.1:${await freePort()}/api/github/webhooks`);
    try {
      platform.world.addLabel(project.repo, number, label);
      project.push('pushed');
      platform.world.removeLabel(project.repo, unlabelled, label);
      platform.world.merge(project.repo, merged);
      await converge(platform);
      assert.equal(ourComments(platform.world.pullRequest(project.repo, pushed)).length, 1);
    } finally {
      platform.github.setWebhook(platform.avant().webhookUrl);
    }
  });

  test('a repository that is really deleted loses its previews after the grace', async () => {
    const project = platform.project('gone');
    label1(project, 'feature');
    await converge(platform);
    platform.world.deleteRepository(project.repo);
    await converge(platform);
  });
});
