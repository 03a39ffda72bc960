import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { whoMayLook } from '../../app/config/access.ts';
import { parsePlatform, type Platform } from '../../app/config/platform.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { parseProject } from '../../app/config/project.ts';
import type { Access } from '../../app/core/traffic/policy.ts';
import { doorWith } from '../support/door-context.ts';

const lines = (text: string): string[] => {
  const read = parsePlatform(`domain: preview.bar.com\n${text}`, 'avant.yaml');
  return read.ok ? [] : read.problems.map((problem) => formatProblem(problem).replace('avant.yaml:', ''));
};

const accessOf = (text: string): Platform['access'] => {
  assert.deepEqual(lines(text), []);
  const read = parsePlatform(`domain: preview.bar.com\n${text}`, 'avant.yaml');
  return read.ok ? read.platform.access : assert.fail();
};

const ways = 'office: { addresses: [10.0.0.0/8] }, password: { secret: p }, sso: { request: "http://a/" }';
const secrets = 'secrets: { namespace: avant-secrets }\n';

describe('access of the platform', () => {
  const ofWay: [way: string, expected: Access][] = [
    ['{ addresses: [203.0.113.0/24, "2001:DB8:0::/32"] }', { kind: 'addresses', addresses: ['203.0.113.0/24', '2001:db8::/32'] }],
    ['{ secret: preview.users }', { kind: 'password', secret: { namespace: 'avant-secrets', name: 'preview.users' }, realm: 'preview' }],
    ['{ secret: a, realm: Previews of Bar-1.0_x }', { kind: 'password', secret: { namespace: 'avant-secrets', name: 'a' }, realm: 'Previews of Bar-1.0_x' }],
    ['{ request: "http://oauth2-proxy.auth.svc:4180/oauth2/auth" }', { kind: 'request', url: 'http://oauth2-proxy.auth.svc:4180/oauth2/auth', signin: undefined, headers: [] }],
    [
      '{ request: "https://10.0.0.1/auth?a=b&c=d", signin: "https://auth.bar.com:8443/start?rd=${url}&x=%2F", headers: [X-Auth-Request-Email, Authorization] }',
      { kind: 'request', url: 'https://10.0.0.1/auth?a=b&c=d', signin: 'https://auth.bar.com:8443/start?rd=${url}&x=%2F', headers: ['X-Auth-Request-Email', 'Authorization'] },
    ],
  ];
  for (const [way, expected] of ofWay)
    test(`takes ${way}`, () => {
      const access = accessOf(`${secrets}access: { ways: { a: ${way} }, default: a }`);
      assert.deepEqual(access, { ways: { open: { kind: 'open' }, a: expected }, default: 'a', choices: ['a'] });
    });

  const choices: [text: string, choices: string[]][] = [
    ['', ['open', 'office', 'password', 'sso']],
    [', choices: []', ['open']],
    [', choices: [sso]', ['open', 'sso']],
    [', default: office', ['office']],
    [', default: office, choices: [sso]', ['office', 'sso']],
    [', default: office, choices: [office, open]', ['office', 'open']],
  ];
  for (const [text, expected] of choices)
    test(`lets projects choose ${expected.join(', ')} with "${text}"`, () => {
      assert.deepEqual(accessOf(`${secrets}access: { ways: { ${ways} }${text} }`).choices, expected);
    });

  const url = 'is not a plain URL — write a scheme, a host, perhaps a port, a path and a query of plain characters: http://oauth2-proxy.auth.svc:4180/oauth2/auth';
  const request = (value: string): string => `request: ${JSON.stringify(value)}`;
  const wrong: [way: string, problem: string][] = [
    ['addresses: []', '2:35 access.ways.a.addresses: must have 1 at least, got 0 — for example [203.0.113.0/24]'],
    ['addresses: [0.0.0.0/0]', '2:36 access.ways.a.addresses[0]: is every address — that is the way open: leave it out'],
    ['addresses: ["::/0"]', '2:36 access.ways.a.addresses[0]: is every address — that is the way open: leave it out'],
    ['addresses: [10.0.0.0]', '2:36 access.ways.a.addresses[0]: is not a range of addresses — did you mean 10.0.0.0/32?'],
    ['addresses: [10.0.0.0/8, 10.0.0.0/8]', '2:48 access.ways.a.addresses[1]: names 10.0.0.0/8 a second time — keep one of the two'],
    ['', '2:19 access.ways.a: has no addresses, secret or request — write one of them, for example addresses: [203.0.113.0/24]'],
    ['realm: x', '2:19 access.ways.a: has no addresses, secret or request — write one of them, for example addresses: [203.0.113.0/24]'],
    ['addresses: [10.0.0.0/8], secret: a', '2:19 access.ways.a: has addresses and secret — keep one of the two'],
    ['addresses: [10.0.0.0/8], realm: a', '2:49 access.ways.a.realm: does not go with addresses — remove it'],
    ['request: "http://a/", realm: a', '2:46 access.ways.a.realm: does not go with request — remove it'],
    ['secret: a, headers: [X-A]', '2:35 access.ways.a.headers: does not go with secret — remove it'],
    ['secret: A', '2:32 access.ways.a.secret: is not a Secret’s name — write letters, digits, "-" and ".", all lower-case: foo-preview'],
    ['secret: a, realm: "a\\"b"', '2:42 access.ways.a.realm: is not a realm — write letters, digits, spaces, ".", "_" and "-", 64 at most: Previews of Bar'],
    ['secret: a, realm: "a\\nb"', '2:42 access.ways.a.realm: is not a realm — write letters, digits, spaces, ".", "_" and "-", 64 at most: Previews of Bar'],
    ...['', 'a/b', 'ftp://a/', 'http://', 'http:///x', 'http://a b/', 'http://a/"', "http://a/'", 'http://a/%61', 'http://a/#b', 'http://a/$b', 'http://a/\\', 'http://a/\nb', 'http://a/${url}', 'http://a/b:c', 'http://é/', 'http://[::1]/', 'http://a_b/', 'svc://a/b:80'].map(
      (value): [string, string] => [request(value), `2:33 access.ways.a.request: ${url}`],
    ),
    [request('http://u:p@a/'), '2:33 access.ways.a.request: has credentials — leave them out'],
    [request('http://a:0/'), '2:33 access.ways.a.request: has a port that there is not — ports are 1 to 65535'],
    [request('http://a:65536/'), '2:33 access.ways.a.request: has a port that there is not — ports are 1 to 65535'],
    [request('http://1.2.3/'), `2:33 access.ways.a.request: ${url.replace('is not a plain URL', 'has no host')}`],
    [request('http://a..b/'), `2:33 access.ways.a.request: ${url.replace('is not a plain URL', 'has no host')}`],
    [request(`http://a/${'a'.repeat(512)}`), '2:33 access.ways.a.request: is longer than 512 characters — write a shorter one'],
    ['request: "http://a/", signin: "http://b/"', '2:54 access.ways.a.signin: is asked for in plain text — write https://'],
    ['request: "http://a/", signin: "https://b/?rd=%[path]"', `2:54 access.ways.a.signin: ${url.replace('http://oauth2-proxy.auth.svc:4180/oauth2/auth', 'https://auth.bar.com/oauth2/start?rd=${url}')}`],
    ['request: "http://a/", signin: "https://b/${url}"', `2:54 access.ways.a.signin: ${url.replace('http://oauth2-proxy.auth.svc:4180/oauth2/auth', 'https://auth.bar.com/oauth2/start?rd=${url}')}`],
    ['request: "http://a/", headers: [Host]', '2:56 access.ways.a.headers[0]: says where a request goes or ends: nobody may change that — leave it out'],
    ['request: "http://a/", headers: ["*"]', '2:56 access.ways.a.headers[0]: is not a header’s name — write a letter, then letters, digits, "-" and "_", 64 at most: X-Env'],
    ['request: "http://a/", headers: [X-A, x-a]', '2:61 access.ways.a.headers[1]: names x-a a second time — keep one of the two'],
  ];
  for (const [way, problem] of wrong)
    test(`refuses ${way.slice(0, 80)}`, () => {
      assert.deepEqual(lines(`access: { ways: { a: { ${way} } } }\nsecrets: { namespace: avant-secrets }`), [problem]);
    });

  const further: [text: string, problems: string[]][] = [
    ['access: { ways: { a: { secret: b } } }', ['2:24 access.ways.a.secret: lies in no namespace — say where administrators put Secrets, for example secrets: { namespace: avant-secrets }']],
    ['access: { ways: { open: { addresses: [10.0.0.0/8] } } }', ['2:19 access.ways.open: is there already: everybody — choose another name']],
    ['access: { ways: { Office: { addresses: [10.0.0.0/8] } } }', ['2:19 access.ways.Office: is not the name of a way to look — write a letter, then letters, digits and "-", all lower-case, 20 at most: office']],
    ['access: { ways: { office: { addresses: [10.0.0.0/8] } }, default: ofice }', ['2:67 access.default: there is no way "ofice" — did you mean "office"?']],
    ['access: { default: sso }', ['2:20 access.default: there is no way "sso" — the ways are open']],
    ['access: { choices: [opne, constructor] }', ['2:21 access.choices[0]: there is no way "opne" — did you mean "open"?', '2:27 access.choices[1]: there is no way "constructor" — the ways are open']],
    ['access: { choices: [open, open] }', ['2:27 access.choices[1]: names open a second time — keep one of the two']],
    ['ingress: { controller: haproxytech }\naccess: { ways: { a: { request: "http://b/" } } }', ['3:24 access.ways.a.request: cannot be asked by haproxytech — write addresses or secret']],
  ];
  for (const [text, problems] of further)
    test(`refuses ${text.slice(0, 80)}`, () => {
      assert.deepEqual(lines(text), problems);
    });
});

