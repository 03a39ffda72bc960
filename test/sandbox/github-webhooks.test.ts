import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Webhooks } from '@octokit/webhooks';
import examples from '@octokit/webhooks-examples/api.github.com/index.json' with { type: 'json' };
import type { PullRequestEvent } from '@octokit/webhooks-types';
import type { SandboxGitHub } from '../../sandbox/github/server.ts';
import { asApp, receiver, started, withPullRequest, type Received } from './github-started.ts';

const secret = 'it is a secret';
const webhooks = new Webhooks({ secret });
const ok = (response: { end(text: string): void }): void => {
  response.end('thanks');
};

const nameOf = ({ headers, body }: Received): string => {
  const { action } = JSON.parse(body) as { action?: string };
  return action === undefined ? String(headers['x-github-event']) : `${String(headers['x-github-event'])}.${action}`;
};

/** Runs something and gives what was delivered for it. */
async function deliveredFor(github: SandboxGitHub, got: Received[], run: () => unknown): Promise<Received[]> {
  await github.deliveries.settled();
  got.length = 0;
  run();
  await github.deliveries.settled();
  return [...got];
}

describe('deliveries', () => {
  test('are signed, named and in GitHub’s shape', async () => {
    const { url, got } = await receiver(ok);
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
    const { url, got } = await receiver(ok);
    const { github } = await withPullRequest({
      webhook: { url, secret },
      events: ['pull_request', 'issue_comment', 'push', 'repository'],
    });
    const { world } = github;
    const told = async (run: () => unknown): Promise<string[]> =>
      (await deliveredFor(github, got, run)).map(nameOf).sort();
    assert.deepEqual(await told(() => world.commit('m6/foo', 'feature', { x: 'x' })), [
      'pull_request.synchronize',
      'push',
    ]);
    assert.deepEqual(await told(() => world.commit('m6/foo', 'unrelated', { x: 'x' })), ['push']);
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
      ['pull_request.closed', 'push'],
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
    const { url, got } = await receiver(ok);
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
    const { url, got } = await receiver(ok);
    const github = await started({ webhook: { url, secret } });
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

describe('the log', () => {
  test('keeps what was sent and answered, and sends again under the same id', async () => {
    const { url, got } = await receiver((response) => {
      response.statusCode = got.length === 1 ? 500 : 202;
      response.end('noted');
    });
    const { github } = await withPullRequest();
    github.setWebhook(url);
    await deliveredFor(github, got, () => github.world.addLabel('m6/foo', 241, 'x'));
    const client = asApp(github).rest.apps;
    const [failed] = (await client.listWebhookDeliveries()).data;
    assert.ok(failed);
    assert.deepEqual(
      [failed.event, failed.action, failed.status_code, failed.status, failed.redelivery],
      ['pull_request', 'labeled', 500, 'Invalid HTTP Response: 500', false],
    );
    assert.ok(failed.duration > 0 && failed.duration < 10);
    assert.equal((await client.redeliverWebhookDelivery({ delivery_id: failed.id })).status, 202);
    await github.deliveries.settled();
    const { data: list } = await client.listWebhookDeliveries({ per_page: 1 });
    assert.deepEqual([list[0]?.guid, list[0]?.redelivery, list[0]?.status], [failed.guid, true, 'OK']);
    assert.equal(got[0]?.headers['x-github-delivery'], got[1]?.headers['x-github-delivery']);
    assert.equal(got[0]?.body, got[1]?.body);
    const one = await client.getWebhookDelivery({ delivery_id: list[0]!.id });
    assert.deepEqual(
      [one.data.response.payload, (one.data.request.payload as { action: string }).action],
      ['noted', 'labeled'],
    );
    await assert.rejects(client.redeliverWebhookDelivery({ delivery_id: 1 }), { status: 404 });
  });

  test('comes in pages by cursor, newest first', async () => {
    const { url } = await receiver(ok);
    const { github } = await withPullRequest({ webhook: { url, secret } });
    await github.deliveries.settled();
    const client = asApp(github);
    const pages = await client.paginate(client.rest.apps.listWebhookDeliveries, { per_page: 1 });
    assert.deepEqual(
      pages.map(({ id }) => id),
      github.deliveries
        .all()
        .map(({ id }) => id)
        .reverse(),
    );
    assert.ok(pages.length >= 3);
  });

  test('says when nobody answers; nothing is tried again and nothing is sent without an address', async () => {
    const { github } = await withPullRequest();
    assert.equal(github.deliveries.all().length, 0);
    github.setWebhook('http://127.0.0.1:9/');
    github.world.addLabel('m6/foo', 241, 'x');
    github.setWebhook('not an address');
    github.world.addLabel('m6/foo', 241, 'y');
    await github.deliveries.settled();
    assert.deepEqual(
      github.deliveries.all().map(({ statusCode, status }) => [statusCode, status]),
      [
        [502, 'failed to connect to host'],
        [502, 'failed to connect to host'],
      ],
    );
  });

  test('is not waited for at the end', async () => {
    const { url } = await receiver(() => undefined);
    const { github } = await withPullRequest({ webhook: { url, secret } });
    github.world.addLabel('m6/foo', 241, 'x');
    await github.close();
    assert.ok(github.deliveries.all().every(({ statusCode }) => statusCode !== 0));
  });
});

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Paths of keys that the example has and ours has not; lists are compared by their first items. */
function missing(example: Json, ours: Json | undefined, path: string): string[] {
  if (Array.isArray(example)) {
    const [a, b] = [example[0], Array.isArray(ours) ? ours[0] : undefined];
    return a === undefined || b === undefined ? [] : missing(a, b, `${path}[]`);
  }
  if (typeof example !== 'object' || example === null) return [];
  if (typeof ours !== 'object' || ours === null || Array.isArray(ours)) return [];
  return Object.entries(example).flatMap(([key, value]) =>
    key in ours ? missing(value, ours[key], `${path}.${key}`) : [`${path}.${key}`],
  );
}

describe('payloads', () => {
  test('have what GitHub’s own examples have', async () => {
    const { url, got } = await receiver(ok);
    const { github } = await withPullRequest({
      webhook: { url, secret },
      events: ['pull_request', 'issue_comment', 'push', 'repository'],
    });
    const { world } = github;
    world.addLabel('m6/foo', 241, 'x');
    world.commit('m6/foo', 'feature', { y: 'y' });
    world.comment('m6/foo', 241, 'z');
    world.renameRepository('m6/foo', 'bar');
    world.merge('m6/bar', 241);
    world.suspendInstallation(world.installation('m6'));
    await github.deliveries.settled();
    const compared = new Set<string>();
    for (const received of got) {
      const name = nameOf(received);
      const known = (examples as unknown as { name: string; examples: Json[] }[]).find(
        (one) => one.name === received.headers['x-github-event'],
      );
      const ours = JSON.parse(received.body) as { [key: string]: Json };
      for (const example of known?.examples ?? []) {
        if (
          typeof example !== 'object' ||
          example === null ||
          Array.isArray(example) ||
          example['action'] !== ours['action']
        )
          continue;
        compared.add(name);
        // What depends on the repository or the App, and what only old examples or only new ones have.
        const gone = missing(example, ours, name).filter(
          (path) =>
            !/\.(permissions\.\w+|organization|enterprise|active_lock_reason|state_reason|performed_via_github_app|license\.|starred_at|master_branch|stargazers)\b/.test(
              path,
            ),
        );
        assert.deepEqual(gone, []);
      }
    }
    assert.deepEqual([...compared].sort(), [
      'installation.created',
      'installation.suspend',
      'installation_repositories.added',
      'issue_comment.created',
      'pull_request.closed',
      'pull_request.labeled',
      'pull_request.opened',
      'pull_request.synchronize',
      'push',
      'repository.created',
      'repository.renamed',
    ]);
  });
});
