import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatProblem } from '../../app/config/problem.ts';
import {
  configuredApp,
  parsePlatform,
  previewUrl,
  pullSecretsFor,
  registryOf,
  secretsFor,
  tenantOf,
  type Platform,
} from '../../app/config/platform.ts';

const read = (text: string): ReturnType<typeof parsePlatform> => parsePlatform(text, 'avant.yaml');

const valid = (text: string): Platform => {
  const platform = read(text);
  assert.ok(platform.ok, platform.ok ? '' : platform.problems.map(formatProblem).join('\n'));
  return platform.platform;
};

const lines = (text: string): string[] => {
  const platform = read(text);
  return platform.ok ? [] : platform.problems.map(formatProblem);
};

const secretShape = 'write letters, digits, "-" and ".", all lower-case: foo-preview';
const repositoryShape = 'write where its index.yaml is: https://charts.bar.com/stable';
const cidrShape = 'write an address and the length of its prefix: 10.0.0.0/8, 10.1.2.3/32, fd00::/8';
const prefixShape = 'write a host, and perhaps a path: registry.bar.com, registry.bar.com:5000/team, docker.io/library';

/** Problems of a file that has this after a good domain and two tenants: on line 3. */
const wrong: [string, string][] = [
  // Tenants.
  [
    'clusters: { eu: }',
    '3:13 clusters.eu: is empty — give it a value, for example { kubeconfig: /etc/avant/eu.kubeconfig }',
  ],
  [
    'clusters: { eu: {} }',
    '3:17 clusters.eu.kubeconfig: is missing — add it, for example kubeconfig: /etc/avant/eu.kubeconfig',
  ],
  [
    'clusters: { eu: { kubeconfig: eu.yaml } }',
    '3:31 clusters.eu.kubeconfig: is not the path of a file — begin with "/": /etc/avant/eu.kubeconfig',
  ],
  [
    'clusters: { EU: { kubeconfig: /k } }',
    '3:13 clusters.EU: is not a cluster’s name — write a letter, then letters, digits and "-", all lower-case, 40 at most: eu',
  ],
  [
    'clusters: { home: { kubeconfig: /k } }',
    '3:13 clusters.home: is the cluster where Avant’s records are — choose another name: it needs no entry',
  ],
  // Chart repositories.
  [
    'charts: { repositories: [oci://registry.bar.com/charts] }',
    '3:26 charts.repositories[0]: is an OCI registry — only repositories with an index.yaml are read; charts from here are vendored (helm dependency build)',
  ],
  ...['charts.bar.com/stable', 'ftp://charts.bar.com', '"@stable"', 'file:///charts', 'https://'].map(
    (address): [string, string] => [
      `charts: { repositories: [${address}] }`,
      `3:26 charts.repositories[0]: is not the address of a chart repository — ${repositoryShape}`,
    ],
  ),
  [
    'charts: { repositories: [https://ann:secret@charts.bar.com] }',
    '3:26 charts.repositories[0]: has a user or a password in it — leave it out: only repositories that need none are read',
  ],
  [
    'charts: { repositories: ["https://charts.bar.com/stable?a=b"] }',
    '3:26 charts.repositories[0]: has more than a path — leave out what begins with "?" or "#"',
  ],
  [
    'charts: { repositories: [https://charts.bar.com/stable/index.yaml] }',
    '3:26 charts.repositories[0]: is the address of an index — leave /index.yaml out',
  ],
  [
    'charts: { repositories: [https://Charts.bar.com/a/../stable] }',
    '3:26 charts.repositories[0]: is not how this address is written — write https://charts.bar.com/stable',
  ],
  [
    'charts: { repositories: [https://charts.bar.com:443] }',
    '3:26 charts.repositories[0]: is not how this address is written — write https://charts.bar.com',
  ],
  [
    'charts: { repositories: [https://charts.bar.com/a, https://charts.bar.com/a/] }',
    '3:52 charts.repositories[1]: names https://charts.bar.com/a/ a second time — keep one of the two',
  ],
  ['charts: { repository: x }', '3:11 charts.repository: unknown key — did you mean "repositories"?'],
  // Registries.
  [
    'registries: {}',
    '3:1 registries: lets no image run — name one, for example { registry.bar.com: {} }, or leave the key out: then any image may run',
  ],
  [
    'registries:',
    '3:1 registries: is empty — give it a value, for example { registry.bar.com: {}, docker.io/library: {} }',
  ],
  [
    'registries: [docker.io]',
    '3:13 registries: expected a map (key: value), got a list — for example { registry.bar.com: {}, docker.io/library: {} }',
  ],
  ['registries: { library: }', `3:15 registries.library: is not the beginning of image references — ${prefixShape}`],
  [
    'registries: { docker.io/Library: }',
    `3:15 registries."docker.io/Library": is not the beginning of image references — ${prefixShape}`,
  ],
  [
    'registries: { "https://a.b": }',
    '3:15 registries."https://a.b": begins like a link — leave the scheme (https://) out',
  ],
  ['registries: { a.b/: }', '3:15 registries."a.b/": ends in "/" — leave it out: a prefix ends where a name does'],
  ['registries: { "*.b": }', '3:15 registries."*.b": has a wildcard — leave it out: everything below is meant'],
  [
    'registries: { docker.io: , index.docker.io: }',
    '3:28 registries."index.docker.io": names a registry a second time — keep this or docker.io',
  ],
  [
    'registries: { a.b: { insecure: yes } }',
    '3:32 registries."a.b".insecure: expected true or false, got the text "yes" — for example true',
  ],
  [
    'registries: { a.b: { pullsecret: x } }',
    '3:22 registries."a.b".pullsecret: unknown key — did you mean "pullSecret"?',
  ],
  [
    'registries: { a.b: { pullSecret: x } }',
    '3:22 registries."a.b".pullSecret: lies in no namespace — say where administrators put Secrets, for example secrets: { namespace: avant-secrets }',
  ],
  // Secrets.
  [
    'secrets:',
    '3:1 secrets: is empty — give it a value, for example { namespace: avant-secrets, projects: { bar/foo: { all: [foo-preview] } } }',
  ],
  ['secrets: {}', '3:10 secrets.namespace: is missing — add it, for example namespace: avant-secrets'],
  [
    'secrets: { namespace: avant }',
    '3:23 secrets.namespace: is Avant’s own namespace — give the Secrets a namespace of their own, for example avant-secrets',
  ],
  [
    'secrets: { namespace: foo-241-fr }',
    '3:23 secrets.namespace: could be a preview’s namespace — write one without a number of its own, for example avant',
  ],
  [
    'secrets: { namespace: kube-public }',
    '3:23 secrets.namespace: is in kube-*, which Kubernetes keeps for itself — write a DNS label, for example avant',
  ],
  // Limits.
  ['limits: { cpus: 4 }', '3:11 limits.cpus: unknown key — did you mean "cpu"?'],
  [
    'limits: { cpu: 1e3 }',
    '3:16 limits.cpu: is not an amount of CPU — write cores, or thousandths of a core with m: 100m, 0.5, 2',
  ],
  ['limits: { memory: 8 }', '3:19 limits.memory: is too little to run anything — 1Mi is the least; 256Mi is usual'],
  [
    'limits: { storage: 10 }',
    '3:20 limits.storage: is too little for any volume — 1Mi is the least; 0 allows no volumes',
  ],
  [
    'limits: { storage: lots }',
    '3:20 limits.storage: is not an amount of storage — write a number and its unit, Mi, Gi or Ti: 10Gi',
  ],
  ['limits: { pods: 0 }', '3:17 limits.pods: must be 1 at least, got 0 — for example 30'],
  ['limits: { objects: 1001 }', '3:20 limits.objects: must be 1000 at most, got 1001 — for example 100'],
  ['limits: { replicas: ten }', '3:21 limits.replicas: expected a whole number, got the text "ten" — for example 10'],
  ['limits: { jobs: 30 }', '3:17 limits.jobs: expected text, got 30 — for example 30m'],
  ['limits: { jobs: 1s }', '3:17 limits.jobs: is too short — 1m is the least'],
  ['limits: { jobs: 2d }', '3:17 limits.jobs: is too long — 24h is the most'],
  // Network.
  ['network: { ingres: [] }', '3:12 network.ingres: unknown key — did you mean "ingress"?'],
  [
    'network: { ingress: ingress }',
    '3:21 network.ingress: expected a list, got the text "ingress" — for example [{ namespace: ingress }]',
  ],
  [
    'network: { ingress: [ingress] }',
    '3:22 network.ingress[0]: expected a map (key: value), got the text "ingress" — for example { namespace: ingress }',
  ],
  [
    'network: { ingress: [{}] }',
    '3:22 network.ingress[0]: has neither a namespace nor a cidr — write one of the two in each entry: { namespace: ingress }',
  ],
  [
    'network: { ingress: [{ namespace: a, cidr: 10.0.0.0/8 }] }',
    '3:22 network.ingress[0]: has both a namespace and a cidr — write one of the two in each entry: { namespace: ingress }',
  ],
  [
    'network: { ingress: [{ namespace: A }] }',
    '3:35 network.ingress[0].namespace: is not a namespace’s name — write a DNS label, for example ingress',
  ],
  [
    'network: { ingress: [{ cidr: 10.0.0.1 }] }',
    '3:30 network.ingress[0].cidr: is not a range of addresses — did you mean 10.0.0.1/32?',
  ],
  [
    'network: { egress: [{ ports: [443] }] }',
    '3:21 network.egress[0].cidr: is missing — add it, for example cidr: 0.0.0.0/0',
  ],
  [
    'network: { egress: [{ cidr: 10.0.0.1/8 }] }',
    '3:29 network.egress[0].cidr: has bits beyond its prefix — did you mean 10.0.0.0/8?',
  ],
  [
    'network: { egress: [{ cidr: db.bar.com }] }',
    `3:29 network.egress[0].cidr: is not a range of addresses — ${cidrShape}`,
  ],
  [
    'network: { egress: [{ cidr: ::/0, ports: [] }] }',
    '3:42 network.egress[0].ports: must have 1 at least, got 0 — for example [443]',
  ],
  [
    'network: { egress: [{ cidr: ::/0, ports: [0] }] }',
    '3:43 network.egress[0].ports[0]: must be 1 at least, got 0 — for example 443',
  ],
  [
    'network: { egress: [{ cidr: ::/0, ports: 443 }] }',
    '3:42 network.egress[0].ports: expected a list, got 443 — for example [443]',
  ],
  [
    'network: { egress: [{ cidr: 10.1.0.0/16 }], never: [10.0.0.0/8] }',
    '3:29 network.egress[0].cidr: is within 10.0.0.0/8, which is in never — remove one of the two',
  ],
  ['network: { never: [::1] }', '3:20 network.never[0]: is not a range of addresses — did you mean ::1/128?'],
  [
    'network: { never: [fd00::/8, FD00::/8] }',
    '3:30 network.never[1]: names FD00::/8 a second time — keep one of the two',
  ],
  // People.
  ['people: ann', '3:9 people: expected a list, got the text "ann" — for example [ann, "renovate[bot]"]'],
  ['people: ["@ann"]', '3:10 people[0]: is not a login — leave the "@" out'],
  ['people: [ann b]', '3:10 people[0]: is not a login — write it as GitHub does: ann, or name[bot] for an app'],
  ['people: [ann, Ann]', '3:15 people[1]: names Ann a second time — keep one of the two'],
  ['people: ["аnn"]', '3:10 people[0]: is not a login — write it as GitHub does: ann, or name[bot] for an app'],
  ['forks: yes', '3:8 forks: expected one of never, approved, got the text "yes" — for example never'],
  ['forks: always', '3:8 forks: expected one of never, approved, got the text "always" — for example never'],
  [
    'ingressAnnotations: [haproxy.org/backend-config-snippet]',
    '3:22 ingressAnnotations[0]: cannot be left to branches: its value gets into the proxy’s configuration as it stands — leave it out',
  ],
  [
    'ingressAnnotations: ["haproxy.org/*"]',
    '3:22 ingressAnnotations[0]: has a wildcard — write exact names, each with its prefix: haproxy-ingress.github.io/affinity',
  ],
  ['ingressAnnotations: [a.b/c, a.b/c]', '3:29 ingressAnnotations[1]: names a.b/c a second time — keep one of the two'],
];

