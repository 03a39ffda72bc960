import type { Account, Comment, PullRequest, State } from './model.ts';
import { invalid } from '../refusal.ts';
import { nodeId } from './ids.ts';
import { accountOf, announce, changed } from './state.ts';

/** GitHub's limit for a comment, in characters. */
export const longestComment = 65_536;

function checkBody(body: string): void {
  if (body.trim() === '') throw invalid('IssueComment', 'body', 'missing_field');
  if (Array.from(body).length > longestComment) {
    const message = `Body is too long (maximum is ${longestComment} characters)`;
    throw invalid('IssueComment', 'data', 'unprocessable', message);
  }
}

/** Writes a comment on a pull request. Throws a 422 for an empty or too long body. */
export function addComment(state: State, pull: PullRequest, body: string, by?: string): Comment {
  checkBody(body);
  const author = accountOf(state, by ?? 'octocat');
  const id = state.nextId('comment');
  const at = state.now();
  const comment: Comment = {
    kind: 'IssueComment',
    id,
    nodeId: nodeId('IC', pull.repository.id, id),
    pull,
    author,
    body,
    createdAt: at,
    updatedAt: at,
    lastEditedAt: null,
    minimizedReason: null,
    reactions: [],
  };
  pull.comments.push(comment);
  pull.updatedAt = at;
  pull.timeline.push({ what: 'commented', comment, at, by: author });
  state.nodes.set(comment.nodeId, comment);
  announce(state, { name: 'issue_comment', action: 'created', comment, sender: author });
  return comment;
}

/** Changes a comment's text. The same text again changes nothing. */
export function editComment(state: State, comment: Comment, body: string, by?: string): void {
  checkBody(body);
  const from = comment.body;
  if (from === body) return;
  const at = state.now();
  comment.body = body;
  comment.updatedAt = at;
  comment.lastEditedAt = at;
  comment.pull.updatedAt = at;
  announce(state, { name: 'issue_comment', action: 'edited', comment, from, sender: senderOf(state, comment, by) });
}

/** Takes a comment away for good. */
export function deleteComment(state: State, comment: Comment, by?: string): void {
  const { pull } = comment;
  pull.comments = pull.comments.filter((one) => one !== comment);
  pull.timeline = pull.timeline.filter((item) => item.what !== 'commented' || item.comment !== comment);
  pull.updatedAt = state.now();
  state.nodes.delete(comment.nodeId);
  for (const reaction of comment.reactions) state.nodes.delete(reaction.nodeId);
  announce(state, { name: 'issue_comment', action: 'deleted', comment, sender: senderOf(state, comment, by) });
}

/** Hides a comment for the reason given, or shows it again with null. */
export function minimizeComment(state: State, comment: Comment, reason: string | null): void {
  comment.minimizedReason = reason;
  changed(state);
}

function senderOf(state: State, comment: Comment, by: string | undefined): Account {
  return by === undefined ? comment.author : accountOf(state, by);
}
