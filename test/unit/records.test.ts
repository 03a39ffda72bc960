import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { KubernetesError } from '../../app/core/ports.ts';
import { nothingAsked, nothingSaid, type PullRequestRecord } from '../../app/core/record.ts';
import { openClaims } from '../../app/io/kubernetes/claims.ts';
import { openRecords } from '../../app/io/kubernetes/records.ts';
import { keepReads, sameFacts } from '../../app/reconcile/reads.ts';
import { openFakeClock } from '../support/fake-clock.ts';
import { openFakeCluster } from '../support/fake-cluster.ts';
import { openFakeGitHub } from '../support/fake-github.ts';
import { factsWith } from '../support/previews.ts';
import { keyOf, shaA } from '../support/world.ts';

const record = (number: number, parts: Partial<PullRequestRecord> = {}): PullRequestRecord => ({
  ...{ version: 1, key: keyOf(number), facts: factsWith(), lastValid: undefined, intent: nothingAsked, missingSince: undefined },
  ...{ decision: { verdict: 'wanted', reason: 'Labelled', problems: [] }, tenants: {}, said: nothingSaid },
  ...parts,
});
/** As it is in a ConfigMap: without what is undefined. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
const conflict = (error: unknown): boolean => error instanceof KubernetesError && error.status === 409;

function open() {
  let told = 0;
  const clock = openFakeClock();
  const home = openFakeCluster(clock, () => undefined);
  home.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'avant' } });
  return { clock, home, records: openRecords(home, 'avant', { debug() {}, info() {}, warn() {}, error: () => { told += 1; } }), told: () => told, claims: openClaims(home, 'avant') };
}

describe('records', () => {
  test('one that cannot be read is left alone, and said once', async () => {
    const { home, records, told } = open();
    const metadata = { name: 'record-x', namespace: 'avant', labels: { 'app.kubernetes.io/managed-by': 'avant', 'avant/store': 'record', 'avant/key': 'x' } };
    await home.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { record: '{"version":2}' } });
    assert.deepEqual(records.list(), []);
    assert.deepEqual(records.list(), []);
    assert.equal(told(), 1);
  });

  test('come back as they were written', async () => {
    const { records } = open();
    await records.put(record(1), undefined);
    await records.put(record(2), undefined);
    assert.deepEqual(plain(records.get(keyOf(1))?.record), plain(record(1)));
    assert.equal(records.list().length, 2);
    assert.equal(records.get(keyOf(3)), undefined);
  });

  test('are created once: the second is told', async () => {
    const { records } = open();
    await records.put(record(1), undefined);
    await assert.rejects(records.put(record(1), undefined), conflict);
  });

  test('are moved by compare-and-swap', async () => {
    const { records } = open();
    const { version } = await records.put(record(1), undefined);
    await records.put(record(1, { missingSince: 'a' }), version);
    await assert.rejects(records.put(record(1, { missingSince: 'b' }), version), conflict);
    assert.equal(records.get(keyOf(1))?.record.missingSince, 'a');
  });

  test('are removed only as they were seen', async () => {
    const { records } = open();
    const first = await records.put(record(1), undefined);
    const second = await records.put(record(1, { missingSince: 'a' }), first.version);
    await assert.rejects(records.remove(first), conflict);
    await records.remove(second);
    assert.equal(records.get(keyOf(1)), undefined);
    assert.equal(await records.reread(keyOf(1)), undefined);
  });

  test('of a version that this one does not read are an error with their name, not nothing', async () => {
    const { records, home } = open();
    await records.put(record(1), undefined);
    const map = home.list('ConfigMap')[0]!;
    home.put({ ...map, data: { record: '{"version":2}' } });
    assert.throws(() => records.get(keyOf(1)), /ConfigMap avant\/record-/);
  });

  test('of before people could ask for more are filled in', async () => {
    const { records, home } = open();
    const tenant = { cluster: 'home', namespace: 'foo-1', host: 'foo-1.x', url: 'https://foo-1.x', sha: shaA, wanted: true, tolerated: {} };
    const whole = record(1, { lastValid: { sha: shaA, text: 'image: foo', cloud: { kind: 'absent' } }, tenants: { '': { ...tenant, links: [{ part: '', url: tenant.url }], pins: {}, restart: undefined, trouble: undefined } } });
    await records.put(whole, undefined);
    const { cloud: _cloud, labelled: _labelled, pipeline: _pipeline, ...facts } = whole.facts;
    const { reacted: _reacted, ...said } = whole.said;
    const { intent: _intent, ...rest } = whole;
    const older = { ...rest, facts, said, lastValid: { sha: shaA, text: 'image: foo' }, tenants: { '': tenant } };
    const map = home.list('ConfigMap')[0]!;
    home.put({ ...map, data: { record: JSON.stringify(older) } });
    assert.deepEqual(plain(records.get(keyOf(1))?.record), plain(whole));
    // One whose pull request has not been valid yet.
    home.put({ ...home.list('ConfigMap')[0]!, data: { record: JSON.stringify({ ...older, lastValid: undefined, tenants: {} }) } });
    assert.deepEqual(plain(records.get(keyOf(1))?.record), plain({ ...whole, lastValid: undefined, tenants: {} }));
  });

  test('what people asked for comes back as it was written', async () => {
    const { records } = open();
    const intent = { ...nothingAsked, lastCommand: 9, approved: { sha: shaA, by: 'ann', at: 'a' }, restarts: { '*': '9' }, labellers: [{ label: 'cd/preview', by: 'ann', at: 'a', may: true }] };
    await records.put(record(1, { intent }), undefined);
    assert.deepEqual(plain(records.get(keyOf(1))?.record.intent), plain(intent));
  });

  test('in other namespaces are none of ours', async () => {
    const { records, home } = open();
    await records.put(record(1), undefined);
    const map = home.list('ConfigMap')[0]!;
    home.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-1' } });
    home.put({ ...map, metadata: { name: map.metadata.name, namespace: 'foo-1', labels: map.metadata.labels! } });
    assert.equal(records.list().length, 1);
  });
});

describe('claims', () => {
  const foo = { repository: 'R_foo', fullName: 'bar/foo' };
  const other = { repository: 'R_other', fullName: 'bar/other' };

  test('the first holds the name, the second is told who', async () => {
    const { claims } = open();
    assert.deepEqual(await claims.claim('foo', foo), foo);
    assert.deepEqual(await claims.claim('foo', other), foo);
    assert.equal(claims.nameOf('R_foo'), 'foo');
    assert.equal(claims.nameOf('R_other'), undefined);
  });

  test('one that the cache does not have yet is found by the refusal', async () => {
    const { claims, home } = open();
    await claims.claim('foo', foo);
    const map = home.list('ConfigMap')[0]!;
    home.cache.drop(map);
    assert.deepEqual(await claims.claim('foo', other), foo);
    assert.equal(claims.nameOf('R_foo'), 'foo');
  });

  test('asking again writes nothing', async () => {
    const { claims, home } = open();
    await claims.claim('foo', foo);
    const before = home.writes.length;
    await claims.claim('foo', foo);
    await claims.claim('foo', other);
    assert.equal(home.writes.length, before);
  });

  test('a repository with two names uses the younger', async () => {
    const { claims, clock } = open();
    await claims.claim('foo', foo);
    clock.advance(5_000);
    await claims.claim('fresh', foo);
    assert.equal(claims.nameOf('R_foo'), 'fresh');
  });
});

describe('reads', () => {
  const key = keyOf(241);
  function openReads() {
    const clock = openFakeClock();
    const github = openFakeGitHub(clock);
    github.pulls.set(241, { number: 241, state: 'open', labels: [], headSha: shaA, fork: false });
    return { clock, github, reads: keepReads(github, clock) };
  }

  test('a read is given once for each use', async () => {
    const { reads } = openReads();
    const read = await reads.read(key, undefined, []);
    assert.equal(reads.take(key, 'report', 10_000)?.answer, read.answer);
    assert.equal(reads.take(key, 'report', 10_000), undefined);
    assert.equal(reads.take(key, 'check', 10_000)?.answer, read.answer);
  });

  test('not when it is too old, and its age counts from its beginning', async () => {
    const { reads, clock, github } = openReads();
    github.afterRead = () => {
      clock.advance(6_000);
    };
    await reads.read(key, undefined, []);
    assert.ok(reads.take(key, 'report', 10_000));
    clock.advance(4_001);
    assert.equal(reads.take(key, 'check', 10_000), undefined);
  });

  test('not of another pull request', async () => {
    const { reads } = openReads();
    await reads.read(key, undefined, []);
    assert.equal(reads.take(keyOf(242), 'report', 10_000), undefined);
  });

  test('a failed read leaves nothing', async () => {
    const { reads, github } = openReads();
    github.fails.set('read', () => new Error('502'));
    await assert.rejects(reads.read(key, undefined, []), /502/);
    assert.equal(reads.take(key, 'report', 10_000), undefined);
  });

  test('asks for the environments of the platform’s tenants, of the unnamed preview, and of what was deployed', async () => {
    const { reads, github } = openReads();
    const asked: (readonly string[])[] = [];
    const read = github.read;
    github.read = (of, known) => {
      asked.push(known.environments);
      return read(of, known);
    };
    const said = { ...nothingSaid, deployments: [{ id: 1, tenant: 'old', sha: shaA, state: 'success' }] };
    await reads.read(key, record(241, { said }), ['fr']);
    assert.deepEqual(asked, [['preview/fr', 'preview', 'preview/old']]);
  });

  test('facts are the same in whatever order a record has them, and whenever they were read', () => {
    const facts = factsWith();
    const { config, ...rest } = facts;
    assert.ok(sameFacts(facts, { config, ...rest, readAt: '2030-01-01T00:00:00Z' }));
    assert.ok(!sameFacts(facts, factsWith({ headRef: 'other' })));
    assert.ok(!sameFacts(facts, factsWith({ labels: ['cd/preview', 'bug'] })));
  });

  test('asks for commands after the last that was looked at', async () => {
    const { reads, github } = openReads();
    const asked: number[] = [];
    const read = github.read;
    github.read = (of, known) => {
      asked.push(known.lastCommand);
      return read(of, known);
    };
    await reads.read(key, undefined, []);
    await reads.read(key, record(241, { intent: { ...nothingAsked, lastCommand: 77 } }), []);
    assert.deepEqual(asked, [0, 77]);
  });
});
