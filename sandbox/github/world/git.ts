import { createHash } from 'node:crypto';
import type { Account, Commit, Files, State } from './model.ts';
import { diffLines, mergeLines, splitLines } from './lines.ts';
import { invalid, Refusal } from '../refusal.ts';

/** What a commit writes: text or bytes by path; null deletes the path. */
export type Changes = Record<string, string | Uint8Array | null>;

function sha1(kind: string, content: Uint8Array): string {
  return createHash('sha1').update(`${kind} ${content.byteLength}\0`).update(content).digest('hex');
}

/** Stores the content and returns its blob sha, the one Git itself would give. */
export function writeBlob(state: State, content: string | Uint8Array): string {
  const bytes = Buffer.from(content);
  const sha = sha1('blob', bytes);
  state.blobs.set(sha, bytes);
  return sha;
}

/** A blob's bytes; empty if there is no such blob. */
export function readBlob(state: State, sha: string): Buffer {
  return state.blobs.get(sha) ?? Buffer.alloc(0);
}

export type TreeEntry = { name: string; path: string; type: 'blob' | 'tree'; sha: string };

/** The entries directly under a directory ('' for the root), in Git's order. Empty when nothing is there. */
export function listTree(files: Files, directory: string): TreeEntry[] {
  const prefix = directory === '' ? '' : `${directory}/`;
  const entries = new Map<string, TreeEntry>();
  for (const [path, sha] of files) {
    if (!path.startsWith(prefix)) continue;
    const rest = path.slice(prefix.length);
    const slash = rest.indexOf('/');
    const name = slash < 0 ? rest : rest.slice(0, slash);
    if (slash < 0) entries.set(name, { name, path, type: 'blob', sha });
    else if (!entries.has(name)) entries.set(name, { name, path: prefix + name, type: 'tree', sha: '' });
  }
  for (const entry of entries.values()) {
    if (entry.type === 'tree') entry.sha = treeSha(files, entry.path);
  }
  const sortName = (entry: TreeEntry): string => (entry.type === 'tree' ? `${entry.name}/` : entry.name);
  return [...entries.values()].sort((a, b) => Buffer.compare(Buffer.from(sortName(a)), Buffer.from(sortName(b))));
}

/** The sha that Git gives the directory's tree (all files plain, mode 100644). */
export function treeSha(files: Files, directory: string): string {
  const entries = listTree(files, directory).map((entry) =>
    Buffer.concat([
      Buffer.from(`${entry.type === 'tree' ? '40000' : '100644'} ${entry.name}\0`),
      Buffer.from(entry.sha, 'hex'),
    ]),
  );
  return sha1('tree', Buffer.concat(entries));
}

/**
 * Stores a commit. Its sha comes from tree, parents, author, message and its place in this world's history, not from
 * the clock: the same steps give the same shas.
 */
export function writeCommit(
  state: State,
  made: { files: Files; parents: readonly string[]; message: string; author: Account },
): Commit {
  const tree = treeSha(made.files, '');
  const text = `${tree}\n${made.parents.join(' ')}\n${made.author.login}\n${state.commits.size}\n\n${made.message}`;
  const commit: Commit = { ...made, sha: sha1('commit', Buffer.from(text)), treeSha: tree, at: state.now() };
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

/** The files with the changes made. Throws a 422 for a path that is malformed or both a file and a directory. */
export function changeFiles(state: State, files: Files, changes: Changes): Files {
  const next = new Map(files);
  for (const [path, content] of Object.entries(changes)) {
    checkPath(path);
    if (content === null) next.delete(path);
    else next.set(path, writeBlob(state, content));
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

/** `theirs` merged into `ours`, file by file and line by line. Throws a 409 that names the first conflicting path. */
export function mergeCommits(state: State, ours: string, theirs: string): Files {
  const base = mergeBase(state, ours, theirs);
  const baseFiles: Files = base === undefined ? new Map<string, string>() : commitAt(state, base).files;
  const ourFiles = commitAt(state, ours).files;
  const theirFiles = commitAt(state, theirs).files;
  const merged = new Map(ourFiles);
  for (const path of new Set([...baseFiles.keys(), ...theirFiles.keys()])) {
    const [before, our, their] = [baseFiles.get(path), ourFiles.get(path), theirFiles.get(path)];
    if (their === before || their === our) continue;
    if (our === before) {
      if (their === undefined) merged.delete(path);
      else merged.set(path, their);
      continue;
    }
    const text = our !== undefined && their !== undefined ? mergeBlobs(state, before, our, their) : undefined;
    if (text === undefined) throw new Refusal(409, `Merge conflict in ${path}`);
    merged.set(path, writeBlob(state, text));
  }
  return merged;
}

function mergeBlobs(state: State, base: string | undefined, ours: string, theirs: string): string | undefined {
  const [before, our, their] = [base, ours, theirs].map((sha) => (sha ? readBlob(state, sha) : Buffer.alloc(0)));
  if (!before || !our || !their || our.includes(0) || their.includes(0)) return undefined;
  return mergeLines(before.toString('utf8'), our.toString('utf8'), their.toString('utf8'));
}

export type FileChange = {
  path: string;
  status: 'added' | 'modified' | 'removed';
  additions: number;
  deletions: number;
};

/** What differs between two trees, with the lines counted; a binary file counts none, as on GitHub. */
export function diffFiles(state: State, before: Files, after: Files): FileChange[] {
  const changes: FileChange[] = [];
  for (const path of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const [old, now] = [before.get(path), after.get(path)];
    if (old === now) continue;
    const status = old === undefined ? 'added' : now === undefined ? 'removed' : 'modified';
    const [oldBytes, nowBytes] = [
      old ? readBlob(state, old) : Buffer.alloc(0),
      now ? readBlob(state, now) : Buffer.alloc(0),
    ];
    const change: FileChange = { path, status, additions: 0, deletions: 0 };
    if (!oldBytes.includes(0) && !nowBytes.includes(0)) {
      for (const hunk of diffLines(splitLines(oldBytes.toString('utf8')), splitLines(nowBytes.toString('utf8')))) {
        change.additions += hunk.bEnd - hunk.bStart;
        change.deletions += hunk.aEnd - hunk.aStart;
      }
    }
    changes.push(change);
  }
  return changes;
}
