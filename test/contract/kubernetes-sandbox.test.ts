import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { type SandboxEdge, startEdge } from '../../sandbox/edge/server.ts';
import type { Container, Image } from '../../sandbox/kubernetes/containers.ts';
import { type SandboxKubernetes, startKubernetes } from '../../sandbox/kubernetes/server.ts';
import { at, type Calls, callsTo, eventually, freshName, items, textAt, type Tree } from './kubernetes-calls.ts';
import { deployment, ingress, paths, service } from './kubernetes-objects.ts';

/** Images of these tests; a test puts in what it needs. */
const images = new Map<string, (env: Record<string, string>) => Container>();
const pull = (name: string): Promise<Image | undefined> => {
  if (name === 'localhost/broken:1') return Promise.reject(new Error('registry away'));
  const start = images.get(name);
  return Promise.resolve(start && { start });
};

let kubernetes: SandboxKubernetes;
let edge: SandboxEdge;
let calls: Calls;

before(async () => {
  kubernetes = await startKubernetes({ port: 0, pull, namespaceDeletionDelayMs: 50, backOffMs: 100, secondMs: 50 });
  edge = await startEdge({ port: 0, ingressClass: 'contract', kubernetes });
  calls = callsTo({ baseUrl: kubernetes.url, headers: { authorization: `Bearer ${kubernetes.token}` } });
});
after(async () => {
  await edge.close();
  await kubernetes.close();
});

/** Deploys an app behind a Service and an Ingress; returns its namespace and host. */
async function deploy(
  start: (env: Record<string, string>) => Container,
  container: Tree = {},
): Promise<{ namespace: string; host: string }> {
  const namespace = freshName();
  const image = `localhost/${namespace}:1`;
  images.set(image, start);
  const host = `${namespace}.example.com`;
  const ports = [{ name: 'http', containerPort: 8080 }];
  const readinessProbe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 };
  await calls.post('/api/v1/namespaces', { metadata: { name: namespace } });
  await calls.apply(`${paths.services(namespace)}/foo-service`, service());
  await calls.apply(`${paths.ingresses(namespace)}/foo`, ingress(host));
  const body = deployment({ image, ports, readinessProbe, ...container }, { replicas: 1 });
  const { status, text } = await calls.apply(`${paths.deployments(namespace)}/foo`, body);
  assert.equal(status, 201, text);
  return { namespace, host };
}

const visit = async (host: string, path = '/'): Promise<{ status: number; text: string }> => {
  const response = await request(edge.url + path, { headers: { host } });
  return { status: response.statusCode, text: await response.body.text() };
};

const pod = async (namespace: string): Promise<Tree> => items(await calls.get(paths.pods(namespace)))[0] ?? {};

