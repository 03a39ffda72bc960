import { nodeId } from './ids.ts';
import type { Comment, Reaction, ReactionContent, State } from './model.ts';
import { accountOf, changed } from './state.ts';

/** Reacts to a comment; the same again by the same account is the one there is. GitHub announces it to nobody. */
export function addReaction(
  state: State,
  comment: Comment,
  content: ReactionContent,
  login?: string,
): { reaction: Reaction; isNew: boolean } {
  const by = accountOf(state, login ?? 'octocat');
  const known = comment.reactions.find((one) => one.by === by && one.content === content);
  if (known) return { reaction: known, isNew: false };
  const id = state.nextId('reaction');
  const reaction: Reaction = {
    kind: 'Reaction',
    id,
    nodeId: nodeId('REA', comment.pull.repository.id, id),
    comment,
    content,
    by,
    createdAt: state.now(),
  };
  comment.reactions.push(reaction);
  state.nodes.set(reaction.nodeId, reaction);
  changed(state);
  return { reaction, isNew: true };
}

/** Takes a reaction back. */
export function removeReaction(state: State, reaction: Reaction): void {
  const { comment } = reaction;
  comment.reactions = comment.reactions.filter((one) => one !== reaction);
  state.nodes.delete(reaction.nodeId);
  changed(state);
}
