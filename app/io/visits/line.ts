import type { Hit } from '../../core/visits.ts';

/** Hosts of previews: computed by Avant, so anything else in a log is none of them. */
const hostName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/**
 * Reads a line of the door's access log (JSON; `http-log-format` in install/chart). Returns undefined for what is no visit of a preview:
 * a request to a host that has no route (`ns` is empty), one of Avant's own questions (`own`), and anything that is no such line.
 */
export function readLine(line: string, at: Date): Hit | undefined {
  const logged = parse(line);
  if (!logged) return undefined;
  const { host, ns, own, status, ta_ms: tookMs } = logged;
  if (typeof host !== 'string' || !hostName.test(host) || typeof ns !== 'string' || ns === '' || ns === '-') return undefined;
  if (own === '1' || typeof status !== 'number' || !Number.isInteger(status) || status > 599) return undefined;
  // HAProxy writes -1 where the client went away before there was any answer: what others call 499.
  return { host, status: status < 100 ? 499 : status, tookMs: typeof tookMs === 'number' && tookMs > 0 ? tookMs : 0, at };
}

function parse(line: string): Readonly<Record<string, unknown>> | undefined {
  // A syslog header may stand before it.
  const start = line.indexOf('{');
  if (start === -1) return undefined;
  try {
    const value: unknown = JSON.parse(line.slice(start).trimEnd());
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
