/** A number that JSON's readers would not all read alike. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

const constants = new Map<string, boolean | null>([
  ...['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'].map((word) => [word, true] as const),
  ...['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'].map((word) => [word, false] as const),
  ...['', '~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
]);

const integer = /^[-+]?(?:0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[1-9][0-9]*|0)$/;
const float = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const infinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * Returns what an unquoted YAML scalar is to Kubernetes: as sigs.k8s.io/yaml (over go-yaml v2: YAML 1.1 without its base 60
 * numbers, dates as text) reads it for the API server, kubectl and helm. So `no`, `off` and `n` are false, `0777` is 511, `012:30`
 * is text. Throws an Unreadable for numbers that JSON cannot hold, or JavaScript not exactly.
 */
export function plainScalar(text: string): string | number | boolean | null {
  const constant = constants.get(text);
  if (constant !== undefined) return constant;
  if (infinite.test(text)) throw new Unreadable(`${text} is no number that JSON has`);
  if (text.startsWith('.')) return float.test(text) ? finite(text, text) : text;
  if (!/^[-+0-9]/.test(text)) return text;
  const digits = text.replaceAll('_', '');
  if (integer.test(digits)) {
    const value = bigOf(digits);
    if (value >= -(2n ** 63n) && value < 2n ** 64n) {
      if (value < BigInt(Number.MIN_SAFE_INTEGER) || value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Unreadable(`${text} is too large a number to be kept exactly`);
      return Number(value);
    }
  }
  return float.test(digits) ? finite(digits, text) : text;
}

/** Returns the number, or the text where it is too large for one, as Go does. */
function finite(digits: string, text: string): number | string {
  const value = Number(digits);
  return Number.isFinite(value) ? value : text;
}

function bigOf(digits: string): bigint {
  const negative = digits.startsWith('-');
  const plain = digits.replace(/^[-+]/, '');
  const value = BigInt(/^0[0-7]+$/.test(plain) ? `0o${plain.slice(1)}` : plain);
  return negative ? -value : value;
}
