import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asInstallation, asPerson, graphql, withPullRequest } from './github-started.ts';
import { foo, failure } from './github-asking.ts';
const pull = { ...foo, issue_number: 241 };

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('answers', () => {
  test('unknown paths, methods and bodies are refused in GitHub’s shape', async () => {
    const { github } = await withPullRequest();
    const client = asPerson(github, 'ada');
    const unknown = await failure(client.request('GET /repos/m6/foo/nonsense'));
    assert.deepEqual(unknown.response.data, {
      message: 'Not Found',
      documentation_url: 'https://docs.github.com/rest',
      status: '404',
    });
    assert.equal((await failure(client.request('PATCH /user/repos'))).status, 404);
    const wrong = await failure(client.request('POST /repos/m6/foo/issues/241/comments', { body: 5 }));
    assert.equal(wrong.status, 422);
    assert.deepEqual(
      wrong.response.data.errors?.map(({ resource, field, code }) => [resource, field, code]),
      [['IssueComment', 'body', 'invalid']],
    );
    const missing = await failure(client.request('POST /repos/m6/foo/pulls', { title: 'x' }));
    assert.deepEqual(
      missing.response.data.errors?.map(({ field, code }) => [field, code]),
      [
        ['head', 'missing_field'],
        ['base', 'missing_field'],
      ],
    );
    const garbage = await fetch(`${github.url}/api/v3/repos/m6/foo/labels`, {
      method: 'POST',
      headers: { authorization: 'Bearer ada' },
      body: '{',
    });
    assert.deepEqual(
      [garbage.status, ((await garbage.json()) as { message: string }).message],
      [400, 'Problems parsing JSON'],
    );
    assert.equal((await failure(client.request('GET /repos/m6/foo/pulls/0x1'))).status, 404);
    assert.equal((await failure(client.request('GET /repos/m6/foo/pulls/999'))).status, 404);
  });

  test('lists come in pages with links', async () => {
    const { github } = await withPullRequest();
    for (let index = 1; index <= 7; index += 1) github.world.comment('m6/foo', 241, `comment ${index}`);
    const client = asPerson(github, 'ada');
    const second = await client.rest.issues.listComments({ ...pull, per_page: 3, page: 2 });
    assert.deepEqual(
      second.data.map((one) => one.body),
      ['comment 4', 'comment 5', 'comment 6'],
    );
    const link = second.headers.link ?? '';
    for (const [rel, page] of [
      ['prev', 1],
      ['next', 3],
      ['last', 3],
      ['first', 1],
    ] as const) {
      assert.ok(
        link.includes(`<${github.url}/api/v3/repos/m6/foo/issues/241/comments?per_page=3&page=${page}>; rel="${rel}"`),
        `${rel} in ${link}`,
      );
    }
    const last = await client.rest.issues.listComments({ ...pull, per_page: 3, page: 3 });
    assert.ok(!last.headers.link?.includes('rel="next"'));
    const all = await client.paginate(client.rest.issues.listComments, { ...pull, per_page: 2 });
    assert.equal(all.length, 7);
    assert.equal((await client.rest.issues.listComments({ ...pull, per_page: 1000 })).headers.link, undefined);
  });

  test('a renamed repository redirects: 301 for reading, 307 for writing, followed by clients', async () => {
    const { github } = await withPullRequest();
    const { id } = github.world.repository('m6/foo');
    github.world.renameRepository('m6/foo', 'bar');
    const ask = (method: string, body?: string) =>
      fetch(`${github.url}/api/v3/repos/m6/foo/issues/241/comments?per_page=5`, {
        method,
        redirect: 'manual',
        headers: { authorization: 'Bearer ada' },
        ...(body ? { body } : {}),
      });
    const read = await ask('GET');
    assert.equal(read.status, 301);
    assert.equal(
      read.headers.get('location'),
      `${github.url}/api/v3/repositories/${id}/issues/241/comments?per_page=5`,
    );
    assert.equal(((await read.json()) as { message: string }).message, 'Moved Permanently');
    assert.equal((await ask('POST', '{"body":"x"}')).status, 307);
    const client = asPerson(github, 'ada');
    const made = await client.rest.issues.createComment({ ...pull, body: 'after the move' });
    assert.equal(made.status, 201);
    assert.equal((await client.rest.repos.get(foo)).data.full_name, 'm6/bar');
    assert.equal((await failure(client.rest.repos.get({ owner: 'm6', repo: 'gone' }))).status, 404);
  });
});

