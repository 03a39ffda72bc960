import type { Commit, Files, Repository } from '../world/model.ts';
import { nodeId, readTextNodeId } from '../world/ids.ts';
import { objectOf } from '../world/trees.ts';
import type { Context } from './context.ts';

// Git's things have no repository of their own in the world, but in GraphQL they belong to one.
export type CommitNode = { kind: 'Commit'; repository: Repository; commit: Commit };
export type TreeNode = { kind: 'Tree'; repository: Repository; files: Files; path: string; sha: string };
export type BlobNode = { kind: 'Blob'; repository: Repository; sha: string };
export type RefNode = { kind: 'Ref'; repository: Repository; name: string };
export type GitNode = CommitNode | TreeNode | BlobNode | RefNode;

/** The commit as seen in the repository; null if it is not to be seen there. */
export function commitNode(context: Context, repository: Repository, sha: string | undefined): CommitNode | null {
  const commit = sha === undefined || !repository.commits.has(sha) ? undefined : context.world.state.commits.get(sha);
  return commit ? { kind: 'Commit', repository, commit } : null;
}

/** A branch; null if there is none. */
export function refNode(repository: Repository, name: string): RefNode | null {
  return repository.branches.has(name) ? { kind: 'Ref', repository, name } : null;
}

/** The node id of a Git object or a ref. */
export function gitNodeId(node: GitNode): string {
  switch (node.kind) {
    case 'Commit':
      return nodeId('C', node.repository.id, node.commit.sha);
    case 'Tree':
      return nodeId('T', node.repository.id, node.sha);
    case 'Blob':
      return nodeId('B', node.repository.id, node.sha);
    case 'Ref':
      return nodeId('REF', node.repository.id, `refs/heads/${node.name}`);
  }
}

/** The commit, blob or branch behind a node id. Trees are found through their commits only. */
export function gitNodeOf(context: Context, id: string): CommitNode | BlobNode | RefNode | undefined {
  const read = readTextNodeId(id);
  const repository = read && context.world.repositories().find((one) => one.id === read.repositoryId);
  if (!repository) return undefined;
  if (read.prefix === 'C') return commitNode(context, repository, read.text) ?? undefined;
  if (read.prefix === 'REF') return refNode(repository, read.text.replace('refs/heads/', '')) ?? undefined;
  if (read.prefix !== 'B') return undefined;
  return objectOf(context.world.state, repository, read.text) === 'blob'
    ? { kind: 'Blob', repository, sha: read.text }
    : undefined;
}
