import { openMemoryVisits, type VisitStore } from '../../app/io/visits/store.ts';
import { parsePlatform, type Platform } from '../../app/config/platform.ts';
import { closedBreaker } from '../../app/core/breaker.ts';
import { NotYetError } from '../../app/core/errors.ts';
import { formatKey, parseKey, type PullRequestKey } from '../../app/core/key.ts';
import { describeRef, names, refOf, type KubernetesObject } from '../../app/core/object.ts';
import type { PipelineCheck } from '../../app/core/facts.ts';
import type { ChartRequest, ImageAnswer, RegistryCredentials, SourcedObject, WriteBudget } from '../../app/core/ports.ts';
import type { PullRequestRecord } from '../../app/core/record.ts';
import { formatWork, type Work } from '../../app/core/work.ts';
import { openClaims } from '../../app/io/kubernetes/claims.ts';
import { openRecords } from '../../app/io/kubernetes/records.ts';
import { loadTemplates } from '../../app/io/manifests.ts';
import type { Deps } from '../../app/reconcile/deps.ts';
import { keepReads } from '../../app/reconcile/reads.ts';
import { workHandler } from '../../workers/worker.ts';
import { openFakeClock, openFakeLog, type FakeClock } from './fake-clock.ts';
import { openFakeCluster, type FakeCluster } from './fake-cluster.ts';
import { openFakeDoors, type FakeDoors } from './fake-doors.ts';
import { installation, openFakeGitHub, repositoryId, type FakeGitHub } from './fake-github.ts';

export const shaA = 'a'.repeat(40);
export const shaB = 'b'.repeat(40);
export const shaC = 'c'.repeat(40);

/** The design's two examples, for a project without tenants. */
export const plainConfig = 'image: registry.bar.com/foo:${sha}\nservice: { name: foo-service, port: { name: nginx, number: 8080 } }\ntenants: []\n';
/** The same for all the tenants of the platform. */
export const tenantsConfig = 'image: registry.bar.com/foo:${sha}\nservice: { name: foo-service, port: { name: nginx, number: 8080 } }\nenv: { TENANT: "${tenant}" }\n';

const tenantsLine = 'tenants: { fr: {}, be: {}, hr: {}, hu: {} }\n';

/** Returns the design's platform, changed as asked. */
export function platformWith(changes: Partial<Platform> = {}): Platform {
  return { ...platformFrom(tenantsLine), ...changes };
}

