import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import { clusterProblem, startCluster, type Cluster } from '../cluster/cluster.ts';
import { get } from '../support/asking.ts';
import { app, freePort, startAvant, until, webhookSecret, type Avant } from '../support/avant.ts';
import { redisProblem, startRedis } from '../support/redis.ts';

/**
 * The main job on real parts: a label gives HTTP 200 with this tenant's body from a real container through a real HAProxy, a push
 * the new version, a merge 404 and no namespace. GitHub alone is the sandbox's.
 */
const problem = clusterProblem();
const skip = problem !== undefined && process.env['CI'] !== 'true' ? problem : false;

/** Avant's own namespace differs from test to test: each has a GitHub of its own, with ids that come again, in one cluster. */
const platform = (namespace: string): string => `domain: preview.bar.com
url: http://\${host}
ingress: { class: haproxy-v1 }
tenants: { fr: {}, be: {}, hr: {}, hu: {} }
namespace: ${namespace}
resync: 10s
`;

const config = `image: localhost/foo:\${sha}
service: { name: foo-service, port: { name: nginx, number: 8080 } }
readiness: { path: / }
resources: { cpu: 10m, memory: 64Mi }
env: { TENANT: "\${tenant}", SHA: "\${sha}" }
`;

type World = { readonly github: SandboxGitHub; readonly cluster: Cluster; readonly avants: readonly Avant[] };

async function commit(world: World, branch: string, files: Record<string, string>, kind?: 'crash'): Promise<string> {
  const sha = world.github.world.commit('m6/home', branch, files);
  await world.cluster.tagImage(`localhost/foo:${sha}`, kind);
  return sha;
}

function commentOf(world: World, number: number): string {
  const ours = world.github.world.pullRequest('m6/home', number).comments.filter(({ author }) => author.login === `${app.slug}[bot]`);
  assert.ok(ours.length <= 1, `${ours.length} comments`);
  return ours[0]?.body ?? '';
}

/** The main job from label to merge, whatever runs it. */
async function mainJob(world: World, number: number, branch: string): Promise<void> {
  const { github, cluster } = world;
  const host = (tenant: string): string => `home-${number}-${tenant}.preview.bar.com`;
  const first = await commit(world, branch, { '.cloud/preview.yaml': config, 'a.txt': branch });
  github.world.openPullRequest({ repo: 'm6/home', head: branch, title: branch, number });
  github.world.addLabel('m6/home', number, 'cd/preview');
  const answers = (tenant: string, sha: string) => async (): Promise<boolean> => {
    const { status, body } = await get(cluster.ingressAddress, host(tenant));
    return status === 200 && body.includes(`tenant=${tenant} sha=${sha}`);
  };
  for (const tenant of ['fr', 'be', 'hr', 'hu']) await until(`${tenant} answers`, answers(tenant, first), 120_000);
  await until('the comment has every link', () => ['fr', 'be', 'hr', 'hu'].every((tenant) => commentOf(world, number).includes(`http://${host(tenant)}`)), 60_000);

  const second = await commit(world, branch, { 'a.txt': 'second' });
  for (const tenant of ['fr', 'be', 'hr', 'hu']) await until(`${tenant} answers anew`, answers(tenant, second), 120_000);
  await until('the comment says the new commit', () => commentOf(world, number).includes(second.slice(0, 7)), 60_000);

  github.world.merge('m6/home', number);
  for (const tenant of ['fr', 'be', 'hr', 'hu']) {
    await until(`${tenant} answers no more`, async () => (await get(cluster.ingressAddress, host(tenant))).status === 404, 60_000);
  }
  await until('nothing is left', async () => (await leftOver(cluster, number)) === '', 120_000);
  await until('the comment says so', () => /taken away|merged/i.test(commentOf(world, number)), 60_000);
}

