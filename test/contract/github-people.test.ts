import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NotYetError } from '../../app/core/errors.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { openGitHubWriter } from '../../app/io/github/write.ts';
import { count, json, text, withServer, type Script } from './github-scripted.ts';
import { nextKey } from './github-whole.ts';

const repository = { owner: 'm6', name: 'foo' };

describe('what a person may do', () => {
  const answering =
    (permission: unknown): Script =>
    ({ path }, response) =>
      path.endsWith('/permission')
        ? json(response, 200, { permission, role_name: 'maintain', user: { login: 'ann' } })
        : undefined;

  for (const permission of ['admin', 'write', 'read', 'none'] as const) {
    test(permission, () =>
      withServer(answering(permission), async ({ clients, asked }) => {
        assert.equal(
          await openGitHubReader(clients).permission(nextKey().installation, repository, 'ann-b_m6'),
          permission,
        );
        assert.equal(asked.at(-1)?.path, '/repos/m6/foo/collaborators/ann-b_m6/permission');
      }),
    );
  }

  test('an account that GitHub does not know: none', () =>
    withServer(
      () => undefined,
      async ({ clients }) => {
        assert.equal(await openGitHubReader(clients).permission(nextKey().installation, repository, 'gone'), 'none');
      },
    ));

  test('an App, and what is no login: none, and GitHub is not asked', () =>
    withServer(answering('admin'), async ({ clients, asked }) => {
      const reader = openGitHubReader(clients);
      for (const login of ['renovate[bot]', '..', '.', '', 'a/b', '../../x', 'a%2Fb', 'ann?x', 'ann ', 'änn']) {
        assert.equal(await reader.permission(nextKey().installation, repository, login), 'none', login);
      }
      assert.equal(asked.length, 0);
    }));

  test('is asked for once a minute, for each person and repository', () =>
    withServer(answering('write'), async ({ clients, asked, clock }) => {
      const [reader, { installation }] = [openGitHubReader(clients), nextKey()];
      const ask = (login: string, name = 'foo') => reader.permission(installation, { owner: 'm6', name }, login);
      await Promise.all([ask('ann'), ask('ann'), ask('Ann')]);
      assert.equal(count(asked, /permission$/), 1);
      await Promise.all([ask('bob'), ask('ann', 'bar')]);
      assert.equal(count(asked, /permission$/), 3);
      clock.pass(59_999);
      await ask('ann');
      assert.equal(count(asked, /permission$/), 3);
      clock.pass(1);
      await ask('ann');
      assert.equal(count(asked, /permission$/), 4);
    }));

  const bad: Readonly<Record<string, Script>> = {
    'a page for a 404': ({ path }, response) =>
      path.endsWith('/permission') ? text(response, 404, '<html>', { 'content-type': 'text/html' }) : undefined,
    'an unknown word': answering('owner'),
    nothing: answering(undefined),
    'a 403': ({ path }, response) =>
      path.endsWith('/permission') ? json(response, 403, { message: 'Forbidden' }) : undefined,
  };
  for (const [name, script] of Object.entries(bad)) {
    test(`${name}: thrown, and not kept`, () =>
      withServer(script, async ({ clients, asked }) => {
        const [reader, { installation }] = [openGitHubReader(clients), nextKey()];
        for (const times of [1, 2]) {
          await assert.rejects(
            reader.permission(installation, repository, 'ann'),
            (error) => !(error instanceof NotYetError),
          );
          assert.equal(count(asked, /permission$/), times);
        }
      }));
  }
});

describe('our reaction', () => {
  const on = () => ({ ...repository, installation: nextKey().installation, number: 1 });

  test('is made, and being there already is no error', async () => {
    for (const status of [201, 200]) {
      await withServer(
        ({ path }, response) =>
          path.endsWith('/reactions') ? json(response, status, { id: 1, content: '+1' }) : undefined,
        async ({ clients, asked }) => {
          assert.match((await openGitHubWriter(clients).react(on(), 5, '+1')).at, /^\d{4}-.*Z$/);
          const { method, path, body } = asked.at(-1)!;
          assert.deepEqual(
            [method, path, body],
            ['POST', '/repos/m6/foo/issues/comments/5/reactions', { content: '+1' }],
          );
        },
      );
    }
  });

  test('to a comment that is gone is no error', () =>
    withServer(
      () => undefined,
      async ({ clients }) => {
        assert.match((await openGitHubWriter(clients).react(on(), 5, 'confused')).at, /Z$/);
      },
    ));

  test('any other refusal: thrown', () =>
    withServer(
      ({ path }, response) => (path.endsWith('/reactions') ? json(response, 403, { message: 'Forbidden' }) : undefined),
      async ({ clients }) => {
        await assert.rejects(openGitHubWriter(clients).react(on(), 5, '-1'), /Forbidden/);
      },
    ));
});
