import { hashOfBody, type OurComment, type Seen, type SeenDeployment } from '../../core/facts.ts';
import { formatKey, type PullRequestKey } from '../../core/key.ts';
import { commentMarker } from '../../core/report/comment.ts';
import { shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';
import { ask, refuseErrors } from './graphql.ts';
import { earlierCommentsQuery } from './queries.ts';
import { earlierCommentsShape, type CommentNode, type CommentPage, type DeploymentNode } from './shapes.ts';

/** More pages than that of one pull request are not believed. */
const mostPages = 200;

export type Comments = Pick<Seen, 'comment' | 'extraComments'>;

/**
 * Returns our comment and those too many. With `remembered`, found by its node id, the newest hundred are enough: a
 * second comment is made by a race, and so is young when it is looked for. Without, all are looked through, so that
 * none is made twice.
 */
export async function findComments(
  clients: GitHubClients,
  key: PullRequestKey,
  newest: CommentPage,
  remembered: CommentNode | undefined,
): Promise<Comments> {
  const nodes = [...newest.nodes];
  let page = newest;
  for (let pages = 1; remembered === undefined && page.pageInfo.hasPreviousPage; pages++) {
    if (pages > mostPages || page.pageInfo.startCursor === null) {
      throw new Error('GitHub says that there are further comments, and does not give them');
    }
    const { data, errors } = await ask(clients, key.installation, earlierCommentsQuery, {
      repository: key.repository,
      number: key.number,
      before: page.pageInfo.startCursor,
    });
    refuseErrors(errors);
    page = shaped(earlierCommentsShape, data, 'GitHub on the earlier comments').repository.pullRequest.comments;
    nodes.push(...page.nodes);
  }
  return commentsOf(key, nodes, remembered);
}

/**
 * Returns the oldest of ours, and the others as too many. Ours: written by the App and marked, or remembered and
 * written by the App.
 */
function commentsOf(key: PullRequestKey, nodes: readonly CommentNode[], remembered: CommentNode | undefined): Comments {
  const marker = commentMarker(key);
  const ours = new Map<number, OurComment>();
  const keep = ({ id, fullDatabaseId, body }: CommentNode) =>
    ours.set(fullDatabaseId, { id: fullDatabaseId, nodeId: id, bodyHash: hashOfBody(body) });
  for (const node of nodes) if (node.viewerDidAuthor && node.body.includes(marker)) keep(node);
  if (remembered?.viewerDidAuthor) keep(remembered);
  const [comment, ...extra] = [...ours.values()].sort((a, b) => a.id - b.id);
  return { comment, extraComments: extra.map(({ id }) => id) };
}

/** Returns the deployments whose payload names the key, each once. */
export function ownDeployments(key: PullRequestKey, nodes: readonly DeploymentNode[]): readonly SeenDeployment[] {
  const ours = new Map<number, SeenDeployment>();
  for (const { databaseId: id, commitOid: sha, environment, payload, latestStatus } of nodes) {
    if (id === null || environment === null || keyIn(payload) !== formatKey(key)) continue;
    ours.set(id, { id, environment, sha, state: latestStatus?.state.toLowerCase() ?? 'pending' });
  }
  return [...ours.values()];
}

/** The payload was written as an object; GraphQL gives it as JSON, in some versions as JSON of that JSON. */
function keyIn(payload: string | null): unknown {
  let value: unknown = payload;
  for (let layers = 0; layers < 2 && typeof value === 'string'; layers++) {
    try {
      value = JSON.parse(value);
    } catch {
      return undefined;
    }
  }
  return typeof value === 'object' && value !== null && 'key' in value ? value.key : undefined;
}
