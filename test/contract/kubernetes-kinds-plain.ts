import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, eventually, freshNamespace, textAt, type Tree } from './kubernetes-calls.ts';
import { made } from './kubernetes-kinds.ts';
import {
  claim,
  configMap,
  cronJob,
  deployment,
  job,
  paths,
  pod,
  secret,
  service,
  statefulSet,
} from './kubernetes-objects.ts';

/** What the API makes of data, claims and a namespace's rules, and of fields that it does not know. */
export function plainKindCases(api: () => Calls): void {
  describe('plain kinds', () => {
    storageCases(api);
    policyCases(api);
    fieldCases(api);
  });
}

function storageCases(api: () => Calls): void {
  test('a Secret: stringData is written over data; what one apply said there, the next does not take back', async (t) => {
    const calls = api();
    const path = paths.secrets(await freshNamespace(t, calls));
    const stored = await made(calls, path, secret('a', { x: '1' }, { data: { y: 'Mg==' } }));
    assert.deepEqual(
      [stored['type'], stored['data'], stored['stringData']],
      ['Opaque', { x: 'MQ==', y: 'Mg==' }, undefined],
    );
    assert.deepEqual(at(stored, 'metadata.managedFields.0.fieldsV1'), {
      'f:data': { 'f:y': {} },
      'f:stringData': { 'f:x': {} },
    });
    await calls.apply(`${path}/a`, secret('a', { x: '1', z: '1' }));
    const later = await calls.apply(`${path}/a`, secret('a', { x: '2' }));
    assert.deepEqual(later.body['data'], { x: 'Mg==', z: 'MQ==' });
    const posted = await calls.post(`${path}?fieldManager=somebody`, secret('b', { x: '1' }));
    assert.deepEqual(posted.body['data'], { x: 'MQ==' });
    assert.equal(at(posted.body, 'metadata.managedFields.0.fieldsV1.f:stringData'), undefined);
  });

  test('a PersistentVolumeClaim is protected while a pod may use it', async (t) => {
    const calls = api();
    const body = await made(
      calls,
      paths.claims(await freshNamespace(t, calls)),
      claim('a', { storageClassName: 'none' }),
    );
    assert.deepEqual(at(body, 'spec'), {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'none',
      volumeMode: 'Filesystem',
    });
    assert.deepEqual(
      [at(body, 'metadata.finalizers'), body['status']],
      [['kubernetes.io/pvc-protection'], { phase: 'Pending' }],
    );
  });

  test('a ConfigMap may hold bytes', async (t) => {
    const calls = api();
    const body = await made(calls, paths.configMaps(await freshNamespace(t, calls)), {
      ...configMap('a', { x: '1' }),
      binaryData: { y: 'AAE=' },
      immutable: false,
    });
    assert.deepEqual([body['binaryData'], body['immutable']], [{ y: 'AAE=' }, false]);
  });

  test('every namespace has a service account, and gets it back', async (t) => {
    const calls = api();
    const path = `${paths.serviceAccounts(await freshNamespace(t, calls))}/default`;
    const before = (await calls.get(path)).body;
    await calls.remove(path);
    const after = await eventually(
      () => calls.get(path),
      ({ status }) => status === 200,
    );
    assert.notEqual(at(after.body, 'metadata.uid'), at(before, 'metadata.uid'));
  });
}

function policyCases(api: () => Calls): void {
  test('a ResourceQuota, whose status follows', async (t) => {
    const calls = api();
    const path = paths.quotas(await freshNamespace(t, calls));
    const hard = { pods: '2', 'requests.cpu': '1000m', 'limits.memory': '1024Mi' };
    const body = await made(calls, path, {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'a' },
      spec: { hard },
    });
    const stored = { pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' };
    assert.deepEqual([at(body, 'spec.hard'), body['status']], [stored, {}]);
    const counted = await eventually(
      () => calls.get(`${path}/a`),
      (answer) => at(answer.body, 'status.hard') !== undefined,
    );
    assert.deepEqual(counted.body['status'], {
      hard: stored,
      used: { pods: '0', 'requests.cpu': '0', 'limits.memory': '0' },
    });
  });

  test('a LimitRange fills its own gaps', async (t) => {
    const calls = api();
    const limits = [
      {
        type: 'Container',
        default: { memory: '512Mi' },
        defaultRequest: { cpu: '0.1' },
        max: { cpu: '2', memory: '1Gi' },
        min: { memory: '10Mi' },
      },
      { type: 'PersistentVolumeClaim', max: { storage: '1024Mi' } },
    ];
    const body = await made(calls, paths.limitRanges(await freshNamespace(t, calls)), {
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'a' },
      spec: { limits },
    });
    assert.deepEqual(at(body, 'spec.limits'), [
      {
        type: 'Container',
        max: { cpu: '2', memory: '1Gi' },
        min: { memory: '10Mi' },
        default: { cpu: '2', memory: '512Mi' },
        defaultRequest: { cpu: '100m', memory: '512Mi' },
      },
      { type: 'PersistentVolumeClaim', max: { storage: '1Gi' } },
    ]);
  });

  test('a NetworkPolicy says for which ways it is', async (t) => {
    const calls = api();
    const path = paths.networkPolicies(await freshNamespace(t, calls));
    const policy = (name: string, spec: Tree): Tree => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name },
      spec,
    });
    const shut = await made(calls, path, policy('shut', { podSelector: {} }));
    assert.deepEqual(shut['spec'], { podSelector: {}, policyTypes: ['Ingress'] });
    const egress = [
      { ports: [{ port: 53 }, { port: 53, protocol: 'UDP' }] },
      { to: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['169.254.169.254/32'] } }] },
    ];
    const out = await made(calls, path, policy('out', { podSelector: {}, egress }));
    assert.deepEqual(out['spec'], {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      egress: [
        {
          ports: [
            { port: 53, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
        },
        egress[1],
      ],
    });
  });

  test('a headless Service may be without ports', async (t) => {
    const calls = api();
    const body = await made(
      calls,
      paths.services(await freshNamespace(t, calls)),
      service({}, { clusterIP: 'None', ports: [] }),
    );
    const { clusterIP, clusterIPs, ports, type } = body['spec'] as Tree;
    assert.deepEqual(
      { clusterIP, clusterIPs, ports, type },
      { clusterIP: 'None', clusterIPs: ['None'], ports: undefined, type: 'ClusterIP' },
    );
  });
}

