import assert from 'node:assert/strict';
import { execFile, type ExecFileException } from 'node:child_process';
import { after, before, suite, test } from 'node:test';
import { app, until, webhookSecret } from '../support/avant.ts';
import type { Cluster } from './cluster.ts';
import { clusterProblem, startCluster } from './cluster.ts';

const problem = clusterProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);
const namespace = `services-${process.pid}`;

/** What the server's pod runs: it says over HTTP who asks, and sends datagrams back. */
const server = `
require('node:http').createServer((request, answer) => answer.end('asked by ' + request.socket.remoteAddress)).listen(8080, '0.0.0.0');
const udp = require('node:dgram').createSocket('udp4');
udp.on('message', (message, from) => udp.send('echo ' + message, from.port, from.address)).bind(9999);
process.on('SIGTERM', () => process.exit(0));`;

/** The pods that the tests look at; `image` is Avant's. They may do no more than the strictest Pod Security Standard allows. */
const objects = (image: string, redis: string): readonly object[] => {
  const securityContext = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } };
  const pod = (name: string, container: object, spec: object = {}): object => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, labels: { app: name } },
    spec: {
      restartPolicy: 'Never',
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [{ name, image, securityContext, volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }], ...container }],
      volumes: [{ name: 'tmp', emptyDir: {} }, { name: 'config', configMap: { name: 'avant' } }],
      ...spec,
    },
  });
  const service = (name: string, ports: readonly object[]): object => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports },
  });
  const ready = (port: number): object => ({ readinessProbe: { tcpSocket: { port }, periodSeconds: 1 } });
  const env = {
    APP_ID: `${app.id}`,
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: webhookSecret,
    AVANT_CONFIG: '/config/avant.yaml',
    REDIS_URL: 'redis://redis:6379',
    GHE_HOST: 'server:80',
    GHE_PROTOCOL: 'http',
  };
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'avant' }, data: { 'avant.yaml': 'domain: preview.bar.com\n' } },
    pod('server', { command: ['node', '-e', server], ports: [{ containerPort: 8080, hostPort: 18080 }], ...ready(8080) }, { hostname: 'elsewhere' }),
    service('server', [{ name: 'http', port: 80, targetPort: 8080 }, { name: 'echo', protocol: 'UDP', port: 53, targetPort: 9999 }]),
    pod('client', { command: ['sleep', '3600'] }),
    pod('redis', { image: redis, args: ['--save', '', '--maxmemory', '64mb'], ...ready(6379) }),
    service('redis', [{ name: 'redis', port: 6379 }]),
    pod('avant', {
      args: ['node', 'app/main.ts', 'web'],
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
      readinessProbe: { httpGet: { path: '/readyz', port: 9090 }, periodSeconds: 1 },
      volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }, { name: 'config', mountPath: '/config' }],
    }),
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reads-pods' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }] },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'reads-pods' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reads-pods' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    },
  ];
};

