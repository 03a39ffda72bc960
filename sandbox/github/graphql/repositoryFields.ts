import type { Account, AppIdentity, PullRequest, Repository } from '../world/model.ts';
import { resolveRef } from '../world/branches.ts';
import { fullName } from '../world/repositories.ts';
import { accountUrl, avatarUrl, time } from '../shapes/account.ts';
import { mayDo } from '../auth.ts';
import { connection } from './connection.ts';
import { requirePermission, typedError, type Args, type Context, type Fields } from './context.ts';
import { commitNode, refNode } from './git.ts';
import { objectAt, objectBySha } from './gitFields.ts';
import { deploymentConnection } from './reportFields.ts';

function pullsAsked(
  repository: Repository,
  args: Args,
): { pulls: PullRequest[]; place: (pull: PullRequest) => number[]; descending: boolean } {
  const labels = (args['labels'] as string[] | null | undefined)?.map((name) => name.toLowerCase());
  const states = args['states'] as string[] | null | undefined;
  const [head, base] = [args['headRefName'] ?? null, args['baseRefName'] ?? null];
  const found = [...repository.pulls.values()].filter((pull) => {
    const state = pull.merged ? 'MERGED' : pull.state.toUpperCase();
    if (states && !states.includes(state)) return false;
    if (labels && !pull.labels.some((label) => labels.includes(label.name.toLowerCase()))) return false;
    return (head === null || pull.headRef === head) && (base === null || pull.baseRef === base);
  });
  const order = args['orderBy'] as { field: string; direction: string } | undefined;
  const field = order?.field ?? 'CREATED_AT';
  const place = (pull: PullRequest): number[] => {
    if (field === 'UPDATED_AT') return [pull.updatedAt.getTime(), pull.id];
    return field === 'COMMENTS' ? [pull.comments.length, pull.id] : [pull.createdAt.getTime(), pull.id];
  };
  const descending = order?.direction === 'DESC';
  const placed = found.map((pull) => ({ pull, at: place(pull) }));
  placed.sort((a, b) => ((a.at[0] ?? 0) - (b.at[0] ?? 0) || a.pull.id - b.pull.id) * (descending ? -1 : 1));
  return { pulls: placed.map(({ pull }) => pull), place, descending };
}

/** `object(oid:)` and `object(expression:)`, where an expression is `REF` or `REF:path`. */
function gitObject(repository: Repository, args: Args, context: Context) {
  requirePermission(context, { contents: 'read' });
  const oid = args['oid'];
  if (typeof oid === 'string') return objectBySha(context, repository, oid);
  const expression = typeof args['expression'] === 'string' ? args['expression'] : '';
  const colon = expression.indexOf(':');
  const ref = colon < 0 ? expression : expression.slice(0, colon);
  const commit = commitNode(context, repository, resolveRef(repository, ref.replace(/\^\{commit\}$/, '')));
  const found = commit ?? objectBySha(context, repository, ref);
  if (!found || colon < 0) return found;
  return found.kind === 'Blob' ? null : objectAt(found, expression.slice(colon + 1));
}

export const repositoryFields: Fields<Repository> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  name: ({ name }) => name,
  nameWithOwner: (repository) => fullName(repository),
  owner: ({ owner }) => owner,
  description: ({ description }) => description,
  isPrivate: (repository) => repository.private,
  isArchived: ({ archived }) => archived,
  isDisabled: () => false,
  isLocked: () => false,
  isFork: ({ parent }) => parent !== null,
  isEmpty: ({ branches }) => branches.size === 0,
  visibility: (repository) => (repository.private ? 'PRIVATE' : 'PUBLIC'),
  parent: ({ parent }) => (parent && !parent.deleted ? parent : null),
  url: (repository, _args, context) => `${context.world.state.url}/${fullName(repository)}`,
  resourcePath: (repository) => `/${fullName(repository)}`,
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ updatedAt }) => time(updatedAt),
  pushedAt: ({ pushedAt }) => time(pushedAt),
  viewerPermission: (_repository, _args, context) =>
    mayDo(context.viewer, [{ contents: 'write' }]) ? 'WRITE' : 'READ',
  defaultBranchRef: (repository) => refNode(repository, repository.defaultBranch),
  ref: (repository, args) => refNode(repository, String(args['qualifiedName']).replace(/^refs\/heads\//, '')),
  refs: (repository, args, _context, info) => {
    const names = args['refPrefix'] === 'refs/heads/' ? [...repository.branches.keys()].sort() : [];
    return connection(
      names.map((name) => refNode(repository, name)),
      args,
      info,
      (_ref, index) => [index],
    );
  },
  object: gitObject,
  label: ({ labels }, args) => labels.get(String(args['name']).toLowerCase()) ?? null,
  labels: ({ labels }, args, _context, info) => {
    const query = args['query'];
    const found = [...labels.values()].filter(
      (one) => typeof query !== 'string' || one.name.toLowerCase().includes(query.toLowerCase()),
    );
    return connection(found, args, info, (one) => [one.id]);
  },
  pullRequest: (repository, args, context) => {
    requirePermission(context, { pull_requests: 'read' });
    const found = repository.pulls.get(Number(args['number']));
    if (found) return found;
    throw typedError('NOT_FOUND', `Could not resolve to a PullRequest with the number of ${String(args['number'])}.`);
  },
  pullRequests: (repository, args, context, info) => {
    requirePermission(context, { pull_requests: 'read' });
    const { pulls, place, descending } = pullsAsked(repository, args);
    return connection(pulls, args, info, place, descending);
  },
  deployments: (repository, args, context, info) => deploymentConnection(repository.deployments, args, context, info),
};

/** Users, organizations and bots have these in common. */
export const accountFields: Fields<Account> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  // As an Actor a bot has its App's name; as the viewer, who is always a User, it keeps the suffix.
  login: ({ login }, _args, _context, info) => (info.parentType.name === 'Bot' ? login.replace('[bot]', '') : login),
  name: ({ login }) => login,
  avatarUrl: (account, _args, context) => avatarUrl(context.world.state, account),
  url: (account, _args, context) => accountUrl(context.world.state, account),
  resourcePath: ({ login, kind }) => (kind === 'Bot' ? `/apps/${login.replace('[bot]', '')}` : `/${login}`),
  createdAt: ({ createdAt }) => time(createdAt),
};

export const appFields: Fields<AppIdentity> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  slug: ({ slug }) => slug,
  name: ({ name }) => name,
};
