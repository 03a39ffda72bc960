import type { Account, AccountKind, Entity, Installation, Repository, State } from './model.ts';
import { invalid, notFound } from '../refusal.ts';
import { changeFiles, writeCommit, type Changes } from './git.ts';
import { nodeId } from './ids.ts';
import { accountOf, announce } from './state.ts';
import { defaultLabels, newLabel } from './labels.ts';

export type NewRepository = {
  owner: string;
  name: string;
  private?: boolean;
  description?: string;
  /** The first commit's files. Without any the repository is empty and has no branch. */
  files?: Changes;
  defaultBranch?: string;
  by?: string;
  /** What the owner is if not known yet; an organization unless told. */
  ownerKind?: AccountKind;
};

/** A repository by `owner/name`, or itself. */
export type RepositoryRef = string | Repository;

export function fullName(repository: Repository): string {
  return `${repository.owner.login}/${repository.name}`;
}

/** The repository of that name or an old name of it, if it still exists. Names have no case. */
export function findRepository(state: State, name: string): Repository | undefined {
  const key = name.toLowerCase();
  return state.repositories.get(key) ?? state.redirects.get(key);
}

/** Like findRepository, but throws a 404. */
export function repositoryOf(state: State, ref: RepositoryRef): Repository {
  const repository = typeof ref === 'string' ? findRepository(state, ref) : ref;
  if (!repository || repository.deleted) throw notFound();
  return repository;
}

/** The installation that covers the repository, suspended or not. */
export function installationOf(state: State, repository: Repository): Installation | undefined {
  for (const installation of state.installations.values()) {
    if (installation.account === repository.owner && covers(installation, repository)) return installation;
  }
  return undefined;
}

/** Whether the installation may see the repository. */
export function covers(installation: Installation, repository: Repository): boolean {
  if (installation.deleted || installation.account !== repository.owner) return false;
  return installation.repositories === 'all' || installation.repositories.has(repository);
}

function claimName(state: State, owner: Account, wanted: string): string {
  // GitHub puts hyphens where a name has what it does not take.
  const name = wanted.replace(/[^\w.-]+/g, '-');
  if (name === '' || name.length > 100 || name === '.' || name === '..') {
    throw invalid('Repository', 'name', 'custom', `name is invalid: ${JSON.stringify(wanted)}`);
  }
  if (state.repositories.has(`${owner.login}/${name}`.toLowerCase())) {
    throw invalid('Repository', 'name', 'custom', 'name already exists on this account');
  }
  return name;
}

function register(state: State, repository: Repository): void {
  const key = fullName(repository).toLowerCase();
  state.repositories.set(key, repository);
  state.redirects.delete(key);
  state.nodes.set(repository.nodeId, repository);
}

function blankRepository(state: State, owner: Account, name: string): Repository {
  const id = state.nextId('repository');
  const now = state.now();
  return {
    kind: 'Repository',
    id,
    nodeId: nodeId('R', id),
    owner,
    name,
    description: null,
    private: false,
    archived: false,
    deleted: false,
    parent: null,
    createdAt: now,
    updatedAt: now,
    pushedAt: now,
    defaultBranch: 'main',
    branches: new Map(),
    commits: new Set(),
    labels: new Map(),
    pulls: new Map(),
    nextNumber: 1,
    checkSuites: new Map(),
    statuses: new Map(),
    deployments: [],
    collaborators: new Set(),
    roles: new Map(),
  };
}

/** Makes a repository with GitHub's nine default labels; where the owner's installation has all, the App gets it too. */
export function createRepository(state: State, made: NewRepository): Repository {
  const owner = accountOf(state, made.owner, made.ownerKind ?? 'Organization');
  const sender = accountOf(state, made.by ?? (owner.kind === 'User' ? owner.login : 'octocat'));
  const repository = blankRepository(state, owner, claimName(state, owner, made.name));
  repository.private = made.private ?? false;
  repository.description = made.description ?? null;
  repository.defaultBranch = made.defaultBranch ?? 'main';
  register(state, repository);
  for (const label of defaultLabels) newLabel(state, repository, { ...label, isDefault: true });
  if (made.files && Object.keys(made.files).length > 0) {
    const files = changeFiles(state, new Map(), made.files);
    const first = writeCommit(state, { files, parents: [], message: 'Initial commit', author: sender });
    repository.commits.add(first.sha);
    repository.branches.set(repository.defaultBranch, first.sha);
    repository.collaborators.add(sender.login.toLowerCase());
  }
  announceCreated(state, repository, sender);
  return repository;
}

