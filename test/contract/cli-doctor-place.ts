import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examine, type Installed } from '../../app/io/doctor/examine.ts';
import { parseAppManifest } from '../../app/config/app-manifest.ts';
import { parsePlatform, type Platform } from '../../app/config/platform.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { secret } from '../../app/config/secret.ts';
import type { Diagnosis } from '../../app/core/diagnosis.ts';
import { systemClock } from '../../app/io/clock.ts';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import { app, webhookSecret } from '../support/avant.ts';
import { startToldCluster, wellTold, type ToldCluster } from './cli-doctor-cluster.ts';

/** Everything around an installation, well until a test breaks something; in this process but for Redis. */
export type Around = {
  readonly github: SandboxGitHub;
  readonly home: ToldCluster;
  readonly east: ToldCluster;
  /** What stands where the links lead, and where the door is: answers 404 until told otherwise. */
  readonly front: { readonly port: number; status: number };
  /** Takes webhooks as Avant does: 200 for what is signed, 400 for what is not signed with `secret`. */
  readonly hook: { readonly url: string; status: number | undefined; secret: string };
  /** How far GitHub's clock is ahead, in milliseconds. */
  readonly skew: { ms: number };
  readonly dir: string;
  /** Writes a file; returns its path. */
  file(name: string, text: string): string;
  /** avant.yaml as it is when all is well. */
  yaml(more?: string): string;
  /** Puts everything right again. */
  mend(): Promise<void>;
  close(): Promise<void>;
};

/** The headers of the door are secrets too. */
export const doorHeader = 'a-header-that-nobody-prints';

type Listening = { readonly port: number; close(): Promise<void> };

