import { z } from 'zod';
import { deploymentStates, type Deployment } from '../world/reportModel.ts';
import { deploymentShape, deploymentStatusShape } from '../shapes/report.ts';
import { notFound } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { json, numberParam, onRepository, paged, type Answer, type RepositoryCall, type Route } from './route.ts';

const read = [{ deployments: 'read' }] as const;
const write = [{ deployments: 'write' }] as const;

const create = z.object({
  ref: z.string().min(1),
  task: z.string().optional(),
  auto_merge: z.boolean().optional(),
  required_contexts: z.array(z.string()).nullish(),
  payload: z.union([z.record(z.string(), z.unknown()), z.string()]).optional(),
  environment: z.string().optional(),
  description: z.string().nullish(),
  transient_environment: z.boolean().optional(),
  production_environment: z.boolean().optional(),
});
const status = z.object({
  state: z.enum(deploymentStates),
  description: z.string().optional(),
  environment: z.string().optional(),
  environment_url: z.string().optional(),
  log_url: z.string().optional(),
  target_url: z.string().optional(),
  auto_inactive: z.boolean().optional(),
});

/** Deployments and their statuses. */
export const deploymentRoutes: Route[] = [
  onRepository('GET', '/deployments', read, listDeployments),
  onRepository('POST', '/deployments', write, createDeployment),
  onRepository('GET', '/deployments/{id}', read, (call) =>
    json(200, deploymentShape(call.world.state, deploymentParam(call))),
  ),
  onRepository('GET', '/deployments/{id}/statuses', read, (call) =>
    paged(call, [...deploymentParam(call).statuses].reverse(), (one) => deploymentStatusShape(call.world.state, one)),
  ),
  onRepository('POST', '/deployments/{id}/statuses', write, (call) => {
    const asked = bodyOf(call, status, 'DeploymentStatus');
    const made = call.world.createDeploymentStatus(deploymentParam(call), {
      state: asked.state,
      description: asked.description,
      environment: asked.environment,
      environmentUrl: asked.environment_url,
      logUrl: asked.log_url ?? asked.target_url,
      autoInactive: asked.auto_inactive,
      by: call.by,
    });
    return json(201, deploymentStatusShape(call.world.state, made));
  }),
  onRepository('GET', '/deployments/{id}/statuses/{status_id}', read, (call) => {
    const id = numberParam(call, 'status_id');
    const found = deploymentParam(call).statuses.find((one) => one.id === id);
    if (!found) throw notFound();
    return json(200, deploymentStatusShape(call.world.state, found));
  }),
];

function deploymentParam(call: RepositoryCall): Deployment {
  const id = numberParam(call, 'id');
  const found = call.repository.deployments.find((one) => one.id === id);
  if (!found) throw notFound();
  return found;
}

function listDeployments(call: RepositoryCall): Answer {
  const fits = (one: Deployment): boolean =>
    (['sha', 'ref', 'task', 'environment'] as const).every((field) => {
      const wanted = call.query.get(field);
      return wanted === null || wanted === '' || one[field] === wanted;
    });
  const newestFirst = call.repository.deployments.filter(fits).reverse();
  return paged(call, newestFirst, (one) => deploymentShape(call.world.state, one));
}

function createDeployment(call: RepositoryCall): Answer {
  const asked = bodyOf(call, create, 'Deployment');
  const made = call.world.createDeployment(call.repository, {
    ref: asked.ref,
    task: asked.task,
    autoMerge: asked.auto_merge,
    requiredContexts: asked.required_contexts ?? undefined,
    environment: asked.environment,
    description: asked.description,
    payload: asked.payload,
    transient: asked.transient_environment,
    production: asked.production_environment,
    by: call.by,
  });
  if ('autoMerged' in made) return json(202, { message: made.autoMerged });
  return json(201, deploymentShape(call.world.state, made));
}