function announceCreated(state: State, repository: Repository, sender: Account): void {
  announce(state, { name: 'repository', action: 'created', repository, sender });
  const installation = installationOf(state, repository);
  if (!installation) return;
  announce(state, {
    name: 'installation_repositories',
    action: 'added',
    installation,
    repositories: [repository],
    sender,
  });
}

/** A fork of a repository in another account, with its branches. Throws a 422 if the account has one of that name. */
export function forkRepository(
  state: State,
  ref: RepositoryRef,
  into: string,
  options: { name?: string } = {},
): Repository {
  const parent = repositoryOf(state, ref);
  const owner = accountOf(state, into);
  const fork = blankRepository(state, owner, claimName(state, owner, options.name ?? parent.name));
  fork.private = parent.private;
  fork.description = parent.description;
  fork.defaultBranch = parent.defaultBranch;
  fork.parent = parent;
  fork.branches = new Map(parent.branches);
  fork.commits = new Set(parent.commits);
  register(state, fork);
  for (const label of defaultLabels) newLabel(state, fork, { ...label, isDefault: true });
  announceCreated(state, fork, owner);
  return fork;
}

/** Takes a repository away for good. Pull requests that come from it stay open, their head repository unknown. */
export function deleteRepository(state: State, ref: RepositoryRef, by?: string): void {
  const repository = repositoryOf(state, ref);
  const installation = installationOf(state, repository);
  const sender = accountOf(state, by ?? 'octocat');
  repository.deleted = true;
  state.repositories.delete(fullName(repository).toLowerCase());
  for (const [name, target] of state.redirects) if (target === repository) state.redirects.delete(name);
  for (const [id, entity] of state.nodes) if (repositoryOfEntity(entity) === repository) state.nodes.delete(id);
  announceDeleted(state, repository, installation, sender);
}

function announceDeleted(
  state: State,
  repository: Repository,
  installation: Installation | undefined,
  sender: Account,
): void {
  announce(state, { name: 'repository', action: 'deleted', repository, sender });
  if (!installation) return;
  if (installation.repositories !== 'all') installation.repositories.delete(repository);
  announce(state, {
    name: 'installation_repositories',
    action: 'removed',
    installation,
    repositories: [repository],
    sender,
  });
}

/** The repository that an entity is in, itself for a repository; undefined for accounts and Apps. */
export function repositoryOfEntity(entity: Entity): Repository | undefined {
  if (entity.kind === 'Repository') return entity;
  if ('repository' in entity) return entity.repository;
  if ('pull' in entity) return entity.pull.repository;
  if ('comment' in entity) return entity.comment.pull.repository;
  if ('suite' in entity) return entity.suite.repository;
  return 'deployment' in entity ? entity.deployment.repository : undefined;
}

/** Gives the repository another name. Its node id stays, and the old name leads to it until it is taken again. */
export function renameRepository(state: State, ref: RepositoryRef, newName: string, by?: string): Repository {
  const repository = repositoryOf(state, ref);
  const from = repository.name;
  if (newName === from) return repository;
  const old = fullName(repository).toLowerCase();
  const sameButCase = newName.toLowerCase() === from.toLowerCase();
  repository.name = sameButCase ? newName : claimName(state, repository.owner, newName);
  repository.updatedAt = state.now();
  state.repositories.delete(old);
  register(state, repository);
  if (!sameButCase) state.redirects.set(old, repository);
  announce(state, {
    name: 'repository',
    action: 'renamed',
    repository,
    from,
    sender: accountOf(state, by ?? 'octocat'),
  });
  return repository;
}

/** Changes what an administrator may change about a repository; says nothing when nothing changes. */
export function editRepository(
  state: State,
  ref: RepositoryRef,
  edit: { private?: boolean | undefined; archived?: boolean | undefined; description?: string | undefined },
  by?: string,
): void {
  const repository = repositoryOf(state, ref);
  const sender = accountOf(state, by ?? 'octocat');
  if (edit.description !== undefined) repository.description = edit.description;
  if (edit.private !== undefined && edit.private !== repository.private) {
    repository.private = edit.private;
    announce(state, { name: 'repository', action: edit.private ? 'privatized' : 'publicized', repository, sender });
  }
  if (edit.archived !== undefined && edit.archived !== repository.archived) {
    repository.archived = edit.archived;
    announce(state, { name: 'repository', action: edit.archived ? 'archived' : 'unarchived', repository, sender });
  }
  repository.updatedAt = state.now();
}
