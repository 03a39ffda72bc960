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

/** JSON Schema has no key `example`, and wants data: `examples: [443]`; `sameAs` is for the reference. */
function published(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(published);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).flatMap(([key, value]) => {
      if (key === 'sameAs' && typeof value === 'string') return [];
      return [key === 'example' && typeof value === 'string' ? ['examples', [parseYaml(value)]] : [key, published(value)]];
    }),
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

/** The schema of the chart's values: written by hand, but for the line that says what `config`, which is avant.yaml, may be. */
const chartFile = new URL('../../install/chart/values.schema.json', import.meta.url);

/** What helm is to refuse of avant.yaml, without what is there to be read. That the domain is missing, the chart says better itself. */
function configLine(): string {
  const { $schema: _draft, required: _required, ...config } = published(schemaNode(platformSchema)) as Record<string, unknown>;
  const spoken = (key: string, value: unknown): unknown => (['description', 'examples', 'default'].includes(key) && !isSchema(value) ? undefined : value);
  return `    "config": ${JSON.stringify(config, spoken)},`;
}

/** A key of avant.yaml may have such a name, too; then it has a schema. */
const isSchema = (value: unknown): boolean => typeof value === 'object' && value !== null && ('type' in value || 'anyOf' in value || 'enum' in value);

const withConfigLine = (text: string): string => text.replace(/^ {4}"config": .*$/m, () => configLine());

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
    writeFileSync(chartFile, withConfigLine(readFileSync(chartFile, 'utf8')));
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

test('the values of the chart: `config` is what the schema of avant.yaml gives (UPDATE_GOLDEN=1 writes it)', () => {
  const text = readFileSync(chartFile, 'utf8');
  assert.equal(text, withConfigLine(text));
  const values = JSON.parse(text) as { readonly properties: { readonly config: { readonly properties: object } } };
  assert.deepEqual(Object.keys(values.properties.config.properties).sort(), Object.keys(platformSchema.shape).sort());
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
ingress: { controller: haproxytech, classForm: both, tls: true, noindex: false }
`,
  `domain: a.b
secrets: { namespace: s }
traffic:
  rateLimit: { requestsPerSecond: 10, except: [10.0.0.0/8] }
  connectionsPerAddress: 10
  requestHeaders: { X-A: 1, X-B: "{}" }
  responseHeaders: { X-C: true, X-D: }
  queue: { maxConnections: 1, length: 2, timeout: 3s }
  balance: first
  timeouts: { server: 1m, connect: 1s, tunnel: 1h }
  protocol: h2
  bodySize: 1048576
  bounds: { rateLimit: { requestsPerSecond: 20, except: [] }, headers: 0, queue: { timeout: 5s }, timeouts: { server: 24h }, bodySize: 2Mi }
access:
  ways:
    a: { addresses: [10.0.0.0/8, "fd00::/8"] }
    b: { secret: a.b, realm: a b }
    c: { request: "https://a.b:1/c?d=e", signin: "https://f/?rd=\${url}&a=%20", headers: [X-G] }
  default: a
  choices: [open, c]
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
  `image: foo
traffic:
  rateLimit:
  requestHeaders: { X-A: 1, X-B: "a b" }
  balance:
  timeouts: { server: 2m, tunnel: }
  rewrite: /a/b.c
  bodySize: 50Mi
  tenants: { fr: { protocol: grpc, bodySize: }, be: }
access: office
`,
  'apps: { a: { chart: api, traffic: { protocol: http1, tenants: { fr: { rewrite: / } } }, access: }, b: { image: c, access: open } }',
];

const context = {
  tenants: ['fr', 'be'],
  app: 'foo',
  charts: ['api'],
  manifests: true,
  maxReplicas: 10,
  maxJobMs: 1_800_000,
  door: undefined,
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
    'domain: a.b\ningress: { controller: nginx }',
    'domain: a.b\ntraffic: { rewrite: /a }',
    'domain: a.b\ntraffic: { requestHeaders: { "a b": c } }',
    'domain: a.b\ntraffic: { bounds: { headers: 51 } }',
    'domain: a.b\naccess: { ways: { A: { secret: a } } }',
    'domain: a.b\naccess: { ways: { a: { addresses: [] } } }',
    'domain: a.b\naccess: { ways: { a: { request: "ftp://a" } } }',
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
    'image: a\ntraffic: { bounds: {} }',
    'image: a\ntraffic: { tenants: { fr: { tenants: {} } } }',
    'image: a\ntraffic: { balance: uri }',
    'image: a\ntraffic: { rewrite: api }',
    'image: a\ntraffic: { rewrite: /a b }',
    'image: a\ntraffic: { timeouts: { server: 90 } }',
    'image: a\ntraffic: { rateLimit: { requestsPerSecond: 0 } }',
    'image: a\ntraffic: { requestHeaders: [X-A] }',
    'image: a\naccess: Office',
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
