import { within } from '../core/cidr.ts';
import { ownOf } from '../core/json.ts';
import { headersRoom } from '../core/traffic/fields.ts';
import type { TrafficPolicy } from '../core/traffic/policy.ts';
import { canonicalCidr } from './cidr.ts';
import { durationMs } from './duration.ts';
import { bytesOf } from './quantity.ts';
import { platformTraffic, type RawOverlay, type RawPlatformTraffic, type RawProjectTraffic } from './traffic-schema.ts';

/** A policy of which any part may be left to what is below it: undefined, or the headers that are not there. */
export type TrafficOverlay = Omit<TrafficPolicy, 'rateLimit'> & {
  readonly rateLimit: {
    readonly requestsPerSecond: number | undefined;
    readonly except: readonly string[] | undefined;
  };
};

/** What a project says about the traffic of one of its apps: `trafficFor` puts it together for a tenant. */
export type ProjectTraffic = {
  readonly all: TrafficOverlay;
  /** Above `all`. */
  readonly tenants: Readonly<Record<string, TrafficOverlay>>;
};

/** The most that a project may choose. */
export type TrafficBounds = {
  readonly rateLimit: {
    readonly requestsPerSecond: number;
    /** Ranges that uncounted addresses must lie in; undefined: any, as where the platform does not count at all. */
    readonly except: readonly string[] | undefined;
  };
  readonly connectionsPerAddress: number;
  /** Names, of requests and of responses. */
  readonly headers: number;
  readonly queue: { readonly [key in keyof TrafficPolicy['queue']]: number };
  readonly timeouts: { readonly [key in 'serverMs' | 'connectMs' | 'tunnelMs']: number };
  readonly bodyBytes: number;
};

export type PlatformTraffic = { readonly defaults: TrafficPolicy; readonly bounds: TrafficBounds };

/** The most where the platform has neither a bound nor a limit of its own. */
const usualMost = { requestsPerSecond: 1000, connectionsPerAddress: 1000 } as const;

/** Says nothing. */
export const noTraffic: TrafficOverlay = {
  rateLimit: { requestsPerSecond: undefined, except: undefined },
  connectionsPerAddress: undefined,
  requestHeaders: {},
  responseHeaders: {},
  queue: { maxConnections: undefined, length: undefined, timeoutMs: undefined },
  balance: undefined,
  timeouts: { serverMs: undefined, connectMs: undefined, tunnelMs: undefined },
  rewrite: undefined,
  protocol: undefined,
  bodyBytes: undefined,
};

/** Returns a value as the file has it at a path: `asWritten`. */
type Written = (path: readonly PropertyKey[], value: string | number | boolean) => string;

/** Returns what `traffic` of the platform says. */
export function platformTrafficOf(raw: RawPlatformTraffic, written: Written): PlatformTraffic {
  const { bounds } = raw;
  const defaults = policyOf(overlayOf(raw, ['traffic'], written));
  const { rateLimit, connectionsPerAddress } = defaults;
  const allowed = bounds.rateLimit.except?.map(canonicalCidr);
  return {
    defaults,
    bounds: {
      rateLimit: {
        requestsPerSecond:
          bounds.rateLimit.requestsPerSecond ?? rateLimit?.requestsPerSecond ?? usualMost.requestsPerSecond,
        except: rateLimit ? [...rateLimit.except, ...(allowed ?? [])] : allowed,
      },
      connectionsPerAddress:
        bounds.connectionsPerAddress ?? connectionsPerAddress ?? usualMost.connectionsPerAddress,
      headers: bounds.headers,
      queue: {
        maxConnections: bounds.queue.maxConnections,
        length: bounds.queue.length,
        timeoutMs: ms(bounds.queue.timeout) ?? NaN,
      },
      timeouts: {
        serverMs: ms(bounds.timeouts.server) ?? NaN,
        connectMs: ms(bounds.timeouts.connect) ?? NaN,
        tunnelMs: ms(bounds.timeouts.tunnel) ?? NaN,
      },
      bodyBytes: bytesOf(written(['traffic', 'bounds', 'bodySize'], bounds.bodySize)),
    },
  };
}

