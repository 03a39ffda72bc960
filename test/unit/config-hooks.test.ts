import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblem } from '../../app/config/problem.ts';
import { awaitedChecks, parseProject, type Project } from '../../app/config/project.ts';
import type { ProjectContext } from '../../app/config/project-context.ts';

const context: ProjectContext = {
  tenants: ['fr', 'be'],
  app: 'foo',
  charts: ['api'],
  manifests: false,
  maxReplicas: 10,
  maxJobMs: 1_800_000,
  door: undefined,
};

const read = (text: string, against = context): ReturnType<typeof parseProject> =>
  parseProject(text, 'preview.yaml', against);

const lines = (text: string, against = context): string[] => {
  const project = read(text, against);
  return project.ok ? [] : project.problems.map(formatProblem);
};

const valid = (text: string, against = context): Project => {
  const project = read(text, against);
  assert.ok(project.ok, lines(text, against).join('\n'));
  return project.project;
};

describe('waitFor', () => {
  test('names checks, and how long they are waited for', () => {
    assert.deepEqual(valid('waitFor: { checks: [ci/jenkins, "build (linux, 22)"] }').waitFor, {
      checks: ['ci/jenkins', 'build (linux, 22)'],
      timeoutMs: 1_800_000,
    });
    assert.equal(valid('waitFor: { checks: [a], timeout: 1m }').waitFor?.timeoutMs, 60_000);
    assert.equal(valid('waitFor: { checks: [a], timeout: 1d }').waitFor?.timeoutMs, 86_400_000);
    assert.equal(valid('image: foo').waitFor, undefined);
  });

  const checkShape = 'write it as the pull request shows it: continuous-integration/jenkins/pr-head';
  const bad: [string, string][] = [
    [
      'waitFor:',
      '1:1 waitFor: is empty — give it a value, for example { checks: [continuous-integration/jenkins/pr-head] }',
    ],
    [
      'waitFor: {}',
      '1:10 waitFor.checks: is missing — add it, for example checks: [continuous-integration/jenkins/pr-head]',
    ],
    [
      'waitFor: [ci]',
      '1:10 waitFor: expected a map (key: value), got a list — for example { checks: [continuous-integration/jenkins/pr-head] }',
    ],
    [
      'waitFor: { checks: ci }',
      '1:20 waitFor.checks: expected a list, got the text "ci" — for example [continuous-integration/jenkins/pr-head]',
    ],
    [
      'waitFor: { checks: [] }',
      '1:20 waitFor.checks: must have 1 at least, got 0 — for example [continuous-integration/jenkins/pr-head]',
    ],
    [
      `waitFor: { checks: [${Array.from({ length: 21 }, (_, i) => `c${i}`).join(', ')}] }`,
      '1:20 waitFor.checks: must have 20 at most, got 21 — for example [continuous-integration/jenkins/pr-head]',
    ],
    ['waitFor: { checks: [a, a] }', '1:24 waitFor.checks[1]: names a a second time — keep one of the two'],
    [
      'waitFor: { checks: [5] }',
      '1:21 waitFor.checks[0]: expected text, got 5 — for example continuous-integration/jenkins/pr-head',
    ],
    ['waitFor: { checks: [""] }', `1:21 waitFor.checks[0]: is not the name of a check — ${checkShape}`],
    [`waitFor: { checks: [${'a'.repeat(201)}] }`, `1:21 waitFor.checks[0]: is not the name of a check — ${checkShape}`],
    ['waitFor: { checks: ["a "] }', `1:21 waitFor.checks[0]: begins or ends with a space — ${checkShape}`],
    ['waitFor: { checks: ["a\\nb"] }', `1:21 waitFor.checks[0]: has characters that do not show — ${checkShape}`],
    ['waitFor: { checks: [a], timeout: 30 }', '1:34 waitFor.timeout: expected text, got 30 — for example 30m'],
    ['waitFor: { checks: [a], timeout: 30s }', '1:34 waitFor.timeout: is too short — 1m is the least'],
    ['waitFor: { checks: [a], timeout: 25h }', '1:34 waitFor.timeout: is too long — 24h is the most'],
    ['waitFor: { checks: [a], timout: 1h }', '1:25 waitFor.timout: unknown key — did you mean "timeout"?'],
  ];
  for (const [text, problem] of bad)
    test(`is refused: ${text.slice(0, 60)}`, () => {
      assert.deepEqual(lines(text), [`preview.yaml:${problem}`]);
    });
});

