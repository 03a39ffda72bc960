import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { secret } from '../../app/config/secret.ts';
import { ok, problem } from '../../app/core/diagnosis.ts';
import { runChecks, type Check } from '../../app/io/doctor/checks.ts';
import { domainChecks } from '../../app/io/doctor/hosts.ts';
import { redisProblem, startRedis } from '../support/redis.ts';
import { freePort } from '../support/avant.ts';
import { forbidden } from './cli-doctor-cluster.ts';
import { byCheck, examined, startAround, startTls, type Around } from './cli-doctor-place.ts';

const otherKey = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
}).privateKey;

describe('what avant doctor finds', { timeout: 240_000 }, () => {
  let around: Around;
  before(async () => {
    around = await startAround();
  });
  beforeEach(() => around.mend());
  after(() => around.close());

  /** Breaks something; holds that these checks, and no others, find it. */
  async function broken(
    expected: Readonly<Record<string, RegExp>>,
    changes: Parameters<typeof examined>[1] = {},
  ): Promise<Map<string, string[]>> {
    const found = await examined(around, changes);
    const bad = [...found].flatMap(([check, lines]) => lines.filter((line) => !line.startsWith('ok: ')).map((line) => [check, line] as const));
    // The webhook of these tests is at http://.
    const others = bad.filter(([check, line]) => !expected[check] && !/^warning: payloads travel unencrypted/.test(line));
    assert.deepEqual(others, [], 'more was found');
    for (const [check, line] of Object.entries(expected)) {
      const lines = found.get(check) ?? [];
      assert.ok(lines.some((one) => line.test(one)), `${check}: ${lines.join('\n')}`);
    }
    return found;
  }

  test('nothing, when all is well: every thing in its line', async () => {
    const found = await broken({});
    assert.deepEqual([...found.keys()], [
      'environment',
      'avant.yaml',
      'GitHub App',
      'clock',
      'App permissions',
      'App events',
      'installations',
      'granted permissions',
      'webhook address',
      'webhook secret',
      'webhook reached',
      'webhook deliveries',
      'Redis',
      'helm',
      'cluster home',
      'cluster home, rights',
      'cluster home, namespace',
      'cluster home, ingress class',
      'cluster home, admission policies',
      'cluster home, Pod Security',
      'cluster east',
      'cluster east, rights',
      'cluster east, ingress class',
      'cluster east, admission policies',
      'cluster east, Pod Security',
      'DNS *.preview.localhost',
      `links http://*.preview.localhost:${around.front.port}`,
      'DNS *.hu.localhost',
      `links http://*.hu.localhost:${around.front.port}`,
      'door home',
    ]);
    assert.deepEqual(around.home.created, [], 'something was written');
    assert.match(found.get('GitHub App')?.[0] ?? '', /^ok: avant-previews \(id 4242\) of platform, http:/);
    assert.match(found.get('cluster home')?.[0] ?? '', /^ok: Kubernetes v1\.36\.1, as system:serviceaccount:avant:avant$/);
    assert.match(found.get('helm')?.[0] ?? '', /^ok: v4\.3\.1/);
  });

  describe('GitHub', () => {
    const needs = (check: string): RegExp => new RegExp(`^unchecked: needs ${check}`);
    const dependents = {
      clock: needs('GitHub App'),
      'App permissions': needs('GitHub App'),
      'App events': needs('GitHub App'),
      installations: needs('GitHub App'),
      'granted permissions': needs('GitHub App'),
      'webhook address': needs('GitHub App'),
      'webhook secret': needs('webhook address'),
      'webhook reached': needs('webhook address'),
      'webhook deliveries': needs('webhook address'),
    };

    test('an id and a key of two Apps, and an id of none: what hangs on it is told as not checked', async () => {
      const mend = /^problem: GitHub refuses the App \d+ .*: set APP_ID to the number on the App’s page, and PRIVATE_KEY/;
      await broken({ ...dependents, 'GitHub App': mend }, { env: { privateKey: secret(otherKey) } });
      await broken({ ...dependents, 'GitHub App': mend }, { env: { appId: 4243 } });
    });

    test('GitHub that is away, is under maintenance, or hangs', async () => {
      const port = await freePort();
      const away = { env: { github: { host: `127.0.0.1:${port}`, protocol: 'http' as const } } };
      const reached = /: see whether GitHub is reached from here: GHE_HOST/;
      await broken({ ...dependents, 'GitHub App': reached }, away);
      const match = ({ path }: { path: string }): boolean => path.endsWith('/app');
      for (const respond of ['html', 'bad-gateway', 'hang'] as const) {
        const takeAway = around.github.faults.set({ respond, match });
        const found = await broken({ ...dependents, 'GitHub App': reached });
        if (respond === 'hang') assert.match(found.get('GitHub App')?.[0] ?? '', /no answer within 5 s/);
        takeAway();
      }
    });

    test('permissions and events that the App does not ask for, or needs not', async () => {
      const { permissions } = around.github.world.state.app;
      const { statuses: _gone, ...fewer } = permissions;
      around.github.world.changeApp({ permissions: { ...fewer, checks: 'read' }, events: ['pull_request'] });
      await broken({
        'App permissions': /^problem: the App does not ask for checks: write, statuses: read: add them at http:\/\/localhost:\d+\/organizations\/platform\/settings\/apps\/avant-previews\/permissions$/,
        'App events': /^problem: the App is not told of issue_comment, status, check_run, check_suite: subscribe/,
      });
      around.github.world.changeApp({ permissions: { ...permissions, actions: 'read' }, events: ['pull_request', 'issue_comment', 'status', 'check_run', 'check_suite', 'push'] });
      await broken({ 'App permissions': /^warning: the App asks for more than Avant uses: actions: read/, 'granted permissions': /^ok/ });
    });

    test('installations: none, suspended, with what an older App asked for', async () => {
      const { world } = around.github;
      world.deleteInstallation(world.installation('m6'));
      await broken({ installations: /^problem: the App is installed nowhere: install it: http:\/\/localhost:\d+\/apps\/avant-previews\/installations\/new$/ });
      world.suspendInstallation(world.createInstallation('m7'));
      world.createInstallation('m8', { permissions: { metadata: 'read', contents: 'read', pull_requests: 'write' } });
      await broken({
        installations: /^warning: suspended on m7: who suspended it can go on: http:\/\/localhost:\d+\/settings\/installations\/\d+$/,
        'granted permissions': /^problem: m8 has not granted issues: read, checks: write, statuses: read, deployments: write: an owner accepts \("Review request"\): http:\/\/localhost/,
      });
    });

    test('a clock that is not GitHub’s', async () => {
      around.skew.ms = -20_000;
      await broken({ clock: /^warning: this machine’s clock is (19|20|21) s ahead of GitHub’s: set it by NTP/ });
      around.skew.ms = 150_000;
      await broken({ clock: /^problem: this machine’s clock is 1(49|50|51) s behind GitHub’s/ });
    });
  });

  describe('the webhook', () => {
    test('no address, and none that is one', async () => {
      const unchecked = /^unchecked: needs webhook address/;
      const rest = { 'webhook secret': unchecked, 'webhook reached': unchecked, 'webhook deliveries': unchecked };
      around.github.setWebhook('');
      await broken({ ...rest, 'webhook address': /^problem: the App has no webhook address: set it in the App’s settings to https:\/\/<Avant’s host>\/api\/github\/webhooks/ });
      around.github.setWebhook('avant.bar.com');
      await broken({ ...rest, 'webhook address': /^problem: "avant\.bar\.com" is no address/ });
    });

    test('no secret at GitHub, none here, another in the Avant that answers', async () => {
      await broken({ 'webhook secret': /^warning: .*WEBHOOK_SECRET is not set here/ }, { env: { webhookSecret: undefined } });
      await broken({ 'webhook reached': /^problem: the Avant that answers there has another WEBHOOK_SECRET/ }, { env: { webhookSecret: secret('another') } });
      around.github.world.state.app.webhook.secret = '';
      await broken({ 'webhook secret': /^problem: the App has no webhook secret: anybody could send webhooks: set it/ });
    });

    test('something else answers there, or nobody', async () => {
      around.hook.status = 404;
      await broken({ 'webhook reached': /^problem: HTTP 404, which is not Avant’s answer: lead the address to Avant’s webhook port/ });
      around.github.setWebhook(around.hook.url.replace('/api/github/webhooks', '/'));
      await broken({ 'webhook reached': /^problem: HTTP 404.*: Avant takes webhooks at \/api\/github\/webhooks: change the address/ });
      // GitHub's own deliveries went well so far.
      const nobody = `http://127.0.0.1:${await freePort()}/api/github/webhooks`;
      around.github.setWebhook(nobody);
      await broken({ 'webhook reached': /^warning: http.* is not reached from here \(connect ECONNREFUSED.*GitHub reached it at/ });
      around.github.world.suspendInstallation(around.github.world.installation('m6'));
      await around.github.deliveries.settled();
      await broken({
        'webhook reached': /^problem: http.*: see that the name leads to Avant, and that GitHub may connect/,
        'webhook deliveries': /^problem: 1 of the last \d failed, the latest of them at .* \(installation: failed to connect to host, 502\): GitHub must reach/,
        installations: /^warning: suspended/,
      });
    });

    test('deliveries: none yet, and one that failed before', async () => {
      around.github.deliveries.clear();
      await broken({ 'webhook deliveries': /^warning: GitHub has sent nothing yet/ });
      const { world, deliveries } = around.github;
      around.hook.status = 503;
      world.suspendInstallation(world.installation('m6'));
      await deliveries.settled();
      around.hook.status = undefined;
      world.unsuspendInstallation(world.installation('m6'));
      await deliveries.settled();
      await broken({ 'webhook deliveries': /^warning: 1 of the last 2 failed, .*503\); GitHub’s last was taken: nothing is lost/ });
    });
  });

  describe('Redis', { skip: redisProblem() ?? false }, () => {
    test('well, evicting, a replica, with a password, gone', async () => {
      const redis = await startRedis();
      const cli = (...words: readonly string[]): void => {
        assert.equal(spawnSync('redis-cli', ['-p', String(redis.port), ...words]).status, 0);
      };
      const at = (url: string): Parameters<typeof examined>[1] => ({ env: { redisUrl: secret(url) } });
      try {
        const found = await broken({ Redis: /^ok: \d+\.\d+/, 'Redis eviction': /^ok: none \(noeviction\)/ }, at(redis.url));
        assert.equal(found.get('Redis eviction')?.length, 1);
        cli('config', 'set', 'maxmemory-policy', 'allkeys-lru');
        await broken({ 'Redis eviction': /^problem: maxmemory-policy is allkeys-lru.*: set it to noeviction$/ }, at(redis.url));
        cli('config', 'set', 'maxmemory-policy', 'noeviction');
        cli('replicaof', '127.0.0.1', '1');
        await broken({ Redis: /^problem: .* a replica, which takes no writes: let REDIS_URL name the primary/, 'Redis eviction': /^unchecked/ }, at(redis.url));
        cli('replicaof', 'no', 'one');
        cli('config', 'set', 'requirepass', 'right');
        const refused = await broken({ Redis: /^problem: (WRONGPASS|NOAUTH|ERR).*: set REDIS_URL/, 'Redis eviction': /^unchecked/ }, at(`redis://:wrong-one@127.0.0.1:${redis.port}`));
        assert.ok(!JSON.stringify([...refused]).includes('wrong-one'));
        redis.signal('SIGSTOP');
        await broken({ Redis: /^problem: .*: set REDIS_URL/, 'Redis eviction': /^unchecked/ }, at(redis.url));
      } finally {
        redis.signal('SIGCONT');
        await redis.stop();
      }
      await broken({ Redis: /^problem: connect ECONNREFUSED.*: set REDIS_URL/, 'Redis eviction': /^unchecked/ }, at(redis.url));
    });
  });

  describe('clusters', () => {
    const unchecked = (name: string, ...more: readonly string[]): Record<string, RegExp> =>
      Object.fromEntries(['rights', 'ingress class', 'admission policies', 'Pod Security', ...more].map((what) => [`cluster ${name}, ${what}`, new RegExp(`^unchecked: needs cluster ${name}$`)]));

    test('unreachable, too old, with credentials that are no good: the other one is looked at all the same', async () => {
      around.home.told.version = 'v1.29.8';
      await broken({ ...unchecked('home', 'namespace'), 'cluster home': /^problem: Kubernetes v1\.29\.8: Avant needs 1\.30 or newer: upgrade/ });
      await around.mend();
      const kubeconfigPath = around.file('stale.kubeconfig', around.home.kubeconfig.replace(/token: [\w-]+/, 'token: stale'));
      await broken({ ...unchecked('home', 'namespace'), 'cluster home': /^problem: Kubernetes v1\.36\.1 does not know these credentials: set KUBECONFIG, which is .*stale\.kubeconfig, to a kubeconfig file/ }, { env: { kubeconfigPath } });
      await broken({ ...unchecked('home', 'namespace'), 'cluster home': /^problem: not in a cluster: set KUBECONFIG to a kubeconfig file/ }, { env: { kubeconfigPath: undefined } });
      const east = around.file('east.kubeconfig', around.east.kubeconfig.replace(/127\.0\.0\.1:\d+/, `127.0.0.1:${await freePort()}`));
      await broken({ ...unchecked('east'), 'cluster east': /^problem: connect ECONNREFUSED.*: set clusters\.east\.kubeconfig of avant\.yaml, which is / });
      rmSync(east);
      await broken({ ...unchecked('east'), 'cluster east': /^problem: ENOENT.*: set clusters\.east\.kubeconfig/ });
      around.file('east.kubeconfig', around.east.kubeconfig);
    });

    test('rights that are missing are named, and more than enough is told', async () => {
      around.home.told.mayDo = ({ verb, resource, group }) => verb !== '*' && !(group === 'apps' && ['patch', 'delete'].includes(verb)) && resource !== 'endpoints' && !(resource === 'configmaps' && verb === 'update');
      await broken({
        'cluster home, rights': /^problem: this account may not deployments\.apps \(patch, delete\), statefulsets\.apps \(patch, delete\), endpoints in default \(get\), configmaps in avant \(update\): give it the role of install\//,
      });
      around.home.told.mayDo = () => true;
      await broken({ 'cluster home, rights': /^warning: this account may do everything/ });
    });

    test('the namespace, and the Secrets that avant.yaml names', async () => {
      delete around.home.told.there['/api/v1/namespaces/avant'];
      await broken({ 'cluster home, namespace': /^problem: there is no namespace avant: kubectl create namespace avant$/ });
      await around.mend();
      around.home.told.there['/api/v1/namespaces/vault/secrets/foo'] = {};
      const yaml = around.yaml(`registries: { registry.bar.com: { pullSecret: { all: pull, hu: pull-hu } } }
secrets: { namespace: vault, projects: { bar/foo: { all: [foo], fr: [foo-fr] } } }
access: { ways: { password: { secret: people } } }
`);
      await broken(
        {
          'cluster home, Secrets': /^problem: people, pull, foo-fr of avant\.yaml are not in the namespace vault: create them there/,
          'cluster east, Secrets': /^problem: people, pull-hu, foo of avant\.yaml are not in the namespace vault/,
        },
        { yaml },
      );
    });

    test('a Secret to pull with that no kubelet would pull with', async () => {
      const yaml = around.yaml(`registries: { registry.bar.com: { pullSecret: { all: pull, hu: pull-hu } } }
secrets: { namespace: vault, projects: { bar/foo: { all: [foo] } } }
`);
      const place = '/api/v1/namespaces/vault/secrets/';
      for (const { told } of [around.home, around.east])
        for (const name of ['pull', 'pull-hu', 'foo']) told.there[place + name] = { type: name === 'foo' ? 'Opaque' : 'kubernetes.io/dockerconfigjson' };
      const found = await broken({}, { yaml });
      assert.deepEqual(found.get('cluster home, Secrets'), ['ok: 2 that avant.yaml names are in vault']);
      around.home.told.there[`${place}pull`] = { type: 'Opaque' };
      around.east.told.there[`${place}pull-hu`] = { type: 'kubernetes.io/dockercfg' };
      await broken(
        {
          'cluster home, Secrets': /^problem: pull in vault is of the type Opaque: to pull images with, it must be kubernetes\.io\/dockerconfigjson: make it anew: kubectl delete secret pull -n vault; kubectl create secret docker-registry pull -n vault /,
          'cluster east, Secrets': /^problem: pull-hu in vault is of the type kubernetes\.io\/dockercfg:/,
        },
        { yaml },
      );
    });

    test('a Secret of passwords that would let nobody in, or stop the door', async () => {
      const yaml = around.yaml('secrets: { namespace: vault }\naccess: { ways: { password: { secret: people } } }\n');
      const say = (data: Readonly<Record<string, string>>): void => {
        for (const { told } of [around.home, around.east]) told.there['/api/v1/namespaces/vault/secrets/people'] = { data };
      };
      say({ auth: Buffer.from('ann::b').toString('base64') });
      assert.deepEqual((await broken({}, { yaml })).get('cluster home, Secrets'), ['ok: 1 that avant.yaml names are in vault']);
      const problem = 'problem: people in vault lets nobody in: previews behind its passwords have no link: ';
      for (const [data, toDo] of [[{}, 'make the key auth in vault/people'], [{ auth: Buffer.from('ann b:c').toString('base64') }, 'mend line 1 of the key auth in vault/people, ']] as const) {
        say(data);
        const words = new RegExp(`^${problem}${toDo}`);
        await broken({ 'cluster home, Secrets': words, 'cluster east, Secrets': words }, { yaml });
      }
    });

    test('the ingress class', async () => {
      const path = '/apis/networking.k8s.io/v1/ingressclasses/haproxy-v1';
      const { told } = around.home;
      told.there[path] = { spec: { controller: 'k8s.io/ingress-nginx' } };
      await broken({ 'cluster home, ingress class': /^problem: the IngressClass haproxy-v1 is k8s\.io\/ingress-nginx’s, not haproxy-ingress\.github\.io\/controller’s: let ingress\.class/ });
      told.there[path] = { spec: { controller: 'haproxy-ingress.github.io/controller/of-ours' } };
      await broken({});
      told.instead = { [`GET ${path}`]: forbidden };
      await broken({ 'cluster home, ingress class': /^warning: this account may not read IngressClasses: look yourself: kubectl get ingressclass haproxy-v1$/ });
      told.instead = {};
      told.there = { '/api/v1/namespaces/avant': {} };
      await broken({ 'cluster home, ingress class': /^ok: .*none is needed: the class is an annotation/ });
      told.there['/apis/networking.k8s.io/v1/ingressclasses'] = { items: ['haproxy-ingress.github.io/controller/of-ours', 'k8s.io/ingress-nginx'].map((controller, index) => ({ metadata: { name: `class-${index}` }, spec: { controller } })) };
      await broken({ 'cluster home, ingress class': /^warning: there is no IngressClass haproxy-v1, but class-0 of the same controller: set ingress\.class of avant\.yaml to one of these/ });
      const field = around.yaml('ingress: { controller: haproxytech }\n');
      around.east.told.there[path] = { spec: { controller: 'haproxy.org/ingress-controller' } };
      await broken({ 'cluster home, ingress class': /^problem: there is no IngressClass haproxy-v1, which ingress\.classForm field needs/ }, { yaml: field });
    });

    test('the second wall: no policies, or for another account; something else that refuses', async () => {
      around.home.told.policies = false;
      around.east.told.podSecurity = false;
      await broken({
        'cluster home, admission policies': /^problem: nothing keeps system:serviceaccount:avant:avant from writing a ConfigMap in the namespace default and a namespace that is no preview’s: apply the policies of install\//,
        'cluster east, Pod Security': /^problem: the API server does not look at the labels of Pod Security/,
      });
      await around.mend();
      around.home.told.instead = { 'POST /api/v1/namespaces?dryRun=All': forbidden };
      await broken({
        'cluster home, admission policies': /^warning: it is refused by something else than the policies \(POST \/api\/v1\/namespaces: User/,
        'cluster home, Pod Security': /^warning: it could not be tried/,
      });
      assert.deepEqual([around.home.created, around.east.created], [[], []]);
    });
  });

  describe('names and doors', () => {
    test('a domain that no record is of', async () => {
      const yaml = around.yaml().replace('domain: preview.localhost', 'domain: preview.invalid');
      const links = `links http://*.preview.invalid:${around.front.port}`;
      await broken({ 'DNS *.preview.invalid': /^problem: hosts under it have no address \(.*: let the wildcard record \*\.preview\.invalid lead to the ingress controller/, [links]: /^unchecked: needs DNS/ }, { yaml });
    });

    test('hosts of one domain at different places, and a door elsewhere', async () => {
      let asked = 0;
      const parts = { domain: 'preview.bar.com', url: 'http://${host}:1', door: undefined };
      const names = async (resolve: (host: string) => readonly string[], door?: string): Promise<string> => {
        const settings = door === undefined ? undefined : { address: door, headers: {}, insecure: false };
        const [dns] = domainChecks({ ...parts, door: settings }, (host) => Promise.resolve(resolve(host)), 1_000);
        return [...byCheck(await runChecks(dns ? [dns] : [], 5_000)).values()].flat().join();
      };
      assert.match(await names(() => [`10.0.0.${(asked += 1)}`]), /^problem: two hosts lead to different places: 10\.0\.0\.\d, and 10\.0\.0\.\d: let the wildcard/);
      assert.match(await names(() => ['10.0.0.2', `10.0.0.${(asked += 1)}`]), /^ok: any host leads to 10\.0\.0\.2/);
      assert.match(await names(() => ['10.0.0.2'], 'http://10.0.0.2:80'), /^ok/);
      assert.match(await names(() => ['10.0.0.2'], 'http://10.0.0.3:80'), /^warning: any host leads to 10\.0\.0\.2; the door is at 10\.0\.0\.3: fine where a load balancer/);
      assert.match(await names((host) => (host === 'haproxy.bar.com' ? ['10.0.0.4'] : ['10.0.0.2']), 'http://haproxy.bar.com'), /^warning: .*the door is at 10\.0\.0\.4/);
    });

    test('something that answers every host, and nothing that answers', async () => {
      around.front.status = 200;
      const links = { [`links http://*.preview.localhost:${around.front.port}`]: /^problem: a host that nobody has answers 200, not 404: see what answers there/, [`links http://*.hu.localhost:${around.front.port}`]: /answers 200/ };
      await broken({ ...links, 'door home': /^problem: http:\/\/127\.0\.0\.1:\d+ answers 200 to a host that nobody has, not 404: see whether that is the ingress controller/ });
      around.front.status = 503;
      await broken({ ...Object.fromEntries(Object.keys(links).map((check) => [check, /answers 503/])), 'door home': /answers 503/ });
      around.front.status = 404;
      const port = await freePort();
      const yaml = around.yaml().replace(/door: \{ address: "http:\/\/127\.0\.0\.1:\d+"/, `door: { address: "http://127.0.0.1:${port}"`);
      await broken({ 'door home': /^problem: http:\/\/127\.0\.0\.1:\d+ does not answer \(connections are refused\): see that the ingress controller’s pods run and are ready \(.*\); if they are, set door\.address of avant\.yaml/ }, { yaml });
      const nowhere = around.yaml().replaceAll(`\${host}:${around.front.port}`, `\${host}:${port}`);
      await broken({ [`links http://*.preview.localhost:${port}`]: /^problem: connect ECONNREFUSED/, [`links http://*.hu.localhost:${port}`]: /ECONNREFUSED/ }, { yaml: nowhere });
    });

    test('a load balancer that does not answer this machine', async () => {
      const sockets: Socket[] = [];
      const silent = createServer((socket) => sockets.push(socket)).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      const parts = { domain: 'preview.bar.com', url: `https://\${host}:${port}`, door: undefined };
      const found = byCheck(await runChecks(domainChecks(parts, () => Promise.resolve(['127.0.0.1']), 300), 20_000));
      const line = /^warning: there is no answer to this machine \(.*: from inside of a cluster/;
      assert.match(found.get(`certificate https://*.preview.bar.com:${port}`)?.[0] ?? '', line);
      assert.match(found.get(`links https://*.preview.bar.com:${port}`)?.[0] ?? '', line);
      for (const socket of sockets) socket.destroy();
      silent.close();
      await once(silent, 'close');
    });

    const openssl = spawnSync('openssl', ['version']).status === 0 ? false : 'there is no openssl to make a certificate with';
    test('certificates that are over, and that nobody known has signed', { skip: openssl }, async () => {
      for (const [days, line] of [
        [30, /^problem: nobody known has signed it \(DEPTH_ZERO_SELF_SIGNED_CERT\): take one that browsers trust/],
        ['until 2020', /^problem: it ended on 2020-01-01: renew it/],
      ] as const) {
        const server = await startTls(around.dir, 'DNS:*.preview.localhost', days);
        const yaml = around.yaml().replace(/url: http:\S+/, `url: https://\${host}:${server.port}`).replace('hu.localhost,', 'preview.localhost,');
        await broken({ [`certificate https://*.preview.localhost:${server.port}`]: line }, { yaml });
        await server.close();
      }
    });

    test('helm: none, another major, one that does not run', async () => {
      await broken({ helm: /^warning: none is found: projects with charts need one: set AVANT_HELM/ }, { helm: undefined });
      const three = around.file('helm3', '#!/bin/sh\necho v3.14.0\n');
      chmodSync(three, 0o755);
      await broken({ helm: /^problem: .*helm3 is v3\.14\.0: set AVANT_HELM to the path of a helm 4/ }, { helm: three });
      await broken({ helm: /^problem: .* does not run \(.*ENOENT.*: set AVANT_HELM/ }, { helm: '/no/such/helm' });
    });
  });
});

describe('running checks', () => {
  const check = (name: string, run: Check['run'], needs: readonly string[] = []): Check => ({ name, needs, run, otherwise: 'mend it' });
  const fine = (): Promise<ReturnType<typeof ok>> => Promise.resolve(ok('fine'));

  test('all are run, in any case; what needs a broken one is told so; the order stays', async () => {
    const found = await runChecks(
      [
        check('a', () => Promise.reject(new Error('broken'))),
        check('b', fine, ['a']),
        check('c', fine, ['b']),
        check('d', () => Promise.resolve([ok('one'), problem('two', 'do')])),
        check('e', fine, ['d']),
        check('f', fine),
      ],
      1_000,
    );
    assert.deepEqual([...byCheck(found)], [
      ['a', ['problem: broken: mend it']],
      ['b', ['unchecked: needs a']],
      ['c', ['unchecked: needs b']],
      ['d', ['ok: one', 'problem: two: do']],
      ['e', ['unchecked: needs d']],
      ['f', ['ok: fine']],
    ]);
  });

  test('one that hangs is a problem, and is told to stop', async () => {
    let stopped = false;
    const hanging = check('a', (signal) => {
      signal.addEventListener('abort', () => (stopped = true));
      return new Promise(() => undefined);
    });
    assert.deepEqual([...byCheck(await runChecks([hanging, check('b', fine)], 50))], [
      ['a', ['problem: no answer within 0.05 s: mend it']],
      ['b', ['ok: fine']],
    ]);
    assert.ok(stopped);
  });
});
