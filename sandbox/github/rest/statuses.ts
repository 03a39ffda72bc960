import { z } from 'zod';
import { combinedStatusShape, statusShape } from '../shapes/status.ts';
import { resolveRef } from '../world/branches.ts';
import { commitStates } from '../world/reportModel.ts';
import { latestStatuses, statusesAt } from '../world/statuses.ts';
import { Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { json, onRepository, pageOf, paged, type Answer, type RepositoryCall, type Route } from './route.ts';

const read = [{ statuses: 'read' }] as const;
const write = [{ statuses: 'write' }] as const;

const newStatus = z.object({
  state: z.enum(commitStates),
  target_url: z.string().nullish(),
  description: z.string().nullish(),
  context: z.string().optional(),
});

/** Commit statuses, which CI reports. */
export const statusRoutes: Route[] = [
  onRepository('POST', '/statuses/{sha}', write, createStatus),
  onRepository('GET', '/commits/{ref...}/statuses', read, (call) =>
    paged(call, statusesAt(call.repository, commitParam(call)).toReversed(), (one) =>
      statusShape(call.world.state, one),
    ),
  ),
  onRepository('GET', '/commits/{ref...}/status', read, (call) => {
    const sha = commitParam(call);
    const { items, headers } = pageOf(call, latestStatuses(call.repository, sha));
    return json(200, combinedStatusShape(call.world.state, call.repository, sha, items), headers);
  }),
];

function commitParam(call: RepositoryCall): string {
  const sha = resolveRef(call.repository, call.params['ref'] ?? '');
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${call.params['ref'] ?? ''}`);
  return sha;
}

function createStatus(call: RepositoryCall): Answer {
  const sha = call.params['sha'] ?? '';
  if (!/^[0-9a-f]{40}$/.test(sha)) throw new Refusal(422, `No commit found for SHA: ${sha}`);
  const asked = bodyOf(call, newStatus, 'Status');
  const made = call.world.setStatus(call.repository, {
    sha,
    state: asked.state,
    context: asked.context,
    description: asked.description,
    targetUrl: asked.target_url,
    by: call.by,
  });
  const shape = statusShape(call.world.state, made);
  return json(201, shape, { location: shape.url });
}
