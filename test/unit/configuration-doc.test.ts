import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse as parseYaml, stringify } from 'yaml';
import type { z } from 'zod';
import { variables } from '../../app/config/env.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { parsePlatform } from '../../app/config/platform.ts';
import { platformSchema } from '../../app/config/platform-schema.ts';
import { parseProject } from '../../app/config/project.ts';
import type { ProjectContext } from '../../app/config/project-context.ts';
import { projectSchema } from '../../app/config/project-schema.ts';
import { schemaNode, typeNames, type SchemaNode } from '../../app/config/shape.ts';

const page = new URL('../../docs/configuration.md', import.meta.url);
const written = readFileSync(page, 'utf8');

type Key = { readonly path: string; readonly node: SchemaNode; readonly required: boolean };

/** Every key below a node: `<…>` for those that people choose, `[]` for an entry of a list; none below what is as another. */
function keysOf(node: SchemaNode, prefix = ''): Key[] {
  if (node.sameAs !== undefined) return [];
  return [node, ...(node.anyOf ?? [])].flatMap(({ properties = {}, required = [], ...option }) => [
    ...Object.entries(properties).flatMap(([name, child]) =>
      keyAndBelow(`${prefix}${name}`, child, required.includes(name)),
    ),
    ...(option.additionalProperties
      ? keyAndBelow(`${prefix}<${option.propertyNames?.title ?? 'name'}>`, option.additionalProperties, false)
      : []),
    ...(option.items ? keysOf(option.items, `${prefix.slice(0, -1)}[].`) : []),
  ]);
}

function keyAndBelow(path: string, node: SchemaNode, required: boolean): Key[] {
  return [{ path, node, required }, ...keysOf(node, `${path}.`)];
}

function typeOf(node: SchemaNode): string {
  if (node.sameAs !== undefined) return `as \`${node.sameAs}\``;
  const words = [node, ...(node.anyOf ?? [])].find((one) => one.enum)?.enum;
  if (words) return words.map((one) => `\`${one}\``).join(', ');
  const types = [node, ...(node.anyOf ?? [])].flatMap((one) => one.type ?? []).filter((type) => type !== 'null');
  return [...new Set(types)].map((type) => typeNames[type] ?? type).join(' or ') || 'anything';
}

