import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { harmlessAnnotations } from '../../app/core/traffic/branch-annotations.ts';
import { configuredApp, parsePlatform, previewUrl, type Platform } from '../../app/config/platform.ts';
import { formatProblem } from '../../app/config/problem.ts';
import { noTraffic } from '../../app/config/traffic.ts';

/** As in the design, word for word. */
const example = `domain: preview.bar.com
url: https://\${host}
ingress: { class: haproxy-v1 }
tenants: { fr: {}, be: {}, hr: {}, hu: {} }
`;

const valid = (text: string): Platform => {
  const read = parsePlatform(text, 'avant.yaml');
  assert.ok(read.ok, lines(text).join('\n'));
  return read.platform;
};

const lines = (text: string): string[] => {
  const read = parsePlatform(text, 'avant.yaml');
  return read.ok ? [] : read.problems.map(formatProblem);
};

const plainTenant = { domain: undefined, url: undefined, cluster: 'home', values: {} };

/** What each key is that a file leaves out. */
const defaults = {
  tenants: [],
  tenantSettings: {},
  clusters: {},
  registries: undefined,
  chartRepositories: [],
  secrets: undefined,
  limits: { cpu: '4', memory: '8Gi', storage: '10Gi', pods: 30, objects: 100, replicas: 10, jobMs: 1_800_000 },
  network: { ingress: [], egress: [], never: [] },
  doors: {},
  traffic: {
    defaults: { ...noTraffic, rateLimit: undefined },
    bounds: {
      rateLimit: { requestsPerSecond: 1000, except: undefined },
      connectionsPerAddress: 1000,
      headers: 20,
      queue: { maxConnections: 1000, length: 1000, timeoutMs: 60_000 },
      timeouts: { serverMs: 600_000, connectMs: 30_000, tunnelMs: 86_400_000 },
      bodyBytes: 2 ** 30,
    },
  },
  access: { ways: { open: { kind: 'open' } }, default: 'open', choices: ['open'] },
  people: [],
  forks: 'approved',
  ingressAnnotations: harmlessAnnotations,
};

