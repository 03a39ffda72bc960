import { mayDo } from '../auth.ts';
import { avatarUrl, time } from '../shapes/account.ts';
import { latestRuns, suitesAt } from '../world/checks.ts';
import { nodeId } from '../world/ids.ts';
import type { Repository } from '../world/model.ts';
import type { CheckRun, CommitStatus } from '../world/reportModel.ts';
import { latestStatuses } from '../world/statuses.ts';
import { connection } from './connection.ts';
import { actorOf, requirePermission, typedError, type Context, type Fields } from './context.ts';
import { commitNode, type CommitNode } from './git.ts';

type RollupContext = CheckRun | CommitStatus;

/** All that CI and Apps say of a commit. */
export type RollupNode = {
  kind: 'StatusCheckRollup';
  repository: Repository;
  sha: string;
  contexts: readonly RollupContext[];
};

/**
 * A commit's rollup, null while nothing was reported. Throws FORBIDDEN for who may read neither checks nor statuses;
 * who may read one of them gets the rollup, and FORBIDDEN in the place of each context of the other kind
 * (https://github.com/philips-software/pull-request-report-action/issues/557 and 724).
 */
export function rollupOf({ repository, commit }: CommitNode, context: Context): RollupNode | null {
  requirePermission(context, { checks: 'read' }, { statuses: 'read' });
  const runs = latestRuns(suitesAt(repository, commit.sha).flatMap((suite) => suite.runs));
  const contexts = [...latestStatuses(repository, commit.sha), ...runs];
  if (contexts.length === 0) return null;
  return { kind: 'StatusCheckRollup', repository, sha: commit.sha, contexts };
}

/** What one context comes to, in the words of a status. */
function stateOf(one: RollupContext): 'ERROR' | 'FAILURE' | 'PENDING' | 'SUCCESS' {
  if (one.kind === 'StatusContext') return stateOfStatus(one);
  if (one.conclusion === null) return 'PENDING';
  return ['success', 'neutral', 'skipped'].includes(one.conclusion) ? 'SUCCESS' : 'FAILURE';
}

function stateOfStatus(status: CommitStatus): 'ERROR' | 'FAILURE' | 'PENDING' | 'SUCCESS' {
  return ({ error: 'ERROR', failure: 'FAILURE', pending: 'PENDING', success: 'SUCCESS' } as const)[status.state];
}

function stateOfAll(contexts: readonly RollupContext[]): string {
  const states = new Set(contexts.map(stateOf));
  return (['FAILURE', 'ERROR', 'PENDING'] as const).find((state) => states.has(state)) ?? 'SUCCESS';
}

/** How often each state occurs, in the order of first occurrence. */
function counts(states: readonly string[]): { state: string; count: number }[] {
  return [...new Set(states)].map((state) => ({ state, count: states.filter((one) => one === state).length }));
}

/** The context, or the error that GitHub puts in its place. */
function shown(one: RollupContext, context: Context): RollupContext | Error {
  const need = one.kind === 'CheckRun' ? { checks: 'read' as const } : { statuses: 'read' as const };
  return mayDo(context.viewer, [need]) ? one : typedError('FORBIDDEN', 'Resource not accessible by integration');
}

export const rollupFields: Fields<RollupNode> = {
  id: ({ repository, sha }) => nodeId('SCR', repository.id, sha),
  commit: ({ repository, sha }, _args, context) => commitNode(context, repository, sha),
  state: ({ contexts }) => stateOfAll(contexts),
  contexts: ({ contexts }, args, context, info) => {
    const runs = contexts.filter((one) => one.kind === 'CheckRun');
    const statuses = contexts.filter((one) => one.kind === 'StatusContext');
    const page = connection(contexts, args, info, (_one, index) => [index]);
    return {
      ...page,
      nodes: page.nodes.map((one) => shown(one, context)),
      edges: page.edges.map(({ node, cursor }) => ({ node: shown(node, context), cursor })),
      checkRunCount: runs.length,
      statusContextCount: statuses.length,
      checkRunCountsByState: counts(runs.map((run) => (run.conclusion ?? run.status).toUpperCase())),
      statusContextCountsByState: counts(statuses.map(stateOfStatus)),
    };
  },
};

export const statusContextFields: Fields<CommitStatus> = {
  id: ({ nodeId: id }) => id,
  context: ({ context }) => context,
  state: stateOfStatus,
  description: ({ description }) => description,
  targetUrl: ({ targetUrl }) => targetUrl,
  createdAt: ({ createdAt }) => time(createdAt),
  creator: ({ creator }) => actorOf(creator),
  avatarUrl: ({ creator }, _args, context) => avatarUrl(context.world.state, creator),
  commit: ({ repository, sha }, _args, context) => commitNode(context, repository, sha),
  isRequired: () => false,
};
