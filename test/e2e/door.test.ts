import assert from 'node:assert/strict';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { clusterProblem } from '../cluster/cluster.ts';
import { askInLoops, get } from '../support/asking.ts';
import { until } from '../support/avant.ts';
import { makeProject, registry, startRealWorld, type RealProject, type RealWorld } from '../support/e2e-cluster.ts';
import { deployment, ingress, service } from '../support/manifests.ts';
import { openDoor, type TestDoor } from '../support/scripted-door.ts';

/** "Live" against a real HAProxy: what the comment, the check and the deployment say is what a visitor meets. */
const problem = clusterProblem();
const skip = problem !== undefined && process.env['CI'] !== 'true' ? problem : false;

const config = (lines: string): string => `image: ${registry}/web:\${sha}
service: { port: { name: http, number: 8080 } }
resources: { cpu: 10m, memory: 64Mi }
env: { TENANT: "\${tenant}", SHA: "\${sha}" }
${lines}`;

describe('live through a real HAProxy', { skip }, () => {
  let world: RealWorld;
  let door: TestDoor;
  before(async () => {
    if (problem !== undefined) throw new Error(problem);
    door = await openDoor();
    world = await startRealWorld((cluster) => {
      door.edge = `http://${cluster.ingressAddress}`;
      return `domain: preview.bar.com
url: http://\${host}
ingress: { class: haproxy-v1 }
tenants: { fr: {}, be: {} }
namespace: avant-e2e-door
registries: { "${registry}": {} }
secrets: { namespace: avant-e2e-door-secrets }
access: { ways: { team: { secret: passwords }, office: { addresses: [192.0.2.0/24] } }, choices: [team, office] }
door: { address: ${door.address} }
`;
    });
  });
  after(async () => {
    await world.close();
    await door.close();
  });

  /** The deployments' states, of one commit where it is named. */
  const states = (project: RealProject, sha?: string): readonly string[] =>
    world.github.world
      .repository(project.repo)
      .deployments.filter((deployment) => sha === undefined || deployment.sha === sha)
      .map(({ statuses }) => statuses.at(-1)?.state ?? 'none');
  const calledLive = (project: RealProject, number: number, sha: string, previews: number): Promise<void> =>
    until(`${project.repo}#${number} is called live`, () => states(project, sha).filter((state) => state === 'success').length === previews, 120_000).catch((error: unknown) => {
      throw new Error(`${String(error)}\n${project.comment(number)}`, { cause: error });
    });
  const visit = (host: string, headers: Readonly<Record<string, string>> = {}, path = '/'): Promise<{ readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string }> =>
    new Promise((resolve, reject) => {
      const request = httpRequest({ host: world.cluster.ingressAddress, path, headers: { host, ...headers }, agent: false, timeout: 5_000 }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => (body += text));
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
        });
      });
      request.on('timeout', () => request.destroy(new Error('timed out')));
      request.on('error', reject).end();
    });
  /** Runs something while hosts are asked in loops; fails when one of the requests did. */
  const failsNone = async (hosts: readonly string[], run: () => Promise<void>): Promise<void> => {
    const loop = askInLoops(world.cluster.ingressAddress, 80, hosts, 20);
    await run().finally(loop.stop);
    const { requests, failed, kinds } = await loop.stop();
    assert.ok(requests > 20, kinds);
    assert.equal(failed, 0, kinds);
  };
  const questions = async (): Promise<number> => Number(/^avant_door_questions (\d+)$/m.exec(await (await fetch(`${world.avant.adminUrl}/metrics`)).text())?.[1]);

  test('a label: called live only when every host answers 200, marked; a push; a merge gives 404', async () => {
    const project = makeProject(world, 'door', { '.cloud/preview.yaml': config('tenants: [fr, be]\n') });
    const { number, sha } = await project.open('feature');
    const hosts = ['fr', 'be'].map((tenant) => `door-${number}-${tenant}.preview.bar.com`);
    await calledLive(project, number, sha, 2);
    for (const host of hosts) {
      const { status, headers, body } = await visit(host);
      assert.deepEqual([status, headers['x-avant-preview'], body.includes(sha)], [200, host.split('.')[0], true]);
    }
    await until('the comment says so', () => project.comment(number).includes('Both previews are live'), 60_000);

    const next = await project.push('feature');
    await calledLive(project, number, next, 2);
    // The pod before it goes on for some seconds, and on a busy machine the door may be late to leave it out.
    for (const host of hosts) await until(`${host} answers anew`, async () => (await get(world.cluster.ingressAddress, host)).body.includes(next));

    world.github.world.merge(project.repo, number);
    for (const host of hosts) await until(`${host} is gone`, async () => (await visit(host)).status === 404, 60_000);
    assert.equal((await visit(hosts[0] ?? '')).headers['x-avant-preview'], undefined);
    await until('nothing is asked', async () => (await questions()) === 0);
  });

  test('a preview that answers itself, but not through the door that Avant asks, is not called live', async () => {
    const project = makeProject(world, 'held', { '.cloud/preview.yaml': config('tenants: [fr]\n') });
    const host = 'held-1-fr.preview.bar.com';
    door.says.set(host, 503);
    const { number, sha } = await project.open('feature');
    await until('it answers', async () => (await visit(host)).status === 200, 120_000);
    await until('the comment says what keeps it', () => /no server for it \(503\)/.test(project.comment(number)), 60_000);
    assert.deepEqual(states(project), ['in_progress']);
    door.says.delete(host);
    await calledLive(project, number, sha, 1);
    world.github.world.merge(project.repo, number);
  });

  test('while clients ask in loops: a push fails no request of its preview, a change of rules none of another', async () => {
    // One image for all commits: what is pushed is told by the environment, so that no pod waits for an import.
    const still = (lines = ''): string => config(`tenants: [fr]\nreadiness: { path: / }\n${lines}`).replace(':${sha}', ':still');
    await world.cluster.tagImage(`${registry}/web:still`);
    const project = makeProject(world, 'busy', { '.cloud/preview.yaml': still() });
    const [pushed, other] = [await project.open('pushed'), await project.open('other')];
    const [host, neighbour] = [pushed, other].map(({ number }) => `busy-${number}-fr.preview.bar.com`) as [string, string];
    for (const { number, sha } of [pushed, other]) await calledLive(project, number, sha, 1);
    const answersWith = (sha: string): Promise<void> => until(`${host} answers with ${sha}`, async () => (await get(world.cluster.ingressAddress, host)).body.includes(sha), 120_000);
    await failsNone([host, host, host, neighbour], async () => {
      for (let turn = 1; turn <= 2; turn += 1) {
        await answersWith(world.github.world.commit(project.repo, 'pushed', { 'turn.txt': `${turn}` }));
        // The pod before has until then to end.
        await new Promise((resolve) => setTimeout(resolve, 8_000));
      }
    });
    await failsNone([neighbour, neighbour, neighbour], async () => {
      world.github.world.commit(project.repo, 'pushed', { '.cloud/preview.yaml': still('traffic: { rateLimit: { requestsPerSecond: 1 } }\n') });
      await until('the rule is at the door', async () => (await get(world.cluster.ingressAddress, host)).status === 429, 60_000);
      // The process before the reload ends what it has begun: for that nobody here can wait but by the clock.
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    });
    for (const { number } of [pushed, other]) world.github.world.close(project.repo, number);
    for (const one of [host, neighbour]) await until(`${one} is gone`, async () => (await visit(one)).status === 404, 60_000);
  });

  test('a program that does not speak what the policy says: told with the line to change, and a push mends it', async () => {
    const project = makeProject(world, 'speaks', { '.cloud/preview.yaml': config('tenants: [fr]\ntraffic: { protocol: h2 }\n') });
    const { number } = await project.open('feature');
    await until('the comment names the line', () => /\(50[23]\)[^]*speaks what `traffic\.protocol` says/.test(project.comment(number)), 120_000);
    assert.ok(!states(project).includes('success'));
    const sha = await project.push('feature', { '.cloud/preview.yaml': config('tenants: [fr]\n') });
    await calledLive(project, number, sha, 1);
    world.github.world.close(project.repo, number);
  });

  test('an Ingress with nothing at /: the link has the path that it has, and leads to the preview', async () => {
    const manifest = [deployment('web', `${registry}/web:\${sha}`), service('web'), ingress('web', ['/app', 'web'])].join('---\n');
    const project = makeProject(world, 'deep', { '.cloud/preview.yaml': 'tenants: [fr]\n', '.cloud/manifests/web.yaml': manifest });
    const { number, sha } = await project.open('feature');
    await calledLive(project, number, sha, 1);
    const host = `deep-${number}-fr.preview.bar.com`;
    await until('the comment has the link', () => project.comment(number).includes(`(http://${host}/app)`));
    const markAt = async (path: string): Promise<unknown> => (await visit(host, {}, path)).headers['x-avant-preview'];
    assert.deepEqual([await markAt('/app'), await markAt('/')], [host.split('.')[0], undefined]);
    world.github.world.close(project.repo, number);
  });

  test('who may look: a door that turns Avant away by the rules has the route', async () => {
    const { api } = world;
    // The controller of the tests' cluster may not read Secrets elsewhere unless it is let, as install/ does.
    const letIt = { data: { 'cross-namespace-secrets-passwd': 'allow' } };
    await api.call({ method: 'PATCH', path: '/api/v1/namespaces/ingress/configmaps/haproxy-ingress', body: letIt, contentType: 'application/merge-patch+json' });
    await api.call({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'avant-e2e-door-secrets' } } });
    await api.call({ method: 'POST', path: '/api/v1/namespaces/avant-e2e-door-secrets/secrets', body: { metadata: { name: 'passwords' }, stringData: { auth: 'ann::open-sesame' } } });
    const project = makeProject(world, 'kept', { '.cloud/preview.yaml': config('tenants: [fr]\naccess: team\n') });
    const { number, sha } = await project.open('feature');
    await calledLive(project, number, sha, 1);
    const host = `kept-${number}-fr.preview.bar.com`;
    assert.deepEqual([(await visit(host)).status, (await visit(host, { authorization: `Basic ${Buffer.from('ann:open-sesame').toString('base64')}` })).status], [401, 200]);
    const office = await project.open('office', { '.cloud/preview.yaml': config('tenants: [be]\naccess: office\n') });
    await calledLive(project, office.number, office.sha, 1);
    assert.equal((await visit(`kept-${office.number}-be.preview.bar.com`)).status, 403);

    // Without the Secret the controller would let in whoever gives a name, and with a broken line HAProxy would take nothing of anybody.
    const secrets = '/api/v1/namespaces/avant-e2e-door-secrets/secrets';
    const told = (words: RegExp): Promise<void> =>
      until(`the comment says ${String(words)}`, () => words.test(project.comment(number)), 60_000).catch((error: unknown) => {
        throw new Error(`${String(error)}\n${project.comment(number)}`, { cause: error });
      });
    await api.call({ method: 'DELETE', path: `${secrets}/passwords` });
    await until('the door is shut', async () => (await visit(host, { authorization: `Basic ${Buffer.from('x:y').toString('base64')}` })).status === 404, 60_000);
    await told(/have still to make [^ ]*secrets.passwords/);
    await api.call({ method: 'POST', path: secrets, body: { metadata: { name: 'passwords' }, stringData: { auth: 'ann b::open-sesame' } } });
    await told(/have still to mend line 1 of the key auth in [^ ]*secrets.passwords/);
    assert.equal((await visit(host)).status, 404);
    await api.call({ method: 'PATCH', path: `${secrets}/passwords`, body: { stringData: { auth: 'ann::open-sesame' } }, contentType: 'application/merge-patch+json' });
    await until('the door asks again', async () => (await visit(host)).status === 401, 60_000);
    for (const one of [number, office.number]) world.github.world.close(project.repo, one);
    for (const host of [`kept-${number}-fr`, `kept-${office.number}-be`]) await until(`${host} is gone`, async () => (await visit(`${host}.preview.bar.com`)).status === 404, 60_000);
    await api.call({ method: 'DELETE', path: '/api/v1/namespaces/avant-e2e-door-secrets' });
  });
});
