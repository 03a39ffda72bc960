import { z } from 'zod';
import type { Json } from '../core/object.ts';
import { atKey, atValue, entriesOf, valueAt, type Finding, type Wrong } from './shape.ts';

/** The key of a chart's values that Avant fills in. */
const ours = 'avant';

/** Values for a chart, as people write them; `wrongValues` says what else is wrong with them. */
export const valuesSchema = z.record(
  z.string().meta({ title: 'key' }),
  z.unknown().meta({ description: 'A value of the chart, of any kind. Not a template.', example: '2' }),
);

/** Returns values as they came out of the schema; `wrongValues` must have found nothing. */
export function valuesOf(values: z.output<typeof valuesSchema> | undefined): Json {
  return (values ?? {}) as Json;
}

/** Finds what keeps values from reaching a chart as they are written. */
export function wrongValues(raw: unknown, path: readonly PropertyKey[]): Finding[] {
  const values = entriesOf(valueAt(raw, path));
  return values.flatMap(([key, value]) => {
    if (key !== ours) return wrongWithin(value, [...path, key]);
    const mend = 'choose another name: charts find .Values.avant.host and the like there';
    return [atKey([...path, key], 'is filled in by Avant', mend)];
  });
}

function wrongWithin(value: unknown, path: readonly PropertyKey[]): Finding[] {
  if (Array.isArray(value)) return value.flatMap((one, index) => wrongWithin(one, [...path, index]));
  if (typeof value === 'object') return entriesOf(value).flatMap(([key, one]) => wrongWithin(one, [...path, key]));
  const wrong = wrongScalar(value);
  return wrong ? [atValue(path, wrong.message, wrong.mend)] : [];
}

function wrongScalar(value: unknown): Wrong | undefined {
  if (typeof value === 'string' && !value.isWellFormed()) return { message: 'has half a character', mend: 'remove it' };
  if (typeof value !== 'number') return undefined;
  if (!Number.isFinite(value)) return { message: 'is no number that JSON has', mend: 'write it in quotes' };
  return Number.isInteger(value) && !Number.isSafeInteger(value)
    ? { message: 'is a number that would lose digits', mend: 'write it in quotes' }
    : undefined;
}
