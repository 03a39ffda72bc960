import type { Account, PullRequest, State } from './model.ts';
import { announce } from './state.ts';

/** Closes an open pull request and says so. */
export function shutPull(state: State, pull: PullRequest, sender: Account): void {
  const at = state.now();
  pull.state = 'closed';
  pull.closedAt = at;
  pull.updatedAt = at;
  if (!pull.merged) pull.timeline.push({ what: 'closed', at, by: sender });
  announce(state, { name: 'pull_request', action: 'closed', pull, sender });
}

/** Notes that the head has reached the base, and closes. */
export function markMerged(state: State, pull: PullRequest, sha: string, by: Account): void {
  const at = state.now();
  pull.merged = true;
  pull.mergedAt = at;
  pull.mergedBy = by;
  pull.mergeCommitSha = sha;
  pull.timeline.push({ what: 'merged', sha, at, by });
  shutPull(state, pull, by);
}
