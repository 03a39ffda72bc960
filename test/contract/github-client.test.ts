import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Log } from '../../app/core/ports.ts';
import { isTooLarge } from '../../app/io/github/capped-fetch.ts';
import { openGitHub } from '../../app/io/github/client.ts';
import { openGitHubWriter } from '../../app/io/github/write.ts';
import { count, handClock, json, privateKey, silent, text, withServer, type Script } from './github-scripted.ts';
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

describe('an answer', () => {
  const mostAnswerBytes = 10_000;
  const large = JSON.stringify({ id: 5, node_id: 'IC_5', body: 'x'.repeat(50_000) });
  const type = { 'content-type': 'application/json' };
  const toComment =
    (answer: (response: Parameters<Script>[1]) => unknown): Script =>
    ({ path }, response) =>
      /issues/.test(path) ? answer(response) : undefined;
  const commenting = (script: Script, check: (error: unknown) => void) =>
    withServer(
      script,
      async ({ clients }) => {
        const on = { owner: 'm6', name: 'foo', installation: nextKey().installation, number: 1 };
        const error: unknown = await openGitHubWriter(clients)
          .createComment(on, 'a')
          .catch((thrown: unknown) => thrown);
        check(error);
      },
      { mostAnswerBytes },
    );
  const tooLarge: Readonly<Record<string, Script>> = {
    'that says how large it is': toComment((response) =>
      text(response, 201, large, { ...type, 'content-length': String(large.length) }),
    ),
    'that is packed (B23)': toComment((response) => {
      response.writeHead(201, { ...type, 'content-encoding': 'gzip' });
      response.end(gzipSync(large));
      return true;
    }),
    'that never ends': toComment((response) => {
      response.writeHead(201, type);
      const more = (): void => {
        if (!response.destroyed) response.write('x'.repeat(1_000), () => setImmediate(more));
      };
      more();
      return true;
    }),
    'that is a refusal': toComment((response) => text(response, 500, large, type)),
  };
  for (const [name, script] of Object.entries(tooLarge)) {
    test(`${name} and is too large: thrown as soon as that is known`, () =>
      commenting(script, (error) => {
        assert.ok(isTooLarge(error), String(error));
        assert.match(String(error), /GitHub's answer has more than 10000 bytes/);
      }));
  }

  test('within the limit is taken, packed or not, and one without a body', async () => {
    const small = JSON.stringify({ id: 5, node_id: 'IC_5', body: 'x'.repeat(9_000) });
    for (const answer of [
      toComment((response) => text(response, 201, small, type)),
      toComment((response) => {
        response.writeHead(201, { ...type, 'content-encoding': 'gzip' });
        response.end(gzipSync(small));
        return true;
      }),
    ]) {
      await commenting(answer, (made) => {
        assert.equal((made as { id: number }).id, 5);
      });
    }
    await withServer(
      toComment((response) => text(response, 204, '')),
      async ({ clients }) => {
        const on = { owner: 'm6', name: 'foo', installation: nextKey().installation, number: 1 };
        assert.match((await openGitHubWriter(clients).deleteComment(on, 5)).at, /Z$/);
      },
    );
  });
});
