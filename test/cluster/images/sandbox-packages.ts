import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * `node sandbox-packages.ts CHECKOUT` prints the folders of the packages, relative to the checkout, that sandbox/ needs when it runs
 * and an installation for production lacks: those that its files name, and what they depend on.
 */
const root = path.resolve(process.argv[2] ?? '.');
const lock = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')) as {
  packages: Record<string, { dev?: boolean; dependencies?: Record<string, string>; peerDependencies?: Record<string, string> }>;
};

/** The names of packages that a file imports when it runs: types are gone by then. */
function namedIn(source: string): string[] {
  const named = source.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'|import(?:\.meta\.resolve)?\('([^']+)'\)|^import '([^']+)'/gm);
  return [...named].map((match) => match[1] ?? match[2] ?? match[3] ?? '').filter((name) => !/^(?:\.|node:|$)/.test(name));
}

/** The folder of a package as seen from another's folder, as Node looks for it. */
function folderOf(name: string, from: string): string | undefined {
  for (let at = from; ; at = path.dirname(at)) {
    const folder = path.join(at, 'node_modules', name);
    if (folder in lock.packages && existsSync(path.join(root, folder))) return folder;
    if (at === '.') return undefined;
  }
}

const found = new Set<string>();
function add(name: string, from: string): void {
  const folder = folderOf(name, from);
  if (folder === undefined || found.has(folder) || lock.packages[folder]?.dev !== true) return;
  found.add(folder);
  const { dependencies = {}, peerDependencies = {} } = lock.packages[folder];
  for (const needed of Object.keys({ ...dependencies, ...peerDependencies })) add(needed, folder);
}

for (const file of globSync('sandbox/**/*.ts', { cwd: root })) {
  const names = namedIn(readFileSync(path.join(root, file), 'utf8'));
  for (const name of names) add(/^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0] ?? name, '.');
}
console.log([...found].sort().join('\n'));
