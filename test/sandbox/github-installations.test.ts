import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CheckRunEvent, CheckSuiteEvent, InstallationEvent, StatusEvent } from '@octokit/webhooks-types';
import type { SandboxGitHub } from '../../sandbox/github/server.ts';
import type { Permissions } from '../../sandbox/github/world/model.ts';
import { app, asApp, asInstallation, receiver, started, withPullRequest, type Received } from './github-started.ts';
import { deliveredFor, failure, foo, nameOf, secret, thank } from './github-asking.ts';

const older: Permissions = {
  metadata: 'read',
  contents: 'read',
  pull_requests: 'write',
  deployments: 'write',
  checks: 'write',
};

/** The repository of `withPullRequest`, but what is given is granted, and what is told is kept. */
async function withOlder(permissions: Permissions = older): Promise<{ github: SandboxGitHub; got: Received[] }> {
  const { url, got } = await receiver(thank);
  const { github } = await withPullRequest({ webhook: { url, secret } });
  github.world.deleteInstallation(github.world.installation('m6'));
  github.world.createInstallation('m6', { permissions });
  return { github, got };
}

const namesFor = async (github: SandboxGitHub, got: Received[], run: () => unknown): Promise<string[]> =>
  (await deliveredFor(github, got, run)).map(nameOf).sort();

describe('an installation of older permissions', () => {
  test('grants no more than it did, and is told no more', async () => {
    const { github, got } = await withOlder();
    const { world } = github;
    const installation = world.installation('m6');
    const { data } = await asApp(github).rest.apps.getInstallation({ installation_id: installation.id });
    assert.deepEqual([data.permissions, data.events], [older, ['pull_request', 'check_run', 'check_suite']]);
    const client = asInstallation(github, installation.id).rest.repos;
    assert.equal((await failure(client.getCombinedStatusForRef({ ...foo, ref: 'feature' }))).status, 403);
    const events = () => {
      world.comment('m6/foo', 241, '/preview');
      world.setStatus('m6/foo', { sha: 'feature', state: 'success' });
      world.addLabel('m6/foo', 241, 'x');
    };
    assert.deepEqual(await namesFor(github, got, events), ['pull_request.labeled']);
  });

  test('accepts the new ones, and from then on grants and is told', async () => {
    const { github, got } = await withOlder();
    const { world } = github;
    const installation = world.installation('m6');
    const [accepted, ...more] = await deliveredFor(github, got, () => {
      world.acceptPermissions(installation, 'ada');
      world.acceptPermissions(installation, 'ada');
    });
    assert.equal(more.length, 0);
    const payload = JSON.parse(accepted!.body) as InstallationEvent;
    assert.deepEqual(
      [
        payload.action,
        payload.sender.login,
        payload.installation.permissions.statuses,
        payload.repositories?.map((one) => one.full_name),
      ],
      ['new_permissions_accepted', 'ada', 'read', ['m6/foo']],
    );
    const client = asInstallation(github, installation.id).rest.repos;
    assert.equal((await client.getCombinedStatusForRef({ ...foo, ref: 'feature' })).status, 200);
    const events = () => {
      world.comment('m6/foo', 241, '/preview');
      world.setStatus('m6/foo', { sha: 'feature', state: 'success' });
    };
    assert.deepEqual(await namesFor(github, got, events), ['issue_comment.created', 'status']);
  });

  test('appears when the App asks for more', async () => {
    const { url, got } = await receiver(thank);
    const { github } = await withPullRequest({ webhook: { url, secret }, app: { ...app, permissions: older } });
    const { world } = github;
    assert.deepEqual(world.installation('m6').events, ['pull_request', 'check_run', 'check_suite']);
    world.changeApp({ permissions: { ...older, statuses: 'read' }, events: ['pull_request', 'status', 'push'] });
    assert.deepEqual(world.installation('m6').events, ['pull_request', 'push']);
    const pushed = await namesFor(github, got, () => world.commit('m6/foo', 'feature', { x: 'x' }));
    assert.deepEqual(pushed, ['check_suite.requested', 'pull_request.synchronize', 'push']);
    assert.throws(
      () => {
        world.changeApp({ events: ['issue_comment'] });
      },
      { status: 422, message: 'Default events are not supported by permissions: issue_comment' },
    );
  });

  test('cannot have events without their permission', async () => {
    const asked = started({ app: { ...app, permissions: older }, events: ['pull_request', 'issue_comment'] });
    await assert.rejects(asked, /Default events are not supported by permissions: issue_comment/);
  });
});

