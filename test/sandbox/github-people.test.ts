import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asInstallation, asPerson, withPullRequest } from './github-started.ts';
import { at241, failure, foo } from './github-asking.ts';

describe('a person’s permission', () => {
  test('is that of their role, in the words of both fields', async () => {
    const { github, installation } = await withPullRequest();
    const { world } = github;
    for (const role of ['admin', 'maintain', 'triage', 'read'] as const) world.setRole('m6/foo', `the-${role}`, role);
    world.comment('m6/foo', 241, 'hello', 'stranger');
    const client = asInstallation(github, installation).rest.repos;
    const of = async (username: string) => {
      const { data } = await client.getCollaboratorPermissionLevel({ ...foo, username });
      assert.equal(data.user?.role_name, data.role_name);
      return [data.permission, data.role_name, data.user.permissions?.push, data.user.permissions?.pull];
    };
    assert.deepEqual(await of('the-admin'), ['admin', 'admin', true, true]);
    assert.deepEqual(await of('the-maintain'), ['write', 'maintain', true, true]);
    assert.deepEqual(await of('BOB'), ['write', 'write', true, true]);
    assert.deepEqual(await of('the-triage'), ['read', 'triage', false, true]);
    assert.deepEqual(await of('the-read'), ['read', 'read', false, true]);
    assert.deepEqual(await of('stranger'), ['read', 'read', false, true]);
    world.editRepository('m6/foo', { private: true });
    assert.deepEqual(await of('stranger'), ['none', 'none', false, false]);
    assert.deepEqual(
      [await of('octocat'), await of('ada')],
      [
        ['admin', 'admin', true, true],
        ['write', 'write', true, true],
      ],
    );
    world.setRole('m6/foo', 'ada', null);
    assert.deepEqual(await of('ada'), ['none', 'none', false, false]);
  });

  test('is not to be had for who is no user', async () => {
    const { github, installation } = await withPullRequest();
    github.world.comment('m6/foo', 241, 'hello', 'helper[bot]');
    const client = asInstallation(github, installation).rest.repos;
    for (const username of ['nobody', 'helper[bot]', 'm6']) {
      const { status, response } = await failure(client.getCollaboratorPermissionLevel({ ...foo, username }));
      assert.deepEqual([status, response.data.message], [404, `${username} is not a user`]);
    }
  });

  test('comes from owning and pushing where nothing was given', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.forkRepository('m6/foo', 'mallory');
    assert.deepEqual(
      ['mallory', 'octocat', 'ada'].map((login) => world.roleOf('mallory/foo', login)),
      ['admin', undefined, undefined],
    );
    assert.equal(world.roleOf('m6/foo', 'grace'), undefined);
    world.commit('m6/foo', 'other', { x: 'x' }, 'x', 'grace');
    assert.equal(world.roleOf('m6/foo', 'grace'), 'write');
    assert.throws(
      () => {
        world.setRole('m6/foo', 'm6', 'write');
      },
      { name: 'Refusal', status: 422 },
    );
  });
});

describe('the timeline', () => {
  const fields =
    'nodes { __typename ... on LabeledEvent { id actor { __typename login } label { name } createdAt } ... on UnlabeledEvent { actor { login } label { name } } }';
  type Items = {
    timelineItems: {
      totalCount: number;
      nodes: Record<string, unknown>[];
      pageInfo: { hasPreviousPage: boolean; startCursor: string };
    };
  };
  type Event = { __typename: string; actor: { __typename: string; login: string } | null; label: { name: string } };

  test('tells who put on which label, by whatever way', async () => {
    const { github, installation } = await withPullRequest();
    const { world } = github;
    world.addLabel('m6/foo', 241, 'one', 'ada');
    world.addLabel('m6/foo', 241, 'one', 'bob');
    await asPerson(github, 'bob').rest.issues.addLabels({ ...foo, issue_number: 241, labels: ['two'] });
    await asInstallation(github, installation).rest.issues.addLabels({ ...foo, issue_number: 241, labels: ['three'] });
    await fetch(`${github.url}/m6/foo/pull/241`, {
      method: 'POST',
      body: new URLSearchParams({ act: 'label', name: 'four' }),
      headers: { cookie: 'login=bob' },
    });
    world.removeLabel('m6/foo', 241, 'one', 'bob');
    world.addLabel('m6/foo', 241, 'one', 'octocat');
    world.comment('m6/foo', 241, 'not an event');
    const labelled = (await at241(
      github,
      `timelineItems(first: 50, itemTypes: [LABELED_EVENT]) { totalCount ${fields} }`,
    )) as Items;
    assert.deepEqual(
      (labelled.timelineItems.nodes as unknown as Event[]).map(({ actor, label }) => [
        actor?.__typename,
        actor?.login,
        label.name,
      ]),
      [
        ['User', 'ada', 'one'],
        ['User', 'bob', 'two'],
        ['Bot', 'avant', 'three'],
        ['User', 'bob', 'four'],
        ['User', 'octocat', 'one'],
      ],
    );
    assert.equal(new Set(labelled.timelineItems.nodes.map(({ id }) => id)).size, 5);
    const last = (await at241(
      github,
      `timelineItems(last: 2, itemTypes: [LABELED_EVENT, UNLABELED_EVENT]) { totalCount ${fields} pageInfo { hasPreviousPage startCursor } }`,
    )) as Items;
    assert.deepEqual(
      (last.timelineItems.nodes as unknown as Event[]).map(({ __typename: type, label }) => [type, label.name]),
      [
        ['UnlabeledEvent', 'one'],
        ['LabeledEvent', 'one'],
      ],
    );
    assert.deepEqual([last.timelineItems.totalCount, last.timelineItems.pageInfo.hasPreviousPage], [6, true]);
    const earlier = (await at241(
      github,
      `timelineItems(last: 1, before: "${last.timelineItems.pageInfo.startCursor}", itemTypes: [LABELED_EVENT]) { totalCount ${fields} }`,
    )) as Items;
    assert.equal((earlier.timelineItems.nodes as unknown as Event[])[0]?.label.name, 'four');
  });

  test('shows nobody where the account is gone', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.addLabel('m6/foo', 241, 'one', 'leaver');
    world.comment('m6/foo', 241, 'hello', 'leaver');
    world.deleteAccount('leaver');
    const answer = (await at241(
      github,
      `timelineItems(first: 1, itemTypes: [LABELED_EVENT]) { totalCount ${fields} } comments(first: 1) { nodes { author { login } body } }`,
    )) as Items & { comments: object };
    assert.equal((answer.timelineItems.nodes[0] as unknown as Event).actor, null);
    assert.deepEqual(JSON.parse(JSON.stringify(answer.comments)), { nodes: [{ author: null, body: 'hello' }] });
    const { data } = await asPerson(github, 'ada').rest.issues.listComments({ ...foo, issue_number: 241 });
    assert.deepEqual([data[0]?.user?.login, data[0]?.user?.id], ['ghost', 10_137]);
    const gone = asPerson(github, 'ada').rest.repos.getCollaboratorPermissionLevel({ ...foo, username: 'leaver' });
    assert.equal((await failure(gone)).status, 404);
    assert.ok((await (await fetch(`${github.url}/m6/foo/pull/241`)).text()).includes('ghost'));
  });
});
