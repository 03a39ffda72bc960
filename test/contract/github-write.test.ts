import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { hashOfBody } from '../../app/core/facts.ts';
import { formatKey } from '../../app/core/key.ts';
import { checkName } from '../../app/core/report/check.ts';
import { commentMarker } from '../../app/core/report/comment.ts';
import { useSandbox, type Made } from './github-sandbox.ts';

const against = useSandbox();

describe('our comment', () => {
  test('is made, found by its node id or by its marker, changed and deleted', async () => {
    const { writer, pullRequest, found } = against();
    const { key, on } = pullRequest();
    const body = `hello\n${commentMarker(key)}`;
    const made = await writer.createComment(on, body);
    const expected = { id: made.id, nodeId: made.nodeId, bodyHash: hashOfBody(body) };
    assert.deepEqual((await found(key)).seen.comment, expected);
    assert.deepEqual((await found(key, made.nodeId)).seen.comment, expected);
    const edited = `more\n${commentMarker(key)}`;
    assert.notEqual(await writer.updateComment(on, made.id, edited), 'gone');
    assert.equal((await found(key)).seen.comment?.bodyHash, hashOfBody(edited));
    assert.match((await writer.deleteComment(on, made.id)).at, /Z$/);
    assert.equal((await found(key, made.nodeId)).seen.comment, undefined);
    assert.equal(await writer.updateComment(on, made.id, body), 'gone');
    assert.match((await writer.deleteComment(on, made.id)).at, /Z$/);
  });

  test('somebody who copies the marker makes it theirs, not ours', async () => {
    const { github, pullRequest, found } = against();
    const { name, key } = pullRequest();
    github.world.comment(name, key.number, commentMarker(key), 'mallory');
    assert.deepEqual((await found(key)).seen, {
      comment: undefined,
      extraComments: [],
      check: undefined,
      deployments: [],
    });
  });

  test('among two hundred: remembered in one call, else on every page; the younger is too many', async () => {
    const { github, writer, pullRequest, found, graphqlCalls } = against();
    const { name, key, on } = pullRequest();
    const chat = (times: number) => {
      for (let i = 0; i < times; i++) github.world.comment(name, key.number, `me too ${i}`, 'ada');
    };
    chat(30);
    const first = await writer.createComment(on, `one ${commentMarker(key)}`);
    chat(210);
    const second = await writer.createComment(on, `two ${commentMarker(key)}`);
    for (const [remembered, calls] of [
      [first.nodeId, 1],
      [undefined, 3],
    ] as const) {
      const [asked, { seen }] = await graphqlCalls(() => found(key, remembered, second.id));
      assert.deepEqual([asked, seen.comment?.id, seen.extraComments], [calls, first.id, [second.id]]);
    }
  });
});

describe('our check', () => {
  test('is made on the head commit, found and changed', async () => {
    const { github, clients, writer, installation, pullRequest, found } = against();
    const { name, key, on } = pullRequest();
    const { headSha } = github.world.pullRequest(name, key.number);
    const made = await writer.createCheck(on, {
      sha: headSha,
      status: 'in_progress',
      title: 'Starting',
      summary: 'One moment',
    });
    assert.deepEqual((await found(key)).seen.check, { id: made.id, completed: false });
    const done = {
      status: 'completed',
      conclusion: 'success',
      title: 'Live',
      summary: 'All of it',
      detailsUrl: 'https://foo.test/',
    } as const;
    assert.notEqual(await writer.updateCheck(on, made.id, done), 'gone');
    assert.deepEqual((await found(key)).seen.check, { id: made.id, completed: true });
    const { data } = await clients
      .installation(installation)
      .rest.checks.get({ owner: on.owner, repo: on.name, check_run_id: made.id });
    assert.deepEqual(
      [data.name, data.external_id, data.status, data.conclusion, data.output.title, data.details_url],
      [checkName, headSha, 'completed', 'success', 'Live', 'https://foo.test/'],
    );
    github.world.commit(name, 'feature', { a: 'b' });
    assert.equal((await found(key)).seen.check, undefined);
  });

  test('one that is not there is gone', async () => {
    const { writer, pullRequest } = against();
    const { on } = pullRequest();
    assert.equal(await writer.updateCheck(on, 123, { status: 'in_progress', title: 'a', summary: 'b' }), 'gone');
  });
});

