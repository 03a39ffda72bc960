import { doorAfter, doorVersion, isSettled } from '../core/at-the-door.ts';
import { hostOf } from '../core/answering.ts';
import { healthOf } from '../core/health.ts';
import { formatKey } from '../core/key.ts';
import { labelOfKey, type KubernetesObject } from '../core/object.ts';
import type { DoorRecord, PullRequestRecord, TenantRecord } from '../core/record.ts';
import type { Deps } from './deps.ts';
import type { Preview } from './preview.ts';

/**
 * Returns the record with what links have answered through the door so far, and has those asked whose containers are ready and that
 * have not answered. Nobody waits: an answer is a hint for the pull request. What is not asked about any more is forgotten.
 */
export function askAtTheDoor(record: PullRequestRecord, previews: readonly Preview[], deps: Pick<Deps, 'clusters' | 'doors' | 'clock'>): PullRequestRecord {
  const owner = formatKey(record.key);
  const keyLabel = labelOfKey(owner);
  // Kubernetes' times have whole seconds; these stand beside them.
  const now = deps.clock.now().toISOString().replace(/\.\d+Z$/, 'Z');
  const asking: string[] = [];
  const after = ([tenant, tenantRecord]: readonly [string, TenantRecord]): readonly [string, TenantRecord] => {
    const { door, ...doorless } = tenantRecord;
    const preview = previews.find((one) => one.tenant === tenant);
    const cluster = deps.clusters.get(tenantRecord.cluster);
    if (!preview || !door || !cluster) return [tenant, tenantRecord];
    const hosts = tenantRecord.links.flatMap(({ url }) => hostOf(url) ?? []);
    // A cluster that is silent shows neither that the containers are ready nor that they are not.
    if (!cluster.fresh()) {
      asking.push(...hosts);
      return [tenant, tenantRecord];
    }
    const observed = cluster.observed(keyLabel);
    if (healthOf(tenant, doorless, observed).phase !== 'live') return [tenant, tenantRecord];
    const there = observed.objects.filter(({ metadata }) => metadata.namespace === tenantRecord.namespace && metadata.deletionTimestamp === undefined);
    const asked = tenantRecord.links.map(({ url }) => askAt(url, { ...tenantRecord, door }, { preview, there, owner, now }, deps));
    asking.push(...asked.flatMap(({ host }) => host ?? []));
    return [tenant, { ...tenantRecord, door: asked.flatMap(({ entry }) => entry ?? []) }];
  };
  const tenants = Object.fromEntries(Object.entries(record.tenants).map(after));
  deps.doors.forget(owner, asking);
  return { ...record, tenants };
}

type Asking = { readonly preview: Preview; readonly there: readonly KubernetesObject[]; readonly owner: string; readonly now: string };

/** `host`: it is still to be asked. */
function askAt(
  url: string,
  tenantRecord: TenantRecord & { readonly door: readonly DoorRecord[] },
  { preview, there, owner, now }: Asking,
  deps: Pick<Deps, 'doors'>,
): { readonly entry: DoorRecord | undefined; readonly host: string | undefined } {
  const before = tenantRecord.door.find((one) => one.url === url);
  const version = doorVersion(tenantRecord, url, there);
  // Links outlive the project that had them while the newest cannot be rendered: those are left as they are.
  const app = preview.apps.find((one) => one.url === url);
  if (!app || version === undefined || isSettled(before, version)) return { entry: before, host: undefined };
  const { source, host, rules } = app;
  const path = (source.kind === 'template' ? source.readiness?.path : undefined) ?? '/';
  const answer = deps.doors.answerOf({ cluster: tenantRecord.cluster, host, path, marker: rules.marker, version }, owner);
  const entry = doorAfter(before, { url, version, answer, access: rules.access.kind }, now);
  return { entry, host: isSettled(entry, version) ? undefined : host };
}
