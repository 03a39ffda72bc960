import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { helm } from './charts/cloud.ts';

/** The App that tests register with the sandbox's GitHub. */
export const app = { id: 4242, slug: 'avant-previews', ...generateKeyPairSync('rsa', { modulusLength: 2048, publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } }) };

export const webhookSecret = 'a-secret-for-tests-only-0123456789';

export type AvantOptions = {
  /** Address of the sandbox's GitHub, such as http://localhost:3100. */
  readonly github: string;
  /** Path of a kubeconfig file, or its text. */
  readonly kubeconfig: string;
  /** Text of avant.yaml. */
  readonly platform: string;
  readonly redisUrl?: string;
  readonly role?: 'all' | 'web' | 'workers';
  /** Port for webhooks; a free one unless given. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** A running Avant, in a process of its own, as an engineer would run it. */
export type Avant = {
  readonly process: ChildProcess;
  readonly webhookUrl: string;
  readonly adminUrl: string;
  /** Everything it has printed. */
  readonly output: () => string;
  /** Sends SIGTERM and returns the exit code. */
  stop(): Promise<number | null>;
  /** Sends SIGKILL and waits for the end. */
  kill(): Promise<void>;
};

/** Returns a port that was free a moment ago, below those (32768 and more) that a connection of anybody takes for its own end meanwhile. */
export async function freePort(): Promise<number> {
  const port = randomInt(10_000, 32_000);
  const server = createServer();
  server.listen(port, '127.0.0.1');
  const free = await once(server, 'listening').then(() => true, () => false);
  if (!free) return freePort();
  server.close();
  await once(server, 'close');
  return port;
}

/** Starts Avant and returns once `/readyz` says so; throws with its output when it ends before, or is not ready within 2 minutes. */
export async function startAvant(options: AvantOptions): Promise<Avant> {
  const folder = mkdtempSync(join(tmpdir(), 'avant-test-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const port = options.port ?? (await freePort());
  const adminPort = await freePort();
  const { host, protocol } = new URL(options.github);
  const role = options.role ?? 'all';
  const child = spawn(process.execPath, role === 'workers' ? ['workers/main.ts'] : ['app/main.ts', ...(role === 'web' ? ['web'] : [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      APP_ID: String(app.id),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      AVANT_CONFIG: file('avant.yaml', options.platform),
      KUBECONFIG: options.kubeconfig.includes('\n') ? file('kubeconfig', options.kubeconfig) : options.kubeconfig,
      GHE_HOST: host,
      GHE_PROTOCOL: protocol.replace(':', ''),
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      ...(helm === undefined ? {} : { AVANT_HELM: helm }),
      ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
      ...options.env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'exit').then(([code]) => {
    rmSync(folder, { recursive: true, force: true });
    return code as number | null;
  });
  const avant: Avant = {
    process: child,
    webhookUrl: `http://127.0.0.1:${port}/api/github/webhooks`,
    adminUrl: `http://127.0.0.1:${adminPort}`,
    output: () => output,
    stop: () => {
      child.kill('SIGTERM');
      return ended;
    },
    kill: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
  // On a busy machine a start has taken more than 30 s.
  await until('Avant is ready', async () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`Avant ended with ${child.exitCode ?? child.signalCode}`);
    return (await fetch(`${avant.adminUrl}/readyz`).catch(() => undefined))?.ok === true;
  }, 120_000).catch(async (error: unknown) => {
    if (child.exitCode === null && child.signalCode === null) await avant.kill();
    throw new Error(`${String(error)}; it said:\n${output}`, { cause: error });
  });
  return avant;
}

/** Waits until the condition holds, looking every 25 ms; throws after the deadline with what was waited for. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, deadlineMs = 30_000): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${deadlineMs} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