describe('access of a project', () => {
  const problems = (text: string, platform: string): string[] => {
    const context = { tenants: [], app: 'foo', charts: ['api'], manifests: false, maxReplicas: 1, maxJobMs: 60_000 };
    const read = parseProject(text, 'p', { ...context, door: doorWith(`${secrets}access: { ways: { ${ways} }${platform} }`) });
    return read.ok ? [] : read.problems.map((problem) => formatProblem(problem).replace(/^p:/, ''));
  };
  const rows: [text: string, platform: string, expected: string[]][] = [
    ['image: a\naccess: office', '', []],
    ['image: a\naccess: open', '', []],
    ['image: a\naccess:', ', default: office', []],
    ['image: a\naccess: office', ', default: office', []],
    ['image: a\naccess: open', ', default: office', ['2:9 access: "open" is not left to projects — choose one of office, or ask the platform’s administrators']],
    ['image: a\naccess: sso', ', default: office, choices: [password]', ['2:9 access: "sso" is not left to projects — choose one of office, password, or ask the platform’s administrators']],
    ['image: a\naccess: ofice', '', ['2:9 access: the platform has no way "ofice" to look — did you mean "office"?']],
    ['image: a\naccess: constructor', '', ['2:9 access: the platform has no way "constructor" to look — the platform’s are open, office, password, sso']],
    ['image: a\naccess: "office\\n"', '', ['2:9 access: the platform has no way "office\\u{a}" to look — did you mean "office"?']],
    ['image: a\naccess: Office', '', ['2:9 access: the platform has no way "Office" to look — did you mean "office"?']],
    ['image: a\naccess: Everybody else', '', ['2:9 access: is not the name of a way to look — write a letter, then letters, digits and "-", all lower-case, 20 at most: office']],
    ['image: a\naccess: [office]', '', ['2:9 access: expected text, got a list — for example office']],
    ['apps: { a: { chart: api, access: ofice } }', '', ['1:34 apps.a.access: the platform has no way "ofice" to look — did you mean "office"?']],
  ];
  for (const [text, platform, expected] of rows)
    test(`${JSON.stringify(text)} where the platform says "${platform}"`, () => {
      assert.deepEqual(problems(text, platform), expected);
    });
});

