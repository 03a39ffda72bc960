import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { request } from 'undici';
import {
  type Calls,
  callsTo,
  eventually,
  freshName,
  type KubernetesRig,
  patienceMs,
  runName,
  type Tree,
} from './kubernetes-calls.ts';
import { deployment, ingress, paths, service } from './kubernetes-objects.ts';

/** An edge under test: the API whose Ingresses it routes, where it listens, and the class it serves. */
export type EdgeRig = { readonly api: KubernetesRig; readonly url: string; readonly ingressClass: string };

type Reply = { readonly status: number; readonly text: string };

/** A path at which the `web` image answers `tenant=…`, besides `/`. */
const page = '/cgi-bin/index.cgi';

/** Registers the routing cases for the edge that `rig` returns once the tests run. All of them look at one set of objects. */
export function edgeCases(rig: () => EdgeRig): void {
  const zone = `${freshName()}.example.com`;
  const ask = async (name: string, path = '/'): Promise<Reply> => {
    // A connection of its own: one that is kept may be closed when HAProxy is reloaded.
    const response = await request(rig().url + path, { headers: { host: `${name}.${zone}` }, reset: true });
    return { status: response.statusCode, text: await response.body.text() };
  };
  const answers = async (name: string, tenant: string, path = '/'): Promise<void> => {
    const reply = await ask(name, path);
    assert.equal(reply.status, 200, reply.text);
    assert.match(reply.text, new RegExp(`tenant=${tenant}\\b`));
  };
  const refuses = async (name: string, status: number, path = '/'): Promise<void> => {
    assert.equal((await ask(name, path)).status, status);
  };

  describe('routing', () => {
    before(() => setUp(rig(), zone, ask), { timeout: 2 * patienceMs });

    test('a port by name or by number', async () => {
      await answers('name', 'one');
      await answers('number', 'one');
      await answers('target-number', 'two');
    });
    test('the host without its port, in any case', async () => {
      await answers('NAME', 'one');
      const { statusCode } = await request(rig().url, { headers: { host: `name.${zone}:8080` }, reset: true });
      assert.equal(statusCode, 200);
    });
    test('an unknown host is a 404', () => refuses('unknown', 404));
    test('a Service or port that is not there is a 404', async () => {
      await refuses('no-service', 404);
      await refuses('no-port-name', 404);
      await refuses('no-port-number', 404);
    });
    test('a Service without ready pods is a 503', async () => {
      await refuses('no-pods', 503);
      await refuses('no-target', 503);
    });
    test('of two Ingresses for one host the older wins, whatever their names', () => answers('twice', 'two'));
    test('only Ingresses of the class, by annotation or by spec', async () => {
      await refuses('other-class', 404);
      await refuses('no-class', 404);
      await answers('spec-class', 'one');
    });
    test('Exact is the path alone', async () => {
      await answers('exact', 'one', page);
      await answers('exact', 'one', `${page}?x=1`);
      await refuses('exact', 404, `${page}/more`);
      await refuses('exact', 404);
    });
    test('Prefix goes by path elements', async () => {
      await answers('prefix', 'one', page);
      await refuses('prefix', 404, '/cgi-binary');
      await refuses('half-prefix', 404, page);
      await answers('slash-prefix', 'one', page);
    });
    test('the longer path wins', async () => {
      await answers('longer', 'one');
      await answers('longer', 'two', page);
    });
    test('a wildcard stands for one label, a name of its own goes before it', async () => {
      await answers('any.wild', 'one');
      await answers('own.wild', 'two');
      await refuses('a.b.wild', 404);
      await refuses('wild', 404);
    });
    test('without its Ingress a host is a 404 again', async () => {
      await answers('short', 'one');
      await callsTo(rig().api).remove(`${paths.ingresses(namespacesOf(zone).one)}/short`);
      await eventually(
        () => ask('short'),
        ({ status }) => status === 404,
      );
    });
  });
}

function namespacesOf(zone: string): { one: string; two: string } {
  const [run = ''] = zone.split('.');
  return { one: `${run}-one`, two: `${run}-two` };
}

