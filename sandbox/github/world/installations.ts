import type { AccountKind, Installation, Permissions, Repository, State } from './model.ts';
import { Refusal } from '../refusal.ts';
import { covers, repositoryOf } from './repositories.ts';
import { accountOf, announce } from './state.ts';

export type NewInstallation = {
  /** Names of the repositories; all, also later ones, unless told. */
  repositories?: string[];
  permissions?: Permissions;
  /** What the account is if not known yet; an organization unless told. */
  kind?: AccountKind;
  by?: string;
};

/** The repositories that the installation may see, in the order of their making. */
export function repositoriesOf(state: State, installation: Installation): Repository[] {
  return [...state.repositories.values()]
    .filter((repository) => covers(installation, repository))
    .sort((a, b) => a.id - b.id);
}

/** Installs the App on an account. Throws a 422 if it is there already. */
export function createInstallation(state: State, login: string, made: NewInstallation = {}): Installation {
  const account = accountOf(state, login, made.kind ?? 'Organization');
  for (const other of state.installations.values()) {
    if (other.account === account) throw new Refusal(422, `The App is installed on ${login} already.`);
  }
  const id = state.nextId('installation');
  const at = state.now();
  const chosen = made.repositories?.map((name) => repositoryOf(state, name.includes('/') ? name : `${login}/${name}`));
  const installation: Installation = {
    id,
    nodeId: Buffer.from(`023:IntegrationInstallation${id}`).toString('base64'),
    account,
    repositories: chosen ? new Set(chosen) : 'all',
    permissions: { ...(made.permissions ?? state.app.permissions) },
    events: [...state.app.events],
    createdAt: at,
    updatedAt: at,
    suspendedAt: null,
    suspendedBy: null,
    deleted: false,
  };
  state.installations.set(id, installation);
  const sender = accountOf(state, made.by ?? 'octocat');
  const repositories = repositoriesOf(state, installation);
  announce(state, { name: 'installation', action: 'created', installation, repositories, sender });
  return installation;
}

/** Takes the App off the account; its tokens stop working. */
export function deleteInstallation(state: State, installation: Installation, by?: string): void {
  const repositories = repositoriesOf(state, installation);
  installation.deleted = true;
  state.installations.delete(installation.id);
  const sender = accountOf(state, by ?? 'octocat');
  announce(state, { name: 'installation', action: 'deleted', installation, repositories, sender });
}

/** Suspends the installation or lets it go on. */
export function setSuspended(state: State, installation: Installation, suspended: boolean, by?: string): void {
  if ((installation.suspendedAt !== null) === suspended) return;
  const sender = accountOf(state, by ?? 'octocat');
  installation.suspendedAt = suspended ? state.now() : null;
  installation.suspendedBy = suspended ? sender : null;
  installation.updatedAt = state.now();
  const repositories = repositoriesOf(state, installation);
  const action = suspended ? 'suspend' : 'unsuspend';
  announce(state, { name: 'installation', action, installation, repositories, sender });
}

/** Adds repositories to an installation of selected ones, or takes them from it. */
export function selectRepositories(
  state: State,
  installation: Installation,
  change: { add?: string[]; remove?: string[]; by?: string },
): void {
  const sender = accountOf(state, change.by ?? 'octocat');
  const selected =
    installation.repositories === 'all' ? new Set(repositoriesOf(state, installation)) : installation.repositories;
  installation.repositories = selected;
  installation.updatedAt = state.now();
  const added = (change.add ?? []).map((name) => repositoryOf(state, name)).filter((one) => !selected.has(one));
  const removed = (change.remove ?? []).map((name) => repositoryOf(state, name)).filter((one) => selected.has(one));
  for (const repository of added) selected.add(repository);
  for (const repository of removed) selected.delete(repository);
  if (added.length > 0) {
    announce(state, { name: 'installation_repositories', action: 'added', installation, repositories: added, sender });
  }
  if (removed.length > 0) {
    announce(state, {
      name: 'installation_repositories',
      action: 'removed',
      installation,
      repositories: removed,
      sender,
    });
  }
}
