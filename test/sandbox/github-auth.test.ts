import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';
import {
  asApp,
  asInstallation,
  asPerson,
  graphql,
  installationToken,
  keys,
  started,
  withPullRequest,
} from './github-started.ts';
import { nowSeconds, ask } from './github-asking.ts';

function jwt(claims: object, key: string = keys.privateKey, alg = 'RS256'): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg, typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key, 'base64url')}`;
}
const claims = (changes: object = {}) => ({ iat: nowSeconds() - 60, exp: nowSeconds() + 540, iss: '7', ...changes });

const status = (expected: number, message?: RegExp) => (error: { status: number; message: string }) =>
  error.status === expected && (message?.test(error.message) ?? true);

describe('the App', () => {
  test('is known by its signature', async () => {
    const github = await started();
    const { data } = await asApp(github).rest.apps.getAuthenticated();
    assert.deepEqual([data?.id, data?.slug], [7, 'avant']);
  });

  test('is refused for a wrong key, algorithm, time or issuer', async () => {
    const github = await started();
    const other = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    const cases: [string, number, RegExp][] = [
      [jwt(claims(), other.privateKey), 401, /could not be decoded/],
      [jwt(claims(), keys.privateKey, 'none'), 401, /could not be decoded/],
      [`${jwt(claims()).slice(0, -8)}AAAAAAAA`, 401, /could not be decoded/],
      ['eyJub3Q.json.x', 401, /could not be decoded/],
      [jwt(claims({ exp: nowSeconds() - 10 })), 401, /exp/],
      [jwt(claims({ exp: nowSeconds() + 3600 })), 401, /too far in the future/],
      [jwt(claims({ iat: nowSeconds() + 120 })), 401, /iat/],
      [jwt(claims({ iss: '8' })), 404, /Integration not found/],
    ];
    for (const [token, expected, message] of cases) {
      const answer = await ask(`${github.url}/api/v3/app`, `Bearer ${token}`);
      assert.equal(answer.status, expected, token);
      assert.match(answer.message ?? '', message);
    }
    assert.equal((await ask(`${github.url}/api/v3/app`, `bearer ${jwt(claims())}`)).status, 200);
    assert.equal(
      (await ask(`${github.url}/api/v3/app`, 'Bearer ada')).message,
      'A JSON web token could not be decoded',
    );
  });

  test('cannot read repositories with its own token', async () => {
    const { github } = await withPullRequest();
    assert.equal((await ask(`${github.url}/api/v3/repos/m6/foo`, `Bearer ${jwt(claims())}`)).status, 403);
    assert.equal((await graphql(github, jwt(claims()), '{ viewer { login } }')).status, 401);
  });

  test('lists its installations and finds the one of a repository', async () => {
    const { github, installation } = await withPullRequest();
    github.world.createInstallation('ada', { kind: 'User' });
    const client = asApp(github);
    const all = await client.paginate(client.rest.apps.listInstallations, { per_page: 1 });
    assert.deepEqual(
      all.map((one) => [one.account && 'login' in one.account && one.account.login, one.target_type]),
      [
        ['m6', 'Organization'],
        ['ada', 'User'],
      ],
    );
    const { data } = await client.rest.apps.getRepoInstallation({ owner: 'm6', repo: 'foo' });
    assert.equal(data.id, installation);
    assert.equal((await client.rest.apps.getOrgInstallation({ org: 'm6' })).data.id, installation);
  });
});

describe('an installation', () => {
  test('sees its own repositories only, by REST and by GraphQL', async () => {
    const { github, installation } = await withPullRequest();
    github.world.createRepository({ owner: 'other', name: 'secret', files: { 'a.txt': 'a' } });
    const theirs = github.world.createInstallation('other').id;
    const client = asInstallation(github, installation);
    const visible = await client.paginate(client.rest.apps.listReposAccessibleToInstallation, { per_page: 1 });
    assert.deepEqual(
      visible.map((one) => one.full_name),
      ['m6/foo'],
    );
    await assert.rejects(client.rest.repos.get({ owner: 'other', repo: 'secret' }), status(404, /Not Found/));
    const query = 'query($id: ID!) { repository(owner: "other", name: "secret") { id } node(id: $id) { id } }';
    const { nodeId } = github.world.repository('other/secret');
    const answer = await graphql(github, await installationToken(github, installation), query, { id: nodeId });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.data, { repository: null, node: null });
    assert.deepEqual(
      answer.errors?.map(({ type, path }) => [type, path]),
      [
        ['NOT_FOUND', ['repository']],
        ['NOT_FOUND', ['node']],
      ],
    );
    assert.equal(answer.errors[0]?.message, "Could not resolve to a Repository with the name 'other/secret'.");
    assert.equal((await asInstallation(github, theirs).rest.repos.get({ owner: 'other', repo: 'secret' })).status, 200);
  });

  test('acts as the bot', async () => {
    const { github, installation } = await withPullRequest();
    const made = await asInstallation(github, installation).rest.issues.createComment({
      owner: 'm6',
      repo: 'foo',
      issue_number: 241,
      body: 'hello',
    });
    assert.deepEqual(
      [made.data.user?.login, made.data.user?.type, made.data.performed_via_github_app?.slug],
      ['avant[bot]', 'Bot', 'avant'],
    );
    const query =
      '{ viewer { login } repository(owner: "m6", name: "foo") { pullRequest(number: 241) { comments(last: 1) { nodes { viewerDidAuthor author { login __typename } } } } } }';
    const answer = await graphql(github, await installationToken(github, installation), query);
    assert.equal(
      JSON.stringify(answer.data),
      '{"viewer":{"login":"avant[bot]"},"repository":{"pullRequest":{"comments":{"nodes":[{"viewerDidAuthor":true,"author":{"login":"avant","__typename":"Bot"}}]}}}}',
    );
    await assert.rejects(asInstallation(github, installation).request('GET /user'), status(403));
  });

  test('has the permissions it was granted, and a token may have fewer', async () => {
    const { github, installation } = await withPullRequest({
      app: {
        id: 7,
        slug: 'avant',
        publicKey: keys.publicKey,
        permissions: { contents: 'read', issues: 'write', checks: 'write' },
      },
    });
    const client = asInstallation(github, installation);
    const put = client.request('PUT /repos/m6/foo/contents/x.txt', { message: 'x', content: 'eA==' });
    await assert.rejects(
      put,
      (error: { status: number; response: { headers: Record<string, string> } }) =>
        error.status === 403 && error.response.headers['x-accepted-github-permissions'] === 'contents=write',
    );
    await assert.rejects(
      client.rest.pulls.get({ owner: 'm6', repo: 'foo', pull_number: 241 }),
      status(403, /not accessible by integration/),
    );
    assert.equal(
      (await client.rest.issues.createComment({ owner: 'm6', repo: 'foo', issue_number: 241, body: 'x' })).status,
      201,
    );
    const answer = await graphql(
      github,
      await installationToken(github, installation),
      '{ repository(owner: "m6", name: "foo") { id pullRequest(number: 241) { id } } }',
    );
    assert.deepEqual(
      answer.errors?.map(({ type }) => type),
      ['FORBIDDEN'],
    );
    const narrow = await installationToken(github, installation, { permissions: { contents: 'read' } });
    const comment = await fetch(`${github.url}/api/v3/repos/m6/foo/issues/241/comments`, {
      method: 'POST',
      headers: { authorization: `token ${narrow}` },
      body: '{"body":"x"}',
    });
    assert.equal(comment.status, 403);
    await assert.rejects(
      installationToken(github, installation, { permissions: { contents: 'write' } }),
      status(422, /not granted/),
    );
  });

  test('may have a token for some repositories', async () => {
    const { github, installation } = await withPullRequest();
    github.world.createRepository({ owner: 'm6', name: 'bar', files: { 'a.txt': 'a' } });
    const token = await installationToken(github, installation, { repositories: ['bar'] });
    assert.equal((await ask(`${github.url}/api/v3/repos/m6/bar`, `token ${token}`)).status, 200);
    assert.equal((await ask(`${github.url}/api/v3/repos/m6/foo`, `token ${token}`)).status, 404);
    await assert.rejects(installationToken(github, installation, { repositories: ['nope'] }), status(422, /not exist/));
  });

  test('of selected repositories changes with the selection', async () => {
    const github = await started();
    github.world.createRepository({ owner: 'm6', name: 'foo', files: { a: 'a' } });
    github.world.createRepository({ owner: 'm6', name: 'bar', files: { a: 'a' } });
    const installation = github.world.createInstallation('m6', { repositories: ['foo'] });
    const client = asInstallation(github, installation.id);
    assert.equal((await client.rest.apps.listReposAccessibleToInstallation()).data.total_count, 1);
    github.world.selectRepositories(installation, { add: ['m6/bar'], remove: ['m6/foo'] });
    const { data } = await client.rest.apps.listReposAccessibleToInstallation();
    assert.deepEqual([data.repository_selection, data.repositories.map((one) => one.name)], ['selected', ['bar']]);
  });

  test('suspended is 403, deleted and expired tokens are 401', async () => {
    let time = Date.now();
    const { github, installation } = await withPullRequest({ now: () => new Date(time) });
    const token = await installationToken(github, installation);
    const read = () => ask(`${github.url}/api/v3/repos/m6/foo`, `token ${token}`);
    const one = github.world.installation('m6');
    github.world.suspendInstallation(one, 'ada');
    assert.deepEqual([(await read()).status, (await read()).message], [403, 'This installation has been suspended']);
    await assert.rejects(installationToken(github, installation), status(403, /suspended/));
    assert.equal(
      (await asApp(github).rest.apps.getInstallation({ installation_id: installation })).data.suspended_by?.login,
      'ada',
    );
    github.world.unsuspendInstallation(one);
    assert.equal((await read()).status, 200);
    time += 3_600_001;
    assert.deepEqual([(await read()).status, (await read()).message], [401, 'Bad credentials']);
    time -= 3_600_001;
    assert.equal((await read()).status, 200);
    github.world.deleteInstallation(one);
    assert.equal((await read()).status, 401);
    await assert.rejects(installationToken(github, installation), status(404, /Not Found/));
  });

  test('can revoke its token', async () => {
    const { github, installation } = await withPullRequest();
    const token = await installationToken(github, installation);
    const revoked = await fetch(`${github.url}/api/v3/installation/token`, {
      method: 'DELETE',
      headers: { authorization: `token ${token}` },
    });
    assert.equal(revoked.status, 204);
    assert.equal((await ask(`${github.url}/api/v3/repos/m6/foo`, `token ${token}`)).status, 401);
  });
});

describe('a person', () => {
  test('is who the token says, or octocat', async () => {
    const { github } = await withPullRequest();
    for (const [token, login] of [
      ['ada', 'ada'],
      ['ghp_abc', 'octocat'],
      ['m6', 'octocat'],
      ['avant[bot]', 'octocat'],
    ] as const) {
      const answer = await fetch(`${github.url}/api/v3/user`, { headers: { authorization: `Bearer ${token}` } });
      assert.equal(((await answer.json()) as { login: string }).login, login);
    }
    assert.equal((await ask(`${github.url}/api/v3/user`, 'token ghs_stale')).status, 401);
    assert.equal((await ask(`${github.url}/api/v3/user`, 'Basic YTpi')).status, 401);
  });

  test('cannot write checks, and nobody sees nothing', async () => {
    const { github } = await withPullRequest();
    const sha = github.world.pullRequest('m6/foo', 241).headSha;
    await assert.rejects(
      asPerson(github, 'ada').rest.checks.create({ owner: 'm6', repo: 'foo', name: 'x', head_sha: sha }),
      status(403, /GitHub App/),
    );
    await assert.rejects(
      asPerson(github).rest.repos.get({ owner: 'm6', repo: 'foo' }),
      status(401, /Requires authentication/),
    );
    assert.equal((await graphql(github, '', '{ viewer { login } }')).status, 401);
  });
});
