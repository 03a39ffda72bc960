import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { RenderRefused } from '../../app/core/ports.ts';
import { configText } from '../../app/core/traffic/config-text.ts';
import { annotationsOf, wordlessFields } from '../../app/core/traffic/dialects.ts';
import { fields, headersProblem, headersRoom } from '../../app/core/traffic/fields.ts';
import type { Access, Dialect, DoorRules, TrafficPolicy } from '../../app/core/traffic/policy.ts';
import { plainFormat, snippetLines, wordsOf } from '../support/haproxy-words.ts';
import { leastRules, oddText, quiet } from '../support/traffic-cases.ts';

const dialects: readonly Dialect[] = ['haproxy-ingress', 'haproxytech'];
const { queue, timeouts } = quiet;

/** Texts that mean something to a configuration, a map, a log format, a regular expression, a shell or a terminal. */
const hostile: readonly string[] = [
  '\n', '\r', '\r\n', '\t', ' ', '', '\0', '"', "'", '`', '\\', '\\\n', '{', '}', '{}', '#', ';', '|', '$', '$HOME', '${HOME}', '%', '%[src]', '%[service]', '%{+Q}o', '%ci', '!', '*', '^', '(', ')', '[', ']', '<', '>', '~ ', '\u00e9', '\u202e', '\u2028', '\ufeff', '\ud800',
  'a\nserver evil 10.0.0.1:80', 'a\r\nX-Evil: 1', 'a" if TRUE\nhttp-request deny', "a' or 'b", 'a unless FALSE', 'x'.repeat(100_000), '\n'.repeat(100_000), '../../etc/passwd', '/var/run/secrets/kubernetes.io/serviceaccount/token', 'a,b', '-1', '0', '1e9', '0x10', 'NaN', '1s', '10.0.0.0/8\n', '::/0 #',
];

/** Numbers that are none, or too many. */
const numbers: readonly unknown[] = [0, -1, 1.5, NaN, Infinity, 1e300, 2 ** 53, ...hostile];

/** Says whether a text is fine for a field, so that nothing is to be refused. */
type Fine = (text: string) => boolean;
const never: Fine = () => false;

/** Puts a value where no config would: the types are told otherwise. */
const forced = (value: unknown): never => value as never;
const traffic = (part: Partial<TrafficPolicy>): DoorRules => ({ ...leastRules, traffic: { ...quiet, ...part } });
const looking = (access: Access): DoorRules => ({ ...leastRules, access });
const secret = { namespace: 'vault', name: 'passwords' };
const way = { kind: 'request', url: 'http://sso/auth', signin: undefined, headers: [] } as const;
const text: Fine = (value) => /^[!-~]([ -~]*[!-~])?$/.test(value) && value.length <= 512;

