import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  type Answer,
  at,
  type Calls,
  eventually,
  freshNamespace,
  type KubernetesRig,
  textAt,
  type Tree,
} from './kubernetes-calls.ts';
import { claim, deployment, paths, pod } from './kubernetes-objects.ts';

const quota = (hard: Tree): Tree => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q' },
  spec: { hard },
});
const limits = (...items: Tree[]): Tree => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'l' },
  spec: { limits: items },
});
const asking = (amounts: Tree): Tree => ({ resources: { limits: amounts } });

/** What the rules of a namespace forbid, in the words that reach a report through a Deployment's ReplicaFailure. */
export function admissionCases(api: () => Calls, rig: () => KubernetesRig): void {
  describe('admission', () => {
    quotaCases(api, rig);
    limitCases(api);
  });
}

function requireForbidden(answer: Answer, message: string): void {
  assert.deepEqual([answer.status, answer.body['reason'], answer.body['message']], [403, 'Forbidden', message]);
}

type WithQuota = (t: TestContext, calls: Calls, hard: Tree) => Promise<string>;

function quotaCases(api: () => Calls, rig: () => KubernetesRig): void {
  /** Returns a namespace with that quota, once it is counted and admission goes by it. */
  const withQuota: WithQuota = async (t, calls, hard) => {
    const namespace = await freshNamespace(t, calls);
    await calls.apply(`${paths.quotas(namespace)}/q`, quota(hard));
    await eventually(
      () => calls.get(`${paths.quotas(namespace)}/q`),
      ({ body }) => at(body, 'status.used') !== undefined,
    );
    const [path, body] =
      hard['pods'] === undefined
        ? [paths.claims(namespace), claim('probe', { resources: { requests: { storage: '1Ti' } } })]
        : [paths.pods(namespace), pod('probe', asking({ cpu: '99', memory: '1Ti' }))];
    await rig().untilRefused?.(path, body, /exceeded quota: q,/);
    return namespace;
  };
  podQuotaCases(api, withQuota);
  storageQuotaCases(api, withQuota);
}

