import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { openRenderer } from '../../app/io/render/renderer.ts';
import { chartFiles, cloudOf, helm, requestFor } from '../support/charts/cloud.ts';
import { openFakeLog } from '../support/fake-clock.ts';

/**
 * `node test/bench/render.ts [rounds]`: what it takes to render a chart of ten objects, from the files of a branch to objects, beside
 * a plain `helm template` of the same chart in the same run; in turn, so that a busy machine is busy for both. Linux, for the memory.
 */
const rounds = Number(process.argv[2] ?? 30);
if (helm === undefined) throw new Error('there is no helm 4: run install/helm.sh');
const folder = mkdtempSync(join(tmpdir(), 'bench-render-'));
const files = chartFiles('shop');
for (const [path, content] of Object.entries(files)) {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), content);
}
const base = requestFor(cloudOf(files), { chart: 'shop' });
writeFileSync(join(folder, 'computed.json'), JSON.stringify(base.computed));
const plainWords = ['template', 'shop', './charts/shop', '--namespace', 'foo-241-fr', '--skip-tests', '--kube-version', '1.36.1', ...['charts/shop/values-preview.yaml', 'charts/shop/values-fr.yaml', 'computed.json'].flatMap((path) => ['--values', path])];

async function plain(): Promise<void> {
  const child = spawn(helm ?? '', plainWords, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'], env: { HOME: folder } });
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => (bytes += chunk.length));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0 || bytes === 0) throw new Error(`helm ended with ${code} and ${bytes} bytes`);
}

const renderer = openRenderer({ helm, log: openFakeLog() });
let releases = 0;
/** Another release each time: nothing is there already. */
async function whole(): Promise<void> {
  const objects = await renderer.chart({ ...base, release: `shop-${(releases += 1)}` });
  if (objects.length !== 10) throw new Error(`${objects.length} objects`);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  const ms = performance.now() - start;
  // What is done in the background is not to weigh on the next.
  await renderer.idle();
  return ms;
}

/** Peak memory (VmHWM) of the processes that `work` starts, in MiB, looked at all the time; what they take in their last moment can be missed. */
async function peak(work: () => Promise<unknown>): Promise<number> {
  let [most, over] = [0, false];
  const done = work().finally(() => (over = true));
  while (!over) {
    for (const thread of readdirSync('/proc/self/task')) {
      for (const id of textOf(`/proc/self/task/${thread}/children`).split(' ').filter((one) => one !== '')) most = Math.max(most, Number(/VmHWM:\s+(\d+)/.exec(textOf(`/proc/${id}/status`))?.[1] ?? 0) / 1024);
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
  await done;
  await renderer.idle();
  return most;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function row(name: string, values: readonly number[], beside: readonly number[], digits = 1): void {
  console.log(`| ${name} | ${median(values).toFixed(digits)} | ${(median(values) / median(beside)).toFixed(2)} |`);
}

try {
  const before = process.memoryUsage.rss();
  for (let round = 0; round < 3; round += 1) for (const work of [plain, whole]) await timed(work);
  const [plainMs, wholeMs, keptMs, filledMs]: number[][] = [[], [], [], []];
  const known = { ...base, release: 'known' };
  await timed(() => renderer.chart(known));
  for (let round = 0; round < rounds; round += 1) {
    plainMs?.push(await timed(plain));
    wholeMs?.push(await timed(whole));
    keptMs?.push(await timed(() => renderer.chart(known)));
    const sha = `fade${round.toString(16).padStart(3, 'f')}`.padEnd(40, 'b');
    filledMs?.push(await timed(() => renderer.chart(requestFor(base.cloud, { chart: 'shop', release: 'known', sha }))));
  }
  const [plainMiB, wholeMiB]: number[][] = [[], []];
  for (let round = 0; round < Math.min(rounds, 10); round += 1) {
    plainMiB?.push(await peak(plain));
    wholeMiB?.push(await peak(whole));
  }
  const { started, kept, filledIn } = renderer.counters();
  console.log(`medians of ${rounds} rounds; helm was started ${started} times for the whole step, and twice in the background each time; ${kept} answers kept, ${filledIn} filled in\n`);
  console.log('| ten objects | ms | beside plain helm |\n|---|---|---|');
  row('plain `helm template`', plainMs ?? [], plainMs ?? []);
  row('the whole step', wholeMs ?? [], plainMs ?? []);
  row('the same request again', keptMs ?? [], plainMs ?? [], 2);
  row('the next commit, chart untouched', filledMs ?? [], plainMs ?? [], 2);
  console.log('\n| memory | MiB | beside plain helm |\n|---|---|---|');
  row('plain `helm template`, peak', plainMiB ?? [], plainMiB ?? []);
  row('helm in the whole step, peak', wholeMiB ?? [], plainMiB ?? []);
  console.log(`\nThis process, with a thread that reads YAML: ${((process.memoryUsage.rss() - before) / 1024 / 1024).toFixed(0)} MiB more than before its first chart.`);
} finally {
  await renderer.close();
  rmSync(folder, { recursive: true });
}
