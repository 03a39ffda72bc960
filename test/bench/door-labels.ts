import { setTimeout as sleep } from 'node:timers/promises';
import { Agent } from 'node:http';
import { loadKubeConfig } from '../../app/io/kubernetes/connection.ts';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { askInLoops, askOnce } from '../support/asking.ts';
import { app, freePort, startAvant, until, webhookSecret } from '../support/avant.ts';
import { bareObjects } from './bare.ts';
import { printObjects } from './door-objects.ts';
import { openFloor, type Floor } from './floor.ts';
import { median, round1 } from './haproxy-process.ts';
import { watchObjects, type Watched } from './watch.ts';

/** Another app and namespaces in each run: a cluster that is up already may hold the leftovers of one that was broken off. */
const name = `door${Date.now().toString(36)}`;
const repo = `m6/${name}`;
const domain = 'preview.bar.com';
const platform = (door: string): string => `domain: ${domain}
url: http://\${host}
ingress: { class: haproxy-v1 }
namespace: avant-${name}
resync: 1h
door: { address: "${door}" }
`;
const config = `image: localhost/${name}:\${sha}
service: { name: bench-service, port: { name: nginx, number: 8080 } }
`;
const limited = (requestsPerSecond: number): string => `${config}traffic: { rateLimit: { requestsPerSecond: ${requestsPerSecond} } }\n`;

type Bench = { readonly github: SandboxGitHub; readonly cluster: Cluster; readonly floor: Floor; readonly watched: Watched };

type Row = Readonly<Record<string, string | number>>;

/** After a preview has gone its pods go too, and the door is told of each: that is over before the next is measured. */
const calmMs = 4_000;

/** Labels before anything is measured. */
const warmUps = 8;

let next = 0;

/**
 * Label → HTTP 200 and merge → 404 through the real controller and HAProxy, pods pretended, with so many other hosts at the door; and whether the
 * others notice when one preview's rules change. The floor is the same objects written by hand, and its Ingress deleted by hand.
 */
export async function measureLabels(hosts: readonly number[], rounds = Number(process.env['BENCH_ROUNDS'] ?? 10)): Promise<void> {
  const closing: (() => unknown)[] = [];
  try {
    const bench = await openBench(closing);
    const warm = await warmUp(bench);
    const rows: Row[] = [];
    const policies: Row[] = [];
    for (const others of hosts) {
      await fill(bench, others);
      rows.push(await measure(bench, others, rounds));
      console.table(rows);
      if (others > 0) policies.push(await measurePolicy(bench, others));
    }
    if (policies.length > 0) console.table(policies);
    await printObjects(bench.floor, `${name}-${warm.number}`, `avant-${name}`);
    // A cluster that goes on would have them in the next run.
    if (policies.length > 0) await bench.floor.call('DELETE', `api/v1/namespaces/${name}-others`);
  } finally {
    for (const close of closing.reverse()) await close();
  }
}

/** Starts everything; what there is to close is added as it is started. */
async function openBench(closing: (() => unknown)[]): Promise<Bench> {
  const cluster = await startCluster('kwok');
  closing.push(cluster.stop);
  const port = await freePort();
  const github = await startGitHub({ port: 0, rateLimit: 1_000_000, app, webhook: { url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: webhookSecret } });
  closing.push(() => github.close());
  github.world.createInstallation('m6');
  github.world.createRepository({ owner: 'm6', name, files: { 'README.md': '#', '.cloud/preview.yaml': config } });
  const avant = await startAvant({ github: github.url, kubeconfig: cluster.kubeconfig, platform: platform(`http://${cluster.ingressAddress}`), port, env: { LOG_LEVEL: 'warn' } });
  closing.push(() => avant.stop());
  const kubeconfig = loadKubeConfig(cluster.kubeconfig);
  const floor = await openFloor(kubeconfig);
  closing.push(() => floor.close());
  const watched = await watchObjects(kubeconfig);
  closing.push(watched.close);
  return { github, cluster, floor, watched };
}

/** Milliseconds until the last of the preview's own objects is there, and until its host answers 200. */
type Opened = { readonly applied: number; readonly answers: number };

async function opened(bench: Bench, namespace: string, write: () => void): Promise<Opened> {
  const written = bench.watched.written(namespace);
  const start = performance.now();
  write();
  const applied = (await written) - start;
  // Nothing can answer before, and who asks every few milliseconds is in the way of those who write.
  return { applied, answers: (await answersAt(bench, namespace, 200)) - start };
}

/** Asks until the host answers so; returns when that was. */
async function answersAt({ cluster }: Bench, namespace: string, status: number): Promise<number> {
  const agent = new Agent({ keepAlive: false });
  const end = performance.now() + 120_000;
  while ((await askOnce(cluster.ingressAddress, 80, `${namespace}.${domain}`, { agent })).status !== status) {
    if (performance.now() > end) throw new Error(`${namespace} does not answer ${status}`);
    await sleep(5);
  }
  return performance.now();
}

async function label(bench: Bench): Promise<Opened & { readonly number: number }> {
  next += 1;
  const branch = `branch-${next}`;
  bench.github.world.commit(repo, branch, { 'a.txt': branch });
  const number = bench.github.world.openPullRequest({ repo, head: branch, title: branch });
  await sleep(500); // The opening is an event of its own, and over before anybody labels.
  return { number, ...(await opened(bench, `${name}-${number}`, () => bench.github.world.addLabel(repo, number, 'cd/preview'))) };
}

