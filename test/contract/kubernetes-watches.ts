import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, freshNamespace, type KubernetesRig, textAt, type WatchEvent } from './kubernetes-calls.ts';
import { configMap, paths } from './kubernetes-objects.ts';

const brief = ({ type, object }: WatchEvent): string =>
  `${type} ${textAt(object, 'metadata.name')} ${textAt(object, 'data.n')}`.trim();
const version = ({ object }: WatchEvent): number => Number(at(object, 'metadata.resourceVersion'));
const ours = (events: readonly WatchEvent[]): WatchEvent[] =>
  events.filter(({ object, type }) => type !== 'BOOKMARK' && textAt(object, 'metadata.name') !== 'kube-root-ca.crt');
const enough =
  (count: number) =>
  (events: readonly WatchEvent[]): boolean =>
    ours(events).length >= count;

/** Watches: the worker's cache stands on them. */
export function watchCases(api: () => Calls, rig: () => KubernetesRig): void {
  describe('watch', () => {
    test('from a version on: every write after it, in order, each with its version', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      await calls.post(path, configMap('before', {}));
      const from = textAt((await calls.get(path)).body, 'metadata.resourceVersion');
      await calls.post(path, configMap('a', { n: '1' }));
      const watch = await calls.watch(`${path}?watch=1&resourceVersion=${from}`);
      await calls.put(`${path}/a`, configMap('a', { n: '2' }));
      await calls.post(path, configMap('b', { n: '1' }));
      const last = await calls.put(`${path}/b`, configMap('b', { n: '2' }));
      await calls.remove(`${path}/a`);
      const events = ours(await watch.until(enough(5)));
      watch.stop();
      assert.deepEqual(events.map(brief), ['ADDED a 1', 'MODIFIED a 2', 'ADDED b 1', 'MODIFIED b 2', 'DELETED a 2']);
      assert.deepEqual(
        events.map(version),
        events.map(version).toSorted((one, other) => one - other),
      );
      assert.equal(version(events[3]!), Number(at(last.body, 'metadata.resourceVersion')));
      assert.ok(version(events[4]!) > version(events[3]!), 'a deletion has a version of its own');
      assert.deepEqual([at(events[0]?.object, 'kind'), at(events[0]?.object, 'apiVersion')], ['ConfigMap', 'v1']);
    });

    test('without a version: the present state first, then what happens', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      for (const name of ['b', 'a']) await calls.post(path, configMap(name, {}));
      const watch = await calls.watch(`${path}?watch=true`);
      await watch.until(enough(2));
      await calls.post(path, configMap('c', {}));
      const events = ours(await watch.until(enough(3)));
      watch.stop();
      assert.deepEqual(events.slice(0, 2).map(brief).toSorted(), ['ADDED a', 'ADDED b']);
      assert.equal(brief(events[2]!), 'ADDED c');
    });

    test('a selector sees objects come in and go out', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const from = textAt((await calls.get(path)).body, 'metadata.resourceVersion');
      const watch = await calls.watch(`${path}?watch=1&labelSelector=in%3D1&resourceVersion=${from}`);
      await calls.post(path, configMap('a', { n: '1' }, { labels: { in: '1' } }));
      await calls.post(path, configMap('b', { n: '1' }, { labels: { in: '2' } }));
      await calls.put(`${path}/b`, configMap('b', { n: '2' }, { labels: { in: '1' } }));
      const out = await calls.put(`${path}/a`, configMap('a', { n: '2' }));
      await calls.put(`${path}/a`, configMap('a', { n: '3' }));
      await calls.remove(`${path}/b`);
      const events = ours(await watch.until(enough(4)));
      watch.stop();
      // What leaves the selection is shown as it was in it, with the version of the write that took it out.
      assert.deepEqual(events.map(brief), ['ADDED a 1', 'ADDED b 2', 'DELETED a 1', 'DELETED b 2']);
      assert.equal(version(events[2]!), Number(at(out.body, 'metadata.resourceVersion')));
    });

    test('over all namespaces', async (t) => {
      const calls = api();
      const namespaces = [await freshNamespace(t, calls), await freshNamespace(t, calls)];
      const mark = namespaces[0]!;
      const watch = await calls.watch(`/api/v1/configmaps?watch=1&labelSelector=mark%3D${mark}`);
      for (const namespace of namespaces)
        await calls.post(paths.configMaps(namespace), configMap('a', {}, { labels: { mark } }));
      const events = ours(await watch.until(enough(2)));
      watch.stop();
      assert.deepEqual(
        events.map(({ object }) => at(object, 'metadata.namespace')),
        namespaces,
      );
    });

    test('ends after timeoutSeconds; a bookmark before the end says how far it came', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const from = textAt((await calls.get(path)).body, 'metadata.resourceVersion');
      // Before the watch begins: the bookmark comes some time before its end.
      const { body } = await calls.post(path, configMap('a', {}));
      const watch = await calls.watch(
        `${path}?watch=1&resourceVersion=${from}&allowWatchBookmarks=true&timeoutSeconds=3`,
      );
      const events = await watch.until(() => false);
      assert.equal(brief(ours(events)[0]!), 'ADDED a');
      const bookmark = events.findLast(({ type }) => type === 'BOOKMARK');
      assert.ok(bookmark !== undefined, JSON.stringify(events));
      assert.equal(bookmark.object['kind'], 'ConfigMap');
      assert.ok(version(bookmark) >= Number(at(body, 'metadata.resourceVersion')));
    });

    test('with bookmarks and no version, one bookmark ends the present state', async (t) => {
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      await calls.post(path, configMap('a', {}));
      const watch = await calls.watch(`${path}?watch=1&allowWatchBookmarks=true`);
      const events = await watch.until((seen) => seen.some(({ type }) => type === 'BOOKMARK'));
      watch.stop();
      assert.equal(ours(events).map(brief).join(), 'ADDED a');
      assert.deepEqual(at(events.at(-1)?.object, 'metadata.annotations'), { 'k8s.io/initial-events-end': 'true' });
    });

    test('from a version whose history is forgotten: an ERROR event with a 410, then the end', async (t) => {
      const { forgetHistory } = rig();
      if (forgetHistory === undefined) {
        t.skip(
          'only a server that can be told to forget its history (seen by hand on kube-apiserver 1.36 after a restart)',
        );
        return;
      }
      const calls = api();
      const path = paths.configMaps(await freshNamespace(t, calls));
      const { body } = await calls.post(path, configMap('a', {}));
      const page = await calls.get(`${path}?limit=1`);
      await calls.put(`${path}/a`, configMap('a', { n: '2' }));
      forgetHistory();
      const watch = await calls.watch(`${path}?watch=1&resourceVersion=${textAt(body, 'metadata.resourceVersion')}`);
      const [event, ...more] = await watch.until(() => false);
      assert.deepEqual([watch.status, event?.type, more], [200, 'ERROR', []]);
      const { kind, status, reason, code } = event?.object ?? {};
      assert.deepEqual([kind, status, reason, code], ['Status', 'Failure', 'Expired', 410]);
      assert.match(textAt(event?.object, 'message'), /^too old resource version: \d+ \(\d+\)$/);
      const next = await calls.get(`${path}?limit=1&continue=${textAt(page.body, 'metadata.continue')}`);
      assert.deepEqual([next.status, next.body['reason']], [410, 'Expired']);
    });
  });
}
