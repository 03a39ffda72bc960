import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WorldEvent } from '../../sandbox/github/world/events.ts';
import { isBranchName } from '../../sandbox/github/world/branches.ts';
import { createWorld, type World } from '../../sandbox/github/world/world.ts';

function world(): World & { told: string[] } {
  const made = createWorld({
    app: { id: 7, slug: 'avant' },
    permissions: {},
    events: [],
    now: () => new Date(1_700_000_000_000),
  });
  const told: string[] = [];
  made.state.listeners.add((event: WorldEvent) =>
    told.push('action' in event ? `${event.name}.${event.action}` : event.name),
  );
  made.createRepository({ owner: 'm6', name: 'foo', files: { 'a.txt': '1\n2\n3\n4\n5\n6\n7\n', 'b/c.txt': 'c' } });
  return { ...made, told };
}

function withPull(): World & { told: string[]; number: number } {
  const made = world();
  made.commit('m6/foo', 'feature', { 'a.txt': 'one\n2\n3\n4\n5\n6\n7\n' }, 'One', 'ada');
  return {
    ...made,
    number: made.openPullRequest({ repo: 'm6/foo', head: 'feature', title: 'One', author: 'ada', number: 241 }),
  };
}

const refusal = (status: number, message: RegExp) => ({ name: 'Refusal', status, message });

describe('branches', () => {
  test('names follow git-check-ref-format', () => {
    for (const name of ['main', 'feature/x', 'a$(b)', "it's;fine", 'ünïcode', 'a&b|c'])
      assert.ok(isBranchName(name), name);
    for (const name of [
      '',
      '-a',
      'a b',
      'a..b',
      'a~1',
      'a^',
      'a:b',
      'a?',
      'a*',
      'a[',
      'a\\b',
      '/a',
      'a/',
      'a//b',
      'a.lock',
      '.a',
      'a/.b',
      'a@{b',
      '@',
      'a.',
      'a\x7f',
    ]) {
      assert.ok(!isBranchName(name), name);
    }
  });

  test('a push is followed by every open pull request of the branch, and by no closed one', () => {
    const made = withPull();
    made.createBranch('m6/foo', 'release', 'main');
    made.openPullRequest({ repo: 'm6/foo', head: 'feature', base: 'release', title: 'Also' });
    made.close('m6/foo', 241);
    const before = made.pullRequest('m6/foo', 241).headSha;
    const sha = made.commit('m6/foo', 'feature', { 'n.txt': 'n' });
    assert.equal(made.pullRequest('m6/foo', 242).headSha, sha);
    assert.equal(made.pullRequest('m6/foo', 241).headSha, before);
    made.reopen('m6/foo', 241);
    assert.equal(made.pullRequest('m6/foo', 241).headSha, sha);
  });

  test('only a forced push loses commits; a closed pull request cannot be opened after it', () => {
    const made = withPull();
    const [first] = made.state.commits.keys();
    assert.throws(
      () => {
        made.push('m6/foo', 'feature', first!);
      },
      refusal(422, /not a fast forward/),
    );
    made.close('m6/foo', 241);
    made.forcePush('m6/foo', 'feature', { 'z.txt': 'z' });
    assert.throws(
      () => {
        made.reopen('m6/foo', 241);
      },
      refusal(422, /Validation/),
    );
  });

  test('a head pushed back to its base closes', () => {
    const made = withPull();
    made.push('m6/foo', 'feature', made.repository('m6/foo').branches.get('main')!, { force: true });
    assert.deepEqual(
      [made.pullRequest('m6/foo', 241).state, made.pullRequest('m6/foo', 241).merged],
      ['closed', false],
    );
    assert.deepEqual(made.told.slice(-2), ['pull_request.synchronize', 'pull_request.closed']);
  });

  test('deleting the branch closes the pull request', () => {
    const made = withPull();
    made.deleteBranch('m6/foo', 'feature');
    assert.equal(made.pullRequest('m6/foo', 241).state, 'closed');
    assert.throws(
      () => {
        made.reopen('m6/foo', 241);
      },
      refusal(422, /Validation/),
    );
    assert.throws(
      () => {
        made.deleteBranch('m6/foo', 'main');
      },
      refusal(422, /default branch/),
    );
  });
});

