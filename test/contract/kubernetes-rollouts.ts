import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import {
  type Answer,
  at,
  type Calls,
  eventually,
  freshName,
  freshNamespace,
  items,
  type KubernetesRig,
  textAt,
  type Tree,
} from './kubernetes-calls.ts';
import { deployment, paths } from './kubernetes-objects.ts';

const probe = {
  ports: [{ name: 'http', containerPort: 8080 }],
  readinessProbe: { httpGet: { path: '/', port: 'http' }, periodSeconds: 1 },
};
const one = (image: string, spec: Tree = {}): Tree => deployment({ image, ...probe }, { replicas: 1, ...spec });

const condition = (answer: Answer | Tree, type: string): Tree | undefined => {
  const tree = 'body' in answer ? (answer.body as Tree) : answer;
  return (at(tree, 'status.conditions') as Tree[] | undefined)?.find((found) => found['type'] === type);
};
const is =
  (type: string, status: string, reason: string) =>
  (answer: Answer): boolean => {
    const found = condition(answer, type);
    return found?.['status'] === status && found['reason'] === reason;
  };
const waiting = (pod: Tree): string => textAt(pod, 'status.containerStatuses.0.state.waiting.reason');

/** What becomes of a Deployment: the words that a report reads. */
export function rolloutCases(api: () => Calls, rig: () => KubernetesRig): void {
  const withImage = async (t: TestContext, kind: 'web' | 'crash'): Promise<string | undefined> => {
    const { image } = rig();
    const name = `localhost/${freshName()}:1`;
    if (image === undefined) t.skip('needs an API whose node can be given images');
    await image?.(name, kind);
    return image === undefined ? undefined : name;
  };
  describe('rollout', () => {
    goodCases(api, withImage);
    badCases(api, withImage);
    placeCases(api, rig);
  });
}

type WithImage = (t: TestContext, kind: 'web' | 'crash') => Promise<string | undefined>;

