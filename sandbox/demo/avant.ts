import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An App and its keys, made anew at each start. */
export function makeApp(): { readonly id: number; readonly slug: string; readonly publicKey: string; readonly privateKey: string; readonly secret: string } {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return { id: 1, slug: 'avant-demo', publicKey, privateKey, secret: randomBytes(32).toString('hex') };
}

export type AvantOptions = {
  readonly app: ReturnType<typeof makeApp>;
  readonly port: number;
  readonly adminPort: number;
  readonly githubPort: number;
  /** Text of a kubeconfig file, or the path of one. */
  readonly kubeconfig: { readonly text: string } | { readonly path: string };
  /** Text of avant.yaml. */
  readonly platform: string;
};

/** A running Avant; `end` stops it and takes its files away. */
export type Avant = { readonly child: ChildProcess; end(): Promise<void> };

/** Starts Avant as an engineer would, with files and environment variables, see `ready`. */
export function startAvant({ app, port, adminPort, githubPort, kubeconfig, platform }: AvantOptions): Avant {
  const folder = mkdtempSync(join(tmpdir(), 'avant-demo-'));
  writeFileSync(join(folder, 'avant.yaml'), platform);
  if ('text' in kubeconfig) writeFileSync(join(folder, 'kubeconfig'), kubeconfig.text, { mode: 0o600 });
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../app/main.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own: Ctrl-C reaches it through us, once.
    detached: true,
    env: {
      ...process.env,
      ...{ APP_ID: String(app.id), PRIVATE_KEY: app.privateKey, WEBHOOK_SECRET: app.secret },
      AVANT_CONFIG: join(folder, 'avant.yaml'),
      KUBECONFIG: 'text' in kubeconfig ? join(folder, 'kubeconfig') : kubeconfig.path,
      GHE_HOST: `localhost:${githubPort}`,
      GHE_PROTOCOL: 'http',
      HOST: 'localhost',
      PORT: String(port),
      ADMIN_PORT: String(adminPort),
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    },
  });
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
    }
    rmSync(folder, { recursive: true, force: true });
  };
  return { child, end };
}

/** Waits until Avant says that it works; should it end instead, `stopTogether` ends this process. */
export async function ready(adminPort: number): Promise<void> {
  while (!(await saysReady(adminPort))) await sleep(50);
}

/**
 * Says whether Avant at an admin port says that it works. `fetch` would not ask at some ports (4190 and others,
 * https://fetch.spec.whatwg.org/#port-blocking).
 */
export function saysReady(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const asked = get({ host: 'localhost', port, path: '/readyz', agent: false, timeout: 5_000 }, (answer) => {
    answer.resume();
    resolve(answer.statusCode === 200);
  });
  asked.on('timeout', () => asked.destroy());
  asked.on('error', () => {
    resolve(false);
  });
  return promise;
}

/** Whatever ends first, nothing is left running; `goodbye` is what is to be done while Avant still runs. */
export function stopTogether(avant: Avant, close: () => Promise<void>, goodbye: () => Promise<void> = () => Promise.resolve()): void {
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    if (avant.child.exitCode === null) await goodbye();
    await avant.end();
    await close();
    process.exit(code);
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop(0));
  avant.child.once('exit', (code) => {
    if (!stopping) console.error('Avant ended; what it said is above.');
    void stop(code ?? 1);
  });
}

/** Returns the port that a variable names, or another; ends the process where it names none. */
export function readPort(name: string, otherwise: number): number {
  const text = process.env[name] ?? '';
  const port = text === '' ? otherwise : Number(text);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  console.error(`${name} is "${text}": set it to a port, 1 to 65535`);
  process.exit(1);
}

/** Returns a port that nobody had a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