/** Every place of a typed field: its name, how a value gets there, what is tried, and what is fine there. */
const places: readonly (readonly [field: string, put: (value: unknown) => DoorRules, tried: readonly unknown[], fine: Fine])[] = [
  [fields.rateLimit.name, (value) => traffic({ rateLimit: { requestsPerSecond: forced(value), except: [] } }), numbers, never],
  [fields.rateLimit.name, (value) => traffic({ rateLimit: { requestsPerSecond: 1, except: [forced(value)] } }), hostile, never],
  [fields.connectionsPerAddress.name, (value) => traffic({ connectionsPerAddress: forced(value) }), numbers, never],
  [fields.requestHeaders.name, (value) => traffic({ requestHeaders: { 'X-A': forced(value) } }), hostile, text],
  [fields.requestHeaders.name, (value) => traffic({ requestHeaders: { [String(value)]: 'a' } }), hostile, (value) => value === 'NaN'],
  [fields.responseHeaders.name, (value) => traffic({ responseHeaders: { 'X-A': forced(value) } }), hostile, text],
  [fields.responseHeaders.name, (value) => traffic({ responseHeaders: { [String(value)]: 'a' } }), hostile, (value) => value === 'NaN'],
  [fields.maxConnections.name, (value) => traffic({ queue: { ...queue, maxConnections: forced(value) } }), numbers, never],
  [fields.queueLength.name, (value) => traffic({ queue: { ...queue, length: forced(value) } }), numbers, never],
  [fields.queueTimeout.name, (value) => traffic({ queue: { ...queue, timeoutMs: forced(value) } }), numbers, never],
  [fields.balance.name, (value) => traffic({ balance: forced(value) }), [...hostile, 'url_param id', 'hdr(x)', 'random(2)'], never],
  [fields.serverTimeout.name, (value) => traffic({ timeouts: { ...timeouts, serverMs: forced(value) } }), numbers, never],
  [fields.connectTimeout.name, (value) => traffic({ timeouts: { ...timeouts, connectMs: forced(value) } }), numbers, never],
  [fields.tunnelTimeout.name, (value) => traffic({ timeouts: { ...timeouts, tunnelMs: forced(value) } }), numbers, never],
  [fields.rewrite.name, (value) => traffic({ rewrite: forced(value) }), [...hostile, '/\\1', '/a b', '/%20', "/'", '/a\n/b', 'a'], (value) => value.startsWith('/var/')],
  [fields.protocol.name, (value) => traffic({ protocol: forced(value) }), [...hostile, 'fcgi', 'h1-ssl'], never],
  [fields.bodySize.name, (value) => traffic({ bodyBytes: forced(value) }), numbers, never],
  [fields.access.name, (value) => looking({ kind: 'addresses', addresses: [forced(value)] }), hostile, never],
  [fields.access.name, (value) => looking({ kind: 'password', secret, realm: forced(value) }), hostile, (value) => /^[A-Za-z0-9]([A-Za-z0-9 ._-]*[A-Za-z0-9])?$/.test(value) && value.length <= 64],
  [fields.access.name, (value) => looking({ kind: 'password', secret: { ...secret, name: forced(value) }, realm: 'a' }), hostile, (value) => /^[a-z0-9]+$/.test(value) && value.length < 100],
  [fields.access.name, (value) => looking({ kind: 'password', secret: { ...secret, namespace: forced(value) }, realm: 'a' }), hostile, (value) => /^[a-z0-9]+$/.test(value) && value.length < 60],
  [fields.access.name, (value) => looking({ ...way, url: forced(value) }), hostile, never],
  [fields.access.name, (value) => looking({ ...way, url: `http://sso/${String(value)}` }), hostile, (value) => /^[A-Za-z0-9._~/-]*$/.test(value) && value.length <= 256],
  [fields.access.name, (value) => looking({ ...way, url: `http://${String(value)}/auth` }), hostile, (value) => /^[A-Za-z0-9]+$/.test(value) && value.length < 250],
  [fields.access.name, (value) => looking({ ...way, signin: `https://sso/${String(value)}` }), hostile, (value) => /^[A-Za-z0-9._~/-]*$/.test(value) && value.length <= 256],
  [fields.access.name, (value) => looking({ ...way, headers: [forced(value)] }), hostile, (value) => value === 'NaN'],
  [fields.access.name, (value) => looking({ kind: forced(value) }), hostile, never],
  [fields.tls.name, (value) => ({ ...leastRules, tls: forced(value) }), hostile, never],
  [fields.noindex.name, (value) => ({ ...leastRules, noindex: forced(value) }), hostile, (value) => value === ''],
  [fields.marker.name, (value) => ({ ...leastRules, marker: forced(value) }), hostile, (value) => /^[a-z0-9]+$/.test(value) && value.length < 64],
];

function refusalOf(dialect: Dialect, rules: DoorRules): readonly string[] {
  try {
    annotationsOf(dialect, rules);
    return [];
  } catch (error) {
    assert.ok(error instanceof RenderRefused, String(error));
    return error.problems;
  }
}

