import { readFileSync, statSync, openSync, readSync, closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { formatKey } from '../../app/core/key.ts';
import { labelOfKey } from '../../app/core/object.ts';
import { loadKubeConfig } from '../../app/io/kubernetes/connection.ts';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { app, freePort, startAvant, until, webhookSecret, type Avant } from '../support/avant.ts';
import { bareObjects } from './bare.ts';
import { benchDoor } from './door.ts';
import { openFloor, type Floor } from './floor.ts';
import { watchObjects, type Watched } from './watch.ts';

/**
 * `npm run bench [sizes]`, such as `npm run bench 0,100,1000`: what Avant adds to the bare writes on a real kube-apiserver, beside a floor
 * measured in the same run. Needs root, Linux and test/cluster/install.sh. `npm run bench door`: see door.ts.
 */
/** Another app and namespace in each run: a cluster that is up already may hold the leftovers of one that was broken off. */
const name = `bench${Date.now().toString(36)}`;
const sizes = (process.argv[2] ?? '0,100,1000').split(',').map(Number);
const rounds = 20;
const burst = 500;

const platform = `domain: preview.bar.com
ingress: { class: haproxy-v1 }
namespace: avant-${name}
resync: 1h
`;
const config = `image: localhost/${name}:\${sha}
service: { name: bench-service, port: { name: nginx, number: 8080 } }
`;

type Bench = { readonly github: SandboxGitHub; readonly cluster: Cluster; readonly avant: Avant; readonly floor: Floor; readonly watched: Watched };

/** One row of the table: medians in milliseconds, calls per event. */
type Row = Readonly<Record<string, string | number>>;

let next = 0;

async function main(): Promise<void> {
  const cluster = await startCluster('kwok');
  const port = await freePort();
  const github = await startGitHub({ port: 0, rateLimit: 1_000_000, app, webhook: { url: `http://127.0.0.1:${port}/api/github/webhooks`, secret: webhookSecret } });
  github.world.createInstallation('m6');
  github.world.createRepository({ owner: 'm6', name, files: { 'README.md': '#', '.cloud/preview.yaml': config } });
  const avant = await startAvant({ github: github.url, kubeconfig: cluster.kubeconfig, platform, port, env: { LOG_LEVEL: 'warn' } });
  const kubeconfig = loadKubeConfig(cluster.kubeconfig);
  const floor = await openFloor(kubeconfig);
  const watched = await watchObjects(kubeconfig);
  const bench = { github, cluster, avant, floor, watched };
  try {
    await label(bench); // Warm: the first pull request of a repository also claims its name.
    const rows: Row[] = [];
    for (const size of sizes) {
      await fill(bench, size);
      rows.push(await measure(bench, size));
    }
    console.table(rows);
    console.table([await measureBurst(bench)]);
  } finally {
    await avant.stop();
    watched.close();
    await floor.close();
    await github.close();
    await cluster.stop();
  }
}

/** Opens a pull request with a branch of its own; returns its number. */
function open({ github }: Bench): number {
  next += 1;
  const branch = `branch-${next}`;
  github.world.commit(`m6/${name}`, branch, { 'a.txt': branch });
  return github.world.openPullRequest({ repo: `m6/${name}`, head: branch, title: branch });
}

/** Labels a new pull request and waits for its Ingress, Service and Deployment; returns the number and the milliseconds. */
async function label(bench: Bench): Promise<{ number: number; ms: number }> {
  const number = open(bench);
  // The pull request's opening is an event of its own, and over before anybody labels.
  await sleep(300);
  const seen = bench.watched.written(`${name}-${number}`);
  const start = performance.now();
  bench.github.world.addLabel(`m6/${name}`, number, 'cd/preview');
  return { number, ms: (await seen) - start };
}

async function push(bench: Bench, number: number): Promise<number> {
  const pull = bench.github.world.pullRequest(`m6/${name}`, number);
  const seen = bench.watched.next('MODIFIED', 'Deployment', `${name}-${number}`, (object) => JSON.stringify(object).includes(sha));
  let sha = 'none';
  const start = performance.now();
  sha = bench.github.world.commit(`m6/${name}`, pull.headRef, { 'a.txt': `${performance.now()}` });
  return (await seen) - start;
}

async function merge(bench: Bench, number: number): Promise<number> {
  const seen = bench.watched.next('DELETED', 'Ingress', `${name}-${number}`);
  const start = performance.now();
  bench.github.world.merge(`m6/${name}`, number);
  return (await seen) - start;
}

/** Opens previews until so many are there. */
async function fill(bench: Bench, size: number): Promise<void> {
  const missing = size - bench.watched.count('Ingress');
  const numbers = Array.from({ length: Math.max(0, missing) }, () => open(bench));
  for (const number of numbers) bench.github.world.addLabel(`m6/${name}`, number, 'cd/preview');
  await until(`${size} previews`, () => bench.watched.count('Ingress') >= size, 600_000);
  await quiet(bench);
}

/** Waits until the cluster has had nothing to do for two seconds. Reports may go on: GitHub's limits pace them for minutes. */
async function quiet(bench: Bench): Promise<void> {
  for (let calm = 0, last = -1; calm < 8; ) {
    const now = bench.watched.events();
    calm = now === last ? calm + 1 : 0;
    last = now;
    await sleep(250);
  }
}

async function measure(bench: Bench, size: number): Promise<Row> {
  const floors: number[] = [];
  const times: { label: number[]; push: number[]; merge: number[] } = { label: [], push: [], merge: [] };
  for (let round = 0; round < rounds; round += 1) {
    floors.push(await measureFloor(bench, `${name}-floor-${size}-${round}`));
    await sleep(200);
    const { number, ms } = await label(bench);
    times.label.push(ms);
    await sleep(700);
    times.push.push(await push(bench, number));
    await sleep(700);
    times.merge.push(await merge(bench, number));
    await sleep(700);
  }
  const floor = median(floors);
  return {
    'open previews': size,
    'floor ms': round1(floor),
    'label ms': round1(median(times.label)),
    'label / floor': round1(median(times.label) / floor),
    'push ms': round1(median(times.push)),
    'merge ms': round1(median(times.merge)),
    ...(await measureCalls(bench)),
    'RSS MiB': rss(bench),
  };
}

/** Counts the calls to Kubernetes of each event, the event's own pull request alone, and without what its report writes into the record later. */
async function measureCalls(bench: Bench): Promise<Row> {
  let number = 0;
  const count = async (act: () => Promise<unknown>): Promise<string> => {
    await quiet(bench);
    const before = auditSize(bench);
    const reads = bench.github.requests.count({ route: /AvantPullRequest/ });
    await act();
    const read = bench.github.requests.count({ route: /AvantPullRequest/ }) - reads;
    await sleep(1_500);
    return `${auditCalls(bench, before, number)}; ${read} read`;
  };
  return {
    'label calls': await count(async () => {
      ({ number } = await label(bench));
    }),
    'calls of an event that changes nothing': await count(() => {
      // The label's own: those of our checks are dropped unread.
      const delivery = bench.github.deliveries.all().findLast(({ event }) => event === 'pull_request');
      if (delivery) bench.github.deliveries.redeliver(delivery.id);
      return sleep(1_000);
    }),
    'push calls': await count(() => push(bench, number)),
    'merge calls': await count(() => merge(bench, number)),
  };
}

async function measureFloor({ floor, watched }: Bench, name: string): Promise<number> {
  const objects = await bareObjects(platform, config, name);
  const seen = watched.written(name);
  const start = performance.now();
  const written = floor.preview(objects);
  const ms = (await seen) - start;
  await written;
  await floor.call('DELETE', `api/v1/namespaces/${name}`);
  return ms;
}

async function measureBurst(bench: Bench): Promise<Row> {
  await quiet(bench);
  const names = Array.from({ length: burst }, (_, index) => `${name}-bare-${index}`);
  const bares = await Promise.all(names.map((one) => bareObjects(platform, config, one)));
  const before = bench.watched.count('Ingress');
  const startBare = performance.now();
  await inParallel(bares, 32, (one) => bench.floor.preview(one));
  const bareMs = performance.now() - startBare;
  for (const name of names) await bench.floor.call('DELETE', `api/v1/namespaces/${name}`);
  await until('the bare ones are gone', () => bench.watched.count('Ingress') <= before, 600_000);
  await quiet(bench);
  const numbers = Array.from({ length: burst }, () => open(bench));
  await sleep(2_000);
  const start = performance.now();
  for (const number of numbers) bench.github.world.addLabel(`m6/${name}`, number, 'cd/preview');
  await until('all have their Ingress', () => bench.watched.count('Ingress') >= before + burst, 600_000);
  const ms = performance.now() - start;
  return { burst, 'bare s': round1(bareMs / 1_000), 'Avant s': round1(ms / 1_000), ratio: round1(ms / bareMs), 'RSS MiB': rss(bench) };
}

async function inParallel<T>(items: readonly T[], width: number, act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
    }),
  );
}

