import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type Demo = {
  readonly github: string;
  /** The page of the preview of pull request 241 of m6/foo for a tenant. */
  readonly preview: (tenant: string) => string;
  /** Of all that it listens on. */
  readonly ports: readonly number[];
  /** Where it may put temporary files. */
  readonly temporary: string;
  readonly printed: () => string;
  readonly complained: () => string;
  /** Presses Ctrl-C; resolves with its exit code when all that it started has ended too. */
  readonly interrupt: () => Promise<number | null>;
  /** Ends it if it still runs, and removes its temporary files. */
  readonly stop: () => Promise<void>;
};

/**
 * Starts what `npm run demo` starts, on free ports unless `env` says otherwise; resolves when it has said where to click. Rejects with
 * its output when it ends.
 */
export async function startDemo(env: Readonly<Record<string, string>> = {}, args: readonly string[] = []): Promise<Demo> {
  const ports = await freePorts(6);
  const [app, admin, github, kubernetes, registry, edge] = ports;
  const temporary = await mkdtemp(join(tmpdir(), 'demo-'));
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../sandbox/demo.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      ...{ TMPDIR: temporary, LOG_LEVEL: 'warn' },
      ...{ PORT: `${app}`, ADMIN_PORT: `${admin}`, SANDBOX_GITHUB_PORT: `${github}`, SANDBOX_KUBERNETES_PORT: `${kubernetes}`, SANDBOX_REGISTRY_PORT: `${registry}`, EDGE_PORT: `${edge}` },
      ...env,
    },
  });
  // Not "exit": what it started writes to the same pipes, which close when nobody has them any more.
  const closed = once(child, 'close');
  let printed = '';
  let complained = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complained += text));
  const introduced = new Promise<void>((resolve, reject) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
      if (printed.includes('Deliveries: ')) resolve();
    });
    closed.then(() => {
      reject(new Error(`The demo ended:\n${printed}${complained}`));
    }, reject);
  });
  const interrupt = async (): Promise<number | null> => {
    child.kill('SIGINT');
    await closed;
    return child.exitCode;
  };
  const stop = async (): Promise<void> => {
    await interrupt();
    await rm(temporary, { recursive: true, force: true });
  };
  await introduced.catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  return {
    github: `http://localhost:${github}`,
    preview: (tenant) => `http://foo-241-${tenant}.preview.localhost:${edge}`,
    ports,
    temporary,
    printed: () => printed,
    complained: () => complained,
    interrupt,
    stop,
  };
}

/** Ports that nobody had a moment ago. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