describe('pull requests', () => {
  test('take the number they are given, and the next goes on from there', () => {
    const made = withPull();
    assert.equal(made.number, 241);
    made.commit('m6/foo', 'other', { 'o.txt': 'o' });
    const open = () => made.openPullRequest({ repo: 'm6/foo', head: 'other', title: 'Other', number: 241 });
    assert.throws(open, refusal(422, /241 is taken/));
    assert.equal(made.openPullRequest({ repo: 'm6/foo', head: 'other', title: 'Other' }), 242);
  });

  test('are refused for an unknown branch, nothing to merge, and a twin', () => {
    const made = withPull();
    const open = (head: string) => () => made.openPullRequest({ repo: 'm6/foo', head, title: 'x' });
    assert.throws(open('nope'), refusal(422, /Validation/));
    assert.throws(open('main'), refusal(422, /Validation/));
    assert.throws(open('feature'), (error: { errors: { message: string }[] }) =>
      /already exists for m6:feature/.test(error.errors[0]!.message),
    );
  });

  test('merge line by line, and say so once', () => {
    const made = withPull();
    made.commit('m6/foo', 'main', { 'a.txt': '1\n2\n3\n4\n5\n6\nseven\n' });
    const sha = made.merge('m6/foo', 241, { by: 'bob' });
    const pull = made.pullRequest('m6/foo', 241);
    assert.equal(made.fileAt('m6/foo', 'main', 'a.txt'), 'one\n2\n3\n4\n5\n6\nseven\n');
    assert.deepEqual(
      [pull.state, pull.merged, pull.mergeCommitSha, pull.mergedBy?.login],
      ['closed', true, sha, 'bob'],
    );
    assert.equal(made.told.filter((name) => name === 'pull_request.closed').length, 1);
    assert.throws(() => made.merge('m6/foo', 241), refusal(405, /not mergeable/));
    assert.throws(
      () => {
        made.reopen('m6/foo', 241);
      },
      refusal(422, /Validation/),
    );
  });

  test('squash makes one commit with one parent', () => {
    const made = withPull();
    const sha = made.merge('m6/foo', 241, { method: 'squash' });
    assert.equal(made.state.commits.get(sha)?.parents.length, 1);
    assert.ok(made.pullRequest('m6/foo', 241).merged);
  });

  test('do not merge with a conflict, as a draft, or when the head moved', () => {
    const made = withPull();
    made.setDraft('m6/foo', 241, true);
    assert.throws(() => made.merge('m6/foo', 241), refusal(405, /draft/));
    made.setDraft('m6/foo', 241, false);
    assert.throws(() => made.merge('m6/foo', 241, { sha: '0'.repeat(40) }), refusal(409, /Head branch was modified/));
    made.commit('m6/foo', 'main', { 'a.txt': 'uno\n2\n3\n4\n5\n6\n7\n' });
    assert.throws(() => made.merge('m6/foo', 241), refusal(405, /not mergeable/));
  });

  test('count as merged when their commits reach the base by a push', () => {
    const made = withPull();
    made.push('m6/foo', 'main', made.pullRequest('m6/foo', 241).headSha);
    assert.ok(made.pullRequest('m6/foo', 241).merged);
  });

  test('labels have no case, are made when missing, and say nothing the second time', () => {
    const made = withPull();
    made.addLabel('m6/foo', 241, 'CD/Preview');
    made.addLabel('m6/foo', 241, 'cd/preview');
    const pull = made.pullRequest('m6/foo', 241);
    assert.deepEqual(
      pull.labels.map(({ name, color }) => [name, color]),
      [['CD/Preview', 'ededed']],
    );
    assert.equal(made.told.filter((name) => name === 'pull_request.labeled').length, 1);
    made.removeLabel('m6/foo', 241, 'cd/PREVIEW');
    assert.throws(
      () => {
        made.removeLabel('m6/foo', 241, 'cd/preview');
      },
      refusal(404, /Label does not exist/),
    );
    assert.ok(made.repository('m6/foo').labels.has('cd/preview'));
  });
});

describe('repositories', () => {
  test('a fork’s pull request: open with the fork gone', () => {
    const made = world();
    made.forkRepository('m6/foo', 'mallory');
    made.commit('mallory/foo', 'evil', { 'x.txt': 'x' }, 'x', 'mallory');
    const number = made.openPullRequest({
      repo: 'm6/foo',
      head: 'evil',
      headRepository: 'mallory/foo',
      title: 'x',
      author: 'mallory',
    });
    const sha = made.commit('mallory/foo', 'evil', { 'y.txt': 'y' }, 'y', 'mallory');
    assert.equal(made.pullRequest('m6/foo', number).headSha, sha);
    assert.ok(made.repository('m6/foo').commits.has(sha));
    made.deleteRepository('mallory/foo');
    assert.equal(made.pullRequest('m6/foo', number).state, 'open');
    assert.throws(() => made.repository('mallory/foo'), refusal(404, /Not Found/));
  });

  test('a renamed one keeps its node id and answers to its old name until that is taken', () => {
    const made = world();
    const { nodeId } = made.repository('m6/foo');
    made.renameRepository('m6/foo', 'bar');
    assert.equal(made.repository('m6/foo').nodeId, nodeId);
    assert.equal(made.repository('M6/BAR').nodeId, nodeId);
    made.createRepository({ owner: 'm6', name: 'foo' });
    assert.notEqual(made.repository('m6/foo').nodeId, nodeId);
    assert.throws(() => made.renameRepository('m6/bar', 'foo'), refusal(422, /Validation/));
  });

  test('node ids look like GitHub’s and lead back', () => {
    const made = withPull();
    assert.match(made.repository('m6/foo').nodeId, /^R_kgDO/);
    assert.match(made.pullRequest('m6/foo', 241).nodeId, /^PR_kwDO/);
    const comment = made.comment('m6/foo', 241, 'x');
    assert.match(comment.nodeId, /^IC_kwDO/);
    assert.equal(made.state.nodes.get(comment.nodeId), comment);
    made.deleteRepository('m6/foo');
    assert.equal(made.state.nodes.get(comment.nodeId), undefined);
  });
});