/** A process that has just started: its code is not compiled yet, there is no token, and the first pull request also claims the app's name. */
async function warmUp(bench: Bench): Promise<{ readonly number: number }> {
  const times: number[] = [];
  let last = { number: 0 };
  for (let turn = 0; turn < warmUps; turn += 1) {
    const { number, applied } = await label(bench);
    last = { number };
    times.push(applied);
    await sleep(1_500);
    if (turn < warmUps - 1) bench.github.world.merge(repo, number);
    await sleep(calmMs);
  }
  console.log(`label → written, ms, of the first ${warmUps} after a start (in no row): ${times.map(round1).join(', ')}`);
  return last;
}

async function measure(bench: Bench, others: number, rounds: number): Promise<Row> {
  const floors: Opened[] = [];
  const ours: Opened[] = [];
  const dead: { floor: number[]; ours: number[] } = { floor: [], ours: [] };
  for (let round = 0; round < rounds; round += 1) {
    const namespace = `${name}-floor-${others}-${round}`;
    const objects = await bareObjects(platform(`http://${bench.cluster.ingressAddress}`), config, namespace);
    await sleep(calmMs);
    floors.push(await opened(bench, namespace, () => void bench.floor.preview(objects)));
    await sleep(1_000);
    let start = performance.now();
    const ingress = objects.objects.find(({ kind }) => kind === 'Ingress')?.metadata.name ?? '';
    void bench.floor.call('DELETE', `apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/${ingress}`);
    dead.floor.push((await answersAt(bench, namespace, 404)) - start);
    await bench.floor.call('DELETE', `api/v1/namespaces/${namespace}`);
    await sleep(calmMs);
    const one = await label(bench);
    ours.push(one);
    await sleep(1_500);
    start = performance.now();
    bench.github.world.merge(repo, one.number);
    dead.ours.push((await answersAt(bench, `${name}-${one.number}`, 404)) - start);
  }
  const of = (values: readonly Opened[], key: keyof Opened): number => median(values.map((value) => value[key]));
  return {
    'other hosts': others,
    'floor: written ms': round1(of(floors, 'applied')),
    'label → written ms': round1(of(ours, 'applied')),
    'our share ms': round1(of(ours, 'applied') - of(floors, 'applied')),
    'floor → 200 ms': round1(of(floors, 'answers')),
    'label → 200 ms': round1(of(ours, 'answers')),
    ratio: round1(of(ours, 'answers') / of(floors, 'answers')),
    'floor: delete → 404 ms': round1(median(dead.floor)),
    'merge → 404 ms': round1(median(dead.ours)),
  };
}

/** Makes the door know so many hosts: a Service, an EndpointSlice and an Ingress each, in a namespace of their own, without pods. */
async function fill({ floor, cluster }: Bench, others: number): Promise<void> {
  const namespace = `${name}-others`;
  const have = filled.get(namespace) ?? 0;
  if (others <= have) return;
  if (have === 0) await floor.call('POST', 'api/v1/namespaces', { metadata: { name: namespace } });
  const queue = Array.from({ length: others - have }, (_, index) => have + index);
  filled.set(namespace, others);
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      for (let number = queue.shift(); number !== undefined; number = queue.shift()) {
        const one = `other-${number}`;
        const address = `10.244.${Math.trunc(number / 250)}.${(number % 250) + 1}`;
        await floor.call('POST', `api/v1/namespaces/${namespace}/services`, { metadata: { name: one }, spec: { clusterIP: 'None', ports: [{ name: 'http', port: 8080 }] } });
        await floor.call('POST', `apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`, slice(one, address));
        await floor.call('POST', `apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`, ingress(one));
      }
    }),
  );
  await until('the door knows the last of them', async () => (await askOnce(cluster.ingressAddress, 80, `other-${others - 1}.${domain}`)).status === 200, 120_000);
  await sleep(3_000);
}

const filled = new Map<string, number>();

function slice(one: string, address: string): object {
  return { metadata: { name: one, labels: { 'kubernetes.io/service-name': one } }, addressType: 'IPv4', ports: [{ name: 'http', port: 8080 }], endpoints: [{ addresses: [address], conditions: { ready: true } }] };
}

function ingress(one: string): object {
  const backend = { service: { name: one, port: { number: 8080 } } };
  return { metadata: { name: one, annotations: { 'haproxy-ingress.github.io/ssl-redirect': 'false' } }, spec: { ingressClassName: 'haproxy-v1', rules: [{ host: `${one}.${domain}`, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] } };
}

/** Five changes of one preview's rate limit, while clients ask ten others in loops. */
async function measurePolicy(bench: Bench, others: number): Promise<Row> {
  const { number } = await label(bench);
  const namespace = `${name}-${number}`;
  const branch = bench.github.world.pullRequest(repo, number).headRef;
  const hosts = Array.from({ length: Math.min(10, others) }, (_, index) => `other-${index}.${domain}`);
  const loop = askInLoops(bench.cluster.ingressAddress, 80, hosts, 10);
  const changes = 5;
  const times: number[] = [];
  for (let change = 1; change <= changes; change += 1) {
    const seen = bench.watched.next('MODIFIED', 'Ingress', namespace, (object) => JSON.stringify(object).includes(`"${10 + change}"`));
    const start = performance.now();
    bench.github.world.commit(repo, branch, { '.cloud/preview.yaml': limited(10 + change) });
    times.push((await seen) - start);
    await sleep(2_000); // The controller's update and HAProxy's reload are in here.
  }
  const limits = await Promise.all(Array.from({ length: 40 }, () => askOnce(bench.cluster.ingressAddress, 80, `${namespace}.${domain}`)));
  if (!limits.some(({ status }) => status === 429)) throw new Error('the door does not have the new rate limit');
  const { requests, failed, kinds } = await loop.stop();
  // Closed and not merged: the rule would be in the branches that come after.
  bench.github.world.close(repo, number);
  return { 'other hosts': others, changes, 'push → rule written ms': round1(median(times)), 'requests of the others': requests, failed, kinds };
}
