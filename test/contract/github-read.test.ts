import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { config, useSandbox } from './github-sandbox.ts';

const against = useSandbox();

describe('one read', () => {
  test('brings everything, in one call', async () => {
    const { github, pullRequest, found, graphqlCalls } = against();
    const { name, key } = pullRequest({ [config]: 'tenants: [fr]\n', '.cloud/charts/api/Chart.yaml': 'name: api\n' });
    github.world.addLabel(name, key.number, 'cd/preview', 'ada');
    github.world.addLabel(name, key.number, 'bug');
    github.world.setStatus(name, {
      sha: 'feature',
      state: 'pending',
      context: 'jenkins',
      targetUrl: 'https://ci.test/1',
    });
    const command = github.world.comment(name, key.number, '/preview', 'ada');
    const before = Date.now();
    const [calls, answer] = await graphqlCalls(() => found(key));
    assert.equal(calls, 1);
    const { readAt, cloud, labelled, ...facts } = answer.facts;
    assert.ok(cloud.kind === 'folder');
    assert.match(cloud.tree, /^[0-9a-f]{40}$/);
    assert.deepEqual([cloud.charts, cloud.manifests], [['api'], false]);
    assert.deepEqual(
      labelled.map(({ label, by }) => [label, by.login, by.bot]),
      [
        ['cd/preview', 'ada', false],
        ['bug', 'octocat', false],
      ],
    );
    assert.deepEqual(
      answer.comments.map(({ id, by, edited, body }) => [id, by?.login, edited, body]),
      [[command.id, 'ada', false, '/preview']],
    );
    assert.match(readAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    assert.ok(Date.parse(readAt) <= Date.now() && Date.parse(readAt) > before - 10_000, readAt);
    assert.deepEqual(facts, {
      repository: { owner: 'm6', name: name.slice(3), private: true, url: `${github.url}/${name}` },
      pullRequest: {
        state: 'open',
        url: `${github.url}/${name}/pull/${key.number}`,
        author: 'ada',
        labels: ['cd/preview', 'bug'],
        headSha: github.world.pullRequest(name, key.number).headSha,
        headRef: 'feature',
        fork: false,
      },
      config: { kind: 'file', text: 'tenants: [fr]\n' },
      pipeline: { kind: 'read', checks: [{ name: 'jenkins', state: 'pending', url: 'https://ci.test/1' }] },
    });
    assert.deepEqual(answer.seen, { comment: undefined, extraComments: [], check: undefined, deployments: [] });
  });

  test('no config, and then one', async () => {
    const { github, pullRequest, found } = against();
    const { name, key } = pullRequest();
    assert.deepEqual((await found(key)).facts.config, { kind: 'absent' });
    const sha = github.world.commit(name, 'feature', { [config]: 'image: a' });
    const { facts } = await found(key);
    assert.deepEqual([facts.config, facts.pullRequest.headSha], [{ kind: 'file', text: 'image: a' }, sha]);
  });

  test('who labelled: the last time, and nobody for a label that is off', async () => {
    const { github, pullRequest, found } = against();
    const { name, key } = pullRequest();
    github.world.addLabel(name, key.number, 'cd/preview', 'ada');
    github.world.removeLabel(name, key.number, 'cd/preview');
    assert.deepEqual((await found(key)).facts.labelled, []);
    github.world.addLabel(name, key.number, 'cd/preview', 'renovate[bot]');
    assert.deepEqual(
      (await found(key)).facts.labelled.map(({ by }) => by),
      [{ login: 'renovate[bot]', bot: true }],
    );
    github.world.removeLabel(name, key.number, 'cd/preview');
    github.world.addLabel(name, key.number, 'cd/preview', 'mallory');
    github.world.deleteAccount('mallory');
    assert.deepEqual(
      (await found(key)).facts.labelled.map(({ by }) => by.login),
      ['ghost'],
    );
  });

  test('what CI says: of several Apps, without our own, more than a hundred', async () => {
    const { github, writer, pullRequest, found, graphqlCalls } = against();
    const { name, key, on } = pullRequest();
    const { headSha } = github.world.pullRequest(name, key.number);
    await writer.createCheck(on, { sha: headSha, status: 'in_progress', title: 'Ours', summary: 'Ours' });
    assert.deepEqual((await found(key)).facts.pipeline, { kind: 'read', checks: [] });
    const run = github.world.createCheckRun(name, { headSha, name: 'build', app: 'github-actions' });
    github.world.setStatus(name, { sha: headSha, state: 'error', context: 'lint' });
    const states = async () => {
      const { pipeline } = (await found(key)).facts;
      return pipeline.kind === 'read' ? pipeline.checks.map(({ name: check, state }) => `${check} ${state}`) : [];
    };
    assert.deepEqual(await states(), ['build pending', 'lint failure']);
    github.world.updateCheckRun(run, { status: 'completed', conclusion: 'success' });
    github.world.setStatus(name, { sha: headSha, state: 'success', context: 'lint' });
    assert.deepEqual(await states(), ['build success', 'lint success']);
    for (let i = 0; i < 120; i++) github.world.setStatus(name, { sha: headSha, state: 'success', context: `c${i}` });
    const [calls, all] = await graphqlCalls(states);
    assert.deepEqual([calls, all.length], [2, 122]);
  });

  test('an installation that has not granted reading statuses', async () => {
    const { github, reader } = against();
    const { nodeId } = github.world.createRepository({ owner: 'careful', name: 'foo', files: { a: 'b' } });
    github.world.commit('careful/foo', 'feature', { [config]: 'tenants: [fr]\n' });
    const number = github.world.openPullRequest({ repo: 'careful/foo', head: 'feature', title: 'A feature' });
    const permissions = {
      metadata: 'read',
      contents: 'read',
      pull_requests: 'write',
      checks: 'write',
      deployments: 'write',
    } as const;
    const { id } = github.world.createInstallation('careful', { permissions });
    const read = async () => {
      const answer = await reader.read(
        { installation: id, repository: nodeId, number },
        { comment: undefined, environments: [], lastCommand: 0 },
      );
      assert.ok(answer.kind === 'found');
      return [answer.facts.config.kind, answer.facts.pipeline.kind];
    };
    assert.deepEqual(await read(), ['file', 'read']);
    github.world.setStatus('careful/foo', { sha: 'feature', state: 'success' });
    assert.deepEqual(await read(), ['file', 'denied']);
  });

  test('commands: not ours, edited ones told, those of accounts that are gone nobody’s', async () => {
    const { github, writer, pullRequest, found } = against();
    const { name, key, on } = pullRequest();
    await writer.createComment(on, '/preview');
    github.world.editComment(github.world.comment(name, key.number, 'hello', 'ada'), 'hello\n/preview stop');
    github.world.comment(name, key.number, '/preview', 'trudy');
    github.world.comment(name, key.number, '/preview', 'renovate[bot]');
    github.world.deleteAccount('trudy');
    const { comments } = await found(key);
    assert.deepEqual(
      comments.map(({ by, edited }) => [by?.login, by?.bot, edited]),
      [
        ['ada', false, true],
        [undefined, undefined, false],
        ['renovate[bot]', true, false],
      ],
    );
    assert.ok(comments.every(({ at }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at)));
  });

  test('the same twice is the same', async () => {
    const { github, pullRequest, found } = against();
    const { name, key } = pullRequest({ '.cloud/charts/b/Chart.yaml': 'b', '.cloud/charts/a/Chart.yaml': 'a' });
    for (const label of ['z', 'a', 'cd/preview']) github.world.addLabel(name, key.number, label);
    for (const context of ['z', 'a']) github.world.setStatus(name, { sha: 'feature', state: 'success', context });
    const content = async () => JSON.stringify({ ...(await found(key)).facts, readAt: '' });
    assert.equal(await content(), await content());
  });

  test('closed and merged', async () => {
    const { github, pullRequest, found } = against();
    const [closed, merged] = [pullRequest(), pullRequest()];
    github.world.close(closed.name, closed.key.number);
    github.world.merge(merged.name, merged.key.number);
    assert.equal((await found(closed.key)).facts.pullRequest.state, 'closed');
    assert.equal((await found(merged.key)).facts.pullRequest.state, 'merged');
    github.world.deleteBranch(merged.name, 'feature');
    assert.equal((await found(merged.key)).facts.pullRequest.state, 'merged');
  });

  test('a renamed repository is found by its id, under its new name', async () => {
    const { github, pullRequest, found } = against();
    const { name, key } = pullRequest();
    github.world.renameRepository(name, `${name.slice(3)}-renamed`);
    assert.equal((await found(key)).facts.repository.name, `${name.slice(3)}-renamed`);
  });

  test('a branch set back to its base', async () => {
    const { github, pullRequest, found } = against();
    const { name, key } = pullRequest();
    github.world.push(name, 'feature', github.world.pullRequest(name, key.number).baseSha, { force: true });
    assert.notEqual((await found(key)).facts.pullRequest.state, 'open');
  });

  test('a fork: its commit is read through the base repository, also when the fork is gone', async () => {
    const { github, installation, pullRequest, found } = against();
    const { name } = pullRequest();
    const fork = github.world.forkRepository(name, 'mallory');
    github.world.commit(fork, 'evil', { [config]: 'image: evil' }, 'evil', 'mallory');
    const number = github.world.openPullRequest({
      repo: name,
      head: 'evil',
      headRepository: fork,
      title: 'Evil',
      author: 'mallory',
    });
    const key = { installation, repository: github.world.repository(name).nodeId, number };
    const expected = [true, { kind: 'file', text: 'image: evil' }, 'folder'];
    const one = await found(key);
    assert.deepEqual([one.facts.pullRequest.fork, one.facts.config, one.facts.cloud.kind], expected);
    github.world.deleteRepository(fork);
    const other = await found(key);
    assert.deepEqual([other.facts.pullRequest.fork, other.facts.config, other.facts.cloud.kind], expected);
  });

  test('not found: the number, the repository, its deletion', async () => {
    const { github, pullRequest, read } = against();
    const { name, key } = pullRequest();
    assert.equal((await read({ ...key, number: 999 })).kind, 'not-found');
    assert.equal((await read({ ...key, repository: 'R_kgDOAAAAAA' })).kind, 'not-found');
    github.world.deleteRepository(name);
    assert.equal((await read(key)).kind, 'not-found');
  });

  for (const fault of ['not-found', 'bad-gateway', 'html', 'empty', 'reset', 'truncated'] as const) {
    test(`GitHub answering ${fault}: thrown, and all is well afterwards`, async () => {
      const { github, pullRequest, read } = against();
      const { key } = pullRequest();
      github.faults.set({ match: ({ path }) => path.includes('graphql'), times: 1, respond: fault });
      await assert.rejects(read(key), Error);
      assert.equal((await read(key)).kind, 'found');
    });
  }

  test('one field that fails: thrown', async () => {
    const { github, pullRequest, read } = against();
    const { key } = pullRequest({ [config]: 'tenants: [fr]\n' });
    for (const path of [
      ['pullRequest', 'labels'],
      ['pullRequest', 'comments'],
      ['pullRequest', 'timelineItems'],
      ['pullRequest', 'commits', 'nodes', 0, 'commit', 'file'],
      ['pullRequest', 'commits', 'nodes', 0, 'commit', 'cloud'],
      ['pullRequest', 'commits', 'nodes', 0, 'commit', 'charts'],
      ['pullRequest', 'commits', 'nodes', 0, 'commit', 'statusCheckRollup'],
      ['deployments'],
    ]) {
      github.faults.set({
        times: 1,
        match: (request) => request.path.includes('graphql'),
        respond: { graphqlErrorAt: ['repository', ...path] },
      });
      await assert.rejects(read(key), /GitHub answered in part/, path.join('.'));
    }
  });
});
