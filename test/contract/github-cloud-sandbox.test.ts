import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RenderRefused } from '../../app/core/ports.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import type { Changes } from '../../sandbox/github/world/git.ts';
import { config, useSandbox } from './github-sandbox.ts';

const against = useSandbox();

/** A pull request with these files, the hash of its `.cloud/`, and how to read that. */
async function branch(files: Changes) {
  const { github, clients, installation, pullRequest, found } = against();
  const { name, on } = pullRequest(files);
  const key = { installation, repository: github.world.repository(name).nodeId, number: on.number };
  const { facts } = await found(key);
  // Its own, so that nothing is kept from another test.
  const reader = openGitHubReader(clients);
  const { cloud } = facts;
  const tree = cloud.kind === 'folder' ? cloud.tree : '';
  return { name, key, cloud, tree, read: () => reader.cloud(installation, on, tree) };
}

const problemsOf = async (files: Changes): Promise<readonly string[]> => {
  const { read } = await branch(files);
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  assert.ok(error instanceof RenderRefused, String(error));
  return error.problems;
};

describe('.cloud on a branch', () => {
  test('its files, by the hash that the read told, in two calls; a push beside it changes nothing', async () => {
    const { github } = against();
    const chart = {
      '.cloud/charts/api/Chart.yaml': 'name: api\n',
      '.cloud/charts/api/run.sh': { executable: '#!/bin/sh\n' },
    };
    const { name, key, tree, read } = await branch({
      ...chart,
      [config]: 'tenants: []\n',
      '.cloud/manifests/a.yaml': 'é\r\n',
    });
    github.requests.clear();
    const { files } = await read();
    assert.deepEqual(
      files.map(({ path, content }) => [path, Buffer.from(content).toString()]),
      [
        ['charts/api/Chart.yaml', 'name: api\n'],
        ['charts/api/run.sh', '#!/bin/sh\n'],
        ['manifests/a.yaml', 'é\r\n'],
      ],
    );
    assert.equal(github.requests.list().filter(({ path }) => /git\/|graphql/.test(path)).length, 2);
    github.world.commit(name, 'feature', { 'src/main.ts': 'more' });
    const { cloud } = (await against().found(key)).facts;
    assert.deepEqual(cloud, { kind: 'folder', tree, charts: ['api'], manifests: true });
  });

  test('binary files and those that are no UTF-8, byte by byte', async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
    const latin = new Uint8Array([0x63, 0xe9, 0x0a]);
    const { read } = await branch({
      '.cloud/charts/api/charts/sub.tgz': bytes,
      '.cloud/charts/api/latin': latin,
      '.cloud/charts/api/empty': '',
    });
    const { files } = await read();
    assert.deepEqual(
      files.map(({ content }) => new Uint8Array(content)),
      [bytes, new Uint8Array(), latin],
    );
  });

  test('of a fork, through the base repository', async () => {
    const { github, reader, installation, pullRequest, found } = against();
    const { name, on } = pullRequest();
    const fork = github.world.forkRepository(name, 'mallory');
    github.world.commit(fork, 'evil', { '.cloud/charts/api/Chart.yaml': 'name: evil\n' }, 'evil', 'mallory');
    const number = github.world.openPullRequest({
      repo: name,
      head: 'evil',
      headRepository: fork,
      title: 'Evil',
      author: 'mallory',
    });
    const { facts } = await found({ installation, repository: github.world.repository(name).nodeId, number });
    assert.ok(facts.cloud.kind === 'folder');
    assert.deepEqual(
      (await reader.cloud(installation, on, facts.cloud.tree)).files.map(({ path }) => path),
      ['charts/api/Chart.yaml'],
    );
  });

  test('a folder that is none', async () => {
    const cases: readonly (readonly [Changes, RegExp])[] = [
      [{ '.cloud': { symlink: '../other' } }, /^it is a symbolic link/],
      [{ '.cloud': 'a file' }, /^it is a file/],
      [{ '.cloud': { submodule: 'd'.repeat(40) } }, /^it is a submodule/],
      [{ [config]: 'a', '.cloud/charts': { symlink: '/' } }, /^charts is a symbolic link/],
      [{ [config]: 'a', '.cloud/charts': 'a file' }, /^charts is a file/],
      [{ [config]: 'a', '.cloud/manifests': { submodule: 'd'.repeat(40) } }, /^manifests is a submodule/],
    ];
    for (const [files, why] of cases) {
      const { cloud } = await branch(files);
      assert.match(cloud.kind === 'unreadable' ? cloud.why : cloud.kind, why);
    }
    assert.deepEqual((await branch({})).cloud, { kind: 'absent' });
  });

  test('symbolic links and submodules below are refused, all of them, and no file is read', async () => {
    const files: Changes = {
      '.cloud/charts/a/Chart.yaml': 'name: a\n',
      '.cloud/charts/a/values.yaml': { symlink: '../../../../etc/passwd' },
      '.cloud/charts/b': { symlink: 'a' },
      '.cloud/charts/c': { submodule: 'd'.repeat(40) },
      '.cloud/charts/d/big': 'x'.repeat(600_000),
    };
    against().github.requests.clear();
    assert.deepEqual(await problemsOf(files), [
      '.cloud/charts/a/values.yaml is a symbolic link; commit the file itself in its place',
      '.cloud/charts/b is a symbolic link; commit the file itself in its place',
      '.cloud/charts/c is a submodule; commit its files in its place',
      '.cloud/charts/d/big has 600000 bytes; 524288 are the most for one file: make it smaller',
    ]);
    assert.equal(
      against()
        .github.requests.list()
        .filter(({ path }) => path.includes('/git/blobs')).length,
      0,
    );
  });

  test('a list that GitHub cuts is refused', async () => {
    const { github } = against();
    const { read } = await branch({ '.cloud/charts/a/Chart.yaml': 'a', '.cloud/charts/a/values.yaml': 'b' });
    github.faults.set({ match: ({ path }) => path.includes('/git/trees'), respond: { treeEntries: 1 } });
    await assert.rejects(read(), { name: 'RenderRefused', message: /more files than GitHub lists/ });
  });

  for (const fault of ['not-found', 'bad-gateway', 'html', 'empty', 'reset', 'truncated'] as const) {
    test(`GitHub answering ${fault}: an ordinary error, and all is well afterwards`, async () => {
      const { github } = against();
      const { read } = await branch({
        '.cloud/charts/a/Chart.yaml': `name: ${fault}\n`,
        '.cloud/charts/a/bin': new Uint8Array([0]),
      });
      for (const path of ['/git/trees', '/graphql', '/git/blobs']) {
        github.faults.set({ match: (request) => request.path.includes(path), times: 1, respond: fault });
        await assert.rejects(read(), (error) => error instanceof Error && !(error instanceof RenderRefused), path);
      }
      assert.equal((await read()).files.length, 2);
    });
  }
});

