import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, Queues } from '../app/compose.ts';
import { messageOf } from '../app/core/errors.ts';
import { manager, names } from '../app/core/object.ts';
import { homeCluster, KubernetesError, type Log } from '../app/core/ports.ts';
import { watchPasswords } from './passwords.ts';
import { watchVisits } from './visits.ts';
import type { WorkerDeps } from './worker.ts';
import { workHandler } from './worker.ts';

/**
 * How many runs at once. Together they stay far below what an API server allows everybody to have in flight (200 changes by
 * default, `--max-mutating-requests-inflight`); reports wait for GitHub's budget most of the time.
 */
const concurrency = { reconcile: 32, report: 4 };

/**
 * Starts working once the watch caches are complete: before that, what runs would look absent. Returns at once; `ready` tells
 * when work has begun.
 */
export function startWorkers(engine: Engine, queues: Queues, ran: WorkerDeps['ran']): { readonly ready: () => boolean; stop(): void } {
  const stopping = new AbortController();
  let ready = false;
  const deps: WorkerDeps = { ...engine.deps, namespaces: engine.namespaces, ran };

  async function start(): Promise<void> {
    await ensureNamespace(engine.deps, stopping.signal);
    await engine.synced;
    if (stopping.signal.aborted) return;
    queues.reconcile.work(workHandler(deps), { concurrency: concurrency.reconcile });
    queues.report.work(workHandler(deps), { concurrency: concurrency.report });
    ready = true;
    engine.deps.log.info({ namespaces: engine.namespaces().length }, 'working');
    await Promise.all([keepAsking(deps, queues, stopping.signal), watchVisits(deps, stopping.signal), watchPasswords(deps, stopping.signal)]);
  }

  start().catch((error: unknown) => {
    if (!stopping.signal.aborted) engine.deps.log.error({ error: messageOf(error) }, 'the workers could not start');
  });
  return {
    ready: () => ready,
    stop: () => {
      stopping.abort();
    },
  };
}

/** Creates the namespace of our records and claims, however long the API server takes to be there. */
async function ensureNamespace(deps: Engine['deps'], signal: AbortSignal): Promise<void> {
  const name = deps.platform().namespace;
  const home = deps.clusters.get(homeCluster);
  while (home && !signal.aborted) {
    try {
      const ref = { apiVersion: 'v1', kind: 'Namespace', name };
      if (!(await home.get(ref))) {
        await home.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels: { [names.managedBy]: manager } } });
      }
      return;
    } catch (error) {
      if (error instanceof KubernetesError && error.status === 409) return;
      deps.log.warn({ error: messageOf(error) }, 'the API server does not answer; trying again');
      await pause(2_000, signal);
    }
  }
}

/** Resync asks for itself again when it is done; this makes up for what Redis forgot. */
async function keepAsking(deps: WorkerDeps, queues: Queues, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await ensureNamespace(deps, signal);
    await deps.ask({ kind: 'resync' }).catch((error: unknown) => {
      logTrouble(deps.log, error);
    });
    await pause(deps.platform().resyncMs, signal);
    for (const queue of [queues.reconcile, queues.report]) {
      await queue.adopt().catch((error: unknown) => {
        logTrouble(deps.log, error);
      });
    }
  }
}

function logTrouble(log: Log, error: unknown): void {
  log.warn({ error: messageOf(error) }, 'resync could not be queued; trying again later');
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal, ref: false }).catch(() => undefined);
}
