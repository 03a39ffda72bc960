import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, freshName, freshNamespace, items, names, textAt } from './kubernetes-calls.ts';
import { configMap, paths } from './kubernetes-objects.ts';

const selectors: readonly [selector: string, chosen: string][] = [
  ['t', 'a b c d'],
  ['!t', 'e'],
  ['t=a', 'a'],
  ['t==a', 'a'],
  ['t!=a', 'b c d e'],
  ['t in (a, b)', 'a b'],
  ['t notin (a,b)', 'c d e'],
  ['t=a,!u', ''],
  ['t in (a,b),u=1', 'a'],
  ['example.com/x', 'c'],
  ['t=', ''],
];

/** Lists, selectors and pages. */
export function listCases(api: () => Calls): void {
  describe('list', () => {
    test('label selectors choose, in the order of names', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const more: Record<string, object> = { a: { u: '1' }, c: { 'example.com/x': '' } };
      for (const name of ['d', 'c', 'b', 'a'])
        await calls.post(path, configMap(name, {}, { labels: { t: name, ...more[name] } }));
      await calls.post(path, configMap('e', {}));
      for (const [selector, chosen] of selectors) {
        const found = await calls.get(`${path}?labelSelector=${encodeURIComponent(selector)}`);
        assert.equal(found.status, 200, found.text);
        assert.equal(names(found).join(' '), chosen, selector);
      }
    });

    test('over all namespaces, and by name', async (t) => {
      const calls = api();
      const namespaces = [await freshNamespace(t, calls), await freshNamespace(t, calls)];
      const mark = freshName();
      for (const namespace of namespaces) {
        for (const name of ['a', 'b'])
          await calls.post(paths.configMaps(namespace), configMap(name, {}, { labels: { mark } }));
      }
      const all = await calls.get(`/api/v1/configmaps?labelSelector=mark%3D${mark}`);
      assert.deepEqual(names(all), ['a', 'b', 'a', 'b']);
      assert.equal(all.body['kind'], 'ConfigMapList');
      assert.equal(at(all.body, 'items.0.kind'), undefined);
      const named = await calls.get(`/api/v1/configmaps?labelSelector=mark%3D${mark}&fieldSelector=metadata.name%3Da`);
      assert.deepEqual(names(named), ['a', 'a']);
      assert.match(textAt(all.body, 'metadata.resourceVersion'), /^\d+$/);
    });

    test('of a namespace that is not there is empty', async () => {
      const empty = await api().get(paths.deployments(freshName()));
      assert.deepEqual([empty.status, empty.body['items']], [200, []]);
    });

    test('pages show the state of the first page, whatever happens in between', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      for (const name of ['a', 'b', 'c', 'd', 'e'])
        await calls.post(path, configMap(name, { n: '1' }, { labels: { page: '' } }));
      const next = (token: string): Promise<Awaited<ReturnType<Calls['get']>>> =>
        calls.get(`${path}?limit=2&continue=${token}`);
      const first = await calls.get(`${path}?limit=2`);
      assert.deepEqual(names(first), ['a', 'b']);
      assert.equal(at(first.body, 'metadata.remainingItemCount'), 4);
      await calls.remove(`${path}/e`);
      await calls.post(path, configMap('aa', {}));
      await calls.put(`${path}/c`, configMap('c', { n: '2' }));
      const second = await next(textAt(first.body, 'metadata.continue'));
      assert.deepEqual(names(second), ['c', 'd']);
      assert.equal(at(second.body, 'items.0.data.n'), '1');
      assert.equal(at(second.body, 'metadata.resourceVersion'), at(first.body, 'metadata.resourceVersion'));
      const third = await next(textAt(second.body, 'metadata.continue'));
      assert.deepEqual(names(third), ['e']);
      assert.equal(at(third.body, 'metadata.continue'), undefined);
      const selected = await calls.get(`${path}?limit=2&labelSelector=page`);
      assert.deepEqual([names(selected), at(selected.body, 'metadata.remainingItemCount')], [['a', 'b'], undefined]);
    });

    test('after a full page the next may be empty: a selector is not looked ahead', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      await calls.post(path, configMap('a', {}, { labels: { page: '' } }));
      await calls.post(path, configMap('b', {}));
      const query = 'limit=1&labelSelector=page';
      const first = await calls.get(`${path}?${query}`);
      assert.deepEqual(names(first), ['a']);
      const second = await calls.get(`${path}?${query}&continue=${textAt(first.body, 'metadata.continue')}`);
      assert.deepEqual([second.status, items(second), at(second.body, 'metadata.continue')], [200, [], undefined]);
    });

    test('pages over all namespaces miss nothing, whatever the names', async (t) => {
      const calls = api();
      const name = freshName();
      // Keys are namespace/name, and a hyphen sorts before the slash.
      for (const namespace of [name, `${name}-b`, `${name}0`]) {
        await calls.post('/api/v1/namespaces', { metadata: { name: namespace } });
        t.after(() => calls.remove(paths.namespace(namespace)));
        await calls.post(paths.configMaps(namespace), configMap('a', {}, { labels: { mark: name } }));
      }
      const found: unknown[] = [];
      let token = '';
      do {
        const query = `labelSelector=mark%3D${name}&limit=1${token === '' ? '' : `&continue=${token}`}`;
        const page = await calls.get(`/api/v1/configmaps?${query}`);
        found.push(...items(page).map((item) => at(item, 'metadata.namespace')));
        token = textAt(page.body, 'metadata.continue');
      } while (token !== '');
      assert.deepEqual(found, [`${name}-b`, name, `${name}0`]);
    });

    test('a selector, token or version that cannot be read is a 400', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      for (const query of [
        'labelSelector=%3D%3D%3D',
        'fieldSelector=data.x%3D1',
        'limit=1&continue=zzz',
        'resourceVersion=abc',
      ]) {
        const answer = await calls.get(`${path}?${query}`);
        assert.deepEqual([answer.status, answer.body['reason']], [400, 'BadRequest'], query);
      }
    });
  });
}