/** What holds where `avant.yaml` says nothing of it. */
export const usualBounds: TrafficBounds = platformTrafficOf(platformTraffic.parse({}), (_, value) => String(value)).bounds;

/** A `traffic` of a project, and where it stands. */
type Place = { readonly raw: RawProjectTraffic; readonly path: readonly PropertyKey[] };

/** Returns what a project says about an app, by its places from the lowest: the top, the app. Tenants' go above both. */
export function projectTrafficOf(places: readonly Place[], written: Written): ProjectTraffic {
  const tenants = new Set(places.flatMap(({ raw }) => Object.keys(raw?.tenants ?? {})));
  const laid = (overlays: readonly TrafficOverlay[]): TrafficOverlay => overlays.reduce(overlaid, noTraffic);
  const ofTenant = (tenant: string): TrafficOverlay =>
    laid(
      places.map(({ raw, path }) =>
        overlayOf(ownOf(raw?.tenants ?? {}, tenant) ?? {}, [...path, 'tenants', tenant], written),
      ),
    );
  return {
    all: laid(places.map(({ raw, path }) => overlayOf(raw ?? {}, path, written))),
    tenants: Object.fromEntries(Array.from(tenants, (tenant) => [tenant, ofTenant(tenant)])),
  };
}

/** Returns what a project says for a tenant; '' is no tenant. */
export function trafficFor({ all, tenants }: ProjectTraffic, tenant: string): TrafficOverlay {
  return overlaid(all, ownOf(tenants, tenant) ?? noTraffic);
}

/** Returns the policy of an app: what the project says, as far as the platform lets it, and below it the platform’s own. */
export function trafficWithin({ defaults, bounds }: PlatformTraffic, asked: TrafficOverlay): TrafficPolicy {
  const limit = defaults.rateLimit ?? noTraffic.rateLimit;
  return policyOf(overlaid({ ...defaults, rateLimit: limit }, clamped(asked, defaults, bounds)));
}

/** Brings what was valid under wider bounds into those of now. */
function clamped(asked: TrafficOverlay, defaults: TrafficPolicy, bounds: TrafficBounds): TrafficOverlay {
  const { rateLimit } = asked;
  const allowed = bounds.rateLimit.except;
  const counted = (range: string): boolean => allowed !== undefined && !allowed.some((outer) => within(range, outer));
  return {
    ...asked,
    rateLimit: {
      requestsPerSecond: least(bounds.rateLimit.requestsPerSecond, rateLimit.requestsPerSecond),
      except: rateLimit.except?.filter((range) => !counted(range)),
    },
    connectionsPerAddress: least(bounds.connectionsPerAddress, asked.connectionsPerAddress),
    requestHeaders: fewer(asked.requestHeaders, defaults.requestHeaders, bounds.headers),
    responseHeaders: fewer(asked.responseHeaders, defaults.responseHeaders, bounds.headers),
    queue: pairwise(bounds.queue, asked.queue, least),
    timeouts: { ...asked.timeouts, ...pairwise(bounds.timeouts, asked.timeouts, least) },
    bodyBytes: least(bounds.bodyBytes, asked.bodyBytes),
  };
}

/** Returns what is asked for, at most the most; who asks for nothing gets nothing. */
function least(most: number | undefined, asked: number | undefined): number | undefined {
  return asked === undefined || most === undefined ? asked : Math.min(asked, most);
}

type Headers = Readonly<Record<string, string>>;

/** Keeps the first that are not the platform's, as many as there may be and as the door has room for. */
function fewer(own: Headers, taken: Headers, most: number): Headers {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (Object.keys(kept).length >= most) break;
    if (hasHeader(taken, name) || headerBytes({ ...taken, ...kept, [name]: value }) > headersRoom) continue;
    kept[name] = value;
  }
  return kept;
}

