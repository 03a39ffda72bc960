import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseProject, type Project, type ProjectContext } from '../../app/config/project.ts';
import { formatProblem } from '../../app/config/problem.ts';

/** As in the design, word for word. */
const example = `image: registry.bar.com/foo:\${sha}
service: { name: foo-service, port: { name: nginx, number: 8080 } }
tenants: [fr, be]
env: { TENANT: "\${tenant}" }
`;

const context: ProjectContext = { tenants: ['fr', 'be', 'hr', 'hu'], app: 'foo' };

const lines = (text: string, against = context): string[] => {
  const read = parseProject(text, 'preview.yaml', against);
  return read.ok ? [] : read.problems.map(formatProblem);
};

const valid = (text: string, against = context): Project => {
  const read = parseProject(text, 'preview.yaml', against);
  assert.ok(read.ok, lines(text, against).join('\n'));
  return read.project;
};

describe('parseProject', () => {
  test('reads the design’s example, and fills every default in', () => {
    assert.deepEqual(valid(example), {
      image: 'registry.bar.com/foo:${sha}',
      service: { name: 'foo-service', port: { name: 'nginx', number: 8080 } },
      tenants: ['fr', 'be'],
      env: [{ name: 'TENANT', value: '${tenant}' }],
      readiness: undefined,
      resources: { cpu: '100m', memory: '256Mi' },
      replicas: 1,
    });
  });

  test('needs the image only', () => {
    assert.deepEqual(valid('image: foo\n'), {
      image: 'foo',
      service: { name: 'foo', port: { name: 'http', number: 8080 } },
      tenants: ['fr', 'be', 'hr', 'hu'],
      env: [],
      readiness: undefined,
      resources: { cpu: '100m', memory: '256Mi' },
      replicas: 1,
    });
  });

  test('fills in the half that a service, a port or resources leave out', () => {
    const { service, resources } = valid('image: foo\nservice: { port: { number: 80 } }\nresources: { cpu: 0.5 }');
    assert.deepEqual(service, { name: 'foo', port: { name: 'http', number: 80 } });
    assert.deepEqual(resources, { cpu: '500m', memory: '256Mi' });
  });

  test('takes a list without tenants as one preview that is no tenant’s', () => {
    assert.deepEqual(valid('image: foo\ntenants: []').tenants, []);
    assert.deepEqual(valid('image: foo', { tenants: [], app: 'foo' }).tenants, []);
  });

  test('keeps the order of the file', () => {
    assert.deepEqual(valid('image: foo\ntenants: [hu, fr]').tenants, ['hu', 'fr']);
  });

  test('takes numbers and booleans of the environment as they are written', () => {
    const { env } = valid(
      'image: foo\nenv: { A: 0777, B: 1e3, C: true, D: "1", E: no, F: "", G: 12345678901234567890, H: 0x1F, I: "a\\nb", J: 1.50 }',
    );
    assert.deepEqual(Object.fromEntries(env.map(({ name, value }) => [name, value])), {
      A: '0777',
      B: '1e3',
      C: 'true',
      D: '1',
      E: 'no',
      F: '',
      G: '12345678901234567890',
      H: '0x1F',
      I: 'a\nb',
      J: '1.50',
    });
  });

  test('writes resources as the API server does', () => {
    assert.deepEqual(valid('image: foo\nresources: { cpu: 2, memory: 1024Mi }').resources, { cpu: '2', memory: '1Gi' });
    assert.deepEqual(valid('image: foo\nresources: { memory: 268435456 }').resources.memory, '268435456');
  });

  test('takes templates with every name, and an escaped one', () => {
    const text = 'image: "${host}/${app}/${branch}:${pr}-${tenant}-${shortSha}"\nenv: { A: "$${HOME} ${sha}" }';
    assert.deepEqual(valid(text).env, [{ name: 'A', value: '$${HOME} ${sha}' }]);
  });
});

const imageShape = 'write [registry/]name:tag, the name in lower case: "registry.bar.com/foo:${sha}"';
const serviceShape = 'write a letter, then letters, digits and "-", all lower-case, 63 at most: foo-service';
const portShape = 'write letters, digits and single "-", all lower-case, one letter at least, 15 at most: http';
const names = 'the names are app, pr, tenant, sha, shortSha, branch, host; write $${ for a plain ${';

