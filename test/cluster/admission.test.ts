import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { callsTo, type Answer, type Calls, eventually } from '../contract/kubernetes-calls.ts';
import { startRealRig, type RealRig } from '../contract/kubernetes-rigs.ts';
import { helm } from '../support/charts/cloud.ts';
import { renderChart, type Rendered } from '../support/install-chart.ts';
import { clusterProblem } from './cluster.ts';

const problem = clusterProblem() ?? (helm === undefined ? 'there is no helm 4 (run install/helm.sh)' : undefined);
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);

/** A class of its own: what is not Avant's is held back too, and other tests write on the same cluster. */
const ingressClass = 'walls-v1';
/** Avant's own namespace. */
const home = `walls-home-${process.pid}`;
const user = `system:serviceaccount:${home}:avant`;
/** What the chart renders for a platform with two tenants, a password and a gate. */
const policies = problem === undefined ? rendered() : [];

function rendered(): readonly Rendered[] {
  const ways = { office: { secret: 'office' }, gate: { request: 'http://gate.auth.svc:4180/auth' } };
  const ingressAnnotations = ['haproxy-ingress.github.io/affinity', 'haproxy.org/timeout-server'];
  const config = { domain: 'preview.bar.com', ingress: { class: ingressClass }, ingressAnnotations, secrets: { namespace: 'avant-secrets' }, access: { ways } };
  // Everybody else is the cluster's own user too, who is exempted here: what it may not do, it may not do in any other test.
  const values = { image: 'x.test/avant:1', config, admission: { door: { users: ['admin'], hosts: ['docs.preview.bar.com'] } } };
  return renderChart(values, { namespace: home }).filter(({ kind }) => kind.startsWith('Validating'));
}

const plurals: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

function pathOf({ apiVersion, kind, metadata }: Rendered): string {
  return `/apis/${apiVersion}/${plurals[kind] ?? ''}/${metadata.name}`;
}

const namespace = `walls-${process.pid}-1`;

const previewNamespace = (name: string, labels: object = {}, annotations: object = { 'avant/owner': '1/R/1' }) => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'avant', 'avant/key': 'k', 'pod-security.kubernetes.io/enforce': 'baseline', ...labels }, annotations },
});

const pod = { automountServiceAccountToken: false, containers: [{ name: 'app', image: 'registry.test/a:1', resources: { limits: { memory: '16Mi' }, requests: { cpu: '10m', memory: '16Mi' } } }] };
const deployment = (spec: object = {}) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 0, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { ...pod, ...spec } } },
});
const job = (spec: object = {}) => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'once' }, spec: { suspend: true, template: { spec: { ...pod, restartPolicy: 'Never', ...spec } } } });
const cronJob = (spec: object = {}) => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'often' }, spec: { schedule: '@daily', jobTemplate: job(spec) } });
const service = (spec: object = {}, annotations: object = {}) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', annotations }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec } });
const rule = (host?: string) => ({ ...(host === undefined ? {} : { host }), http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }] } });
const ingress = (spec: object = {}, annotations: object = {}) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: { name: 'web', annotations: { 'kubernetes.io/ingress.class': ingressClass, ...annotations } },
  spec: { rules: [rule('web-1.preview.bar.com')], ...spec },
});

const ours = (name: string, value: string) => ({ [`haproxy-ingress.github.io/${name}`]: value });

const collections: Readonly<Record<string, string>> = {
  Deployment: '/apis/apps/v1/namespaces/NS/deployments',
  DaemonSet: '/apis/apps/v1/namespaces/NS/daemonsets',
  Job: '/apis/batch/v1/namespaces/NS/jobs',
  CronJob: '/apis/batch/v1/namespaces/NS/cronjobs',
  Service: '/api/v1/namespaces/NS/services',
  Secret: '/api/v1/namespaces/NS/secrets',
  ConfigMap: '/api/v1/namespaces/NS/configmaps',
  ServiceAccount: '/api/v1/namespaces/NS/serviceaccounts',
  Pod: '/api/v1/namespaces/NS/pods',
  Role: '/apis/rbac.authorization.k8s.io/v1/namespaces/NS/roles',
  ClusterRole: '/apis/rbac.authorization.k8s.io/v1/clusterroles',
  Ingress: '/apis/networking.k8s.io/v1/namespaces/NS/ingresses',
};
const within = (kind: string, name = namespace): string => `${(collections[kind] ?? '').replace('NS', name)}?dryRun=All`;

