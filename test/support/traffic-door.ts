import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingHttpHeaders, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { connect, loadKubeConfig } from '../../app/io/kubernetes/connection.ts';
import { objectPath } from '../../app/io/kubernetes/kinds.ts';
import { refOf, type Json, type KubernetesObject } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import type { DoorRules } from '../../app/core/traffic/policy.ts';
import { startCluster, type Cluster } from '../cluster/cluster.ts';
import { until } from './avant.ts';
import { leastRules, trafficCase, type TrafficCase } from './traffic-cases.ts';
import { toldIngress } from './traffic-ingress.ts';

const run = promisify(execFile);

export type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: string };

export type Asking = {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
  /** Another port than HAProxy's 80. */
  readonly port?: number;
};

/** The real controller and HAProxy of a cluster, and real programs behind them, on this machine. */
export type RealDoor = {
  readonly cluster: Cluster;
  /** HAProxy's address. */
  readonly address: string;
  /** This machine's, as HAProxy reaches it. */
  readonly ours: string;
  apply(object: KubernetesObject | Readonly<Record<string, Json>>): Promise<void>;
  remove(object: KubernetesObject): Promise<void>;
  ask(host: string, asking?: Asking): Promise<Answer>;
  /** Makes a namespace with a Secret of passwords, `user:hash` or `user::password` in each line. */
  secret(namespace: string, name: string, auth: string): Promise<void>;
  /** Makes a namespace with a Service `web` that leads to a port of this machine (undefined: to nothing). */
  place(namespace: string, port: number | undefined): Promise<void>;
  /**
   * Makes a namespace, a program and the Ingress of a case, and waits until the door knows them; returns the host. `port` is of another
   * program than the usual one, which echoes.
   */
  open(name: string, parts: Parameters<typeof trafficCase>[0], port?: number): Promise<string>;
  /** HAProxy's configuration as the controller wrote it last. */
  configuration(): Promise<string>;
  /** What `haproxy -c` says of a copy of the controller's folder; undefined: it takes it. */
  refusal(): Promise<string | undefined>;
  /** The echo's port. */
  readonly echo: number;
  /** The port of an echo of HTTP/2 without TLS. */
  readonly echo2: number;
  close(): Promise<void>;
};

/** Starts all of it, in the cluster whose pods are pretended. */
export async function openDoor(): Promise<RealDoor> {
  const cluster = await startCluster('kwok');
  const api = connect(loadKubeConfig(cluster.kubeconfig), { monotonicMs: () => performance.now() });
  const address = cluster.ingressAddress;
  const ours = address.replace(/\.2$/, '.1');
  const folder = path.join(path.dirname(cluster.kubeconfig), 'ingress');
  const servers = [await listening(echoing(), ours), await listening(createHttp2Server(http2Echo), ours)];
  const [echo = 0, echo2 = 0] = servers.map(({ port }) => port);
  const made: KubernetesObject[] = [];

  const isGoing = async (namespace: string): Promise<boolean> => {
    const found = await api.call({ method: 'GET', path: `/api/v1/namespaces/${namespace}` }).catch((error: unknown) => {
      if (error instanceof KubernetesError && error.status === 404) return undefined;
      throw error;
    });
    return (found as KubernetesObject | undefined)?.metadata.deletionTimestamp !== undefined;
  };
  const door: RealDoor = {
    cluster,
    address,
    ours,
    echo,
    echo2,
    apply: async (given) => {
      const object = given as KubernetesObject;
      if (object.kind === 'Namespace') made.push(object);
      await api.call({ method: 'PATCH', path: `${pathOf(object)}?fieldManager=test&force=true`, body: object, contentType: 'application/apply-patch+yaml' });
    },
    remove: async (object) => {
      await api.call({ method: 'DELETE', path: pathOf(object) });
    },
    ask: (host, asking = {}) => ask(address, host, asking),
    secret: async (namespace, name, auth) => {
      await until(`no earlier ${namespace} is going away`, async () => !(await isGoing(namespace)));
      await door.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await door.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace }, data: { auth: Buffer.from(auth).toString('base64') } });
    },
    place: async (namespace, port) => {
      await until(`no earlier ${namespace} is going away`, async () => !(await isGoing(namespace)));
      for (const object of objectsAt(namespace, ours, port)) await door.apply(object);
    },
    open: async (name, parts, port = echo) => {
      const host = hostOf(name);
      const one = trafficCase({ ...parts, rules: { ...parts.rules, marker: name } });
      await door.place(name, port);
      for (const object of told(one, host).objects) await door.apply(object);
      await until(`${host} is no 404 of the door`, async () => (await door.ask(host, { path: one.paths[0] ?? '/' })).status !== 404);
      return host;
    },
    configuration: () => configurationOf(folder),
    refusal: () => refusalOf(folder),
    close: async () => {
      for (const namespace of made.splice(0)) await door.remove(namespace).catch(() => undefined);
      for (const { server, sockets } of servers) {
        server.close();
        for (const socket of sockets) socket.destroy();
      }
      await api.close();
      await cluster.stop();
    },
  };
  await door.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'haproxy-ingress', namespace: 'ingress' }, data: { 'cross-namespace-secrets-passwd': 'allow' } });
  return door;
}

/** The host of the tests' preview in a namespace. */
export function hostOf(name: string): string {
  return `${name}.preview.bar.com`;
}

