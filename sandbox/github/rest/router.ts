import { maySee, mayDo, type Viewer } from '../auth.ts';
import type { Repository } from '../world/model.ts';
import { findRepository } from '../world/repositories.ts';
import { notFound, Refusal } from '../refusal.ts';
import { appRoutes } from './app.ts';
import { checkRoutes } from './checks.ts';
import { contentRoutes } from './contents.ts';
import { collaboratorRoutes } from './collaborators.ts';
import { deploymentRoutes } from './deployments.ts';
import { gitObjectRoutes } from './gitObjects.ts';
import { issueRoutes } from './issues.ts';
import { peopleRoutes } from './people.ts';
import { pullRoutes } from './pulls.ts';
import { reactionRoutes } from './reactions.ts';
import { answerRegistered, registrationRoutes } from './registrations.ts';
import { repositoryRoutes } from './repositories.ts';
import type { Answer, Call, Route } from './route.ts';
import { statusRoutes } from './statuses.ts';

const routes: readonly Route[] = [
  ...appRoutes,
  ...registrationRoutes,
  ...peopleRoutes,
  ...contentRoutes,
  ...gitObjectRoutes,
  ...checkRoutes,
  ...statusRoutes,
  ...deploymentRoutes,
  ...pullRoutes,
  ...issueRoutes,
  ...reactionRoutes,
  ...collaboratorRoutes,
  ...repositoryRoutes,
];

export type Found = { route: Route; params: Record<string, string> };

/** The route for a method and a path below `/api/v3`; undefined where GitHub would answer 404. */
export function findRoute(method: string, path: string): Found | undefined {
  for (const route of routes) {
    if (route.method !== method && !(method === 'HEAD' && route.method === 'GET')) continue;
    const params = route.matches(path);
    if (params) return { route, params };
  }
  return undefined;
}

/** Checks who asks, finds the repository, and lets the route answer. Throws a Refusal. */
export function runRoute(found: Found, call: Omit<Call, 'params'>): Answer {
  const { route, params } = found;
  refuseStranger(route, call.viewer);
  const { viewer } = call;
  if (route.scope === 'app' && viewer.as === 'app' && viewer.registered)
    return answerRegistered(route, viewer.registered, { ...call, params });
  if (route.scope !== 'repository') return route.handle({ ...call, params });
  const repository = findTarget(call, params);
  if (!repository || !maySee(call.viewer, repository)) throw notFound();
  const moved = redirectTo(call, params, repository);
  if (moved) return moved;
  if (!mayDo(call.viewer, route.needs)) {
    throw new Refusal(403, 'Resource not accessible by integration', undefined, {
      'x-accepted-github-permissions': route.needs.map((need) => new URLSearchParams(need).toString()).join('; '),
    });
  }
  const writes = !['GET', 'HEAD'].includes(route.method);
  const ofItself = route.pattern === '/repos/{owner}/{repo}';
  if (repository.archived && writes && !ofItself) throw new Refusal(403, 'Repository was archived so is read-only.');
  return route.handle({ ...call, params, repository } as Call);
}

function refuseStranger(route: Route, viewer: Viewer): void {
  const { scope } = route;
  if (scope === 'anyone' || viewer.as === scope) return;
  if (scope === 'app') throw new Refusal(401, 'A JSON web token could not be decoded');
  if (viewer.as === 'anonymous') throw new Refusal(401, 'Requires authentication');
  if (scope === 'installation') {
    throw new Refusal(403, 'You must authenticate with an installation access token in order to use this endpoint.');
  }
  if (viewer.as === 'app' || scope === 'person') throw new Refusal(403, 'Resource not accessible by integration');
}

function findTarget(call: Omit<Call, 'params'>, params: Record<string, string>): Repository | undefined {
  const id = params['repository_id'];
  if (id === undefined) return findRepository(call.world.state, `${params['owner']}/${params['repo']}`);
  return call.world.repositories().find((one) => String(one.id) === id);
}

/** An old name leads to the repository by its id: 301 for reading, 307 for the rest, which keeps method and body. */
function redirectTo(
  call: Omit<Call, 'params'>,
  params: Record<string, string>,
  repository: Repository,
): Answer | undefined {
  if (params['repository_id'] !== undefined) return undefined;
  const { owner, repo } = params;
  const isNow = `${owner}/${repo}`.toLowerCase() === `${repository.owner.login}/${repository.name}`.toLowerCase();
  if (isNow) return undefined;
  const rest = call.path.split('/').slice(4).join('/');
  const query = call.query.size > 0 ? `?${call.query.toString()}` : '';
  const url = `${call.world.state.url}/api/v3/repositories/${repository.id}${rest === '' ? '' : `/${rest}`}${query}`;
  const status = call.method === 'GET' || call.method === 'HEAD' ? 301 : 307;
  return { status, body: { message: 'Moved Permanently', url }, headers: { location: url } };
}
