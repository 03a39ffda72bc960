import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalJson } from '../../app/core/object.ts';
import { nothingSaid, type Decision, type PullRequestRecord, type TenantRecord, type Trouble } from '../../app/core/record.ts';
import type { Acted, PreviewResult } from '../../app/reconcile/act.ts';
import type { Gathered } from '../../app/reconcile/gather.ts';
import type { Plan } from '../../app/reconcile/plan.ts';
import type { Rendering } from '../../app/reconcile/render/render.ts';
import { settle, type Settlement } from '../../app/reconcile/settle.ts';
import { ask, factsWith, frozen, intentFor } from '../support/previews.ts';
import { keyOf, shaA, shaB, tenantsConfig } from '../support/world.ts';

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
  ...{ cluster: 'home', namespace: 'foo-241', host: 'foo-241.preview.bar.com', url: 'https://foo-241.preview.bar.com', sha: shaA },
  ...{ links: [{ part: '', url: 'https://foo-241.preview.bar.com' }], pins: {}, restart: undefined, wanted: true, trouble: undefined, tolerated: {} },
  ...parts,
});
const intent = intentFor(['cd/preview']);
const record = (tenants: PullRequestRecord['tenants'] = {}): PullRequestRecord => ({
  ...{ version: 1, key: keyOf(241), facts, lastValid: desired.lastValid, intent, missingSince: undefined, decision: desired.decision, tenants, said: nothingSaid },
});
const gatheredWith = (before: PullRequestRecord | undefined, parts: Partial<Gathered> = {}): Gathered => ({
  ...{ stored: before && { record: before, version: '1', uid: 'u' }, facts, intent, seen: undefined, missingSince: undefined, evident: true },
  ...parts,
});
const ready = (pins: TenantRecord['pins']): Extract<Rendering, { kind: 'ready' }> => ({ kind: 'ready', namespace: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-241' } }, objects: [], pins, links: [], notes: [] });
const settled = (parts: Partial<Settlement>, before?: PullRequestRecord): ReturnType<typeof settle> =>
  settle(frozen({ key: keyOf(241), now, gathered: gatheredWith(before), desired, plan: noPlan, rendered: new Map(), acted: acted(result()), teardownPaused: false, hasDoor: () => false, ...parts }));
const gone = ask(factsWith({ labels: [] }));
const removal: Plan = { previews: [], removals: [{ cluster: 'home', namespace: preview.namespace, steps: [], waiting: false, met: undefined }] };

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
    const before = record({ '': tenantRecord({ trouble: failed('ApplyFailed', 1) }), fr: tenantRecord({ wanted: false }) });
    const { record: then, againMs } = settled({ desired: broken, acted: acted() }, before);
    assert.deepEqual(then.tenants, before.tenants);
    // Nothing is done for it, however often it would be due.
    assert.equal(againMs, undefined);
  });

  test('a read that saw our comment brings it into the record', () => {
    const comment = { id: 5, nodeId: 'IC_5', bodyHash: 'h' };
    const seen = { seen: { comment, extraComments: [], check: undefined, deployments: [] }, readAt: facts.readAt };
    assert.deepEqual(settled({ gathered: gatheredWith(undefined, { seen }) }).record.said.comment, comment);
  });

  test('what people asked for is kept', () => {
    const asked = { ...intent, stopped: { by: 'ann', at: after(0) }, lastCommand: 7 };
    assert.deepEqual(settled({ gathered: gatheredWith(record(), { intent: asked }) }, record()).record.intent, asked);
  });

  test('every app’s link is kept, the first as the preview’s own', () => {
    const cloud = { kind: 'folder', tree: 't', charts: ['api', 'front'], manifests: false } as const;
    const two = ask(factsWith({ config: { kind: 'absent' }, cloud, labels: ['cd/preview/fr'] }));
    const tenant = settled({ desired: two, acted: acted(result({ tenant: 'fr' })) }).record.tenants['fr'];
    assert.deepEqual(tenant?.links, [{ part: 'api', url: 'https://foo-241-api-fr.preview.bar.com' }, { part: 'front', url: 'https://foo-241-front-fr.preview.bar.com' }]);
    assert.equal(tenant.url, tenant.links[0]?.url);
    assert.equal(tenant.host, 'foo-241-api-fr.preview.bar.com');
  });
});