/** What a preview needs. */
const harmless: readonly (readonly [string, { kind: string }])[] = [
  ['a Deployment', deployment()],
  ['a Deployment with an emptyDir and a toleration by key', deployment({ volumes: [{ name: 'a', emptyDir: {} }], tolerations: [{ key: 'previews', operator: 'Exists' }] })],
  ['a Job', job()],
  ['a CronJob', cronJob()],
  ['a Service', service()],
  ['a headless Service', service({ clusterIP: 'None' })],
  ['an Ingress on a host of the domain', ingress()],
  ['a ConfigMap', { kind: 'ConfigMap', apiVersion: 'v1', metadata: { name: 'a' }, data: { a: 'b' } } as { kind: string }],
  ['a Secret', { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'a' } } as { kind: string }],
];

/** What no preview may have, and which policy says so. */
const hostile: readonly (readonly [string, { kind: string }, RegExp])[] = [
  ['a DaemonSet', { ...deployment(), kind: 'DaemonSet', spec: { ...deployment().spec, replicas: undefined } } as { kind: string }, /avant-kinds/],
  ['a Pod', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: pod } as { kind: string }, /avant-kinds/],
  ['a Role', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'a' }, rules: [] } as { kind: string }, /avant-kinds/],
  ['a ClusterRole', { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'avant-test' }, rules: [] } as { kind: string }, /avant-kinds/],
  ['a Service of type LoadBalancer', service({ type: 'LoadBalancer' }), /avant-services: spec.type/],
  ['a Service of type NodePort', service({ type: 'NodePort' }), /avant-services: spec.type/],
  ['an ExternalName', service({ type: 'ExternalName', externalName: 'kubernetes.default.svc', selector: undefined, ports: undefined }), /avant-services/],
  ['external addresses', service({ externalIPs: ['10.0.0.1'] }), /avant-services: spec.externalIPs/],
  ['a Service without a selector', service({ selector: undefined }), /avant-services: spec.selector/],
  ['a Service that steers the proxy', service({}, { 'haproxy.org/route-acl': 'always_true' }), /avant-services: annotations/],
  ['a host of somebody else', ingress({ rules: [rule('www.bar.com')] }), /avant-ingresses: every rule/],
  ['a host two levels below the domain', ingress({ rules: [rule('a.b.preview.bar.com')] }), /avant-ingresses: every rule/],
  ['the domain itself', ingress({ rules: [rule('preview.bar.com')] }), /avant-ingresses: every rule/],
  ['a host that ends like the domain', ingress({ rules: [rule('evilpreview.bar.com')] }), /avant-ingresses: every rule/],
  ['a wildcard', ingress({ rules: [rule('*.preview.bar.com')] }), /avant-ingresses: every rule/],
  ['a rule without a host', ingress({ rules: [rule()] }), /avant-ingresses: every rule/],
  ['one good host and one bad', ingress({ rules: [rule('web-1.preview.bar.com'), rule('www.bar.com')] }), /avant-ingresses: every rule/],
  ['a default backend', ingress({ defaultBackend: { service: { name: 'web', port: { number: 80 } } } }), /avant-ingresses: spec.defaultBackend/],
  ['a backend that is no Service', ingress({ rules: [{ host: 'web-1.preview.bar.com', http: { paths: [{ path: '/', pathType: 'Prefix', backend: { resource: { apiGroup: 'a.b', kind: 'C', name: 'd' } } }] } }] }), /avant-ingresses: backends/],
  ['another class by annotation', ingress({}, { 'kubernetes.io/ingress.class': 'nginx' }), /avant-ingresses: the annotation/],
  ['a snippet', ingress({}, { 'haproxy.org/backend-config-snippet': 'http-request deny' }), /avant-ingresses: annotations that the platform does not list: haproxy.org\/backend-config-snippet/],
  ['credentials of another namespace', ingress({}, { 'haproxy-ingress.github.io/auth-secret': 'kube-system/a' }), /avant-ingresses: auth-secret/],
  ['a line that is not Avant’s', ingress({}, ours('config-backend', 'http-response set-header A "a"\nhttp-request use-service lua.x')), /avant-ingresses: lines that Avant does not write, in haproxy-ingress.github.io\/config-backend/],
  ['a fetch in a header', ingress({}, ours('config-backend', 'http-response set-header A "%[env(HOME)]"')), /avant-ingresses: lines that Avant does not write/],
  ['a line break in a value', ingress({}, ours('limit-rps', '1\n  http-request deny')), /avant-ingresses: a value has a line break/],
  ['another gate', ingress({}, ours('auth-url', 'http://evil.example.com/')), /avant-ingresses: auth-url is none/],
  ['a certificate', ingress({ tls: [{ hosts: ['web-1.preview.bar.com'], secretName: 'a' }] }), /avant-ingresses: certificates/],
  ['another service account', deployment({ serviceAccountName: 'admin' }), /avant-pods: pods run as/],
  ['a token', deployment({ automountServiceAccountToken: true }), /avant-pods: automountServiceAccountToken/],
  ['a token where nothing is said', deployment({ automountServiceAccountToken: undefined }), /avant-pods: automountServiceAccountToken/],
  ['a projected token', deployment({ volumes: [{ name: 'a', projected: { sources: [{ serviceAccountToken: { path: 'a' } }] } }] }), /avant-pods: pods get no token/],
  ['a node by name', deployment({ nodeName: 'node1' }), /avant-pods: spec.nodeName/],
  ['the highest priority', deployment({ priorityClassName: 'system-node-critical' }), /avant-pods: spec.priorityClassName/],
  ['every taint tolerated', deployment({ tolerations: [{ operator: 'Exists' }] }), /avant-pods: tolerations/],
  ['the host’s network', deployment({ hostNetwork: true }), /avant-pods: hostNetwork/],
  ['the host’s processes', job({ hostPID: true }), /avant-pods: hostPID/],
  ['the host’s files', cronJob({ volumes: [{ name: 'a', hostPath: { path: '/' } }] }), /avant-pods: hostPath/],
  ['a privileged container', deployment({ containers: [{ ...pod.containers[0], securityContext: { privileged: true } }] }), /avant-pods: privileged/],
  ['a privileged init container', deployment({ initContainers: [{ ...pod.containers[0], name: 'init', securityContext: { privileged: true } }] }), /avant-pods: privileged/],
  ['a token’s Secret', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a', annotations: { 'kubernetes.io/service-account.name': 'default' } }, type: 'kubernetes.io/service-account-token' } as { kind: string }, /avant-secrets: tokens/],
  ['a service account of its own', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'mine' }, automountServiceAccountToken: false } as { kind: string }, /avant-secrets: the only/],
];