/** Returns what is left in the cluster of one pull request. */
async function leftOver(cluster: Cluster, number: number): Promise<string> {
  const { connect, loadKubeConfig } = await import('../../app/io/kubernetes/connection.ts');
  const connection = connect(loadKubeConfig(cluster.kubeconfig), { monotonicMs: () => performance.now() });
  const list = async (path: string): Promise<readonly { metadata: { name: string } }[]> => {
    const query = new URLSearchParams({ labelSelector: `avant/app=home,avant/pull-request=${number}` });
    return ((await connection.call({ method: 'GET', path: `${path}?${query.toString()}` })) as { items: { metadata: { name: string } }[] }).items;
  };
  try {
    const found = await Promise.all(['/api/v1/namespaces', '/apis/apps/v1/deployments', '/apis/networking.k8s.io/v1/ingresses'].map(list));
    return found.flat().map(({ metadata }) => metadata.name).join(' ');
  } finally {
    await connection.close();
  }
}

describe('a real cluster', { skip }, () => {
  let cluster: Cluster;
  before(async () => {
    if (problem !== undefined) throw new Error(problem);
    cluster = await startCluster();
  });
  after(() => cluster.stop());

  async function world(start: (github: SandboxGitHub, port: number) => Promise<Avant[]>, use: (world: World) => Promise<void>): Promise<void> {
    const port = await freePort();
    const github = await startGitHub({ port: 0, app, webhook: { url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: webhookSecret } });
    github.world.createInstallation('m6');
    github.world.createRepository({ owner: 'm6', name: 'home', private: true, files: { 'README.md': '# home\n' } });
    const avants = await start(github, port);
    try {
      await use({ github, cluster, avants });
    } catch (error) {
      throw new Error(`${String(error)}\nAvant said:\n${avants.map((avant) => avant.output().split('\n').slice(-40).join('\n')).join('\n---\n')}`, { cause: error });
    } finally {
      for (const avant of avants) await avant.stop();
      await github.close();
    }
  }

  test('label, push, merge in one process; one failing tenant of four holds no other', { timeout: 600_000 }, async () => {
    await world(
      async (github, port) => [await startAvant({ github: github.url, kubeconfig: cluster.kubeconfig, platform: platform('avant-e2e-one'), port })],
      async (at) => {
        await mainJob(at, 241, 'new-home');
        await commit(at, 'bad-hu', { '.cloud/preview.yaml': config.replace('env: {', 'env: { FAIL_TENANT: hu,'), 'a.txt': 'bad' });
        at.github.world.openPullRequest({ repo: 'm6/home', head: 'bad-hu', title: 'bad', number: 300 });
        at.github.world.addLabel('m6/home', 300, 'cd/preview');
        for (const tenant of ['fr', 'be', 'hr']) {
          await until(`${tenant} answers`, async () => (await get(cluster.ingressAddress, `home-300-${tenant}.preview.bar.com`)).status === 200, 120_000);
        }
        await until('the comment says that hu fails', () => /hu[\s\S]*(crash|exit)/i.test(commentOf(at, 300)), 120_000);
        at.github.world.removeLabel('m6/home', 300, 'cd/preview');
        await until('nothing is left', async () => (await leftOver(cluster, 300)) === '', 120_000);
      },
    );
  });

  const redis = redisProblem();
  test('the same with Redis, a web process and two workers, one of them killed', { timeout: 600_000, skip: redis !== undefined && process.env['CI'] !== 'true' ? redis : false }, async () => {
    if (redis !== undefined) throw new Error(redis);
    const { url, stop } = await startRedis();
    try {
      await world(
        async (github, port) => {
          const common = { github: github.url, kubeconfig: cluster.kubeconfig, platform: platform('avant-e2e-redis'), redisUrl: url };
          return [await startAvant({ ...common, role: 'web', port }), await startAvant({ ...common, role: 'workers' }), await startAvant({ ...common, role: 'workers' })];
        },
        async (at) => {
          await mainJob(at, 242, 'two-workers');
          await at.avants[1]?.kill();
          await mainJob(at, 243, 'one-worker');
        },
      );
    } finally {
      await stop();
    }
  });
});