/** Problems of a file that has nothing but a domain and this, on line 2. */
const wrongTenants: [string, string][] = [
  [
    'tenants: { all: {} }',
    '2:12 tenants.all: cannot name a tenant: it stands for all of them elsewhere — choose another name',
  ],
  [
    'tenants: { fr: { domain: com } }',
    '2:26 tenants.fr.domain: is a top-level domain — write the domain only, for example preview.bar.com',
  ],
  [
    'tenants: { fr: { url: "https://x" } }',
    '2:23 tenants.fr.url: is not a link with ${host} as its host — write https://${host} or http://${host}:8080, nothing behind it',
  ],
  [
    'tenants: { fr: { cluster: eu } }',
    '2:27 tenants.fr.cluster: there is no cluster "eu" — the clusters are home: add it to them',
  ],
  ['tenants: { fr: { cluster: hme } }', '2:27 tenants.fr.cluster: there is no cluster "hme" — did you mean "home"?'],
  ['tenants: { fr: { cluster: 1 } }', '2:27 tenants.fr.cluster: expected text, got 1 — for example home'],
  [
    'tenants: { fr: { values: [a] } }',
    '2:26 tenants.fr.values: expected a map (key: value), got a list — for example { currency: EUR }',
  ],
  [
    'tenants: { fr: { values: { avant: { host: x } } } }',
    '2:28 tenants.fr.values.avant: is filled in by Avant — choose another name: charts find .Values.avant.host and the like there',
  ],
  [
    'tenants: { fr: { values: { a: [.inf] } } }',
    '2:32 tenants.fr.values.a[0]: is no number that JSON has — write it in quotes',
  ],
  [
    'tenants: { fr: { values: { id: 12345678901234567890 } } }',
    '2:32 tenants.fr.values.id: is a number that would lose digits — write it in quotes',
  ],
  ['tenants: { fr: { values: { a: "\\ud800" } } }', '2:31 tenants.fr.values.a: has half a character — remove it'],
];

