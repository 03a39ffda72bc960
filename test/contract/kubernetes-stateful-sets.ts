import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import {
  type Answer,
  at,
  type Calls,
  eventually,
  freshName,
  items,
  type KubernetesRig,
  textAt,
  type Tree,
} from './kubernetes-calls.ts';
import { type Rigged, starter } from './kubernetes-jobs.ts';
import { claim, paths, statefulSet } from './kubernetes-objects.ts';

type RiggedSet = Rigged & { readonly path: string };

const probe = {
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
};
const version = (name: string): Tree => ({ env: [{ name: 'VERSION', value: name }] });

/** What becomes of a StatefulSet, its pods and its claims. */
export function statefulSetCases(api: () => Calls, rig: () => KubernetesRig): void {
  const begin = starter(api, rig);
  const start: StartSet = async (t) => {
    const rigged = await begin(t);
    return rigged && { ...rigged, path: `${paths.statefulSets(rigged.namespace)}/db` };
  };
  describe('stateful sets', () => {
    orderCases(start);
    claimCases(start, rig);
    stuckCases(start);
  });
}

type StartSet = (t: TestContext) => Promise<RiggedSet | undefined>;

const statusOf = ({ body }: Answer): Tree => body['status'] as Tree;
const isDone =
  (generation: number, replicas: number) =>
  (answer: Answer): boolean => {
    const {
      observedGeneration,
      readyReplicas = 0,
      updatedReplicas = 0,
      currentRevision,
      updateRevision,
    } = statusOf(answer);
    return (
      observedGeneration === generation &&
      readyReplicas === replicas &&
      updatedReplicas === replicas &&
      currentRevision === updateRevision
    );
  };

async function podsOf({ calls, namespace }: Rigged): Promise<Tree[]> {
  return items(await calls.get(paths.pods(namespace)));
}

const name = (pod: Tree | undefined): string => textAt(pod, 'metadata.name');

function orderCases(start: StartSet): void {
  test('pods come one after the other, with names of their own; an update goes from the last to the first', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, path, image } = rigged;
    const watch = await calls.watch(`${paths.pods(namespace)}?watch=1`);
    await calls.apply(path, statefulSet({ image, ...probe, ...version('1') }, { replicas: 2 }));
    const first = await eventually(() => calls.get(path), isDone(1, 2));
    const { currentRevision, updateRevision, ...counts } = statusOf(first);
    assert.deepEqual(counts, {
      observedGeneration: 1,
      replicas: 2,
      readyReplicas: 2,
      currentReplicas: 2,
      updatedReplicas: 2,
      collisionCount: 0,
      availableReplicas: 2,
    });
    assert.match(String(currentRevision), /^db-\w+$/);
    assert.equal(updateRevision, currentRevision);
    const [zero, one] = await podsOf(rigged);
    assert.deepEqual([name(zero), name(one)], ['db-0', 'db-1']);
    assert.deepEqual(at(zero, 'metadata.labels'), {
      app: 'db',
      'apps.kubernetes.io/pod-index': '0',
      'controller-revision-hash': currentRevision,
      'statefulset.kubernetes.io/pod-name': 'db-0',
    });
    assert.deepEqual(
      [at(zero, 'spec.hostname'), at(zero, 'spec.subdomain'), at(zero, 'metadata.ownerReferences.0.kind')],
      ['db-0', 'db', 'StatefulSet'],
    );
    // The second is made only when the first is ready.
    const seen = await watch.until((events) => events.some(({ object }) => name(object) === 'db-1'));
    const before = seen.slice(
      0,
      seen.findIndex(({ object }) => name(object) === 'db-1'),
    );
    assert.ok(
      (at(before.at(-1)?.object, 'status.conditions') as Tree[]).some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      ),
    );

    await calls.apply(path, statefulSet({ image, ...probe, ...version('2') }, { replicas: 2 }));
    const second = await eventually(() => calls.get(path), isDone(2, 2));
    assert.notEqual(statusOf(second)['currentRevision'], currentRevision);
    const all = await watch.until((events) => events.filter(({ type }) => type === 'DELETED').length === 2);
    watch.stop();
    assert.deepEqual(
      all.filter(({ type }) => type === 'DELETED').map(({ object }) => name(object)),
      ['db-1', 'db-0'],
    );
    await calls.merge(path, { spec: { replicas: 1 } });
    const less = await eventually(
      () => podsOf(rigged),
      (pods) => pods.length === 1,
    );
    assert.equal(name(less[0]), 'db-0');
  });

  test('a pod that is deleted comes back under its name; without the set they go', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, path, image } = rigged;
    await calls.apply(path, statefulSet({ image, ...probe }, { replicas: 2, podManagementPolicy: 'Parallel' }));
    await eventually(() => calls.get(path), isDone(1, 2));
    const [before] = await podsOf(rigged);
    await calls.remove(`${paths.pods(namespace)}/db-0`);
    const uid = at(before, 'metadata.uid');
    await eventually(
      () => podsOf(rigged),
      (pods) => pods.length === 2 && pods.every((pod) => at(pod, 'metadata.uid') !== uid),
    );
    await eventually(() => calls.get(path), isDone(1, 2));
    assert.equal((await calls.remove(path)).status, 200);
    await eventually(
      () => podsOf(rigged),
      (pods) => pods.length === 0,
    );
  });
}

