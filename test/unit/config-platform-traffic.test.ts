import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parsePlatform, type Platform } from '../../app/config/platform.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { noTraffic, usualBounds } from '../../app/config/traffic.ts';

const read = (text: string): ReturnType<typeof parsePlatform> => parsePlatform(`domain: preview.bar.com\n${text}`, 'f');

const lines = (text: string): string[] => {
  const platform = read(text);
  return platform.ok ? [] : platform.problems.map((problem) => formatProblem(problem).replace(/^f:/, ''));
};

const valid = (text: string): Platform => {
  const platform = read(text);
  assert.ok(platform.ok, lines(text).join('\n'));
  return platform.platform;
};

describe('ingress of the platform', () => {
  const forms: [text: string, controller: string, classForm: string][] = [
    ['', 'haproxy-ingress', 'annotation'],
    ['ingress: { controller: haproxy-ingress }', 'haproxy-ingress', 'annotation'],
    ['ingress: { controller: haproxytech }', 'haproxytech', 'field'],
    ['ingress: { controller: haproxytech, classForm: both }', 'haproxytech', 'both'],
    ['ingress: { classForm: field }', 'haproxy-ingress', 'field'],
  ];
  for (const [text, controller, classForm] of forms)
    test(`says the class by ${classForm} with "${text}"`, () => {
      assert.deepEqual(valid(text).ingress, { class: 'haproxy-v1', controller, classForm, tls: false, noindex: true });
    });

  test('refuses other controllers and forms', () => {
    assert.deepEqual(lines('ingress: { controller: nginx, classForm: none, tls: yes }'), [
      '2:24 ingress.controller: expected one of haproxy-ingress, haproxytech, got the text "nginx" — for example haproxytech',
      '2:42 ingress.classForm: expected one of annotation, field, both, got the text "none" — for example field',
      '2:53 ingress.tls: expected true or false, got the text "yes" — for example true',
    ]);
  });
});

