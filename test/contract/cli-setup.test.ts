import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { request as httpRequest } from 'node:http';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { createAppAuth } from '@octokit/auth-app';
import { Octokit } from '@octokit/rest';
import { parse } from 'yaml';
import { convertCode } from '../../app/io/setup/conversion.ts';
import { startGitHub, type SandboxGitHub } from '../../sandbox/github/server.ts';
import type { FaultResponse } from '../../sandbox/github/faults.ts';
import { app, until } from '../support/avant.ts';
import { avant } from './cli-process.ts';
import { forbidden, startToldCluster, token, type ToldCluster } from './cli-doctor-cluster.ts';
import { agree, startSetup, type Setup } from './cli-setup-browser.ts';

type Written = {
  metadata: { name: string; namespace: string };
  type: string;
  stringData: { APP_ID: string; PRIVATE_KEY: string; WEBHOOK_SECRET: string };
};

const url = 'http://127.0.0.1:3999';

describe('avant setup', { timeout: 600_000 }, () => {
  let github: SandboxGitHub;
  let dir: string;
  let env: Record<string, string>;
  let names = 0;
  const started: Setup[] = [];

  before(async () => {
    github = await startGitHub({ port: 0, app, webhook: { url: '', secret: '' } });
    env = { GHE_HOST: new URL(github.url).host, GHE_PROTOCOL: 'http' };
  });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'avant-setup-'));
  });
  afterEach(async () => {
    github.faults.clear();
    for (const { process: child, ended } of started.splice(0)) {
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(dir, { recursive: true });
  });
  after(() => github.close());

  const start = async (words: readonly string[] = ['--output', 'app.yaml'], more: Record<string, string> = {}): Promise<Setup> => {
    const setup = await startSetup(['--url', url, ...words], { env: { ...env, ...more }, cwd: dir });
    started.push(setup);
    return setup;
  };
  const isConversion = ({ path }: { path: string }): boolean => path.includes('/app-manifests/');
  const newName = (): string => `Previews ${(names += 1)}`;
  const written = (name = 'app.yaml'): Written => parse(readFileSync(join(dir, name), 'utf8')) as Written;
  const clientOf = ({ stringData }: Written): Octokit =>
    new Octokit({
      baseUrl: `${github.url}/api/v3`,
      authStrategy: createAppAuth,
      auth: { appId: Number(stringData.APP_ID), privateKey: stringData.PRIVATE_KEY },
    });

  test('makes the App that app.yml describes, and keeps its secrets in a file of one’s own', async () => {
    const setup = await start();
    const name = newName();
    const done = await fetch(await agree(setup, name));
    assert.equal(done.status, 200);
    assert.match(await done.text(), /href="http:\/\/localhost:\d+\/apps\/previews-1\/installations\/new"/);
    const { code, out, err } = await setup.ended;
    assert.equal(code, 0, out + err);
    const made = written();
    assert.deepEqual([made.metadata.namespace, made.metadata.name, made.type], ['avant', 'avant-github', 'Opaque']);
    assert.equal(statSync(join(dir, 'app.yaml')).mode & 0o777, 0o600);
    const { data } = await clientOf(made).rest.apps.getAuthenticated();
    const manifest = parse(readFileSync('app.yml', 'utf8')) as { default_permissions: object; default_events: string[] };
    assert.deepEqual([data?.name, data?.permissions, data?.events], [name, manifest.default_permissions, manifest.default_events]);
    assert.equal((await clientOf(made).rest.apps.getWebhookConfigForApp()).data.url, `${url}/api/github/webhooks`);
    const registered = github.world.state.registered.get(Number(made.stringData.APP_ID));
    assert.equal(made.stringData.WEBHOOK_SECRET, registered?.webhookSecret);
    assert.equal(registered?.manifest.public, false);
    assert.match(out, new RegExp(`App previews-1 \\(id ${made.stringData.APP_ID}\\) is made`));
    assert.match(out, /kubectl create -f app\.yaml\n/);
    assert.match(out, /helm install avant install\/chart --namespace avant --values mine\.yaml --set github\.host=localhost:\d+ --set github\.protocol=http\n/);
    for (const secret of [made.stringData.WEBHOOK_SECRET, registered.clientSecret, ...made.stringData.PRIVATE_KEY.split('\n').slice(1, -2)])
      assert.ok(!(out + err).includes(secret), 'a secret was printed');
    assert.match(err, /--url: over http:\/\/ webhooks travel unencrypted/);
  });

  test('for an organization, with other names', async () => {
    github.world.createInstallation('m6');
    const setup = await start(['--org', 'm6', '--name', 'Of m6', '--namespace', 'previews', '--secret-name', 'app', '--output', 'a b.yaml']);
    await fetch(await agree(setup));
    const { code, out } = await setup.ended;
    assert.equal(code, 0);
    assert.deepEqual(written('a b.yaml').metadata, { name: 'app', namespace: 'previews', labels: { 'app.kubernetes.io/name': 'avant' } });
    assert.equal((await clientOf(written('a b.yaml')).rest.apps.getAuthenticated()).data?.slug, 'of-m6');
    assert.match(out, /--set github\.secret=app /);
    assert.match(out, /install the App on m6: /);
  });

  test('a way back with another state, or without a code, is refused, and the right one is still taken', async () => {
    const setup = await start();
    const back = await agree(setup, newName());
    for (const [change, message] of [
      [(to: URL) => { to.searchParams.set('state', 'f'.repeat(32)); }, /its state is another/],
      [(to: URL) => { to.searchParams.delete('state'); }, /its state is another/],
      [(to: URL) => { to.searchParams.delete('code'); }, /GitHub gave no code/],
      [(to: URL) => { to.searchParams.set('code', '../../app'); }, /GitHub gave no code/],
    ] as const) {
      const wrong = new URL(back);
      change(wrong);
      const refused = await fetch(wrong);
      assert.equal(refused.status, 400);
      assert.match(await refused.text(), message);
    }
    assert.equal(github.requests.list().filter(({ path }) => path.includes(back.searchParams.get('code') ?? '-')).length, 0);
    assert.equal((await fetch(back)).status, 200);
    const { code, err } = await setup.ended;
    assert.equal(code, 0);
    assert.match(err, /its state is another/);
  });

  test('its page is found by nobody else', async () => {
    const setup = await start();
    const { origin, port, pathname } = new URL(setup.url);
    for (const path of ['/', '/created/x', '/favicon.ico', `${pathname}0`]) assert.equal((await fetch(origin + path)).status, 404, path);
    assert.equal((await fetch(setup.url, { method: 'POST' })).status, 404);
    // What a page of somebody else's would send, whose name leads to this machine.
    const rebound = httpRequest({ host: '127.0.0.1', port, path: pathname, headers: { host: `evil.test:${port}` } });
    const [answer] = (await once(rebound.end(), 'response')) as [{ statusCode: number; resume(): void }];
    answer.resume();
    assert.equal(answer.statusCode, 404);
    const page = await fetch(setup.url);
    assert.match(page.headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/);
    assert.equal(page.headers.get('cache-control'), 'no-store');
  });

  test('a code that was used already: says so, and leaves no file', async () => {
    const setup = await start();
    const back = await agree(setup, newName());
    const used = await fetch(`${github.url}/api/v3/app-manifests/${back.searchParams.get('code') ?? ''}/conversions`, { method: 'POST' });
    assert.equal(used.status, 201);
    assert.equal((await fetch(back)).status, 502);
    const { code, out, err } = await setup.ended;
    assert.equal(code, 3);
    assert.match(err, /GitHub does not know the code: it is good once, and for an hour\. No App was made/);
    assert.doesNotMatch(out, /is made/);
    assert.deepEqual(readdirSync(dir), []);
  });

  test('GitHub refuses: says so, and leaves no file', async () => {
    const setup = await start();
    const back = await agree(setup, newName());
    github.faults.set({ respond: { status: 403, body: { message: 'Not today' } }, match: isConversion });
    assert.equal((await fetch(back)).status, 502);
    const { code, err } = await setup.ended;
    assert.equal(code, 3);
    assert.match(err, /GitHub refuses to make the App \(403: Not today\): run this again later/);
    assert.deepEqual(readdirSync(dir), []);
  });

  test('what GitHub may answer instead of an App, and what to do then', async () => {
    const made = { id: 1, slug: 'a', html_url: 'http://a.test/', pem: '-----BEGIN RSA PRIVATE KEY-----\nhidden\n', webhook_secret: null };
    const cases: readonly (readonly [FaultResponse, RegExp])[] = [
      ['bad-gateway', /refuses to make the App \(502\): run this again later$/],
      ['html', /refuses to make the App \(200\)/],
      ['not-found', /GitHub does not know the code/],
      ['reset', /answer did not come .*settings\/apps whether the App is there; delete it, and run this again$/],
      ['answer-lost', /answer did not come .*settings\/apps whether the App is there/],
      ['truncated', /not the answer that GitHub documents.*settings\/apps whether/],
      [{ status: 201, body: made }, /webhook_secret.*settings\/apps whether/],
    ];
    const site = { web: github.url, api: `${github.url}/api/v3` };
    const manifest = { name: 'a', url: 'http://a.test/', description: '', redirectUrl: undefined, hook: undefined, public: false, permissions: {}, events: [] };
    for (const [respond, message] of cases) {
      const takeAway = github.faults.set({ respond, match: isConversion });
      const code = github.world.proposeApp(github.world.state.app.owner, newName(), manifest);
      await assert.rejects(convertCode(site, code), (error: Error) => message.test(error.message) && !error.message.includes('hidden'), JSON.stringify(respond));
      takeAway();
    }
  });

  test('a file that is there is never written over, and nothing is begun', async () => {
    writeFileSync(join(dir, 'app.yaml'), 'mine');
    const { url: page, ended } = await start();
    const { code, err } = await ended;
    assert.deepEqual([code, page, readFileSync(join(dir, 'app.yaml'), 'utf8')], [3, '', 'mine']);
    assert.match(err, /--output: app\.yaml is there already, and is not written over/);
    const nowhere = await avant(['setup', '--url', url, '--output', 'no/such/folder.yaml'], { env, cwd: dir });
    assert.equal(nowhere.code, 3);
    assert.match(nowhere.err, /--output: no\/such\/folder\.yaml cannot be written/);
  });

  test('Ctrl-C, and nobody coming: nothing stays', async () => {
    const interrupted = await start();
    assert.ok(existsSync(join(dir, 'app.yaml')));
    interrupted.process.kill('SIGINT');
    const { code, err } = await interrupted.ended;
    assert.equal(code, 3);
    assert.match(err, /ended: no App was made/);
    const late = await start(['--output', 'app.yaml', '--timeout', '1s']);
    const ended = await late.ended;
    assert.equal(ended.code, 3);
    assert.match(ended.err, /nobody made the App within 1s/);
    assert.deepEqual(readdirSync(dir), []);
  });

  test('Ctrl-C while GitHub makes it: what it tells is kept first', async () => {
    const setup = await start();
    const back = await agree(setup, newName());
    const { promise, resolve } = Promise.withResolvers<undefined>();
    github.faults.set({ respond: { until: promise }, match: isConversion });
    const asked = fetch(back).catch(() => undefined);
    await until('GitHub is asked', () => github.requests.list().some(({ path }) => path.includes(back.searchParams.get('code') ?? '-')));
    const second = await fetch(back);
    assert.match(await second.text(), /The App is being made already/);
    setup.process.kill('SIGINT');
    resolve(undefined);
    await asked;
    assert.equal((await setup.ended).code, 0);
    assert.match(written().stringData.PRIVATE_KEY, /^-----BEGIN RSA PRIVATE KEY-----/);
  });

  test('what cannot be begun is said before GitHub is asked', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const cases: readonly (readonly [readonly string[], Record<string, string>, number, RegExp])[] = [
      [['--port', String(port)], env, 3, /--port: \d+ cannot be listened on .*: give another/],
      [[], { ...env, GHE_HOST: 'https://github.bar.com' }, 3, /GHE_HOST is "https:\/\/github\.bar\.com"/],
      [[], {}, 2, /--url: github\.com sends nothing to 127\.0\.0\.1:3999/],
    ];
    for (const [words, given, expected, message] of cases) {
      const { code, err } = await avant(['setup', '--url', url, '--output', 'app.yaml', ...words], { env: given, cwd: dir });
      assert.equal(code, expected, err);
      assert.match(err, message);
      assert.deepEqual(readdirSync(dir), []);
    }
    taken.close();
    await once(taken, 'close');
  });

  describe('--apply', () => {
    let cluster: ToldCluster;
    beforeEach(async () => {
      cluster = await startToldCluster();
      writeFileSync(join(dir, 'kubeconfig'), cluster.kubeconfig);
    });
    afterEach(() => cluster.close());
    const words = ['--kubeconfig', 'kubeconfig'];

    test('creates the Secret, and a namespace that is missing', async () => {
      for (const isThere of [true, false]) {
        cluster.created.length = 0;
        cluster.told.there = isThere ? { '/api/v1/namespaces/avant': {} } : {};
        cluster.told.policies = false;
        const setup = await start(isThere ? words : ['--apply'], { KUBECONFIG: 'kubeconfig' });
        await fetch(await agree(setup, newName()));
        const { code, out, err } = await setup.ended;
        assert.equal(code, 0, err);
        assert.deepEqual(
          cluster.created.map(({ path }) => path),
          [...(isThere ? [] : ['/api/v1/namespaces']), '/api/v1/namespaces/avant/secrets'],
        );
        const made = cluster.created.at(-1)?.body as Written;
        assert.equal((await clientOf(made).rest.apps.getAuthenticated()).data?.id, Number(made.stringData.APP_ID));
        assert.match(out, /Its key is in the Secret avant-github of the namespace avant\./);
        assert.ok(!(out + err).includes(made.stringData.WEBHOOK_SECRET) && !(out + err).includes(token));
        assert.deepEqual(readdirSync(dir), ['kubeconfig']);
      }
    });

    test('a Secret that is there, rights that are missing, a kubeconfig that is none: said before GitHub is asked', async () => {
      const { there } = cluster.told;
      const cases: readonly (readonly [() => void, RegExp])[] = [
        [() => (there['/api/v1/namespaces/avant/secrets/avant-github'] = {}), /--apply: the Secret avant-github is in the namespace avant already/],
        [
          () => {
            cluster.told.there = { '/api/v1/namespaces/avant': {} };
            cluster.told.instead = { 'POST /api/v1/namespaces/avant/secrets?dryRun=All': forbidden };
          },
          /--apply: the cluster refuses it .*cannot do this/,
        ],
        [
          () => {
            writeFileSync(join(dir, 'kubeconfig'), `users:\n- {token: ${token}\n  }: a: b\n`);
          },
          /kubeconfig is of no use \(it is not YAML/,
        ],
      ];
      for (const [change, message] of cases) {
        change();
        const { url: page, ended } = await start(words);
        const { code, out, err } = await ended;
        assert.deepEqual([code, page], [3, ''], err);
        assert.match(err, message);
        assert.ok(!(out + err).includes(token), 'the token was printed');
      }
      assert.deepEqual(cluster.created, []);
    });

    test('a cluster that goes away meanwhile: the App’s secrets are in a file then', async () => {
      const setup = await start(words);
      const back = await agree(setup, newName());
      cluster.told.instead = { 'POST /api/v1/namespaces/avant/secrets': forbidden };
      assert.equal((await fetch(back)).status, 200);
      const { code, out, err } = await setup.ended;
      assert.equal(code, 3);
      const [file = ''] = readdirSync(dir).filter((name) => name !== 'kubeconfig');
      assert.match(file, /^avant-github-\d+\.yaml$/);
      assert.match(err, new RegExp(`could not be kept where it should be .*: it is in ${file}`));
      assert.match(out, new RegExp(`kubectl create -f ${file}`));
      assert.equal(statSync(join(dir, file)).mode & 0o777, 0o600);
      assert.ok((await clientOf(written(file)).rest.apps.getAuthenticated()).data);
    });
  });
});
