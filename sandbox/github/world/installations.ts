import type { AccountKind, Installation, Permissions, Repository, State } from './model.ts';
import { Refusal } from '../refusal.ts';
import { covers, repositoryOf } from './repositories.ts';
import { accountOf, announce, changed } from './state.ts';

export type NewInstallation = {
  /** Names of the repositories; all, also later ones, unless told. */
  repositories?: string[];
  /** What it grants, such as an older version of the App asked for; all that the App asks for unless told. */
  permissions?: Permissions;
  /** What it is told of; what the App asks for as far as the permissions go, unless told. */
  events?: string[];
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
  const permissions = made.permissions ?? state.app.permissions;
  const chosen = made.repositories?.map((name) => repositoryOf(state, name.includes('/') ? name : `${login}/${name}`));
  const installation: Installation = {
    id,
    nodeId: Buffer.from(`023:IntegrationInstallation${id}`).toString('base64'),
    account,
    repositories: chosen ? new Set(chosen) : 'all',
    permissions: { ...permissions },
    events: made.events ?? state.app.events.filter((event) => allowsEvent(permissions, event)),
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

/** The permission that GitHub wants for each event (docs.github.com, "Webhook events and payloads"). */
const needOfEvent: Readonly<Record<string, string>> = {
  check_run: 'checks',
  check_suite: 'checks',
  issue_comment: 'issues',
  pull_request: 'pull_requests',
  push: 'contents',
  repository: 'metadata',
  status: 'statuses',
};

/** Whether who grants these permissions can be told of the event. */
export function allowsEvent(permissions: Permissions, event: string): boolean {
  const need = needOfEvent[event];
  return need === 'metadata' || (need !== undefined && permissions[need] !== undefined);
}

/** The events that the permissions do not go with; GitHub refuses an App that asks for those. */
export function unsupportedEvents(permissions: Permissions, events: readonly string[]): string[] {
  return events.filter((event) => !allowsEvent(permissions, event));
}

/**
 * Changes what the App asks for. Installations keep what they granted until somebody accepts; what they are told of
 * goes along at once as far as that goes. Throws a 422 as GitHub does for events without their permission.
 */
export function changeApp(state: State, asked: { permissions?: Permissions; events?: string[] }): void {
  const permissions = asked.permissions ?? state.app.permissions;
  const events = asked.events ?? state.app.events;
  const unsupported = unsupportedEvents(permissions, events);
  if (unsupported.length > 0) {
    throw new Refusal(422, `Default events are not supported by permissions: ${unsupported.join(', ')}`);
  }
  state.app.permissions = { ...permissions };
  state.app.events = [...events];
  for (const installation of state.installations.values()) {
    installation.events = events.filter((event) => allowsEvent(installation.permissions, event));
  }
  changed(state);
}

/** Grants all that the App asks for. Nothing happens if it is granted already. */
export function acceptPermissions(state: State, installation: Installation, by?: string): void {
  const sender = accountOf(state, by ?? 'octocat');
  if (missingPermissions(state, installation).length === 0) return;
  installation.permissions = { ...state.app.permissions };
  installation.events = [...state.app.events];
  installation.updatedAt = state.now();
  const repositories = repositoriesOf(state, installation);
  announce(state, { name: 'installation', action: 'new_permissions_accepted', installation, repositories, sender });
}

/** What the App asks for and the installation has not granted, as `name: level`. */
export function missingPermissions(state: State, installation: Installation): string[] {
  return Object.entries(state.app.permissions)
    .filter(([name, level]) => {
      const granted = installation.permissions[name];
      return granted === undefined || (level === 'write' && granted !== 'write');
    })
    .map(([name, level]) => `${name}: ${level}`);
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
