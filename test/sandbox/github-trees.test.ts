import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asInstallation, asPerson, graphql, installationToken, withPullRequest } from './github-started.ts';
import { askData, at241, atFoo, failure, foo } from './github-asking.ts';

const elsewhere = 'c'.repeat(40);
const picture = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 0, 0xff]);

/** A head commit with everything that a tree can hold. */
async function withCloud() {
  const sample = await withPullRequest();
  const sha = sample.github.world.commit('m6/foo', 'feature', {
    '.cloud/preview.yaml': 'tenants: []\n',
    '.cloud/charts/web/Chart.yaml': 'name: web\n',
    '.cloud/charts/web/templates/app.yaml': 'kind: Deployment\n',
    '.cloud/charts/web/logo.png': picture,
    '.cloud/run.sh': { executable: '#!/bin/sh\n' },
    '.cloud/link': { symlink: 'preview.yaml' },
    '.cloud/out': { symlink: '../../etc/passwd' },
    '.cloud/module': { submodule: elsewhere },
  });
  return { ...sample, sha };
}

const listed = [
  ['charts', '040000', 'tree'],
  ['charts/web', '040000', 'tree'],
  ['charts/web/Chart.yaml', '100644', 'blob'],
  ['charts/web/logo.png', '100644', 'blob'],
  ['charts/web/templates', '040000', 'tree'],
  ['charts/web/templates/app.yaml', '100644', 'blob'],
  ['link', '120000', 'blob'],
  ['module', '160000', 'commit'],
  ['out', '120000', 'blob'],
  ['preview.yaml', '100644', 'blob'],
  ['run.sh', '100755', 'blob'],
];

describe('a tree', () => {
  test('has the sha that git gives it, whatever is in it', async () => {
    const { github, sha } = await withCloud();
    // git update-index --index-info; git write-tree
    assert.equal(github.world.state.commits.get(sha)?.treeSha, '9310584e72e55fa67fe532017edd42a27c4285aa');
  });

  test('is listed by its sha, a commit or a branch, one level or all of them', async () => {
    const { github, installation, sha } = await withCloud();
    const { git, repos } = asInstallation(github, installation).rest;
    const { data: root } = await git.getTree({ ...foo, tree_sha: sha });
    assert.deepEqual(
      root.tree.map(({ path }) => path),
      ['.cloud', 'README.md', 'src'],
    );
    assert.deepEqual([root.sha, root.truncated], [sha, false]);
    const cloud = root.tree[0]?.sha ?? '';
    const { data } = await git.getTree({ ...foo, tree_sha: cloud, recursive: '0' });
    assert.deepEqual(
      data.tree.map(({ path, mode, type }) => [path, mode, type]),
      listed,
    );
    assert.equal(data.sha, cloud);
    const [file, module] = [
      data.tree.find((one) => one.path === 'run.sh'),
      data.tree.find((one) => one.type === 'commit'),
    ];
    assert.deepEqual([file?.size, file?.url], [10, `${github.url}/api/v3/repos/m6/foo/git/blobs/${file?.sha}`]);
    assert.deepEqual(module, { path: 'module', mode: '160000', type: 'commit', sha: elsewhere });
    const { data: branch } = await git.getTree({ ...foo, tree_sha: 'feature', recursive: '1' });
    assert.deepEqual(branch.tree.filter(({ path }) => path.startsWith('.cloud/')).length, listed.length);
    const { data: pull } = await git.getTree({ ...foo, tree_sha: 'refs/pull/241/head' });
    assert.equal(pull.sha, sha);
    assert.equal((await failure(git.getTree({ ...foo, tree_sha: 'e'.repeat(40) }))).status, 404);
    assert.equal((await failure(git.getTree({ ...foo, tree_sha: file?.sha ?? '' }))).status, 404);
    assert.equal((await git.getRef({ ...foo, ref: 'pull/241/head' })).data.object.sha, sha);
    assert.equal((await repos.getContent({ ...foo, path: '.cloud/link', ref: sha })).status, 200);
  });

  test('of an empty repository is refused, and without the permission any', async () => {
    const { github, installation } = await withCloud();
    github.world.createRepository({ owner: 'm6', name: 'empty' });
    const client = asInstallation(github, installation).rest.git;
    const empty = await failure(client.getTree({ owner: 'm6', repo: 'empty', tree_sha: 'main' }));
    assert.deepEqual([empty.status, empty.response.data.message], [409, 'Git Repository is empty.']);
    const token = await installationToken(github, installation, { permissions: { pull_requests: 'read' } });
    const answer = await fetch(`${github.url}/api/v3/repos/m6/foo/git/trees/feature`, {
      headers: { authorization: `Bearer ${token}` },
    });
    assert.deepEqual([answer.status, answer.headers.get('x-accepted-github-permissions')], [403, 'contents=read']);
  });

  test('beyond the limits is cut and says so', async () => {
    const { github, installation, sha } = await withCloud();
    const client = asInstallation(github, installation).rest.git;
    const take = github.faults.set({
      match: ({ route }) => route.endsWith('/git/trees/{sha...}'),
      respond: { treeEntries: 3 },
    });
    const { data: cut } = await client.getTree({ ...foo, tree_sha: sha, recursive: '1' });
    assert.deepEqual([cut.tree.length, cut.truncated], [3, true]);
    take();
    // GitHub's limit of 7 MB, by names that are long.
    const long = 'x'.repeat(2000);
    const many = Object.fromEntries(Array.from({ length: 4000 }, (_one, index) => [`${long}${index}`, 'x']));
    github.world.commit('m6/foo', 'huge', many);
    const { data: huge } = await client.getTree({ ...foo, tree_sha: 'huge', recursive: '1' });
    assert.deepEqual([huge.tree.length > 3000, huge.tree.length < 4000, huge.truncated], [true, true, true]);
    assert.equal((await client.getTree({ ...foo, tree_sha: 'huge' })).data.truncated, false);
    const { data: whole } = await client.getTree({ ...foo, tree_sha: sha, recursive: '1' });
    assert.equal(whole.truncated, false);
  });
});