describe('what CI reports', () => {
  test('is a status of a commit and its branches, without a pull request', async () => {
    const { url, got } = await receiver(thank);
    const { github, installation } = await withPullRequest({ webhook: { url, secret } });
    const [received] = await deliveredFor(github, got, () =>
      github.world.setStatus('m6/foo', {
        sha: 'feature',
        context: 'ci',
        state: 'failure',
        targetUrl: 'http://ci.test/1',
        description: 'Broken',
      }),
    );
    const payload = JSON.parse(received!.body) as StatusEvent;
    const sha = github.world.pullRequest('m6/foo', 241).headSha;
    assert.deepEqual(
      [payload.sha, payload.context, payload.state, payload.target_url, payload.name, payload.sender.login],
      [sha, 'ci', 'failure', 'http://ci.test/1', 'm6/foo', 'jenkins[bot]'],
    );
    assert.deepEqual(
      [payload.commit.sha, payload.branches.map(({ name }) => name), payload.installation?.id],
      [sha, ['feature'], installation],
    );
    assert.ok(!received!.body.includes('"number"'));
    const base = github.world.repository('m6/foo').branches.get('main') ?? '';
    const [onBase] = await deliveredFor(github, got, () =>
      github.world.setStatus('m6/foo', { sha: base, state: 'success' }),
    );
    assert.deepEqual(
      (JSON.parse(onBase!.body) as StatusEvent).branches.map(({ name }) => name),
      ['main', 'feature'],
    );
  });

  test('is check runs and suites, which name the pull requests of their branch', async () => {
    const { url, got } = await receiver(thank);
    const { github } = await withPullRequest({ webhook: { url, secret } });
    const { world } = github;
    const pushed = await deliveredFor(github, got, () => world.commit('m6/foo', 'feature', { x: 'x' }, 'x', 'ada'));
    const requested = pushed.find((one) => nameOf(one) === 'check_suite.requested');
    const { check_suite: suite, sender } = JSON.parse(requested!.body) as CheckSuiteEvent;
    const headSha = world.pullRequest('m6/foo', 241).headSha;
    assert.deepEqual(
      [
        suite.head_sha,
        suite.head_branch,
        suite.after,
        suite.status,
        suite.app.slug,
        sender.login,
        suite.pull_requests.map(({ number }) => number),
      ],
      [headSha, 'feature', headSha, 'queued', 'avant', 'ada', [241]],
    );
    const again = await namesFor(github, got, () => world.createBranch('m6/foo', 'twin', headSha));
    assert.deepEqual(again, [], 'once for a commit');
    const run = world.createCheckRun('m6/foo', { name: 'build', headSha, app: 'ci', status: 'in_progress' });
    const done = await deliveredFor(github, got, () => {
      world.updateCheckRun(run, { output: { title: 'so far', summary: 'good' } });
      world.updateCheckRun(run, { conclusion: 'success' });
      world.updateCheckRun(run, { output: { title: 'done', summary: 'good' } });
    });
    assert.deepEqual(done.map(nameOf).sort(), ['check_run.completed', 'check_suite.completed']);
    const completed = JSON.parse(done.find((one) => nameOf(one) === 'check_run.completed')!.body) as CheckRunEvent;
    assert.deepEqual(
      [
        completed.check_run.name,
        completed.check_run.conclusion,
        completed.check_run.app.slug,
        completed.sender.login,
        completed.check_run.pull_requests.map(({ number, head }) => [number, head.ref]),
        completed.check_run.check_suite.head_branch,
      ],
      ['build', 'success', 'ci', 'ci[bot]', [[241, 'feature']], 'feature'],
    );
    const atOnce = () => world.createCheckRun('m6/foo', { name: 'lint', headSha, app: 'other', conclusion: 'failure' });
    assert.deepEqual(await namesFor(github, got, atOnce), [
      'check_run.completed',
      'check_run.created',
      'check_suite.completed',
    ]);
  });

  test('goes to who may write checks unasked, to who may read them if they subscribe', async () => {
    const { github, got } = await withOlder({ metadata: 'read', checks: 'read' });
    const { world } = github;
    const headSha = world.pullRequest('m6/foo', 241).headSha;
    const check = (name: string) => () =>
      world.createCheckRun('m6/foo', { name, headSha, app: 'ci', status: 'in_progress' });
    assert.deepEqual(await namesFor(github, got, check('one')), ['check_run.created']);
    assert.deepEqual(
      await namesFor(github, got, () => world.commit('m6/foo', 'feature', { y: 'y' })),
      [],
      'no suite is asked for',
    );
    world.installation('m6').events = [];
    assert.deepEqual(await namesFor(github, got, check('two')), []);
    world.installation('m6').permissions = { metadata: 'read', checks: 'write' };
    assert.deepEqual(await namesFor(github, got, check('three')), ['check_run.created']);
  });
});
