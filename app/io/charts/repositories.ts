import { createHash } from 'node:crypto';
import { shown } from '../../core/outside-text.ts';
import { RenderRefused, type Log } from '../../core/ports.ts';
import { openConnections, type Connections } from '../registry/connection.ts';
import { openKept, type Kept } from '../render/kept.ts';
import type { RepositoryLimits } from '../render/limits.ts';
import { download, isBelow } from './download.ts';
import type { IndexEntry } from './index-entry.ts';
import { openIndex, type Index, type ReadEntry } from './index-file.ts';
import { identityOf, RepositoryTrouble, type RemoteChart, type ResolvedChart } from './remote-chart.ts';

/** The chart repositories that a platform takes charts from. */
export type ChartRepositories = {
  /** Their addresses, without a slash at the end. */
  readonly listed: readonly string[];
  /** Returns what the index says of a chart. Throws a RenderRefused for a version that is not to be had. */
  find(chart: RemoteChart): Promise<ResolvedChart>;
  /** Returns the archive, which is what its digest says. Throws a RenderRefused where it is not. */
  archive(chart: ResolvedChart): Promise<Uint8Array>;
  close(): Promise<void>;
};

export type RepositoriesOptions = { readonly listed: readonly string[]; readonly limits: RepositoryLimits; readonly readEntry: ReadEntry; readonly log: Log };

/** What is wrong with a version in its repository: of no use whoever asks for it. */
class Unfit extends Error {
  override readonly name = 'Unfit';
}

type State = RepositoriesOptions & {
  readonly connections: Connections;
  readonly indexes: ReadonlyMap<string, Index>;
  readonly archives: Kept<Uint8Array>;
  readonly running: Map<string, Promise<Uint8Array>>;
  readonly failed: Map<string, { readonly error: Error; readonly until: number }>;
};

/**
 * Opens the platform's chart repositories; nothing is asked before somebody needs it. Who wants the same at the same time waits for one
 * download. Both methods throw a RepositoryTrouble for what is no fault of the branch; while a repository does not answer, what it
 * said of a version before holds.
 */
export function openRepositories(options: RepositoriesOptions): ChartRepositories {
  const connections = openConnections(options.limits.downloadMs);
  const indexes = new Map(options.listed.map((url) => [url, openIndex(url, { ...options, connections })]));
  const state: State = { ...options, connections, indexes, archives: openKept(options.limits.cacheBytes), running: new Map(), failed: new Map() };
  return {
    listed: options.listed,
    find: (chart) => toldAt(chart, async () => resolved(chart, await indexOf(chart, state).entry(chart))),
    archive: (chart) => toldAt(chart, () => archive(chart, state)),
    close: () => connections.close(),
  };
}

/** Returns repositories that cannot be asked here: what is not vendored cannot be told. */
export function offlineRepositories(listed: readonly string[]): ChartRepositories {
  const find = ({ at, name, version, repository }: RemoteChart): Promise<never> =>
    Promise.reject(new RepositoryTrouble(`${at}: ${name} ${version} is fetched from ${repository} when it is deployed, and nothing is fetched here: to have it checked, run \`helm dependency build\` in the chart (its charts/ need not be committed)`));
  return { listed, find, archive: find, close: () => Promise.resolve() };
}

async function toldAt<T>({ at }: RemoteChart, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unfit) throw new RenderRefused([`${at}: ${error.message}`]);
    throw error;
  }
}

function indexOf({ repository }: RemoteChart, { indexes }: State): Index {
  const index = indexes.get(repository);
  if (!index) throw new Error(`${repository} is none of the platform's chart repositories`);
  return index;
}

