import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, listAt, textAt } from '../../app/core/json.ts';
import { names, type Json } from '../../app/core/object.ts';
import { RenderRefused, type SourcedObject } from '../../app/core/ports.ts';
import { chartObjects as one } from '../support/chart-objects.ts';
import { openWorld, platformFrom, shaA, shaB, type World } from '../support/world.ts';

/** A chart with one program behind one Service, as `helm create` makes it; its image's tag is what the platform computes. */
const usual = (name: string) => (request: { readonly computed: Json }): readonly SourcedObject[] => [
  ...one.deployment(name, `registry.bar.com/${name}:${textAt(request.computed, 'image', 'tag')}`),
  ...one.service(name),
];

function withCharts(charts: Readonly<Record<string, (request: { readonly computed: Json }) => readonly SourcedObject[]>>, changes: Parameters<typeof openWorld>[0] = { tenants: [] }): World {
  const world = openWorld(changes);
  for (const sha of [shaA, shaB]) world.cloudAt(sha, { charts: Object.keys(charts) });
  for (const [name, chart] of Object.entries(charts)) world.charts.set(name, chart);
  return world;
}

const hostsOf = (world: World, namespace: string): string[] =>
  world.cluster
    .list('Ingress')
    .filter(({ metadata }) => metadata.namespace === namespace)
    .flatMap(({ spec }) => listAt(spec, 'rules').map((rule) => textAt(rule, 'host')))
    .sort();

describe('a repository with a chart and no preview.yaml', () => {
  test('has a preview by that alone', async () => {
    const world = withCharts({ web: usual('web') });
    await world.live(241, { config: undefined });
    assert.deepEqual(world.inside('foo-241', 'Deployment', 'Service', 'Ingress'), ['Deployment/web', 'Ingress/foo', 'Service/web']);
    assert.deepEqual(hostsOf(world, 'foo-241'), ['foo-241.preview.bar.com']);
    assert.match(world.comment(241), /The preview is live/);
    assert.match(world.comment(241), /\(https:\/\/foo-241\.preview\.bar\.com\)/);
    assert.deepEqual(world.failures, []);
  });

  test('is read by its tree, once, and rendered again only where something may have changed', async () => {
    const world = withCharts({ web: usual('web') });
    await world.live(241, { config: undefined });
    assert.equal(new Set(world.github.cloudReads).size, 1);
    world.forgetWrites();
    await world.hint({ kind: 'pull-request', key: world.record(241)!.key }, true);
    await world.settle(5_000);
    assert.deepEqual(world.writes(), []);
  });

  test('of several charts has a host for each, in one namespace and one comment', async () => {
    const world = withCharts({ api: usual('api'), 'Front-End': usual('front') });
    await world.live(241, { config: undefined });
    assert.deepEqual(world.previews(), ['foo-241']);
    assert.deepEqual(hostsOf(world, 'foo-241'), ['foo-241-api.preview.bar.com', 'foo-241-frontend.preview.bar.com']);
    assert.deepEqual(world.inside('foo-241', 'Ingress'), ['Ingress/foo-api', 'Ingress/foo-frontend']);
    assert.equal(world.github.comments.length, 1);
    for (const host of hostsOf(world, 'foo-241')) assert.ok(world.comment(241).includes(`](https://${host})`), host);
    assert.match(world.comment(241), /The preview is live/);
  });

  test('is live only when all of its apps are', async () => {
    const world = withCharts({ api: usual('api'), front: usual('front') });
    await world.open(241, { config: undefined });
    await world.settle();
    const front = world.object('Deployment', 'foo-241', 'front');
    world.cluster.rollOut();
    world.cluster.put({ ...front, status: {} });
    await world.settle(10_000);
    assert.doesNotMatch(world.comment(241), /The preview is live/);
    world.cluster.rollOut();
    await world.settle(10_000);
    assert.match(world.comment(241), /The preview is live/);
  });

  test('has a preview for each of the platform’s tenants', async () => {
    const world = withCharts({ web: usual('web') }, {});
    await world.live(2, { config: undefined });
    assert.deepEqual(world.previews(), ['foo-2-fr', 'foo-2-be', 'foo-2-hr', 'foo-2-hu']);
    assert.match(world.comment(2), /All 4 previews are live/);
  });

  test('whose chart goes runs at the commit that had it', async () => {
    const world = withCharts({ web: usual('web') });
    await world.live(241, { config: undefined });
    world.github.clouds.set(shaB, { kind: 'folder', tree: 'd'.repeat(40), charts: [], manifests: false });
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    assert.equal(world.record(241)?.decision.reason, 'ConfigMissing');
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaA);
    // What ran before is still looked after: with its own files.
    world.cluster.vanish({ apiVersion: 'v1', kind: 'Service', namespace: 'foo-241', name: 'web' });
    await world.settle(5_000);
    assert.deepEqual(world.inside('foo-241', 'Service'), ['Service/web']);
  });

  test('a push that does not touch an app leaves it running', async () => {
    const world = withCharts({ api: usual('api'), db: () => [...one.deployment('db', 'registry.bar.com/db:1'), ...one.service('db')] });
    await world.live(241, { config: undefined });
    world.forgetWrites();
    await world.change(241, { headSha: shaB });
    await world.settle(5_000);
    assert.deepEqual(world.cluster.writes.filter((write) => !write.includes('ConfigMap')), ['apply Deployment/api foo-241']);
  });
});

