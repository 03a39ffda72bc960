import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { asInstallation, asPerson, withPullRequest } from './github-started.ts';
import { foo, failure } from './github-asking.ts';

describe('check runs', () => {
  test('go from queued to a conclusion, and the newest of a name is listed', async () => {
    const { github, installation } = await withPullRequest();
    const head_sha = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asInstallation(github, installation).rest.checks;
    const { data: first } = await client.create({ ...foo, name: 'Avant', head_sha, external_id: 'key' });
    assert.deepEqual(
      [first.status, first.conclusion, first.external_id, first.app?.slug],
      ['queued', null, 'key', 'avant'],
    );
    assert.equal(first.details_url, `${github.url}/m6/foo/runs/${first.id}`);
    const check_run_id = first.id;
    assert.equal((await client.update({ ...foo, check_run_id, status: 'in_progress' })).data.status, 'in_progress');
    const done = await client.update({
      ...foo,
      check_run_id,
      conclusion: 'success',
      output: { title: 'Live', summary: 'One preview' },
    });
    assert.deepEqual(
      [done.data.status, done.data.conclusion, done.data.output.title],
      ['completed', 'success', 'Live'],
    );
    const kept = await client.update({ ...foo, check_run_id, output: { summary: 'Still' } });
    assert.deepEqual(
      [kept.data.output.title, kept.data.output.summary, kept.data.conclusion],
      ['Live', 'Still', 'success'],
    );
    assert.equal((await client.update({ ...foo, check_run_id, status: 'in_progress' })).data.conclusion, null);
    const { data: second } = await client.create({ ...foo, name: 'Avant', head_sha, conclusion: 'neutral' });
    assert.equal(second.status, 'completed');
    assert.deepEqual(
      (await client.listForRef({ ...foo, ref: 'feature' })).data.check_runs.map(({ id }) => id),
      [second.id],
    );
    assert.equal((await client.listForRef({ ...foo, ref: head_sha, filter: 'all' })).data.total_count, 2);
    assert.equal((await client.listForRef({ ...foo, ref: head_sha, check_name: 'Other' })).data.total_count, 0);
    const suites = await client.listSuitesForRef({ ...foo, ref: head_sha });
    assert.deepEqual(
      suites.data.check_suites.map((one) => [one.conclusion, one.latest_check_runs_count]),
      [['neutral', 1]],
    );
  });

  test('are refused for what GitHub refuses', async () => {
    const { github, installation } = await withPullRequest();
    const head_sha = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asInstallation(github, installation).rest.checks;
    const create = (more: object) => failure(client.create({ ...foo, name: 'Avant', head_sha, ...more }));
    assert.equal((await create({ head_sha: '0'.repeat(40) })).status, 422);
    assert.equal((await create({ status: 'completed' })).status, 422);
    assert.equal((await create({ conclusion: 'stale' })).status, 422);
    assert.equal((await create({ details_url: 'javascript:alert(1)' })).status, 422);
    assert.equal((await create({ output: { title: 'no summary' } })).status, 422);
    const long = await create({ output: { title: 'x', summary: 'é'.repeat(32_768) } });
    assert.equal(long.status, 422);
    assert.match(long.response.data.message, /Only 65535 characters are allowed; 65536 were supplied/);
    const ok = await client.create({
      ...foo,
      name: 'Avant',
      head_sha,
      output: { title: 'x', summary: 'x'.repeat(65_535) },
    });
    assert.equal(ok.status, 201);
    assert.equal((await failure(client.get({ ...foo, check_run_id: 1 }))).status, 404);
  });

  test('of another App are neither ours to change nor hidden', async () => {
    const { github, installation } = await withPullRequest();
    const headSha = github.world.pullRequest('m6/foo', 241).headSha;
    const other = { kind: 'App', id: 15368, nodeId: 'A_1', slug: 'github-actions', name: 'GitHub Actions' } as const;
    const run = github.world.createCheckRun('m6/foo', { name: 'build', headSha, app: other });
    const client = asInstallation(github, installation).rest.checks;
    assert.equal((await failure(client.update({ ...foo, check_run_id: run.id, conclusion: 'success' }))).status, 403);
    assert.equal((await client.listForRef({ ...foo, ref: headSha })).data.total_count, 1);
    assert.equal((await client.listForRef({ ...foo, ref: headSha, app_id: 7 })).data.total_count, 0);
  });
});