function podQuotaCases(api: () => Calls, withQuota: WithQuota): void {
  test('a quota of pods and of what they ask for', async (t) => {
    const calls = api();
    const namespace = await withQuota(t, calls, { pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' });
    const path = paths.pods(namespace);
    const silent = 'failed quota: q: must specify limits.memory for: web; requests.cpu for: web';
    requireForbidden(await calls.post(path, pod('a')), `pods "a" is forbidden: ${silent}`);
    const over =
      'exceeded quota: q, requested: limits.memory=2Gi,requests.cpu=2, used: limits.memory=0,requests.cpu=0, limited: limits.memory=1Gi,requests.cpu=1';
    requireForbidden(
      await calls.post(path, pod('a', asking({ cpu: '2', memory: '2Gi' }))),
      `pods "a" is forbidden: ${over}`,
    );
    assert.equal((await calls.post(path, pod('a', asking({ cpu: '500m', memory: '512Mi' })))).status, 201);
    assert.equal((await calls.post(path, pod('b', asking({ cpu: '50m', memory: '128Mi' })))).status, 201);
    const full =
      'exceeded quota: q, requested: limits.memory=512Mi,pods=1,requests.cpu=500m, used: limits.memory=640Mi,pods=2,requests.cpu=550m, limited: limits.memory=1Gi,pods=2,requests.cpu=1';
    requireForbidden(
      await calls.post(path, pod('c', asking({ cpu: '500m', memory: '512Mi' }))),
      `pods "c" is forbidden: ${full}`,
    );
    await eventually(
      () => calls.get(`${paths.quotas(namespace)}/q`),
      ({ body }) =>
        isDeepStrictEqual(at(body, 'status.used'), { 'limits.memory': '640Mi', pods: '2', 'requests.cpu': '550m' }),
    );
  });

  test('what a quota refuses is seen at the Deployment, and made once there is room', async (t) => {
    const calls = api();
    const namespace = await withQuota(t, calls, { pods: '0' });
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, deployment({}, { replicas: 1 }));
    const failed = await eventually(
      () => calls.get(path),
      ({ body }) => textAt(body, 'status.conditions').includes('ReplicaFailure'),
    );
    assert.match(
      textAt(failed.body, 'status.conditions'),
      /exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0/,
    );
    await calls.apply(`${paths.quotas(namespace)}/q`, quota({ pods: '1' }));
    await eventually(
      () => calls.get(paths.pods(namespace)),
      ({ body }) => (body['items'] as Tree[]).length === 1,
    );
  });
}

function storageQuotaCases(api: () => Calls, withQuota: WithQuota): void {
  test('a quota of storage', async (t) => {
    const calls = api();
    const namespace = await withQuota(t, calls, { persistentvolumeclaims: '2', 'requests.storage': '1Gi' });
    const path = paths.claims(namespace);
    const of = (name: string, storage: string): Tree =>
      claim(name, { storageClassName: 'none', resources: { requests: { storage } } });
    assert.equal((await calls.apply(`${path}/a`, of('a', '600Mi'))).status, 201);
    const over =
      'exceeded quota: q, requested: requests.storage=600Mi, used: requests.storage=600Mi, limited: requests.storage=1Gi';
    requireForbidden(
      await calls.apply(`${path}/b`, of('b', '600Mi')),
      `persistentvolumeclaims "b" is forbidden: ${over}`,
    );
    await calls.remove(`${path}/a`);
    await eventually(
      () => calls.apply(`${path}/b`, of('b', '600Mi')),
      ({ status }) => status === 201,
    );
  });
}

function limitCases(api: () => Calls): void {
  test('a LimitRange fills in what a container leaves out', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const container = {
      type: 'Container',
      default: { cpu: '500m', memory: '512Mi' },
      defaultRequest: { cpu: '100m' },
      max: { memory: '1Gi' },
    };
    await calls.apply(`${paths.limitRanges(namespace)}/l`, limits(container));
    const path = paths.pods(namespace);
    // The API server sees a new LimitRange a moment later.
    const resources = (name: string, of: Tree): Promise<Answer> => calls.post(path, pod(name, of));
    let tries = 0;
    const bare = await eventually(
      () => resources(`a${(tries += 1)}`, {}),
      ({ body }) => at(body, 'spec.containers.0.resources.limits') !== undefined,
    );
    assert.deepEqual(at(bare.body, 'spec.containers.0.resources'), {
      limits: { cpu: '500m', memory: '512Mi' },
      requests: { cpu: '100m', memory: '512Mi' },
    });
    assert.equal(
      (at(bare.body, 'metadata.annotations') as Tree)['kubernetes.io/limit-ranger'],
      'LimitRanger plugin set: cpu, memory request for container web; cpu, memory limit for container web',
    );
    assert.equal(at(bare.body, 'status.qosClass'), 'Burstable');
    // A limit of one's own is the request, too.
    const own = await resources('own', asking({ cpu: '1' }));
    assert.deepEqual(at(own.body, 'spec.containers.0.resources'), {
      limits: { cpu: '1', memory: '512Mi' },
      requests: { cpu: '1', memory: '512Mi' },
    });
    // A request above the default limit does not fit it.
    const high = await resources('high', { resources: { requests: { cpu: '1' } } });
    assert.deepEqual(
      [high.status, at(high.body, 'details.causes.0.field')],
      [422, 'spec.containers[0].resources.requests'],
    );
    const most = 'pods "over" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi';
    requireForbidden(await resources('over', asking({ memory: '2Gi' })), most);
  });

  test('a LimitRange bounds a whole pod, and a claim', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const items = [
      { type: 'Pod', max: { memory: '1Gi' } },
      { type: 'PersistentVolumeClaim', max: { storage: '1Gi' }, min: { storage: '1Mi' } },
    ];
    await calls.apply(`${paths.limitRanges(namespace)}/l`, limits(...items));
    const big = claim('a', { storageClassName: 'none', resources: { requests: { storage: '2Gi' } } });
    const refused = await eventually(
      () => calls.post(paths.claims(namespace), { ...big, metadata: { generateName: 'a-' } }),
      ({ status }) => status === 403,
    );
    assert.match(
      textAt(refused.body, 'message'),
      /^persistentvolumeclaims "a-\w{5}" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi$/,
    );
    const two = pod('b', {}, {});
    const containers = ['one', 'two'].map((name) => ({
      name,
      image: 'localhost/none:1',
      resources: { limits: { memory: '600Mi' } },
    }));
    requireForbidden(
      await calls.post(paths.pods(namespace), { ...two, spec: { ...(two['spec'] as Tree), containers } }),
      'pods "b" is forbidden: maximum memory usage per Pod is 1Gi, but limit is 1200Mi',
    );
  });
}
