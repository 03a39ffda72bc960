import type { KubernetesObject } from './objects.ts';
import { type Amounts, type ContainerSpec, containersOf, type Pod } from './pods.ts';
import { addAmounts, billionths, quantityOf } from './quantities.ts';
import { limitRanges, pods, type Resource, volumeClaims } from './resources.ts';
import type { Store } from './store.ts';
import type { LimitRange, LimitRangeItem, VolumeClaim } from './workloads.ts';

const noteKey = 'kubernetes.io/limit-ranger';

function rangesOf(store: Store, namespace: string): LimitRange[] {
  return store.list(limitRanges, namespace) as LimitRange[];
}

/** Returns the pod with the namespace's defaults for what its containers leave out, and the note about it that the API leaves. */
export function withLimitDefaults(store: Store, pod: Pod): Pod {
  let result = pod;
  for (const { spec } of rangesOf(store, pod.metadata.namespace ?? '')) {
    const items = spec.limits.filter(({ type }) => type === 'Container');
    const notes: string[] = [];
    const fill = (container: ContainerSpec, kind: string): ContainerSpec => withDefaults(container, kind, items, notes);
    const { initContainers = [], containers } = result.spec;
    const filled = {
      ...result.spec,
      containers: containers.map((container) => fill(container, 'container')),
      ...(initContainers.length === 0
        ? {}
        : { initContainers: initContainers.map((container) => fill(container, 'init container')) }),
    };
    if (notes.length === 0) continue;
    const annotations = { ...result.metadata.annotations, [noteKey]: `LimitRanger plugin set: ${notes.join('; ')}` };
    result = { ...result, metadata: { ...result.metadata, annotations }, spec: filled };
  }
  return result;
}

function withDefaults(
  container: ContainerSpec,
  kind: string,
  items: readonly LimitRangeItem[],
  notes: string[],
): ContainerSpec {
  const fill = (has: Amounts | undefined, of: 'default' | 'defaultRequest', word: string): Amounts => {
    const defaults: Amounts = Object.assign({}, ...items.map((item) => item[of] ?? {})) as Amounts;
    const added = Object.keys(defaults)
      .filter((name) => has?.[name] === undefined)
      .sort();
    if (added.length > 0) notes.push(`${added.join(', ')} ${word} for ${kind} ${container.name}`);
    return { ...defaults, ...has };
  };
  const requests = fill(container.resources?.requests, 'defaultRequest', 'request');
  const limits = fill(container.resources?.limits, 'default', 'limit');
  const kept = { limits, requests };
  const amounts = Object.fromEntries(Object.entries(kept).filter(([, amount]) => Object.keys(amount).length > 0));
  return { ...container, resources: { ...container.resources, ...amounts } };
}

type Asked = { readonly requests: Amounts; readonly limits: Amounts };

function breaches({ type, min = {}, max = {} }: LimitRangeItem, { requests, limits }: Asked): string[] {
  const faults: string[] = [];
  const amount = (text: string): bigint => billionths(text) ?? 0n;
  for (const [name, least] of Object.entries(min)) {
    const request = requests[name];
    const rule = `minimum ${name} usage per ${type} is ${least}`;
    if (request === undefined) faults.push(`${rule}.  No request is specified`);
    else if (amount(request) < amount(least)) faults.push(`${rule}, but request is ${request}`);
  }
  for (const [name, most] of Object.entries(max)) {
    const limit = limits[name];
    const rule = `maximum ${name} usage per ${type} is ${most}`;
    if (limit === undefined) faults.push(`${rule}.  No limit is specified`);
    else if (amount(limit) > amount(most)) faults.push(`${rule}, but limit is ${limit}`);
  }
  return faults;
}

function total(pod: Pod, kind: 'requests' | 'limits'): Amounts {
  const sum = new Map<string, bigint>();
  for (const { resources } of pod.spec.containers) addAmounts(sum, resources?.[kind]);
  const like = (name: string): string =>
    pod.spec.containers.find(({ resources }) => resources?.[kind]?.[name])?.resources?.[kind]?.[name] ?? '';
  return Object.fromEntries([...sum].map(([name, amount]) => [name, quantityOf(amount, like(name))]));
}

function podBreaches(pod: Pod, item: LimitRangeItem): string[] {
  if (item.type === 'Pod') return breaches(item, { requests: total(pod, 'requests'), limits: total(pod, 'limits') });
  if (item.type !== 'Container') return [];
  return containersOf(pod.spec).flatMap(({ resources }) =>
    breaches(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }),
  );
}

function claimBreaches({ spec }: VolumeClaim, item: LimitRangeItem): string[] {
  if (item.type !== 'PersistentVolumeClaim') return [];
  const requests = spec.resources?.requests ?? {};
  // A claim has no limits: both bounds are for what it requests.
  return breaches(item, { requests, limits: requests }).map((fault) => fault.replace('but limit is', 'but request is'));
}

/** Returns why a LimitRange of the namespace forbids the pod or claim, or undefined. */
export function limitRangeProblem(store: Store, resource: Resource, object: KubernetesObject): string | undefined {
  if (resource !== pods && resource !== volumeClaims) return undefined;
  const items = rangesOf(store, object.metadata.namespace ?? '').flatMap(({ spec }) => spec.limits);
  const faults = items.flatMap((item) =>
    resource === pods ? podBreaches(object as Pod, item) : claimBreaches(object as VolumeClaim, item),
  );
  return faults.length > 1 ? `[${faults.join(', ')}]` : faults[0];
}
