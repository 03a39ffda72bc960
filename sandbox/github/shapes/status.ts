import type { components } from '@octokit/openapi-types';
import type { Repository, State } from '../world/model.ts';
import type { CommitStatus } from '../world/reportModel.ts';
import { fullName } from '../world/repositories.ts';
import { combinedState, latestStatuses } from '../world/statuses.ts';
import { apiUrl, avatarUrl, time, userShape } from './account.ts';
import { repositoryShape } from './repository.ts';

function plainShape(state: State, status: CommitStatus): components['schemas']['simple-commit-status'] {
  return {
    url: apiUrl(state, `/repos/${fullName(status.repository)}/statuses/${status.sha}`),
    avatar_url: avatarUrl(state, status.creator),
    id: status.id,
    node_id: status.nodeId,
    state: status.state,
    description: status.description,
    target_url: status.targetUrl,
    context: status.context,
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
  };
}

/** A commit status as REST shows it where it is made and listed. */
export function statusShape(state: State, status: CommitStatus): components['schemas']['status'] {
  return { ...plainShape(state, status), creator: userShape(state, status.creator) };
}

/** The newest status of each context, `page` of them, and what they come to. */
export function combinedStatusShape(state: State, repository: Repository, sha: string, page: readonly CommitStatus[]) {
  const latest = latestStatuses(repository, sha);
  const commit = apiUrl(state, `/repos/${fullName(repository)}/commits/${sha}`);
  return {
    state: combinedState(latest),
    statuses: page.map((status) => plainShape(state, status)),
    sha,
    total_count: latest.length,
    repository: repositoryShape(state, repository),
    commit_url: commit,
    url: `${commit}/status`,
  };
}
