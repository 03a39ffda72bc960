import type {
  Commit,
  EventPayloadMap,
  Installation,
  InstallationEvent,
  InstallationRepositoriesEvent,
  IssueCommentEvent,
  PullRequestEvent,
  PushEvent,
  RepositoryEvent,
} from '@octokit/webhooks-types';
import type { WorldEvent } from '../world/events.ts';
import type { FileEntry, Repository, State } from '../world/model.ts';
import { ancestors, commitAt, commitsBetween } from '../world/git.ts';
import { diffFiles } from '../world/merging.ts';
import { fullName } from '../world/repositories.ts';
import { time, userShape } from '../shapes/account.ts';
import { commentShape, issueShape, labelShape, pullShape } from '../shapes/pull.ts';
import { installationShape, repositoryBrief, repositoryShape } from '../shapes/repository.ts';
import { around, type EventOf } from './around.ts';
import { checkRunPayload, checkSuitePayload, statusPayload } from './reportPayloads.ts';

/** The events this sandbox can announce to an App that subscribes to them. */
export const subscribableEvents = [
  'pull_request',
  'issue_comment',
  'push',
  'repository',
  'status',
  'check_run',
  'check_suite',
] as const;

/** The repository an event is about, undefined for those about an installation. */
export function repositoryOfEvent(event: WorldEvent): Repository | undefined {
  switch (event.name) {
    case 'pull_request':
      return event.pull.repository;
    case 'issue_comment':
      return event.comment.pull.repository;
    case 'push':
    case 'repository':
      return event.repository;
    case 'status':
      return event.status.repository;
    case 'check_run':
      return event.run.suite.repository;
    case 'check_suite':
      return event.suite.repository;
    case 'installation':
    case 'installation_repositories':
      return undefined;
  }
}

/** The body that GitHub would send for the event, as things are now. */
export function payloadOf(state: State, event: WorldEvent): EventPayloadMap[WorldEvent['name']] {
  switch (event.name) {
    case 'pull_request':
      return pullRequestPayload(state, event);
    case 'issue_comment':
      return issueCommentPayload(state, event);
    case 'push':
      return pushPayload(state, event);
    case 'repository':
      return repositoryPayload(state, event);
    case 'status':
      return statusPayload(state, event);
    case 'check_run':
      return checkRunPayload(state, event);
    case 'check_suite':
      return checkSuitePayload(state, event);
    case 'installation':
      return installationPayload(state, event);
    case 'installation_repositories':
      return installationRepositoriesPayload(state, event);
  }
}

function pullRequestPayload(state: State, event: EventOf<'pull_request'>): PullRequestEvent {
  const { pull, sender, action } = event;
  const common = {
    number: pull.number,
    pull_request: pullShape(state, pull),
    ...around(state, pull.repository, sender),
  };
  switch (action) {
    case 'synchronize':
      return { action, ...common, before: event.before ?? '', after: event.after ?? pull.headSha };
    case 'edited':
      return { action, ...common, changes: event.changes ?? {} };
    case 'labeled':
    case 'unlabeled':
    case 'opened':
    case 'closed':
    case 'reopened':
    case 'converted_to_draft':
    case 'ready_for_review':
      // The published types narrow the pull request by action, which a value made at run time cannot show.
      return {
        action,
        ...common,
        ...(event.label ? { label: labelShape(state, event.label) } : {}),
      } as PullRequestEvent;
  }
}

function issueCommentPayload(state: State, event: EventOf<'issue_comment'>): IssueCommentEvent {
  const { comment, action, sender } = event;
  const common = {
    issue: issueShape(state, comment.pull),
    comment: commentShape(state, comment),
    ...around(state, comment.pull.repository, sender),
  };
  if (action !== 'edited') return { action, ...common };
  return { action, ...common, changes: event.from === undefined ? {} : { body: { from: event.from } } };
}

function pushCommit(state: State, repository: Repository, sha: string): Commit {
  const commit = commitAt(state, sha);
  const parent = commit.parents[0];
  const changes = diffFiles(
    state,
    parent === undefined ? new Map<string, FileEntry>() : commitAt(state, parent).files,
    commit.files,
  );
  const paths = (status: string): string[] => changes.filter((one) => one.status === status).map((one) => one.path);
  const who = { name: commit.author.login, email: null, username: commit.author.login };
  return {
    id: sha,
    tree_id: commit.treeSha,
    distinct: true,
    message: commit.message,
    timestamp: time(commit.at),
    url: `${state.url}/${fullName(repository)}/commit/${sha}`,
    author: who,
    committer: who,
    added: paths('added'),
    removed: paths('removed'),
    modified: paths('modified'),
  };
}

function pushPayload(state: State, event: EventOf<'push'>): PushEvent {
  const { repository, before, after, sender } = event;
  const [created, deleted] = [/^0+$/.test(before), /^0+$/.test(after)];
  const added = deleted
    ? []
    : created
      ? [...ancestors(state, after)].slice(0, 1)
      : commitsBetween(state, before, after).map((one) => one.sha);
  // GitHub lists at most 2,048 commits in a push.
  const commits = added.slice(-2048).map((sha) => pushCommit(state, repository, sha));
  const shape = repositoryShape(state, repository);
  return {
    ref: `refs/heads/${event.ref}`,
    before,
    after,
    base_ref: null,
    created,
    deleted,
    forced: event.forced,
    compare: `${state.url}/${fullName(repository)}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits,
    head_commit: commits.at(-1) ?? null,
    pusher: { name: sender.login, email: null },
    ...around(state, repository, sender),
    repository: { ...shape, owner: { ...shape.owner, name: shape.owner.login, email: null } },
  };
}

function repositoryPayload(state: State, event: EventOf<'repository'>): RepositoryEvent {
  const common = around(state, event.repository, event.sender);
  if (event.action !== 'renamed') return { action: event.action, ...common } as RepositoryEvent;
  return { action: 'renamed', changes: { repository: { name: { from: event.from ?? '' } } }, ...common };
}

function installationPayload(state: State, event: EventOf<'installation'>): InstallationEvent {
  return {
    action: event.action,
    // The permissions' names are open here and listed there.
    installation: installationShape(state, event.installation) as Installation,
    repositories: event.repositories.map(repositoryBrief),
    requester: null,
    sender: userShape(state, event.sender),
  } as unknown as InstallationEvent;
}

function installationRepositoriesPayload(
  state: State,
  event: EventOf<'installation_repositories'>,
): InstallationRepositoriesEvent {
  const briefs = event.repositories.map(repositoryBrief);
  const installation = installationShape(state, event.installation) as Installation;
  const common = {
    installation,
    repository_selection: installation.repository_selection,
    requester: null,
    sender: userShape(state, event.sender),
  };
  return event.action === 'added'
    ? { action: 'added', ...common, repositories_added: briefs, repositories_removed: [] }
    : { action: 'removed', ...common, repositories_added: [], repositories_removed: briefs };
}
