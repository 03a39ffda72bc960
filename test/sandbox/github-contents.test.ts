import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asApp, asPerson, started, withPullRequest } from './github-started.ts';
import { foo, failure } from './github-asking.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('files and branches', () => {
  test('a file is written on a branch with the sha of what it replaces, and the pull request follows', async () => {
    const { github } = await withPullRequest();
    const client = asPerson(github, 'ada').rest.repos;
    const { data: before } = await client.getContent({ ...foo, path: 'src/page.html', ref: 'feature' });
    assert.ok(!Array.isArray(before) && before.type === 'file');
    assert.equal(Buffer.from(before.content, 'base64').toString(), '<h1>two</h1>\n');
    const edit = {
      ...foo,
      path: 'src/page.html',
      branch: 'feature',
      message: 'Three',
      content: base64('<h1>three</h1>\n'),
    };
    assert.equal((await failure(client.createOrUpdateFileContents(edit))).status, 422);
    assert.equal((await failure(client.createOrUpdateFileContents({ ...edit, sha: '0'.repeat(40) }))).status, 409);
    const done = await client.createOrUpdateFileContents({ ...edit, sha: before.sha });
    assert.equal(github.world.pullRequest('m6/foo', 241).headSha, done.data.commit.sha);
    const made = await client.createOrUpdateFileContents({ ...edit, path: 'new/file.txt', content: base64('x') });
    assert.equal(made.status, 201);
    const listed = await client.getContent({ ...foo, path: '', ref: 'feature' });
    assert.ok(Array.isArray(listed.data));
    assert.deepEqual(
      listed.data.map(({ name, type }) => [name, type]),
      [
        ['README.md', 'file'],
        ['new', 'dir'],
        ['src', 'dir'],
      ],
    );
    await client.deleteFile({
      ...foo,
      path: 'new/file.txt',
      branch: 'feature',
      message: 'Away',
      sha: made.data.content?.sha ?? '',
    });
    assert.equal((await failure(client.getContent({ ...foo, path: 'new/file.txt', ref: 'feature' }))).status, 404);
    assert.equal((await failure(client.getContent({ ...foo, path: 'README.md', ref: 'nope' }))).status, 404);
    const raw = await client.getContent({ ...foo, path: 'README.md', mediaType: { format: 'raw' } });
    assert.equal(raw.data, '# foo\n');
  });

  test('branches are made, moved and deleted', async () => {
    const { github } = await withPullRequest();
    const client = asPerson(github, 'ada').rest.git;
    const { data: main } = await client.getRef({ ...foo, ref: 'heads/main' });
    assert.equal((await client.createRef({ ...foo, ref: 'refs/heads/a/b', sha: main.object.sha })).status, 201);
    assert.equal(
      (await failure(client.createRef({ ...foo, ref: 'refs/heads/a/b', sha: main.object.sha }))).status,
      422,
    );
    assert.equal((await failure(client.createRef({ ...foo, ref: 'refs/heads/c', sha: '0'.repeat(40) }))).status, 422);
    assert.equal((await failure(client.updateRef({ ...foo, ref: 'heads/feature', sha: main.object.sha }))).status, 422);
    assert.equal(
      (await client.updateRef({ ...foo, ref: 'heads/feature', sha: main.object.sha, force: true })).data.object.sha,
      main.object.sha,
    );
    assert.equal((await client.deleteRef({ ...foo, ref: 'heads/a/b' })).status, 204);
    const { data } = await asPerson(github, 'ada').rest.repos.listBranches(foo);
    assert.deepEqual(
      data.map(({ name }) => name),
      ['main', 'feature'],
    );
  });
});

describe('repositories', () => {
  test('are made, renamed, archived and deleted by a person', async () => {
    const github = await started();
    github.world.createInstallation('m6');
    const client = asPerson(github, 'ada').rest.repos;
    const { data: own } = await client.createForAuthenticatedUser({ name: 'my repo!', private: true, auto_init: true });
    assert.deepEqual([own.full_name, own.private, own.default_branch], ['ada/my-repo-', true, 'main']);
    assert.equal((await client.createInOrg({ org: 'm6', name: 'bar', auto_init: true })).data.full_name, 'm6/bar');
    assert.equal((await failure(client.createInOrg({ org: 'm6', name: 'BAR' }))).status, 422);
    assert.equal((await failure(client.createInOrg({ org: 'nobody', name: 'bar' }))).status, 404);
    assert.equal((await client.update({ owner: 'm6', repo: 'bar', name: 'baz' })).data.name, 'baz');
    assert.ok((await client.update({ owner: 'm6', repo: 'baz', archived: true })).data.archived);
    const write = client.createOrUpdateFileContents({ owner: 'm6', repo: 'baz', path: 'x', message: 'x', content: '' });
    assert.equal((await failure(write)).status, 403);
    assert.equal((await client.delete({ owner: 'm6', repo: 'baz' })).status, 204);
    assert.equal((await failure(client.get({ owner: 'm6', repo: 'baz' }))).status, 404);
    assert.equal((await asApp(github).rest.apps.listInstallations()).data.length, 1);
  });
});
