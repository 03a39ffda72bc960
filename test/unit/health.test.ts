import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { healthOf, type TenantState } from '../../app/core/health.ts';
import type { Json, KubernetesObject } from '../../app/core/object.ts';
import type { TenantRecord, Trouble } from '../../app/core/record.ts';
import {
  complete,
  created,
  deployment,
  namespace,
  observed,
  pod,
  type PodParts,
  way,
} from '../support/observed.ts';
import { tenantRecordIn } from '../support/report-builders.ts';

const [oldSha, newSha] = ['0'.repeat(39) + '1', '0'.repeat(39) + '2'];
const ns = 'foo-241-fr';

const wanted: TenantRecord = { ...tenantRecordIn(ns), sha: newSha };

function trouble(reason: Trouble['reason']): Trouble {
  return { reason, message: 'it said no', failures: 1, retryAt: '2026-11-22T09:00:00Z' };
}

function health(record: Partial<TenantRecord>, ...parts: readonly KubernetesObject[]): TenantState {
  return healthOf('fr', { ...wanted, ...record }, observed(...parts));
}

function waiting(reason: string, message = ''): Partial<PodParts> {
  return { container: { ready: false, state: { waiting: { reason, message } } } };
}

function ended(reason: string, exitCode: number, state: Json): Partial<PodParts> {
  return {
    phase: 'Running',
    container: { restartCount: 2, ready: false, state, lastState: { terminated: { reason, exitCode } } },
  };
}

const oldPod = pod(ns, { name: 'foo-old', commit: oldSha, ready: true, created: '2026-11-22T07:00:00Z' });

