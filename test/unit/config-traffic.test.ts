import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseProject, type Project } from '../../app/config/project.ts';
import type { DoorContext } from '../../app/config/project-context.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { schemaNode, type SchemaNode } from '../../app/config/shape.ts';
import { noTraffic, trafficFor, type TrafficOverlay } from '../../app/config/traffic.ts';
import { projectTraffic } from '../../app/config/traffic-schema.ts';
import { fields } from '../../app/core/traffic/fields.ts';
import { doorWith } from '../support/door-context.ts';

const usual = doorWith();

/** Without a door: as what was valid once. */
const read = (text: string, door?: DoorContext): ReturnType<typeof parseProject> =>
  parseProject(text, 'preview.yaml', {
    ...{ tenants: ['fr', 'be'], app: 'foo', charts: ['api'], manifests: true, maxReplicas: 10, maxJobMs: 60_000 },
    door,
  });

const lines = (text: string, door: DoorContext | 'once' = usual): string[] => {
  const project = read(text, door === 'once' ? undefined : door);
  return project.ok ? [] : project.problems.map((problem) => formatProblem(problem).replace('preview.yaml:', ''));
};

const valid = (text: string, door: DoorContext | 'once' = usual): Project => {
  const project = read(text, door === 'once' ? undefined : door);
  assert.ok(project.ok, project.ok ? '' : project.problems.map(formatProblem).join('\n'));
  return project.project;
};

/** What a file with this `traffic` says for its app. */
const asked = (traffic: string): TrafficOverlay => {
  const [app] = valid(`image: foo\ntraffic: ${traffic}`).apps;
  assert.ok(app);
  return trafficFor(app.traffic, '');
};

const timeouts = noTraffic.timeouts;
const queue = noTraffic.queue;

