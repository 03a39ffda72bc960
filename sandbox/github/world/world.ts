import * as branches from './branches.ts';
import * as checks from './checks.ts';
import * as comments from './comments.ts';
import * as deployments from './deployments.ts';
import type { Changes } from './git.ts';
import { commitAt, readBlob } from './git.ts';
import * as installations from './installations.ts';
import * as labels from './labels.ts';
import type {
  CheckRun,
  Comment,
  Deployment,
  DeploymentStatus,
  Installation,
  Label,
  PullRequest,
  Repository,
  State,
} from './model.ts';
import * as pulls from './pulls.ts';
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
    /** The text of a file at a branch or commit, undefined where there is none. */
    fileAt: (ref: RepositoryRef, at: string, path: string): string | undefined => {
      const sha = branches.resolveRef(repository(ref), at);
      const blob = sha === undefined ? undefined : commitAt(state, sha).files.get(path);
      return blob === undefined ? undefined : readBlob(state, blob).toString('utf8');
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
    /** Commits and pushes files (null deletes one); makes the branch if there is none. Returns the sha. */
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

function pullActs(state: State) {
  const at = (ref: RepositoryRef, number: number): PullRequest =>
    pulls.pullOf(repositories.repositoryOf(state, ref), number);
  return {
    /** Opens a pull request and returns its number. */
    openPullRequest: (made: pulls.NewPullRequest): number => pulls.openPullRequest(state, made).number,
    /** Puts a label on, making it if the repository lacks it. */
    addLabel: (ref: RepositoryRef, number: number, name: string, by?: string): Label =>
      labels.addLabel(state, at(ref, number), name, by),
    removeLabel: (ref: RepositoryRef, number: number, name: string, by?: string): void => {
      labels.removeLabel(state, at(ref, number), name, by);
    },
    close: (ref: RepositoryRef, number: number, by?: string): void => {
      pulls.closePullRequest(state, at(ref, number), by);
    },
    reopen: (ref: RepositoryRef, number: number, by?: string): void => {
      pulls.reopenPullRequest(state, at(ref, number), by);
    },
    /** Merges and returns the merge commit's sha. */
    merge: (ref: RepositoryRef, number: number, options?: Parameters<typeof pulls.mergePullRequest>[2]): string =>
      pulls.mergePullRequest(state, at(ref, number), options),
    setDraft: (ref: RepositoryRef, number: number, draft: boolean, by?: string): void => {
      pulls.setDraft(state, at(ref, number), draft, by);
    },
    editPullRequest: (
      ref: RepositoryRef,
      number: number,
      edit: { title?: string; body?: string },
      by?: string,
    ): void => {
      pulls.editPullRequest(state, at(ref, number), edit, by);
    },
    comment: (ref: RepositoryRef, number: number, body: string, by?: string): Comment =>
      comments.addComment(state, at(ref, number), body, by),
    editComment: (comment: Comment, body: string, by?: string): void => {
      comments.editComment(state, comment, body, by);
    },
    deleteComment: (comment: Comment, by?: string): void => {
      comments.deleteComment(state, comment, by);
    },
    minimizeComment: (comment: Comment, reason: string | null): void => {
      comments.minimizeComment(state, comment, reason);
    },
  };
}

function reportActs(state: State) {
  const at = (ref: RepositoryRef): Repository => repositories.repositoryOf(state, ref);
  return {
    createCheckRun: (ref: RepositoryRef, made: Parameters<typeof checks.createCheckRun>[2]): CheckRun =>
      checks.createCheckRun(state, at(ref), made),
    updateCheckRun: (run: CheckRun, edit: checks.CheckEdit): void => {
      checks.updateCheckRun(state, run, edit);
    },
    createDeployment: (ref: RepositoryRef, made: deployments.NewDeployment): Deployment | deployments.AutoMerged =>
      deployments.createDeployment(state, at(ref), made),
    createDeploymentStatus: (deployment: Deployment, made: deployments.NewDeploymentStatus): DeploymentStatus =>
      deployments.createDeploymentStatus(state, deployment, made),
  };
}

function installationActs(state: State) {
  return {
    createInstallation: (login: string, made?: installations.NewInstallation): Installation =>
      installations.createInstallation(state, login, made),
    deleteInstallation: (installation: Installation, by?: string): void => {
      installations.deleteInstallation(state, installation, by);
    },
    suspendInstallation: (installation: Installation, by?: string): void => {
      installations.setSuspended(state, installation, true, by);
    },
    unsuspendInstallation: (installation: Installation, by?: string): void => {
      installations.setSuspended(state, installation, false, by);
    },
    selectRepositories: (
      installation: Installation,
      change: { add?: string[]; remove?: string[]; by?: string },
    ): void => {
      installations.selectRepositories(state, installation, change);
    },
  };
}
