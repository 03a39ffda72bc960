import { createInterface } from 'node:readline';
import { messageOf } from '../../core/errors.ts';
import type { KubernetesObject } from '../../core/object.ts';
import { KubernetesError, type Clock, type Log } from '../../core/ports.ts';
import type { Connection } from './connection.ts';
import { collectionPath, type Kind } from './kinds.ts';

/** The server ends a watch after about this long; then it is opened again where it stopped. */
const watchSeconds = 300;
/** A watch on which nothing came for so long (bookmarks come about once a minute) is taken for dead and opened again. */
const silentMs = 150_000;

/** What a watch tells: a complete list to start from, then every change. */
export type WatchSink = {
  replace(objects: readonly KubernetesObject[], version: string): void;
  changed(object: KubernetesObject): void;
  deleted(object: KubernetesObject): void;
};

export type Watch = {
  /** Resolves after the first complete list. */
  readonly synced: Promise<void>;
  /** Milliseconds since the API server was last heard from on this watch. */
  silence(): number;
  stop(): void;
};

type WatchEvent = { type: string; object: KubernetesObject & { code?: number; message?: string } };

/**
 * Watches one kind with our label, for ever: whatever ends a watch (the stock informer stops for good on most errors), it
 * is opened again, after a growing wait of 1 to 30 s when it failed, and from a new list when the version was too old (410).
 */
export function watchKind(of: { connection: Connection; kind: Kind; selector: string; clock: Clock; log: Log }, sink: WatchSink): Watch {
  const stopping = new AbortController();
  let heardAt = of.clock.monotonicMs();
  let version: string | undefined;
  let failures = 0;
  const first = Promise.withResolvers<undefined>();
  const heard = (): void => {
    heardAt = of.clock.monotonicMs();
  };

  async function listAll(): Promise<void> {
    const objects: KubernetesObject[] = [];
    let token = '';
    let listed = '';
    do {
      const page = (await of.connection.call({ method: 'GET', path: `${collectionPath(of.kind, undefined)}?${query({ limit: '500', continue: token })}` })) as {
        metadata: { resourceVersion: string; continue?: string };
        items: KubernetesObject[];
      };
      objects.push(...page.items.map((item) => slim({ ...item, apiVersion: of.kind.apiVersion, kind: of.kind.kind })));
      listed = page.metadata.resourceVersion;
      token = page.metadata.continue ?? '';
    } while (token !== '');
    heard();
    version = listed;
    sink.replace(objects, listed);
    first.resolve(undefined);
  }

  function query(extra: Record<string, string>): string {
    const entries = Object.entries({ labelSelector: of.selector, ...extra }).filter(([, value]) => value !== '');
    return new URLSearchParams(entries).toString();
  }

  async function follow(): Promise<void> {
    const opened = new AbortController();
    const watchdog = setInterval(() => {
      if (of.clock.monotonicMs() - heardAt > silentMs) opened.abort(new Error('nothing heard on the watch'));
    }, 5_000);
    const signal = AbortSignal.any([stopping.signal, opened.signal]);
    try {
      const path = `${collectionPath(of.kind, undefined)}?${query({ watch: '1', allowWatchBookmarks: 'true', timeoutSeconds: String(watchSeconds), resourceVersion: version ?? '' })}`;
      const openedAt = of.clock.monotonicMs();
      let events = 0;
      const response = await of.connection.stream(path, signal);
      for await (const line of createInterface({ input: response.body })) {
        heard();
        take(JSON.parse(line) as WatchEvent);
        failures = 0;
        events += 1;
      }
      if (events === 0 && of.clock.monotonicMs() - openedAt < 1_000) throw new Error('the watch ended at once');
    } finally {
      clearInterval(watchdog);
      opened.abort();
    }
  }

  function take(event: WatchEvent): void {
    if (event.type === 'ERROR') throw new KubernetesError(event.object.message ?? 'watch error', event.object.code ?? 0, '');
    version = event.object.metadata.resourceVersion;
    if (event.type === 'BOOKMARK') return;
    const object = slim(event.object);
    if (event.type === 'DELETED') sink.deleted(object);
    else sink.changed(object);
  }

  const stopped = (): boolean => stopping.signal.aborted;

  async function run(): Promise<void> {
    while (!stopped()) {
      try {
        if (version === undefined) await listAll();
        await follow();
      } catch (error) {
        if (stopped()) return;
        if (error instanceof KubernetesError && error.status === 410) version = undefined;
        else await backOff(error);
      }
    }
  }

  async function backOff(error: unknown): Promise<void> {
    failures += 1;
    if (failures > 3) version = undefined;
    const waitMs = Math.min(30_000, 1_000 * 2 ** (failures - 1)) * (0.5 + Math.random() / 2);
    of.log.warn({ kind: of.kind.kind, waitMs: Math.round(waitMs), error: messageOf(error) }, 'the watch failed and will be opened again');
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, waitMs);
      stopping.signal.addEventListener('abort', () => {
        clearTimeout(timer);
        resolve();
      }, { once: true });
    });
  }

  void run();
  return {
    synced: first.promise,
    silence: () => of.clock.monotonicMs() - heardAt,
    stop: () => {
      stopping.abort();
    },
  };
}

/** Drops what is never looked at and is most of an object's size, and what a Secret holds: nobody has to keep that in memory. */
export function slim(object: KubernetesObject): KubernetesObject {
  const { managedFields: _dropped, ...metadata } = object.metadata as KubernetesObject['metadata'] & { managedFields?: unknown };
  const { data, ...rest } = object;
  return { ...rest, metadata, ...(data === undefined || object.kind === 'Secret' ? {} : { data }) };
}
