import { parsePlatform, type Platform } from '../../app/config/platform.ts';
import { closedBreaker } from '../../app/core/breaker.ts';
import { NotYetError } from '../../app/core/errors.ts';
import { formatKey, parseKey, type PullRequestKey } from '../../app/core/key.ts';
import type { Cluster, WriteBudget } from '../../app/core/ports.ts';
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
import { installation, openFakeGitHub, repositoryId, type FakeGitHub } from './fake-github.ts';

export const shaA = 'a'.repeat(40);
export const shaB = 'b'.repeat(40);
export const shaC = 'c'.repeat(40);

/** The design's two examples, for a project without tenants. */
export const plainConfig = 'image: registry.bar.com/foo:${sha}\nservice: { name: foo-service, port: { name: nginx, number: 8080 } }\ntenants: []\n';
/** The same for all the tenants of the platform. */
export const tenantsConfig = 'image: registry.bar.com/foo:${sha}\nservice: { name: foo-service, port: { name: nginx, number: 8080 } }\nenv: { TENANT: "${tenant}" }\n';

/** Returns the design's platform, changed as asked. */
export function platformWith(changes: Partial<Platform> = {}): Platform {
  const text = 'domain: preview.bar.com\nurl: https://${host}\ningress: { class: haproxy-v1 }\ntenants: { fr: {}, be: {}, hr: {}, hu: {} }\n';
  const parsed = parsePlatform(text, 'avant.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return { ...parsed.platform, ...changes };
}

export const keyOf = (number: number): PullRequestKey => ({ installation, repository: repositoryId, number });

/** The real reconcile and reports, over a GitHub, a cluster, a clock and a queue in memory. */
export type World = {
  readonly clock: FakeClock;
  readonly github: FakeGitHub;
  readonly cluster: FakeCluster;
  readonly deps: Deps;
  readonly log: string[];
  platform: Platform;
  /** Writes that the budget still gives; undefined: as many as asked for. */
  budget: number | undefined;
  readonly failures: string[];
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
  record(number: number): PullRequestRecord | undefined;
  comment(number: number): string;
  /** Forgets the writes counted so far. */
  forgetWrites(): void;
  /** Everything that was written since: in the cluster (records too) and on GitHub. */
  writes(): readonly string[];
};

type Pending = { readonly work: Work; changed: boolean; dueMs: number; attempt: number };

export function openWorld(changes: Partial<Platform> = {}): World {
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
  const cluster = openFakeCluster(clock, (owner) => {
    const key = parseKey(owner);
    if (key) void ask({ kind: 'pull-request', key });
  });
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
    clusters: new Map<string, Cluster>([['home', cluster]]),
    records: openRecords(cluster, 'avant', log),
    claims: openClaims(cluster, 'avant'),
    render: loadTemplates(),
    budget,
    reads: keepReads(github, clock),
    breaker: { value: closedBreaker },
    clock,
    log,
    ask,
  };
  const namespaces = () => cluster.cache.ofKind('Namespace');
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
      // The shortest wait of the real queue after a first failure.
      const dueMs = clock.monotonicMs() + (later ? error.afterMs : 750);
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
    deps,
    log: log.lines,
    platform: platformWith(changes),
    budget: undefined,
    failures: [],
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
    record: (number) => deps.records.get(keyOf(number))?.record,
    comment: (number) => {
      const bodies = github.comments.filter((comment) => comment.number === number).map(({ body }) => body);
      if (bodies.length > 1) throw new Error(`pull request ${formatKey(keyOf(number))} has ${bodies.length} comments`);
      return bodies[0] ?? '';
    },
    forgetWrites: () => {
      cluster.writes.length = 0;
      github.writes.length = 0;
    },
    writes: () => [...cluster.writes, ...github.writes],
  };
  return world;
}
