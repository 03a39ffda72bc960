import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { doorAfter, doorVersion, isOpen, isSettled, letsIn } from '../../app/core/at-the-door.ts';
import type { DoorAnswer } from '../../app/core/door.ts';
import { healthOf, type TenantState } from '../../app/core/health.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import type { DoorRecord, TenantRecord } from '../../app/core/record.ts';
import { complete, created, deployment, ingress, namespace, observed, pod, service } from '../support/observed.ts';
import { newSha, oldSha, tenantRecordIn } from '../support/report-builders.ts';

const ns = 'foo-241-fr';
const wanted: TenantRecord = tenantRecordIn(ns);
const { url } = wanted;
const [ready, answered] = ['2026-11-22T08:03:00Z', '2026-11-22T08:03:02Z'];
const withUid = (object: KubernetesObject, uid: string): KubernetesObject => ({ ...object, metadata: { ...object.metadata, uid } });
const objects = [
  namespace(ns),
  withUid(ingress(ns), 'uid-1'),
  service(ns, 'foo', 'foo'),
  deployment(ns, { commit: newSha, available: 1, conditions: complete(ready) }),
  pod(ns, { name: 'foo-a', commit: newSha, ready: true }),
];
const version = `${newSha}  uid-1`;
const entry = (parts: Partial<DoorRecord> = {}): DoorRecord => ({ url, version, at: answered, answer: { kind: 'app', status: 200 }, ...parts });
const health = (record: Partial<TenantRecord>, there: readonly KubernetesObject[] = objects): TenantState => healthOf('fr', { ...wanted, ...record }, observed(...there));
const told = ({ phase, serving, since, cause, links }: TenantState): unknown => ({ phase, serving, since, cause: cause?.reason, links: links.map((link) => link.serving) });
const app = (status: number): DoorAnswer => ({ kind: 'app', status });
const door = (status: number): DoorAnswer => ({ kind: 'door', status });

describe('what an answer stands for', () => {
  test('the commit, the restart and the Ingress', () => {
    assert.equal(doorVersion(wanted, url, objects), version);
    assert.equal(doorVersion({ ...wanted, restart: '77' }, url, objects), `${newSha} 77 uid-1`);
    assert.equal(doorVersion(wanted, url, [withUid(ingress(ns), 'uid-2')]), `${newSha}  uid-2`);
  });

  test('several Ingresses of one host, in any order; none is nothing to ask about', () => {
    const two = [withUid(ingress(ns), 'b'), withUid(ingress(ns), 'a')];
    assert.equal(doorVersion(wanted, url, two), doorVersion(wanted, url, two.toReversed()));
    assert.equal(doorVersion(wanted, url, [ingress(ns, { host: 'elsewhere.preview.bar.com' })]), undefined);
  });
});

describe('which answers let in', () => {
  const cases: readonly (readonly [DoorAnswer, readonly string[]])[] = [
    [app(200), ['open', 'addresses', 'password', 'request']],
    [app(500), ['open', 'addresses', 'password', 'request']],
    [door(401), ['password', 'request']],
    [door(403), ['addresses', 'request']],
    [door(404), []],
    [door(503), []],
    [{ kind: 'other', status: 200, marker: 'bar-1' }, []],
    [{ kind: 'none', why: 'no answer in time' }, []],
  ];
  for (const [answer, lets] of cases)
    test(JSON.stringify(answer), () => {
      assert.deepEqual((['open', 'addresses', 'password', 'request'] as const).filter((access) => letsIn(answer, access)), lets);
    });
});

