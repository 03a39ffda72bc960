import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { healthOf, type TenantState } from '../../app/core/health.ts';
import { names, type Json, type KubernetesObject } from '../../app/core/object.ts';
import type { TenantRecord, Trouble } from '../../app/core/record.ts';
import {
  complete,
  container,
  cronJob,
  deployment,
  ingress,
  job,
  jobComplete,
  jobFailed,
  late,
  namespace,
  observed,
  pod,
  service,
  statefulSet,
  type PodParts,
  way,
} from '../support/observed.ts';
import { crashing, noImage, noRoom, tenantRecordIn } from '../support/report-builders.ts';

const [oldSha, newSha] = ['0'.repeat(39) + '1', '0'.repeat(39) + '2'];
const ns = 'foo-241-fr';
const wanted: TenantRecord = { ...tenantRecordIn(ns), sha: newSha };

function health(record: Partial<TenantRecord>, ...parts: readonly KubernetesObject[]): TenantState {
  return healthOf('fr', { ...wanted, ...record }, observed(namespace(ns), ...parts));
}

function brief({ phase, serving, cause }: TenantState): unknown[] {
  return [phase, serving, cause?.reason];
}

const live = (name: string, commit = newSha): KubernetesObject => deployment(ns, { name, commit, available: 1 });
const dbPod = (parts: Partial<PodParts>): KubernetesObject =>
  pod(ns, { name: 'db-0', of: 'db', kind: 'StatefulSet', commit: newSha, ...parts });

describe('healthOf: which commit a workload is of', () => {
  test('its pods’ template tells, not the object', () => {
    // Applied for another commit, and nothing in it depends on the commit.
    const redis = deployment(ns, { name: 'redis', commit: oldSha, ofCommit: false, available: 1 });
    assert.deepEqual(brief(health({}, ...way(ns), live('web'), redis)), ['live', newSha, undefined]);
    assert.deepEqual(brief(health({}, ...way(ns), redis)), ['live', newSha, undefined]);
  });

  test('one that is of another commit is not live, whatever is written on the object', () => {
    const object = live('web', oldSha);
    const renamed = { ...object, metadata: { ...object.metadata, annotations: { [names.commit]: newSha } } };
    assert.equal(health({}, ...way(ns), renamed).phase, 'updating');
  });

  test('with trouble, a version that nobody can tell from the one before is not called live', () => {
    const trouble: Trouble = { reason: 'Refused', message: 'no', failures: 1, retryAt: undefined };
    const before = deployment(ns, { commit: oldSha, ofCommit: false, available: 1 });
    const applied = deployment(ns, { commit: newSha, ofCommit: false, available: 1 });
    assert.deepEqual(brief(health({ trouble }, ...way(ns), before)), ['failed', newSha, 'Refused']);
    assert.deepEqual(brief(health({ trouble }, ...way(ns), applied)), ['live', newSha, 'Refused']);
    assert.deepEqual(brief(health({ trouble }, ...way(ns), live('web'))), ['live', newSha, 'Refused']);
    const setup: Trouble = { ...trouble, reason: 'SetupFailed' };
    assert.deepEqual(brief(health({ trouble: setup }, ...way(ns), live('web'))), ['failed', newSha, 'SetupFailed']);
    const job0 = job(ns, { name: 'setup-x-5f0c2b1a', commit: newSha, hook: 'setup', conditions: [jobComplete] });
    assert.equal(health({ trouble }, ...way(ns), before, job0).phase, 'failed');
  });
});

