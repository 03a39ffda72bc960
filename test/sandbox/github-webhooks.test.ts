import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Webhooks } from '@octokit/webhooks';
import type { PullRequestEvent } from '@octokit/webhooks-types';
import { receiver, started, withPullRequest } from './github-started.ts';
import { secret, thank, nameOf, deliveredFor } from './github-asking.ts';
const webhooks = new Webhooks({ secret });

describe('deliveries', () => {
  test('are signed, named and in GitHub’s shape', async () => {
    const { url, got } = await receiver(thank);
    const { github, installation } = await withPullRequest({ webhook: { url, secret } });
    const [received, ...more] = await deliveredFor(github, got, () =>
      github.world.addLabel('m6/foo', 241, 'cd/preview', 'bob'),
    );
    assert.ok(received);
    assert.deepEqual(more, []);
    const { headers, body } = received;
    assert.ok(await webhooks.verify(body, String(headers['x-hub-signature-256'])));
    assert.ok(!(await webhooks.verify(`${body} `, String(headers['x-hub-signature-256']))));
    assert.equal(headers['x-github-event'], 'pull_request');
    assert.match(String(headers['x-github-delivery']), /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/);
    assert.match(String(headers['user-agent']), /^GitHub-Hookshot\/[0-9a-f]+$/);
    assert.equal(headers['content-type'], 'application/json');
    const payload = JSON.parse(body) as PullRequestEvent;
    assert.equal(payload.action, 'labeled');
    assert.equal(payload.number, 241);
    assert.equal('label' in payload && payload.label.name, 'cd/preview');
    assert.deepEqual(
      payload.pull_request.labels.map(({ name }) => name),
      ['cd/preview'],
    );
    assert.deepEqual(
      [payload.installation?.id, payload.sender.login, payload.organization?.login],
      [installation, 'bob', 'm6'],
    );
    assert.deepEqual(
      [payload.pull_request.head.sha, payload.repository.full_name],
      [github.world.pullRequest('m6/foo', 241).headSha, 'm6/foo'],
    );
  });

  test('tell each thing that happens to a pull request', async () => {
    const { url, got } = await receiver(thank);
    const { github } = await withPullRequest({
      webhook: { url, secret },
      events: ['pull_request', 'issue_comment', 'push', 'repository'],
    });
    const { world } = github;
    const told = async (run: () => unknown): Promise<string[]> =>
      (await deliveredFor(github, got, run)).map(nameOf).sort();
    assert.deepEqual(await told(() => world.commit('m6/foo', 'feature', { x: 'x' })), [
      'check_suite.requested',
      'pull_request.synchronize',
      'push',
    ]);
    assert.deepEqual(await told(() => world.commit('m6/foo', 'unrelated', { x: 'x' })), [
      'check_suite.requested',
      'push',
    ]);
    assert.deepEqual(await told(() => world.openPullRequest({ repo: 'm6/foo', head: 'unrelated', title: 'x' })), [
      'pull_request.opened',
    ]);
    assert.deepEqual(
      await told(() => {
        world.addLabel('m6/foo', 241, 'a');
      }),
      ['pull_request.labeled'],
    );
    assert.deepEqual(
      await told(() => {
        world.addLabel('m6/foo', 241, 'A');
      }),
      [],
    );
    assert.deepEqual(
      await told(() => {
        world.removeLabel('m6/foo', 241, 'a');
      }),
      ['pull_request.unlabeled'],
    );
    assert.deepEqual(
      await told(() => {
        world.setDraft('m6/foo', 241, true);
      }),
      ['pull_request.converted_to_draft'],
    );
    assert.deepEqual(
      await told(() => {
        world.setDraft('m6/foo', 241, false);
      }),
      ['pull_request.ready_for_review'],
    );
    assert.deepEqual(
      await told(() => {
        world.editPullRequest('m6/foo', 241, { title: 'New' });
      }),
      ['pull_request.edited'],
    );
    assert.deepEqual(
      await told(() => {
        world.close('m6/foo', 241);
      }),
      ['pull_request.closed'],
    );
    assert.deepEqual(
      await told(() => {
        world.reopen('m6/foo', 241);
      }),
      ['pull_request.reopened'],
    );
    assert.deepEqual(
      await told(() => {
        world.merge('m6/foo', 241);
      }),
      ['check_suite.requested', 'pull_request.closed', 'push'],
    );
    assert.deepEqual(
      await told(() => {
        world.deleteBranch('m6/foo', 'unrelated');
      }),
      ['pull_request.closed', 'push'],
    );
    assert.deepEqual(
      await told(() => {
        const comment = world.comment('m6/foo', 241, 'a');
        world.editComment(comment, 'b');
        world.deleteComment(comment);
      }),
      ['issue_comment.created', 'issue_comment.deleted', 'issue_comment.edited'],
    );
    assert.deepEqual(await told(() => world.renameRepository('m6/foo', 'bar')), ['repository.renamed']);
    assert.deepEqual(
      await told(() => {
        world.deleteRepository('m6/bar');
      }),
      ['installation_repositories.removed', 'repository.deleted'],
    );
  });

  test('carry the state of their moment', async () => {
    const { url, got } = await receiver(thank);
    const { github } = await withPullRequest({ webhook: { url, secret } });
    const received = await deliveredFor(github, got, () => {
      const before = github.world.pullRequest('m6/foo', 241).headSha;
      const after = github.world.commit('m6/foo', 'feature', { x: 'x' });
      github.world.merge('m6/foo', 241);
      return [before, after];
    });
    const events = received.map(({ body }) => JSON.parse(body) as PullRequestEvent);
    const pushed = events.find((one) => one.action === 'synchronize');
    const closed = events.find((one) => one.action === 'closed');
    assert.ok(pushed?.action === 'synchronize' && closed);
    assert.deepEqual(
      [pushed.after, pushed.pull_request.state, pushed.pull_request.merged],
      [closed.pull_request.head.sha, 'open', false],
    );
    assert.deepEqual(
      [closed.pull_request.state, closed.pull_request.merged, closed.pull_request.merged_by?.login],
      ['closed', true, 'octocat'],
    );
  });

  test('go out only where the App is installed, alive and subscribed; those of installations always', async () => {
    const { url, got } = await receiver(thank);
    const github = await started({ webhook: { url, secret }, events: ['pull_request'] });
    const { world } = github;
    const told = async (run: () => unknown): Promise<string[]> =>
      (await deliveredFor(github, got, run)).map(nameOf).sort();
    world.createRepository({ owner: 'm6', name: 'foo', files: { a: 'a' } });
    world.commit('m6/foo', 'feature', { b: 'b' });
    assert.deepEqual(await told(() => world.openPullRequest({ repo: 'm6/foo', head: 'feature', title: 'x' })), []);
    assert.deepEqual(await told(() => world.createInstallation('m6')), ['installation.created']);
    assert.deepEqual(await told(() => world.createRepository({ owner: 'm6', name: 'bar' })), [
      'installation_repositories.added',
    ]);
    const installation = world.installation('m6');
    assert.deepEqual(
      await told(() => {
        world.comment('m6/foo', 1, 'not subscribed');
      }),
      [],
    );
    assert.deepEqual(
      await told(() => {
        world.suspendInstallation(installation);
      }),
      ['installation.suspend'],
    );
    assert.deepEqual(
      await told(() => {
        world.addLabel('m6/foo', 1, 'x');
      }),
      [],
    );
    assert.deepEqual(
      await told(() => {
        world.unsuspendInstallation(installation);
      }),
      ['installation.unsuspend'],
    );
    assert.deepEqual(
      await told(() => {
        world.selectRepositories(installation, { remove: ['m6/bar'] });
      }),
      ['installation_repositories.removed'],
    );
    const [gone] = await deliveredFor(github, got, () => {
      world.deleteInstallation(installation);
    });
    const payload = JSON.parse(gone!.body) as {
      action: string;
      installation: { id: number; account: { login: string } };
      repositories: { full_name: string }[];
    };
    assert.deepEqual(
      [payload.action, payload.installation.account.login, payload.repositories.map((one) => one.full_name)],
      ['deleted', 'm6', ['m6/foo']],
    );
    assert.deepEqual(
      await told(() => {
        world.addLabel('m6/foo', 1, 'y');
      }),
      [],
    );
    await assert.rejects(started({ events: ['star'] }), /does not announce "star"/);
  });
});
