import { noTraffic } from '../../app/config/traffic.ts';
import type { DoorRules, TrafficPolicy } from '../../app/core/traffic/policy.ts';

/** One thing that a platform or project says about the door, and how the branch's Ingress is. */
export type TrafficCase = {
  readonly rules: DoorRules;
  /** Of the branch's Ingress. */
  readonly paths: readonly string[];
  /** The branch's own; the platform allows them. */
  readonly annotations: Readonly<Record<string, string>>;
};

/** Says nothing. */
export const quiet: TrafficPolicy = { ...noTraffic, rateLimit: undefined };

/** The least that a door is told: everybody may look, without TLS. */
export const leastRules: DoorRules = { traffic: quiet, access: { kind: 'open' }, tls: false, noindex: false, marker: 'foo-241' };

type Parts = Partial<Omit<TrafficCase, 'rules'>> & { readonly rules?: Partial<DoorRules>; readonly traffic?: Partial<TrafficPolicy> };

/** Returns a case that says what is given and nothing else. */
export function trafficCase({ rules = {}, traffic = {}, paths = ['/'], annotations = {} }: Parts): TrafficCase {
  return { rules: { ...leastRules, ...rules, traffic: { ...quiet, ...traffic } }, paths, annotations };
}

/** All that is ASCII and shows, but `\`, which the config does not take; with a space inside. */
export const oddText = String.raw`a!"#$%&'()*+,-./09:;<=>? @AZ[]^_${'`'}az{|}~ 100%[service] %[src] ${'${HOME}'} # %ci`;

const { queue, timeouts } = quiet;
const password = { kind: 'password', secret: { namespace: 'avant-secrets', name: 'preview-passwords' }, realm: 'Previews of Bar' } as const;
const request = { kind: 'request', url: 'http://sso.bar.com:4180/oauth2/auth', signin: undefined, headers: [] } as const;

/** By name; each is a golden file per dialect, and is applied to a real cluster. */
export const trafficCases: Readonly<Record<string, TrafficCase>> = {
  'nothing': trafficCase({}),
  'noindex': trafficCase({ rules: { noindex: true } }),
  'rate-limit': trafficCase({ traffic: { rateLimit: { requestsPerSecond: 50, except: [] } } }),
  'rate-limit-except': trafficCase({ traffic: { rateLimit: { requestsPerSecond: 5, except: ['10.0.0.0/8', 'fd00::/8'] } } }),
  'rate-limit-except-many': trafficCase({ traffic: { rateLimit: { requestsPerSecond: 5, except: Array.from({ length: 40 }, (_, index) => `10.${index}.0.0/16`) } } }),
  'connections-per-address': trafficCase({ traffic: { connectionsPerAddress: 20 } }),
  'request-headers': trafficCase({ traffic: { requestHeaders: { 'X-Env': 'preview', 'X-Odd': oddText, 'Authorization': 'Bearer abc' } } }),
  'response-headers': trafficCase({ traffic: { responseHeaders: { 'X-Frame-Options': 'DENY', 'X-Odd': oddText, 'Content-Security-Policy': "default-src 'self' https://*.bar.com; img-src *" } } }),
  'headers-to-the-brim': trafficCase({ traffic: { requestHeaders: { A: '%'.repeat(341), B: '"'.repeat(341) }, responseHeaders: { A: "'".repeat(341), B: '['.repeat(341) } } }),
  'queue-of-a-pod': trafficCase({ traffic: { queue: { ...queue, maxConnections: 100 } } }),
  'queue': trafficCase({ traffic: { queue: { maxConnections: 10, length: 20, timeoutMs: 3_000 } } }),
  'balance-roundrobin': trafficCase({ traffic: { balance: 'roundrobin' } }),
  'balance-leastconn': trafficCase({ traffic: { balance: 'leastconn' } }),
  'balance-random': trafficCase({ traffic: { balance: 'random' } }),
  'balance-source': trafficCase({ traffic: { balance: 'source' } }),
  'balance-first': trafficCase({ traffic: { balance: 'first' } }),
  'timeout-server': trafficCase({ traffic: { timeouts: { ...timeouts, serverMs: 120_000 } } }),
  'timeouts': trafficCase({ traffic: { timeouts: { serverMs: 1_000, connectMs: 500, tunnelMs: 86_400_000 } } }),
  'rewrite': trafficCase({ traffic: { rewrite: '/shop' } }),
  'rewrite-to-the-root': trafficCase({ traffic: { rewrite: '/' }, paths: ['/api.v1'] }),
  'rewrite-of-two-paths': trafficCase({ traffic: { rewrite: '/' }, paths: ['/api', '/v2'] }),
  'protocol-http1': trafficCase({ traffic: { protocol: 'http1' } }),
  'protocol-h2': trafficCase({ traffic: { protocol: 'h2' } }),
  'protocol-grpc': trafficCase({ traffic: { protocol: 'grpc' } }),
  'body-size': trafficCase({ traffic: { bodyBytes: 50 * 1024 * 1024 } }),
  'access-addresses': trafficCase({ rules: { access: { kind: 'addresses', addresses: ['203.0.113.0/24', '2001:db8::/32'] } } }),
  'access-many-addresses': trafficCase({ rules: { access: { kind: 'addresses', addresses: Array.from({ length: 100 }, (_, index) => `10.${index}.0.0/16`) } } }),
  'access-password': trafficCase({ rules: { access: password } }),
  'access-request': trafficCase({ rules: { access: request } }),
  'access-request-signin': trafficCase({ rules: { access: { ...request, signin: 'https://auth.bar.com/start?rd=${url}&lang=a%20b', headers: ['X-Auth-Request-Email', 'X-Auth-Request-User'] } } }),
  'tls': trafficCase({ rules: { tls: true } }),
  'annotations-of-the-branch': trafficCase({ annotations: { 'haproxy-ingress.github.io/cors-enable': 'true', 'haproxy-ingress.github.io/affinity': 'cookie', 'haproxy.org/cors-enable': 'true' } }),
  'everything': trafficCase({
    rules: { access: password, tls: true, noindex: true, marker: 'a'.repeat(63) },
    traffic: {
      rateLimit: { requestsPerSecond: 100, except: ['192.168.0.0/16'] },
      connectionsPerAddress: 10,
      requestHeaders: { 'X-Env': 'preview' },
      responseHeaders: { 'X-Frame-Options': 'DENY' },
      queue: { maxConnections: 10, length: 20, timeoutMs: 3_000 },
      balance: 'leastconn',
      timeouts: { serverMs: 1_000, connectMs: 500, tunnelMs: 60_000 },
      rewrite: '/shop',
      protocol: 'http1',
      bodyBytes: 1_000_000,
    },
    annotations: { 'haproxy-ingress.github.io/affinity': 'cookie' },
  }),
};
