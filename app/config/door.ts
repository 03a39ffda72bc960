import { isIPv4, isIPv6 } from 'node:net';
import { z } from 'zod';
import { homeCluster } from '../core/ports.ts';
import { asWritten } from './as-written.ts';
import { secret, type Secret } from './secret.ts';
import { atKey, entriesOf, text, valueAt, type Finding, type Wrong } from './shape.ts';
import type { YamlFile } from './yaml.ts';

/** Where the hosts of a cluster's previews are asked whether they answer. */
export type DoorSettings = {
  /** Scheme, host and port, such as `http://haproxy.avant.svc:80`. */
  readonly address: string;
  /** Sent with each question, by name. */
  readonly headers: Readonly<Record<string, Secret>>;
  /** With https: the certificate is not checked. */
  readonly insecure: boolean;
};

const maxHeaderValue = 4_096;
const headerPattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const addressPattern = /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?\/?$/;
/** What says where a question goes, and how it is sent, is not to be set. */
const ofMessage = new Set(['host', 'connection', 'keep-alive', 'proxy-connection', 'content-length', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer']);

/** Rule for the address of a door; its messages never repeat the value, which may hold a password by mistake. */
export function addressRule(value: string): Wrong | undefined {
  const mend = 'write a scheme, a host and perhaps a port: http://haproxy.avant.svc:80';
  if (/^[a-z]+:\/\/[^/]*@/i.test(value)) return { message: 'has credentials', mend: 'leave them out: headers can say Authorization' };
  if (!addressPattern.test(value)) return { message: 'is not the address of a door', mend };
  const [, host = '', port = '80'] = /^https?:\/\/(\[.*\]|[^/:]+)(?::(\d+))?/.exec(value) ?? [];
  if (Number(port) < 1 || Number(port) > 65_535) return { message: 'has a port that there is not', mend: 'ports are 1 to 65535' };
  const labels = host.split('.');
  const isName = host.length <= 253 && labels.every((label) => /^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label));
  const isHost = host.startsWith('[') ? isIPv6(host.slice(1, -1)) : /^\d+$/.test(labels.at(-1) ?? '') ? isIPv4(host) : isName;
  return isHost ? undefined : { message: 'has no host', mend };
}

function nameRule(value: string): Wrong | undefined {
  if (!headerPattern.test(value)) return { message: 'is not a header’s name', mend: 'write a letter, then letters, digits, "-" and "_", 64 at most: X-Forwarded-Proto' };
  return ofMessage.has(value.toLowerCase()) ? { message: 'says where the question goes or how it is sent', mend: 'leave it out' } : undefined;
}

function valueRule(value: string): Wrong | undefined {
  if (value.length > maxHeaderValue) return { message: `is longer than ${maxHeaderValue} characters`, mend: 'write a shorter one' };
  const fits = /^[!-~]([ -~]*[!-~])?$/.test(value);
  return fits ? undefined : { message: 'is not the value of a header', mend: 'write ASCII that shows, in one line' };
}

const shape = z.strictObject({
  address: text(addressRule, addressPattern).meta({
    description: 'Where the ingress controller is reached from Avant: scheme, host and port. With https each host’s certificate is checked.',
    example: 'http://haproxy.avant.svc:80',
  }),
  headers: z
    .record(
      text(nameRule, headerPattern).meta({ title: 'header' }),
      z.union([text(valueRule), z.number(), z.boolean()]).meta({ description: 'Its value. The previews see it too.', example: 'https' }),
    )
    .nullable()
    .prefault({})
    .meta({ description: 'Headers that are sent with each question; they are never logged.', example: '{ X-Forwarded-Proto: https }' }),
  insecure: z.boolean().default(false).meta({ description: 'With https: whether certificates are taken unchecked.', example: 'true' }),
});

/** `door`, and `clusters.<name>.door`: without it a preview is live once its containers are ready. */
export const door = shape.optional().meta({
  description: 'Where the hosts of previews are asked whether they answer: only then a preview is called live. That of the cluster `home`; without it, ready containers have to do.',
  example: '{ address: http://haproxy.avant.svc:80 }',
});

/** The same for a further cluster. */
export const clusterDoor = shape.optional().meta({
  description: 'Where hosts of this cluster’s previews are asked whether they answer; without it, ready containers have to do.',
  example: '{ address: http://haproxy.eu.bar.com:80 }',
  sameAs: 'door',
});

type Raw = z.output<typeof shape>;

/** Finds headers that are named twice: HTTP does not tell case apart. The data may have any shape. */
export function wrongDoors(raw: unknown): Finding[] {
  const clusters = entriesOf(valueAt(raw, ['clusters'])).map(([name]) => ['clusters', name]);
  return [[], ...clusters].flatMap((path) => {
    const here = [...path, 'door', 'headers'];
    const seen = new Set<string>();
    return entriesOf(valueAt(raw, here)).flatMap(([name]) => {
      const twice = seen.has(name.toLowerCase());
      seen.add(name.toLowerCase());
      return twice ? [atKey([...here, name], 'names a header a second time', 'keep one of the two')] : [];
    });
  });
}

/** Returns the doors by cluster; those without one have no entry. */
export function doorsOf(
  raw: { readonly door?: Raw | undefined; readonly clusters: Readonly<Record<string, { readonly door?: Raw | undefined }>> | null },
  yaml: YamlFile,
): Readonly<Record<string, DoorSettings>> {
  const settings = ({ address, headers, insecure }: Raw, path: readonly string[]): DoorSettings => ({
    address: address.replace(/\/$/, ''),
    headers: Object.fromEntries(Object.entries(headers ?? {}).map(([name, value]) => [name, secret(asWritten(yaml, [...path, 'headers', name], value))])),
    insecure,
  });
  const further = Object.entries(raw.clusters ?? {}).flatMap(([name, cluster]) => (cluster.door ? [[name, settings(cluster.door, ['clusters', name, 'door'])] as const] : []));
  return Object.fromEntries([...(raw.door ? [[homeCluster, settings(raw.door, ['door'])] as const] : []), ...further]);
}
