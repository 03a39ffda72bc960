/** A request to the API (pages are not counted). */
export type LoggedRequest = {
  method: string;
  /** With the query. */
  path: string;
  /** The route's pattern, for example `/repos/{owner}/{repo}/issues/{number}/comments`; for GraphQL the operation too. */
  route: string;
  as: 'app' | 'installation' | 'person' | 'anonymous';
  /** 0 while nothing was answered, or when the connection was cut. */
  status: number;
  at: Date;
  body?: unknown;
};

export type RequestLog = {
  /** The latest requests, oldest first; the oldest of very many are forgotten, the counts are not. */
  list(): LoggedRequest[];
  /** How often each `as METHOD route` was asked, since the last clear. */
  counts(): Record<string, number>;
  /** The number of requests that fit, by any of the fields given. */
  count(fit?: { as?: LoggedRequest['as']; method?: string; route?: string | RegExp }): number;
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
    counts: () => Object.fromEntries([...tally].sort(([a], [b]) => a.localeCompare(b))),
    count: (fit = {}) => {
      let sum = 0;
      for (const [key, times] of tally) {
        const [as, method, ...route] = key.split(' ');
        if (fit.as !== undefined && fit.as !== as) continue;
        if (fit.method !== undefined && fit.method !== method) continue;
        if (typeof fit.route === 'string' && fit.route !== route.join(' ')) continue;
        if (fit.route instanceof RegExp && !fit.route.test(route.join(' '))) continue;
        sum += times;
      }
      return sum;
    },
    clear: () => {
      kept = [];
      tally.clear();
    },
  };
  const add = (request: LoggedRequest): void => {
    kept.push(request);
    if (kept.length > mostKept) kept = kept.slice(-mostKept);
    const key = `${request.as} ${request.method} ${request.route}`;
    tally.set(key, (tally.get(key) ?? 0) + 1);
  };
  return { log, add };
}