describe('traffic of a project: each key', () => {
  const right: [traffic: string, expected: Partial<TrafficOverlay>][] = [
    ['{}', {}],
    ['', {}],
    ['{ rateLimit: , queue: , timeouts: , requestHeaders: , balance: , bodySize: , rewrite: , tenants: }', {}],
    ['{ rateLimit: { requestsPerSecond: 1 } }', { rateLimit: { requestsPerSecond: 1, except: undefined } }],
    ['{ rateLimit: { requestsPerSecond: 1000 } }', { rateLimit: { requestsPerSecond: 1000, except: undefined } }],
    [
      '{ rateLimit: { requestsPerSecond: 5, except: [10.0.0.0/8, "FD00:0::/8"] } }',
      { rateLimit: { requestsPerSecond: 5, except: ['10.0.0.0/8', 'fd00::/8'] } },
    ],
    ['{ connectionsPerAddress: 1000 }', { connectionsPerAddress: 1000 }],
    [
      '{ requestHeaders: { X-Env: preview, X_Version: 1.50, X-On: true, X-Gone: } }',
      { requestHeaders: { 'X-Env': 'preview', X_Version: '1.50', 'X-On': 'true' } },
    ],
    [
      `{ responseHeaders: { Content-Security-Policy: "default-src 'self'; report-to {\\"a\\": [1]}, 100% #1" } }`,
      { responseHeaders: { 'Content-Security-Policy': `default-src 'self'; report-to {"a": [1]}, 100% #1` } },
    ],
    [
      `{ responseHeaders: { ${'X'.repeat(64)}: "${'a'.repeat(512)}" } }`,
      { responseHeaders: { ['X'.repeat(64)]: 'a'.repeat(512) } },
    ],
    ['{ queue: { maxConnections: 1000, length: 1000, timeout: 1m } }', { queue: { maxConnections: 1000, length: 1000, timeoutMs: 60_000 } }],
    ['{ queue: { maxConnections: 2, length: 1 } }', { queue: { ...queue, maxConnections: 2, length: 1 } }],
    ...(['roundrobin', 'leastconn', 'random', 'source', 'first'] as const).map(
      (balance): [string, Partial<TrafficOverlay>] => [`{ balance: ${balance} }`, { balance }],
    ),
    [
      '{ timeouts: { server: 10m, connect: 30s, tunnel: 24h } }',
      { timeouts: { ...timeouts, serverMs: 600_000, connectMs: 30_000, tunnelMs: 86_400_000 } },
    ],
    ['{ timeouts: { server: 1s } }', { timeouts: { ...timeouts, serverMs: 1000 } }],
    ['{ rewrite: / }', { rewrite: '/' }],
    ['{ rewrite: /api/v1.0/~a_b-c/ }', { rewrite: '/api/v1.0/~a_b-c/' }],
    [`{ rewrite: /${'a'.repeat(255)} }`, { rewrite: `/${'a'.repeat(255)}` }],
    ...(['http1', 'h2', 'grpc'] as const).map(
      (protocol): [string, Partial<TrafficOverlay>] => [`{ protocol: ${protocol} }`, { protocol }],
    ),
    ['{ bodySize: 1Gi }', { bodyBytes: 2 ** 30 }],
    ['{ bodySize: 1024 }', { bodyBytes: 1024 }],
    ['{ bodySize: 1.5Mi }', { bodyBytes: 1.5 * 2 ** 20 }],
    ['{ bodySize: 50M }', { bodyBytes: 50_000_000 }],
  ];
  for (const [traffic, expected] of right)
    test(`takes ${traffic.slice(0, 90)}`, () => {
      assert.deepEqual(asked(traffic), { ...noTraffic, ...expected });
    });

  const most = (key: string): string =>
    `write less, or ask the platform’s administrators for more (traffic.bounds.${key})`;
  const cidrShape = 'write an address and the length of its prefix: 10.0.0.0/8, 10.1.2.3/32, fd00::/8';
  const wrong: [traffic: string, problem: string][] = [
    ['{ rateLimt: 5 }', '2:12 traffic.rateLimt: unknown key — did you mean "rateLimit"?'],
    ['{ timeouts: { request: 5s } }', '2:24 traffic.timeouts.request: unknown key — the keys here are server, connect, tunnel'],
    ['{ bounds: {} }', '2:12 traffic.bounds: unknown key — the keys here are rateLimit, connectionsPerAddress, requestHeaders, responseHeaders, queue, balance, timeouts, protocol, bodySize, rewrite, tenants'],
    ['5', '2:10 traffic: expected a map (key: value), got 5 — for example { timeouts: { server: 2m }, bodySize: 50Mi }'],
    // Numbers: none, too small, beyond the bound, beyond all bounds.
    ['{ rateLimit: 5 }', '2:23 traffic.rateLimit: expected a map (key: value), got 5 — for example { requestsPerSecond: 50 }'],
    ['{ rateLimit: { requestsPerSecond: 0 } }', '2:44 traffic.rateLimit.requestsPerSecond: must be 1 at least, got 0 — for example 50'],
    ['{ rateLimit: { requestsPerSecond: 1.5 } }', '2:44 traffic.rateLimit.requestsPerSecond: expected a whole number, got 1.5 — for example 50'],
    ['{ rateLimit: { requestsPerSecond: "5" } }', '2:44 traffic.rateLimit.requestsPerSecond: expected a whole number, got the text "5" — for example 50'],
    ['{ rateLimit: { requestsPerSecond: 1001 } }', `2:44 traffic.rateLimit.requestsPerSecond: is 1001: the platform lets you have 1000 at most — ${most('rateLimit.requestsPerSecond')}`],
    ['{ rateLimit: { except: [10.0.0.0/8] } }', '2:25 traffic.rateLimit.except: is of no use: no requests are counted — add requestsPerSecond, or leave it out'],
    ['{ connectionsPerAddress: -1 }', '2:35 traffic.connectionsPerAddress: must be 1 at least, got -1 — for example 50'],
    ['{ connectionsPerAddress: 1001 }', `2:35 traffic.connectionsPerAddress: is 1001: the platform lets you have 1000 at most — ${most('connectionsPerAddress')}`],
    ['{ queue: { maxConnections: 1001 } }', `2:37 traffic.queue.maxConnections: is 1001: the platform lets you have 1000 at most — ${most('queue.maxConnections')}`],
    ['{ queue: { maxConnections: 1, length: 1001 } }', `2:48 traffic.queue.length: is 1001: the platform lets you have 1000 at most — ${most('queue.length')}`],
    ['{ queue: { maxConnections: 1, timeout: 61s } }', `2:49 traffic.queue.timeout: is 61s: the platform lets you have 1m at most — ${most('queue.timeout')}`],
    ['{ queue: { length: 5 } }', '2:21 traffic.queue.length: is of no use: without queue.maxConnections nothing waits — add maxConnections, or leave it out'],
    ['{ tenants: { fr: { queue: { timeout: 5s } } } }', '2:38 traffic.tenants.fr.queue.timeout: is of no use: without queue.maxConnections nothing waits — add maxConnections, or leave it out'],
    // Beyond every bound: the nearest is told, and it alone.
    ...['99999999999999999999', '.inf', '100001', '1e300'].map((number): [string, string] => [
      `{ rateLimit: { requestsPerSecond: ${number} } }`,
      `2:44 traffic.rateLimit.requestsPerSecond: is ${number}: the platform lets you have 1000 at most — ${most('rateLimit.requestsPerSecond')}`,
    ]),
    ['{ rateLimit: { requestsPerSecond: -99999999999999999999 } }', '2:44 traffic.rateLimit.requestsPerSecond: must be 1 at least, got -100000000000000000000 — for example 50'],
    ['{ balance: uri }', '2:21 traffic.balance: expected one of roundrobin, leastconn, random, source, first, got the text "uri" — for example leastconn'],
    ['{ balance: "random(2)\\nserver x" }', '2:21 traffic.balance: expected one of roundrobin, leastconn, random, source, first, got the text "random(2)\\u{a}server x" — for example leastconn'],
    ['{ protocol: h3 }', '2:22 traffic.protocol: expected one of http1, h2, grpc, got the text "h3" — for example grpc'],
    // Times.
    ['{ timeouts: { server: 90 } }', '2:32 traffic.timeouts.server: expected text, got 90 — for example 2m'],
    ['{ timeouts: { server: 500ms } }', '2:32 traffic.timeouts.server: is not a duration — write a number and its unit, s, m, h or d: 90s, 5m, 1h'],
    ['{ timeouts: { server: 0s } }', '2:32 traffic.timeouts.server: is too short — 1s is the least'],
    ['{ timeouts: { server: 2d } }', '2:32 traffic.timeouts.server: is too long — 24h is the most'],
    ['{ timeouts: { server: "1m\\n  bind *:80" } }', '2:32 traffic.timeouts.server: is not a duration — write a number and its unit, s, m, h or d: 90s, 5m, 1h'],
    ['{ timeouts: { server: 601s } }', `2:32 traffic.timeouts.server: is 601s: the platform lets you have 10m at most — ${most('timeouts.server')}`],
    ['{ timeouts: { connect: 31s } }', `2:33 traffic.timeouts.connect: is 31s: the platform lets you have 30s at most — ${most('timeouts.connect')}`],
    ['{ timeouts: { tunnel: 25h } }', '2:32 traffic.timeouts.tunnel: is too long — 24h is the most'],
    // Sizes.
    ['{ bodySize: 1025Mi }', `2:22 traffic.bodySize: is 1025Mi: the platform lets you have 1Gi at most — ${most('bodySize')}`],
    ['{ bodySize: 2147483648 }', `2:22 traffic.bodySize: is 2147483648: the platform lets you have 1Gi at most — ${most('bodySize')}`],
    ['{ bodySize: unlimited }', '2:22 traffic.bodySize: is not a size — write a number and its unit, Ki, Mi or Gi: 50Mi'],
    ['{ bodySize: 1023 }', '2:22 traffic.bodySize: is too little for any form — 1Ki is the least; 50Mi is usual'],
    ['{ bodySize: 1e9 }', '2:22 traffic.bodySize: is not a size — write a number and its unit, Ki, Mi or Gi: 50Mi'],
    ['{ bodySize: 100m }', '2:22 traffic.bodySize: is not a whole number of bytes — write it in Mi'],
    ['{ bodySize: 2Ti }', '2:22 traffic.bodySize: is more than any request has — 1Ti is the most'],
    // Ranges.
    ['{ rateLimit: { requestsPerSecond: 1, except: ["0.0.0.0/0 !10.0.0.0/8"] } }', `2:56 traffic.rateLimit.except[0]: is not a range of addresses — ${cidrShape}`],
    ['{ rateLimit: { requestsPerSecond: 1, except: ["10.0.0.0/8\\n"] } }', `2:56 traffic.rateLimit.except[0]: is not a range of addresses — ${cidrShape}`],
    ['{ rateLimit: { requestsPerSecond: 1, except: [10.0.0.1/8] } }', '2:56 traffic.rateLimit.except[0]: has bits beyond its prefix — did you mean 10.0.0.0/8?'],
    ['{ rateLimit: { requestsPerSecond: 1, except: [10.0.0.0/8, 10.0.0.0/8] } }', '2:68 traffic.rateLimit.except[1]: names 10.0.0.0/8 a second time — keep one of the two'],
    // Paths.
    ...['api', '', '/a b', '/a%20b', '/a?b=c', '/a\\1', '/$1', '/${path}', '/%[path]', "/a'", '/a\\"', '/é', '/a\\nb', '/a;b', '/a#b', '/a{', `/${'a'.repeat(256)}`].map(
      (path): [string, string] => [
        `{ rewrite: "${path.replaceAll('\\1', '\\\\1')}" }`,
        '2:21 traffic.rewrite: is not a plain path — begin with "/", then letters, digits, ".", "_", "~", "-" and "/", 256 at most: /api',
      ],
    ),
    ...['//a', '/a//b', '/..', '/a/../b', '/./a', '/a/.'].map((path): [string, string] => [
      `{ rewrite: ${path} }`,
      '2:21 traffic.rewrite: is not a straight path — write it without "//", "/./" and "/../"',
    ]),
    // Tenants.
    ['{ tenants: { ffr: {} } }', '2:23 traffic.tenants.ffr: the project has no tenant "ffr" — did you mean "fr"?'],
    ['{ tenants: { hungary: {} } }', '2:23 traffic.tenants.hungary: the project has no tenant "hungary" — its tenants are fr, be'],
    ['{ tenants: { fr: { timeouts: { server: 11m } } } }', `2:49 traffic.tenants.fr.timeouts.server: is 11m: the platform lets you have 10m at most — ${most('timeouts.server')}`],
    ['{ tenants: { fr: { tenants: {} } } }', '2:29 traffic.tenants.fr.tenants: unknown key — the keys here are rateLimit, connectionsPerAddress, requestHeaders, responseHeaders, queue, balance, timeouts, protocol, bodySize, rewrite'],
  ];
  for (const [traffic, problem] of wrong)
    test(`refuses ${traffic.slice(0, 90)}`, () => {
      assert.deepEqual(lines(`image: foo\ntraffic: ${traffic}`), [problem]);
    });
});

