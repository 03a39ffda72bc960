import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import type { World } from './github/world/world.ts';

/** A page that says which branch it is of and which tenant it is for. */
function page(title: string, colour: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; gap: 1rem; text-align: center; font: 1.2rem/1.5 system-ui, sans-serif; color: #fff; background: ${colour}; }
  h1 { margin: 0; font-size: 3.5rem; }
  b { padding: .2rem .9rem; border-radius: 2rem; background: #0004; }
</style>
<h1>${title}</h1>
<p>${text}</p>
<p>Tenant <b><!--#echo var="TENANT" --></b> at <b><!--#echo var="HOST" --></b></p>
</html>
`;
}

const fooConfig = (registry: string): string => `image: ${registry}/m6/foo:\${sha}
service: { name: foo-service, port: { name: nginx, number: 8080 } }
readiness: { path: / }
env:
  TENANT: "\${tenant}"
  HOST: "\${host}"
`;

export type SeedOptions = {
  /** What images begin with, such as `localhost:3300`. */
  readonly registry: string;
};

/** A pull request to open, and a word on it. */
export type Seeded = { readonly path: string; readonly about: string };

/** Fills an empty GitHub with what a newcomer tries things on; returns the pull requests to open, in the order of trying. */
export function seed(world: World, { registry }: SeedOptions): readonly Seeded[] {
  world.createInstallation('m6');
  seedFoo(world, registry);
  seedBar(world);
  seedShop(world, registry);
  return [
    { path: '/m6/foo/pull/241', about: 'four tenants; start here' },
    { path: '/m6/foo/pull/242', about: 'a mistake in .cloud/preview.yaml' },
    { path: '/m6/foo/pull/243', about: 'from a fork: nothing runs until its commit is approved' },
    { path: '/m6/bar/pull/7', about: 'a project without a config' },
    { path: '/m6/shop/pull/58', about: 'two charts, four tenants; waits until you press success in the box "CI"' },
    { path: '/m6/shop/pull/59', about: 'a small change that the platform does not allow' },
  ];
}

function seedFoo(world: World, registry: string): void {
  const config = fooConfig(registry);
  world.createRepository({
    owner: 'm6',
    name: 'foo',
    private: true,
    description: 'The web front of every tenant',
    files: { 'README.md': '# foo\n\nThe web front.\n', 'index.html': page('Foo', '#334155', 'This is the default branch.'), '.cloud/preview.yaml': config },
  });
  world.commit('m6/foo', 'new-home', { 'index.html': page('A new home', '#0f766e', 'This is the branch <i>new-home</i>.') }, 'Draw a new home page', 'ada');
  world.openPullRequest({ repo: 'm6/foo', head: 'new-home', title: 'A new home page', author: 'ada', number: 241 });
  world.commit('m6/foo', 'typo', { '.cloud/preview.yaml': config.replace('service:', 'servcie:') }, 'Tidy the preview config', 'grace');
  world.openPullRequest({ repo: 'm6/foo', head: 'typo', title: 'Tidy the preview config', author: 'grace', number: 242 });

  // Who forks a private repository may read it, and no more.
  world.setRole('m6/foo', 'stranger', 'read');
  const fork = world.forkRepository('m6/foo', 'stranger');
  world.commit(fork, 'helpful', { 'index.html': page('Trust me', '#831843', 'This is from a fork.') }, 'A helpful change', 'stranger');
  world.openPullRequest({ repo: 'm6/foo', headRepository: fork, head: 'helpful', title: 'A helpful change', author: 'stranger', number: 243 });
}

function seedBar(world: World): void {
  world.createRepository({ owner: 'm6', name: 'bar', description: 'Has never had a preview', files: { 'index.html': page('Bar', '#7c2d12', 'This is bar.') } });
  world.commit('m6/bar', 'first', { 'README.md': '# bar\n' }, 'Say what this is', 'ada');
  world.openPullRequest({ repo: 'm6/bar', head: 'first', title: 'Say what this is', author: 'ada', number: 7 });
}

const saleText = `A banner, with a word for it in each tenant's values, and lower prices.

Jenkins is building it: press *success* in the box **CI** below, and its images are there.`;

/** The files are in projects/shop/: the default branch's, and for each branch those that it changes. */
function seedShop(world: World, registry: string): void {
  const files = (branch: string): Record<string, string> => readFiles(join(import.meta.dirname, 'projects/shop', branch), registry);
  world.createRepository({ owner: 'm6', name: 'shop', private: true, description: 'An API and a web front, each with a chart', files: files('main') });
  world.commit('m6/shop', 'summer-sale', files('summer-sale'), 'Begin the summer sale', 'ada');
  world.openPullRequest({ repo: 'm6/shop', head: 'summer-sale', title: 'Summer sale', body: saleText, author: 'ada', number: 58 });
  world.setStatus('m6/shop', { sha: 'summer-sale', state: 'pending', context: 'continuous-integration/jenkins/pr-head', description: 'The build is under way' });
  world.commit('m6/shop', 'small-change', files('small-change'), 'A small change', 'mallory');
  world.openPullRequest({ repo: 'm6/shop', head: 'small-change', title: 'A small change', body: 'Starts a little faster, and needs no CI.', author: 'mallory', number: 59 });
}

/** Returns the texts below a folder by their paths there, with the registry's name for `registry.localhost`. */
function readFiles(folder: string, registry: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    entries.map(({ parentPath, name }) => {
      const file = join(parentPath, name);
      const path = relative(folder, file).split(sep).join('/');
      return [path, readFileSync(file, 'utf8').replaceAll('registry.localhost', registry)];
    }),
  );
}
