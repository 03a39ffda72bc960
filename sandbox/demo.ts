import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findHelm } from '../app/io/render/find-helm.ts';
import { startPipeline } from './pipeline.ts';
import { seed, type Seeded } from './seed.ts';
import { startSandbox, type Sandbox } from './start.ts';

const ingressClass = 'haproxy-v1';

/** `npm run demo`: the real app and workers against the sandbox, until Ctrl-C. */
async function demo(): Promise<void> {
  const ports = await readPorts();
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const secret = randomBytes(32).toString('hex');
  const app = { id: 1, slug: 'avant-demo', publicKey };
  const url = `http://localhost:${ports.app}/api/github/webhooks`;
  const sandbox = await startSandbox({ app, webhook: { url, secret }, ports, ingressClass });
  startPipeline(sandbox.github.world, sandbox.registry);
  const registry = `localhost:${sandbox.registryServer.port}`;
  const platform = platformConfig(sandbox, registry);
  const folder = mkdtempSync(join(tmpdir(), 'avant-demo-'));
  const avant = spawnAvant({ folder, ports, sandbox, platform, environment: { APP_ID: '1', PRIVATE_KEY: privateKey, WEBHOOK_SECRET: secret } });
  stopTogether(avant, sandbox, folder);
  await ready(ports.admin);
  // Only now: what happens on GitHub before Avant listens would stand in the deliveries as failed.
  await introduce({ sandbox, platform, pullRequests: seed(sandbox.github.world, { registry }) });
}

type Ports = Readonly<Record<'app' | 'admin' | 'github' | 'kubernetes' | 'registry' | 'edge', number>>;

async function readPorts(): Promise<Ports> {
  const read = (name: string, otherwise: number): number => {
    const text = process.env[name] ?? '';
    const port = text === '' ? otherwise : Number(text);
    if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
    console.error(`${name} is "${text}": set it to a port, 1 to 65535`);
    process.exit(1);
  };
  return {
    app: read('PORT', 3000),
    admin: read('ADMIN_PORT', 0) || (await freePort()),
    github: read('SANDBOX_GITHUB_PORT', 3100),
    kubernetes: read('SANDBOX_KUBERNETES_PORT', 3200),
    registry: read('SANDBOX_REGISTRY_PORT', 3300),
    edge: read('EDGE_PORT', 8080),
  };
}

/** Returns the avant.yaml of the demo. */
function platformConfig({ edge }: Sandbox, registry: string): string {
  return `domain: preview.localhost
url: http://\${host}:${edge.port}
ingress: { class: ${ingressClass} }
tenants: { fr: {}, be: {}, hr: {}, hu: {} }
registries: { "${registry}": { insecure: true } }
limits: { cpu: 4, memory: 8Gi, replicas: 10, jobs: 30m }
`;
}

/** Starts Avant as an engineer would, with files and environment variables. */
function spawnAvant(parts: {
  readonly folder: string;
  readonly ports: Ports;
  readonly sandbox: Sandbox;
  /** Text of avant.yaml. */
  readonly platform: string;
  readonly environment: Readonly<Record<string, string>>;
}): ChildProcess {
  const { folder, ports, sandbox } = parts;
  writeFileSync(join(folder, 'avant.yaml'), parts.platform);
  writeFileSync(join(folder, 'kubeconfig'), sandbox.kubernetes.kubeconfig, { mode: 0o600 });
  return spawn(process.execPath, [join(import.meta.dirname, '../app/main.ts')], {
    stdio: ['ignore', 'inherit', 'inherit'],
    // A group of its own: Ctrl-C reaches it through us, once.
    detached: true,
    env: {
      ...process.env,
      ...parts.environment,
      AVANT_CONFIG: join(folder, 'avant.yaml'),
      KUBECONFIG: join(folder, 'kubeconfig'),
      GHE_HOST: `localhost:${sandbox.github.port}`,
      GHE_PROTOCOL: 'http',
      HOST: 'localhost',
      PORT: String(ports.app),
      ADMIN_PORT: String(ports.admin),
      LOG_LEVEL: process.env['LOG_LEVEL'] ?? 'warn',
    },
  });
}

