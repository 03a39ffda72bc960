import type { Account, Repository, State } from './model.ts';
import type { Deployment, DeploymentStatus, DeploymentStatusState } from './reportModel.ts';
import { invalid, Refusal } from '../refusal.ts';
import { mergeIntoBranch, resolveRef } from './branches.ts';
import { latestRuns, suitesAt } from './checks.ts';
import { isAncestor } from './git.ts';
import { nodeId } from './ids.ts';
import { accountOf, changed } from './state.ts';
import { latestStatuses } from './statuses.ts';

export type NewDeployment = {
  ref: string;
  task?: string | undefined;
  /** GitHub's default is true: the default branch is merged into a branch that is behind it. */
  autoMerge?: boolean | undefined;
  /** Names of checks and contexts of statuses that must have succeeded; all there are unless told. */
  requiredContexts?: string[] | undefined;
  environment?: string | undefined;
  description?: string | null | undefined;
  payload?: string | Record<string, unknown> | undefined;
  transient?: boolean | undefined;
  production?: boolean | undefined;
  by?: string | undefined;
};

/** The message of a deployment that merged instead (GitHub answers 202 and makes no deployment). */
export type AutoMerged = { autoMerged: string };

/** Makes a deployment. Throws a 422 for an unknown ref, a 409 for a merge conflict or a required check that is not good. */
export function createDeployment(state: State, repository: Repository, made: NewDeployment): Deployment | AutoMerged {
  const sha = resolveRef(repository, made.ref);
  if (sha === undefined) throw new Refusal(422, `No ref found for: ${made.ref}`);
  const creator = accountOf(state, made.by ?? 'octocat');
  const merged = (made.autoMerge ?? true) ? autoMerge(state, repository, made.ref, creator) : undefined;
  if (merged !== undefined) return { autoMerged: merged };
  refuseFailingContexts(repository, sha, made);
  const environment = made.environment ?? 'production';
  if (Array.from(environment).length > 255)
    throw invalid('Deployment', 'environment', 'custom', 'environment is too long');
  const id = state.nextId('deployment');
  const at = state.now();
  const deployment: Deployment = {
    kind: 'Deployment',
    id,
    nodeId: nodeId('DE', repository.id, id),
    repository,
    sha,
    ref: made.ref,
    task: made.task ?? 'deploy',
    environment,
    description: made.description ?? null,
    payload: made.payload ?? {},
    transient: made.transient ?? false,
    production: made.production ?? environment === 'production',
    creator,
    createdAt: at,
    updatedAt: at,
    statuses: [],
  };
  repository.deployments.push(deployment);
  state.nodes.set(deployment.nodeId, deployment);
  changed(state);
  return deployment;
}

function autoMerge(state: State, repository: Repository, ref: string, by: Account): string | undefined {
  const base = repository.defaultBranch;
  const branch = ref.replace(/^(?:refs\/)?heads\//, '');
  const theirs = repository.branches.get(base);
  const ours = repository.branches.get(branch);
  if (theirs === undefined || ours === undefined || isAncestor(state, theirs, ours)) return undefined;
  try {
    mergeIntoBranch(state, repository, branch, theirs, { message: `Merge branch '${base}' into ${branch}`, by });
  } catch (error) {
    if (error instanceof Refusal && error.status === 409) {
      throw new Refusal(409, `Conflict merging ${base} into ${branch}.`);
    }
    throw error;
  }
  return `Auto-merged ${base} into ${branch} on deployment.`;
}

function refuseFailingContexts(repository: Repository, sha: string, made: NewDeployment): void {
  const runs = latestRuns(suitesAt(repository, sha).flatMap((suite) => suite.runs));
  const reported = new Map<string, string>([
    ...runs.map((run): [string, string] => [run.name, run.conclusion ?? 'pending']),
    ...latestStatuses(repository, sha).map((status): [string, string] => [status.context, status.state]),
  ]);
  const required = made.requiredContexts ?? [...reported.keys()];
  const contexts = required.flatMap((context) => {
    const found = reported.get(context) ?? 'missing';
    return ['success', 'neutral', 'skipped'].includes(found) ? [] : [{ context, state: found }];
  });
  if (contexts.length === 0) return;
  throw new Refusal(409, `Conflict: Commit status checks failed for ${made.ref}.`, [
    { contexts, resource: 'Deployment', field: 'required_contexts', code: 'invalid' },
  ]);
}

export type NewDeploymentStatus = {
  state: DeploymentStatusState;
  description?: string | undefined;
  environment?: string | undefined;
  environmentUrl?: string | undefined;
  logUrl?: string | undefined;
  /** GitHub's default is true. */
  autoInactive?: boolean | undefined;
  by?: string | undefined;
};

/**
 * Adds a status. A success makes earlier successful deployments of the environment inactive, but, as on GitHub, never
 * transient or production ones.
 */
export function createDeploymentStatus(
  state: State,
  deployment: Deployment,
  made: NewDeploymentStatus,
): DeploymentStatus {
  const description = made.description ?? '';
  if (Array.from(description).length > 140) {
    throw invalid('DeploymentStatus', 'description', 'custom', 'description is too long (maximum is 140 characters)');
  }
  for (const [field, url] of [
    ['environment_url', made.environmentUrl],
    ['log_url', made.logUrl],
  ] as const) {
    if (url && !/^https?:\/\/[^\s]+$/.test(url)) {
      throw invalid('DeploymentStatus', field, 'custom', `${field} must use http(s) scheme`);
    }
  }
  const creator = accountOf(state, made.by ?? 'octocat');
  if (made.environment !== undefined) deployment.environment = made.environment;
  if (made.state === 'success' && (made.autoInactive ?? true)) {
    for (const older of deployment.repository.deployments) {
      const replaced = older !== deployment && older.environment === deployment.environment && older.id < deployment.id;
      const stays = older.transient || older.production || latestStatus(older)?.state !== 'success';
      if (replaced && !stays) pushStatus(state, older, creator, { state: 'inactive' });
    }
  }
  const status = pushStatus(state, deployment, creator, { ...made, description });
  changed(state);
  return status;
}

function pushStatus(
  state: State,
  deployment: Deployment,
  creator: Account,
  made: NewDeploymentStatus,
): DeploymentStatus {
  const id = state.nextId('deploymentStatus');
  const at = state.now();
  const status: DeploymentStatus = {
    kind: 'DeploymentStatus',
    id,
    nodeId: nodeId('DES', deployment.repository.id, id),
    deployment,
    state: made.state,
    creator,
    description: made.description ?? '',
    environmentUrl: made.environmentUrl ?? '',
    logUrl: made.logUrl ?? '',
    createdAt: at,
  };
  deployment.statuses.push(status);
  deployment.updatedAt = at;
  state.nodes.set(status.nodeId, status);
  return status;
}

/** The newest status, undefined before the first. */
export function latestStatus(deployment: Deployment): DeploymentStatus | undefined {
  return deployment.statuses.at(-1);
}
