import { isList, isMap, type JsonMap } from './json.ts';
import type { Json, KubernetesObject } from './object.ts';

/** What a workload makes its pods from: `metadata` and `spec`. */
export type PodTemplate = JsonMap;

/** Where the kinds that make pods have their template. */
const paths: ReadonlyMap<string, readonly string[]> = new Map([
  ['Deployment', ['spec', 'template']],
  ['StatefulSet', ['spec', 'template']],
  ['Job', ['spec', 'template']],
  ['CronJob', ['spec', 'jobTemplate', 'spec', 'template']],
]);

/** Returns what a workload makes its pods from; undefined for other kinds, and where it has none. */
export function podTemplateOf(object: KubernetesObject): PodTemplate | undefined {
  const path = paths.get(object.kind);
  if (!path) return undefined;
  let inner: Json | undefined = object;
  for (const key of path) inner = isMap(inner) && Object.hasOwn(inner, key) ? inner[key] : undefined;
  return isMap(inner) ? inner : undefined;
}

/** Returns the object with its pod template changed; an object without one as it is. */
export function mapPodTemplates(
  object: KubernetesObject,
  change: (template: PodTemplate) => PodTemplate,
): KubernetesObject {
  const template = podTemplateOf(object);
  const [first, ...rest] = paths.get(object.kind) ?? [];
  if (!template || first !== 'spec') return object;
  return { ...object, spec: replaced(object.spec, rest, change(template)) };
}

function replaced(value: Json | undefined, path: readonly string[], by: PodTemplate): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  return isMap(value) ? { ...value, [key]: replaced(value[key], rest, by) } : { [key]: by };
}

/** Returns a pod's spec with each of its containers changed, init containers too; what is no map as it is. */
export function mapContainers(spec: Json | undefined, change: (container: JsonMap) => Json): Json | undefined {
  if (!isMap(spec)) return spec;
  const lists = (['initContainers', 'containers'] as const).flatMap((key) => {
    const list = spec[key];
    return isList(list) ? [[key, list.map((one) => (isMap(one) ? change(one) : one))] as const] : [];
  });
  return { ...spec, ...Object.fromEntries(lists) };
}
