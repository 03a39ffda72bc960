import { shown } from '../outside-text.ts';
import { parseCidr } from '../cidr.ts';
import type { Access, DoorRules, TrafficPolicy } from './policy.ts';

/** One typed field: its name as people write it, where its value is, and what must not be said to a controller. */
export type Field<V> = {
  readonly name: string;
  /** Undefined: the field says nothing. */
  readonly read: (rules: DoorRules) => V | undefined;
  /** Says what keeps the value from being plain. A second wall: the config has looked already, and nothing relies on that. */
  readonly wrong: (value: V) => string | undefined;
};

function field<V>(name: string, read: Field<V>['read'], wrong: Field<V>['wrong']): Field<V> {
  return { name, read, wrong };
}

/** HAProxy takes times up to 2^31 ms; nobody waits longer than a day. */
const longestMs = 86_400_000;

function wholeTo(most: number): (value: number) => string | undefined {
  return (value) =>
    Number.isSafeInteger(value) && value >= 1 && value <= most
      ? undefined
      : `is not a whole number from 1 to ${most}`;
}
const count = wholeTo(1_000_000);
const duration = wholeTo(longestMs);

function oneOf(...words: readonly string[]): (value: string) => string | undefined {
  return (value) => (words.includes(value) ? undefined : `is not one of ${words.join(', ')}`);
}

function matching(pattern: RegExp, what: string): (value: string) => string | undefined {
  return (value) => (typeof value === 'string' && pattern.test(value) ? undefined : `is not ${what}`);
}

/** Canonical text, or any other that has nothing but an address and its prefix; empty lists stand for everybody. */
function ranges(value: readonly string[], most: number): string | undefined {
  if (value.length > most) return `has more than ${most} ranges of addresses`;
  const odd = value.find((one) => one.length > 43 || parseCidr(one) === undefined);
  return odd === undefined ? undefined : `has "${shown(odd)}", which is no range of addresses`;
}

const headerName = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
/** ASCII that shows, no space at either end. */
const headerValue = /^[!-~](?:[ -~]{0,510}[!-~])?$/;
/** Where a message ends, and what belongs to one connection: RFC 9112, section 6, and RFC 9110, section 7.6.1. */
const framing =
  /^(?:content-length|transfer-encoding|connection|keep-alive|proxy-connection|te|trailer|upgrade|http2-settings)$/i;
/** What the door says itself, last. */
const doors = /^(?:x-avant-preview|strict-transport-security)$/i;

/**
 * How many bytes the headers of one direction may have together, with 8 for each. HAProxy keeps 1024 free for what rules add
 * (tune.maxrewrite): beyond, requests with a large body and large responses are answered with 500. The door and the controller add up
 * to 300 of their own.
 */
export const headersRoom = 700;

/** Says what keeps headers of one direction from being set at the door, all together. */
export function headersProblem(headers: Readonly<Record<string, string>>): string | undefined {
  const entries = Object.entries(headers);
  for (const [name, value] of entries) {
    if (!headerName.test(name)) return `has "${shown(name)}", which is no header’s name`;
    if (framing.test(name) || doors.test(name)) return `has ${name}, which is the door’s`;
    if (typeof value !== 'string' || !headerValue.test(value))
      return `has a value of ${name} that is not plain: 1 to 512 ASCII characters that show, without spaces around`;
  }
  const names = new Set(entries.map(([name]) => name.toLowerCase()));
  if (names.size < entries.length) return 'has a header twice';
  const bytes = entries.reduce((sum, [name, value]) => sum + name.length + value.length + 8, 0);
  return bytes <= headersRoom ? undefined : `takes ${bytes} bytes with 8 for each header, and ${headersRoom} are the most`;
}

function headersOf(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> | undefined {
  return Object.keys(headers).length === 0 ? undefined : headers;
}

const host = String.raw`[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(?::\d{1,5})?`;
/** Of a URL's path and query what a word of HAProxy's configuration has; no `:` in the path, which the controller takes for a port. */
const requestUrl = new RegExp(String.raw`^https?://${host}(?:/[A-Za-z0-9._~/-]{0,256}(?:\?[A-Za-z0-9._~/=&,-]{0,256})?)?$`);
/** Of a page that people read, so `${url}` too, which stands for where they wanted to go. */
const signinUrl = new RegExp(
  String.raw`^https?://${host}(?:/[A-Za-z0-9._~/-]{0,256}(?:\?(?:[A-Za-z0-9._~/=&,:%-]|\$\{url\}){0,256})?)?$`,
);
const dnsLabel = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const dnsName = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const realm = /^[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,62}[A-Za-z0-9])?$/;