describe('what is forced past the config', () => {
  for (const [index, [field, put, tried, fine]] of places.entries())
    test(`${field} (${index + 1})`, () => {
      let refused = 0;
      for (const dialect of dialects) {
        // What a controller has no words for is said to nobody, whatever it is.
        if (wordlessFields(dialect).includes(field)) continue;
        for (const value of tried) {
          if (typeof value === 'string' && fine(value)) continue;
          const problems = refusalOf(dialect, put(value));
          assert.equal(problems.length, 1, `${dialect} lets ${JSON.stringify(value).slice(0, 60)} through`);
          const [problem = ''] = problems;
          assert.ok(problem.startsWith(`${field}: `), problem);
          assert.ok(problem.length < 600 && !/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u.test(problem), JSON.stringify(problem));
          refused += 1;
        }
      }
      assert.ok(refused > 10);
    });

  test('all wrong fields are told at once', () => {
    const rules = { ...traffic({ balance: forced('a\nb'), bodyBytes: -1 }), marker: 'a b' };
    assert.deepEqual(refusalOf('haproxy-ingress', rules).map((problem) => problem.split(':')[0]), ['traffic.balance', 'traffic.bodySize', 'namespace']);
  });

  test('lists that would let everybody in, and those that no line takes', () => {
    assert.match(refusalOf('haproxy-ingress', looking({ kind: 'addresses', addresses: [] }))[0] ?? '', /would let everybody in/);
    const many = Array.from({ length: 1001 }, () => '10.0.0.0/8');
    assert.match(refusalOf('haproxy-ingress', looking({ kind: 'addresses', addresses: many }))[0] ?? '', /more than 1000/);
    assert.match(refusalOf('haproxytech', traffic({ rateLimit: { requestsPerSecond: 1, except: many.slice(0, 41) } }))[0] ?? '', /40 at most/);
  });

  test('headers that are the connection’s or the door’s, twice the same, and more than there is room for', () => {
    for (const name of ['Content-Length', 'transfer-encoding', 'Connection', 'UPGRADE', 'X-Avant-Preview', 'strict-transport-security']) assert.match(headersProblem({ [name]: 'a' }) ?? '', /is the door’s/);
    assert.match(headersProblem({ 'X-A': 'a', 'x-a': 'b' }) ?? '', /twice/);
    const brim = { A: 'a'.repeat(341), B: 'b'.repeat(341) };
    assert.equal(headersProblem(brim), undefined);
    assert.match(headersProblem({ ...brim, B: 'b'.repeat(342) }) ?? '', new RegExp(`701 bytes.*${headersRoom}`));
  });
});

const shows = fc.stringMatching(/^[!-~]([ -~]{0,60}[!-~])?$/);
const headerName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_-]{0,20}$/);
const headers = fc.dictionary(headerName, fc.oneof(shows, fc.constantFrom(oddText, 'if', 'unless', '%[service]', '%%[service]', 'x/secrets/kubernetes.io/serviceaccount/y')), { maxKeys: 4 }).filter((given) => headersProblem(given) === undefined);
const cidr = fc.tuple(fc.nat(255), fc.integer({ min: 8, max: 32 })).map(([first, bits]) => `${first}.0.0.0/${bits}`);
const ranges = fc.array(cidr, { maxLength: 40 });
const number = fc.integer({ min: 1, max: 1_000_000 });
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const path = fc.stringMatching(/^\/[A-Za-z0-9._~/-]{0,20}$/);
const rulesOf = fc.record<DoorRules>({
  traffic: fc.record({
    rateLimit: maybe(fc.record({ requestsPerSecond: number, except: ranges })),
    connectionsPerAddress: maybe(number),
    requestHeaders: headers,
    responseHeaders: headers,
    queue: fc.record({ maxConnections: maybe(number), length: maybe(number), timeoutMs: maybe(number) }),
    balance: maybe(fc.constantFrom('roundrobin', 'leastconn', 'random', 'source', 'first')),
    timeouts: fc.record({ serverMs: maybe(number), connectMs: maybe(number), tunnelMs: maybe(number) }),
    rewrite: maybe(path),
    protocol: maybe(fc.constantFrom('http1', 'h2', 'grpc')),
    bodyBytes: maybe(number),
  }),
  access: fc.oneof(
    fc.constant<Access>({ kind: 'open' }),
    fc.record({ kind: fc.constant('addresses'), addresses: fc.array(cidr, { minLength: 1, maxLength: 40 }) }),
    fc.record({ kind: fc.constant('password'), secret: fc.constant(secret), realm: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,20}[A-Za-z0-9]$/) }),
    fc.record({ kind: fc.constant('request'), url: path.map((one) => `http://sso.bar.com:4180${one}`), signin: maybe(path.map((one) => `https://auth.bar.com${one}?rd=\${url}&a=%20`)), headers: fc.uniqueArray(headerName.filter((name) => headersProblem({ [name]: 'a' }) === undefined && name.toLowerCase() !== 'host'), { maxLength: 3 }) }),
  ),
  tls: fc.boolean(),
  noindex: fc.boolean(),
  marker: fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,40}[a-z0-9]$/),
});

