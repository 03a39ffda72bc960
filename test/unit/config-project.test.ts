import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { parseProject, type Project, type TemplateSource } from '../../app/config/project.ts';
import type { ProjectContext } from '../../app/config/project-context.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { saysNothing } from '../support/door-context.ts';

/** As in the design, word for word. */
const example = `image: registry.bar.com/foo:\${sha}
service: { name: foo-service, port: { name: nginx, number: 8080 } }
tenants: [fr, be]
env: { TENANT: "\${tenant}" }
`;

const context: ProjectContext = {
  tenants: ['fr', 'be', 'hr', 'hu'],
  app: 'foo',
  charts: [],
  manifests: false,
  maxReplicas: 10,
  maxJobMs: 1_800_000,
  door: undefined,
};

/** What each key is that a file leaves out, for one image. */
const plain: TemplateSource = {
  kind: 'template',
  image: 'foo',
  service: { name: 'foo', port: { name: 'http', number: 8080 } },
  env: [],
  secrets: [],
  command: undefined,
  args: undefined,
  readiness: undefined,
  liveness: undefined,
  resources: { cpu: '100m', memory: '256Mi' },
  replicas: 1,
  files: [],
};

const lines = (text: string, against = context): string[] => {
  const read = parseProject(text, 'preview.yaml', against);
  return read.ok ? [] : read.problems.map(formatProblem);
};

const valid = (text: string, against = context): Project => {
  const read = parseProject(text, 'preview.yaml', against);
  assert.ok(read.ok, lines(text, against).join('\n'));
  return read.project;
};

/** Returns what a project's only app is, which is an image. */
const container = (text: string, against = context): TemplateSource => {
  const { apps } = valid(text, against);
  const [app] = apps;
  assert.ok(apps.length === 1 && app?.part === '' && app.source.kind === 'template');
  return app.source;
};