describe('our deployments', () => {
  const deploy = (made: Made, sha: string, environment: string) =>
    against().writer.createDeployment(made.on, {
      sha,
      environment,
      payload: { key: formatKey(made.key), tenant: 'fr' },
      description: 'A preview',
    });

  test('are made, found by their payload at every commit, and end', async () => {
    const { github, writer, pullRequest, found } = against();
    const made = pullRequest();
    const { name, key, on } = made;
    const first = github.world.pullRequest(name, key.number).headSha;
    const one = await deploy(made, first, 'preview/fr');
    assert.deepEqual((await found(key)).seen.deployments, [
      { id: one.id, environment: 'preview/fr', sha: first, state: 'pending' },
    ]);
    const second = github.world.commit(name, 'feature', { a: 'b' });
    const two = await deploy(made, second, 'preview/fr');
    await writer.setDeploymentState(on, two.id, {
      state: 'success',
      environmentUrl: 'https://foo.test/',
      description: 'Live',
    });
    await writer.setDeploymentState(on, one.id, { state: 'inactive', description: 'Replaced' });
    assert.deepEqual((await found(key)).seen.deployments, [
      { id: two.id, environment: 'preview/fr', sha: second, state: 'success' },
      { id: one.id, environment: 'preview/fr', sha: first, state: 'inactive' },
    ]);
    assert.equal(await writer.setDeploymentState(on, 123, { state: 'inactive', description: 'Replaced' }), 'gone');
  });

  test('as GitHub is to treat them: nothing merged, no checks waited for, transient', async () => {
    const { github, clients, installation, pullRequest } = against();
    const made = pullRequest();
    github.world.commit(made.name, 'main', { 'README.md': 'the base went on' });
    const { headSha } = github.world.pullRequest(made.name, made.key.number);
    github.world.createCheckRun(made.name, { headSha, name: 'slow' });
    const { id } = await deploy(made, headSha, 'preview/fr');
    await against().writer.setDeploymentState(made.on, id, { state: 'success', description: 'Live' });
    const sent = github.requests.list().map(({ body }) => JSON.stringify(body ?? null));
    assert.ok(sent.some((body) => body.includes('"auto_merge":false') && body.includes('"required_contexts":[]')));
    assert.ok(sent.some((body) => body.includes('"auto_inactive":false')));
    assert.equal(github.world.pullRequest(made.name, made.key.number).headSha, headSha);
    const { data } = await clients
      .installation(installation)
      .rest.repos.getDeployment({ owner: 'm6', repo: made.on.name, deployment_id: id });
    assert.deepEqual([data.transient_environment, data.production_environment, data.sha], [true, false, headSha]);
  });

  test('those of others are not ours, and one live leaves the other live', async () => {
    const { github, writer, pullRequest, found } = against();
    const made = pullRequest();
    github.world.commit(made.name, 'other', { b: 'c' });
    const number = github.world.openPullRequest({ repo: made.name, head: 'other', title: 'Other' });
    const other: Made = { ...made, key: { ...made.key, number }, on: { ...made.on, number } };
    const [sha, otherSha] = [
      github.world.pullRequest(made.name, made.key.number).headSha,
      github.world.pullRequest(made.name, number).headSha,
    ];
    const [one, two] = [await deploy(made, sha, 'preview/be'), await deploy(other, otherSha, 'preview/be')];
    github.world.createDeployment(made.name, {
      ref: sha,
      environment: 'preview/be',
      autoMerge: false,
      requiredContexts: [],
      payload: 'not even JSON',
    });
    for (const { id } of [one, two])
      await writer.setDeploymentState(made.on, id, { state: 'success', description: 'Live' });
    assert.deepEqual((await found(made.key)).seen.deployments, [
      { id: one.id, environment: 'preview/be', sha, state: 'success' },
    ]);
    assert.deepEqual((await found(other.key)).seen.deployments, [
      { id: two.id, environment: 'preview/be', sha: otherSha, state: 'success' },
    ]);
  });

  test('one at the head is found behind a hundred younger ones of others', async () => {
    const { github, pullRequest, found } = against();
    const made = pullRequest();
    const sha = github.world.pullRequest(made.name, made.key.number).headSha;
    const { id } = await deploy(made, sha, 'preview/fr');
    for (let i = 0; i < 101; i++) {
      github.world.createDeployment(made.name, {
        ref: 'main',
        environment: 'preview/fr',
        autoMerge: false,
        requiredContexts: [],
      });
    }
    assert.deepEqual((await found(made.key)).seen.deployments, [
      { id, environment: 'preview/fr', sha, state: 'pending' },
    ]);
  });

  test('an environment that was not asked for is not looked at', async () => {
    const { github, reader, pullRequest } = against();
    const made = pullRequest();
    await deploy(made, github.world.pullRequest(made.name, made.key.number).headSha, 'preview/fr');
    const answer = await reader.read(made.key, { comment: undefined, environments: [], lastCommand: 0 });
    assert.deepEqual(answer.kind === 'found' && answer.seen.deployments, []);
  });
});

describe('labels', () => {
  test('one is made once; a second time is no error, another refusal is one', async () => {
    const { github, writer, pullRequest } = against();
    const { name, on } = pullRequest();
    await writer.createLabel(on, 'cd/preview');
    await writer.createLabel(on, 'CD/preview');
    assert.equal(github.world.repository(name).labels.get('cd/preview')?.name, 'cd/preview');
    await assert.rejects(writer.createLabel(on, 'x'.repeat(51)));
  });
});

describe('reactions', () => {
  test('one is ours, and once; to a comment that is gone there is none', async () => {
    const { github, writer, pullRequest } = against();
    const { name, key, on } = pullRequest();
    const comment = github.world.comment(name, key.number, '/preview', 'ada');
    await writer.react(on, comment.id, '+1');
    await writer.react(on, comment.id, '+1');
    await writer.react(on, comment.id, 'confused');
    assert.deepEqual(
      comment.reactions.map(({ content, by }) => [content, by.login]),
      [
        ['+1', 'avant[bot]'],
        ['confused', 'avant[bot]'],
      ],
    );
    github.world.deleteComment(comment);
    assert.match((await writer.react(on, comment.id, '-1')).at, /Z$/);
  });
});
