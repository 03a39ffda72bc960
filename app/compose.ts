import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { SecretPlace } from './config/app-secret.ts';
import type { Env } from './config/env.ts';
import { parsePlatform, type Platform } from './config/platform.ts';
import { formatProblem } from './config/problem.ts';
import { isOpen } from './core/at-the-door.ts';
import { closedBreaker, pausedForMs } from './core/breaker.ts';
import type { Diagnosis } from './core/diagnosis.ts';
import { messageOf } from './core/errors.ts';
import { noVisits } from './core/visits.ts';
import { parseKey } from './core/key.ts';
import type { KubernetesObject } from './core/object.ts';
import { homeCluster, type Log, type Records, type RepositoryName, type WriteBudget } from './core/ports.ts';
import type { Queue } from './core/queue.ts';
import { formatWork, type Work } from './core/work.ts';
import { systemClock } from './io/clock.ts';
import { examine, type Installed } from './io/doctor/examine.ts';
import { openDoors, type OpenDoors } from './io/door/doors.ts';
import { openDoorways } from './io/door/doorways.ts';
import { openMemoryBudget, openRedisBudget } from './io/github/budget.ts';
import { openGitHub, type GitHubClients } from './io/github/client.ts';
import { locate } from './io/github/locate.ts';
import { openGitHubReader } from './io/github/read.ts';
import { openGitHubWriter } from './io/github/write.ts';
import { openClaims } from './io/kubernetes/claims.ts';
import { openCluster, type ConnectedCluster } from './io/kubernetes/cluster.ts';
import { connect, loadKubeConfig } from './io/kubernetes/connection.ts';
import { openRecords } from './io/kubernetes/records.ts';
import { loadTemplates } from './io/manifests.ts';
import { openRegistries } from './io/registry/registries.ts';
import { findHelm } from './io/render/find-helm.ts';
import { openRenderer } from './io/render/renderer.ts';
import type { Secret } from './config/secret.ts';
import { openMemoryVisits, openRedisVisits, type VisitStore } from './io/visits/store.ts';
import { openBullQueue } from './io/queue/bull.ts';
import { openMemoryQueue } from './io/queue/memory.ts';
import { convertCode, siteOf } from './io/setup/conversion.ts';
import { placeInCluster, placeInFile, type Place } from './io/setup/places.ts';
import { openRegistration } from './io/setup/registration.ts';
import type { Deps } from './reconcile/deps.ts';
import { keepReads } from './reconcile/reads.ts';
import type { RenderContext, RenderDeps } from './reconcile/render/render.ts';

/** Something that an engineer must set right before the process can start; its message is what to tell. */
export class BootError extends Error {}

/** Returns the platform config in a file; throws a BootError that lists every problem. */
export function loadPlatform(path: string): Platform {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new BootError(`AVANT_CONFIG: ${path} cannot be read (${messageOf(error)}): set it to the path of avant.yaml`);
  }
  const parsed = parsePlatform(text, path);
  if (!parsed.ok) throw new BootError(parsed.problems.map(formatProblem).join('\n'));
  return parsed.platform;
}

export type Queues = {
  /** What is wanted and what runs: quick. */
  readonly reconcile: Queue;
  /** What is said on GitHub: paced. */
  readonly report: Queue;
  readonly ask: Deps['ask'];
};

/** Opens the queues: in this process, or on Redis when the environment names one. */
export function openQueues(env: Pick<Env, 'redisUrl'>, log: Log): Queues {
  const onError = (id: string, error: unknown, parked: boolean): void => {
    if (parked) log.error({ id, error: messageOf(error) }, 'given up until the next hint');
    else log.warn({ id, error: messageOf(error) }, 'failed, and will be tried again');
  };
  const onTrouble = (error: Error): void => {
    log.error({ error: messageOf(error) }, 'trouble with Redis');
  };
  const redisUrl = env.redisUrl?.reveal();
  const open = (name: string): Queue => (redisUrl === undefined ? openMemoryQueue({ onError }) : openBullQueue({ redisUrl, name, onError, onTrouble }));
  const queues = { reconcile: open('reconcile'), report: open('report') };
  const queueOf = (work: Work): Queue => (work.kind === 'report' || work.kind === 'check' ? queues.report : queues.reconcile);
  return { ...queues, ask: (work, hint) => queueOf(work).add(formatWork(work), hint) };
}

