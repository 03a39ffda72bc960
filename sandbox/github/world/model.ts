import type { WorldEvent } from './events.ts';
import type { IdKind } from './ids.ts';
import type { CheckRun, CheckSuite, CommitStatus, Deployment, DeploymentStatus } from './reportModel.ts';

export type AccountKind = 'User' | 'Organization' | 'Bot';

/** `kind` is the GraphQL type of the entity, here and below. */
export type Account = {
  kind: AccountKind;
  id: number;
  nodeId: string;
  login: string;
  createdAt: Date;
  /** Whether it is gone. What it did stays, as done by `ghost`. */
  deleted: boolean;
};

/** Who a check run belongs to. */
export type AppIdentity = { kind: 'App'; id: number; nodeId: string; slug: string; name: string };

export type Permissions = Record<string, 'read' | 'write'>;

/** What an App is registered from, read. */
export type AppManifest = {
  name: string | undefined;
  url: string;
  description: string;
  redirectUrl: string | undefined;
  hook: { url: string; active: boolean } | undefined;
  public: boolean;
  permissions: Permissions;
  events: string[];
};

/** An App that was registered from a manifest. It is `State.app` once it is installed. */
export type RegisteredApp = {
  identity: AppIdentity;
  owner: Account;
  manifest: AppManifest;
  /** PEM, both. */
  publicKey: string;
  privateKey: string;
  clientId: string;
  clientSecret: string;
  /** None without a webhook. */
  webhookSecret: string | null;
  createdAt: Date;
};

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

/** Git's mode of a plain file, an executable one, a symbolic link, and a submodule. */
export type FileMode = '100644' | '100755' | '120000' | '160000';

/** `sha` is of a blob; of a commit elsewhere where the mode is a submodule's. */
export type FileEntry = { mode: FileMode; sha: string };

/** What is at each path; never changed once made. */
export type Files = ReadonlyMap<string, FileEntry>;

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
  /** All that were ever reported, oldest first, by commit. */
  statuses: Map<string, CommitStatus[]>;
  deployments: Deployment[];
  /** Logins in lower case of those who pushed here. */
  collaborators: Set<string>;
  /** Roles that were given or (null) taken away, by login in lower case. */
  roles: Map<string, Role | null>;
};

/** A person's role in a repository, the highest first. */
export const roles = ['admin', 'maintain', 'write', 'triage', 'read'] as const;
export type Role = (typeof roles)[number];

export type TimelineItem = { at: Date; by: Account } & (
  | { what: 'opened' | 'closed' | 'reopened' | 'ready' | 'drafted' | 'head deleted' }
  | { what: 'merged'; sha: string }
  | { what: 'pushed'; before: string; after: string; forced: boolean }
  | { what: 'labeled' | 'unlabeled'; id: number; label: Label }
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
  reactions: Reaction[];
};

/** In the order in which GitHub shows them. */
export const reactionContents = ['+1', '-1', 'laugh', 'hooray', 'confused', 'heart', 'rocket', 'eyes'] as const;
export type ReactionContent = (typeof reactionContents)[number];

export type Reaction = {
  kind: 'Reaction';
  id: number;
  nodeId: string;
  comment: Comment;
  content: ReactionContent;
  by: Account;
  createdAt: Date;
};

export type Entity =
  | Account
  | AppIdentity
  | Repository
  | PullRequest
  | Label
  | Comment
  | Reaction
  | CommitStatus
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
  app: {
    identity: AppIdentity;
    owner: Account;
    permissions: Permissions;
    events: string[];
    /** Undefined: the key that the sandbox was started with. */
    publicKey: string | undefined;
    webhook: { url: string; secret: string };
    createdAt: Date;
  };
  accounts: Map<string, Account>;
  /** Apps that are not ours, by slug. */
  otherApps: Map<string, AppIdentity>;
  /** Apps that were registered from a manifest, by id. */
  registered: Map<number, RegisteredApp>;
  /** Manifests that were agreed to, by the code that is exchanged for the App; `until` in milliseconds. */
  manifestCodes: Map<string, { owner: Account; name: string; slug: string; manifest: AppManifest; until: number }>;
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
