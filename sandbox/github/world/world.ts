import * as branches from './branches.ts';
import { commitAt, readBlob, type Changes } from './git.ts';
import { installationActs } from './installationActs.ts';
import * as labels from './labels.ts';
import type { Installation, Label, PullRequest, Repository, Role, State } from './model.ts';
import * as people from './people.ts';
import { pullActs } from './pullActs.ts';
import * as pulls from './pulls.ts';
import { reportActs } from './reportActs.ts';
import * as repositories from './repositories.ts';
import type { RepositoryRef } from './repositories.ts';
import { createState, type StateOptions } from './state.ts';
import { notFound } from '../refusal.ts';

/**
 * GitHub's contents and everything that can be done to them, synchronously. What a person or an App does comes
 * through here, so that REST, GraphQL, the pages and tests all act alike; each act announces what GitHub would.
 * `by` is a login (`octocat` unless told; the comment's author where it is about a comment). Acts throw a Refusal.
 */
export type World = ReturnType<typeof createWorld>;

/** An empty GitHub with one App. */
export function createWorld(options: StateOptions) {
  const state = createState(options);
  return {
    state,
    ...readers(state),
    ...repositoryActs(state),
    ...peopleActs(state),
    ...pullActs(state),
    ...reportActs(state),
    ...installationActs(state),
  };
}

function readers(state: State) {
  const repository = (ref: RepositoryRef): Repository => repositories.repositoryOf(state, ref);
  return {
    /** The repository of that name, old or new; throws a 404. */
    repository,
    /** All repositories, in the order of their making. */
    repositories: (): Repository[] => [...state.repositories.values()].sort((a, b) => a.id - b.id),
    /** The pull request; throws a 404. */
    pullRequest: (ref: RepositoryRef, number: number): PullRequest => pulls.pullOf(repository(ref), number),
    /** The text of a file at a branch or commit, undefined where there is none or what is there is no file. */
    fileAt: (ref: RepositoryRef, at: string, path: string): string | undefined => {
      const sha = branches.resolveRef(repository(ref), at);
      const entry = sha === undefined ? undefined : commitAt(state, sha).files.get(path);
      return entry?.mode.startsWith('100') ? readBlob(state, entry.sha).toString('utf8') : undefined;
    },
    /** The installation on this account; throws a 404. */
    installation: (login: string): Installation => {
      for (const one of state.installations.values()) {
        if (one.account.login.toLowerCase() === login.toLowerCase()) return one;
      }
      throw notFound();
    },
  };
}

function repositoryActs(state: State) {
  const at = (ref: RepositoryRef): Repository => repositories.repositoryOf(state, ref);
  return {
    createRepository: (made: repositories.NewRepository): Repository => repositories.createRepository(state, made),
    forkRepository: (ref: RepositoryRef, into: string, options?: { name?: string }): Repository =>
      repositories.forkRepository(state, ref, into, options),
    deleteRepository: (ref: RepositoryRef, by?: string): void => {
      repositories.deleteRepository(state, ref, by);
    },
    renameRepository: (ref: RepositoryRef, name: string, by?: string): Repository =>
      repositories.renameRepository(state, ref, name, by),
    editRepository: (
      ref: RepositoryRef,
      edit: Parameters<typeof repositories.editRepository>[2],
      by?: string,
    ): void => {
      repositories.editRepository(state, ref, edit, by);
    },
    /** Makes a branch at a commit or another branch (the default branch unless told); returns the commit's sha. */
    createBranch: (ref: RepositoryRef, branch: string, from?: string, by?: string): string =>
      branches.createBranch(state, at(ref), branch, from, by),
    deleteBranch: (ref: RepositoryRef, branch: string, by?: string): void => {
      branches.deleteBranch(state, at(ref), branch, by);
    },
    /**
     * Commits and pushes files, links and submodules (null deletes); makes the branch if there is none. Returns the sha.
     */
    commit: (ref: RepositoryRef, branch: string, files: Changes, message?: string, by?: string): string =>
      branches.commitFiles(state, at(ref), branch, files, { message, by }),
    /** Points a branch at a commit of the repository, as `git push` does; `force` lets it lose commits. */
    push: (ref: RepositoryRef, branch: string, sha: string, options?: { force?: boolean; by?: string }): void => {
      branches.updateBranch(state, at(ref), branch, sha, options);
    },
    /** Replaces the branch's own commits by one, a forced push. Returns the sha. */
    forcePush: (
      ref: RepositoryRef,
      branch: string,
      files: Changes,
      options?: { message?: string; by?: string },
    ): string => branches.forcePush(state, at(ref), branch, files, options),
    createLabel: (ref: RepositoryRef, label: labels.NewLabel): Label => labels.createLabel(state, at(ref), label),
    deleteLabel: (ref: RepositoryRef, name: string, by?: string): void => {
      labels.deleteLabel(state, at(ref), name, by);
    },
  };
}

function peopleActs(state: State) {
  const at = (ref: RepositoryRef): Repository => repositories.repositoryOf(state, ref);
  return {
    /** Gives a person a role in the repository; null makes an outsider of anybody. */
    setRole: (ref: RepositoryRef, login: string, role: Role | null): void => {
      people.setRole(state, at(ref), login, role);
    },
    /** The person's role as GitHub sums it up; undefined for outsiders. */
    roleOf: (ref: RepositoryRef, login: string): Role | undefined => {
      const account = state.accounts.get(login.toLowerCase());
      return account && people.roleOf(at(ref), account);
    },
    /** Deletes a person's account; what they did stays, by `ghost`, and GraphQL shows nobody there. */
    deleteAccount: (login: string): void => {
      people.deleteAccount(state, login);
    },
  };
}
