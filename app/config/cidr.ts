import { isIPv4, isIPv6 } from 'node:net';
import { parseCidr } from '../core/cidr.ts';
import type { Wrong } from './shape.ts';

type Range = NonNullable<ReturnType<typeof parseCidr>>;

/** Says what keeps a text from being a range of addresses in CIDR notation, IPv4 or IPv6, nothing beyond its prefix. */
export function cidrRule(text: string): Wrong | undefined {
  const range = parseCidr(text);
  if (!range) return { message: 'is not a range of addresses', mend: mendOf(text) };
  if (range.of === 128 && range.bits >= 96 && range.address >> 32n === 0xffffn)
    return { message: 'is IPv4 written as IPv6', mend: 'write it as IPv4: 10.0.0.0/8' };
  const rest = BigInt(range.of - range.bits);
  const address = (range.address >> rest) << rest;
  return address === range.address
    ? undefined
    : { message: 'has bits beyond its prefix', mend: `did you mean ${textOf({ ...range, address })}?` };
}

/** Returns the range as it is usually written: in lower case, zeros left out. The text must be one. */
export function canonicalCidr(text: string): string {
  const range = parseCidr(text);
  if (!range) throw new TypeError(`not a range of addresses: ${text}`);
  return textOf(range);
}

function textOf({ address, bits, of }: Range): string {
  const [count, size] = of === 32 ? [4, 8n] : [8, 16n];
  const pieces = Array.from({ length: count }, (_, i) => (address >> (BigInt(count - 1 - i) * size)) % (1n << size));
  const written = of === 32 ? pieces.join('.') : shortened(pieces.map((piece) => piece.toString(16)).join(':'));
  return `${written}/${bits}`;
}

/** The URL parser writes an IPv6 address in one way: https://url.spec.whatwg.org/#concept-ipv6-serializer */
function shortened(address: string): string {
  return new URL(`http://[${address}]`).hostname.slice(1, -1);
}

function mendOf(text: string): string {
  if (isIPv4(text)) return `did you mean ${text}/32?`;
  if (isIPv6(text) && !text.includes('%')) return `did you mean ${shortened(text)}/128?`;
  return 'write an address and the length of its prefix: 10.0.0.0/8, 10.1.2.3/32, fd00::/8';
}
