import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { parsePlatform } from '../../app/config/platform.ts';
import { platformSchema } from '../../app/config/platform-schema.ts';
import { parseProject } from '../../app/config/project.ts';
import { projectSchema } from '../../app/config/project-schema.ts';
import { schemaNode } from '../../app/config/shape.ts';

const folder = new URL('../../docs/schemas/', import.meta.url);

/** JSON Schema has no key `example`, and wants data: `examples: [443]`. */
function published(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(published);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === 'example' && typeof value === 'string' ? ['examples', [parseYaml(value)]] : [key, published(value)],
    ),
  );
}

function fileOf(schema: z.ZodType, title: string): string {
  const { $schema, ...rest } = published(schemaNode(schema)) as Record<string, unknown>;
  return `${JSON.stringify({ $schema, title, ...rest }, null, 2)}\n`;
}

const schemas = [
  { name: 'avant.schema.json', text: fileOf(platformSchema, 'avant.yaml') },
  { name: 'preview.schema.json', text: fileOf(projectSchema, '.cloud/preview.yaml') },
];

/** Every node of a JSON Schema. */
function nodesOf(node: unknown): Record<string, unknown>[] {
  if (typeof node !== 'object' || node === null) return [];
  return [...(Array.isArray(node) ? [] : [node as Record<string, unknown>]), ...Object.values(node).flatMap(nodesOf)];
}

const asWritten = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Record<string, unknown>;

const readerOf = (name: string): z.ZodType => z.fromJSONSchema(asWritten(name));

describe('docs/schemas', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(folder, { recursive: true });
    for (const { name, text } of schemas) writeFileSync(new URL(name, folder), text);
  }

  for (const { name, text } of schemas) {
    test(`${name} is what the schema gives (UPDATE_GOLDEN=1 writes it)`, () => {
      assert.equal(readFileSync(new URL(name, folder), 'utf8'), text);
    });

    test(`${name} is a JSON Schema that editors can use`, () => {
      const schema = asWritten(name);
      assert.equal(schema['$schema'], 'https://json-schema.org/draft/2020-12/schema');
      const nodes = nodesOf(schema);
      const patterns = nodes.flatMap(({ pattern }) => (typeof pattern === 'string' ? [pattern] : []));
      assert.ok(patterns.length >= 10);
      // Editors read them with the flag u, which is stricter; look-ahead is not for every reader.
      for (const pattern of patterns) {
        new RegExp(pattern, 'u');
        assert.doesNotMatch(pattern, /\(\?[=!<]/);
      }
      assert.equal(
        nodes
          .filter((node) => node['type'] === 'object' && node['properties'] !== undefined)
          .every((node) => node['additionalProperties'] === false),
        true,
      );
    });
  }
});

const platforms = [
  'domain: preview.bar.com',
  `domain: preview.bar.com
tenants: { fr: { domain: a.fr, cluster: eu, values: { a: [1, { b: null }] } }, be: }
clusters: { eu: { kubeconfig: /k } }
registries: { docker.io: , a.b: { insecure: true, pullSecret: { all: a, fr: b } }, c.d: { pullSecret: e } }
secrets: { namespace: s, projects: { bar/foo: { all: [a], fr: [] } } }
limits: { cpu: 4, memory: 8Gi, storage: 0, pods: 3, jobs: 1h }
network: { ingress: [{ namespace: a }, { cidr: 10.0.0.0/8 }], egress: [{ cidr: ::/0, ports: [1] }], never: [10.0.0.1/32] }
people: [ann, "a[bot]"]
forks: never
ingressAnnotations: []
`,
];

const projects = [
  '{}',
  'image: foo:${sha}',
  `image: foo
service: { name: a, port: { name: b, number: 1 } }
tenants: [fr]
env: { A: 1, B: true, C: "\${tenant}" }
secrets: [a.b]
command: [a, 1, true]
files: { /etc/a: b }
replicas: 2
waitFor: { checks: ["a b"], timeout: 1h }
hooks: { setup: [{ name: a, command: [b], env: { A: b }, timeout: 1s }] }
`,
  'values: { a: [1, { b: null }] }\ntag: pr-${pr}\nservice: { name: a }',
  'apps: { a: { chart: api, values: {} }, b: { image: c }, d: { manifests: true } }',
];

const context = {
  tenants: ['fr', 'be'],
  app: 'foo',
  charts: ['api'],
  manifests: true,
  maxReplicas: 10,
  maxJobMs: 1_800_000,
};