describe('healthOf: several workloads', () => {
  const states: readonly (readonly [string, KubernetesObject])[] = [
    ['live', live('a')],
    ['updating', live('b', oldSha)],
    ['starting', deployment(ns, { name: 'c', commit: newSha })],
    ['failed', deployment(ns, { name: 'd', commit: newSha, conditions: [late('2026-11-22T08:07:00Z')] })],
  ];
  for (const [index, [phase]] of states.entries()) {
    test(`the one furthest from live decides: ${phase}`, () => {
      const parts = states.slice(0, index + 1).map(([, one]) => one);
      const shown = health({}, ...way(ns), ...parts.toReversed());
      // What answers is of the version before, so that a new part which starts is part of an update.
      assert.equal(shown.phase, phase === 'starting' ? 'updating' : phase);
    });
  }

  test('where one app answers first, a new preview is starting', () => {
    const state = health({}, ...way(ns), service(ns, 'foo', 'web'), live('web'), deployment(ns, { name: 'worker', commit: newSha }));
    assert.deepEqual(brief(state), ['starting', newSha, undefined]);
  });

  test('the cause names the workload, and the container where there are several', () => {
    const sick = (name: string): KubernetesObject => pod(ns, { name: `${name}-a`, of: name, commit: newSha, ...crashing });
    const web = deployment(ns, { name: 'web', commit: newSha });
    assert.match(health({}, ...way(ns), web, live('worker'), sick('web')).cause?.message ?? '', /^Deployment `web`: The program/);
    assert.match(health({}, ...way(ns), web, sick('web')).cause?.message ?? '', /^The program/);
    const withInit = pod(ns, { name: 'web-a', of: 'web', commit: newSha, ...crashing, init: { state: { running: {} } } });
    assert.match(health({}, ...way(ns), web, withInit).cause?.message ?? '', /^Container `app`: The program/);
  });

  test('a program that stops while another is on its way may only be waiting for it, until its time is up', () => {
    const sick = pod(ns, { name: 'web-a', of: 'web', commit: newSha, ...crashing });
    const db = statefulSet(ns, { name: 'db', commit: newSha, updated: 0 });
    const web = (...conditions: readonly Json[]): KubernetesObject => deployment(ns, { name: 'web', commit: newSha, conditions });
    const state = health({}, ...way(ns), web(), sick, db);
    assert.deepEqual(brief(state), ['starting', undefined, 'Crashed']);
    assert.match(state.cause?.message ?? '', /may only be waiting/);
    const ready = statefulSet(ns, { name: 'db', commit: newSha, available: 1 });
    assert.deepEqual(brief(health({}, ...way(ns), web(), sick, ready)), ['failed', newSha, 'Crashed']);
    assert.equal(health({}, ...way(ns), web(late('2026-11-22T08:07:00Z')), sick, db).phase, 'failed');
  });

  test('what keeps the other is told before what may only suffer from it', () => {
    const sick = pod(ns, { name: 'api-a', of: 'api', commit: newSha, ...crashing });
    const api = deployment(ns, { name: 'api', commit: newSha });
    const state = health({}, ...way(ns), api, sick, statefulSet(ns, { name: 'db', commit: newSha }), dbPod(noImage));
    assert.deepEqual(brief(state), ['starting', undefined, 'ImageNotFound']);
    assert.match(state.cause?.message ?? '', /^StatefulSet `db`/);
  });

  test('the same in whatever order the cache has them', () => {
    const parts = [live('a'), deployment(ns, { name: 'b', commit: newSha, created: '2026-11-22T08:02:00Z' }), deployment(ns, { name: 'c', commit: newSha })];
    assert.deepEqual(health({}, ...way(ns), ...parts), health({}, ...way(ns), ...parts.toReversed()));
  });

  test('nothing wanted counts as rolled out, and answers nobody', () => {
    const none = deployment(ns, { name: 'worker', commit: newSha, replicas: 0, updated: 0 });
    assert.deepEqual(brief(health({}, ...way(ns), live('web'), none)), ['live', newSha, undefined]);
    assert.deepEqual(brief(health({}, ...way(ns), none)), ['live', undefined, undefined]);
  });
});

describe('healthOf: several apps', () => {
  const host = (part: string): string => `foo-241-${part}-fr.preview.bar.com`;
  const links = ['api', 'front'].map((part) => ({ part, url: `https://${host(part)}` }));
  const to = (part: string): readonly KubernetesObject[] => way(ns, { host: host(part), service: part });
  const served = (...parts: readonly KubernetesObject[]): unknown[] => {
    const state = health({ links }, ...parts);
    return [state.phase, state.serving, ...state.links.map(({ part, serving }) => `${part} ${serving?.at(-1) ?? '-'}`)];
  };

  test('each link has the commit that answers there', () => {
    assert.deepEqual(served(...to('api'), ...to('front'), live('api'), live('front')), ['live', newSha, 'api 2', 'front 2']);
    assert.deepEqual(served(...to('api'), ...to('front'), live('api'), live('front', oldSha)), ['updating', oldSha, 'api 2', 'front 1']);
    const down = deployment(ns, { name: 'api', commit: newSha });
    assert.deepEqual(served(...to('api'), ...to('front'), down, live('front')), ['starting', newSha, 'api -', 'front 2']);
  });

  test('a link without its Ingress leads nowhere', () => {
    assert.deepEqual(served(...to('front'), live('api'), live('front')), ['starting', newSha, 'api -', 'front 2']);
  });

  test('an Ingress without the Service that it names leads nowhere', () => {
    assert.deepEqual(served(ingress(ns, { host: host('api'), service: 'api' }), ...to('front'), live('api'), live('front')), ['failed', newSha, 'api -', 'front 2']);
  });

  test('where it cannot be told which pods a Service leads to, all of them may answer', () => {
    assert.equal(health({}, ...way(ns, { service: 'elsewhere' }), live('web')).serving, newSha);
  });

  test('a preview without a link needs no Ingress', () => {
    assert.deepEqual(brief(health({ links: [] }, live('worker'))), ['live', newSha, undefined]);
  });
});

