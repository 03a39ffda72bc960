import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import { type FieldSet, itemSegment, prefixesOf, segments } from './field-sets.ts';
import { fieldSchema, isAtomic, type Schema } from './schemas.ts';

/** Returns the live value with the applied one laid over it: maps merge by key, keyed lists by their keys, all else is replaced. */
export function merge(live: Json | undefined, applied: Json, schema: Schema): Json {
  if (live === undefined || isAtomic(schema)) return applied;
  if (isJsonObject(live) && isJsonObject(applied)) {
    const merged: JsonObject = { ...live };
    for (const [name, value] of Object.entries(applied))
      merged[name] = merge(live[name], value, fieldSchema(schema, name));
    return merged;
  }
  if (Array.isArray(live) && Array.isArray(applied) && (schema.type === 'keyed' || schema.type === 'set')) {
    return mergeItems(live, applied, schema);
  }
  return applied;
}

/**
 * Merges two lists whose items are told apart. Shared items come in the applied order, an item that only the live list has keeps
 * its place among its neighbours (the order of sigs.k8s.io/structured-merge-diff; the contract tests hold it to a real server).
 */
function mergeItems(live: Json[], applied: Json[], schema: Schema): Json[] {
  const of = schema.type === 'keyed' ? schema.of : schema;
  const liveKeys = live.map((item) => itemSegment(schema, item));
  const appliedKeys = applied.map((item) => itemSegment(schema, item));
  const shared = appliedKeys.filter((key) => liveKeys.includes(key));
  const merged: Json[] = [];
  const taken = new Set<string>();
  let at = 0;
  for (const [index, item] of applied.entries()) {
    const key = appliedKeys[index] ?? '';
    while (at < live.length && liveKeys[at] !== key) {
      const liveKey = liveKeys[at] ?? '';
      const isShared = appliedKeys.includes(liveKey);
      // A shared item that is still to come holds the place of what follows it, unless another shared one is due first.
      if (isShared && !taken.has(liveKey) && liveKey === shared[0]) break;
      if (!isShared) merged.push(live[at] ?? null);
      at += 1;
    }
    merged.push(merge(live[liveKeys.indexOf(key)], item, of));
    taken.add(key);
    if (shared[0] === key) shared.shift();
    if (liveKeys[at] === key) at += 1;
  }
  return [...merged, ...live.slice(at).filter((_, index) => !appliedKeys.includes(liveKeys[at + index] ?? ''))];
}

/**
 * Takes out of the object what `last` named and nobody names any more: the shortest beginning of each such path that no set in
 * `kept` has, so that a dropped list item or struct goes as a whole, with the defaults inside it.
 */
export function prune(object: JsonObject, last: FieldSet, kept: Iterable<FieldSet>): void {
  const prefixes = prefixesOf(kept);
  for (const path of last) {
    if (prefixes.has(path)) continue;
    const steps = segments(path);
    const length = steps.findIndex((_, index) => !prefixes.has(steps.slice(0, index + 1).join('\0'))) + 1;
    remove(object, steps.slice(0, length));
  }
}

function remove(value: Json | undefined, [step = '', ...rest]: string[]): void {
  if (isJsonObject(value) && step.startsWith('f:')) {
    const name = step.slice(2);
    if (rest.length > 0) remove(value[name], rest);
    else Reflect.deleteProperty(value, name);
  } else if (Array.isArray(value)) {
    const index = value.findIndex((item) => hasSegment(item, step));
    if (index < 0) return;
    if (rest.length > 0) remove(value[index], rest);
    else value.splice(index, 1);
  }
}

function hasSegment(item: Json, step: string): boolean {
  if (!step.startsWith('k:') || !isJsonObject(item)) return `v:${JSON.stringify(item)}` === step;
  const keys = JSON.parse(step.slice(2)) as JsonObject;
  return Object.entries(keys).every(([key, wanted]) => (item[key] ?? (key === 'protocol' ? 'TCP' : null)) === wanted);
}
