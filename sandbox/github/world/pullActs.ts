import * as comments from './comments.ts';
import * as labels from './labels.ts';
import type { Comment, Label, PullRequest, Reaction, ReactionContent, State } from './model.ts';
import * as pulls from './pulls.ts';
import * as reactions from './reactions.ts';
import { repositoryOf, type RepositoryRef } from './repositories.ts';

/** What is done to pull requests and their comments. */
export function pullActs(state: State) {
  const at = (ref: RepositoryRef, number: number): PullRequest => pulls.pullOf(repositoryOf(state, ref), number);
  return {
    /** Opens a pull request and returns its number. */
    openPullRequest: (made: pulls.NewPullRequest): number => pulls.openPullRequest(state, made).number,
    /** Puts a label on, making it if the repository lacks it. */
    addLabel: (ref: RepositoryRef, number: number, name: string, by?: string): Label =>
      labels.addLabel(state, at(ref, number), name, by),
    removeLabel: (ref: RepositoryRef, number: number, name: string, by?: string): void => {
      labels.removeLabel(state, at(ref, number), name, by);
    },
    close: (ref: RepositoryRef, number: number, by?: string): void => {
      pulls.closePullRequest(state, at(ref, number), by);
    },
    reopen: (ref: RepositoryRef, number: number, by?: string): void => {
      pulls.reopenPullRequest(state, at(ref, number), by);
    },
    /** Merges and returns the merge commit's sha. */
    merge: (ref: RepositoryRef, number: number, options?: Parameters<typeof pulls.mergePullRequest>[2]): string =>
      pulls.mergePullRequest(state, at(ref, number), options),
    setDraft: (ref: RepositoryRef, number: number, draft: boolean, by?: string): void => {
      pulls.setDraft(state, at(ref, number), draft, by);
    },
    editPullRequest: (
      ref: RepositoryRef,
      number: number,
      edit: { title?: string; body?: string },
      by?: string,
    ): void => {
      pulls.editPullRequest(state, at(ref, number), edit, by);
    },
    comment: (ref: RepositoryRef, number: number, body: string, by?: string): Comment =>
      comments.addComment(state, at(ref, number), body, by),
    editComment: (comment: Comment, body: string, by?: string): void => {
      comments.editComment(state, comment, body, by);
    },
    deleteComment: (comment: Comment, by?: string): void => {
      comments.deleteComment(state, comment, by);
    },
    /** Reacts to a comment; the same again by the same account changes nothing. */
    react: (comment: Comment, content: ReactionContent, by?: string): Reaction =>
      reactions.addReaction(state, comment, content, by).reaction,
    removeReaction: (reaction: Reaction): void => {
      reactions.removeReaction(state, reaction);
    },
    minimizeComment: (comment: Comment, reason: string | null): void => {
      comments.minimizeComment(state, comment, reason);
    },
  };
}
