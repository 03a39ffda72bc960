import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { formatProblem } from '../../app/config/problem.ts';
import { parsePlatform } from '../../app/config/platform.ts';
import { neededRights, type Right } from '../../app/io/kubernetes/rights.ts';
import { readLine } from '../../app/io/visits/line.ts';
import { helm, helmProblem } from '../support/charts/cloud.ts';
import { install, leastValues, lintChart, one, readObjects, renderChart, type Rendered, type Values } from '../support/install-chart.ts';

const skip = helmProblem();

/** Everything that can be turned on. */
const everything: Values = {
  ...leastValues,
  github: { host: 'github.bar.com', protocol: 'https' },
  caConfigMap: 'authorities',
  imagePullSecrets: [{ name: 'registry' }],
  web: { ingress: { enabled: true, host: 'hooks.bar.com' }, nodeSelector: { a: 'b' }, tolerations: [{ operator: 'Exists' }] },
  workers: { kubeconfigs: 'clusters' },
  redis: { passwordSecret: 'redis' },
  networkPolicy: { webFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }], monitoringNamespace: 'monitoring' },
  monitoring: { serviceMonitor: { enabled: true }, alerts: { enabled: true } },
  edge: { enabled: true, trustForwardedFor: ['10.0.0.0/8'], proxyProtocol: true, backendShards: 4, tls: { secret: 'wildcard' }, accessLog: { stdout: true } },
};
const edge = (values: object): Values => ({ ...leastValues, edge: { enabled: true, ...values } });

/** Every way of installing that is written down, with the values that it leaves to people. */
const ways: readonly (readonly [name: string, values: Values, files: readonly string[]])[] = [
  ['the least', leastValues, []],
  ['everything', everything, []],
  ['with an edge', edge({}), []],
  ['on the nodes’ network', { ...edge({ hostNetwork: true }), networkPolicy: { nodes: ['10.0.0.0/24'] } }, []],
  ['with an edge elsewhere', edge({ namespace: 'ingress' }), []],
  ['with another Redis', { ...leastValues, redis: { enabled: false, url: 'redis://redis.bar.com:6380/1' } }, []],
  ['a further cluster', { ...edge({ accessLog: { enabled: false } }), further: true, admission: { user: 'avant-eu' } }, []],
  ['haproxytech', { ...leastValues, config: { domain: 'preview.bar.com', ingress: { controller: 'haproxytech' } } }, []],
  ['without walls', { ...leastValues, admission: { enabled: false }, networkPolicy: { enabled: false } }, []],
  ['values-kind.yaml', {}, ['values-kind.yaml']],
  ['values-kubectl.yaml', {}, ['values-kubectl.yaml']],
  ['values-aws-nlb.yaml', { image: 'x.test/avant:1' }, ['values-aws-nlb.yaml']],
  ['values-aws-alb.yaml', { image: 'x.test/avant:1' }, ['values-aws-alb.yaml']],
];

type Container = {
  readonly name: string;
  readonly image: string;
  readonly securityContext?: { readonly allowPrivilegeEscalation?: boolean; readonly readOnlyRootFilesystem?: boolean; readonly capabilities?: { readonly drop?: readonly string[]; readonly add?: readonly string[] } };
  readonly resources?: { readonly requests?: object; readonly limits?: { readonly memory?: string } };
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number; readonly hostPort?: number }[];
};
type PodSpec = {
  readonly containers: readonly Container[];
  readonly automountServiceAccountToken?: boolean;
  readonly serviceAccountName: string;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: { readonly runAsNonRoot: boolean; readonly runAsUser: number; readonly seccompProfile: { readonly type: string } };
  readonly volumes: readonly { readonly name: string; readonly emptyDir?: { readonly sizeLimit?: string } }[];
};
const podOf = (object: Rendered): PodSpec => (object.spec as { template: { spec: PodSpec } }).template.spec;
const workloads = (objects: readonly Rendered[]): readonly Rendered[] => objects.filter(({ kind }) => ['Deployment', 'DaemonSet', 'StatefulSet'].includes(kind));