function goodCases(api: () => Calls, withImage: WithImage): void {
  test('a good version becomes available, with pods in the known shape and logs', async (t) => {
    const image = await withImage(t, 'web');
    if (image === undefined) return;
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, one(image));
    const done = await eventually(() => calls.get(path), is('Progressing', 'True', 'NewReplicaSetAvailable'));
    assert.equal(condition(done, 'Available')?.['reason'], 'MinimumReplicasAvailable');
    const { conditions: _conditions, ...status } = done.body['status'] as Tree;
    const counts = { replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 0 };
    assert.deepEqual(status, { observedGeneration: 1, ...counts });
    assert.equal(at(done.body, 'metadata.generation'), 1);
    assert.equal(
      at(done.body, 'metadata.annotations.deployment.kubernetes.io/revision'.replace('.deployment', ' ')),
      undefined,
    );
    assert.deepEqual(at(done.body, 'metadata.annotations'), { 'deployment.kubernetes.io/revision': '1' });
    const [pod] = items(await calls.get(`${paths.pods(namespace)}?labelSelector=app%3Dfoo`));
    assert.equal(at(pod, 'status.phase'), 'Running');
    assert.equal(condition(pod ?? {}, 'Ready')?.['status'], 'True');
    assert.equal(condition(pod ?? {}, 'PodScheduled')?.['status'], 'True');
    assert.deepEqual(
      [at(pod, 'status.containerStatuses.0.ready'), at(pod, 'status.containerStatuses.0.restartCount')],
      [true, 0],
    );
    assert.match(textAt(pod, 'status.containerStatuses.0.state.running.startedAt'), /Z$/);
    assert.equal(at(pod, 'metadata.ownerReferences.0.kind'), 'ReplicaSet');
    assert.equal(at(pod, 'metadata.labels.app'), 'foo');
    const logs = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log?tailLines=5`);
    assert.deepEqual([logs.status, logs.type], [200, 'text/plain']);
    const previous = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log?previous=true`);
    assert.match(textAt(previous.body, 'message'), /^previous terminated container "web" in pod ".*" not found$/);
    const other = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log?container=other`);
    assert.deepEqual([other.status, other.body['reason']], [400, 'BadRequest']);
  });

  test('a bad second version leaves the first one there; a good third one replaces both', async (t) => {
    const image = await withImage(t, 'web');
    if (image === undefined) return;
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, one(image));
    await eventually(() => calls.get(path), is('Progressing', 'True', 'NewReplicaSetAvailable'));
    const { body } = await calls.apply(path, one('localhost/absent:2', { progressDeadlineSeconds: 2 }));
    assert.equal(at(body, 'metadata.generation'), 2);
    // A slow cluster can run out of time before the new pod is counted.
    const stuck = await eventually(
      () => calls.get(path),
      (answer) =>
        is('Progressing', 'False', 'ProgressDeadlineExceeded')(answer) && at(answer.body, 'status.replicas') === 2,
    );
    assert.equal(condition(stuck, 'Available')?.['status'], 'True');
    const { conditions: _conditions, ...status } = stuck.body['status'] as Tree;
    const counts = {
      replicas: 2,
      updatedReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      unavailableReplicas: 1,
      terminatingReplicas: 0,
    };
    assert.deepEqual(status, { observedGeneration: 2, ...counts });
    assert.match(
      textAt(condition(stuck, 'Progressing'), 'message'),
      /^ReplicaSet "foo-\w+" has timed out progressing\.$/,
    );
    await calls.apply(path, deployment({ image, ...probe, env: [{ name: 'VERSION', value: '3' }] }, { replicas: 1 }));
    await eventually(() => calls.get(path), is('Progressing', 'True', 'NewReplicaSetAvailable'));
    const left = await eventually(
      () => calls.get(paths.pods(namespace)),
      (pods) => items(pods).length === 1,
    );
    assert.deepEqual(at(items(left)[0], 'spec.containers.0.env'), [{ name: 'VERSION', value: '3' }]);
  });

  test('a deleted Deployment takes its pods with it, and a deleted pod is replaced', async (t) => {
    const image = await withImage(t, 'web');
    if (image === undefined) return;
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, one(image));
    const [first] = items(
      await eventually(
        () => calls.get(paths.pods(namespace)),
        (pods) => items(pods).length === 1,
      ),
    );
    const name = textAt(first, 'metadata.name');
    const removed = await calls.remove(`${paths.pods(namespace)}/${name}`);
    assert.equal(removed.status, 200);
    await eventually(
      () => calls.get(paths.pods(namespace)),
      (pods) => items(pods).length === 1 && textAt(items(pods)[0], 'metadata.name') !== name,
    );
    await calls.remove(path, { propagationPolicy: 'Background' });
    await eventually(
      () => calls.get(paths.pods(namespace)),
      (pods) => items(pods).length === 0,
    );
  });
}

function badCases(api: () => Calls, withImage: WithImage): void {
  test('an absent image: ErrImagePull and ImagePullBackOff in turn', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    await calls.apply(`${paths.deployments(namespace)}/foo`, one('localhost/absent:1'));
    const seen = new Set<string>();
    await eventually(
      () => calls.get(paths.pods(namespace)),
      (pods) => {
        for (const pod of items(pods)) seen.add(waiting(pod));
        return seen.has('ErrImagePull') && seen.has('ImagePullBackOff');
      },
    );
    const [pod] = items(await calls.get(paths.pods(namespace)));
    assert.equal(at(pod, 'status.phase'), 'Pending');
    assert.match(textAt(pod, 'status.containerStatuses.0.state.waiting.message'), /localhost\/absent:1/);
    assert.equal(condition(pod ?? {}, 'Ready')?.['reason'], 'ContainersNotReady');
    // The Deployment counts its pods a moment after they are there.
    const counted = await eventually(
      () => calls.get(`${paths.deployments(namespace)}/foo`),
      is('Progressing', 'True', 'ReplicaSetUpdated'),
    );
    assert.equal(condition(counted, 'Available')?.['reason'], 'MinimumReplicasUnavailable');
    const logs = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log`);
    assert.equal(logs.status, 400);
    assert.match(textAt(logs.body, 'message'), /is waiting to start/);
  });

  test('an image name with capitals: InvalidImageName', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    await calls.apply(`${paths.deployments(namespace)}/foo`, one('registry.example.com/Team/Foo:1'));
    await eventually(
      () => calls.get(paths.pods(namespace)),
      (pods) => items(pods).some((pod) => waiting(pod) === 'InvalidImageName'),
    );
  });

  test('a crashing container: CrashLoopBackOff, with the exit in lastState and in the previous logs', async (t) => {
    const image = await withImage(t, 'crash');
    if (image === undefined) return;
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, one(image));
    const pods = await eventually(
      () => calls.get(paths.pods(namespace)),
      (found) => items(found).some((pod) => waiting(pod) === 'CrashLoopBackOff'),
    );
    const [pod] = items(pods);
    assert.match(
      textAt(pod, 'status.containerStatuses.0.state.waiting.message'),
      /^back-off \w+ restarting failed container=web pod=/,
    );
    assert.equal(at(pod, 'status.containerStatuses.0.lastState.terminated.reason'), 'Error');
    assert.notEqual(at(pod, 'status.containerStatuses.0.lastState.terminated.exitCode'), 0);
    assert.ok(Number(at(pod, 'status.containerStatuses.0.restartCount')) >= 1);
    assert.equal(at(pod, 'status.phase'), 'Running');
    const { body } = await calls.get(path);
    assert.equal(condition(body, 'Available')?.['status'], 'False');
    const logs = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log`);
    assert.equal(logs.status, 200);
  });
}

function placeCases(api: () => Calls, rig: () => KubernetesRig): void {
  test('a pod that asks for more than a node has: Unschedulable', async (t) => {
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, deployment({ resources: { requests: { cpu: '5000' } } }, { replicas: 1 }));
    const scheduled = (pods: Answer): Tree | undefined => condition(items(pods)[0] ?? {}, 'PodScheduled');
    const pods = await eventually(
      () => calls.get(paths.pods(namespace)),
      // Of a node that a load keeps from reporting, it is said first that it is not ready.
      (found) => textAt(scheduled(found), 'message').includes('Insufficient cpu'),
    );
    assert.deepEqual([scheduled(pods)?.['status'], scheduled(pods)?.['reason']], ['False', 'Unschedulable']);
    assert.equal(at(items(pods)[0], 'status.phase'), 'Pending');
  });

  test('a namespace over its quota: ReplicaFailure', async (t) => {
    const { exceedQuota } = rig();
    if (exceedQuota === undefined) {
      t.skip('needs an API on which a quota can be set');
      return;
    }
    const calls = api();
    const namespace = await freshNamespace(t, calls);
    await exceedQuota(namespace);
    const path = `${paths.deployments(namespace)}/foo`;
    await calls.apply(path, one('localhost/absent:1', { progressDeadlineSeconds: 2 }));
    const failed = await eventually(() => calls.get(path), is('ReplicaFailure', 'True', 'FailedCreate'));
    assert.match(
      textAt(condition(failed, 'ReplicaFailure'), 'message'),
      /^pods "foo-\w+-\w+" is forbidden: exceeded quota: /,
    );
    const late = await eventually(() => calls.get(path), is('Progressing', 'False', 'ProgressDeadlineExceeded'));
    assert.equal(condition(late, 'ReplicaFailure')?.['status'], 'True');
  });
}