/** Problems of a file that gives Secrets a namespace, on line 4. */
const wrongSecrets: [string, string][] = [
  [
    'registries: { a.b: { pullSecret: A } }',
    `4:34 registries."a.b".pullSecret: is not a Secret’s name — ${secretShape}`,
  ],
  [
    'registries: { a.b: { pullSecret: { fr: A } } }',
    `4:40 registries."a.b".pullSecret.fr: is not a Secret’s name — ${secretShape}`,
  ],
  [
    'registries: { a.b: { pullSecret: { de: a } } }',
    '4:36 registries."a.b".pullSecret.de: there is no tenant "de" — did you mean "be"?',
  ],
  [
    'registries: { a.b: { pullSecret: { "*": a } } }',
    '4:36 registries."a.b".pullSecret."*": is not a tenant’s name — write a letter, then letters and digits, all lower-case, 20 at most',
  ],
  [
    'registries: { a.b: { pullSecret: [a] } }',
    '4:34 registries."a.b".pullSecret: expected text or a map (key: value), got a list — for example { all: registry, fr: registry-fr }',
  ],
];

/** Problems of what stands in `secrets.projects`, on line 3 from column 50. */
const wrongProjects: [string, string][] = [
  ['foo: {}', '3:50 secrets.projects.foo: is not a repository — write owner/name, for example bar/foo'],
  [
    'bar/foo: [a]',
    '3:59 secrets.projects.bar/foo: expected a map (key: value), got a list — for example { all: [foo-preview] }',
  ],
  [
    'bar/foo: { fr: a }',
    '3:65 secrets.projects.bar/foo.fr: expected a list, got the text "a" — for example [foo-preview]',
  ],
  ['bar/foo: { fr: [A] }', `3:66 secrets.projects.bar/foo.fr[0]: is not a Secret’s name — ${secretShape}`],
  ['bar/foo: { fr: [a, a] }', '3:69 secrets.projects.bar/foo.fr[1]: names a a second time — keep one of the two'],
  ['bar/foo: { hr: [a] }', '3:61 secrets.projects.bar/foo.hr: there is no tenant "hr" — did you mean "fr"?'],
  [
    'bar/foo: {}, Bar/Foo: {}',
    '3:63 secrets.projects.Bar/Foo: names a repository a second time — keep this or bar/foo',
  ],
];

