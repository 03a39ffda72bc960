import type { ObjectRef } from '../object.ts';

/** Which controller reads the Ingresses: jcmoraisjr's haproxy-ingress, or haproxytech's kubernetes-ingress. */
export type Dialect = 'haproxy-ingress' | 'haproxytech';

/** In which form an Ingress names its class; `both`: equal, which API servers before Kubernetes 1.27 or so refuse. */
export type ClassForm = 'annotation' | 'field' | 'both';

/**
 * What happens to requests between the door and one app, in the platform's own words: each dialect has a table that says it in
 * annotations. Checked and within the platform's bounds; what is undefined is left to the controller's defaults.
 */
export type TrafficPolicy = {
  /** Requests of one client address; more are answered with 429 (haproxytech: 403 unless it can say so). */
  readonly rateLimit: { readonly requestsPerSecond: number; /** Canonical CIDRs that are not counted. */ readonly except: readonly string[] } | undefined;
  /** Connections of one client address at a time. */
  readonly connectionsPerAddress: number | undefined;
  /** Set on each request, by name as it was written; the values are plain text, without `${…}`. */
  readonly requestHeaders: Readonly<Record<string, string>>;
  /** Set on each response of the preview. */
  readonly responseHeaders: Readonly<Record<string, string>>;
  readonly queue: {
    /** Requests that one pod is given at a time; more wait. */
    readonly maxConnections: number | undefined;
    /** How many may wait for one pod. */
    readonly length: number | undefined;
    readonly timeoutMs: number | undefined;
  };
  readonly balance: 'roundrobin' | 'leastconn' | 'random' | 'source' | 'first' | undefined;
  /** Those of a client's request are the frontend's, for all hosts: both controllers would write them where HAProxy does not look. */
  readonly timeouts: {
    /** How long a response may keep one waiting. */
    readonly serverMs: number | undefined;
    readonly connectMs: number | undefined;
    /** How long a WebSocket may be silent. */
    readonly tunnelMs: number | undefined;
  };
  /** What the path of the Ingress is replaced by on the way to the app: `/api` → `/`. */
  readonly rewrite: string | undefined;
  /** How the app is spoken to; gRPC is h2 without TLS. WebSockets need nothing. */
  readonly protocol: 'http1' | 'h2' | 'grpc' | undefined;
  /** Bytes of a request's body; more are answered with 413. */
  readonly bodyBytes: number | undefined;
};

/** Who may look at a preview. */
export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'addresses'; /** Canonical CIDRs. */ readonly addresses: readonly string[] }
  /** `secret`: of administrators, with the key `auth` (`user:hash` lines) for haproxy-ingress, `user: hash` keys for haproxytech; read by the door itself. */
  | { readonly kind: 'password'; readonly secret: Required<Pick<ObjectRef, 'namespace' | 'name'>>; readonly realm: string }
  /** Each request is asked about at `url` (2xx lets it through); who is refused is sent to `signin`, if there is one. */
  | { readonly kind: 'request'; readonly url: string; readonly signin: string | undefined; /** Headers of the answer that the app gets. */ readonly headers: readonly string[] };

/** Everything that the door is told about one preview's app. */
export type DoorRules = {
  readonly traffic: TrafficPolicy;
  readonly access: Access;
  /** TLS by the door's own wildcard certificate; plain requests are sent to https. */
  readonly tls: boolean;
  /** Whether search engines are told to keep out (`X-Robots-Tag: noindex`). */
  readonly noindex: boolean;
  /** Value of the response header `X-Avant-Preview`: the preview's namespace. */
  readonly marker: string;
};

/** The response header by which an answer of the preview is told from one of the door. */
export const markerHeader = 'X-Avant-Preview';

/** What a dialect makes of the rules: annotations of the Ingress, and what it has no words for (field names, for the developer). */
export type DialectAnnotations = { readonly annotations: Readonly<Record<string, string>>; readonly unsupported: readonly string[] };
