import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerApi, type ApiParts, type ApiRequest, type Outcome } from './api.ts';
import { createTokens } from './auth.ts';
import { createFaults, type Faults } from './faults.ts';
import { createLimits, type LimitOptions } from './limits.ts';
import { answerPage } from './pages/site.ts';
import { createRequestLog, type RequestLog } from './requests.ts';
import { startDeliveries, type DeliveryLog } from './webhooks/deliveries.ts';
import { subscribableEvents } from './webhooks/payloads.ts';
import { allowsEvent, unsupportedEvents } from './world/installations.ts';
import type { Permissions } from './world/model.ts';
import { createWorld, type World } from './world/world.ts';

export type GitHubOptions = LimitOptions & {
  /** 0 takes any free port. It listens on the loopback addresses only, unless it is public. */
  port: number;
  /** Listens on every address, and calls itself so, such as `http://github.sandbox.svc:3100`: nobody there has to log in. */
  publicUrl?: string;
  app: {
    id: number;
    slug: string;
    /** PEM; the App's JWTs are verified with it. */
    publicKey: string;
    /** What new installations grant; by default what previews need. */
    permissions?: Permissions;
  };
  /** Without a url nothing is delivered until `setWebhook` gives one. */
  webhook: { url: string; secret: string };
  /** The events the App subscribes to, by default what previews need. Those of installations come unasked. */
  events?: string[];
  /** Labels that the pages offer although a repository has none of the name yet; `cd/preview` unless told. */
  suggestedLabels?: string[];
  /** The time it is, for tests of what expires. */
  now?: () => Date;
};

export type SandboxGitHub = {
  /** For people; `${url}/api/v3` and `${url}/api/graphql` for clients. */
  url: string;
  port: number;
  world: World;
  requests: RequestLog;
  faults: Faults;
  deliveries: DeliveryLog;
  setWebhook(url: string): void;
  /** Cuts all connections and ends; deliveries under way are given up. */
  close(): Promise<void>;
};

/** GitHub takes `issue_comment` with this permission for issues only, though all comments are on pull requests. */
const defaultPermissions: Permissions = {
  checks: 'write',
  contents: 'read',
  deployments: 'write',
  issues: 'read',
  metadata: 'read',
  pull_requests: 'write',
  statuses: 'read',
};

const defaultEvents = ['pull_request', 'issue_comment', 'status', 'check_run', 'check_suite'];

/** GitHub refuses nothing smaller, and webhooks of its own are at most this large. */
const mostBody = 25 * 1024 * 1024;

/** The App's permissions and events. Throws for an event that is not here, or that GitHub would refuse. */
function askedBy(options: GitHubOptions): { permissions: Permissions; events: string[] } {
  const permissions = options.app.permissions ?? defaultPermissions;
  const events = options.events ?? defaultEvents.filter((event) => allowsEvent(permissions, event));
  const unknown = events.find((event) => !(subscribableEvents as readonly string[]).includes(event));
  if (unknown !== undefined) {
    throw new Error(`events: this sandbox does not announce "${unknown}"; it has ${subscribableEvents.join(', ')}.`);
  }
  const unsupported = unsupportedEvents(permissions, events);
  if (unsupported.length > 0) {
    throw new Error(`events: Default events are not supported by permissions: ${unsupported.join(', ')}`);
  }
  return { permissions, events };
}

/** Starts a GitHub of its own on one port. Throws if the port is taken or for events that the App cannot have. */
export async function startGitHub(options: GitHubOptions): Promise<SandboxGitHub> {
  const world = createWorld({
    app: { id: options.app.id, slug: options.app.slug },
    ...askedBy(options),
    webhook: options.webhook,
    now: options.now ?? (() => new Date()),
  });
  const { log, add } = createRequestLog();
  const { faults, take } = createFaults();
  const deliveries = startDeliveries(world, world.state.app.webhook);
  const parts: ApiParts = {
    world,
    tokens: createTokens(world, options.app.publicKey),
    limits: createLimits(world, options),
    deliveries,
    takeFault: take,
    log: add,
  };
  const suggestedLabels = options.suggestedLabels ?? ['cd/preview'];
  const listener: Listener = (request, response) => {
    void answer(parts, suggestedLabels, request, response);
  };
  const servers = options.publicUrl === undefined ? await listen(options.port, listener) : [await open(options.port, '::', listener)];
  const port = portOf(servers[0]);
  world.state.url = options.publicUrl ?? `http://localhost:${port}`;
  return {
    url: world.state.url,
    port,
    world,
    requests: log,
    faults,
    deliveries,
    setWebhook: (url) => {
      deliveries.webhook.url = url;
    },
    close: async () => {
      deliveries.close();
      await Promise.all([...servers.map(close), deliveries.settled()]);
    },
  };
}

function portOf(server: Server | undefined): number {
  return (server?.address() as AddressInfo).port;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

function open(port: number, host: string, listener: Listener): Promise<Server> {
  const { promise, resolve, reject } = Promise.withResolvers<Server>();
  const server = createServer({ keepAliveTimeout: 60_000 }, listener);
  server.once('error', reject);
  server.listen(port, host, () => {
    server.off('error', reject);
    resolve(server);
  });
  return promise;
}

/** `localhost` may mean either loopback address, so both are opened, where the machine has both. */
async function listen(port: number, listener: Listener): Promise<Server[]> {
  for (let attempt = 1; ; attempt += 1) {
    const first = await open(port, '127.0.0.1', listener);
    try {
      return [first, await open(portOf(first), '::1', listener)];
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT') return [first];
      await close(first);
      // Another process has this port on ::1 only; any other will do if none was asked for.
      if (code !== 'EADDRINUSE' || port !== 0 || attempt === 10) throw error;
    }
  }
}

function close(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  server.close(() => {
    resolve(undefined);
  });
  server.closeAllConnections();
  return promise;
}

async function answer(
  parts: ApiParts,
  suggestedLabels: readonly string[],
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  let outcome: Outcome;
  try {
    const request = await readRequest(incoming);
    const isApi = /^\/api\/(?:v3(?:\/|$)|graphql$)/.test(request.url.pathname);
    outcome = isApi ? await answerApi(parts, request) : answerPage({ ...parts, suggestedLabels }, request);
  } catch (error) {
    if (incoming.socket.destroyed) return;
    console.error(error);
    outcome = {
      status: 500,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: Buffer.from(`The sandbox failed: ${String(error)}\n`),
    };
  }
  if (outcome === 'hang') return;
  if (outcome === 'reset') {
    incoming.socket.resetAndDestroy();
    return;
  }
  const length = outcome.status === 204 || outcome.status === 304 ? {} : { 'content-length': outcome.body.byteLength };
  response.writeHead(outcome.status, { ...outcome.headers, ...length });
  response.end(incoming.method === 'HEAD' ? undefined : outcome.body);
}

async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > mostBody) throw new Error('the request is too large');
    chunks.push(chunk);
  }
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : value]),
  );
  return {
    method: incoming.method ?? 'GET',
    url: new URL(`http://localhost${incoming.url ?? '/'}`),
    headers,
    body: Buffer.concat(chunks),
  };
}
