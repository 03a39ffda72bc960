import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxGitHub } from '../../sandbox/github/server.ts';
import { receiver, withPullRequest } from './github-started.ts';

const path = '/m6/foo/pull/241';

async function page(
  github: SandboxGitHub,
  at: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; html: string; headers: Headers }> {
  const answer = await fetch(github.url + at, { headers, redirect: 'manual' });
  return { status: answer.status, html: await answer.text(), headers: answer.headers };
}

/** Sends a form as a browser without scripts does. */
async function send(
  github: SandboxGitHub,
  at: string,
  fields: Record<string, string>,
  cookie = 'login=bob',
): Promise<{ status: number; location: string | null; html: string }> {
  const answer = await fetch(github.url + at, {
    method: 'POST',
    body: new URLSearchParams(fields),
    redirect: 'manual',
    headers: { cookie },
  });
  return { status: answer.status, location: answer.headers.get('location'), html: await answer.text() };
}

const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>'`;

/** The page holds the text only in escaped form. */
function assertEscaped(html: string): void {
  assert.ok(!html.includes('<script>alert'), 'a script got through');
  assert.ok(!html.includes('<img src=x'), 'an element got through');
  assert.ok(html.includes('&#60;script&#62;alert(1)'), 'the text is shown');
}

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
    const { html, status } = await page(github, path);
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
    assert.ok(!(await page(github, path)).html.includes('View deployment'));
  });

  test('offers labels that are not on, also those the repository lacks', async () => {
    const { github } = await withPullRequest({ suggestedLabels: ['cd/preview', 'cd/preview/fr'] });
    const before = (await page(github, path)).html;
    for (const name of ['cd/preview', 'cd/preview/fr', 'bug'])
      assert.ok(before.includes(`aria-label="Add ${name}"`), name);
    assert.deepEqual(await send(github, path, { act: 'label', name: 'cd/preview' }), {
      status: 303,
      location: path,
      html: '',
    });
    const after = (await page(github, path)).html;
    assert.ok(!after.includes('aria-label="Add cd/preview"') && after.includes('aria-label="Remove cd/preview"'));
    assert.equal(github.world.pullRequest('m6/foo', 241).timeline.at(-1)?.by.login, 'bob');
    assert.equal((await send(github, path, { act: 'unlabel', name: 'cd/preview' })).status, 303);
    assert.equal(github.world.pullRequest('m6/foo', 241).labels.length, 0);
  });

  test('has every button a person needs, and refuses in words', async () => {
    const { github } = await withPullRequest();
    const pull = github.world.pullRequest('m6/foo', 241);
    const act = async (name: string, fields: Record<string, string> = {}) =>
      (await send(github, path, { act: name, ...fields })).status;
    assert.equal(await act('draft'), 303);
    assert.ok((await page(github, path)).html.includes('Ready for review'));
    const refused = await send(github, path, { act: 'merge' });
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
    assert.equal((await page(github, path)).status, 200);
  });

  test('takes comments, changes and deletes them', async () => {
    const { github } = await withPullRequest();
    const pull = github.world.pullRequest('m6/foo', 241);
    assert.equal((await send(github, path, { act: 'comment', body: 'one\r\ntwo' })).status, 303);
    const [comment] = pull.comments;
    assert.deepEqual([comment?.body, comment?.author.login], ['one\ntwo', 'bob']);
    assert.equal(
      (await send(github, path, { act: 'edit-comment', comment: String(comment?.id), body: 'three' })).status,
      303,
    );
    assert.equal(pull.comments[0]?.body, 'three');
    assert.equal((await send(github, path, { act: 'delete-comment', comment: String(comment?.id) })).status, 303);
    assert.equal(pull.comments.length, 0);
    assert.equal((await send(github, path, { act: 'comment', body: ' ' })).status, 422);
    assert.equal((await send(github, path, { act: 'delete-comment', comment: '1' })).status, 404);
  });

  test('edits a file and commits it to the branch, unless it has changed meanwhile', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const fileAt = () => world.fileAt('m6/foo', 'feature', 'src/page.html');
    const { html } = await page(github, `${path}?file=src/page.html`);
    assert.ok(html.includes('\n&#60;h1&#62;two&#60;/h1&#62;\n</textarea>'));
    const from = /name="from" value="([0-9a-f]{40})"/.exec(html)?.[1] ?? '';
    const edit = { act: 'commit', path: 'src/page.html', from, content: '<h1>three</h1>\r\n', message: '' };
    assert.equal((await send(github, `${path}?file=src/page.html`, edit)).location, `${path}?file=src/page.html`);
    assert.equal(fileAt(), '<h1>three</h1>\n');
    assert.equal(world.state.commits.get(world.pullRequest('m6/foo', 241).headSha)?.message, 'Update src/page.html');
    const stale = await send(github, path, { ...edit, content: 'over it' });
    assert.equal(stale.status, 409);
    assert.match(stale.html, /is not what it was when you opened it/);
    assert.equal(fileAt(), '<h1>three</h1>\n');
    const made = await send(github, `${path}?file=`, {
      act: 'commit',
      path: 'new/é file.txt',
      from: '',
      content: 'x',
      message: 'Hello',
    });
    assert.equal(made.location, `${path}?file=new%2F%C3%A9%20file.txt#editor`);
    assert.ok((await page(github, `${path}?file=new%2F%C3%A9%20file.txt`)).html.includes('value="new/é file.txt"'));
    assert.equal((await send(github, path, { act: 'commit', path: '../x', from: '', content: 'x' })).status, 422);
    const now =
      /name="from" value="([0-9a-f]{40})"/.exec((await page(github, `${path}?file=src/page.html`)).html)?.[1] ?? '';
    assert.equal(
      (await send(github, path, { act: 'commit', delete: 'yes', path: 'src/page.html', from: now, content: '' }))
        .status,
      303,
    );
    assert.equal(fileAt(), undefined);
  });

  test('keeps a file’s own line endings', async () => {
    const { github } = await withPullRequest();
    github.world.commit('m6/foo', 'feature', { 'dos.txt': 'a\r\nb\r\n' });
    const from =
      /name="from" value="([0-9a-f]{40})"/.exec((await page(github, `${path}?file=dos.txt`)).html)?.[1] ?? '';
    await send(github, path, { act: 'commit', path: 'dos.txt', from, content: 'a\r\nc\r\n' });
    assert.equal(github.world.fileAt('m6/foo', 'feature', 'dos.txt'), 'a\r\nc\r\n');
  });

  test('is sent again only when something happened', async () => {
    const { github } = await withPullRequest();
    const first = await page(github, path);
    const etag = first.headers.get('etag') ?? '';
    assert.equal((await page(github, path, { 'if-none-match': etag })).status, 304);
    assert.equal((await page(github, path, { 'if-none-match': etag, cookie: 'login=bob' })).status, 200);
    github.world.comment('m6/foo', 241, 'x');
    assert.equal((await page(github, path, { 'if-none-match': etag })).status, 200);
  });
});

