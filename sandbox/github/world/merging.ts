import type { FileEntry, Files, State } from './model.ts';
import { diffLines, mergeLines, splitLines } from './lines.ts';
import { Refusal } from '../refusal.ts';
import { commitAt, mergeBase, readEntry, sameFile, writeBlob } from './git.ts';

/** `theirs` merged into `ours`, file by file and line by line. Throws a 409 that names the first conflicting path. */
export function mergeCommits(state: State, ours: string, theirs: string): Files {
  const base = mergeBase(state, ours, theirs);
  const baseFiles: Files = base === undefined ? new Map() : commitAt(state, base).files;
  const ourFiles = commitAt(state, ours).files;
  const theirFiles = commitAt(state, theirs).files;
  const merged = new Map(ourFiles);
  for (const path of new Set([...baseFiles.keys(), ...theirFiles.keys()])) {
    const [before, our, their] = [baseFiles.get(path), ourFiles.get(path), theirFiles.get(path)];
    if (sameFile(their, before) || sameFile(their, our)) continue;
    if (sameFile(our, before)) {
      if (their === undefined) merged.delete(path);
      else merged.set(path, their);
      continue;
    }
    const both = our && their && mergeEntries(state, before, our, their);
    if (!both) throw new Refusal(409, `Merge conflict in ${path}`);
    merged.set(path, both);
  }
  return merged;
}

/** Undefined for a conflict; links, submodules and binary files are not merged line by line. */
function mergeEntries(
  state: State,
  base: FileEntry | undefined,
  ours: FileEntry,
  theirs: FileEntry,
): FileEntry | undefined {
  const plain = [base, ours, theirs].every((entry) => !entry || entry.mode.startsWith('100'));
  const mode = base && ours.mode === base.mode ? theirs.mode : ours.mode;
  if (!plain) return undefined;
  if (ours.sha === theirs.sha || theirs.sha === base?.sha) return { mode, sha: ours.sha };
  if (ours.sha === base?.sha) return { mode, sha: theirs.sha };
  const [before, our, their] = [base, ours, theirs].map((entry) => readEntry(state, entry));
  if (!before || !our || !their || our.includes(0) || their.includes(0)) return undefined;
  const text = mergeLines(before.toString('utf8'), our.toString('utf8'), their.toString('utf8'));
  return text === undefined ? undefined : { mode, sha: writeBlob(state, text) };
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
    if (sameFile(old, now)) continue;
    const status = old === undefined ? 'added' : now === undefined ? 'removed' : 'modified';
    const [oldBytes, nowBytes] = [readEntry(state, old), readEntry(state, now)];
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
