import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { harmlessAnnotations } from '../../app/core/traffic/branch-annotations.ts';
import { annotationsOf } from '../../app/core/traffic/dialects.ts';
import type { Access, Dialect, DoorRules } from '../../app/core/traffic/policy.ts';
import { openMetrics } from '../../app/io/metrics.ts';
import { chartFile, defaultValues, type Values } from '../support/install-chart.ts';

const lines = (path: string): string[] => chartFile(path).trim().split('\n');

/** Every field that there is, with values that need their escapes. */
const everything: Omit<DoorRules, 'access'> = {
  traffic: {
    rateLimit: { requestsPerSecond: 5, except: ['10.0.0.0/8'] },
    connectionsPerAddress: 10,
    requestHeaders: { 'X-Tenant': 'fr "1" 100% {a} \\n #[b]$', Via: '/x' },
    responseHeaders: { 'X-Team': 'a b; c="d"' },
    queue: { maxConnections: 5, length: 20, timeoutMs: 5_000 },
    balance: 'leastconn',
    timeouts: { serverMs: 1_000, connectMs: 1_000, tunnelMs: 1_000 },
    rewrite: '/v1',
    protocol: 'h2',
    bodyBytes: 1_000,
  },
  tls: true,
  noindex: true,
  marker: 'foo-241-fr',
};

const accesses: readonly Access[] = [
  { kind: 'open' },
  { kind: 'addresses', addresses: ['203.0.113.0/24'] },
  { kind: 'password', secret: { namespace: 'avant-secrets', name: 'office' }, realm: 'Previews' },
  { kind: 'request', url: 'http://gate.auth.svc:4180/oauth2/auth', signin: 'https://auth.bar.com/start?rd=${url}', headers: ['X-Auth-Request-Email'] },
];

/** Annotations of all ways to look that the dialect has words for. */
function written(dialect: Dialect): readonly (readonly [name: string, value: string])[] {
  const said = accesses.filter(({ kind }) => dialect === 'haproxy-ingress' || kind !== 'request').map((access) => annotationsOf(dialect, { ...everything, access }).annotations);
  return said.flatMap((annotations) => Object.entries(annotations));
}