describe('traffic of the platform', () => {
  test('reads every key', () => {
    const { traffic } = valid(`traffic:
  rateLimit: { requestsPerSecond: 50, except: [10.0.0.0/8] }
  connectionsPerAddress: 20
  requestHeaders: { X-Env: preview, X-Level: 1.0 }
  responseHeaders: { X-Frame-Options: DENY }
  queue: { maxConnections: 10, length: 11, timeout: 12s }
  balance: leastconn
  timeouts: { server: 1m, connect: 2s, tunnel: 3h }
  protocol: http1
  bodySize: 52428800
  bounds:
    rateLimit: { requestsPerSecond: 60, except: ["FD00::/8"] }
    connectionsPerAddress: 30
    headers: 0
    queue: { maxConnections: 40, length: 50, timeout: 60s }
    timeouts: { server: 24h, connect: 70s, tunnel: 4h }
    bodySize: 50Mi
`);
    assert.deepEqual(traffic, {
      defaults: {
        rateLimit: { requestsPerSecond: 50, except: ['10.0.0.0/8'] },
        connectionsPerAddress: 20,
        requestHeaders: { 'X-Env': 'preview', 'X-Level': '1.0' },
        responseHeaders: { 'X-Frame-Options': 'DENY' },
        queue: { maxConnections: 10, length: 11, timeoutMs: 12_000 },
        balance: 'leastconn',
        timeouts: { ...noTraffic.timeouts, serverMs: 60_000, connectMs: 2000, tunnelMs: 10_800_000 },
        rewrite: undefined,
        protocol: 'http1',
        bodyBytes: 50 * 2 ** 20,
      },
      bounds: {
        rateLimit: { requestsPerSecond: 60, except: ['10.0.0.0/8', 'fd00::/8'] },
        connectionsPerAddress: 30,
        headers: 0,
        queue: { maxConnections: 40, length: 50, timeoutMs: 60_000 },
        timeouts: { serverMs: 86_400_000, connectMs: 70_000, tunnelMs: 14_400_000 },
        bodyBytes: 50 * 2 ** 20,
      },
    });
  });

  test('is bounded by its own limits where it gives no other bound, however large', () => {
    const { bounds } = valid('traffic: { rateLimit: { requestsPerSecond: 2000 }, connectionsPerAddress: 3000 }').traffic;
    assert.deepEqual(bounds, { ...usualBounds, rateLimit: { requestsPerSecond: 2000, except: [] }, connectionsPerAddress: 3000 });
  });

  const atBound = 'traffic: { timeouts: { server: 10m, connect: 30s, tunnel: 24h }, queue: { maxConnections: 1000, length: 1000, timeout: 1m }, bodySize: 1Gi }';
  test('takes defaults at the bounds', () => {
    assert.deepEqual(lines(atBound), []);
  });

  const wrong: [text: string, problem: string][] = [
    ['{ timeouts: { server: 11m } }', '2:32 traffic.timeouts.server: is 11m, more than traffic.bounds.timeouts.server lets projects have: 10m — write 10m at most, or traffic.bounds.timeouts.server: 11m'],
    ['{ timeouts: { tunnel: 2h }, bounds: { timeouts: { tunnel: 1h } } }', '2:32 traffic.timeouts.tunnel: is 2h, more than traffic.bounds.timeouts.tunnel lets projects have: 1h — write 1h at most, or traffic.bounds.timeouts.tunnel: 2h'],
    ['{ queue: { length: 1001 } }', '2:29 traffic.queue.length: is 1001, more than traffic.bounds.queue.length lets projects have: 1000 — write 1000 at most, or traffic.bounds.queue.length: 1001'],
    ['{ queue: { length: 99999999999999999999 } }', '2:29 traffic.queue.length: is 99999999999999999999, more than traffic.bounds.queue.length lets projects have: 1000 — write 1000 at most, or traffic.bounds.queue.length: 99999999999999999999'],
    ['{ bounds: { queue: { length: 99999999999999999999 } } }', '2:39 traffic.bounds.queue.length: must be 100000 at most, got 100000000000000000000 — for example 1000'],
    ['{ bodySize: 2Gi }', '2:22 traffic.bodySize: is 2Gi, more than traffic.bounds.bodySize lets projects have: 1Gi — write 1Gi at most, or traffic.bounds.bodySize: 2Gi'],
    ['{ bodySize: 2Mi, bounds: { bodySize: 1048576 } }', '2:22 traffic.bodySize: is 2Mi, more than traffic.bounds.bodySize lets projects have: 1Mi — write 1Mi at most, or traffic.bounds.bodySize: 2Mi'],
    ['{ rateLimit: { requestsPerSecond: 50 }, bounds: { rateLimit: { requestsPerSecond: 49 } } }', '2:44 traffic.rateLimit.requestsPerSecond: is 50, more than traffic.bounds.rateLimit.requestsPerSecond lets projects have: 49 — write 49 at most, or traffic.bounds.rateLimit.requestsPerSecond: 50'],
    ['{ connectionsPerAddress: 5, bounds: { connectionsPerAddress: 4 } }', '2:35 traffic.connectionsPerAddress: is 5, more than traffic.bounds.connectionsPerAddress lets projects have: 4 — write 4 at most, or traffic.bounds.connectionsPerAddress: 5'],
    ['{ rateLimit: { except: [10.0.0.0/8] } }', '2:25 traffic.rateLimit.except: is of no use: no requests are counted — add requestsPerSecond, or leave it out'],
    ['{ rewrite: /a }', '2:12 traffic.rewrite: unknown key — the keys here are rateLimit, connectionsPerAddress, requestHeaders, responseHeaders, queue, balance, timeouts, protocol, bodySize, bounds'],
    ['{ tenants: {} }', '2:12 traffic.tenants: unknown key — the keys here are rateLimit, connectionsPerAddress, requestHeaders, responseHeaders, queue, balance, timeouts, protocol, bodySize, bounds'],
    ['{ responseHeaders: { Strict-Transport-Security: max-age=1 } }', '2:31 traffic.responseHeaders.Strict-Transport-Security: is the platform’s — leave it out'],
    ['{ requestHeaders: { X-A: "a\\nb" } }', '2:35 traffic.requestHeaders.X-A: has characters that no header may have — write ASCII that shows, in one line'],
    [`{ requestHeaders: { X-A: ${'a'.repeat(500)}, X-B: ${'b'.repeat(200)} } }`, '2:12 traffic.requestHeaders: takes 722 bytes with 8 for each header: the door has room for 700 — write fewer headers, or shorter ones'],
    ['{ bounds: { headers: 51 } }', '2:31 traffic.bounds.headers: must be 50 at most, got 51 — for example 20'],
    ['{ bounds: { timeouts: { server: 25h } } }', '2:42 traffic.bounds.timeouts.server: is too long — 24h is the most'],
    ['{ bounds: { queue: { length: 0 } } }', '2:39 traffic.bounds.queue.length: must be 1 at least, got 0 — for example 1000'],
    ['{ bounds: { bodySize: 2Ti } }', '2:32 traffic.bounds.bodySize: is more than any request has — 1Ti is the most'],
    ['{ bounds: { bodySize: 1 } }', '2:32 traffic.bounds.bodySize: is too little for any form — 1Ki is the least; 50Mi is usual'],
    ['{ bounds: { rewrite: /a } }', '2:22 traffic.bounds.rewrite: unknown key — the keys here are rateLimit, connectionsPerAddress, headers, queue, timeouts, bodySize'],
  ];
  for (const [traffic, problem] of wrong)
    test(`refuses ${traffic.slice(0, 90)}`, () => {
      assert.deepEqual(lines(`traffic: ${traffic}`), [problem]);
    });

  test('refuses what its controller cannot be told; bounds say nothing to it', () => {
    const cannot = 'is nothing that the ingress controller haproxytech can be told — leave it out';
    assert.deepEqual(lines('traffic: { bodySize: 1Mi, timeouts: { server: 1m, connect: 1s }, bounds: { bodySize: 2Mi } }\ningress: { controller: haproxytech }'), [
      `2:12 traffic.bodySize: ${cannot}`,
      `2:51 traffic.timeouts.connect: ${cannot}`,
    ]);
  });
});
