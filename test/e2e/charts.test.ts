import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { KubernetesObject } from '../../app/core/object.ts';
import { clusterProblem } from '../cluster/cluster.ts';
import { get } from '../support/asking.ts';
import { until } from '../support/avant.ts';
import { helmProblem } from '../support/charts/cloud.ts';
import { hostile, tool, webChart, withDatabase, withFailingHook, withIngress } from '../support/e2e-charts.ts';
import { answers, askAgainAndAgain, auditMark, isOfPreview, list, makeProject, podsIn, registry, startRealWorld, writesSince, type RealWorld } from '../support/e2e-cluster.ts';

/**
 * What projects bring, on real parts: real helm, a real API server with its admission, real containers behind a real HAProxy. GitHub
 * alone is the sandbox's. All tests share one Avant and run side by side, while somebody else's preview has to answer all the time.
 */
const problem = clusterProblem() ?? helmProblem();
const skip = problem !== undefined && process.env['CI'] !== 'true' ? problem : false;

const platform = `domain: preview.bar.com
url: http://\${host}
ingress: { class: haproxy-v1 }
tenants: { fr: {}, be: {} }
namespace: avant-e2e-charts
resync: 10s
registries: { "${registry}": {} }
limits: { cpu: 1, memory: 1Gi, storage: 1Mi, pods: 8, jobs: 2m }
network: { ingress: [{ namespace: ingress }], egress: [{ cidr: 0.0.0.0/0, ports: [443] }] }
secrets: { namespace: avant-e2e-secrets, projects: { org-plain/plain: { all: [plain-word] } } }
`;

const fr = 'cd/preview/fr';

