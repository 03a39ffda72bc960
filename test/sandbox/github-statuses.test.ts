import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asInstallation, asPerson, graphql, installationToken, withPullRequest } from './github-started.ts';
import { at241, failure, foo } from './github-asking.ts';

const jenkins = 'continuous-integration/jenkins/pr-head';

describe('commit statuses', () => {
  test('replace each other by context, and are summed up', async () => {
    const { github } = await withPullRequest();
    const sha = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asPerson(github, 'ada').rest.repos;
    const combined = async () => {
      const { data } = await client.getCombinedStatusForRef({ ...foo, ref: 'feature' });
      return [data.state, data.total_count, data.statuses.map(({ context, state }) => `${context} ${state}`)];
    };
    assert.deepEqual(await combined(), ['pending', 0, []]);
    const made = await client.createCommitStatus({
      ...foo,
      sha,
      state: 'pending',
      context: jenkins,
      target_url: 'http://ci.test/1',
    });
    assert.deepEqual(
      [made.status, made.data.creator?.login, made.data.target_url, made.data.url],
      [201, 'ada', 'http://ci.test/1', `${github.url}/api/v3/repos/m6/foo/statuses/${sha}`],
    );
    assert.deepEqual(await combined(), ['pending', 1, [`${jenkins} pending`]]);
    github.world.setStatus('m6/foo', { sha: 'feature', context: jenkins, state: 'success' });
    assert.deepEqual(await combined(), ['success', 1, [`${jenkins} success`]]);
    github.world.setStatus('m6/foo', { sha, state: 'error' });
    assert.deepEqual(await combined(), ['failure', 2, [`${jenkins} success`, 'default error']]);
    const all = await client.listCommitStatusesForRef({ ...foo, ref: sha });
    assert.deepEqual(
      all.data.map(({ context, state, creator }) => [context, state, creator?.login]),
      [
        ['default', 'error', 'jenkins[bot]'],
        [jenkins, 'success', 'jenkins[bot]'],
        [jenkins, 'pending', 'ada'],
      ],
    );
  });

  test('need their permission, and are refused for what GitHub refuses', async () => {
    const { github, installation } = await withPullRequest();
    const sha = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asInstallation(github, installation).rest.repos;
    const ours = await failure(client.createCommitStatus({ ...foo, sha, state: 'success' }));
    assert.deepEqual([ours.status, ours.response.data.message], [403, 'Resource not accessible by integration']);
    assert.equal((await client.getCombinedStatusForRef({ ...foo, ref: sha })).status, 200);
    const blind = await installationToken(github, installation, { permissions: { checks: 'write' } });
    const answer = await fetch(`${github.url}/api/v3/repos/m6/foo/commits/${sha}/status`, {
      headers: { authorization: `Bearer ${blind}` },
    });
    assert.deepEqual([answer.status, answer.headers.get('x-accepted-github-permissions')], [403, 'statuses=read']);
    const refused = async (more: object) => {
      const error = await failure(
        asPerson(github, 'ada').rest.repos.createCommitStatus({ ...foo, sha, state: 'success', ...more }),
      );
      return error.status;
    };
    assert.equal(await refused({ state: 'great' }), 422);
    assert.equal(await refused({ sha: '0'.repeat(40) }), 422);
    assert.equal(await refused({ sha: 'feature' }), 422);
    assert.equal(await refused({ target_url: 'javascript:alert(1)' }), 422);
    assert.equal(await refused({ description: 'x'.repeat(141) }), 422);
    assert.equal(github.world.repository('m6/foo').statuses.size, 0);
  });

  test('hold back a deployment that requires them', async () => {
    const { github } = await withPullRequest();
    const ref = github.world.pullRequest('m6/foo', 241).headSha;
    github.world.setStatus('m6/foo', { sha: ref, context: jenkins, state: 'failure' });
    const client = asPerson(github, 'ada').rest.repos;
    const refused = await failure(client.createDeployment({ ...foo, ref, auto_merge: false }));
    assert.deepEqual(refused.response.data.errors?.[0]?.contexts, [{ context: jenkins, state: 'failure' }]);
    assert.equal(
      (await client.createDeployment({ ...foo, ref, auto_merge: false, required_contexts: [] })).status,
      201,
    );
  });
});

const rollup = `statusCheckRollup { state contexts(first: 10) { totalCount checkRunCount statusContextCount
  nodes { __typename ... on StatusContext { context state targetUrl createdAt creator { login } } ... on CheckRun { name status conclusion detailsUrl databaseId } } } }`;