describe('traffic of a project: who may wait, and for what', () => {
  const rows: [what: string, traffic: string, platform: string][] = [
    ['the platform’s number', '{ queue: { length: 5, timeout: 2s } }', 'traffic: { queue: { maxConnections: 7 } }'],
    ['a tenant’s number', '{ queue: { length: 5 }, tenants: { fr: { queue: { maxConnections: 7 } } } }', ''],
  ];
  for (const [what, traffic, platform] of rows)
    test(what, () => {
      assert.deepEqual(lines(`image: foo\ntraffic: ${traffic}`, doorWith(platform)), []);
    });

  test('an app’s own number, for the length that is said for all', () => {
    assert.deepEqual(lines('apps: { a: { image: foo, traffic: { queue: { maxConnections: 7 } } } }\ntraffic: { queue: { length: 5 } }'), []);
  });

  test('what the controller cannot be told is told so, and no more', () => {
    const found = lines('image: foo\ntraffic: { queue: { length: 5 } }', doorWith('ingress: { controller: haproxytech }'));
    assert.deepEqual(found, ['2:21 traffic.queue.length: is nothing that the ingress controller haproxytech can be told — leave it out']);
  });

  test('what was valid once stays so', () => {
    assert.deepEqual(lines('image: foo\ntraffic: { queue: { length: 5 } }', 'once'), []);
  });
});