function told(one: TrafficCase, host: string): ReturnType<typeof toldIngress> {
  const through = toldIngress('haproxy-ingress', one, host);
  if (through.refused.length > 0) throw new Error(through.refused.join('\n'));
  return through;
}

/** The rules of a preview that says nothing, but its name. */
export function rulesOf(marker: string, changes: Partial<DoorRules> = {}): DoorRules {
  return { ...leastRules, marker, ...changes };
}

/** The kinds that Avant handles, and EndpointSlices. */
function pathOf(object: KubernetesObject): string {
  const { namespace = '', name } = object.metadata;
  if (object.kind === 'EndpointSlice') return `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices/${name}`;
  return objectPath(refOf(object));
}

function objectsAt(namespace: string, address: string, port: number | undefined): readonly Readonly<Record<string, Json>>[] {
  const metadata = { name: 'web', namespace };
  const endpoints = port === undefined ? [] : [{ addresses: [address], conditions: { ready: true } }];
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { ports: [{ name: 'http', port: 80, targetPort: port ?? 1 }] } },
    { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', metadata: { ...metadata, labels: { 'kubernetes.io/service-name': 'web' } }, addressType: 'IPv4', ports: [{ name: 'http', port: port ?? 1 }], endpoints },
  ];
}

/** Asks HAProxy for a host, on a connection of its own. */
export function ask(address: string, host: string, { path: target = '/', method = 'GET', headers = {}, body, port = 80 }: Asking = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest({ host: address, port, path: target, method, headers: { host, ...headers }, agent: false, timeout: 30_000 }, (answer) => {
      resolve(read(answer));
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer for 30 s')));
    asked.on('error', reject);
    asked.end(body);
  });
}

async function read(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

/** What an echo answers: what it was asked. */
export type Echo = { readonly method: string; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly bytes: number };

export function echoOf({ body }: Answer): Echo {
  return JSON.parse(body) as Echo;
}

export type Listening = { readonly server: { close(): void }; readonly port: number; readonly sockets: ReadonlySet<Socket> };

/** Starts a server on a free port. */
export async function listening(server: Server | ReturnType<typeof createHttp2Server>, address: string): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  return { server, port: (server.address() as AddressInfo).port, sockets };
}

/** A program that tells what it was asked; below /hang it is silent, `?size=` is of its body, WebSockets are echoed. */
function echoing(): Server {
  const listener: RequestListener = (request, answer) => {
    const { searchParams, pathname } = new URL(request.url ?? '/', 'http://echo');
    if (pathname.includes('/hang')) return;
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      const { method, url, headers } = request;
      answer.setHeader('strict-transport-security', 'max-age=31536000');
      if (pathname.includes('/forged')) answer.setHeader('x-avant-preview', 'forged');
      answer.statusCode = Number(searchParams.get('status') ?? 200);
      const size = Number(searchParams.get('size') ?? 0);
      answer.end(size > 0 ? 'x'.repeat(size) : JSON.stringify({ method, url, headers, bytes }));
    });
  };
  return createServer(listener).on('upgrade', (request, socket) => {
    const accept = createHash('sha1').update(`${request.headers['sec-websocket-key'] ?? ''}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
    socket.on('error', () => undefined);
    socket.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`);
    socket.pipe(socket);
  });
}

const http2Echo = (request: { readonly httpVersion: string; readonly headers: object; resume(): unknown }, answer: { end(text: string): unknown }): void => {
  request.resume();
  answer.end(JSON.stringify({ method: 'GET', url: '/', headers: { ...request.headers, version: request.httpVersion }, bytes: 0 }));
};

async function configurationOf(folder: string): Promise<string> {
  const files = (await readdir(path.join(folder, 'etc/haproxy'))).filter((name) => name.endsWith('.cfg')).sort();
  const texts = await Promise.all(files.map((name) => readFile(path.join(folder, 'etc/haproxy', name), 'utf8')));
  return texts.join('\n');
}

/** In the cluster the folder is at another place, which its files name. */
async function refusalOf(folder: string): Promise<string | undefined> {
  const copy = await mkdtemp(path.join(tmpdir(), 'avant-haproxy-'));
  try {
    await cp(path.join(folder, 'etc'), path.join(copy, 'etc'), { recursive: true });
    await cp(path.join(folder, 'var'), path.join(copy, 'var'), { recursive: true, filter: (from) => !from.endsWith('.sock') });
    const names = (await readdir(path.join(copy, 'etc/haproxy'), { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    for (const { parentPath, name } of names) {
      const file = path.join(parentPath, name);
      const text = await readFile(file, 'latin1');
      if (text.includes('/run/ingress/')) await writeFile(file, text.replaceAll('/run/ingress/', `${copy}/`), 'latin1');
    }
    return await haproxyRefusal(path.join(copy, 'etc/haproxy'));
  } finally {
    await rm(copy, { recursive: true });
  }
}

/** Returns what `haproxy -c` says against a configuration (a file, or a folder of them); undefined: it takes it. */
export async function haproxyRefusal(file: string): Promise<string | undefined> {
  try {
    await run('haproxy', ['-c', '-f', file], { env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' } });
    return undefined;
  } catch (error) {
    const { stderr } = error as { readonly stderr?: string };
    return (stderr ?? String(error)).trim();
  }
}