describe('what a chart is given', () => {
  const platform = platformFrom('tenants: { fr: { values: { currency: EUR, depth: { a: 1 } } }, be: {} }\n');

  test('the tenant’s values, above them the project’s, above all what is computed', async () => {
    const world = withCharts({ web: usual('web') }, platform);
    await world.open(7, { config: 'values: { depth: { b: 2 }, replicaCount: 2 }\n' });
    await world.settle();
    const request = world.chartRequests.find(({ tenant }) => tenant === 'fr');
    assert.deepEqual(request?.values, [{ currency: 'EUR', depth: { a: 1 } }, { depth: { b: 2 }, replicaCount: 2 }]);
    assert.deepEqual(request.computed, {
      avant: { app: 'foo', part: '', host: 'foo-7-fr.preview.bar.com', url: 'https://foo-7-fr.preview.bar.com', tenant: 'fr', sha: shaA, shortSha: 'aaaaaaa', branch: 'feature', pullRequest: 7, ingressClass: 'haproxy-v1' },
      image: { tag: shaA },
    });
    assert.deepEqual([request.release, request.namespace, request.kubeVersion, request.perCommit], ['foo', 'foo-7-fr', '1.36.1', [shaA, 'aaaaaaa']]);
    assert.deepEqual(request.cloud.files.map(({ path }) => path), ['charts/web/Chart.yaml']);
    assert.deepEqual(world.chartRequests.find(({ tenant }) => tenant === 'be')?.values, [{}, { depth: { b: 2 }, replicaCount: 2 }]);
  });

  const tags: [template: string | undefined, tag: string][] = [[undefined, shaA], ['pr-${pr}', 'pr-7'], ['${branch}-${shortSha}', 'feature-aaaaaaa'], ['v1', 'v1']];
  for (const [template, tag] of tags) {
    test(`the tag ${template ?? 'of the commit'}`, async () => {
      const world = withCharts({ web: usual('web') });
      await world.open(7, { config: template === undefined ? undefined : `tag: "${template}"\n` });
      await world.settle();
      assert.equal(textAt(world.chartRequests[0]?.computed ?? null, 'image', 'tag'), tag);
      const [container] = listAt(world.object('Deployment', 'foo-7').spec, 'template', 'spec', 'containers');
      assert.equal(textAt(container, 'image'), `registry.bar.com/web:${tag}`);
    });
  }

  test('each of several charts its own part, host and release', async () => {
    const world = withCharts({ api: usual('api'), front: usual('front') });
    await world.open(7, { config: undefined });
    await world.settle();
    const told = world.chartRequests.map(({ chart, release, computed }) => [chart, release, textAt(computed, 'avant', 'part'), textAt(computed, 'avant', 'host')]);
    assert.deepEqual(told.sort(), [['api', 'foo-api', 'api', 'foo-7-api.preview.bar.com'], ['front', 'foo-front', 'front', 'foo-7-front.preview.bar.com']]);
  });
});

