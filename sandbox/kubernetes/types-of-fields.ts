import { isJsonObject, type Json } from './objects.ts';
import { itemSegment } from './field-sets.ts';
import { fieldSchema, type Schema } from './schemas.ts';

export type TypeProblem = { path: string; expected: string; got: Json };

/** Returns the first value whose JSON type is not what the schema says (`data.x` a number, say), or undefined. Null is "not set". */
export function findTypeProblem(value: Json, schema: Schema, path = ''): TypeProblem | undefined {
  if (value === null) return undefined;
  switch (schema.type) {
    case 'any':
      return undefined;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === schema.type ? undefined : { path, expected: schema.type, got: value };
    case 'map':
    case 'struct':
      if (!isJsonObject(value)) return { path, expected: 'map', got: value };
      return first(Object.entries(value), ([name, child]) =>
        findTypeProblem(child, fieldSchema(schema, name), `${path}.${name}`),
      );
    case 'list':
    case 'keyed':
      if (!Array.isArray(value)) return { path, expected: 'list', got: value };
      return first([...value.entries()], ([index, item]) =>
        findTypeProblem(item, schema.of, path + position(schema, item, index)),
      );
    case 'set':
      return Array.isArray(value) ? undefined : { path, expected: 'list', got: value };
  }
}

function first<T>(items: T[], check: (item: T) => TypeProblem | undefined): TypeProblem | undefined {
  for (const item of items) {
    const problem = check(item);
    if (problem !== undefined) return problem;
  }
  return undefined;
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
