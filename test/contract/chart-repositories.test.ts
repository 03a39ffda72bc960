import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { openRenderer } from '../../app/io/render/renderer.ts';
import { api, commits, helm, helmProblem, requestFor, type Files } from '../support/charts/cloud.ts';
import { asking, openRig, own, problemsOf, told, troubleOf, type Told } from '../support/charts/remote.ts';
import { chartOf, indexOf, type Published } from '../support/charts/repository.ts';
import { openFakeLog } from '../support/fake-clock.ts';

describe('subcharts from a repository', { skip: helmProblem(), timeout: 600_000 }, () => {
  const rig = openRig();
  const { open, repositoryOf } = rig;
  afterEach(() => rig.close());

  describe('are what they would be in charts/', () => {
    /** What helm makes of the same charts in charts/. */
    const vendored = async (files: Files, charts: readonly Published[]): Promise<Told> => {
      const archives = Object.fromEntries(charts.map(({ name, version, archive }) => [`charts/api/charts/${name}-${version}.tgz`, archive]));
      return told(await open([]).chart(requestFor({ ...files, ...archives })));
    };
    const redis = chartOf('redis', '1.2.3', { 'templates/b.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: more }\ndata: { global: {{ .Values.global | toJson | quote }} }\n' });
    const exporting = chartOf('exporting', '0.1.0', { 'values.yaml': 'size: small\nexports: { data: { given: yes-given } }\nchild: { port: 12 }\n' });
    const kinds: Readonly<Record<string, { readonly lines: readonly ((url: string) => string)[]; readonly more?: Files; readonly charts: readonly Published[]; readonly has?: readonly string[] }>> = {
      'plain': { lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}" }`], charts: [redis], has: ['own', 'redis', 'more'] },
      'with a slash behind the repository': { lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}/" }`], charts: [redis] },
      'an alias, a condition that holds, and values': { lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}", alias: cache, condition: cache.enabled }`], more: { 'values.yaml': 'cache: { enabled: true, size: large }\n' }, charts: [redis], has: ['own', 'cache', 'more'] },
      'a condition that does not hold': { lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}", condition: redis.enabled }`], more: { 'values.yaml': 'redis: { enabled: false }\n' }, charts: [redis], has: ['own'] },
      'tags that are off': { lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}", tags: [caches] }`], more: { 'values.yaml': 'tags: { caches: false }\n' }, charts: [redis], has: ['own'] },
      'import-values': {
        lines: [(url) => `{ name: exporting, version: 0.1.0, repository: "${url}", import-values: [data, { child: child, parent: taken }] }`],
        more: { 'templates/own.yaml': `${own}data: { given: {{ .Values.given | quote }}, port: {{ .Values.taken.port | quote }} }\n` },
        charts: [exporting],
      },
      'one version under two names': {
        lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}", alias: one }`, (url) => `{ name: redis, version: 1.2.3, repository: "${url}", alias: two, condition: two.enabled }`],
        more: { 'values.yaml': 'one: { size: s }\ntwo: { enabled: true, size: l }\n' },
        charts: [redis],
      },
      'two versions of one chart': {
        lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}", alias: one }`, (url) => `{ name: redis, version: 2.0.0, repository: "${url}", alias: two }`],
        charts: [redis, chartOf('redis', '2.0.0')],
      },
      'a version with a v in the index': { lines: [(url) => `{ name: redis, version: 1.2.3, repository: "${url}" }`], charts: [chartOf('redis', 'v1.2.3')] },
      'a pre-release with a build': { lines: [(url) => `{ name: redis, version: 1.2.3-rc.1+build.5, repository: "${url}" }`], charts: [chartOf('redis', '1.2.3-rc.1+build.5')] },
      'a chart of charts': {
        lines: [(url) => `{ name: redis, version: 3.0.0, repository: "${url}" }`],
        more: { 'values.yaml': 'redis: { inner: { size: huge }, dull: { enabled: false } }\n' },
        charts: [chartOf('redis', '3.0.0', { 'charts/dull/Chart.yaml': 'apiVersion: v2\nname: dull\nversion: 1.0.0\n', 'charts/dull/templates/a.yaml': own, 'charts/inner/Chart.yaml': 'apiVersion: v2\nname: inner\nversion: 1.0.0\n', 'charts/inner/values.yaml': 'size: tiny\n', 'charts/inner/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: inner }\ndata: { size: {{ .Values.size | quote }} }\n' }, 'dependencies:\n  - { name: inner, version: 1.x.x, repository: "https://not.listed.example" }\n  - { name: dull, version: 1.0.0, condition: dull.enabled }\n')],
        has: ['own', 'inner', 'redis'],
      },
    };
    for (const [what, { lines: dependencies, more = {}, charts, has }] of Object.entries(kinds)) {
      test(what, async () => {
        const repository = await repositoryOf(...charts);
        const files = asking(dependencies.map((line) => line(repository.url)), more);
        const fetched = told(await open([repository.url]).chart(requestFor(files)));
        const contents = (objects: Told): unknown => objects.map(({ name, data }) => JSON.stringify([name, data])).toSorted();
        assert.deepEqual(contents(fetched), contents(await vendored(files, charts)));
        if (has) assert.deepEqual(fetched.map(({ name }) => name).toSorted(), has.toSorted());
      });
    }

    test('in a chart of apiVersion v1, with requirements.yaml', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const requirements = `dependencies:\n  - { name: redis, version: 1.2.3, repository: "${repository.url}" }\n`;
      const files = (more: Files): Files => api({ 'templates/own.yaml': own, 'requirements.yaml': requirements, ...more }, 'apiVersion: v1\nname: api\nversion: 0.1.0\n');
      const renderer = open([repository.url]);
      assert.deepEqual(told(await renderer.chart(requestFor(files({})))).map(({ name }) => name), ['redis', 'own']);
      assert.deepEqual(told(await renderer.chart(requestFor(files({ 'requirements.lock': requirements })))).map(({ name }) => name), ['redis', 'own']);
      assert.match(await problemsOf(renderer, files({ 'requirements.lock': requirements.replace('1.2.3', '1.2.4') })), /requirements\.yaml dependencies\[0\]\.version: is "1\.2\.3", and the chart's lock file says "1\.2\.4"/);
    });

    test('a vendored chart is taken, and nothing is asked', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const files = asking([`{ name: redis, version: ^1.0.0, repository: "${repository.url}" }`], { 'charts/redis/Chart.yaml': 'apiVersion: v2\nname: redis\nversion: 1.5.0\n', 'charts/redis/templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: vendored }\n' });
      assert.deepEqual(told(await open([repository.url]).chart(requestFor(files))).map(({ name }) => name), ['vendored', 'own']);
      assert.deepEqual(repository.asked, []);
    });

    test('messages name the file as if it were vendored', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3', { 'templates/a.yaml': '{{ fail "not here" }}' }));
      const files = asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}", alias: cache }`]);
      assert.equal(await problemsOf(open([repository.url]), files), '.cloud/charts/api/charts/redis-1.2.3.tgz/templates/a.yaml:1:3: not here');
    });
  });

  describe('nested', () => {
    test('are fetched for what was fetched, from listed repositories', async () => {
      const repository = await repositoryOf();
      const needs = (name: string, version: string): string => `dependencies:\n  - { name: ${name}, version: ${version}, repository: "${repository.url}/", alias: of-it }\n`;
      repository.publish(chartOf('outer', '1.0.0', {}, needs('middle', '2.0.0')), chartOf('middle', '2.0.0', {}, needs('inner', '3.0.0')), chartOf('inner', '3.0.0'));
      const objects = told(await open([repository.url]).chart(requestFor(asking([`{ name: outer, version: 1.0.0, repository: "${repository.url}" }`], { 'values.yaml': 'outer: { of-it: { of-it: { size: deep } } }\n' }))));
      assert.deepEqual(objects.map(({ file, data }) => [file, data['version'], data['size']]), [
        ['.cloud/charts/api/charts/outer-1.0.0.tgz/charts/middle-2.0.0.tgz/charts/of-it/templates/a.yaml', '3.0.0', 'deep'],
        ['.cloud/charts/api/charts/outer-1.0.0.tgz/charts/middle-2.0.0.tgz/templates/a.yaml', '2.0.0', 'small'],
        ['.cloud/charts/api/charts/outer-1.0.0.tgz/templates/a.yaml', '1.0.0', 'small'],
        ['.cloud/charts/api/templates/own.yaml', undefined, undefined],
      ]);
    });
  });

  describe('are kept', () => {
    const files = (url: string, version = '1.2.3'): Files => asking([`{ name: redis, version: ${version}, repository: "${url}" }`]);

    test('two at once fetch once, and so do two charts', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const renderer = open([repository.url]);
      const line = `{ name: redis, version: 1.2.3, repository: "${repository.url}" }`;
      await Promise.all([
        renderer.chart(requestFor(asking([line]))),
        renderer.chart(requestFor(asking([line]), { tenant: 'be', namespace: 'foo-241-be' })),
        renderer.chart(requestFor(asking([line], { 'values.yaml': 'a: 1\n' }), { queue: 'acme/bar' })),
      ]);
      assert.deepEqual(repository.asked, ['/stable/index.yaml', '/stable/redis-1.2.3.tgz']);
      await renderer.idle();
      assert.equal(renderer.counters().started, 9);
    });

    test('a push that does not touch the chart fetches nothing and starts no helm', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const renderer = open([repository.url]);
      await renderer.chart(requestFor(files(repository.url)));
      await renderer.idle();
      const [{ started }, asked] = [renderer.counters(), repository.asked.length];
      await renderer.chart(requestFor({ ...files(repository.url), 'preview.yaml': 'tenants: [fr]\n' }, { sha: commits[1] }));
      assert.deepEqual([renderer.counters().started, renderer.counters().filledIn, repository.asked.length], [started, 1, asked]);
    });

    test('by digest: the same version with another content is rendered anew', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const renderer = open([repository.url], { keptMs: 0 });
      const size = async (): Promise<unknown> => told(await renderer.chart(requestFor(files(repository.url))))[0]?.data['size'];
      assert.equal(await size(), 'small');
      repository.publish(chartOf('redis', '1.2.3', { 'values.yaml': 'size: changed\n' }));
      assert.equal(await size(), 'changed');
      repository.publish(chartOf('redis', '1.2.3'));
      assert.equal(await size(), 'small');
      assert.equal(repository.asked.filter((path) => path.endsWith('.tgz')).length, 2, 'an archive was fetched that is there');
    });

    test('an index is asked for again when it has changed, and not read again when it has not', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const statuses: number[] = [];
      repository.answer((request, response) => {
        if (request.url === '/stable/index.yaml') response.on('finish', () => statuses.push(response.statusCode));
        return false;
      });
      const renderer = open([repository.url], { keptMs: 0, againMs: 0 });
      await renderer.chart(requestFor(files(repository.url)));
      await renderer.chart(requestFor(files(repository.url)));
      assert.equal(statuses[0], 200);
      assert.ok(statuses.length >= 2 && statuses.slice(1).every((status) => status === 304), statuses.join(' '));
    });

    test('a version that was not there a moment ago is found', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const renderer = open([repository.url], { keptMs: 3_600_000, againMs: 0 });
      assert.match(await problemsOf(renderer, files(repository.url, '1.2.4')), /has no version 1\.2\.4/);
      repository.publish(chartOf('redis', '1.2.3'), chartOf('redis', '1.2.4'));
      assert.equal(told(await renderer.chart(requestFor(files(repository.url, '1.2.4'))))[0]?.data['version'], '1.2.4');
    });

    test('an absent version is not asked for by everybody', async () => {
      const repository = await repositoryOf(chartOf('redis', '1.2.3'));
      const renderer = open([repository.url]);
      for (let version = 0; version < 5; version += 1) assert.match(await problemsOf(renderer, files(repository.url, `8.0.${version}`)), /has no version/);
      assert.deepEqual(repository.asked, ['/stable/index.yaml']);
    });

    test('an archive that was replaced behind a kept index is fetched by the new one', async () => {
      const old = chartOf('redis', '1.2.3');
      const repository = await repositoryOf(old);
      const renderer = open([repository.url], { keptMs: 3_600_000, againMs: 0, cacheBytes: 0 });
      await renderer.chart(requestFor(files(repository.url)));
      repository.publish(chartOf('redis', '1.2.3', { 'values.yaml': 'size: changed\n' }));
      const changed = asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`], { 'values.yaml': 'a: 1\n' });
      assert.match(await troubleOf(renderer, changed), /has just changed redis 1\.2\.3/);
      assert.equal(told(await renderer.chart(requestFor(changed)))[0]?.data['size'], 'changed');
    });
  });

  test('a chart made by chance is found in what is fetched', async () => {
    const repository = await repositoryOf(chartOf('redis', '1.2.3', { 'templates/a.yaml': 'apiVersion: v1\nkind: Secret\nmetadata: { name: a }\nstringData: { a: {{ randAlphaNum 20 }} }\n' }));
    const objects = await open([repository.url]).chart(requestFor(asking([`{ name: redis, version: 1.2.3, repository: "${repository.url}" }`])));
    assert.deepEqual(objects.map(({ object, stable }) => [object['kind'], stable]), [['Secret', false], ['ConfigMap', true]]);
  });

  test('offline it is said that it cannot be told', async (context) => {
    const renderer = openRenderer({ helm, log: openFakeLog(), chartRepositories: ['https://charts.bar.com/stable'], offline: true });
    context.after(() => renderer.close());
    assert.equal(
      await troubleOf(renderer, asking(['{ name: redis, version: 1.2.3, repository: "https://charts.bar.com/stable/" }'])),
      '.cloud/charts/api/Chart.yaml dependencies[0]: redis 1.2.3 is fetched from https://charts.bar.com/stable when it is deployed, and nothing is fetched here: to have it checked, run `helm dependency build` in the chart (its charts/ need not be committed)',
    );
    assert.match(await problemsOf(renderer, asking(['{ name: redis, version: ^1.2.3, repository: "https://charts.bar.com/stable/" }'])), /write the exact version/);
  });

  test('the index of this test is laid out as helm reads it', () => {
    assert.match(indexOf([chartOf('a', '1.0.0')]), /^apiVersion: v1\nentries:\n {2}a:\n {2}- apiVersion: v2\n/);
  });
});
