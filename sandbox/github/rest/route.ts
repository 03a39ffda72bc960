import type { Installation, Repository } from '../world/model.ts';
import type { Need, Tokens, Viewer } from '../auth.ts';
import type { Limits } from '../limits.ts';
import type { World } from '../world/world.ts';
import type { DeliveryLog } from '../webhooks/deliveries.ts';
import { Refusal } from '../refusal.ts';

/** What a route's handler is given. */
export type Call = {
  world: World;
  tokens: Tokens;
  limits: Limits;
  deliveries: DeliveryLog;
  viewer: Viewer;
  method: string;
  /** The login that acts: the person's, or the App's bot. */
  by: string;
  params: Record<string, string>;
  /** The path as asked for, without the query; Link headers repeat it. */
  path: string;
  query: URLSearchParams;
  body: unknown;
  accept: string;
  /** A fault: trees are listed only so far. */
  mostTreeEntries: number | undefined;
};

export type RepositoryCall = Call & { repository: Repository };

export type Answer = {
  status: number;
  /** Sent as JSON; nothing at all when absent. */
  body?: unknown;
  /** Sent instead of JSON. */
  raw?: { type: string; bytes: Uint8Array };
  headers?: Record<string, string>;
};

/**
 * Who may ask: `app` the App's own JWT, `installation` its tokens, `person` a person, `member` either of the latter,
 * `anyone` also without a token, `repository` a person or an installation that sees the repository and has a need.
 */
export type Scope = 'app' | 'installation' | 'person' | 'member' | 'anyone' | 'repository';

export type Route = {
  method: string;
  pattern: string;
  matches: (path: string) => Record<string, string> | undefined;
  scope: Scope;
  needs: readonly Need[];
  handle: (call: Call) => Answer;
};

/** `{name}` takes one segment of the path, `{name...}` all that follows. Values arrive decoded. */
export function compilePattern(pattern: string): Route['matches'] {
  const names: string[] = [];
  const source = pattern
    .replace(/[.[\]]/g, '\\$&')
    .replace(/\{(\w+)(\\\.\\\.\\\.)?\}/g, (_whole, name: string, rest?: string) => {
      names.push(name);
      return rest ? '(.+)' : '([^/]+)';
    });
  const shape = new RegExp(`^${source}$`);
  return (path) => {
    const found = shape.exec(path);
    if (!found) return undefined;
    try {
      return Object.fromEntries(names.map((name, index) => [name, decodeURIComponent(found[index + 1] ?? '')]));
    } catch {
      return undefined;
    }
  };
}

/** A route that is not about one repository. */
export function route(
  method: string,
  pattern: string,
  scope: Exclude<Scope, 'repository'>,
  handle: Route['handle'],
): Route {
  return { method, pattern, matches: compilePattern(pattern), scope, needs: [], handle };
}

/** A route under `/repos/{owner}/{repo}`, and under `/repositories/{id}` where renamed repositories redirect to. */
export function onRepository(
  method: string,
  pattern: string,
  needs: readonly Need[],
  handle: (call: RepositoryCall) => Answer,
): Route {
  const byName = compilePattern(`/repos/{owner}/{repo}${pattern}`);
  const byId = compilePattern(`/repositories/{repository_id}${pattern}`);
  return {
    method,
    pattern: `/repos/{owner}/{repo}${pattern}`,
    matches: (path) => byName(path) ?? byId(path),
    scope: 'repository',
    needs,
    // The router puts the repository in before it calls.
    handle: (call) => handle(call as RepositoryCall),
  };
}

/** An answer in JSON. */
export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { status, body, headers };
}

/** An answer without a body. */
export const noContent: Answer = { status: 204 };

/** A number in the path, 404 for what is none. */
export function numberParam(call: Call, name: string): number {
  const text = call.params[name] ?? '';
  if (!/^\d{1,15}$/.test(text)) throw new Refusal(404, 'Not Found');
  return Number(text);
}

/** The installation behind the token. Only for routes of scope `installation`. */
export function installationOfCall(call: Call): Installation {
  if (call.viewer.as !== 'installation') throw new Refusal(403, 'Resource not accessible by personal access token');
  return call.viewer.token.installation;
}

/** One page of a list and GitHub's Link header: `per_page` 30 unless told, 100 at most. */
export function pageOf<Item>(
  call: Call,
  items: readonly Item[],
): { items: readonly Item[]; headers: Record<string, string> } {
  const perPage = Math.min(100, positive(call.query.get('per_page')) ?? 30);
  const page = positive(call.query.get('page')) ?? 1;
  const last = Math.max(1, Math.ceil(items.length / perPage));
  const to = (target: number, rel: string): string => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(target));
    return `<${call.world.state.url}/api/v3${call.path}?${query.toString()}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [to(Math.min(page - 1, last), 'prev')] : []),
    ...(page < last ? [to(page + 1, 'next'), to(last, 'last')] : []),
    ...(page > 1 ? [to(1, 'first')] : []),
  ];
  const shown = items.slice((page - 1) * perPage, page * perPage);
  return { items: shown, headers: links.length > 0 ? { link: links.join(', ') } : {} };
}

/** A page as an answer. `wrap` puts it into an object with the total, for the lists that GitHub gives so. */
export function paged<Item>(
  call: Call,
  all: readonly Item[],
  shape: (item: Item) => unknown,
  wrap: (page: unknown[], total: number) => unknown = (page) => page,
): Answer {
  const { items, headers } = pageOf(call, all);
  return json(200, wrap(items.map(shape), all.length), headers);
}

function positive(text: string | null): number | undefined {
  return text !== null && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}

/** Items in the order asked for by `direction` (`asc` or `desc`), by a date or number; ties by their place. */
export function sorted<Item>(items: readonly Item[], key: (item: Item) => Date | number, direction: string): Item[] {
  const factor = direction === 'desc' ? -1 : 1;
  return items
    .map((item, index) => ({ item, index }))
    .sort((a, b) => factor * (Number(key(a.item)) - Number(key(b.item)) || a.index - b.index))
    .map(({ item }) => item);
}
