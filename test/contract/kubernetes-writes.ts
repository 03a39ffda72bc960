import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, callsTo, freshName, freshNamespace, type KubernetesRig, textAt } from './kubernetes-calls.ts';
import { configMap, deployment, paths } from './kubernetes-objects.ts';

const nobody = '11111111-1111-1111-1111-111111111111';

/** Create, read and update: claims and records live by these. */
export function writeCases(api: () => Calls, rig: () => KubernetesRig): void {
  describe('create, get, update', () => {
    test('create answers 201 with identity; the same name again is a 409', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const made = await calls.post(path, configMap('claim', { owner: 'one' }));
      assert.equal(made.status, 201);
      assert.match(textAt(made.body, 'metadata.uid'), /^[0-9a-f-]{36}$/);
      assert.match(textAt(made.body, 'metadata.resourceVersion'), /^\d+$/);
      assert.match(textAt(made.body, 'metadata.creationTimestamp'), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      assert.equal(at(made.body, 'metadata.generation'), undefined);
      const again = await calls.post(path, configMap('claim', { owner: 'two' }));
      assert.equal(again.status, 409);
      assert.equal(again.body['reason'], 'AlreadyExists');
      assert.deepEqual(again.body['details'], { name: 'claim', kind: 'configmaps' });
      assert.equal(again.body['message'], 'configmaps "claim" already exists');
      assert.equal(textAt((await calls.get(`${path}/claim`)).body, 'data.owner'), 'one');
    });

    test('create by name of a namespace works once', async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls);
      const again = await calls.post('/api/v1/namespaces', { metadata: { name: namespace } });
      assert.deepEqual([again.status, again.body['reason']], [409, 'AlreadyExists']);
      const { body } = await calls.get(paths.namespace(namespace));
      assert.equal(at(body, 'status.phase'), 'Active');
      assert.deepEqual(at(body, 'spec.finalizers'), ['kubernetes']);
      assert.deepEqual(at(body, 'metadata.labels'), { 'kubernetes.io/metadata.name': namespace });
    });

    test('in a namespace that is not there: 404 of the namespace', async () => {
      const calls = api();
      const namespace = freshName();
      for (const answer of [
        await calls.post(paths.configMaps(namespace), configMap('a', {})),
        await calls.apply(`${paths.configMaps(namespace)}/a`, configMap('a', {})),
      ]) {
        assert.deepEqual([answer.status, answer.body['reason']], [404, 'NotFound']);
        assert.deepEqual(answer.body['details'], { name: namespace, kind: 'namespaces' });
      }
    });

    test('what is not there is a 404', async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls);
      const answer = await calls.get(`${paths.deployments(namespace)}/none`);
      assert.deepEqual([answer.status, answer.body['reason']], [404, 'NotFound']);
      assert.deepEqual(answer.body['details'], { name: 'none', group: 'apps', kind: 'deployments' });
      assert.equal(answer.body['message'], 'deployments.apps "none" not found');
      assert.equal((await calls.put(`${paths.configMaps(namespace)}/none`, configMap('none', {}))).status, 404);
    });

    test('update moves by compare-and-swap; without a version it is unconditional', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const first = (await calls.post(path, configMap('record', { n: '1' }))).body;
      const second = await calls.put(`${path}/record`, { ...first, data: { n: '2' } });
      assert.equal(second.status, 200);
      assert.ok(Number(at(second.body, 'metadata.resourceVersion')) > Number(at(first, 'metadata.resourceVersion')));
      const stale = await calls.put(`${path}/record`, { ...first, data: { n: '3' } });
      assert.deepEqual([stale.status, stale.body['reason']], [409, 'Conflict']);
      assert.match(
        textAt(stale.body, 'message'),
        /the object has been modified; please apply your changes to the latest version/,
      );
      assert.equal((await calls.put(`${path}/record`, configMap('record', { n: '4' }))).status, 200);
      assert.deepEqual((await calls.get(`${path}/record`)).body['data'], { n: '4' });
      const foreign = await calls.put(`${path}/record`, configMap('record', { n: '5' }, { uid: nobody }));
      assert.deepEqual([foreign.status, foreign.body['reason']], [409, 'Conflict']);
    });

    test('an update that changes nothing keeps the version', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const first = (await calls.post(path, configMap('record', { n: '1' }))).body;
      const same = await calls.put(`${path}/record`, first);
      assert.equal(at(same.body, 'metadata.resourceVersion'), at(first, 'metadata.resourceVersion'));
    });

    test('an update does not touch identity, status or the time of creation', async (t) => {
      const calls = api();
      const path = paths.deployments(await freshNamespace(t, calls));
      const { body } = await calls.post(path, deployment());
      const forged = { creationTimestamp: '2001-01-01T00:00:00Z', generation: 77 };
      const written = await calls.put(`${path}/foo`, { ...deployment({}, {}, forged), status: { replicas: 99 } });
      assert.equal(written.status, 200);
      assert.equal(at(written.body, 'metadata.creationTimestamp'), at(body, 'metadata.creationTimestamp'));
      assert.notEqual(at(written.body, 'metadata.generation'), 77);
      assert.notEqual(at(written.body, 'status.replicas'), 99);
    });

    test('versions are one counter over all kinds', async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls);
      const one = await calls.post(paths.configMaps(namespace), configMap('a', {}));
      const two = await calls.post(paths.deployments(namespace), deployment());
      const three = await calls.post(paths.configMaps(namespace), configMap('b', {}));
      const versions = [one, two, three].map(({ body }) => Number(at(body, 'metadata.resourceVersion')));
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
      );
      assert.equal(new Set(versions).size, 3);
    });

    test('a body that does not fit its path is refused', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      await calls.post(path, configMap('a', {}));
      assert.equal((await calls.put(`${path}/a`, configMap('b', {}))).status, 400);
      assert.equal((await calls.apply(`${path}/a`, configMap('b', {}))).status, 400);
      assert.equal((await calls.post(path, configMap('c', {}, { namespace: 'default' }))).status, 400);
      assert.equal(
        (await calls.post(path, { apiVersion: 'v1', kind: 'Service', metadata: { name: 'c' } })).status,
        400,
      );
      assert.equal((await calls.post(path, configMap('c', {}, { resourceVersion: '1' }))).status, 500);
      const nameless = await calls.post(path, { metadata: {} });
      assert.deepEqual([nameless.status, at(nameless.body, 'details.causes.0.field')], [422, 'metadata.name']);
    });

    test('a value of the wrong type is refused', async (t) => {
      const calls = api();
      const namespace = await freshNamespace(t, calls);
      assert.equal((await calls.post(paths.configMaps(namespace), configMap('a', { n: 1 }))).status, 400);
      assert.equal(
        (await calls.post(paths.configMaps(namespace), configMap('a', {}, { labels: { l: true } }))).status,
        400,
      );
      assert.equal(
        (await calls.post(paths.deployments(namespace), deployment({ env: [{ name: 'PORT', value: 80 }] }))).status,
        400,
      );
    });

    test('a merge patch changes what it names, null takes a field out', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      await calls.post(path, configMap('a', { x: '1', y: '2' }, { labels: { l: '1' } }));
      const patched = await calls.merge(`${path}/a`, { data: { x: null, z: '3' } });
      assert.equal(patched.status, 200);
      assert.deepEqual(patched.body['data'], { y: '2', z: '3' });
      assert.deepEqual(at(patched.body, 'metadata.labels'), { l: '1' });
    });

    test('a wrong token is a 401', async () => {
      const stranger = callsTo({ ...rig(), headers: { authorization: 'Bearer wrong' } });
      const answer = await stranger.get('/api/v1/namespaces');
      assert.deepEqual([answer.status, answer.body['reason']], [401, 'Unauthorized']);
    });
  });
}
