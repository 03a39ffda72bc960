import type {
  Issue,
  IssueComment,
  Label as LabelPayload,
  PullRequest as PullPayload,
  Reactions,
} from '@octokit/webhooks-types';
import type { components } from '@octokit/openapi-types';
import {
  reactionContents,
  type Comment,
  type Label,
  type PullRequest,
  type Reaction,
  type State,
} from '../world/model.ts';
import { commitsBetween } from '../world/git.ts';
import { maintainersMayPush } from '../world/people.ts';
import { associationOf, baseTip, changedFiles, headLabel, isMergeable } from '../world/pulls.ts';
import { fullName } from '../world/repositories.ts';
import { apiUrl, appShape, time, timeOrNull, userShape } from './account.ts';
import { repositoryShape } from './repository.ts';

/** The address where people find the pull request. */
export function pullUrl(state: State, pull: PullRequest): string {
  return `${state.url}/${fullName(pull.repository)}/pull/${pull.number}`;
}

/** The address of a comment on its pull request's page. */
export function commentUrl(state: State, comment: Comment): string {
  return `${pullUrl(state, comment.pull)}#issuecomment-${comment.id}`;
}

/** A label as REST and webhooks show it. */
export function labelShape(state: State, label: Label): LabelPayload {
  return {
    id: label.id,
    node_id: label.nodeId,
    url: apiUrl(state, `/repos/${fullName(label.repository)}/labels/${encodeURIComponent(label.name)}`),
    name: label.name,
    color: label.color,
    default: label.isDefault,
    description: label.description,
  };
}

function pullLinks(state: State, pull: PullRequest) {
  const base = apiUrl(state, `/repos/${fullName(pull.repository)}`);
  const self = `${base}/pulls/${pull.number}`;
  const issue = `${base}/issues/${pull.number}`;
  const statuses = `${base}/statuses/${pull.headSha}`;
  const html = pullUrl(state, pull);
  return {
    url: self,
    html_url: html,
    diff_url: `${html}.diff`,
    patch_url: `${html}.patch`,
    issue_url: issue,
    commits_url: `${self}/commits`,
    review_comments_url: `${self}/comments`,
    review_comment_url: `${base}/pulls/comments{/number}`,
    comments_url: `${issue}/comments`,
    statuses_url: statuses,
    _links: {
      self: { href: self },
      html: { href: html },
      issue: { href: issue },
      comments: { href: `${issue}/comments` },
      review_comments: { href: `${self}/comments` },
      review_comment: { href: `${base}/pulls/comments{/number}` },
      commits: { href: `${self}/commits` },
      statuses: { href: statuses },
    },
  };
}

/** A pull request as lists show it (`pull-request-simple`). */
export function simplePullShape(state: State, pull: PullRequest) {
  return {
    ...pullLinks(state, pull),
    id: pull.id,
    node_id: pull.nodeId,
    number: pull.number,
    state: pull.state,
    locked: false,
    title: pull.title,
    user: userShape(state, pull.author),
    body: pull.body === '' ? null : pull.body,
    created_at: time(pull.createdAt),
    updated_at: time(pull.updatedAt),
    closed_at: timeOrNull(pull.closedAt),
    merged_at: timeOrNull(pull.mergedAt),
    merge_commit_sha: pull.mergeCommitSha,
    assignee: null,
    assignees: [],
    requested_reviewers: [],
    requested_teams: [],
    labels: pull.labels.map((label) => labelShape(state, label)),
    milestone: null,
    draft: pull.draft,
    head: {
      label: headLabel(pull),
      ref: pull.headRef,
      sha: pull.headSha,
      user: userShape(state, pull.headOwner),
      repo: pull.headRepository.deleted ? null : repositoryShape(state, pull.headRepository),
    },
    base: {
      label: `${pull.repository.owner.login}:${pull.baseRef}`,
      ref: pull.baseRef,
      sha: pull.merged ? pull.baseSha : baseTip(pull),
      user: userShape(state, pull.repository.owner),
      repo: repositoryShape(state, pull.repository),
    },
    author_association: associationOf(pull.repository, pull.author),
    auto_merge: null,
    active_lock_reason: null,
  };
}