async function listening(listener: RequestListener, tls?: { key: string; cert: string }): Promise<Listening> {
  const server = tls ? createTlsServer(tls, listener) : createPlainServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/**
 * Starts a server with TLS that answers 404 to everything; returns also the path of its certificate, which signs itself: for these
 * names, and so many days, or until 2020.
 */
export async function startTls(
  dir: string,
  names: string,
  days: number | 'until 2020',
): Promise<Listening & { readonly authority: string }> {
  const path = (name: string): string => join(dir, name);
  const openssl = (...words: readonly string[]): void => {
    execFileSync('openssl', words, { cwd: dir, stdio: 'ignore' });
  };
  const made = ['req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=previews', '-addext', `subjectAltName=${names}`, '-keyout', 'key.pem'];
  if (days === 'until 2020') {
    // `req` knows no dates before today.
    writeFileSync(path('ca.cnf'), '[ca]\ndefault_ca=a\n[a]\ndatabase=index\nserial=serial\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\ncopy_extensions=copy\n[p]\ncommonName=supplied\n');
    writeFileSync(path('index'), '');
    writeFileSync(path('serial'), '01\n');
    openssl(...made, '-out', 'request.pem');
    const span = ['-startdate', '20190101000000Z', '-enddate', '20200101000000Z'];
    openssl('ca', '-config', 'ca.cnf', '-batch', '-notext', '-selfsign', '-keyfile', 'key.pem', '-in', 'request.pem', '-out', 'cert.pem', ...span);
  } else openssl(...made, '-x509', '-days', String(days), '-out', 'cert.pem');
  const pair = { key: readFileSync(path('key.pem'), 'utf8'), cert: readFileSync(path('cert.pem'), 'utf8') };
  return { ...(await listening((_request, response) => void response.writeHead(404).end(), pair)), authority: path('cert.pem') };
}

export async function startAround(): Promise<Around> {
  const skew = { ms: 0 };
  const dir = mkdtempSync(join(tmpdir(), 'avant-doctor-'));
  const front = { port: 0, status: 404 };
  const hook = { url: '', status: undefined as number | undefined, secret: webhookSecret };
  const [edge, hooks] = [await listening((_request, response) => void response.writeHead(front.status).end()), await startHook(hook)];
  front.port = edge.port;
  hook.url = `http://127.0.0.1:${hooks.port}/api/github/webhooks`;
  const github = await startGitHub({
    port: 0,
    app,
    webhook: { url: hook.url, secret: webhookSecret },
    now: () => new Date(Date.now() + skew.ms),
  });
  const original = { permissions: { ...github.world.state.app.permissions }, events: [...github.world.state.app.events] };
  const [home, east] = await Promise.all([startToldCluster(), startToldCluster()]);
  const around: Around = {
    github,
    home,
    east,
    front,
    hook,
    skew,
    dir,
    file: (name, text) => {
      writeFileSync(join(dir, name), text);
      return join(dir, name);
    },
    yaml: (more = '') => `domain: preview.localhost
url: http://\${host}:${front.port}
door: { address: "http://127.0.0.1:${front.port}", headers: { X-Key: ${doorHeader} } }
tenants: { fr: {}, hu: { domain: hu.localhost, cluster: east } }
clusters: { east: { kubeconfig: ${join(dir, 'east.kubeconfig')} } }
${more}`,
    mend: async () => {
      Object.assign(home.told, wellTold());
      Object.assign(east.told, wellTold());
      Object.assign(front, { status: 404 });
      Object.assign(hook, { status: undefined, secret: webhookSecret });
      skew.ms = 0;
      github.faults.clear();
      github.setWebhook(hook.url);
      github.world.state.app.webhook.secret = webhookSecret;
      github.world.changeApp(original);
      for (const one of [...github.world.state.installations.values()]) github.world.deleteInstallation(one);
      await github.deliveries.settled();
      github.deliveries.clear();
      github.world.createInstallation('m6');
      await github.deliveries.settled();
    },
    close: async () => {
      await Promise.all([github.close(), home.close(), east.close(), edge.close(), hooks.close()]);
      rmSync(dir, { recursive: true });
    },
  };
  around.file('home.kubeconfig', home.kubeconfig);
  around.file('east.kubeconfig', east.kubeconfig);
  chmodSync(around.file('helm', '#!/bin/sh\necho v4.3.1+g123\n'), 0o755);
  await around.mend();
  return around;
}

/** What Probot answers ("@octokit/webhooks"): the words are looked for. The real one is tried by the test of the whole process. */
async function startHook(hook: { status: number | undefined; secret: string }): Promise<Listening> {
  const { createHmac } = await import('node:crypto');
  const { text } = await import('node:stream/consumers');
  return listening((request, response) => {
    void text(request).then((body) => {
      const signed = `sha256=${createHmac('sha256', hook.secret).update(body).digest('hex')}`;
      if (hook.status !== undefined) response.writeHead(hook.status).end();
      else if (request.headers['x-hub-signature-256'] === signed) response.end('ok\n');
      else response.writeHead(400).end('Error: [@octokit/webhooks] signature does not match event payload and secret');
    });
  });
}

/** Looks at it as the command does, with these changes; returns the diagnoses by check, in the form of a line. */
export async function examined(
  around: Around,
  { yaml, env, ...changes }: { yaml?: string; env?: Partial<Installed['env']> } & Partial<Omit<Installed, 'env'>> = {},
): Promise<Map<string, string[]>> {
  const { host } = new URL(around.github.url);
  const parsed = parsePlatform(yaml ?? around.yaml(), 'avant.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  const platform: Platform | undefined = parsed.platform;
  const found = await examine(
    {
      env: {
        appId: app.id,
        privateKey: secret(app.privateKey),
        webhookSecret: secret(webhookSecret),
        configPath: 'avant.yaml',
        kubeconfigPath: join(around.dir, 'home.kubeconfig'),
        helmPath: undefined,
        redisUrl: undefined,
        github: { host, protocol: 'http' },
        host: '127.0.0.1',
        port: 3000,
        adminPort: 9090,
        accessLogPort: undefined,
        logLevel: 'info',
        ...env,
      },
      envProblems: [],
      platform,
      platformProblems: [],
      helm: join(around.dir, 'helm'),
      manifest: parseAppManifest(readFileSync('app.yml', 'utf8')),
      ...changes,
    },
    { clock: systemClock, log: { debug() {}, info() {}, warn() {}, error() {} } },
  );
  return byCheck(found);
}

/** Returns the diagnoses by check: `problem: says: mend`. */
export function byCheck(found: readonly Diagnosis[]): Map<string, string[]> {
  const lines = new Map<string, string[]>();
  for (const { check, state, says, mend } of found)
    lines.set(check, [...(lines.get(check) ?? []), `${state}: ${says}${mend === undefined ? '' : `: ${mend}`}`]);
  return lines;
}
