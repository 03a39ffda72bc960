import type { Redis } from 'ioredis';
import type { TrafficSeen } from '../../core/ports.ts';
import type { HostTotals } from '../../core/host-counts.ts';
import { sum, type Delta } from './counter.ts';

/** Where visits are counted for everybody. */
export type VisitStore = TrafficSeen & {
  /** Adds what was counted; rejects when nothing of it could be kept. */
  add(deltas: ReadonlyMap<string, Delta>): Promise<void>;
};

const neverVisited: HostTotals = { statuses: {}, lastHit: undefined };

/** How long a host that nobody visits is remembered, in seconds. */
const keepSeconds = 30 * 86_400;
/** Longer ago nobody asks who met errors, in milliseconds. */
const failingMs = 600_000;

/** Counts in this process alone: for everything in one process, without Redis. */
export function openMemoryVisits(): VisitStore {
  const totals = new Map<string, HostTotals>();
  const failed = new Map<string, number>();
  return {
    add: (deltas) => {
      for (const [host, { failed: failing, ...delta }] of deltas) {
        const before = totals.get(host);
        totals.set(host, before ? sum(before, delta) : delta);
        if (failing) failed.set(host, Date.now());
      }
      return Promise.resolve();
    },
    total: (host) => Promise.resolve(totals.get(host) ?? neverVisited),
    failing: (since) => Promise.resolve([...failed].filter(([, at]) => at >= since.getTime()).map(([host]) => host)),
  };
}

const failingKey = 'avant:visits:failing';
const keyOf = (host: string): string => `avant:visits:${host}`;

/**
 * Counts in Redis, added to by every process that listens: a hash `avant:visits:<host>` with `s<status>` and `hit`, and the
 * hosts that met errors lately in the sorted set `avant:visits:failing`. Redis may lose them: counts then begin anew.
 */
export function openRedisVisits(redis: Redis): VisitStore {
  return {
    add: async (deltas) => {
      if (deltas.size === 0) return;
      const pipeline = redis.pipeline();
      for (const [host, { statuses, lastHit, failed }] of deltas) {
        for (const [status, count] of Object.entries(statuses)) pipeline.hincrby(keyOf(host), `s${status}`, count);
        pipeline.hset(keyOf(host), 'hit', lastHit).expire(keyOf(host), keepSeconds);
        if (failed) pipeline.zadd(failingKey, Date.parse(lastHit), host);
      }
      pipeline.zremrangebyscore(failingKey, 0, Date.now() - failingMs);
      const answers = await pipeline.exec();
      const error = answers?.find(([one]) => one)?.[0];
      if (error) throw error;
    },
    total: (host) => redis.hgetall(keyOf(host)).then(totalsOf, () => undefined),
    failing: (since) => redis.zrangebyscore(failingKey, since.getTime(), '+inf'),
  };
}

function totalsOf(hash: Readonly<Record<string, string>>): HostTotals {
  const statuses = Object.entries(hash).flatMap(([field, count]) => (/^s\d{3}$/.test(field) ? [[field.slice(1), Number(count)] as const] : []));
  return { statuses: Object.fromEntries(statuses), lastHit: hash['hit'] };
}