describe('healthOf: StatefulSets', () => {
  const cases: readonly (readonly [string, TenantState['phase'], Partial<Parameters<typeof statefulSet>[1]>])[] = [
    ['all its pods are of the newest template and available', 'live', { available: 1 }],
    ['no pod is available', 'starting', {}],
    ['its controller has not seen the newest spec', 'updating', { available: 1, generation: 2, observedGeneration: 1 }],
    ['not all pods are of the newest template', 'updating', { replicas: 2, available: 2, updated: 1 }],
    ['not all pods are available', 'updating', { replicas: 2, available: 1 }],
    ['more pods than wanted are left', 'updating', { available: 1, total: 2 }],
    ['those before its partition may stay', 'live', { replicas: 2, available: 2, updated: 1, strategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }],
    ['somebody else starts its pods anew', 'live', { available: 1, updated: 0, strategy: { type: 'OnDelete' } }],
    ['nothing is wanted', 'live', { replicas: 0, updated: 0 }],
    ['it is of another commit', 'updating', { commit: oldSha, available: 1 }],
  ];
  for (const [why, phase, parts] of cases) {
    test(`${phase}: ${why}`, () => {
      assert.equal(health({}, ...way(ns), statefulSet(ns, { commit: newSha, ...parts })).phase, phase);
    });
  }

  test('an API server that knows no available pods tells of ready ones', () => {
    const object = statefulSet(ns, { commit: newSha });
    const { availableReplicas: _available, ...status } = object.status as Readonly<Record<string, Json>>;
    assert.equal(health({}, ...way(ns), { ...object, status: { ...status, readyReplicas: 1 } }).phase, 'live');
  });

  test('live since its last pod got ready', () => {
    const state = health({}, ...way(ns), statefulSet(ns, { name: 'db', commit: newSha, available: 1 }), dbPod({ ready: true, readySince: '2026-11-22T08:02:30Z' }));
    assert.equal(state.since, '2026-11-22T08:02:30Z');
  });

  test('a crash and a lack of room are told by its pods; it has no deadline', () => {
    const db = statefulSet(ns, { name: 'db', commit: newSha });
    assert.deepEqual(brief(health({}, ...way(ns), db, dbPod(crashing))), ['failed', undefined, 'Crashed']);
    assert.deepEqual(brief(health({}, ...way(ns), db, dbPod(noRoom))), ['starting', undefined, 'Unschedulable']);
    assert.deepEqual(brief(health({}, ...way(ns), db, dbPod({ phase: 'Running', container: {} }))), ['starting', undefined, undefined]);
  });

  test('a pod of an earlier template that does not get ready is in the way of the newest', () => {
    const stuck = dbPod({ template: 'earlier', ...crashing });
    const db = (policy: string): KubernetesObject => statefulSet(ns, { name: 'db', commit: newSha, updated: 0, policy });
    const state = health({}, ...way(ns), db('OrderedReady'), stuck);
    assert.deepEqual(brief(state), ['failed', undefined, 'HeldByOld']);
    assert.equal(state.cause?.logsOf?.name, 'db-0');
    assert.deepEqual(brief(health({}, ...way(ns), db('Parallel'), stuck)), ['starting', undefined, undefined]);
    const next = dbPod({ name: 'db-1' });
    assert.equal(health({}, ...way(ns), db('OrderedReady'), dbPod({ template: 'earlier', ready: true }), next).cause, undefined);
  });
});

