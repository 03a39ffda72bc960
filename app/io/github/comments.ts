import { hashOfBody, type OurComment, type PersonsComment, type Seen } from '../../core/facts.ts';
import { formatKey, type PullRequestKey } from '../../core/key.ts';
import { commentMarker } from '../../core/report/comment.ts';
import { shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';
import { ask, refuseErrors } from './graphql.ts';
import { personOf } from './people.ts';
import { earlierCommentsQuery } from './queries.ts';
import { earlierCommentsShape, type CommentNode, type CommentPage } from './shapes.ts';

/** More pages than that of one pull request are not believed. */
const mostPages = 200;
/** So many pages are looked through for commands: a command under a thousand younger comments is too old to follow. */
const mostCommandPages = 10;
/** How many pull requests are remembered. */
const mostRemembered = 10_000;

export type Comments = {
  readonly ours: Pick<Seen, 'comment' | 'extraComments'>;
  readonly commands: readonly PersonsComment[];
};

/**
 * Remembers, per pull request, up to which comment there is no command younger than `lastCommand` but those already
 * returned, so that a long talk is looked through once and not at each read. A comment that becomes one by an edit is
 * none, so it cannot be missed.
 */
export type CommandFloor = {
  get(key: PullRequestKey, lastCommand: number): number;
  raise(key: PullRequestKey, lastCommand: number, to: number): void;
};

/** Returns an empty memory; the pull requests that were read the longest time ago are forgotten first. */
export function openCommandFloor(): CommandFloor {
  const kept = new Map<string, { lastCommand: number; to: number }>();
  const floorOf = (key: PullRequestKey, lastCommand: number): number => {
    const known = kept.get(formatKey(key));
    // Where the record was lost, the commands are asked for that were known before.
    return known === undefined || known.lastCommand > lastCommand ? 0 : known.to;
  };
  return {
    get: floorOf,
    raise(key, lastCommand, to) {
      const id = formatKey(key);
      const floor = Math.max(floorOf(key, lastCommand), to);
      kept.delete(id);
      kept.set(id, { lastCommand, to: floor });
      const oldest = kept.size > mostRemembered ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
    },
  };
}

export type CommentSearch = {
  readonly clients: GitHubClients;
  readonly key: PullRequestKey;
  readonly newest: CommentPage;
  /** Ours, found by its node id. */
  readonly remembered: CommentNode | undefined;
  /** Id of the newest comment that was looked at as a command. */
  readonly lastCommand: number;
  readonly floor: CommandFloor;
  /** How many comments a further call is to bring. */
  readonly perPage: number;
};

/**
 * Returns our comment and those too many, and every command among the comments that were read. With `remembered` the
 * newest page is enough for ours: a second comment is made by a race, and so is young when it is looked for. Without,
 * all are looked through, so that none is made twice. For commands it is enough to reach back to the last one.
 */
export async function findComments(search: CommentSearch): Promise<Comments> {
  const { clients, key, newest, remembered, lastCommand, floor } = search;
  const reachTo = Math.max(lastCommand, floor.get(key, lastCommand));
  const nodes = [...newest.nodes];
  let page = newest;
  for (let pages = 1; page.pageInfo.hasPreviousPage; pages++) {
    const reached = pages >= mostCommandPages || nodes.some(({ fullDatabaseId }) => fullDatabaseId <= reachTo);
    if (remembered !== undefined && reached) break;
    if (pages > mostPages || page.pageInfo.startCursor === null) {
      throw new Error('GitHub says that there are further comments, and does not give them');
    }
    const { data, errors } = await ask(clients, key.installation, earlierCommentsQuery, {
      repository: key.repository,
      number: key.number,
      comments: search.perPage,
      before: page.pageInfo.startCursor,
    });
    refuseErrors(errors);
    page = shaped(earlierCommentsShape, data, 'GitHub on the earlier comments').repository.pullRequest.comments;
    nodes.push(...page.nodes);
  }
  const commands = commandsOf(nodes);
  const next = commands.find(({ id }) => id > lastCommand);
  const newestId = Math.max(0, ...nodes.map(({ fullDatabaseId }) => fullDatabaseId));
  floor.raise(key, lastCommand, next === undefined ? newestId : next.id - 1);
  return { ours: oursOf(key, nodes, remembered), commands };
}

/**
 * Returns the oldest of ours, and the others as too many. Ours: written by the App and marked, or remembered and
 * written by the App.
 */
function oursOf(
  key: PullRequestKey,
  nodes: readonly CommentNode[],
  remembered: CommentNode | undefined,
): Comments['ours'] {
  const marker = commentMarker(key);
  const ours = new Map<number, OurComment>();
  const keep = ({ id, fullDatabaseId, body }: CommentNode) =>
    ours.set(fullDatabaseId, { id: fullDatabaseId, nodeId: id, bodyHash: hashOfBody(body) });
  for (const node of nodes) if (node.viewerDidAuthor && node.body.includes(marker)) keep(node);
  if (remembered?.viewerDidAuthor) keep(remembered);
  const [comment, ...extra] = [...ours.values()].sort((a, b) => a.id - b.id);
  return { comment, extraComments: extra.map(({ id }) => id) };
}

/** Says whether a comment can be a command: `readCommand` tells whether it is one. */
export function mayCommand(body: string): boolean {
  return /^ {0,3}\/preview/m.test(body);
}

/** Returns the comments of others that have a line beginning with `/preview`, each once, by id. */
function commandsOf(nodes: readonly CommentNode[]): readonly PersonsComment[] {
  const commands = new Map<number, PersonsComment>();
  for (const { fullDatabaseId: id, viewerDidAuthor, author, createdAt, lastEditedAt, body } of nodes) {
    if (viewerDidAuthor || !mayCommand(body)) continue;
    commands.set(id, { id, by: personOf(author), at: createdAt, edited: lastEditedAt !== null, body });
  }
  return [...commands.values()].sort((a, b) => a.id - b.id);
}
