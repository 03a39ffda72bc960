import {
  asJson,
  asObject,
  type Json,
  type JsonObject,
  type KubernetesObject,
  type ManagedFields,
  timestamp,
} from './objects.ts';
import { changedFields, type FieldSet, fieldsOf, fromFieldsV1, toFieldsV1 } from './field-sets.ts';
import type { Resource } from './resources.ts';
import { schemaOf } from './schemas.ts';

/** The fields of the object that somebody may own: not its status, nor what the server writes into the metadata. */
export function ownable(object: JsonObject): JsonObject {
  const { metadata, status: _status, ...rest } = object;
  const { name, namespace, labels, annotations, finalizers, ownerReferences } = asObject({
    ...rest,
    metadata: metadata ?? {},
  }).metadata;
  const kept = Object.entries({ name, namespace, labels, annotations, finalizers, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  );
  return { ...rest, metadata: Object.fromEntries(kept) as JsonObject };
}

/** Returns the fields that an entry names. */
export function setOf(entry: ManagedFields): Set<string> {
  return fromFieldsV1(entry.fieldsV1);
}

/** Returns an entry of managedFields. */
export function entryOf(
  manager: string,
  operation: 'Apply' | 'Update',
  resource: Resource,
  fields: FieldSet,
): ManagedFields {
  return {
    manager,
    operation,
    apiVersion: resource.apiVersion,
    time: timestamp(),
    fieldsType: 'FieldsV1',
    fieldsV1: toFieldsV1(fields),
  };
}

/** Returns the entries without those fields; entries that own nothing any more go. */
export function without(entries: readonly ManagedFields[], lost: FieldSet): ManagedFields[] {
  return entries.flatMap((entry) => {
    const fields = setOf(entry);
    const left = new Set([...fields].filter((path) => !lost.has(path)));
    if (left.size === fields.size) return [entry];
    return left.size === 0 ? [] : [{ ...entry, fieldsV1: toFieldsV1(left) }];
  });
}

/** Returns the entries after `manager` wrote `after` in `before`'s place by create or update: what it changed is its own. */
export function afterUpdate(
  resource: Resource,
  manager: string,
  before: KubernetesObject | undefined,
  after: KubernetesObject,
): ManagedFields[] {
  const schema = schemaOf(resource);
  const old = before === undefined ? new Map<string, Json>() : fieldsOf(ownable(asJson(before)), schema);
  const { set, gone } = changedFields(old, fieldsOf(ownable(asJson(after)), schema));
  const entries = before?.metadata.managedFields ?? [];
  if (set.size === 0 && gone.size === 0) return entries;
  const own = entries.find((entry) => entry.manager === manager && entry.operation === 'Update');
  const others = without(
    entries.filter((entry) => entry !== own),
    new Set([...set, ...gone]),
  );
  const fields = new Set([...(own === undefined ? [] : setOf(own)), ...set].filter((path) => !gone.has(path)));
  return fields.size === 0 ? others : [...others, entryOf(manager, 'Update', resource, fields)];
}
