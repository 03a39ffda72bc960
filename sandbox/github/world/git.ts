import { invalid } from '../refusal.ts';
import type { Account, Commit, FileEntry, Files, State } from './model.ts';
import { objectSha, treeAt } from './trees.ts';

/**
 * A file as it is committed: text or bytes, which stays executable if it was; an executable one; a symbolic link to a
 * path; a submodule at a commit.
 */
export type FileContent =
  string | Uint8Array | { executable: string | Uint8Array } | { symlink: string } | { submodule: string };

/** What a commit writes, by path; null deletes. */
export type Changes = Record<string, FileContent | null>;

/** Stores the content and returns its blob sha, the one Git itself would give. */
export function writeBlob(state: State, content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  const sha = objectSha('blob', bytes);
  state.blobs.set(sha, bytes);
  return sha;
}

/** A blob's bytes; empty if there is no such blob. */
export function readBlob(state: State, sha: string): Buffer {
  return state.blobs.get(sha) ?? Buffer.alloc(0);
}

/**
 * Stores a commit. Its sha comes from tree, parents, author, message and its place in this world's history, not from
 * the clock: the same steps give the same shas.
 */
export function writeCommit(
  state: State,
  made: { files: Files; parents: readonly string[]; message: string; author: Account },
): Commit {
  const tree = treeAt(made.files, '')?.sha ?? '';
  const text = `${tree}\n${made.parents.join(' ')}\n${made.author.login}\n${state.commits.size}\n\n${made.message}`;
  const commit: Commit = { ...made, sha: objectSha('commit', Buffer.from(text)), treeSha: tree, at: state.now() };
  state.commits.set(commit.sha, commit);
  return commit;
}

/** The commit; throws when there is none, which would be a fault of this sandbox. */
export function commitAt(state: State, sha: string): Commit {
  const commit = state.commits.get(sha);
  if (!commit) throw new Error(`no commit ${sha} in this world`);
  return commit;
}

/** Throws GitHub's 422 for a path that Git would not take. */
export function checkPath(path: string): void {
  const parts = path.split('/');
  const bad = parts.some((part) => part === '' || part === '.' || part === '..' || part.toLowerCase() === '.git');
  if (bad || path.includes('\0')) {
    throw invalid('Commit', 'path', 'custom', `path contains a malformed path component: ${JSON.stringify(path)}`);
  }
}

function writeEntry(state: State, content: FileContent, before: FileEntry | undefined): FileEntry {
  if (typeof content === 'string' || content instanceof Uint8Array) {
    return { mode: before?.mode === '100755' ? '100755' : '100644', sha: writeBlob(state, content) };
  }
  if ('executable' in content) return { mode: '100755', sha: writeBlob(state, content.executable) };
  if ('symlink' in content) return { mode: '120000', sha: writeBlob(state, content.symlink) };
  if (!/^[0-9a-f]{40}$/.test(content.submodule)) throw invalid('Commit', 'submodule', 'invalid');
  return { mode: '160000', sha: content.submodule };
}

/** Whether both are the same file, or both none. */
export function sameFile(a: FileEntry | undefined, b: FileEntry | undefined): boolean {
  return a?.sha === b?.sha && a?.mode === b?.mode;
}

/** The bytes of what is at a path, those that Git compares: of a link its target, of a submodule a line of words. */
export function readEntry(state: State, entry: FileEntry | undefined): Buffer {
  if (!entry) return Buffer.alloc(0);
  return entry.mode === '160000' ? Buffer.from(`Subproject commit ${entry.sha}\n`) : readBlob(state, entry.sha);
}

/** The files with the changes made. Throws a 422 for a path that is malformed or both a file and a directory. */
export function changeFiles(state: State, files: Files, changes: Changes): Files {
  const next = new Map(files);
  for (const [path, content] of Object.entries(changes)) {
    checkPath(path);
    if (content === null) next.delete(path);
    else next.set(path, writeEntry(state, content, files.get(path)));
  }
  for (const path of next.keys()) {
    for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
      if (next.has(path.slice(0, slash))) {
        throw invalid('Commit', 'path', 'custom', `${path.slice(0, slash)} is a file and cannot hold ${path}`);
      }
    }
  }
  return next;
}

/** The commit and all before it. */
export function ancestors(state: State, sha: string): Set<string> {
  const seen = new Set<string>([sha]);
  for (const next of seen) for (const parent of commitAt(state, next).parents) seen.add(parent);
  return seen;
}

/** The commit and all that come from it. */
export function descendants(state: State, sha: string): Set<string> {
  const found = new Set([sha]);
  // A commit is written after its parents, so that one pass finds all.
  for (const commit of state.commits.values()) {
    if (commit.parents.some((parent) => found.has(parent))) found.add(commit.sha);
  }
  return found;
}

/** Whether `older` is `newer` or one of those before it. */
export function isAncestor(state: State, older: string, newer: string): boolean {
  return ancestors(state, newer).has(older);
}

/** The nearest commit that both come from, undefined if they share nothing. */
export function mergeBase(state: State, a: string, b: string): string | undefined {
  const known = ancestors(state, a);
  for (const sha of ancestors(state, b)) if (known.has(sha)) return sha;
  return undefined;
}

/** What `head` has and `base` has not, oldest first. */
export function commitsBetween(state: State, base: string, head: string): Commit[] {
  const known = ancestors(state, base);
  return [...ancestors(state, head)]
    .filter((sha) => !known.has(sha))
    .map((sha) => commitAt(state, sha))
    .reverse();
}