/** Opens the App's way to GitHub. */
export function openClients(env: Pick<Env, 'appId' | 'privateKey' | 'github'>, log: Log): GitHubClients {
  return openGitHub({ appId: env.appId, privateKey: env.privateKey.reveal(), host: env.github.host, protocol: env.github.protocol, clock: systemClock, log });
}

/** Everything that reconciling touches, and what a process needs to know of it. */
export type Engine = {
  readonly deps: Deps;
  /** Resolves when the watch caches are complete. */
  readonly synced: Promise<void>;
  readonly namespaces: () => readonly KubernetesObject[];
  readonly stalenessMs: () => number;
  /** For how long the breaker still holds teardowns back; 0 when it does not. */
  readonly teardownPausedMs: () => number;
  /** How charts were answered since the start. */
  readonly charts: () => { readonly started: number; readonly kept: number; readonly filledIn: number };
  /** What was asked at the doors since the start. */
  readonly doors: OpenDoors['counts'];
  close(): Promise<void>;
};

export type EngineOptions = {
  readonly visits: Deps['trafficSeen'];
  readonly env: Env;
  readonly platform: Platform;
  readonly clients: GitHubClients;
  readonly ask: Deps['ask'];
  readonly log: Log;
};

/** Connects to the cluster, GitHub and (when there is one) Redis's budget. Throws a BootError when the kubeconfig is of no use. */
export function openEngine({ env, platform, clients, ask, log, visits }: EngineOptions): Engine {
  const clock = systemClock;
  const askFor = (kind: 'pull-request' | 'report') => (owner: string): void => {
    const key = parseKey(owner);
    if (!key) return;
    ask({ kind, key }).catch((error: unknown) => {
      log.warn({ owner, error: messageOf(error) }, 'a change in the cluster could not be queued; resync will find it');
    });
  };
  const open = (name: string, kubeconfig: string | undefined, onRecord: (owner: string) => void): ConnectedCluster =>
    openCluster({ name, instance: platform.namespace, connection: connectTo(kubeconfig, name), clock, log, onChange: askFor('pull-request'), onRecord });
  // A report may run before its worker's watch has the record; the record's coming asks again.
  const home = open(homeCluster, env.kubeconfigPath, askFor('report'));
  const clusters = [home, ...Object.entries(platform.clusters).map(([name, { kubeconfig }]) => open(name, kubeconfig, () => undefined))];
  const github = { ...openGitHubReader(clients), ...openGitHubWriter(clients) };
  const budget = openBudget(env, log);
  const registries = openRegistries({ clock, log });
  const renderer = openRenderer({ helm: env.helmPath ?? findHelm(process.env), log, chartRepositories: platform.chartRepositories });
  const records = openRecords(home, platform.namespace, log);
  const doors = openPlatformDoors(platform, records, askFor('pull-request'));
  const deps: Deps = {
    platform: () => platform,
    github,
    clusters: new Map(clusters.map((cluster) => [cluster.name, cluster])),
    records,
    claims: openClaims(home, platform.namespace),
    render: loadTemplates(),
    renderer,
    registries,
    doors,
    trafficSeen: visits,
    budget: budget.budget,
    reads: keepReads(github, clock),
    breaker: { value: closedBreaker },
    clock,
    log,
    ask,
  };
  return {
    deps,
    synced: home.synced,
    namespaces: () => clusters.flatMap(({ cache }) => cache.ofKind('Namespace')),
    stalenessMs: () => Math.max(...clusters.map((cluster) => cluster.staleness())),
    teardownPausedMs: () => pausedForMs(deps.breaker.value, clock.monotonicMs()),
    charts: () => renderer.counters(),
    doors: doors.counts,
    close: async () => {
      budget.close();
      await Promise.all([renderer.close(), registries.close(), doors.close()]);
      await Promise.all(clusters.map((cluster) => cluster.close()));
    },
  };
}

/** How many questions go to one door at a time, and how long one may take, in milliseconds. */
const [doorAtOnce, doorTimeoutMs] = [50, 5_000];

function openPlatformDoors(platform: Platform, records: Records, onChange: (owner: string) => void): Omit<OpenDoors, 'close'> & { close(): Promise<void> } {
  const ways = openDoorways(platform.doors, { atOnce: doorAtOnce, timeoutMs: doorTimeoutMs });
  const doors = openDoors({
    clusters: Object.keys(platform.doors),
    ask: ways.ask,
    clock: systemClock,
    onChange,
    isOpen: (question, owner) => {
      const key = parseKey(owner);
      const record = key && records.get(key)?.record;
      return record !== undefined && isOpen(record, question);
    },
    atOnce: doorAtOnce,
  });
  return {
    ...doors,
    close: () => {
      doors.close();
      return ways.close();
    },
  };
}

