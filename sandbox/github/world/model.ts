import type { IdKind } from './ids.ts';

export type AccountKind = 'User' | 'Organization' | 'Bot';

/** `kind` is the GraphQL type of the entity, here and below. */
export type Account = { kind: AccountKind; id: number; nodeId: string; login: string; createdAt: Date };

/** Who a check run belongs to. */
export type AppIdentity = { kind: 'App'; id: number; nodeId: string; slug: string; name: string };

export type Permissions = Record<string, 'read' | 'write'>;

export type Installation = {
  id: number;
  nodeId: string;
  account: Account;
  /** 'all' includes what is created later. */
  repositories: 'all' | Set<Repository>;
  permissions: Permissions;
  events: string[];
  createdAt: Date;
  updatedAt: Date;
  suspendedAt: Date | null;
  suspendedBy: Account | null;
  deleted: boolean;
};

/** A path → blob sha map; never changed once made. */
export type Files = ReadonlyMap<string, string>;

export type Commit = {
  sha: string;
  treeSha: string;
  files: Files;
  parents: readonly string[];
  message: string;
  author: Account;
  at: Date;
};

export type Label = {
  kind: 'Label';
  id: number;
  nodeId: string;
  repository: Repository;
  name: string;
  color: string;
  description: string | null;
  isDefault: boolean;
  createdAt: Date;
  updatedAt: Date;
};

export type Repository = {
  kind: 'Repository';
  id: number;
  nodeId: string;
  owner: Account;
  name: string;
  description: string | null;
  private: boolean;
  archived: boolean;
  deleted: boolean;
  parent: Repository | null;
  createdAt: Date;
  updatedAt: Date;
  pushedAt: Date;
  defaultBranch: string;
  branches: Map<string, string>;
  /** The commits that can be read here: those of its branches, past and present, and of its pull requests. */
  commits: Set<string>;
  labels: Map<string, Label>;
  pulls: Map<number, PullRequest>;
  nextNumber: number;
  checkSuites: Map<string, CheckSuite[]>;
  deployments: Deployment[];
  /** Logins in lower case of those who pushed here. */
  collaborators: Set<string>;
};

export type TimelineItem = { at: Date; by: Account } & (
  | { what: 'opened' | 'closed' | 'reopened' | 'ready' | 'drafted' | 'head deleted' }
  | { what: 'merged'; sha: string }
  | { what: 'pushed'; before: string; after: string; forced: boolean }
  | { what: 'labeled' | 'unlabeled'; label: Label }
  | { what: 'renamed'; from: string; to: string }
  | { what: 'commented'; comment: Comment }
);

export type PullRequest = {
  kind: 'PullRequest';
  id: number;
  issueId: number;
  nodeId: string;
  number: number;
  repository: Repository;
  title: string;
  body: string;
  author: Account;
  state: 'open' | 'closed';
  draft: boolean;
  merged: boolean;
  mergedAt: Date | null;
  mergedBy: Account | null;
  mergeCommitSha: string | null;
  closedAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
  headRef: string;
  headSha: string;
  /** The head's owner by login, which outlives the repository. */
  headOwner: Account;
  headRepository: Repository;
  baseRef: string;
  /** The base branch's tip when the head last moved. */
  baseSha: string;
  labels: Label[];
  comments: Comment[];
  timeline: TimelineItem[];
};

export type Comment = {
  kind: 'IssueComment';
  id: number;
  nodeId: string;
  pull: PullRequest;
  author: Account;
  body: string;
  createdAt: Date;
  updatedAt: Date;
  lastEditedAt: Date | null;
  minimizedReason: string | null;
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

export type PullRequestAction =
  | 'opened'
  | 'labeled'
  | 'unlabeled'
  | 'synchronize'
  | 'closed'
  | 'reopened'
  | 'edited'
  | 'converted_to_draft'
  | 'ready_for_review';

/** What happened, as GitHub would announce it; the webhooks make payloads of these. */
export type WorldEvent = { sender: Account } & (
  | {
      name: 'pull_request';
      action: PullRequestAction;
      pull: PullRequest;
      label?: Label;
      before?: string;
      after?: string;
      changes?: { title?: { from: string }; body?: { from: string } };
    }
  | { name: 'issue_comment'; action: 'created' | 'edited' | 'deleted'; comment: Comment; from?: string }
  | { name: 'push'; repository: Repository; ref: string; before: string; after: string; forced: boolean }
  | {
      name: 'repository';
      action: 'created' | 'deleted' | 'renamed' | 'archived' | 'unarchived' | 'privatized' | 'publicized';
      repository: Repository;
      /** The old name of a renamed repository. */
      from?: string;
    }
  | {
      name: 'installation';
      action: 'created' | 'deleted' | 'suspend' | 'unsuspend';
      installation: Installation;
      repositories: Repository[];
    }
  | {
      name: 'installation_repositories';
      action: 'added' | 'removed';
      installation: Installation;
      repositories: Repository[];
    }
);

export type Entity =
  | Account
  | AppIdentity
  | Repository
  | PullRequest
  | Label
  | Comment
  | CheckSuite
  | CheckRun
  | Deployment
  | DeploymentStatus;

/** Everything that the sandbox's GitHub knows. The functions beside this file change it; nothing else does. */
export type State = {
  /** The address people and clients use, without a trailing slash. Known once the server listens. */
  url: string;
  now(): Date;
  nextId(kind: IdKind): number;
  app: { identity: AppIdentity; owner: Account; permissions: Permissions; events: string[]; createdAt: Date };
  accounts: Map<string, Account>;
  /** By `owner/name` in lower case. */
  repositories: Map<string, Repository>;
  /** Old names, which lead to the repository until another takes the name. */
  redirects: Map<string, Repository>;
  installations: Map<number, Installation>;
  nodes: Map<string, Entity>;
  commits: Map<string, Commit>;
  blobs: Map<string, Buffer>;
  listeners: Set<(event: WorldEvent) => void>;
  /** Grows with every change; pages ask whether anything moved. */
  version: number;
};