describe('healthOf: Jobs', () => {
  const setup = (parts: Partial<Parameters<typeof job>[1]> = {}): KubernetesObject =>
    job(ns, { name: 'setup-migrate-5f0c2b1a', commit: newSha, hook: 'setup', ...parts });
  const tryOf = (name: string, parts: Partial<PodParts> = {}): KubernetesObject =>
    pod(ns, { name: `${name}-x`, of: name, kind: 'Job', commit: newSha, ...parts });

  test('a setup Job that runs is what is waited for, before and while something answers', () => {
    const state = health({}, setup());
    assert.deepEqual(brief(state), ['starting', undefined, 'SetupRunning']);
    assert.equal(state.cause?.message, 'The setup Job `migrate` is running.');
    assert.deepEqual(brief(health({}, ...way(ns), live('web', oldSha), setup())), ['updating', oldSha, 'SetupRunning']);
    assert.match(health({}, setup({ name: 'db-init-5f0c2b1a' })).cause?.message ?? '', /`db-init`/);
  });

  test('what keeps its pod from running is told instead; a try that failed is not', () => {
    const { name } = setup().metadata;
    assert.deepEqual(brief(health({}, setup(), tryOf(name, noImage))), ['starting', undefined, 'ImageNotFound']);
    assert.deepEqual(brief(health({}, setup(), tryOf(name, crashing))), ['starting', undefined, 'SetupRunning']);
  });

  const others: readonly (readonly [string, KubernetesObject])[] = [
    ['is of another commit', setup({ commit: oldSha })],
    ['is complete', setup({ conditions: [jobComplete] })],
    ['failed: the record tells', setup({ conditions: [jobFailed] })],
    ['waits for its turn', setup({ suspend: true })],
    ['is for the end', setup({ hook: 'teardown', suspend: true })],
  ];
  for (const [why, object] of others) {
    test(`one that ${why} is not`, () => {
      assert.deepEqual(brief(health({}, ...way(ns), live('web'), object)), ['live', newSha, undefined]);
    });
  }

  test('pods of a Job are none of a Deployment that has the same labels', () => {
    const stray = pod(ns, { name: 'foo-x', of: 'foo', kind: 'Job', commit: newSha, ...crashing });
    assert.equal(health({}, ...way(ns), deployment(ns, { commit: newSha }), stray).cause, undefined);
  });

  test('a setup Job that failed: the last lines are those of its last try', () => {
    const { name } = setup().metadata;
    const trouble: Trouble = { reason: 'SetupFailed', message: `The setup Job ${name} failed: no`, job: { namespace: ns, name }, failures: 1, retryAt: undefined };
    const ended = (exitCode: number): Partial<PodParts> => ({ container: { state: { terminated: { exitCode } } } });
    const first = tryOf(name, { name: 'one', created: '2026-11-22T08:01:00Z', ...ended(1) });
    const second = tryOf(name, { name: 'two', created: '2026-11-22T08:02:00Z', ...ended(2) });
    const state = health({ trouble }, setup({ conditions: [jobFailed] }), second, first);
    assert.deepEqual(brief(state), ['failed', undefined, 'SetupFailed']);
    assert.deepEqual(state.cause?.logsOf, { namespace: ns, name: 'two', container: 'app', previous: false });
    assert.equal(state.cause.message, 'The setup Job `migrate` failed: no');
    assert.equal(health({ trouble }, setup({ conditions: [jobFailed] })).cause?.logsOf, undefined);
  });

  test('a Job of the project that failed keeps nothing from being live, and is told', () => {
    const seed = (parts: Partial<Parameters<typeof job>[1]>): TenantState =>
      health({}, ...way(ns), live('web'), job(ns, { name: 'seed', commit: newSha, ...parts }), tryOf('seed'));
    assert.deepEqual(brief(seed({ conditions: [jobFailed] })), ['live', newSha, 'JobFailed']);
    assert.deepEqual(brief(seed({ conditions: [] })), ['live', newSha, undefined]);
    assert.deepEqual(brief(seed({ conditions: [jobFailed], commit: oldSha })), ['live', newSha, undefined]);
    assert.deepEqual(brief(seed({ conditions: [jobFailed], applied: false })), ['live', newSha, undefined]);
    const outOfTime = seed({ conditions: [{ ...(jobFailed as object), reason: 'DeadlineExceeded' }] });
    assert.match(outOfTime.cause?.message ?? '', /longer than it may/);
  });

  test('Jobs and CronJobs alone are live when they are there', () => {
    const alone = { links: [] };
    assert.deepEqual(brief(health(alone, cronJob(ns, { name: 'nightly', commit: newSha }))), ['live', newSha, undefined]);
    assert.deepEqual(brief(health(alone, cronJob(ns, { name: 'nightly', commit: oldSha }))), ['updating', oldSha, undefined]);
    assert.deepEqual(brief(health(alone, cronJob(ns, { name: 'nightly', commit: oldSha, ofCommit: false }))), ['live', newSha, undefined]);
    assert.deepEqual(brief(health(alone, job(ns, { name: 'seed', commit: newSha }))), ['live', newSha, undefined]);
    assert.equal(health(alone).phase, 'starting');
    assert.equal(health({}, cronJob(ns, { name: 'nightly', commit: newSha })).phase, 'starting');
  });
});