describe('comments', () => {
  test('are made, read, changed, listed and deleted', async () => {
    const { github, installation } = await withPullRequest();
    const client = asInstallation(github, installation).rest.issues;
    const { data: made } = await client.createComment({ ...pull, body: 'one' });
    assert.equal(made.html_url, `${github.url}/m6/foo/pull/241#issuecomment-${made.id}`);
    assert.ok(made.id > 2 ** 31, 'ids are as large as GitHub’s');
    const id = { ...foo, comment_id: made.id };
    assert.equal((await client.updateComment({ ...id, body: 'two' })).data.body, 'two');
    assert.equal((await client.getComment(id)).data.body, 'two');
    assert.equal((await client.listComments(pull)).data.length, 1);
    assert.equal((await client.deleteComment(id)).status, 204);
    assert.equal((await failure(client.updateComment({ ...id, body: 'three' }))).status, 404);
    assert.equal((await client.listComments(pull)).data.length, 0);
  });

  test('have at most 65,536 characters and at least one', async () => {
    const { github } = await withPullRequest();
    const client = asPerson(github, 'ada').rest.issues;
    assert.equal((await client.createComment({ ...pull, body: '🐙'.repeat(65_536) })).status, 201);
    const long = await failure(client.createComment({ ...pull, body: 'x'.repeat(65_537) }));
    assert.equal(long.status, 422);
    assert.equal(long.response.data.errors?.[0]?.message, 'Body is too long (maximum is 65536 characters)');
    assert.equal((await failure(client.createComment({ ...pull, body: ' ' }))).status, 422);
  });
});

describe('labels', () => {
  test('of a pull request: added, set, removed by any case, with slashes in the name', async () => {
    const { github } = await withPullRequest();
    const client = asPerson(github, 'ada').rest.issues;
    const added = await client.addLabels({ ...pull, labels: ['cd/preview', 'bug'] });
    assert.deepEqual(
      added.data.map(({ name, color }) => [name, color]),
      [
        ['cd/preview', 'ededed'],
        ['bug', 'd73a4a'],
      ],
    );
    assert.deepEqual(
      (await client.removeLabel({ ...pull, name: 'CD/PREVIEW' })).data.map(({ name }) => name),
      ['bug'],
    );
    const absent = await failure(client.removeLabel({ ...pull, name: 'cd/preview' }));
    assert.deepEqual([absent.status, absent.response.data.message], [404, 'Label does not exist']);
    assert.deepEqual(
      (await client.setLabels({ ...pull, labels: ['cd/preview/fr'] })).data.map(({ name }) => name),
      ['cd/preview/fr'],
    );
    assert.deepEqual(
      (await client.listLabelsOnIssue(pull)).data.map(({ name }) => name),
      ['cd/preview/fr'],
    );
  });

  test('of a repository: made once, found by any case', async () => {
    const { github, installation } = await withPullRequest();
    const client = asInstallation(github, installation).rest.issues;
    assert.equal((await failure(client.getLabel({ ...foo, name: 'cd/preview' }))).status, 404);
    const made = await client.createLabel({ ...foo, name: 'cd/preview', color: '5319E7', description: 'Deploy' });
    assert.deepEqual([made.status, made.data.color, made.data.default], [201, '5319e7', false]);
    const twice = await failure(client.createLabel({ ...foo, name: 'CD/Preview' }));
    assert.deepEqual([twice.status, twice.response.data.errors?.[0]?.code], [422, 'already_exists']);
    assert.equal((await client.getLabel({ ...foo, name: 'CD/PREVIEW' })).data.name, 'cd/preview');
    assert.equal((await client.listLabelsForRepo(foo)).data.length, 10);
    assert.equal((await failure(client.createLabel({ ...foo, name: 'x'.repeat(51) }))).status, 422);
  });
});