describe('awaitedChecks', () => {
  const texts: [string | undefined, readonly string[]][] = [
    [undefined, []],
    ['', []],
    ['image: foo', []],
    ['waitFor: { checks: [a, "b c"] }', ['a', 'b c']],
    ['image: "${nothing}"\nwaitFor: { checks: [a], timeout: never }', ['a']],
    ['waitFor: { checks: [a, 5, null, [b]] }', ['a']],
    ['waitFor: { checks: a }', []],
    ['waitFor: [a]', []],
    ['- waitFor', []],
    ['waitFor: { checks: [a', []],
    ['waitFor: { checks: [*a] }', []],
    [`waitFor: { checks: [${'[a, '.repeat(1000)}`, []],
    [
      `waitFor: { checks: [${Array.from({ length: 30 }, (_, i) => `c${i}`).join(', ')}] }`,
      Array.from({ length: 20 }, (_, i) => `c${i}`),
    ],
  ];
  for (const [text, checks] of texts)
    test(`of ${(text ?? 'no config').slice(0, 60)}`, () => {
      assert.deepEqual(awaitedChecks(text), checks);
    });
});

describe('hooks', () => {
  test('are Jobs, in order', () => {
    const { hooks } = valid(`
image: foo:\${sha}
hooks:
  setup:
    - { name: migrate, command: [npm, run, migrate] }
    - name: seed
      image: seeds:\${tenant}
      command: [sh, -c, "psql < \${FILE} $(date)", 5, true]
      env: { FILE: /seed.sql, PR: "\${pr}", N: 010 }
      secrets: [db]
      timeout: 30m
  teardown:
    - { name: dump, command: [dump], timeout: 1s }
`);
    assert.deepEqual(hooks, {
      setup: [
        {
          name: 'migrate',
          image: 'foo:${sha}',
          command: ['npm', 'run', 'migrate'],
          env: [],
          secrets: [],
          timeoutMs: 600_000,
        },
        {
          name: 'seed',
          image: 'seeds:${tenant}',
          command: ['sh', '-c', 'psql < ${FILE} $(date)', '5', 'true'],
          env: [
            { name: 'FILE', value: '/seed.sql' },
            { name: 'PR', value: '${pr}' },
            { name: 'N', value: '010' },
          ],
          secrets: ['db'],
          timeoutMs: 1_800_000,
        },
      ],
      teardown: [{ name: 'dump', image: 'foo:${sha}', command: ['dump'], env: [], secrets: [], timeoutMs: 1000 }],
    });
  });

  test('run the image of the only app that is one', () => {
    const text = 'apps: { web: { image: web }, api: { chart: api } }\nhooks: { setup: [{ name: a, command: [b] }] }';
    assert.equal(valid(text).hooks.setup[0]?.image, 'web');
  });

  test('take no longer than the platform allows', () => {
    const text = 'image: foo\nhooks: { setup: [{ name: a, command: [b] }] }';
    assert.equal(valid(text, { ...context, maxJobMs: 60_000 }).hooks.setup[0]?.timeoutMs, 60_000);
  });

  test('are ten of each at most', () => {
    const hooks = (count: number): string =>
      Array.from({ length: count }, (_, i) => `{ name: h${i}, command: [a] }`).join(', ');
    assert.equal(valid(`image: foo\nhooks: { setup: [${hooks(10)}] }`).hooks.setup.length, 10);
    assert.deepEqual(lines(`image: foo\nhooks: { teardown: [${hooks(11)}] }`), [
      'preview.yaml:2:20 hooks.teardown: must have 10 at most, got 11 — for example [{ name: dump, image: foo, command: [npm, run, dump] }]',
    ]);
  });

  const noImage =
    'is missing — add it: no single image of the project could be meant; for example image: "registry.bar.com/foo:${sha}"';
  const nameShape = 'write letters, digits and "-", all lower-case, 20 at most: migrate';
  const hook = '{ name: migrate, image: foo, command: [npm, run, migrate] }';

  test('need an image of their own where there is none, or there are several', () => {
    assert.deepEqual(lines('hooks: { setup: [{ name: a, command: [b] }] }'), [
      `preview.yaml:1:18 hooks.setup[0].image: ${noImage}`,
    ]);
    assert.deepEqual(
      lines('hooks: { teardown: [{ name: a, command: [b] }] }\napps: { a: { image: a }, b: { image: b } }'),
      [`preview.yaml:1:21 hooks.teardown[0].image: ${noImage}`],
    );
  });

  /** Problems of a file that has this after a good image: on line 2. */
  const bad: [string, string][] = [
    ['hooks: { before: [] }', '2:10 hooks.before: unknown key — the keys here are setup, teardown'],
    ['hooks: { setup: migrate }', `2:17 hooks.setup: expected a list, got the text "migrate" — for example [${hook}]`],
    [
      'hooks: { setup: [migrate] }',
      `2:18 hooks.setup[0]: expected a map (key: value), got the text "migrate" — for example ${hook}`,
    ],
    [
      'hooks: { setup: [{ command: [a] }] }',
      '2:18 hooks.setup[0].name: is missing — add it, for example name: migrate',
    ],
    [
      'hooks: { setup: [{ name: a }] }',
      '2:18 hooks.setup[0].command: is missing — add it, for example command: [npm, run, migrate]',
    ],
    [
      'hooks: { setup: [{ name: a, command: [] }] }',
      '2:38 hooks.setup[0].command: must have 1 at least, got 0 — for example [npm, run, migrate]',
    ],
    [
      'hooks: { setup: [{ name: a, command: npm run }] }',
      '2:38 hooks.setup[0].command: expected a list, got the text "npm run" — for example [npm, run, migrate]',
    ],
    [
      'hooks: { setup: [{ name: Migrate, command: [a] }] }',
      `2:26 hooks.setup[0].name: is not a Job’s name — ${nameShape}`,
    ],
    [
      `hooks: { setup: [{ name: ${'a'.repeat(21)}, command: [a] }] }`,
      `2:26 hooks.setup[0].name: is not a Job’s name — ${nameShape}`,
    ],
    ['hooks: { setup: [{ name: a-, command: [a] }] }', `2:26 hooks.setup[0].name: is not a Job’s name — ${nameShape}`],
    [
      'hooks: { setup: [{ name: a, command: [a] }, { name: a, command: [b] }] }',
      '2:53 hooks.setup[1].name: is a second Job of the name a — give each its own name, in setup and teardown',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a] }], teardown: [{ name: a, command: [b] }] }',
      '2:65 hooks.teardown[0].name: is a second Job of the name a — give each its own name, in setup and teardown',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], image: A }] }',
      '2:50 hooks.setup[0].image: is not an image reference: A — write [registry/]name:tag, the name in lower case: "registry.bar.com/foo:${sha}"',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], timeout: 31m }] }',
      '2:52 hooks.setup[0].timeout: is too long — 30m is the most that the platform allows',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], timeout: 2d }] }',
      '2:52 hooks.setup[0].timeout: is too long — 24h is the most',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], timeout: 0s }] }',
      '2:52 hooks.setup[0].timeout: is too short — 1s is the least',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], env: { 1: a } }] }',
      '2:50 hooks.setup[0].env.1: is not a variable’s name — write letters, digits and "_", no digit first: LOG_LEVEL',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], secrets: [b, b] }] }',
      '2:56 hooks.setup[0].secrets[1]: names b a second time — keep one of the two',
    ],
    [
      'hooks: { setup: [{ name: a, command: [a], replicas: 2 }] }',
      '2:43 hooks.setup[0].replicas: unknown key — the keys here are name, image, command, env, secrets, timeout',
    ],
  ];
  for (const [text, problem] of bad)
    test(`are refused: ${text.slice(0, 80)}`, () => {
      assert.deepEqual(lines(`image: foo\n${text}`), [`preview.yaml:${problem}`]);
    });
});