type AuditLine = { readonly verb: string; readonly userAgent: string; readonly objectRef?: { readonly namespace?: string; readonly resource: string; readonly name?: string } };

function auditSize({ cluster }: Bench): number {
  return statSync(cluster.auditLog).size;
}

/** Avant's own calls since a position in the audit log; a watch is no call of an event. */
function auditLines({ cluster }: Bench, from: number): AuditLine[] {
  const buffer = Buffer.alloc(statSync(cluster.auditLog).size - from);
  const file = openSync(cluster.auditLog, 'r');
  readSync(file, buffer, 0, buffer.length, from);
  closeSync(file);
  const lines = buffer.toString('utf8').split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => JSON.parse(line) as AuditLine).filter(({ userAgent, verb }) => userAgent === 'avant' && verb !== 'watch');
}

function auditCalls(bench: Bench, from: number, number: number): string {
  const counts = new Map<string, number>();
  const key = { installation: bench.github.world.installation('m6').id, repository: bench.github.world.repository(`m6/${name}`).nodeId, number };
  const record = `record-${labelOfKey(formatKey(key))}`;
  const lines = auditLines(bench, from).filter(({ objectRef }) => objectRef?.namespace === `${name}-${number}` || objectRef?.name === record || objectRef?.name === `${name}-${number}`);
  for (const { verb, objectRef } of lines) {
    const what = `${verb} ${objectRef?.resource === 'configmaps' ? 'record' : 'object'}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts].map(([verb, count]) => `${count} ${verb}`).join(' + ') || '0';
}

function rss({ avant }: Bench): number {
  const status = readFileSync(`/proc/${avant.process.pid ?? 0}/status`, 'utf8');
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

if (process.argv[2] === 'door') await benchDoor(process.argv.slice(3));
else await main();
