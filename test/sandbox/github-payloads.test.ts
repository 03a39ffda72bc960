import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import examples from '@octokit/webhooks-examples/api.github.com/index.json' with { type: 'json' };
import { receiver, withPullRequest } from './github-started.ts';
import { secret, thank, nameOf } from './github-asking.ts';

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
    const { url, got } = await receiver(thank);
    const { github } = await withPullRequest({
      webhook: { url, secret },
      events: ['pull_request', 'issue_comment', 'push', 'repository', 'status', 'check_run', 'check_suite'],
    });
    const { world } = github;
    world.addLabel('m6/foo', 241, 'x');
    world.commit('m6/foo', 'feature', { y: 'y' });
    const comment = world.comment('m6/foo', 241, 'z');
    world.editComment(comment, 'zz');
    world.deleteComment(comment);
    world.setStatus('m6/foo', { sha: 'feature', state: 'pending' });
    const run = world.createCheckRun('m6/foo', {
      name: 'build',
      headSha: world.pullRequest('m6/foo', 241).headSha,
      app: 'ci',
    });
    world.updateCheckRun(run, { conclusion: 'success' });
    world.changeApp({ permissions: { ...world.state.app.permissions, actions: 'read' } });
    world.acceptPermissions(world.installation('m6'));
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
            !/\.(permissions\.\w+|organization|enterprise|active_lock_reason|state_reason|performed_via_github_app|license\.|starred_at|master_branch|stargazers|check_(?:run|suite)\.deployment)\b/.test(
              path,
            ),
        );
        assert.deepEqual(gone, []);
      }
    }
    assert.deepEqual([...compared].sort(), [
      'check_run.completed',
      'check_run.created',
      'check_suite.completed',
      'check_suite.requested',
      'installation.created',
      'installation.new_permissions_accepted',
      'installation.suspend',
      'installation_repositories.added',
      'issue_comment.created',
      'issue_comment.deleted',
      'issue_comment.edited',
      'pull_request.closed',
      'pull_request.labeled',
      'pull_request.opened',
      'pull_request.synchronize',
      'push',
      'repository.created',
      'repository.renamed',
      'status',
    ]);
  });
});