describe('parsePlatform', () => {
  test('reads the design’s example, and fills every default in', () => {
    assert.deepEqual(valid(example), {
      ...defaults,
      domain: 'preview.bar.com',
      url: 'https://${host}',
      ingress: {
        class: 'haproxy-v1',
        controller: 'haproxy-ingress',
        classForm: 'annotation',
        tls: false,
        noindex: true,
      },
      tenants: ['fr', 'be', 'hr', 'hu'],
      tenantSettings: { fr: plainTenant, be: plainTenant, hr: plainTenant, hu: plainTenant },
      namespace: 'avant',
      apps: {},
      label: 'cd/preview',
      check: 'labelled',
      logs: 'private',
      resyncMs: 300_000,
      graceMs: 86_400_000,
      breaker: { teardowns: 10 },
    });
  });

  test('needs the domain only', () => {
    assert.deepEqual(valid('domain: preview.bar.com\n'), { ...valid(example), tenants: [], tenantSettings: {} });
  });

  test('reads every key', () => {
    const text = `
domain: Preview.Localhost
url: http://\${host}:8080
ingress: { class: nginx.internal, controller: haproxytech, tls: true, noindex: false }
ingressAnnotations: [example.com/note]
tenants:
  fr:
  be: { domain: Preview.Bar.be, url: "https://\${host}:8443", cluster: eu, values: { locale: { decimal: 1.50, on: no }, list: [1, null] } }
clusters: { eu: { kubeconfig: /etc/avant/eu.kubeconfig } }
registries:
  Registry.bar.com:5000/team:
  docker.io: { insecure: true, pullSecret: hub }
  quay.io: { pullSecret: { all: quay, fr: quay-fr } }
charts: { repositories: [https://charts.bar.com/stable//, "http://charts.in.cluster:8080"] }
secrets:
  namespace: avant-secrets
  projects: { Bar/Foo: { all: [foo, foo.more], fr: [foo-fr] }, bar/baz: {} }
limits: { cpu: 0.5, memory: 1024Mi, storage: 0, pods: 5, objects: 20, jobs: 1h }
network:
  ingress: [{ namespace: kube-system }, { cidr: FD00::/8 }]
  egress: [{ cidr: 0.0.0.0/0, ports: [80, 443] }, { cidr: ::/0 }]
  never: [10.96.0.1/32]
people: [Ann, "renovate[bot]", bob_bar]
forks: never
namespace: avant-records
apps: { Bar/Foo_Service: foo, bar/baz.qux: baz-qux }
label: "Deploy: preview"
check: always
logs: never
resync: 90s
grace: 7d
breaker: { teardowns: 3 }
`;
    const platform = valid(text);
    const { doors, traffic, access } = defaults;
    assert.deepEqual(platform, {
      ...{ doors, traffic, access },
      domain: 'preview.localhost',
      url: 'http://${host}:8080',
      ingress: {
        class: 'nginx.internal',
        controller: 'haproxytech',
        classForm: 'field',
        tls: true,
        noindex: false,
      },
      ingressAnnotations: ['example.com/note'],
      tenants: ['fr', 'be'],
      tenantSettings: {
        fr: plainTenant,
        be: {
          domain: 'preview.bar.be',
          url: 'https://${host}:8443',
          cluster: 'eu',
          values: { locale: { decimal: 1.5, on: 'no' }, list: [1, null] },
        },
      },
      clusters: { eu: { kubeconfig: '/etc/avant/eu.kubeconfig' } },
      registries: [
        { prefix: 'registry.bar.com:5000/team', insecure: false, pullSecrets: {} },
        { prefix: 'docker.io', insecure: true, pullSecrets: { '*': 'hub' } },
        { prefix: 'quay.io', insecure: false, pullSecrets: { '*': 'quay', fr: 'quay-fr' } },
      ],
      chartRepositories: ['https://charts.bar.com/stable', 'http://charts.in.cluster:8080'],
      secrets: {
        namespace: 'avant-secrets',
        projects: { 'bar/foo': { '*': ['foo', 'foo.more'], fr: ['foo-fr'] }, 'bar/baz': {} },
      },
      limits: { cpu: '500m', memory: '1Gi', storage: '0', pods: 5, objects: 20, replicas: 5, jobMs: 3_600_000 },
      network: {
        ingress: [{ namespace: 'kube-system' }, { cidr: 'fd00::/8' }],
        egress: [
          { cidr: '0.0.0.0/0', ports: [80, 443] },
          { cidr: '::/0', ports: [] },
        ],
        never: ['10.96.0.1/32'],
      },
      people: ['ann', 'renovate[bot]', 'bob_bar'],
      forks: 'never',
      namespace: 'avant-records',
      apps: { 'bar/foo_service': 'foo', 'bar/baz.qux': 'baz-qux' },
      label: 'Deploy: preview',
      check: 'always',
      logs: 'never',
      resyncMs: 90_000,
      graceMs: 604_800_000,
      breaker: { teardowns: 3 },
    });
    assert.equal(
      previewUrl(platform, 'fr', 'foo-241-fr.preview.localhost'),
      'http://foo-241-fr.preview.localhost:8080',
    );
    assert.equal(configuredApp(platform, 'bar/FOO_service'), 'foo');
    assert.equal(configuredApp(platform, 'bar/foo'), undefined);
  });

  for (const [what, text] of [
    ['absent', ''],
    ['empty', 'tenants: {}'],
    ['nothing', 'tenants:\napps:'],
  ] as const) {
    test(`takes ${what} tenants as none`, () => {
      assert.deepEqual(valid(`domain: preview.bar.com\n${text}`).tenants, []);
    });
  }

  for (const domain of [
    'preview.bar.com',
    'localhost',
    'preview.localhost',
    'xn--bcher-kva.example',
    '1.example.com',
    `${'a.'.repeat(93)}com`,
  ]) {
    test(`takes the domain ${domain.slice(0, 30)}`, () => {
      assert.equal(valid(`domain: ${domain}`).domain, domain);
    });
  }
});

