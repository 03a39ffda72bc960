import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SandboxGitHub } from '../../sandbox/github/server.ts';
import { graphql, installationToken, withPullRequest } from './github-started.ts';

const comments = '/api/v3/repos/m6/foo/issues/241/comments';

function write(github: SandboxGitHub, signal?: AbortSignal): Promise<Response> {
  return fetch(github.url + comments, {
    method: 'POST',
    headers: { authorization: 'Bearer ada' },
    body: '{"body":"x"}',
    ...(signal ? { signal } : {}),
  });
}

/** Resolves once so many requests have arrived. */
async function asked(github: SandboxGitHub, times: number): Promise<void> {
  for (const deadline = Date.now() + 10_000; github.requests.list().length < times;) {
    assert.ok(Date.now() < deadline, 'the request never arrived');
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const count = (github: SandboxGitHub): number => github.world.pullRequest('m6/foo', 241).comments.length;

describe('faults without effect', () => {
  test('404, 502, the maintenance page, an empty answer, the secondary limit', async () => {
    const { github } = await withPullRequest();
    const ask = async (respond: Parameters<SandboxGitHub['faults']['set']>[0]['respond']) => {
      github.faults.set({ respond, times: 1 });
      const answer = await write(github);
      return {
        status: answer.status,
        type: answer.headers.get('content-type'),
        headers: answer.headers,
        body: await answer.text(),
      };
    };
    const missing = await ask('not-found');
    assert.deepEqual([missing.status, (JSON.parse(missing.body) as { message: string }).message], [404, 'Not Found']);
    const gateway = await ask('bad-gateway');
    assert.deepEqual([gateway.status, gateway.type], [502, 'text/html; charset=utf-8']);
    const page = await ask('html');
    assert.deepEqual([page.status, page.type], [200, 'text/html; charset=utf-8']);
    assert.match(page.body, /<html>/);
    const empty = await ask('empty');
    assert.deepEqual([empty.status, empty.body], [200, '']);
    const limited = await ask('secondary-limit');
    assert.deepEqual([limited.status, limited.headers.get('retry-after')], [403, '60']);
    assert.match(limited.body, /You have exceeded a secondary rate limit/);
    const own = await ask({ status: 429, headers: { 'retry-after': '1' }, body: { message: 'slow down' } });
    assert.deepEqual([own.status, own.headers.get('retry-after'), own.body], [429, '1', '{"message":"slow down"}']);
    const text = await ask({ status: 503, body: '<html>busy' });
    assert.deepEqual([text.status, text.body, text.type], [503, '<html>busy', 'text/html; charset=utf-8']);
    assert.equal(count(github), 0);
    assert.equal((await write(github)).status, 201);
  });

  test('reset cuts the connection; hang never answers', async () => {
    const { github } = await withPullRequest();
    github.faults.set({ respond: 'reset', times: 1 });
    await assert.rejects(write(github), (error: { cause: { code: string } }) => error.cause.code === 'ECONNRESET');
    github.faults.set({ respond: 'hang', times: 1 });
    const stop = new AbortController();
    const hanging = write(github, stop.signal);
    await asked(github, 2);
    stop.abort();
    await assert.rejects(hanging, { name: 'AbortError' });
    assert.equal(count(github), 0);
    assert.equal((await write(github)).status, 201);
  });

  test('a hanging request does not keep the server from closing', async () => {
    const { github } = await withPullRequest();
    github.faults.set({ respond: 'hang' });
    const hanging = assert.rejects(write(github));
    await asked(github, 1);
    await github.close();
    await hanging;
  });
});

describe('faults with effect', () => {
  test('answer-lost: done, but the connection is cut', async () => {
    const { github } = await withPullRequest();
    github.faults.set({ respond: 'answer-lost', times: 1 });
    await assert.rejects(write(github), (error: { cause: { code: string } }) => error.cause.code === 'ECONNRESET');
    assert.equal(count(github), 1);
    assert.equal(github.requests.list().at(-1)?.status, 0);
  });

  test('truncated: done, but half of the JSON is missing', async () => {
    const { github } = await withPullRequest();
    github.faults.set({ respond: 'truncated', times: 1 });
    const answer = await write(github);
    assert.equal(answer.status, 201);
    await assert.rejects(answer.json(), SyntaxError);
    assert.equal(count(github), 1);
  });

  test('a field of a GraphQL answer fails: data with null at the path, and an error', async () => {
    const { github } = await withPullRequest();
    const query =
      '{ repository(owner: "m6", name: "foo") { id pullRequest(number: 241) { title labels(first: 1) { nodes { name } } mine: comments(first: 1) { totalCount } } } }';
    github.faults.set({ respond: { graphqlErrorAt: ['repository', 'pullRequest', 'labels'] }, times: 1 });
    const partial = await graphql(github, 'ada', query);
    assert.equal(partial.status, 200);
    const { repository } = partial.data as { repository: { id: string; pullRequest: { title: string; labels: null } } };
    assert.deepEqual([repository.pullRequest.title, repository.pullRequest.labels], ['Two', null]);
    assert.deepEqual(
      partial.errors?.map(({ type, path }) => [type, path?.join('.')]),
      [['INTERNAL', 'repository.pullRequest.labels']],
    );
    // A field that may not be null takes its parent with it, as in any GraphQL server; aliases are what a path names.
    github.faults.set({
      respond: { graphqlErrorAt: ['repository', '*', 'mine'], type: 'TIMEOUT', message: 'too slow' },
      times: 1,
    });
    const wider = await graphql(github, 'ada', query);
    assert.equal((wider.data?.['repository'] as { pullRequest: unknown }).pullRequest, null);
    assert.deepEqual(
      wider.errors?.map(({ type, message }) => [type, message]),
      [['TIMEOUT', 'too slow']],
    );
    assert.equal((await graphql(github, 'ada', query)).errors, undefined);
  });

  test('until: the request waits', async () => {
    const { github } = await withPullRequest();
    const gate = Promise.withResolvers<undefined>();
    github.faults.set({ respond: { until: gate.promise }, times: 1 });
    const waiting = write(github);
    await asked(github, 1);
    assert.equal((await write(github)).status, 201);
    assert.equal(count(github), 1);
    gate.resolve(undefined);
    assert.equal((await waiting).status, 201);
    assert.equal(count(github), 2);
  });
});

describe('which requests', () => {
  test('are hit is told by match and times; a fault can be taken away alone', async () => {
    const { github, installation } = await withPullRequest();
    const remove = github.faults.set({
      match: ({ method, as }) => method === 'POST' && as === 'person',
      respond: 'not-found',
    });
    github.faults.set({ match: ({ route }) => route.endsWith('/access_tokens'), respond: 'bad-gateway', times: 1 });
    assert.equal((await write(github)).status, 404);
    assert.equal((await fetch(github.url + comments, { headers: { authorization: 'Bearer ada' } })).status, 200);
    await assert.rejects(installationToken(github, installation), { status: 502 });
    assert.match(await installationToken(github, installation), /^ghs_/);
    remove();
    assert.equal((await write(github)).status, 201);
    github.faults.set({ respond: 'not-found' });
    github.faults.clear();
    assert.equal((await write(github)).status, 201);
  });

  test('pages are never hit', async () => {
    const { github } = await withPullRequest();
    github.faults.set({ respond: 'reset' });
    assert.equal((await fetch(`${github.url}/m6/foo/pull/241`)).status, 200);
  });
});

test('requests are logged with who, what and how it went, and counted by route', async () => {
  const { github, installation } = await withPullRequest();
  const token = await installationToken(github, installation);
  github.requests.clear();
  await graphql(github, token, 'query One { viewer { login } }');
  await write(github);
  await write(github);
  await fetch(`${github.url}/api/v3/nothing?x=1`);
  await fetch(github.url);
  assert.deepEqual(
    github.requests.list().map(({ method, path, as, status }) => `${as} ${method} ${path} ${status}`),
    [
      'installation POST /api/graphql 200',
      `person POST ${comments} 201`,
      `person POST ${comments} 201`,
      'anonymous GET /api/v3/nothing?x=1 404',
    ],
  );
  assert.deepEqual(github.requests.counts(), {
    'anonymous GET /nothing': 1,
    'installation POST /graphql query One': 1,
    'person POST /repos/{owner}/{repo}/issues/{number}/comments': 2,
  });
  assert.equal(github.requests.count({ as: 'person' }), 2);
  assert.equal(github.requests.count({ route: /graphql/ }), 1);
  assert.equal(github.requests.count({ method: 'GET', as: 'person' }), 0);
  assert.deepEqual(github.requests.list()[1]?.body, { body: 'x' });
});

test('both loopback addresses answer', async () => {
  const { github } = await withPullRequest();
  assert.equal((await fetch(`http://127.0.0.1:${github.port}/api/v3/zen`)).status, 200);
  assert.equal((await fetch(`http://localhost:${github.port}/api/v3/zen`)).status, 200);
});