function defaultOf({ node, required }: Key): string {
  if (required) return '**required**';
  const given: readonly unknown[] = Array.isArray(node.default) ? node.default : [node.default];
  const plain = given.filter((one) => ['string', 'number', 'boolean'].includes(typeof one));
  return plain.map((one) => `\`${String(one)}\``).join(', ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function tableOf(schema: z.ZodType): string {
  const rows = keysOf(schemaNode(schema)).map((key) => {
    const { node, path } = key;
    return [`\`${path}\``, typeOf(node), defaultOf(key), `\`${node.example ?? ''}\``, node.description ?? ''];
  });
  return table(['key', 'takes', 'default', 'example', 'what it is'], rows);
}

const tables: Readonly<Record<string, string>> = {
  platform: tableOf(platformSchema),
  project: tableOf(projectSchema),
  environment: table(
    ['variable', 'default', 'what it is'],
    variables.map((one) => [`\`${one.name}\``, one.default === '' ? '' : `\`${one.default}\``, one.description]),
  ),
};

function withTables(text: string): string {
  return Object.entries(tables).reduce((page, [name, lines]) => {
    const [begin, end] = [`<!-- ${name}: made from the schema -->`, `<!-- end of ${name} -->`];
    assert.ok(page.includes(begin) && page.includes(end), `docs/configuration.md has no place for the table ${name}`);
    const after = page.slice(page.indexOf(end));
    return `${page.slice(0, page.indexOf(begin) + begin.length)}\n\n${lines}\n\n${after}`;
  }, text);
}

const context: ProjectContext = {
  tenants: ['fr', 'be', 'hr', 'hu'],
  app: 'foo',
  charts: ['api', 'front'],
  manifests: true,
  maxReplicas: 10,
  maxJobMs: 1_800_000,
  door: undefined,
};

describe('docs/configuration.md', () => {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(page, withTables(written));

  test('has the tables that the schemas and the environment give (UPDATE_GOLDEN=1 writes them)', () => {
    assert.equal(readFileSync(page, 'utf8'), withTables(readFileSync(page, 'utf8')));
  });

  for (const [name, schema] of [
    ['platform', platformSchema],
    ['project', projectSchema],
  ] as const) {
    test(`every key of the ${name} is described, with an example`, () => {
      const keys = keysOf(schemaNode(schema));
      assert.ok(keys.length >= 10);
      for (const { path, node } of keys)
        assert.ok((node.description ?? '') !== '' && (node.example ?? '') !== '', path);
    });
  }

  test('its examples are valid as they stand', () => {
    const blocks = Array.from(
      readFileSync(page, 'utf8').matchAll(/```yaml\n# (avant\.yaml|\.cloud\/preview\.yaml)\b.*\n([\s\S]*?)```/g),
      ([, file = '', text = '']) => [file, text] as const,
    );
    const preview = '.cloud/preview.yaml';
    assert.deepEqual(
      blocks.map(([file]) => file),
      ['avant.yaml', 'avant.yaml', preview, preview, preview, preview],
    );
    for (const [file, text] of blocks) {
      const read = file === 'avant.yaml' ? parsePlatform(text, file) : parseProject(text, file, context);
      assert.ok(read.ok, read.ok ? '' : read.problems.map(formatProblem).join('\n'));
    }
  });

  /** What the keys that people choose may be. */
  const names: Readonly<Record<string, string>> = {
    tenant: 'fr',
    'tenant or all': 'all',
    cluster: 'eu',
    registry: 'registry.bar.com',
    'owner/name': 'bar/foo',
    variable: 'NAME',
    path: '/etc/foo',
    app: 'api',
    key: 'x',
    header: 'X-Env',
    way: 'office',
  };

  /** What has to stand beside a key of these. */
  const companions: readonly (readonly [RegExp, object])[] = [
    [/^(?!apps|values|tag).*$/, { image: 'foo' }],
    [/rateLimit\.except/, { traffic: { rateLimit: { requestsPerSecond: 1 } } }],
    [/^apps\.<app>\.(?!image|chart|values|tag|manifests)/, { apps: { api: { image: 'foo' } } }],
    [/^apps\.<app>\.(values|tag)/, { apps: { api: { chart: 'api' } } }],
    [/^waitFor\.timeout/, { waitFor: { checks: ['a'] } }],
    [/^hooks\.setup\[\]/, { hooks: { setup: [{ name: 'a', image: 'foo', command: ['b'] }] } }],
    [/^hooks\.teardown\[\]/, { hooks: { teardown: [{ name: 'a', image: 'foo', command: ['b'] }] } }],
  ];

  const platformCompanions: readonly (readonly [RegExp, object])[] = [
    [/./, { domain: 'a.b', tenants: { fr: {}, be: {} } }],
    [/^(registries|secrets\.projects)/, { secrets: { namespace: 'avant-secrets' } }],
    [/rateLimit\.except/, { traffic: { rateLimit: { requestsPerSecond: 1 } } }],
    [/^access\.ways/, { secrets: { namespace: 'avant-secrets' } }],
    [/^access\.ways\.<way>\.realm/, { access: { ways: { office: { secret: 'a' } } } }],
    [/^access\.ways\.<way>\.(signin|headers)/, { access: { ways: { office: { request: 'http://a.b/' } } } }],
    [/^door\.(?!address)/, { door: { address: 'http://a.b' } }],
    [/^clusters\.<cluster>\.door/, { clusters: { eu: { kubeconfig: '/k' } } }],
    [/^network\.egress\[\]/, { network: { egress: [{ cidr: '10.0.0.0/8' }] } }],
  ];

  const withExample = ({ path, node }: Key, beside: typeof companions): string => {
    const base = beside.filter(([fits]) => fits.test(path)).map(([, some]) => some);
    const steps = path.replaceAll(/\[\]/g, '.0').match(/<[^>]+>|[^.]+/g) ?? [];
    const keys = steps.map((step) => (step.startsWith('<') ? (names[step.slice(1, -1)] ?? step) : step));
    return stringify(withValue(Object.assign({}, ...base) as unknown, keys, parseYaml(node.example ?? '')));
  };

  for (const key of keysOf(schemaNode(platformSchema)))
    test(`the example of ${key.path} is valid where it stands, in avant.yaml`, () => {
      const text = withExample(key, platformCompanions);
      const read = parsePlatform(text, 'f');
      assert.ok(read.ok, `${text}\n${read.ok ? '' : read.problems.map(formatProblem).join('\n')}`);
    });

  for (const key of keysOf(schemaNode(projectSchema)))
    test(`the example of ${key.path} is valid where it stands, in .cloud/preview.yaml`, () => {
      const text = withExample(key, companions);
      const read = parseProject(text, 'f', context);
      assert.ok(read.ok, `${text}\n${read.ok ? '' : read.problems.map(formatProblem).join('\n')}`);
    });
});

/** Returns the data with a value at a path; the key `0` is the first of a list. */
function withValue(data: unknown, [first, ...rest]: readonly string[], value: unknown): unknown {
  if (first === undefined) return value;
  const inner = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[first] : undefined;
  const changed = withValue(inner, rest, value);
  return first === '0' ? [changed] : { ...(data as object | undefined), [first]: changed };
}
