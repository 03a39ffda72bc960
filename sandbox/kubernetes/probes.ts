import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServingContainer } from './containers.ts';
import type { Probe } from './pods.ts';

/** Asks containers over HTTP whether they are ready. */
export type Prober = {
  /** Returns whether the container answers its readiness probe with 2xx or 3xx; without an httpGet it is ready as it runs. */
  isReady(container: ServingContainer, probe: Probe | undefined): Promise<boolean>;
  close(): Promise<void>;
};

/** How long a container may take to answer; the API's default for timeoutSeconds. */
const timeoutMs = 1000;

/** Starts the loopback server through which probes reach the containers: they have no port of their own. */
export async function startProber(): Promise<Prober> {
  const asked = new Map<string, ServingContainer>();
  let count = 0;
  const server = createServer((incoming, response) => {
    const container = asked.get(String(incoming.headers['x-sandbox-probe']));
    if (container === undefined) response.writeHead(404).end();
    else container.serve(incoming, response);
  });
  server.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;

  const agent = new Agent({ keepAlive: true });

  const ask = (path: string, id: string): Promise<boolean> =>
    new Promise((resolve) => {
      const headers = { 'x-sandbox-probe': id, 'user-agent': 'kube-probe/1.36' };
      const probing = request({ host: '127.0.0.1', port, path, headers, agent, timeout: timeoutMs }, (response) => {
        response.resume();
        const code = response.statusCode ?? 0;
        resolve(code >= 200 && code < 400);
      });
      probing.on('timeout', () => probing.destroy());
      probing.on('error', () => {
        resolve(false);
      });
      probing.end();
    });

  return {
    async isReady(container, probe) {
      if (probe?.httpGet === undefined) return true;
      const id = String((count += 1));
      asked.set(id, container);
      try {
        return await ask(probe.httpGet.path, id);
      } finally {
        asked.delete(id);
      }
    },
    close: () =>
      new Promise((resolve) => {
        agent.destroy();
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