describe('traffic of a project: one above the other', () => {
  const text = `
apps:
  api:
    chart: api
    traffic:
      timeouts: { server: 2m }
      requestHeaders: { x-a: app, X-C: app }
      tenants: { fr: { timeouts: { server: 4m } } }
    access: office
  front: { image: foo, access: }
traffic:
  timeouts: { server: 1m, tunnel: 1h }
  requestHeaders: { X-A: top, X-B: top }
  rateLimit: { requestsPerSecond: 5, except: [10.0.0.0/8] }
  tenants:
    fr: { timeouts: { server: 3m, connect: 1s }, rateLimit: { except: [] }, balance: first }
    be: { timeouts: , balance: }
access: sso
`;
  const door = doorWith('access: { ways: { office: { addresses: [10.0.0.0/8] }, sso: { request: "http://a/" } } }');
  const [api, front] = valid(text, door).apps;
  assert.ok(api && front);

  const rows: [what: string, app: Project['apps'][number], tenant: string, read: (overlay: TrafficOverlay) => unknown, expected: unknown][] = [
    ['the top holds for an app that says nothing', front, 'be', ({ timeouts }) => timeouts.serverMs, 60_000],
    ['an app’s word goes above the top’s', api, 'be', ({ timeouts }) => timeouts.serverMs, 120_000],
    ['a tenant’s at the top above that of an app', front, 'fr', ({ timeouts }) => timeouts.serverMs, 180_000],
    ['a tenant’s at the app above all', api, 'fr', ({ timeouts }) => timeouts.serverMs, 240_000],
    ['key by key', api, 'fr', ({ timeouts: { connectMs, tunnelMs } }) => [connectMs, tunnelMs], [1000, 3_600_000]],
    ['what is empty leaves what is below', front, 'be', ({ balance }) => balance, undefined],
    ['a word of a tenant is not that of another', front, 'fr', ({ balance }) => balance, 'first'],
    ['what is no tenant’s has none of theirs', front, '', ({ balance }) => balance, undefined],
    ['nor has a name that every object has', front, 'constructor', ({ balance }) => balance, undefined],
    ['a list goes above a list, be it empty', front, 'fr', ({ rateLimit }) => rateLimit, { requestsPerSecond: 5, except: [] }],
    ['headers by name, in the spelling of the upper one', api, '', ({ requestHeaders }) => requestHeaders, { 'X-B': 'top', 'x-a': 'app', 'X-C': 'app' }],
  ];
  for (const [what, app, tenant, of, expected] of rows)
    test(what, () => {
      assert.deepEqual(of(trafficFor(app.traffic, tenant)), expected);
    });

  test('who may look: the app’s word above the top’s', () => {
    assert.deepEqual([api.access, front.access], ['office', 'sso']);
  });
});

