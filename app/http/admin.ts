import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type AdminOptions = {
  readonly host: string;
  readonly port: number;
  /** Why the process cannot do its work now, or undefined when it can. */
  readonly unready: () => string | undefined;
  readonly metrics: () => Promise<{ readonly type: string; readonly text: string }>;
};

/**
 * Serves `/healthz`, `/readyz` and `/metrics` on a port of their own, never the webhooks'. Returns the port (of use when 0
 * was asked for) and how to stop. Rejects when the port is taken.
 */
export async function serveAdmin(options: AdminOptions): Promise<{ readonly port: number; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const answer = (status: number, text: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type }).end(text);
    };
    const [path] = (request.url ?? '/').split('?', 1);
    if (path === '/healthz') answer(200, 'ok\n');
    else if (path === '/readyz') {
      const why = options.unready();
      answer(why === undefined ? 200 : 503, `${why ?? 'ok'}\n`);
    } else if (path === '/metrics') {
      options.metrics().then(
        ({ type, text }) => {
          answer(200, text, type);
        },
        () => {
          answer(500, 'the metrics could not be collected\n');
        },
      );
    } else answer(404, 'not found: /healthz, /readyz and /metrics are here\n');
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