describe('deployments', () => {
  const careful = { auto_merge: false, required_contexts: [], environment: 'preview/fr', transient_environment: true };

  test('keep what they were made with, and their statuses', async () => {
    const { github, installation } = await withPullRequest();
    const ref = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asInstallation(github, installation).rest.repos;
    const { data: made } = await client.createDeployment({
      ...foo,
      ...careful,
      ref,
      payload: { key: '241/fr' },
      description: 'A preview',
    });
    assert.ok('id' in made);
    assert.deepEqual(
      [
        made.sha,
        made.environment,
        made.payload,
        made.transient_environment,
        made.production_environment,
        made.creator?.login,
      ],
      [ref, 'preview/fr', { key: '241/fr' }, true, false, 'avant[bot]'],
    );
    const id = { ...foo, deployment_id: made.id };
    const status = await client.createDeploymentStatus({
      ...id,
      state: 'success',
      environment_url: 'http://foo.test/',
      description: 'Live',
    });
    assert.deepEqual(
      [status.data.state, status.data.environment_url, status.data.environment],
      ['success', 'http://foo.test/', 'preview/fr'],
    );
    await client.createDeploymentStatus({ ...id, state: 'inactive' });
    assert.deepEqual(
      (await client.listDeploymentStatuses(id)).data.map(({ state }) => state),
      ['inactive', 'success'],
    );
    assert.equal((await client.getDeploymentStatus({ ...id, status_id: status.data.id })).data.state, 'success');
    assert.equal((await client.listDeployments({ ...foo, environment: 'preview/fr', sha: ref })).data.length, 1);
    assert.equal((await client.listDeployments({ ...foo, environment: 'preview/be' })).data.length, 0);
  });

  test('by default merge the base into a branch that is behind, and make nothing', async () => {
    const { github, installation } = await withPullRequest();
    github.world.commit('m6/foo', 'main', { 'README.md': 'the base went on' });
    const before = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asInstallation(github, installation).rest.repos;
    const merged = await client.createDeployment({ ...foo, ref: 'feature', required_contexts: [] });
    assert.deepEqual([merged.status, merged.data], [202, { message: 'Auto-merged main into feature on deployment.' }]);
    assert.notEqual(github.world.pullRequest('m6/foo', 241).headSha, before);
    assert.equal(github.world.repository('m6/foo').deployments.length, 0);
    github.world.commit('m6/foo', 'main', { 'src/page.html': 'conflict' });
    const conflict = await failure(client.createDeployment({ ...foo, ref: 'feature', required_contexts: [] }));
    assert.deepEqual([conflict.status, conflict.response.data.message], [409, 'Conflict merging main into feature.']);
    const untouched = github.world.pullRequest('m6/foo', 241).headSha;
    assert.equal((await client.createDeployment({ ...foo, ...careful, ref: untouched })).status, 201);
    assert.equal(github.world.pullRequest('m6/foo', 241).headSha, untouched);
  });

  test('by default wait for every check', async () => {
    const { github, installation } = await withPullRequest();
    const headSha = github.world.pullRequest('m6/foo', 241).headSha;
    const run = github.world.createCheckRun('m6/foo', { name: 'build', headSha, status: 'in_progress' });
    const client = asInstallation(github, installation).rest.repos;
    const pending = await failure(client.createDeployment({ ...foo, ref: headSha }));
    assert.equal(pending.status, 409);
    assert.deepEqual(pending.response.data.errors?.[0]?.contexts, [{ context: 'build', state: 'pending' }]);
    assert.equal((await client.createDeployment({ ...foo, ...careful, ref: headSha })).status, 201);
    assert.equal(
      (await failure(client.createDeployment({ ...foo, ref: headSha, required_contexts: ['absent'] }))).status,
      409,
    );
    github.world.updateCheckRun(run, { conclusion: 'success' });
    assert.equal((await client.createDeployment({ ...foo, ref: headSha })).status, 201);
  });

  test('that succeed make earlier ones of the environment inactive, but no transient or production one', async () => {
    const { github } = await withPullRequest();
    const ref = github.world.pullRequest('m6/foo', 241).headSha;
    const client = asPerson(github, 'ada').rest.repos;
    const deploy = async (more: object, autoInactive = true) => {
      const { data } = await client.createDeployment({
        ...foo,
        ref,
        auto_merge: false,
        required_contexts: [],
        environment: 'staging',
        ...more,
      });
      assert.ok('id' in data);
      await client.createDeploymentStatus({
        ...foo,
        deployment_id: data.id,
        state: 'success',
        auto_inactive: autoInactive,
      });
      return github.world.repository('m6/foo').deployments.at(-1)!;
    };
    const [plain, transient, production] = [
      await deploy({}),
      await deploy({ transient_environment: true }, false),
      await deploy({ production_environment: true }, false),
    ];
    const elsewhere = await deploy({ environment: 'other' });
    await deploy({});
    assert.deepEqual(
      [plain, transient, production, elsewhere].map((one) => one.statuses.at(-1)?.state),
      ['inactive', 'success', 'success', 'success'],
    );
  });

  test('are refused for an unknown ref, state, address and an overlong description', async () => {
    const { github } = await withPullRequest();
    const client = asPerson(github, 'ada').rest.repos;
    const unknown = await failure(client.createDeployment({ ...foo, ...careful, ref: 'nope' }));
    assert.deepEqual([unknown.status, unknown.response.data.message], [422, 'No ref found for: nope']);
    const { data } = await client.createDeployment({ ...foo, ...careful, ref: 'feature' });
    assert.ok('id' in data);
    const status = (more: object) =>
      failure(client.createDeploymentStatus({ ...foo, deployment_id: data.id, state: 'success', ...more }));
    assert.equal((await status({ state: 'great' })).status, 422);
    assert.equal((await status({ description: 'x'.repeat(141) })).status, 422);
    assert.equal((await status({ environment_url: 'javascript:alert(1)' })).status, 422);
  });
});
