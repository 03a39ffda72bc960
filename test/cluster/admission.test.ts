import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { callsTo, type Calls } from '../contract/kubernetes-calls.ts';
import { startRealRig, type RealRig } from '../contract/kubernetes-rigs.ts';
import { clusterProblem } from './cluster.ts';

const problem = clusterProblem();
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);

type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };
const policies = parseAllDocuments(readFileSync(new URL('../../install/admission.yaml', import.meta.url), 'utf8')).map((document) => document.toJS() as Manifest);

const plurals: Readonly<Record<string, string>> = {
  Namespace: 'namespaces',
  ConfigMap: 'configmaps',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  return `${group}${metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`}/${plurals[kind] ?? ''}/${metadata.name}`;
}

const namespace = `walls-${process.pid}-1`;
const user = 'system:serviceaccount:avant:avant';

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
  metadata: { name: 'web', annotations: { 'kubernetes.io/ingress.class': 'haproxy-v1', ...annotations } },
  spec: { rules: [rule('web-1.preview.bar.com')], ...spec },
});

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
  ['credentials of another namespace', ingress({}, { 'haproxy-ingress.github.io/auth-secret': 'kube-system/a' }), /avant-ingresses: annotations/],
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

suite('the admission policies, on a real API server, without our guard', { skip }, () => {
  let rig: RealRig;
  let admin: Calls;
  let avant: Calls;
  before(async () => {
    assert.equal(problem, undefined);
    rig = await startRealRig();
    admin = callsTo(rig.rig);
    // The rights of an administrator and the name of Avant's account: what is refused is refused by the policies.
    avant = callsTo({ ...rig.rig, headers: { ...rig.rig.headers, 'impersonate-user': user, 'impersonate-group': 'system:masters' } });
    for (const policy of policies) {
      const { status, text } = await admin.apply(pathOf(policy), policy);
      assert.ok(status < 300, `${policy.kind}/${policy.metadata.name}: ${text}`);
    }
    // Policies take effect a moment after they are written: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
    const deadline = Date.now() + 60_000;
    const refusing = async (): Promise<boolean> => (await avant.post('/api/v1/namespaces?dryRun=All', { metadata: { name: 'walls-none' } })).text.includes('avant-namespaces') && (await avant.post(within('Role', 'default'), { metadata: { name: 'a' }, rules: [] })).text.includes('avant-kinds');
    while (!(await refusing())) {
      assert.ok(Date.now() < deadline, 'the policies took no effect');
      await sleep(200);
    }
    const { status, text } = await avant.post('/api/v1/namespaces', previewNamespace(namespace));
    assert.equal(status, 201, text);
    // The default account comes a moment after the namespace.
    while ((await admin.get(`/api/v1/namespaces/${namespace}/serviceaccounts/default`)).status !== 200) await sleep(50);
  });
  after(async () => {
    for (const policy of policies.filter(({ kind }) => kind.startsWith('Validating'))) await admin.remove(pathOf(policy));
    await admin.remove(`/api/v1/namespaces/${namespace}`);
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

  test('refuses to move the walls themselves', async () => {
    const [wall] = policies.filter(({ kind }) => kind === 'ConfigMap');
    assert.ok(wall);
    const { text } = await avant.apply(pathOf(wall), { ...wall, data: { domains: 'evil.example.com' } }, 'fieldManager=avant&force=true&dryRun=All');
    assert.match(text, /avant-kinds: Avant writes only into/);
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