function claimCases(start: StartSet, rig: () => KubernetesRig): void {
  test('each pod has a claim of its own, which outlives it and the set', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, path, image } = rigged;
    const storageClassName = freshName();
    await rig().volumes?.(storageClassName, 2);
    const volumeClaimTemplates = [{ metadata: { name: 'data' }, spec: claim('data', { storageClassName })['spec'] }];
    const mounts = { volumeMounts: [{ name: 'data', mountPath: '/data' }] };
    await calls.apply(path, statefulSet({ image, ...probe, ...mounts }, { replicas: 2, volumeClaimTemplates }));
    await eventually(() => calls.get(path), isDone(1, 2));
    const claims = items(await calls.get(paths.claims(namespace)));
    assert.deepEqual(claims.map(name), ['data-db-0', 'data-db-1']);
    for (const found of claims) {
      assert.deepEqual(at(found, 'metadata.labels'), { app: 'db' });
      assert.deepEqual(found['status'], {
        phase: 'Bound',
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
      });
      assert.notEqual(textAt(found, 'spec.volumeName'), '');
      assert.equal(at(found, 'metadata.ownerReferences'), undefined);
    }
    const [zero] = await podsOf(rigged);
    assert.deepEqual(at(zero, 'spec.volumes'), [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }]);
    // In use, a claim only gets a mark.
    await calls.remove(`${paths.claims(namespace)}/data-db-0`);
    const marked = await calls.get(`${paths.claims(namespace)}/data-db-0`);
    assert.match(textAt(marked.body, 'metadata.deletionTimestamp'), /Z$/);
    await calls.remove(path);
    await eventually(
      () => podsOf(rigged),
      (pods) => pods.length === 0,
    );
    await eventually(
      () => calls.get(`${paths.claims(namespace)}/data-db-0`),
      ({ status }) => status === 404,
    );
    assert.equal((await calls.get(`${paths.claims(namespace)}/data-db-1`)).status, 200);
  });

  test('a pod whose claim is not there waits for it', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, path, image } = rigged;
    const body = statefulSet({ image, volumeMounts: [{ name: 'v', mountPath: '/v' }] }, { replicas: 1 });
    const template = at(body, 'spec.template') as Tree;
    const volumes = [{ name: 'v', persistentVolumeClaim: { claimName: 'none' } }];
    const spec = {
      ...(body['spec'] as Tree),
      template: { ...template, spec: { ...(template['spec'] as Tree), volumes } },
    };
    await calls.apply(path, { ...body, spec });
    const [pod] = await eventually(
      () => podsOf(rigged),
      ([one]) => textAt(one, 'status.conditions').includes('Unschedulable'),
    );
    assert.match(textAt(pod, 'status.conditions'), /persistentvolumeclaim \\"none\\" not found/);
  });
}

function stuckCases(start: StartSet): void {
  test('a bad version stops at its pod; in order, a good one after it does not help that pod until it is deleted', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, path, image } = rigged;
    await calls.apply(path, statefulSet({ image, ...probe }, { replicas: 2 }));
    await eventually(() => calls.get(path), isDone(1, 2));
    await calls.apply(path, statefulSet({ image: 'localhost/absent:2', ...probe }, { replicas: 2 }));
    const waiting = 'status.containerStatuses.0.state.waiting.reason';
    await eventually(
      () => podsOf(rigged),
      ([, one]) => /ErrImagePull|ImagePullBackOff/.test(textAt(one, waiting)),
    );
    await eventually(
      async () => statusOf(await calls.get(path)),
      ({ readyReplicas, updatedReplicas, currentReplicas }) =>
        isDeepStrictEqual([readyReplicas, updatedReplicas, currentReplicas], [1, 1, 1]),
    );
    await calls.apply(path, statefulSet({ image, ...probe, ...version('3') }, { replicas: 2 }));
    await eventually(
      () => calls.get(path),
      (answer) => statusOf(answer)['observedGeneration'] === 3,
    );
    const after = (await podsOf(rigged))[1];
    assert.equal(at(after, 'spec.containers.0.image'), 'localhost/absent:2');
    await calls.remove(`${paths.pods(namespace)}/db-1`);
    await eventually(() => calls.get(path), isDone(3, 2));
  });

  test('in parallel, a good version replaces a bad one', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, path, image } = rigged;
    const parallel = { replicas: 2, podManagementPolicy: 'Parallel' };
    await calls.apply(path, statefulSet({ image: 'localhost/absent:2', ...probe }, parallel));
    await eventually(
      () => podsOf(rigged),
      (pods) => pods.length === 2,
    );
    await calls.apply(path, statefulSet({ image, ...probe }, parallel));
    await eventually(() => calls.get(path), isDone(2, 2));
  });
}
