import { z } from 'zod';
import type { RateLimit } from '../limits.ts';
import { callerOf } from '../viewer.ts';
import { userShape } from '../shapes/account.ts';
import { fullRepositoryShape } from '../shapes/repository.ts';
import { notFound, Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { json, paged, route, type Answer, type Call, type Route } from './route.ts';

const newRepository = z.object({
  name: z.string(),
  description: z.string().nullish(),
  private: z.boolean().optional(),
  auto_init: z.boolean().optional(),
});

/** The API's root, limits, accounts, and the repositories of an account. */
export const peopleRoutes: Route[] = [
  route('GET', '', 'anyone', apiRoot),
  route('GET', '/', 'anyone', apiRoot),
  route('GET', '/meta', 'anyone', () => json(200, { verifiable_password_authentication: false })),
  route('GET', '/zen', 'anyone', () => ({
    status: 200,
    raw: { type: 'text/plain;charset=utf-8', bytes: Buffer.from('Keep it logically awesome.') },
  })),
  route('GET', '/rate_limit', 'anyone', (call) => {
    const caller = callerOf(call.viewer);
    const shape = (one: RateLimit) => ({
      limit: one.limit,
      used: one.used,
      remaining: one.remaining,
      reset: Math.ceil(one.resetAt.getTime() / 1000),
    });
    const core = shape(call.limits.of(caller, 'core'));
    return json(200, { resources: { core, graphql: shape(call.limits.of(caller, 'graphql')) }, rate: core });
  }),
  route('GET', '/user', 'person', (call) => json(200, accountShape(call, call.by))),
  route('GET', '/users/{login}', 'member', (call) => json(200, accountShape(call, call.params['login'] ?? ''))),
  route('GET', '/orgs/{login}', 'member', (call) => json(200, accountShape(call, call.params['login'] ?? ''))),
  route('GET', '/user/repos', 'person', (call) => listRepositories(call, call.by)),
  route('GET', '/users/{login}/repos', 'person', (call) => listRepositories(call, call.params['login'] ?? '')),
  route('GET', '/orgs/{login}/repos', 'person', (call) => listRepositories(call, call.params['login'] ?? '')),
  route('POST', '/user/repos', 'person', (call) => createRepository(call, call.by)),
  route('POST', '/orgs/{login}/repos', 'person', (call) => {
    const known = call.world.state.accounts.get((call.params['login'] ?? '').toLowerCase());
    if (known?.kind !== 'Organization') throw notFound();
    return createRepository(call, known.login);
  }),
];

function apiRoot(call: Call): Answer {
  const base = `${call.world.state.url}/api/v3`;
  return json(200, {
    current_user_url: `${base}/user`,
    rate_limit_url: `${base}/rate_limit`,
    repository_url: `${base}/repos/{owner}/{repo}`,
    user_url: `${base}/users/{user}`,
  });
}

function accountShape(call: Call, login: string) {
  const account = call.world.state.accounts.get(login.toLowerCase());
  if (!account) throw notFound();
  return { ...userShape(call.world.state, account), name: account.login };
}

function listRepositories(call: Call, login: string): Answer {
  const account = call.world.state.accounts.get(login.toLowerCase());
  if (!account) throw notFound();
  const theirs = call.world.repositories().filter((one) => one.owner === account);
  return paged(call, theirs, (one) => fullRepositoryShape(call.world.state, one, true));
}

function createRepository(call: Call, owner: string): Answer {
  const asked = bodyOf(call, newRepository, 'Repository');
  if (asked.name.trim() === '')
    throw new Refusal(422, 'Repository creation failed.', [
      { resource: 'Repository', field: 'name', code: 'missing_field' },
    ]);
  const made = call.world.createRepository({
    owner,
    name: asked.name,
    private: asked.private ?? false,
    description: asked.description ?? '',
    files: asked.auto_init ? { 'README.md': `# ${asked.name}\n` } : {},
    by: call.by,
  });
  return json(201, fullRepositoryShape(call.world.state, made, true), {
    location: `${call.world.state.url}/api/v3/repos/${made.owner.login}/${made.name}`,
  });
}
