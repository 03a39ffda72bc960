import type { Wrong } from './shape.ts';

const decimal = ['m', '', 'k', 'M', 'G', 'T', 'P', 'E'];
const binary = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];

type Quantity = { readonly thousandths: bigint; readonly binary: boolean };

/**
 * Reads a Kubernetes quantity: digits, perhaps a fraction, and one of the suffixes m, k, M … E, Ki … Ei. Undefined
 * for anything else, also for what is finer than a thousandth, and for the exponents (1e3) that Kubernetes takes too.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
function readQuantity(text: string): Quantity | undefined {
  const match = /^(\d{1,15})(?:\.(\d{1,9}))?([A-Za-z]{0,2})$/.exec(text);
  if (!match) return undefined;
  const [, whole = '', fraction = '', suffix = ''] = match;
  const [thousands, kibis] = [decimal.indexOf(suffix), binary.indexOf(suffix)];
  if (thousands < 0 && kibis < 0) return undefined;
  const factor = thousands >= 0 ? 1000n ** BigInt(thousands) : 1000n * 1024n ** BigInt(kibis);
  const [scaled, divisor] = [BigInt(whole + fraction) * factor, 10n ** BigInt(fraction.length)];
  return scaled % divisor === 0n ? { thousandths: scaled / divisor, binary: thousands < 0 } : undefined;
}

/**
 * Returns the quantity as the API server writes it back (`0.5` is `500m`, `1024Mi` is `1Gi`), so that what was applied
 * and what is read compare equal. The text must be a quantity.
 */
export function canonicalQuantity(text: string): string {
  const quantity = readQuantity(text);
  if (!quantity) throw new TypeError(`not a quantity: ${text}`);
  const { thousandths } = quantity;
  if (thousandths === 0n) return '0';
  const whole = thousandths / 1000n;
  if (quantity.binary && thousandths % 1000n === 0n && whole >= 1024n) return inLargest(whole, 1024n, binary);
  return inLargest(thousandths, 1000n, decimal);
}

function inLargest(amount: bigint, base: bigint, suffixes: readonly string[]): string {
  let [left, index] = [amount, 0];
  while (left !== 0n && left % base === 0n && index < suffixes.length - 1) [left, index] = [left / base, index + 1];
  return `${left}${suffixes[index] ?? ''}`;
}

/** Rule for a container's CPU: from a thousandth of a core to 1000 cores, more than a node has. */
export function cpuRule(text: string): Wrong | undefined {
  const quantity = readQuantity(text);
  if (!quantity || quantity.binary)
    return { message: 'is not an amount of CPU', mend: 'write cores, or thousandths of a core with m: 100m, 0.5, 2' };
  if (quantity.thousandths === 0n) return { message: 'must be more than nothing', mend: 'write 100m, for example' };
  return quantity.thousandths > 1_000_000n
    ? { message: 'is more than any node has', mend: '1000 cores are the most' }
    : undefined;
}

/** Rule for a container's memory: whole bytes from 1Mi (a process needs more; `100m` is a tenth of a byte) to 1Ti. */
export function memoryRule(text: string): Wrong | undefined {
  const quantity = readQuantity(text);
  if (!quantity)
    return { message: 'is not an amount of memory', mend: 'write a number and its unit, Ki, Mi or Gi: 256Mi' };
  if (/m$/.test(text))
    return { message: 'is in thousandths of a byte', mend: `did you mean ${text.replace('m', 'Mi')}?` };
  if (quantity.thousandths % 1000n !== 0n) return { message: 'is not a whole number of bytes', mend: 'write it in Mi' };
  const bytes = quantity.thousandths / 1000n;
  if (bytes < 1024n ** 2n)
    return { message: 'is too little to run anything', mend: '1Mi is the least; 256Mi is usual' };
  return bytes > 1024n ** 4n ? { message: 'is more than any node has', mend: '1Ti is the most' } : undefined;
}

/** Rule for the disk of a preview's volumes together: none at all, or whole bytes from 1Mi to 1Pi. */
export function storageRule(text: string): Wrong | undefined {
  const quantity = readQuantity(text);
  if (!quantity)
    return { message: 'is not an amount of storage', mend: 'write a number and its unit, Mi, Gi or Ti: 10Gi' };
  if (quantity.thousandths === 0n) return undefined;
  if (/m$/.test(text))
    return { message: 'is in thousandths of a byte', mend: `did you mean ${text.replace('m', 'Mi')}?` };
  const bytes = quantity.thousandths / 1000n;
  if (quantity.thousandths % 1000n !== 0n || bytes < 1024n ** 2n)
    return { message: 'is too little for any volume', mend: '1Mi is the least; 0 allows no volumes' };
  return bytes > 1024n ** 5n ? { message: 'is more than any disk has', mend: '1Pi is the most' } : undefined;
}

/** Rule for the body of a request: whole bytes from 1Ki to 1Ti. */
export function bodyRule(text: string): Wrong | undefined {
  const quantity = readQuantity(text);
  if (!quantity) return { message: 'is not a size', mend: 'write a number and its unit, Ki, Mi or Gi: 50Mi' };
  const bytes = quantity.thousandths / 1000n;
  if (quantity.thousandths % 1000n !== 0n) return { message: 'is not a whole number of bytes', mend: 'write it in Mi' };
  if (bytes < 1024n) return { message: 'is too little for any form', mend: '1Ki is the least; 50Mi is usual' };
  return bytes > 1024n ** 4n ? { message: 'is more than any request has', mend: '1Ti is the most' } : undefined;
}

/** Returns the whole bytes of a quantity; NaN for any other text. */
export function bytesOf(text: string): number {
  const quantity = readQuantity(text);
  return quantity === undefined || quantity.thousandths % 1000n !== 0n ? NaN : Number(quantity.thousandths / 1000n);
}

/** Returns bytes as people write them: in the largest unit that leaves nothing over. */
export function bytesText(bytes: number): string {
  return inLargest(BigInt(bytes), 1024n, binary);
}