async function setUp(
  { api, ingressClass }: EdgeRig,
  zone: string,
  ask: (name: string) => Promise<Reply>,
): Promise<void> {
  const calls = callsTo(api);
  const image = `localhost/${zone.split('.')[0] ?? ''}:1`;
  await api.image?.(image, 'web');
  const { one, two } = namespacesOf(zone);
  for (const namespace of [one, two])
    assert.equal((await calls.post('/api/v1/namespaces', { metadata: { name: namespace } })).status, 201);
  await run(calls, one, 'one', image);
  await run(calls, two, 'two', image);
  const applied = async (path: string, body: Tree): Promise<void> => {
    const answer = await calls.apply(`${path}/${String((body['metadata'] as Tree)['name'])}`, body);
    assert.equal(answer.status, 201, answer.text);
  };
  await applied(paths.services(one), service());
  await applied(paths.services(two), service({ port: 8000, targetPort: 8080 }));
  await applied(paths.services(one), service({}, { selector: { app: 'nobody' } }, { name: 'no-pods' }));
  await applied(paths.services(one), service({ targetPort: 'other' }, {}, { name: 'no-target' }));
  const annotations = { 'kubernetes.io/ingress.class': ingressClass };
  const route = (name: string, path: Tree = {}, namespace = one, metadata: Tree = { annotations }): Promise<void> =>
    applied(paths.ingresses(namespace), ingress(`${name}.${zone}`, path, { name, ...metadata }));
  const to = (name: string, port: Tree): Tree => ({ backend: { service: { name, port } } });
  // The older one first; a creation time has whole seconds.
  await applied(paths.ingresses(two), ingress(`twice.${zone}`, {}, { name: 'z-older', annotations }));
  const made = new Date().toISOString().slice(0, 19);
  await eventually(
    () => Promise.resolve(new Date().toISOString()),
    (now) => now.slice(0, 19) > made,
  );
  await applied(paths.ingresses(one), ingress(`twice.${zone}`, {}, { name: 'a-younger', annotations }));
  await route('name');
  await route('number', to('foo-service', { number: 80 }));
  await route('target-number', {}, two);
  await route('no-service', to('missing', { name: 'nginx' }));
  await route('no-port-name', to('foo-service', { name: 'other' }));
  await route('no-port-number', to('foo-service', { number: 8080 }));
  await route('no-pods', to('no-pods', { name: 'nginx' }));
  await route('no-target', to('no-target', { name: 'nginx' }));
  await route('other-class', {}, one, { annotations: { 'kubernetes.io/ingress.class': 'other' } });
  await route('no-class', {}, one, { annotations: {} });
  const bySpec = ingress(`spec-class.${zone}`, {}, { name: 'spec-class', annotations: {} });
  await applied(paths.ingresses(one), {
    ...bySpec,
    spec: { ...(bySpec['spec'] as Tree), ingressClassName: ingressClass },
  });
  await route('exact', { path: page, pathType: 'Exact' });
  await route('prefix', { path: '/cgi-bin' });
  await route('half-prefix', { path: '/cgi' });
  await route('slash-prefix', { path: '/cgi-bin/' });
  await applied(paths.ingresses(one), ingress(`longer.${zone}`, {}, { name: 'longer', annotations }));
  await applied(paths.ingresses(two), ingress(`longer.${zone}`, { path: '/cgi-bin' }, { name: 'longer', annotations }));
  await applied(paths.ingresses(one), ingress(`*.wild.${zone}`, {}, { name: 'wild', annotations }));
  await applied(paths.ingresses(two), ingress(`own.wild.${zone}`, {}, { name: 'own', annotations }));
  await route('short');
  // The edge takes up Ingresses in batches: once the last one and both Services answer, all before it are there.
  await route('last');
  for (const name of ['last', 'target-number'])
    await eventually(
      () => ask(name),
      ({ status }) => status === 200,
    );
  // But Services come by a way of their own.
  for (const name of ['no-pods', 'no-target'])
    await eventually(
      () => ask(name),
      ({ status }) => status === 503,
    );
}

async function run(calls: Calls, namespace: string, tenant: string, image: string): Promise<void> {
  const probe = { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 };
  const container = {
    image,
    env: [{ name: 'TENANT', value: tenant }],
    ports: [{ name: 'http', containerPort: 8080 }],
    readinessProbe: probe,
  };
  const { status, text } = await calls.apply(
    `${paths.deployments(namespace)}/foo`,
    deployment(container, { replicas: 1 }),
  );
  assert.equal(status, 201, text);
}

/** Deletes what the cases made. */
export async function tearDownEdge({ api }: EdgeRig): Promise<void> {
  const calls = callsTo(api);
  const found = (await calls.get('/api/v1/namespaces')).body['items'] as { metadata: { name: string } }[];
  const mine = found.filter(({ metadata }) => metadata.name.startsWith(`${runName}-`));
  for (const { metadata } of mine) await calls.remove(paths.namespace(metadata.name));
}
