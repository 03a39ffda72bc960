import type { CheckRunEvent, CheckSuiteEvent, StatusEvent } from '@octokit/webhooks-types';
import type { Repository, State } from '../world/model.ts';
import { commitAt, descendants } from '../world/git.ts';
import { nodeId } from '../world/ids.ts';
import { fullName } from '../world/repositories.ts';
import { apiUrl, avatarUrl, time } from '../shapes/account.ts';
import { commitShape } from '../shapes/git.ts';
import { checkRunShape, suiteBrief, suiteShape } from '../shapes/report.ts';
import { around, type EventOf } from './around.ts';

/** GitHub names at most this many branches in a status. */
const mostBranches = 10;

/** Branches that have the commit, also further down; a fork's commit is in none. */
function branchesWith(state: State, repository: Repository, sha: string): StatusEvent['branches'] {
  const later = descendants(state, sha);
  const found = [...repository.branches].filter(([, tip]) => later.has(tip)).slice(0, mostBranches);
  return found.map(([name, tip]) => {
    const url = apiUrl(state, `/repos/${fullName(repository)}/commits/${tip}`);
    return { name, commit: { sha: tip, url }, protected: false };
  });
}

/** A commit status; it names a commit and branches, never a pull request. */
export function statusPayload(state: State, event: EventOf<'status'>): StatusEvent {
  const { status, sender } = event;
  const { repository, sha } = status;
  const { commit, ...beside } = commitShape(state, repository, commitAt(state, sha));
  const verification = { verified: false, reason: 'unsigned' as const, signature: null, payload: null };
  return {
    id: status.id,
    sha,
    name: fullName(repository),
    avatar_url: avatarUrl(state, status.creator),
    target_url: status.targetUrl,
    context: status.context,
    description: status.description,
    state: status.state,
    commit: {
      ...beside,
      node_id: nodeId('C', repository.id, sha),
      comments_url: `${beside.url}/comments`,
      commit: { ...commit, verification },
    },
    branches: branchesWith(state, repository, sha),
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
    ...around(state, repository, sender),
  };
}

/** A check run. Its pull requests are those of the repository's own branches. */
export function checkRunPayload(state: State, event: EventOf<'check_run'>): CheckRunEvent {
  const { run, sender, action } = event;
  const { suite } = run;
  // The published types narrow the run by action, which a value made at run time cannot show.
  return {
    action,
    check_run: { ...checkRunShape(state, run), check_suite: suiteBrief(state, suite) },
    ...around(state, suite.repository, sender),
  } as unknown as CheckRunEvent;
}

/** A check suite: asked of our App at a push, or completed by all its runs. */
export function checkSuitePayload(state: State, event: EventOf<'check_suite'>): CheckSuiteEvent {
  const { suite, sender, action } = event;
  return {
    action,
    check_suite: suiteShape(state, suite),
    ...around(state, suite.repository, sender),
  } as unknown as CheckSuiteEvent;
}
