import { suitesAt } from '../world/checks.ts';
import { commitsBetween, readBlob } from '../world/git.ts';
import { entryAt, listTree, objectOf as placeOf, type TreeEntry } from '../world/trees.ts';
import type { Repository } from '../world/model.ts';
import { fullName } from '../world/repositories.ts';
import { time } from '../shapes/account.ts';
import { connection } from './connection.ts';
import { requirePermission, type Args, type Context, type Fields } from './context.ts';
import { commitNode, gitNodeId, type BlobNode, type CommitNode, type RefNode, type TreeNode } from './git.ts';
import { deploymentConnection } from './reportFields.ts';
import { rollupOf } from './rollupFields.ts';

/** Where an item stands in a list that only grows at its end. */
function byIndex(_item: unknown, index: number): number[] {
  return [index];
}

/** A file or directory in a tree. */
type EntryNode = { repository: Repository; files: TreeNode['files']; entry: TreeEntry };

/** GitHub cuts a blob's text in GraphQL after this many bytes and says so by isTruncated. */
export const longestBlobText = 512_000;

/** What stands at a path of a commit or tree, as `object(expression: "sha:path")` gives it; null if nothing. */
export function objectAt(node: CommitNode | TreeNode, path: string): BlobNode | TreeNode | null {
  const { repository } = node;
  const [files, root] = node.kind === 'Commit' ? [node.commit.files, ''] : [node.files, node.path];
  if (path === '') {
    return node.kind === 'Tree' ? node : { kind: 'Tree', repository, files, path: '', sha: node.commit.treeSha };
  }
  const entry = entryAt(files, root === '' ? path : `${root}/${path}`);
  return entry ? objectOf({ repository, files, entry }) : null;
}

/** Null for a submodule, whose commit is in another repository. */
function objectOf({ repository, files, entry }: EntryNode): BlobNode | TreeNode | null {
  if (entry.type === 'commit') return null;
  if (entry.type === 'blob') return { kind: 'Blob', repository, sha: entry.sha };
  return { kind: 'Tree', repository, files, path: entry.path, sha: entry.sha };
}

/** A commit, tree or blob of the repository by its full sha; null for what it has not. */
export function objectBySha(
  context: Context,
  repository: Repository,
  sha: string,
): CommitNode | TreeNode | BlobNode | null {
  const commit = commitNode(context, repository, sha);
  if (commit) return commit;
  const place = placeOf(context.world.state, repository, sha);
  if (place === undefined) return null;
  return place === 'blob' ? { kind: 'Blob', repository, sha } : { kind: 'Tree', repository, ...place, sha };
}

function repositoryUrl(context: Context, repository: Repository): string {
  return `${context.world.state.url}/${fullName(repository)}`;
}

export const commitFields: Fields<CommitNode> = {
  id: (node) => gitNodeId(node),
  oid: ({ commit }) => commit.sha,
  abbreviatedOid: ({ commit }) => commit.sha.slice(0, 7),
  message: ({ commit }) => commit.message,
  messageHeadline: ({ commit }) => commit.message.split('\n')[0],
  messageBody: ({ commit }) => commit.message.split('\n').slice(1).join('\n').trim(),
  committedDate: ({ commit }) => time(commit.at),
  authoredDate: ({ commit }) => time(commit.at),
  author: ({ commit }) => ({
    name: commit.author.login,
    date: time(commit.at),
    user: commit.author.kind === 'User' ? commit.author : null,
  }),
  repository: ({ repository }) => repository,
  url: ({ repository, commit }, _args, context) => `${repositoryUrl(context, repository)}/commit/${commit.sha}`,
  commitUrl: ({ repository, commit }, _args, context) => `${repositoryUrl(context, repository)}/commit/${commit.sha}`,
  resourcePath: ({ repository, commit }) => `/${fullName(repository)}/commit/${commit.sha}`,
  parents: ({ repository, commit }, args, context, info) =>
    connection(
      commit.parents.map((sha) => commitNode(context, repository, sha)),
      args,
      info,
      byIndex,
    ),
  history: ({ repository, commit }, args, context, info) => {
    requirePermission(context, { contents: 'read' });
    const older = commit.parents.flatMap((sha) => historyFrom(context, sha));
    const unique = [...new Set([commit, ...older])];
    return connection(
      unique.map((one) => commitNode(context, repository, one.sha)),
      args,
      info,
      byIndex,
    );
  },
  file: ({ repository, commit }, args, context) => {
    requirePermission(context, { contents: 'read' });
    const entry = entryAt(commit.files, String(args['path']).replace(/^\/+|\/+$/g, ''));
    return entry ? { repository, files: commit.files, entry } : null;
  },
  tree: ({ repository, commit }) => ({ kind: 'Tree', repository, files: commit.files, path: '', sha: commit.treeSha }),
  checkSuites: ({ repository, commit }, args, context, info) => {
    requirePermission(context, { checks: 'read' });
    const filter = (args['filterBy'] ?? {}) as { appId?: number | null; checkName?: string | null };
    const suites = suitesAt(repository, commit.sha).filter((suite) => {
      if (typeof filter.appId === 'number' && suite.app.id !== filter.appId) return false;
      return typeof filter.checkName !== 'string' || suite.runs.some((run) => run.name === filter.checkName);
    });
    return connection(suites, args, info, (suite) => [suite.id]);
  },
  statusCheckRollup: (node, _args, context) => rollupOf(node, context),
  deployments: ({ repository, commit }, args, context, info) =>
    deploymentConnection(
      repository.deployments.filter((one) => one.sha === commit.sha),
      args,
      context,
      info,
    ),
  associatedPullRequests: ({ repository, commit }, args, context, info) => {
    requirePermission(context, { pull_requests: 'read' });
    const order = args['orderBy'] as { direction: string } | undefined;
    const found = [...repository.pulls.values()].filter((pull) => {
      if (pull.headSha === commit.sha || pull.mergeCommitSha === commit.sha) return true;
      return commitsBetween(context.world.state, pull.baseSha, pull.headSha).some((one) => one.sha === commit.sha);
    });
    const descending = order?.direction === 'DESC';
    return connection(descending ? found.reverse() : found, args, info, (pull) => [pull.id], descending);
  },
};

