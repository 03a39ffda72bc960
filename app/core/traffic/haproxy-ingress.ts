import { configText } from './config-text.ts';
import { fields } from './fields.ts';
import { markerHeader, type Access } from './policy.ts';
import { row, type Table, type Words } from './table.ts';

/**
 * The rules in annotations of jcmoraisjr's haproxy-ingress v0.16 (pkg/converters/ingress/annotations, rootfs/etc/templates/haproxy).
 * It has none for headers of responses. Headers are lines of `config-backend`, which go into HAProxy's configuration as they stand.
 */
export const haproxyIngress: Table = {
  prefix: 'haproxy-ingress.github.io',
  rows: [
    row(fields.rateLimit, ({ requestsPerSecond, except }) => [
      ['limit-rps', String(requestsPerSecond)],
      ...listed('limit-whitelist', except),
    ]),
    row(fields.connectionsPerAddress, (count) => [['limit-connections', String(count)]]),
    row(fields.maxConnections, (count) => [['maxconn-server', String(count)]]),
    row(fields.queueLength, (count) => [
      ['maxqueue-server', String(count)],
      // With that alone, who finds the queue of the only pod full waits for any pod instead.
      ['config-backend', `http-request deny deny_status 503 if { avg_queue ge ${count} }`],
    ]),
    row(fields.queueTimeout, (ms) => [['timeout-queue', `${ms}ms`]]),
    row(fields.balance, (algorithm) => [['balance-algorithm', algorithm]]),
    row(fields.serverTimeout, (ms) => [['timeout-server', `${ms}ms`]]),
    row(fields.connectTimeout, (ms) => [['timeout-connect', `${ms}ms`]]),
    row(fields.tunnelTimeout, (ms) => [['timeout-tunnel', `${ms}ms`]]),
    row(fields.rewrite, (path) => [['rewrite-target', path]]),
    row(fields.protocol, (protocol) => [['backend-protocol', protocol === 'http1' ? 'h1' : 'h2']]),
    row(fields.bodySize, (bytes) => [['proxy-body-size', String(bytes)]]),
    row(fields.access, accessWords),
    // Not its annotation `headers`: that comes before it asks elsewhere who may look, and a project could answer for its visitors.
    row(fields.requestHeaders, (headers) => eachHeader('http-request', headers)),
    row(fields.responseHeaders, (headers) => eachHeader('http-response', headers)),
    row(fields.tls, (tls) => [
      ['ssl-redirect', String(tls)],
      ['hsts', 'false'],
      // A browser would keep to https for a year, also for the next preview of this host.
      ['config-backend', 'http-response del-header Strict-Transport-Security'],
    ]),
    row(fields.noindex, () => [['config-backend', 'http-response set-header X-Robots-Tag "noindex"']]),
    // With a server: what a Lua service answers (413) passes these rules too, and is the door's.
    row(fields.marker, (namespace) => [
      ['config-backend', `http-response set-header ${markerHeader} "${namespace}" if { srv_id -m found }`],
    ]),
  ],
};

function accessWords(access: Access): Words {
  switch (access.kind) {
    case 'open':
      return [];
    case 'addresses':
      return listed('allowlist-source-range', access.addresses);
    case 'password':
      return [
        ['auth-secret', `${access.secret.namespace}/${access.secret.name}`],
        ['auth-realm', access.realm],
        // Where it cannot read the Secret it lets everybody in: then at least nobody without a name.
        ['config-backend', 'http-request deny if !{ http_auth_user -m found }'],
        // The branch's program does not get to know the office's password.
        ['config-backend', 'http-request del-header Authorization'],
      ];
    case 'request':
      return [
        ['auth-url', access.url],
        ...(access.signin === undefined ? [] : ([['auth-signin', signinText(access.signin)]] as const)),
        ['auth-headers-succeed', access.headers.length === 0 ? '-' : access.headers.join(',').toLowerCase()],
        // What the answer is to tell the app, no visitor tells it: where the answer does not have it, nobody does.
        ...access.headers.flatMap(ofTheAnswer),
      ];
  }
}

/**
 * Takes a header from the visitor in all its spellings, since programs that get headers as variables (CGI, WSGI, Rack) tell `X-User`
 * and `X_User` not apart, and sets it as the answer has it. HAProxy matches with names in lower case. The controller's own setting of it
 * is not relied on: it reads the names as Lua patterns, in which a `-` is no hyphen.
 */
function ofTheAnswer(name: string): Words {
  const spellings = `^${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '[^a-z0-9]')}$`;
  const answer = `var(${answerOf(name)})`;
  return [
    ['config-backend', `http-request del-header ${spellings} -m reg`],
    ['config-backend', `http-request set-header ${name} "%[${answer}]" if { ${answer} -m found }`],
  ];
}

/** The variable in which the controller's rootfs/etc/lua/auth-request.lua keeps a header of the answer. */
function answerOf(name: string): string {
  return `req.auth_response_header.${name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_')}`;
}

/** The visitor's URL, encoded as a value of a query. */
const visited = '%[req.hdr(x-forwarded-proto)]%%3A%%2F%%2F%[req.hdr(host),url_enc]%[pathq,url_enc]';

function signinText(url: string): string {
  return url
    .split('${url}')
    .map((text) => text.replaceAll('%', '%%'))
    .join(visited);
}

function listed(annotation: string, values: readonly string[]): Words {
  return values.length === 0 ? [] : [[annotation, values.join(',')]];
}

function eachHeader(of: 'http-request' | 'http-response', headers: Readonly<Record<string, string>>): Words {
  return Object.entries(headers).map(([name, value]) => ['config-backend', `${of} set-header ${name} "${configText(value)}"`]);
}
