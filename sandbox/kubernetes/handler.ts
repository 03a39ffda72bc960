import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseBody, requireKnownFields } from './bodies.ts';
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
  if (fault !== undefined && meet(fault, logged, response)) return;
  if (typeof fault === 'object' && 'until' in fault) await fault.until;

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

/** Does what the fault says in place of an answer; returns false when the request goes its way after all. */
function meet(fault: FaultResponse, logged: LoggedRequest, response: ServerResponse): boolean {
  if (fault === 'hang') return true;
  if (fault === 'reset' || (fault === 'answer-lost' && logged.verb === 'watch')) {
    response.destroy();
    return true;
  }
  if (fault === 'answer-lost' || 'until' in fault) return false;
  logged.status = fault.status;
  const { body = '', headers } = fault;
  const isText = typeof body === 'string';
  response.writeHead(fault.status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
  response.end(isText ? body : JSON.stringify(body));
  return true;
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

/** kubectl keeps its token to itself over plain HTTP: a person's look around is let in without. */
function isAuthorized({ token }: HandlerOptions, { headers }: IncomingMessage): boolean {
  if (headers.authorization === undefined) return headers['user-agent']?.startsWith('kubectl') === true;
  return headers.authorization === `Bearer ${token}`;
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

function act(options: HandlerOptions, call: Call, request: IncomingMessage, text: string): Answer {
  const { route, path, query, verb } = call;
  const { store } = options.context;
  if (route === undefined) throw notInSandbox(path);
  const { resource, namespace, name = '' } = route;
  requireSupported(route, query, verb, request.method ?? 'GET');
  switch (verb) {
    case 'get':
      return { code: 200, body: asJson(readObject(store, { resource, namespace, name })) };
    case 'list':
      return { code: 200, body: listObjects(store, resource, namespace, query) };
    case 'log': {
      const lines = readLogs(store, options.kubelet, namespace ?? '', name, query);
      return { code: lines === undefined ? 204 : 200, body: lines };
    }
    case 'watch':
    case 'other':
      throw notInSandbox(`${request.method ?? ''} ${path}`);
    default:
      return write(options, { route, query, verb }, request, text);
  }
}

type WriteCall = {
  readonly route: Route;
  readonly query: URLSearchParams;
  readonly verb: 'create' | 'update' | 'apply' | 'patch' | 'delete';
};

function write({ context }: HandlerOptions, call: WriteCall, { headers }: IncomingMessage, text: string): Answer {
  const { query, verb } = call;
  const { resource, namespace, name = '' } = call.route;
  const target: Target = { resource, namespace, name };
  const type = headers['content-type'] ?? '';
  const manager = query.get('fieldManager') ?? (headers['user-agent'] ?? 'unknown').split('/')[0] ?? 'unknown';
  const body = (): JsonObject => {
    const parsed = parseBody(text, type, resource);
    if (query.get('fieldValidation') === 'Strict' && verb !== 'delete') requireKnownFields(resource, parsed);
    return parsed;
  };
  switch (verb) {
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
      if (!type.startsWith('application/merge-patch+json')) throw notInSandbox(`patches of type ${type}`);
      return { code: 200, body: asJson(patch(context, target, body(), manager)) };
    case 'delete': {
      const policy = query.get('propagationPolicy');
      const options = { ...(policy === null ? {} : { propagationPolicy: policy }), ...(text === '' ? {} : body()) };
      return { code: 200, body: deleteObject(context.store, target, options) };
    }
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
