import { listAt, textAt } from '../../app/core/json.ts';
import type { KubernetesObject } from '../../app/core/object.ts';

/** What its configuration is made for beside the Ingress. */
export type Surroundings = {
  /** Where its files are. */
  readonly folder: string;
  readonly bind: string;
  /** Of the only pod. */
  readonly server: string;
  /** Of the Secret that `auth-secret` names, by user. */
  readonly users?: Readonly<Record<string, string>>;
};

/** A configuration, and the files that it names. */
export type Configuration = { readonly text: string; readonly files: Readonly<Record<string, string>> };

/**
 * Returns the configuration that haproxytech's kubernetes-ingress (3.2) writes for an Ingress of one path: the lines that its code makes
 * of the annotations (pkg/annotations/ingress, pkg/annotations/service, pkg/haproxy/rules), in the order of its rules
 * (pkg/haproxy/rules/types.go). It is not the controller: that one does not run on HAProxy 2.6. Throws for an annotation that it does
 * not know.
 */
export function haproxytechConfig(ingress: KubernetesObject, { folder, bind, server, users = {} }: Surroundings): Configuration {
  const annotations = Object.entries(ingress.metadata.annotations ?? {}).filter(([key]) => key.startsWith('haproxy.org/'));
  const all = new Map(annotations.map(([key, value]) => [key.slice('haproxy.org/'.length), value]));
  const unknown = [...all.keys()].filter((key) => !known.has(key));
  if (unknown.length > 0) throw new Error(`no such annotation here: ${unknown.join(', ')}`);
  const { name, namespace = '' } = ingress.metadata;
  const lists = all.has('auth-type') ? userlist(`${namespace}-${name}`, users) : [];
  const rule = listAt(ingress.spec, 'rules')[0];
  const [host, path] = [textAt(rule, 'host'), textAt(listAt(rule, 'http', 'paths')[0], 'path')];
  const allowed = all.get('allow-list');
  const text = [
    'global',
    '  localpeer local',
    'defaults',
    '  mode http',
    '  timeout client 50s',
    '  timeout connect 5s',
    '  timeout server 50s',
    '  timeout http-request 5s',
    'peers localinstance',
    '  peer local 127.0.0.1:10000',
    ...lists,
    ...(all.has('rate-limit-requests') ? limitTable(all) : []),
    'frontend http',
    `  bind ${bind}`,
    '  http-request set-var(txn.host) req.hdr(Host),field(1,:),lower',
    // Which rules are for a request its maps say, by host and path.
    `  http-request set-var(txn.path_match) str(rules) if { var(txn.host) -m str ${host} } { path_beg ${path} }`,
    ...frontendRules(all, `${namespace}-${name}`, folder).map((line) => `  ${line}`),
    '  use_backend app if { var(txn.path_match) -m found }',
    'backend app',
    ...backendLines(all).map((line) => `  ${line}`),
    `  server SRV_1 ${server}`,
    '',
  ].join('\n');
  return { text, files: allowed === undefined ? {} : { 'allowlist.map': `${allowed.replaceAll(',', '\n')}\n` } };
}

const known: ReadonlySet<string> = new Set(
  (
    'rate-limit-requests rate-limit-period rate-limit-status-code rate-limit-whitelist request-set-header response-set-header pod-maxconn load-balance ' +
    'timeout-server path-rewrite server-proto allow-list auth-type auth-secret auth-realm ssl-redirect ssl-redirect-port cors-enable'
  ).split(' '),
);

type Annotations = ReadonlyMap<string, string>;

const condition = '{ var(txn.path_match) -m dom rules }';

