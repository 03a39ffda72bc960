import type { Account, Comment, Installation, Label, PullRequest, Repository } from './model.ts';
import type { CheckRun, CheckSuite, CommitStatus } from './reportModel.ts';

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
  | { name: 'status'; status: CommitStatus }
  | { name: 'check_run'; action: 'created' | 'completed'; run: CheckRun }
  | { name: 'check_suite'; action: 'requested' | 'completed'; suite: CheckSuite }
  | {
      name: 'installation';
      action: 'created' | 'deleted' | 'suspend' | 'unsuspend' | 'new_permissions_accepted';
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
