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
import { job, paths } from './kubernetes-objects.ts';

/** What makes a container run a script. */
export const script = (text: string): Tree => ({ command: ['sh', '-c', text] });

/** What a case has at hand. */
export type Rigged = { readonly calls: Calls; readonly namespace: string; readonly image: string };

/** What becomes of a Job: the words that a report of a hook reads. */
export function jobCases(api: () => Calls, rig: () => KubernetesRig): void {
  const start = starter(api, rig);
  describe('jobs', () => {
    goodCases(start);
    badCases(start);
  });
}

export type Start = (t: TestContext) => Promise<Rigged | undefined>;

/** Returns what gives a case a namespace and an image that runs scripts; undefined (and the case skipped) where that cannot be. */
export function starter(api: () => Calls, rig: () => KubernetesRig): Start {
  return async (t) => {
    const { image } = rig();
    if (image === undefined) {
      t.skip('needs an API whose node can be given images');
      return undefined;
    }
    const name = `localhost/${freshName()}:1`;
    await image(name, 'web');
    const calls = api();
    return { calls, namespace: await freshNamespace(t, calls), image: name };
  };
}

/** The conditions of an object, each in one text. */
export const conditions = ({ body }: Answer): string[] =>
  ((at(body, 'status.conditions') ?? []) as Tree[]).map(
    ({ type, status, reason }) => `${String(type)}=${String(status)} ${String(reason)}`,
  );

async function settled({ calls, namespace }: Rigged, name: string): Promise<Answer> {
  return await eventually(
    () => calls.get(`${paths.jobs(namespace)}/${name}`),
    (answer) => conditions(answer).some((one) => /^(Complete|Failed)=True/.test(one)),
  );
}

/** The pods of a Job, oldest first. */
export async function podsOf({ calls, namespace }: Rigged, name: string): Promise<Tree[]> {
  const found = items(
    await calls.get(`${paths.pods(namespace)}?labelSelector=batch.kubernetes.io%2Fjob-name%3D${name}`),
  );
  return found.toSorted(
    (one, other) => Number(at(one, 'metadata.resourceVersion')) - Number(at(other, 'metadata.resourceVersion')),
  );
}

