import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatProblem } from '../../app/config/problem.ts';
import { conventional, parseProject, type Project } from '../../app/config/project.ts';
import type { ProjectContext } from '../../app/config/project-context.ts';
import { isPartName } from '../../app/core/names.ts';
import { saysNothing } from '../support/door-context.ts';

const context: ProjectContext = {
  tenants: ['fr', 'be'],
  app: 'foo',
  charts: ['api', 'front-end'],
  manifests: true,
  maxReplicas: 10,
  maxJobMs: 1_800_000,
  door: undefined,
};

type Read = ReturnType<typeof parseProject>;

const problemsOf = (read: Read): string[] => (read.ok ? [] : read.problems.map(formatProblem));

const projectOf = (read: Read): Project => {
  assert.ok(read.ok, problemsOf(read).join('\n'));
  return read.project;
};

const valid = (text: string, against = context): Project => projectOf(parseProject(text, 'preview.yaml', against));
const lines = (text: string, against = context): string[] => problemsOf(parseProject(text, 'preview.yaml', against));

const chart = (name: string): Project['apps'][number]['source'] => {
  return { kind: 'chart', chart: name, values: {}, tag: '${sha}', service: undefined };
};

const nothing = (charts: readonly string[], manifests = false): ProjectContext => ({ ...context, charts, manifests });

const missing =
  'image: is missing — add it, for example image: "registry.bar.com/foo:${sha}"; or put a chart into .cloud/charts/<name>/, or manifests into .cloud/manifests/';

