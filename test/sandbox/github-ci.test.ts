import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withPullRequest } from './github-started.ts';
import { page, pullPath, send } from './github-asking.ts';

const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>'`;

describe('the CI box', () => {
  const text = (html: string): string => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');

  test('reports a status by name, and the same again from its row', async () => {
    const { github } = await withPullRequest();
    const sha = github.world.pullRequest('m6/foo', 241).headSha;
    assert.ok((await page(github, pullPath)).html.includes('Nothing was reported for this commit.'));
    const report = { act: 'ci', kind: 'status', context: 'continuous-integration/jenkins/pr-head' };
    assert.equal((await send(github, pullPath, { ...report, state: 'pending', url: 'http://ci.test/1' })).status, 303);
    const pending = (await page(github, pullPath)).html;
    assert.ok(text(pending).includes('continuous-integration/jenkins/pr-head pending The build is under way'));
    assert.match(pending, /href="http:\/\/ci\.test\/1"[^>]*>Details</);
    assert.match(pending, /aria-label="Report success for continuous-integration\/jenkins\/pr-head"/);
    assert.equal((await send(github, pullPath, { ...report, app: '', state: 'success' })).status, 303);
    const statuses = github.world.repository('m6/foo').statuses.get(sha) ?? [];
    assert.deepEqual(
      statuses.map(({ state, creator }) => [state, creator.login]),
      [
        ['pending', 'jenkins[bot]'],
        ['success', 'jenkins[bot]'],
      ],
    );
  });

  test('reports a check run that goes on, and leaves ours alone', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const headSha = world.pullRequest('m6/foo', 241).headSha;
    world.createCheckRun('m6/foo', { name: 'build', headSha });
    const report = { act: 'ci', kind: 'check', context: 'build' };
    assert.equal((await send(github, pullPath, { ...report, state: 'pending' })).status, 303);
    assert.equal((await send(github, pullPath, { ...report, app: 'jenkins', state: 'failure' })).status, 303);
    const suites = world.repository('m6/foo').checkSuites.get(headSha) ?? [];
    assert.deepEqual(
      suites.map(({ app, runs }) => [app.slug, runs.map(({ name, conclusion }) => [name, conclusion])]),
      [
        ['avant', [['build', null]]],
        ['jenkins', [['build', 'failure']]],
      ],
    );
  });

  test('refuses in words, and lets no text become an element', async () => {
    const { github } = await withPullRequest();
    const report = { act: 'ci', kind: 'status', context: 'ci', state: 'success' };
    assert.equal((await send(github, pullPath, { ...report, state: 'great' })).status, 422);
    assert.equal((await send(github, pullPath, { ...report, context: ' ' })).status, 422);
    assert.equal((await send(github, pullPath, { ...report, url: 'javascript:alert(1)' })).status, 422);
    await send(github, pullPath, { ...report, context: hostile });
    await send(github, pullPath, { ...report, kind: 'check', context: hostile });
    const { html } = await page(github, pullPath);
    assert.ok(!html.includes('<script>alert') && !html.includes('<img src=x'));
    assert.ok(html.includes('&#60;script&#62;alert(1)'));
  });
});

