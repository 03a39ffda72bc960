import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { noTraffic, type TrafficOverlay } from '../../app/config/traffic.ts';
import { annotationsOf } from '../../app/core/traffic/dialects.ts';
import { headersProblem } from '../../app/core/traffic/fields.ts';
import type { TrafficPolicy } from '../../app/core/traffic/policy.ts';
import { doorRules } from '../../app/reconcile/door-rules.ts';
import { ask, factsWith, frozen, intentFor } from '../support/previews.ts';
import { plainConfig, platformFrom, shaB, tenantsConfig } from '../support/world.ts';

type Traffic = Partial<TrafficOverlay>;

/** What the door is told of an app that asks for this, where `avant.yaml` has these further lines. */
const rulesOf = (platform: string, asked: Traffic, tenants: Readonly<Record<string, Traffic>> = {}, tenant = 'fr'): TrafficPolicy => {
  const full = (some: Traffic): TrafficOverlay => ({ ...noTraffic, ...some });
  const traffic = { all: full(asked), tenants: Object.fromEntries(Object.entries(tenants).map(([name, some]) => [name, full(some)])) };
  return doorRules(platformFrom(platform), frozen({ traffic, access: undefined }), tenant, 'foo-241-fr').traffic;
};

const nothing: TrafficPolicy = { ...noTraffic, rateLimit: undefined };

describe('doorRules', () => {
  test('are the platform’s where the project says nothing', () => {
    const told = platformFrom('traffic: { balance: first, rateLimit: { requestsPerSecond: 9 } }\n');
    const platform = { ...told, ingress: { ...told.ingress, tls: true, noindex: false } };
    const app = { traffic: { all: noTraffic, tenants: {} }, access: undefined };
    assert.deepEqual(doorRules(platform, app, '', 'foo-241'), {
      traffic: { ...nothing, balance: 'first', rateLimit: { requestsPerSecond: 9, except: [] } },
      access: { kind: 'open' },
      tls: true,
      noindex: false,
      marker: 'foo-241',
    });
  });

  const limit = 'traffic: { rateLimit: { requestsPerSecond: 50, except: [10.0.0.0/8] } }\n';
  const headers = 'traffic: { requestHeaders: { X-Env: preview }, bounds: { headers: 2 } }\n';
  const rows: [what: string, platform: string, asked: Traffic, expected: Partial<TrafficPolicy>][] = [
    ['the project’s word above the platform’s', 'traffic: { balance: first, protocol: h2 }\n', { balance: 'source' }, { balance: 'source', protocol: 'h2' }],
    ['key by key', 'traffic: { timeouts: { server: 1m, tunnel: 1h } }\n', { timeouts: { ...noTraffic.timeouts, serverMs: 5 } }, { timeouts: { ...noTraffic.timeouts, serverMs: 5, tunnelMs: 3_600_000 } }],
    ['a limit that is tighter', limit, { rateLimit: { requestsPerSecond: 5, except: undefined } }, { rateLimit: { requestsPerSecond: 5, except: ['10.0.0.0/8'] } }],
    ['headers beside the platform’s', headers, { requestHeaders: { 'X-A': 'a' } }, { requestHeaders: { 'X-Env': 'preview', 'X-A': 'a' } }],
    ['addresses without a limit say nothing', '', { rateLimit: { requestsPerSecond: undefined, except: ['10.0.0.0/8'] } }, {}],
    // What was valid once.
    ['a limit that is too loose', limit, { rateLimit: { requestsPerSecond: 51, except: ['10.1.0.0/16', '0.0.0.0/0'] } }, { rateLimit: { requestsPerSecond: 50, except: ['10.1.0.0/16'] } }],
    ['headers that the platform sets now, and too many', headers, { requestHeaders: { 'x-env': 'mine', 'X-A': 'a', 'X-B': 'b', 'X-C': 'c' } }, { requestHeaders: { 'X-Env': 'preview', 'X-A': 'a', 'X-B': 'b' } }],
    ['headers without room', '', { responseHeaders: { 'X-A': 'a'.repeat(500), 'X-B': 'b'.repeat(500), 'X-C': 'c' } }, { responseHeaders: { 'X-A': 'a'.repeat(500), 'X-C': 'c' } }],
    ['connections', 'traffic: { bounds: { connectionsPerAddress: 7 } }\n', { connectionsPerAddress: 8 }, { connectionsPerAddress: 7 }],
    ['a queue', 'traffic: { bounds: { queue: { length: 7 } } }\n', { queue: { maxConnections: 8, length: 8, timeoutMs: 8 } }, { queue: { maxConnections: 8, length: 7, timeoutMs: 8 } }],
    ['a time', 'traffic: { bounds: { timeouts: { tunnel: 1m } } }\n', { timeouts: { ...noTraffic.timeouts, tunnelMs: 60_001 } }, { timeouts: { ...noTraffic.timeouts, tunnelMs: 60_000 } }],
    ['a size', 'traffic: { bounds: { bodySize: 1Mi } }\n', { bodyBytes: 2 ** 30 }, { bodyBytes: 2 ** 20 }],
  ];
  for (const [what, platform, asked, expected] of rows)
    test(what, () => {
      const platformsOwn = rulesOf(platform, {});
      assert.deepEqual(rulesOf(platform, asked), { ...platformsOwn, ...expected });
    });

  test('are of the tenant', () => {
    const tenants = { fr: { balance: 'first' }, be: { balance: 'source' } } as const;
    const of = (tenant: string): unknown => rulesOf('', { balance: 'random' }, tenants, tenant).balance;
    assert.deepEqual([of('fr'), of('be'), of('hr'), of(''), of('constructor')], ['first', 'source', 'random', 'random', 'random']);
  });

  test('lie within the bounds, whatever was asked for once', () => {
    const platform = 'traffic: { requestHeaders: { X-Env: a }, bounds: { rateLimit: { requestsPerSecond: 40 }, connectionsPerAddress: 41, headers: 3, queue: { maxConnections: 42, length: 43, timeout: 44s }, timeouts: { server: 45s, connect: 46s, tunnel: 47s }, bodySize: 48Ki } }\n';
    const count = fc.option(fc.integer({ min: 1, max: 2 ** 31 }), { nil: undefined });
    const some = fc.dictionary(fc.stringMatching(/^X-[a-z]{1,9}$/), fc.stringMatching(/^[a-z]{1,300}$/), { maxKeys: 8 });
    const asked = fc.record({
      rateLimit: fc.record({ requestsPerSecond: count, except: fc.constant(undefined) }),
      connectionsPerAddress: count,
      requestHeaders: some,
      queue: fc.record({ maxConnections: count, length: count, timeoutMs: count }),
      timeouts: fc.record({ serverMs: count, connectMs: count, tunnelMs: count }),
      bodyBytes: count,
    });
    fc.assert(
      fc.property(asked, (one) => {
        const { rateLimit, connectionsPerAddress, requestHeaders, queue, timeouts, bodyBytes } = rulesOf(platform, one);
        const numbers = [rateLimit?.requestsPerSecond, connectionsPerAddress, queue.maxConnections, queue.length, queue.timeoutMs, timeouts.serverMs, timeouts.connectMs, timeouts.tunnelMs, bodyBytes];
        const bounds = [40, 41, 42, 43, 44_000, 45_000, 46_000, 47_000, 48 * 1024];
        for (const [index, number] of numbers.entries()) assert.ok(number === undefined || number <= (bounds[index] ?? 0));
        assert.ok(Object.keys(requestHeaders).length <= 4);
        assert.equal(headersProblem(requestHeaders), undefined);
        assert.equal(requestHeaders['X-Env'], 'a');
      }),
      { numRuns: 200 },
    );
  });
});

