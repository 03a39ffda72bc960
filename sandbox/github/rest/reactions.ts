import { z } from 'zod';
import { reactionShape } from '../shapes/pull.ts';
import { reactionContents } from '../world/model.ts';
import { addReaction } from '../world/reactions.ts';
import { notFound } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { commentParam } from './issues.ts';
import {
  json,
  noContent,
  numberParam,
  onRepository,
  paged,
  type Answer,
  type RepositoryCall,
  type Route,
} from './route.ts';

const read = [{ issues: 'read' }, { pull_requests: 'read' }] as const;
const write = [{ issues: 'write' }, { pull_requests: 'write' }] as const;

const newReaction = z.object({ content: z.enum(reactionContents) });

/** Reactions to comments. */
export const reactionRoutes: Route[] = [
  onRepository('GET', '/issues/comments/{id}/reactions', read, (call) => {
    const content = call.query.get('content');
    const found = commentParam(call).reactions.filter((one) => content === null || one.content === content);
    return paged(call, found, (one) => reactionShape(call.world.state, one));
  }),
  onRepository('POST', '/issues/comments/{id}/reactions', write, createReaction),
  onRepository('DELETE', '/issues/comments/{id}/reactions/{reaction_id}', write, (call) => {
    const id = numberParam(call, 'reaction_id');
    const found = commentParam(call).reactions.find((one) => one.id === id);
    // Nobody takes back what another has given.
    if (found?.by.login !== call.by) throw notFound();
    call.world.removeReaction(found);
    return noContent;
  }),
];

function createReaction(call: RepositoryCall): Answer {
  const comment = commentParam(call);
  const { content } = bodyOf(call, newReaction, 'Reaction');
  const { reaction, isNew } = addReaction(call.world.state, comment, content, call.by);
  return json(isNew ? 201 : 200, reactionShape(call.world.state, reaction));
}
