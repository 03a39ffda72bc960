import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Hit } from '../../core/visits.ts';
import { readLine } from './line.ts';

/** What a burst may leave unread in the kernel, in bytes: some thousand lines. */
const receiveBytes = 4 * 1024 * 1024;

export type AccessLog = {
  readonly port: number;
  /** Lines that came, and those of them that were visits of previews. */
  counts(): { readonly lines: number; readonly hits: number };
  close(): Promise<void>;
};

/** Listens to the door's access log, a line in each datagram (RFC 5426). Rejects when the port is taken. */
export async function listenToAccessLog({ host, port, onHit }: { readonly host: string; readonly port: number; readonly onHit: (hit: Hit) => void }): Promise<AccessLog> {
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  const counts = { lines: 0, hits: 0 };
  socket.on('message', (datagram) => {
    counts.lines += 1;
    const hit = readLine(datagram.toString('utf8'), new Date());
    if (!hit) return;
    counts.hits += 1;
    onHit(hit);
  });
  const listening = once(socket, 'listening');
  socket.bind(port, host);
  await listening;
  try {
    socket.setRecvBufferSize(receiveBytes);
  } catch {
    // The kernel's own limit (net.core.rmem_max) may be lower: it then keeps as much as it may.
  }
  return {
    port: socket.address().port,
    counts: () => ({ ...counts }),
    close: async () => {
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}