const file = (text: string) => ({ kind: 'file', text }) as const;

describe('decide: the door', () => {
  const platform = platformFrom('tenants: { fr: {}, be: {} }\naccess: { ways: { office: { addresses: [10.0.0.0/8] } } }\n');
  const config = `${tenantsConfig}access: office\ntraffic: { timeouts: { server: 1m }, tenants: { fr: { timeouts: { server: 2m } } } }\n`;

  test('each tenant’s previews have their own rules, and their namespace as marker', () => {
    const { previews } = ask(factsWith({ config: file(config) }), { platform });
    assert.deepEqual(
      previews.map(({ apps, ingress }) => [apps[0]?.rules.marker, apps[0]?.rules.traffic.timeouts.serverMs, apps[0]?.rules.access.kind, ingress]),
      [
        ['foo-241-fr', 120_000, 'addresses', { class: 'haproxy-v1', form: 'annotation', dialect: 'haproxy-ingress' }],
        ['foo-241-be', 60_000, 'addresses', { class: 'haproxy-v1', form: 'annotation', dialect: 'haproxy-ingress' }],
      ],
    );
  });

  test('a fork’s previews have the same rules', () => {
    const facts = factsWith({ config: file(config), fork: true });
    const approved = { sha: facts.pullRequest.headSha, by: 'ann', at: '2026-11-22T07:00:00Z' };
    const own = ask(factsWith({ config: file(config) }), { platform }).previews;
    const forks = ask(facts, { platform, intent: intentFor(facts.pullRequest.labels, { approved }) }).previews;
    assert.equal(forks.length, 2);
    assert.deepEqual(forks.map(({ apps }) => apps.map(({ rules }) => rules)), own.map(({ apps }) => apps.map(({ rules }) => rules)));
  });

  test('beyond the bounds: the head is refused with place, value and bound, and the last valid one runs on within them', () => {
    const wide = `${plainConfig}access: office\ntraffic: { timeouts: { server: 9m } }\n`;
    const lastValid = { sha: shaB, text: wide, cloud: { kind: 'absent' } } as const;
    const narrower = platformFrom('traffic: { bounds: { timeouts: { server: 5m } } }\n');
    const { decision, previews } = ask(factsWith({ config: file(wide) }), { platform: narrower, lastValid });
    assert.equal(decision.reason, 'ConfigBroken');
    assert.deepEqual(decision.problems, [
      '.cloud/preview.yaml:4:9 access: the platform has no way "office" to look — the platform’s are open',
      '.cloud/preview.yaml:5:32 traffic.timeouts.server: is 9m: the platform lets you have 5m at most — write less, or ask the platform’s administrators for more (traffic.bounds.timeouts.server)',
    ]);
    const rules = previews[0]?.apps[0]?.rules;
    assert.ok(rules);
    assert.equal(previews[0]?.sha, shaB);
    assert.equal(rules.traffic.timeouts.serverMs, 300_000);
    assert.deepEqual(rules.access, { kind: 'addresses', addresses: ['0.0.0.0/32'] });
    assert.equal(annotationsOf('haproxy-ingress', rules).annotations['haproxy-ingress.github.io/allowlist-source-range'], '0.0.0.0/32');
  });

  test('a tenant that is gone takes its word with it', () => {
    const lastValid = { sha: shaB, text: config.replace('fr: {', 'hu: {'), cloud: { kind: 'absent' } } as const;
    const { previews } = ask(factsWith({ config: file('image: 5') }), { platform, lastValid });
    assert.deepEqual(previews.map(({ apps }) => apps[0]?.rules.traffic.timeouts.serverMs), [60_000, 60_000]);
  });
});
