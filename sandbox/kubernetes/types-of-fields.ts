import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import { itemSegment } from './field-sets.ts';
import { fieldSchema, itemSchema, type Schema } from './schemas.ts';

/** A value of the wrong type, or (`expected` undefined) a field that the API does not know. */
export type TypeProblem = { readonly path: string; readonly expected: string | undefined; readonly got: Json };

const expectedTypes: Partial<Record<Schema['type'], readonly [string, readonly string[]]>> = {
  string: ['string', ['string']],
  bytes: ['string', ['string']],
  number: ['number', ['number']],
  boolean: ['boolean', ['boolean']],
  quantity: ['scalar', ['string', 'number']],
  'number-or-string': ['scalar', ['string', 'number']],
};

/** Returns every value whose JSON type is not what the schema says (`data.x` a number, say), and every unknown field. Null is "not set". */
export function typeProblems(value: Json, schema: Schema, path = ''): TypeProblem[] {
  if (value === null || schema.type === 'any') return [];
  const [expected, allowed] = expectedTypes[schema.type] ?? [];
  if (expected !== undefined) return allowed?.includes(typeof value) === true ? [] : [{ path, expected, got: value }];
  if (schema.type === 'map' || schema.type === 'struct') {
    if (!isJsonObject(value)) return [{ path, expected: 'map', got: value }];
    return Object.entries(value).flatMap(([name, inner]) => {
      const unknown = schema.type === 'struct' && !Object.hasOwn(schema.fields, name);
      if (unknown) return [{ path: `${path}.${name}`, expected: undefined, got: inner }];
      return typeProblems(inner, fieldSchema(schema, name), `${path}.${name}`);
    });
  }
  if (!Array.isArray(value)) return [{ path, expected: 'list', got: value }];
  return value.flatMap((item, index) => typeProblems(item, itemSchema(schema), path + position(schema, item, index)));
}

/** Keyed items are shown by their keys (`[name="web"]`), others by position. */
function position(schema: Schema, item: Json, index: number): string {
  if (schema.type !== 'keyed' || !isJsonObject(item)) return `[${index}]`;
  return `[${schema.keys.map((key) => `${key}=${JSON.stringify(item[key] ?? (key === 'protocol' ? 'TCP' : null))}`).join(',')}]`;
}

/** Returns where a keyed list has two items of the same keys, with those keys, or undefined. */
export function findDuplicate(value: Json, schema: Schema, path = ''): { path: string; key: string } | undefined {
  if (isJsonObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      const found = findDuplicate(inner, fieldSchema(schema, name), `${path}.${name}`);
      if (found !== undefined) return found;
    }
  }
  if (!Array.isArray(value) || schema.type !== 'keyed') return undefined;
  const seen = new Set<string>();
  for (const item of value) {
    const key = itemSegment(schema, item);
    const at = position(schema, item, 0);
    if (seen.has(key)) return { path, key: at };
    seen.add(key);
    const inside = findDuplicate(item, schema.of, path + at);
    if (inside !== undefined) return inside;
  }
  return undefined;
}

/** Returns the value without fields that the API does not know: a create or update drops them. */
export function withoutUnknown(value: Json, schema: Schema): Json {
  if (schema.type === 'any') return value;
  if (Array.isArray(value)) return value.map((item) => withoutUnknown(item, itemSchema(schema)));
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    if (schema.type === 'struct' && !Object.hasOwn(schema.fields, name)) continue;
    kept[name] = withoutUnknown(inner, fieldSchema(schema, name));
  }
  return kept;
}

/** Returns the first value that `isBad` of all those of one scalar type. */
export function findScalar(
  value: Json,
  schema: Schema,
  type: 'quantity' | 'bytes',
  isBad: (text: string) => boolean,
): string | undefined {
  if (schema.type === 'any' || value === null) return undefined;
  if (schema.type === type && (typeof value === 'string' || typeof value === 'number'))
    return isBad(String(value)) ? String(value) : undefined;
  if (typeof value !== 'object') return undefined;
  const inner: [Json, Schema][] = Array.isArray(value)
    ? value.map((item) => [item, itemSchema(schema)])
    : Object.entries(value).map(([name, child]) => [child, fieldSchema(schema, name)]);
  for (const [child, childSchema] of inner) {
    const found = findScalar(child, childSchema, type, isBad);
    if (found !== undefined) return found;
  }
  return undefined;
}
