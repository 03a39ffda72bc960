import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import { type Dispatcher, request } from 'undici';

/** A Kubernetes API under test, and what only some of them can do: cases that need it are skipped by name elsewhere. */
export type KubernetesRig = {
  readonly baseUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher?: Dispatcher;
  /**
   * Makes an image exist: `web` answers `/` on 8080, `crash` ends with an error at its start. Both run `sh -c` scripts of echo, cat,
   * sleep and exit.
   */
  readonly image?: (name: string, kind: 'web' | 'crash') => Promise<void>;
  /** Makes the creation of pods in the namespace fail for lack of quota. */
  readonly exceedQuota?: (namespace: string) => Promise<void>;
  /** Makes volumes of 1 GiB for claims of that class, where nothing makes them by itself. */
  readonly volumes?: (storageClass: string, count: number) => Promise<void>;
  /**
   * Waits until admission refuses the creation of that object in such words: it goes by caches, which hear of what is written a moment
   * later. Absent where admission reads what is written.
   */
  readonly untilRefused?: (path: string, body: Tree, says: RegExp) => Promise<void>;
  /** Makes the server forget its history. */
  readonly forgetHistory?: () => void;
};

/** JSON of unknown shape: cases look into it by path and compare. */
export type Tree = { [key: string]: unknown };

export type Answer = { readonly status: number; readonly body: Tree; readonly text: string; readonly type: string };

export type WatchEvent = { readonly type: string; readonly object: Tree };

/** How long anything may take on a busy machine. Cases end as soon as what they wait for is there. */
export const patienceMs = 180_000;

export type Calls = {
  get(path: string): Promise<Answer>;
  post(path: string, body: object): Promise<Answer>;
  put(path: string, body: object, manager?: string): Promise<Answer>;
  /** Forced server-side apply by manager `avant`; a body of text goes out as it is. */
  apply(path: string, body: object | string, query?: string): Promise<Answer>;
  /** A merge patch. */
  merge(path: string, body: object): Promise<Answer>;
  remove(path: string, options?: object): Promise<Answer>;
  /** Opens a watch; events come as they arrive. Ends with the server's end, or by `stop`. */
  watch(path: string): Promise<Watch>;
};

export type Watch = {
  readonly status: number;
  /** Reads on until the predicate holds for all events so far, or the stream ends; returns all events so far. */
  until(enough: (events: readonly WatchEvent[]) => boolean): Promise<readonly WatchEvent[]>;
  stop(): void;
};

/** Plain HTTP calls to the API, without a client library in between. */
export function callsTo({ baseUrl, headers, dispatcher }: KubernetesRig): Calls {
  const through = dispatcher === undefined ? {} : { dispatcher };
  const call = async (
    method: Dispatcher.HttpMethod,
    path: string,
    body?: object | string,
    type = 'application/json',
  ): Promise<Answer> => {
    const payload = body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) };
    const typed = body === undefined ? {} : { 'content-type': type };
    const response = await request(baseUrl + path, {
      method,
      headers: { accept: 'application/json', ...headers, ...typed },
      ...payload,
      ...through,
    });
    const text = await response.body.text();
    const isJson = String(response.headers['content-type']).startsWith('application/json');
    return {
      status: response.statusCode,
      text,
      body: isJson ? (JSON.parse(text) as Tree) : {},
      type: String(response.headers['content-type']),
    };
  };
  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, body),
    put: (path, body, manager = 'somebody') => call('PUT', `${path}?fieldManager=${manager}`, body),
    apply: (path, body, query = 'fieldManager=avant&force=true') =>
      call('PATCH', `${path}?${query}`, body, 'application/apply-patch+yaml'),
    merge: (path, body) => call('PATCH', path, body, 'application/merge-patch+json'),
    remove: (path, options) => call('DELETE', path, options),
    async watch(path) {
      const stopped = new AbortController();
      const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(patienceMs)]);
      const response = await request(baseUrl + path, { headers: { ...headers }, signal, ...through });
      return reader(response, () => {
        stopped.abort();
      });
    },
  };
}

function reader(response: Dispatcher.ResponseData, stop: () => void): Watch {
  const events: WatchEvent[] = [];
  const chunks = response.body.setEncoding('utf8')[Symbol.asyncIterator]() as AsyncIterator<string, undefined>;
  let rest = '';
  return {
    status: response.statusCode,
    async until(enough) {
      while (!enough(events)) {
        const chunk = await chunks.next();
        if (chunk.done === true) break;
        const lines = (rest + chunk.value).split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line) as WatchEvent));
      }
      return events;
    },
    stop,
  };
}

/** Returns what is at a path of keys and positions (`spec.ports.0.name`), or undefined. */
export function at(tree: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Tree | null | undefined)?.[key], tree);
}

/** Returns what is at a path, as text; '' when nothing is there. */
export function textAt(tree: unknown, path: string): string {
  const value = at(tree, path);
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

/** Returns the objects of a list. */
export function items(answer: Answer): Tree[] {
  return (answer.body['items'] ?? []) as Tree[];
}

/** Returns the names of the objects of a list, without what the cluster itself puts into each namespace. */
export function names(answer: Answer): string[] {
  return items(answer)
    .map((item) => textAt(item, 'metadata.name'))
    .filter((name) => name !== 'kube-root-ca.crt');
}

/** Asks again until the answer is there; throws with the last look when it never comes. */
export async function eventually<T>(look: () => Promise<T>, isIt: (found: T) => boolean): Promise<T> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const found = await look();
    if (isIt(found)) return found;
    if (Date.now() > end) throw new Error(`not within ${patienceMs / 1000} s; at the end: ${JSON.stringify(found)}`);
    await sleep(50);
  }
}

/** What the names of all namespaces of this run begin with. */
export const runName = `contract-${randomBytes(3).toString('hex')}`;
let count = 0;

/** Returns a name that no other case or run has. */
export function freshName(): string {
  count += 1;
  return `${runName}-${count}`;
}

/**
 * Creates a namespace that is deleted when the case ends, waits until the cluster has settled in it, and returns its name. Labels that it
 * is made with hold from the start; those that are put on later reach admission a moment later.
 */
export async function freshNamespace(t: TestContext, calls: Calls, labels: Tree = {}): Promise<string> {
  const name = freshName();
  const made = await calls.post('/api/v1/namespaces', { metadata: { name, labels } });
  if (made.status !== 201) throw new Error(`cannot create namespace ${name}: ${made.text}`);
  t.after(() => calls.remove(`/api/v1/namespaces/${name}`));
  for (const path of ['configmaps/kube-root-ca.crt', 'serviceaccounts/default'])
    await eventually(
      () => calls.get(`/api/v1/namespaces/${name}/${path}`),
      ({ status }) => status === 200,
    );
  return name;
}
