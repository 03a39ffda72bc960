import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalJson } from '../../app/core/object.ts';
import { nothingSaid, type PullRequestRecord, type TenantRecord, type Trouble } from '../../app/core/record.ts';
import type { Acted, PreviewResult } from '../../app/reconcile/act.ts';
import type { Plan } from '../../app/reconcile/plan.ts';
import { settle, type Settlement } from '../../app/reconcile/settle.ts';
import { ask, factsWith, frozen } from '../support/previews.ts';
import { keyOf, plainConfig, shaA, tenantsConfig } from '../support/world.ts';

const now = new Date('2026-11-22T08:00:00Z');
const after = (ms: number): string => new Date(now.getTime() + ms).toISOString();
const facts = factsWith();
const desired = ask(facts);
const [preview] = desired.previews;
assert.ok(preview);
const noPlan: Plan = { previews: [], removals: [] };
const result = (parts: Partial<PreviewResult> = {}): PreviewResult => ({ tenant: '', changes: [], tolerated: {}, exact: [], trouble: undefined, conflict: false, ...parts });
const acted = (...previews: PreviewResult[]): Acted => ({ previews, removals: [] });
const failed = (reason: Trouble['reason'], failures: number): Trouble => ({ reason, message: 'no', failures, retryAt: after(0) });
const tenantRecord = (parts: Partial<TenantRecord> = {}): TenantRecord => ({
  ...{ cluster: 'home', namespace: preview.namespace, host: preview.host, url: preview.url, sha: shaA },
  ...{ wanted: true, trouble: undefined, tolerated: {} },
  ...parts,
});
const record = (tenants: PullRequestRecord['tenants'] = {}): PullRequestRecord => ({
  ...{ version: 1, key: keyOf(241), facts, lastValid: desired.lastValid, missingSince: undefined, decision: desired.decision, tenants, said: nothingSaid },
});
const settled = (parts: Partial<Settlement>, before?: PullRequestRecord): ReturnType<typeof settle> => {
  const stored = before && { record: before, version: '1', uid: 'u' };
  const gathered = { stored, facts, seen: undefined, missingSince: undefined, evident: true };
  return settle(frozen({ key: keyOf(241), now, gathered, desired, plan: noPlan, acted: acted(result()), teardownPaused: false, ...parts }));
};
const gone = ask(factsWith({ labels: [] }));
const removal: Plan = { previews: [], removals: [{ cluster: 'home', namespace: preview.namespace, steps: [] }] };

