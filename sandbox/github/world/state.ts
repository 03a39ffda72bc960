import { createIds, nodeId } from './ids.ts';
import type { WorldEvent } from './events.ts';
import type { Account, AccountKind, AppIdentity, Entity, Permissions, State } from './model.ts';
import { Refusal } from '../refusal.ts';

/** GitHub's rule for a login: letters, digits and single inner hyphens, at most 39. */
export const loginPattern = /^[a-z\d](?:[a-z\d]|-(?=[a-z\d])){0,38}$/i;

export type StateOptions = {
  app: { id: number; slug: string };
  permissions: Permissions;
  events: string[];
  /** Where the App's webhooks go; nowhere unless told. */
  webhook?: { url: string; secret: string };
  now: () => Date;
};

/** An empty world with the App, its owner (an organization named `platform`) and its bot. */
export function createState(options: StateOptions): State {
  const accounts = new Map<string, Account>();
  const nextId = createIds();
  const createdAt = options.now();
  const nodes = new Map<string, Entity>();
  const { id, slug } = options.app;
  const identity: AppIdentity = { kind: 'App', id, nodeId: nodeId('A', id), slug, name: slug };
  const owner = newAccount(nextId('account'), 'platform', 'Organization', createdAt);
  const state: State = {
    url: '',
    now: options.now,
    nextId,
    app: {
      identity,
      owner,
      permissions: options.permissions,
      events: options.events,
      publicKey: undefined,
      webhook: { ...(options.webhook ?? { url: '', secret: '' }) },
      createdAt,
    },
    accounts,
    otherApps: new Map(),
    registered: new Map(),
    manifestCodes: new Map(),
    repositories: new Map(),
    redirects: new Map(),
    installations: new Map(),
    nodes,
    commits: new Map(),
    blobs: new Map(),
    listeners: new Set(),
    version: 0,
  };
  accounts.set(owner.login, owner);
  nodes.set(owner.nodeId, owner).set(identity.nodeId, identity);
  return state;
}

function newAccount(id: number, login: string, kind: AccountKind, createdAt: Date): Account {
  const prefix = kind === 'Organization' ? 'O' : kind === 'Bot' ? 'BOT' : 'U';
  return { kind, id, nodeId: nodeId(prefix, id), login, createdAt, deleted: false };
}

/** The login under which the App's installations act. */
export function botLogin(state: State): string {
  return `${state.app.identity.slug}[bot]`;
}

/**
 * The account with this login, made if there is none yet: a bot for `…[bot]`, else of the given kind. Throws a 422
 * for what cannot be a login.
 */
export function accountOf(state: State, login: string, kind: AccountKind = 'User'): Account {
  const key = login.toLowerCase();
  const known = state.accounts.get(key);
  if (known) return known;
  const isBot = key.endsWith('[bot]');
  if (!loginPattern.test(isBot ? login.slice(0, -'[bot]'.length) : login)) {
    throw new Refusal(422, `"${login}" is not a login: use letters, digits and single hyphens, at most 39.`);
  }
  const made = newAccount(state.nextId('account'), login, isBot ? 'Bot' : kind, state.now());
  state.accounts.set(key, made);
  state.nodes.set(made.nodeId, made);
  return made;
}

/** Counts a change and tells those who listen. */
export function announce(state: State, event: WorldEvent): void {
  state.version += 1;
  for (const listener of state.listeners) listener(event);
}

/** Counts a change that GitHub announces to nobody. */
export function changed(state: State): void {
  state.version += 1;
}
