import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { KubeConfig } from '@kubernetes/client-node';
import { parseAllDocuments } from 'yaml';
import { secret } from '../../app/config/secret.ts';
import { systemClock } from '../../app/io/clock.ts';
import { runChecks } from '../../app/io/doctor/checks.ts';
import { clusterChecks } from '../../app/io/doctor/cluster.ts';
import { connect, loadKubeConfig, type Connection } from '../../app/io/kubernetes/connection.ts';
import { placeInCluster } from '../../app/io/setup/places.ts';
import { clusterProblem, startCluster, type Cluster } from '../cluster/cluster.ts';
import { until } from '../support/avant.ts';
import { byCheck } from './cli-doctor-place.ts';

const kubeconfig = process.env['AVANT_TEST_KUBECONFIG'];
const problem = kubeconfig === undefined ? clusterProblem() : undefined;

if (problem !== undefined && process.env['CI'] === 'true') {
  test('a real Kubernetes is there', () => assert.fail(problem));
}

type Manifest = { apiVersion: string; kind: string; metadata: { name: string; namespace?: string } };

const plurals: Readonly<Record<string, string>> = {
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  Role: 'roles',
  RoleBinding: 'rolebindings',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
  ValidatingAdmissionPolicyBinding: 'validatingadmissionpolicybindings',
};