describe('the platform’s word', () => {
  test('a project’s limit is not looser than the platform’s own, unless it says so', () => {
    const limit = 'image: foo\ntraffic: { rateLimit: { requestsPerSecond: 51 }, connectionsPerAddress: 9 }';
    const own = 'traffic: { rateLimit: { requestsPerSecond: 50 }, connectionsPerAddress: 8';
    assert.deepEqual(lines(limit, doorWith(`${own} }`)).map((line) => line.split(' — ')[0]), [
      '2:44 traffic.rateLimit.requestsPerSecond: is 51: the platform lets you have 50 at most',
      '2:73 traffic.connectionsPerAddress: is 9: the platform lets you have 8 at most',
    ]);
    const wider = doorWith(`${own}, bounds: { rateLimit: { requestsPerSecond: 51 }, connectionsPerAddress: 9 } }`);
    assert.deepEqual(lines(limit, wider), []);
    assert.deepEqual(lines(limit.replace('51', '52'), wider).length, 1);
  });

  test('nobody is left uncounted that the platform counts', () => {
    const text = (range: string): string => `image: foo\ntraffic: { rateLimit: { except: [${range}] } }`;
    const limit = 'traffic: { rateLimit: { requestsPerSecond: 50, except: [10.0.0.0/8] }';
    const door = doorWith(`${limit}, bounds: { rateLimit: { except: ["fd00::/8"] } } }`);
    for (const range of ['10.0.0.0/8', '10.1.0.0/16', 'fd01::/16']) assert.deepEqual(lines(text(range), door), [], range);
    for (const range of ['0.0.0.0/0', '11.0.0.0/8', '10.0.0.0/7', '::/0'])
      assert.deepEqual(lines(text(range), door), [
        `2:34 traffic.rateLimit.except[0]: is ${range}, which the platform counts — choose within 10.0.0.0/8, fd00::/8`,
      ]);
    assert.match(lines(text('10.0.0.0/8'), doorWith('traffic: { rateLimit: { requestsPerSecond: 50 } }')).join(), /leave it out: it counts all/);
  });

  test('what its controller cannot be told is refused', () => {
    const text = 'image: foo\ntraffic: { bodySize: 1Mi, queue: { length: 1, timeout: }, tenants: { fr: { timeouts: { tunnel: 1h } } } }';
    const cannot = 'is nothing that the ingress controller haproxytech can be told — leave it out';
    assert.deepEqual(lines(text, doorWith('ingress: { controller: haproxytech }')), [
      `2:12 traffic.bodySize: ${cannot}`,
      `2:36 traffic.queue.length: ${cannot}`,
      `2:88 traffic.tenants.fr.timeouts.tunnel: ${cannot}`,
    ]);
  });

  test('counts for a head, not for what was valid once', () => {
    const text = 'image: foo\ntraffic: { timeouts: { server: 24h }, rateLimit: { except: [0.0.0.0/0] }, tenants: { gone: { balance: first } } }\naccess: gone';
    assert.equal(lines(text).length, 4);
    assert.deepEqual(lines(text, 'once'), []);
    const [app] = valid(text, 'once').apps;
    assert.equal(app?.traffic.all.timeouts.serverMs, 86_400_000);
  });
});