/** Problems of a file that has this line after a good domain: on line 2. */
const wrong: [string, string][] = [
  ['domian: x', '2:1 domian: unknown key — did you mean "domain"?'],
  [
    'version: 2',
    '2:1 version: unknown key — the keys here are domain, url, ingress, ingressAnnotations, traffic, access, tenants, clusters, door, registries, charts, secrets, limits, network, people, forks, namespace, apps, label, check, logs, resync, grace, breaker',
  ],
  ['ingress: { clas: x }', '2:12 ingress.clas: unknown key — did you mean "class"?'],
  [
    'tenants: { fr: { weight: 1 } }',
    '2:18 tenants.fr.weight: unknown key — the keys here are domain, url, cluster, values',
  ],
  [
    'url: "https://host"',
    '2:6 url: is not a link with ${host} as its host — write https://${host} or http://${host}:8080, nothing behind it',
  ],
  [
    'url: "https://${host}/x"',
    '2:6 url: is not a link with ${host} as its host — write https://${host} or http://${host}:8080, nothing behind it',
  ],
  [
    'url: "https://${host}.${host}"',
    '2:6 url: is not a link with ${host} as its host — write https://${host} or http://${host}:8080, nothing behind it',
  ],
  [
    'url: "javascript://${host}"',
    '2:6 url: is not a link with ${host} as its host — write https://${host} or http://${host}:8080, nothing behind it',
  ],
  ['url: "https://${host}:99999"', '2:6 url: has a port that there is not — ports are 1 to 65535'],
  ['url: "https://${host}:0"', '2:6 url: has a port that there is not — ports are 1 to 65535'],
  [
    'ingress: haproxy',
    '2:10 ingress: expected a map (key: value), got the text "haproxy" — for example { class: haproxy-v1 }',
  ],
  [
    'ingress: { class: "a b" }',
    '2:19 ingress.class: is not the name of an ingress class — write letters, digits, "-" and ".", for example haproxy-v1',
  ],
  ['tenants: [fr, be]', '2:10 tenants: expected a map (key: value), got a list — for example { fr: {}, be: {} }'],
  [
    'tenants: { FR: {} }',
    '2:12 tenants.FR: is not a tenant’s name — write a letter, then letters and digits, all lower-case, 20 at most: fr',
  ],
  [
    'tenants: { 24: {} }',
    '2:12 tenants.24: is not a tenant’s name — write a letter, then letters and digits, all lower-case, 20 at most',
  ],
  [
    'tenants: { fr-be: {} }',
    '2:12 tenants.fr-be: is not a tenant’s name — write a letter, then letters and digits, all lower-case, 20 at most: frbe',
  ],
  [
    'tenants: { aaaaaaaaaaaaaaaaaaaaa: {} }',
    '2:12 tenants.aaaaaaaaaaaaaaaaaaaaa: is not a tenant’s name — write a letter, then letters and digits, all lower-case, 20 at most',
  ],
  [
    'tenants: { fr: yes }',
    '2:16 tenants.fr: expected a map (key: value), got the text "yes" — for example { domain: preview.bar.fr }',
  ],
  [
    'namespace: kube-system',
    '2:12 namespace: is in kube-*, which Kubernetes keeps for itself — write a DNS label, for example avant',
  ],
  ['namespace: Avant', '2:12 namespace: is not a namespace’s name — write a DNS label, for example avant'],
  [
    'namespace: avant-2',
    '2:12 namespace: could be a preview’s namespace — write one without a number of its own, for example avant',
  ],
  ['apps: { foo: foo }', '2:9 apps.foo: is not a repository — write owner/name, for example bar/foo'],
  [
    'apps: { bar/foo: Foo }',
    '2:18 apps.bar/foo: is not an app name — write a letter, then letters, digits and single "-", all lower-case, 40 at most, not beginning with kube-',
  ],
  [
    'apps: { bar/foo: kube-x }',
    '2:18 apps.bar/foo: is not an app name — write a letter, then letters, digits and single "-", all lower-case, 40 at most, not beginning with kube-',
  ],
  ['apps: { bar/foo: 5 }', '2:18 apps.bar/foo: expected text, got 5 — for example foo'],
  [
    'apps: { bar/foo: x, bar/baz: x }',
    '2:30 apps.bar/baz: is x for two repositories — give it another name than bar/foo has',
  ],
  [
    'apps: { bar/foo: x, Bar/Foo: y }',
    '2:21 apps.Bar/Foo: names a repository a second time — keep one of the two: GitHub does not tell case apart',
  ],
  ['label:', '2:1 label: is empty — give it a value, for example cd/preview'],
  ['label: "a,b"', '2:8 label: has a comma, or ends in "/" — write something like cd/preview'],
  ['label: " cd"', '2:8 label: is not a label’s name in plain characters — write something like cd/preview'],
  ['label: "сd/preview"', '2:8 label: is not a label’s name in plain characters — write something like cd/preview'],
  [`label: ${'a'.repeat(51)}`, '2:8 label: is longer than GitHub’s 50 characters — write something like cd/preview'],
  ['check: true', '2:8 check: expected one of labelled, always, got true — for example always'],
  ['logs: Private', '2:7 logs: expected one of private, always, never, got the text "Private" — for example never'],
  ['resync: 300', '2:9 resync: expected text, got 300 — for example 5m'],
  ['resync: 5 minutes', '2:9 resync: is not a duration — write a number and its unit, s, m, h or d: 90s, 5m, 1h'],
  ['resync: 1s', '2:9 resync: is too short — 10s is the least'],
  ['resync: 30d', '2:9 resync: is too long — 24h is the most'],
  ['grace: 0s', '2:8 grace: is too short — 1s is the least'],
  ['breaker: { teardowns: 0 }', '2:23 breaker.teardowns: must be 1 at least, got 0 — for example 10'],
  ['breaker: { teardowns: 1.5 }', '2:23 breaker.teardowns: expected a whole number, got 1.5 — for example 10'],
  [
    'breaker: { teardowns: "10" }',
    '2:23 breaker.teardowns: expected a whole number, got the text "10" — for example 10',
  ],
];