describe('what the policies of install/chart let Avant write', () => {
  for (const dialect of ['haproxy-ingress', 'haproxytech'] as const) {
    test(`the annotations of ${dialect}, and no others`, () => {
      const names = [...new Set(written(dialect).map(([name]) => name))].sort();
      assert.deepEqual(lines(`files/door-annotations-${dialect}.txt`), names);
    });
  }

  test('what branches may set by default', () => {
    assert.deepEqual(lines('files/branch-annotations.txt'), harmlessAnnotations);
  });

  // The API server's expressions are RE2; this one means the same to JavaScript.
  const line = new RegExp(lines('files/door-lines.txt')[0] ?? '');

  test('every line of configuration that Avant writes', () => {
    const snippets = written('haproxy-ingress').filter(([name]) => name.includes('/config-'));
    assert.deepEqual([...new Set(snippets.map(([name]) => name))].sort(), ['haproxy-ingress.github.io/config-backend']);
    for (const text of snippets.flatMap(([, value]) => value.split('\n'))) assert.match(text, line);
  });

  test('no other line', () => {
    const hostile = [
      '',
      'http-request use-service lua.x',
      'http-request set-header A "a" if { path / }',
      'http-request set-header A "%[env(SECRET)]"',
      'http-request set-header A "a\\x0g"',
      'http-request set-header A "a"b"',
      'http-request set-header A a',
      'http-request set-header A "%[var(req.auth_response_header.a)]"',
      'http-request set-header A "%[var(txn.a)]" if { var(req.auth_response_header.a) -m found }',
      'http-request del-header ^.*$ -m reg',
      'http-request del-header ^x[^a-z]$ -m reg',
      ' http-request set-header A "a"',
      'http-request set-header A "a"\nserver x 10.0.0.1:80',
      'http-request deny',
      'http-request redirect location "/"',
      'server x 10.0.0.1:80',
      'use-server x',
    ];
    assert.deepEqual(hostile.filter((text) => text.split('\n').every((one) => line.test(one))), []);
  });

  test('no value beside those lines with what the policy refuses', () => {
    for (const [name, value] of written('haproxy-ingress')) {
      if (!name.includes('/config-')) assert.doesNotMatch(value, /[\n\r"{}\\]/, name);
    }
  });
});

/** What jcmoraisjr's controller (pkg/controller/services/metrics.go of v0.16.1) and HAProxy's own exporter tell, as far as it is used. */
const others: readonly string[] = [
  'haproxyingress_update_success',
  'haproxyingress_updates_total',
  'haproxyingress_cert_expire_date_epoch',
  'haproxy_process_current_connections',
  'haproxy_process_max_connections',
  'haproxy_backend_status',
  'haproxy_backend_http_responses_total',
  'haproxy_backend_response_time_average_seconds',
  'haproxy_backend_queue_time_average_seconds',
  'haproxy_backend_connect_time_average_seconds',
  'haproxy_backend_current_queue',
  'haproxy_backend_active_servers',
];

/** Of the log reader beside HAProxy. */
const ofVisits: readonly string[] = ['avant_preview_requests_total', 'avant_preview_request_duration_seconds', 'avant_preview_last_request_timestamp_seconds'];

describe('what install/chart asks Prometheus for', () => {
  const texts = ['files/dashboard.json', 'files/alerts-avant.yaml', 'files/alerts-door.yaml'].map(chartFile);
  const asked = [...new Set(texts.flatMap((text) => text.match(/\b(?:avant|haproxy|haproxyingress)_[a-z_]+/g) ?? []))];

  test('is told by somebody', async () => {
    const { registry } = openMetrics({ queues: () => ({}), stalenessSeconds: () => 0, teardownPausedSeconds: () => 0, records: () => 0, charts: () => ({ started: 0, kept: 0, filledIn: 0 }), doors: () => undefined });
    const metrics = (await registry.getMetricsAsJSON()).map(({ name }) => name);
    const known = new Set([...metrics, ...others, ...ofVisits]);
    assert.ok(asked.length > 15);
    assert.deepEqual(asked.filter((name) => !known.has(name) && !known.has(name.replace(/_(bucket|count|sum)$/, ''))), []);
  });

  test('the log reader’s names are those of the code', () => {
    const sources = globSync('app/**/*.ts').map((file) => readFileSync(file, 'utf8')).join('\n');
    assert.deepEqual(ofVisits.filter((name) => !sources.includes(`'${name}'`)), []);
  });

  test('the dashboard has panels one beside the other, each with something to ask', () => {
    const { panels } = JSON.parse(chartFile('files/dashboard.json')) as { panels: readonly { id: number; type: string; title: string; gridPos: { x: number; y: number; w: number; h: number }; targets?: readonly { expr: string }[] }[] };
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
    for (const { type, title, targets = [] } of panels) assert.equal(targets.length > 0, type !== 'row', title);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => Array.from({ length: w * h }, (_, index) => `${x + (index % w)} ${y + Math.floor(index / w)}`));
    assert.equal(new Set(cells).size, cells.length, 'two panels are in the same place');
  });
});

type Schema = { readonly properties?: Readonly<Record<string, Schema>>; readonly additionalProperties?: unknown; readonly type?: unknown; readonly $ref?: string };

/** Values that hold what the cluster or somebody else defines. */
const free = new Set(['config', 'workers.seccompProfile', 'web.resources', 'workers.resources', 'redis.resources', 'edge.resources', 'edge.accessLog.resources', 'edge.config']);

describe('values.schema.json', () => {
  const schema = JSON.parse(chartFile('values.schema.json')) as Schema;

  test('knows exactly the values of values.yaml', () => {
    const unlike: string[] = [];
    const compare = (values: Values, { properties = {} }: Schema, path: string): void => {
      for (const name of new Set([...Object.keys(values), ...Object.keys(properties)])) {
        const here = path === '' ? name : `${path}.${name}`;
        if (here === 'global') continue;
        if (!(name in values) || !(name in properties)) unlike.push(here);
        const value = values[name];
        const below = properties[name];
        if (below?.properties && typeof value === 'object' && value !== null && !free.has(here)) compare(value as Values, below, here);
      }
    };
    compare(defaultValues(), schema, '');
    assert.deepEqual(unlike, []);
  });

  test('lets no unknown name in', () => {
    const open: string[] = [];
    const look = (part: Schema, path: string): void => {
      if (part.properties && part.additionalProperties !== false) open.push(path);
      for (const [name, below] of Object.entries(part.properties ?? {})) look(below, `${path}.${name}`);
    };
    look(schema, '');
    assert.deepEqual(open, []);
  });
});
