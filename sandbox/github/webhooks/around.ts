import type { Organization as OrganizationPayload } from '@octokit/webhooks-types';
import type { WorldEvent } from '../world/events.ts';
import type { Account, Repository, State } from '../world/model.ts';
import { installationOf } from '../world/repositories.ts';
import { apiUrl, avatarUrl, userShape } from '../shapes/account.ts';
import { repositoryShape } from '../shapes/repository.ts';

export type EventOf<Name extends WorldEvent['name']> = Extract<WorldEvent, { name: Name }>;

function organizationShape(state: State, account: Account): OrganizationPayload {
  const url = apiUrl(state, `/orgs/${account.login}`);
  return {
    login: account.login,
    id: account.id,
    node_id: account.nodeId,
    url,
    repos_url: `${url}/repos`,
    events_url: `${url}/events`,
    hooks_url: `${url}/hooks`,
    issues_url: `${url}/issues`,
    members_url: `${url}/members{/member}`,
    public_members_url: `${url}/public_members{/member}`,
    avatar_url: avatarUrl(state, account),
    description: '',
  };
}

/** What every event of a repository carries. */
export function around(state: State, repository: Repository, sender: Account) {
  const installation = installationOf(state, repository);
  return {
    repository: repositoryShape(state, repository),
    ...(repository.owner.kind === 'Organization' ? { organization: organizationShape(state, repository.owner) } : {}),
    ...(installation ? { installation: { id: installation.id, node_id: installation.nodeId } } : {}),
    sender: userShape(state, sender),
  };
}
