import { reactionContents, type Comment, type Reaction, type ReactionContent } from '../world/model.ts';
import { associationOf } from '../world/pulls.ts';
import { fullName } from '../world/repositories.ts';
import { time, timeOrNull } from '../shapes/account.ts';
import { commentUrl } from '../shapes/pull.ts';
import { connection } from './connection.ts';
import { actorOf, type Fields } from './context.ts';

/** GraphQL has other words for two of the contents. */
function contentName(content: ReactionContent): string {
  if (content === '+1') return 'THUMBS_UP';
  return content === '-1' ? 'THUMBS_DOWN' : content.toUpperCase();
}

/** The reactions of one content; GitHub gives all eight groups, also empty ones. */
export type ReactionGroupNode = { kind: 'ReactionGroup'; comment: Comment; content: ReactionContent };

function inGroup({ comment, content }: ReactionGroupNode): Reaction[] {
  return comment.reactions.filter((one) => one.content === content);
}

export const commentFields: Fields<Comment> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  fullDatabaseId: ({ id }) => String(id),
  body: ({ body }) => body,
  bodyText: ({ body }) => body,
  author: ({ author }) => actorOf(author),
  authorAssociation: ({ pull, author }) => associationOf(pull.repository, author),
  viewerDidAuthor: ({ author }, _args, context) => author.login === context.by,
  viewerCanUpdate: ({ author }, _args, context) => author.login === context.by || context.viewer.as === 'person',
  viewerCanDelete: ({ author }, _args, context) => author.login === context.by || context.viewer.as === 'person',
  url: (comment, _args, context) => commentUrl(context.world.state, comment),
  resourcePath: (comment) =>
    `/${fullName(comment.pull.repository)}/pull/${comment.pull.number}#issuecomment-${comment.id}`,
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ updatedAt }) => time(updatedAt),
  publishedAt: ({ createdAt }) => time(createdAt),
  lastEditedAt: ({ lastEditedAt }) => timeOrNull(lastEditedAt),
  includesCreatedEdit: ({ lastEditedAt }) => lastEditedAt !== null,
  createdViaEmail: () => false,
  isMinimized: ({ minimizedReason }) => minimizedReason !== null,
  minimizedReason: ({ minimizedReason }) => minimizedReason?.toLowerCase() ?? null,
  pullRequest: ({ pull }) => pull,
  repository: ({ pull }) => pull.repository,
  reactionGroups: (comment) =>
    reactionContents.map((content): ReactionGroupNode => ({ kind: 'ReactionGroup', comment, content })),
  reactions: ({ reactions }, args, context, info) => {
    const found = reactions.filter((one) => !args['content'] || contentName(one.content) === args['content']);
    const viewerHasReacted = found.some((one) => one.by.login === context.by);
    return { ...connection(found, args, info, (one) => [one.id]), viewerHasReacted };
  },
};

export const reactionGroupFields: Fields<ReactionGroupNode> = {
  content: ({ content }) => contentName(content),
  createdAt: (group) => timeOrNull(inGroup(group)[0]?.createdAt ?? null),
  subject: ({ comment }) => comment,
  viewerHasReacted: (group, _args, context) => inGroup(group).some((one) => one.by.login === context.by),
  reactors: (group, args, _context, info) => {
    const found = inGroup(group).filter((one) => !one.by.deleted);
    const page = connection(found, args, info, (one) => [one.id]);
    return {
      ...page,
      nodes: page.nodes.map(({ by }) => by),
      edges: page.edges.map(({ node, cursor }) => ({ node: node.by, cursor, reactedAt: time(node.createdAt) })),
    };
  },
};

export const reactionFields: Fields<Reaction> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  content: ({ content }) => contentName(content),
  createdAt: ({ createdAt }) => time(createdAt),
  reactable: ({ comment }) => comment,
  // An App's bot is no User.
  user: ({ by }) => (by.kind === 'User' ? actorOf(by) : null),
};
