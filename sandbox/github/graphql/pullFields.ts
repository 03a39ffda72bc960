import type { Comment, Label, PullRequest } from '../world/model.ts';
import { commitsBetween } from '../world/git.ts';
import { associationOf, baseTip, changedFiles, isCrossRepository, isMergeable } from '../world/pulls.ts';
import { fullName } from '../world/repositories.ts';
import { time, timeOrNull } from '../shapes/account.ts';
import { pullUrl } from '../shapes/pull.ts';
import { connection } from './connection.ts';
import { actorOf, requirePermission, visible, type Context, type Fields } from './context.ts';
import { commitNode, refNode } from './git.ts';
import { rollupOf } from './rollupFields.ts';
import { timelineItems } from './timelineFields.ts';

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function headCommit(pull: PullRequest, context: Context) {
  return commitNode(context, pull.repository, pull.headSha);
}

const pullState = (pull: PullRequest): string => (pull.merged ? 'MERGED' : pull.state.toUpperCase());

export const pullFields: Fields<PullRequest> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  fullDatabaseId: ({ id }) => String(id),
  number: ({ number }) => number,
  title: ({ title }) => title,
  body: ({ body }) => body,
  bodyText: ({ body }) => body,
  url: (pull, _args, context) => pullUrl(context.world.state, pull),
  permalink: (pull, _args, context) => pullUrl(context.world.state, pull),
  resourcePath: (pull) => `/${fullName(pull.repository)}/pull/${pull.number}`,
  state: pullState,
  isDraft: ({ draft }) => draft,
  merged: ({ merged }) => merged,
  mergedAt: ({ mergedAt }) => timeOrNull(mergedAt),
  mergedBy: ({ mergedBy }) => mergedBy && actorOf(mergedBy),
  mergeCommit: (pull, _args, context) => commitNode(context, pull.repository, pull.mergeCommitSha ?? undefined),
  mergeable: (pull, _args, context) =>
    pull.state === 'closed' ? 'UNKNOWN' : isMergeable(context.world.state, pull) ? 'MERGEABLE' : 'CONFLICTING',
  closed: ({ state }) => state === 'closed',
  closedAt: ({ closedAt }) => timeOrNull(closedAt),
  locked: () => false,
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ updatedAt }) => time(updatedAt),
  lastEditedAt: () => null,
  author: ({ author }) => actorOf(author),
  authorAssociation: ({ repository, author }) => associationOf(repository, author),
  viewerDidAuthor: ({ author }, _args, context) => author.login === context.by,
  headRefName: ({ headRef }) => headRef,
  headRefOid: ({ headSha }) => headSha,
  headRef: (pull, _args, context) => {
    const repository = visibleHead(pull, context);
    return repository && refNode(repository, pull.headRef);
  },
  headRepository: (pull, _args, context) => visibleHead(pull, context),
  headRepositoryOwner: ({ headOwner }) => headOwner,
  isCrossRepository: (pull) => isCrossRepository(pull),
  baseRefName: ({ baseRef }) => baseRef,
  baseRefOid: (pull) => (pull.merged ? pull.baseSha : baseTip(pull)),
  baseRef: ({ repository, baseRef }) => refNode(repository, baseRef),
  baseRepository: ({ repository }) => repository,
  repository: ({ repository }) => repository,
  additions: (pull, _args, context) => sum(changedFiles(context.world.state, pull).map((one) => one.additions)),
  deletions: (pull, _args, context) => sum(changedFiles(context.world.state, pull).map((one) => one.deletions)),
  changedFiles: (pull, _args, context) => changedFiles(context.world.state, pull).length,
  labels: ({ labels }, args, _context, info) => connection(labels, args, info, (_label, index) => [index]),
  totalCommentsCount: ({ comments }) => comments.length,
  comments: ({ comments }, args, _context, info) => {
    const order = args['orderBy'] as { direction: string } | undefined;
    const descending = order?.direction === 'DESC';
    const ordered = descending
      ? [...comments].sort((a, b) => b.updatedAt.getTime() - a.updatedAt.getTime() || b.id - a.id)
      : order
        ? [...comments].sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime() || a.id - b.id)
        : comments;
    const place = order
      ? (one: Comment): number[] => [one.updatedAt.getTime(), one.id]
      : (one: Comment): number[] => [one.id];
    return connection(ordered, args, info, place, descending);
  },
  commits: (pull, args, context, info) => {
    const commits = commitsBetween(context.world.state, pull.baseSha, pull.headSha);
    const nodes = commits.map((commit) => ({
      pull,
      commit: { kind: 'Commit' as const, repository: pull.repository, commit },
    }));
    return connection(nodes, args, info, (_node, index) => [index]);
  },
  statusCheckRollup: (pull, _args, context) => {
    const head = headCommit(pull, context);
    return head && rollupOf(head, context);
  },
  timelineItems: (pull, args, _context, info) => timelineItems(pull, args, info),
};

/** The head's repository: the same one always, a fork if it still is there. GitHub shows public forks to anybody. */
function visibleHead(pull: PullRequest, context: Context) {
  const head = pull.headRepository;
  if (head.deleted) return null;
  return head.private ? (visible(context, head) ?? null) : head;
}

export const labelFields: Fields<Label> = {
  id: ({ nodeId }) => nodeId,
  name: ({ name }) => name,
  color: ({ color }) => color,
  description: ({ description }) => description,
  isDefault: ({ isDefault }) => isDefault,
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ updatedAt }) => time(updatedAt),
  repository: ({ repository }) => repository,
  url: ({ repository, name }, _args, context) =>
    `${context.world.state.url}/${fullName(repository)}/labels/${encodeURIComponent(name)}`,
  resourcePath: ({ repository, name }) => `/${fullName(repository)}/labels/${encodeURIComponent(name)}`,
  pullRequests: (label, args, context, info) => {
    requirePermission(context, { pull_requests: 'read' });
    const states = args['states'] as string[] | null | undefined;
    const found = [...label.repository.pulls.values()].filter(
      (pull) => pull.labels.includes(label) && (!states || states.includes(pullState(pull))),
    );
    return connection(found, args, info, (pull) => [pull.id]);
  },
};
