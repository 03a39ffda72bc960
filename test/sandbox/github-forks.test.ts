import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckRunEvent, StatusEvent } from '@octokit/webhooks-types';
import { asInstallation, graphql, installationToken, receiver, withPullRequest } from './github-started.ts';
import { deliveredFor, failure, foo, nameOf, page, secret, send, thank } from './github-asking.ts';

/** A pull request #242 of m6/foo from mallory's fork. */
async function withFork(isPrivate = false) {
  const { url, got } = await receiver(thank);
  const sample = await withPullRequest({ webhook: { url, secret } });
  const { world } = sample.github;
  world.editRepository('m6/foo', { private: isPrivate });
  const fork = world.forkRepository('m6/foo', 'mallory');
  const sha = world.commit(fork, 'evil', { '.cloud/preview.yaml': 'tenants: []\n' }, 'Evil', 'mallory');
  world.openPullRequest({ repo: 'm6/foo', headRepository: fork, head: 'evil', title: 'Evil', author: 'mallory' });
  return { ...sample, got, fork, sha };
}

const asked = `{ repository(owner: "m6", name: "foo") { id pullRequest(number: 242) { headRefOid headRefName isCrossRepository headRepository { id nameWithOwner } headRepositoryOwner { login }
  commits(last: 1) { nodes { commit { oid file(path: ".cloud/preview.yaml") { object { ... on Blob { text } } } } } } } } }`;

type Pull = {
  headRefOid: string;
  isCrossRepository: boolean;
  headRepository: { nameWithOwner: string } | null;
  headRepositoryOwner: { login: string } | null;
  commits: { nodes: [{ commit: { oid: string; file: { object: { text: string } } } }] };
};

describe('a pull request from a fork', () => {
  test('is read through the base repository, before and after a push', async () => {
    const { github, installation, fork, sha } = await withFork(true);
    const token = await installationToken(github, installation);
    const read = async () => {
      const { data, errors } = await graphql(github, token, asked);
      assert.equal(errors, undefined);
      return (data as { repository: { pullRequest: Pull } }).repository.pullRequest;
    };
    const before = await read();
    assert.deepEqual(
      [
        before.headRefOid,
        before.isCrossRepository,
        before.headRepository,
        before.headRepositoryOwner?.login,
        before.commits.nodes[0].commit.file.object.text,
      ],
      [sha, true, null, 'mallory', 'tenants: []\n'],
    );
    const { git, repos, pulls } = asInstallation(github, installation).rest;
    assert.equal((await git.getRef({ ...foo, ref: 'pull/242/head' })).data.object.sha, sha);
    assert.equal((await git.getTree({ ...foo, tree_sha: sha, recursive: '1' })).data.tree.at(0)?.path, '.cloud');
    assert.equal((await repos.getCommit({ ...foo, ref: sha })).data.sha, sha);
    assert.equal((await failure(repos.getBranch({ ...foo, branch: 'evil' }))).status, 404);
    assert.equal((await failure(repos.get({ owner: 'mallory', repo: 'foo' }))).status, 404);
    const pushed = github.world.commit(fork, 'evil', { x: 'x' }, 'More', 'mallory');
    assert.equal((await read()).headRefOid, pushed);
    assert.equal((await git.getRef({ ...foo, ref: 'pull/242/head' })).data.object.sha, pushed);
    assert.equal((await pulls.get({ ...foo, pull_number: 242 })).data.maintainer_can_modify, true);
  });

  test('shows the fork while it is there, and public', async () => {
    const { github, installation, fork } = await withFork();
    const token = await installationToken(github, installation);
    const read = async () =>
      ((await graphql(github, token, asked)).data as { repository: { pullRequest: Pull } }).repository.pullRequest;
    assert.equal((await read()).headRepository?.nameWithOwner, 'mallory/foo');
    github.world.deleteRepository(fork, 'mallory');
    const after = await read();
    assert.deepEqual(
      [after.headRepository, after.isCrossRepository, after.commits.nodes[0].commit.file.object.text],
      [null, true, 'tenants: []\n'],
    );
    const { data } = await asInstallation(github, installation).rest.pulls.get({ ...foo, pull_number: 242 });
    assert.deepEqual([data.state, data.head.repo, data.head.label], ['open', null, 'mallory:evil']);
    const { status, html } = await page(github, '/m6/foo/pull/242');
    assert.deepEqual([status, html.includes('unknown repository')], [200, true]);
  });

  test('is in no status and no check run by its number', async () => {
    const { github, got, sha } = await withFork();
    const { world } = github;
    const received = await deliveredFor(github, got, () => {
      world.setStatus('m6/foo', { sha, context: 'ci', state: 'success' });
      world.createCheckRun('m6/foo', { name: 'build', headSha: sha, app: 'ci' });
    });
    assert.deepEqual(received.map(nameOf).sort(), ['check_run.created', 'status']);
    const bodies = received.map(({ body }) => JSON.parse(body) as Partial<StatusEvent & CheckRunEvent>);
    const [status, check] = [bodies.find((one) => one.branches), bodies.find((one) => one.check_run)?.check_run];
    assert.deepEqual([status?.sha, status?.branches], [sha, []]);
    assert.deepEqual([check?.head_sha, check?.pull_requests, check?.check_suite.head_branch], [sha, [], null]);
  });

  test('takes pushes by hand from its owner and from maintainers, not from others', async () => {
    const { github } = await withFork();
    const at = '/m6/foo/pull/242';
    const push = async (login: string) =>
      (await send(github, at, { act: 'commit', path: `by-${login}`, from: '', content: 'x' }, `login=${login}`)).status;
    assert.deepEqual([await push('mallory'), await push('bob'), await push('stranger')], [303, 303, 403]);
    assert.equal(
      github.world.pullRequest('m6/foo', 242).headSha,
      github.world.repository('mallory/foo').branches.get('evil'),
    );
    assert.equal(github.world.fileAt('m6/foo', 'refs/pull/242/head', 'by-bob'), 'x');
  });
});
