import { hostOf } from '../core/answering.ts';
import { healthOf } from '../core/health.ts';
import { formatKey } from '../core/key.ts';
import { labelOfKey } from '../core/object.ts';
import type { PullRequestRecord, TenantRecord } from '../core/record.ts';
import { visitsAfter, visitVersion } from '../core/visits.ts';
import type { HostTotals } from '../core/host-counts.ts';
import type { Deps } from './deps.ts';

/**
 * Returns the record with what visitors meet at the previews that are live: counted from when their commit went live. What is not known
 * stays as it was told.
 */
export async function countVisits(record: PullRequestRecord, deps: Pick<Deps, 'clusters' | 'trafficSeen'>): Promise<PullRequestRecord> {
  const keyLabel = labelOfKey(formatKey(record.key));
  const tenants = await Promise.all(
    Object.entries(record.tenants).map(async ([tenant, one]): Promise<readonly [string, TenantRecord]> => {
      const { visits: _before, ...gone } = one;
      if (!one.wanted) return [tenant, gone];
      const cluster = deps.clusters.get(one.cluster);
      if (!cluster?.fresh() || healthOf(tenant, one, cluster.observed(keyLabel)).phase !== 'live') return [tenant, one];
      return [tenant, await counted(one, deps)];
    }),
  );
  return { ...record, tenants: Object.fromEntries(tenants) };
}

async function counted(tenant: TenantRecord, { trafficSeen }: Pick<Deps, 'trafficSeen'>): Promise<TenantRecord> {
  const links = await Promise.all(tenant.links.map(async ({ url }) => ({ url, totals: await totalsAt(url, trafficSeen) })));
  if (links.every(({ totals }) => totals === undefined)) return tenant;
  return { ...tenant, visits: visitsAfter(tenant.visits, { version: visitVersion(tenant), links }) };
}

async function totalsAt(url: string, trafficSeen: Deps['trafficSeen']): Promise<HostTotals | undefined> {
  const host = hostOf(url);
  return host === undefined ? undefined : trafficSeen.total(host);
}
