import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPullRequest } from './github-started.ts';
import { pullPath, page, send } from './github-asking.ts';

describe('a pull request’s page', () => {
  test('shows what it is and what happened', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.addLabel('m6/foo', 241, 'bug', 'ada');
    world.comment(
      'm6/foo',
      241,
      '<!-- marker -->\n**Live** at [foo](http://foo-241.preview.localhost:8080)',
      'avant[bot]',
    );
    const headSha = world.commit('m6/foo', 'feature', { x: 'x' }, 'One more', 'ada');
    world.createCheckRun('m6/foo', {
      name: 'Avant',
      headSha,
      conclusion: 'success',
      output: { title: '1 live', summary: 's' },
    });
    const deployment = world.createDeployment('m6/foo', {
      ref: headSha,
      environment: 'preview/fr',
      autoMerge: false,
      requiredContexts: [],
    });
    assert.ok('id' in deployment);
    world.createDeploymentStatus(deployment, {
      state: 'success',
      environmentUrl: 'http://foo-241-fr.preview.localhost:8080',
    });
    const { html, status } = await page(github, pullPath);
    assert.equal(status, 200);
    for (const text of [
      'Two <span class="number">#241</span>',
      'Open</span>',
      '<b>Live</b>'.replace(/b>/g, 'strong>'),
      'href="http://foo-241.preview.localhost:8080"',
      'One more',
      'aria-label="Remove bug"',
      '<b>Avant</b>',
      '1 live',
      '<b>preview/fr</b>',
    ]) {
      assert.ok(html.includes(text), text);
    }
    assert.match(html, /href="http:\/\/foo-241-fr\.preview\.localhost:8080"[^>]*>View deployment</);
    assert.ok(!html.includes('<!-- marker'), 'comments stay hidden');
    world.createDeploymentStatus(deployment, { state: 'inactive' });
    assert.ok(!(await page(github, pullPath)).html.includes('View deployment'));
  });

  test('offers labels that are not on, also those the repository lacks', async () => {
    const { github } = await withPullRequest({ suggestedLabels: ['cd/preview', 'cd/preview/fr'] });
    const before = (await page(github, pullPath)).html;
    for (const name of ['cd/preview', 'cd/preview/fr', 'bug'])
      assert.ok(before.includes(`aria-label="Add ${name}"`), name);
    assert.deepEqual(await send(github, pullPath, { act: 'label', name: 'cd/preview' }), {
      status: 303,
      location: pullPath,
      html: '',
    });
    const after = (await page(github, pullPath)).html;
    assert.ok(!after.includes('aria-label="Add cd/preview"') && after.includes('aria-label="Remove cd/preview"'));
    assert.equal(github.world.pullRequest('m6/foo', 241).timeline.at(-1)?.by.login, 'bob');
    assert.equal((await send(github, pullPath, { act: 'unlabel', name: 'cd/preview' })).status, 303);
    assert.equal(github.world.pullRequest('m6/foo', 241).labels.length, 0);
  });

  test('has every button a person needs, and refuses in words', async () => {
    const { github } = await withPullRequest();
    const pull = github.world.pullRequest('m6/foo', 241);
    const act = async (name: string, fields: Record<string, string> = {}) =>
      (await send(github, pullPath, { act: name, ...fields })).status;
    assert.equal(await act('draft'), 303);
    assert.ok((await page(github, pullPath)).html.includes('Ready for review'));
    const refused = await send(github, pullPath, { act: 'merge' });
    assert.deepEqual(
      [refused.status, /<p data-error>Pull Request is still a draft<\/p>/.test(refused.html)],
      [405, true],
    );
    assert.equal(await act('ready'), 303);
    assert.equal(await act('title', { title: 'Renamed' }), 303);
    assert.equal(await act('close'), 303);
    assert.equal(pull.state, 'closed');
    assert.equal(await act('reopen'), 303);
    assert.equal(await act('merge'), 303);
    assert.deepEqual([pull.title, pull.merged, pull.mergedBy?.login], ['Renamed', true, 'bob']);
    assert.equal(await act('delete-branch'), 303);
    assert.ok(!github.world.repository('m6/foo').branches.has('feature'));
    assert.equal(await act('nonsense'), 422);
    assert.equal((await page(github, pullPath)).status, 200);
  });

  test('takes comments, changes and deletes them', async () => {
    const { github } = await withPullRequest();
    const pull = github.world.pullRequest('m6/foo', 241);
    assert.equal((await send(github, pullPath, { act: 'comment', body: 'one\r\ntwo' })).status, 303);
    const [comment] = pull.comments;
    assert.deepEqual([comment?.body, comment?.author.login], ['one\ntwo', 'bob']);
    assert.equal(
      (await send(github, pullPath, { act: 'edit-comment', comment: String(comment?.id), body: 'three' })).status,
      303,
    );
    assert.equal(pull.comments[0]?.body, 'three');
    assert.equal((await send(github, pullPath, { act: 'delete-comment', comment: String(comment?.id) })).status, 303);
    assert.equal(pull.comments.length, 0);
    assert.equal((await send(github, pullPath, { act: 'comment', body: ' ' })).status, 422);
    assert.equal((await send(github, pullPath, { act: 'delete-comment', comment: '1' })).status, 404);
  });

  test('edits a file and commits it to the branch, unless it has changed meanwhile', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const fileAt = () => world.fileAt('m6/foo', 'feature', 'src/page.html');
    const { html } = await page(github, `${pullPath}?file=src/page.html`);
    assert.ok(html.includes('\n&#60;h1&#62;two&#60;/h1&#62;\n</textarea>'));
    const from = /name="from" value="([0-9a-f]{40})"/.exec(html)?.[1] ?? '';
    const edit = { act: 'commit', path: 'src/page.html', from, content: '<h1>three</h1>\r\n', message: '' };
    assert.equal(
      (await send(github, `${pullPath}?file=src/page.html`, edit)).location,
      `${pullPath}?file=src/page.html`,
    );
    assert.equal(fileAt(), '<h1>three</h1>\n');
    assert.equal(world.state.commits.get(world.pullRequest('m6/foo', 241).headSha)?.message, 'Update src/page.html');
    const stale = await send(github, pullPath, { ...edit, content: 'over it' });
    assert.equal(stale.status, 409);
    assert.match(stale.html, /is not what it was when you opened it/);
    assert.equal(fileAt(), '<h1>three</h1>\n');
    const made = await send(github, `${pullPath}?file=`, {
      act: 'commit',
      path: 'new/é file.txt',
      from: '',
      content: 'x',
      message: 'Hello',
    });
    assert.equal(made.location, `${pullPath}?file=new%2F%C3%A9%20file.txt#editor`);
    assert.ok((await page(github, `${pullPath}?file=new%2F%C3%A9%20file.txt`)).html.includes('value="new/é file.txt"'));
    assert.equal((await send(github, pullPath, { act: 'commit', path: '../x', from: '', content: 'x' })).status, 422);
    const now =
      /name="from" value="([0-9a-f]{40})"/.exec((await page(github, `${pullPath}?file=src/page.html`)).html)?.[1] ?? '';
    assert.equal(
      (await send(github, pullPath, { act: 'commit', delete: 'yes', path: 'src/page.html', from: now, content: '' }))
        .status,
      303,
    );
    assert.equal(fileAt(), undefined);
  });

  test('keeps a file’s own line endings', async () => {
    const { github } = await withPullRequest();
    github.world.commit('m6/foo', 'feature', { 'dos.txt': 'a\r\nb\r\n' });
    const from =
      /name="from" value="([0-9a-f]{40})"/.exec((await page(github, `${pullPath}?file=dos.txt`)).html)?.[1] ?? '';
    await send(github, pullPath, { act: 'commit', path: 'dos.txt', from, content: 'a\r\nc\r\n' });
    assert.equal(github.world.fileAt('m6/foo', 'feature', 'dos.txt'), 'a\r\nc\r\n');
  });

  test('is sent again only when something happened', async () => {
    const { github } = await withPullRequest();
    const first = await page(github, pullPath);
    const etag = first.headers.get('etag') ?? '';
    assert.equal((await page(github, pullPath, { 'if-none-match': etag })).status, 304);
    assert.equal((await page(github, pullPath, { 'if-none-match': etag, cookie: 'login=bob' })).status, 200);
    github.world.comment('m6/foo', 241, 'x');
    assert.equal((await page(github, pullPath, { 'if-none-match': etag })).status, 200);
  });
});
