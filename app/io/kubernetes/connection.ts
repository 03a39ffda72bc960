import type { RequestOptions } from 'node:https';
import { KubeConfig } from '@kubernetes/client-node';
import { Agent, ProxyAgent, request, type Dispatcher } from 'undici';
import { KubernetesError } from '../../core/ports.ts';

/** How long credentials from a kubeconfig (tokens in files, exec plugins) are used before they are asked for again. */
const credentialsMs = 60_000;
/** A slow API server is not a reason to give a write up early: it may have been done. */
const requestMs = 30_000;

export type Call = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly contentType?: string;
};

/** A pooled, authenticated way to one API server. */
export type Connection = {
  /** Returns the parsed JSON answer; a Status other than success throws a KubernetesError. */
  call(call: Call): Promise<unknown>;
  /** Returns the body of a text answer, such as a log. */
  text(path: string): Promise<string>;
  /** Opens a stream that ends when `signal` aborts. */
  stream(path: string, signal: AbortSignal): Promise<Dispatcher.ResponseData>;
  close(): Promise<void>;
};

/**
 * Returns the KubeConfig of a file, or without one the pod's own. Throws when it names no cluster, and outside of a cluster: what
 * kubectl happens to point at is never taken.
 */
export function loadKubeConfig(file: string | undefined): KubeConfig {
  const config = new KubeConfig();
  if (file === undefined && process.env['KUBERNETES_SERVICE_HOST'] === undefined) throw new Error('not in a cluster');
  if (file === undefined) config.loadFromCluster();
  else loadFile(config, file);
  if (!config.getCurrentCluster()) throw new Error(`the kubeconfig ${file ?? '(default)'} has no current cluster`);
  return config;
}

/** The parser's message quotes the lines around what is wrong with it, and these may hold a token. */
function loadFile(config: KubeConfig, file: string): void {
  try {
    config.loadFromFile(file);
  } catch (error) {
    if (!(error instanceof Error && 'reason' in error && 'mark' in error)) throw error;
    throw new Error(`it is not YAML: ${String(error.reason)}`, { cause: undefined });
  }
}

/**
 * Connects with one pool of kept-alive connections. The client library's own calls make a dispatcher, and with it a TLS
 * connection, per call (kubernetes-client/javascript 2.0.1, `KubeConfig.applySecurityAuthentication`), five times slower;
 * so it serves for what a kubeconfig means, and the calls go through this pool.
 */
export function connect(config: KubeConfig, clock: { monotonicMs(): number }): Connection {
  const cluster = config.getCurrentCluster();
  if (!cluster) throw new Error('the kubeconfig has no current cluster');
  const server = new URL(cluster.server);
  let credentials: { readonly headers: Record<string, string>; readonly until: number } | undefined;
  let pool: { readonly dispatcher: Dispatcher; readonly identity: string } | undefined;

  async function refresh(): Promise<{ headers: Record<string, string>; dispatcher: Dispatcher }> {
    if (credentials && pool && credentials.until > clock.monotonicMs()) return { headers: credentials.headers, dispatcher: pool.dispatcher };
    const options: RequestOptions = {};
    await config.applyToHTTPSOptions(options);
    const { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername } = options;
    const tls = { ca, cert, key, pfx, passphrase, rejectUnauthorized, servername };
    const identity = JSON.stringify(tls, (_name, value: unknown) => (Buffer.isBuffer(value) ? value.toString('base64') : value));
    if (pool?.identity !== identity) {
      const connectOptions = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined));
      // Over HTTP/2 watches fell silent while many calls were under way (undici 8.12 to kube-apiserver 1.36).
      const common = { connections: 32, keepAliveTimeout: 60_000, allowH2: false };
      const dispatcher = cluster?.proxyUrl
        ? new ProxyAgent({ ...common, uri: cluster.proxyUrl, requestTls: connectOptions })
        : new Agent({ ...common, connect: connectOptions });
      const old = pool?.dispatcher;
      pool = { dispatcher, identity };
      void old?.close();
    }
    const headers = Object.fromEntries(
      Object.entries(options.headers ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name.toLowerCase(), String(value)]])),
    );
    if (options.auth) headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    credentials = { headers, until: clock.monotonicMs() + credentialsMs };
    return { headers, dispatcher: pool.dispatcher };
  }

  async function send(call: Call, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const { headers, dispatcher } = await refresh();
    const response = await request(new URL(`${server.pathname.replace(/\/$/, '')}${call.path}`, server), {
      method: call.method,
      dispatcher,
      signal,
      headers: {
        ...headers,
        accept: 'application/json',
        'user-agent': 'avant',
        ...(call.body === undefined ? {} : { 'content-type': call.contentType ?? 'application/json' }),
      },
      ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
    });
    if (response.statusCode === 401) credentials = undefined;
    return response;
  }

  async function answer(call: Call): Promise<string> {
    const response = await send(call, AbortSignal.timeout(requestMs));
    const text = await response.body.text();
    if (response.statusCode >= 300) throw refusal(call, response.statusCode, text);
    return text;
  }

  return {
    call: async (call) => JSON.parse(await answer(call)) as unknown,
    text: (path) => answer({ method: 'GET', path }),
    stream: async (path, signal) => {
      const call: Call = { method: 'GET', path };
      const response = await send(call, signal);
      if (response.statusCode >= 300) throw refusal(call, response.statusCode, await response.body.text());
      return response;
    },
    close: async () => {
      await pool?.dispatcher.destroy();
    },
  };
}

function refusal(call: Call, status: number, text: string): KubernetesError {
  const body = statusOf(text);
  const where = `${call.method} ${call.path.split('?')[0] ?? call.path}`;
  return new KubernetesError(`${where}: ${body.message ?? `HTTP ${status}`}`, status, body.reason ?? '', body.causes);
}

/** Reads a Kubernetes Status; anything else gives no reason and no causes. */
function statusOf(text: string): { message?: string; reason?: string; causes: string[] } {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { causes: [] };
  }
  const { message, reason, details } = (body ?? {}) as { message?: unknown; reason?: unknown; details?: { causes?: unknown } };
  const causes = Array.isArray(details?.causes) ? details.causes : [];
  return {
    ...(typeof message === 'string' ? { message } : {}),
    ...(typeof reason === 'string' ? { reason } : {}),
    causes: causes.flatMap((cause: { reason?: unknown }) => (typeof cause.reason === 'string' ? [cause.reason] : [])),
  };
}

/** Says whether an object is at a path of the API. Throws what any other answer than 404 is. */
export async function isThere(connection: Connection, path: string): Promise<boolean> {
  try {
    await connection.call({ method: 'GET', path });
    return true;
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 404) return false;
    throw error;
  }
}