describe('people', () => {
  test('are offered to act as, each with their role', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.setRole('m6/foo', 'tess', 'triage');
    world.comment('m6/foo', 241, 'hello', 'stranger');
    world.comment('m6/foo', 241, 'hello', 'helper[bot]');
    const { html } = await page(github, pullPath, { cookie: 'login=tess' });
    assert.deepEqual(
      [...html.matchAll(/<option value="[\w-]+" (selected)?>([\w-]+ \(\w+\))/g)].map((found) => [
        found[2],
        found[1] !== undefined,
      ]),
      [
        ['octocat (admin)', false],
        ['ada (write)', false],
        ['bob (write)', false],
        ['tess (triage)', true],
        ['stranger (outsider)', false],
      ],
    );
    const acting = await send(github, '/session', { login: 'stranger', to: pullPath }, 'login=tess');
    assert.deepEqual([acting.status, acting.location], [303, pullPath]);
  });

  test('may do what their role allows, and to what is their own', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.setRole('m6/foo', 'tess', 'triage');
    const act = async (login: string, name: string, fields: Record<string, string> = {}) =>
      (await send(github, pullPath, { act: name, ...fields }, `login=${login}`)).status;
    assert.deepEqual(
      [await act('stranger', 'label', { name: 'x' }), await act('tess', 'label', { name: 'x' })],
      [403, 303],
    );
    assert.deepEqual([await act('stranger', 'unlabel', { name: 'x' }), await act('stranger', 'close')], [403, 403]);
    assert.deepEqual(
      [await act('tess', 'merge'), await act('tess', 'title', { title: 'New' }), await act('tess', 'draft')],
      [403, 403, 403],
    );
    assert.deepEqual(
      [await act('tess', 'commit', { path: 'x', from: '', content: 'x' }), await act('tess', 'delete-branch')],
      [403, 403],
    );
    assert.equal(await act('stranger', 'comment', { body: '/preview' }), 303);
    const [comment] = world.pullRequest('m6/foo', 241).comments;
    const edit = { comment: String(comment?.id), body: '/preview stop' };
    assert.deepEqual(
      [await act('tess', 'edit-comment', edit), await act('stranger', 'edit-comment', edit)],
      [403, 303],
    );
    const refused = await send(github, pullPath, { act: 'delete-comment', comment: String(comment?.id) }, 'login=tess');
    assert.match(
      refused.html,
      /tess has the role triage in m6\/foo\. To change what others wrote one needs the role write/,
    );
    assert.deepEqual(
      [await act('bob', 'delete-comment', edit), await act('ada', 'title', { title: 'New' })],
      [303, 303],
    );
    world.setRole('m6/foo', 'ada', null);
    assert.deepEqual(
      [await act('ada', 'close'), await act('ada', 'reopen'), await act('ada', 'merge')],
      [303, 303, 403],
    );
  });

  test('see no forms that are not theirs to use', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.addLabel('m6/foo', 241, 'x');
    world.comment('m6/foo', 241, 'hello', 'ada');
    const seen = async (login: string) => {
      const { html } = await page(github, pullPath, { cookie: `login=${login}` });
      return [html.includes('aria-label="Remove x"'), html.includes('Add a label'), html.includes('Edit or delete')];
    };
    assert.deepEqual(await seen('stranger'), [false, false, false]);
    assert.deepEqual(await seen('bob'), [true, true, true]);
    world.setRole('m6/foo', 'ada', 'triage');
    assert.deepEqual(await seen('ada'), [true, true, true], 'her own comment');
  });
});

describe('a comment', () => {
  test('shows its reactions, and by whom', async () => {
    const { github } = await withPullRequest();
    const comment = github.world.comment('m6/foo', 241, '/preview', 'ada');
    assert.ok(!(await page(github, pullPath)).html.includes('class="labels reactions"'));
    github.world.react(comment, 'eyes', 'avant[bot]');
    github.world.react(comment, 'eyes', 'ada');
    assert.match((await page(github, pullPath)).html, /aria-label="eyes: avant\[bot\], ada"[^>]*>👀 2</);
  });
});

describe('the App’s page', () => {
  test('says what an account has not granted, and grants it', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const at = '/apps/avant';
    assert.ok(!(await page(github, at)).html.includes('Accept new permissions'));
    world.deleteInstallation(world.installation('m6'));
    const installation = world.createInstallation('m6', {
      permissions: { ...world.state.app.permissions, pull_requests: 'read' },
    });
    delete installation.permissions['statuses'];
    const { html } = await page(github, at);
    assert.match(html, /asks for pull_requests: write, statuses: read/);
    assert.equal((await send(github, at, { act: 'accept', installation: '1' })).status, 404);
    const sent = await send(github, at, { act: 'accept', installation: String(installation.id) });
    assert.deepEqual([sent.status, sent.location], [303, at]);
    assert.ok(!(await page(github, at)).html.includes('Accept new permissions'));
    assert.deepEqual(installation.permissions, world.state.app.permissions);
  });
});

describe('the editor', () => {
  test('reaches every file of a chart, and says what is no file', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const chart = '.cloud/charts/web/templates/app.yaml';
    world.commit('m6/foo', 'feature', {
      [chart]: 'kind: Deployment\n',
      'run.sh': { executable: 'x\n' },
      link: { symlink: 'run.sh' },
    });
    const opened = (await page(github, `${pullPath}?file=${chart}`)).html;
    const from = /name="from" value="([0-9a-f]{40})"/.exec(opened)?.[1] ?? '';
    assert.equal(
      (await send(github, pullPath, { act: 'commit', path: chart, from, content: 'kind: StatefulSet\n' })).status,
      303,
    );
    assert.equal(world.fileAt('m6/foo', 'feature', chart), 'kind: StatefulSet\n');
    assert.ok(
      (await page(github, `${pullPath}?file=link`)).html.includes('link is a symbolic link to <code>run.sh</code>'),
    );
    const link = world.state.commits.get(world.pullRequest('m6/foo', 241).headSha)?.files.get('link')?.sha ?? '';
    assert.equal((await send(github, pullPath, { act: 'commit', path: 'link', from: link, content: 'x' })).status, 422);
    for (const [at, text] of [
      ['/m6/foo/tree/feature', 'symbolic link'],
      ['/m6/foo/blob/feature/link', 'run.sh'],
      [`${pullPath}/files`, 'StatefulSet'],
    ] as const) {
      assert.ok((await page(github, at)).html.includes(text), at);
    }
  });
});
