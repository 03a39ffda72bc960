import type { World } from './github/world/world.ts';

/** What a page is made of; `${…}` is filled in by Avant, the rest by the branch. */
const page = (title: string, colour: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>
  body { margin: 0; min-height: 100vh; display: grid; place-content: center; text-align: center; font: 1.2rem/1.5 system-ui, sans-serif; color: #fff; background: ${colour}; }
</style>
<h1>${title}</h1>
<p>Tenant <b>\${tenant}</b> at <b>\${host}</b>, commit <b>\${shortSha}</b></p>
</html>
`;

/** A stock image that has busybox serves the branch's files, which come as a ConfigMap. */
const config = (image: string, title: string, colour: string): string => `image: ${image}
command: [httpd, -f, -p, "8080", -h, /www]
readiness: { path: / }
hooks: { setup: [{ name: prepare, command: [echo, prepared] }] }
files:
  /www/index.html: |
${page(title, colour).replaceAll(/^(?=.)/gm, '    ')}`;

/**
 * Fills an empty GitHub with a project for a real cluster, whose previews run a stock image with the branch's files. Returns the
 * path of the pull request to label.
 */
export function seedStock(world: World, { image }: { readonly image: string }): string {
  world.createInstallation('m6');
  world.createRepository({
    owner: 'm6',
    name: 'foo',
    private: true,
    description: 'A page, served by a stock image',
    files: { 'README.md': '# foo\n\nIts page is in .cloud/preview.yaml.\n', '.cloud/preview.yaml': config(image, 'Foo', '#334155') },
  });
  world.commit('m6/foo', 'new-home', { '.cloud/preview.yaml': config(image, 'A new home', '#0f766e') }, 'Draw a new home page', 'ada');
  world.openPullRequest({ repo: 'm6/foo', head: 'new-home', title: 'A new home page', author: 'ada', number: 241 });
  return '/m6/foo/pull/241';
}
