import { within } from '../core/cidr.ts';
import { wordlessFields } from '../core/traffic/dialects.ts';
import { headersRoom } from '../core/traffic/fields.ts';
import type { Dialect } from '../core/traffic/policy.ts';
import { asWritten, wrongNumber } from './as-written.ts';
import { cidrRule } from './cidr.ts';
import { durationBetween, durationMs, durationText } from './duration.ts';
import { nearest } from './nearest.ts';
import { shown } from './problem.ts';
import { bodyRule, bytesOf, bytesText } from './quantity.ts';
import { atKey, atValue, entriesOf, namedTwice, textsOf, valueAt, type Finding } from './shape.ts';
import { hasHeader, headerBytes, type PlatformTraffic, type TrafficBounds } from './traffic.ts';
import { headerRule, headerValueRule } from './traffic-texts.ts';
import type { YamlFile } from './yaml.ts';

type Path = readonly PropertyKey[];
type Source = { readonly raw: unknown; readonly yaml: YamlFile };

/** A number that has a bound: its key in `traffic`, and in `traffic.bounds`. */
type Bounded = {
  readonly key: readonly string[];
  readonly most: (bounds: TrafficBounds) => number;
  /** NaN where the value is none, which the schema tells. */
  readonly read: (source: Source, path: Path) => number;
  readonly say: (value: number) => string;
};

const counted = { read: countAt, say: String };
const timed = { read: durationAt, say: durationText };

const bounded: readonly Bounded[] = [
  { key: ['rateLimit', 'requestsPerSecond'], most: ({ rateLimit }) => rateLimit.requestsPerSecond, ...counted },
  { key: ['connectionsPerAddress'], most: ({ connectionsPerAddress }) => connectionsPerAddress, ...counted },
  { key: ['queue', 'maxConnections'], most: ({ queue }) => queue.maxConnections, ...counted },
  { key: ['queue', 'length'], most: ({ queue }) => queue.length, ...counted },
  { key: ['queue', 'timeout'], most: ({ queue }) => queue.timeoutMs, ...timed },
  { key: ['timeouts', 'server'], most: ({ timeouts }) => timeouts.serverMs, ...timed },
  { key: ['timeouts', 'connect'], most: ({ timeouts }) => timeouts.connectMs, ...timed },
  { key: ['timeouts', 'tunnel'], most: ({ timeouts }) => timeouts.tunnelMs, ...timed },
  { key: ['bodySize'], most: ({ bodyBytes }) => bodyBytes, read: bytesAt, say: bytesText },
];

const headerKeys = ['requestHeaders', 'responseHeaders'] as const;

/** More headers than any bound allows: what is beyond is only counted, since looking up a number as it is written walks the map. */
const manyNames = 100;

type HeaderKey = (typeof headerKeys)[number];

/** Finds what is wrong with the platform's `traffic` beyond each value by itself; the data may have any shape. */
export function wrongPlatformTraffic(raw: unknown, yaml: YamlFile, usual: TrafficBounds): Finding[] {
  const source = { raw, yaml };
  const path = ['traffic'];
  return [
    ...wrongLayer(source, path),
    ...namedTwice(raw, ['traffic', 'bounds', 'rateLimit', 'except'], (text) => text.toLowerCase()),
    ...wrongNumber(raw, yaml, ['traffic', 'bounds', 'bodySize'], bodyRule),
    ...uncountedOnly(raw, [path]),
    ...unsayable(raw, path, controllerOf(raw)),
    ...bounded.flatMap((one) => beyondOwnBound(source, one, usual)),
    ...headerKeys.flatMap((key) => tooMuch([...path, key], sizesIn(source, [path], key), headersRoom)),
  ];
}

function controllerOf(raw: unknown): Dialect {
  return valueAt(raw, ['ingress', 'controller']) === 'haproxytech' ? 'haproxytech' : 'haproxy-ingress';
}

/** A default of the platform that its own bounds would not let a project choose is a slip of one of the two. */
function beyondOwnBound(source: Source, { key, read, say, most }: Bounded, usual: TrafficBounds): Finding[] {
  const path = ['traffic', ...key];
  const bound = ['traffic', 'bounds', ...key];
  const given = read(source, bound);
  const isOwn = key[0] === 'rateLimit' || key[0] === 'connectionsPerAddress';
  // Without a bound of its own, a limit of the platform is the bound.
  const largest = Number.isNaN(given) ? (isOwn ? Infinity : most(usual)) : given;
  if (!(read(source, path) > largest)) return [];
  const value = writtenAt(source, path);
  const mend = `write ${say(largest)} at most, or ${bound.join('.')}: ${value}`;
  return [atValue(path, `is ${value}, more than ${bound.join('.')} lets projects have: ${say(largest)}`, mend)];
}

