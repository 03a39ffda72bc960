import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { request } from 'undici';
import { type SandboxEdge, startEdge } from '../../sandbox/edge/server.ts';
import { type SandboxKubernetes, startKubernetes } from '../../sandbox/kubernetes/server.ts';
import { createRegistry, type SandboxRegistry } from '../../sandbox/registry.ts';
import { partImage, webRoot } from '../../sandbox/registry-images.ts';
import {
  at,
  type Calls,
  callsTo,
  eventually,
  freshName,
  items,
  textAt,
  type Tree,
} from '../contract/kubernetes-calls.ts';
import { configMap, deployment, ingress, job, paths, pod, secret, service } from '../contract/kubernetes-objects.ts';

const sha = 'a'.repeat(40);
const page = '<p><!--#echo var="TENANT" --></p>';
const login = { username: 'm6', password: 'open sesame' };

let kubernetes: SandboxKubernetes;
let edge: SandboxEdge;
let registry: SandboxRegistry;
let calls: Calls;

before(async () => {
  const repository = {
    nodeId: 'R_1',
    name: 'foo',
    owner: { login: 'm6' },
    commits: new Set([sha]),
    branches: new Map([['main', sha]]),
    defaultBranch: 'main',
  };
  // Of a repository the registry looks at no more than this.
  const commits = {
    repositories: () => [repository],
    fileAt: (_of: unknown, _at: string, file: string) => (file === 'index.html' ? page : undefined),
  };
  registry = createRegistry(commits as unknown as Parameters<typeof createRegistry>[0], { lineMs: 2 });
  kubernetes = await startKubernetes({
    port: 0,
    pull: registry.pull,
    namespaceDeletionDelayMs: 50,
    stepMs: 2,
    backOffMs: 50,
    secondMs: 20,
  });
  edge = await startEdge({ port: 0, ingressClass: 'contract', kubernetes });
  calls = callsTo({ baseUrl: kubernetes.url, headers: { authorization: `Bearer ${kubernetes.token}` } });
});
after(async () => {
  await edge.close();
  await kubernetes.close();
});

const visit = async (host: string, path = '/'): Promise<{ status: number; text: string }> => {
  const response = await request(edge.url + path, { headers: { host } });
  return { status: response.statusCode, text: await response.body.text() };
};

async function newNamespace(): Promise<string> {
  const name = freshName();
  await calls.post('/api/v1/namespaces', { metadata: { name } });
  return name;
}

async function applied(path: string, body: Tree): Promise<void> {
  const answer = await calls.apply(`${path}/${textAt(body, 'metadata.name')}`, body);
  assert.ok(answer.status < 300, answer.text);
}

/** An app of a project: its Deployment and the Service in front of it. */
async function app(namespace: string, part: string, container: Tree, port: Tree): Promise<void> {
  const labels = { app: part };
  const body = deployment({
    ...container,
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1 },
  });
  const spec = at(body, 'spec.template.spec');
  await applied(paths.deployments(namespace), {
    ...body,
    metadata: { name: part },
    spec: { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
  });
  await applied(paths.services(namespace), service(port, { selector: labels }, { name: part }));
}

const waiting = 'status.containerStatuses.0.state.waiting';

describe('a project of two apps', () => {
  test('waits for its images, which are there once they are pushed, and shows what each is', async () => {
    const namespace = await newNamespace();
    const env = [
      { name: 'TENANT', value: 'fr' },
      { name: 'DATABASE_PASSWORD', value: 'hidden' },
      { name: 'MARKUP', value: '<b>' },
    ];
    const ports = [
      { name: 'metrics', containerPort: 9090 },
      { name: 'http', containerPort: 8080 },
    ];
    await app(
      namespace,
      'api',
      { image: `registry.localhost/m6/baz-api:${sha}`, env, ports },
      { name: 'web', port: 80, targetPort: 'http' },
    );
    await app(
      namespace,
      'front',
      { image: `registry.localhost/m6/baz-front:${sha}`, env, ports },
      { name: 'web', port: 8000, targetPort: 8080 },
    );
    const host = `${namespace}.example.com`;
    const to = (name: string, port: Tree): Tree => ({ backend: { service: { name, port } } });
    await applied(
      paths.ingresses(namespace),
      ingress(
        host,
        { path: '/api', ...to('api', { name: 'web' }) },
        { name: 'api', annotations: { 'kubernetes.io/ingress.class': 'contract' } },
      ),
    );
    await applied(
      paths.ingresses(namespace),
      ingress(host, to('front', { number: 8000 }), {
        name: 'front',
        annotations: { 'kubernetes.io/ingress.class': 'contract' },
      }),
    );
    await eventually(
      async () => items(await calls.get(paths.pods(namespace))),
      (found) => found.length === 2 && found.every((one) => textAt(one, waiting).includes('not found')),
    );
    assert.equal((await visit(host)).status, 503);
    for (const part of ['api', 'front'])
      registry.push(`m6/baz-${part}`, sha, partImage({ part, sha, text: 'built by the pipeline' }));
    const front = await eventually(
      () => visit(host),
      ({ status }) => status === 200,
    );
    assert.match(front.text, /<h1>front<\/h1>.*built by the pipeline.*<b>fr<\/b>/s);
    assert.match(front.text, /DATABASE_PASSWORD<td>\(set\)/);
    assert.match(front.text, /MARKUP<td>&lt;b&gt;/);
    const api = await eventually(
      () => visit(host, '/api/users'),
      ({ status }) => status === 200,
    );
    assert.match(api.text, /<h1>api<\/h1>.*<b>\/api\/users<\/b>/s);
    assert.match((await visit(host, '/apis')).text, /<h1>front/);
  });

  test('runs its migration to the end, good or bad', async () => {
    const namespace = await newNamespace();
    const image = 'registry.localhost/tools/migrate:1';
    const variables = (more: Tree[]): Tree => ({
      image,
      args: ['up', '--to=$(LAST)'],
      env: [{ name: 'LAST', value: '3' }, ...more],
    });
    await applied(paths.jobs(namespace), job('good', variables([]), { backoffLimit: 0 }));
    await applied(
      paths.jobs(namespace),
      job('bad', variables([{ name: 'FAIL', value: 'no such table' }]), { backoffLimit: 0 }),
    );
    const log = async (name: string): Promise<string> => {
      const [found] = items(await calls.get(`${paths.pods(namespace)}?labelSelector=job-name%3D${name}`));
      return (await calls.get(`${paths.pods(namespace)}/${textAt(found, 'metadata.name')}/log`)).text;
    };
    const done = (name: string) =>
      eventually(
        () => calls.get(`${paths.jobs(namespace)}/${name}`),
        ({ body }) => /"(Complete|Failed)"/.test(textAt(body, 'status.conditions')),
      );
    assert.equal(at((await done('good')).body, 'status.succeeded'), 1);
    assert.match(await log('good'), /^migrate up --to=3\n.*3 migrations applied\n$/s);
    assert.equal(at((await done('bad')).body, 'status.failed'), 1);
    assert.match(await log('bad'), /ERROR no such table\n$/);
  });
});