function historyFrom(context: Context, sha: string): CommitNode['commit'][] {
  const commit = context.world.state.commits.get(sha);
  return commit ? [commit, ...commit.parents.flatMap((parent) => historyFrom(context, parent))] : [];
}

export const entryFields: Fields<EntryNode> = {
  name: ({ entry }) => entry.name,
  nameRaw: ({ entry }) => Buffer.from(entry.name).toString('base64'),
  path: ({ entry }) => entry.path,
  pathRaw: ({ entry }) => Buffer.from(entry.path).toString('base64'),
  type: ({ entry }) => entry.type,
  oid: ({ entry }) => entry.sha,
  // Git's octal digits as a number: 16384 is a directory, 33188 a file, 40960 a link, 57344 a submodule.
  mode: ({ entry }) => Number.parseInt(entry.mode, 8),
  size: ({ entry }, _args, context) =>
    entry.type === 'blob' ? readBlob(context.world.state, entry.sha).byteLength : 0,
  extension: ({ entry }) => /\.[^.]*$/.exec(entry.name)?.[0] ?? '',
  repository: ({ repository }) => repository,
  object: (node) => objectOf(node),
};

export const treeFields: Fields<TreeNode> = {
  id: (node) => gitNodeId(node),
  oid: ({ sha }) => sha,
  abbreviatedOid: ({ sha }) => sha.slice(0, 7),
  repository: ({ repository }) => repository,
  entries: ({ repository, files, path }, _args, context) => {
    requirePermission(context, { contents: 'read' });
    return listTree(files, path).map((entry): EntryNode => ({ repository, files, entry }));
  },
};

function bytesOf(node: BlobNode, _args: Args, context: Context): Buffer {
  requirePermission(context, { contents: 'read' });
  return readBlob(context.world.state, node.sha);
}

export const blobFields: Fields<BlobNode> = {
  id: (node) => gitNodeId(node),
  oid: ({ sha }) => sha,
  abbreviatedOid: ({ sha }) => sha.slice(0, 7),
  repository: ({ repository }) => repository,
  byteSize: (node, args, context) => bytesOf(node, args, context).byteLength,
  isBinary: (node, args, context) => bytesOf(node, args, context).includes(0),
  isTruncated: (node, args, context) => {
    const bytes = bytesOf(node, args, context);
    return bytes.byteLength > longestBlobText && !bytes.includes(0);
  },
  text: (node, args, context) => {
    const bytes = bytesOf(node, args, context);
    return bytes.includes(0) ? null : bytes.subarray(0, longestBlobText).toString('utf8');
  },
};

export const refFields: Fields<RefNode> = {
  id: (node) => gitNodeId(node),
  name: ({ name }) => name,
  prefix: () => 'refs/heads/',
  repository: ({ repository }) => repository,
  target: ({ repository, name }, _args, context) => {
    requirePermission(context, { contents: 'read' });
    return commitNode(context, repository, repository.branches.get(name));
  },
};