/** Problems of a file that has this after a good image: on line 2. */
const wrong: [string, string][] = [
  ['imgae: x', '2:1 imgae: unknown key — did you mean "image"?'],
  [
    'namespace: kube-system',
    '2:1 namespace: unknown key — the keys here are image, service, tenants, env, readiness, resources, replicas',
  ],
  ['replica: 2', '2:1 replica: unknown key — did you mean "replicas"?'],
  [
    'service: foo',
    '2:10 service: expected a map (key: value), got the text "foo" — for example { name: foo-service, port: { name: nginx, number: 8080 } }',
  ],
  ['service: { name: 1foo }', `2:18 service.name: is not a Service’s name — ${serviceShape}`],
  [`service: { name: ${'a'.repeat(64)} }`, `2:18 service.name: is not a Service’s name — ${serviceShape}`],
  ['service: { name: foo- }', `2:18 service.name: is not a Service’s name — ${serviceShape}`],
  [
    'service: { port: 80 }',
    '2:18 service.port: expected a map (key: value), got 80 — for example { name: http, number: 8080 }',
  ],
  ['service: { port: { name: HTTP } }', `2:26 service.port.name: is not a port’s name — ${portShape}`],
  ['service: { port: { name: "8080" } }', `2:26 service.port.name: is not a port’s name — ${portShape}`],
  ['service: { port: { name: a--b } }', `2:26 service.port.name: is not a port’s name — ${portShape}`],
  ['service: { port: { name: abcdefghijklmnop } }', `2:26 service.port.name: is not a port’s name — ${portShape}`],
  [
    'service: { port: { number: "80" } }',
    '2:28 service.port.number: expected a whole number, got the text "80" — for example 8080',
  ],
  ['service: { port: { number: 0 } }', '2:28 service.port.number: must be 1 at least, got 0 — for example 8080'],
  [
    'service: { port: { number: 65536 } }',
    '2:28 service.port.number: must be 65535 at most, got 65536 — for example 8080',
  ],
  ['service:\n  port:\n    nmae: http', '4:5 service.port.nmae: unknown key — did you mean "name"?'],
  ['tenants: fr', '2:10 tenants: expected a list, got the text "fr" — for example [fr, be]'],
  ['tenants:', '2:1 tenants: is empty — give it a value, for example [fr, be]'],
  [
    'tenants: [fr, de]',
    '2:15 tenants[1]: the platform has no tenant "de" — did you mean "be"? Its tenants are fr, be, hr, hu',
  ],
  ['tenants: [france]', '2:11 tenants[0]: the platform has no tenant "france" — its tenants are fr, be, hr, hu'],
  [
    'tenants: [FR]',
    '2:11 tenants[0]: the platform has no tenant "FR" — did you mean "fr"? Its tenants are fr, be, hr, hu',
  ],
  ['tenants: [fr, be, fr]', '2:19 tenants[2]: names fr a second time — keep one of the two'],
  ['tenants: [1]', '2:11 tenants[0]: expected text, got 1 — for example fr'],
  [
    'env: [{ name: A, value: b }]',
    '2:6 env: expected a map (key: value), got a list — for example { TENANT: "${tenant}" }',
  ],
  [
    'env: { A: { b: c } }',
    '2:11 env.A: expected text or a number or true or false, got a map — for example "${tenant}"',
  ],
  ['env: { A: }', '2:8 env.A: is empty — give it a value, for example "${tenant}"'],
  ['env: { 1A: x }', '2:8 env.1A: is not a variable’s name — write letters, digits and "_", no digit first: LOG_LEVEL'],
  [
    'env: { A-B: x }',
    '2:8 env.A-B: is not a variable’s name — write letters, digits and "_", no digit first: LOG_LEVEL',
  ],
  ['env: { A: "${tenat}" }', `2:11 env.A: cannot fill in \${tenat} — did you mean \${tenant}? (${names})`],
  ['env: { A: "${HOME}" }', `2:11 env.A: cannot fill in \${HOME} — ${names.replace(/^/, '')}`],
  ['env: { A: "${sha" }', `2:11 env.A: cannot fill in \${ — ${names}`],
  ['env: { A: "\\0" }', '2:11 env.A: has a character that no variable can have — remove it'],
  [
    'readiness: /healthz',
    '2:12 readiness: expected a map (key: value), got the text "/healthz" — for example { path: /healthz }',
  ],
  ['readiness: {}', '2:12 readiness.path: is missing — add it, for example path: /healthz'],
  [
    'readiness: { path: healthz }',
    '2:20 readiness.path: is not an HTTP path — begin with "/", without spaces or other letters than ASCII: /healthz',
  ],
  [
    'readiness: { path: "/a b" }',
    '2:20 readiness.path: is not an HTTP path — begin with "/", without spaces or other letters than ASCII: /healthz',
  ],
  [
    'resources: { cpu: 1e3 }',
    '2:19 resources.cpu: is not an amount of CPU — write cores, or thousandths of a core with m: 100m, 0.5, 2',
  ],
  [
    'resources: { cpu: -1 }',
    '2:19 resources.cpu: is not an amount of CPU — write cores, or thousandths of a core with m: 100m, 0.5, 2',
  ],
  ['resources: { cpu: "0" }', '2:19 resources.cpu: must be more than nothing — write 100m, for example'],
  ['resources: { cpu: true }', '2:19 resources.cpu: expected text or a number, got true — for example 100m'],
  ['resources: { memory: 256m }', '2:22 resources.memory: is in thousandths of a byte — did you mean 256Mi?'],
  [
    'resources: { memory: 256 }',
    '2:22 resources.memory: is too little to run anything — 1Mi is the least; 256Mi is usual',
  ],
  ['replicas: 0', '2:11 replicas: must be 1 at least, got 0 — for example 2'],
  ['replicas: 11', '2:11 replicas: must be 10 at most, got 11 — for example 2'],
  ['replicas: 1.5', '2:11 replicas: expected a whole number, got 1.5 — for example 2'],
];

