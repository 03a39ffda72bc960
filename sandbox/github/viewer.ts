import type { Viewer } from './auth.ts';
import type { World } from './world/world.ts';
import { botLogin } from './world/state.ts';

/** Whose budget a request is taken from, in GitHub's words. */
export function callerOf(viewer: Viewer): string {
  switch (viewer.as) {
    case 'anonymous':
      return '127.0.0.1';
    case 'app':
      return 'the App';
    case 'installation':
      return `installation ID ${viewer.token.installation.id}`;
    case 'person':
      return `user ID ${viewer.account.id}`;
  }
}

/** The login that acts. */
export function actorOf(viewer: Viewer, world: World): string {
  return viewer.as === 'person' || viewer.as === 'installation' ? viewer.account.login : botLogin(world.state);
}
