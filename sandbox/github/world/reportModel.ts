import type { Account, AppIdentity, Repository } from './model.ts';

export const commitStates = ['error', 'failure', 'pending', 'success'] as const;
export type CommitState = (typeof commitStates)[number];

/** A commit status as CI reports it; a later one of the same context and commit replaces it. */
export type CommitStatus = {
  kind: 'StatusContext';
  id: number;
  nodeId: string;
  repository: Repository;
  sha: string;
  context: string;
  state: CommitState;
  description: string | null;
  targetUrl: string | null;
  creator: Account;
  createdAt: Date;
};

export const checkStatuses = ['queued', 'in_progress', 'completed', 'waiting', 'requested', 'pending'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

export const checkConclusions = [
  'success',
  'failure',
  'neutral',
  'cancelled',
  'skipped',
  'timed_out',
  'action_required',
] as const;
export type CheckConclusion = (typeof checkConclusions)[number];

export type CheckSuite = {
  kind: 'CheckSuite';
  id: number;
  nodeId: string;
  repository: Repository;
  sha: string;
  /** The branch that was pushed, null for a commit that came from a fork. */
  headBranch: string | null;
  /** What the branch pointed at before that push. */
  before: string | null;
  app: AppIdentity;
  createdAt: Date;
  updatedAt: Date;
  runs: CheckRun[];
};

export type CheckRun = {
  kind: 'CheckRun';
  id: number;
  nodeId: string;
  suite: CheckSuite;
  name: string;
  status: CheckStatus;
  conclusion: CheckConclusion | null;
  externalId: string | null;
  detailsUrl: string | null;
  startedAt: Date;
  completedAt: Date | null;
  title: string | null;
  summary: string | null;
  text: string | null;
};

export const deploymentStates = [
  'error',
  'failure',
  'inactive',
  'in_progress',
  'queued',
  'pending',
  'success',
] as const;
export type DeploymentStatusState = (typeof deploymentStates)[number];

export type DeploymentStatus = {
  kind: 'DeploymentStatus';
  id: number;
  nodeId: string;
  deployment: Deployment;
  state: DeploymentStatusState;
  creator: Account;
  description: string;
  environmentUrl: string;
  logUrl: string;
  createdAt: Date;
};

export type Deployment = {
  kind: 'Deployment';
  id: number;
  nodeId: string;
  repository: Repository;
  sha: string;
  ref: string;
  task: string;
  environment: string;
  description: string | null;
  payload: string | Record<string, unknown>;
  transient: boolean;
  production: boolean;
  creator: Account;
  createdAt: Date;
  updatedAt: Date;
  statuses: DeploymentStatus[];
};