describe('no page', () => {
  test('lets a text from outside become an element', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const file = `src/${hostile.replaceAll('/', '')}.html`;
    world.commit('m6/foo', 'feature', { [file]: hostile, 'index.html': hostile }, hostile, 'ada');
    world.editPullRequest('m6/foo', 241, { title: hostile, body: hostile });
    world.addLabel('m6/foo', 241, hostile.slice(0, 50));
    world.createLabel('m6/foo', { name: 'x', description: hostile });
    world.comment('m6/foo', 241, hostile);
    const headSha = world.pullRequest('m6/foo', 241).headSha;
    const run = world.createCheckRun('m6/foo', {
      name: hostile,
      headSha,
      conclusion: 'failure',
      output: { title: hostile, summary: hostile, text: hostile },
    });
    const deployment = world.createDeployment('m6/foo', {
      ref: headSha,
      environment: hostile,
      autoMerge: false,
      requiredContexts: [],
    });
    assert.ok('id' in deployment);
    world.createDeploymentStatus(deployment, { state: 'failure', description: hostile });
    for (const at of [
      path,
      `${path}?file=${encodeURIComponent(file)}`,
      `${path}/files`,
      '/',
      '/m6/foo',
      '/m6/foo/pulls',
      '/m6/foo/labels',
      '/m6/foo/deployments',
      `/m6/foo/commit/${headSha}`,
      `/m6/foo/runs/${run.id}`,
      '/m6/foo/blob/feature/index.html',
      '/m6/foo/tree/feature/src',
    ]) {
      const { status, html, headers } = await page(github, at);
      assert.equal(status, 200, at);
      if (at.includes('tree')) assert.ok(!html.includes('<img src=x'), at);
      else assertEscaped(html);
      const policy = headers.get('content-security-policy') ?? '';
      assert.ok(
        policy.includes("default-src 'none'") &&
          policy.includes("script-src 'self'") &&
          !policy.includes("script-src 'self' 'unsafe"),
        at,
      );
    }
    const raw = await page(github, '/m6/foo/raw/feature/index.html');
    assert.deepEqual(
      [raw.html, raw.headers.get('content-type'), raw.headers.get('x-content-type-options')],
      [hostile, 'text/plain; charset=utf-8', 'nosniff'],
    );
    assertEscaped(
      (await send(github, path, { act: 'unlabel', name: 'x' }, 'login=bob')).html + (await page(github, path)).html,
    );
  });

  test('takes a cookie, a query or a form at its word', async () => {
    const { github } = await withPullRequest();
    assert.ok(
      (await page(github, '/', { cookie: `login=${encodeURIComponent('"><b>')}` })).html.includes('value="octocat"'),
    );
    assert.equal(
      (await page(github, `${path}?file=${encodeURIComponent(hostile)}`)).html.includes('<img src=x'),
      false,
    );
    const signed = await fetch(`${github.url}/session`, {
      method: 'POST',
      body: new URLSearchParams({ login: 'ada', to: '//evil.test' }),
      redirect: 'manual',
    });
    assert.deepEqual([signed.status, signed.headers.get('location')], [303, '/']);
    assert.match(signed.headers.get('set-cookie') ?? '', /^login=ada; Path=\/; SameSite=Lax; HttpOnly$/);
    assert.equal((await send(github, '/session', { login: 'a b' })).status, 422);
  });
});

