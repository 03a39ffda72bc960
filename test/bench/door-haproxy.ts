import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { askOnce, pause } from '../support/asking.ts';
import { freePort } from '../support/avant.ts';
import { hostOf, writeDoor, writePods, writeRouting, type DoorSettings, type Ports } from './haproxy-configuration.ts';
import { checkMs, command, median, round1, startHAProxy } from './haproxy-process.ts';

type Row = Readonly<Record<string, string | number>>;

/** Our chart's `edge`. */
const chart = { slots: 2, balance: 'roundrobin', weight: 100, maxConnections: 10_000, strictLimits: false, httpClient: false } as const;

/** The chart's settings, what each of them is worth, and a controller that is told nothing: 6 free slots. */
const settings: readonly (readonly [string, Omit<DoorSettings, 'previews'>])[] = [
  ['chart', chart],
  ['chart, slotsMinFree 0', { ...chart, slots: 1 }],
  ['chart, random(2)', { ...chart, balance: 'random(2)' }],
  ['chart, HTTP client', { ...chart, httpClient: true }],
  ['the controller’s own', { slots: 7, balance: 'random(2)', weight: 1, maxConnections: 2_000, strictLimits: true, httpClient: true }],
];

/** What HAProxy alone takes for so many previews: the configurations are generated in the controller's form, no cluster is there. */
export async function measureSizes(sizes: readonly number[]): Promise<void> {
  const rows: Row[] = [];
  await withPods(async (ports, folder) => {
    for (const previews of sizes) for (const [name, one] of settings) rows.push(await measureSize(name, { previews, ...one }, ports, folder));
  });
  console.table(rows);
}

async function measureSize(name: string, one: DoorSettings, ports: Ports, folder: string): Promise<Row> {
  const file = writeDoor(folder, one, ports);
  const size = { previews: one.previews, settings: name, 'config MiB': round1(statSync(file).size / 2 ** 20) };
  try {
    const check = await checkMs(file);
    const answers = async (): Promise<boolean> => (await askOnce('127.0.0.1', ports.door, hostOf(one.previews))).status === 200;
    const { haproxy, ms } = await startHAProxy(file, answers);
    await pause(2_000);
    const before = haproxy.cpuSeconds();
    await pause(4_000);
    const cpu = (haproxy.cpuSeconds() - before) / 4;
    const rss = haproxy.rssMiB();
    const reloads = [];
    for (let round = 0; round < (one.previews > 1_000 ? 1 : 3); round += 1) reloads.push(await haproxy.reload());
    await haproxy.stop();
    return { ...size, 'haproxy -c, ms of CPU': Math.round(check), 'start ms': Math.round(ms), 'RSS MiB': rss, 'reload ms': Math.round(median(reloads)), 'idle, % of a core': round1(cpu * 100), trouble: '' };
  } catch (error) {
    return { ...size, 'haproxy -c, ms of CPU': '', 'start ms': '', 'RSS MiB': '', 'reload ms': '', 'idle, % of a core': '', trouble: error instanceof Error ? error.message.trim().slice(0, 160) : String(error) };
  }
}

/** What a routing layer in front of several doors takes: one map of hosts, no backends of previews. */
export async function measureMaps(sizes: readonly number[]): Promise<void> {
  const rows: Row[] = [];
  await withPods(async (ports, folder) => {
    for (const lines of sizes) rows.push(await measureMap(lines, ports, folder));
  });
  console.table(rows);
}

async function measureMap(lines: number, ports: Ports, folder: string): Promise<Row> {
  const lookups = 200;
  const without = await perRequest(writeRouting(folder, { lines, lookups: 0 }, ports), ports);
  const file = writeRouting(folder, { lines, lookups }, ports);
  const answers = async (): Promise<boolean> => (await askOnce('127.0.0.1', ports.door, hostOf(lines - 1))).status === 200;
  const { haproxy, ms } = await startHAProxy(file, answers);
  const rss = haproxy.rssMiB();
  const withMap = await cpuPerRequest(haproxy, ports);
  const map = join(folder, 'doors.map');
  const socket = join(folder, 'admin.sock');
  const times = { add: [] as number[], set: [] as number[], del: [] as number[] };
  for (let round = 0; round < 5; round += 1) {
    const host = `new-${round}.preview.bar.com`;
    times.add.push((await command(socket, `add map ${map} ${host} door1`)).ms);
    if ((await askOnce('127.0.0.1', ports.door, host)).status !== 200) throw new Error(`${host} was added and does not answer`);
    times.set.push((await command(socket, `set map ${map} ${host} door2`)).ms);
    times.del.push((await command(socket, `del map ${map} ${host}`)).ms);
  }
  const reload = await haproxy.reload();
  await haproxy.stop();
  return {
    ...{ 'lines of the map': lines, 'map MiB': round1(statSync(map).size / 2 ** 20), 'start ms': Math.round(ms), 'RSS MiB': rss, 'reload ms': Math.round(reload) },
    'lookups/s of one core': Math.round(lookups / Math.max(withMap - without, 1e-7)),
    ...{ 'add ms': round1(median(times.add)), 'set ms': round1(median(times.set)), 'del ms': round1(median(times.del)) },
  };
}

async function perRequest(file: string, ports: Ports): Promise<number> {
  const { haproxy } = await startHAProxy(file, async () => (await askOnce('127.0.0.1', ports.door, 'nobody', { path: '/lookups' })).status === 200);
  const seconds = await cpuPerRequest(haproxy, ports);
  await haproxy.stop();
  return seconds;
}

/** Processor seconds of HAProxy for one request of 200 lookups, or of as many names without the lookup. */
async function cpuPerRequest(haproxy: { readonly cpuSeconds: () => number }, { door }: Ports): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  const requests = 4_000;
  const before = haproxy.cpuSeconds();
  await Promise.all(
    Array.from({ length: 4 }, async () => {
      for (let number = 0; number < requests / 4; number += 1) await askOnce('127.0.0.1', door, 'nobody', { path: '/lookups', agent });
    }),
  );
  agent.destroy();
  return (haproxy.cpuSeconds() - before) / requests;
}

/** Runs with a HAProxy that stands for every pod, and takes all away. */
async function withPods(use: (ports: Ports, folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'avant-door-'));
  const podsFolder = mkdtempSync(join(tmpdir(), 'avant-door-pods-'));
  const ports = { door: await freePort(), pods: await freePort() };
  const { haproxy } = await startHAProxy(writePods(podsFolder, ports), async () => (await askOnce('127.0.0.1', ports.pods, 'pods')).status === 200);
  try {
    await use(ports, folder);
  } finally {
    await haproxy.stop();
    for (const one of [folder, podsFolder]) rmSync(one, { recursive: true, force: true });
  }
}
