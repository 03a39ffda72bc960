/** An address range: the address as a number, how many of its bits count, and of how many. */
type Range = { readonly address: bigint; readonly bits: number; readonly of: 32 | 128 };

/** Says whether the first range of addresses lies within the second (CIDR, both IPv4 or both IPv6); false for what is no range. */
export function within(inner: string, outer: string): boolean {
  const [a, b] = [parseCidr(inner), parseCidr(outer)];
  if (!a || !b || a.of !== b.of || a.bits < b.bits) return false;
  const shift = BigInt(b.of - b.bits);
  return a.address >> shift === b.address >> shift;
}

/** Returns the range that a CIDR such as `10.0.0.0/8` or `fd00::/8` writes, or undefined for any other text. */
export function parseCidr(text: string): Range | undefined {
  const match = /^([0-9a-f.:]+)\/(\d{1,3})$/i.exec(text);
  if (!match) return undefined;
  const [, ip = '', length = ''] = match;
  const of = ip.includes(':') ? 128 : 32;
  const address = of === 32 ? parseIpv4(ip) : parseIpv6(ip);
  const bits = Number(length);
  return address === undefined || bits > of || String(bits) !== length ? undefined : { address, bits, of };
}

function parseIpv4(ip: string): bigint | undefined {
  const parts = ip.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256)) return undefined;
  return parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);
}

function parseIpv6(ip: string): bigint | undefined {
  const halves = ip.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))) return undefined;
  return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}