/** A pull request in full, as `GET …/pulls/N` and webhooks show it. */
export function pullShape(state: State, pull: PullRequest): PullPayload {
  const changes = changedFiles(state, pull);
  const open = pull.state === 'open';
  const mergeable = open ? isMergeable(state, pull) : null;
  return {
    ...simplePullShape(state, pull),
    merged: pull.merged,
    mergeable,
    rebaseable: null,
    mergeable_state: mergeable === null ? 'unknown' : pull.draft ? 'draft' : mergeable ? 'clean' : 'dirty',
    merged_by: pull.mergedBy ? userShape(state, pull.mergedBy) : null,
    comments: pull.comments.length,
    review_comments: 0,
    maintainer_can_modify: open && maintainersMayPush(pull.repository, pull.headRepository),
    commits: commitsBetween(state, pull.baseSha, pull.headSha).length,
    additions: changes.reduce((sum, change) => sum + change.additions, 0),
    deletions: changes.reduce((sum, change) => sum + change.deletions, 0),
    changed_files: changes.length,
  };
}

function reactionCounts(url: string, reactions: readonly Reaction[]): Reactions {
  const counts = reactionContents.map((content) => [
    content,
    reactions.filter((one) => one.content === content).length,
  ]);
  return {
    url: `${url}/reactions`,
    total_count: reactions.length,
    ...(Object.fromEntries(counts) as Omit<Reactions, 'url' | 'total_count'>),
  };
}

/** A reaction as REST shows it. */
export function reactionShape(state: State, reaction: Reaction): components['schemas']['reaction'] {
  return {
    id: reaction.id,
    node_id: reaction.nodeId,
    user: userShape(state, reaction.by),
    content: reaction.content,
    created_at: time(reaction.createdAt),
  };
}

/** A pull request as the issue that it also is. */
export function issueShape(state: State, pull: PullRequest) {
  const links = pullLinks(state, pull);
  const shape = {
    url: links.issue_url,
    repository_url: apiUrl(state, `/repos/${fullName(pull.repository)}`),
    labels_url: `${links.issue_url}/labels{/name}`,
    comments_url: links.comments_url,
    events_url: `${links.issue_url}/events`,
    html_url: links.html_url,
    id: pull.issueId,
    node_id: pull.nodeId,
    number: pull.number,
    title: pull.title,
    user: userShape(state, pull.author),
    labels: pull.labels.map((label) => labelShape(state, label)),
    state: pull.state,
    state_reason: null,
    locked: false,
    assignee: null,
    assignees: [],
    milestone: null,
    comments: pull.comments.length,
    created_at: time(pull.createdAt),
    updated_at: time(pull.updatedAt),
    closed_at: timeOrNull(pull.closedAt),
    author_association: associationOf(pull.repository, pull.author),
    active_lock_reason: null,
    draft: pull.draft,
    pull_request: {
      url: links.url,
      html_url: links.html_url,
      diff_url: links.diff_url,
      patch_url: links.patch_url,
      merged_at: timeOrNull(pull.mergedAt),
    },
    body: pull.body === '' ? null : pull.body,
    reactions: reactionCounts(links.issue_url, []),
    timeline_url: `${links.issue_url}/timeline`,
    performed_via_github_app: null,
  };
  return shape satisfies Issue;
}

/** A comment as REST (`issue-comment`) and webhooks (`IssueComment`) show it. */
export function commentShape(state: State, comment: Comment) {
  const base = apiUrl(state, `/repos/${fullName(comment.pull.repository)}`);
  const url = `${base}/issues/comments/${comment.id}`;
  const byApp = comment.author.login === `${state.app.identity.slug}[bot]`;
  const shape = {
    url,
    html_url: commentUrl(state, comment),
    issue_url: `${base}/issues/${comment.pull.number}`,
    id: comment.id,
    node_id: comment.nodeId,
    user: userShape(state, comment.author),
    created_at: time(comment.createdAt),
    updated_at: time(comment.updatedAt),
    author_association: associationOf(comment.pull.repository, comment.author),
    body: comment.body,
    reactions: reactionCounts(url, comment.reactions),
    performed_via_github_app: byApp ? appShape(state, state.app.identity) : null,
  };
  return shape satisfies IssueComment & Pick<components['schemas']['issue-comment'], 'id' | 'body' | 'html_url'>;
}
