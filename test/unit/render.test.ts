import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import type { TemplateSource } from '../../app/config/project.ts';
import { canonicalQuantity } from '../../app/config/quantity.ts';
import { at, listAt } from '../../app/core/json.ts';
import { names, sha256, type Json, type KubernetesObject, type ObjectRef } from '../../app/core/object.ts';
import type { SourcedObject } from '../../app/core/ports.ts';
import { loadTemplates } from '../../app/io/manifests.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { namespaceOf } from '../../app/reconcile/render/furniture.ts';
import { renderHook, renderLink, renderTemplateApp } from '../../app/reconcile/render/template.ts';
import { chartObjects } from '../support/chart-objects.ts';
import { ask, factsWith, intentFor, objectsOf, previewsOf, type Surroundings } from '../support/previews.ts';
import { plainConfig, platformFrom, shaA, tenantsConfig } from '../support/world.ts';

const render = loadTemplates();
const plain = previewsOf()[0]!;
const folder = new URL('../golden/manifests/', import.meta.url);
const ofKind = async (preview: Preview, kind: string): Promise<KubernetesObject> => (await objectsOf(preview)).find((object) => object.kind === kind)!;

const everyKey = `
image: registry.bar.com/foo:\${sha}
service: { name: foo-service, port: { name: nginx, number: 8080 } }
env: { PORT: 8080, EMPTY: "", LIT: "$\${x}", BRANCH: "\${branch}", PRICE: "5$", TENANT: "\${tenant}" }
secrets: [foo, foo-be]
command: [node, server.js]
args: [--port, 8080, "$HOME"]
replicas: 2
resources: { cpu: 0.25, memory: 1Gi }
readiness: { path: "/healthz?a=1" }
liveness: { path: /alive }
files: { /etc/foo/config.yaml: "tenant: \${tenant}\\nhost: \${host}\\n", /etc/foo/empty: "" }
hooks:
  setup:
    - { name: migrate, command: [npm, run, migrate], env: { AT: "\${host}" }, secrets: [foo], timeout: 90s }
    - { name: seed, image: "registry.bar.com/seed:1", command: [seed] }
  teardown: [{ name: dump, command: [npm, run, dump] }]
`;
const platform = platformFrom(`
tenants: { fr: {}, be: {}, hr: {}, hu: {} }
registries: { registry.bar.com: { pullSecret: registry } }
secrets: { namespace: vault, projects: { bar/foo: { all: [foo], be: [foo-be] } } }
network:
  ingress: [{ namespace: ingress }, { cidr: 10.0.0.0/24 }]
  egress: [{ cidr: 0.0.0.0/0, ports: [443] }, { cidr: 169.254.169.254/32 }, { cidr: 192.168.7.0/24 }]
  never: [10.96.0.1/32]
limits: { cpu: 2, memory: 4Gi, storage: 1Gi, pods: 12 }
`);
const secret = (ref: ObjectRef): KubernetesObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: ref.name, namespace: 'vault', uid: `uid-${ref.name}`, resourceVersion: '7' }, type: 'Opaque', data: { key: 'dmFsdWU=' } });
const vault: Surroundings = { platform, cluster: { get: (ref) => Promise.resolve(secret(ref)), version: () => Promise.resolve('1.36.1'), apiServer: () => Promise.resolve([]) } };

