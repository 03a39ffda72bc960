import { Refusal } from '../refusal.ts';
import { roles, type Account, type Repository, type Role, type State } from './model.ts';
import { accountOf, changed } from './state.ts';

/** Who has a role in every organization's repositories without being given one: the sandbox's two regulars. */
const regulars: Readonly<Record<string, Role>> = { octocat: 'admin', ada: 'write' };

/** GitHub's account in whose name stays what deleted accounts did. */
const ghost = { login: 'ghost', id: 10_137, nodeId: 'MDQ6VXNlcjEwMTM3' };

/**
 * A person's role in a repository: the one given, else the owner's `admin`, `write` for whoever has pushed there, and
 * in an organization's that of `octocat` and `ada`. Undefined for outsiders, bots and organizations.
 */
export function roleOf(repository: Repository, account: Account): Role | undefined {
  const key = account.login.toLowerCase();
  const given = repository.roles.get(key);
  if (account.kind !== 'User' || account.deleted || given === null) return undefined;
  if (account === repository.owner) return 'admin';
  const regular = repository.owner.kind === 'Organization' ? regulars[key] : undefined;
  return given ?? regular ?? (repository.collaborators.has(key) ? 'write' : undefined);
}

/** Whether the account's role is this one or a higher one. */
export function hasRole(repository: Repository, account: Account, least: Role): boolean {
  const role = roleOf(repository, account);
  return role !== undefined && roles.indexOf(role) <= roles.indexOf(least);
}

/** Gives a person a role in a repository, or with null takes away any. */
export function setRole(state: State, repository: Repository, login: string, role: Role | null): void {
  const account = accountOf(state, login);
  if (account.kind !== 'User') throw new Refusal(422, `${login} is not a person, and only people have roles.`);
  repository.roles.set(account.login.toLowerCase(), role);
  changed(state);
}

/** Deletes a person's account. What they did stays, as done by `ghost`; the login is free again. */
export function deleteAccount(state: State, login: string): void {
  const account = accountOf(state, login);
  const owns = [...state.repositories.values()].some((repository) => repository.owner === account);
  if (account.kind !== 'User' || owns) throw new Refusal(422, `Only people without repositories can be deleted here.`);
  for (const repository of state.repositories.values()) {
    repository.roles.delete(account.login.toLowerCase());
    repository.collaborators.delete(account.login.toLowerCase());
  }
  state.accounts.delete(account.login.toLowerCase());
  state.nodes.delete(account.nodeId);
  Object.assign(account, ghost, { deleted: true });
  changed(state);
}

/** Whether the person may push to a pull request's branch: to its repository, or as a maintainer to a person's fork. */
export function mayPushTo(base: Repository, head: Repository, account: Account): boolean {
  return hasRole(head, account, 'write') || (maintainersMayPush(base, head) && hasRole(base, account, 'write'));
}

/** GitHub's "allow edits by maintainers", which is on unless told otherwise; forks of organizations have no such thing. */
export function maintainersMayPush(base: Repository, head: Repository): boolean {
  return head !== base && !head.deleted && head.owner.kind === 'User';
}