/** Whatever ends first, nothing is left running. */
function stopTogether(avant: ChildProcess, sandbox: Sandbox, folder: string): void {
  let stopping = false;
  const stop = async (code: number): Promise<void> => {
    if (stopping) return;
    stopping = true;
    if (avant.exitCode === null && avant.signalCode === null) {
      const ended = once(avant, 'exit');
      avant.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000, undefined, { ref: false }).then(() => avant.kill('SIGKILL'))]);
    }
    await sandbox.close();
    rmSync(folder, { recursive: true, force: true });
    process.exit(code);
  };
  process.on('SIGINT', () => void stop(0));
  process.on('SIGTERM', () => void stop(0));
  process.on('SIGHUP', () => void stop(0));
  avant.once('exit', (code) => {
    if (!stopping) console.error('Avant ended; what it said is above.');
    void stop(code ?? 1);
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until Avant says that it works; should it end instead, so does this process. */
async function ready(adminPort: number): Promise<void> {
  const address = `http://localhost:${adminPort}/readyz`;
  while ((await fetch(address).catch(() => undefined))?.ok !== true) await sleep(50);
}

type Started = { readonly sandbox: Sandbox; readonly platform: string; readonly pullRequests: readonly Seeded[] };

async function introduce({ sandbox, platform, pullRequests }: Started): Promise<void> {
  const github = `http://localhost:${sandbox.github.port}`;
  const example = `http://foo-241-fr.preview.localhost:${sandbox.edge.port}`;
  const resolves = await fetch(example).then(
    () => true,
    () => false,
  );
  console.log(`
Avant runs against a GitHub, a registry, a Kubernetes and an edge of its own, all in memory. Open a pull request and add the label cd/preview:

${pullRequests.map(({ path, about }) => `  ${github}${path.padEnd(18)} ${about}`).join('\n')}
${findHelm(process.env) === undefined ? `\n${withoutHelm}\n` : ''}
Its comment will have a link per tenant, such as ${example}
${resolves ? '' : `\n${unresolved}\n`}
Push by committing on the pull request's page; comment /preview stop, /preview, /preview restart fr; merge, and the links go.
You are octocat, who may do everything. Under "Acting as" become ada, who may write, or stranger, who may not: Avant heeds the first two.
Start again to reset; Ctrl-C ends everything.

The platform's avant.yaml:

${platform.replaceAll(/^(?=.)/gm, '  ')}
Deliveries: ${github}/settings/apps/avant-demo/deliveries   Kubernetes API: ${sandbox.kubernetes.url}
`);
}

const withoutHelm = 'There is no helm 4 here, which the charts of m6/shop need: run install/helm.sh (it builds one, with Go) and start again.';

const unresolved = `This machine does not resolve *.localhost. Chrome, Edge and Firefox do by themselves; for Safari or curl add those that you open to /etc/hosts, such as
  127.0.0.1 foo-241-fr.preview.localhost foo-241-be.preview.localhost foo-241-hr.preview.localhost foo-241-hu.preview.localhost`;

/** Returns the port that was found taken, looking through the causes of an error. */
function takenPort(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  return 'code' in error && error.code === 'EADDRINUSE' && 'port' in error ? String(error.port) : takenPort(error.cause);
}

await demo().catch((error: unknown) => {
  const taken = takenPort(error);
  const hint = 'PORT, SANDBOX_GITHUB_PORT, SANDBOX_KUBERNETES_PORT, SANDBOX_REGISTRY_PORT and EDGE_PORT choose others';
  console.error(taken === undefined ? error : `Port ${taken} is taken: ${hint}.`);
  process.exit(1);
});
