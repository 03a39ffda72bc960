import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Log } from '../../app/core/ports.ts';
import { openGitHub } from '../../app/io/github/client.ts';
import { openGitHubWriter } from '../../app/io/github/write.ts';
import { count, handClock, json, privateKey, silent, withServer } from './github-scripted.ts';
import { nextKey } from './github-whole.ts';

describe('a token that was revoked', () => {
  test('is minted again once, and the write is made', () =>
    withServer(
      ({ path, authorization }, response) => {
        if (!/issues/.test(path)) return undefined;
        revoked ??= authorization;
        return authorization === revoked
          ? json(response, 401, { message: 'Bad credentials' })
          : json(response, 201, { id: 5, node_id: 'IC_5' });
      },
      async ({ clients, asked }) => {
        const on = { owner: 'm6', name: 'foo', installation: nextKey().installation, number: 1 };
        const made = await Promise.all(
          ['a', 'b', 'c'].map((body) => openGitHubWriter(clients).createComment(on, body)),
        );
        assert.deepEqual(
          made.map(({ id }) => id),
          [5, 5, 5],
        );
        assert.equal(count(asked, /access_tokens/), 2);
        assert.equal(count(asked, /issues/), 6);
      },
    ));
  let revoked: string | undefined;

  test('refused again: thrown, and no third time', () =>
    withServer(
      ({ path }, response) => (/issues/.test(path) ? json(response, 401, { message: 'Bad credentials' }) : undefined),
      async ({ clients, asked }) => {
        const on = { owner: 'm6', name: 'foo', installation: nextKey().installation, number: 1 };
        await assert.rejects(openGitHubWriter(clients).createComment(on, 'a'), /Bad credentials/);
        assert.equal(count(asked, /issues/), 2);
      },
    ));
});

describe('the App', () => {
  test('its slug is asked for once; a failure is not kept', () => {
    let down = true;
    return withServer(
      ({ path }, response) => (path === '/app' && down ? json(response, 503, { message: 'later' }) : undefined),
      async ({ clients, asked }) => {
        await assert.rejects(clients.appSlug());
        down = false;
        assert.deepEqual([await clients.appSlug(), await clients.appSlug()], ['avant', 'avant']);
        assert.equal(asked.length, 2);
      },
    );
  });

  test('it names itself, and an installation is one client', () =>
    withServer(
      () => undefined,
      async ({ clients }) => {
        assert.equal(clients.installation(1), clients.installation(1));
        assert.notEqual(clients.installation(1), clients.installation(2));
        assert.equal(clients.graphqlUrl, clients.baseUrl.replace('/v3', '/graphql'));
        await clients.appSlug();
      },
    ));

  test('no token and no key is ever logged, whatever comes', () => {
    const lines: unknown[] = [];
    const keep = (fields: object, message: string) => lines.push([fields, message]);
    const log: Log = { debug: keep, info: keep, warn: keep, error: keep };
    return withServer(
      ({ path }, response) => (/issues/.test(path) ? json(response, 500, { message: 'oops' }) : undefined),
      async ({ clients }) => {
        const on = { owner: 'm6', name: 'foo', installation: nextKey().installation, number: 1 };
        const error: unknown = await openGitHubWriter(clients)
          .createComment(on, 'a')
          .catch((thrown: unknown) => thrown);
        const said = JSON.stringify([lines, error, String(error)]);
        assert.ok(lines.length > 0);
        assert.doesNotMatch(said, /ghs_|eyJ|PRIVATE KEY/);
      },
      { log },
    );
  });

  test('the addresses of github.com and of an Enterprise Server', async () => {
    const common = { appId: 7, privateKey, clock: handClock(), log: silent };
    const [dotCom, server] = [openGitHub(common), openGitHub({ ...common, host: 'ghe.bar.com' })];
    assert.deepEqual([dotCom.baseUrl, dotCom.graphqlUrl], ['https://api.github.com', 'https://api.github.com/graphql']);
    assert.deepEqual(
      [server.baseUrl, server.graphqlUrl],
      ['https://ghe.bar.com/api/v3', 'https://ghe.bar.com/api/graphql'],
    );
    await Promise.all([dotCom.close(), server.close()]);
  });
});