function frontendRules(all: Annotations, group: string, folder: string): readonly string[] {
  const when = (action: string, test = ''): string => `${action} if ${condition}${test === '' ? '' : ` ${test}`}`;
  const each = (key: string): readonly string[] => (all.get(key) ?? '').split('\n').filter((line) => line !== '');
  const headers = (kind: string, key: string): readonly string[] => each(key).map((line) => when(`${kind} set-header ${line.slice(0, line.indexOf(' '))} ${quoted(line.slice(line.indexOf(' ') + 1))}`));
  const table = tableOf(all);
  const uncounted = (all.get('rate-limit-whitelist') ?? '').split(',').filter((range) => range !== '');
  const cors = all.get('cors-enable') === 'true' ? '{ var(txn.cors_origin) -m found }' : undefined;
  return [
    ...(cors === undefined ? [] : [when('http-request set-var(txn.cors_origin) req.hdr(origin)')]),
    ...(all.has('allow-list') ? [when('http-request deny deny_status 403', `!{ src -f ${folder}/allowlist.map }`)] : []),
    ...(all.has('rate-limit-requests') ? [when(`http-request track-sc0 src${table === '' ? '' : ` table ${table}`}`)] : []),
    ...(all.has('auth-type') ? [when(`http-request auth realm ${(all.get('auth-realm') ?? 'Protected Content').replaceAll(' ', '-')}`, `!{ http_auth_group(${group}) authenticated-users }`)] : []),
    ...(all.has('rate-limit-requests')
      ? [when(`http-request deny deny_status ${all.get('rate-limit-status-code') ?? '403'}`, `{ sc0_http_req_rate(${table}) gt ${all.get('rate-limit-requests') ?? ''} }${uncounted.length === 0 ? '' : ` !{ src ${uncounted.join(' ')} }`}`)]
      : []),
    ...(all.get('ssl-redirect') === 'true' ? [when(`http-request redirect location https://%[hdr(host),field(1,:)]:${all.get('ssl-redirect-port') ?? '8443'}%[capture.req.uri] code 302`)] : []),
    ...headers('http-request', 'request-set-header'),
    ...each('path-rewrite').map((line) => when(`http-request replace-path ${line.includes(' ') ? line : `(.*) ${line}`}`)),
    ...headers('http-response', 'response-set-header'),
    ...(cors === undefined ? [] : ['Access-Control-Allow-Origin *', 'Access-Control-Allow-Methods *', 'Access-Control-Allow-Headers "*"', 'Access-Control-Max-Age "5"'].map((header) => when(`http-after-response set-header ${header}`, cors))),
  ];
}

function backendLines(all: Annotations): readonly string[] {
  const server = [
    ...(all.has('pod-maxconn') ? [`maxconn ${all.get('pod-maxconn') ?? ''}`] : []),
    ...(all.get('server-proto') === 'h2' ? ['proto h2'] : []),
    'check',
  ];
  return [
    `balance ${all.get('load-balance') ?? 'roundrobin'}`,
    ...(all.has('timeout-server') ? [`timeout server ${msOf(all.get('timeout-server') ?? '')}`] : []),
    `default-server ${server.join(' ')}`,
  ];
}

/** Only its period gives it a name (3.2.11). */
function tableOf(all: Annotations): string {
  const period = all.get('rate-limit-period');
  return period === undefined ? '' : `RateLimit-${msOf(period)}`;
}

function limitTable(all: Annotations): readonly string[] {
  const table = tableOf(all);
  if (table === '') return [];
  return [`backend ${table}`, `  stick-table type ip size 100k peers localinstance store http_req_rate(${msOf(all.get('rate-limit-period') ?? '')})`];
}

/** pkg/utils ParseTime: it writes milliseconds. */
function msOf(time: string): number {
  const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000 };
  const [, amount = '', unit = 'ms'] = /^(\d+)(ms|s)?$/.exec(time) ?? [];
  return Number(amount) * (units[unit] ?? 1);
}

/** pkg/annotations/common EnsureQuoted. */
function quoted(text: string): string {
  if (text === '"' || text === '') return '""';
  return `${text.startsWith('"') ? '' : '"'}${text}${text.endsWith('"') ? '' : '"'}`;
}

function userlist(group: string, users: Readonly<Record<string, string>>): readonly string[] {
  const names = Object.keys(users);
  return [`userlist ${group}`, `  group authenticated-users${names.length === 0 ? '' : ` users ${names.join(',')}`}`, ...Object.entries(users).map(([name, password]) => `  user ${name} password ${password}`)];
}