/** Returns the bytes that the headers take of `headersRoom`. */
export function headerBytes(headers: Headers): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 8, 0);
}

/** Says whether the headers have one of the name; case does not count. */
export function hasHeader(headers: Headers, name: string): boolean {
  return Object.keys(headers).some((one) => one.toLowerCase() === name.toLowerCase());
}

function overlayOf(raw: RawOverlay, path: readonly PropertyKey[], written: Written): TrafficOverlay {
  const headers = (key: 'requestHeaders' | 'responseHeaders'): Headers =>
    Object.fromEntries(
      Object.entries(raw[key] ?? {}).flatMap(([name, value]) =>
        value === null || value === undefined ? [] : [[name, written([...path, key, name], value)]],
      ),
    );
  const { queue, timeouts, bodySize } = raw;
  return {
    rateLimit: {
      requestsPerSecond: raw.rateLimit?.requestsPerSecond ?? undefined,
      except: raw.rateLimit?.except?.map(canonicalCidr),
    },
    connectionsPerAddress: raw.connectionsPerAddress ?? undefined,
    requestHeaders: headers('requestHeaders'),
    responseHeaders: headers('responseHeaders'),
    queue: {
      maxConnections: queue?.maxConnections ?? undefined,
      length: queue?.length ?? undefined,
      timeoutMs: ms(queue?.timeout),
    },
    balance: raw.balance ?? undefined,
    timeouts: {
      serverMs: ms(timeouts?.server),
      connectMs: ms(timeouts?.connect),
      tunnelMs: ms(timeouts?.tunnel),
    },
    rewrite: raw.rewrite ?? undefined,
    protocol: raw.protocol ?? undefined,
    bodyBytes:
      bodySize === null || bodySize === undefined
        ? undefined
        : bytesOf(written([...path, 'bodySize'], bodySize)),
  };
}

function ms(duration: string | null | undefined): number | undefined {
  return typeof duration === 'string' ? durationMs(duration) : undefined;
}

/** Returns both, key by key: `over` where it says something. */
function overlaid(under: TrafficOverlay, over: TrafficOverlay): TrafficOverlay {
  const first = (upper: number | undefined, lower: number | undefined): number | undefined => upper ?? lower;
  const headers = (lower: Headers, upper: Headers): Headers => ({
    ...Object.fromEntries(Object.entries(lower).filter(([name]) => !hasHeader(upper, name))),
    ...upper,
  });
  return {
    rateLimit: {
      requestsPerSecond: over.rateLimit.requestsPerSecond ?? under.rateLimit.requestsPerSecond,
      except: over.rateLimit.except ?? under.rateLimit.except,
    },
    connectionsPerAddress: over.connectionsPerAddress ?? under.connectionsPerAddress,
    requestHeaders: headers(under.requestHeaders, over.requestHeaders),
    responseHeaders: headers(under.responseHeaders, over.responseHeaders),
    queue: pairwise(over.queue, under.queue, first),
    balance: over.balance ?? under.balance,
    timeouts: pairwise(over.timeouts, under.timeouts, first),
    rewrite: over.rewrite ?? under.rewrite,
    protocol: over.protocol ?? under.protocol,
    bodyBytes: over.bodyBytes ?? under.bodyBytes,
  };
}

function policyOf({ rateLimit: { requestsPerSecond, except = [] }, ...rest }: TrafficOverlay): TrafficPolicy {
  return { ...rest, rateLimit: requestsPerSecond === undefined ? undefined : { requestsPerSecond, except } };
}

type Numbers<K extends string> = Readonly<Record<K, number | undefined>>;

/** Returns what `pick` makes of the two values of each key. */
function pairwise<K extends string>(
  a: Numbers<K>,
  b: Numbers<NoInfer<K>>,
  pick: (a: number | undefined, b: number | undefined) => number | undefined,
): Numbers<K> {
  const keys = Object.keys(a) as K[];
  return Object.fromEntries(keys.map((key) => [key, pick(a[key], b[key])])) as Record<K, number | undefined>;
}
