import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import { canonicalQuantity } from './quantities.ts';
import { fieldSchema, itemSchema, type Schema } from './schemas.ts';

/** Returns the value without nulls: in JSON for the API they mean "not set". */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [name, withoutNulls(inner)]),
  );
}

/** Returns the value with every quantity as the API writes it. */
export function withCanonicalQuantities(value: Json, schema: Schema): Json {
  if (schema.type === 'any') return value;
  if (Array.isArray(value)) return value.map((item) => withCanonicalQuantities(item, itemSchema(schema)));
  if (isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, withCanonicalQuantities(inner, fieldSchema(schema, name))]),
    );
  }
  const isAmount = schema.type === 'quantity' && (typeof value === 'string' || typeof value === 'number');
  return isAmount ? canonicalQuantity(value) : value;
}

/** Returns whether the API leaves the field out: an empty struct it writes, an empty list, map or text it does not. */
function isLeftOut(value: Json, schema: Schema): boolean {
  if (schema.type === 'any') return false;
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return schema.type === 'map' && Object.keys(value).length === 0;
  return value === '' || value === false || value === 0;
}

/** Returns the value as the API writes it back: without the fields it leaves out when there is nothing in them. */
export function withoutEmpties(value: Json, schema: Schema): Json {
  if (schema.type === 'any') return value;
  if (Array.isArray(value)) return value.map((item) => withoutEmpties(item, itemSchema(schema)));
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    const of = fieldSchema(schema, name);
    const written = withoutEmpties(inner, of);
    // Keys of maps are the user's: an empty value in `data` or `labels` stays.
    const optional = schema.type === 'struct' && !schema.kept.has(name);
    if (!(optional && isLeftOut(written, of))) kept[name] = written;
  }
  return kept;
}