describe('images', () => {
  const running = (namespace: string, name: string) =>
    eventually(
      () => calls.get(`${paths.pods(namespace)}/${name}`),
      ({ body }) => at(body, 'status.containerStatuses.0.ready') === true,
    );

  test('of a commit by tag or digest; a file that a ConfigMap brings goes before the commit', async () => {
    const namespace = await newNamespace();
    const digest = registry.manifest('m6/foo', sha)?.digest ?? '';
    const ports = [{ name: 'http', containerPort: 8080 }];
    await applied(paths.configMaps(namespace), configMap('pages', { 'index.html': 'from the map' }));
    const volumes = [{ name: 'pages', configMap: { name: 'pages' } }];
    const env = [{ name: 'TENANT', value: 'be' }];
    const labelled = (name: string, body: Tree): Tree => ({ ...body, metadata: { name, labels: { app: name } } });
    const made = [
      await calls.post(
        paths.pods(namespace),
        labelled('pinned', pod('pinned', { image: `registry.localhost/m6/foo:${sha}@${digest}`, ports, env })),
      ),
      await calls.post(
        paths.pods(namespace),
        labelled(
          'mapped',
          pod(
            'mapped',
            { image: 'registry.localhost/m6/foo:main', ports, volumeMounts: [{ name: 'pages', mountPath: webRoot }] },
            { volumes },
          ),
        ),
      ),
    ];
    assert.deepEqual(
      made.map(({ status }) => status),
      [201, 201],
    );
    for (const [name, text] of [
      ['pinned', '<p>be</p>'],
      ['mapped', 'from the map'],
    ] as const) {
      await running(namespace, name);
      await applied(paths.services(namespace), service({}, { selector: { app: name } }, { name }));
      const backend = { service: { name, port: { name: 'nginx' } } };
      await applied(
        paths.ingresses(namespace),
        ingress(
          `${name}.${namespace}`,
          { backend },
          { name, annotations: { 'kubernetes.io/ingress.class': 'contract' } },
        ),
      );
      assert.equal((await visit(`${name}.${namespace}`)).text, text);
    }
    // As in a real one, a change of the map comes through by itself.
    await applied(paths.configMaps(namespace), configMap('pages', { 'index.html': 'changed' }));
    assert.equal((await visit(`mapped.${namespace}`)).text, 'changed');
  });

  test('behind a login are pulled with the imagePullSecret of that registry', async () => {
    const namespace = await newNamespace();
    registry.requireLogin('m6/closed', login);
    registry.push('m6/closed/app', '1', partImage({ part: 'closed', sha }));
    const image = 'registry.localhost/m6/closed/app:1';
    const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
    const config = (host: string): string => JSON.stringify({ auths: { [host]: { auth } } });
    const type = 'kubernetes.io/dockerconfigjson';
    await applied(
      paths.secrets(namespace),
      secret('right', { '.dockerconfigjson': config('registry.localhost') }, { type }),
    );
    await applied(
      paths.secrets(namespace),
      secret('elsewhere', { '.dockerconfigjson': config('other.localhost') }, { type }),
    );
    for (const name of ['right', 'elsewhere'])
      await calls.post(paths.pods(namespace), pod(name, { image }, { imagePullSecrets: [{ name }] }));
    await running(namespace, 'right');
    const refused = await eventually(
      () => calls.get(`${paths.pods(namespace)}/elsewhere`),
      ({ body }) => textAt(body, waiting).includes('ErrImagePull'),
    );
    assert.match(textAt(refused.body, `${waiting}.message`), /no basic auth credentials/);
  });
});

describe('a namespace that goes', () => {
  test('takes all its kinds along, claims and Jobs too', async () => {
    const namespace = await newNamespace();
    const image = 'registry.localhost/tools/migrate:1';
    await eventually(
      () => calls.apply(`${paths.jobs(namespace)}/a`, job('a', { image })),
      ({ status }) => status < 300,
    );
    await applied(paths.secrets(namespace), secret('s', { x: '1' }));
    await calls.apply(`${paths.claims(namespace)}/c`, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'c' },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    });
    await calls.remove(paths.namespace(namespace));
    await eventually(
      () => calls.get(paths.namespace(namespace)),
      ({ status }) => status === 404,
    );
    for (const list of [paths.jobs, paths.pods, paths.secrets, paths.claims, paths.serviceAccounts])
      assert.deepEqual(items(await calls.get(list(namespace))), []);
  });
});
