import { randomBytes } from 'node:crypto';
import type { Tokens, Viewer } from './auth.ts';
import { badGatewayPage, maintenancePage, type FaultResponse } from './faults.ts';
import { describeOperation, graphqlRequestOf, runGraphql } from './graphql/execute.ts';
import { secondaryLimit, type Limits, type RateLimit } from './limits.ts';
import { Refusal } from './refusal.ts';
import type { LoggedRequest } from './requests.ts';
import type { Answer } from './rest/route.ts';
import { findRoute, runRoute, type Found } from './rest/router.ts';
import { actorOf, callerOf } from './viewer.ts';
import type { DeliveryLog } from './webhooks/deliveries.ts';
import type { World } from './world/world.ts';

export type ApiParts = {
  world: World;
  tokens: Tokens;
  limits: Limits;
  deliveries: DeliveryLog;
  takeFault(request: LoggedRequest): FaultResponse | undefined;
  log(request: LoggedRequest): void;
};

export type ApiRequest = { method: string; url: URL; headers: Record<string, string | undefined>; body: Buffer };

/** What goes on the wire: an answer, silence, or a cut connection. */
export type Outcome = { status: number; headers: Record<string, string>; body: Buffer } | 'hang' | 'reset';

const documentation = 'https://docs.github.com/rest';

/** Answers a request to `/api/v3` or `/api/graphql`. */
export async function answerApi(parts: ApiParts, request: ApiRequest): Promise<Outcome> {
  const { pathname, search } = request.url;
  const [viewer, denied] = identify(parts, request);
  const path = pathname.replace(/^\/api\/v3/, '');
  const isGraphql = pathname === '/api/graphql';
  const found = isGraphql ? undefined : findRoute(request.method, path);
  const body = parseBody(request.body);
  const entry: LoggedRequest = {
    method: request.method,
    path: pathname + search,
    route: isGraphql ? `/graphql ${describe(body)}` : (found?.route.pattern ?? path),
    as: viewer.as,
    status: 0,
    at: parts.world.state.now(),
    ...(body instanceof Refusal || body === undefined ? {} : { body }),
  };
  parts.log(entry);
  const fault = parts.takeFault(entry);
  if (typeof fault === 'object' && 'until' in fault) await fault.until;
  const faulty = fault === undefined ? undefined : answerFault(fault);
  if (faulty === 'hang' || faulty === 'reset') return faulty;
  const asked = { ...request, path, viewer, denied, body, found };
  const answer = faulty ?? (isGraphql ? await answerGraphql(parts, asked, fault) : answerRest(parts, asked, fault));
  entry.status = fault === 'answer-lost' ? 0 : answer.status;
  if (fault === 'answer-lost') return 'reset';
  const sent = onTheWire(
    answer,
    parts.limits.of(callerOf(viewer), isGraphql ? 'graphql' : 'core'),
    parts.world.state.now(),
  );
  return fault === 'truncated' ? { ...sent, body: sent.body.subarray(0, Math.floor(sent.body.length / 2)) } : sent;
}

type Asked = Omit<ApiRequest, 'body'> & {
  path: string;
  viewer: Viewer;
  denied: Refusal | undefined;
  body: unknown;
  found: Found | undefined;
};

function identify(parts: ApiParts, request: ApiRequest): [Viewer, Refusal | undefined] {
  try {
    return [parts.tokens.identify(request.headers['authorization']), undefined];
  } catch (error) {
    if (error instanceof Refusal) return [{ as: 'anonymous' }, error];
    throw error;
  }
}

function parseBody(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return new Refusal(400, 'Problems parsing JSON');
  }
}

function describe(body: unknown): string {
  try {
    return describeOperation(graphqlRequestOf(body));
  } catch (error) {
    if (error instanceof Refusal) return 'invalid';
    throw error;
  }
}

/** Turns what a route throws into GitHub's answer. */
function refused(error: unknown): Answer {
  if (!(error instanceof Refusal)) {
    console.error(error);
    return {
      status: 500,
      body: { message: `Server Error: ${String(error)}`, documentation_url: documentation, status: '500' },
    };
  }
  const { status, message, errors, headers } = error;
  return {
    status,
    headers,
    body: { message, ...(errors ? { errors } : {}), documentation_url: documentation, status: String(status) },
  };
}

