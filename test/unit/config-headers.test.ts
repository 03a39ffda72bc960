import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseProject } from '../../app/config/project.ts';
import type { DoorContext } from '../../app/config/project-context.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { doorWith } from '../support/door-context.ts';

const lines = (text: string, door: DoorContext = doorWith()): string[] => {
  const context = { tenants: ['fr', 'be'], app: 'foo', charts: ['api'], manifests: true, maxReplicas: 10, maxJobMs: 60_000 };
  const project = parseProject(text, 'preview.yaml', { ...context, door });
  return project.ok ? [] : project.problems.map((problem) => formatProblem(problem).replace('preview.yaml:', ''));
};

describe('headers of a project', () => {
  const nameShape = 'is not a header’s name — write a letter, then letters, digits, "-" and "_", 64 at most: X-Env';
  const connection = 'is of a connection: the door and the app each have their own — leave it out';
  const message = 'says where a request goes or ends: nobody may change that — leave it out';
  const ours = 'is the platform’s — leave it out';
  const names: [string, string][] = [
    ...['X Env', 'X-Env:', 'X-Env\\n', 'X\\0', 'X\\"', "X'", 'X%', 'X#', 'X$', '*', 'X{', 'X\\\\', 'é', '-X', '_X', '1X', ''].map((name): [string, string] => [name, nameShape]),
    ['X'.repeat(65), nameShape],
    ...['Connection', 'keep-alive', 'TE', 'Trailer', 'Transfer-Encoding', 'transfer_encoding', 'Upgrade', 'Proxy-Connection', 'Proxy-Authorization', 'HTTP2-Settings'].map((name): [string, string] => [name, connection]),
    ...['Host', 'hOST', 'Content-Length', 'Content_Length'].map((name): [string, string] => [name, message]),
    ...['Forwarded', 'X-Forwarded-For', 'X_Forwarded_For', 'x-forwarded-anything', 'X-Forwarded', 'X-Real-IP', 'X-Avant-Preview', 'X-Avant', 'Strict-Transport-Security'].map((name): [string, string] => [name, ours]),
    ['X-Robots-Tag', 'is the platform’s: ingress.noindex says it — leave it out'],
  ];
  for (const key of ['requestHeaders', 'responseHeaders'])
    for (const [name, problem] of names)
      test(`${key} refuse the name ${name.slice(0, 30)}`, () => {
        const [line = '', second] = lines(`image: foo\ntraffic: { ${key}: { "${name}": x } }`);
        assert.equal(second, undefined);
        assert.ok(line.startsWith(`2:`) && line.endsWith(`: ${problem}`), line);
      });

  const odd = 'has characters that no header may have — write ASCII that shows, in one line';
  const filled = 'has what a proxy would fill in — headers are no templates: write neither "$…" nor "%[…]"';
  const values: [string, string][] = [
    ['""', 'is empty — give it a value, or leave the header out'],
    [`"${'a'.repeat(513)}"`, 'is longer than 512 characters — write a shorter one'],
    ['"a\\nhttp-request deny"', odd],
    ['"a\\r\\nSet-Cookie: x"', odd],
    ['"a\\0"', odd],
    ['"a\\tb"', odd],
    ['"a\\x7f"', odd],
    ['"é"', odd],
    ['"\\u2028"', odd],
    ['"😀"', odd],
    ['" a"', 'begins or ends with a space — remove it: HTTP does too'],
    ['"a "', 'begins or ends with a space — remove it: HTTP does too'],
    ['"a\\\\"', 'has a "\\" — write the value without it'],
    ['"${HOME}"', filled],
    ['"$HOME"', filled],
    ['"a${"', filled],
    ['"%[env(HOME)]"', filled],
    ['"%%[namespace]"', filled],
    ['"%{+Q}[path]"', filled],
  ];
  for (const [value, problem] of values)
    test(`refuse the value ${value.slice(0, 40)}`, () => {
      assert.deepEqual(lines(`image: foo\ntraffic: { requestHeaders: { X-A: ${value} } }`), [
        `2:35 traffic.requestHeaders.X-A: ${problem}`,
      ]);
    });

  test('refuse a number of more digits than a value may have', () => {
    assert.match(lines(`image: foo\ntraffic: { requestHeaders: { X-A: 0.${'1'.repeat(600)} } }`).join(), /longer than 512/);
  });

  test('refuse one name in two spellings', () => {
    assert.deepEqual(lines('image: foo\ntraffic: { requestHeaders: { X-A: 1, x-a: 2 } }'), [
      '2:38 traffic.requestHeaders.x-a: names a header a second time — keep this or X-A',
    ]);
  });

  test('refuse what the platform sets, in any spelling', () => {
    const door = doorWith('traffic: { responseHeaders: { X-Frame-Options: DENY } }');
    assert.deepEqual(lines('image: foo\ntraffic: { requestHeaders: { X-Frame-Options: a }, responseHeaders: { x-frame-options: a } }', door), [
      '2:71 traffic.responseHeaders.x-frame-options: is set by the platform — leave it out',
    ]);
  });

  const many = (count: number, from = 0): string => Array.from({ length: count }, (_, i) => `X-${i + from}: a`).join(', ');
  test('are 20 at most for an app, those of the top and of all tenants together', () => {
    assert.deepEqual(lines(`image: foo\ntraffic: { requestHeaders: { ${many(20)} }, responseHeaders: { ${many(20)} } }`), []);
    const more = 'write less, or ask the platform’s administrators for more (traffic.bounds.headers)';
    assert.deepEqual(lines(`image: foo\ntraffic: { requestHeaders: { ${many(21)} } }`), [
      `2:12 traffic.requestHeaders: sets 21 headers: the platform lets an app have 20 at most — ${more}`,
    ]);
    const tenants = `tenants: { fr: { requestHeaders: { ${many(11, 0)} } }, be: { requestHeaders: { ${many(11, 10)} } } }`;
    assert.deepEqual(lines(`image: foo\ntraffic: { ${tenants} }`), [
      `2:10 traffic.requestHeaders: sets 21 headers: the platform lets an app have 20 at most — ${more}`,
    ]);
    const apps = `apps: { a: { chart: api, traffic: { responseHeaders: { ${many(10, 5)} } } }, b: { image: b, traffic: { responseHeaders: { ${many(11, 10)} } } } }`;
    const [line = '', second] = lines(`traffic: { responseHeaders: { ${many(10)} } }\n${apps}`);
    assert.equal(line.replace(/^2:\d+ /, ''), `apps.b.traffic.responseHeaders: sets 21 headers: the platform lets an app have 20 at most — ${more}`);
    assert.equal(second, undefined);
  });

  test('fit into the room that the door has, beside the platform’s', () => {
    const [name, rest] = ['X-A', (bytes: number): string => 'a'.repeat(bytes - 'X-A'.length - 8)];
    const of = (bytes: number): string => `image: foo\ntraffic: { requestHeaders: { X-B: ${'b'.repeat(389)}, ${name}: ${rest(bytes)} } }`;
    assert.deepEqual(lines(of(300)), []);
    assert.deepEqual(lines(of(301)), [
      '2:12 traffic.requestHeaders: takes 701 bytes with 8 for each header: the door has room for 700 — write fewer headers, or shorter ones',
    ]);
    const door = doorWith('traffic: { requestHeaders: { X-C: c } }');
    assert.match(lines(of(300), door).join(), /takes 700 bytes with 8 for each header: the door has room for 688/);
  });
});