describe('the chart, by helm itself', { skip, timeout: 300_000 }, () => {
  for (const [name, values, files] of ways) {
    test(`${name}: lint finds nothing, names are unique, containers are held`, () => {
      assert.equal(lintChart(values, files), '');
      const objects = renderChart(values, { files });
      const names = objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`);
      assert.equal(new Set(names).size, names.length);
      for (const object of objects) assert.notEqual(object.metadata.labels?.['app.kubernetes.io/managed-by'], 'avant', 'Avant takes these for previews');
      for (const workload of workloads(objects)) held(podOf(workload), workload.metadata.name);
    });
  }

  test('rendering twice gives the same', () => {
    assert.deepEqual(renderChart(everything), renderChart(everything));
  });

  test('only the workers and the edge’s controller have a token', () => {
    const pods = workloads(renderChart(everything)).map((workload) => [workload.metadata.name, podOf(workload)] as const);
    const tokens = pods.filter(([, { automountServiceAccountToken }]) => automountServiceAccountToken !== false).map(([name, { serviceAccountName }]) => `${name} ${serviceAccountName}`);
    assert.deepEqual(tokens.sort(), ['avant-edge avant-edge', 'avant-workers avant']);
  });

  test('web has the webhooks’ secret, workers do not', () => {
    const objects = renderChart(everything);
    const envOf = (name: string): string[] => podOf(one(objects, 'Deployment', name)).containers.flatMap(({ env = [] }) => env.map((variable) => variable.name));
    assert.ok(envOf('avant-web').includes('WEBHOOK_SECRET'));
    assert.ok(!envOf('avant-workers').includes('WEBHOOK_SECRET'));
  });

  test('a further cluster gets no process of Avant, and the rights go to the user of its kubeconfig', () => {
    const [, values] = ways.find(([name]) => name === 'a further cluster') ?? [];
    const objects = renderChart(values ?? {});
    assert.deepEqual(workloads(objects).map(({ metadata }) => metadata.name), ['avant-edge']);
    const { subjects } = one(objects, 'ClusterRoleBinding', 'avant') as Rendered & { subjects: readonly { kind: string; name: string }[] };
    assert.deepEqual(subjects.map(({ kind, name }) => `${kind} ${name}`), ['User avant-eu']);
    assert.match(JSON.stringify(one(objects, 'ValidatingAdmissionPolicy', 'avant-kinds').spec), /username == 'avant-eu'/);
  });

  test('a change of avant.yaml starts the processes anew', () => {
    const checksum = (values: Values): unknown => (one(renderChart(values), 'Deployment', 'avant-workers').spec as { template: { metadata: { annotations: object } } }).template.metadata.annotations;
    assert.notDeepEqual(checksum(leastValues), checksum({ ...leastValues, config: { domain: 'preview.bar.be' } }));
  });
});

function held(pod: PodSpec, workload: string): void {
  const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext;
  assert.ok(runAsNonRoot && runAsUser > 0, workload);
  assert.equal(seccompProfile.type, 'RuntimeDefault', workload);
  for (const volume of pod.volumes.filter(({ emptyDir }) => emptyDir)) assert.ok(volume.emptyDir?.sizeLimit, `${workload} ${volume.name}`);
  for (const { name, image, securityContext = {}, resources } of pod.containers) {
    const where = `${workload} ${name}`;
    const isProxy = name === 'haproxy';
    assert.match(image, /:[^/]+$/, where);
    assert.doesNotMatch(image, /:latest$/, where);
    // On the nodes' network HAProxy binds low ports, by a file capability.
    if (!isProxy) assert.equal(securityContext.allowPrivilegeEscalation, false, where);
    assert.equal(securityContext.readOnlyRootFilesystem, true, where);
    assert.deepEqual(securityContext.capabilities, isProxy ? { drop: ['ALL'], add: ['NET_BIND_SERVICE'] } : { drop: ['ALL'] }, where);
    assert.ok(resources?.requests && resources.limits?.memory, where);
  }
}

describe('values that are wrong', { skip, timeout: 120_000 }, () => {
  const wrong: readonly (readonly [name: string, values: Values, says: RegExp])[] = [
    ['a typo at the top', { ...leastValues, admision: {} }, /additional properties 'admision' not allowed/],
    ['a typo below', edge({ proxyProtocl: true }), /at '\/edge': additional properties 'proxyProtocl' not allowed/],
    ['a typo in avant.yaml', { ...leastValues, config: { domain: 'preview.bar.com', ingres: {} } }, /at '\/config': additional properties 'ingres' not allowed/],
    ['a text for the door', { ...leastValues, config: { domain: 'preview.bar.com', door: 'http://10.0.0.1' } }, /at '\/config\/door': got string, want object/],
    ['a text for the tenants', { ...leastValues, config: { domain: 'preview.bar.com', tenants: 'fr' } }, /at '\/config\/tenants': got string, want object/],
    ['a list for the domain', { ...leastValues, config: { domain: ['preview.bar.com'] } }, /at '\/config\/domain': got array, want string/],
    ['a tenant that YAML reads as false', { ...leastValues, config: { domain: 'preview.bar.com', tenants: { false: {} } } }, /config.tenants has false, which is how helm reads a bare no/],
    ['no config at all', { ...leastValues, config: null }, /config.domain is not set/],
    ['plain links, and TLS at the edge', { ...edge({ tls: { secret: 'wildcard' } }), config: { domain: 'preview.bar.com', url: 'http://${host}' } }, /config.url begins with http:\/\/, and the edge has TLS/],
    ['plain links of one tenant, and TLS at the edge', { ...edge({ tls: { secret: 'wildcard' } }), config: { domain: 'preview.bar.com', tenants: { fr: { url: 'http://${host}' } } } }, /config.tenants.fr.url begins with http:\/\/, and the edge has TLS/],
    ['no image', { config: leastValues['config'] }, /image is not set: build it/],
    ['an image without a tag', { ...leastValues, image: 'registry.bar.com:5000/avant' }, /image is "registry.bar.com:5000\/avant": give a tag/],
    ['the tag latest', { ...leastValues, redis: { image: 'redis:latest' } }, /redis.image is "redis:latest": give a tag/],
    ['no domain', { image: leastValues['image'] }, /config.domain is not set/],
    ['another namespace', { ...leastValues, config: { domain: 'preview.bar.com', namespace: 'other' } }, /config.namespace is other, the release's namespace is avant/],
    ['no Redis', { ...leastValues, redis: { enabled: false } }, /Redis is not enabled: give redis.url/],
    ['a password in the open', { ...leastValues, redis: { enabled: false, url: 'redis://:secret@redis.bar.com' } }, /at '\/redis\/url'/],
    ['no host for webhooks', { ...leastValues, web: { ingress: { enabled: true } } }, /web.ingress.host is not set/],
    ['addresses with too long a prefix', edge({ trustForwardedFor: ['10.0.0.0/99'] }), /at '\/edge\/trustForwardedFor\/0'/],
    ['addresses that are none', edge({ trustForwardedFor: ['10.0.0.256/24'] }), /at '\/edge\/trustForwardedFor\/0'/],
    ['addresses without a prefix', edge({ trustForwardedFor: ['10.0.0.1'] }), /at '\/edge\/trustForwardedFor\/0'/],
    ['more updates than the controller takes', edge({ rateLimitUpdate: 20 }), /at '\/edge\/rateLimitUpdate': maximum/],
    ['another controller than the edge', { ...edge({}), config: { domain: 'preview.bar.com', ingress: { controller: 'haproxytech' } } }, /config.ingress.controller is haproxytech, and edge.enabled installs haproxy-ingress/],
    ['TLS without a certificate', { ...edge({}), config: { domain: 'preview.bar.com', ingress: { tls: true } } }, /config.ingress.tls is true, and the edge has no certificate: set edge.tls.secret/],
    ['load balancers without a prefix', edge({ proxyProtocol: true, proxyFrom: ['10.0.0.1'] }), /at '\/edge\/proxyFrom\/0'/],
    ['a word that is more than a word in a policy', { ...leastValues, config: { domain: "x' || true || '" } }, /cannot stand in a policy/],
  ];
  for (const [name, values, says] of wrong) {
    test(name, () => {
      assert.throws(() => renderChart(values), says);
    });
  }
});

describe('the rights of the account avant', { skip, timeout: 60_000 }, () => {
  type Rule = { readonly apiGroups: readonly string[]; readonly resources: readonly string[]; readonly verbs: readonly string[]; readonly resourceNames?: readonly string[] };

  /** Rights in roles that the chart binds to an account, in a form that can be compared. */
  const given = (objects: readonly Rendered[]): string[] => {
    const roles = objects.filter(({ kind, metadata }) => /^(Cluster)?Role$/.test(kind) && metadata.name !== 'avant-edge') as readonly (Rendered & { readonly rules?: readonly Rule[] })[];
    return roles.flatMap(({ metadata: { namespace }, rules = [] }) =>
      rules.flatMap(({ apiGroups, resources, verbs, resourceNames = [] }) =>
        resources.flatMap((resource) => verbs.map((verb) => described({ group: apiGroups[0] ?? '', resource, verb, ...(namespace === undefined ? {} : { namespace }), ...(resourceNames[0] === undefined ? {} : { name: resourceNames[0] }) }))),
      ),
    );
  };
  const described = ({ group, resource, verb, namespace = '*', name = '*' }: Right): string => `${verb} ${resource}.${group} ${namespace}/${name}`;

  test('are what Avant does, and nothing else', () => {
    assert.deepEqual(given(renderChart(everything)).sort(), neededRights('avant').map(described).sort());
  });

  test('are fewer where its records are not', () => {
    const objects = renderChart({ ...leastValues, further: true });
    assert.deepEqual(given(objects).sort(), neededRights(undefined).map(described).sort());
  });
});

describe('avant.yaml in its ConfigMap', { skip, timeout: 120_000 }, () => {
  const platformOf = (values: Values, files: readonly string[] = []) => {
    const text = one(renderChart(values, { files }), 'ConfigMap', 'avant-config').data?.['avant.yaml'] ?? '';
    const parsed = parsePlatform(text, 'avant.yaml');
    if (!parsed.ok) assert.fail(parsed.problems.map(formatProblem).join('\n'));
    return parsed.platform;
  };

  for (const [name, values, files] of ways.filter(([, { further }]) => further !== true)) {
    test(`${name}: Avant takes it`, () => {
      assert.equal(platformOf(values, files).namespace, 'avant');
    });
  }

  test('knows the edge as its door, and by TLS where it has a certificate', () => {
    const plain = platformOf(edge({}));
    assert.deepEqual([plain.doors['home']?.address, plain.ingress.tls], ['http://avant-door-inside.avant.svc:80', false]);
    const secured = platformOf(edge({ tls: { secret: 'wildcard' }, namespace: 'ingress' }));
    assert.deepEqual([secured.doors['home']?.address, secured.ingress.tls], ['http://avant-door-inside.ingress.svc:80', true]);
    assert.equal(secured.doors['home']?.headers['X-Forwarded-Proto']?.reveal(), 'https');
  });

  test('keeps what somebody says', () => {
    const config = { domain: 'preview.bar.com', door: { address: 'http://10.0.0.1:81' }, ingress: { tls: false } };
    const platform = platformOf({ ...edge({ tls: { secret: 'wildcard' } }), config });
    assert.deepEqual([platform.doors['home']?.address, platform.ingress.tls], ['http://10.0.0.1:81', false]);
  });
});

describe('the edge', { skip, timeout: 60_000 }, () => {
  const proxyOf = (values: object): Container => podOf(one(renderChart(edge(values)), 'DaemonSet', 'avant-edge')).containers.find(({ name }) => name === 'haproxy') ?? assert.fail();
  const configOf = (values: object): Readonly<Record<string, string>> => one(renderChart(edge(values)), 'ConfigMap', 'avant-edge').data ?? {};

  test('takes 80 and 443 of the node, of high ports in its pods', () => {
    const ports = proxyOf({}).ports?.flatMap(({ containerPort, hostPort }) => (hostPort === undefined ? [] : [`${hostPort} ${containerPort}`]));
    assert.deepEqual(ports, ['80 8080', '443 8443']);
    assert.deepEqual(proxyOf({ hostPorts: false }).ports?.filter(({ hostPort }) => hostPort !== undefined), []);
  });

  test('ends within the time that Kubernetes gives it', () => {
    const pod = podOf(one(renderChart(edge({ drainSeconds: 60 })), 'DaemonSet', 'avant-edge'));
    const seconds = ['wait-before-shutdown', 'shutdown-timeout'].map((flag) => Number(/(\d+)s$/.exec(pod.containers[0]?.args?.find((argument) => argument.startsWith(`--${flag}=`)) ?? '')?.[1]));
    assert.ok((seconds[0] ?? 0) + (seconds[1] ?? 0) < (pod.terminationGracePeriodSeconds ?? 0), seconds.join(' '));
  });

  test('logs what the log reader reads, and Avant’s own questions as such', () => {
    const format = configOf({})['http-log-format'] ?? '';
    // As HAProxy 2.6 fills it in: strings stand between quotes already.
    const filled = (own: string): string =>
      format
        .replace(/^'(.*)'$/, '$1')
        .replace('%[var(txn.host),json(utf8s)]', 'foo-241.preview.bar.com')
        .replace('%[var(txn.namespace)]', 'foo-241')
        .replace('%[var(txn.own)]', own)
        .replaceAll(/%\[[^\]]*\]/g, '-')
        .replaceAll(/:%[A-Z][A-Za-z]?(?=[,}])/g, ':200')
        .replace(':%bq', ':0');
    const at = new Date(0);
    assert.deepEqual(readLine(filled('-'), at), { host: 'foo-241.preview.bar.com', status: 200, tookMs: 200, at });
    assert.equal(readLine(filled('1'), at), undefined);
    assert.equal(configOf({})['syslog-endpoint'], '127.0.0.1:5140');
  });

  test('takes what GitHub delivers for no visit of a preview', () => {
    const early = (values: Values): string => one(renderChart(values), 'ConfigMap', 'avant-edge').data?.['config-frontend-early'] ?? '';
    assert.match(early(everything), /^http-request set-var\(txn\.own\) str\(1\) if \{ var\(txn\.host\) -m str hooks\.bar\.com \}$/m);
    assert.doesNotMatch(early(edge({})), /txn\.host\) -m/);
  });

  test('believes the PROXY protocol and X-Forwarded-For only where it is told to', () => {
    assert.doesNotMatch(configOf({})['config-frontend-early'] ?? '', /expect-proxy|set-src/);
    assert.match(configOf({ proxyProtocol: true })['config-frontend-early'] ?? '', /^tcp-request connection expect-proxy layer4 if \{ dst_port 8080 8443 \}$/m);
    assert.match(configOf({ proxyProtocol: true, proxyFrom: ['10.0.0.0/16', 'fd00::/8'] })['config-frontend-early'] ?? '', /^tcp-request connection expect-proxy layer4 if \{ dst_port 8080 8443 \} \{ src 10\.0\.0\.0\/16 fd00::\/8 \}$/m);
    assert.match(configOf({ trustForwardedFor: ['10.0.0.0/16', 'fd00::/8'] })['config-frontend-early'] ?? '', /^http-request set-src hdr_ip\(x-forwarded-for,-1\) if \{ src 10\.0\.0\.0\/16 fd00::\/8 \}$/m);
  });

  test('lets somebody’s own keys stand above', () => {
    assert.equal(configOf({ config: { 'timeout-client': '1m', 'max-connections': 7 } })['max-connections'], '7');
    const empty = configOf({ config: { 'strict-host': false, 'slots-min-free': 0, 'syslog-format': '' } });
    assert.deepEqual(['strict-host', 'slots-min-free', 'syslog-format'].map((key) => empty[key]), ['false', '0', '']);
  });

  test('is told whole numbers', () => {
    const config = configOf({ maxConnections: 1_000_000, config: { 'timeout-queue': 2_000_000 } });
    assert.deepEqual([config['max-connections'], config['timeout-queue']], ['1000000', '2000000']);
  });

  test('takes its own IngressClass, and no other controller takes it', () => {
    const { controller } = one(renderChart(edge({})), 'IngressClass', 'haproxy-v1').spec as { controller: string };
    assert.equal(controller, 'haproxy-ingress.github.io/controller/avant');
    assert.ok(proxyOf({}).args?.includes('--controller-class=avant'));
  });
});

describe('where processes may go', { skip, timeout: 120_000 }, () => {
  type Policy = { readonly egress: readonly { readonly ports: readonly { readonly port: number | string }[]; readonly to?: readonly unknown[] }[] };
  const egressOf = (values: Values, name = 'avant-workers'): Policy['egress'] => (one(renderChart(values), 'NetworkPolicy', name).spec as Policy).egress;
  const redisPorts = (redis: object) => egressOf({ ...leastValues, redis: { enabled: false, ...redis } }).filter(({ to }) => to === undefined).flatMap(({ ports }) => ports.map(({ port }) => port)).filter((port) => port !== 53);
  const outside = (values: Values, name: string) => egressOf(values, name).find(({ to }) => JSON.stringify(to ?? []).includes('0.0.0.0/0'))?.ports.map(({ port }) => port);

  test('to the Redis that is named, on its port', () => {
    const urls = ['redis://redis.bar.com', 'redis://redis.bar.com:6380', 'redis://redis.bar.com:6380/1', 'rediss://redis.bar.com:6381/?family=6', 'redis://[fd00::1]:6382?a=b:7', 'redis://[fd00::1]'];
    assert.deepEqual(urls.map((url) => redisPorts({ url })), [[6379], [6380], [6380], [6381], [6382], [6379]]);
    assert.deepEqual([redisPorts({ secret: 'redis' }), redisPorts({ secret: 'redis', port: 6390 })], [[6379], [6390]]);
  });

  test('to the ports of GitHub, and workers to those of doors and chart repositories', () => {
    const values: Values = {
      ...leastValues,
      github: { host: 'github.bar.com:8444' },
      networkPolicy: { egressPorts: [6443] },
      config: { domain: 'preview.bar.com', door: { address: 'http://haproxy.bar.com:8081/' }, clusters: { eu: { kubeconfig: '/etc/eu', door: { address: 'https://haproxy.eu.bar.com' } }, us: { kubeconfig: '/etc/us' } }, charts: { repositories: ['https://charts.bar.com:8445/stable', 'http://[fd00::1]/a:1'] } },
    };
    assert.deepEqual(outside(values, 'avant-workers'), [6443, 8444, 8081, 443, 8445, 80]);
    assert.deepEqual(outside(values, 'avant-web'), [6443, 8444]);
  });
});

describe('install/kubectl', { skip, timeout: 120_000 }, () => {
  const rendered = (to: string): void => {
    execFileSync(join(install, 'render.sh'), ['--to', to], { env: { ...process.env, AVANT_HELM: helm }, stdio: ['ignore', 'inherit', 'inherit'] });
  };
  const kept = join(install, 'kubectl');
  if (process.env['UPDATE_GOLDEN'] === '1' && skip === undefined) rendered(kept);

  test('is what install/render.sh makes of the chart (UPDATE_GOLDEN=1 writes it)', () => {
    const fresh = mkdtempSync(join(tmpdir(), 'avant-kubectl-'));
    try {
      rendered(fresh);
      const files = (folder: string) => Object.fromEntries(readdirSync(folder).sort().map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
      assert.deepEqual(files(kept), files(fresh));
    } finally {
      rmSync(fresh, { recursive: true });
    }
  });

  test('has every object of the chart, and its namespace', () => {
    const all = readdirSync(kept).flatMap((file) => readObjects(readFileSync(join(kept, file), 'utf8')));
    const names = (objects: readonly Rendered[]): string[] => objects.map(({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.namespace ?? ''}`).sort();
    assert.deepEqual(names(all), names([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'avant' } }, ...renderChart({}, { files: ['values-kubectl.yaml'] })]));
  });
});