/** Returns the design's platform with these further lines, which name its tenants too. */
export function platformFrom(lines: string): Platform {
  const parsed = parsePlatform(`domain: preview.bar.com\nurl: https://\${host}\ningress: { class: haproxy-v1 }\n${lines}`, 'avant.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.platform;
}

export const keyOf = (number: number): PullRequestKey => ({ installation, repository: repositoryId, number });

/** The real reconcile and reports, over a GitHub, a cluster, a clock and a queue in memory. */
export type World = {
  readonly clock: FakeClock;
  readonly github: FakeGitHub;
  /** The home cluster. */
  readonly cluster: FakeCluster;
  /** All of them, by name. */
  readonly clusters: ReadonlyMap<string, FakeCluster>;
  /** No cluster has a door unless a test says so. Another value is another process. */
  doors: FakeDoors;
  readonly deps: Deps;
  readonly log: string[];
  platform: Platform;
  /** What charts render to, by their name; `.cloud/manifests` is `manifests`. What they throw is what rendering throws. */
  readonly charts: Map<string, (request: Pick<ChartRequest, 'tenant' | 'computed' | 'values'>) => readonly SourcedObject[]>;
  /** What the registries say, by image; `unknown` unless set. */
  readonly images: Map<string, ImageAnswer>;
  /** Every chart that was rendered, as it was asked for. */
  readonly chartRequests: ChartRequest[];
  /** Every image that a registry was asked for, and whether with credentials. */
  readonly lookUps: { readonly image: string; readonly credentials: RegistryCredentials | undefined }[];
  /** Writes that the budget still gives; undefined: as many as asked for. */
  budget: number | undefined;
  readonly failures: string[];
  /** What visitors met; nothing unless added. */
  readonly visits: VisitStore;
  /** Gives a commit a `.cloud/` with these folders in it. */
  cloudAt(sha: string, folder: { readonly charts?: readonly string[]; readonly manifests?: boolean }): void;
  /** What CI says of a commit: its checks by name. */
  pipelineAt(sha: string, checks: Readonly<Record<string, PipelineCheck['state']>>): void;
  /** Opens a pull request with the label and a config at its head, and lets the webhook arrive. */
  open(number: number, pull?: { labels?: string[]; headSha?: string; config?: string | undefined; fork?: boolean }): Promise<void>;
  /** Changes a pull request on GitHub and lets the webhook arrive. */
  change(number: number, change: { labels?: string[]; headSha?: string; config?: string | undefined; state?: 'open' | 'closed' | 'merged' }): Promise<void>;
  /** A webhook arrives. */
  hint(work: Work, changed?: boolean): Promise<void>;
  /** Runs all work that is due within so many milliseconds, the clock going on from one to the next. */
  settle(withinMs?: number): Promise<void>;
  /** Runs one piece of work by itself, past the queue. */
  run(work: Work, run?: { changed?: boolean; attempt?: number }): Promise<unknown>;
  /** Opens a pull request (as `open` does, where it is not yet) and lets everything become ready. */
  live(number: number, pull?: Parameters<World['open']>[1]): Promise<void>;
  record(number: number): PullRequestRecord | undefined;
  comment(number: number): string;
  /** Names of the namespaces that are previews. */
  previews(): readonly string[];
  /** One object in a preview; throws where there is none, or are several. */
  object(kind: string, namespace: string, name?: string): KubernetesObject;
  /** Everything of these kinds in a preview, as `Kind/name`, in order. */
  inside(namespace: string, ...kinds: readonly string[]): readonly string[];
  /** Forgets the writes counted so far. */
  forgetWrites(): void;
  /** Everything that was written since: in the cluster (records too) and on GitHub. */
  writes(): readonly string[];
};

/** Returns everything that was written in the home cluster since, but for records and claims. */
export function clusterWrites({ cluster }: Pick<World, 'cluster'>): string[] {
  return cluster.writes.filter((write) => !/ ConfigMap\/(record|app)-/.test(write));
}

type Pending = { readonly work: Work; changed: boolean; dueMs: number; attempt: number };

export function openWorld(changes: Partial<Platform> = {}, furtherClusters: readonly string[] = []): World {
  const clock = openFakeClock();
  const log = openFakeLog();
  const github = openFakeGitHub(clock);
  const pending = new Map<string, Pending>();
  const ask: Deps['ask'] = (work, hint = {}) => {
    const id = formatWork(work);
    const dueMs = clock.monotonicMs() + (hint.afterMs ?? 0);
    const waiting = pending.get(id);
    pending.set(id, { work, changed: (waiting?.changed ?? false) || hint.changed === true, dueMs: Math.min(waiting?.dueMs ?? dueMs, dueMs), attempt: waiting?.attempt ?? 1 });
    return Promise.resolve();
  };
  const tell = (owner: string): void => {
    const key = parseKey(owner);
    if (key) void ask({ kind: 'pull-request', key });
  };
  const cluster = openFakeCluster(clock, tell);
  const clusters = new Map([['home', cluster], ...furtherClusters.map((name) => [name, openFakeCluster(clock, tell, name)] as const)]);
  cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'avant' } });
  const budget: WriteBudget = {
    take: () => {
      if (world.budget === undefined) return Promise.resolve(0);
      if (world.budget === 0) return Promise.resolve(5_000);
      world.budget -= 1;
      return Promise.resolve(0);
    },
    left: () => Promise.resolve(world.budget === undefined ? 1 : Math.min(1, world.budget / 20)),
    block: () => Promise.resolve(),
  };
  const deps: Deps = {
    platform: () => world.platform,
    github,
    clusters,
    records: openRecords(cluster, 'avant', log),
    claims: openClaims(cluster, 'avant'),
    render: loadTemplates(),
    renderer: {
      chart: (request) => {
        world.chartRequests.push(request);
        return Promise.resolve().then(() => world.charts.get(request.chart)?.(request) ?? []);
      },
      legible: () => Promise.resolve(undefined),
      manifests: (_cloud, values) => Promise.resolve().then(() => world.charts.get('manifests')?.({ tenant: values['tenant'] ?? '', computed: values, values: [] }) ?? []),
      close: () => Promise.resolve(),
    },
    registries: {
      lookUp: (image, _registry, credentials) => {
        world.lookUps.push({ image, credentials });
        return Promise.resolve(world.images.get(image) ?? { kind: 'unknown', why: 'not asked' });
      },
    },
    doors: {
      has: (cluster) => world.doors.has(cluster),
      answerOf: (question, owner) => world.doors.answerOf(question, owner),
      forget: (owner, except) => {
        world.doors.forget(owner, except);
      },
    },
    trafficSeen: { total: (host) => world.visits.total(host), failing: (since) => world.visits.failing(since) },
    budget,
    reads: keepReads(github, clock),
    breaker: { value: closedBreaker },
    clock,
    log,
    ask,
  };
  const namespaces = () => [...clusters.values()].flatMap((one) => one.cache.ofKind('Namespace'));
  const listed = (kind: string): readonly KubernetesObject[] => [...clusters.values()].flatMap((one) => one.list(kind));
  const handler = workHandler({ ...deps, namespaces, ran: () => undefined });

  async function runDue(id: string, one: Pending): Promise<void> {
    pending.delete(id);
    try {
      const { againMs } = await handler(id, { changed: one.changed, attempt: one.attempt });
      if (againMs !== undefined) await ask(one.work, { afterMs: againMs });
    } catch (error) {
      const later = error instanceof NotYetError;
      if (!later) world.failures.push(String(error));
      const waiting = pending.get(id);
      // The shortest waits of the real queue, which grow from one failure to the next.
      const dueMs = clock.monotonicMs() + (later ? error.afterMs : Math.min(48_000, 750 * 2 ** (one.attempt - 1)));
      pending.set(id, { work: one.work, changed: one.changed || waiting?.changed === true, dueMs, attempt: one.attempt + (later ? 0 : 1) });
    }
  }

  const setConfig = (sha: string, config: string | undefined): void => {
    if (config === undefined) github.configs.delete(sha);
    else github.configs.set(sha, { kind: 'file', text: config });
  };

  const world: World = {
    clock,
    github,
    cluster,
    clusters,
    doors: openFakeDoors(tell),
    deps,
    log: log.lines,
    platform: platformWith(changes),
    charts: new Map(),
    images: new Map(),
    chartRequests: [],
    lookUps: [],
    budget: undefined,
    failures: [],
    visits: openMemoryVisits(),
    cloudAt: (sha, { charts = [], manifests = false }) => {
      const tree = sha.replaceAll('a', '1').replaceAll('b', '2').replaceAll('c', '3');
      github.clouds.set(sha, { kind: 'folder', tree, charts, manifests });
      const files = [...charts.map((chart) => `charts/${chart}/Chart.yaml`), ...(manifests ? ['manifests/all.yaml'] : [])];
      github.files.set(tree, files.map((path) => ({ path, content: Buffer.from(path) })));
    },
    pipelineAt: (sha, checks) => {
      github.pipelines.set(sha, { kind: 'read', checks: Object.entries(checks).map(([name, state]) => ({ name, state, url: `https://ci.bar.com/${name}` })) });
    },
    open: async (number, pull = {}) => {
      const { labels = ['cd/preview'], headSha = shaA, fork = false } = pull;
      setConfig(headSha, 'config' in pull ? pull.config : plainConfig);
      github.pulls.set(number, { number, state: 'open', labels, headSha, fork });
      await world.hint({ kind: 'pull-request', key: keyOf(number) });
    },
    change: async (number, change) => {
      const pull = github.pulls.get(number);
      if (!pull) throw new Error(`there is no pull request ${number}`);
      const { config, ...rest } = change;
      Object.assign(pull, rest);
      if ('config' in change) setConfig(pull.headSha, config);
      await world.hint({ kind: 'pull-request', key: keyOf(number) });
    },
    hint: (work, changed = true) => ask(work, { changed }),
    settle: async (withinMs = 2_000) => {
      const end = clock.monotonicMs() + withinMs;
      for (let runs = 0; runs < 500; runs += 1) {
        const [due] = [...pending].sort(([, a], [, b]) => a.dueMs - b.dueMs);
        if (!due || due[1].dueMs > end) {
          clock.advance(Math.max(0, end - clock.monotonicMs()));
          return;
        }
        clock.advance(Math.max(0, due[1].dueMs - clock.monotonicMs()));
        await runDue(...due);
      }
      throw new Error(`this does not come to rest: ${[...pending.keys()].join(', ')}`);
    },
    run: (work, run = {}) => handler(formatWork(work), { changed: run.changed ?? false, attempt: run.attempt ?? 1 }),
    live: async (number, pull) => {
      await world.open(number, pull);
      await world.settle();
      for (const one of clusters.values()) one.rollOut();
      await world.settle(10_000);
    },
    previews: () => namespaces().filter(({ metadata }) => metadata.labels?.[names.key] !== undefined).map(({ metadata }) => metadata.name),
    object: (kind, namespace, name) => {
      const found = listed(kind).filter(({ metadata }) => metadata.namespace === namespace && (name === undefined || metadata.name === name));
      const [only, second] = found;
      if (!only || second) throw new Error(`there are ${found.length} of ${kind}/${name ?? ''} in ${namespace}`);
      return only;
    },
    inside: (namespace, ...kinds) => kinds.flatMap(listed).filter(({ metadata }) => metadata.namespace === namespace).map((object) => describeRef(refOf(object))).sort(),
    record: (number) => deps.records.get(keyOf(number))?.record,
    comment: (number) => {
      const bodies = github.comments.filter((comment) => comment.number === number).map(({ body }) => body);
      if (bodies.length > 1) throw new Error(`pull request ${formatKey(keyOf(number))} has ${bodies.length} comments`);
      return bodies[0] ?? '';
    },
    forgetWrites: () => {
      for (const one of clusters.values()) one.writes.length = 0;
      github.writes.length = 0;
    },
    writes: () => [...[...clusters.values()].flatMap((one) => one.writes), ...github.writes],
  };
  return world;
}