describe('healthOf: trouble of this kind of project', () => {
  const trouble = (reason: Trouble['reason'], failures = 1): Trouble => ({ reason, message: 'no', problems: ['a', 'b'], failures, retryAt: undefined });
  const before = [...way(ns), live('web', oldSha)];

  test('an image that the registry does not have is waited for, for a while', () => {
    assert.deepEqual(brief(health({ trouble: trouble('ImageMissing') })), ['starting', undefined, 'ImageMissing']);
    assert.deepEqual(brief(health({ trouble: trouble('ImageMissing') }, ...before)), ['updating', oldSha, 'ImageMissing']);
    assert.deepEqual(brief(health({ trouble: trouble('ImageMissing', 7) })), ['blocked', undefined, 'ImageMissing']);
    assert.deepEqual(brief(health({ trouble: trouble('ImageMissing', 7) }, ...before)), ['failed', oldSha, 'ImageMissing']);
  });

  for (const reason of ['Refused', 'RenderFailed', 'SecretMissing'] as const) {
    test(`${reason} blocks what has never run, and fails an update`, () => {
      assert.deepEqual(brief(health({ trouble: trouble(reason) })), ['blocked', undefined, reason]);
      assert.deepEqual(brief(health({ trouble: trouble(reason) }, ...before)), ['failed', oldSha, reason]);
      assert.deepEqual(health({ trouble: trouble(reason) }).cause?.problems, ['a', 'b']);
    });
  }

  test('a teardown Job that failed is told to the end', () => {
    const record = { wanted: false, trouble: trouble('TeardownFailed') };
    assert.deepEqual(brief(health(record)), ['removing', undefined, 'TeardownFailed']);
    const going = healthOf('fr', { ...wanted, ...record }, observed(namespace(ns, '2026-11-22T10:00:00Z')));
    assert.deepEqual(brief(going), ['removing', undefined, 'TeardownFailed']);
    assert.deepEqual(brief(healthOf('fr', { ...wanted, ...record }, observed())), ['removed', undefined, 'TeardownFailed']);
  });
});

