import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { useSandbox } from './github-sandbox.ts';

const against = useSandbox();

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
    assert.equal((await reader.read(key, { comment: undefined, environments: [], lastCommand: 0 })).kind, 'not-found');
    const fresh = connect();
    assert.equal(
      (await openGitHubReader(fresh).read(key, { comment: undefined, environments: [], lastCommand: 0 })).kind,
      'not-found',
    );
    github.world.unsuspendInstallation(other);
    github.world.deleteInstallation(other);
    assert.equal(await reader.presence(other.id, nodeId), 'gone');
    assert.equal((await reader.read(key, { comment: undefined, environments: [], lastCommand: 0 })).kind, 'not-found');
    assert.equal(
      (await openGitHubReader(fresh).read(key, { comment: undefined, environments: [], lastCommand: 0 })).kind,
      'not-found',
    );
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
