import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A Redis of one test's own; `stop` ends it and removes its directory, and may be called twice. */
export type TestRedis = {
  readonly url: string;
  readonly port: number;
  /** Sends the server a signal, to freeze (SIGSTOP) or kill it. */
  readonly signal: (name: NodeJS.Signals) => void;
  readonly stop: () => Promise<void>;
};

/**
 * Returns why tests cannot have a Redis here, or undefined when they can: a text to skip by. Throws where `CI` is set:
 * there a skipped test would be taken for a passed one.
 */
export function redisProblem(): string | undefined {
  const { status } = spawnSync('redis-server', ['--version'], { stdio: 'ignore' });
  if (status === 0) return undefined;
  const problem = 'redis-server is not on the PATH (apt-get install redis-server, brew install redis)';
  if (process.env['CI']) throw new Error(problem);
  return problem;
}

/** Starts a real Redis on the loopback, on a free port or the one given, in a temporary directory; it keeps nothing. */
export async function startRedis(port?: number): Promise<TestRedis> {
  const at = port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const place = ['--port', String(at), '--bind', '127.0.0.1', '--dir', directory];
  const settings = [...place, '--save', '', '--appendonly', 'no'];
  const server = spawn('redis-server', settings, { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(server, 'exit');
  let log = '';
  const ready = new Promise<void>((resolve, reject) => {
    server.stdout.setEncoding('utf8').on('data', (text: string) => {
      log += text;
      if (log.includes('Ready to accept connections')) resolve();
    });
    exited.then(() => {
      reject(new Error(`redis-server ended before it was ready:\n${log}`));
    }, reject);
  });
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await ready;
  } catch (error) {
    await stop();
    throw error;
  }
  return { url: `redis://127.0.0.1:${at}`, port: at, signal: (name) => server.kill(name), stop };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