function connectTo(kubeconfigPath: string | undefined, cluster: string): ReturnType<typeof connect> {
  try {
    return connect(loadKubeConfig(kubeconfigPath), systemClock);
  } catch (error) {
    if (cluster !== homeCluster) throw new BootError(`clusters.${cluster}.kubeconfig: ${kubeconfigPath ?? ''} is of no use (${messageOf(error)})`);
    const what = kubeconfigPath === undefined ? 'KUBECONFIG is not set' : `KUBECONFIG: ${kubeconfigPath} is of no use`;
    throw new BootError(`${what} (${messageOf(error)}): set it to the path of a kubeconfig file`);
  }
}

const noStore: VisitStore = { ...noVisits, add: () => Promise.resolve() };

/** Opens the counts of visits: those that every process shares, or this one's own, if it makes any. */
export function openVisits(env: Pick<Env, 'redisUrl' | 'accessLogPort'>, log: Log): { readonly store: VisitStore; close(): void } {
  if (!env.redisUrl) return { store: env.accessLogPort === undefined ? noStore : openMemoryVisits(), close: () => undefined };
  const redis = openRedis(env.redisUrl, log, 'visits cannot be counted');
  return {
    store: openRedisVisits(redis),
    close: () => {
      redis.disconnect();
    },
  };
}

function openRedis(url: Secret, log: Log, trouble: string): Redis {
  const redis = new Redis(url.reveal(), { maxRetriesPerRequest: 1, enableOfflineQueue: true, lazyConnect: false });
  redis.on('error', (error: Error) => {
    log.warn({ error: messageOf(error) }, `${trouble}: Redis is away`);
  });
  return redis;
}

function openBudget(env: Env, log: Log): { readonly budget: WriteBudget; close(): void } {
  if (!env.redisUrl) return { budget: openMemoryBudget(systemClock), close: () => undefined };
  const redis = openRedis(env.redisUrl, log, 'the budget of writes is not shared');
  return {
    budget: openRedisBudget(redis),
    close: () => {
      redis.disconnect();
    },
  };
}

/** Returns where the App finds a repository. Throws a BootError when it is not installed there. */
export async function findRepository(clients: GitHubClients, { owner, name }: RepositoryName): Promise<{ readonly installation: number; readonly repository: string }> {
  const found = await locate(clients, { owner, name });
  if (!found) throw new BootError(`The App is not installed on ${owner}/${name}, or there is no such repository`);
  return found;
}

const silent: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** What rendering needs where there is neither GitHub nor a cluster: Secrets are taken to be there, registries are not asked. */
export function openOffline(platform: Platform, kubeVersion: string | undefined): { readonly deps: RenderDeps; readonly context: Omit<RenderContext, 'cloud'>; close(): Promise<void> } {
  const log = silent;
  const renderer = openRenderer({ helm: findHelm(process.env), log, chartRepositories: platform.chartRepositories, offline: true });
  const cluster: RenderContext['cluster'] = {
    version: () => Promise.resolve(kubeVersion),
    apiServer: () => Promise.resolve([]),
    get: (ref) => Promise.resolve({ apiVersion: ref.apiVersion, kind: ref.kind, metadata: { name: ref.name } }),
  };
  const registries: Deps['registries'] = { lookUp: () => Promise.resolve({ kind: 'unknown', why: 'offline' }) };
  return {
    deps: { platform: () => platform, render: loadTemplates(), renderer, registries, log },
    context: { cluster, observed: { namespaces: [], objects: [], pods: [] }, before: undefined, changed: true },
    close: () => renderer.close(),
  };
}

/** Looks at everything that Avant needs, with what it is given; returns a diagnosis for each thing. Changes nothing. */
export function examineInstallation(installed: Omit<Installed, 'helm'>): Promise<readonly Diagnosis[]> {
  const helm = installed.env.helmPath ?? findHelm(process.env);
  return examine({ ...installed, helm }, { clock: systemClock, log: silent });
}

/** What `avant setup` touches outside of its process. */
export const setupWays = {
  siteOf,
  openRegistration,
  convertCode,
  placeInFile,
  /** `kubeconfig` undefined: the pod's own. Throws a BootError when it is of no use. */
  placeInCluster: (kubeconfig: string | undefined, at: SecretPlace): Promise<Place> => placeInCluster(connectTo(kubeconfig, homeCluster), at),
};
