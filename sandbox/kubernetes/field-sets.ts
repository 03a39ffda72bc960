import { isDeepStrictEqual } from 'node:util';
import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import { fieldSchema, isAtomic, type Schema } from './schemas.ts';

/** A set of fields: paths whose segments are those of FieldsV1 (`f:name`, `k:{"name":"web"}`, `v:"x"`), joined by NUL. */
export type FieldSet = ReadonlySet<string>;

const separator = '\0';

/** Identity fields belong to nobody. */
const unowned = new Set(['f:apiVersion', 'f:kind', 'f:metadata\0f:name', 'f:metadata\0f:namespace']);

/** Returns the path with one more segment. */
export function child(path: string, segment: string): string {
  return path === '' ? segment : `${path}${separator}${segment}`;
}

/** Returns the segments of a path. */
export function segments(path: string): string[] {
  return path.split(separator);
}

/** Returns the segment of a list item: by its keys, or by its value in a set. A port's protocol is TCP unless it says otherwise. */
export function itemSegment(schema: Schema, item: Json): string {
  if (schema.type !== 'keyed' || !isJsonObject(item)) return `v:${JSON.stringify(item)}`;
  const keys = schema.keys.map((key) => [key, item[key] ?? (key === 'protocol' ? 'TCP' : null)]);
  return `k:${JSON.stringify(Object.fromEntries(keys))}`;
}

/** Returns every owned field of a value with what it holds; a keyed item is a field of its own besides its fields. */
export function fieldsOf(value: Json, schema: Schema, path = '', into = new Map<string, Json>()): Map<string, Json> {
  if (unowned.has(path)) return into;
  if (isJsonObject(value) && !isAtomic(schema) && Object.keys(value).length > 0) {
    for (const [name, inner] of Object.entries(value))
      fieldsOf(inner, fieldSchema(schema, name), child(path, `f:${name}`), into);
  } else if (Array.isArray(value) && (schema.type === 'keyed' || schema.type === 'set') && value.length > 0) {
    for (const item of value) {
      const itemPath = child(path, itemSegment(schema, item));
      into.set(itemPath, null);
      if (schema.type === 'keyed') fieldsOf(item, schema.of, itemPath, into);
    }
  } else if (path !== '') {
    into.set(path, value);
  }
  return into;
}

/** Returns every path of the sets and every beginning of one. */
export function prefixesOf(sets: Iterable<FieldSet>): Set<string> {
  const prefixes = new Set<string>();
  for (const set of sets) {
    for (const path of set) {
      let prefix = '';
      for (const segment of segments(path)) prefixes.add((prefix = child(prefix, segment)));
    }
  }
  return prefixes;
}

/** Returns the fields that hold something else in `after` than in `before`, are new, or are gone. */
export function changedFields(
  before: Map<string, Json>,
  after: Map<string, Json>,
): { set: Set<string>; gone: Set<string> } {
  const set = new Set<string>();
  for (const [path, value] of after)
    if (!before.has(path) || !isDeepStrictEqual(before.get(path), value)) set.add(path);
  return { set, gone: new Set([...before.keys()].filter((path) => !after.has(path))) };
}

/** Returns the set as managedFields writes it (FieldsV1). */
export function toFieldsV1(set: FieldSet): JsonObject {
  const root: JsonObject = {};
  const listItems: JsonObject[] = [];
  for (const path of [...set].sort()) {
    let node = root;
    for (const segment of segments(path)) {
      const next = node[segment];
      node = isJsonObject(next) ? next : (node[segment] = {});
    }
    if (segments(path).at(-1)?.startsWith('k:') === true) listItems.push(node);
  }
  // An item that is owned together with fields in it, not only for their sake.
  for (const node of listItems) if (Object.keys(node).length > 0) node['.'] = {};
  return root;
}

/** Returns the set that managedFields writes. */
export function fromFieldsV1(fields: JsonObject, path = '', into = new Set<string>()): Set<string> {
  const names = Object.keys(fields).filter((name) => name !== '.');
  if (path !== '' && (names.length === 0 || '.' in fields)) into.add(path);
  for (const name of names) {
    const inner = fields[name];
    fromFieldsV1(isJsonObject(inner) ? inner : {}, child(path, name), into);
  }
  return into;
}
