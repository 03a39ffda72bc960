import type { ServerResponse } from 'node:http';
import { asJson, type JsonObject, type KubernetesObject } from './objects.ts';
import { matcherOf, versionOf } from './reads.ts';
import { expired, Refusal } from './refusals.ts';
import type { Resource } from './resources.ts';
import type { Matcher } from './selectors.ts';
import type { Store, StoreEvent } from './store.ts';

/** How often a watch that asked for bookmarks gets one; the real server does it about every minute. */
const bookmarkMs = 60_000;
/** A watch without timeoutSeconds ends by itself after this long (the real server takes 30 to 60 minutes). */
const longestWatchMs = 30 * 60_000;

/** The watches that are open, for tests that take them away. */
export type Watches = {
  open(): number;
  /** Cuts the connection of every open watch. */
  cut(): void;
  /** Leaves every open watch connected and says nothing on it any more, as a half-open connection does. */
  freeze(): void;
};

type OpenWatch = { readonly response: ServerResponse; frozen: boolean };

/** Returns no watches, and the set that `watch` keeps them in. */
export function createWatches(): { watches: Watches; all: Set<OpenWatch> } {
  const all = new Set<OpenWatch>();
  const watches: Watches = {
    open: () => all.size,
    cut() {
      for (const { response } of all) response.destroy();
    },
    freeze() {
      for (const one of all) one.frozen = true;
    },
  };
  return { watches, all };
}

type WatchRequest = {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly query: URLSearchParams;
};

/**
 * Answers a watch: JSON lines, from the given resourceVersion on, or with the present state first when none (or 0) is given.
 * A version whose history is forgotten gets an ERROR event with a 410 Status, then the end. Throws a 400 for a bad query.
 */
export function watch(store: Store, asked: WatchRequest, response: ServerResponse, all: Set<OpenWatch>): void {
  const { query, resource } = asked;
  const matches = matcherOf(query, resource);
  const from = versionOf(query);
  const initial = from === 0 || isTrue(query.get('sendInitialEvents'));
  const self: OpenWatch = { response, frozen: false };
  const send: Send = (type, object) => {
    // Between the cut of a connection and its end, writes would be errors.
    if (!self.frozen && !response.destroyed) response.write(`${JSON.stringify({ type, object })}\n`);
  };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  try {
    const past = initial ? [] : store.since(from);
    for (const event of past) sendEvent(send, asked, matches, event);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    send('ERROR', expired(error.message).status);
    response.end();
    return;
  }
  if (initial) sendState(store, send, asked, matches);
  const unsubscribe = store.subscribe((event) => {
    // A version from the future (the sandbox was restarted): the real server stays silent up to it as well.
    if (initial || event.revision > from) sendEvent(send, asked, matches, event);
  });
  all.add(self);
  const stopClock = startClock(store, send, asked, self);
  response.on('close', () => {
    unsubscribe();
    stopClock();
    all.delete(self);
  });
}

type Send = (type: string, object: JsonObject) => void;

function sendEvent(send: Send, { resource, namespace }: WatchRequest, matches: Matcher, event: StoreEvent): void {
  const elsewhere = namespace !== undefined && event.object.metadata.namespace !== namespace;
  if (event.resource !== resource || elsewhere) return;
  const seen = asSeen(event, matches);
  if (seen !== undefined) send(seen.type, asJson(seen.object));
}

function sendState(store: Store, send: Send, asked: WatchRequest, matches: Matcher): void {
  const { resource, namespace, query } = asked;
  for (const object of store.list(resource, namespace).filter(matches)) send('ADDED', asJson(object));
  const marked = isTrue(query.get('allowWatchBookmarks')) && query.get('resourceVersion') !== '0';
  if (marked) sendBookmark(store, send, asked, { annotations: { 'k8s.io/initial-events-end': 'true' } });
}

function sendBookmark(store: Store, send: Send, { resource }: WatchRequest, more: JsonObject = {}): void {
  const metadata = { resourceVersion: String(store.revision()), ...more };
  send('BOOKMARK', { kind: resource.kind, apiVersion: resource.apiVersion, metadata });
}

/** Sends bookmarks from time to time and ends the watch after its time, with a last one; returns the way to stop both. */
function startClock(store: Store, send: Send, asked: WatchRequest, self: OpenWatch): () => void {
  const bookmark = (): void => {
    if (isTrue(asked.query.get('allowWatchBookmarks'))) sendBookmark(store, send, asked);
  };
  const end = (): void => {
    bookmark();
    if (!self.frozen) self.response.end();
  };
  const seconds = Number(asked.query.get('timeoutSeconds') ?? 0);
  const beat = setInterval(bookmark, bookmarkMs).unref();
  const timer = setTimeout(end, seconds > 0 ? seconds * 1000 : longestWatchMs).unref();
  return () => {
    clearInterval(beat);
    clearTimeout(timer);
  };
}

/**
 * What a watch with a selector sees of a write: an object that enters the selection is ADDED, one that leaves it is DELETED, with
 * its last selected state and the resourceVersion of the write.
 */
function asSeen(
  { type, object, previous }: StoreEvent,
  matches: Matcher,
): { type: string; object: KubernetesObject } | undefined {
  const was = previous !== undefined && matches(previous);
  const is = type !== 'DELETED' && matches(object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was) return undefined;
  return {
    type: 'DELETED',
    object: { ...previous, metadata: { ...previous.metadata, resourceVersion: object.metadata.resourceVersion } },
  };
}

/** Query flags come as 1 or true. */
function isTrue(flag: string | null): boolean {
  return flag === '1' || flag === 'true';
}
