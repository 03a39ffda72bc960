import type { Repository as RepositoryPayload } from '@octokit/webhooks-types';
import type { components } from '@octokit/openapi-types';
import type { Installation, Repository, State } from '../world/model.ts';
import { fullName } from '../world/repositories.ts';
import { apiUrl, time, timeOrNull, userShape } from './account.ts';

/** The few words of `installation` payloads about a repository. */
export function repositoryBrief(repository: Repository) {
  return {
    id: repository.id,
    node_id: repository.nodeId,
    name: repository.name,
    full_name: fullName(repository),
    private: repository.private,
  };
}

function repositoryUrls(url: string) {
  return {
    url,
    forks_url: `${url}/forks`,
    keys_url: `${url}/keys{/key_id}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    teams_url: `${url}/teams`,
    hooks_url: `${url}/hooks`,
    issue_events_url: `${url}/issues/events{/number}`,
    events_url: `${url}/events`,
    assignees_url: `${url}/assignees{/user}`,
    branches_url: `${url}/branches{/branch}`,
    tags_url: `${url}/tags`,
    blobs_url: `${url}/git/blobs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    trees_url: `${url}/git/trees{/sha}`,
    statuses_url: `${url}/statuses/{sha}`,
    languages_url: `${url}/languages`,
    stargazers_url: `${url}/stargazers`,
    contributors_url: `${url}/contributors`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    commits_url: `${url}/commits{/sha}`,
    git_commits_url: `${url}/git/commits{/sha}`,
    comments_url: `${url}/comments{/number}`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    contents_url: `${url}/contents/{+path}`,
    compare_url: `${url}/compare/{base}...{head}`,
    merges_url: `${url}/merges`,
    archive_url: `${url}/{archive_format}{/ref}`,
    downloads_url: `${url}/downloads`,
    issues_url: `${url}/issues{/number}`,
    pulls_url: `${url}/pulls{/number}`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    labels_url: `${url}/labels{/name}`,
    releases_url: `${url}/releases{/id}`,
    deployments_url: `${url}/deployments`,
  };
}

/** Counted without a copy: this runs three times for every webhook, over thousands of pull requests. */
function count<Item>(items: Iterable<Item>, fits: (item: Item) => boolean): number {
  let found = 0;
  for (const item of items) if (fits(item)) found += 1;
  return found;
}

/** A repository as webhooks show it, and REST where it is part of something else. */
export function repositoryShape(state: State, repository: Repository): RepositoryPayload {
  const name = fullName(repository);
  const html = `${state.url}/${name}`;
  const open = count(repository.pulls.values(), (pull) => pull.state === 'open');
  const forks = count(state.repositories.values(), (one) => one.parent === repository);
  return {
    ...repositoryBrief(repository),
    ...repositoryUrls(apiUrl(state, `/repos/${name}`)),
    owner: userShape(state, repository.owner),
    html_url: html,
    description: repository.description,
    fork: repository.parent !== null,
    created_at: time(repository.createdAt),
    updated_at: time(repository.updatedAt),
    pushed_at: time(repository.pushedAt),
    git_url: `${html.replace(/^http/, 'git')}.git`,
    ssh_url: `git@${new URL(state.url).hostname}:${name}.git`,
    clone_url: `${html}.git`,
    svn_url: html,
    homepage: null,
    size: 0,
    stargazers_count: 0,
    watchers_count: 0,
    language: null,
    has_issues: true,
    has_projects: false,
    has_downloads: false,
    has_wiki: false,
    has_pages: false,
    forks_count: forks,
    mirror_url: null,
    archived: repository.archived,
    disabled: false,
    open_issues_count: open,
    license: null,
    forks,
    open_issues: open,
    watchers: 0,
    default_branch: repository.defaultBranch,
    allow_squash_merge: true,
    allow_merge_commit: true,
    allow_rebase_merge: false,
    delete_branch_on_merge: false,
    allow_forking: true,
    is_template: false,
    web_commit_signoff_required: false,
    topics: [],
    visibility: repository.private ? 'private' : 'public',
    custom_properties: {},
  };
}

/** A repository as `GET /repos/…` shows it to somebody who may push or only read. */
export function fullRepositoryShape(state: State, repository: Repository, mayPush: boolean) {
  return {
    ...repositoryShape(state, repository),
    permissions: { admin: mayPush, maintain: mayPush, push: mayPush, triage: mayPush, pull: true },
    ...(repository.parent ? { parent: repositoryShape(state, repository.parent) } : {}),
  };
}

type InstallationShape = Pick<
  components['schemas']['installation'],
  | 'id'
  | 'repository_selection'
  | 'app_id'
  | 'app_slug'
  | 'target_id'
  | 'html_url'
  | 'access_tokens_url'
  | 'repositories_url'
>;

/** An installation as REST and webhooks show it. */
export function installationShape(state: State, installation: Installation) {
  const base: InstallationShape = {
    id: installation.id,
    repository_selection: installation.repositories === 'all' ? 'all' : 'selected',
    access_tokens_url: apiUrl(state, `/app/installations/${installation.id}/access_tokens`),
    repositories_url: apiUrl(state, '/installation/repositories'),
    html_url: `${state.url}/settings/installations/${installation.id}`,
    app_id: state.app.identity.id,
    app_slug: state.app.identity.slug,
    target_id: installation.account.id,
  };
  return {
    ...base,
    account: userShape(state, installation.account),
    target_type: installation.account.kind === 'Organization' ? ('Organization' as const) : ('User' as const),
    permissions: installation.permissions,
    events: installation.events as 'pull_request'[],
    created_at: time(installation.createdAt),
    updated_at: time(installation.updatedAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: installation.suspendedBy ? userShape(state, installation.suspendedBy) : null,
    suspended_at: timeOrNull(installation.suspendedAt),
  };
}
