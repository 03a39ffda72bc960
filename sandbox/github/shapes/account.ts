import type { AppIdentity, Account, RegisteredApp, State } from '../world/model.ts';
import type { App, User } from '@octokit/webhooks-types';

/** GitHub's times have whole seconds. */
export function time(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Like time; null stays null. */
export function timeOrNull(date: Date | null): string | null {
  return date === null ? null : time(date);
}

/** An address under the REST API. */
export function apiUrl(state: State, path: string): string {
  return `${state.url}/api/v3${path}`;
}

/** Where people find an account; a bot's is its App's page. */
export function accountUrl(state: State, account: Account): string {
  return account.kind === 'Bot'
    ? `${state.url}/apps/${account.login.replace('[bot]', '')}`
    : `${state.url}/${account.login}`;
}

/** The picture that the sandbox draws for an account. */
export function avatarUrl(state: State, account: Account): string {
  return `${state.url}/avatars/${encodeURIComponent(account.login)}.svg`;
}

/** An account as REST (`simple-user`) and webhooks (`User`) show it. */
export function userShape(state: State, account: Account): User {
  const url = apiUrl(state, `/users/${encodeURIComponent(account.login)}`);
  return {
    login: account.login,
    id: account.id,
    node_id: account.nodeId,
    avatar_url: avatarUrl(state, account),
    gravatar_id: '',
    url,
    html_url: accountUrl(state, account),
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.kind,
    site_admin: false,
  };
}

/** An App as REST shows it (`integration`); its own permissions are known for ours only. */
export function appShape(state: State, app: AppIdentity) {
  const ours = app === state.app.identity;
  return {
    id: app.id,
    slug: app.slug,
    node_id: app.nodeId,
    owner: userShape(state, state.app.owner),
    name: app.name,
    description: '',
    external_url: state.url,
    html_url: `${state.url}/apps/${app.slug}`,
    created_at: time(state.app.createdAt),
    updated_at: time(state.app.createdAt),
    permissions: ours ? state.app.permissions : {},
    events: ours ? (state.app.events as NonNullable<App['events']>) : [],
  } satisfies App;
}

/** An App that was registered from a manifest, as REST shows it. */
export function registeredShape(state: State, app: RegisteredApp) {
  const { description, url, permissions, events } = app.manifest;
  return {
    ...appShape(state, app.identity),
    owner: userShape(state, app.owner),
    description,
    external_url: url,
    created_at: time(app.createdAt),
    updated_at: time(app.createdAt),
    permissions,
    events: events as NonNullable<App['events']>,
  } satisfies App;
}