describe('parseProject refuses, naming place and mend:', () => {
  for (const [line, problem] of wrong) {
    test(line, () => {
      assert.deepEqual(lines(`image: foo\n${line}\n`), [`preview.yaml:${problem}`]);
    });
  }

  const images: [string, string][] = [
    ['image: ""', '1:8 image: is empty — write [registry/]name:tag, for example "registry.bar.com/foo:${sha}"'],
    ['image:', '1:1 image: is empty — give it a value, for example "registry.bar.com/foo:${sha}"'],
    ['image: 5', '1:8 image: expected text, got 5 — for example "registry.bar.com/foo:${sha}"'],
    ['image: https://bar.com/foo', '1:8 image: begins like a link — leave the scheme (https://) out'],
    [
      'image: "foo bar"',
      '1:8 image: has spaces or characters that do not show — write [registry/]name:tag, for example "registry.bar.com/foo:${sha}"',
    ],
    [
      'image: "foo\\n"',
      '1:8 image: has spaces or characters that do not show — write [registry/]name:tag, for example "registry.bar.com/foo:${sha}"',
    ],
    [
      `image: ${'a'.repeat(513)}`,
      '1:8 image: is longer than 512 characters — write [registry/]name:tag, for example "registry.bar.com/foo:${sha}"',
    ],
    ['image: Bar/Foo:${pr}', `1:8 image: is not an image reference: Bar/Foo:241 — ${imageShape}`],
    ['image: "foo:"', `1:8 image: is not an image reference: foo: — ${imageShape}`],
    ['image: foo:${commit}', `1:8 image: cannot fill in \${commit} — ${names}`],
    [
      'image: foo:${tenant}\ntenants: []',
      '1:8 image: is not an image reference: foo: — leave ${tenant} out: this project has no tenants',
    ],
  ];
  for (const [text, problem] of images)
    test(text.slice(0, 60), () => {
      assert.deepEqual(lines(text), [`preview.yaml:${problem}`]);
    });

  test('nothing in the file', () => {
    assert.deepEqual(lines(''), [
      'preview.yaml:1:1 image: is missing — add it, for example image: "registry.bar.com/foo:${sha}"',
    ]);
  });

  test('tenants where the platform has none', () => {
    assert.deepEqual(lines('image: foo\ntenants: [fr]', { tenants: [], app: 'foo' }), [
      'preview.yaml:2:11 tenants[0]: the platform has no tenant "fr" — it has none at all: leave the key out',
    ]);
  });

  test('too many variables, or too much in them', () => {
    const variables = Array.from({ length: 101 }, (_, i) => `  V${i}: x`).join('\n');
    assert.deepEqual(lines(`image: foo\nenv:\n${variables}`), [
      'preview.yaml:2:1 env: has 101 variables — 100 are the most',
    ]);
    assert.deepEqual(valid(`image: foo\nenv:\n${variables.replace('  V100: x', '')}`).env.length, 100);
    const large = `image: foo\nenv: { AB: ${'é'.repeat(16_383)} }`;
    assert.deepEqual(valid(large).env.length, 1);
    assert.deepEqual(lines(large.replace('AB', 'ABC')), [
      'preview.yaml:2:1 env: has 32769 bytes — 32768 are the most: put large values into the image',
    ]);
  });

  test('everything at once, in the order of the file', () => {
    const text = 'replicas: 0\nenv: { A: "${x}", 2B: y }\ntenants: [xx, fr, fr]\nimage: A\nports: 1\n';
    assert.deepEqual(
      lines(text).map((line) => line.split(' ', 2).join(' ')),
      [
        '1:11 replicas:',
        '2:11 env.A:',
        '2:19 env.2B:',
        '3:11 tenants[0]:',
        '3:19 tenants[2]:',
        '4:8 image:',
        '5:1 ports:',
      ].map((place) => `preview.yaml:${place}`),
    );
  });

  test('foreign text in one harmless line', () => {
    const [line = ''] = lines('image: foo\n"a\\nb\\u202e@team ![x](y)": 1');
    assert.ok(line.startsWith('preview.yaml:2:1 "a\\u{a}b\\u{202e}@team ![x](y)": unknown key'), line);
  });
});

