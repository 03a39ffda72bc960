import type { Registry } from 'prom-client';
import { messageOf } from '../../core/errors.ts';
import type { Log } from '../../core/ports.ts';
import { createVisitCounter, visitMetrics } from './counter.ts';
import { listenToAccessLog, type AccessLog } from './listen.ts';
import type { VisitStore } from './store.ts';

/** How often what was counted goes to the store, in milliseconds. */
const flushMs = 2_000;

export type CollectOptions = {
  readonly host: string;
  readonly port: number;
  readonly store: VisitStore;
  readonly registry: Registry;
  readonly log: Log;
};

/**
 * Listens to the door's access log and adds what it tells to the store, every two seconds and at the end. What the store does not take
 * is kept for the next time.
 */
export async function collectVisits({ host, port, store, registry, log }: CollectOptions): Promise<Pick<AccessLog, 'port' | 'counts' | 'close'>> {
  const counter = createVisitCounter();
  const metrics = visitMetrics(registry);
  const access = await listenToAccessLog({
    host,
    port,
    onHit: (hit) => {
      counter.add(hit);
      metrics.add(hit);
    },
  });
  let told = false;
  let flushing = Promise.resolve();
  const flush = async (): Promise<void> => {
    const deltas = counter.take();
    try {
      await store.add(deltas);
      told = false;
    } catch (error) {
      counter.putBack(deltas);
      if (!told) log.warn({ error: messageOf(error) }, 'visits cannot be counted in Redis; they are kept until they can');
      told = true;
    }
  };
  const timer = setInterval(() => {
    metrics.forget(new Date());
    flushing = flushing.then(flush);
  }, flushMs);
  timer.unref();
  return {
    port: access.port,
    counts: access.counts,
    close: async () => {
      clearInterval(timer);
      await access.close();
      await flushing.then(flush);
    },
  };
}