describe('parsePlatform refuses, naming place and mend:', () => {
  const head = 'domain: preview.bar.com\n';
  const cases = [
    ...wrong.map(([text, problem]) => [text, `${head}tenants: { fr: {}, be: {} }\n${text}`, problem] as const),
    ...wrongTenants.map(([text, problem]) => [text, head + text, problem] as const),
    ...wrongSecrets.map(
      ([text, problem]) =>
        [text, `${head}tenants: { fr: {}, be: {} }\nsecrets: { namespace: s }\n${text}`, problem] as const,
    ),
    ...wrongProjects.map(
      ([text, problem]) =>
        [
          text,
          `${head}tenants: { fr: {}, be: {} }\nsecrets: { namespace: avant-secrets, projects: { ${text} } }`,
          problem,
        ] as const,
    ),
  ];
  for (const [name, text, problem] of cases)
    test(name, () => {
      assert.deepEqual(lines(text), [`avant.yaml:${problem}`]);
    });

  test('a namespace for Secrets that is Avant’s own by another name', () => {
    assert.deepEqual(lines(`${head}namespace: x\nsecrets: { namespace: x }`), [
      'avant.yaml:3:23 secrets.namespace: is Avant’s own namespace — give the Secrets a namespace of their own, for example avant-secrets',
    ]);
    assert.equal(valid(`${head}namespace: x\nsecrets: { namespace: avant }`).secrets?.namespace, 'avant');
  });

  test('everything at once', () => {
    const text = `${head}tenants: { all: {}, fr: { cluster: eu } }\nregistries: { a.b/: { pullSecret: X } }\nlimits: { cpu: 0, jobs: 1 }\npeople: [a, a]`;
    assert.deepEqual(
      lines(text).map((line) => line.split(' ', 2)[1]),
      [
        'tenants.all:',
        'tenants.fr.cluster:',
        'registries."a.b/":',
        'registries."a.b/".pullSecret:',
        'limits.cpu:',
        'limits.jobs:',
        'people[1]:',
      ],
    );
  });
});

