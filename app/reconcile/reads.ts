import type { Facts, PullRequestRead } from '../core/facts.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { canonicalJson } from '../core/object.ts';
import { environmentName } from '../core/report/deployments.ts';
import type { Clock, GitHubReader } from '../core/ports.ts';
import type { PullRequestRecord } from '../core/record.ts';

/** A read of GitHub, and when it began (milliseconds, monotonic). */
export type Read = { readonly answer: PullRequestRead; readonly startedMs: number };

/**
 * The last read of each pull request that this process made, for a little while: the report that follows a reconcile need
 * not read again, and a delete can tell whether its evidence is seconds old.
 */
export type Reads = {
  read(key: PullRequestKey, record: PullRequestRecord | undefined, tenants: readonly string[]): Promise<Read>;
  /** Returns a read that is at most so old, once for each use: what is created on its word, no later read of it can have seen. */
  take(key: PullRequestKey, use: 'report' | 'check', maxAgeMs: number): Read | undefined;
};

/** How many reads are kept; the oldest go first. */
const capacity = 1_000;

/** Returns a reader of GitHub that keeps its last answers. */
export function keepReads(github: GitHubReader, clock: Clock): Reads {
  const kept = new Map<string, Read & { readonly uses: Set<string> }>();
  return {
    read: async (key, record, tenants) => {
      const startedMs = clock.monotonicMs();
      const environments = [...new Set([...tenants, '', ...(record?.said.deployments.map(({ tenant }) => tenant) ?? [])])].map(environmentName);
      const answer = await github.read(key, { comment: record?.said.comment?.nodeId, environments, lastCommand: record?.intent.lastCommand ?? 0 });
      const read = { answer, startedMs, uses: new Set<string>() };
      const id = formatKey(key);
      kept.delete(id);
      kept.set(id, read);
      const oldest = kept.size > capacity ? kept.keys().next().value : undefined;
      if (oldest !== undefined) kept.delete(oldest);
      return read;
    },
    take: (key, use, maxAgeMs) => {
      const read = kept.get(formatKey(key));
      if (!read || read.uses.has(use) || clock.monotonicMs() - read.startedMs > maxAgeMs) return undefined;
      read.uses.add(use);
      return read;
    },
  };
}

/** Returns whether two facts say the same, whenever they were read, and in whatever order a record has them. */
export function sameFacts(a: Facts, b: Facts): boolean {
  const content = ({ readAt: _readAt, ...rest }: Facts): string => canonicalJson(rest);
  return content(a) === content(b);
}