/** What a project's `traffic` is read against; `platform` undefined: any that there could be. */
export type TrafficContext = {
  readonly platform: { readonly traffic: PlatformTraffic; readonly ingress: { readonly controller: Dialect } } | undefined;
  /** Those of the project. */
  readonly tenants: readonly string[];
};

/** Finds what is wrong with a project's `traffic`, at the top and of its apps; the data may have any shape. */
export function wrongTraffic(raw: unknown, yaml: YamlFile, context: TrafficContext): Finding[] {
  const source = { raw, yaml };
  const apps = entriesOf(valueAt(raw, ['apps'])).map(([part]) => ['apps', part, 'traffic']);
  const places = [['traffic'], ...apps];
  const layers = places.flatMap((path) => layersOf(raw, path));
  const own = layers.flatMap((path) => wrongLayer(source, path));
  if (context.platform === undefined) return own;
  const { traffic: platform, ingress } = context.platform;
  return [
    ...own,
    ...layers.flatMap((path) => unsayable(raw, path, ingress.controller)),
    ...places.flatMap((path) => unknownTenants(raw, [...path, 'tenants'], context.tenants)),
    ...(platform.defaults.rateLimit ? [] : uncountedOnly(raw, layers)),
    ...(platform.defaults.queue.maxConnections === undefined ? waitsForNothing(raw, layers, ingress.controller) : []),
    ...layers.flatMap((path) => beyondPlatform(source, path, platform)),
    ...headerKeys.flatMap((key) => manyHeaders(source, key, apps, platform)),
  ];
}

/** The paths of `traffic` and of its tenants'. */
function layersOf(raw: unknown, path: Path): Path[] {
  const tenants = entriesOf(valueAt(raw, [...path, 'tenants'])).map(([tenant]) => [...path, 'tenants', tenant]);
  return [path, ...tenants];
}

function wrongLayer({ raw, yaml }: Source, path: Path): Finding[] {
  return [
    ...headerKeys.flatMap((key) => [
      ...sameHeaders(raw, [...path, key]),
      ...entriesOf(valueAt(raw, [...path, key])).slice(0, manyNames).flatMap(([name]) =>
        wrongNumber(raw, yaml, [...path, key, name], headerValueRule),
      ),
    ]),
    ...wrongNumber(raw, yaml, [...path, 'bodySize'], bodyRule),
    ...namedTwice(raw, [...path, 'rateLimit', 'except'], (text) => text.toLowerCase()),
  ];
}

function sameHeaders(raw: unknown, path: Path): Finding[] {
  const seen = new Map<string, string>();
  return entriesOf(valueAt(raw, path)).flatMap(([name]) => {
    const first = seen.get(name.toLowerCase());
    if (first === undefined) seen.set(name.toLowerCase(), name);
    if (first === undefined) return [];
    return [atKey([...path, name], 'names a header a second time', `keep this or ${shown(first)}`)];
  });
}

/** Addresses that are not counted where none are. */
function uncountedOnly(raw: unknown, layers: readonly Path[]): Finding[] {
  const limits = (path: Path): boolean => typeof valueAt(raw, [...path, 'rateLimit', 'requestsPerSecond']) === 'number';
  if (layers.some(limits)) return [];
  const mend = 'add requestsPerSecond, or leave it out';
  return layers.flatMap((path) =>
    textsOf(valueAt(raw, [...path, 'rateLimit', 'except'])).length === 0
      ? []
      : [atKey([...path, 'rateLimit', 'except'], 'is of no use: no requests are counted', mend)],
  );
}

/** How many may wait, and how long, where nothing says what they would wait for. The platform's own is for projects that say it. */
function waitsForNothing(raw: unknown, layers: readonly Path[], controller: Dialect): Finding[] {
  const given = (path: Path): boolean => (valueAt(raw, path) ?? null) !== null;
  if (layers.some((path) => given([...path, 'queue', 'maxConnections']))) return [];
  const keys = ['length', 'timeout'].filter((key) => !wordlessFields(controller).some((field) => field === `traffic.queue.${key}`));
  const mend = 'add maxConnections, or leave it out';
  return layers.flatMap((path) =>
    keys
      .map((key) => [...path, 'queue', key])
      .flatMap((key) => (given(key) ? [atKey(key, 'is of no use: without queue.maxConnections nothing waits', mend)] : [])),
  );
}

function unknownTenants(raw: unknown, path: Path, tenants: readonly string[]): Finding[] {
  return entriesOf(valueAt(raw, path)).flatMap(([tenant]) => {
    if (tenants.includes(tenant)) return [];
    const near = nearest(tenant, tenants);
    const known = tenants.length === 0 ? 'it has none: leave it out' : `its tenants are ${tenants.join(', ')}`;
    const mend = near === undefined ? known : `did you mean "${near}"?`;
    return [atKey([...path, tenant], `the project has no tenant "${shown(tenant)}"`, mend)];
  });
}

