import { RenderRefused } from '../../core/ports.ts';
import { sha256 } from '../../core/object.ts';
import { identityOf, RepositoryTrouble, type RemoteChart, type ResolvedChart } from '../charts/remote-chart.ts';
import type { ChartRepositories } from '../charts/repositories.ts';
import type { ChartFolder } from './chart-folder.ts';
import type { ChartPlan } from './inspect-chart.ts';
import { openKept, type Kept } from './kept.ts';
import type { RenderLimits } from './limits.ts';
import type { Place } from './line.ts';
import type { Reader } from './reader.ts';
import { OverLimit } from './refusals.ts';

/** A chart's folder, and what is to be fetched for it. */
export type WholeChart = {
  readonly folder: ChartFolder;
  readonly remote: readonly ResolvedChart[];
  /** What tells what is fetched from anything else: each chart's version and digest. */
  readonly digests: readonly string[];
};

/** What there is to know about charts before helm sees them. */
export type ChartPlans = {
  /** Returns what the chart is made of by now. Throws a RenderRefused, and a RepositoryTrouble where that cannot be told. */
  whole(folder: ChartFolder, place: Place): Promise<WholeChart>;
  /** Returns the plan; fetches what has to be fetched. Throws likewise. */
  plan(chart: WholeChart, place: Place): Promise<ChartPlan>;
};

export type ChartPlansOptions = { readonly reader: Pick<Reader, 'read'>; readonly repositories: Omit<ChartRepositories, 'close'>; readonly limits: RenderLimits };

/** What was found out about a folder with so much of it fetched; `until`: on the monotonic clock, in ms. */
type Looked = { readonly wanted: readonly RemoteChart[] } | { readonly problems: readonly string[]; readonly until: number };

type State = ChartPlansOptions & {
  /** The last plan of each folder; `key`: with what. */
  readonly plans: WeakMap<ChartFolder, { readonly key: string; readonly plan: ChartPlan }>;
  readonly looked: Kept<Looked>;
  readonly running: Map<string, Promise<Answer>>;
};

type Answer = { readonly wanted: readonly RemoteChart[] } | { readonly plan: ChartPlan };

/** What is wanted, and what is wrong: short texts. */
const keptBytes = 1024 * 1024;

/** Returns the plans of charts; a platform without chart repositories is asked for nothing. */
export function openChartPlans(options: ChartPlansOptions): ChartPlans {
  const state: State = { ...options, plans: new WeakMap(), looked: openKept(keptBytes), running: new Map() };
  return {
    whole: (folder, place) => whole(folder, place, state),
    plan: (chart, place) => plan(chart, place, state),
  };
}

/** What is fetched may ask for more: round by round, until nothing is missing. Each round finds something new, or is the last. */
async function whole(folder: ChartFolder, place: Place, state: State): Promise<WholeChart> {
  let chart: WholeChart = { folder, remote: [], digests: [] };
  if (state.repositories.listed.length === 0) return chart;
  for (;;) {
    const wanted = await wantedBy(chart, place, state);
    if (wanted.length === 0) return chart;
    const found = await Promise.all(wanted.map((one) => state.repositories.find(one)));
    const remote = [...chart.remote, ...found];
    chart = { folder, remote, digests: remote.map((one) => `${identityOf(one)} ${one.digest}`) };
  }
}

async function wantedBy(chart: WholeChart, place: Place, state: State): Promise<readonly RemoteChart[]> {
  const key = keyOf(chart);
  const known = state.looked.get(key);
  if (known && 'wanted' in known) return known.wanted;
  if (known && known.until > performance.now()) throw new RenderRefused(known.problems);
  const answer = await inspect(chart, place, state);
  return 'wanted' in answer ? answer.wanted : [];
}

async function plan(chart: WholeChart, place: Place, state: State): Promise<ChartPlan> {
  const known = state.plans.get(chart.folder);
  if (known?.key === keyOf(chart)) return known.plan;
  const answer = await inspect(chart, place, state);
  if ('wanted' in answer) throw new Error(`${chart.folder.path}: what it asks for was not fetched`);
  return answer.plan;
}

/** Tenants of one preview ask at the same time. */
function inspect(chart: WholeChart, place: Place, state: State): Promise<Answer> {
  const key = `${place.queue} ${keyOf(chart)}`;
  const started = state.running.get(key) ?? inspectNow(chart, place, state).finally(() => state.running.delete(key));
  state.running.set(key, started);
  return started;
}

async function inspectNow(chart: WholeChart, place: Place, state: State): Promise<Answer> {
  const { reader, repositories, limits, looked, plans } = state;
  const { folder, remote } = chart;
  const archives = await fetched(remote, state);
  const key = keyOf(chart);
  const keep = (what: Looked): void => {
    looked.put(key, what, JSON.stringify(what).length);
  };
  try {
    const files = [...folder.files].map(([path, content]) => ({ path, content }));
    const answer = await reader.read<'inspect'>({ kind: 'inspect', folder: folder.path, files, fetched: { listed: repositories.listed, archives } }, folder.path, place);
    if ('problems' in answer) throw new RenderRefused(answer.problems.slice(0, 20));
    keep({ wanted: 'wanted' in answer ? answer.wanted : [] });
    if ('plan' in answer) plans.set(folder, { key, plan: answer.plan });
    return answer;
  } catch (thrown) {
    if (thrown instanceof RenderRefused) keep({ problems: thrown.problems, until: thrown instanceof OverLimit ? performance.now() + limits.tryAgainMs : Infinity });
    throw thrown;
  }
}

/**
 * One after the other: together they may be no larger than one may, and nobody is held up for long. What was fetched is kept, so that
 * the next try goes on from there.
 */
async function fetched(remote: readonly ResolvedChart[], { repositories, limits }: State): Promise<ReadonlyMap<string, Uint8Array>> {
  const archives = new Map<string, Uint8Array>();
  const end = performance.now() + 2 * limits.repositories.downloadMs;
  let room = limits.repositories.archiveBytes;
  for (const chart of remote) {
    if (performance.now() > end) throw new RepositoryTrouble(`Fetching what a chart asks for takes long: ${archives.size} of ${remote.length} charts are there, and it goes on`);
    const archive = await repositories.archive(chart);
    room -= archive.length;
    if (room < 0) throw new RenderRefused([`${chart.at}: with ${chart.name} ${chart.version}, what is fetched for the chart is larger than the ${limits.repositories.archiveBytes / 1024} KiB it may be — vendor what is used of it`]);
    archives.set(identityOf(chart), archive);
  }
  return archives;
}

/** By the path too: it is in what is told. */
function keyOf({ folder, digests }: WholeChart): string {
  return sha256(JSON.stringify([folder.path, folder.hash, ...digests]));
}
