import { createHash } from 'node:crypto';
import type { FileEntry, FileMode, Files, Repository, State } from './model.ts';

export type TreeMode = FileMode | '040000';

/** One line of a directory. `commit` is a submodule, whose sha is a commit elsewhere. */
export type TreeEntry = { name: string; path: string; type: 'blob' | 'tree' | 'commit'; mode: TreeMode; sha: string };

export type Tree = { sha: string; entries: readonly TreeEntry[] };

/** The sha that Git gives an object of this kind and content. */
export function objectSha(kind: 'blob' | 'tree' | 'commit', content: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${content.byteLength}\0`).update(content).digest('hex');
}

type Directory = {
  path: string;
  files: Map<string, FileEntry>;
  inside: Map<string, Directory>;
  tree: Tree | undefined;
};

/** Files never change once made, so their directories are sorted and hashed once. */
const roots = new WeakMap<Files, Directory>();

function newDirectory(path: string): Directory {
  return { path, files: new Map(), inside: new Map(), tree: undefined };
}

function rootOf(files: Files): Directory {
  const known = roots.get(files);
  if (known) return known;
  const root = newDirectory('');
  for (const [path, entry] of files) {
    const parts = path.split('/');
    const name = parts.pop() ?? '';
    let at = root;
    for (const part of parts) {
      const next = at.inside.get(part) ?? newDirectory(at.path === '' ? part : `${at.path}/${part}`);
      at.inside.set(part, next);
      at = next;
    }
    at.files.set(name, entry);
  }
  roots.set(files, root);
  return root;
}

/** Git sorts a directory as if its name ended with a slash. */
function sortName(entry: TreeEntry): Buffer {
  return Buffer.from(entry.type === 'tree' ? `${entry.name}/` : entry.name);
}

function treeOf(directory: Directory): Tree {
  if (directory.tree) return directory.tree;
  const at = (name: string): string => (directory.path === '' ? name : `${directory.path}/${name}`);
  const entries: TreeEntry[] = [];
  for (const [name, { mode, sha }] of directory.files) {
    entries.push({ name, path: at(name), type: mode === '160000' ? 'commit' : 'blob', mode, sha });
  }
  for (const [name, inside] of directory.inside) {
    entries.push({ name, path: at(name), type: 'tree', mode: '040000', sha: treeOf(inside).sha });
  }
  const sorted = entries.map((entry) => ({ entry, key: sortName(entry) }));
  sorted.sort((a, b) => Buffer.compare(a.key, b.key));
  // Inside Git a directory's mode has no leading zero.
  const lines = sorted.map(({ entry }) =>
    Buffer.concat([Buffer.from(`${entry.mode.replace(/^0/, '')} ${entry.name}\0`), Buffer.from(entry.sha, 'hex')]),
  );
  directory.tree = { sha: objectSha('tree', Buffer.concat(lines)), entries: sorted.map(({ entry }) => entry) };
  return directory.tree;
}

/** The directory at a path ('' for the root), undefined if there is none. */
export function treeAt(files: Files, path: string): Tree | undefined {
  let at: Directory | undefined = rootOf(files);
  for (const part of path === '' ? [] : path.split('/')) at = at?.inside.get(part);
  return at && treeOf(at);
}

/** The entries directly under a directory ('' for the root), in Git's order. Empty when nothing is there. */
export function listTree(files: Files, directory: string): readonly TreeEntry[] {
  return treeAt(files, directory)?.entries ?? [];
}

/** What is at the path, be it a file or a directory; undefined if nothing, and for the root. */
export function entryAt(files: Files, path: string): TreeEntry | undefined {
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  return listTree(files, slash < 0 ? '' : path.slice(0, slash)).find((entry) => entry.name === name);
}

/** All entries below a directory: each directory, then what is in it. */
export function* walkTree(files: Files, directory: string): Generator<TreeEntry> {
  for (const entry of listTree(files, directory)) {
    yield entry;
    if (entry.type === 'tree') yield* walkTree(files, entry.path);
  }
}

/** A directory of one of a repository's commits; its sha says what is in it, not where it stands. */
export type Place = { files: Files; path: string };

type Index = { commits: Set<string>; blobs: Set<string>; trees: Map<string, Place> };

const indexes = new WeakMap<Repository, Index>();

/** Where a tree of the repository stands, or that it has the blob; undefined for what it has not. */
export function objectOf(state: State, repository: Repository, sha: string): Place | 'blob' | undefined {
  const index: Index = indexes.get(repository) ?? { commits: new Set(), blobs: new Set(), trees: new Map() };
  indexes.set(repository, index);
  for (const commit of repository.commits) {
    if (index.commits.has(commit)) continue;
    index.commits.add(commit);
    const files = state.commits.get(commit)?.files;
    if (files) addTree(index, files, '');
  }
  return index.blobs.has(sha) ? 'blob' : index.trees.get(sha);
}

function addTree(index: Index, files: Files, path: string): void {
  const tree = treeAt(files, path);
  if (!tree || index.trees.has(tree.sha)) return;
  index.trees.set(tree.sha, { files, path });
  for (const entry of tree.entries) {
    if (entry.type === 'blob') index.blobs.add(entry.sha);
    if (entry.type === 'tree') addTree(index, files, entry.path);
  }
}
