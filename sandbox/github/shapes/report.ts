import type { components } from '@octokit/openapi-types';
import type { PullRequest, State } from '../world/model.ts';
import type { CheckRun, CheckSuite, Deployment, DeploymentStatus } from '../world/reportModel.ts';
import { latestRuns, pullsOf, suiteOutcome } from '../world/checks.ts';
import { commitAt } from '../world/git.ts';
import { latestStatus } from '../world/deployments.ts';
import { baseTip } from '../world/pulls.ts';
import { fullName } from '../world/repositories.ts';
import { apiUrl, appShape, time, timeOrNull, userShape } from './account.ts';
import { repositoryShape } from './repository.ts';

/** The page of a check run. */
export function checkRunUrl(state: State, run: CheckRun): string {
  return `${state.url}/${fullName(run.suite.repository)}/runs/${run.id}`;
}

/** The few words of checks about a pull request of their own repository. */
function pullBrief(state: State, pull: PullRequest): components['schemas']['pull-request-minimal'] {
  const { id, name } = pull.repository;
  const url = apiUrl(state, `/repos/${fullName(pull.repository)}`);
  const repo = { id, url, name };
  return {
    url: `${url}/pulls/${pull.number}`,
    id: pull.id,
    number: pull.number,
    head: { ref: pull.headRef, sha: pull.headSha, repo },
    base: { ref: pull.baseRef, sha: baseTip(pull), repo },
  };
}

/** A check run as REST shows it. */
export function checkRunShape(state: State, run: CheckRun): components['schemas']['check-run'] {
  const url = apiUrl(state, `/repos/${fullName(run.suite.repository)}/check-runs/${run.id}`);
  const html = checkRunUrl(state, run);
  return {
    id: run.id,
    node_id: run.nodeId,
    name: run.name,
    head_sha: run.suite.sha,
    external_id: run.externalId ?? '',
    url,
    html_url: html,
    // An App that gives no address gets its own home page there; the sandbox gives the run's page.
    details_url: run.detailsUrl ?? html,
    status: run.status,
    conclusion: run.conclusion,
    started_at: time(run.startedAt),
    completed_at: timeOrNull(run.completedAt),
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: 0,
      annotations_url: `${url}/annotations`,
    },
    check_suite: { id: run.suite.id },
    app: appShape(state, run.suite.app),
    pull_requests: pullsOf(run.suite).map((pull) => pullBrief(state, pull)),
  };
}

/** What everything that shows a check suite says of it. */
export function suiteBrief(state: State, suite: CheckSuite) {
  return {
    id: suite.id,
    node_id: suite.nodeId,
    head_branch: suite.headBranch,
    head_sha: suite.sha,
    ...suiteOutcome(suite),
    url: apiUrl(state, `/repos/${fullName(suite.repository)}/check-suites/${suite.id}`),
    before: suite.before,
    after: suite.before === null ? null : suite.sha,
    pull_requests: pullsOf(suite).map((pull) => pullBrief(state, pull)),
    app: appShape(state, suite.app),
    created_at: time(suite.createdAt),
    updated_at: time(suite.updatedAt),
  };
}

/** A check suite as webhooks show it. */
export function suiteShape(state: State, suite: CheckSuite) {
  const commit = commitAt(state, suite.sha);
  const { login } = commit.author;
  const who = { name: login, email: `${login}@users.noreply.${new URL(state.url).hostname}`, username: login };
  const brief = suiteBrief(state, suite);
  return {
    ...brief,
    latest_check_runs_count: latestRuns(suite.runs).length,
    check_runs_url: `${brief.url}/check-runs`,
    head_commit: {
      id: commit.sha,
      tree_id: commit.treeSha,
      message: commit.message,
      timestamp: time(commit.at),
      author: who,
      committer: who,
    },
  };
}

/** A check suite as REST shows it. */
export function checkSuiteShape(state: State, suite: CheckSuite) {
  return { ...suiteShape(state, suite), repository: repositoryShape(state, suite.repository) };
}

/** A deployment as REST shows it. */
export function deploymentShape(state: State, deployment: Deployment): components['schemas']['deployment'] {
  const repository = apiUrl(state, `/repos/${fullName(deployment.repository)}`);
  const url = `${repository}/deployments/${deployment.id}`;
  return {
    url,
    id: deployment.id,
    node_id: deployment.nodeId,
    sha: deployment.sha,
    ref: deployment.ref,
    task: deployment.task,
    payload: deployment.payload,
    original_environment: deployment.environment,
    environment: deployment.environment,
    description: deployment.description,
    creator: userShape(state, deployment.creator),
    created_at: time(deployment.createdAt),
    updated_at: time(deployment.updatedAt),
    statuses_url: `${url}/statuses`,
    repository_url: repository,
    transient_environment: deployment.transient,
    production_environment: deployment.production,
    performed_via_github_app: null,
  };
}

/** A deployment's status as REST shows it. */
export function deploymentStatusShape(
  state: State,
  status: DeploymentStatus,
): components['schemas']['deployment-status'] {
  const deployment = deploymentShape(state, status.deployment);
  return {
    url: `${deployment.statuses_url}/${status.id}`,
    id: status.id,
    node_id: status.nodeId,
    state: status.state,
    creator: userShape(state, status.creator),
    description: status.description,
    environment: status.deployment.environment,
    target_url: status.logUrl,
    created_at: time(status.createdAt),
    updated_at: time(status.createdAt),
    deployment_url: deployment.url,
    repository_url: deployment.repository_url,
    environment_url: status.environmentUrl,
    log_url: status.logUrl,
    performed_via_github_app: null,
  };
}

/** The state that GraphQL gives a deployment: its newest status in GitHub's other words. */
export function deploymentState(deployment: Deployment): string {
  const state = latestStatus(deployment)?.state;
  if (state === undefined) return 'PENDING';
  if (state === 'success') return 'ACTIVE';
  if (state === 'inactive') return deployment.transient ? 'DESTROYED' : 'INACTIVE';
  return state.toUpperCase();
}
