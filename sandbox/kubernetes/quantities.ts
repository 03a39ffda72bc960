const grammar = /^([+-]?)(\d+(?:\.\d*)?|\.\d+)(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d+))?$/;

// Powers of ten and of 1024 by suffix, largest first.
const decimal = [
  ['E', 18],
  ['P', 15],
  ['T', 12],
  ['G', 9],
  ['M', 6],
  ['k', 3],
  ['', 0],
  ['m', -3],
  ['u', -6],
  ['n', -9],
] as const;
const binary = [
  ['Ei', 6],
  ['Pi', 5],
  ['Ti', 4],
  ['Gi', 3],
  ['Mi', 2],
  ['Ki', 1],
] as const;

/** Nano is the finest step a quantity has, so amounts are held in billionths. */
const nano = 10n ** 9n;

/** Returns the amount in billionths, or undefined when the text is no quantity. A finer step is rounded up, as the API does. */
export function billionths(text: string): bigint | undefined {
  const match = grammar.exec(text);
  if (match === null) return undefined;
  const [, sign, digits = '', suffix, exponent] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const power = decimal.find(([name]) => name === (suffix ?? ''))?.[1] ?? 0;
  const factor = 1024n ** BigInt(binary.find(([name]) => name === suffix)?.[1] ?? 0);
  const shift = power + Number(exponent ?? 0) + 9 - fraction.length;
  const units = BigInt(whole + fraction) * factor;
  const amount = shift >= 0 ? units * 10n ** BigInt(shift) : roundUp(units, 10n ** BigInt(-shift));
  return sign === '-' ? -amount : amount;
}

function roundUp(amount: bigint, step: bigint): bigint {
  return amount / step + (amount % step === 0n ? 0n : 1n);
}

/**
 * Returns the quantity as the API writes it back: no fraction, the largest suffix that keeps it whole (`1024Mi` is `1Gi`,
 * `0.1` is `100m`). Text that is no quantity comes back as it is.
 */
export function canonicalQuantity(quantity: string | number): string {
  const text = String(quantity);
  const amount = billionths(text);
  if (amount === undefined) return text;
  return quantityOf(amount, text);
}

/** Returns an amount of billionths as the API writes it, in the manner of `like` (`1Gi`: powers of 1024, `1e3`: exponents). */
export function quantityOf(amount: bigint, like: string): string {
  if (amount === 0n) return '0';
  if (/i$/.test(like) && amount % nano === 0n) {
    const whole = amount / nano;
    for (const [suffix, power] of binary)
      if (whole % 1024n ** BigInt(power) === 0n) return `${whole / 1024n ** BigInt(power)}${suffix}`;
    return String(whole);
  }
  const exponents = /[eE][+-]?\d/.test(like);
  for (const [suffix, power] of decimal) {
    const unit = 10n ** BigInt(power + 9);
    if (amount % unit === 0n) return `${amount / unit}${exponents && power > 0 ? `e${power}` : suffix}`;
  }
  return String(amount);
}

/** Adds amounts by name to a sum of billionths. */
export function addAmounts(sum: Map<string, bigint>, amounts: Readonly<Record<string, string>> = {}): void {
  for (const [name, amount] of Object.entries(amounts))
    sum.set(name, (sum.get(name) ?? 0n) + (billionths(amount) ?? 0n));
}