/** An account of its own, with the roles and policies of install/ under other names: other tests may have those of Avant. */
describe('avant doctor and avant setup, at a real Kubernetes', { skip: problem ?? false, timeout: 240_000 }, () => {
  const own = `doctor-${process.pid}`;
  let cluster: Cluster | undefined;
  let admin: Connection;
  let account: KubeConfig;
  const applied: string[] = [];

  before(async () => {
    cluster = kubeconfig === undefined ? await startCluster() : undefined;
    const file = kubeconfig ?? cluster?.kubeconfig ?? '';
    admin = connect(loadKubeConfig(file), systemClock);
    const create = (path: string, body: object): Promise<unknown> => admin.call({ method: 'POST', path, body });
    await create('/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: own } });
    const accounts = `/api/v1/namespaces/${own}/serviceaccounts`;
    await create(accounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'avant' } });
    const made = (await create(`${accounts}/avant/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} })) as { status: { token: string } };
    const whole = new KubeConfig();
    whole.loadFromFile(file);
    account = new KubeConfig();
    const target = whole.getCurrentCluster();
    assert.ok(target);
    account.loadFromOptions({ clusters: [target], users: [{ name: 'a', token: made.status.token }], contexts: [{ name: 'a', cluster: target.name, user: 'a' }], currentContext: 'a' });
  });
  after(async () => {
    for (const path of applied.reverse()) await admin.call({ method: 'DELETE', path }).catch(() => undefined);
    await admin.call({ method: 'DELETE', path: `/api/v1/namespaces/${own}` }).catch(() => undefined);
    await admin.close();
    await cluster?.stop();
  });

  /** Creates what install/kubectl has of these kinds, as this account's. */
  async function apply(file: string, fits: (manifest: Manifest) => boolean): Promise<void> {
    const text = readFileSync(new URL(`../../install/kubectl/${file}`, import.meta.url), 'utf8')
      .replaceAll('system:serviceaccount:avant:avant', `system:serviceaccount:${own}:avant`)
      .replaceAll('namespace: avant\n', `namespace: ${own}\n`)
      .replaceAll(/namespace: avant([ ,}])/g, `namespace: ${own}$1`);
    for (const document of parseAllDocuments(text)) {
      const manifest = document.toJS() as Manifest;
      if (!fits(manifest)) continue;
      const { apiVersion, kind, metadata } = manifest;
      const within = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
      const collection = `/apis/${apiVersion}${within}/${plurals[kind] ?? ''}`;
      const renamed = JSON.stringify(manifest).replaceAll(/"(name|policyName)":"(avant[a-z-]*)"/g, `"$1":"${own}-$2"`);
      const body = JSON.parse(renamed) as Manifest & { subjects?: { name: string }[] };
      for (const subject of body.subjects ?? []) subject.name = 'avant';
      await admin.call({ method: 'POST', path: collection, body });
      applied.push(`${collection}/${body.metadata.name}`);
    }
  }

  async function found(namespace = own): Promise<Map<string, string[]>> {
    const connection = connect(account, systemClock);
    const parts = { name: 'home', connection: () => connection, namespace, secrets: undefined, setting: 'set KUBECONFIG' };
    const ingress = { class: 'haproxy-v1', controller: 'haproxy-ingress', classForm: 'field', tls: false, noindex: true } as const;
    try {
      return byCheck(await runChecks(clusterChecks({ ...parts, ingress }, []), 20_000));
    } finally {
      await connection.close();
    }
  }

  test('an account without rights, then with the roles, then with the policies', async () => {
    const without = await found();
    assert.match(without.get('cluster home')?.[0] ?? '', new RegExp(`^ok: Kubernetes v1\\.\\d+.*, as system:serviceaccount:${own}:avant$`));
    assert.match(without.get('cluster home, rights')?.[0] ?? '', /^problem: this account may not namespaces \(get, list, watch, create, update, delete\), configmaps \(/);
    assert.match(without.get('cluster home, admission policies')?.[0] ?? '', /^warning: it is refused by something else than the policies .*cannot create resource/);

    await apply('1-avant.yaml', ({ kind, metadata }) => /Role(Binding)?$/.test(kind) && metadata.name.startsWith('avant'));
    const roles = await found();
    assert.match(roles.get('cluster home, rights')?.[0] ?? '', /^ok: all \d+ that Avant needs$/);
    assert.equal(roles.get('cluster home, rights')?.length, 1, 'it may not do everything');
    assert.deepEqual(roles.get('cluster home, namespace'), [`ok: ${own} is there`]);
    assert.match(roles.get('cluster home, ingress class')?.[0] ?? '', /^warning: this account may not read IngressClasses/);
    assert.match(roles.get('cluster home, admission policies')?.[0] ?? '', new RegExp(`^problem: nothing keeps system:serviceaccount:${own}:avant from writing a ConfigMap in the namespace default and a namespace`));
    assert.deepEqual(roles.get('cluster home, Pod Security'), ['ok: the API server enforces it']);
    assert.match((await found('no-such-namespace')).get('cluster home, namespace')?.[0] ?? '', /^problem: there is no namespace no-such-namespace/);

    await apply('3-admission.yaml', ({ kind, metadata }) => kind.startsWith('Validating') && ['avant-kinds', 'avant-namespaces'].includes(metadata.name));
    await until('the policies are in force', async () => (await found()).get('cluster home, admission policies')?.[0]?.startsWith('ok: ') === true);
    assert.deepEqual((await found()).get('cluster home, Pod Security'), ['ok: the API server enforces it']);
  });

  test('setup keeps the Secret, whose namespace it makes, and writes over none', async () => {
    const at = { namespace: `${own}-app`, name: 'avant-github' };
    const app = { id: 7, slug: 'a', url: 'https://github.com/apps/a', privateKey: secret('-----BEGIN\nkey\n'), webhookSecret: secret('s: "1"') };
    try {
      const place = await placeInCluster(admin, at);
      await assert.rejects(admin.call({ method: 'GET', path: `/api/v1/namespaces/${at.namespace}` }), /not found/);
      await place.keep(app);
      const held = (await admin.call({ method: 'GET', path: `/api/v1/namespaces/${at.namespace}/secrets/avant-github` })) as { data: Record<string, string> };
      assert.deepEqual(Object.fromEntries(Object.entries(held.data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])), { APP_ID: '7', PRIVATE_KEY: '-----BEGIN\nkey\n', WEBHOOK_SECRET: 's: "1"' });
      await assert.rejects(placeInCluster(admin, at), /--apply: the Secret avant-github is in the namespace .* already/);
    } finally {
      await admin.call({ method: 'DELETE', path: `/api/v1/namespaces/${at.namespace}` }).catch(() => undefined);
    }
    const nobody = connect(account, systemClock);
    // Avant's own account is not who sets it up: the policies refuse it a namespace that is no preview's.
    await assert.rejects(placeInCluster(nobody, { ...at, namespace: `${own}-other` }), /--apply: the cluster refuses it \(/);
    await nobody.close();
  });
});
