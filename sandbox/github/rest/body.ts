import type { z } from 'zod';
import { Refusal, type RefusalDetail } from '../refusal.ts';
import type { Call } from './route.ts';

/**
 * The request's body as the schema has it. Throws GitHub's 422 with one entry in `errors` for each field that is
 * missing or wrong; unknown fields pass, as they do on GitHub.
 */
export function bodyOf<Schema extends z.ZodType>(call: Call, schema: Schema, resource: string): z.output<Schema> {
  const body = call.body === undefined ? {} : call.body;
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const errors = result.error.issues.map((issue): RefusalDetail => {
    const field = issue.path.join('.');
    const missing = valueAt(body, issue.path) === undefined;
    return {
      resource,
      field,
      code: missing ? 'missing_field' : 'invalid',
      message: missing ? `${field} is missing` : issue.message,
    };
  });
  throw new Refusal(422, 'Validation Failed', errors);
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