describe('the keys', () => {
  test('are the fields that a controller can be told, all of them', () => {
    const told = Object.values(fields).flatMap(({ name }) => (name.startsWith('traffic.') ? name.slice(8) : []));
    const keys = (node: SchemaNode, prefix = ''): string[] =>
      [node, ...(node.anyOf ?? [])].flatMap(({ properties = {} }) =>
        Object.entries(properties).flatMap(([key, child]) => (['queue', 'timeouts'].includes(key) ? keys(child, `${key}.`) : `${prefix}${key}`)),
      );
    assert.deepEqual(keys(schemaNode(projectTraffic)).sort(), [...told, 'tenants'].sort());
  });
});

describe('any traffic at all', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 40 }), fc.stringMatching(/^[A-Za-z0-9"'\\${}%[\]#;/. \n-]{0,20}$/));
  const scalar = fc.oneof(text, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
  const keys = ['rateLimit', 'requestsPerSecond', 'except', 'requestHeaders', 'queue', 'timeout', 'timeouts', 'server', 'rewrite', 'tenants', 'fr', 'bodySize', 'balance', 'X-A'];
  const tree = fc.letrec((again) => ({
    value: fc.oneof({ depthSize: 'small' }, scalar, fc.array(again('value'), { maxLength: 3 }), fc.dictionary(fc.oneof(fc.constantFrom(...keys), text), again('value'), { maxKeys: 4 })),
  })).value;

  test('is either refused with problems, or plain', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...keys), tree), (traffic) => {
        const project = read(JSON.stringify({ image: 'foo', traffic }), usual);
        if (!project.ok) {
          assert.ok(project.problems.length > 0);
          return;
        }
        for (const tenant of ['', 'fr']) {
          const { requestHeaders, rewrite = '/' } = trafficFor(project.project.apps[0]?.traffic ?? assert.fail(), tenant);
          assert.match(rewrite, /^\/[A-Za-z0-9._~/-]*$/);
          for (const [name, value] of Object.entries(requestHeaders)) {
            assert.match(name, /^[A-Za-z][A-Za-z0-9_-]*$/);
            assert.match(value, /^[ -~]+$/);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
