import type { Route } from './routes.ts';

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'apply' | 'patch' | 'delete' | 'log' | 'other';

/** A request to the API. */
export type LoggedRequest = {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly verb: Verb;
  /** The plural of the kind (`deployments`), or '' for discovery and what the sandbox does not know. */
  readonly resource: string;
  readonly at: Date;
  /** 0 while nothing was answered, or when the connection was cut. */
  status: number;
};

export type RequestLog = {
  /** The latest requests, oldest first; the oldest of very many are forgotten, the counts are not. */
  list(): LoggedRequest[];
  /** How often each `verb resource` was asked since the last clear. */
  counts(): Record<string, number>;
  clear(): void;
};

/** Requests kept one by one. */
const mostKept = 10_000;

/** An empty log, and the function that adds to it. */
export function createRequestLog(): { log: RequestLog; add(request: LoggedRequest): void } {
  let kept: LoggedRequest[] = [];
  const tally = new Map<string, number>();
  const log: RequestLog = {
    list: () => [...kept],
    counts: () => Object.fromEntries([...tally].sort(([one], [other]) => one.localeCompare(other))),
    clear() {
      kept = [];
      tally.clear();
    },
  };
  const add = (request: LoggedRequest): void => {
    kept.push(request);
    if (kept.length > 2 * mostKept) kept = kept.slice(-mostKept);
    const key = `${request.verb} ${request.resource}`.trim();
    tally.set(key, (tally.get(key) ?? 0) + 1);
  };
  return { log, add };
}

/** Returns what the request does, by the names that Kubernetes uses for access rules (apply is a patch there). */
export function verbOf(method: string, route: Route | undefined, query: URLSearchParams, contentType: string): Verb {
  if (route === undefined) return 'other';
  const watching = ['1', 'true'].includes(query.get('watch') ?? '') && route.name === undefined;
  if (route.subresource === 'log' && method === 'GET') return 'log';
  if (route.subresource !== undefined) return 'other';
  if (method === 'GET') return watching ? 'watch' : route.name === undefined ? 'list' : 'get';
  if (method === 'POST') return route.name === undefined ? 'create' : 'other';
  if (route.name === undefined) return 'other';
  if (method === 'PATCH') return contentType.startsWith('application/apply-patch+yaml') ? 'apply' : 'patch';
  return method === 'PUT' ? 'update' : method === 'DELETE' ? 'delete' : 'other';
}
