import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'node:test';

/** Which rooms a room may import from; a file directly in app/ is a room of its own. */
const arrows: readonly { readonly room: string; readonly may: readonly string[] }[] = [
  { room: 'app/core/', may: ['app/core/'] },
  { room: 'app/config/', may: ['app/config/', 'app/core/'] },
  { room: 'app/reconcile/', may: ['app/reconcile/', 'app/core/', 'app/config/'] },
  { room: 'app/io/', may: ['app/io/', 'app/core/', 'app/config/'] },
  { room: 'app/http/', may: ['app/http/', 'app/core/', 'app/config/'] },
  { room: 'app/compose.ts', may: ['app/core/', 'app/config/', 'app/reconcile/', 'app/io/'] },
  { room: 'app/cli/', may: ['app/cli/', 'app/core/', 'app/config/', 'app/reconcile/', 'app/compose.ts', 'app/process.ts'] },
  { room: 'workers/', may: ['workers/', 'app/core/', 'app/reconcile/', 'app/compose.ts', 'app/program.ts'] },
  // A program: it says whether the Avant that it starts will have a helm.
  { room: 'sandbox/demo.ts', may: ['sandbox/', 'app/core/', 'app/io/render/find-helm.ts'] },
  { room: 'sandbox/demo/', may: ['sandbox/', 'app/core/', 'app/config/'] },
  { room: 'sandbox/', may: ['sandbox/', 'app/core/'] },
];

/** Modules of Node that app/core may use: a hash is deterministic. */
const pureModules = ['node:crypto'];

/** Returns what one file imports: files by their paths, and names of modules. */
function importsOf(file: string, source: string): string[] {
  const found = source.matchAll(/^(?:import|export)[^;]*?from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gm);
  return Array.from(found, (match) => match[1] ?? match[2] ?? match[3] ?? '').map((target) => (target.startsWith('.') ? normalize(join(dirname(file), target)) : target));
}

/** Returns the arrows of one file that no rule allows, as `file -> target`. */
function forbidden(file: string, source: string): string[] {
  const rule = arrows.find(({ room }) => file.startsWith(room));
  if (!rule) return [];
  const wrong = importsOf(file, source).filter((target) => {
    if (target.startsWith('node:')) return rule.room === 'app/core/' && !pureModules.includes(target);
    return target.endsWith('.ts') && !rule.may.some((room) => target.startsWith(room));
  });
  return wrong.map((target) => `${file} -> ${target}`);
}

/** Returns the files from which imports lead back to themselves, types too. */
function inCircles(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const reached = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const queue = [...(imports.get(start) ?? [])];
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      queue.push(...(imports.get(file) ?? []));
    }
    return seen;
  };
  return [...imports.keys()].filter((file) => reached(file).has(file));
}

const files = globSync(['app/**/*.ts', 'workers/**/*.ts', 'sandbox/**/*.ts']);

test('imports go only where the architecture has arrows', () => {
  assert.ok(files.length > 20, 'no files were found to look at');
  assert.deepEqual(files.flatMap((file) => forbidden(file, readFileSync(file, 'utf8'))), []);
});

test('the rule bites', () => {
  assert.deepEqual(forbidden('app/core/x.ts', "import { y } from '../io/y.ts';"), ['app/core/x.ts -> app/io/y.ts']);
  assert.deepEqual(forbidden('app/core/x.ts', "import { readFileSync } from 'node:fs';"), ['app/core/x.ts -> node:fs']);
  assert.deepEqual(forbidden('app/reconcile/x.ts', "import type { Y } from '../io/y.ts';"), ['app/reconcile/x.ts -> app/io/y.ts']);
  assert.deepEqual(forbidden('app/io/x.ts', "export { y } from '../reconcile/y.ts';"), ['app/io/x.ts -> app/reconcile/y.ts']);
  assert.deepEqual(forbidden('app/io/x.ts', "import { y } from '../core/y.ts';"), []);
});

test('no file of the product imports itself by way of others', () => {
  const product = files.filter((file) => !file.startsWith('sandbox/'));
  assert.deepEqual(inCircles(new Map(product.map((file) => [file, importsOf(file, readFileSync(file, 'utf8'))]))), []);
  assert.deepEqual(inCircles(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b', 'c']);
});

test('every file of the product but the programs themselves is held by a rule', () => {
  const programs = ['app/main.ts', 'app/program.ts', 'app/process.ts', 'app/web.ts'];
  const free = files.filter((file) => !arrows.some(({ room }) => file.startsWith(room)) && !programs.includes(file));
  assert.deepEqual(free, []);
});
