import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { app, freePort, webhookSecret } from '../support/avant.ts';

const good = 'domain: preview.test\ntenants: { fr: {} }\n';

type Ended = { readonly code: number | null; readonly lines: readonly string[]; readonly opened: boolean };

/** Starts Avant with something missing, and knocks at its port until it ends. */
async function boot(env: Readonly<Record<string, string>>, platform = good): Promise<Ended> {
  const folder = mkdtempSync(join(tmpdir(), 'avant-boot-'));
  const port = await freePort();
  writeFileSync(join(folder, 'avant.yaml'), platform);
  writeFileSync(join(folder, 'kubeconfig'), 'apiVersion: v1\nkind: Config\nclusters: [{ name: a, cluster: { server: "http://127.0.0.1:9" } }]\ncontexts: [{ name: a, context: { cluster: a, user: a } }]\nusers: [{ name: a, user: {} }]\ncurrent-context: a\n');
  const child = spawn(process.execPath, ['app/main.ts'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      APP_ID: String(app.id),
      PRIVATE_KEY: app.privateKey,
      WEBHOOK_SECRET: webhookSecret,
      AVANT_CONFIG: join(folder, 'avant.yaml'),
      KUBECONFIG: join(folder, 'kubeconfig'),
      GHE_HOST: '127.0.0.1:9',
      GHE_PROTOCOL: 'http',
      HOST: '127.0.0.1',
      PORT: String(port),
      ADMIN_PORT: '0',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  let opened = false;
  const knocking = setInterval(() => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.on('connect', () => {
      opened = true;
      socket.destroy();
    });
    socket.on('error', () => undefined);
  }, 20);
  const giveUp = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearInterval(knocking);
  clearTimeout(giveUp);
  rmSync(folder, { recursive: true, force: true });
  return { code, lines: output.trim().split('\n'), opened };
}

describe('what must be set before Avant starts', { concurrency: 4 }, () => {
  const cases: readonly { readonly what: string; readonly env?: Readonly<Record<string, string>>; readonly platform?: string; readonly says: readonly RegExp[] }[] = [
    { what: 'no webhook secret', env: { WEBHOOK_SECRET: '' }, says: [/^WEBHOOK_SECRET is not set: set it/] },
    { what: 'the secret "development"', env: { WEBHOOK_SECRET: 'development' }, says: [/^WEBHOOK_SECRET .*development/] },
    { what: 'no key', env: { PRIVATE_KEY: '' }, says: [/^PRIVATE_KEY is not set: set it/] },
    { what: 'a key that is none', env: { PRIVATE_KEY: 'my secret key' }, says: [/^PRIVATE_KEY is not an RSA private key/] },
    { what: 'a config that does not validate', platform: 'domian: preview.test\ntenants: { F: {} }\n', says: [/avant\.yaml:1:1 .*domain/, /./, /./] },
    { what: 'no config', env: { AVANT_CONFIG: '/nowhere/avant.yaml' }, says: [/^AVANT_CONFIG: \/nowhere\/avant\.yaml cannot be read/] },
    { what: 'no kubeconfig', env: { KUBECONFIG: '/nowhere/kubeconfig' }, says: [/^KUBECONFIG: \/nowhere\/kubeconfig/] },
    { what: 'several at once', env: { APP_ID: '', WEBHOOK_SECRET: '', AVANT_CONFIG: '' }, says: [/^APP_ID/, /^WEBHOOK_SECRET/, /^AVANT_CONFIG/] },
  ];
  for (const { what, env, platform, says } of cases) {
    test(`${what}: it ends at once and says what to set`, async () => {
      const { code, lines, opened } = await boot(env ?? {}, platform);
      assert.equal(code, 1);
      assert.equal(opened, false, 'the port was opened');
      assert.equal(lines.length, says.length, lines.join('\n'));
      says.forEach((pattern, at) => {
        assert.match(lines[at] ?? '', pattern);
      });
      assert.ok(!lines.join('\n').includes('my secret key'));
    });
  }
});
