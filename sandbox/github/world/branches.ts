import type { Account, Commit, FileEntry, PullRequest, Repository, State } from './model.ts';
import { Refusal } from '../refusal.ts';
import { requestSuite } from './checks.ts';
import { ancestors, changeFiles, commitAt, isAncestor, writeCommit, type Changes } from './git.ts';
import { mergeCommits } from './merging.ts';
import { accountOf, announce } from './state.ts';
import { markMerged, shutPull } from './pull-end.ts';

const noCommit = '0'.repeat(40);

/** Whether Git takes this as a branch name (the rules of git-check-ref-format that bear on branches). */
export function isBranchName(name: string): boolean {
  if (name === '' || name === '@' || name.length > 244 || name.startsWith('-')) return false;
  if (/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\/\/|\.$|^\/|\/$/.test(name)) return false;
  return name.split('/').every((part) => !part.startsWith('.') && !part.endsWith('.lock'));
}

/** The branch's newest commit. Throws a 404 if there is no such branch. */
export function tipOf(repository: Repository, branch: string): string {
  const sha = repository.branches.get(branch);
  if (sha === undefined) throw new Refusal(404, 'Branch not found');
  return sha;
}

/** A commit by branch, full or short sha (7 digits at least), `refs/heads/…` or `refs/pull/N/head`; else undefined. */
export function resolveRef(repository: Repository, ref: string): string | undefined {
  if (ref === 'HEAD') return repository.branches.get(repository.defaultBranch);
  const pull = /^(?:refs\/)?pull\/(\d+)\/head$/.exec(ref);
  if (pull) return repository.pulls.get(Number(pull[1]))?.headSha;
  const branch = repository.branches.get(ref.replace(/^(?:refs\/)?heads\//, ''));
  if (branch !== undefined) return branch;
  if (!/^[0-9a-f]{7,40}$/.test(ref)) return undefined;
  if (repository.commits.has(ref)) return ref;
  const found = [...repository.commits].filter((sha) => sha.startsWith(ref));
  return found.length === 1 ? found[0] : undefined;
}

/** Makes a branch at a commit or at another branch (the default branch unless told). */
export function createBranch(state: State, repository: Repository, branch: string, from?: string, by?: string): string {
  if (!isBranchName(branch)) throw new Refusal(422, `refs/heads/${branch} is not a valid ref name.`);
  if (repository.branches.has(branch)) throw new Refusal(422, 'Reference already exists');
  const sha = resolveRef(repository, from ?? repository.defaultBranch);
  if (sha === undefined) throw new Refusal(422, 'Object does not exist');
  moveBranch(state, repository, branch, sha, accountOf(state, by ?? 'octocat'));
  return sha;
}

/**
 * Commits to a branch, which is made from the default branch (or starts empty in an empty repository) if there is
 * none yet, and pushes it. Returns the new commit's sha.
 */
export function commitFiles(
  state: State,
  repository: Repository,
  branch: string,
  changes: Changes,
  options: { message?: string | undefined; by?: string | undefined } = {},
): string {
  if (!isBranchName(branch)) throw new Refusal(422, `refs/heads/${branch} is not a valid ref name.`);
  if (repository.archived) throw new Refusal(403, 'Repository was archived so is read-only.');
  const author = accountOf(state, options.by ?? 'octocat');
  const parent = repository.branches.get(branch) ?? repository.branches.get(repository.defaultBranch);
  const before = parent === undefined ? new Map<string, FileEntry>() : commitAt(state, parent).files;
  const made = writeCommit(state, {
    files: changeFiles(state, before, changes),
    parents: parent === undefined ? [] : [parent],
    message: options.message ?? `Update ${Object.keys(changes).join(', ')}`,
    author,
  });
  moveBranch(state, repository, branch, made.sha, author);
  return made.sha;
}

/** Points a branch at another commit. Throws a 422 when that loses commits and `force` is not set. */
export function updateBranch(
  state: State,
  repository: Repository,
  branch: string,
  sha: string,
  options: { force?: boolean | undefined; by?: string | undefined } = {},
): void {
  const before = repository.branches.get(branch);
  if (before === undefined) throw new Refusal(422, 'Reference does not exist');
  if (!repository.commits.has(sha)) throw new Refusal(422, 'Object does not exist');
  if (!(options.force ?? false) && !isAncestor(state, before, sha)) {
    throw new Refusal(422, 'Update is not a fast forward');
  }
  if (before !== sha) moveBranch(state, repository, branch, sha, accountOf(state, options.by ?? 'octocat'));
}

/** Replaces a branch's own commits by one new commit on the default branch: a forced push. Returns its sha. */
export function forcePush(
  state: State,
  repository: Repository,
  branch: string,
  changes: Changes,
  options: { message?: string; by?: string } = {},
): string {
  const author = accountOf(state, options.by ?? 'octocat');
  const base = tipOf(repository, repository.defaultBranch);
  const files = changeFiles(state, commitAt(state, base).files, changes);
  const made = writeCommit(state, { files, parents: [base], message: options.message ?? 'Start again', author });
  repository.commits.add(made.sha);
  updateBranch(state, repository, branch, made.sha, { force: true, by: author.login });
  return made.sha;
}

/** Takes a branch away; open pull requests from it are closed, as GitHub does. */
export function deleteBranch(state: State, repository: Repository, branch: string, by?: string): void {
  const before = repository.branches.get(branch);
  if (before === undefined) throw new Refusal(422, 'Reference does not exist');
  if (branch === repository.defaultBranch) throw new Refusal(422, 'Cannot delete the default branch');
  const sender = accountOf(state, by ?? 'octocat');
  repository.branches.delete(branch);
  announce(state, { name: 'push', repository, ref: branch, before, after: noCommit, forced: false, sender });
  for (const pull of pullsFrom(state, repository, branch)) {
    pull.timeline.push({ what: 'head deleted', at: state.now(), by: sender });
    shutPull(state, pull, sender);
  }
}

/** A merge commit of `theirs` into the branch, pushed. Returns its sha; throws a 409 on a conflict. */
export function mergeIntoBranch(
  state: State,
  repository: Repository,
  branch: string,
  theirs: string,
  made: { message: string; by: Account; squash?: boolean },
): string {
  const ours = tipOf(repository, branch);
  const files = mergeCommits(state, ours, theirs);
  const parents = made.squash ? [ours] : [ours, theirs];
  const merge: Commit = writeCommit(state, { files, parents, message: made.message, author: made.by });
  moveBranch(state, repository, branch, merge.sha, made.by);
  return merge.sha;
}

/** Points the branch at the commit and lets every open pull request follow. */
export function moveBranch(state: State, repository: Repository, branch: string, sha: string, by: Account): void {
  const before = repository.branches.get(branch);
  const reached = ancestors(state, sha);
  const had = before === undefined ? new Set<string>() : ancestors(state, before);
  const forced = before !== undefined && !reached.has(before);
  repository.branches.set(branch, sha);
  for (const one of reached) repository.commits.add(one);
  repository.pushedAt = state.now();
  repository.updatedAt = repository.pushedAt;
  repository.collaborators.add(by.login.toLowerCase());
  const after = sha;
  announce(state, { name: 'push', repository, ref: branch, before: before ?? noCommit, after, forced, sender: by });
  for (const pull of pullsFrom(state, repository, branch)) followHead(state, pull, sha, by);
  for (const pull of repository.pulls.values()) {
    // A head that has reached the base by any way counts as merged.
    const arrived = reached.has(pull.headSha) && !had.has(pull.headSha);
    if (pull.state === 'open' && pull.baseRef === branch && arrived) markMerged(state, pull, sha, by);
  }
  requestSuite(state, repository, { branch, sha, before: before ?? noCommit, by });
}

/** Makes the head's commits readable in the base repository, as `refs/pull/N/head` does. */
export function bringHead(state: State, pull: PullRequest): void {
  for (const one of ancestors(state, pull.headSha)) pull.repository.commits.add(one);
}

function followHead(state: State, pull: PullRequest, after: string, by: Account): void {
  const before = pull.headSha;
  if (before === after) return;
  const at = state.now();
  pull.headSha = after;
  pull.baseSha = pull.repository.branches.get(pull.baseRef) ?? pull.baseSha;
  pull.updatedAt = at;
  bringHead(state, pull);
  pull.timeline.push({ what: 'pushed', before, after, forced: !isAncestor(state, before, after), at, by });
  announce(state, { name: 'pull_request', action: 'synchronize', pull, before, after, sender: by });
  // A head pushed back to where the base has been leaves nothing to merge; GitHub closes it.
  if (isAncestor(state, after, pull.baseSha)) shutPull(state, pull, by);
}

function pullsFrom(state: State, repository: Repository, branch: string): PullRequest[] {
  const found: PullRequest[] = [];
  for (const target of new Set([repository, ...relatives(state, repository)])) {
    for (const pull of target.pulls.values()) {
      if (pull.state === 'open' && pull.headRepository === repository && pull.headRef === branch) found.push(pull);
    }
  }
  return found;
}

/** Pull requests cross between the forks of one repository only. */
function relatives(state: State, repository: Repository): Repository[] {
  const mine = rootOf(repository);
  return [...state.repositories.values()].filter((one) => one !== repository && rootOf(one) === mine);
}

function rootOf(repository: Repository): Repository {
  return repository.parent ? rootOf(repository.parent) : repository;
}