describe('a project without a config', () => {
  test('has an app for each of its charts, named after the folder', () => {
    assert.deepEqual(projectOf(conventional(context)), {
      tenants: ['fr', 'be'],
      apps: [
        { part: 'api', source: chart('api'), ...saysNothing },
        { part: 'frontend', source: chart('front-end'), ...saysNothing },
      ],
      waitFor: undefined,
      hooks: { setup: [], teardown: [] },
    });
  });

  test('has one app without a part where there is one chart, whatever it is called', () => {
    for (const name of ['api', '2048', 'fr', 'Front_End.v2', 'a'.repeat(63)])
      assert.deepEqual(projectOf(conventional(nothing([name], true))).apps, [{ part: '', source: chart(name), ...saysNothing }]);
  });

  test('has its manifests where there is no chart', () => {
    const source = { kind: 'manifests', service: undefined };
    assert.deepEqual(projectOf(conventional(nothing([], true))).apps, [{ part: '', source, ...saysNothing }]);
  });

  test('is told of every way where there is nothing', () => {
    assert.deepEqual(problemsOf(conventional(nothing([]))), [`.cloud/preview.yaml:1:1 ${missing}`]);
  });

  const parts: [string, string][] = [
    ['Front_End', 'frontend'],
    ['a.b-c_d', 'abcd'],
    ['my-very-long-notification-service', 'myverylongnotificati'],
    ['v2', 'v2'],
  ];
  for (const [folder, part] of parts)
    test(`calls ${folder} ${part}`, () => {
      assert.deepEqual(projectOf(conventional(nothing([folder, 'zzz']))).apps[0]?.part, part);
    });

  const digit =
    'gives no name for a host: none begins with a digit — rename the folder, or name the apps yourself, for example apps:';
  const bad: [string[], string[]][] = [
    [['2048', 'api'], [`the folder .cloud/charts/2048 ${digit} { web: { chart: "2048" } }`]],
    [
      ['be', 'api'],
      [
        'the folder .cloud/charts/be would be named like the tenant be in its host — rename the folder, or name the apps yourself, for example apps: { web: { chart: "be" } }',
      ],
    ],
    [
      ['a-b', 'a_b', 'ab'],
      [
        'the folder .cloud/charts/a_b and a-b would both be ab in their hosts — rename the folder, or name the apps yourself, for example apps: { web: { chart: "a_b" } }',
        'the folder .cloud/charts/ab and a-b would both be ab in their hosts — rename the folder, or name the apps yourself, for example apps: { web: { chart: "ab" } }',
      ],
    ],
    [
      ['a b'],
      ['the folder .cloud/charts/a b has a name that charts do not have — rename the folder: letters, digits and "-"'],
    ],
    [
      ['-rf'],
      ['the folder .cloud/charts/-rf has a name that charts do not have — rename the folder: letters, digits and "-"'],
    ],
    [
      ['.hidden'],
      [
        'the folder .cloud/charts/.hidden has a name that charts do not have — rename the folder: letters, digits and "-"',
      ],
    ],
    [
      ['$(x)\n'],
      [
        'the folder .cloud/charts/$(x)\\u{a} has a name that charts do not have — rename the folder: letters, digits and "-"',
      ],
    ],
    [
      ['é', 'api'],
      ['the folder .cloud/charts/é has a name that charts do not have — rename the folder: letters, digits and "-"'],
    ],
    [
      Array.from({ length: 11 }, (_, i) => `a${i}`),
      ['there are 11 charts in .cloud/charts/, each an app — 10 are the most: name those that are under apps'],
    ],
  ];
  for (const [charts, problems] of bad)
    test(`is told what is wrong with ${JSON.stringify(charts).slice(0, 40)}`, () => {
      assert.deepEqual(
        problemsOf(conventional(nothing(charts))),
        problems.map((problem) => `.cloud/preview.yaml:1:1 ${problem}`),
      );
    });

  test('whatever its folders: parts that are names, no two alike and none a tenant’s, or problems', () => {
    const folder = fc.oneof(fc.stringMatching(/^[A-Za-z0-9._-]{1,25}$/), fc.string({ unit: 'binary', maxLength: 20 }));
    fc.assert(
      fc.property(fc.uniqueArray(folder, { maxLength: 12 }), fc.boolean(), (charts, manifests) => {
        const read = conventional(nothing(charts, manifests));
        if (!read.ok) {
          assert.ok(read.problems.length > 0);
          return;
        }
        const found = read.project.apps.map(({ part }) => part);
        assert.equal(new Set(found).size, found.length);
        if (found.length > 1) assert.ok(found.every((part) => isPartName(part) && !context.tenants.includes(part)));
        assert.equal(found.length, Math.max(1, charts.length));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a config beside charts or manifests', () => {
  test('may set values, tag and Service of the charts', () => {
    const text = 'values: { a: { b: [1, no, 1.50, null] } }\ntag: "pr-${pr}"\nservice: { name: web }\ntenants: [fr]';
    const { tenants, apps } = valid(text);
    const source = { kind: 'chart', values: { a: { b: [1, 'no', 1.5, null] } }, tag: 'pr-${pr}', service: 'web' };
    assert.deepEqual(tenants, ['fr']);
    assert.deepEqual(apps, [
      { part: 'api', source: { ...source, chart: 'api' }, ...saysNothing },
      { part: 'frontend', source: { ...source, chart: 'front-end' }, ...saysNothing },
    ]);
  });

  test('may set the Service of manifests', () => {
    const { apps } = valid('service: { name: web }', nothing([], true));
    assert.deepEqual(apps, [{ part: '', source: { kind: 'manifests', service: 'web' }, ...saysNothing }]);
  });

  test('with an image is that image, and nothing else', () => {
    assert.deepEqual(
      valid('image: foo').apps.map(({ part, source }) => [part, source.kind]),
      [['', 'template']],
    );
  });

  const chartsTake = 'remove it (a chart takes values, tag and service.name), or add an image: then that is deployed';
  const bad: [string, string[], ProjectContext?][] = [
    ['env: { A: b }', [`1:1 env: does not go with a chart — ${chartsTake}`]],
    [
      'replicas: 2\nreadiness: { path: / }',
      [
        `1:1 replicas: does not go with a chart — ${chartsTake}`,
        `2:1 readiness: does not go with a chart — ${chartsTake}`,
      ],
    ],
    ['service: { name: a, port: { number: 80 } }', [`1:21 service.port: does not go with a chart — ${chartsTake}`]],
    [
      'values: {}\ntag: x',
      [
        '1:1 values: does not go with manifests — remove it (manifests take service.name), or add an image: then that is deployed',
        '2:1 tag: does not go with manifests — remove it (manifests take service.name), or add an image: then that is deployed',
      ],
      nothing([], true),
    ],
    [
      'image: foo\nvalues: {}\ntag: x',
      [
        '2:1 values: does not go with an image — remove it: it is for charts',
        '3:1 tag: does not go with an image — remove it: it is for charts',
      ],
    ],
    ['values: []', ['1:9 values: expected a map (key: value), got a list — for example { replicaCount: 2 }']],
    ['values:', ['1:1 values: is empty — give it a value, for example { replicaCount: 2 }']],
    [
      'values: { avant: {} }',
      [
        '1:11 values.avant: is filled in by Avant — choose another name: charts find .Values.avant.host and the like there',
      ],
    ],
    ['values: { a: { avant: {} } }', []],
    ['values: { a: [{ b: -.inf }] }', ['1:20 values.a[0].b: is no number that JSON has — write it in quotes']],
    ['values: { a: 9007199254740993 }', ['1:14 values.a: is a number that would lose digits — write it in quotes']],
    ['values: { a: "9007199254740993", b: 9007199254740991 }', []],
    ['tag: ""', ['1:6 tag: is empty — write a tag: "pr-${pr}"']],
    ['tag: 1', ['1:6 tag: expected text, got 1 — for example "pr-${pr}"']],
    [
      'tag: "a b"',
      ['1:6 tag: is not an image’s tag: a b — write letters, digits, "_", "." and "-", 128 at most: "pr-${pr}"'],
    ],
    [
      'tag: "foo:${sha}"',
      [
        `1:6 tag: is not an image’s tag: foo:${'0123456789abcdef'.repeat(3).slice(0, 40)} — write letters, digits, "_", "." and "-", 128 at most: "pr-\${pr}"`,
      ],
    ],
    [
      'tag: ${tenant}\ntenants: []',
      ['1:6 tag: is not an image’s tag:  — leave ${tenant} out: this project has no tenants'.replace(':  —', ': —')],
    ],
    [
      'tag: ${commit}',
      [
        '1:6 tag: cannot fill in ${commit} — the names are app, pr, tenant, sha, shortSha, branch, host; write $${ for a plain ${',
      ],
    ],
  ];
  for (const [text, problems, against] of bad)
    test(text, () => {
      assert.deepEqual(
        lines(text, against),
        problems.map((problem) => `preview.yaml:${problem}`),
      );
    });
});

describe('apps', () => {
  test('are images, charts and manifests, in the order of the file', () => {
    const { apps } = valid(`
apps:
  web: { image: "web:\${sha}", args: [serve, 1] }
  api: { chart: front-end, values: { a: 1 }, tag: "\${shortSha}", service: { name: api } }
  jobs: { image: jobs, service: { name: work }, replicas: 2 }
  rest: { manifests: true, service: { name: rest } }
`);
    assert.deepEqual(
      apps.map(({ part }) => part),
      ['web', 'api', 'jobs', 'rest'],
    );
    const [web, api, jobs, rest] = apps.map(({ source }) => source);
    assert.ok(web?.kind === 'template' && jobs?.kind === 'template');
    assert.deepEqual(
      [web.service.name, web.args, jobs.service.name, jobs.replicas],
      ['foo-web', ['serve', '1'], 'work', 2],
    );
    assert.deepEqual(api, { kind: 'chart', chart: 'front-end', values: { a: 1 }, tag: '${shortSha}', service: 'api' });
    assert.deepEqual(rest, { kind: 'manifests', service: 'rest' });
  });

  test('are as one where there is one', () => {
    assert.deepEqual(valid('apps: { api: { image: foo } }').apps, valid('image: foo').apps);
    assert.deepEqual(valid('apps: { api: { chart: api } }').apps, [{ part: '', source: chart('api'), ...saysNothing }]);
  });

  test('may be one chart twice', () => {
    const { apps } = valid('apps: { a: { chart: api }, b: { chart: api, values: { x: 1 } } }');
    assert.deepEqual(apps[1], { part: 'b', source: { ...chart('api'), values: { x: 1 } }, ...saysNothing });
  });

  test('are ten at most', () => {
    const many = (count: number): string =>
      `apps: { ${Array.from({ length: count }, (_, i) => `a${i}: { chart: api }`).join(', ')} }`;
    assert.equal(valid(many(10)).apps.length, 10);
    assert.deepEqual(lines(many(11)), ['preview.yaml:1:1 apps: has 11 apps — 10 are the most']);
  });

  const partShape = 'write a letter, then letters and digits, all lower-case, 20 at most: api';
  const bad: [string, string[], ProjectContext?][] = [
    [
      'apps:',
      [
        '1:1 apps: is empty — give it a value, for example { api: { chart: api }, front: { image: "registry.bar.com/front:${sha}" } }',
      ],
    ],
    ['apps: {}', ['1:1 apps: names no app — name one, or leave the key out']],
    [
      'apps: [a]',
      [
        '1:7 apps: expected a map (key: value), got a list — for example { api: { chart: api }, front: { image: "registry.bar.com/front:${sha}" } }',
      ],
    ],
    ['apps: { api: }', ['1:9 apps.api: is empty — give it a value, for example { chart: api }']],
    ['apps: { api: {} }', ['1:9 apps.api: has no image, chart or manifests — add one of them, for example chart: api']],
    ['apps: { api: { image: a, chart: api } }', ['1:9 apps.api: has image and chart — keep one of the two']],
    ['apps: { front-end: { chart: api } }', [`1:9 apps.front-end: is not a name for hosts — ${partShape}`]],
    ['apps: { API: { chart: api } }', [`1:9 apps.API: is not a name for hosts — ${partShape}`]],
    ['apps: { 2: { chart: api } }', [`1:9 apps.2: is not a name for hosts — ${partShape}`]],
    ['apps: { fr: { chart: api } }', ['1:9 apps.fr: is the name of a tenant — choose another name: hosts have both']],
    ['apps: { a: { chart: apy } }', ['1:21 apps.a.chart: there is no folder .cloud/charts/apy — did you mean "api"?']],
    [
      'apps: { a: { chart: nothing } }',
      ['1:21 apps.a.chart: there is no folder .cloud/charts/nothing — there are api, front-end'],
    ],
    [
      'apps: { a: { chart: nothing } }',
      ['1:21 apps.a.chart: there is no folder .cloud/charts/nothing — there is no chart'],
      nothing([]),
    ],
    [
      'apps: { a: { chart: ../api } }',
      [
        '1:21 apps.a.chart: is not the name of a chart’s folder — write letters, digits, ".", "_" and "-", a letter or digit first, 63 at most',
      ],
    ],
    ['apps: { a: { manifests: false } }', ['1:25 apps.a.manifests: is false — write true, or leave it out']],
    [
      'apps: { a: { manifests: yes } }',
      ['1:25 apps.a.manifests: expected true or false, got the text "yes" — for example true'],
    ],
    [
      'apps: { a: { manifests: true } }',
      ['1:25 apps.a.manifests: there is no folder .cloud/manifests — add it, or write image or chart'],
      nothing(['api']),
    ],
    [
      'apps: { a: { manifests: true }, b: { manifests: true } }',
      ['1:49 apps.b.manifests: is the app a already — keep one of the two: there is one folder .cloud/manifests/'],
    ],
    [
      'apps: { a: { chart: api, env: { A: b }, service: { port: { number: 80 } } } }',
      [
        '1:26 apps.a.env: does not go with a chart — remove it: a chart takes values, tag and service.name',
        '1:52 apps.a.service.port: does not go with a chart — remove it: a chart takes values, tag and service.name',
      ],
    ],
    [
      'apps: { a: { image: a, values: {} } }',
      ['1:24 apps.a.values: does not go with an image — remove it: it is for charts'],
    ],
    [
      'apps: { a: { manifests: true, tag: x } }',
      ['1:31 apps.a.tag: does not go with manifests — remove it: manifests take service.name'],
    ],
    [
      'apps: { a: { image: A } }',
      [
        '1:21 apps.a.image: is not an image reference: A — write [registry/]name:tag, the name in lower case: "registry.bar.com/foo:${sha}"',
      ],
    ],
    [
      'apps: { a: { image: a, replicas: 11 } }',
      ['1:34 apps.a.replicas: must be 10 at most, got 11 — the platform allows no more'],
    ],
    [
      'apps: { a: { image: a, resources: { cpu: 1e3 } } }',
      [
        '1:42 apps.a.resources.cpu: is not an amount of CPU — write cores, or thousandths of a core with m: 100m, 0.5, 2',
      ],
    ],
    [
      'apps: { a: { image: a, files: { /proc/a: x } } }',
      ['1:33 apps.a.files./proc/a: is where the system’s own files are — choose another folder: /etc/foo/config.yaml'],
    ],
    [
      'apps: { a: { chart: api, values: { avant: 1 } } }',
      [
        '1:36 apps.a.values.avant: is filled in by Avant — choose another name: charts find .Values.avant.host and the like there',
      ],
    ],
    [
      'apps: { a: { chart: api, tag: "/" } }',
      ['1:31 apps.a.tag: is not an image’s tag: / — write letters, digits, "_", "." and "-", 128 at most: "pr-${pr}"'],
    ],
    [
      'apps: { a: { imgae: a } }',
      [
        '1:9 apps.a: has no image, chart or manifests — add one of them, for example chart: api',
        '1:14 apps.a.imgae: unknown key — did you mean "image"?',
      ],
    ],
    [
      'apps: { a: { chart: api } }\nimage: foo',
      ['2:1 image: stands beside apps — move it into the app that it is of: apps: { a: { image: … } }'],
    ],
    [
      'apps: { a: { chart: api } }\nvalues: { b: 1 }\nreplicas: 2',
      [
        '2:1 values: stands beside apps — move it into the app that it is of: apps: { a: { values: … } }',
        '3:1 replicas: stands beside apps — move it into the app that it is of: apps: { a: { replicas: … } }',
      ],
    ],
    [
      'apps: { a: { image: a, service: { name: web } }, b: { image: b, service: { name: web } } }',
      ['1:50 apps.b: has the Service web, and so has a — give it another service.name'],
    ],
    [
      'apps: { a: { image: a, service: { name: foo-b } }, b: { image: b } }',
      ['1:52 apps.b: has the Service foo-b, and so has a — give it another service.name'],
    ],
  ];
  for (const [text, problems, against] of bad)
    test(`are refused: ${text.slice(0, 80)}`, () => {
      assert.deepEqual(
        lines(text, against),
        problems.map((problem) => `preview.yaml:${problem}`),
      );
    });
});
