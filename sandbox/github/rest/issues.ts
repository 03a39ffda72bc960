import { z } from 'zod';
import type { Comment } from '../world/model.ts';
import { commentShape, labelShape } from '../shapes/pull.ts';
import { notFound } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { pullParam, setLabels } from './pulls.ts';
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

const body = z.object({ body: z.string() });
const names = z.union([
  z.object({ labels: z.array(z.union([z.string(), z.object({ name: z.string() })])) }),
  z.array(z.string()).transform((labels) => ({ labels })),
]);
const newLabel = z.object({ name: z.string(), color: z.string().optional(), description: z.string().nullish() });

/** Comments and labels. */
export const issueRoutes: Route[] = [
  onRepository('GET', '/issues/{number}/comments', read, (call) => {
    const since = Date.parse(call.query.get('since') ?? '') || 0;
    const found = pullParam(call).comments.filter((one) => one.updatedAt.getTime() >= since);
    return paged(call, found, (one) => commentShape(call.world.state, one));
  }),
  onRepository('POST', '/issues/{number}/comments', write, (call) => {
    const asked = bodyOf(call, body, 'IssueComment');
    const made = call.world.comment(call.repository, pullParam(call).number, asked.body, call.by);
    const shape = commentShape(call.world.state, made);
    return json(201, shape, { location: shape.url });
  }),
  onRepository('GET', '/issues/comments/{id}', read, (call) =>
    json(200, commentShape(call.world.state, commentParam(call))),
  ),
  onRepository('PATCH', '/issues/comments/{id}', write, (call) => {
    const comment = commentParam(call);
    call.world.editComment(comment, bodyOf(call, body, 'IssueComment').body, call.by);
    return json(200, commentShape(call.world.state, comment));
  }),
  onRepository('DELETE', '/issues/comments/{id}', write, (call) => {
    call.world.deleteComment(commentParam(call), call.by);
    return noContent;
  }),
  onRepository('GET', '/issues/{number}/labels', read, listPullLabels),
  onRepository('POST', '/issues/{number}/labels', write, (call) => {
    for (const name of labelNames(call)) call.world.addLabel(call.repository, pullParam(call).number, name, call.by);
    return listPullLabels(call);
  }),
  onRepository('PUT', '/issues/{number}/labels', write, (call) => {
    setLabels(call, pullParam(call), labelNames(call));
    return listPullLabels(call);
  }),
  onRepository('DELETE', '/issues/{number}/labels', write, (call) => {
    setLabels(call, pullParam(call), []);
    return noContent;
  }),
  onRepository('DELETE', '/issues/{number}/labels/{name...}', write, (call) => {
    call.world.removeLabel(call.repository, pullParam(call).number, call.params['name'] ?? '', call.by);
    return listPullLabels(call);
  }),
  onRepository('GET', '/labels', read, (call) =>
    paged(call, [...call.repository.labels.values()], (one) => labelShape(call.world.state, one)),
  ),
  onRepository('POST', '/labels', write, (call) => {
    const made = call.world.createLabel(call.repository, bodyOf(call, newLabel, 'Label'));
    const shape = labelShape(call.world.state, made);
    return json(201, shape, { location: shape.url });
  }),
  onRepository('GET', '/labels/{name...}', read, (call) => {
    const label = call.repository.labels.get((call.params['name'] ?? '').toLowerCase());
    if (!label) throw notFound();
    return json(200, labelShape(call.world.state, label));
  }),
  onRepository('DELETE', '/labels/{name...}', write, (call) => {
    call.world.deleteLabel(call.repository, call.params['name'] ?? '', call.by);
    return noContent;
  }),
];

function labelNames(call: RepositoryCall): string[] {
  return bodyOf(call, names, 'Label').labels.map((one) => (typeof one === 'string' ? one : one.name));
}

function listPullLabels(call: RepositoryCall): Answer {
  return json(
    200,
    pullParam(call).labels.map((label) => labelShape(call.world.state, label)),
  );
}

/** The comment whose id is in the path. */
export function commentParam(call: RepositoryCall): Comment {
  const id = numberParam(call, 'id');
  for (const pull of call.repository.pulls.values()) {
    const found = pull.comments.find((one) => one.id === id);
    if (found) return found;
  }
  throw notFound();
}
