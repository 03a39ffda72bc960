import type { Account, FileEntry, PullRequest, Repository, State } from './model.ts';
import { invalid, notFound, Refusal } from '../refusal.ts';
import { bringHead, mergeIntoBranch, tipOf } from './branches.ts';
import { commitAt, commitsBetween, isAncestor, mergeBase } from './git.ts';
import { nodeId } from './ids.ts';
import { diffFiles, mergeCommits, type FileChange } from './merging.ts';
import { roleOf } from './people.ts';
import { markMerged, shutPull } from './pull-end.ts';
import { fullName, repositoryOf, type RepositoryRef } from './repositories.ts';
import { accountOf, announce } from './state.ts';

export type NewPullRequest = {
  repo: RepositoryRef;
  /** A branch of `headRepository`. */
  head: string;
  title: string;
  /** The default branch unless told. */
  base?: string;
  body?: string;
  author?: string;
  draft?: boolean;
  /** The fork that the head is in; the repository itself unless told. */
  headRepository?: RepositoryRef;
  /** The number to give, not below the next free one. */
  number?: number;
};

/** The pull request. Throws a 404 if the repository has none of that number. */
export function pullOf(repository: Repository, number: number): PullRequest {
  const pull = repository.pulls.get(number);
  if (!pull) throw notFound();
  return pull;
}

/** Opens a pull request and returns it. Refuses what GitHub refuses: no such branch, nothing to merge, a second one. */
export function openPullRequest(state: State, made: NewPullRequest): PullRequest {
  const repository = repositoryOf(state, made.repo);
  const headRepository = made.headRepository === undefined ? repository : repositoryOf(state, made.headRepository);
  const baseRef = made.base ?? repository.defaultBranch;
  const headSha = headRepository.branches.get(made.head);
  const baseSha = repository.branches.get(baseRef);
  if (headSha === undefined) throw invalid('PullRequest', 'head', 'invalid');
  if (baseSha === undefined) throw invalid('PullRequest', 'base', 'invalid');
  if (made.title.trim() === '') throw invalid('PullRequest', 'title', 'missing_field');
  refuseUseless(state, repository, { headRepository, headRef: made.head, headSha, baseRef, baseSha });
  const number = made.number ?? repository.nextNumber;
  if (number < repository.nextNumber)
    throw new Refusal(422, `Number ${number} is taken; the next is ${repository.nextNumber}.`);
  const author = accountOf(state, made.author ?? 'octocat');
  const pull = newPull(state, repository, {
    number,
    author,
    title: made.title,
    body: made.body ?? '',
    draft: made.draft ?? false,
    headRef: made.head,
    headSha,
    headOwner: headRepository.owner,
    headRepository,
    baseRef,
    baseSha,
  });
  bringHead(state, pull);
  announce(state, { name: 'pull_request', action: 'opened', pull, sender: author });
  return pull;
}

type Ends = Pick<PullRequest, 'headRepository' | 'headRef' | 'headSha' | 'baseRef' | 'baseSha'>;

function refuseUseless(state: State, repository: Repository, ends: Ends): void {
  const label = `${ends.headRepository.owner.login}:${ends.headRef}`;
  for (const other of repository.pulls.values()) {
    const same = other.headRepository === ends.headRepository && other.headRef === ends.headRef;
    if (other.state === 'open' && same && other.baseRef === ends.baseRef) {
      throw new Refusal(422, 'Validation Failed', [
        { resource: 'PullRequest', code: 'custom', message: `A pull request already exists for ${label}.` },
      ]);
    }
  }
  if (commitsBetween(state, ends.baseSha, ends.headSha).length === 0) {
    throw new Refusal(422, 'Validation Failed', [
      { resource: 'PullRequest', code: 'custom', message: `No commits between ${ends.baseRef} and ${ends.headRef}` },
    ]);
  }
}

type Given = Ends & Pick<PullRequest, 'number' | 'author' | 'title' | 'body' | 'draft' | 'headOwner'>;