describe('the JSON Schemas', () => {
  const [platform, project] = [readerOf('avant.schema.json'), readerOf('preview.schema.json')];

  test('take what is right', () => {
    for (const text of platforms) {
      assert.equal(parsePlatform(text, 'f').ok, true, text);
      assert.equal(platform.safeParse(parseYaml(text)).success, true, text);
    }
    for (const text of projects) {
      assert.equal(parseProject(text, 'f', context).ok, true, text);
      assert.equal(project.safeParse(parseYaml(text)).success, true, text);
    }
  });

  const wrongPlatforms = [
    '{}',
    'domain: 5',
    'domain: a.b\ndomian: c',
    'domain: a.b\nurl: https://x',
    'domain: a.b\ntenants: { FR: {} }',
    'domain: a.b\ntenants: { fr: { weight: 1 } }',
    'domain: a.b\nclusters: { eu: {} }',
    'domain: a.b\nregistries: { a.b: { pullSecret: A } }',
    'domain: a.b\nsecrets: { namespace: A }',
    'domain: a.b\nlimits: { pods: 0 }',
    'domain: a.b\nlimits: { jobs: 1 hour }',
    'domain: a.b\nnetwork: { egress: [{ cidr: 10.0.0.0/8, ports: [] }] }',
    'domain: a.b\npeople: ["@ann"]',
    'domain: a.b\nforks: always',
    'domain: a.b\ningressAnnotations: [snippet]',
  ];
  for (const text of wrongPlatforms)
    test(`refuse ${text}`, () => {
      assert.equal(parsePlatform(text, 'f').ok, false);
      assert.equal(platform.safeParse(parseYaml(text)).success, false);
    });

  const wrongProjects = [
    'imgae: a',
    'image: 5',
    'image: a\nreplicas: 0',
    'image: a\nservice: { name: A }',
    'image: a\nenv: { 1A: b }',
    'image: a\ncommand: []',
    'image: a\nreadiness: {}',
    'apps: { A: { chart: api } }',
    'apps: { a: { chart: ../api } }',
    'waitFor: { checks: [] }',
    'waitFor: { checks: [a], timeout: soon }',
    'image: a\nhooks: { setup: [{ command: [a] }] }',
    'image: a\nhooks: { setup: [{ name: A, command: [a] }] }',
  ];
  for (const text of wrongProjects)
    test(`refuse ${text}`, () => {
      assert.equal(parseProject(text, 'f', context).ok, false);
      assert.equal(project.safeParse(parseYaml(text)).success, false);
    });

  test('refuse nothing that Avant takes', () => {
    const word = fc.oneof(
      fc.stringMatching(/^[a-z0-9/.:$[\]{}-]{0,12}$/),
      fc.constantFrom(
        '5m',
        'a.b',
        '/etc/a',
        '10.0.0.0/8',
        'bar/foo',
        'https://${host}:1',
        'a[bot]',
        'A_1',
        'all',
        'fr',
        'x.y/z',
      ),
    );
    const one = fc.record({
      key: fc.constantFrom('url', 'namespace', 'label', 'resync', 'people', 'tenants', 'clusters', 'apps', 'secrets'),
      word,
    });
    fc.assert(
      fc.property(one, ({ key, word }) => {
        const shapes: Record<string, unknown> = {
          people: [word],
          tenants: { [word]: null },
          clusters: { [word]: { kubeconfig: '/k' } },
          apps: { [word]: 'foo' },
          secrets: { namespace: word, projects: { 'bar/foo': { all: [word] } } },
        };
        const data = { domain: 'a.b', [key]: shapes[key] ?? word };
        if (parsePlatform(JSON.stringify(data), 'f').ok)
          assert.equal(platform.safeParse(data).success, true, JSON.stringify(data));
      }),
      { numRuns: 1000 },
    );
    const part = fc.record({
      key: fc.constantFrom(
        'service',
        'env',
        'secrets',
        'files',
        'apps',
        'liveness',
        'waitFor',
        'hooks',
        'image',
        'tag',
      ),
      word,
    });
    fc.assert(
      fc.property(part, ({ key, word }) => {
        const shapes: Record<string, unknown> = {
          service: { name: word },
          env: { [word]: word },
          secrets: [word],
          files: { [word]: word },
          apps: { [word]: { image: word } },
          liveness: { path: word },
          waitFor: { checks: [word], timeout: word },
          hooks: { setup: [{ name: word, image: 'a', command: [word] }] },
        };
        const bare = ['apps', 'tag', 'image'].includes(key);
        const data = { ...(bare ? {} : { image: 'foo' }), [key]: shapes[key] ?? word };
        if (parseProject(JSON.stringify(data), 'f', context).ok)
          assert.equal(project.safeParse(data).success, true, JSON.stringify(data));
      }),
      { numRuns: 1000 },
    );
  });
});
