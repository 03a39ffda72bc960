import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, eventually, freshName, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { configMap, deployment, ingress, paths, service } from './kubernetes-objects.ts';

const nobody = '11111111-1111-1111-1111-111111111111';

/** Deletes are fenced by uid and resourceVersion; a namespace takes its time. */
export function deleteCases(api: () => Calls): void {
  describe('delete', () => {
    objectCases(api);
    namespaceCases(api);
  });
}

function objectCases(api: () => Calls): void {
  test('a precondition on uid or version that does not hold is a 409', async (t) => {
    const calls = api();
    const path = paths.configMaps(await freshNamespace(t, calls));
    const { body } = await calls.post(path, configMap('a', {}));
    const { uid, resourceVersion } = body['metadata'] as Tree;
    for (const preconditions of [
      { uid: nobody },
      { resourceVersion: '1' },
      { uid, resourceVersion: '1' },
      { uid: nobody, resourceVersion },
    ]) {
      const answer = await calls.remove(`${path}/a`, { apiVersion: 'v1', kind: 'DeleteOptions', preconditions });
      assert.deepEqual([answer.status, answer.body['reason']], [409, 'Conflict'], answer.text);
      assert.match(textAt(answer.body, 'message'), /in the precondition/);
    }
    const done = await calls.remove(`${path}/a`, {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid, resourceVersion },
    });
    assert.equal(done.status, 200);
    assert.deepEqual([done.body['status'], at(done.body, 'details.uid')], ['Success', uid]);
    assert.equal((await calls.get(`${path}/a`)).status, 404);
    assert.equal((await calls.remove(`${path}/a`)).status, 404);
  });

  test('what comes after has another uid', async (t) => {
    const calls = api();
    const path = paths.configMaps(await freshNamespace(t, calls));
    const first = await calls.post(path, configMap('a', {}));
    await calls.remove(`${path}/a`);
    const second = await calls.post(path, configMap('a', {}));
    assert.notEqual(at(second.body, 'metadata.uid'), at(first.body, 'metadata.uid'));
    const late = await calls.remove(`${path}/a`, { preconditions: { uid: at(first.body, 'metadata.uid') } });
    assert.equal(late.status, 409);
  });

  test('an unknown propagation policy is refused, Background and Foreground are taken', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.ingresses(namespace)}/foo`;
    await calls.apply(path, ingress('a.example.com'));
    const wrong = await calls.remove(path, { propagationPolicy: 'Sideways' });
    assert.deepEqual([wrong.status, at(wrong.body, 'details.causes.0.field')], [422, 'propagationPolicy']);
    assert.equal((await calls.remove(path, { propagationPolicy: 'Background' })).status, 200);
    await calls.apply(`${paths.services(namespace)}/foo-service`, service());
    await calls.remove(`${paths.services(namespace)}/foo-service`);
    assert.equal((await calls.get(`${paths.services(namespace)}/foo-service`)).status, 404);
    await calls.apply(`${paths.deployments(namespace)}/foo`, deployment());
    const foreground = await calls.remove(`${paths.deployments(namespace)}/foo`, { propagationPolicy: 'Foreground' });
    assert.deepEqual(at(foreground.body, 'metadata.finalizers'), ['foregroundDeletion']);
    await eventually(
      () => calls.get(`${paths.deployments(namespace)}/foo`),
      ({ status }) => status === 404,
    );
  });

  test('an object with a finalizer waits until that is taken away', async (t) => {
    const calls = api();
    const path = paths.configMaps(await freshNamespace(t, calls));
    await calls.post(path, configMap('a', {}, { finalizers: ['example.com/wait'] }));
    const marked = await calls.remove(`${path}/a`);
    assert.equal(marked.status, 200);
    assert.match(textAt(marked.body, 'metadata.deletionTimestamp'), /Z$/);
    assert.equal((await calls.get(`${path}/a`)).status, 200);
    assert.equal((await calls.put(`${path}/a`, configMap('a', {}))).status, 200);
    assert.equal((await calls.get(`${path}/a`)).status, 404);
  });
}

function namespaceCases(api: () => Calls): void {
  test('a namespace turns Terminating, takes nothing new, loses what it has, and goes', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    // The finalizer keeps the namespace until all is asked, however long that takes.
    const held = { finalizers: ['example.com/wait'] };
    await calls.apply(`${paths.configMaps(namespace)}/old`, configMap('old', { x: '1' }, held));
    await calls.apply(`${paths.ingresses(namespace)}/foo`, ingress('a.example.com'));
    const { resourceVersion, uid } = (await calls.get(paths.namespace(namespace))).body['metadata'] as Tree;
    const changes = await calls.watch(
      `/api/v1/namespaces?watch=1&resourceVersion=${String(resourceVersion)}&fieldSelector=metadata.name%3D${namespace}`,
    );
    const contents = await calls.watch(`${paths.ingresses(namespace)}?watch=1`);
    assert.equal((await calls.remove(paths.namespace(namespace), { preconditions: { uid: nobody } })).status, 409);

    const marked = await calls.remove(paths.namespace(namespace), { preconditions: { uid } });
    assert.deepEqual([marked.status, at(marked.body, 'status.phase')], [200, 'Terminating']);
    assert.match(textAt(marked.body, 'metadata.deletionTimestamp'), /Z$/);
    for (const late of [
      await calls.post(paths.configMaps(namespace), configMap('late', {})),
      await calls.apply(`${paths.configMaps(namespace)}/late`, configMap('late', {})),
    ]) {
      assert.deepEqual([late.status, late.body['reason']], [403, 'Forbidden']);
      const message = `configmaps "late" is forbidden: unable to create new content in namespace ${namespace} because it is being terminated`;
      assert.equal(late.body['message'], message);
      assert.deepEqual(at(late.body, 'details.causes'), [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ]);
    }
    const again = await calls.post('/api/v1/namespaces', { metadata: { name: namespace } });
    assert.deepEqual([again.status, again.body['reason']], [409, 'AlreadyExists']);
    assert.match(textAt(again.body, 'message'), /^object is being deleted: namespaces/);
    const old = await calls.apply(`${paths.configMaps(namespace)}/old`, configMap('old', { x: '2' }, held));
    assert.equal(old.status, 200);
    const same = await calls.remove(paths.namespace(namespace));
    assert.deepEqual([same.status, at(same.body, 'status.phase')], [200, 'Terminating']);

    await calls.merge(`${paths.configMaps(namespace)}/old`, { metadata: { finalizers: null } });
    const seen = await changes.until((events) => events.some(({ type }) => type === 'DELETED'));
    changes.stop();
    assert.equal(seen[0]?.type, 'MODIFIED');
    assert.equal(at(seen[0].object, 'status.phase'), 'Terminating');
    const gone = await contents.until((events) => events.some(({ type }) => type === 'DELETED'));
    contents.stop();
    assert.ok(
      Number(at(gone.at(-1)?.object, 'metadata.resourceVersion')) <
        Number(at(seen.at(-1)?.object, 'metadata.resourceVersion')),
    );
    assert.equal((await calls.get(paths.namespace(namespace))).status, 404);
    assert.equal((await calls.get(`${paths.configMaps(namespace)}/old`)).status, 404);
  });

  test('a namespace that is gone can be made again, with another uid', async (t) => {
    const calls = api();
    const name = freshName();
    const first = await calls.post('/api/v1/namespaces', { metadata: { name } });
    await calls.remove(paths.namespace(name));
    await eventually(
      () => calls.get(paths.namespace(name)),
      ({ status }) => status === 404,
    );
    const second = await calls.post('/api/v1/namespaces', { metadata: { name } });
    t.after(() => calls.remove(paths.namespace(name)));
    assert.equal(second.status, 201);
    assert.notEqual(at(second.body, 'metadata.uid'), at(first.body, 'metadata.uid'));
  });
}