describe('the other pages', () => {
  test('are all there, and what is not says so', async () => {
    const { github } = await withPullRequest();
    github.world.commit('m6/foo', 'feature/with/slashes', { 'deep/er/file.txt': 'content' });
    const shown: [at: string, text: string][] = [
      ['/', 'm6/foo'],
      ['/m6', 'An organization'],
      ['/ada', 'A person'],
      ['/apps/avant', 'installation '],
      ['/m6/foo', 'src/'],
      ['/m6/foo/pulls?state=closed', 'None.'],
      ['/m6/foo/tree/feature/with/slashes', 'deep/'],
      ['/m6/foo/tree/feature/with/slashes/deep/er', 'file.txt'],
      ['/m6/foo/blob/feature/with/slashes/deep/er/file.txt', 'content'],
      [`${path}/files`, '-&#60;h1&#62;one&#60;/h1&#62;'],
      ['/M6/FOO/pull/241', '#241'],
    ];
    for (const [at, text] of shown) {
      const { status, html } = await page(github, at);
      assert.deepEqual([status, html.includes(text)], [200, true], at);
    }
    for (const at of [
      '/nobody',
      '/m6/nope',
      '/m6/foo/pull/9',
      '/m6/foo/tree/nope',
      '/m6/foo/blob/main/nope',
      '/m6/foo/commit/nope',
      '/m6/foo/runs/1',
      '/apps/other',
      '/m6/foo/nope',
      '/%ff',
    ]) {
      const { status, html } = await page(github, at);
      assert.deepEqual([status, html.includes('There is nothing at this address.')], [404, true], at);
    }
    assert.equal((await page(github, '/assets/page.js')).headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.equal((await page(github, '/assets/style.css')).status, 200);
    assert.match((await page(github, '/avatars/avant%5Bbot%5D.svg')).html, /^<svg/);
    assert.equal((await send(github, '/m6', {})).status, 405);
  });

  test('old names lead to new ones', async () => {
    const { github } = await withPullRequest();
    github.world.renameRepository('m6/foo', 'bar');
    const { status, headers } = await page(github, `${path}?file=README.md`);
    assert.deepEqual([status, headers.get('location')], [301, '/m6/bar/pull/241?file=README.md']);
  });

  test('a branch with a file and a pull request of it are made by hand', async () => {
    const { github } = await withPullRequest();
    const made = await send(github, '/m6/foo', {
      act: 'new-branch',
      branch: 'by-hand',
      from: 'main',
      path: 'a.txt',
      content: 'a\r\n',
    });
    assert.deepEqual([made.status, github.world.fileAt('m6/foo', 'by-hand', 'a.txt')], [303, 'a\n']);
    const opened = await send(github, '/m6/foo', {
      act: 'open-pull',
      title: 'By hand',
      head: 'by-hand',
      base: 'main',
      body: '',
      draft: 'yes',
    });
    assert.equal(opened.location, '/m6/foo/pull/242');
    assert.deepEqual(
      [github.world.pullRequest('m6/foo', 242).draft, github.world.pullRequest('m6/foo', 242).author.login],
      [true, 'bob'],
    );
    const again = await send(github, '/m6/foo', { act: 'open-pull', title: 'By hand', head: 'by-hand', base: 'main' });
    assert.deepEqual([again.status, again.html.includes('A pull request already exists for m6:by-hand.')], [422, true]);
  });

  test('labels are made and deleted', async () => {
    const { github } = await withPullRequest();
    assert.equal(
      (
        await send(github, '/m6/foo/labels', {
          act: 'create-label',
          name: 'cd/preview',
          color: '5319e7',
          description: '',
        })
      ).status,
      303,
    );
    assert.equal(github.world.repository('m6/foo').labels.get('cd/preview')?.color, '5319e7');
    assert.equal((await send(github, '/m6/foo/labels', { act: 'create-label', name: 'y', color: 'red' })).status, 422);
    assert.equal((await send(github, '/m6/foo/labels', { act: 'delete-label', name: 'CD/preview' })).status, 303);
    assert.equal(github.world.repository('m6/foo').labels.has('cd/preview'), false);
  });

  test('deliveries are listed, looked into and sent again', async () => {
    const { url, got } = await receiver((response) => {
      response.end('noted <b>');
    });
    const { github } = await withPullRequest();
    github.setWebhook(url);
    github.world.addLabel('m6/foo', 241, 'x');
    await github.deliveries.settled();
    const [delivery] = github.deliveries.all();
    const list = '/settings/apps/avant/deliveries';
    assert.ok((await page(github, list)).html.includes('pull_request.labeled'));
    const one = (await page(github, `${list}/${delivery!.id}`)).html;
    assert.ok(
      one.includes('noted &#60;b&#62;') &&
        one.includes('&#34;action&#34;: &#34;labeled&#34;') &&
        one.includes(delivery!.guid),
    );
    assert.equal((await send(github, list, { act: 'redeliver', id: String(delivery!.id) })).status, 303);
    await github.deliveries.settled();
    assert.deepEqual(
      got.map(({ headers }) => headers['x-github-delivery']),
      [delivery!.guid, delivery!.guid],
    );
    assert.ok((await page(github, list)).html.includes('redelivery'));
    assert.equal((await page(github, `${list}/1`)).status, 404);
  });
});
