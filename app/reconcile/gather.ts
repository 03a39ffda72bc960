import { awaitedChecks } from '../config/project.ts';
import type { Facts, Seen } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { narrow } from '../core/pipeline.ts';
import { canonicalJson } from '../core/object.ts';
import type { StoredRecord } from '../core/ports.ts';
import { nothingAsked, type Intent } from '../core/record.ts';
import type { Deps } from './deps.ts';
import { hear } from './hear.ts';
import { sameFacts } from './reads.ts';

export type Gathered = {
  readonly stored: StoredRecord | undefined;
  readonly facts: Facts;
  /** What people asked for, with what the read brought. */
  readonly intent: Intent;
  /** What of ours GitHub showed, and when; undefined when it was not read just now. */
  readonly seen: { readonly seen: Seen; readonly readAt: string } | undefined;
  /** Since when GitHub has told the App itself that the repository or installation is gone (ISO 8601). */
  readonly missingSince: string | undefined;
  /** True when GitHub was read just now: evidence for a delete. */
  readonly evident: boolean;
};

/** GitHub denies a pull request of a repository that the App still has; it may do so for a moment, when it has just been opened. */
export class PullRequestNotShown extends Error {
  override readonly name = 'PullRequestNotShown';
}

/**
 * Returns what is known of a pull request: from GitHub when it may have changed or nothing is known, from the record otherwise.
 * Undefined when there is nothing to reconcile (an installation that is suspended or gone, and no record). Throws what is
 * unknown: a failed or partial read, and a pull request that GitHub denies although the App still has its repository.
 */
export async function gather(key: PullRequestKey, mustRead: boolean, deps: Deps): Promise<Gathered | undefined> {
  const stored = deps.records.get(key);
  if (stored && !mustRead) {
    const { facts, missingSince, intent } = stored.record;
    return { stored, facts, intent, seen: undefined, missingSince, evident: false };
  }
  const { answer } = await deps.reads.read(key, stored?.record, deps.platform().tenants);
  if (answer.kind === 'not-found') return gatherMissing(key, stored, deps);
  const known = stored?.record.intent ?? nothingAsked;
  const intent = await hear(key, answer, known, deps);
  const read = relevant(await legible(key, answer.facts, { intent, known: stored?.record.facts }, deps));
  // A read that brings nothing new keeps the older stamp, so that it writes nothing. What people asked for is new, too: by the stamp on what
  // is made for it, a worker that has not heard of it knows that it is late.
  const same = stored && sameFacts(stored.record.facts, read) && canonicalJson(intent) === canonicalJson(known);
  const facts = same ? stored.record.facts : read;
  return { stored, facts, intent, seen: { seen: answer.seen, readAt: answer.facts.readAt }, missingSince: undefined, evident: true };
}

/** Of a fork's commit that nobody approved, nothing is looked at; a config is parsed here only after it was parsed where that can be stopped. */
async function legible(key: PullRequestKey, facts: Facts, { intent, known }: { readonly intent: Intent; readonly known: Facts | undefined }, deps: Deps): Promise<Facts> {
  const { fork, headSha } = facts.pullRequest;
  if (fork && intent.approved?.sha !== headSha) return { ...facts, config: { kind: 'absent' }, cloud: { kind: 'absent' } };
  const { config } = facts;
  if (config.kind !== 'file' || (known?.config.kind === 'file' && known.config.text === config.text)) return facts;
  const why = await deps.renderer.legible(config.text, key.repository);
  return why === undefined ? facts : { ...facts, config: { kind: 'unreadable', why } };
}

/** A repository has checks and labels that are nobody's business here: what they do is no change. */
function relevant(facts: Facts): Facts {
  const text = facts.config.kind === 'file' ? facts.config.text : undefined;
  return { ...facts, pipeline: narrow(facts.pipeline, awaitedChecks(text)), labelled: [] };
}

async function gatherMissing(key: PullRequestKey, stored: StoredRecord | undefined, deps: Deps): Promise<Gathered | undefined> {
  const presence = await deps.github.presence(key.installation, key.repository);
  if (presence === 'present') throw new PullRequestNotShown(`GitHub does not show ${formatKey(key)}, although the App has its repository`);
  if (presence === 'suspended' || !stored) {
    deps.log.info({ key: formatKey(key), presence }, 'left alone: the App cannot see the repository');
    return undefined;
  }
  const missingSince = stored.record.missingSince ?? deps.clock.now().toISOString();
  const { facts, intent } = stored.record;
  return { stored, facts, intent, seen: undefined, missingSince, evident: true };
}