describe('settle', () => {
  test('a first record holds what was decided and where it is', () => {
    const { record: first, againMs } = settled({});
    assert.deepEqual(first, record({ '': tenantRecord() }));
    assert.equal(againMs, undefined);
  });

  test('nothing changed: the record is the same to the last byte', () => {
    const before = settled({}).record;
    assert.equal(canonicalJson(settled({}, before).record), canonicalJson(before));
    // As it comes back from a ConfigMap: without what is undefined.
    const stored = JSON.parse(JSON.stringify(before)) as PullRequestRecord;
    assert.equal(canonicalJson(settled({}, stored).record), canonicalJson(stored));
  });

  for (const [failures, waitMs] of [[1, 5_000], [2, 10_000], [3, 20_000], [6, 160_000], [7, 300_000], [8, 300_000], [2_000, 300_000]] as const) {
    test(`failure ${failures} in a row waits ${waitMs / 1_000} s`, () => {
      const before = failures === 1 ? undefined : record({ '': tenantRecord({ trouble: failed('ApplyFailed', failures - 1) }) });
      const { record: then, againMs } = settled({ acted: acted(result({ trouble: { reason: 'ApplyFailed', message: 'quota' } })) }, before);
      assert.deepEqual(then.tenants['']?.trouble, { reason: 'ApplyFailed', message: 'quota', failures, retryAt: after(waitMs) });
      assert.equal(againMs, waitMs);
    });
  }

  test('another trouble begins anew, and success forgets it', () => {
    const before = record({ '': tenantRecord({ trouble: failed('NamespaceTerminating', 5) }) });
    assert.equal(settled({ acted: acted(result({ trouble: { reason: 'ApplyFailed', message: 'x' } })) }, before).record.tenants['']?.trouble?.failures, 1);
    const { record: then, againMs } = settled({}, before);
    assert.equal(then.tenants['']?.trouble, undefined);
    assert.equal(againMs, undefined);
  });

  test('what was held back keeps its trouble and its time', () => {
    const trouble: Trouble = { reason: 'ApplyFailed', message: 'no', failures: 3, retryAt: after(7_000) };
    const { record: then, againMs } = settled({ acted: acted() }, record({ '': tenantRecord({ trouble, tolerated: { 'Deployment/foo': 'x' } }) }));
    assert.deepEqual(then.tenants['']?.trouble, trouble);
    assert.deepEqual(then.tenants[''].tolerated, { 'Deployment/foo': 'x' });
    assert.equal(againMs, 7_000);
  });

  test('a time that has passed is now, not before', () => {
    const before = record({ '': tenantRecord({ trouble: { ...failed('ApplyFailed', 1), retryAt: after(-60_000) } }) });
    assert.equal(settled({ acted: acted() }, before).againMs, 0);
  });

  test('the soonest of several tenants is due', () => {
    const four = ask(factsWith({ config: { kind: 'file', text: tenantsConfig } }));
    const results = four.previews.map(({ tenant }) => result({ tenant, ...(tenant === 'fr' || tenant === 'be' ? { trouble: { reason: 'ApplyFailed', message: 'x' } as const } : {}) }));
    const before = record({ fr: tenantRecord({ trouble: failed('ApplyFailed', 3) }) });
    assert.equal(settled({ desired: four, acted: acted(...results) }, before).againMs, 5_000);
  });

  test('what survives our apply is added to what is tolerated', () => {
    const before = record({ '': tenantRecord({ tolerated: { 'Service/foo': 'a', 'Deployment/foo': 'b' } }) });
    const { record: then } = settled({ acted: acted(result({ tolerated: { 'Deployment/foo': 'c' } })) }, before);
    assert.deepEqual(then.tenants['']?.tolerated, { 'Service/foo': 'a', 'Deployment/foo': 'c' });
  });

  test('a preview that went is remembered as not wanted', () => {
    const { record: then, againMs } = settled({ desired: gone, plan: removal, acted: { previews: [], removals: [{ namespace: preview.namespace, changes: [], trouble: undefined, conflict: false }] } }, record({ '': tenantRecord() }));
    assert.deepEqual(then.tenants, { '': tenantRecord({ wanted: false }) });
    assert.equal(againMs, undefined);
  });

  test('one that could not be removed is tried again', () => {
    const trouble = { reason: 'RemoveFailed', message: 'x' } as const;
    const { record: then, againMs } = settled({ desired: gone, plan: removal, acted: { previews: [], removals: [{ namespace: preview.namespace, changes: [], trouble, conflict: false }] } }, record({ '': tenantRecord() }));
    assert.equal(then.tenants['']?.trouble?.reason, 'RemoveFailed');
    assert.equal(againMs, 5_000);
  });

  test('a teardown that is paused says so and is due again', () => {
    const { record: then, againMs } = settled({ desired: gone, plan: removal, acted: acted(), teardownPaused: true }, record({ '': tenantRecord() }));
    assert.equal(then.tenants['']?.trouble?.reason, 'TeardownPaused');
    assert.equal(then.tenants[''].wanted, false);
    assert.equal(againMs, 5_000);
  });

  test('a paused teardown touches no tenant that was gone before', () => {
    const before = record({ '': tenantRecord(), fr: tenantRecord({ namespace: 'foo-241-fr', wanted: false }) });
    assert.equal(settled({ desired: gone, plan: removal, acted: acted(), teardownPaused: true }, before).record.tenants['fr']?.trouble, undefined);
  });

  test('where nothing is evidence every tenant stays as it was', () => {
    const broken = ask(factsWith({ config: { kind: 'file', text: 'imagee: x' } }));
    const before = record({ '': tenantRecord(), fr: tenantRecord({ wanted: false }) });
    assert.deepEqual(settled({ desired: broken, acted: acted() }, before).record.tenants, before.tenants);
  });

  test('a read that saw our comment brings it into the record', () => {
    const comment = { id: 5, nodeId: 'IC_5', bodyHash: 'h' };
    const seen = { seen: { comment, extraComments: [], check: undefined, deployments: [] }, readAt: facts.readAt };
    const gathered = { stored: undefined, facts, seen, missingSince: undefined, evident: true };
    assert.deepEqual(settled({ gathered }).record.said.comment, comment);
    assert.ok(plainConfig.length > 0);
  });
});