describe('healthOf: phases', () => {
  test('nothing there yet', () => {
    assert.deepEqual(health({}), {
      tenant: 'fr',
      url: wanted.url,
      links: [{ part: '', url: wanted.url, serving: undefined }],
      sha: newSha,
      phase: 'starting',
      serving: undefined,
      since: undefined,
      cause: undefined,
    });
  });

  test('rolled out is live, since the rollout was complete', () => {
    const conditions = complete('2026-11-22T08:03:00Z');
    const state = health(
      {},
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: newSha, available: 1, conditions }),
      pod(ns, { name: 'foo-a', commit: newSha, ready: true }),
    );
    assert.deepEqual([state.phase, state.serving, state.since], ['live', newSha, '2026-11-22T08:03:00Z']);
  });

  test('live again since it last became available', () => {
    const conditions = [
      ...complete('2026-11-22T08:03:00Z').slice(1),
      { type: 'Available', status: 'True', lastUpdateTime: '2026-11-22T09:00:00Z' },
    ];
    assert.equal(
      health({}, ...way(ns), deployment(ns, { commit: newSha, available: 1, conditions })).since,
      '2026-11-22T09:00:00Z',
    );
  });

  const notLive: readonly (readonly [string, Parameters<typeof deployment>[1]])[] = [
    [
      'the controller has not seen the newest spec',
      { commit: newSha, available: 1, generation: 2, observedGeneration: 1 },
    ],
    ['not all replicas are updated', { commit: newSha, replicas: 2, updated: 1, available: 2, total: 2 }],
    ['not all replicas are available', { commit: newSha, replicas: 2, available: 1 }],
    ['old replicas are still there', { commit: newSha, available: 1, total: 2 }],
    ['it is of another commit', { commit: oldSha, available: 1 }],
  ];
  for (const [why, rollout] of notLive) {
    test(`not live: ${why}`, () => {
      assert.notEqual(health({}, namespace(ns), ...way(ns), deployment(ns, rollout)).phase, 'live');
    });
  }

  test('not live without an Ingress: the link leads nowhere', () => {
    const state = health({}, namespace(ns), deployment(ns, { commit: newSha, available: 1 }));
    assert.deepEqual([state.phase, state.serving], ['starting', undefined]);
  });

  test('a preview of another namespace does not count', () => {
    assert.equal(
      health(
        {},
        namespace('foo-241-be'),
        ...way('foo-241-be'),
        deployment('foo-241-be', { commit: newSha, available: 1 }),
      ).phase,
      'starting',
    );
  });

  test('updating while the version before answers', () => {
    const next = pod(ns, { name: 'foo-new', commit: newSha, created: '2026-11-22T08:05:00Z' });
    const state = health(
      {},
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: newSha, available: 1, updated: 1, total: 2 }),
      oldPod,
      next,
    );
    assert.deepEqual(
      [state.phase, state.serving, state.since, state.cause],
      ['updating', oldSha, '2026-11-22T08:05:00Z', undefined],
    );
  });

  test('updating before the new commit is applied, whatever the old pods suffer from', () => {
    const sick = pod(ns, {
      name: 'foo-b',
      commit: oldSha,
      ...ended('Error', 1, { waiting: { reason: 'CrashLoopBackOff' } }),
    });
    const state = health(
      {},
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: oldSha, replicas: 2, available: 1 }),
      oldPod,
      sick,
    );
    assert.deepEqual([state.phase, state.serving, state.cause], ['updating', oldSha, undefined]);
  });

  test('failed while the version before answers', () => {
    const next = pod(ns, {
      name: 'foo-new',
      commit: newSha,
      ...ended('Error', 3, { waiting: { reason: 'CrashLoopBackOff' } }),
    });
    const state = health(
      {},
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: newSha, available: 1, total: 2 }),
      oldPod,
      next,
    );
    assert.deepEqual([state.phase, state.serving, state.cause?.reason], ['failed', oldSha, 'Crashed']);
  });

  test('the same commit rendered anew: the pods of the later template count', () => {
    const before = pod(ns, {
      name: 'foo-a',
      commit: newSha,
      template: 'one',
      created: '2026-11-22T08:00:00Z',
      ...waiting('ErrImagePull', 'not found'),
    });
    const after = pod(ns, {
      name: 'foo-b',
      commit: newSha,
      template: 'two',
      created: '2026-11-22T08:09:00Z',
      ...waiting('InvalidImageName'),
    });
    assert.equal(
      health({}, ...way(ns), deployment(ns, { commit: newSha }), before, after).cause?.reason,
      'ImageNameInvalid',
    );
  });

  test('pods that are leaving, or belong to something else, are no cause', () => {
    const leaving = pod(ns, { name: 'foo-a', commit: newSha, deleted: created, ...waiting('InvalidImageName') });
    const other = pod(ns, { name: 'job', commit: newSha, ...waiting('InvalidImageName') });
    const stranger = { ...other, metadata: { ...other.metadata, labels: {} } };
    assert.deepEqual(
      health({}, namespace(ns), ...way(ns), deployment(ns, { commit: newSha }), leaving, stranger).cause,
      undefined,
    );
  });

  test('removing while the namespace is there, removed after', () => {
    const gone = { wanted: false };
    assert.deepEqual(pick(health(gone, namespace(ns, '2026-11-22T10:00:00Z'))), [
      'removing',
      undefined,
      '2026-11-22T10:00:00Z',
      undefined,
    ]);
    assert.deepEqual(pick(health(gone, namespace(ns))), ['removing', undefined, undefined, undefined]);
    assert.deepEqual(pick(health(gone)), ['removed', undefined, undefined, undefined]);
  });

  test('a teardown that is held back says so, and that the link still answers', () => {
    const parts = [namespace(ns), ...way(ns), deployment(ns, { commit: newSha, available: 1 })];
    const state = health({ wanted: false, trouble: trouble('TeardownPaused') }, ...parts);
    assert.deepEqual([state.phase, state.serving, state.cause?.reason], ['removing', newSha, 'TeardownPaused']);
  });

  test('a namespace that goes away under a wanted preview is waited for', () => {
    const parts = [
      namespace(ns, '2026-11-22T10:00:00Z'),
      ...way(ns),
      deployment(ns, { commit: newSha, available: 1 }),
    ];
    const state = health({}, ...parts);
    assert.deepEqual(
      [state.phase, state.serving, state.cause?.reason],
      ['starting', undefined, 'NamespaceTerminating'],
    );
    assert.equal(health({ trouble: trouble('NamespaceTerminating') }).phase, 'starting');
  });

  function pick({ phase, serving, since, cause }: TenantState): unknown[] {
    return [phase, serving, since, cause?.reason];
  }
});

describe('healthOf: trouble applying', () => {
  for (const reason of ['NameHeld', 'ApplyFailed'] as const) {
    test(`${reason} blocks a preview that answers nobody`, () => {
      const state = health({ trouble: trouble(reason) });
      assert.deepEqual([state.phase, state.cause?.reason, state.cause?.message], ['blocked', reason, 'it said no']);
    });
  }

  test('what is live stays live, with the cause', () => {
    const state = health(
      { trouble: trouble('ApplyFailed') },
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: newSha, available: 1 }),
    );
    assert.deepEqual([state.phase, state.cause?.reason], ['live', 'ApplyFailed']);
  });

  test('a new commit that cannot be applied has failed while the one before answers', () => {
    const state = health(
      { trouble: trouble('ApplyFailed') },
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: oldSha, available: 1 }),
      oldPod,
    );
    assert.deepEqual([state.phase, state.serving, state.cause?.reason], ['failed', oldSha, 'ApplyFailed']);
  });

  test('what cannot be taken away does not block what runs', () => {
    const state = health(
      { trouble: trouble('RemoveFailed') },
      namespace(ns),
      ...way(ns),
      deployment(ns, { commit: newSha, available: 1 }),
    );
    assert.deepEqual([state.phase, state.cause?.reason], ['live', 'RemoveFailed']);
  });
});
