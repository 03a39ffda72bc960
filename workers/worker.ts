import { formatKey, parseKey } from '../app/core/key.ts';
import { names, type KubernetesObject } from '../app/core/object.ts';
import type { Handler, Outcome, Run } from '../app/core/queue.ts';
import { parseWork, type Work } from '../app/core/work.ts';
import { reportCheck } from '../app/reconcile/check.ts';
import type { Deps } from '../app/reconcile/deps.ts';
import { reconcilePullRequest } from '../app/reconcile/pull-request.ts';
import { reportPullRequest } from '../app/reconcile/report.ts';
import { resync, resyncInstallation, resyncRepositories } from '../app/reconcile/resync.ts';

export type WorkerDeps = Deps & {
  /** The namespaces that carry our label, in all clusters. */
  readonly namespaces: () => readonly KubernetesObject[];
  readonly ran: (kind: Work['kind'], outcome: 'done' | 'failed', seconds: number) => void;
};

/** Returns the queue's handler: one entry is one piece of work. An entry that this version does not know is dropped. */
export function workHandler(deps: WorkerDeps): Handler {
  return async (id, run) => {
    const work = parseWork(id);
    if (!work) {
      deps.log.warn({ id }, 'dropped a queue entry that this version does not know');
      return {};
    }
    const startedMs = deps.clock.monotonicMs();
    const took = (): number => (deps.clock.monotonicMs() - startedMs) / 1_000;
    try {
      const outcome = await perform(work, run, deps);
      deps.ran(work.kind, 'done', took());
      return outcome;
    } catch (error) {
      deps.ran(work.kind, 'failed', took());
      throw error;
    }
  };
}

async function perform(work: Work, run: Run, deps: WorkerDeps): Promise<Outcome> {
  switch (work.kind) {
    case 'pull-request':
      return reconcilePullRequest(work.key, run, deps);
    case 'report':
      return reportPullRequest(work.key, run, deps);
    case 'check':
      return reportCheck(work, run, deps);
    case 'commit':
      await askForHead(work, run, deps);
      return {};
    case 'repository':
      await askForKnown(deps, ({ installation, repository }) => installation === work.installation && repository === work.repository);
      await resyncRepositories(work.installation, [work.repository], deps);
      return {};
    case 'installation':
      await askForKnown(deps, ({ installation }) => installation === work.installation);
      await resyncIfReachable(work.installation, deps);
      return {};
    case 'resync':
      return resync(deps, deps.namespaces);
  }
}

/** Every pull request that we know of there is read again: it may have gone out of reach. */
async function askForKnown(deps: WorkerDeps, belongs: (key: { installation: number; repository: string }) => boolean): Promise<void> {
  const recorded = deps.records.list().map(({ record }) => record.key);
  const running = deps.namespaces().flatMap((namespace) => parseKey(namespace.metadata.annotations?.[names.owner] ?? '') ?? []);
  const keys = new Map([...recorded, ...running].filter(belongs).map((key) => [formatKey(key), key]));
  for (const key of keys.values()) await deps.ask({ kind: 'pull-request', key }, { changed: true });
}

/** How soon to look again for a pull request whose push, or first reconcile, may still be on its way. */
const lookAgainMs = 3_000;

/** What was said about a commit matters to pull requests that have it as their head and wait for CI; every other event is dropped here, unread. */
async function askForHead(work: Extract<Work, { kind: 'commit' }>, run: Run, deps: WorkerDeps): Promise<void> {
  const { installation, repository, sha } = work;
  const records = deps.records.list().map(({ record }) => record);
  const ofRepository = records.filter(({ key }) => key.installation === installation && key.repository === repository);
  const waiting = ofRepository.filter(({ facts, decision }) => facts.pullRequest.headSha === sha && decision.verdict === 'waiting');
  for (const { key } of waiting) await deps.ask({ kind: 'pull-request', key }, { changed: true });
  if (waiting.length === 0 && run.changed) await deps.ask(work, { afterMs: lookAgainMs });
}

/** An installation that was just deleted or suspended has nothing to look through. */
async function resyncIfReachable(installation: number, deps: WorkerDeps): Promise<void> {
  const known = await deps.github.installations();
  if (known.some(({ id, suspended }) => id === installation && !suspended)) await resyncInstallation(installation, deps);
  else deps.log.info({ installation }, 'the installation is gone or suspended');
}