describe('pull requests', () => {
  test('are opened, from a fork too, edited, listed, closed, opened again and merged', async () => {
    const { github } = await withPullRequest();
    const mallory = asPerson(github, 'mallory');
    const { data: fork } = await mallory.rest.repos.createFork(foo);
    assert.deepEqual([fork.full_name, fork.fork], ['mallory/foo', true]);
    await mallory.rest.repos.createOrUpdateFileContents({
      owner: 'mallory',
      repo: 'foo',
      path: 'x.txt',
      message: 'x',
      content: base64('x'),
    });
    const { data: made } = await mallory.rest.pulls.create({
      ...foo,
      head: 'mallory:main',
      base: 'main',
      title: 'From outside',
      body: 'Please',
      draft: true,
    });
    assert.deepEqual(
      [made.number, made.head.repo.full_name, made.base.repo.full_name, made.draft, made.author_association],
      [242, 'mallory/foo', 'm6/foo', true, 'NONE'],
    );
    const client = asPerson(github, 'ada').rest.pulls;
    assert.deepEqual(
      (await client.list(foo)).data.map(({ number }) => number),
      [242, 241],
    );
    assert.deepEqual(
      (await client.list({ ...foo, head: 'm6:feature' })).data.map(({ number }) => number),
      [241],
    );
    assert.equal((await client.update({ ...foo, pull_number: 241, title: 'Another' })).data.title, 'Another');
    assert.equal((await client.update({ ...foo, pull_number: 241, state: 'closed' })).data.state, 'closed');
    assert.deepEqual(
      (await client.list({ ...foo, state: 'closed' })).data.map(({ number }) => number),
      [241],
    );
    assert.equal((await client.update({ ...foo, pull_number: 241, state: 'open' })).data.state, 'open');
    assert.equal((await failure(client.merge({ ...foo, pull_number: 242 }))).status, 405);
    const { data: full } = await client.get({ ...foo, pull_number: 241 });
    assert.deepEqual(
      [full.mergeable, full.mergeable_state, full.commits, full.additions, full.deletions, full.changed_files],
      [true, 'clean', 1, 1, 1, 1],
    );
    assert.deepEqual(
      (await client.listFiles({ ...foo, pull_number: 241 })).data.map(({ filename }) => filename),
      ['src/page.html'],
    );
    const merged = await client.merge({ ...foo, pull_number: 241 });
    assert.ok(merged.data.merged);
    const { data: after } = await client.get({ ...foo, pull_number: 241 });
    assert.deepEqual(
      [after.state, after.merged, after.merge_commit_sha, after.merged_by?.login],
      ['closed', true, merged.data.sha, 'ada'],
    );
    assert.equal((await failure(client.update({ ...foo, pull_number: 241, state: 'open' }))).status, 422);
    assert.equal((await failure(client.merge({ ...foo, pull_number: 242, merge_method: 'rebase' }))).status, 405);
  });

  test('become drafts and leave it by GraphQL', async () => {
    const { github } = await withPullRequest();
    const id = github.world.pullRequest('m6/foo', 241).nodeId;
    const change = (name: string) =>
      graphql(
        github,
        'ada',
        `mutation($id: ID!) { ${name}(input: { pullRequestId: $id }) { pullRequest { isDraft } } }`,
        { id },
      );
    assert.deepEqual((await change('convertPullRequestToDraft')).data, {
      convertPullRequestToDraft: { pullRequest: { isDraft: true } },
    });
    assert.deepEqual((await change('markPullRequestReadyForReview')).data, {
      markPullRequestReadyForReview: { pullRequest: { isDraft: false } },
    });
  });
});