function newPull(state: State, repository: Repository, given: Given): PullRequest {
  const id = state.nextId('pull');
  const at = state.now();
  const pull: PullRequest = {
    kind: 'PullRequest',
    id,
    issueId: state.nextId('issue'),
    nodeId: nodeId('PR', repository.id, id),
    repository,
    ...given,
    state: 'open',
    merged: false,
    mergedAt: null,
    mergedBy: null,
    mergeCommitSha: null,
    closedAt: null,
    createdAt: at,
    updatedAt: at,
    labels: [],
    comments: [],
    timeline: [{ what: 'opened', at, by: given.author }],
  };
  repository.pulls.set(given.number, pull);
  repository.nextNumber = given.number + 1;
  state.nodes.set(pull.nodeId, pull);
  return pull;
}

/** Closes without merging. Nothing happens if it is closed already. */
export function closePullRequest(state: State, pull: PullRequest, by?: string): void {
  if (pull.state === 'open') shutPull(state, pull, accountOf(state, by ?? 'octocat'));
}

/** Opens a closed pull request again. Refuses, as GitHub does, a merged one and one whose branch is gone or rewritten. */
export function reopenPullRequest(state: State, pull: PullRequest, by?: string): void {
  if (pull.state === 'open') return;
  const refuse = (why: string): Refusal => invalid('PullRequest', 'state', 'custom', `state cannot be changed. ${why}`);
  if (pull.merged) throw refuse('The pull request was merged.');
  const tip = pull.headRepository.deleted ? undefined : pull.headRepository.branches.get(pull.headRef);
  if (tip === undefined) throw refuse(`The ${pull.headRef} branch has been deleted.`);
  if (!isAncestor(state, pull.headSha, tip)) throw refuse(`The ${pull.headRef} branch was force-pushed or recreated.`);
  const twin = [...pull.repository.pulls.values()].find(
    (one) =>
      one.state === 'open' &&
      one.headRepository === pull.headRepository &&
      one.headRef === pull.headRef &&
      one.baseRef === pull.baseRef,
  );
  if (twin) throw refuse(`There is already an open pull request from ${pull.headRef}, #${twin.number}.`);
  const sender = accountOf(state, by ?? 'octocat');
  const at = state.now();
  pull.state = 'open';
  pull.closedAt = null;
  pull.updatedAt = at;
  pull.headSha = tip;
  pull.baseSha = pull.repository.branches.get(pull.baseRef) ?? pull.baseSha;
  bringHead(state, pull);
  pull.timeline.push({ what: 'reopened', at, by: sender });
  announce(state, { name: 'pull_request', action: 'reopened', pull, sender });
}

