import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAllDocuments, stringify } from 'yaml';
import { names, sha256, type KubernetesObject } from '../../app/core/object.ts';
import { loadTemplates } from '../../app/io/manifests.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { renderPreview } from '../../app/reconcile/render.ts';
import { previewsOf } from '../support/previews.ts';
import { plainConfig, tenantsConfig } from '../support/world.ts';

const render = loadTemplates();
const plain = previewsOf()[0]!;
const folder = new URL('../golden/manifests/', import.meta.url);

const objectsOf = (preview: Preview): readonly KubernetesObject[] => {
  const { namespace, objects } = renderPreview(preview, render);
  return [namespace, ...objects];
};
const ofKind = (preview: Preview, kind: string): KubernetesObject => objectsOf(preview).find((object) => object.kind === kind)!;

describe('golden files', () => {
  const cases: Record<string, readonly Preview[]> = {
    'without-tenants': previewsOf(),
    'tenant-fr': previewsOf(tenantsConfig, { labels: ['cd/preview/fr'] }),
    'every-key': previewsOf(
      `${tenantsConfig.replace('env: {', () => 'env: { PORT: 8080, EMPTY: "", LIT: "$${x}", BRANCH: "${branch}",')}replicas: 2\nresources: { cpu: 0.25, memory: 1Gi }\nreadiness: { path: "/healthz?a=1" }\n`,
      { labels: ['cd/preview/be'], headRef: 'feature/Été' },
    ),
  };
  for (const [name, previews] of Object.entries(cases)) {
    test(name, () => {
      assert.equal(previews.length, 1);
      const text = previews.flatMap(objectsOf).map((object) => stringify(object, { lineWidth: 0 })).join('---\n');
      const path = new URL(`${name}.yaml`, folder);
      if (process.env['UPDATE_GOLDEN'] === '1') {
        mkdirSync(folder, { recursive: true });
        writeFileSync(path, text);
      }
      const golden = readFileSync(path, 'utf8');
      assert.equal(text, golden);
      assert.equal(parseAllDocuments(golden).length, 4);
    });
  }

  test('the Ingress of an app without tenants is, but for our label and annotations, M6’s', () => {
    const { metadata, ...rest } = ofKind(plain, 'Ingress');
    const ours = ([key]: [string, string]): boolean => !key.startsWith('avant/') && key !== names.managedBy;
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

  test('the branch’s code gets no credentials of the cluster', () => {
    const { spec } = ofKind(plain, 'Deployment') as unknown as { spec: { template: { spec: Record<string, unknown> } } };
    assert.equal(spec.template.spec['automountServiceAccountToken'], false);
    assert.equal(spec.template.spec['enableServiceLinks'], false);
  });
});

describe('the hash', () => {
  const hashes = (preview: Preview): (string | undefined)[] => objectsOf(preview).map(({ metadata }) => metadata.annotations?.[names.hash]);

  test('is of what is applied, not of when it was read', () => {
    assert.deepEqual(hashes({ ...plain, readAt: '2030-01-01T00:00:00Z' }), hashes(plain));
  });

  test('of a new commit differs for the Deployment alone', () => {
    const sha = 'd'.repeat(40);
    const changed = hashes({ ...plain, sha, image: `registry.bar.com/foo:${sha}` }).map((hash, index) => hash !== hashes(plain)[index]);
    assert.deepEqual(changed, [false, true, false, false]);
  });

  test('is on everything but the namespace, which is never applied', () => {
    assert.deepEqual(hashes(plain).map((hash) => hash?.length), [undefined, 64, 64, 64]);
    assert.notEqual(hashes(plain)[1], sha256(''));
  });
});

describe('what a branch can write cannot leave its place', () => {
  /** The keys of a value to the last level, without its scalars. */
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (typeof value !== 'object' || value === null) return typeof value;
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
  };
  const nasty = fc.oneof(
    fc.constantFrom('\n', '"\nhostNetwork: true', '{{json env}}', '}}', '{{{x}}}', '${sha}', "'", '"', '# x', '- a', '&a *a', '!!js/function', '<<: *x', '\u2028', '\u0085', '\t', '\r\n', '~', 'null', 'yes', '0x1', '1e3', '\\u0000', '---', '...', '|', '>', '%YAML', '__proto__', '\ud800', '\ufeff', '\u007f'),
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
  );
  const text = fc.array(nasty, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('')).filter((value) => value !== '');

  test('env and image come out as they went in, and add no key', () => {
    const before = shapeOf(ofKind({ ...plain, env: [{ name: 'A', value: 'x' }] }, 'Deployment').spec);
    fc.assert(
      fc.property(text, text, (image, value) => {
        const { spec } = ofKind({ ...plain, image, env: [{ name: 'A', value }] }, 'Deployment');
        assert.deepEqual(shapeOf(spec), before);
        const { containers } = (spec as unknown as { template: { spec: { containers: [{ image: string; env: [{ value: string }] }] } } }).template.spec;
        assert.equal(containers[0].image, image);
        // The kubelet makes one `$` of two.
        assert.equal(containers[0].env[0].value.replaceAll('$$', '$'), value);
      }),
      { numRuns: 150 },
    );
  });

  test('nor do long values', () => {
    const value = 'x: "y" \n'.repeat(4_000);
    const { spec } = ofKind({ ...plain, env: [{ name: 'A', value }] }, 'Deployment');
    assert.ok(JSON.stringify(spec).includes(JSON.stringify(value)));
  });

  test('nor do names, paths and addresses', () => {
    fc.assert(
      fc.property(text, text, text, text, (url, name, path, host) => {
        const project = { ...plain.project, service: { ...plain.project.service, name }, readiness: { path } };
        const preview = { ...plain, host, project, pullRequest: { ...plain.pullRequest, url } };
        const objects = objectsOf(preview);
        assert.deepEqual(objects.map((object) => Object.keys(object).sort()), [['apiVersion', 'kind', 'metadata'], ...[1, 2, 3].map(() => ['apiVersion', 'kind', 'metadata', 'spec'])]);
        assert.equal(objects[0]?.metadata.annotations?.[names.url], url);
        assert.equal(objects[2]?.metadata.name, name);
        assert.deepEqual(shapeOf(objects[3]?.spec), shapeOf(ofKind(plain, 'Ingress').spec));
      }),
      { numRuns: 50 },
    );
  });

  test('a value that a template names and was not given is an error', () => {
    assert.throws(() => render('namespace', { namespace: 'x' }));
  });
});

test('a config without env, readiness or replicas renders', () => {
  const [preview] = previewsOf('image: foo:1\ntenants: []\n');
  assert.ok(preview);
  assert.equal(objectsOf(preview).length, 4);
  assert.ok(plainConfig.includes('nginx'));
});