describe('what people may do', () => {
  test('as GitHub tells', async () => {
    const { github, clients, installation, pullRequest } = against();
    const { name, on } = pullRequest();
    for (const role of ['maintain', 'triage', 'read'] as const) github.world.setRole(name, role, role);
    const reader = openGitHubReader(clients);
    const ask = (login: string) => reader.permission(installation, on, login);
    assert.deepEqual(
      await Promise.all(
        ['octocat', 'Ada', 'maintain', 'triage', 'read', 'mallory', 'never-seen', 'renovate[bot]', 'avant[bot]'].map(
          ask,
        ),
      ),
      ['admin', 'write', 'write', 'read', 'read', 'none', 'none', 'none', 'none'],
    );
  });

  test('a public repository may be read by anybody', async () => {
    const { github, clients, installation } = against();
    for (const [name, isPrivate] of [
      ['open', false],
      ['shut', true],
    ] as const) {
      github.world.createRepository({ owner: 'm6', name, private: isPrivate, files: { a: 'b' } });
    }
    github.world.setRole('m6/shut', 'stranger', null);
    const reader = openGitHubReader(clients);
    assert.equal(await reader.permission(installation, { owner: 'm6', name: 'open' }, 'stranger'), 'read');
    assert.equal(await reader.permission(installation, { owner: 'm6', name: 'shut' }, 'stranger'), 'none');
  });
});
