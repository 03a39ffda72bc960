import type { Json, KubernetesObject } from './object.ts';

/** What a workload makes its pods from: `metadata` and `spec`. */
export type PodTemplate = Readonly<Record<string, Json | undefined>>;

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

function isMap(value: Json | undefined): value is PodTemplate {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