function fieldCases(api: () => Calls): void {
  test('a field that the API does not know: an apply is refused, a create drops it, unless it is to be strict', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const body = { ...configMap('a', { x: '1' }), daata: {} };
    const applied = await calls.apply(`${paths.configMaps(namespace)}/a`, body);
    assert.deepEqual(
      [applied.status, textAt(applied.body, 'message')],
      [500, 'failed to create typed patch object (/a; /v1, Kind=ConfigMap): .daata: field not declared in schema'],
    );
    const strict = await calls.post(`${paths.configMaps(namespace)}?fieldValidation=Strict`, body);
    assert.deepEqual(
      [strict.status, textAt(strict.body, 'message')],
      [400, 'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "daata"'],
    );
    const created = await calls.post(paths.configMaps(namespace), body);
    assert.deepEqual([created.status, created.body['daata']], [201, undefined]);
    // Of several it does not always name all.
    const wrong = await calls.apply(`${paths.deployments(namespace)}/foo`, deployment({ imag: 'x', imagg: 'y' }));
    assert.equal(wrong.status, 500);
    assert.match(
      textAt(wrong.body, 'message'),
      /\.spec\.template\.spec\.containers\[name="web"\]\.imagg?: field not declared in schema/,
    );
  });

  test('a namespace that goes takes all of them along', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const named = (kind: string, apiVersion: string, spec: Tree): Tree => ({
      apiVersion,
      kind,
      metadata: { name: 'a' },
      spec,
    });
    const objects: [path: string, body: Tree][] = [
      [paths.secrets(namespace), secret('a', { x: '1' })],
      [paths.claims(namespace), claim('a', { storageClassName: 'none' })],
      [paths.jobs(namespace), job('a', {}, { suspend: true })],
      [paths.cronJobs(namespace), cronJob('a', { suspend: true })],
      [paths.statefulSets(namespace), statefulSet({}, {}, { name: 'a' })],
      [paths.quotas(namespace), named('ResourceQuota', 'v1', { hard: { pods: '9' } })],
      [paths.limitRanges(namespace), named('LimitRange', 'v1', { limits: [] })],
      [paths.networkPolicies(namespace), named('NetworkPolicy', 'networking.k8s.io/v1', { podSelector: {} })],
    ];
    for (const [path, body] of objects) await made(calls, path, body);
    await calls.remove(paths.namespace(namespace));
    await eventually(
      () => calls.get(paths.namespace(namespace)),
      ({ status }) => status === 404,
    );
    for (const [path] of objects) assert.equal((await calls.get(`${path}/a`)).status, 404, path);
  });

  test('data that is no base64 is refused', async (t) => {
    const calls = api();
    const path = paths.secrets(await freshNamespace(t, calls));
    const body = secret('a', {}, { data: { k: '!!' } });
    const applied = await calls.apply(`${path}/a`, body);
    assert.deepEqual(
      [applied.status, textAt(applied.body, 'message').split(': ').at(-1)],
      [500, 'illegal base64 data at input byte 0'],
    );
    const posted = await calls.post(path, body);
    assert.deepEqual(
      [posted.status, textAt(posted.body, 'message')],
      [400, 'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 0'],
    );
  });

  test('a pod gets an account, its token and its place in the queue', async (t) => {
    const calls = api();
    const path = paths.pods(await freshNamespace(t, calls));
    const token = await calls.post(path, pod('a', {}, { automountServiceAccountToken: true }));
    assert.equal(token.status, 201, token.text);
    const { serviceAccountName, priority, enableServiceLinks, restartPolicy } = token.body['spec'] as Tree;
    assert.deepEqual([serviceAccountName, priority, enableServiceLinks, restartPolicy], ['default', 0, true, 'Always']);
    assert.match(textAt(token.body, 'spec.volumes.0.name'), /^kube-api-access-\w{5}$/);
    assert.deepEqual(
      at(token.body, 'spec.containers.0.volumeMounts.0.mountPath'),
      '/var/run/secrets/kubernetes.io/serviceaccount',
    );
    assert.deepEqual(token.body['status'], { phase: 'Pending', qosClass: 'BestEffort' });
    const bare = await calls.post(path, pod('b'));
    assert.equal(at(bare.body, 'spec.volumes'), undefined);
    const stranger = await calls.post(path, pod('c', {}, { serviceAccountName: 'none' }));
    assert.equal(stranger.status, 403);
    assert.match(
      textAt(stranger.body, 'message'),
      /^pods "c" is forbidden: error looking up service account .*\/none: serviceaccount "none" not found$/,
    );
  });
}