function goodCases(start: Start): void {
  test('a container that exits 0 completes it, and its lines can be read', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    const watch = await calls.watch(`${paths.jobs(namespace)}?watch=1`);
    await calls.apply(
      `${paths.jobs(namespace)}/migrate`,
      job('migrate', { image, ...script('echo migrated $TABLES; exit 0'), env: [{ name: 'TABLES', value: '3' }] }),
    );
    const done = await settled(rigged, 'migrate');
    assert.deepEqual(conditions(done), [
      'SuccessCriteriaMet=True CompletionsReached',
      'Complete=True CompletionsReached',
    ]);
    const { conditions: list, startTime, completionTime, ...status } = done.body['status'] as Tree;
    assert.deepEqual(status, { succeeded: 1, terminating: 0, uncountedTerminatedPods: {}, ready: 0 });
    assert.match(String(startTime), /Z$/);
    assert.match(String(completionTime), /Z$/);
    assert.equal(at(list, '1.message'), 'Reached expected number of succeeded pods');
    const events = await watch.until((seen) =>
      seen.some(({ object }) => textAt(object, 'status.conditions').includes('Complete"')),
    );
    watch.stop();
    // Announced before it is so, with the pod that is not counted yet.
    const announced = events.find(({ object }) => textAt(object, 'status.conditions').includes('SuccessCriteriaMet'));
    assert.deepEqual(textAt(announced?.object, 'status.conditions').includes('Complete"'), false);
    assert.equal((at(announced?.object, 'status.uncountedTerminatedPods.succeeded') as unknown[]).length, 1);
    assert.ok(events.some(({ object }) => at(object, 'status.active') === 1));
    const [pod, ...more] = await podsOf(rigged, 'migrate');
    assert.deepEqual(more, []);
    assert.match(textAt(pod, 'metadata.name'), /^migrate-\w{5}$/);
    assert.deepEqual(
      [at(pod, 'status.phase'), at(pod, 'metadata.ownerReferences.0.kind'), at(pod, 'metadata.generateName')],
      ['Succeeded', 'Job', 'migrate-'],
    );
    assert.deepEqual(
      [
        at(pod, 'status.containerStatuses.0.state.terminated.reason'),
        at(pod, 'status.containerStatuses.0.state.terminated.exitCode'),
      ],
      ['Completed', 0],
    );
    const ready = (at(pod, 'status.conditions') as Tree[]).find(({ type }) => type === 'Ready');
    assert.deepEqual([ready?.['status'], ready?.['reason']], ['False', 'PodCompleted']);
    const logs = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log`);
    assert.equal(logs.text, 'migrated 3\n');
    await eventually(
      () => podsOf(rigged, 'migrate'),
      ([one]) => at(one, 'metadata.finalizers') === undefined,
    );
  });

  test('several to complete, two at a time', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    const watch = await calls.watch(`${paths.jobs(namespace)}?watch=1`);
    await calls.apply(
      `${paths.jobs(namespace)}/many`,
      job('many', { image, ...script('sleep 1') }, { completions: 3, parallelism: 2 }),
    );
    const done = await settled(rigged, 'many');
    assert.equal(at(done.body, 'status.succeeded'), 3);
    const events = await watch.until((seen) =>
      seen.some(({ object }) => textAt(object, 'status.conditions').includes('Complete"')),
    );
    watch.stop();
    assert.equal(Math.max(...events.map(({ object }) => Number(at(object, 'status.active') ?? 0))), 2);
    assert.equal((await podsOf(rigged, 'many')).length, 3);
  });
}

function badCases(start: Start): void {
  test('one that fails more often than it may ends it; the pods stay with their logs', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    await calls.apply(
      `${paths.jobs(namespace)}/migrate`,
      job('migrate', { image, ...script('echo no database; exit 3') }, { backoffLimit: 0 }),
    );
    const done = await settled(rigged, 'migrate');
    assert.deepEqual(conditions(done), ['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded']);
    const { conditions: list, startTime: _startTime, ...status } = done.body['status'] as Tree;
    assert.deepEqual(status, { failed: 1, terminating: 0, uncountedTerminatedPods: {}, ready: 0 });
    assert.equal(at(list, '1.message'), 'Job has reached the specified backoff limit');
    const [pod, ...more] = await podsOf(rigged, 'migrate');
    assert.deepEqual([at(pod, 'status.phase'), more], ['Failed', []]);
    assert.deepEqual(
      [
        at(pod, 'status.containerStatuses.0.state.terminated.reason'),
        at(pod, 'status.containerStatuses.0.state.terminated.exitCode'),
      ],
      ['Error', 3],
    );
    const logs = await calls.get(`${paths.pods(namespace)}/${textAt(pod, 'metadata.name')}/log?tailLines=10`);
    assert.equal(logs.text, 'no database\n');
  });

  test('another try comes after a pause', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    await calls.apply(
      `${paths.jobs(namespace)}/twice`,
      job('twice', { image, ...script('exit 1') }, { backoffLimit: 1 }),
    );
    const done = await settled(rigged, 'twice');
    assert.deepEqual([at(done.body, 'status.failed'), (await podsOf(rigged, 'twice')).length], [2, 2]);
  });

  test('restarted in place, a restart too many takes the pod away, and its logs', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    const body = job('again', { image, ...script('exit 1') }, { backoffLimit: 1 }, { restartPolicy: 'OnFailure' });
    await calls.apply(`${paths.jobs(namespace)}/again`, body);
    const done = await settled(rigged, 'again');
    assert.deepEqual(
      [conditions(done).at(-1), at(done.body, 'status.failed')],
      ['Failed=True BackoffLimitExceeded', 1],
    );
    await eventually(
      () => podsOf(rigged, 'again'),
      (pods) => pods.length === 0,
    );
  });

  test('one that takes longer than it may is taken away', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    await calls.apply(
      `${paths.jobs(namespace)}/slow`,
      job('slow', { image, ...script('sleep 600') }, { activeDeadlineSeconds: 2 }),
    );
    const done = await settled(rigged, 'slow');
    assert.deepEqual(conditions(done), ['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded']);
    assert.equal(at(done.body, 'status.conditions.1.message'), 'Job was active longer than specified deadline');
    await eventually(
      () => podsOf(rigged, 'slow'),
      (pods) => pods.length === 0,
    );
  });
}