describe('the link to a chart', () => {
  const services = (...names: string[]) => (): readonly SourcedObject[] => [...one.deployment('web', 'registry.bar.com/web:1'), ...names.flatMap((name) => one.service(name))];
  const headless = (name: string): SourcedObject => {
    const [service] = one.service(name);
    assert.ok(service);
    return { ...service, object: { ...service.object, spec: { ...(service.object['spec'] as Readonly<Record<string, Json>>), clusterIP: 'None' } } };
  };
  const ports = (...list: Json[]) => (): readonly SourcedObject[] => [...one.deployment('web', 'registry.bar.com/web:1'), ...one.service('web', list)];
  const own = (): readonly SourcedObject[] => [...services('web')(), ...one.ingress('own', 'foo-7.preview.bar.com', { service: 'web' })];

  type Row = [what: string, chart: () => readonly SourcedObject[], config: string | undefined, expected: [ingress: string, service: string, port: string | number] | RegExp];
  const rows: Row[] = [
    ['leads to its only Service', services('web'), undefined, ['foo', 'web', 'http']],
    ['leads to the only one that has an address of its own', () => [...services('web')(), headless('db')], undefined, ['foo', 'web', 'http']],
    ['of several Services leads nowhere', services('web', 'admin'), undefined, /has several Services \(web, admin\) and no Ingress/],
    ['of several leads to the one that is named', services('web', 'admin'), 'service: { name: admin }\n', ['foo', 'admin', 'http']],
    ['to one that is not there', services('web', 'admin'), 'service: { name: wep }\n', /has no Service wep — name one of web, admin/],
    ['is the chart’s own where it has an Ingress', own, undefined, ['own', 'web', 'http']],
    ['is the chart’s own, whatever Services it has', () => [...own(), ...one.service('admin')], undefined, ['own', 'web', 'http']],
    ['leads to the port called http', ports({ name: 'metrics', port: 9090 }, { name: 'http', port: 80 }), undefined, ['foo', 'web', 'http']],
    ['leads to the first port', ports({ name: 'web', port: 80 }, { name: 'metrics', port: 9090 }), undefined, ['foo', 'web', 'web']],
    ['leads to a port without a name by its number', ports({ port: 8080 }), undefined, ['foo', 'web', 8080]],
    ['leads to no port', ports(), undefined, /the Service has no port/],
  ];
  for (const [what, chart, config, expected] of rows) {
    test(what, async () => {
      const world = withCharts({ web: chart });
      await world.open(7, { config });
      await world.settle();
      if (expected instanceof RegExp) {
        assert.deepEqual(world.previews(), []);
        assert.equal(world.record(7)?.tenants['']?.trouble?.reason, 'RenderFailed');
        assert.match(world.record(7)?.tenants['']?.trouble?.problems?.join() ?? '', expected);
        assert.match(world.comment(7), /keeps it from being rendered/);
        return;
      }
      const { metadata, spec } = world.object('Ingress', 'foo-7');
      const [path] = listAt(listAt(spec, 'rules')[0], 'http', 'paths');
      const service = at(path, 'backend', 'service');
      assert.deepEqual([metadata.name, textAt(service, 'name'), at(service, 'port', 'name') ?? at(service, 'port', 'number')], expected);
      assert.equal(metadata.annotations?.['kubernetes.io/ingress.class'], 'haproxy-v1');
      assert.deepEqual(hostsOf(world, 'foo-7'), ['foo-7.preview.bar.com']);
    });
  }

  test('is none where there is no Service, and is waited for by nobody', async () => {
    const world = withCharts({ api: usual('api'), worker: () => one.deployment('worker', 'registry.bar.com/worker:1') });
    await world.live(7, { config: undefined });
    assert.deepEqual(world.inside('foo-7', 'Ingress', 'Deployment'), ['Deployment/api', 'Deployment/worker', 'Ingress/foo-api']);
    assert.match(world.comment(7), /The preview is live/);
    assert.ok(!world.comment(7).includes('foo-7-worker'));
    // Nor is there one after a push that cannot be rendered.
    world.charts.set('worker', () => {
      throw new RenderRefused(['.cloud/charts/worker: is broken']);
    });
    await world.change(7, { headSha: shaB });
    await world.settle(5_000);
    assert.equal(world.record(7)?.tenants['']?.trouble?.reason, 'RenderFailed');
    assert.ok(!world.comment(7).includes('foo-7-worker'));
  });
});

describe('a chart’s hooks', () => {
  const hooked = (): readonly SourcedObject[] => [
    ...usual('web')({ computed: { image: { tag: '1' } } }),
    ...one.job('again', { hook: 'pre-upgrade,pre-install', weight: 5 }),
    ...one.job('migrate', { hook: 'pre-install', weight: -5 }),
    ...one.job('also-first', { hook: 'pre-upgrade', weight: -5 }),
    ...one.job('smoke', { hook: 'test' }),
    ...one.job('farewell', { hook: 'post-delete' }),
    ...one.job('plain'),
    ...one.other('v1', 'ConfigMap', 'for-hooks', { data: { a: '1' } }, { 'helm.sh/hook': 'pre-install' }),
  ];

  test('run before the rest, by weight and name; tests and the others do not', async () => {
    const world = withCharts({ web: hooked });
    await world.open(7, { config: undefined });
    const ran: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      await world.settle();
      if (turn < 3) assert.deepEqual(world.inside('foo-7', 'Deployment', 'Ingress'), [], `turn ${turn}`);
      ran.push(...world.cluster.endJobs('complete').map((name) => name.replace(/-[0-9a-f]{8}$/, '')));
    }
    await world.settle();
    assert.deepEqual(ran, ['also-first', 'migrate', 'again', 'plain']);
    assert.deepEqual(world.inside('foo-7', 'Deployment', 'ConfigMap', 'Ingress'), ['ConfigMap/for-hooks', 'Deployment/web', 'Ingress/foo']);
    assert.equal(world.cluster.list('Job').length, 4);
    // No mark of helm's is left on them: nobody runs them as hooks again.
    for (const { metadata } of world.cluster.list('Job')) assert.ok(!Object.keys(metadata.annotations ?? {}).some((key) => key.startsWith('helm.sh/')));
  });
});

