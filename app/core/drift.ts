import type { Json } from './object.ts';

/** A field that we set and that is otherwise; `found` is undefined where it is not there. */
export type Difference = { readonly path: string; readonly found: Json | undefined };

/**
 * Returns where `observed` is not what `desired` sets, in order; empty when every field that we set is as we set it.
 * What only the API server or others set does not count, empty and absent are the same, and the quantities of resources compare by value.
 * Lists of named things (containers, env, ports) are matched by name, since admission may add to them; other lists whole.
 */
export function difference(desired: Json | undefined, observed: Json | undefined, path = ''): Difference[] {
  if (isEmpty(desired) && isEmpty(observed)) return [];
  if (isObject(desired)) {
    if (!isObject(observed)) return [{ path, found: observed }];
    return Object.keys(desired)
      .sort()
      .flatMap((key) => difference(desired[key], observed[key], path === '' ? key : `${path}.${key}`));
  }
  if (Array.isArray(desired)) return differenceOfLists(desired, observed, path);
  return desired === observed || (path.includes('resources.') && sameQuantity(desired, observed)) ? [] : [{ path, found: observed }];
}

function differenceOfLists(desired: readonly Json[], observed: Json | undefined, path: string): Difference[] {
  if (!Array.isArray(observed)) return [{ path, found: observed }];
  const name = (item: Json): string | undefined => (isObject(item) && typeof item['name'] === 'string' ? item['name'] : undefined);
  // Of volume mounts several may name one volume: only names that are each other's difference tell which is which.
  const names = desired.map(name);
  const byName = !names.includes(undefined) && new Set(names).size === names.length;
  if (!byName && desired.length !== observed.length) return [{ path, found: observed }];
  return desired.flatMap((item, index) => {
    const counterpart = byName ? (observed as readonly Json[]).find((other) => name(other) === name(item)) : (observed as readonly Json[])[index];
    return difference(item, counterpart, `${path}[${name(item) ?? index}]`);
  });
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isEmpty(value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0;
}

function sameQuantity(desired: Json | undefined, observed: Json | undefined): boolean {
  if (typeof desired !== 'string' || typeof observed !== 'string') return false;
  const [left, right] = [quantity(desired), quantity(observed)];
  return left !== undefined && left === right;
}

const suffixes: Readonly<Record<string, number>> = {
  n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18,
  Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60,
};

/** Returns the value of a Kubernetes quantity such as `100m` or `1Gi`, or undefined for any other text. */
function quantity(text: string): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))([numkMGTPE]?|[KMGTPE]i)$/.exec(text);
  if (!match) return undefined;
  return Number(match[1]) * (suffixes[match[2] ?? ''] ?? 1);
}