describe('a blob', () => {
  test('comes in base64 or raw, with its true size', async () => {
    const { github, installation, sha } = await withCloud();
    const client = asInstallation(github, installation).rest.git;
    const logo = github.world.state.commits.get(sha)?.files.get('.cloud/charts/web/logo.png')?.sha ?? '';
    const { data } = await client.getBlob({ ...foo, file_sha: logo });
    assert.deepEqual([data.size, data.encoding, data.sha], [6, 'base64', logo]);
    assert.deepEqual(new Uint8Array(Buffer.from(data.content, 'base64')), picture);
    const raw = await fetch(data.url, {
      headers: { authorization: 'Bearer ada', accept: 'application/vnd.github.raw' },
    });
    assert.equal(raw.headers.get('content-type'), 'application/vnd.github.raw; charset=utf-8');
    assert.deepEqual(new Uint8Array(await raw.arrayBuffer()), picture);
    assert.equal((await failure(client.getBlob({ ...foo, file_sha: 'e'.repeat(40) }))).status, 404);
    // What no commit of this repository has is not to be had here, though another has it.
    github.world.createRepository({ owner: 'm6', name: 'other', files: { secret: 'a secret' } });
    const secret = github.world.state.commits
      .get(github.world.repository('m6/other').branches.get('main') ?? '')
      ?.files.get('secret');
    assert.equal((await failure(client.getBlob({ ...foo, file_sha: secret?.sha ?? '' }))).status, 404);
    assert.equal((await client.getBlob({ owner: 'm6', repo: 'other', file_sha: secret?.sha ?? '' })).data.size, 8);
  });
});

describe('in GraphQL', () => {
  const file =
    'file(path: ".cloud") { mode type oid object { __typename ... on Tree { oid entries { name mode type oid object { __typename ... on Blob { byteSize isBinary isTruncated text } ... on Tree { entries { name mode type } } } } } } }';

  test('a commit gives a folder and what is in it', async () => {
    const { github } = await withCloud();
    type Entry = {
      name: string;
      mode: number;
      type: string;
      oid: string;
      object: null | { __typename: string; text?: string };
    };
    const answer = (await at241(github, `commits(last: 1) { nodes { commit { ${file} } } }`)) as {
      commits: {
        nodes: [
          { commit: { file: { mode: number; type: string; oid: string; object: { oid: string; entries: Entry[] } } } },
        ];
      };
    };
    const folder = answer.commits.nodes[0].commit.file;
    assert.deepEqual([folder.mode, folder.type, folder.oid], [0o40000, 'tree', folder.object.oid]);
    assert.deepEqual(
      folder.object.entries.map(({ name, mode, type, object }) => [
        name,
        mode.toString(8),
        type,
        object?.__typename ?? null,
      ]),
      [
        ['charts', '40000', 'tree', 'Tree'],
        ['link', '120000', 'blob', 'Blob'],
        ['module', '160000', 'commit', null],
        ['out', '120000', 'blob', 'Blob'],
        ['preview.yaml', '100644', 'blob', 'Blob'],
        ['run.sh', '100755', 'blob', 'Blob'],
      ],
    );
    const link = folder.object.entries.find(({ name }) => name === 'out');
    assert.equal(link?.object?.text, '../../etc/passwd');
  });

  test('an object is found by its own sha, and below it by a path', async () => {
    const { github, sha } = await withCloud();
    const files = github.world.state.commits.get(sha)?.files;
    const [text, logo] = [files?.get('.cloud/preview.yaml')?.sha, files?.get('.cloud/charts/web/logo.png')?.sha];
    const blob = '... on Blob { oid text byteSize isBinary isTruncated }';
    const answer = (await atFoo(
      github,
      `text: object(oid: "${text}") { __typename ${blob} } logo: object(oid: "${logo}") { ${blob} } none: object(oid: "${elsewhere}") { oid }
      folder: object(expression: "refs/pull/241/head:.cloud") { oid }`,
    )) as { folder: { oid: string } };
    assert.deepEqual(JSON.parse(JSON.stringify({ ...answer, folder: undefined })), {
      text: { __typename: 'Blob', oid: text, text: 'tenants: []\n', byteSize: 12, isBinary: false, isTruncated: false },
      logo: { oid: logo, text: null, byteSize: 6, isBinary: true, isTruncated: false },
      none: null,
    });
    const tree = answer.folder.oid;
    const below = (await atFoo(
      github,
      `tree: object(oid: "${tree}") { __typename oid } chart: object(expression: "${tree}:charts/web/Chart.yaml") { ... on Blob { text } }`,
    )) as object;
    assert.deepEqual(JSON.parse(JSON.stringify(below)), {
      tree: { __typename: 'Tree', oid: tree },
      chart: { text: 'name: web\n' },
    });
  });

  test('nothing of it comes without the permission', async () => {
    const { github, installation } = await withCloud();
    const token = await installationToken(github, installation, { permissions: { pull_requests: 'read' } });
    const query = `{ repository(owner: "m6", name: "foo") { pullRequest(number: 241) { commits(last: 1) { nodes { commit { oid ${file} } } } } } }`;
    const { errors } = await graphql(github, token, query);
    assert.deepEqual(
      errors?.map(({ type, path }) => [type, path?.at(-1)]),
      [['FORBIDDEN', 'file']],
    );
  });
});