describe('the sandbox runs what is deployed', () => {
  test('the container gets its env, the edge the container; a new version replaces the old', async () => {
    const serve = (env: Record<string, string>): Container => ({
      serve: (_request, response) => response.end(`tenant ${env['TENANT'] ?? ''}`),
      logs: () => ['one', 'two', 'three'],
    });
    const { namespace, host } = await deploy(serve, { env: [{ name: 'TENANT', value: 'fr' }] });
    await eventually(
      () => visit(host),
      ({ text }) => text === 'tenant fr',
    );
    const name = textAt(await pod(namespace), 'metadata.name');
    assert.equal((await calls.get(`${paths.pods(namespace)}/${name}/log?tailLines=2`)).text, 'two\nthree\n');
    assert.equal((await calls.get(`${paths.pods(namespace)}/${name}/log?tailLines=2&limitBytes=6`)).text, 'two\nth');
    const next = deployment(
      {
        image: `localhost/${namespace}:1`,
        env: [{ name: 'TENANT', value: 'be' }],
        ports: [{ name: 'http', containerPort: 8080 }],
      },
      { replicas: 1 },
    );
    await calls.apply(`${paths.deployments(namespace)}/foo`, next);
    // Never without an answer in between.
    const seen = await eventually(
      () => visit(host),
      ({ status, text }) => status !== 200 || text === 'tenant be',
    );
    assert.deepEqual(seen, { status: 200, text: 'tenant be' });
    await calls.remove(paths.namespace(namespace));
    await eventually(
      () => visit(host),
      ({ status }) => status === 404,
    );
  });

  test('a container that fails its probe is not ready: 503 until it passes', async () => {
    let healthy = false;
    const { namespace, host } = await deploy(() => ({
      serve: (_request, response) => response.writeHead(healthy ? 200 : 500).end('here'),
      logs: () => [],
    }));
    await eventually(
      () => pod(namespace),
      (found) => at(found, 'status.phase') === 'Running',
    );
    assert.equal((await visit(host)).status, 503);
    healthy = true;
    await eventually(
      () => visit(host),
      ({ text }) => text === 'here',
    );
    healthy = false;
    await eventually(
      () => visit(host),
      ({ status }) => status === 503,
    );
  });

  test('a crash shows its code and reason, and the logs of the run before', async () => {
    let runs = 0;
    const { namespace } = await deploy(() => {
      const run = `run ${(runs += 1)}`;
      return { exit: { code: 137, reason: 'OOMKilled' }, logs: () => [run] };
    });
    const found = await eventually(
      () => pod(namespace),
      (one) => Number(at(one, 'status.containerStatuses.0.restartCount')) >= 2,
    );
    const { exitCode, reason } = at(found, 'status.containerStatuses.0.lastState.terminated') as Tree;
    assert.deepEqual([exitCode, reason], [137, 'OOMKilled']);
    const logs = await calls.get(`${paths.pods(namespace)}/${textAt(found, 'metadata.name')}/log?previous=true`);
    assert.match(logs.text, /^run \d+\n$/);
  });

  test('a registry that fails shows its words; an image that comes later is taken', async () => {
    const namespace = freshName();
    await calls.post('/api/v1/namespaces', { metadata: { name: namespace } });
    await calls.apply(
      `${paths.deployments(namespace)}/foo`,
      deployment({ image: 'localhost/broken:1' }, { replicas: 1 }),
    );
    const message = 'status.containerStatuses.0.state.waiting.message';
    await eventually(
      () => pod(namespace),
      (found) => textAt(found, message).includes('registry away'),
    );
    await calls.apply(
      `${paths.deployments(namespace)}/foo`,
      deployment({ image: 'localhost/late:1' }, { replicas: 1 }),
    );
    const reason = 'status.containerStatuses.0.state.waiting.reason';
    const waits = (answer: Tree[]): boolean =>
      answer.some((one) => textAt(one, reason) === 'ImagePullBackOff' && textAt(one, message).includes('late'));
    await eventually(async () => items(await calls.get(paths.pods(namespace))), waits);
    images.set('localhost/late:1', () => ({ serve: (_request, response) => response.end(), logs: () => [] }));
    await eventually(
      () => calls.get(`${paths.deployments(namespace)}/foo`),
      ({ body }) => at(body, 'status.readyReplicas') === 1,
    );
  });

  test('quota and place can be taken away and given back', async () => {
    const namespace = freshName();
    images.set('localhost/plain:1', () => ({ serve: (_request, response) => response.end(), logs: () => [] }));
    kubernetes.trouble.overQuota.add(namespace);
    kubernetes.trouble.unschedulable.add(namespace);
    await calls.post('/api/v1/namespaces', { metadata: { name: namespace } });
    await calls.apply(
      `${paths.deployments(namespace)}/foo`,
      deployment({ image: 'localhost/plain:1' }, { replicas: 1 }),
    );
    const conditions = async (): Promise<string> =>
      textAt((await calls.get(`${paths.deployments(namespace)}/foo`)).body, 'status.conditions');
    await eventually(conditions, (text) => text.includes('exceeded quota'));
    kubernetes.trouble.overQuota.delete(namespace);
    await eventually(
      () => pod(namespace),
      (found) => textAt(found, 'status.conditions').includes('Unschedulable'),
    );
    kubernetes.trouble.unschedulable.delete(namespace);
    await eventually(
      () => calls.get(`${paths.deployments(namespace)}/foo`),
      ({ body }) => at(body, 'status.readyReplicas') === 1,
    );
    assert.doesNotMatch(await conditions(), /exceeded quota/);
  });
});

describe('the edge', () => {
  test('keeps Host, streams the body both ways, and says who asked', async () => {
    const { host } = await deploy(() => ({
      serve(incoming, response) {
        response.setHeader('x-host', incoming.headers.host ?? '');
        response.setHeader('x-for', String(incoming.headers['x-forwarded-for']));
        incoming.pipe(response);
      },
      logs: () => [],
    }));
    await eventually(
      () => visit(host),
      ({ status }) => status === 200,
    );
    const body = 'x'.repeat(1_000_000);
    const response = await request(`${edge.url}/upload`, { method: 'POST', body, headers: { host: `${host}:8080` } });
    assert.equal(await response.body.text(), body);
    assert.equal(response.headers['x-host'], `${host}:8080`);
    assert.equal(response.headers['x-for'], '127.0.0.1');
  });

  test('survives a container that throws and a path that is no path', async () => {
    let failing = false;
    const { host } = await deploy(() => ({
      serve(_request, response) {
        if (failing) throw new Error('no');
        response.end('fine');
      },
      logs: () => [],
    }));
    await eventually(
      () => visit(host),
      ({ status }) => status === 200,
    );
    failing = true;
    assert.equal((await visit(host)).status, 502);
    failing = false;
    assert.equal((await visit(host, '//')).status, 200);
    assert.deepEqual(await visit('unknown.example.com'), { status: 404, text: 'default backend - 404\n' });
  });

  test('says so when its port is taken', async () => {
    await assert.rejects(
      startEdge({ port: edge.port, ingressClass: 'contract', kubernetes }),
      /edge cannot listen on 127\.0\.0\.1:\d+/,
    );
    await assert.rejects(
      startKubernetes({ port: kubernetes.port, pull }),
      /Kubernetes API cannot listen on 127\.0\.0\.1:\d+/,
    );
  });
});
