import { formatKey, parseKey, type PullRequestKey } from '../core/key.ts';
import { messageOf } from '../core/errors.ts';
import { names, sha256, type KubernetesObject } from '../core/object.ts';
import type { RepositoryListing } from '../core/ports.ts';
import type { Outcome } from '../core/queue.ts';
import type { Deps } from './deps.ts';

/** Repositories in one query: with 100 pull requests each it stays far below GitHub's 500,000 nodes a call. */
const batch = 20;

/**
 * Looks at everything, so that lost webhooks cost time and nothing else: all open labelled pull requests, all records, all our
 * namespaces. It only asks for work where something differs, and never concludes from a list that something is gone.
 */
export async function resync(deps: Deps, namespaces: () => readonly KubernetesObject[]): Promise<Outcome> {
  const installations = await deps.github.installations();
  const reached = new Set<string>();
  for (const { id, suspended } of installations) {
    if (suspended) continue;
    try {
      for (const key of await resyncInstallation(id, deps)) reached.add(key);
    } catch (error) {
      deps.log.warn({ installation: id, error: messageOf(error) }, 'an installation could not be read; its previews stay as they are');
    }
  }
  await askForTheRest(reached, namespaces(), deps);
  return { againMs: deps.platform().resyncMs };
}

/** Looks at every repository of an installation; returns the keys of the pull requests that it found. */
export async function resyncInstallation(installation: number, deps: Deps): Promise<readonly string[]> {
  const repositories = await deps.github.repositories(installation);
  const found: string[] = [];
  for (let start = 0; start < repositories.length; start += batch) {
    found.push(...(await resyncRepositories(installation, repositories.slice(start, start + batch), deps)));
  }
  return found;
}

/** Looks at some repositories; asks for each open labelled pull request that differs from its record, and for the label where it is missing. */
export async function resyncRepositories(installation: number, repositories: readonly string[], deps: Deps): Promise<readonly string[]> {
  const { label, tenants, check } = deps.platform();
  const labels = check === 'always' ? undefined : [label, ...tenants.map((tenant) => `${label}/${tenant}`)];
  const listings = await deps.github.openPullRequests(installation, repositories, labels);
  const found: string[] = [];
  for (const listing of listings) {
    await ensureLabel(installation, listing, deps);
    for (const pullRequest of listing.pullRequests) {
      const key = { installation, repository: listing.repository, number: pullRequest.number };
      found.push(formatKey(key));
      if (differs(key, pullRequest, deps)) await deps.ask({ kind: 'pull-request', key }, { changed: true });
    }
  }
  return found;
}

async function ensureLabel(installation: number, listing: RepositoryListing, deps: Deps): Promise<void> {
  if (listing.hasLabel) return;
  const wait = await deps.budget.take(installation, 'write');
  // The next pass makes up for a label that there was no budget for.
  if (wait > 0) return;
  const { owner, name } = listing;
  await deps.github.createLabel({ installation, owner, name }, deps.platform().label).catch((error: unknown) => {
    deps.log.warn({ repository: `${owner}/${name}`, error: messageOf(error) }, 'the label could not be created');
  });
}

function differs(key: PullRequestKey, listed: RepositoryListing['pullRequests'][number], deps: Deps): boolean {
  const record = deps.records.get(key)?.record;
  if (!record) return true;
  const facts = record.facts.pullRequest;
  const same = (a: readonly string[], b: readonly string[]): boolean => [...a].sort().join('\n') === [...b].sort().join('\n');
  return facts.state !== 'open' || facts.headSha !== listed.headSha || !same(facts.labels, listed.labels) || listed.lastCommand > record.intent.lastCommand;
}

/** What no list showed is read one by one; only that read is evidence. */
async function askForTheRest(reached: ReadonlySet<string>, namespaces: readonly KubernetesObject[], deps: Deps): Promise<void> {
  for (const { record } of deps.records.list()) {
    const id = formatKey(record.key);
    // What CI says is in no list; of what a list shows as it was, and of what has no label, each is read on its turn.
    const waiting = record.decision.verdict === 'waiting';
    const calm = reached.has(id) || record.decision.reason === 'NotLabelled';
    await deps.ask({ kind: 'pull-request', key: record.key }, { changed: waiting || !calm || isTurnOf(id, deps) });
  }
  for (const namespace of namespaces) {
    const key = parseKey(namespace.metadata.annotations?.[names.owner] ?? '');
    if (key && !deps.records.get(key)) await deps.ask({ kind: 'pull-request', key }, { changed: true });
  }
}

/** Each is read in one pass of this many, lest something was missed that no list shows: a label taken off and put on, a comment deleted. */
const turns = 12;

function isTurnOf(id: string, deps: Deps): boolean {
  const pass = Math.floor(deps.clock.now().getTime() / deps.platform().resyncMs);
  return parseInt(sha256(id).slice(0, 8), 16) % turns === pass % turns;
}
