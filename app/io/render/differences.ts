import { isMap, type JsonMap } from '../../core/json.ts';
import type { Json } from '../../core/object.ts';
import { shown } from '../../core/outside-text.ts';
import { RenderRefused, type SourcedObject } from '../../core/ports.ts';
import type { ReadObject } from './read-objects.ts';

/** Where two renderings of the same inputs differ: for each object the paths of its fields. */
export type Differences = readonly (readonly Path[])[];

export type Path = readonly (string | number)[];

/** What is made by chance, with what is kept of it, and where that is. */
export type Settled = { readonly objects: readonly SourcedObject[]; readonly differences: Differences };

/** Kinds whose objects follow every push: one that is made once and kept would show an old commit for ever. */
const following: ReadonlySet<Json | undefined> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'CronJob', 'Ingress', 'Service']);

/** What stands for a label or annotation that chance makes. */
const settled = 'by-chance';

/**
 * Compares two renderings of the same inputs. Labels and annotations that differ become the same text for ever: they say when a
 * chart was rendered, or stand for what is kept (the checksum of a password). Objects that still differ are not stable: made once and kept.
 * Throws a RenderRefused for objects that come and go, for names made by chance, and for workloads and their like.
 */
export function settle(first: readonly ReadObject[], second: readonly ReadObject[]): Settled {
  const differences = first.map(({ object }, index) => differencesOf(object, second[index]?.object ?? null));
  const problems = first.flatMap((one, index) => problemsOf(one, differences[index] ?? []));
  const [some] = [...first, ...second];
  if (some && first.length !== second.length) problems.push(`${some.file}: renders to ${first.length} objects, then to ${second.length} — leave functions such as randAlphaNum and now out of conditions`);
  if (problems.length > 0) throw new RenderRefused(problems);
  const objects = first.map(({ file, object }, index) => {
    const paths = differences[index] ?? [];
    return { file, object: settleMarks(object, paths), stable: paths.every(isMark) };
  });
  return { objects, differences };
}

/** Returns a rendering with the parts of another wherever chance makes them: what is left to differ is not chance's doing. */
export function withChanceOf(objects: readonly ReadObject[], others: readonly ReadObject[], differences: Differences): readonly ReadObject[] {
  return objects.map(({ file, object }, index) => {
    const other = others[index]?.object;
    const paths = differences[index] ?? [];
    return { file, object: paths.reduce((value, path) => put(value, path, at(other, path)), object) };
  });
}

function problemsOf({ file, object }: ReadObject, paths: readonly Path[]): string[] {
  const what = `${named(object['kind'])}/${named(at(object, ['metadata', 'name']))}`;
  const identity = paths.find(([first, second]) => first === undefined || first === 'kind' || first === 'apiVersion' || (first === 'metadata' && second === 'name'));
  if (identity) return [`${file}: the name of ${what} is another each time it is rendered — name it after {{ .Values.avant.shortSha }}, or nothing that changes`];
  const field = following.has(object['kind']) ? paths.find((path) => !isMark(path)) : undefined;
  return field ? [`${file}: ${what} has another ${shown(written(field), 120)} each time it is rendered — put what is random into a Secret of the chart and refer to it`] : [];
}

function isMark(path: Path): boolean {
  const index = path.findIndex((step, place) => step === 'metadata' && (path[place + 1] === 'annotations' || path[place + 1] === 'labels'));
  return index >= 0 && path.length === index + 3 && (index === 0 || path[index - 1] === 'template');
}

function settleMarks(object: ReadObject['object'], paths: readonly Path[]): ReadObject['object'] {
  return paths.filter(isMark).reduce((value, path) => put(value, path, settled), object);
}

/** Returns the paths of the smallest parts that differ. */
function differencesOf(one: Json | undefined, other: Json | undefined, path: Path = []): Path[] {
  if (one === other) return [];
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) return (one as readonly Json[]).flatMap((item, index) => differencesOf(item, (other as readonly Json[])[index], [...path, index]));
  if (isMap(one) && isMap(other)) return [...new Set([...Object.keys(one), ...Object.keys(other)])].flatMap((key) => differencesOf(one[key], other[key], [...path, key]));
  return [path];
}

function at(value: Json | undefined, path: Path): Json | undefined {
  return path.reduce<Json | undefined>((part, step) => (Array.isArray(part) ? (part as readonly Json[])[Number(step)] : isMap(part) && Object.hasOwn(part, step) ? part[step] : undefined), value);
}

/** Returns the object with another part at a path that it has; undefined takes the part away. */
function put(object: JsonMap, path: Path, part: Json | undefined): JsonMap {
  return putIn(object, path, part) as JsonMap;
}

function putIn(value: Json | undefined, [step, ...rest]: Path, part: Json | undefined): Json | undefined {
  if (step === undefined) return part;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item, index) => (index === step ? (putIn(item, rest, part) ?? null) : item));
  if (!isMap(value)) return value;
  const { [String(step)]: before, ...others } = value;
  const after = putIn(before, rest, part);
  return after === undefined ? others : { ...others, [step]: after };
}

function named(value: Json | undefined): string {
  return typeof value === 'string' ? shown(value, 80) : 'something';
}

function written(path: Path): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('');
}
