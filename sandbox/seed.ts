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

const projectConfig = `image: registry.localhost/m6/foo:\${sha}
service: { name: foo-service, port: { name: nginx, number: 8080 } }
readiness: { path: / }
env:
  TENANT: "\${tenant}"
  HOST: "\${host}"
`;

/** Fills an empty GitHub with what a newcomer tries things on; returns the pull requests to open, with a word on each. */
export function seed(world: World): readonly { readonly path: string; readonly about: string }[] {
  world.createInstallation('m6');

  world.createRepository({
    owner: 'm6',
    name: 'foo',
    private: true,
    description: 'The web front of every tenant',
    files: { 'README.md': '# foo\n\nThe web front.\n', 'index.html': page('Foo', '#334155', 'This is the default branch.'), '.cloud/preview.yaml': projectConfig },
  });
  world.commit('m6/foo', 'new-home', { 'index.html': page('A new home', '#0f766e', 'This is the branch <i>new-home</i>.') }, 'Draw a new home page', 'ada');
  world.openPullRequest({ repo: 'm6/foo', head: 'new-home', title: 'A new home page', author: 'ada', number: 241 });
  world.commit('m6/foo', 'typo', { '.cloud/preview.yaml': projectConfig.replace('service:', 'servcie:') }, 'Tidy the preview config', 'grace');
  world.openPullRequest({ repo: 'm6/foo', head: 'typo', title: 'Tidy the preview config', author: 'grace', number: 242 });

  world.createRepository({ owner: 'm6', name: 'bar', description: 'Has never had a preview', files: { 'index.html': page('Bar', '#7c2d12', 'This is bar.') } });
  world.commit('m6/bar', 'first', { 'README.md': '# bar\n' }, 'Say what this is', 'ada');
  world.openPullRequest({ repo: 'm6/bar', head: 'first', title: 'Say what this is', author: 'ada', number: 7 });

  const fork = world.forkRepository('m6/foo', 'stranger');
  world.commit(fork, 'helpful', { 'index.html': page('Trust me', '#831843', 'This is from a fork.') }, 'A helpful change', 'stranger');
  world.openPullRequest({ repo: 'm6/foo', headRepository: fork, head: 'helpful', title: 'A helpful change', author: 'stranger', number: 243 });

  return [
    { path: '/m6/foo/pull/241', about: 'four tenants; start here' },
    { path: '/m6/foo/pull/242', about: 'a mistake in .cloud/preview.yaml' },
    { path: '/m6/foo/pull/243', about: 'from a fork' },
    { path: '/m6/bar/pull/7', about: 'a project without a config' },
  ];
}
