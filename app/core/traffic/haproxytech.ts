import { configText } from './config-text.ts';
import { fields } from './fields.ts';
import { markerHeader, type Access, type TrafficPolicy } from './policy.ts';
import { row, wordless, type Said, type Table, type Words } from './table.ts';

/**
 * The rules in annotations of haproxytech's kubernetes-ingress 3.2 (documentation/annotations.md, pkg/annotations). It puts headers'
 * values between double quotes itself. What is wordless here it takes from its ConfigMap only, for all hosts, or not at all.
 */
export const haproxytech: Table = {
  prefix: 'haproxy.org',
  rows: [
    row(fields.rateLimit, limitWords),
    wordless(fields.connectionsPerAddress),
    row(fields.maxConnections, (count) => [['pod-maxconn', String(count)]]),
    wordless(fields.queueLength),
    wordless(fields.queueTimeout),
    row(fields.balance, (algorithm) => [['load-balance', algorithm]]),
    row(fields.serverTimeout, (ms) => [['timeout-server', `${ms}ms`]]),
    wordless(fields.connectTimeout),
    wordless(fields.tunnelTimeout),
    row(fields.rewrite, rewriteWords),
    row(fields.protocol, (protocol) => [['server-proto', protocol === 'http1' ? 'h1' : 'h2']]),
    wordless(fields.bodySize),
    row(fields.access, accessWords),
    row(fields.requestHeaders, (headers) => eachHeader('request-set-header', headers)),
    row(fields.responseHeaders, (headers) => eachHeader('response-set-header', headers)),
    row(fields.tls, (tls) => [
      ['ssl-redirect', String(tls)],
      // Its own default is the port that it listens on, which visitors do not know.
      ...(tls ? ([['ssl-redirect-port', '443']] as const) : []),
    ]),
    row(fields.noindex, () => [['response-set-header', 'X-Robots-Tag noindex']]),
    row(fields.marker, (namespace) => [['response-set-header', `${markerHeader} ${namespace}`]]),
  ],
};

/** It writes them into one line, and HAProxy takes 64 words in one: more, and it takes nothing of anybody. */
const mostUncounted = 40;

function limitWords({ requestsPerSecond, except }: NonNullable<TrafficPolicy['rateLimit']>): Said {
  if (except.length > mostUncounted)
    return { wrong: `leaves ${except.length} ranges uncounted, of which haproxytech takes ${mostUncounted} at most` };
  return [
    ['rate-limit-requests', String(requestsPerSecond)],
    // Without it its configuration names a table that is not there, and it stops taking in anything.
    ['rate-limit-period', '1s'],
    ['rate-limit-status-code', '429'],
    ...(except.length === 0 ? [] : ([['rate-limit-whitelist', except.join(',')]] as const)),
  ];
}

/** Its rules of one Ingress hold for all its paths, one after the other: of several, a path would be replaced twice. */
function rewriteWords(target: string, { paths }: { readonly paths: readonly string[] }): Said {
  const [path, second] = [...new Set(paths)];
  if (path === undefined || second !== undefined)
    return { wrong: 'is for an Ingress with several paths, and haproxytech replaces one: write an Ingress for each' };
  const literal = path.replaceAll(/[.+]/g, '[$&]');
  if (path.endsWith('/')) return [['path-rewrite', `^${literal}(.*)$ ${target.replace(/\/?$/, '/')}\\1`]];
  return [['path-rewrite', `^${literal}${target === '/' ? '/?' : ''}(.*)$ ${target}\\1`]];
}

function accessWords(access: Access): Said {
  switch (access.kind) {
    case 'open':
      return [];
    case 'addresses':
      return [['allow-list', access.addresses.join(',')]];
    case 'password':
      return [
        ['auth-type', 'basic-auth'],
        ['auth-secret', `${access.secret.namespace}/${access.secret.name}`],
        ['auth-realm', access.realm],
        // The branch's program does not get to know the office's password; no annotation takes a header away.
        ['request-set-header', 'Authorization withheld'],
      ];
    case 'request':
      return { wrong: 'asks elsewhere who may look, which haproxytech cannot: addresses and a password it can' };
  }
}

function eachHeader(annotation: string, headers: Readonly<Record<string, string>>): Words {
  return Object.entries(headers).map(([name, value]) => [annotation, `${name} ${configText(value)}`]);
}