describe('parsePlatform refuses, naming place and mend:', () => {
  for (const [line, problem] of wrong.filter(([, expected]) => expected !== '')) {
    test(line, () => {
      assert.deepEqual(lines(`domain: preview.bar.com\n${line}\n`), [`avant.yaml:${problem}`]);
    });
  }

  const domains: [string, string][] = [
    ['https://preview.bar.com', 'is more than a domain — write the domain only, for example preview.bar.com'],
    ['"preview.bar.com:8080"', 'is more than a domain — write the domain only, for example preview.bar.com'],
    ['"*.preview.bar.com"', 'has a wildcard — leave the "*." out: every preview gets its own host under the domain'],
    ['preview.bar.com.', 'ends in a dot — leave the last dot out'],
    ['bücher.example', 'has other letters than a to z — write it as DNS has it (xn--…)'],
    ['preview..com', 'is not a DNS name — write the domain only, for example preview.bar.com'],
    ['-a.com', 'is not a DNS name — write the domain only, for example preview.bar.com'],
    ['a_b.com', 'is not a DNS name — write the domain only, for example preview.bar.com'],
    [`${'a'.repeat(64)}.com`, 'is not a DNS name — write the domain only, for example preview.bar.com'],
    ['10.0.0.1', 'is an address, not a DNS name — write the domain only, for example preview.bar.com'],
    ['com', 'is a top-level domain — write the domain only, for example preview.bar.com'],
    [`a${'.aa'.repeat(63)}`, 'leaves no room for hosts — 189 characters are the most'],
    ['""', 'is not a DNS name — write the domain only, for example preview.bar.com'],
  ];
  for (const [domain, problem] of domains) {
    test(`domain: ${domain.slice(0, 40)}`, () => {
      assert.deepEqual(lines(`domain: ${domain}`), [`avant.yaml:1:9 domain: ${problem}`]);
    });
  }

  test('nothing in the file', () => {
    assert.deepEqual(lines('# to do\n'), [
      'avant.yaml:1:1 domain: is missing — add it, for example domain: preview.bar.com',
    ]);
  });

  test('a file that is no map', () => {
    assert.deepEqual(lines('- a'), ['avant.yaml:1:1 expected a map (key: value), got a list']);
  });

  test('a label that leaves no room for a tenant', () => {
    const label = 'a'.repeat(47);
    const text = `domain: preview.bar.com\ntenants: { fr: {}, fra: {} }\nlabel: ${label}`;
    assert.deepEqual(lines(text), [
      `avant.yaml:3:8 label: is too long for the label ${label}/fra: GitHub takes 50 characters — write a shorter one, for example cd/preview`,
    ]);
  });

  test('everything at once, in the order of the file', () => {
    const text = 'url: x\ntenants: { F: {} }\nresync: 1\napps: { a/b: x, c/d: x }\nlabels: y\n';
    assert.deepEqual(
      lines(text).map((line) => line.split(' ', 2).join(' ')),
      [
        'avant.yaml:1:1 domain:',
        'avant.yaml:1:6 url:',
        'avant.yaml:2:12 tenants.F:',
        'avant.yaml:3:9 resync:',
        'avant.yaml:4:22 apps.c/d:',
        'avant.yaml:5:1 labels:',
      ],
    );
  });

  test('a thousand unknown keys, in 50 lines and a count', () => {
    const text = Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join('\n');
    assert.equal(lines(text).length, 51);
    assert.match(lines(text).at(-1) ?? '', /: 951 more problems — mend these first$|951 more problems/);
  });
});