/** What others than Avant may not do at the door, and which policy says so. */
const takingOver: readonly (readonly [string, { kind: string }, RegExp])[] = [
  ['a snippet', ingress({ rules: [rule('www.bar.com')] }, ours('config-backend', 'http-request deny')), /avant-door: these annotations would change HAProxy for others: haproxy-ingress.github.io\/config-backend/],
  ['a snippet of the other controller', ingress({ rules: [rule('www.bar.com')] }, { 'haproxy.org/backend-config-snippet': 'http-request deny' }), /avant-door: these annotations/],
  ['a snippet by the prefix that both read', ingress({ rules: [rule('www.bar.com')] }, { 'ingress.kubernetes.io/config-backend': 'x' }), /avant-door: these annotations/],
  ['credentials of another namespace', ingress({ rules: [rule('www.bar.com')] }, ours('auth-secret', 'kube-system/a')), /avant-door: these annotations/],
  ['a line break in a value', ingress({ rules: [rule('www.bar.com')] }, ours('timeout-server', '1s\n  http-request deny')), /avant-door: values of these annotations/],
  ['a host of a preview', ingress(), /avant-door: hosts under the previews' domains/],
  ['the previews’ domain', ingress({ rules: [rule('preview.bar.com')] }), /avant-door: hosts under/],
  ['a wildcard of the previews', ingress({ rules: [rule('*.preview.bar.com')] }), /avant-door: hosts under/],
  ['no host', ingress({ rules: [rule()] }), /avant-door: every rule has a host/],
  ['a default backend', ingress({ rules: [rule('www.bar.com')], defaultBackend: { service: { name: 'web', port: { number: 80 } } } }), /avant-door: every rule has a host/],
  ['the class in the field', { ...ingress({ ingressClassName: ingressClass }), metadata: { name: 'web' } } as { kind: string }, /avant-door: hosts under/],
  ['a Service that steers the proxy', service({}, { 'haproxy.org/route-acl': 'always_true' }), /avant-door-services: these annotations/],
];

suite('the admission policies, on a real API server, without our guard', { skip }, () => {
  let rig: RealRig;
  let admin: Calls;
  let avant: Calls;
  let somebody: Calls;
  before(async () => {
    assert.equal(problem, undefined);
    rig = await startRealRig();
    admin = callsTo(rig.rig);
    // The rights of an administrator and the name of Avant's account: what is refused is refused by the policies.
    avant = callsTo({ ...rig.rig, headers: { ...rig.rig.headers, 'impersonate-user': user, 'impersonate-group': 'system:masters' } });
    somebody = callsTo({ ...rig.rig, headers: { ...rig.rig.headers, 'impersonate-user': 'walls-somebody', 'impersonate-group': 'system:masters' } });
    assert.equal((await admin.post('/api/v1/namespaces', { metadata: { name: home } })).status, 201);
    for (const policy of policies) {
      const { status, text } = await admin.apply(pathOf(policy), policy);
      assert.ok(status < 300, `${policy.kind}/${policy.metadata.name}: ${text}`);
    }
    // Policies take effect a moment after they are written: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
    const refused = (path: string, body: object, says: RegExp, calls = avant): Promise<Answer> => eventually(() => calls.post(path, body), ({ text }) => says.test(text));
    await refused('/api/v1/namespaces?dryRun=All', { metadata: { name: 'walls-none' } }, /avant-namespaces: /);
    await refused(within('Role', 'default'), { metadata: { name: 'a' }, rules: [] }, /avant-kinds: /);
    const { status, text } = await avant.post('/api/v1/namespaces', previewNamespace(namespace));
    assert.equal(status, 201, text);
    // The default account comes a moment after the namespace.
    await eventually(() => admin.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`), ({ status }) => status === 200);
    // One policy's effect says nothing of another's.
    for (const name of policies.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy').map(({ metadata }) => metadata.name)) {
      const [, object, says] = hostile.find(([, , text]) => text.source.startsWith(`${name}:`) || text.source === name) ?? [];
      const [, theirs, refusal] = takingOver.find(([, , text]) => text.source.startsWith(`${name}:`)) ?? [];
      if (object !== undefined && says !== undefined) await refused(within(object.kind), object, says);
      else if (theirs !== undefined && refusal !== undefined) await refused(within(theirs.kind), theirs, refusal, somebody);
      else assert.ok(name === 'avant-namespaces' || name === 'avant-records', `${name} is a policy without a hostile object`);
    }
    await refused(within('ConfigMap', home), { metadata: { name: 'avant-config' } }, /avant-records: /);
  });
  after(async () => {
    for (const policy of policies.filter(({ kind }) => kind.startsWith('Validating'))) await admin.remove(pathOf(policy));
    for (const name of [namespace, home]) await admin.remove(`/api/v1/namespaces/${name}`);
    await rig.close();
  });

  for (const [name, object] of harmless) {
    test(`lets through: ${name}`, async () => {
      const { status, text } = await avant.post(within(object.kind), object);
      assert.equal(status, 201, text);
    });
  }

  for (const [name, object, says] of hostile) {
    test(`refuses: ${name}`, async () => {
      const { status, text } = await avant.post(within(object.kind), object);
      assert.ok(status === 422 || status === 403, `${status} ${text}`);
      assert.match(text, says);
    });
  }

  test('refuses what is below an object: tokens of an account, a shell in a pod', async () => {
    const token = await avant.post(`/api/v1/namespaces/${namespace}/serviceaccounts/default/token?dryRun=All`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} });
    assert.match(token.text, /avant-kinds: Avant writes no serviceaccounts\/token/);
    const scale = await avant.merge(`/apis/apps/v1/namespaces/${namespace}/deployments/none/scale?dryRun=All`, { spec: { replicas: 99 } });
    assert.ok(scale.status >= 400, scale.text);
  });

  test('lets its records and app names through, and nothing else of its own namespace: avant.yaml and HAProxy’s configuration are there', async () => {
    for (const name of ['record-1', 'app-foo']) assert.equal((await avant.post(within('ConfigMap', home), { metadata: { name } })).status, 201, name);
    for (const name of ['avant-config', 'avant-edge']) {
      assert.match((await avant.post(within('ConfigMap', home), { metadata: { name } })).text, /avant-records: in its own namespace/, name);
    }
    await admin.post(`/api/v1/namespaces/${home}/configmaps`, { metadata: { name: 'avant-edge' } });
    const gone = await avant.remove(`/api/v1/namespaces/${home}/configmaps/avant-edge`);
    assert.match(gone.text, /avant-records: in its own namespace/);
    assert.match((await avant.post(within('Secret', home), { metadata: { name: 'a' } })).text, /avant-kinds: Avant writes only into/);
  });

  test('lets through the annotations that the platform lists', async () => {
    const { status, text } = await avant.post(within('Ingress'), ingress({}, { 'haproxy.org/timeout-server': '30s', 'haproxy-ingress.github.io/affinity': 'cookie' }));
    assert.equal(status, 201, text);
    const scraped = await avant.post(within('Service'), service({}, { 'prometheus.io/scrape': 'true' }));
    assert.equal(scraped.status, 201, scraped.text);
  });

  test('refuses anything outside the previews’ namespaces', async () => {
    const { text } = await avant.post(within('ConfigMap', 'default'), { metadata: { name: 'a' } });
    assert.match(text, /avant-kinds: Avant writes only into the namespaces of its previews/);
  });

  test('refuses a namespace that is no preview’s, and one without Pod Security', async () => {
    const bare = await avant.post('/api/v1/namespaces?dryRun=All', { metadata: { name: 'somebody' } });
    assert.match(bare.text, /avant-namespaces: Avant touches only/);
    const open = await avant.post('/api/v1/namespaces?dryRun=All', previewNamespace('walls-x-2', { 'pod-security.kubernetes.io/enforce': 'privileged' }));
    assert.match(open.text, /avant-namespaces: a preview's namespace enforces Pod Security/);
  });

  test('refuses to delete or take over a namespace of somebody else', async () => {
    const theirs = `${namespace}-theirs`;
    await admin.post('/api/v1/namespaces', { metadata: { name: theirs } });
    const gone = await avant.remove(`/api/v1/namespaces/${theirs}`);
    assert.match(gone.text, /avant-namespaces: Avant touches only/);
    const taken = await avant.apply(`/api/v1/namespaces/${theirs}`, previewNamespace(theirs), 'fieldManager=avant&force=true&dryRun=All');
    await admin.remove(`/api/v1/namespaces/${theirs}`);
    assert.match(taken.text, /avant-namespaces: Avant takes no namespace/);
  });

  test('refuses a role in the cloud for the default account', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', annotations: { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::1:role/admin' } }, automountServiceAccountToken: false };
    const { text } = await avant.apply(`/api/v1/namespaces/${namespace}/serviceaccounts/default`, account, 'fieldManager=avant&force=true&dryRun=All');
    assert.match(text, /avant-secrets: annotations of a service account/);
  });

  test('lets through what Avant writes for its typed rules', async () => {
    const lines = ['http-request set-header X-Tenant "fr \\x22a\\x22 100%%"', 'http-response set-header X-Avant-Preview "web-1" if { srv_id -m found }', 'http-request deny if !{ http_auth_user -m found }'];
    const { status, text } = await avant.post(within('Ingress'), ingress({}, { ...ours('config-backend', lines.join('\n')), ...ours('auth-secret', 'avant-secrets/office'), ...ours('auth-url', 'http://gate.auth.svc:4180/auth') }));
    assert.equal(status, 201, text);
  });

  for (const [name, object, says] of takingOver) {
    test(`refuses to anybody else: ${name}`, async () => {
      const { status, text } = await somebody.post(within(object.kind), object);
      assert.ok(status === 422 || status === 403, `${status} ${text}`);
      assert.match(text, says);
      assert.equal((await admin.post(within(object.kind), object)).status, 201, 'who is exempted may');
    });
  }

  test('lets anybody else have Ingresses of the door under other domains, of other classes, and where it is said', async () => {
    const elsewhere = { rules: [rule('www.bar.com')] };
    const fine = [
      ingress(elsewhere, ours('ssl-redirect', 'true')),
      ingress(elsewhere, ours('allowlist-source-range', '10.0.0.0/8, !10.1.0.0/16')),
      ingress({ rules: [rule('docs.preview.bar.com')] }),
      ingress({ rules: [rule('*.bar.com')] }),
      ingress({ ...elsewhere, ingressClassName: 'nginx' }, { 'kubernetes.io/ingress.class': 'nginx', ...ours('config-backend', 'x') }),
    ];
    for (const object of fine) {
      const { status, text } = await somebody.post(within('Ingress'), object);
      // Naming two classes that differ is refused by the API server itself.
      if (!text.includes('must match')) assert.equal(status, 201, text);
    }
    const webhooks = { ...ingress(), metadata: { ...ingress().metadata, name: 'avant-web' } };
    assert.equal((await somebody.post(within('Ingress', home), webhooks)).status, 201, 'the webhooks’ own');
    assert.match((await somebody.post(within('Ingress'), webhooks)).text, /avant-door: hosts under/);
  });

  test('lets controllers take a finalizer off what was there before the policies', async () => {
    const path = `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`;
    const [, foreign] = takingOver[0] ?? [];
    assert.ok(foreign);
    assert.equal((await admin.post(path, { ...foreign, metadata: { ...(foreign as { metadata?: object }).metadata, name: 'old', finalizers: ['bar.com/kept'] } })).status, 201);
    assert.equal((await somebody.merge(`${path}/old`, { metadata: { finalizers: null } })).status, 200);
    const { text } = await admin.get(`${path}/old`);
    assert.doesNotMatch(text, /bar.com\/kept/);
    assert.match((await somebody.merge(`${path}/old`, { metadata: { annotations: ours('timeout-server', '1s; x') } })).text, /avant-door: /);
    await admin.remove(`${path}/old`);
  });

  test('says nothing to anybody else', async () => {
    const { status, text } = await admin.post(within('Role'), { metadata: { name: 'a' }, rules: [] });
    assert.equal(status, 201, text);
  });

  test('Pod Security by the namespace’s label refuses pods by itself, whoever makes them', async () => {
    const hostPod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, spec: { ...pod, hostNetwork: true } };
    const { status, text } = await admin.post(within('Pod'), hostPod);
    assert.equal(status, 403);
    assert.match(text, /violates PodSecurity \\"baseline:latest\\": host namespaces/);
  });
});