/** Whether the head merges into the base as both are now. */
export function isMergeable(state: State, pull: PullRequest): boolean {
  const base = pull.repository.branches.get(pull.baseRef);
  if (pull.state !== 'open' || base === undefined) return false;
  try {
    mergeCommits(state, base, pull.headSha);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

export type MergeMethod = 'merge' | 'squash';

/** Merges into the base branch and returns the merge commit's sha. Throws a 405 if it cannot be merged now. */
export function mergePullRequest(
  state: State,
  pull: PullRequest,
  options: { method?: MergeMethod | undefined; sha?: string | undefined; title?: string | undefined; by?: string } = {},
): string {
  if (pull.state !== 'open') throw new Refusal(405, 'Pull Request is not mergeable');
  if (pull.draft) throw new Refusal(405, 'Pull Request is still a draft');
  if (options.sha !== undefined && options.sha !== pull.headSha) {
    throw new Refusal(409, 'Head branch was modified. Review and try the merge again.');
  }
  if (!isMergeable(state, pull)) throw new Refusal(405, 'Pull Request is not mergeable');
  const by = accountOf(state, options.by ?? 'octocat');
  const squash = options.method === 'squash';
  const from = `${pull.headOwner.login}/${pull.headRef}`;
  const message =
    options.title ?? (squash ? `${pull.title} (#${pull.number})` : `Merge pull request #${pull.number} from ${from}`);
  const sha = mergeIntoBranch(state, pull.repository, pull.baseRef, pull.headSha, { message, by, squash });
  // A merge commit contains the head, so the push has marked it already; a squash does not.
  if (!pull.merged) markMerged(state, pull, sha, by);
  return sha;
}

/** Makes it a draft or ready for review. Nothing happens if it is so already; a closed one cannot change. */
export function setDraft(state: State, pull: PullRequest, draft: boolean, by?: string): void {
  if (pull.state !== 'open') throw new Refusal(422, 'A closed pull request cannot become a draft or leave it.');
  if (pull.draft === draft) return;
  const sender = accountOf(state, by ?? 'octocat');
  const at = state.now();
  pull.draft = draft;
  pull.updatedAt = at;
  pull.timeline.push({ what: draft ? 'drafted' : 'ready', at, by: sender });
  announce(state, { name: 'pull_request', action: draft ? 'converted_to_draft' : 'ready_for_review', pull, sender });
}

/** Changes title or text. Nothing happens when neither differs. */
export function editPullRequest(
  state: State,
  pull: PullRequest,
  edit: { title?: string | undefined; body?: string | undefined },
  by?: string,
): void {
  const sender = accountOf(state, by ?? 'octocat');
  const at = state.now();
  const changes: { title?: { from: string }; body?: { from: string } } = {};
  if (edit.title !== undefined && edit.title !== pull.title) {
    if (edit.title.trim() === '') throw invalid('PullRequest', 'title', 'missing_field');
    changes.title = { from: pull.title };
    pull.timeline.push({ what: 'renamed', from: pull.title, to: edit.title, at, by: sender });
    pull.title = edit.title;
  }
  if (edit.body !== undefined && edit.body !== pull.body) {
    changes.body = { from: pull.body };
    pull.body = edit.body;
  }
  if (Object.keys(changes).length === 0) return;
  pull.updatedAt = at;
  announce(state, { name: 'pull_request', action: 'edited', pull, changes, sender });
}

/** What the pull request would change, against where its branch left the base. */
export function changedFiles(state: State, pull: PullRequest): FileChange[] {
  const from = mergeBase(state, pull.baseSha, pull.headSha);
  const before = from === undefined ? new Map<string, FileEntry>() : commitAt(state, from).files;
  return diffFiles(state, before, commitAt(state, pull.headSha).files);
}

export type AuthorAssociation = 'OWNER' | 'MEMBER' | 'COLLABORATOR' | 'CONTRIBUTOR' | 'NONE';

/** How an account stands to the repository: its owner, somebody with a role, whose work was merged, or nobody. */
export function associationOf(repository: Repository, account: Account): AuthorAssociation {
  if (account === repository.owner) return 'OWNER';
  if (account.kind === 'Bot') return 'NONE';
  if (roleOf(repository, account) !== undefined) {
    return repository.owner.kind === 'Organization' ? 'MEMBER' : 'COLLABORATOR';
  }
  const merged = [...repository.pulls.values()].some((pull) => pull.merged && pull.author === account);
  return merged ? 'CONTRIBUTOR' : 'NONE';
}

/** `owner:branch`, or `owner/name` … as GitHub labels the head. */
export function headLabel(pull: PullRequest): string {
  return `${pull.headOwner.login}:${pull.headRef}`;
}

/** Whether the head comes from another repository. */
export function isCrossRepository(pull: PullRequest): boolean {
  return pull.headRepository !== pull.repository;
}

/** `owner/name` of the head's repository, null once that is deleted. */
export function headRepositoryName(pull: PullRequest): string | null {
  return pull.headRepository.deleted ? null : fullName(pull.headRepository);
}

/** The tip of the base branch, or where it was when last seen. */
export function baseTip(pull: PullRequest): string {
  return pull.repository.branches.has(pull.baseRef) ? tipOf(pull.repository, pull.baseRef) : pull.baseSha;
}
