import { invalid, Refusal } from '../refusal.ts';
import { resolveRef } from './branches.ts';
import { nodeId } from './ids.ts';
import type { Repository, State } from './model.ts';
import type { CommitState, CommitStatus } from './reportModel.ts';
import { accountOf, announce } from './state.ts';

export type NewStatus = {
  /** The commit, or a branch, or `pull/N/head`. */
  sha: string;
  state: CommitState;
  /** `default` unless told, as on GitHub. */
  context?: string | undefined;
  description?: string | null | undefined;
  targetUrl?: string | null | undefined;
  /** `jenkins[bot]` unless told. */
  by?: string | undefined;
};

/** GitHub takes this many statuses for one context of a commit. */
const mostStatuses = 1000;

/** Reports a commit status, as CI does. Throws a 422 for an unknown commit and for what GitHub does not take. */
export function setStatus(state: State, repository: Repository, made: NewStatus): CommitStatus {
  const sha = resolveRef(repository, made.sha);
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${made.sha}`);
  const context = made.context ?? 'default';
  const description = made.description ?? null;
  const targetUrl = made.targetUrl ?? null;
  if (context.trim() === '' || context.length > 255) throw invalid('Status', 'context', 'invalid');
  if (description !== null && Array.from(description).length > 140) {
    throw invalid('Status', 'description', 'custom', 'description is too long (maximum is 140 characters)');
  }
  if (targetUrl !== null && !/^https?:\/\/\S+$/.test(targetUrl)) {
    throw invalid('Status', 'target_url', 'custom', 'target_url must use http(s) scheme');
  }
  const known = statusesAt(repository, sha);
  if (known.filter((one) => one.context === context).length >= mostStatuses) {
    const message = 'This SHA and context has reached the maximum number of statuses.';
    throw new Refusal(422, 'Validation Failed', [{ resource: 'Status', code: 'custom', message }]);
  }
  const id = state.nextId('status');
  const creator = accountOf(state, made.by ?? 'jenkins[bot]');
  const status: CommitStatus = {
    kind: 'StatusContext',
    id,
    nodeId: nodeId('SC', repository.id, id),
    repository,
    sha,
    context,
    state: made.state,
    description,
    targetUrl,
    creator,
    createdAt: state.now(),
  };
  repository.statuses.set(sha, [...known, status]);
  state.nodes.set(status.nodeId, status);
  announce(state, { name: 'status', status, sender: creator });
  return status;
}

/** All statuses that a commit ever had, oldest first. */
export function statusesAt(repository: Repository, sha: string): readonly CommitStatus[] {
  return repository.statuses.get(sha) ?? [];
}

/** The newest status of each context, in the order in which the contexts came. */
export function latestStatuses(repository: Repository, sha: string): CommitStatus[] {
  return [...new Map(statusesAt(repository, sha).map((one) => [one.context, one])).values()];
}

/** The combined status as GitHub's REST sums it up: any failure or error fails, all have to succeed. */
export function combinedState(statuses: readonly CommitStatus[]): 'failure' | 'pending' | 'success' {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) return 'failure';
  return statuses.length > 0 && statuses.every(({ state }) => state === 'success') ? 'success' : 'pending';
}
