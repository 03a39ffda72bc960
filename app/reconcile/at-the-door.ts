import { hostOf, pathShown } from '../core/answering.ts';
import { doorAfter, doorVersion, isSettled } from '../core/at-the-door.ts';
import { healthInside, objectsOf } from '../core/health.ts';
import { formatKey } from '../core/key.ts';
import { labelOfKey, type KubernetesObject } from '../core/object.ts';
import { hasEarlierPods } from '../core/progress.ts';
import type { DoorRecord, PullRequestRecord, TenantRecord } from '../core/record.ts';
import { readPod } from '../core/status.ts';
import { readRollout } from '../core/workloads.ts';
import type { Deps } from './deps.ts';
import type { Preview } from './preview.ts';

/**
 * Pods of before that have still to end answer until the ingress controller lets go of them: after 2.2 s at the latest with
 * haproxy-ingress' own flags (`--rate-limit-update` 0.5, `--wait-before-update` 200ms), and its reload. In milliseconds.
 */
const settleMs = 3_000;

type DoorDeps = Pick<Deps, 'clusters' | 'doors' | 'clock'>;

/** What links answered so far, and the hosts that are still to be asked. */
type Asked = { readonly door: readonly DoorRecord[]; readonly hosts: readonly string[] };

/**
 * Returns the record with what links have answered through the door so far, and has those asked whose containers are ready and that
 * have not answered. Nobody waits: an answer is a hint for the pull request. What is not asked about any more is forgotten.
 */
export function askAtTheDoor(record: PullRequestRecord, previews: readonly Preview[], deps: DoorDeps): PullRequestRecord {
  const owner = formatKey(record.key);
  const asking: string[] = [];
  const tenants = Object.entries(record.tenants).map(([tenant, one]): readonly [string, TenantRecord] => {
    const preview = previews.find((wanted) => wanted.tenant === tenant);
    if (!preview || !one.door) return [tenant, one];
    const { door, hosts } = askFor(preview, { ...one, door: one.door }, owner, deps);
    asking.push(...hosts);
    return [tenant, { ...one, door }];
  });
  deps.doors.forget(owner, asking);
  return { ...record, tenants: Object.fromEntries(tenants) };
}

type Recorded = TenantRecord & { readonly door: readonly DoorRecord[] };

function askFor(preview: Preview, tenantRecord: Recorded, owner: string, deps: DoorDeps): Asked {
  const { door } = tenantRecord;
  const cluster = deps.clusters.get(tenantRecord.cluster);
  // A cluster that is silent shows neither that the containers are ready nor that they are not.
  if (!cluster?.fresh()) return { door, hosts: tenantRecord.links.flatMap(({ url }) => hostOf(url) ?? []) };
  const observed = cluster.observed(labelOfKey(owner));
  if (healthInside(preview.tenant, tenantRecord, observed).phase !== 'live') return { door, hosts: [] };
  const objects = objectsOf(tenantRecord, observed);
  const rollouts = objects.flatMap((object) => readRollout(object) ?? []);
  const pods = observed.pods.filter(({ metadata }) => metadata.namespace === tenantRecord.namespace).map(readPod);
  const earlier = hasEarlierPods(rollouts, pods);
  const asked = tenantRecord.links.map(({ url }) => askAt(url, tenantRecord, { preview, objects, earlier, owner }, deps));
  return { door: asked.flatMap(({ entry }) => entry ?? []), hosts: asked.flatMap(({ host }) => host ?? []) };
}

type Asking = {
  readonly preview: Preview;
  /** What is in the preview's namespace. */
  readonly objects: readonly KubernetesObject[];
  /** True while a pod of an earlier version has still to end. */
  readonly earlier: boolean;
  readonly owner: string;
};

/** Returns a link's entry in the record, and its host where it is still to be asked. */
function askAt(url: string, tenantRecord: Recorded, { preview, objects, earlier, owner }: Asking, { doors, clock }: DoorDeps): { readonly entry: DoorRecord | undefined; readonly host: string | undefined } {
  const before = tenantRecord.door.find((one) => one.url === url);
  const version = doorVersion(tenantRecord, url, objects);
  // Links outlive the project that had them while the newest cannot be rendered: those are left as they are.
  const app = preview.apps.find((one) => one.url === url);
  if (!app || version === undefined || isSettled(before, version)) return { entry: before, host: undefined };
  const { source, host, rules } = app;
  const path = (source.kind === 'template' ? source.readiness?.path : undefined) ?? pathShown(url, objects);
  const answer = doors.answerOf({ cluster: tenantRecord.cluster, host, path, marker: rules.marker, version, settleMs: earlier ? settleMs : 0 }, owner);
  // Kubernetes' times have whole seconds; this one stands beside them.
  const now = clock.now().toISOString().replace(/\.\d+Z$/, 'Z');
  const entry = doorAfter(before, { url, version, answer, access: rules.access.kind }, now);
  return { entry, host: isSettled(entry, version) ? undefined : host };
}
