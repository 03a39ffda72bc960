import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { config, useSandbox } from './github-sandbox.ts';

const against = useSandbox();

describe('one read', () => {
  test('brings everything, in one call', async () => {
    const { github, pullRequest, found, graphqlCalls } = against();
    const { name, key } = pullRequest({ [config]: 'tenants: [fr]\n' });
    github.world.addLabel(name, key.number, 'cd/preview');
    github.world.addLabel(name, key.number, 'bug');
    const before = Date.now();
    const [calls, answer] = await graphqlCalls(() => found(key));
    assert.equal(calls, 1);
    const { readAt, ...facts } = answer.facts;
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

  test('a fork: its config is not looked at, also when the fork is gone', async () => {
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
    const expected = [true, { kind: 'absent' }];
    const one = await found(key);
    assert.deepEqual([one.facts.pullRequest.fork, one.facts.config], expected);
    github.world.deleteRepository(fork);
    const other = await found(key);
    assert.deepEqual([other.facts.pullRequest.fork, other.facts.config], expected);
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
      ['pullRequest', 'commits', 'nodes', 0, 'commit', 'file'],
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

describe('whether a repository is within reach', () => {
  test('present, also when private; gone when removed, deleted or never there', async () => {
    const { github, reader, installation, pullRequest } = against();
    const { name, key } = pullRequest();
    assert.equal(await reader.presence(installation, key.repository), 'present');
    github.world.deleteRepository(name);
    assert.equal(await reader.presence(installation, key.repository), 'gone');
    assert.equal(await reader.presence(installation, 'R_kgDOAAAAAA'), 'gone');
  });

  test('suspended is not gone, uninstalled is; to a read both are not found', async () => {
    const { github, reader, connect } = against();
    const { nodeId } = github.world.createRepository({ owner: 'other', name: 'bar', files: { a: 'b' } });
    const other = github.world.createInstallation('other');
    const key = { installation: other.id, repository: nodeId, number: 1 };
    assert.equal(await reader.presence(other.id, nodeId), 'present');
    github.world.suspendInstallation(other);
    assert.equal(await reader.presence(other.id, nodeId), 'suspended');
    assert.deepEqual(
      (await reader.installations()).filter(({ id }) => id === other.id),
      [{ id: other.id, suspended: true }],
    );
    assert.equal((await reader.read(key, { comment: undefined, environments: [] })).kind, 'not-found');
    const fresh = connect();
    assert.equal((await openGitHubReader(fresh).read(key, { comment: undefined, environments: [] })).kind, 'not-found');
    github.world.unsuspendInstallation(other);
    github.world.deleteInstallation(other);
    assert.equal(await reader.presence(other.id, nodeId), 'gone');
    assert.equal((await reader.read(key, { comment: undefined, environments: [] })).kind, 'not-found');
    assert.equal((await openGitHubReader(fresh).read(key, { comment: undefined, environments: [] })).kind, 'not-found');
    await fresh.close();
    assert.deepEqual(
      (await reader.installations()).filter(({ id }) => id === other.id),
      [],
    );
  });

  for (const fault of ['not-found', 'bad-gateway', 'html', 'empty', 'reset'] as const) {
    test(`everything answering ${fault}: thrown`, async () => {
      const { github, reader, installation, pullRequest } = against();
      const { key } = pullRequest();
      github.faults.set({ respond: fault });
      await assert.rejects(reader.presence(installation, key.repository));
      await assert.rejects(reader.installations());
      await assert.rejects(reader.repositories(installation));
    });
  }

  test('a list of repositories that is shorter than it says: thrown', async () => {
    const { github, reader, installation, pullRequest } = against();
    const { key } = pullRequest();
    const short = {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: { total_count: 1, repositories: [] },
    };
    github.faults.set({ match: ({ path }) => path.includes('/installation/repositories'), respond: short });
    await assert.rejects(reader.presence(installation, key.repository), /speaks of 1 repositories and gives 0/);
  });
});

describe('lists', () => {
  test('every installation, over several pages', async () => {
    const { github, reader } = against();
    const before = (await reader.installations()).length;
    const made = Array.from({ length: 101 }, (_, i) => github.world.createInstallation(`org-${i}`).id);
    const ids = (await reader.installations()).map(({ id }) => id);
    assert.equal(ids.length, before + 101);
    assert.ok(made.every((id) => ids.includes(id)));
  });

  test('every repository, over several pages', async () => {
    const { github, reader } = against();
    for (let i = 0; i < 105; i++) github.world.createRepository({ owner: 'many', name: `r${i}` });
    const many = github.world.createInstallation('many');
    assert.equal((await reader.repositories(many.id)).length, 105);
    const ids = await reader.repositories(many.id);
    const listed = await reader.openPullRequests(many.id, ids, undefined);
    assert.deepEqual(
      listed.map(({ repository }) => repository),
      ids,
    );
  });

  test('open pull requests with one of the labels, each once, over several pages; other repositories beside', async () => {
    const { github, reader, installation, pullRequest } = against();
    const one = pullRequest();
    const other = pullRequest();
    for (let i = 0; i < 104; i++) {
      github.world.commit(one.name, `b${i}`, { [`f${i}`]: 'x' });
      const number = github.world.openPullRequest({ repo: one.name, head: `b${i}`, title: `B${i}` });
      github.world.addLabel(one.name, number, i % 2 === 0 ? 'cd/preview' : 'cd/preview/fr');
      if (i === 3) github.world.addLabel(one.name, number, 'cd/preview');
      if (i === 4) github.world.close(one.name, number);
    }
    const ids = [one.key.repository, 'R_kgDOAAAAAA', other.key.repository];
    const [first, second, ...rest] = await reader.openPullRequests(installation, ids, ['cd/preview', 'cd/preview/fr']);
    assert.deepEqual([first?.repository, first?.hasLabel, first?.pullRequests.length], [one.key.repository, true, 103]);
    assert.equal(new Set(first?.pullRequests.map(({ number }) => number)).size, 103);
    assert.deepEqual(first?.pullRequests.find(({ labels }) => labels.length === 2)?.labels, [
      'cd/preview/fr',
      'cd/preview',
    ]);
    assert.deepEqual(second, {
      repository: other.key.repository,
      owner: 'm6',
      name: other.on.name,
      hasLabel: false,
      pullRequests: [],
    });
    assert.deepEqual(rest, []);
    const [all] = await reader.openPullRequests(installation, ids, undefined);
    assert.deepEqual([all?.pullRequests.length, all?.hasLabel], [104, true]);
  });

  test('a repository that fails among others: thrown', async () => {
    const { github, reader, installation, pullRequest } = against();
    const { key } = pullRequest();
    github.faults.set({
      match: ({ path }) => path.includes('graphql'),
      respond: { graphqlErrorAt: ['nodes', 0, 'pullRequests'], type: 'INTERNAL' },
    });
    await assert.rejects(reader.openPullRequests(installation, [key.repository], undefined), /in part/);
  });
});