describe('projects with charts on a real cluster', { skip, concurrency: 4 }, () => {
  let world: RealWorld;
  let canary: ReturnType<typeof askAgainAndAgain>;

  before(async () => {
    if (problem !== undefined) throw new Error(problem);
    world = await startRealWorld(platform);
    await world.cluster.tagImage(tool);
    const project = makeProject(world, 'canary');
    const { sha } = await project.open('feature', webChart('web'), fr);
    await answers(world, 'canary-1-fr.preview.bar.com', `sha=${sha}`);
    canary = askAgainAndAgain(world, 'canary-1-fr.preview.bar.com');
  });

  after(async () => {
    const counts = await canary.stop();
    await world.close();
    assert.deepEqual(Object.keys(counts), ['200'], `the canary answered ${JSON.stringify(counts)}`);
  });

  /** Adds what Avant printed to a failure. */
  function told(name: string, use: () => Promise<void>): void {
    test(name, { timeout: 240_000 }, async () => {
      await use().catch((error: unknown) => {
        throw new Error(`${String(error)}\nAvant said:\n${world.avant.output().split('\n').slice(-30).join('\n')}`, { cause: error });
      });
    });
  }

  const gone = (namespace: string): Promise<void> =>
    until(`${namespace} is gone`, async () => (await list(world, '/api/v1/namespaces')).every(({ metadata }) => metadata.name !== namespace), 90_000);
  const says = (project: ReturnType<typeof makeProject>, number: number, text: RegExp): Promise<void> =>
    until(`the comment says ${String(text)}`, () => text.test(project.comment(number)), 60_000).catch((error: unknown) => {
      throw new Error(`${String(error)}; it says\n${project.comment(number)}`, { cause: error });
    });

  told('a chart and nothing else: a label gives a page, a push the next version, unlabelling 404 and no namespace', async () => {
    const host = 'bare-1-fr.preview.bar.com';
    const project = makeProject(world, 'bare');
    const { sha, number } = await project.open('feature', webChart('web', withIngress), fr);
    await answers(world, host, `tenant=plain sha=${sha}`);
    const second = await project.push('feature', { '.cloud/charts/web/values.yaml': 'replicas: 1\nword: second\nmemory: 64Mi\n' });
    await answers(world, host, `tenant=second sha=${second}`);
    world.github.world.removeLabel(project.repo, number, fr);
    await until('it answers 404', async () => (await get(world.cluster.ingressAddress, host)).status === 404, 60_000);
    await gone('bare-1-fr');
    await says(project, number, /taken away/i);
  });

  told('two charts and two tenants: one host each with the tenant’s own values, one comment; a restart of one tenant leaves the other alone', async () => {
    const tenantValues = { 'values-fr.yaml': 'word: bonjour\n', 'values-be.yaml': 'word: goedendag\n' };
    const project = makeProject(world, 'duo');
    const { sha, number } = await project.open('feature', { ...webChart('api', { ...tenantValues, ...withIngress }), ...webChart('front', tenantValues) });
    const hosts = ['duo-1-api-fr', 'duo-1-front-fr', 'duo-1-api-be', 'duo-1-front-be'].map((name) => `${name}.preview.bar.com`);
    for (const host of hosts) await answers(world, host, `tenant=${host.includes('-fr.') ? 'bonjour' : 'goedendag'} sha=${sha}`);
    await says(project, number, /Both previews are live/);
    for (const host of hosts) assert.ok(project.comment(number).includes(`](http://${host})`), `no link to ${host}`);

    const uids = async (namespace: string): Promise<readonly (string | undefined)[]> => (await podsIn(world, namespace)).map(({ metadata }) => metadata.uid);
    const before = { fr: await uids('duo-1-fr'), be: await uids('duo-1-be') };
    assert.deepEqual([before.fr.length, before.be.length], [2, 2]);
    world.github.world.comment(project.repo, number, '/preview restart fr');
    await until('all pods of fr are others', async () => {
      const now = await uids('duo-1-fr');
      return now.length === 2 && now.every((uid) => !before.fr.includes(uid));
    }, 90_000);
    await says(project, number, /Both previews are live/);
    assert.deepEqual(await uids('duo-1-be'), before.be);
    for (const host of hosts) await answers(world, host, `sha=${sha}`);
  });

  told('a StatefulSet with a volume, a Job before the rest and one at the end; one that fails is told with its last lines', async () => {
    const volume = await makeVolume(world, 'data-1-fr', 'data-database-0');
    const host = 'data-1-fr.preview.bar.com';
    const hook = (name: string, script: string): string => `{ name: ${name}, image: "${tool}", command: [sh, -c, ${JSON.stringify(script)}] }`;
    const config = `hooks: { setup: [${hook('migrate', 'echo migrated')}], teardown: [${hook('farewell', 'sleep 2; echo farewell')}] }\n`;
    const project = makeProject(world, 'data');
    const { sha, number } = await project.open('feature', { '.cloud/preview.yaml': config, ...webChart('shop', withDatabase) }, fr);
    await answers(world, host, `sha=${sha}`);
    const [jobs, deployments, [database]] = await Promise.all([
      list<Job>(world, '/apis/batch/v1/namespaces/data-1-fr/jobs'),
      list(world, '/apis/apps/v1/namespaces/data-1-fr/deployments'),
      podsIn(world, 'data-1-fr').then((pods) => pods.filter(({ metadata }) => metadata.name === 'database-0')),
    ]);
    const setup = jobs.find(({ metadata }) => metadata.labels?.['avant/hook'] === 'setup');
    assert.ok(setup?.status.completionTime, 'the setup Job is complete');
    assert.ok((deployments[0]?.metadata.creationTimestamp ?? '') >= setup.status.completionTime, 'before the Deployment is made');
    await until('the database has written to its volume', () => starts(volume) === 'started\n');

    const second = await project.push('feature', webChart('shop', { ...withDatabase, ...withFailingHook }));
    await says(project, number, /a setup Job failed[\s\S]*relation basket exists already/i);
    assert.match((await get(world.cluster.ingressAddress, host)).body, new RegExp(`sha=${sha}`));
    assert.doesNotMatch(project.comment(number), new RegExp(`Live.*${second.slice(0, 7)}`));

    const third = await project.push('feature', { '.cloud/charts/shop/templates/migrate.yaml': null });
    await answers(world, host, `sha=${third}`);
    const still = (await podsIn(world, 'data-1-fr')).find(({ metadata }) => metadata.name === 'database-0');
    assert.equal(still?.metadata.uid, database?.metadata.uid, 'what no push touches keeps running');
    assert.equal(starts(volume), 'started\n');

    const mark = auditMark(world);
    world.github.world.removeLabel(project.repo, number, fr);
    await gone('data-1-fr');
    const writes = writesSince(world, mark).filter(isOfPreview('data-1-fr'));
    const [link, begun, ended] = [['delete', 'ingresses'], ['update', 'jobs'], ['delete', 'namespaces']].map(([verb, resource]) => writes.find((write) => write.verb === verb && write.resource === resource));
    assert.ok(link && begun && ended, JSON.stringify(writes));
    assert.ok(link.at <= begun.at, 'the link goes first');
    assert.ok(Date.parse(ended.at) - Date.parse(begun.at) >= 2_000, 'the namespace goes when the teardown Job has ended, which takes 2 s');
  });

  told('a hostile branch: every violation is told, nothing is written for it, what ran before answers all the time', async () => {
    const host = 'evil-1-fr.preview.bar.com';
    const project = makeProject(world, 'evil');
    const { sha, number } = await project.open('feature', webChart('web', withIngress), fr);
    await answers(world, host, `sha=${sha}`);
    await says(project, number, /The preview is live/);
    const asked = askAgainAndAgain(world, host);
    const mark = auditMark(world);
    await project.push('feature', webChart('web', hostile.files));
    await says(project, number, /the platform does not allow it/i);
    const comment = project.comment(number);
    for (const rule of hostile.rules) assert.ok(comment.includes(`(${rule})`), `${rule} is not in\n${comment}`);
    const writes = writesSince(world, mark).filter((write) => isOfPreview('evil-1-fr')(write) || ['evil', 'extra', 'away'].includes(write.name) || write.namespace === 'kube-system');
    assert.deepEqual(writes, []);
    assert.deepEqual(Object.keys(await asked.stop()), ['200']);
    await answers(world, host, `sha=${sha}`);
  });

  told('a fork: nothing until its commit is approved, then without secrets and restricted; a push asks again', async () => {
    const host = 'open-1-fr.preview.bar.com';
    const { github } = world;
    const project = makeProject(world, 'open');
    const fork = github.world.forkRepository(project.repo, 'stranger');
    const mark = auditMark(world);
    const sha = await project.push('gift', webChart('web', { 'values-fr.yaml': 'secret: open-word\n' }), fork.owner.login + '/open');
    const number = github.world.openPullRequest({ repo: project.repo, headRepository: fork, head: 'gift', title: 'gift', author: 'stranger' });
    github.world.addLabel(project.repo, number, fr);
    await says(project, number, new RegExp(`/preview approve ${sha}`));
    github.world.comment(project.repo, number, `/preview approve ${sha}`, 'stranger');
    await says(project, number, /stranger.*was not done/);
    assert.deepEqual(writesSince(world, mark).filter(isOfPreview('open-1-fr')), []);

    github.world.comment(project.repo, number, `/preview approve ${sha}`);
    await answers(world, host, `tenant= sha=${sha}`);
    const namespace = (await list(world, '/api/v1/namespaces')).find(({ metadata }) => metadata.name === 'open-1-fr');
    assert.equal(namespace?.metadata.labels?.['pod-security.kubernetes.io/enforce'], 'restricted');
    assert.deepEqual((await list(world, '/api/v1/namespaces/open-1-fr/secrets')).map(({ metadata }) => metadata.name), []);
    const [pod] = await podsIn(world, 'open-1-fr');
    assert.equal(pod?.spec.securityContext['runAsNonRoot'], true);
    assert.deepEqual(pod.spec.containers[0]?.securityContext, { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } });

    const second = await project.push('gift', {}, fork.owner.login + '/open');
    await says(project, number, new RegExp(`/preview approve ${second}`));
    await answers(world, host, `sha=${sha}`);
    github.world.comment(project.repo, number, `/preview approve ${second}`);
    await answers(world, host, `sha=${second}`);
  });

  told('waitFor: nothing is written before the commit status is green; red is said and not deployed', async () => {
    const host = 'slow-1-fr.preview.bar.com';
    const { github } = world;
    const context = 'ci/jenkins/pr-head';
    const project = makeProject(world, 'slow');
    const mark = auditMark(world);
    const { sha, number } = await project.open('feature', { '.cloud/preview.yaml': `waitFor: { checks: [${context}], timeout: 5m }\n`, ...webChart('web') }, fr);
    await says(project, number, /Waiting for `ci\/jenkins\/pr-head`/);
    github.world.setStatus(project.repo, { sha, state: 'pending', context, targetUrl: 'https://jenkins.bar.com/job/241/' });
    await says(project, number, /\[`ci\/jenkins\/pr-head`\]\(https:\/\/jenkins\.bar\.com\/job\/241\/\): running/);
    assert.deepEqual(writesSince(world, mark).filter(isOfPreview('slow-1-fr')), []);
    github.world.setStatus(project.repo, { sha, state: 'success', context });
    await answers(world, host, `sha=${sha}`);

    assert.notDeepEqual(writesSince(world, mark).filter(isOfPreview('slow-1-fr')), []);

    await says(project, number, /The preview is live/);
    const again = auditMark(world);
    const red = await project.push('feature');
    github.world.setStatus(project.repo, { sha: red, state: 'failure', context });
    await says(project, number, /a check failed/);
    assert.deepEqual(writesSince(world, again).filter(isOfPreview('slow-1-fr')), []);
    await answers(world, host, `sha=${sha}`);
  });

  told('quota, limits, network rules (the objects only: this node enforces none), the project’s secret, and no token in any container', async () => {
    for (const object of [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'avant-e2e-secrets' } },
      { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'plain-word', namespace: 'avant-e2e-secrets' }, stringData: { word: 'hush' } },
    ]) await create(world, object);
    const project = makeProject(world, 'plain');
    const config = `hooks: { setup: [{ name: look, image: "${tool}", command: [sh, -c, "ls -a /var/run/secrets /run/secrets 2>&1; echo looked"] }] }\n`;
    const { sha } = await project.open('feature', { '.cloud/preview.yaml': config, ...webChart('web', { 'values-fr.yaml': 'secret: plain-word\nmemory: null\n' }) }, fr);
    await answers(world, 'plain-1-fr.preview.bar.com', `tenant=hush sha=${sha}`);

    const pods = await podsIn(world, 'plain-1-fr');
    const [web, job] = [pods.find(({ metadata }) => metadata.labels?.['job-name'] === undefined), pods.find(({ metadata }) => metadata.labels?.['job-name'] !== undefined)];
    assert.deepEqual([web?.spec.volumes, job?.spec.volumes], [undefined, undefined], 'no volume of a token');
    assert.equal(web?.spec.containers[0]?.resources.limits?.['memory'], '512Mi', 'the platform’s limit where the chart has none');
    const lines = await world.api.text(`/api/v1/namespaces/plain-1-fr/pods/${job?.metadata.name ?? ''}/log`);
    assert.match(lines, /^ls: \/var\/run\/secrets: No such file.*\nls: \/run\/secrets: No such file.*\nlooked\n$/);

    const of = async (group: string, kind: string): Promise<readonly unknown[]> => (await list(world, `${group}/namespaces/plain-1-fr/${kind}`)).map(({ metadata, spec }) => [metadata.name, spec]);
    assert.deepEqual(await of('/api/v1', 'resourcequotas'), [['avant', { hard: { 'limits.memory': '1Gi', 'requests.cpu': '1', 'requests.memory': '1Gi', 'requests.storage': '1Mi', pods: '8' } }]]);
    assert.deepEqual((await of('/api/v1', 'limitranges')).length, 1);
    const [network, ...others] = await list<NetworkPolicy>(world, '/apis/networking.k8s.io/v1/namespaces/plain-1-fr/networkpolicies');
    assert.deepEqual([network?.spec.podSelector, network?.spec.policyTypes, others.length], [{}, ['Ingress', 'Egress'], 0]);
    assert.deepEqual(network?.spec.ingress, [{ from: [{ podSelector: {} }, { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ingress' } } }] }]);
    const [abroad] = network.spec.egress.flatMap(({ to = [] }) => to.flatMap(({ ipBlock }) => ipBlock ?? []));
    assert.equal(abroad?.cidr, '0.0.0.0/0');
    const apiServer = [`${world.cluster.ingressAddress}/32`, '10.96.0.1/32'];
    for (const range of ['169.254.0.0/16', ...apiServer]) assert.ok(abroad.except?.includes(range), `${range} is not in ${JSON.stringify(abroad.except)}`);
  });

  told('what goes beyond the quota is told', async () => {
    const project = makeProject(world, 'greedy');
    const { number } = await project.open('feature', webChart('web', { 'values-fr.yaml': 'replicas: 3\nmemory: 400Mi\n' }), fr);
    await says(project, number, /the quota is used up/i);
    assert.equal((await podsIn(world, 'greedy-1-fr')).length, 2, 'what fits runs');
  });
});

type Job = KubernetesObject & { readonly status: { readonly completionTime?: string } };
type Peer = { readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] } };
type NetworkPolicy = KubernetesObject & { readonly spec: { readonly podSelector: object; readonly policyTypes: readonly string[]; readonly ingress: readonly object[]; readonly egress: readonly { readonly to?: readonly Peer[] }[] } };