describe('settle: the commit to come back to', () => {
  const older = { sha: shaB, text: 'image: foo\n', cloud: { kind: 'absent' } } as const;
  const refused = (reason: Trouble['reason'], problems?: string[]): Rendering => ({ kind: 'refused', trouble: { reason, message: 'x', ...(problems ? { problems } : {}) } });
  const rows: [what: string, renderings: Rendering[], kept: boolean][] = [
    ['is the new one once it is rendered', [ready({})], false],
    ['stays where all of the new one is refused', [refused('Refused', ['a'])], true],
    ['stays where all of it is refused or broken', [refused('Refused', ['a']), refused('RenderFailed', ['b'])], true],
    ['is the new one where one tenant was let through', [refused('Refused', ['a']), ready({})], false],
    ['is the new one where what is missing may come', [refused('ImageMissing')], false],
    ['is the new one where the trouble is ours', [refused('RenderFailed')], false],
  ];
  for (const [what, renderings, kept] of rows) {
    test(what, () => {
      const previews = ask(factsWith({ config: { kind: 'file', text: tenantsConfig } })).previews.slice(0, renderings.length);
      const rendered = new Map(previews.map((one, index) => [one, renderings[index]!] as const));
      const { record: then } = settled({ desired: { ...desired, previews }, rendered, acted: acted() }, { ...record(), lastValid: older });
      assert.deepEqual(then.lastValid, kept ? older : desired.lastValid);
    });
  }

  test('nothing desired, nothing refused: as was decided', () => {
    assert.deepEqual(settled({ desired: gone, acted: acted() }, { ...record(), lastValid: older }).record.lastValid, gone.lastValid);
  });
});

describe('settle: links', () => {
  const one = [{ part: 'api', url: 'https://foo-241-api.preview.bar.com' }];
  const refused: Rendering = { kind: 'refused', trouble: { reason: 'Refused', message: 'x' } };
  const all = [{ part: '', url: 'https://foo-241.preview.bar.com' }];
  const rows: [what: string, rendering: Rendering, before: TenantRecord | undefined, expected: TenantRecord['links']][] = [
    ['are those that lead somewhere', { ...ready({}), links: one }, tenantRecord(), one],
    ['are none where nothing has a Service', { ...ready({}), links: [] }, tenantRecord(), []],
    ['stay where it could not be rendered', refused, tenantRecord({ links: one }), one],
    ['are those to come where nothing was rendered yet', refused, undefined, all],
  ];
  for (const [what, rendering, before, expected] of rows) {
    test(what, () => {
      const { record: then } = settled({ rendered: new Map([[preview, rendering]]) }, before && record({ '': before }));
      assert.deepEqual(then.tenants['']?.links, expected);
    });
  }
});