describe('parseProject', () => {
  test('reads the design’s example, and fills every default in', () => {
    const source = {
      ...plain,
      image: 'registry.bar.com/foo:${sha}',
      service: { name: 'foo-service', port: { name: 'nginx', number: 8080 } },
      env: [{ name: 'TENANT', value: '${tenant}' }],
    };
    assert.deepEqual(valid(example), {
      tenants: ['fr', 'be'],
      apps: [{ part: '', source, ...saysNothing }],
      waitFor: undefined,
      hooks: { setup: [], teardown: [] },
    });
  });

  test('needs the image only', () => {
    assert.deepEqual(valid('image: foo\n'), {
      tenants: ['fr', 'be', 'hr', 'hu'],
      apps: [{ part: '', source: plain, ...saysNothing }],
      waitFor: undefined,
      hooks: { setup: [], teardown: [] },
    });
  });

  test('reads every key of an image', () => {
    const text = `
image: foo:\${branch}
service: { name: web, port: { name: web, number: 3000 } }
env: { LEVEL: debug }
secrets: [foo-preview, foo.more]
command: [node, server.js]
args: [--port, 3000, --quiet, true, --ratio, 1.50, "\${HOME}"]
readiness: { path: /ready }
liveness: { path: /alive?a=b }
resources: { cpu: 250m, memory: 512Mi }
replicas: 3
files:
  /etc/foo/config.yaml: |
    tenant: \${tenant}
    home: $\${HOME}
  /srv/empty: ""
`;
    assert.deepEqual(container(text), {
      kind: 'template',
      image: 'foo:${branch}',
      service: { name: 'web', port: { name: 'web', number: 3000 } },
      env: [{ name: 'LEVEL', value: 'debug' }],
      secrets: ['foo-preview', 'foo.more'],
      command: ['node', 'server.js'],
      args: ['--port', '3000', '--quiet', 'true', '--ratio', '1.50', '${HOME}'],
      readiness: { path: '/ready' },
      liveness: { path: '/alive?a=b' },
      resources: { cpu: '250m', memory: '512Mi' },
      replicas: 3,
      files: [
        { path: '/etc/foo/config.yaml', content: 'tenant: ${tenant}\nhome: $${HOME}\n' },
        { path: '/srv/empty', content: '' },
      ],
    });
  });

  test('fills in the half that a service, a port or resources leave out', () => {
    const { service, resources } = container('image: foo\nservice: { port: { number: 80 } }\nresources: { cpu: 0.5 }');
    assert.deepEqual(service, { name: 'foo', port: { name: 'http', number: 80 } });
    assert.deepEqual(resources, { cpu: '500m', memory: '256Mi' });
  });

  test('takes a list without tenants as one preview that is no tenant’s', () => {
    assert.deepEqual(valid('image: foo\ntenants: []').tenants, []);
    assert.deepEqual(valid('image: foo', { ...context, tenants: [] }).tenants, []);
  });

  test('keeps the order of the file', () => {
    assert.deepEqual(valid('image: foo\ntenants: [hu, fr]').tenants, ['hu', 'fr']);
  });

  test('takes numbers and booleans of the environment as they are written', () => {
    const { env } = container(
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
    assert.deepEqual(container('image: foo\nresources: { cpu: 2, memory: 1024Mi }').resources, {
      cpu: '2',
      memory: '1Gi',
    });
    assert.deepEqual(container('image: foo\nresources: { memory: 268435456 }').resources.memory, '268435456');
  });

  test('takes templates with every name, and an escaped one', () => {
    const text = 'image: "${host}/${app}/${branch}:${pr}-${tenant}-${shortSha}"\nenv: { A: "$${HOME} ${sha}" }';
    assert.deepEqual(container(text).env, [{ name: 'A', value: '$${HOME} ${sha}' }]);
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
    '2:1 namespace: unknown key — the keys here are image, service, env, secrets, command, args, readiness, liveness, resources, replicas, files, tenants, values, tag, apps, traffic, access, waitFor, hooks',
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
  ['env: { A: "\\0" }', '2:11 env.A: has a character that no container can be given — remove it'],
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
  ['replicas: 11', '2:11 replicas: must be 10 at most, got 11 — the platform allows no more'],
  ['replicas: 1.5', '2:11 replicas: expected a whole number, got 1.5 — for example 2'],
];

/** The keys of a container that came with charts, as above. */
const wrongMore: [string, string][] = [
  ['secrets: foo', '2:10 secrets: expected a list, got the text "foo" — for example [foo-preview]'],
  [
    'secrets: [Foo]',
    '2:11 secrets[0]: is not a Secret’s name — write letters, digits, "-" and ".", all lower-case: foo-preview',
  ],
  ['secrets: [a, b, a]', '2:17 secrets[2]: names a a second time — keep one of the two'],
  [
    `secrets: [${Array.from({ length: 21 }, (_, i) => `s${i}`).join(', ')}]`,
    '2:10 secrets: must have 20 at most, got 21 — for example [foo-preview]',
  ],
  [
    'command: npm run start',
    '2:10 command: expected a list, got the text "npm run start" — for example [node, server.js]',
  ],
  ['command: []', '2:10 command: must have 1 at least, got 0 — for example [node, server.js]'],
  ['command: [a, [b]]', '2:14 command[1]: expected text or a number or true or false, got a list — for example serve'],
  ['command: [a, ]\nargs: [null]', '3:8 args[0]: is empty — give it a value, for example serve'],
  ['args: ["\\0"]', '2:8 args[0]: has a character that no container can be given — remove it'],
  ['liveness: {}', '2:11 liveness.path: is missing — add it, for example path: /healthz'],
  [
    'liveness: { path: healthz }',
    '2:19 liveness.path: is not an HTTP path — begin with "/", without spaces or other letters than ASCII: /healthz',
  ],
  ['liveness: { path: /, port: 80 }', '2:22 liveness.port: unknown key — the keys here are path'],
  [
    'files: [a]',
    '2:8 files: expected a map (key: value), got a list — for example { /etc/foo/config.yaml: "tenant: ${tenant}" }',
  ],
  ['files: { /etc/a: 5 }', '2:18 files./etc/a: expected text, got 5 — for example "tenant: ${tenant}"'],
  ['files: { /etc/a: "${x}" }', `2:18 files./etc/a: cannot fill in \${x} — ${names}`],
  [
    'files: { /etc/a: x, /etc/a/b: y }',
    '2:10 files./etc/a: is a file and the folder of /etc/a/b — rename one of the two',
  ],
];

const filePath = 'write an absolute path, without "..", ":" or spaces: /etc/foo/config.yaml';
const wrongPaths: [string, string][] = [
  ['etc/a', `is not the path of a file — ${filePath}`],
  ['/', `is not the path of a file — ${filePath}`],
  ['/etc/', `is not the path of a file — ${filePath}`],
  ['/etc//a', `is not the path of a file — ${filePath}`],
  ['/etc/a b', `is not the path of a file — ${filePath}`],
  ['/etc/a:b', `is not the path of a file — ${filePath}`],
  ['/etc/ä', `is not the path of a file — ${filePath}`],
  [`/${'a'.repeat(255)}`, `is not the path of a file — ${filePath}`],
  ['/etc/../a', `is not a straight path — ${filePath}`],
  ['/..', `is not a straight path — ${filePath}`],
  ['/etc/./a', `is not a straight path — ${filePath}`],
  ...['/proc/1/environ', '/proc', '/sys/x', '/dev/termination-log', '/var/run/secrets/x', '/run/secrets/x'].map(
    (path): [string, string] => [
      path,
      'is where the system’s own files are — choose another folder: /etc/foo/config.yaml',
    ],
  ),
];

describe('parseProject refuses, naming place and mend:', () => {
  for (const [path, problem] of wrongPaths)
    test(`the file ${path.slice(0, 40)}`, () => {
      const [line = ''] = lines(`image: foo\nfiles: { "${path}": x }`);
      assert.ok(line.startsWith('preview.yaml:2:10 files.') && line.endsWith(`: ${problem}`), line);
    });

  for (const path of ['/etc/..a', '/process', '/devel/x', '/var/run/a', '/a'])
    test(`not the file ${path}`, () => {
      assert.deepEqual(lines(`image: foo\nfiles: { ${path}: x }`), []);
    });

  for (const [line, problem] of [...wrong, ...wrongMore]) {
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
      'preview.yaml:1:1 image: is missing — add it, for example image: "registry.bar.com/foo:${sha}"; or put a chart into .cloud/charts/<name>/, or manifests into .cloud/manifests/',
    ]);
  });

  test('more replicas than this platform allows', () => {
    assert.deepEqual(lines('image: foo\nreplicas: 3', { ...context, maxReplicas: 2 }), [
      'preview.yaml:2:11 replicas: must be 2 at most, got 3 — the platform allows no more',
    ]);
    assert.equal(container('image: foo\nreplicas: 300', { ...context, maxReplicas: 300 }).replicas, 300);
  });

  test('too many files, or too much in them once they are filled in', () => {
    const files = Array.from({ length: 51 }, (_, i) => `  /etc/${i}: x`).join('\n');
    assert.deepEqual(lines(`image: foo\nfiles:\n${files}`), ['preview.yaml:2:1 files: has 51 files — 50 are the most']);
    assert.equal(container(`image: foo\nfiles:\n${files.replace('  /etc/50: x', '')}`).files.length, 50);
    // A host has 253 characters at most.
    const large = (count: number): string =>
      `image: foo\nfiles: { /etc/a: "${'${host}'.repeat(count)}", /etc/b: "${'x'.repeat(36)}" }`;
    assert.equal(container(large(1036)).files.length, 2);
    assert.deepEqual(lines(large(1037)), [
      'preview.yaml:2:1 files: can have 262397 bytes once filled in — 262144 are the most: put large files into the image',
    ]);
  });

  test('tenants where the platform has none', () => {
    assert.deepEqual(lines('image: foo\ntenants: [fr]', { ...context, tenants: [] }), [
      'preview.yaml:2:11 tenants[0]: the platform has no tenant "fr" — it has none at all: leave the key out',
    ]);
  });

  test('too many variables, or too much in them', () => {
    const variables = Array.from({ length: 101 }, (_, i) => `  V${i}: x`).join('\n');
    assert.deepEqual(lines(`image: foo\nenv:\n${variables}`), [
      'preview.yaml:2:1 env: has 101 variables — 100 are the most',
    ]);
    assert.deepEqual(container(`image: foo\nenv:\n${variables.replace('  V100: x', '')}`).env.length, 100);
    const large = `image: foo\nenv: { AB: ${'é'.repeat(16_383)} }`;
    assert.deepEqual(container(large).env.length, 1);
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
    const value = fc
      .string({ unit: 'grapheme', maxLength: 30 })
      .filter((some) => !/\$\{|\0|[\u007F\uFFFD-\uFFFF]/.test(some));
    const raw = fc.record({
      image: fc.constantFrom('foo', 'registry.bar.com/foo:${sha}', 'a/b@sha256:${sha}${sha}'),
      tenants: fc.subarray([...context.tenants]),
      env: fc.dictionary(name, value, { maxKeys: 6, noNullPrototype: true }),
      replicas: fc.integer({ min: 1, max: 10 }),
      readiness: fc.constantFrom({ path: '/' }, { path: '/healthz?a=b' }),
      command: fc.array(value, { minLength: 1, maxLength: 5 }),
    });
    fc.assert(
      fc.property(raw, (data) => {
        const { tenants, env, ...rest } = data;
        const source = container(stringify(data));
        assert.deepEqual(valid(stringify(data)).tenants, tenants);
        assert.deepEqual(Object.fromEntries(source.env.map((one) => [one.name, one.value])), env);
        assert.deepEqual({ ...source, env: [] }, { ...plain, ...rest });
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
      'apps: ',
      'chart: ',
      'api',
      'manifests: true',
      'values: ',
      'avant: ',
      'tag: ',
      'files: ',
      '/etc/a',
      'command: ',
      'hooks: { setup: [{ ',
      'name: a, ',
      'waitFor: { checks: ',
      '&a ',
      '*a',
    );
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 40 }).map((some) => some.join('')),
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString()),
    );
    fc.assert(
      fc.property(text, (some) => {
        const read = parseProject(some, 'preview.yaml', { ...context, charts: ['api'], manifests: true });
        if (read.ok) assert.ok(read.project.tenants.every((tenant) => context.tenants.includes(tenant)));
        else assert.ok(read.problems.length > 0 && read.problems.length <= 51);
      }),
      { numRuns: 2000 },
    );
  });
});
