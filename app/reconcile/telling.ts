import { healthOf, type TenantState } from '../core/health.ts';
import { NotYetError } from '../core/errors.ts';
import { formatKey, type PullRequestKey } from '../core/key.ts';
import { canonicalJson, labelOfKey } from '../core/object.ts';
import { KubernetesError, type StoredRecord, type Target } from '../core/ports.ts';
import type { PullRequestRecord, Said } from '../core/record.ts';
import type { Deps } from './deps.ts';

/** How often a write of the record is tried again when somebody else was faster. */
const saves = 5;

/** A read that is older, in milliseconds, may have missed what somebody else wrote. */
export const recentMs = 10_000;

/** What is being told on GitHub: what has been said so far, changed as writes succeed, kept in the record at the end. */
export type Telling = { said: Said };

/** Returns where every tenant of a record stands in the clusters now. */
export function statesOf(record: PullRequestRecord, deps: Deps): readonly TenantState[] {
  const keyLabel = labelOfKey(formatKey(record.key));
  return Object.entries(record.tenants).flatMap(([tenant, tenantRecord]) => {
    const cluster = deps.clusters.get(tenantRecord.cluster);
    return cluster ? [healthOf(tenant, tenantRecord, cluster.observed(keyLabel))] : [];
  });
}

/** Returns where to write on GitHub. The names are as of the last read: a rename is noticed by the next. */
export function targetOf({ key, facts }: PullRequestRecord): Target {
  return { installation: key.installation, owner: facts.repository.owner, name: facts.repository.name, number: key.number };
}

/** Makes one write within the installation's budget; throws a NotYetError, having written nothing, when there is none left. */
export async function write<T>(installation: number, kind: 'content' | 'write', make: () => Promise<T>, deps: Deps): Promise<T> {
  const waitMs = await deps.budget.take(installation, kind);
  if (waitMs > 0) throw new NotYetError('the budget for writing to GitHub is used up', waitMs);
  try {
    return await make();
  } catch (error) {
    if (error instanceof NotYetError) await deps.budget.block(installation, error.afterMs);
    throw error;
  }
}

/** Returns the later of two times by GitHub's clock. */
export function later(a: string, b: string): string {
  return a > b ? a : b;
}

/** Keeps what has been said in the newest version of the record; a record that is gone needs it no more. */
export async function remember(key: PullRequestKey, change: (said: Said) => Said, deps: Deps): Promise<void> {
  let stored: StoredRecord | undefined = deps.records.get(key);
  for (let attempt = 1; stored; attempt += 1) {
    const said = change(stored.record.said);
    if (canonicalJson(said) === canonicalJson(stored.record.said)) return;
    try {
      await deps.records.put({ ...stored.record, said }, stored.version);
      return;
    } catch (error) {
      const faster = error instanceof KubernetesError && (error.status === 409 || error.status === 404);
      if (!faster || attempt === saves) throw error;
      stored = await deps.records.reread(key);
    }
  }
}
