import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { type SandboxKubernetes, startKubernetes } from '../../sandbox/kubernetes/server.ts';
import { type Calls, callsTo, eventually, textAt } from './kubernetes-calls.ts';
import { configMap, job, paths } from './kubernetes-objects.ts';

let kubernetes: SandboxKubernetes;
let calls: Calls;
const pull = (): Promise<undefined> => Promise.resolve(undefined);

before(async () => {
  kubernetes = await startKubernetes({ port: 0, pull });
  calls = callsTo({ baseUrl: kubernetes.url, headers: { authorization: `Bearer ${kubernetes.token}` } });
});
after(() => kubernetes.close());

describe('the API of the sandbox', () => {
  test('answers 501 as a Status for what Avant does not use', async () => {
    const path = paths.configMaps('default');
    for (const answer of [
      await calls.get('/api/v1/events'),
      await calls.get('/apis/rbac.authorization.k8s.io/v1/clusterroles'),
      await calls.apply(`${paths.pods('default')}/a`, { metadata: { name: 'a' } }),
      await calls.get(`${paths.deployments('default')}/foo/scale`),
      await calls.remove(path),
      await calls.post(paths.jobs('default'), job('a', {}, { completionMode: 'Indexed', completions: 2 })),
      await calls.post(`${path}?dryRun=All`, configMap('a', {})),
      await calls.apply(`${path}/a`, configMap('a', {}), 'fieldManager=avant'),
      await calls.get(`${path}?resourceVersion=1&resourceVersionMatch=Exact`),
    ]) {
      assert.deepEqual(
        [answer.status, answer.body['kind'], answer.body['reason']],
        [501, 'Status', 'NotImplemented'],
        answer.text,
      );
    }
  });

  test('wants its token; only kubectl, which sends none over plain HTTP, gets in without', async () => {
    const stranger = (agent: string): Calls => callsTo({ baseUrl: kubernetes.url, headers: { 'user-agent': agent } });
    assert.equal((await stranger('avant').get('/api/v1/namespaces')).status, 401);
    assert.equal((await stranger('kubectl/v1.36.1').get('/api/v1/namespaces')).status, 200);
  });

  test('has a kubeconfig with which the client library gets through', async () => {
    const config = new KubeConfig();
    config.loadFromString(kubernetes.kubeconfig);
    const { items: found } = await config.makeApiClient(CoreV1Api).listNamespace();
    assert.ok(found.some(({ metadata }) => metadata?.name === 'default'));
  });

  test('logs every request with its verb and status', async () => {
    kubernetes.requests.clear();
    const path = paths.configMaps('default');
    await calls.get(`${path}?labelSelector=none`);
    await calls.get(`${path}/none`);
    await calls.apply(`${path}/logged`, configMap('logged', {}));
    const seen = kubernetes.requests.list().map(({ verb, resource, status }) => `${verb} ${resource} ${status}`);
    assert.deepEqual(seen, ['list configmaps 200', 'get configmaps 404', 'apply configmaps 201']);
    assert.deepEqual(kubernetes.requests.counts(), {
      'apply configmaps': 1,
      'get configmaps': 1,
      'list configmaps': 1,
    });
  });

  test('faults: an answer, a cut, an answer lost after its effect, a wait', async () => {
    const path = paths.configMaps('default');
    const { faults } = kubernetes;
    faults.set({ match: ({ verb }) => verb === 'list', times: 1, respond: { status: 503, body: 'away' } });
    assert.equal((await calls.get(path)).status, 503);
    assert.equal((await calls.get(path)).status, 200);
    const remove = faults.set({ match: ({ resource }) => resource === 'configmaps', respond: 'reset' });
    await assert.rejects(calls.post(path, configMap('cut', {})));
    remove();
    assert.equal((await calls.get(`${path}/cut`)).status, 404);
    faults.set({ times: 1, respond: 'answer-lost' });
    await assert.rejects(calls.post(path, configMap('lost', {})));
    assert.equal((await calls.get(`${path}/lost`)).status, 200);
    const { promise, resolve } = Promise.withResolvers<undefined>();
    faults.set({ match: ({ path: asked }) => asked.endsWith('limit=1'), respond: { until: promise } });
    const waiting = calls.get(`${path}?limit=1`);
    assert.equal((await calls.get(path)).status, 200);
    resolve(undefined);
    assert.equal((await waiting).status, 200);
    faults.clear();
  });

  test('watches can be cut, and left open without a word', async () => {
    const path = paths.configMaps('default');
    const cut = await calls.watch(`${path}?watch=1`);
    await cut.until((events) => events.length > 0);
    kubernetes.watches.cut();
    await assert.rejects(cut.until(() => false));
    await eventually(
      () => Promise.resolve(kubernetes.watches.open()),
      (open) => open === 0,
    );
    const frozen = await calls.watch(`${path}?watch=1&resourceVersion=${kubernetes.store.revision()}`);
    kubernetes.watches.freeze();
    const other = await calls.watch(`${path}?watch=1&resourceVersion=${kubernetes.store.revision()}`);
    await calls.post(path, configMap('unseen', {}));
    await other.until((events) => events.some(({ object }) => textAt(object, 'metadata.name') === 'unseen'));
    frozen.stop();
    other.stop();
    await assert.rejects(frozen.until(() => false));
  });

  test('close ends open watches and hanging requests', async () => {
    const own = await startKubernetes({ port: 0, pull });
    const mine = callsTo({ baseUrl: own.url, headers: { authorization: `Bearer ${own.token}` } });
    const watch = await mine.watch('/api/v1/namespaces?watch=1');
    own.faults.set({ respond: 'hang' });
    const hanging = assert.rejects(mine.get('/api/v1/namespaces'));
    await eventually(
      () => Promise.resolve(own.requests.list().length),
      (count) => count === 2,
    );
    await own.close();
    await hanging;
    await assert.rejects(watch.until(() => false));
  });
});
