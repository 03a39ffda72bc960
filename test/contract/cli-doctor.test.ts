import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { app, startAvant, webhookSecret, type Avant } from '../support/avant.ts';
import { redisProblem, startRedis, type TestRedis } from '../support/redis.ts';
import { avant, type Ended } from './cli-process.ts';
import { token } from './cli-doctor-cluster.ts';
import { doorHeader, startAround, startTls, type Around } from './cli-doctor-place.ts';

const openssl = spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not on the PATH';
const problem = redisProblem() ?? openssl;

/** The command in a process of its own, before a real Redis, a real Avant that takes webhooks, and a certificate. */
describe('avant doctor', { timeout: 300_000, skip: problem ?? false }, () => {
  let around: Around;
  let redis: TestRedis;
  let web: Avant;
  let tls: Awaited<ReturnType<typeof startTls>>;
  let env: Record<string, string>;

  before(async () => {
    around = await startAround();
    [redis, tls] = await Promise.all([startRedis(), startTls(around.dir, 'DNS:*.preview.localhost', 30)]);
    const { host } = new URL(around.github.url);
    const kubeconfig = join(around.dir, 'home.kubeconfig');
    web = await startAvant({ github: around.github.url, kubeconfig, platform: around.yaml(), redisUrl: redis.url, role: 'web' });
    env = {
      APP_ID: String(app.id),
      PRIVATE_KEY_PATH: around.file('app.pem', app.privateKey),
      WEBHOOK_SECRET: webhookSecret,
      AVANT_CONFIG: around.file('avant.yaml', around.yaml().replace(/url: http:\S+/, `url: https://\${host}:${tls.port}`)),
      KUBECONFIG: kubeconfig,
      REDIS_URL: redis.url,
      AVANT_HELM: join(around.dir, 'helm'),
      GHE_HOST: host,
      GHE_PROTOCOL: 'http',
      NODE_EXTRA_CA_CERTS: tls.authority,
    };
  });
  beforeEach(async () => {
    await around.mend();
    around.github.setWebhook(web.webhookUrl);
  });
  after(async () => {
    await web.stop();
    await Promise.all([redis.stop(), tls.close(), around.close()]);
  });

  /** Runs it, and holds that no secret is printed. */
  async function doctor(words: readonly string[], changes: Readonly<Record<string, string>> = {}): Promise<Ended> {
    const ended = await avant(['doctor', ...words], { env: { ...env, ...changes } });
    const printed = ended.out + ended.err;
    const lines = app.privateKey.split('\n').slice(1, -2);
    for (const secret of [webhookSecret, token, doorHeader, 'hidden', ...lines]) assert.ok(!printed.includes(secret), printed);
    return ended;
  }

  test('all is well: a line each, and 0; as JSON the same', async () => {
    const { code, out, err } = await doctor([]);
    const lines = out.trimEnd().split('\n');
    const hu = `*.hu.localhost:${tls.port}`;
    // The certificate is for the one domain: the other's link is looked at whatever its certificate is worth.
    assert.deepEqual(
      lines.filter((line) => !line.startsWith('ok ')),
      [
        '! webhook address: payloads travel unencrypted: give it https://, with a certificate',
        `✗ certificate https://${hu}: it is for *.preview.localhost, not for *.hu.localhost: give the ingress controller a certificate for *.hu.localhost`,
      ],
      out + err,
    );
    assert.equal(code, 1);
    assert.ok(lines.some((line) => /^ok certificate https:\/\/\*\.preview\.localhost:\d+: for \*\.preview\.localhost, (29|30) days left$/.test(line)), out);
    assert.ok(lines.includes('ok webhook reached: a signed ping was taken'));
    assert.match(out, /^ok Redis: \d+\.\d+\.\d+$/m);
    const well = around.file('well.yaml', around.yaml());
    const json = await doctor(['--json', '--config', well]);
    assert.equal(json.code, 0, json.out);
    const { checks } = JSON.parse(json.out) as { checks: { check: string; state: string; says: string; mend: string | null }[] };
    assert.deepEqual(checks.map((one) => Object.keys(one)), checks.map(() => ['check', 'state', 'says', 'mend']));
    assert.deepEqual(
      checks.filter(({ state }) => state !== 'ok'),
      [{ check: 'webhook address', state: 'warning', says: 'payloads travel unencrypted', mend: 'give it https://, with a certificate' }],
    );
    assert.deepEqual([around.home.created, around.east.created], [[], []], 'something was written');
  });

  test('a broken environment: each variable in its line, and what does not need it is looked at', async () => {
    const { code, out } = await doctor([], { APP_ID: 'ours', REDIS_URL: 'http://:hidden@a', WEBHOOK_SECRET: 'development', LOG_LEVEL: 'wran' });
    assert.equal(code, 1);
    const lines = out.trimEnd().split('\n').filter((line) => !line.startsWith('ok '));
    assert.deepEqual(lines.slice(0, 4).map((line) => line.slice(0, 40)), [
      '✗ environment: APP_ID is "ours": set it t',
      '✗ environment: WEBHOOK_SECRET is "develop',
      '✗ environment: REDIS_URL is not an addres',
      '✗ environment: LOG_LEVEL is "wran": set i',
    ].map((line) => line.slice(0, 40)));
    for (const line of ['? not checked: GitHub App: needs environment', '? not checked: granted permissions: needs environment and GitHub App', '? not checked: webhook reached: needs environment and webhook address', '? not checked: Redis: needs environment'])
      assert.ok(lines.includes(line), `${line}\n${out}`);
    assert.match(out, /^ok cluster home, rights: /m);
    assert.match(out, /^ok door home: /m);
  });

  test('an avant.yaml with problems, and none: each problem in its line', async () => {
    const broken = around.file('broken.yaml', 'domian: preview.localhost\nlabel: [a]\n');
    const { code, out } = await doctor(['--config', broken]);
    assert.equal(code, 1);
    assert.match(out, /^✗ avant\.yaml: .*broken\.yaml:1:1 domian: unknown key — did you mean "domain"\?$/m);
    assert.match(out, /^✗ avant\.yaml: .*broken\.yaml:2:\d+ label: /m);
    assert.match(out, /^\? not checked: cluster home, namespace and ingress class: needs avant\.yaml$/m);
    assert.match(out, /^\? not checked: DNS, certificates and doors: needs avant\.yaml$/m);
    assert.match(out, /^ok GitHub App: /m);
    const none = await doctor([], { AVANT_CONFIG: '' });
    assert.equal(none.code, 1);
    assert.match(none.out, /^✗ environment: AVANT_CONFIG is not set/m);
    assert.match(none.out, /^\? not checked: avant\.yaml: needs environment$/m);
    assert.match((await doctor(['--config', '/no/such/avant.yaml'])).out, /^✗ avant\.yaml: AVANT_CONFIG: \/no\/such\/avant\.yaml cannot be read/m);
  });

  test('all that hangs is told, and it ends', async () => {
    around.github.faults.set({ respond: 'hang' });
    around.front.status = 200;
    redis.signal('SIGSTOP');
    try {
      const { code, out } = await doctor(['--config', around.file('well.yaml', around.yaml())]);
      assert.equal(code, 1);
      assert.match(out, /^✗ GitHub App: no answer within 5 s: see whether GitHub is reached/m);
      assert.match(out, /^✗ Redis: /m);
      assert.match(out, /^✗ door home: .* answers 200 to a host that nobody has/m);
      assert.match(out, /^ok cluster east, Pod Security/m);
    } finally {
      redis.signal('SIGCONT');
    }
  });

  test('nothing at all is set: it tells what to set', async () => {
    const { code, out } = await avant(['doctor']);
    assert.equal(code, 1);
    for (const name of ['APP_ID', 'PRIVATE_KEY', 'AVANT_CONFIG']) assert.match(out, new RegExp(`^✗ environment: ${name} is not set: `, 'm'));
    assert.match(out, /^✗ cluster home: not in a cluster: set KUBECONFIG to a kubeconfig file/m);
  });
});