describe('golden files', () => {
  const charts = { api: chartObjects.service('api').concat(chartObjects.deployment('api', `registry.bar.com/api:${shaA}`), chartObjects.job('db-init', { hook: 'pre-install' })), front: [...chartObjects.deployment('front', 'registry.bar.com/front:1'), ...chartObjects.service('front'), ...chartObjects.ingress('front', 'foo-241-front-fr.preview.bar.com')] };
  const cloud = { kind: 'folder', tree: 't', charts: ['api', 'front'], manifests: false } as const;
  const chartPreviews = ask(factsWith({ config: { kind: 'absent' }, cloud, labels: ['cd/preview/fr'] })).previews;
  const approved = intentFor(['cd/preview'], { approved: { sha: shaA, by: 'ann', at: '2026-11-22T07:00:00Z' } });
  const cases: Record<string, readonly [readonly Preview[], Surroundings, documents: number]> = {
    'without-tenants': [previewsOf(), {}, 8],
    'tenant-fr': [previewsOf(tenantsConfig, { labels: ['cd/preview/fr'] }), {}, 8],
    'every-key': [ask(factsWith({ config: { kind: 'file', text: everyKey }, labels: ['cd/preview/be'], headRef: 'feature/Été' }), { platform }).previews, vault, 15],
    'fork': [ask(factsWith({ fork: true, config: { kind: 'file', text: `${everyKey}tenants: []\n` } }), { platform, intent: approved }).previews, vault, 12],
    'two-charts': [chartPreviews, { charts }, 12],
  };
  for (const [name, [previews, surroundings, documents]] of Object.entries(cases)) {
    test(name, async () => {
      assert.equal(previews.length, 1);
      const objects = (await Promise.all(previews.map((preview) => objectsOf(preview, surroundings)))).flat();
      const text = objects.map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
      const path = new URL(`${name}.yaml`, folder);
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(folder, { recursive: true });
        writeFileSync(path, text);
      }
      const golden = readFileSync(path, 'utf8');
      assert.equal(text, golden);
      assert.equal(parseAllDocuments(golden).length, documents);
    });
  }

  test('the Ingress of an app without tenants is, but for our label and annotations, M6’s', async () => {
    const { metadata, ...rest } = await ofKind(plain, 'Ingress');
    const ours = ([key]: [string, string]): boolean => !/^(avant|haproxy-ingress\.github\.io)\//.test(key) && key !== names.managedBy;
    const bare = { ...metadata, labels: Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(ours)), annotations: Object.fromEntries(Object.entries(metadata.annotations ?? {}).filter(ours)) };
    assert.deepEqual(
      { ...rest, metadata: bare },
      {
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'foo', namespace: 'foo-241', labels: {}, annotations: { 'kubernetes.io/ingress.class': 'haproxy-v1' } },
        spec: {
          rules: [
            {
              host: 'foo-241.preview.bar.com',
              http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'foo-service', port: { name: 'nginx' } } } }] },
            },
          ],
        },
      },
    );
  });

  test('the branch’s code gets no credentials of the cluster', async () => {
    const { spec } = (await ofKind(plain, 'Deployment')) as unknown as { spec: { template: { spec: Record<string, unknown> } } };
    assert.equal(spec.template.spec['automountServiceAccountToken'], false);
    assert.equal(spec.template.spec['enableServiceLinks'], false);
  });
});

test('quantities are written as the API server gives them back, so that they do not look changed', async () => {
  const quantities = (value: Json | undefined): readonly Json[] => (typeof value === 'object' && value !== null ? Object.values(value).flatMap((one) => quantities(one ?? null)) : [value ?? null]);
  const [quota, limits] = await Promise.all(['ResourceQuota', 'LimitRange'].map((kind) => ofKind(plain, kind)));
  const found = quantities([at(quota?.spec, 'hard') ?? null, ...listAt(limits?.spec, 'limits').map((limit) => ({ ...(limit as object), type: '1' }))]);
  assert.ok(found.length > 8);
  for (const quantity of found) assert.ok(typeof quantity === 'string' && canonicalQuantity(quantity) === quantity, JSON.stringify(quantity));
});

describe('limits of containers', () => {
  type Row = [what: string, resources: Json | undefined, limits: Json | undefined];
  const rows: Row[] = [
    ['that ask for nothing are the namespace’s', undefined, undefined],
    ['that ask for less are the namespace’s', { requests: { memory: '128Mi' } }, undefined],
    ['that ask for more than the namespace gives are what they ask for', { requests: { memory: '1Gi', cpu: '1' } }, { memory: '1Gi' }],
    ['that ask for more disk likewise', { requests: { 'ephemeral-storage': '3Gi' } }, { 'ephemeral-storage': '3Gi' }],
    ['that have their own are their own', { requests: { memory: '1Gi' }, limits: { memory: '2Gi' } }, { memory: '2Gi' }],
    ['of which one is missing have the others too', { requests: { memory: '1Gi' }, limits: { cpu: '1' } }, { cpu: '1', memory: '1Gi' }],
  ];
  for (const [what, resources, limits] of rows) {
    test(what, async () => {
      const cloud = { kind: 'folder', tree: 't', charts: ['web'], manifests: false } as const;
      const [preview] = ask(factsWith({ config: { kind: 'absent' }, cloud }), { platform: { tenants: [] } }).previews;
      const [deployment] = await objectsOf(preview!, { charts: { web: chartObjects.deployment('web', 'web:1', { containers: [{ name: 'main', image: 'web:1', ...(resources === undefined ? {} : { resources }) }] }) } }).then((objects) => objects.filter(({ kind }) => kind === 'Deployment'));
      const [container] = listAt(deployment?.spec, 'template', 'spec', 'containers');
      assert.deepEqual(at(container, 'resources', 'limits'), limits);
    });
  }
});