function accessProblem(access: Access): string | undefined {
  if (access.kind === 'addresses') {
    if (access.addresses.length === 0) return 'has no addresses, which would let everybody in';
    return ranges(access.addresses, 1000);
  }
  if (access.kind === 'password') {
    const { namespace, name } = access.secret;
    if (!dnsLabel.test(namespace) || !dnsName.test(name)) return 'names no Secret: a namespace and a name are wanted';
    return matching(realm, 'a plain realm')(access.realm);
  }
  if (access.kind !== 'request') return 'is no way to look';
  if (!requestUrl.test(access.url)) return 'asks at what is no plain URL';
  if (access.signin !== undefined && !signinUrl.test(access.signin)) return 'sends to what is no plain URL';
  const odd = access.headers.find((name) => !headerName.test(name) || framing.test(name) || /^host$/i.test(name));
  return odd === undefined ? undefined : `hands on "${shown(odd)}", which is no header’s name or the door’s`;
}

type Timeouts = TrafficPolicy['timeouts'];
const timeout = (key: string, read: (timeouts: Timeouts) => number | undefined): Field<number> =>
  field(`traffic.timeouts.${key}`, ({ traffic }) => read(traffic.timeouts), duration);

/** Every typed field; each dialect has a row for each of them. */
export const fields = {
  rateLimit: field(
    'traffic.rateLimit',
    ({ traffic }) => traffic.rateLimit,
    ({ requestsPerSecond, except }) => count(requestsPerSecond) ?? ranges(except, 200),
  ),
  connectionsPerAddress: field('traffic.connectionsPerAddress', ({ traffic }) => traffic.connectionsPerAddress, count),
  requestHeaders: field('traffic.requestHeaders', ({ traffic }) => headersOf(traffic.requestHeaders), headersProblem),
  responseHeaders: field('traffic.responseHeaders', ({ traffic }) => headersOf(traffic.responseHeaders), headersProblem),
  maxConnections: field('traffic.queue.maxConnections', ({ traffic }) => traffic.queue.maxConnections, count),
  queueLength: field('traffic.queue.length', ({ traffic }) => traffic.queue.length, count),
  queueTimeout: field('traffic.queue.timeout', ({ traffic }) => traffic.queue.timeoutMs, duration),
  balance: field(
    'traffic.balance',
    ({ traffic }) => traffic.balance,
    oneOf('roundrobin', 'leastconn', 'random', 'source', 'first'),
  ),
  serverTimeout: timeout('server', ({ serverMs }) => serverMs),
  connectTimeout: timeout('connect', ({ connectMs }) => connectMs),
  tunnelTimeout: timeout('tunnel', ({ tunnelMs }) => tunnelMs),
  rewrite: field(
    'traffic.rewrite',
    ({ traffic }) => traffic.rewrite,
    matching(/^\/[A-Za-z0-9._~/-]{0,255}$/, 'a plain path'),
  ),
  protocol: field('traffic.protocol', ({ traffic }) => traffic.protocol, oneOf('http1', 'h2', 'grpc')),
  bodySize: field('traffic.bodySize', ({ traffic }) => traffic.bodyBytes, wholeTo(2 ** 50)),
  access: field('access', ({ access }) => (access.kind === 'open' ? undefined : access), accessProblem),
  tls: field(
    'ingress.tls',
    ({ tls }) => tls,
    (value) => (typeof value === 'boolean' ? undefined : 'is not true or false'),
  ),
  noindex: field(
    'ingress.noindex',
    ({ noindex }) => noindex || undefined,
    (value) => (typeof value === 'boolean' ? undefined : 'is not true or false'),
  ),
  marker: field('namespace', ({ marker }) => marker, matching(dnsLabel, 'the name of a namespace')),
} as const;
