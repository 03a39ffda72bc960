import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from './resources.ts';

/**
 * What the API knows of a field: its type, and for lists whether items are told apart by keys, are a set, or go together
 * ("atomic"). Of `any` nothing is known: maps merge, lists are atomic. All of it comes from `fields-1.36.txt`.
 */
export type Schema =
  | { readonly type: 'string' | 'number' | 'boolean' | 'bytes' | 'quantity' | 'number-or-string' | 'any' }
  | { readonly type: 'map'; readonly of: Schema; readonly atomic: boolean }
  | {
      readonly type: 'struct';
      readonly fields: Readonly<Record<string, Schema>>;
      readonly atomic: boolean;
      /** Fields that are written back when they are empty, false or 0. */
      readonly kept: ReadonlySet<string>;
    }
  | { readonly type: 'list' | 'set'; readonly of: Schema }
  | { readonly type: 'keyed'; readonly of: Schema; readonly keys: readonly string[] };

const any: Schema = { type: 'any' };

const scalars: Readonly<Record<string, Schema>> = {
  str: { type: 'string' },
  num: { type: 'number' },
  bool: { type: 'boolean' },
  bytes: { type: 'bytes' },
  qty: { type: 'quantity' },
  intstr: { type: 'number-or-string' },
  any,
};

const types = readTypes(readFileSync(join(import.meta.dirname, 'fields-1.36.txt'), 'utf8'));

function readTypes(text: string): ReadonlyMap<string, Schema> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const bodies = new Map(lines.map((line): [string, string] => [line.slice(0, line.indexOf(':')), line]));
  const known = new Map<string, Schema>(Object.entries(scalars));
  const typeOf = (name: string): Schema => {
    const found = known.get(name);
    if (found !== undefined) return found;
    const line = bodies.get(name) ?? bodies.get(`${name}!`);
    if (line === undefined) throw new Error(`fields-1.36.txt names the type ${name} and does not describe it`);
    const [head = '', ...fields] = line.split(' ');
    const pairs = fields.map((field) => field.split(':') as [string, string]);
    const made: Schema = {
      type: 'struct',
      atomic: head.endsWith('!:'),
      kept: new Set(pairs.filter(([, type]) => type.endsWith('*')).map(([field]) => field)),
      fields: Object.fromEntries(pairs.map(([field, type]) => [field, listOf(typeOf, type.replace(/\*$/, ''))])),
    };
    known.set(name, made);
    return made;
  };
  for (const name of bodies.keys()) typeOf(name.replace('!', ''));
  return known;
}

function listOf(typeOf: (name: string) => Schema, text: string): Schema {
  const [, name = '', mark = '', keys = ''] = /^(\w+)(~!|~|\{\}|\[([\w,]*)\])?$/.exec(text) ?? [];
  const of = typeOf(name);
  if (mark === '') return of;
  if (mark.startsWith('~')) return { type: 'map', of, atomic: mark === '~!' };
  if (mark === '{}') return { type: 'set', of };
  return keys === '' ? { type: 'list', of } : { type: 'keyed', of, keys: keys.split(',') };
}

/** Returns the schema of a kind's objects. */
export function schemaOf(resource: Resource): Schema {
  return types.get(resource.kind) ?? any;
}

/** Returns the schema of one field of a map or struct. */
export function fieldSchema(schema: Schema, name: string): Schema {
  if (schema.type === 'map') return schema.of;
  return schema.type === 'struct' && Object.hasOwn(schema.fields, name) ? (schema.fields[name] ?? any) : any;
}

/** Returns the schema of the items of a list. */
export function itemSchema(schema: Schema): Schema {
  return schema.type === 'list' || schema.type === 'set' || schema.type === 'keyed' ? schema.of : any;
}

/** Returns whether a value of this schema is owned as a whole. */
export function isAtomic(schema: Schema): boolean {
  return schema.type === 'list' || ((schema.type === 'map' || schema.type === 'struct') && schema.atomic);
}
