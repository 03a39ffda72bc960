import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asInstallation, asPerson, installationToken, withPullRequest } from './github-started.ts';
import { at241, failure, foo } from './github-asking.ts';

describe('reactions', () => {
  test('are made once by each, counted, listed and taken back', async () => {
    const { github, installation } = await withPullRequest();
    const { id } = github.world.comment('m6/foo', 241, '/preview', 'ada');
    const at = { ...foo, comment_id: id };
    const ours = asInstallation(github, installation).rest.reactions;
    const theirs = asPerson(github, 'ada').rest.reactions;
    const first = await ours.createForIssueComment({ ...at, content: 'eyes' });
    const again = await ours.createForIssueComment({ ...at, content: 'eyes' });
    assert.deepEqual([first.status, again.status, first.data.user?.login], [201, 200, 'avant[bot]']);
    assert.equal(first.data.id, again.data.id);
    await theirs.createForIssueComment({ ...at, content: 'eyes' });
    await ours.createForIssueComment({ ...at, content: '-1' });
    const listed = await ours.listForIssueComment({ ...at, content: 'eyes' });
    assert.deepEqual(
      listed.data.map(({ user, content }) => [user?.login, content]),
      [
        ['avant[bot]', 'eyes'],
        ['ada', 'eyes'],
      ],
    );
    const { data: comment } = await asPerson(github, 'ada').rest.issues.getComment(at);
    assert.deepEqual([comment.reactions?.total_count, comment.reactions?.eyes, comment.reactions?.['-1']], [3, 2, 1]);
    assert.equal((await failure(theirs.deleteForIssueComment({ ...at, reaction_id: first.data.id }))).status, 404);
    assert.equal((await ours.deleteForIssueComment({ ...at, reaction_id: first.data.id })).status, 204);
    assert.equal((await ours.listForIssueComment(at)).data.length, 2);
  });

  test('are refused for another content, an unknown comment and without the permission', async () => {
    const { github, installation } = await withPullRequest();
    const { id } = github.world.comment('m6/foo', 241, '/preview', 'ada');
    const url = `${github.url}/api/v3/repos/m6/foo/issues/comments`;
    const post = async (token: string, comment: number, content: string) =>
      (
        await fetch(`${url}/${comment}/reactions`, {
          method: 'POST',
          body: JSON.stringify({ content }),
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;
    const writer = await installationToken(github, installation, { permissions: { pull_requests: 'write' } });
    const reader = await installationToken(github, installation, {
      permissions: { issues: 'read', pull_requests: 'read' },
    });
    assert.deepEqual(
      [
        await post(writer, id, 'shrug'),
        await post(writer, 1, 'eyes'),
        await post(reader, id, 'eyes'),
        await post(writer, id, 'eyes'),
      ],
      [422, 404, 403, 201],
    );
  });

  test('show in GraphQL, an App’s without a user', async () => {
    const { github } = await withPullRequest();
    const comment = github.world.comment('m6/foo', 241, '/preview', 'ada');
    github.world.react(comment, 'rocket', 'avant[bot]');
    github.world.react(comment, 'rocket', 'bob');
    github.world.react(comment, '+1', 'ada');
    const answer = (await at241(
      github,
      `comments(first: 1) { nodes { reactionGroups { content viewerHasReacted reactors(first: 2) { totalCount nodes { __typename ... on Bot { login } ... on User { login } } } }
      reactions(first: 5, content: ROCKET) { totalCount nodes { content user { login } } } } }`,
    )) as {
      comments: {
        nodes: [
          {
            reactionGroups: {
              content: string;
              viewerHasReacted: boolean;
              reactors: { totalCount: number; nodes: object[] };
            }[];
            reactions: object;
          },
        ];
      };
    };
    const [node] = answer.comments.nodes;
    assert.deepEqual(
      node.reactionGroups
        .filter(({ reactors }) => reactors.totalCount > 0)
        .map(({ content, viewerHasReacted, reactors }) => [content, viewerHasReacted, reactors.totalCount]),
      [
        ['THUMBS_UP', true, 1],
        ['ROCKET', false, 2],
      ],
    );
    assert.equal(node.reactionGroups.length, 8);
    assert.deepEqual(JSON.parse(JSON.stringify(node.reactions)), {
      totalCount: 2,
      nodes: [
        { content: 'ROCKET', user: null },
        { content: 'ROCKET', user: { login: 'bob' } },
      ],
    });
  });
});

test('a comment tells who wrote it, and whether it was edited', async () => {
  const { github } = await withPullRequest();
  const { world } = github;
  const first = world.comment('m6/foo', 241, '/preview', 'ada');
  world.comment('m6/foo', 241, 'a report', 'avant[bot]');
  world.editComment(first, '/preview stop');
  const answer = (await at241(
    github,
    'comments(first: 2) { nodes { author { __typename login } createdAt lastEditedAt includesCreatedEdit body fullDatabaseId viewerDidAuthor } }',
  )) as { comments: { nodes: Record<string, unknown>[] } };
  const nodes = JSON.parse(JSON.stringify(answer.comments.nodes)) as Record<string, unknown>[];
  assert.deepEqual(
    nodes.map(({ author, includesCreatedEdit, body, lastEditedAt, viewerDidAuthor }) => [
      author,
      includesCreatedEdit,
      body,
      lastEditedAt !== null,
      viewerDidAuthor,
    ]),
    [
      [{ __typename: 'User', login: 'ada' }, true, '/preview stop', true, true],
      [{ __typename: 'Bot', login: 'avant' }, false, 'a report', false, false],
    ],
  );
  assert.equal(nodes[0]?.['fullDatabaseId'], String(first.id));
});