describe('the entry of a link', () => {
  const now = '2026-11-22T09:00:00Z';
  const after = (before: DoorRecord | undefined, answer: DoorAnswer | undefined): DoorRecord | undefined => doorAfter(before, { url, version, answer, access: 'open' }, now);

  test('without an answer it stays as it is, be it of another version', () => {
    const older = entry({ version: 'older' });
    assert.equal(after(older, undefined), older);
    assert.equal(after(undefined, undefined), undefined);
  });

  test('the first answer of the app is kept with its time; another of the door is no news then', () => {
    assert.deepEqual(after(undefined, door(404)), entry({ at: undefined, answer: door(404) }));
    assert.deepEqual(after(entry({ at: undefined, answer: door(404) }), app(200)), entry({ at: now }));
    assert.deepEqual(after(entry(), door(503)), entry());
    assert.deepEqual(after(entry({ answer: app(500) }), app(200)), entry());
  });

  test('another version begins anew', () => {
    assert.deepEqual(after(entry({ version: 'older' }), door(503)), entry({ at: undefined, answer: door(503) }));
  });

  test('settled is what answered for this version without an error', () => {
    assert.equal(isSettled(entry(), version), true);
    assert.equal(isSettled(entry({ answer: door(401) }), version), true);
    assert.equal(isSettled(entry({ answer: app(500) }), version), false);
    assert.equal(isSettled(entry(), 'another'), false);
    assert.equal(isSettled(entry({ at: undefined }), version), false);
    assert.equal(isSettled(undefined, version), false);
  });

  test('a question is open while the record wants its answer', () => {
    const question = { cluster: 'home', host: wanted.host, path: '/', marker: ns, version, settleMs: 0 };
    const open = (parts: Partial<TenantRecord>, of = question): boolean => isOpen({ tenants: { fr: { ...wanted, door: [], ...parts } } }, of);
    assert.equal(open({}), true);
    assert.equal(open({ door: [entry({ answer: app(500) })] }), true);
    assert.equal(open({ door: [entry({ version: `${newSha}  uid-0` })] }), true);
    assert.equal(open({ door: [entry()] }), false);
    assert.equal(open({ wanted: false }), false);
    assert.equal(open({ sha: oldSha }), false);
    assert.equal(open({ restart: '1' }), false);
    assert.equal(open({ cluster: 'eu' }), false);
    assert.equal(open({ links: [] }), false);
    assert.equal(isOpen({ tenants: { fr: wanted } }, question), false);
  });
});

