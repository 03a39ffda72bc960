import { findRepository, repositoryOfEntity } from '../world/repositories.ts';
import { maySee } from '../auth.ts';
import { time } from '../shapes/account.ts';
import { typedError, visible, requirePermission, type Args, type Context, type Fields } from './context.ts';
import { gitNodeOf } from './git.ts';

function nodeOf(context: Context, id: string): object {
  const entity = context.world.state.nodes.get(id) ?? gitNodeOf(context, id);
  const repository = entity && ('nodeId' in entity ? repositoryOfEntity(entity) : entity.repository);
  const hidden = repository !== undefined && (repository.deleted || !maySee(context.viewer, repository));
  if (entity && !hidden) {
    if (entity.kind === 'PullRequest') requirePermission(context, { pull_requests: 'read' });
    if (entity.kind === 'IssueComment') requirePermission(context, { issues: 'read' }, { pull_requests: 'read' });
    if (entity.kind === 'Reaction') requirePermission(context, { issues: 'read' }, { pull_requests: 'read' });
    if (entity.kind === 'StatusContext') requirePermission(context, { statuses: 'read' });
    if (entity.kind === 'CheckRun' || entity.kind === 'CheckSuite') requirePermission(context, { checks: 'read' });
    if (entity.kind === 'Deployment' || entity.kind === 'DeploymentStatus')
      requirePermission(context, { deployments: 'read' });
    return entity;
  }
  throw typedError('NOT_FOUND', `Could not resolve to a node with the global id of '${id}'`);
}

export const queryFields: Fields<undefined> = {
  repository: (_source, args, context) => {
    const [owner, name] = [String(args['owner']), String(args['name'])];
    const found = visible(context, findRepository(context.world.state, `${owner}/${name}`));
    const isOldName = found && `${found.owner.login}/${found.name}`.toLowerCase() !== `${owner}/${name}`.toLowerCase();
    if (found && !(isOldName && args['followRenames'] === false)) return found;
    throw typedError('NOT_FOUND', `Could not resolve to a Repository with the name '${owner}/${name}'.`);
  },
  node: (_source, args, context) => nodeOf(context, String(args['id'])),
  nodes: (_source, args, context) => {
    const ids = args['ids'] as string[];
    if (ids.length > 100)
      throw typedError('ARGUMENT_LIMIT', `You may not provide more than 100 node ids; you provided ${ids.length}.`);
    return ids.map((id) => {
      try {
        return nodeOf(context, id);
      } catch (error) {
        // Each id fails on its own, at its place in the list.
        return error;
      }
    });
  },
  viewer: (_source, _args, context) => {
    const { viewer } = context;
    return viewer.as === 'person' || viewer.as === 'installation' ? viewer.account : null;
  },
  rateLimit: (_source, _args, { budget, cost, nodeCount }) => ({
    limit: budget.limit,
    remaining: budget.remaining,
    used: budget.used,
    cost,
    nodeCount,
    resetAt: time(budget.resetAt),
  }),
};

function inputOf(args: Args): Record<string, unknown> {
  return args['input'] as Record<string, unknown>;
}

function setDraft(args: Args, context: Context, draft: boolean) {
  requirePermission(context, { pull_requests: 'write' });
  const input = inputOf(args);
  const id = String(input['pullRequestId']);
  nodeOf(context, id);
  const pull = context.world.state.nodes.get(id);
  if (pull?.kind !== 'PullRequest')
    throw typedError('NOT_FOUND', `Could not resolve to PullRequest node with the global id of '${id}'.`);
  context.world.setDraft(pull.repository, pull.number, draft, context.by);
  return { clientMutationId: input['clientMutationId'] ?? null, pullRequest: pull };
}

function minimize(args: Args, context: Context, isHidden: boolean) {
  requirePermission(context, { issues: 'write' }, { pull_requests: 'write' });
  const input = inputOf(args);
  const comment = context.world.state.nodes.get(String(input['subjectId']));
  nodeOf(context, String(input['subjectId']));
  if (comment?.kind !== 'IssueComment') throw typedError('UNPROCESSABLE', 'Only comments can be minimized here.');
  context.world.minimizeComment(comment, isHidden ? String(input['classifier']) : null);
  const key = isHidden ? 'minimizedComment' : 'unminimizedComment';
  return { clientMutationId: input['clientMutationId'] ?? null, [key]: comment };
}

/** The few things that GitHub lets be done by GraphQL only. */
export const mutationFields: Fields<undefined> = {
  markPullRequestReadyForReview: (_source, args, context) => setDraft(args, context, false),
  convertPullRequestToDraft: (_source, args, context) => setDraft(args, context, true),
  minimizeComment: (_source, args, context) => minimize(args, context, true),
  unminimizeComment: (_source, args, context) => minimize(args, context, false),
};
