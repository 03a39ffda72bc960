import { once } from 'node:events';
import { createServer, request as httpRequest, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A door in a test's hands: it hands on to an edge, unless it is told to say something else of a host. */
export type TestDoor = {
  readonly address: string;
  /** By host: the status that the door itself answers with; `hang`: it never answers; `cut`: it cuts the connection. */
  readonly says: Map<string, number | 'hang' | 'cut'>;
  /** How often a host has been asked for. */
  asked(host: string): number;
  /** Where requests are handed on to, such as http://127.0.0.1:8080. */
  edge: string;
  close(): Promise<void>;
};

/** Opens a door on a free port. */
export async function openDoor(): Promise<TestDoor> {
  const counts = new Map<string, number>();
  const sockets = new Set<Socket>();
  const server = createServer((request, response) => {
    const host = request.headers.host ?? '';
    counts.set(host, (counts.get(host) ?? 0) + 1);
    const said = door.says.get(host);
    if (said === 'hang') return;
    if (said === 'cut') request.socket.destroy();
    else if (said !== undefined) response.writeHead(said).end('the door says so\n');
    else handOn(door.edge, request.url ?? '/', host, response);
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const door: TestDoor = {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    says: new Map(),
    asked: (host) => counts.get(host) ?? 0,
    edge: '',
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return door;
}

function handOn(edge: string, path: string, host: string, response: ServerResponse): void {
  const onward = httpRequest(edge + path, { headers: { host }, agent: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => {
    response.destroy();
  });
  onward.end();
}