describe('healthOf through the door', () => {
  test('without a door in the record, ready containers have to do', () => {
    assert.deepEqual(told(health({})), { phase: 'live', serving: newSha, since: ready, cause: undefined, links: [newSha] });
  });

  test('live since the later of the containers and the answer', () => {
    assert.deepEqual(told(health({ door: [entry()] })), { phase: 'live', serving: newSha, since: answered, cause: undefined, links: [newSha] });
    assert.equal(health({ door: [entry({ at: '2026-11-22T08:00:00Z' })] }).since, ready);
  });

  test('ready and not asked yet: starting, without a word on why, and nothing to click on', () => {
    assert.deepEqual(told(health({ door: [] })), { phase: 'starting', serving: undefined, since: ready, cause: undefined, links: [undefined] });
  });

  test('an earlier version answered: updating, and the link stays', () => {
    const before = entry({ version: `${oldSha}  uid-1` });
    assert.deepEqual(told(health({ door: [before] })), { phase: 'updating', serving: newSha, since: ready, cause: undefined, links: [newSha] });
  });

  test('what the door says is told, and nothing serves', () => {
    const state = health({ door: [entry({ at: undefined, answer: door(503) })] });
    assert.deepEqual(told(state), { phase: 'starting', serving: undefined, since: ready, cause: 'NotAnswering', links: [undefined] });
    assert.match(state.cause?.message ?? '', /containers are ready.*`https:\/\/foo-241-fr\.preview\.bar\.com`.*no server for it \(503\)/);
  });

  for (const status of [502, 503])
    test(`${status} of a preview whose policy says what its program speaks: that may not be so`, () => {
      const annotated = objects.map((object) => (object.kind === 'Ingress' ? { ...object, metadata: { ...object.metadata, annotations: { 'haproxy-ingress.github.io/backend-protocol': 'h2' } } } : object));
      const told = [entry({ at: undefined, answer: door(status) })];
      assert.match(health({ door: told }, annotated).cause?.advice ?? '', /speaks what `traffic\.protocol` says/);
      assert.doesNotMatch(health({ door: told }).cause?.advice ?? '', /speaks what/);
    });

  test('a program that may speak something else than the HTTP/1.1 that nothing was said about', () => {
    const advice = (status: number): string => health({ door: [entry({ at: undefined, answer: door(status) })] }).cause?.advice ?? '';
    assert.match(advice(502), /h2 without TLS, or gRPC, needs `traffic\.protocol`/);
    for (const status of [503, 504, 404]) assert.doesNotMatch(advice(status), /gRPC/, String(status));
  });

  test('an Ingress with nothing at /: the link is that of its first path', () => {
    const elsewhere = objects.map((object) => (object.kind === 'Ingress' ? { ...object, spec: { rules: [{ host: `${ns}.preview.bar.com`, http: { paths: ['/web', '/app'].map((path) => ({ path, backend: { service: { name: 'foo', port: { name: 'http' } } } })) } }] } } : object));
    const state = health({ door: [entry()] }, elsewhere);
    assert.deepEqual([state.phase, state.url, state.links.map((link) => link.url)], ['live', `${url}/app`, [`${url}/app`]]);
  });

  test('who is turned away by the rules of access is not kept from being live', () => {
    assert.deepEqual(told(health({ door: [entry({ answer: door(401) })] })), { phase: 'live', serving: newSha, since: answered, cause: undefined, links: [newSha] });
  });

  test('an error of the program is an answer, and told', () => {
    assert.deepEqual(told(health({ door: [entry({ answer: app(500) })] })), { phase: 'live', serving: newSha, since: answered, cause: 'AnswersError', links: [newSha] });
  });

  test('an Ingress that was made anew has to answer anew', () => {
    const anew = objects.map((object) => (object.kind === 'Ingress' ? withUid(object, 'uid-2') : object));
    assert.equal(health({ door: [entry()] }, anew).phase, 'updating');
  });

  test('containers that are not ready are told first, whatever was answered before', () => {
    const moving = [namespace(ns), withUid(ingress(ns), 'uid-1'), service(ns, 'foo', 'foo'), deployment(ns, { commit: newSha }), pod(ns, { name: 'foo-a', commit: newSha, created })];
    assert.deepEqual(health({ door: [entry()] }, moving), health({}, moving));
  });

  test('of two links both have to answer', () => {
    const second = 'https://other.preview.bar.com';
    const links = [{ part: 'a', url }, { part: 'b', url: second }];
    const there = [...objects, withUid({ ...ingress(ns, { host: 'other.preview.bar.com' }), metadata: { name: 'other', namespace: ns } }, 'uid-9')];
    const other = entry({ url: second, version: `${newSha}  uid-9`, at: '2026-11-22T08:05:00Z' });
    assert.deepEqual(told(health({ links, door: [entry()] }, there)), { phase: 'starting', serving: newSha, since: ready, cause: undefined, links: [newSha, undefined] });
    assert.deepEqual(told(health({ links, door: [entry(), other] }, there)), { phase: 'live', serving: newSha, since: '2026-11-22T08:05:00Z', cause: undefined, links: [newSha, newSha] });
  });

  test('a preview without links has nothing that could answer', () => {
    assert.equal(health({ links: [], door: [] }).phase, 'live');
  });

  test('what could not be done is told while the link does not answer, and is no reason to call it blocked', () => {
    const trouble = { reason: 'SecretMissing', message: 'no', failures: 1, retryAt: undefined } as const;
    assert.deepEqual(told(health({ trouble, door: [] })), { phase: 'starting', serving: undefined, since: ready, cause: 'SecretMissing', links: [undefined] });
  });

  test('a preview that goes is told by what there is, not by the door', () => {
    assert.equal(health({ wanted: false, door: [] }).phase, 'removing');
  });
});
