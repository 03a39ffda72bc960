import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { receiver, withPullRequest } from './github-started.ts';
import { pullPath, page, send } from './github-asking.ts';

const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>'`;

/** The page holds the text only in escaped form. */
function assertEscaped(html: string): void {
  assert.ok(!html.includes('<script>alert'), 'a script got through');
  assert.ok(!html.includes('<img src=x'), 'an element got through');
  assert.ok(html.includes('&#60;script&#62;alert(1)'), 'the text is shown');
}

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
      pullPath,
      `${pullPath}?file=${encodeURIComponent(file)}`,
      `${pullPath}/files`,
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
      (await send(github, pullPath, { act: 'unlabel', name: 'x' }, 'login=bob')).html +
        (await page(github, pullPath)).html,
    );
  });

  test('takes a cookie, a query or a form at its word', async () => {
    const { github } = await withPullRequest();
    assert.ok(
      (await page(github, '/', { cookie: `login=${encodeURIComponent('"><b>')}` })).html.includes('value="octocat"'),
    );
    assert.equal(
      (await page(github, `${pullPath}?file=${encodeURIComponent(hostile)}`)).html.includes('<img src=x'),
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
      [`${pullPath}/files`, '-&#60;h1&#62;one&#60;/h1&#62;'],
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
    const { status, headers } = await page(github, `${pullPath}?file=README.md`);
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
