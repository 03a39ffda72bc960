import { isDeepStrictEqual } from 'node:util';
import { type FieldSet, fieldsOf } from './field-sets.ts';
import { withCanonicalQuantities } from './canonical.ts';
import { entryOf, ownable, setOf, without } from './managed-fields.ts';
import { merge, prune } from './merge.ts';
import { asJson, asObject, type Json, type JsonObject, type KubernetesObject, type ManagedFields } from './objects.ts';
import type { Resource } from './resources.ts';
import { schemaOf } from './schemas.ts';

/**
 * Returns what a forced server-side apply makes of the live object, before defaults: what the body names is set, what this
 * manager named last time and nobody names now is taken out, all else stays. Fields that others hold with another value are
 * theirs no longer.
 */
export function applied(
  resource: Resource,
  manager: string,
  live: KubernetesObject | undefined,
  body: JsonObject,
): KubernetesObject {
  const schema = schemaOf(resource);
  const config = withCanonicalQuantities(ownable(body), schema) as JsonObject;
  const wanted = fieldsOf(config, schema);
  const fields: FieldSet = new Set(wanted.keys());
  const entries = live?.metadata.managedFields ?? [];
  const own = entries.find((entry) => entry.manager === manager && entry.operation === 'Apply');
  const had = live === undefined ? new Map<string, Json>() : fieldsOf(ownable(asJson(live)), schema);
  const taken = new Set(
    [...fields].filter((path) => had.has(path) && !isDeepStrictEqual(had.get(path), wanted.get(path))),
  );
  const others = without(
    entries.filter((entry) => entry !== own),
    taken,
  );
  const object = structuredClone(merge(live === undefined ? undefined : asJson(live), config, schema)) as JsonObject;
  if (own !== undefined) prune(object, setOf(own), [fields, ...others.map(setOf)]);
  const result = asObject(object);
  const mine = fields.size === 0 ? [] : [unchangedOr(own, entryOf(manager, 'Apply', resource, fields))];
  return { ...result, metadata: { ...result.metadata, managedFields: [...mine, ...others] } };
}

/** An entry that names the same fields as before keeps its time. */
function unchangedOr(before: ManagedFields | undefined, now: ManagedFields): ManagedFields {
  return before !== undefined && isDeepStrictEqual(before.fieldsV1, now.fieldsV1) ? before : now;
}
