import type { components } from '@octokit/openapi-types';
import { userShape } from '../shapes/account.ts';
import { roles, type Role } from '../world/model.ts';
import { roleOf } from '../world/people.ts';
import { Refusal } from '../refusal.ts';
import { json, onRepository, type Answer, type RepositoryCall, type Route } from './route.ts';

/** What the older field knows of the roles. */
const permissions = { admin: 'admin', maintain: 'write', write: 'write', triage: 'read', read: 'read' } as const;

/** Who may do what in a repository. */
export const collaboratorRoutes: Route[] = [
  onRepository('GET', '/collaborators/{login}/permission', [{ metadata: 'read' }], readPermission),
];

function readPermission(call: RepositoryCall): Answer {
  const login = call.params['login'] ?? '';
  const account = call.world.state.accounts.get(login.toLowerCase());
  // For a bot or an organization as for somebody unknown.
  if (account?.kind !== 'User') throw new Refusal(404, `${login} is not a user`);
  // Anybody may read what is public.
  const role = roleOf(call.repository, account) ?? (call.repository.private ? undefined : 'read');
  const may = (least: Role): boolean => role !== undefined && roles.indexOf(role) <= roles.indexOf(least);
  const name = role ?? 'none';
  return json(200, {
    permission: role === undefined ? 'none' : permissions[role],
    role_name: name,
    user: {
      ...userShape(call.world.state, account),
      permissions: {
        admin: may('admin'),
        maintain: may('maintain'),
        push: may('write'),
        triage: may('triage'),
        pull: may('read'),
      },
      role_name: name,
    },
  } satisfies components['schemas']['repository-collaborator-permission']);
}
