import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxKubernetes } from '../kubernetes/server.ts';
import { rule, type ResponseRule } from './response-rules.ts';
import { backendFor } from './rules.ts';

export type EdgeOptions = {
  /** Where the edge listens on 127.0.0.1; 0 for any free port. */
  readonly port: number;
  /** Ingresses of other classes are not routed. */
  readonly ingressClass: string;
  readonly kubernetes: Pick<SandboxKubernetes, 'ingresses' | 'endpoints'>;
};

export type SandboxEdge = { readonly url: string; readonly port: number; close(): Promise<void> };

/**
 * Starts the HTTP router in front of the sandbox's pods. It answers 404 for a host or path that no Ingress has, or whose Service or
 * port is not there, and 503 when the Service has no ready pod (as HAProxy Ingress does); the rules on responses that the Ingress
 * brings hold for what pods answer, and for nothing that the edge says itself. Rejects when the port is taken.
 */
export async function startEdge({ port, ingressClass, kubernetes }: EdgeOptions): Promise<SandboxEdge> {
  let turn = 0;
  const server = createServer((request, response) => {
    const [path = '/'] = (request.url ?? '/').split('?');
    const host = (request.headers.host ?? '').replace(/:\d+$/, '');
    const backend = backendFor(kubernetes.ingresses(), ingressClass, host, path);
    const containers = backend && kubernetes.endpoints(backend.namespace, backend.service, backend.port);
    turn += 1;
    if (containers === undefined) say(response, 404, 'default backend - 404');
    else if (containers.length === 0) say(response, 503, 'No server is available to handle this request.');
    else forward(request, response, { serve: containers[turn % containers.length]?.serve, rules: backend?.responses ?? [] });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      reject(
        new Error(`the sandbox's edge cannot listen on 127.0.0.1:${port}: give it another port`, { cause: error }),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const bound = (server.address() as AddressInfo).port;
  return {
    url: `http://127.0.0.1:${bound}`,
    port: bound,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** The container gets the request itself: Host as it came, bodies as streams; only what HAProxy adds is added. */
function forward(request: IncomingMessage, response: ServerResponse, to: { readonly serve: Serve | undefined; readonly rules: readonly ResponseRule[] }): void {
  request.headers['x-forwarded-for'] = request.socket.remoteAddress ?? '';
  request.headers['x-forwarded-proto'] = 'http';
  const unrule = rule(response, to.rules);
  try {
    to.serve?.(request, response);
  } catch (error) {
    unrule();
    if (response.headersSent) response.destroy();
    else say(response, 502, `The container failed: ${String(error)}`);
  }
}

function say(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'cache-control': 'no-cache' }).end(`${text}\n`);
}