describe('the contents API', () => {
  test('follows a link to a file of the repository and shows any other', async () => {
    const { github, sha } = await withCloud();
    const client = asPerson(github, 'ada').rest.repos;
    const at = async (path: string) => (await client.getContent({ ...foo, path, ref: sha })).data;
    const followed = await at('.cloud/link');
    assert.ok(!Array.isArray(followed) && followed.type === 'file');
    assert.equal(Buffer.from(followed.content, 'base64').toString(), 'tenants: []\n');
    const out = await at('.cloud/out');
    assert.deepEqual('target' in out && [out.type, out.target], ['symlink', '../../etc/passwd']);
    const module = await at('.cloud/module');
    assert.deepEqual(!Array.isArray(module) && [module.type, module.sha], ['submodule', elsewhere]);
    const folder = await at('.cloud');
    assert.ok(Array.isArray(folder));
    assert.deepEqual(
      folder.map(({ name, type }) => [name, type]),
      [
        ['charts', 'dir'],
        ['link', 'symlink'],
        ['module', 'file'],
        ['out', 'symlink'],
        ['preview.yaml', 'file'],
        ['run.sh', 'file'],
      ],
    );
  });
});

describe('modes', () => {
  test('stay with a file that is written again, change by themselves, and merge', async () => {
    const { github } = await withCloud();
    const { world } = github;
    const modeAt = (branch: string, path: string) =>
      world.state.commits.get(world.repository('m6/foo').branches.get(branch) ?? '')?.files.get(path)?.mode;
    world.commit('m6/foo', 'feature', { '.cloud/run.sh': 'echo\n', '.cloud/link': 'a file now\n' });
    assert.deepEqual([modeAt('feature', '.cloud/run.sh'), modeAt('feature', '.cloud/link')], ['100755', '100644']);
    world.commit('m6/foo', 'main', { 'README.md': { executable: '# foo\n' } });
    world.commit('m6/foo', 'feature', { 'README.md': '# foo\n\nmore\n' });
    world.merge('m6/foo', 241);
    assert.deepEqual(
      [modeAt('main', 'README.md'), world.fileAt('m6/foo', 'main', 'README.md')],
      ['100755', '# foo\n\nmore\n'],
    );
    assert.equal(world.fileAt('m6/foo', 'main', '.cloud/out'), undefined);
    assert.throws(() => world.commit('m6/foo', 'main', { x: { submodule: 'main' } }), { name: 'Refusal', status: 422 });
  });

  test('a link changed on both sides is a conflict', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.commit('m6/foo', 'feature', { link: { symlink: 'a' } });
    world.commit('m6/foo', 'main', { link: { symlink: 'b' } });
    assert.deepEqual(
      JSON.parse(
        JSON.stringify(
          await askData(github, '{ repository(owner: "m6", name: "foo") { pullRequest(number: 241) { mergeable } } }'),
        ),
      ),
      {
        repository: { pullRequest: { mergeable: 'CONFLICTING' } },
      },
    );
  });
});