test('no rule lets a preview reach the API server', async () => {
  const network = platformFrom('network: { egress: [{ cidr: 0.0.0.0/0 }, { cidr: 10.96.0.1/32 }, { cidr: "fd00::/8" }] }\n');
  const cluster = { get: () => Promise.resolve(undefined), version: () => Promise.resolve('1.36.1'), apiServer: () => Promise.resolve(['10.96.0.1', 'fd00::1']) };
  const policy = (await objectsOf(plain, { platform: network, cluster })).find(({ kind }) => kind === 'NetworkPolicy');
  const blocks = listAt(policy?.spec, 'egress').flatMap((rule) => listAt(rule, 'to').flatMap((to) => at(to, 'ipBlock') ?? []));
  assert.deepEqual(blocks.map((block) => at(block, 'cidr')), ['0.0.0.0/0', 'fd00::/8']);
  assert.ok(listAt(blocks[0], 'except').includes('10.96.0.1/32') && listAt(blocks[1], 'except').includes('fd00::1/128'));
});

describe('the hash', () => {
  const hashes = async (preview: Preview): Promise<Record<string, string | undefined>> =>
    Object.fromEntries((await objectsOf(preview)).map(({ kind, metadata }) => [kind, metadata.annotations?.[names.hash]]));

  test('is of what is applied, not of when it was read', async () => {
    assert.deepEqual(await hashes({ ...plain, readAt: '2030-01-01T00:00:00Z' }), await hashes(plain));
  });

  test('of a new commit differs for the Deployment alone', async () => {
    const [before, after] = [await hashes(plain), await hashes(previewsOf(plainConfig, { headSha: 'd'.repeat(40) })[0]!)];
    assert.deepEqual(Object.keys(before).filter((kind) => before[kind] !== after[kind]), ['Deployment']);
  });

  test('of a new commit that the pods do not depend on differs for nothing', async () => {
    const text = plainConfig.replace('${sha}', 'stable');
    assert.deepEqual(await hashes(previewsOf(text, { headSha: 'd'.repeat(40) })[0]!), await hashes(previewsOf(text)[0]!));
  });

  test('is on everything but the namespace, which is never applied', async () => {
    const { Namespace, ...others } = await hashes(plain);
    assert.equal(Namespace, undefined);
    assert.equal(Object.keys(others).length, 7);
    assert.ok(Object.values(others).every((hash) => hash?.length === 64 && hash !== sha256('')));
  });
});