/** Makes an object that may be left from an earlier run. */
async function create({ api }: RealWorld, object: { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace?: string } }): Promise<void> {
  const { namespace } = object.metadata;
  const path = namespace === undefined ? `/api/v1/${object.kind.toLowerCase()}s` : `/api/v1/namespaces/${namespace}/${object.kind.toLowerCase()}s`;
  await api.call({ method: 'POST', path, body: object }).catch((error: unknown) => {
    if (!/already exists/.test(String(error))) throw error;
  });
}

/** A volume for one claim, as the cluster has no storage class that would make one; returns its folder, which is empty. */
async function makeVolume(world: RealWorld, namespace: string, claim: string): Promise<string> {
  const folder = join(dirname(world.cluster.auditLog), 'volumes', `${claim}-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  // The cluster's containers run as nobody in particular.
  chmodSync(folder, 0o777);
  const spec = { capacity: { storage: '1Mi' }, accessModes: ['ReadWriteOnce'], hostPath: { path: folder }, claimRef: { namespace, name: claim }, persistentVolumeReclaimPolicy: 'Retain' };
  await create(world, { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: `${claim}-${process.pid}` }, spec } as KubernetesObject);
  return folder;
}

function starts(folder: string): string {
  try {
    return readFileSync(join(folder, 'starts'), 'utf8');
  } catch {
    return '';
  }
}