describe('what a platform says', () => {
  const platform = valid(`
domain: preview.bar.com
tenants:
  fr: { domain: preview.bar.fr, values: { currency: EUR } }
  be: { domain: preview.bar.fr, url: "http://\${host}:8080", cluster: eu }
  hr:
clusters: { eu: { kubeconfig: /k } }
apps: { Bar/Foo: foo }
registries:
  registry.bar.com: { pullSecret: { fr: fr, all: any } }
  registry.bar.com/team: { insecure: true, pullSecret: { be: be } }
  docker.io/library:
  localhost:5000: { pullSecret: local }
secrets:
  namespace: avant-secrets
  projects:
    Bar/Foo: { all: [common, shared], fr: [french, common] }
    bar/baz: { fr: [only-french] }
`);

  test('of a tenant: its own, and else the platform’s', () => {
    assert.deepEqual(tenantOf(platform, 'fr'), {
      domain: 'preview.bar.fr',
      url: 'https://${host}',
      cluster: 'home',
      values: { currency: 'EUR' },
    });
    assert.deepEqual(tenantOf(platform, 'be'), {
      domain: 'preview.bar.fr',
      url: 'http://${host}:8080',
      cluster: 'eu',
      values: {},
    });
    for (const none of ['hr', '', 'gone', 'constructor', '__proto__'])
      assert.deepEqual(
        tenantOf(platform, none),
        { domain: 'preview.bar.com', url: 'https://${host}', cluster: 'home', values: {} },
        none,
      );
  });

  test('of a link', () => {
    assert.equal(previewUrl(platform, 'be', 'foo-1-be.preview.bar.fr'), 'http://foo-1-be.preview.bar.fr:8080');
    assert.equal(previewUrl(platform, '', 'foo-1.preview.bar.com'), 'https://foo-1.preview.bar.com');
    assert.equal(previewUrl(platform, 'fr', '$&'), 'https://$&');
  });

  test('of an app’s name', () => {
    assert.equal(configuredApp(platform, 'bar/foo'), 'foo');
    assert.equal(configuredApp(platform, 'constructor'), undefined);
  });

  test('of Secrets: those for all, then the tenant’s, each once', () => {
    assert.deepEqual(secretsFor(platform, 'bar/FOO', 'fr'), ['common', 'shared', 'french']);
    assert.deepEqual(secretsFor(platform, 'bar/foo', 'be'), ['common', 'shared']);
    assert.deepEqual(secretsFor(platform, 'bar/foo', ''), ['common', 'shared']);
    assert.deepEqual(secretsFor(platform, 'bar/baz', 'be'), []);
    assert.deepEqual(secretsFor(platform, 'bar/foo2', 'fr'), []);
    assert.deepEqual(secretsFor(platform, 'constructor', 'constructor'), []);
    assert.deepEqual(secretsFor(valid('domain: a.b'), 'bar/foo', 'fr'), []);
  });

  test('of Secrets to pull images with: the tenant’s, else that for all', () => {
    assert.deepEqual(pullSecretsFor(platform, 'fr'), [
      { prefix: 'registry.bar.com', secret: 'fr' },
      { prefix: 'localhost:5000', secret: 'local' },
    ]);
    assert.deepEqual(pullSecretsFor(platform, 'be'), [
      { prefix: 'registry.bar.com', secret: 'any' },
      { prefix: 'registry.bar.com/team', secret: 'be' },
      { prefix: 'localhost:5000', secret: 'local' },
    ]);
    assert.deepEqual(pullSecretsFor(platform, ''), [
      { prefix: 'registry.bar.com', secret: 'any' },
      { prefix: 'localhost:5000', secret: 'local' },
    ]);
    assert.deepEqual(pullSecretsFor(valid('domain: a.b'), 'fr'), []);
  });

  const images: [string, string | undefined][] = [
    ['registry.bar.com/foo:1', 'registry.bar.com'],
    ['Registry.Bar.com/foo', 'registry.bar.com'],
    ['registry.bar.com/team/foo', 'registry.bar.com/team'],
    ['registry.bar.com/team', 'registry.bar.com/team'],
    ['registry.bar.com/teams/foo', 'registry.bar.com'],
    ['registry.bar.com.evil.com/foo', undefined],
    ['registry.bar.com:5000/foo', undefined],
    ['nginx', 'docker.io/library'],
    ['docker.io/nginx:1', 'docker.io/library'],
    ['index.docker.io/library/nginx', 'docker.io/library'],
    ['bar/foo', undefined],
    ['library.evil.com/nginx', undefined],
    ['localhost:5000/foo', 'localhost:5000'],
    ['localhost/foo', undefined],
    ['not an image', undefined],
    ['', undefined],
    ['a'.repeat(64), undefined],
  ];
  for (const [image, prefix] of images)
    test(`of the image ${image.slice(0, 40)}`, () => {
      assert.equal(registryOf(platform, image)?.prefix, prefix);
    });

  test('of images where it names no registries', () => {
    assert.equal(registryOf(valid('domain: a.b'), 'nginx'), undefined);
  });
});