describe('parseProject on generated files', () => {
  test('reads back what a serialiser writes', () => {
    const name = fc
      .stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,10}$/)
      .filter((some) => !['constructor', 'prototype', '__proto__'].includes(some));
    // U+FFFD stands for bytes that were no text, and is refused.
    const value = fc.string({ unit: 'grapheme', maxLength: 30 }).filter((some) => !/\$\{|\0|[\u007F\uFFFD-\uFFFF]/.test(some));
    const raw = fc.record({
      image: fc.constantFrom('foo', 'registry.bar.com/foo:${sha}', 'a/b@sha256:${sha}${sha}'),
      tenants: fc.subarray([...context.tenants]),
      env: fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }),
      replicas: fc.integer({ min: 1, max: 10 }),
      readiness: fc.constantFrom({ path: '/' }, { path: '/healthz?a=b' }),
    });
    fc.assert(
      fc.property(raw, (data) => {
        const { env, ...rest } = valid(stringify(data));
        assert.deepEqual(Object.fromEntries(env.map((one) => [one.name, one.value])), data.env);
        assert.deepEqual({ ...rest, env: data.env }, { ...valid('image: foo'), ...data });
      }),
      { numRuns: 300 },
    );
  });

  test('answers anything with a project or with problems, and never throws', { timeout: 120_000 }, () => {
    const pieces = fc.constantFrom(
      'image: ',
      'foo',
      '${sha}',
      '${',
      '\n',
      'env:\n',
      '  A: ',
      'tenants: ',
      '[fr, fr]',
      '[',
      ']',
      '{',
      '}',
      'service: ',
      'resources: { cpu: ',
      '1e9',
      '0x1',
      '-1',
      '.inf',
      '~',
      ' }',
      'replicas: ',
      '"',
      "'",
      '"\\0"',
      'toString: ',
      '&a ',
      '*a',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((some) => some.join('')),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString()),
    );
    fc.assert(
      fc.property(text, (some) => {
        const read = parseProject(some, 'preview.yaml', context);
        if (read.ok) assert.ok(read.project.tenants.every((tenant) => context.tenants.includes(tenant)));
        else assert.ok(read.problems.length > 0 && read.problems.length <= 51);
      }),
      { numRuns: 2000 },
    );
  });
});