suite('Services and images of the one-node cluster', { skip, timeout: 600_000 }, () => {
  let cluster: Cluster;
  before(async () => {
    assert.equal(problem, undefined);
    cluster = await startCluster();
    const { avant, redis } = await cluster.installImages('avant', 'redis');
    await kubectl(['create', 'namespace', namespace]);
    await kubectl(['apply', '-f', '-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects(avant, redis) }));
    await kubectl(['wait', '--for=condition=Ready', 'pod', '--all', '--timeout=120s']);
  });
  after(async () => {
    await kubectl(['delete', 'namespace', namespace, '--wait=false']);
    await cluster.stop();
  });

  /** Runs kubectl in the namespace; throws with what it said. */
  function kubectl(words: readonly string[], input = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const done = (error: ExecFileException | null, out: string, err: string): void => {
        if (error) reject(new Error(`kubectl ${words.join(' ')}: ${out}${err}`));
        else resolve(out.trim());
      };
      execFile(cluster.kubectl, ['--kubeconfig', cluster.kubeconfig, '--namespace', namespace, ...words], done).stdin?.end(input);
    });
  }
  const inPod = (pod: string, ...command: readonly string[]): Promise<string> => kubectl(['exec', pod, '--', ...command]);
  /** What a program of Node's prints in a pod; `await` may be used. */
  const nodeIn = (pod: string, program: string, ...environment: readonly string[]): Promise<string> =>
    inPod(pod, 'env', ...environment, 'node', '--input-type=module', '-e', program);
  const get = (url: string): string => `console.log(await (await fetch(${JSON.stringify(url)})).text())`;
  const field = (kind: string, name: string, path: string): Promise<string> => kubectl(['get', kind, name, '-o', `jsonpath={${path}}`]);

  test('a pod reaches a Service by its address, and by each of its names', async () => {
    const asked = `asked by ${await field('pod', 'client', '.status.podIP')}`;
    const names = ['server', `server.${namespace}`, `server.${namespace}.svc`, `server.${namespace}.svc.cluster.local`];
    for (const host of [await field('service', 'server', '.spec.clusterIP'), ...names])
      assert.equal(await nodeIn('client', get(`http://${host}/`)), asked, host);
  });

  test('a pod reaches itself through its own Service', async () => {
    assert.match(await nodeIn('server', get('http://server/')), /^asked by /);
  });

  test('a name that no Service has is not found', async () => {
    await assert.rejects(nodeIn('client', get('http://nobody/')), /ENOTFOUND/);
  });

  test('datagrams reach a Service, and come back', async () => {
    const program = `
      const socket = (await import('node:dgram')).createSocket('udp4');
      socket.on('message', (message) => { console.log(String(message)); process.exit(); });
      socket.send('hello', 53, 'server');
      setInterval(() => socket.send('hello', 53, 'server'), 1000);
      setTimeout(() => process.exit(1), 20000);`;
    assert.equal(await nodeIn('client', program), 'echo hello');
  });

  test('a host port is open on the node, and the pod sees who asks', async () => {
    const answer = await (await fetch(`http://${cluster.ingressAddress}:18080/`)).text();
    assert.equal(answer, `asked by ${cluster.ingressAddress.replace(/\.2$/, '.1')}`);
  });

  test('a pod asks the API by its Service, with its own token, and is told what its role allows', async () => {
    const account = '/var/run/secrets/kubernetes.io/serviceaccount';
    const program = (what: string): string => `
      import { readFileSync } from 'node:fs';
      const headers = { authorization: 'Bearer ' + readFileSync('${account}/token', 'utf8') };
      const answer = await fetch('https://kubernetes.default.svc/api/v1/namespaces/${namespace}/${what}', { headers });
      console.log(answer.status, (await answer.json()).items?.length ?? '');`;
    const ca = `NODE_EXTRA_CA_CERTS=${account}/ca.crt`;
    assert.equal(await nodeIn('client', program('pods'), ca), '200 4');
    assert.equal(await nodeIn('client', program('secrets'), ca), '403');
  });

  test('the image has what Avant needs: Node 24, helm 4, unshare and prlimit', async () => {
    assert.match(await inPod('client', 'node', '--version'), /^v24\./);
    assert.match(await inPod('client', 'helm', 'version', '--short'), /^v4\./);
    assert.match(await inPod('client', 'unshare', '--version'), /util-linux/);
    assert.match(await inPod('client', 'prlimit', '--version'), /util-linux/);
  });

  test('it runs as a user that owns nothing, on a root that nobody may write to, and /tmp', async () => {
    assert.match(await inPod('client', 'id'), /^uid=1000\b.* gid=1000\b/);
    await assert.rejects(inPod('client', 'touch', '/avant/app/x'), /Read-only file system/);
    await inPod('client', 'touch', '/tmp/x');
  });

  test('its command avant says how it is used, and holds a checkout against the rules', async () => {
    assert.match(await inPod('client', 'avant', '--help'), /^avant validate/);
    await inPod('client', 'mkdir', '-p', '/tmp/shop/.cloud');
    await assert.rejects(inPod('client', 'avant', 'validate', '/tmp/shop'), /\.cloud/);
  });

  test('as the first process of a container it ends by itself when it is told to', async () => {
    assert.match(await kubectl(['logs', 'avant']), /taking webhooks/);
    await inPod('avant', 'kill', '-TERM', '1');
    await until('the container has ended', async () => (await field('pod', 'avant', '.status.phase')) !== 'Running');
    assert.equal(await field('pod', 'avant', '.status.containerStatuses[0].state.terminated.exitCode'), '0');
  });
});