function beyondPlatform(source: Source, path: Path, { defaults, bounds }: PlatformTraffic): Finding[] {
  const numbers = bounded.flatMap(({ key, most, read, say }) => {
    const [here, largest] = [[...path, ...key], most(bounds)];
    if (!(read(source, here) > largest)) return [];
    const message = `is ${writtenAt(source, here)}: the platform lets you have ${say(largest)} at most`;
    return [atValue(here, message, mendOf(key))];
  });
  const taken = headerKeys.flatMap((key) =>
    entriesOf(valueAt(source.raw, [...path, key])).flatMap(([name, value]) =>
      value === null || headerRule(name) || !hasHeader(defaults[key], name)
        ? []
        : [atKey([...path, key, name], 'is set by the platform', 'leave it out')],
    ),
  );
  return [...numbers, ...taken, ...uncounted(source.raw, [...path, 'rateLimit', 'except'], bounds.rateLimit.except)];
}

function mendOf(key: readonly string[]): string {
  return `write less, or ask the platform’s administrators for more (traffic.bounds.${key.join('.')})`;
}

function uncounted(raw: unknown, path: Path, allowed: readonly string[] | undefined): Finding[] {
  if (allowed === undefined) return [];
  const known = allowed.length === 0 ? 'leave it out: it counts all' : `choose within ${allowed.join(', ')}`;
  return textsOf(valueAt(raw, path)).flatMap(([index, range]) => {
    if (cidrRule(range) || allowed.some((outer) => within(range, outer))) return [];
    return [atValue([...path, index], `is ${shown(range)}, which the platform counts`, known)];
  });
}

/** How many headers an app sets, and how large, those of the top and those for single tenants among them. */
function manyHeaders(source: Source, key: HeaderKey, apps: readonly Path[], { defaults, bounds }: PlatformTraffic): Finding[] {
  const room = headersRoom - headerBytes(defaults[key]);
  const wrong = (place: Path, sizes: ReadonlyMap<string, number>): Finding[] => {
    const path = [...place, key];
    if (sizes.size <= bounds.headers) return tooMuch(path, sizes, room);
    const message = `sets ${sizes.size} headers: the platform lets an app have ${bounds.headers} at most`;
    return [atKey(path, message, mendOf(['headers']))];
  };
  const top = sizesIn(source, layersOf(source.raw, ['traffic']), key);
  const ofTop = wrong(['traffic'], top);
  // Every app has those of the top: told once.
  if (ofTop.length > 0) return ofTop;
  return apps.flatMap((place) => wrong(place, sizesIn(source, layersOf(source.raw, place), key, top)));
}

function tooMuch(path: Path, sizes: ReadonlyMap<string, number>, room: number): Finding[] {
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  if (bytes <= room) return [];
  const message = `takes ${bytes} bytes with 8 for each header: the door has room for ${Math.max(0, room)}`;
  return [atKey(path, message, 'write fewer headers, or shorter ones')];
}

/** Returns the bytes of each header that is set in one of the layers, the largest where there are several; by lower-case name. */
function sizesIn({ raw, yaml }: Source, layers: readonly Path[], key: HeaderKey, before?: ReadonlyMap<string, number>): Map<string, number> {
  const sizes = new Map(before);
  for (const layer of layers) {
    for (const [name, value] of entriesOf(valueAt(raw, [...layer, key]))) {
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') continue;
      const text = sizes.size < manyNames ? asWritten(yaml, [...layer, key, name], value) : '';
      const bytes = headerBytes({ [name]: text });
      sizes.set(name.toLowerCase(), Math.max(bytes, sizes.get(name.toLowerCase()) ?? 0));
    }
  }
  return sizes;
}

/** What the platform's controller cannot be told is refused, not left out in silence. */
function unsayable(raw: unknown, path: Path, controller: Dialect): Finding[] {
  return wordlessFields(controller).flatMap((field) => {
    const key = [...path, ...field.split('.').slice(1)];
    const value = valueAt(raw, key);
    if (value === undefined || value === null) return [];
    return [atKey(key, `is nothing that the ingress controller ${controller} can be told`, 'leave it out')];
  });
}

function writtenAt({ raw, yaml }: Source, path: Path): string {
  const value = valueAt(raw, path);
  return typeof value === 'string' || typeof value === 'number' ? asWritten(yaml, path, value) : '';
}

function countAt({ raw }: Source, path: Path): number {
  const value = valueAt(raw, path);
  return typeof value === 'number' ? value : NaN;
}

function durationAt({ raw }: Source, path: Path): number {
  const value = valueAt(raw, path);
  return typeof value === 'string' && !durationBetween('1s', '24h')(value) ? (durationMs(value) ?? NaN) : NaN;
}

function bytesAt({ raw, yaml }: Source, path: Path): number {
  const text = writtenAt({ raw, yaml }, path);
  return bodyRule(text) ? NaN : bytesOf(text);
}
