import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { clusterProblem } from '../cluster/cluster.ts';
import { helm } from '../support/charts/cloud.ts';
import { renderChart, type Rendered, type Values } from '../support/install-chart.ts';
import { callsTo, type Calls } from './kubernetes-calls.ts';
import { startRealRig, type RealRig } from './kubernetes-rigs.ts';

const problem = clusterProblem() ?? (helm === undefined ? 'there is no helm 4 (run install/helm.sh)' : undefined);
const skip = process.env['CI'] === 'true' ? false : (problem ?? false);

const plurals: Readonly<Record<string, string>> = { NetworkPolicy: 'networkpolicies', IngressClass: 'ingressclasses', Ingress: 'ingresses', ValidatingAdmissionPolicy: 'validatingadmissionpolicies' };
const ofCluster = /^(ClusterRole|ClusterRoleBinding|IngressClass|ValidatingAdmissionPolicy|ValidatingAdmissionPolicyBinding)$/;

function pathOf({ apiVersion, kind, metadata: { name, namespace } }: Rendered): string {
  const group = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`;
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  return ofCluster.test(kind) ? `${group}/${plural}/${name}` : `${group}/namespaces/${namespace ?? ''}/${plural}/${name}`;
}

const [own, others] = [`install-${process.pid}`, `install-${process.pid}-edge`];
/** The cluster has a class of another controller, which cannot become another's. */
const ingress = { class: 'install-v1' };
const config = { domain: 'preview.bar.com', ingress, tenants: { fr: {}, be: { domain: 'preview.bar.be' } }, secrets: { namespace: 'avant-secrets' }, access: { ways: { office: { secret: 'office' }, gate: { request: 'http://gate/auth?a=b' } } } };
const image = 'x.test/avant:1';

const installs: readonly (readonly [name: string, values: Values, files: readonly string[]])[] = [
  ['everything', { image, config, github: { host: 'github.bar.com' }, caConfigMap: 'ca', imagePullSecrets: [{ name: 'a' }], web: { ingress: { enabled: true, host: 'hooks.bar.com', tlsSecret: 'a' } }, workers: { kubeconfigs: 'a' }, redis: { passwordSecret: 'a' }, networkPolicy: { webFrom: [{ ipBlock: { cidr: '10.0.0.0/8' } }], monitoringNamespace: 'monitoring' }, edge: { enabled: true, namespace: others, proxyProtocol: true, backendShards: 4, tls: { secret: 'a' }, accessLog: { stdout: true } } }, []],
  ['the nodes’ network', { image, config, networkPolicy: { nodes: ['10.0.0.0/24'] }, edge: { enabled: true, hostNetwork: true } }, []],
  ['a further cluster', { image, config, further: true, admission: { user: 'avant-eu' }, edge: { enabled: true, accessLog: { enabled: false } } }, []],
  ['haproxytech and another Redis', { image, config: { ...config, ingress: { ...ingress, controller: 'haproxytech', classForm: 'both' } }, redis: { enabled: false, secret: 'a' } }, []],
  ['values-kind.yaml', { image, config: { ingress } }, ['values-kind.yaml']],
  ['values-aws-nlb.yaml', { image, config: { ingress } }, ['values-aws-nlb.yaml']],
  ['values-aws-alb.yaml', { image, config: { ingress } }, ['values-aws-alb.yaml']],
];

suite('what the chart renders, asked of a real API server', { skip }, () => {
  let rig: RealRig;
  let admin: Calls;
  before(async () => {
    assert.equal(problem, undefined);
    rig = await startRealRig();
    admin = callsTo(rig.rig);
    for (const name of [own, others]) assert.equal((await admin.post('/api/v1/namespaces', { metadata: { name } })).status, 201);
  });
  after(async () => {
    for (const name of [own, others]) await admin.remove(`/api/v1/namespaces/${name}`);
    await rig.close();
  });

  for (const [name, values, files] of installs) {
    test(`${name}: each object is taken, to its last field`, async () => {
      // The Prometheus operator's kinds are not there.
      for (const object of renderChart(values, { namespace: own, files })) {
        const { status, text } = await admin.apply(pathOf(object), object, 'fieldManager=install-test&force=true&dryRun=All&fieldValidation=Strict');
        assert.ok(status < 300, `${object.kind}/${object.metadata.name}: ${text}`);
      }
    });
  }

  test('a field that is wrong would be told', async () => {
    const [object] = renderChart({ image, config }, { namespace: own }).filter(({ kind }) => kind === 'Deployment');
    assert.ok(object);
    const { text } = await admin.apply(pathOf(object), { ...object, spec: { ...(object.spec as object), replica: 1 } }, 'fieldManager=install-test&force=true&dryRun=All&fieldValidation=Strict');
    assert.match(text, /replica/);
  });
});