describe('manifests', () => {
  test('are taken as they are, with their names filled in', async () => {
    const world = openWorld();
    world.cloudAt(shaA, { manifests: true });
    const asked: Json[] = [];
    world.charts.set('manifests', ({ computed }) => {
      asked.push(computed);
      return [...one.deployment('web', `registry.bar.com/web:${textAt(computed, 'sha')}`), ...one.service('web')];
    });
    await world.live(7, { config: undefined, labels: ['cd/preview/be'] });
    assert.deepEqual(asked[0], { app: 'foo', pr: '7', tenant: 'be', sha: shaA, shortSha: 'aaaaaaa', branch: 'feature', host: 'foo-7-be.preview.bar.com' });
    assert.deepEqual(hostsOf(world, 'foo-7-be'), ['foo-7-be.preview.bar.com']);
    assert.match(world.comment(7), /The preview is live/);
  });
});

describe('what cannot be rendered', () => {
  test('is told with every problem, once, and holds up no other tenant', async () => {
    const world = withCharts({ web: usual('web') }, {});
    world.charts.set('web', (request) => {
      if (request.tenant === 'be') throw new RenderRefused(['.cloud/charts/web/values-be.yaml:3: no map', '.cloud/charts/web: and more']);
      return usual('web')(request);
    });
    await world.live(2, { config: undefined });
    assert.deepEqual(world.previews(), ['foo-2-fr', 'foo-2-hr', 'foo-2-hu']);
    assert.deepEqual(world.record(2)?.tenants['be']?.trouble, { reason: 'RenderFailed', message: 'It cannot be rendered.', problems: ['.cloud/charts/web/values-be.yaml:3: no map', '.cloud/charts/web: and more'], failures: 1 });
    assert.match(world.comment(2), /values-be\.yaml/);
    world.forgetWrites();
    await world.settle(600_000);
    assert.deepEqual(world.writes(), []);
  });

  test('for a reason of ours is tried again, and holds up no other tenant', async () => {
    const world = withCharts({ web: usual('web') }, {});
    let broken = true;
    world.charts.set('web', (request) => {
      if (request.tenant === 'be' && broken) throw new Error('spawn ENOMEM');
      return usual('web')(request);
    });
    await world.live(2, { config: undefined });
    assert.deepEqual(world.previews(), ['foo-2-fr', 'foo-2-hr', 'foo-2-hu']);
    assert.equal(world.record(2)?.tenants['be']?.trouble?.problems, undefined);
    broken = false;
    await world.settle(60_000);
    assert.deepEqual(world.inside('foo-2-be', 'Deployment'), ['Deployment/web']);
    assert.equal(world.record(2)?.tenants['be']?.trouble, undefined);
  });

  test('the files cannot be used: every tenant is told, what ran before stays', async () => {
    const world = withCharts({ web: usual('web') });
    await world.live(241, { config: undefined });
    const cloud = world.github.cloud;
    world.github.cloud = (installation, repository, tree) => (tree.startsWith('2') ? Promise.reject(new RenderRefused(['.cloud/charts/web/big.tgz: is too large'])) : cloud(installation, repository, tree));
    world.forgetWrites();
    await world.change(241, { headSha: shaB });
    await world.settle();
    assert.deepEqual(world.cluster.writes.filter((write) => !write.includes('ConfigMap')), []);
    assert.match(world.comment(241), /big\.tgz`: is too large/);
    assert.equal(world.object('Deployment', 'foo-241').metadata.annotations?.[names.commit], shaA);
  });

  test('GitHub does not give the files: nothing is concluded, and it is tried again', async () => {
    const world = withCharts({ web: usual('web') });
    world.github.fails.set('cloud', () => new Error('502'));
    await world.open(241, { config: undefined });
    await world.settle();
    assert.deepEqual(world.previews(), []);
    assert.equal(world.record(241), undefined);
    assert.notDeepEqual(world.failures, []);
    world.github.fails.clear();
    await world.settle();
    assert.deepEqual(world.previews(), ['foo-241']);
  });
});