describe('parsePlatform on generated files', () => {
  const names = fc.uniqueArray(
    fc.stringMatching(/^[a-z][a-z0-9]{0,19}$/).filter((name) => !['constructor', 'prototype', 'all'].includes(name)),
    { maxLength: 5 },
  );

  test('reads back what a serialiser writes', () => {
    const raw = fc.record({
      domain: fc.constantFrom('preview.bar.com', 'a.b'),
      tenants: names.map((some) => Object.fromEntries(some.map((name) => [name, {}]))),
      check: fc.constantFrom('labelled', 'always'),
      breaker: fc.integer({ min: 1, max: 100_000 }).map((teardowns) => ({ teardowns })),
    });
    fc.assert(
      fc.property(raw, (data) => {
        const platform = valid(stringify(data));
        assert.deepEqual(
          { ...platform, tenants: Object.fromEntries(platform.tenants.map((name) => [name, {}])) },
          {
            ...valid('domain: a.b'),
            ...data,
            tenantSettings: Object.fromEntries(Object.keys(data.tenants).map((name) => [name, plainTenant])),
          },
        );
      }),
      { numRuns: 100 },
    );
  });

  test('never throws, whatever shape the keys have', () => {
    const keys = fc.constantFrom(
      'domain',
      'url',
      'ingress',
      'tenants',
      'apps',
      'label',
      'breaker',
      'resync',
      'clusters',
      'registries',
      'secrets',
      'namespace',
      'projects',
      'limits',
      'network',
      'egress',
      'never',
      'people',
      'ingressAnnotations',
      'fr',
      'cluster',
      'values',
      'pullSecret',
      'docker.io',
      'all',
      'cidr',
      'x',
      'class',
      'toString',
      '__proto__',
    );
    const tree = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, 0, 1.5, true, '', 'a', 'a/b', 'preview.bar.com', '5m', '10.0.0.0/8', NaN, Infinity),
        tie('list'),
        tie('map'),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }),
      map: fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
    })).map;
    fc.assert(
      fc.property(tree, (data) => {
        const read = parsePlatform(stringify(data, { aliasDuplicateObjects: false }), 'avant.yaml');
        if (!read.ok) assert.ok(read.problems.length > 0 && read.problems.every(({ message }) => message !== ''));
      }),
      { numRuns: 500 },
    );
  });
});
