import type { Cause } from './cause.ts';
import type { Failing, HostCounts, HostTotals } from './host-counts.ts';
import { quote } from './outside-text.ts';
import type { TrafficSeen } from './ports.ts';
import type { TenantRecord, Visits } from './record.ts';

/** One request, from the door's access log. */
export type Hit = { readonly host: string; /** 100 to 599. */ readonly status: number; readonly tookMs: number; readonly at: Date };

/** Says whether counts went back: they were lost with their store, and begin anew. */
function wentBack(now: HostCounts, before: HostCounts): boolean {
  return Object.entries(before.statuses).some(([status, count]) => (now.statuses[status] ?? 0) < count);
}

/** Returns what was counted since `before`. */
export function countedSince(now: HostCounts, before: HostCounts): HostCounts {
  const statuses = Object.entries(now.statuses).map(([status, count]) => [status, Math.max(0, count - (before.statuses[status] ?? 0))] as const);
  return { statuses: Object.fromEntries(statuses.filter(([, count]) => count > 0)) };
}

function requestsOf({ statuses }: HostCounts): number {
  return Object.values(statuses).reduce((sum, count) => sum + count, 0);
}

/** Returns what is counted as one: a commit, until it is started anew. */
export function visitVersion({ sha, restart = '' }: Pick<TenantRecord, 'sha' | 'restart'>): string {
  return `${sha} ${restart}`;
}

/** Fewer requests, or fewer that fail, say nothing about a preview. */
const [leastRequests, leastFailing] = [20, 3];
const leastPercent = 1;
/** Of all that fail: a status that fewer meet is counted, and not named. */
const namedShare = 0.1;

/** Returns the server errors that are worth telling about a link, if there are any: HAProxy's own for it (502, 503, 504), and the program's. */
export function failingAt(url: string, counts: HostCounts): Failing | undefined {
  const requests = requestsOf(counts);
  const errors = Object.entries(counts.statuses).filter(([status]) => Number(status) >= 500);
  const failed = requestsOf({ statuses: Object.fromEntries(errors) });
  const [worst] = errors.toSorted(([, a], [, b]) => b - a);
  if (!worst || requests < leastRequests || failed < leastFailing) return undefined;
  const percent = Math.round((failed / requests) * 100);
  if (percent < leastPercent) return undefined;
  const named = errors.filter(([, count]) => count >= failed * namedShare).map(([status]) => Number(status));
  return { url, status: Number(worst[0]), statuses: named.toSorted((a, b) => a - b), percent, counted: { failed, requests } };
}

/** What was counted of the links of a preview that is live, as far as it is known. */
export type Counted = { readonly version: string; readonly links: readonly { readonly url: string; readonly totals: HostTotals | undefined }[] };

/**
 * Returns what the record keeps of the visits of a preview that is live. A share that moves little stays as it was told: each other
 * word is a write on GitHub.
 */
export function visitsAfter(before: Visits | undefined, { version, links }: Counted): Visits {
  const same = before?.version === version ? before : undefined;
  const known = links.flatMap(({ url, totals }) => (totals ? [{ url, totals }] : []));
  const startOf = (url: string, totals: HostTotals): HostCounts => {
    const began = same?.before[url];
    return began === undefined ? { statuses: totals.statuses } : wentBack(totals, began) ? { statuses: {} } : began;
  };
  const start = { ...same?.before, ...Object.fromEntries(known.map(({ url, totals }) => [url, startOf(url, totals)])) };
  const found = known.flatMap(({ url, totals }) => failingAt(url, countedSince(totals, start[url] ?? { statuses: {} })) ?? []).toSorted((a, b) => b.percent - a.percent);
  const told = known.length < links.length && found.length === 0 ? same?.failing : settled(same?.failing, found);
  return { version, before: start, failing: told };
}

/** How far a share must have moved to be told anew, of what was told; and in percent of the requests, at least. */
const [movedShare, movedPercent] = [0.25, 2];

function settled(told: Failing | undefined, found: readonly Failing[]): Failing | undefined {
  const same = found.find(({ url, status }) => url === told?.url && statusesOf(told).includes(status));
  const [worst] = found;
  if (!told || !same || !worst) return worst;
  const other = worst === same ? same : worst.percent > same.percent * 2 ? worst : same;
  const moved = Math.abs(other.percent - told.percent);
  return other === same && moved < Math.max(movedPercent, told.percent * movedShare) ? told : other;
}

function statusesOf({ status, statuses = [status] }: Failing): readonly number[] {
  return statuses;
}

/**
 * Returns what to tell of a preview that is live, and whose visitors meet errors. The counts are those of when it was told, and stay
 * true while it is not told anew.
 */
export function causeOfVisits(failing: Failing): Cause {
  const { url, status, percent, counted } = failing;
  const [last, ...before] = statusesOf(failing).toReversed();
  const statuses = before.length === 0 ? String(last ?? status) : `${before.toReversed().join(', ')} and ${last ?? status}`;
  const of = counted ? ` (${counted.failed} of the first ${counted.requests})` : '';
  const message = `${percent}% of requests to ${quote(url)} fail with ${statuses} since this commit is live${of}.`;
  return { reason: 'VisitsFail', message, problems: [], advice: adviceFor(status), logsOf: undefined };
}

/** Of 502, 503 and 504 most are HAProxy's own word for what it met behind it; a program with one behind itself says the same. */
function adviceFor(status: number): string {
  if (status === 502)
    return 'The program cuts connections, answers something that is no HTTP, or answers 502 itself: see whether it stops, and what its log says. Requests that take minutes also end so when the front door is reloaded.';
  if (status === 503)
    return 'The program takes no connections, too many wait for it, or it answers 503 itself: see whether it stops and is started anew, and what its log says.';
  if (status === 504) return 'The program takes longer than the front door waits (`traffic.timeouts.server`), or answers 504 itself.';
  return 'The log of the program says more of it.';
}

/** Where nobody counts: nothing is known. */
export const noVisits: TrafficSeen = { total: () => Promise.resolve(undefined), failing: () => Promise.resolve([]) };