describe('what a branch can write cannot leave its place', () => {
  const [app] = plain.apps;
  assert.ok(app?.source.kind === 'template');
  const source: TemplateSource = app.source;
  /** The keys of a value to the last level, without its scalars. */
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
  };
  const nasty = fc.oneof(
    fc.constantFrom('\n', '"\nhostNetwork: true', '{{json env}}', '}}', '{{{x}}}', '${sha}', "'", '"', '# x', '- a', '&a *a', '!!js/function', '<<: *x', '\u2028', '\u0085', '\t', '\r\n', '~', 'null', 'yes', '0x1', '1e3', '\\u0000', '---', '...', '|', '>', '%YAML', '__proto__', '\ud800', '\ufeff', '\u007f', '$', '$(A)'),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
  );
  const text = fc.array(nasty, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')).filter((value) => value !== '');
  /** A template that stands for this text. */
  const literal = (value: string): string => value.replaceAll('${', () => '$${');
  const drafts = (changes: Partial<TemplateSource>): readonly SourcedObject[] => renderTemplateApp(plain, app, { ...source, ...changes }, render);
  const specOf = (objects: readonly SourcedObject[], kind: string): Json => objects.find(({ object }) => object['kind'] === kind)?.object['spec'] ?? null;
  type Container = { image: string; command?: string[]; args?: string[]; env: { value: string }[]; volumeMounts?: { mountPath: string }[] };
  const containerIn = (spec: Json): Container => (spec as unknown as { template: { spec: { containers: [Container] } } }).template.spec.containers[0];
  // The kubelet makes one `$` of two.
  const once = (value: string): string => value.replaceAll('$$', () => '$');

  test('an app’s texts come out as they went in, and add no key', () => {
    const changes = (value: string): Partial<TemplateSource> => ({ image: literal(value), env: [{ name: 'A', value: literal(value) }], command: [value, 'x'], args: [value], files: [{ path: value, content: literal(value) }] });
    const before = drafts(changes('x')).map(({ object }) => shapeOf(object));
    fc.assert(
      fc.property(text, (value) => {
        const objects = drafts(changes(value));
        assert.deepEqual(objects.map(({ object }) => shapeOf(object)), before);
        const container = containerIn(specOf(objects, 'Deployment'));
        assert.equal(container.image, value);
        assert.deepEqual([...container.env.map((one) => one.value), container.command?.[0] ?? '', container.args?.[0] ?? ''].map(once), [value, value, value]);
        assert.equal(container.volumeMounts?.[0]?.mountPath, value);
        assert.deepEqual(objects.find(({ object }) => object['kind'] === 'ConfigMap')?.object['data'], { 'file-1': value });
      }),
      { numRuns: 150 },
    );
  });

  test('a hook’s texts do not either', () => {
    const job = (value: string): SourcedObject => renderHook(plain, 'setup', { name: 'migrate', image: literal(value), command: [value], env: [{ name: 'A', value: literal(value) }], secrets: [], timeoutMs: 1_500 }, render);
    const before = shapeOf(job('x').object);
    fc.assert(
      fc.property(text, (value) => {
        assert.deepEqual(shapeOf(job(value).object), before);
        const container = containerIn(job(value).object['spec'] ?? null);
        assert.deepEqual([container.image, ...[container.command?.[0] ?? '', container.env[0]?.value ?? ''].map(once)], [value, value, value]);
      }),
      { numRuns: 100 },
    );
  });

  test('nor do long values', () => {
    const value = 'x: "y" \n'.repeat(4_000);
    assert.ok(JSON.stringify(drafts({ env: [{ name: 'A', value }] })).includes(JSON.stringify(value)));
  });

  test('nor do names, paths and addresses', () => {
    const link = (host: string, name: string): SourcedObject => renderLink(plain, { ...app, host }, { service: name, port: { name } }, render);
    fc.assert(
      fc.property(text, text, text, text, (url, name, path, host) => {
        const service = { ...source.service, name };
        assert.deepEqual(drafts({ service, readiness: { path }, liveness: { path } }).map(({ object }) => shapeOf(object)), drafts({ readiness: { path: '/' }, liveness: { path: '/' } }).map(({ object }) => shapeOf(object)));
        assert.deepEqual(shapeOf(link(host, name).object), shapeOf(link('x', 'y').object));
        const namespace = namespaceOf({ ...plain, pullRequest: { ...plain.pullRequest, url } }, render);
        assert.deepEqual(Object.keys(namespace).sort(), ['apiVersion', 'kind', 'metadata']);
        assert.equal(namespace.metadata.annotations?.[names.url], url);
      }),
      { numRuns: 50 },
    );
  });

  test('a value that a template names and was not given is an error', () => {
    assert.throws(() => render('namespace', { namespace: 'x' }));
  });
});

test('a config without env, readiness or replicas renders', async () => {
  const [preview] = previewsOf('image: foo:1\ntenants: []\n');
  assert.ok(preview);
  assert.equal((await objectsOf(preview)).length, 8);
});