function answerRest(parts: ApiParts, asked: Asked, fault: FaultResponse | undefined): Answer {
  const mostTreeEntries = typeof fault === 'object' && 'treeEntries' in fault ? fault.treeEntries : undefined;
  try {
    if (asked.denied) throw asked.denied;
    const caller = callerOf(asked.viewer);
    if (asked.path !== '/rate_limit') parts.limits.spend(caller, 'core');
    if (asked.body instanceof Refusal) throw asked.body;
    if (!asked.found) throw new Refusal(404, 'Not Found');
    if (asked.method !== 'GET' && asked.method !== 'HEAD' && asked.viewer.as !== 'app')
      parts.limits.countContent(caller);
    return runRoute(asked.found, {
      world: parts.world,
      tokens: parts.tokens,
      limits: parts.limits,
      deliveries: parts.deliveries,
      viewer: asked.viewer,
      method: asked.method,
      by: actorOf(asked.viewer, parts.world),
      path: asked.path,
      query: asked.url.searchParams,
      body: asked.body,
      accept: asked.headers['accept'] ?? '',
      mostTreeEntries,
    });
  } catch (error) {
    return refused(error);
  }
}

async function answerGraphql(parts: ApiParts, asked: Asked, fault: FaultResponse | undefined): Promise<Answer> {
  try {
    if (asked.denied) throw asked.denied;
    if (asked.viewer.as === 'anonymous') throw new Refusal(401, 'This endpoint requires you to be authenticated.');
    if (asked.viewer.as === 'app') throw new Refusal(401, 'Bad credentials');
    if (asked.method !== 'POST') throw new Refusal(404, 'Not Found');
    if (asked.body instanceof Refusal) throw asked.body;
    const failAt = typeof fault === 'object' && 'graphqlErrorAt' in fault ? fault : undefined;
    const asker = {
      world: parts.world,
      viewer: asked.viewer,
      by: actorOf(asked.viewer, parts.world),
      failAt: failAt && {
        path: failAt.graphqlErrorAt,
        message: failAt.message ?? 'Something went wrong while executing your query.',
        type: failAt.type ?? 'INTERNAL',
      },
    };
    return { status: 200, body: await runGraphql(graphqlRequestOf(asked.body), asker, parts.limits) };
  } catch (error) {
    return refused(error);
  }
}

/** The answer of a fault that lets the request have no effect; undefined for one that lets it through. */
function answerFault(fault: FaultResponse): Answer | 'hang' | 'reset' | undefined {
  const html = (status: number, page: string): Answer => ({
    status,
    raw: { type: 'text/html; charset=utf-8', bytes: Buffer.from(page) },
  });
  switch (fault) {
    case 'hang':
    case 'reset':
      return fault;
    case 'not-found':
      return refused(new Refusal(404, 'Not Found'));
    case 'bad-gateway':
      return html(502, badGatewayPage);
    case 'html':
      return html(200, maintenancePage);
    case 'empty':
      return { status: 200 };
    case 'secondary-limit':
      return refused(secondaryLimit(60));
    case 'answer-lost':
    case 'truncated':
      return undefined;
    default:
      if (!('status' in fault)) return undefined;
      if (typeof fault.body !== 'string')
        return { status: fault.status, body: fault.body, headers: fault.headers ?? {} };
      return { ...html(fault.status, fault.body), headers: fault.headers ?? {} };
  }
}

function onTheWire(answer: Answer, budget: RateLimit, now: Date): Exclude<Outcome, string> {
  const json = answer.body === undefined ? undefined : Buffer.from(JSON.stringify(answer.body));
  const type = answer.raw ? answer.raw.type : json ? 'application/json; charset=utf-8' : undefined;
  const headers: Record<string, string> = {
    date: now.toUTCString(),
    'cache-control': 'private, max-age=60, s-maxage=60',
    'x-github-media-type': 'github.v3; format=json',
    'x-github-request-id': randomBytes(12).toString('hex').toUpperCase(),
    'x-ratelimit-limit': String(budget.limit),
    'x-ratelimit-remaining': String(budget.remaining),
    'x-ratelimit-used': String(budget.used),
    'x-ratelimit-reset': String(Math.ceil(budget.resetAt.getTime() / 1000)),
    'x-ratelimit-resource': budget.resource,
    ...(type === undefined ? {} : { 'content-type': type }),
    ...answer.headers,
  };
  return { status: answer.status, headers, body: Buffer.from(answer.raw?.bytes ?? json ?? Buffer.alloc(0)) };
}
