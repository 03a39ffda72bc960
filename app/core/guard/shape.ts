import { at, isList, isMap } from '../json.ts';
import type { Json } from '../object.ts';
import { shown } from '../outside-text.ts';
import type { GuardPolicy } from './policy.ts';
import type { Rule } from './rules.ts';

/** What the checks of one object know and tell. */
export type Scope = {
  readonly policy: GuardPolicy;
  /** Names of what is in the same render. */
  readonly render: { readonly secrets: ReadonlySet<string>; readonly accounts: ReadonlySet<string> };
  readonly say: (field: string, rule: Rule, message: string, mend: string) => void;
  /** Tells what is left out of the object. */
  readonly leaveOut: (why: string) => void;
};

/**
 * Looks at a value at `field` and tells its violations; returns the value normalised, or undefined for what is to be left out. It is
 * never given null: that is absent, as it is to the API server.
 */
export type Check = (value: Json, field: string, scope: Scope) => Json | undefined;

/** Returns the path of a field below another as a reader writes it: `spec.ports[0]`, `metadata.labels."a.b/c"`. */
export function below(field: string, key: string | number): string {
  if (typeof key === 'number') return `${field}[${key}]`;
  const name = /^[\w/-]{1,80}$/.test(key) ? key : `"${shown(key, 80)}"`;
  return field === '' ? name : `${field}.${name}`;
}

/** The same for a field whose name is ours. */
function plain(field: string, key: string): string {
  return field === '' ? key : `${field}.${key}`;
}

/** A map with these fields and no others; `required` ones must be there. Empty lists are left out, as the API server does. */
export function fields(known: Readonly<Record<string, Check>>, required: readonly string[] = []): Check {
  const table = new Map(Object.entries(known));
  return (value, field, scope) => {
    if (!isMap(value)) return mismatch(value, 'a map', field, scope);
    const result: Record<string, Json> = {};
    for (const key of Object.keys(value)) {
      const given = value[key];
      if (given === undefined || given === null) continue;
      const check = table.get(key);
      const taken = check ? check(given, plain(field, key), scope) : unknown(below(field, key), scope);
      if (taken !== undefined && !(isList(taken) && taken.length === 0)) result[key] = taken;
    }
    for (const key of required)
      if (at(value, key) === undefined) scope.say(plain(field, key), 'field-required', 'is missing', 'add it');
    return result;
  };
}

function unknown(field: string, scope: Scope): Json | undefined {
  scope.say(field, 'field-unknown', 'unknown field', 'take it out; if Kubernetes has it, it is newer than this guard');
  return undefined;
}

export function listOf(check: Check): Check {
  return (value, field, scope) => {
    if (!isList(value)) return mismatch(value, 'a list', field, scope);
    return value.flatMap((item, index) => {
      const where = below(field, index);
      const taken = item === null ? mismatch(item, 'a value', where, scope) : check(item, where, scope);
      return taken === undefined ? [] : [taken];
    });
  };
}

/** A map whose keys people choose, left out when empty. A key without a value has an empty text, which is what the API server makes of it. */
export function mapOf(check: (key: string, value: Json, field: string, scope: Scope) => Json | undefined): Check {
  return (value, field, scope) => {
    if (!isMap(value)) return mismatch(value, 'a map', field, scope);
    const entries = Object.entries(value).flatMap(([key, given]) => {
      if (given === undefined) return [];
      const taken = check(key, given ?? '', below(field, key), scope);
      return taken === undefined ? [] : [[key, taken] as const];
    });
    return entries.length === 0 ? undefined : Object.fromEntries(entries);
  };
}

export const text: Check = (value, field, scope) =>
  typeof value === 'string' ? value : mismatch(value, 'text', field, scope);

/** A text that is looked at further. */
export function textThat(check: (value: string, field: string, scope: Scope) => Json | undefined): Check {
  return (value, field, scope) =>
    typeof value === 'string' ? check(value, field, scope) : mismatch(value, 'text', field, scope);
}

export const bool: Check = (value, field, scope) =>
  typeof value === 'boolean' ? value : mismatch(value, 'true or false', field, scope);

/** A field of which the API server leaves out false: written, it would differ from what is read back. */
export const flag: Check = (value, field, scope) => bool(value, field, scope) || undefined;

export const texts: Check = listOf(text);

/** A whole number within bounds, which are included. */
export function integer(min = 0, max = 2_147_483_647): Check {
  return (value, field, scope) => {
    if (typeof value !== 'number') return mismatch(value, 'a number', field, scope);
    if (Number.isInteger(value) && value >= min && value <= max) return value;
    scope.say(field, 'field-value', `is not a whole number from ${min} to ${max}`, 'write one');
    return undefined;
  };
}

const natural = integer();

/** A number of which the API server leaves out 0. */
export const count: Check = (value, field, scope) => natural(value, field, scope) || undefined;

/** A whole number that a limit of the platform holds. */
export function atMost(max: (scope: Scope) => number, rule: Rule): Check {
  const whole = integer();
  return (value, field, scope) => {
    const taken = whole(value, field, scope);
    const most = max(scope);
    if (typeof taken === 'number' && taken > most)
      scope.say(field, rule, `is ${taken}`, `${most} is the most that the platform allows`);
    return taken;
  };
}

/** One of some words; an empty text is as good as none. */
export function oneOf(...values: readonly string[]): Check {
  return textThat((value, field, scope) => {
    if (value === '') return undefined;
    if (values.includes(value)) return value;
    scope.say(field, 'field-value', `is "${shown(value)}"`, `write ${values.join(' or ')}`);
    return undefined;
  });
}

/** A port's number or name, or a count or percentage. */
export const numberOrText: Check = (value, field, scope) =>
  typeof value === 'number' ? natural(value, field, scope) : text(value, field, scope);

/** A field that nothing but an empty value may have; that is left out. */
export function refused(rule: Rule, message: string, mend: string): Check {
  return (value, field, scope) => {
    if (!isEmpty(value)) scope.say(field, rule, message, mend);
    return undefined;
  };
}

/** A field that may only have these values, which are as good as none: they are left out. */
export function only(values: readonly Json[], rule: Rule, message: string, mend: string): Check {
  return (value, field, scope) => {
    if (!values.includes(value)) scope.say(field, rule, message, mend);
    return undefined;
  };
}

/** A field that others judge. */
export const kept: Check = (value) => value;

/** A field that is left out, whatever it has. */
export const leftOut: Check = () => undefined;

function isEmpty(value: Json): boolean {
  if (isList(value)) return value.length === 0;
  if (isMap(value)) return Object.keys(value).length === 0;
  return value === '' || value === false || value === 0 || value === null;
}

/** Tells that a value is of the wrong type. */
function mismatch(value: Json, wanted: string, field: string, scope: Scope): Json | undefined {
  const scalar = typeof value === 'number' || typeof value === 'boolean';
  const mend =
    wanted === 'text' && scalar
      ? 'put it in quotes'
      : typeof value === 'string' && wanted !== 'text' && /^(\d+|true|false)$/.test(value)
        ? 'write it without quotes'
        : `write ${wanted}`;
  scope.say(field, 'field-type', `is ${typeName(value)} where ${wanted} is wanted`, mend);
  return undefined;
}

function typeName(value: Json): string {
  if (value === null) return 'nothing';
  if (isList(value)) return 'a list';
  if (isMap(value)) return 'a map';
  return typeof value === 'string' ? 'text' : typeof value === 'number' ? 'a number' : 'true or false';
}
