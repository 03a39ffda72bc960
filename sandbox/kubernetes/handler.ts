import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseBody } from './bodies.ts';
import { deleteObject } from './deletes.ts';
import { discovery } from './discovery.ts';
import type { FaultResponse } from './faults.ts';
import type { Kubelet } from './kubelet.ts';
import { readLogs } from './logs.ts';
import { asJson, type JsonObject } from './objects.ts';
import { listObjects, readObject } from './reads.ts';
import { badRequest, invalidOptions, notInSandbox, Refusal, statusObject } from './refusals.ts';
import { type LoggedRequest, type Verb, verbOf } from './requests.ts';
import { verbsOf } from './resources.ts';
import { type Route, routeOf } from './routes.ts';
import { type createWatches, watch } from './watch.ts';
import { apply, create, patch, type Target, update, type WriteContext } from './writes.ts';

export type HandlerOptions = {
  readonly context: WriteContext;
  readonly kubelet: Kubelet;
  readonly token: string;
  readonly add: (request: LoggedRequest) => void;
  readonly take: (request: LoggedRequest) => FaultResponse | undefined;
  readonly watches: ReturnType<typeof createWatches>['all'];
};

type Call = {
  readonly route: Route | undefined;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: Verb;
};

type Answer = { readonly code: number; readonly body: JsonObject | string | undefined };

/** Returns the function that answers every request to the API. */
export function createHandler(options: HandlerOptions): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    handle(options, request, response).catch((error: unknown) => {
      // The client left in the middle of its body, or the sandbox itself is at fault: both end this one connection only.
      response.destroy(error instanceof Error ? error : undefined);
    });
  };
}

async function handle(options: HandlerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = 'GET', url = '/' } = request;
  const [path = '', search = ''] = url.split('?');
  const query = new URLSearchParams(search);
  const contentType = request.headers['content-type'] ?? '';
  const route = routeOf(path);
  const call: Call = { route, path, query, verb: verbOf(method, route, query, contentType) };
  const logged: LoggedRequest = {
    method,
    path: url,
    verb: call.verb,
    resource: route?.resource.plural ?? '',
    at: new Date(),
    status: 0,
  };
  options.add(logged);

  const fault = options.take(logged);
  if (fault === 'hang') return;
  if (fault === 'reset' || (fault === 'answer-lost' && call.verb === 'watch')) {
    response.destroy();
    return;
  }
  if (typeof fault === 'object' && 'status' in fault) {
    logged.status = fault.status;
    const { body = '', headers } = fault;
    const isText = typeof body === 'string';
    response.writeHead(fault.status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
    response.end(isText ? body : JSON.stringify(body));
    return;
  }
  if (typeof fault === 'object') await fault.until;

  const body = await text(request);
  if (call.verb === 'watch' && isAuthorized(options, request)) {
    logged.status = 200;
    if (startWatch(options, call, response, logged)) return;
  }
  const answer = answerTo(options, call, request, body);
  if (fault === 'answer-lost') {
    response.destroy();
    return;
  }
  logged.status = answer.code;
  send(response, answer);
}

/** Starts the watch; a bad query is answered as a Status instead. */
function startWatch(
  options: HandlerOptions,
  { route, query }: Call,
  response: ServerResponse,
  logged: LoggedRequest,
): boolean {
  if (route === undefined) return false;
  try {
    watch(
      options.context.store,
      { resource: route.resource, namespace: route.namespace, query },
      response,
      options.watches,
    );
  } catch (error) {
    if (!(error instanceof Refusal) || response.headersSent) throw error;
    logged.status = error.code;
    send(response, { code: error.code, body: error.status });
  }
  return true;
}

function send(response: ServerResponse, { code, body }: Answer): void {
  if (body === undefined) response.writeHead(code).end();
  else if (typeof body === 'string') response.writeHead(code, { 'content-type': 'text/plain' }).end(body);
  else response.writeHead(code, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function isAuthorized({ token }: HandlerOptions, request: IncomingMessage): boolean {
  return request.headers.authorization === `Bearer ${token}`;
}

function answerTo(options: HandlerOptions, call: Call, request: IncomingMessage, body: string): Answer {
  const known = discovery(call.path);
  if (typeof known === 'string') return { code: 200, body: known };
  if (!isAuthorized(options, request)) return { code: 401, body: statusObject(401, 'Unauthorized', 'Unauthorized') };
  if (known !== undefined) return { code: 200, body: known };
  try {
    return act(options, call, request, body);
  } catch (error) {
    if (error instanceof Refusal) return { code: error.code, body: error.status };
    // A body whose shape the sandbox did not expect; the real server would name the field.
    return { code: 500, body: statusObject(500, `The sandbox could not take this in: ${String(error)}`) };
  }
}

function act(
  options: HandlerOptions,
  { route, path, query, verb }: Call,
  request: IncomingMessage,
  text: string,
): Answer {
  const { context, kubelet } = options;
  const { store } = context;
  if (route === undefined) throw notInSandbox(path);
  const { resource, namespace, name = '' } = route;
  const target: Target = { resource, namespace, name };
  const contentType = request.headers['content-type'] ?? '';
  const manager = query.get('fieldManager') ?? (request.headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  const body = (): JsonObject => parseBody(text, contentType, resource);
  requireSupported(route, query, verb, request.method ?? 'GET');
  switch (verb) {
    case 'get':
      return { code: 200, body: asJson(readObject(store, target)) };
    case 'list':
      return { code: 200, body: listObjects(store, resource, namespace, query) };
    case 'create':
      return { code: 201, body: asJson(create(context, resource, namespace, body(), manager)) };
    case 'update':
      return { code: 200, body: asJson(update(context, target, body(), manager)) };
    case 'apply': {
      requireForce(query);
      const { object, created } = apply(context, target, body(), manager);
      return { code: created ? 201 : 200, body: asJson(object) };
    }
    case 'patch':
      if (!contentType.startsWith('application/merge-patch+json')) throw notInSandbox(`patches of type ${contentType}`);
      return { code: 200, body: asJson(patch(context, target, body(), manager)) };
    case 'delete': {
      const policy = query.get('propagationPolicy');
      return {
        code: 200,
        body: deleteObject(store, target, {
          ...(policy === null ? {} : { propagationPolicy: policy }),
          ...(text === '' ? {} : body()),
        }),
      };
    }
    case 'log': {
      const lines = readLogs(store, kubelet, namespace ?? '', name, query);
      return { code: lines === undefined ? 204 : 200, body: lines };
    }
    case 'watch':
    case 'other':
      throw notInSandbox(`${request.method ?? ''} ${path}`);
  }
}

function requireSupported({ resource, namespace }: Route, query: URLSearchParams, verb: Verb, method: string): void {
  if (query.has('dryRun')) throw notInSandbox('dry runs');
  const single = ['get', 'create', 'update', 'apply', 'patch', 'delete', 'log'].includes(verb);
  if (single && resource.namespaced && namespace === undefined)
    throw badRequest(`${resource.plural} live in a namespace: it is missing from the path`);
  const asked = verb === 'apply' ? 'patch' : verb === 'log' ? 'get' : verb;
  if (verb !== 'other' && !verbsOf(resource).includes(asked)) throw notInSandbox(`${method} for ${resource.plural}`);
}

function requireForce(query: URLSearchParams): void {
  if ((query.get('fieldManager') ?? '') === '') {
    const message = 'Required value: is required for apply patch';
    throw invalidOptions('PatchOptions', { reason: 'FieldValueRequired', message, field: 'fieldManager' });
  }
  if (query.get('force') !== 'true') throw notInSandbox('server-side apply without force=true');
}
