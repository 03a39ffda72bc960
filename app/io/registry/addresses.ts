import { lookup } from 'node:dns';
import { metadataRanges } from '../../core/addresses.ts';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Never asked, whosoever's the address is: where clouds tell machines their secrets. */
const metadata = blockList(metadataRanges);

/** What is not reached over the Internet, from https://www.iana.org/assignments/iana-ipv4-special-registry/ and its IPv6 sister. */
const inner = blockList([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2001:db8::/32',
  '2002::/16',
  'fc00::/7',
  'fec0::/10',
  'ff00::/8',
]);

/** How far a connection may go: `registry` anywhere but to metadata services, `elsewhere` only to public addresses. */
export type Reach = 'registry' | 'elsewhere';

/** An address that may not be asked. Its message says which kind, not which. */
export class AddressRefused extends Error {
  override readonly name = 'AddressRefused';
}

/** Says whether an IP address may be connected to. An IPv4 address within an IPv6 one counts as what it is. */
export function mayReach(scoped: string, reach: Reach): boolean {
  const address = scoped.replace(/%.*$/s, '');
  const family = isIP(address);
  if (family === 0) return false;
  const plain = embedded(address);
  if (plain !== undefined) return mayReach(plain, reach);
  const kind = family === 6 ? 'ipv6' : 'ipv4';
  return !metadata.check(address, kind) && (reach === 'registry' || !inner.check(address, kind));
}

/**
 * Throws an AddressRefused for a URL whose host is written as an address that may not be asked; names are looked at when they are
 * resolved.
 */
export function checkLiteral(url: URL, reach: Reach): void {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (isIP(host) !== 0 && !mayReach(host, reach)) throw new AddressRefused('its address may not be asked');
}

/** Returns a lookup that refuses names with any address that may not be asked: what is checked is what is connected to. */
export function lookupWithin(reach: Reach): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) {
        callback(error, '', 4);
        return;
      }
      const [first] = addresses;
      if (first === undefined) callback(new Error('a name without an address'), '', 4);
      else if (!addresses.every(({ address }) => mayReach(address, reach))) callback(new AddressRefused('its address may not be asked'), '', 4);
      else if (options.all === true) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

/** Returns the IPv4 address in an IPv4-mapped (RFC 4291) or NAT64 (RFC 6052) one. */
function embedded(address: string): string | undefined {
  const written = URL.parse(`http://[${address}]/`)?.hostname ?? '';
  const [, high, low] = /^\[(?:::ffff:|64:ff9b::)([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(written) ?? [];
  if (high === undefined || low === undefined) return undefined;
  const [a, b] = [parseInt(high, 16), parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join('.');
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', bits = ''] = range.split('/');
    list.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
  }
  return list;
}