type Rollup = {
  state: string;
  contexts: {
    totalCount: number;
    checkRunCount: number;
    statusContextCount: number;
    nodes: (Record<string, unknown> | null)[];
  };
};

describe('the rollup of a commit', () => {
  const at = async (github: Awaited<ReturnType<typeof withPullRequest>>['github']) => {
    const answer = (await at241(github, `commits(last: 1) { nodes { commit { ${rollup} } } }`)) as {
      commits: { nodes: [{ commit: { statusCheckRollup: Rollup | null } }] };
    };
    return answer.commits.nodes[0].commit.statusCheckRollup;
  };

  test('has the newest of every status and check run, and what they come to', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const headSha = world.pullRequest('m6/foo', 241).headSha;
    assert.equal(await at(github), null);
    world.setStatus('m6/foo', { sha: headSha, context: jenkins, state: 'pending', targetUrl: 'http://ci.test/1' });
    world.setStatus('m6/foo', { sha: headSha, context: jenkins, state: 'success', targetUrl: 'http://ci.test/2' });
    assert.equal((await at(github))?.state, 'SUCCESS');
    const run = world.createCheckRun('m6/foo', {
      name: 'build',
      headSha,
      app: 'github-actions',
      status: 'in_progress',
    });
    assert.equal((await at(github))?.state, 'PENDING');
    world.updateCheckRun(run, { conclusion: 'failure', detailsUrl: 'http://ci.test/run' });
    const found = await at(github);
    assert.deepEqual(
      [found?.state, found?.contexts.totalCount, found?.contexts.checkRunCount, found?.contexts.statusContextCount],
      ['FAILURE', 2, 1, 1],
    );
    const [status, check] = JSON.parse(JSON.stringify(found?.contexts.nodes)) as Record<string, unknown>[];
    assert.deepEqual(
      { ...status, createdAt: undefined },
      {
        __typename: 'StatusContext',
        context: jenkins,
        state: 'SUCCESS',
        targetUrl: 'http://ci.test/2',
        createdAt: undefined,
        creator: { login: 'jenkins' },
      },
    );
    assert.deepEqual(check, {
      __typename: 'CheckRun',
      name: 'build',
      status: 'COMPLETED',
      conclusion: 'FAILURE',
      detailsUrl: 'http://ci.test/run',
      databaseId: run.id,
    });
    assert.equal(world.otherApp('github-actions').id, 15_368);
    world.setStatus('m6/foo', { sha: headSha, context: jenkins, state: 'error' });
    world.updateCheckRun(run, { conclusion: 'success' });
    assert.equal((await at(github))?.state, 'ERROR');
  });

  test('is refused to who may read neither; of two kinds the one that may not be read is null, each with an error', async () => {
    const { github, installation } = await withPullRequest();
    const headSha = github.world.pullRequest('m6/foo', 241).headSha;
    github.world.setStatus('m6/foo', { sha: headSha, context: jenkins, state: 'success' });
    github.world.createCheckRun('m6/foo', { name: 'build', headSha, app: 'ci', conclusion: 'success' });
    const asked = async (permissions: Record<string, string>) => {
      const token = await installationToken(github, installation, {
        permissions: { contents: 'read', ...permissions },
      });
      const answer = await graphql(
        github,
        token,
        `{ repository(owner: "m6", name: "foo") { object(oid: "${headSha}") { ... on Commit { oid ${rollup} } } } }`,
      );
      const { repository } = answer.data as {
        repository: { object: { oid: string; statusCheckRollup: Rollup | null } };
      };
      assert.equal(repository.object.oid, headSha);
      return {
        nodes: repository.object.statusCheckRollup?.contexts.nodes.map((one) => one?.['__typename'] ?? null),
        errors: answer.errors?.map(({ type, message, path }) => [type, message, path?.slice(2).join('.')]),
      };
    };
    const forbidden = (path: string) => ['FORBIDDEN', 'Resource not accessible by integration', path];
    assert.deepEqual(await asked({}), { nodes: undefined, errors: [forbidden('statusCheckRollup')] });
    assert.deepEqual(await asked({ checks: 'read' }), {
      nodes: [null, 'CheckRun'],
      errors: [forbidden('statusCheckRollup.contexts.nodes.0')],
    });
    assert.deepEqual(await asked({ statuses: 'read' }), {
      nodes: ['StatusContext', null],
      errors: [forbidden('statusCheckRollup.contexts.nodes.1')],
    });
    assert.deepEqual(await asked({ checks: 'read', statuses: 'read' }), {
      nodes: ['StatusContext', 'CheckRun'],
      errors: undefined,
    });
  });
});