describe('whoMayLook: what the platform leaves to projects no more', () => {
  const open = accessOf(`${secrets}access: { ways: { ${ways} }, choices: [sso] }`);
  const office = accessOf(`${secrets}access: { ways: { ${ways} }, default: office, choices: [sso] }`);
  const nobody = { kind: 'addresses', addresses: ['0.0.0.0/32'] };
  const rows: [what: string, access: Platform['access'], wanted: string | undefined, expected: unknown][] = [
    ['no word: the default', office, undefined, office.ways['office']],
    ['no word: everybody', open, undefined, { kind: 'open' }],
    ['a choice', office, 'sso', office.ways['sso']],
    ['everybody, where that is no choice any more: the default', office, 'open', office.ways['office']],
    ['a way that is no choice any more: the default', office, 'password', office.ways['office']],
    ['a way that is gone: the default', office, 'gone', office.ways['office']],
    ['a way that is no choice any more, where the default is everybody: it stays', open, 'office', open.ways['office']],
    ['a way that is gone, where the default is everybody: nobody', open, 'gone', nobody],
    ['a name that every object has: nobody', open, 'constructor', nobody],
  ];
  for (const [what, access, wanted, expected] of rows)
    test(what, () => {
      assert.deepEqual(whoMayLook(access, wanted), expected);
    });
});
