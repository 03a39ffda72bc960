import type { Facts, Seen } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import type { StoredRecord } from '../core/ports.ts';
import type { Deps } from './deps.ts';
import { sameFacts } from './reads.ts';

export type Gathered = {
  readonly stored: StoredRecord | undefined;
  readonly facts: Facts;
  /** What of ours GitHub showed, and when; undefined when it was not read just now. */
  readonly seen: { readonly seen: Seen; readonly readAt: string } | undefined;
  /** Since when GitHub has told the App itself that the repository or installation is gone (ISO 8601). */
  readonly missingSince: string | undefined;
  /** True when GitHub was read just now: evidence for a delete. */
  readonly evident: boolean;
};

/**
 * Returns what is known of a pull request: from GitHub when it may have changed or nothing is known, from the record otherwise.
 * Undefined when there is nothing to reconcile (an installation that is suspended or gone, and no record). Throws what is
 * unknown: a failed or partial read, and a pull request that GitHub denies although the App still has its repository.
 */
export async function gather(key: PullRequestKey, mustRead: boolean, deps: Deps): Promise<Gathered | undefined> {
  const stored = deps.records.get(key);
  if (stored && !mustRead) {
    const { facts, missingSince } = stored.record;
    return { stored, facts, seen: undefined, missingSince, evident: false };
  }
  const { answer } = await deps.reads.read(key, stored?.record, deps.platform().tenants);
  if (answer.kind === 'not-found') return gatherMissing(key, stored, deps);
  // Facts that say nothing new keep their older stamp, so that a read that changes nothing writes nothing.
  const facts = stored && sameFacts(stored.record.facts, answer.facts) ? stored.record.facts : answer.facts;
  return { stored, facts, seen: { seen: answer.seen, readAt: answer.facts.readAt }, missingSince: undefined, evident: true };
}

async function gatherMissing(key: PullRequestKey, stored: StoredRecord | undefined, deps: Deps): Promise<Gathered | undefined> {
  const presence = await deps.github.presence(key.installation, key.repository);
  if (presence === 'present') throw new Error(`GitHub does not show ${formatKey(key)}, although the App has its repository`);
  if (presence === 'suspended' || !stored) {
    deps.log.info({ key: formatKey(key), presence }, 'left alone: the App cannot see the repository');
    return undefined;
  }
  const missingSince = stored.record.missingSince ?? deps.clock.now().toISOString();
  return { stored, facts: stored.record.facts, seen: undefined, missingSince, evident: true };
}
