import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { at, type Calls, eventually, items, type KubernetesRig, textAt, type Tree } from './kubernetes-calls.ts';
import { conditions, podsOf, script, type Start, starter } from './kubernetes-jobs.ts';
import { cronJob, job, paths } from './kubernetes-objects.ts';

/** What becomes of a Job that is suspended, deleted or over. */
export function jobPauseCases(api: () => Calls, rig: () => KubernetesRig): void {
  const start = starter(api, rig);
  describe('job pauses', () => {
    pauseCases(start);
    endCases(start);
  });
}

function pauseCases(start: Start): void {
  test('suspended, it has no pods until it is set going, and none again when it is stopped', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    const path = `${paths.jobs(namespace)}/later`;
    const body = (suspend: boolean): Tree => job('later', { image, ...script('sleep 600') }, { suspend });
    await calls.apply(path, body(true));
    const waiting = await eventually(
      () => calls.get(path),
      (answer) => conditions(answer).length > 0,
    );
    assert.deepEqual(conditions(waiting), ['Suspended=True JobSuspended']);
    const { conditions: list, ...status } = waiting.body['status'] as Tree;
    assert.deepEqual(status, { terminating: 0, uncountedTerminatedPods: {}, ready: 0 });
    assert.equal(at(list, '0.message'), 'Job suspended');
    assert.deepEqual(await podsOf(rigged, 'later'), []);
    await calls.apply(path, body(false));
    const going = await eventually(
      () => calls.get(path),
      (answer) => at(answer.body, 'status.ready') === 1,
    );
    assert.deepEqual([conditions(going), at(going.body, 'status.active')], [['Suspended=False JobResumed'], 1]);
    assert.match(textAt(going.body, 'status.startTime'), /Z$/);
    await calls.merge(path, { spec: { suspend: true } });
    await eventually(
      () => podsOf(rigged, 'later'),
      (pods) => pods.length === 0,
    );
    const stopped = await eventually(
      () => calls.get(path),
      (answer) =>
        conditions(answer).includes('Suspended=True JobSuspended') && at(answer.body, 'status.terminating') === 0,
    );
    assert.deepEqual([at(stopped.body, 'status.startTime'), at(stopped.body, 'status.failed')], [undefined, undefined]);
  });

  test('a CronJob waits for its time', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace } = rigged;
    const made = await calls.apply(`${paths.cronJobs(namespace)}/clean`, cronJob('clean', { schedule: '0 0 29 2 *' }));
    assert.deepEqual([made.status, items(await calls.get(paths.jobs(namespace)))], [201, []]);
  });
}

function endCases(start: Start): void {
  test('deleted without a word about its pods it leaves them, else it takes them along', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    const body = job('a', { image, ...script('sleep 600') });
    const path = `${paths.jobs(namespace)}/a`;
    await calls.apply(path, body);
    await eventually(
      () => podsOf(rigged, 'a'),
      (pods) => pods.length === 1,
    );
    // Who collects what has no owner lets those pods go that it knows of. It hears of them in order, and takes a later one away here.
    await calls.apply(`${paths.jobs(namespace)}/later`, job('later', { image, ...script('sleep 600') }));
    await eventually(
      () => podsOf(rigged, 'later'),
      (pods) => pods.length === 1,
    );
    await calls.remove(`${paths.jobs(namespace)}/later`, { propagationPolicy: 'Background' });
    await eventually(
      () => podsOf(rigged, 'later'),
      (pods) => pods.length === 0,
    );
    const left = await calls.remove(path);
    assert.deepEqual(at(left.body, 'metadata.finalizers'), ['orphan']);
    await eventually(
      () => calls.get(path),
      ({ status }) => status === 404,
    );
    const [orphan] = await podsOf(rigged, 'a');
    assert.deepEqual(
      [at(orphan, 'metadata.ownerReferences'), at(orphan, 'metadata.deletionTimestamp')],
      [undefined, undefined],
    );
    await eventually(
      () => podsOf(rigged, 'a'),
      ([one]) => at(one, 'metadata.finalizers') === undefined,
    );
    await calls.remove(`${paths.pods(namespace)}/${textAt(orphan, 'metadata.name')}`);
    for (const propagationPolicy of ['Background', 'Foreground']) {
      await eventually(
        () => podsOf(rigged, 'a'),
        (pods) => pods.length === 0,
      );
      await eventually(
        () => calls.apply(path, body),
        ({ status }) => status === 201,
      );
      await eventually(
        () => podsOf(rigged, 'a'),
        (pods) => pods.length === 1,
      );
      await calls.remove(path, { propagationPolicy });
      await eventually(
        () => calls.get(path),
        ({ status }) => status === 404,
      );
    }
    await eventually(
      () => podsOf(rigged, 'a'),
      (pods) => pods.length === 0,
    );
  });

  test('some time after its end it goes by itself', async (t) => {
    const rigged = await start(t);
    if (rigged === undefined) return;
    const { calls, namespace, image } = rigged;
    await calls.apply(
      `${paths.jobs(namespace)}/a`,
      job('a', { image, ...script('exit 0') }, { ttlSecondsAfterFinished: 1 }),
    );
    await eventually(
      () => calls.get(`${paths.jobs(namespace)}/a`),
      ({ status }) => status === 404,
    );
    await eventually(
      () => podsOf(rigged, 'a'),
      (pods) => pods.length === 0,
    );
  });
}