/** What a line may fetch: a header of the office's answer. */
const fetched = /^%\[var\(req\.auth_response_header\.[a-z0-9_]+\)\]$/;

/** A line of a snippet, read: its words, log formats filled in. */
function directive(line: string): readonly string[] {
  const [kind = '', action = '', name = '', value = '', ...rest] = wordsOf(line);
  return action === 'set-header' && !fetched.test(value) ? [kind, action, name, plainFormat(value), ...rest] : wordsOf(line);
}

/** A header that the office's answer tells the app: gone in every spelling, then as the answer has it. */
function ofTheAnswer(name: string): readonly (readonly string[])[] {
  const words = name.toLowerCase().split(/[-_]/);
  const answer = `var(req.auth_response_header.${words.join('_')})`;
  return [
    ['http-request', 'del-header', `^${words.join('[^a-z0-9]')}$`, '-m', 'reg'],
    ['http-request', 'set-header', name, `%[${answer}]`, 'if', '{', answer, '-m', 'found', '}'],
  ];
}

describe('whatever the config lets through', () => {
  test('becomes these lines of jcmoraisjr’s backend, and no others', () => {
    fc.assert(
      fc.property(rulesOf, (rules) => {
        const { annotations } = annotationsOf('haproxy-ingress', rules);
        const lines = (name: string): readonly (readonly string[])[] => snippetLines(annotations[`haproxy-ingress.github.io/${name}`] ?? '').map(directive);
        const { access } = rules;
        const set = (of: string, given: Readonly<Record<string, string>>) => Object.entries(given).map(([name, value]) => [of, 'set-header', name, value]);
        assert.deepEqual(lines('config-backend'), [
          ...(rules.traffic.queue.length === undefined ? [] : [['http-request', 'deny', 'deny_status', '503', 'if', '{', 'avg_queue', 'ge', String(rules.traffic.queue.length), '}']]),
          ...(access.kind === 'password' ? [['http-request', 'deny', 'if', '!{', 'http_auth_user', '-m', 'found', '}'], ['http-request', 'del-header', 'Authorization']] : []),
          ...(access.kind === 'request' ? access.headers.flatMap(ofTheAnswer) : []),
          ...set('http-request', rules.traffic.requestHeaders),
          ...set('http-response', rules.traffic.responseHeaders),
          ['http-response', 'del-header', 'Strict-Transport-Security'],
          ...(rules.noindex ? [['http-response', 'set-header', 'X-Robots-Tag', 'noindex']] : []),
          ['http-response', 'set-header', 'X-Avant-Preview', rules.marker, 'if', '{', 'srv_id', '-m', 'found', '}'],
        ]);
        for (const other of ['config-backend-early', 'config-backend-late']) assert.deepEqual(lines(other), []);
      }),
      { numRuns: 1_000 },
    );
  });

  /** All that may be said beside lines of a snippet: by annotation. */
  const grammar: Readonly<Record<string, RegExp>> = {
    'limit-rps': /^\d+$/, 'limit-connections': /^\d+$/, 'limit-whitelist': /^[0-9a-f.:/,]+$/, 'maxconn-server': /^\d+$/, 'maxqueue-server': /^\d+$/, 'timeout-queue': /^\d+ms$/, 'balance-algorithm': /^[a-z]+$/,
    'timeout-server': /^\d+ms$/, 'timeout-connect': /^\d+ms$/, 'timeout-tunnel': /^\d+ms$/, 'rewrite-target': /^\/[A-Za-z0-9._~/-]*$/, 'backend-protocol': /^h[12]$/, 'proxy-body-size': /^\d+$/,
    'allowlist-source-range': /^[0-9a-f.:/,]+$/, 'auth-secret': /^[a-z0-9-]+\/[a-z0-9.-]+$/, 'auth-realm': /^[A-Za-z0-9 ._-]+$/, 'auth-url': /^http:\/\/[A-Za-z0-9._~/:-]+$/,
    'auth-signin': /^https:\/\/auth\.bar\.com[A-Za-z0-9._~/-]*\?rd=%\[req\.hdr\(x-forwarded-proto\)\]%%3A%%2F%%2F%\[req\.hdr\(host\),url_enc\]%\[pathq,url_enc\]&a=%%20$/, 'auth-headers-succeed': /^[a-z0-9_,-]+$/, 'ssl-redirect': /^(true|false)$/, 'hsts': /^false$/,
  };

  test('is beside that numbers, times, ranges and plain words', () => {
    fc.assert(
      fc.property(rulesOf, (rules) => {
        for (const [key, value] of Object.entries(annotationsOf('haproxy-ingress', rules).annotations)) {
          const name = key.replace('haproxy-ingress.github.io/', '');
          if (!name.startsWith('config-backend')) assert.match(value, grammar[name] ?? /^$/, name);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test('becomes these headers of haproxytech’s, one word each', () => {
    fc.assert(
      fc.property(rulesOf, (rules) => {
        if (rules.access.kind === 'request') return;
        const { annotations } = annotationsOf('haproxytech', rules);
        const lines = (name: string): readonly (readonly string[])[] =>
          (annotations[`haproxy.org/${name}`] ?? '').split('\n').filter((line) => line !== '').map((line) => {
            const space = line.indexOf(' ');
            const words = wordsOf(`"${line.slice(space + 1)}"`);
            assert.equal(words.length, 1);
            return [line.slice(0, space), plainFormat(words[0] ?? '')];
          });
        assert.deepEqual(lines('request-set-header'), [...(rules.access.kind === 'password' ? [['Authorization', 'withheld']] : []), ...Object.entries(rules.traffic.requestHeaders)]);
        assert.deepEqual(lines('response-set-header'), [...Object.entries(rules.traffic.responseHeaders), ...(rules.noindex ? [['X-Robots-Tag', 'noindex']] : []), ['X-Avant-Preview', rules.marker]]);
        for (const [key, value] of Object.entries(annotations)) if (!key.endsWith('-header')) assert.match(value, /^[A-Za-z0-9 ._~/:,^$()*?[\]\\-]+$/);
      }),
      { numRuns: 1_000 },
    );
  });

  test('every field has its row in each dialect', () => {
    const all = Object.values(fields).map(({ name }) => name);
    const everything: DoorRules = {
      ...leastRules,
      traffic: { rateLimit: { requestsPerSecond: 1, except: [] }, connectionsPerAddress: 1, requestHeaders: { A: 'a' }, responseHeaders: { A: 'a' }, queue: { maxConnections: 1, length: 1, timeoutMs: 1 }, balance: 'first', timeouts: { serverMs: 1, connectMs: 1, tunnelMs: 1 }, rewrite: '/', protocol: 'h2', bodyBytes: 1 },
      noindex: true,
    };
    for (const dialect of dialects) {
      const { unsupported } = annotationsOf(dialect, everything);
      assert.deepEqual(unsupported, wordlessFields(dialect));
      assert.ok(unsupported.every((name) => all.includes(name)));
    }
    assert.deepEqual(wordlessFields('haproxy-ingress'), []);
  });

  test('text is one word of a configuration, whatever shows in it', () => {
    fc.assert(fc.property(fc.stringMatching(/^[ -~]{0,200}$/), (text) => {
      const words = wordsOf(`x "${configText(text)}"`);
      assert.deepEqual(words.map(plainFormat), ['x', text]);
      assert.deepEqual(snippetLines(`x "${configText(text)}"`), [`x "${configText(text)}"`]);
    }));
  });
});
