import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, test } from 'node:test';
import { parsePlatform, type Platform } from '../../app/config/platform.ts';
import { formatProblem } from '../../app/config/problem.ts';

function read(lines: string): Platform {
  const parsed = parsePlatform(`domain: preview.bar.com\n${lines}`, 'avant.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'));
  return parsed.platform;
}

function problems(lines: string): readonly string[] {
  const parsed = parsePlatform(`domain: preview.bar.com\n${lines}`, 'avant.yaml');
  return parsed.ok ? [] : parsed.problems.map(formatProblem);
}

describe('door', () => {
  test('without the key there is none', () => {
    assert.deepEqual(read('').doors, {});
  });

  test('one for each cluster that has the key; home’s stands at the top, and is nobody else’s', () => {
    const { doors, clusters } = read('door: { address: http://haproxy.avant.svc:80/ }\nclusters: { eu: { kubeconfig: /eu, door: { address: "https://[fd00::1]:8443", insecure: true } }, us: { kubeconfig: /us } }');
    assert.deepEqual(doors, {
      home: { address: 'http://haproxy.avant.svc:80', headers: {}, insecure: false },
      eu: { address: 'https://[fd00::1]:8443', headers: {}, insecure: true },
    });
    assert.deepEqual(clusters, { eu: { kubeconfig: '/eu' }, us: { kubeconfig: '/us' } });
  });

  test('headers are taken as they are written, and given away only when asked', () => {
    const platform = read('door: { address: http://10.0.0.1, headers: { X-Key: 007, Authorization: "Basic czNjcmV0", X-On: true } }');
    const { headers = {} } = platform.doors['home'] ?? {};
    assert.deepEqual(Object.entries(headers).map(([name, value]) => [name, value.reveal()]), [['X-Key', '007'], ['Authorization', 'Basic czNjcmV0'], ['X-On', 'true']]);
    for (const printed of [JSON.stringify(platform), inspect(platform, { depth: 9 }), `${headers['X-Key']?.toString()}`]) assert.doesNotMatch(printed, /007|czNjcmV0/);
  });

  const wrong: readonly (readonly [lines: string, message: RegExp])[] = [
    ['door: {}', /door\.address: is missing/],
    ['door: { address: haproxy }', /door\.address: is not the address of a door/],
    ['door: { address: ftp://haproxy }', /is not the address of a door/],
    ['door: { address: http://haproxy/healthz }', /is not the address of a door/],
    ['door: { address: "http://haproxy?x=1" }', /is not the address of a door/],
    ['door: { address: "http://ha proxy" }', /is not the address of a door/],
    ['door: { address: http://haproxy:0 }', /has a port that there is not/],
    ['door: { address: http://haproxy:70000 }', /has a port that there is not/],
    ['door: { address: http://10.0.0.256 }', /has no host/],
    ['door: { address: "http://[::g]" }', /is not the address of a door/],
    ['door: { address: "http://[1:2]" }', /has no host/],
    ['door: { address: http://-haproxy }', /has no host/],
    ['door: { address: http://haproxy, header: {} }', /door\.header: unknown key — did you mean "headers"/],
    ['door: { address: http://haproxy, headers: { "X Key": a } }', /is not a header’s name/],
    ['door: { address: http://haproxy, headers: { host: a } }', /door\.headers\.host: says where the question goes/],
    ['door: { address: http://haproxy, headers: { Transfer-Encoding: chunked } }', /says where the question goes or how it is sent/],
    ['door: { address: http://haproxy, headers: { X-Key: "" } }', /X-Key: is not the value of a header/],
    ['door: { address: http://haproxy, headers: { X-Key: a, x-key: b } }', /x-key: names a header a second time/],
    ['clusters: { eu: { kubeconfig: /eu, door: { address: haproxy } } }', /clusters\.eu\.door\.address: is not the address of a door/],
    ['clusters: { eu: { kubeconfig: /eu, door: { address: http://a, headers: { a: b, A: b } } } }', /clusters\.eu\.door\.headers\.A: names a header a second time/],
  ];
  for (const [lines, message] of wrong)
    test(lines, () => {
      assert.match(problems(lines).join('\n'), message);
    });

  test('no message repeats what may be a secret', () => {
    const told = [
      problems('door: { address: http://ann:s3cret@haproxy }'),
      problems('door: { address: http://haproxy, headers: { X-Key: "s3cret\\n" } }'),
      problems('door: { address: http://haproxy, headers: { X-Key: [s3cret] } }'),
      problems(`door: { address: http://haproxy, headers: { X-Key: "${'s3cret'.repeat(1_000)}" } }`),
    ];
    assert.ok(told.every((lines) => lines.length === 1));
    assert.doesNotMatch(told.join(), /s3cret/);
  });
});
