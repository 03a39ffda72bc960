import type { Json } from '../object.ts';
import { mapOf, type Check } from './shape.ts';

const factors: ReadonlyMap<string, number> = new Map([
  ['n', 1e-9],
  ['u', 1e-6],
  ['m', 1e-3],
  ['', 1],
  ['k', 1e3],
  ['M', 1e6],
  ['G', 1e9],
  ['T', 1e12],
  ['P', 1e15],
  ['E', 1e18],
  ['Ki', 2 ** 10],
  ['Mi', 2 ** 20],
  ['Gi', 2 ** 30],
  ['Ti', 2 ** 40],
  ['Pi', 2 ** 50],
  ['Ei', 2 ** 60],
]);

const shape = /^([+-]?)(\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})([numkMGTPE]|[KMGTPE]i|[eE][+-]?\d{1,3}|)$/;

/**
 * Returns a Kubernetes quantity as a number, for comparing it with limits; undefined for what is none.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function quantityOf(value: Json | undefined): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, sign, digits = '', suffix = ''] = shape.exec(String(value)) ?? [];
  if (sign === undefined) return undefined;
  const factor = factors.get(suffix) ?? Number(`1${suffix}`);
  return (sign === '-' ? -1 : 1) * Number(digits) * factor;
}

/** Resources that a container may ask for, each with more than any node has: a typing error, or an attempt. */
const most: ReadonlyMap<string, { readonly amount: number; readonly said: string }> = new Map([
  ['cpu', { amount: 1000, said: '1000' }],
  ['memory', { amount: 2 ** 40, said: '1Ti' }],
  ['ephemeral-storage', { amount: 2 ** 40, said: '1Ti' }],
]);

/** Amounts of cpu, memory and ephemeral-storage. */
export const amounts: Check = mapOf((key, value, field, scope) => {
  const max = most.get(key);
  if (!max) {
    scope.say(
      field,
      'resources',
      'is a resource that previews are not given',
      `take it out: ${[...most.keys()].join(', ')} are`,
    );
    return undefined;
  }
  const amount = quantityOf(value);
  if (amount === undefined || amount < 0)
    scope.say(field, 'resources', 'is not an amount', 'write a number and its unit, such as 100m or 256Mi');
  else if (amount > max.amount) scope.say(field, 'resources', 'is more than any node has', `${max.said} is the most`);
  return typeof value === 'number' ? String(value) : value;
});

/** An amount of bytes, returned as the API server writes it back: 1024Mi is 1Gi. */
export const bytes: Check = (value, field, scope) => {
  const amount = quantityOf(value) ?? -1;
  if (amount < 0) scope.say(field, 'resources', 'is not an amount', 'write a number and its unit, such as 256Mi');
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string' || !value.endsWith('i') || !Number.isSafeInteger(amount) || amount <= 0) return value;
  const steps = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  const step = steps.findLastIndex((_unit, index) => amount % 1024 ** index === 0);
  return `${amount / 1024 ** step}${steps[step] ?? ''}`;
};
