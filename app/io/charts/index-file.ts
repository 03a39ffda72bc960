import type { Log } from '../../core/ports.ts';
import type { Connections } from '../registry/connection.ts';
import type { RepositoryLimits } from '../render/limits.ts';
import { download } from './download.ts';
import type { IndexEntry } from './index-entry.ts';
import { identityOf, RepositoryTrouble, type RemoteChart } from './remote-chart.ts';

/** Looks a version up in the bytes of an index, where that can be stopped; throws when it was. */
export type ReadEntry = (index: Uint8Array, chart: RemoteChart) => Promise<IndexEntry>;

/** The `index.yaml` of one chart repository. */
export type Index = {
  /**
   * Returns what it says of a chart, by an index that is no older than `ageMs` (unless told, the limit). Throws a RepositoryTrouble
   * when it cannot be read, and nothing is known of the chart from before.
   */
  entry(chart: RemoteChart, ageMs?: number): Promise<Entry>;
};

type Entry = Exclude<IndexEntry, { readonly kind: 'unreadable' }>;

type Options = { readonly limits: RepositoryLimits; readonly readEntry: ReadEntry; readonly log: Log; readonly connections: Connections };

/** An index as it was read; times are on the monotonic clock, in ms. */
type Content = { readonly body: Uint8Array; readonly etag: string | undefined; readonly entries: Map<string, Looked>; readonly readAt: number };

/** `until`: how long what could not be read is not read again. */
type Looked = { readonly entry: Promise<Entry>; until: number };

type State = Options & {
  readonly repository: string;
  /** What was found last, by chart. */
  readonly said: Map<string, Entry>;
  content: Content | undefined;
  failed: { readonly error: Error; readonly until: number } | undefined;
  running: Promise<Content> | undefined;
};

/** More versions than all previews of a platform use. */
const mostEntries = 1_000;

/** Returns the index of a repository; it is asked for when somebody needs it. */
export function openIndex(repository: string, options: Options): Index {
  const state: State = { ...options, repository, said: new Map(), content: undefined, failed: undefined, running: undefined };
  return { entry: (chart, ageMs = options.limits.keptMs) => entry(chart, ageMs, state) };
}

async function entry(chart: RemoteChart, ageMs: number, state: State): Promise<Entry> {
  const { limits, said } = state;
  const id = identityOf(chart);
  try {
    const found = await entryIn(await contentOf(ageMs, state), chart, state);
    if (found.kind === 'found') {
      if (said.size >= mostEntries) said.clear();
      said.set(id, found);
      return found;
    }
    // It may have been published a moment ago.
    if (ageMs > limits.againMs) return await entry(chart, limits.againMs, state);
    said.delete(id);
    return found;
  } catch (error) {
    const known = said.get(id);
    if (!known) throw error;
    return known;
  }
}

/** Returns the index, asked for anew where the one there is is older. Everybody waits for the same answer. */
async function contentOf(ageMs: number, state: State): Promise<Content> {
  const { content, failed, limits } = state;
  if (content && performance.now() - content.readAt <= ageMs) return content;
  if (failed && failed.until > performance.now()) throw failed.error;
  state.running ??= read(state)
    .then(
      (read) => {
        state.failed = undefined;
        return (state.content = read);
      },
      (error: unknown) => {
        state.log.warn({ repository: state.repository, error: error instanceof Error ? error.message : String(error) }, 'a chart repository could not be read');
        if (error instanceof Error) state.failed = { error, until: performance.now() + limits.againMs };
        throw error;
      },
    )
    .finally(() => (state.running = undefined));
  return state.running;
}

async function read({ repository, content: before, limits, connections }: State): Promise<Content> {
  const base = new URL(`${repository}/`);
  const answer = await download({ url: new URL('index.yaml', base), base, mostBytes: limits.indexBytes, ms: limits.downloadMs, etag: before?.etag }, connections);
  const readAt = performance.now();
  const trouble = (why: string): RepositoryTrouble => new RepositoryTrouble(`The chart repository ${repository} cannot be read: ${why}`);
  switch (answer.kind) {
    case 'read': {
      const same = before && Buffer.compare(before.body, answer.body) === 0;
      return { body: answer.body, etag: answer.etag, entries: same ? before.entries : new Map<string, Looked>(), readAt };
    }
    case 'unchanged':
      if (!before) throw trouble('it answers 304');
      return { ...before, readAt };
    case 'absent':
      throw trouble('it has no index.yaml');
    case 'too long':
      throw trouble(`its index.yaml is larger than ${limits.indexBytes / 1024 / 1024} MiB`);
    case 'elsewhere':
      throw trouble(`it redirects to ${answer.where}, where nothing is fetched from. An administrator may list the address that it leads to`);
  }
}

function entryIn({ entries, body }: Content, chart: RemoteChart, { readEntry, repository, limits }: State): Promise<Entry> {
  const id = identityOf(chart);
  const known = entries.get(id);
  if (known && known.until > performance.now()) return known.entry;
  if (entries.size >= mostEntries) entries.clear();
  const entry = readEntry(body, chart).then((found) => {
    if (found.kind === 'unreadable') throw new RepositoryTrouble(`The index.yaml of the chart repository ${repository} cannot be read: ${found.why}`);
    return found;
  });
  const looked: Looked = { entry, until: Infinity };
  entries.set(id, looked);
  entry.catch(() => (looked.until = performance.now() + limits.againMs));
  return entry;
}