describe('settle: what does not pass by itself', () => {
  const rows: [trouble: Pick<Trouble, 'reason' | 'problems'>, again: boolean][] = [
    [{ reason: 'RenderFailed' }, true],
    [{ reason: 'RenderFailed', problems: ['a'] }, false],
    [{ reason: 'Refused', problems: ['a'] }, false],
    [{ reason: 'ImageMissing' }, true],
    [{ reason: 'SecretMissing' }, true],
    [{ reason: 'SetupFailed' }, false],
    [{ reason: 'NameHeld' }, true],
    [{ reason: 'ApplyFailed' }, true],
    [{ reason: 'NamespaceTerminating' }, true],
  ];
  for (const [met, again] of rows) {
    test(`${met.reason}${met.problems ? ' with problems' : ''} is ${again ? '' : 'not '}tried again`, () => {
      const trouble = { ...met, message: 'no' };
      const { record: then, againMs } = settled({ acted: acted(result({ trouble })) });
      assert.deepEqual(then.tenants['']?.trouble, { ...trouble, failures: 1, retryAt: again ? after(5_000) : undefined });
      assert.equal(againMs, again ? 5_000 : undefined);
      // The same once more writes nothing until its time.
      assert.equal(canonicalJson(settled({ acted: acted(result({ trouble })) }, then).record), canonicalJson(then));
    });
  }

  test('of very many problems the first are kept, and how many more there are', () => {
    const problems = Array.from({ length: 500 }, (_, index) => `${index} ${'ü'.repeat(100)}`);
    const kept = settled({ acted: acted(result({ trouble: { reason: 'Refused', message: 'x', problems } })) }).record.tenants['']?.trouble?.problems ?? [];
    assert.ok(Buffer.byteLength(kept.join('')) < 25_000 && kept.length > 100);
    assert.deepEqual(kept.slice(0, -1), problems.slice(0, kept.length - 1));
    assert.equal(kept.at(-1), `and ${500 - kept.length + 1} more problems`);
  });

  test('what was met at another commit does not count for this one', () => {
    const before = record({ '': tenantRecord({ sha: shaB, trouble: failed('ImageMissing', 6) }) });
    const { record: then } = settled({ acted: acted(result({ trouble: { reason: 'ImageMissing', message: 'x' } })) }, before);
    assert.equal(then.tenants['']?.trouble?.failures, 1);
  });

  test('a teardown Job that failed is told until the preview is wanted again', () => {
    const trouble = { reason: 'TeardownFailed', message: 'x', job: { namespace: 'foo-241', name: 'dump' } } as const;
    const waiting: Plan = { previews: [], removals: [{ cluster: 'home', namespace: 'foo-241', steps: [], waiting: true, met: trouble }] };
    const removed = (met: typeof trouble | undefined): Acted => ({ previews: [], removals: [{ namespace: 'foo-241', changes: [], trouble: met, conflict: false }] });
    const first = settled({ desired: gone, plan: waiting, acted: removed(trouble) }, record({ '': tenantRecord() }));
    assert.deepEqual(first.record.tenants['']?.trouble, { ...trouble, failures: 1, retryAt: undefined });
    assert.equal(first.againMs, undefined);
    const later = settled({ desired: gone, acted: { previews: [], removals: [] } }, first.record);
    assert.deepEqual(later.record.tenants['']?.trouble, first.record.tenants[''].trouble);
    assert.equal(settled({}, later.record).record.tenants['']?.trouble, undefined);
  });
});

describe('settle: pins', () => {
  const pins = { 'registry.bar.com/foo:1': 'sha256:1' };
  const refused: Rendering = { kind: 'refused', trouble: { reason: 'ImageMissing', message: 'x' } };
  const rows: [what: string, rendering: Rendering | undefined, before: TenantRecord | undefined, expected: TenantRecord['pins']][] = [
    ['of a rendering are kept', ready(pins), undefined, pins],
    ['of a rendering replace those of before', ready({}), tenantRecord({ pins }), {}],
    ['of this commit stay where it could not be rendered', refused, tenantRecord({ pins }), pins],
    ['of another commit go', refused, tenantRecord({ pins, sha: shaB }), {}],
    ['from before a restart go', refused, tenantRecord({ pins, restart: '9' }), {}],
  ];
  for (const [what, rendering, before, expected] of rows) {
    test(what, () => {
      const rendered = new Map(rendering ? [[preview, rendering] as const] : []);
      const { record: then } = settled({ rendered }, before && record({ '': before }));
      assert.deepEqual(then.tenants['']?.pins, expected);
    });
  }
});

describe('settle: waiting for CI', () => {
  const since = after(-60_000);
  const decision: Decision = { verdict: 'waiting', reason: 'WaitingForChecks', problems: [], awaited: [], waiting: { sha: shaA, since } };
  const waiting = { decision, previews: [], keepAll: true, lastValid: undefined, againAt: after(120_000) };

  test('is due again at its time, and the same is the same record', () => {
    const { record: then, againMs } = settled({ desired: waiting, acted: acted() });
    assert.equal(againMs, 120_000);
    assert.deepEqual(then.decision, decision);
    assert.equal(canonicalJson(settled({ desired: waiting, acted: acted() }, then).record), canonicalJson(then));
  });

  test('what is due sooner is sooner', () => {
    const before = record({ '': tenantRecord({ trouble: failed('ApplyFailed', 1) }) });
    const both = { ...desired, againAt: after(120_000) };
    assert.equal(settled({ desired: both, acted: acted(result({ trouble: { reason: 'ApplyFailed', message: 'x' } })) }, before).againMs, 10_000);
    assert.equal(settled({ desired: { ...both, againAt: after(3_000) }, acted: acted(result({ trouble: { reason: 'ApplyFailed', message: 'x' } })) }, before).againMs, 3_000);
  });
});
