import * as checks from './checks.ts';
import * as deployments from './deployments.ts';
import type { AppIdentity, Repository, State } from './model.ts';
import type { CheckRun, CommitStatus, Deployment, DeploymentStatus } from './reportModel.ts';
import { repositoryOf, type RepositoryRef } from './repositories.ts';
import * as statuses from './statuses.ts';

/** What CI and Apps report. */
export function reportActs(state: State) {
  const at = (ref: RepositoryRef): Repository => repositoryOf(state, ref);
  return {
    /** Reports a commit status as CI does, by `jenkins[bot]` unless told; `sha` may be a branch or `pull/N/head`. */
    setStatus: (ref: RepositoryRef, made: statuses.NewStatus): CommitStatus => statuses.setStatus(state, at(ref), made),
    /** An App that is not ours, by its slug. */
    otherApp: (slug: string): AppIdentity => checks.otherApp(state, slug),
    /** Starts a check run, by our App unless `app` is another or its slug. */
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
