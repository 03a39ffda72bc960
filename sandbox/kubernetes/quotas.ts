import type { KubernetesObject } from './objects.ts';
import { type Amounts, containersOf, hasEnded, type Pod, type PodSpec } from './pods.ts';
import { addAmounts, billionths, canonicalQuantity, quantityOf } from './quantities.ts';
import {
  allResources,
  pods,
  qualifiedPlural,
  type Resource,
  resourceQuotas,
  services,
  volumeClaims,
} from './resources.ts';
import type { Store } from './store.ts';
import type { ResourceQuota, VolumeClaim } from './workloads.ts';

/** What one object counts for in a quota, by the quota's names. */
type Usage = ReadonlyMap<string, bigint>;

const one = 1_000_000_000n;

/** Kinds whose plain plural a quota may count; all of them by `count/…` as well. */
const plainCounts = new Set(['pods', 'services', 'secrets', 'configmaps', 'persistentvolumeclaims', 'resourcequotas']);

/** Sums what the containers of a pod ask for: those that initialise run one by one, before the others. */
function amountsOf({ initContainers = [], containers }: PodSpec, kind: 'requests' | 'limits'): Map<string, bigint> {
  const sum = new Map<string, bigint>();
  for (const { resources } of containers) addAmounts(sum, resources?.[kind]);
  for (const { resources } of initContainers) {
    for (const [name, amount] of Object.entries(resources?.[kind] ?? {})) {
      const needed = billionths(amount) ?? 0n;
      if (needed > (sum.get(name) ?? 0n)) sum.set(name, needed);
    }
  }
  return sum;
}

function usageOf(resource: Resource, object: KubernetesObject): Usage {
  const usage = new Map<string, bigint>();
  // A pod that has run to its end holds nothing any more.
  if (resource === pods && hasEnded(object as Pod)) return usage;
  usage.set(`count/${qualifiedPlural(resource)}`, one);
  if (plainCounts.has(resource.plural)) usage.set(resource.plural, one);
  if (resource === pods) {
    const { spec } = object as Pod;
    for (const [name, amount] of amountsOf(spec, 'requests')) {
      usage.set(`requests.${name}`, amount);
      usage.set(name, amount);
    }
    for (const [name, amount] of amountsOf(spec, 'limits')) usage.set(`limits.${name}`, amount);
  }
  if (resource === volumeClaims) {
    const storage = (object as VolumeClaim).spec.resources?.requests?.['storage'] ?? '0';
    usage.set('requests.storage', billionths(storage) ?? 0n);
  }
  if (resource === services) {
    const { type } = (object as KubernetesObject & { spec: { type: string } }).spec;
    if (type === 'LoadBalancer') usage.set('services.loadbalancers', one);
    if (type !== 'ClusterIP' && type !== 'ExternalName') usage.set('services.nodeports', one);
  }
  return usage;
}

/** Resources of a quota that each container of a pod has to name once the quota counts them. */
const computed = /^(?:(requests|limits)\.)?(cpu|memory)$/;

/** Says which containers leave out what the quota counts: `limits.memory for: web; requests.cpu for: web`. */
function missing(quota: ResourceQuota, { spec }: Pod): string | undefined {
  const found = Object.keys(quota.spec.hard ?? {})
    .sort()
    .flatMap((name) => {
      const [, kind = 'requests', amount = ''] = computed.exec(name) ?? [];
      if (amount === '') return [];
      const silent = containersOf(spec).filter(
        ({ resources }) => resources?.[kind as 'requests' | 'limits']?.[amount] === undefined,
      );
      return silent.length === 0 ? [] : [`${name} for: ${silent.map((container) => container.name).join(',')}`];
    });
  return found.length === 0 ? undefined : found.join('; ');
}

function used(store: Store, namespace: string, names: ReadonlySet<string>): Map<string, bigint> {
  const sum = new Map([...names].map((name) => [name, 0n]));
  for (const resource of allResources.filter(({ namespaced }) => namespaced)) {
    for (const object of store.list(resource, namespace)) {
      for (const [name, amount] of usageOf(resource, object)) {
        const before = sum.get(name);
        if (before !== undefined) sum.set(name, before + amount);
      }
    }
  }
  return sum;
}

function format(names: readonly string[], amount: (name: string) => bigint, like: Amounts): string {
  return names.map((name) => `${name}=${quantityOf(amount(name), like[name] ?? '')}`).join(',');
}

/** Returns why a quota of the namespace forbids one more such object, or undefined. */
export function quotaProblem(store: Store, resource: Resource, object: KubernetesObject): string | undefined {
  const { namespace = '' } = object.metadata;
  const quotas = store.list(resourceQuotas, namespace) as ResourceQuota[];
  if (quotas.length === 0) return undefined;
  const wanted = usageOf(resource, object);
  for (const quota of quotas) {
    const { hard = {} } = quota.spec;
    const { name } = quota.metadata;
    const counted = Object.keys(hard)
      .filter((key) => wanted.has(key))
      .sort();
    const silent = resource === pods ? missing(quota, object as Pod) : undefined;
    if (silent !== undefined) return `failed quota: ${name}: must specify ${silent}`;
    if (counted.length === 0) continue;
    if (counted.some((key) => quota.status.used?.[key] === undefined))
      return `status unknown for quota: ${name}, resources: ${counted.join(',')}`;
    const now = used(store, namespace, new Set(counted));
    const at = (key: string): bigint => now.get(key) ?? 0n;
    const more = (key: string): bigint => wanted.get(key) ?? 0n;
    const over = counted.filter((key) => at(key) + more(key) > (billionths(hard[key] ?? '0') ?? 0n));
    if (over.length === 0) continue;
    const limit = (key: string): bigint => billionths(hard[key] ?? '0') ?? 0n;
    const sums = `requested: ${format(over, more, hard)}, used: ${format(over, at, hard)}, limited: ${format(over, limit, hard)}`;
    return `exceeded quota: ${name}, ${sums}`;
  }
  return undefined;
}

/** Returns what a quota's status should say now. */
export function quotaStatus(store: Store, { metadata, spec }: ResourceQuota): ResourceQuota['status'] {
  const { hard = {} } = spec;
  const now = used(store, metadata.namespace ?? '', new Set(Object.keys(hard)));
  const amounts = [...now].map(([name, amount]) => [name, canonicalQuantity(quantityOf(amount, hard[name] ?? ''))]);
  return { hard, used: Object.fromEntries(amounts) as Amounts };
}
