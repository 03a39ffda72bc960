import { BootError, openClients, openEngine, openQueues, openVisits, type Engine, type Queues } from './compose.ts';
import { messageOf } from './core/errors.ts';
import type { Work } from './core/work.ts';
import { Registry } from 'prom-client';
import { readAccessLogEnv } from './config/env.ts';
import { serveAdmin } from './http/admin.ts';
import { openLog } from './io/log.ts';
import { openMetrics } from './io/metrics.ts';
import { collectVisits, type CollectOptions } from './io/visits/collect.ts';
import { readBoot, runProcess } from './process.ts';
import { startWeb } from './web.ts';

/** How long running work may take to end when the process stops, in milliseconds. */
const drainMs = 20_000;

/** A webhook secret of fewer characters is used, with a warning. */
const shortSecret = 16;

/** What one process does: takes webhooks, works, or both. Apart, they share the queue on Redis. */
export type Roles = { readonly web: boolean; readonly startWorkers: StartWorkers | undefined };

/** Begins to work when the cluster is known; `ready` tells when. */
export type StartWorkers = (
  engine: Engine,
  queues: Queues,
  ran: (kind: Work['kind'], outcome: 'done' | 'failed', seconds: number) => void,
) => { readonly ready: () => boolean; stop(): void };

/** Runs Avant in this process until it is told to stop. */
export async function runAvant(roles: Roles): Promise<void> {
  await runProcess(() => startAvant(roles));
}

async function startAvant(roles: Roles): Promise<{ readonly log: ReturnType<typeof openLog>; stop(): Promise<void> }> {
  const { env, platform } = readBoot({ web: roles.web, redis: !roles.web || !roles.startWorkers });
  const log = openLog(env.logLevel);
  if ((env.webhookSecret?.reveal().length ?? shortSecret) < shortSecret) {
    log.warn({}, 'WEBHOOK_SECRET is short enough to be guessed: set it to the output of "openssl rand -hex 32", here and in the App');
  }
  const clients = openClients(env, log);
  const queues = openQueues(env, log);
  const visits = openVisits(env, log);
  const engine = roles.startWorkers ? openEngine({ env, platform, clients, ask: queues.ask, log, visits: visits.store }) : undefined;
  const metrics = openMetrics({
    queues: () => ({ reconcile: queues.reconcile, report: queues.report }),
    stalenessSeconds: () => (engine?.stalenessMs() ?? 0) / 1_000,
    teardownPausedSeconds: () => (engine?.teardownPausedMs() ?? 0) / 1_000,
    records: () => engine?.deps.records.list().length ?? 0,
    charts: () => engine?.charts() ?? { started: 0, kept: 0, filledIn: 0 },
    doors: () => engine?.doors(),
  });
  const delivered = (event: string): void => {
    metrics.deliveries.inc({ event });
  };
  let stopping = false;
  let ready = (): boolean => roles.startWorkers === undefined;
  const admin = await serveAdmin({
    host: env.host,
    port: env.adminPort,
    unready: () => (stopping ? 'stopping' : ready() ? undefined : 'waiting for the cluster'),
    metrics: async () => ({ type: metrics.registry.contentType, text: await metrics.registry.metrics() }),
  }).catch((error: unknown) => {
    throw new BootError(`ADMIN_PORT: ${env.adminPort} cannot be listened on (${messageOf(error)}): set it to another port`);
  });
  const collecting = env.accessLogPort === undefined ? undefined : await collect(env.accessLogPort, { host: env.host, store: visits.store, registry: metrics.registry, log });
  const web = roles.web ? await startWeb(env, clients, { ask: queues.ask, log, delivered }) : undefined;
  const workers =
    engine &&
    roles.startWorkers?.(engine, queues, (kind, outcome, seconds) => {
      metrics.runs.observe({ kind, outcome }, seconds);
    });
  if (workers) ready = workers.ready;
  return {
    log,
    stop: async () => {
      stopping = true;
      workers?.stop();
      await web?.stop();
      await Promise.all([queues.reconcile.close(drainMs), queues.report.close(drainMs)]);
      await engine?.close();
      await collecting?.close();
      visits.close();
      await Promise.all([clients.close(), admin.close()]);
    },
  };
}

/** Begins to count visits; throws a BootError where the port is taken. */
function collect(port: number, options: Omit<CollectOptions, 'port'>): ReturnType<typeof collectVisits> {
  return collectVisits({ ...options, port }).catch((error: unknown) => {
    throw new BootError(`ACCESS_LOG_PORT: ${port} cannot be listened on (${messageOf(error)}): set it to another port`);
  });
}

/**
 * Runs the process that stands beside a HAProxy and counts visits for all of Avant in Redis, until it is told to stop. It needs nothing
 * of GitHub or the cluster.
 */
export async function runAccessLog(): Promise<void> {
  await runProcess(async () => {
    const read = readAccessLogEnv(process.env);
    if (!read.ok) throw new BootError(read.problems.join('\n'));
    const { env } = read;
    const log = openLog(env.logLevel);
    const visits = openVisits(env, log);
    const registry = new Registry();
    const collecting = await collect(env.accessLogPort, { host: env.accessLogHost, store: visits.store, registry, log });
    const admin = await serveAdmin({
      host: env.host,
      port: env.adminPort,
      unready: () => undefined,
      metrics: async () => ({ type: registry.contentType, text: await registry.metrics() }),
    });
    log.info({ port: collecting.port }, 'counting visits');
    return {
      log,
      stop: async () => {
        await collecting.close();
        visits.close();
        await admin.close();
      },
    };
  });
}
