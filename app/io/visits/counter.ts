import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Hit } from '../../core/visits.ts';
import type { HostTotals } from '../../core/host-counts.ts';

/** What was counted of one host since the last `take`, and whether any of it was a server error. */
export type Delta = HostTotals & { readonly lastHit: string; readonly failed: boolean };

export type VisitCounter = {
  add(hit: Hit): void;
  /** Returns what was counted since the last call, by host, and begins anew. */
  take(): ReadonlyMap<string, Delta>;
  /** Puts back what could not be kept elsewhere. */
  putBack(deltas: ReadonlyMap<string, Delta>): void;
};

/** Only hosts that have a route are counted, so there are no more of them than previews; what is beyond is not counted. */
const mostHosts = 200_000;

/** Counts visits in memory until somebody takes the counts. */
export function createVisitCounter(): VisitCounter {
  let deltas = new Map<string, Delta>();
  const merge = (host: string, delta: Delta): void => {
    const before = deltas.get(host);
    if (before || deltas.size < mostHosts) deltas.set(host, before ? sumOfDeltas(before, delta) : delta);
  };
  return {
    add: ({ host, status, at }) => {
      merge(host, { statuses: { [status]: 1 }, lastHit: at.toISOString(), failed: status >= 500 });
    },
    take: () => {
      const taken = deltas;
      deltas = new Map();
      return taken;
    },
    putBack: (back) => {
      for (const [host, delta] of back) merge(host, delta);
    },
  };
}

/** Returns the counts of both. */
export function sum(a: HostTotals, b: HostTotals): HostTotals {
  const statuses = { ...a.statuses };
  for (const [status, count] of Object.entries(b.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  return { statuses, lastHit: (a.lastHit ?? '') > (b.lastHit ?? '') ? a.lastHit : b.lastHit };
}

function sumOfDeltas(a: Delta, b: Delta): Delta {
  return { ...sum(a, b), lastHit: a.lastHit > b.lastHit ? a.lastHit : b.lastHit, failed: a.failed || b.failed };
}

/** After so long without a visit a host's series are dropped, in milliseconds: previews come and go. */
const forgetMs = 3_600_000;

/** Visits for Prometheus, by host; each process that listens counts its own, so that sums over all are right. */
export function visitMetrics(registry: Registry): { add(hit: Hit): void; forget(now: Date): void } {
  const registers = [registry];
  const requests = new Counter({ name: 'avant_preview_requests_total', help: 'Requests to previews that passed the door, by host and status', labelNames: ['host', 'code'], registers });
  const seconds = new Histogram({ name: 'avant_preview_request_duration_seconds', help: 'Time of requests to previews to their last byte, by host; without WebSockets (101), which last as long as they are open', labelNames: ['host'], buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10], registers });
  const last = new Gauge({ name: 'avant_preview_last_request_timestamp_seconds', help: 'When a preview was visited last, by host', labelNames: ['host'], registers });
  const seen = new Map<string, { at: number; readonly codes: Set<string> }>();
  return {
    add: ({ host, status, tookMs, at }) => {
      const known = seen.get(host) ?? { at: 0, codes: new Set<string>() };
      known.at = at.getTime();
      known.codes.add(String(status));
      seen.set(host, known);
      requests.inc({ host, code: String(status) });
      // That of a WebSocket is its whole life.
      if (status !== 101) seconds.observe({ host }, tookMs / 1_000);
      last.set({ host }, at.getTime() / 1_000);
    },
    forget: (now) => {
      for (const [host, { at, codes }] of seen) {
        if (now.getTime() - at < forgetMs) continue;
        for (const code of codes) requests.remove({ host, code });
        seconds.remove({ host });
        last.remove({ host });
        seen.delete(host);
      }
    },
  };
}
