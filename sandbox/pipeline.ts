import type { WorldEvent } from './github/world/events.ts';
import type { Repository } from './github/world/model.ts';
import { commitAt } from './github/world/git.ts';
import type { World } from './github/world/world.ts';
import { filesImage } from './registry-images.ts';
import type { SandboxRegistry } from './registry.ts';

type Built = { readonly repository: Repository; readonly sha: string };

/**
 * Pushes images as a project's pipeline does: once CI says success of a commit, the registry has for each folder of the commit's
 * `.cloud/docker/` an image `<owner>/<repository>-<folder>:<commit>`, a web server with the files in the folder of that name at its root.
 */
export function startPipeline(world: World, registry: SandboxRegistry): void {
  world.state.listeners.add((event) => {
    const green = greenCommit(event, world);
    if (green) pushImages(green, world, registry);
  });
}

function greenCommit(event: WorldEvent, { state }: World): Built | undefined {
  if (event.name === 'status') return event.status.state === 'success' ? event.status : undefined;
  if (event.name !== 'check_run' || event.run.conclusion !== 'success') return undefined;
  const { app, repository, sha } = event.run.suite;
  return app === state.app.identity ? undefined : { repository, sha };
}

function pushImages({ repository, sha }: Built, world: World, registry: SandboxRegistry): void {
  const paths = [...commitAt(world.state, sha).files.keys()];
  const folders = new Set(paths.flatMap((path) => /^\.cloud\/docker\/([^/]+)\/Dockerfile$/.exec(path)?.[1] ?? []));
  for (const folder of folders) {
    const name = `${repository.owner.login}/${repository.name}-${folder}`.toLowerCase();
    // What runs by digest stays what it was, should CI say so twice.
    if (registry.manifest(name, sha)) continue;
    registry.push(name, sha, filesImage((file) => world.fileAt(repository, sha, `${folder}/${file}`)));
  }
}
