import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { names, type KubernetesObject } from '../../app/core/object.ts';
import { openCache } from '../../app/io/kubernetes/cache.ts';
import { collectionPath, kindOf, objectPath } from '../../app/io/kubernetes/kinds.ts';

const object = (name: string, resourceVersion: string, key = 'k1', more: Partial<KubernetesObject> = {}): KubernetesObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'n', resourceVersion, uid: `u-${name}`, labels: { [names.key]: key } } },
  ...more,
});
const ref = (name: string) => ({ apiVersion: 'v1', kind: 'Service', namespace: 'n', name });
const versions = (objects: readonly KubernetesObject[]): string[] => objects.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion ?? ''}`).sort();

describe('the cache', () => {
  test('takes the younger version and ignores the older, and the same', () => {
    const cache = openCache();
    assert.equal(cache.put(object('a', '9')), true);
    assert.equal(cache.put(object('a', '10')), true);
    assert.equal(cache.put(object('a', '9')), false);
    assert.equal(cache.put(object('a', '10')), false);
    assert.equal(cache.get(ref('a'))?.metadata.resourceVersion, '10');
  });

  test('compares versions too large for a number', () => {
    const cache = openCache();
    cache.put(object('a', '90071992547409931'));
    assert.equal(cache.put(object('a', '90071992547409930')), false);
    assert.equal(cache.put(object('a', '90071992547409932')), true);
  });

  test('ends with the youngest, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.bigInt({ min: 1n, max: 10n ** 20n }), { minLength: 1 }), (list) => {
        const cache = openCache();
        for (const version of list) cache.put(object('a', String(version)));
        const youngest = list.reduce((a, b) => (a > b ? a : b));
        assert.equal(cache.get(ref('a'))?.metadata.resourceVersion, String(youngest));
        assert.equal(cache.ofKey('k1').length, 1);
      }),
    );
  });

  test('finds by key, and follows an object whose label changes', () => {
    const cache = openCache();
    cache.put(object('a', '1'));
    cache.put(object('b', '2', 'k2'));
    assert.deepEqual(versions(cache.ofKey('k1')), ['a@1']);
    cache.put(object('a', '3', 'k2'));
    assert.deepEqual(versions(cache.ofKey('k1')), []);
    assert.deepEqual(versions(cache.ofKey('k2')), ['a@3', 'b@2']);
    cache.drop(object('b', '9', 'k2'));
    assert.deepEqual(versions(cache.ofKey('k2')), ['a@3']);
  });

  test('an object that lost its label is in no key, and still there', () => {
    const cache = openCache();
    cache.put(object('a', '1'));
    cache.put({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a', namespace: 'n', resourceVersion: '2' } });
    assert.deepEqual(cache.ofKey('k1'), []);
    assert.equal(cache.ofKind('Service').length, 1);
  });

  test('tells kinds and namespaces apart', () => {
    const cache = openCache();
    cache.put(object('a', '1'));
    cache.put(object('a', '2', 'k1', { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' }));
    cache.put({ ...object('a', '3'), metadata: { name: 'a', namespace: 'm', resourceVersion: '3' } });
    assert.equal(cache.get(ref('a'))?.metadata.resourceVersion, '1');
    assert.equal(cache.ofKind('Service').length, 2);
    assert.equal(cache.ofKey('k1').length, 2);
  });

  test('a late deletion of an older one drops nothing', () => {
    const cache = openCache();
    cache.put(object('a', '5'));
    assert.equal(cache.drop(object('a', '4')), undefined);
    assert.ok(cache.get(ref('a')));
    assert.equal(cache.drop(object('a', '6'))?.metadata.resourceVersion, '5');
    assert.equal(cache.drop(object('a', '6')), undefined);
    assert.deepEqual(cache.ofKey('k1'), []);
  });

  test('a list takes away what it is without, adds and renews, and leaves what is younger', () => {
    const cache = openCache();
    cache.put(object('old', '3'));
    cache.put(object('same', '4'));
    cache.put(object('renewed', '5'));
    cache.put(object('ours', '12'));
    cache.put(object('newer', '13'));
    cache.put(object('other', '2', 'k1', { kind: 'Ingress', apiVersion: 'networking.k8s.io/v1' }));
    const changed = cache.replace('Service', [object('same', '4'), object('renewed', '8'), object('new', '9'), object('newer', '7')], '10');
    assert.deepEqual(versions(changed), ['new@9', 'old@3', 'renewed@8']);
    assert.deepEqual(versions(cache.ofKind('Service')), ['new@9', 'newer@13', 'ours@12', 'renewed@8', 'same@4']);
    assert.equal(cache.ofKind('Ingress').length, 1);
    assert.deepEqual(versions(cache.replace('Service', [], '20')), ['new@9', 'newer@13', 'ours@12', 'renewed@8', 'same@4']);
    assert.deepEqual(versions(cache.ofKey('k1')), ['other@2']);
  });

  test('a list of what is held changes nothing', () => {
    const cache = openCache();
    const held = [object('a', '1'), object('b', '2', 'k2')];
    held.forEach((one) => cache.put(one));
    assert.deepEqual(cache.replace('Service', held, '2'), []);
  });
});

describe('paths of kinds', () => {
  const rows = [
    [{ apiVersion: 'v1', kind: 'Namespace', name: 'foo-1' }, '/api/v1/namespaces/foo-1'],
    [{ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'avant', name: 'r' }, '/api/v1/namespaces/avant/configmaps/r'],
    [{ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', namespace: 'foo-1', name: 'foo' }, '/apis/networking.k8s.io/v1/namespaces/foo-1/ingresses/foo'],
    [{ apiVersion: 'v1', kind: 'Pod', namespace: '../x', name: 'a/b?c' }, '/api/v1/namespaces/..%2Fx/pods/a%2Fb%3Fc'],
  ] as const;
  for (const [to, path] of rows) {
    test(path, () => {
      assert.equal(objectPath(to), path);
    });
  }

  test('a collection of all namespaces', () => {
    assert.equal(collectionPath(kindOf({ apiVersion: 'apps/v1', kind: 'Deployment' }), undefined), '/apis/apps/v1/deployments');
  });

  test('another kind is refused', () => {
    assert.throws(() => kindOf({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' }), /no such kind here: rbac\.authorization\.k8s\.io\/v1 RoleBinding/);
    assert.throws(() => kindOf({ apiVersion: 'v1', kind: 'Deployment' }), /v1 Deployment/);
  });
});
