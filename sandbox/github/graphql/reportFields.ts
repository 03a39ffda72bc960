import type { GraphQLResolveInfo } from 'graphql';
import type { CheckRun, CheckSuite, Deployment, DeploymentStatus } from '../world/reportModel.ts';
import { latestRuns, suiteOutcome } from '../world/checks.ts';
import { latestStatus } from '../world/deployments.ts';
import { fullName } from '../world/repositories.ts';
import { time, timeOrNull } from '../shapes/account.ts';
import { checkRunUrl, deploymentState } from '../shapes/report.ts';
import { connection } from './connection.ts';
import { actorOf, requirePermission, type Args, type Context, type Fields } from './context.ts';
import { commitNode, refNode } from './git.ts';

function upper(word: string | null): string | null {
  return word === null ? null : word.toUpperCase();
}

/** Deployments of the environments asked for, in the order asked for. */
export function deploymentConnection(
  all: readonly Deployment[],
  args: Args,
  context: Context,
  info: GraphQLResolveInfo,
) {
  requirePermission(context, { deployments: 'read' });
  const environments = args['environments'] as string[] | null | undefined;
  const order = args['orderBy'] as { direction: string } | undefined;
  const found = all.filter((one) => !environments || environments.includes(one.environment));
  const descending = order?.direction === 'DESC';
  return connection(descending ? found.reverse() : found, args, info, (one) => [one.id], descending);
}

export const deploymentFields: Fields<Deployment> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  environment: ({ environment }) => environment,
  originalEnvironment: ({ environment }) => environment,
  latestEnvironment: ({ environment }) => environment,
  description: ({ description }) => description,
  // The stored JSON as text, so a payload that was a string arrives with its quotes.
  payload: ({ payload }) => JSON.stringify(payload),
  task: ({ task }) => task,
  state: (deployment) => deploymentState(deployment),
  commitOid: ({ sha }) => sha,
  commit: ({ repository, sha }, _args, context) => commitNode(context, repository, sha),
  ref: ({ repository, ref }) => refNode(repository, ref.replace(/^(?:refs\/)?heads\//, '')),
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ updatedAt }) => time(updatedAt),
  creator: ({ creator }) => actorOf(creator),
  repository: ({ repository }) => repository,
  latestStatus: (deployment) => latestStatus(deployment) ?? null,
  statuses: ({ statuses }, args, _context, info) =>
    connection([...statuses].reverse(), args, info, (one) => [one.id], true),
};

export const deploymentStatusFields: Fields<DeploymentStatus> = {
  id: ({ nodeId }) => nodeId,
  state: ({ state }) => upper(state),
  description: ({ description }) => description,
  environment: ({ deployment }) => deployment.environment,
  environmentUrl: ({ environmentUrl }) => environmentUrl || null,
  logUrl: ({ logUrl }) => logUrl || null,
  creator: ({ creator }) => actorOf(creator),
  deployment: ({ deployment }) => deployment,
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ createdAt }) => time(createdAt),
};

export const checkSuiteFields: Fields<CheckSuite> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  app: ({ app }) => app,
  repository: ({ repository }) => repository,
  commit: ({ repository, sha }, _args, context) => commitNode(context, repository, sha),
  status: (suite) => upper(suiteOutcome(suite).status),
  conclusion: (suite) => upper(suiteOutcome(suite).conclusion),
  createdAt: ({ createdAt }) => time(createdAt),
  updatedAt: ({ updatedAt }) => time(updatedAt),
  checkRuns: ({ runs }, args, _context, info) => {
    const filter = (args['filterBy'] ?? {}) as {
      appId?: number | null;
      checkName?: string | null;
      checkType?: 'ALL' | 'LATEST' | null;
      status?: string | null;
      statuses?: string[] | null;
      conclusions?: string[] | null;
    };
    const statuses = filter.statuses ?? (typeof filter.status === 'string' ? [filter.status] : undefined);
    const found = (filter.checkType === 'LATEST' ? latestRuns(runs) : runs).filter((run) => {
      if (typeof filter.appId === 'number' && run.suite.app.id !== filter.appId) return false;
      if (typeof filter.checkName === 'string' && run.name !== filter.checkName) return false;
      if (statuses && !statuses.includes(run.status.toUpperCase())) return false;
      return !filter.conclusions || filter.conclusions.includes((run.conclusion ?? '').toUpperCase());
    });
    return connection(found, args, info, (run) => [run.id]);
  },
};

export const checkRunFields: Fields<CheckRun> = {
  id: ({ nodeId }) => nodeId,
  databaseId: ({ id }) => id,
  name: ({ name }) => name,
  status: ({ status }) => upper(status),
  conclusion: ({ conclusion }) => upper(conclusion),
  externalId: ({ externalId }) => externalId ?? '',
  detailsUrl: (run, _args, context) => run.detailsUrl ?? checkRunUrl(context.world.state, run),
  title: ({ title }) => title,
  summary: ({ summary }) => summary,
  text: ({ text }) => text,
  isRequired: () => false,
  startedAt: ({ startedAt }) => time(startedAt),
  completedAt: ({ completedAt }) => timeOrNull(completedAt),
  checkSuite: ({ suite }) => suite,
  repository: ({ suite }) => suite.repository,
  url: (run, _args, context) => checkRunUrl(context.world.state, run),
  permalink: (run, _args, context) => checkRunUrl(context.world.state, run),
  resourcePath: (run) => `/${fullName(run.suite.repository)}/runs/${run.id}`,
};