function resolved(chart: RemoteChart, entry: Exclude<IndexEntry, { kind: 'unreadable' }>): ResolvedChart {
  const { repository, name, version } = chart;
  const mend = 'tell who keeps the repository, or vendor the chart (`helm dependency build`, and commit charts/)';
  if (entry.kind === 'absent') {
    if (!entry.named) throw new Unfit(`${repository} has no chart "${name}" — see what it has: helm search repo, or its index.yaml`);
    throw new Unfit(`${repository} has no version ${version} of "${name}" — choose one that it has, or publish this one and comment \`/preview restart\``);
  }
  const digest = /^(?:sha256:)?([0-9a-f]{64})$/i.exec(entry.digest ?? '')?.[1]?.toLowerCase();
  if (digest === undefined) throw new Unfit(`${repository} gives ${name} ${version} no digest (SHA-256), by which it could be told from another — ${mend}`);
  const base = new URL(`${repository}/`);
  const url = URL.parse(entry.url ?? '', base.href);
  if (entry.url === undefined || !url) throw new Unfit(`${repository} does not say where the archive of ${name} ${version} is — ${mend}`);
  if (!isBelow(url, base)) throw new Unfit(elsewhere(chart, shown(url.origin === base.origin ? url.href : url.origin, 100)));
  url.hash = '';
  return { ...chart, digest, url: url.href };
}

function elsewhere({ repository, name, version }: RemoteChart, where: string): string {
  return `${repository} has the archive of ${name} ${version} elsewhere (${where}), where nothing is fetched from — vendor the chart: \`helm dependency build\`, and commit charts/`;
}

/** Whoever wants the same archive waits for one download, and while it fails nobody begins another. */
async function archive(chart: ResolvedChart, state: State): Promise<Uint8Array> {
  const { archives, running, failed, limits } = state;
  const kept = archives.get(chart.digest);
  if (kept) return kept;
  const key = `${identityOf(chart)} ${chart.digest} ${chart.url}`;
  const before = failed.get(key);
  if (before && before.until > performance.now()) throw before.error;
  const started =
    running.get(key) ??
    downloaded(chart, state)
      .catch((error: unknown) => {
        for (const [one, { until }] of failed) if (until <= performance.now()) failed.delete(one);
        if (error instanceof Error) failed.set(key, { error, until: performance.now() + limits.againMs });
        throw error;
      })
      .finally(() => running.delete(key));
  running.set(key, started);
  return started;
}

async function downloaded(chart: ResolvedChart, state: State): Promise<Uint8Array> {
  const { connections, limits, archives, log } = state;
  const { repository, name, version, digest, url } = chart;
  const answer = await download({ url: new URL(url), base: new URL(`${repository}/`), mostBytes: limits.archiveBytes, ms: limits.downloadMs }, connections);
  log.debug({ repository, name, version, digest, answer: answer.kind }, 'fetched a chart');
  const wrong = answer.kind === 'read' ? digestProblem(answer.body, digest) : problemOf(answer, chart, limits);
  if (answer.kind === 'read' && wrong === undefined) {
    archives.put(digest, answer.body, answer.body.length);
    return answer.body;
  }
  // The index that was read may be older than the archive.
  const now = resolved(chart, await indexOf(chart, state).entry(chart, limits.againMs));
  if (now.digest !== digest || now.url !== url) throw new RepositoryTrouble(`${repository} has just changed ${name} ${version}: it is fetched again`);
  throw new Unfit(wrong ?? 'cannot be fetched');
}

function digestProblem(content: Uint8Array, digest: string): string | undefined {
  const actual = createHash('sha256').update(content).digest('hex');
  return actual === digest ? undefined : `the archive's SHA-256 is ${actual}, and the repository's index says ${digest} — tell who keeps the repository, or vendor the chart (\`helm dependency build\`, and commit charts/)`;
}

function problemOf(answer: Awaited<ReturnType<typeof download>>, chart: RemoteChart, { archiveBytes }: RepositoryLimits): string {
  const { repository, name, version } = chart;
  if (answer.kind === 'elsewhere') return elsewhere(chart, answer.where);
  if (answer.kind === 'too long') return `the archive of ${name} ${version} is larger than the ${archiveBytes / 1024} KiB that it may be — vendor what is used of it`;
  return `${repository} has ${name} ${version} in its index, and no archive of it — choose another version, or tell who keeps the repository`;
}