describe('healthOf: advice fits where the project is written', () => {
  const chart = '.cloud/charts/shop/templates/web.yaml';
  const advice = (source: string | undefined, parts: Partial<PodParts>, rollout: Partial<Parameters<typeof deployment>[1]> = {}): string => {
    const object = deployment(ns, { commit: newSha, ...(source === undefined ? {} : { source }), ...rollout });
    return health({}, ...way(ns), object, pod(ns, { name: 'foo-a', commit: newSha, ...parts })).cause?.advice ?? '';
  };
  const running: Partial<PodParts> = { phase: 'Running', container: {} };
  const stuck = { conditions: [late('2026-11-22T08:07:00Z')] };

  test('our template: the project’s configuration', () => {
    assert.match(advice(undefined, noImage), /`image` in `\.cloud\/preview\.yaml`/);
    assert.match(advice(undefined, running, stuck), /`service\.port` in `\.cloud\/preview\.yaml` says/);
  });

  test('a chart: its folder; manifests: the file; neither known: the folder of all', () => {
    assert.match(advice(chart, noImage), /`image` in `\.cloud\/charts\/shop\/`/);
    assert.match(advice('.cloud/charts/shop/charts/db/templates/x.yaml', crashing), /`\.cloud\/charts\/shop\/`/);
    assert.match(advice('.cloud/manifests/web.yaml', noImage), /`image` in `\.cloud\/manifests\/web\.yaml`/);
    const object = deployment(ns, { commit: newSha });
    const bare = { ...object, metadata: { ...object.metadata, annotations: {} } };
    const state = health({}, ...way(ns), bare, pod(ns, { name: 'foo-a', commit: newSha, ...noImage }));
    assert.match(state.cause?.advice ?? '', /`image` in `\.cloud\/`/);
  });

  test('a chart’s own probes are named as they are', () => {
    assert.match(advice(chart, running, stuck), /the `readinessProbe` in `\.cloud\/charts\/shop\/` says the same/);
    const withCommand = { ...(container('x') as object), readinessProbe: { exec: { command: ['true'] } } };
    assert.match(advice(chart, running, { ...stuck, containers: [withCommand] }), /what its `readinessProbe` in/);
  });

  test('of several containers, the one that is not ready is told', () => {
    const side = { ...(container('y') as object), name: 'proxy', ports: [{ name: 'admin', containerPort: 9901 }], readinessProbe: { httpGet: { path: '/up', port: 'admin' } } };
    const object = deployment(ns, { commit: newSha, containers: [container('x'), side], ...stuck });
    const { status, ...rest } = pod(ns, { name: 'foo-a', commit: newSha, ...running });
    const containerStatuses = [{ name: 'app', ready: true, restartCount: 0 }, { name: 'proxy', ready: false, restartCount: 0 }];
    const both = { ...rest, status: { ...(status as object), containerStatuses } };
    const { cause } = health({}, ...way(ns), object, both);
    assert.match(cause?.message ?? '', /^Container `proxy`: .*`GET \/up` on port 9901/);
    assert.equal(cause?.logsOf?.container, 'proxy');
  });

  test('an init container that ended well is done, however often it was tried', () => {
    const init = { restartCount: 3, state: { terminated: { reason: 'Completed', exitCode: 0 } }, lastState: { terminated: { reason: 'Error', exitCode: 1 } } };
    const state = health({}, ...way(ns), deployment(ns, { commit: newSha }), pod(ns, { name: 'foo-a', commit: newSha, init, container: { ready: false } }));
    assert.equal(state.cause, undefined);
  });

  test('the digest that an image was pinned to is left out of what people read', () => {
    const image = `registry.bar.com/foo:1.2@sha256:${'0'.repeat(64)}`;
    const state = health({}, ...way(ns), deployment(ns, { commit: newSha }), pod(ns, { name: 'foo-a', commit: newSha, image, ...noImage }));
    assert.match(state.cause?.message ?? '', /`registry\.bar\.com\/foo:1\.2`/);
  });

  test('a selector by expressions', () => {
    const object = deployment(ns, { commit: newSha });
    const of = (expression: Json): unknown => {
      const spec = { ...(object.spec as object), selector: { matchExpressions: [expression] } };
      return health({}, ...way(ns), { ...object, spec }, pod(ns, { name: 'foo-a', commit: newSha, ...crashing })).cause?.reason;
    };
    const key = names.app;
    for (const taken of [{ key, operator: 'In', values: ['foo'] }, { key, operator: 'Exists' }, { key, operator: 'NotIn', values: ['bar'] }, { key: 'x', operator: 'DoesNotExist' }])
      assert.equal(of(taken), 'Crashed', JSON.stringify(taken));
    for (const left of [{ key, operator: 'In', values: ['bar'] }, { key: 'x', operator: 'Exists' }, { key, operator: 'NotIn', values: ['foo'] }, { key, operator: 'DoesNotExist' }])
      assert.equal(of(left), undefined, JSON.stringify(left));
  });
});

test('a preview is live since its last part is', () => {
  const web = deployment(ns, { commit: newSha, available: 1, conditions: complete('2026-11-22T08:03:00Z') });
  const db = statefulSet(ns, { name: 'db', commit: newSha, available: 1 });
  const state = health({}, ...way(ns), web, db, dbPod({ ready: true, readySince: '2026-11-22T08:04:00Z' }));
  assert.deepEqual([state.phase, state.since], ['live', '2026-11-22T08:04:00Z']);
});
