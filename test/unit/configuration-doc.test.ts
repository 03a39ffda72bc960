import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import type { z } from 'zod';
import { variables } from '../../app/config/env.ts';
import { parsePlatform, platformSchema } from '../../app/config/platform.ts';
import { parseProject, projectSchema } from '../../app/config/project.ts';
import { schemaNode, typeNames, type SchemaNode } from '../../app/config/shape.ts';

const page = new URL('../../docs/configuration.md', import.meta.url);
const written = readFileSync(page, 'utf8');

type Key = { readonly path: string; readonly node: SchemaNode; readonly required: boolean };

/** Every key below a node, with `<name>` for the keys that people choose. */
function keysOf(node: SchemaNode, prefix = ''): Key[] {
  const options = [node, ...(node.anyOf ?? [])];
  return options.flatMap(({ properties = {}, additionalProperties }) => [
    ...Object.entries(properties).flatMap(([name, child]) =>
      keyAndBelow(`${prefix}${name}`, child, requires(node, name)),
    ),
    ...(additionalProperties ? keyAndBelow(`${prefix}<name>`, additionalProperties, false) : []),
  ]);
}

function keyAndBelow(path: string, node: SchemaNode, required: boolean): Key[] {
  return [{ path, node, required }, ...keysOf(node, `${path}.`)];
}

function requires(node: SchemaNode & { readonly required?: readonly string[] }, name: string): boolean {
  return node.required?.includes(name) ?? false;
}

function typeOf(node: SchemaNode): string {
  if (node.enum) return node.enum.map((one) => `\`${one}\``).join(', ');
  const types = [node, ...(node.anyOf ?? [])].flatMap((one) => one.type ?? []).filter((type) => type !== 'null');
  return [...new Set(types)].map((type) => typeNames[type] ?? type).join(' or ');
}

function defaultOf({ node, required }: Key): string {
  if (required) return '**required**';
  const given = node.default;
  return typeof given === 'string' || typeof given === 'number' ? `\`${given}\`` : '';
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
      readFileSync(page, 'utf8').matchAll(/```yaml\n# (\S+).*\n([\s\S]*?)```/g),
      ([, file = '', text = '']) => [file, text] as const,
    );
    assert.deepEqual(
      blocks.map(([file]) => file),
      ['avant.yaml', '.cloud/preview.yaml'],
    );
    const [platform, project] = [
      parsePlatform(blocks[0]?.[1] ?? '', 'avant.yaml'),
      parseProject(blocks[1]?.[1] ?? '', 'p', { tenants: ['fr', 'be', 'hr', 'hu'], app: 'foo' }),
    ];
    assert.deepEqual([platform.ok, project.ok], [true, true]);
  });

  test('every key’s example is valid where it stands', () => {
    for (const { path, node } of keysOf(schemaNode(platformSchema))) {
      const names: Record<string, string> = { 'tenants.<name>': 'fr', 'apps.<name>': 'bar/foo' };
      const text = nested(path.replace('<name>', names[path] ?? ''), node.example ?? '');
      const read = parsePlatform(path === 'domain' ? text : `domain: a.b\n${text}`, 'f');
      assert.ok(read.ok, `${text}\n${read.ok ? '' : JSON.stringify(read.problems)}`);
    }
    for (const { path, node } of keysOf(schemaNode(projectSchema))) {
      const text = nested(path.replace('<name>', 'NAME'), node.example ?? '');
      const read = parseProject(path === 'image' ? text : `image: foo\n${text}`, 'f', {
        tenants: ['fr', 'be'],
        app: 'foo',
      });
      assert.ok(read.ok, `${text}\n${read.ok ? '' : JSON.stringify(read.problems)}`);
    }
  });
});

/** `a.b` and `1` is `a: { b: 1 }`. */
function nested(path: string, value: string): string {
  const [first = '', ...rest] = path.split('.');
  return rest.length === 0 ? `${first}: ${value}` : `${first}: { ${nested(rest.join('.'), value)} }`;
}
