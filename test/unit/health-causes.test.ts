import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { healthOf, type TenantState } from '../../app/core/health.ts';
import type { Json, KubernetesObject } from '../../app/core/object.ts';
import type { TenantRecord } from '../../app/core/record.ts';
import { created, deployment, late, namespace, observed, pod, type PodParts, way } from '../support/observed.ts';
import { tenantRecordIn } from '../support/report-builders.ts';

const newSha = '0'.repeat(39) + '2';
const ns = 'foo-241-fr';

const wanted: TenantRecord = { ...tenantRecordIn(ns), sha: newSha };

function health(record: Partial<TenantRecord>, ...parts: readonly KubernetesObject[]): TenantState {
  return healthOf('fr', { ...wanted, ...record }, observed(...parts));
}

/** A new pod in the given state, and nothing else that runs. */
function failing(parts: Partial<PodParts>, ...conditions: readonly Json[]): TenantState {
  return health(
    {},
    namespace(ns),
    ...way(ns),
    deployment(ns, { commit: newSha, conditions }),
    pod(ns, { name: 'foo-a', commit: newSha, ...parts }),
  );
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

describe('healthOf: causes', () => {
  const image = `registry.bar.com/foo:${newSha}`;
  const notFound = `rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
  const refused = `failed to pull and unpack image "x": failed to resolve reference "x": failed to do request: Head "https://x/v2/": dial tcp 10.0.0.9:41234->10.0.0.1:443: connect: connection refused`;
  const startError =
    'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: "/x": stat /x: no such file or directory: unknown';
  const noCommand: Partial<PodParts> = {
    phase: 'Running',
    container: {
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 1m20s' } },
      lastState: { terminated: { reason: 'StartError', exitCode: 128, message: startError } },
    },
  };
  const quota =
    'pods "foo-5d8f7c-x2x4l" is forbidden: exceeded quota: compute, requested: limits.memory=256Mi, used: limits.memory=3Gi, limited: limits.memory=3Gi';
  const replicaFailure = (message: string): Json => ({
    type: 'ReplicaFailure',
    status: 'True',
    reason: 'FailedCreate',
    message,
    lastUpdateTime: '2026-11-22T08:02:00Z',
  });

  const cases: readonly (readonly [string, string, TenantState, string, RegExp])[] = [
    [
      'failed',
      'ErrImagePull, refused',
      failing(waiting('ErrImagePull', 'pull access denied, repository does not exist or may require authorization')),
      'ImageDenied',
      /refuse|let/,
    ],
    [
      'failed',
      'ErrImagePull, unreachable',
      failing(waiting('ErrImagePull', refused)),
      'ImagePullFailed',
      /: `Head "https:\/\/x\/v2\/": dial tcp 10\.0\.0\.1:443: connect: connection refused`\.$/,
    ],
    [
      'failed',
      'ImagePullBackOff, unreachable',
      failing(waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${refused}`)),
      'ImagePullFailed',
      /connection refused/,
    ],
    [
      'failed',
      'ErrImageNeverPull',
      failing(waiting('ErrImageNeverPull', 'Container image "x" is not present with pull policy of Never')),
      'ImageAbsent',
      /machines/,
    ],
    [
      'failed',
      'InvalidImageName',
      failing(waiting('InvalidImageName', 'couldn’t parse')),
      'ImageNameInvalid',
      /not a valid/,
    ],
    [
      'failed',
      'CrashLoopBackOff',
      failing(ended('Error', 3, { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } })),
      'Crashed',
      /exit code 3/,
    ],
    [
      'failed',
      'crashed, shown as Error',
      failing(ended('Error', 3, { terminated: { reason: 'Error', exitCode: 3 } })),
      'Crashed',
      /exit code 3/,
    ],
    ['failed', 'crashed, running again', failing(ended('Error', 3, { running: {} })), 'Crashed', /exit code 3/],
    ['failed', 'killed', failing(ended('Error', 139, { running: {} })), 'Crashed', /SIGSEGV/],
    [
      'failed',
      'ended well, again and again',
      failing(ended('Completed', 0, { waiting: { reason: 'CrashLoopBackOff' } })),
      'Exited',
      /ends by itself/,
    ],
    ['failed', 'OOMKilled, before', failing(ended('OOMKilled', 137, { running: {} })), 'OutOfMemory', /256Mi/],
    [
      'failed',
      'OOMKilled, now',
      failing({ container: { state: { terminated: { reason: 'OOMKilled', exitCode: 137 } } } }),
      'OutOfMemory',
      /memory/,
    ],
    [
      'failed',
      'an init container crashed',
      failing({
        init: {
          restartCount: 1,
          state: { waiting: { reason: 'CrashLoopBackOff' } },
          lastState: { terminated: { reason: 'Error', exitCode: 7 } },
        },
      }),
      'Crashed',
      /code 7/,
    ],
    [
      'failed',
      'no such command',
      failing(noCommand),
      'CannotStart',
      /: `exec: "\/x": stat \/x: no such file or directory`\.$/,
    ],
    [
      'failed',
      'a secret that is not there',
      failing(waiting('CreateContainerConfigError', 'secret "db" not found')),
      'SettingMissing',
      /secret "db" not found/,
    ],
    [
      'failed',
      'quota',
      failing({ phase: 'Running', ready: true }, replicaFailure(quota)),
      'QuotaExceeded',
      /limits\.memory=3Gi/,
    ],
    [
      'failed',
      'pod security',
      failing(
        { ready: true },
        replicaFailure('pods "foo-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true'),
      ),
      'PodRefused',
      /PodSecurity/,
    ],
    [
      'failed',
      'a webhook',
      failing({ ready: true }, replicaFailure('admission webhook "a.b" denied the request: no latest tag')),
      'PodRefused',
      /no latest tag/,
    ],
    [
      'failed',
      'nothing listens',
      failing({ phase: 'Running', container: {} }, late('2026-11-22T08:06:00Z')),
      'NotReady',
      /port 8080/,
    ],
    ['failed', 'never got so far', failing({}, late('2026-11-22T08:06:00Z')), 'Stalled', /does not say why/],
    [
      'starting',
      'ErrImagePull, not there',
      failing(waiting('ErrImagePull', notFound)),
      'ImageNotFound',
      /does not have/,
    ],
    [
      'starting',
      'ImagePullBackOff, not there',
      failing(waiting('ImagePullBackOff', `Back-off pulling image "${image}": ErrImagePull: ${notFound}`)),
      'ImageNotFound',
      /does not have/,
    ],
    [
      'starting',
      'ImagePullBackOff of an older kubelet',
      failing(waiting('ImagePullBackOff', `Back-off pulling image "${image}"`)),
      'ImageNotFound',
      /does not have/,
    ],
    [
      'starting',
      'a tag that sounds like an answer',
      failing({
        image: 'r.io/denied:403',
        ...waiting('ErrImagePull', 'failed to resolve reference "r.io/denied:403": r.io/denied:403: not found'),
      }),
      'ImageNotFound',
      /r\.io\/denied:403/,
    ],
    [
      'failed',
      'an image that never came',
      failing(waiting('ErrImagePull', notFound), late('2026-11-22T08:06:00Z')),
      'ImageNotFound',
      /does not have/,
    ],
  ];
  for (const [phase, name, state, reason, message] of cases) {
    test(name, () => {
      assert.deepEqual([state.phase, state.cause?.reason], [phase, reason]);
      assert.match(state.cause?.message ?? '', message);
      assert.ok((state.cause?.advice ?? '').length > 20);
    });
  }

  test('no room: starting until the deadline, then failed; the counts of the moment are left out', () => {
    const unschedulable = (message: string): Partial<PodParts> => ({
      conditions: [
        {
          type: 'PodScheduled',
          status: 'False',
          reason: 'Unschedulable',
          message,
          lastTransitionTime: '2026-11-22T08:01:30Z',
        },
      ],
    });
    const state = failing(
      unschedulable(
        '0/5 nodes are available: 2 Insufficient cpu, 3 Insufficient memory. no new claims to deallocate, preemption: 0/5 nodes are available: 5 No preemption victims found for incoming pod.',
      ),
    );
    assert.deepEqual(
      [state.phase, state.cause?.message, state.since],
      ['starting', 'No machine of the cluster has enough left of `cpu, memory`.', '2026-11-22T08:01:30Z'],
    );
    const tainted = failing(
      unschedulable(
        '0/1 nodes are available: 1 node(s) had untolerated taint {disk: slow}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
      ),
      late('2026-11-22T08:06:00Z'),
    );
    assert.deepEqual(
      [tainted.phase, tainted.cause?.message],
      ['failed', 'No machine of the cluster takes it: `had untolerated taint {disk: slow}`.'],
    );
  });

  test('the logs to look at are those of the container that ended', () => {
    const logsOf = (state: Json): unknown => failing(ended('Error', 3, state)).cause?.logsOf;
    const of = { namespace: ns, name: 'foo-a', container: 'app' };
    assert.deepEqual(logsOf({ waiting: { reason: 'CrashLoopBackOff' } }), { ...of, previous: true });
    assert.deepEqual(logsOf({ running: {} }), { ...of, previous: true });
    assert.deepEqual(logsOf({ terminated: { reason: 'Error', exitCode: 3 } }), { ...of, previous: false });
    assert.equal(failing(waiting('ErrImageNeverPull')).cause?.logsOf, undefined);
  });

  test('a crash reads the same through its whole loop, so that nothing is written again', () => {
    const loop: readonly Json[] = [
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
      { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m' } },
      { running: {} },
      { terminated: { reason: 'Error', exitCode: 3 } },
    ];
    const told = loop
      .map((state) => failing(ended('Error', 3, state)))
      .map(({ phase, since, cause }) => JSON.stringify([phase, since, cause?.message]));
    assert.equal(new Set(told).size, 1, told.join('\n'));
  });

  test('a refusal names no pod: its name is another one at each try', () => {
    const state = failing({ ready: true }, replicaFailure(quota));
    assert.doesNotMatch(state.cause?.message ?? '', /x2x4l/);
  });

  test('conditions that speak of the spec before are no cause', () => {
    const stale = deployment(ns, { commit: newSha, generation: 2, observedGeneration: 1, conditions: [late(created)] });
    assert.equal(health({}, ...way(ns), stale).cause, undefined);
  });

  test('a readiness path is named', () => {
    const state = health(
      {},
      ...way(ns),
      deployment(ns, { commit: newSha, readinessPath: '/healthz', conditions: [late(created)] }),
      pod(ns, { name: 'foo-a', commit: newSha, phase: 'Running', container: {} }),
    );
    assert.match(state.cause?.message ?? '', /`GET \/healthz` on port 8080/);
  });

  test('a status of any shape is no error', () => {
    const shapes: readonly Json[] = [
      null,
      7,
      'x',
      [],
      {},
      { conditions: 'x', containerStatuses: [null, 7, { state: [], restartCount: 'x' }], availableReplicas: '1' },
    ];
    for (const status of shapes) {
      const broken = { ...deployment(ns, { commit: newSha }), status, spec: status };
      assert.equal(
        health({}, ...way(ns), broken, { ...pod(ns, { name: 'a', commit: newSha }), status, spec: status }).phase,
        'starting',
      );
    }
  });
});
