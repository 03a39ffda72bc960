import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { names, refOf, type Json, type KubernetesObject } from '../../app/core/object.ts';
import type { Observed } from '../../app/core/ports.ts';
import type { Desired } from '../../app/reconcile/decide.ts';
import type { Removal } from '../../app/reconcile/plan-removal.ts';
import { planPullRequest, type Plan, type PreviewPlan } from '../../app/reconcile/plan.ts';
import type { Step } from '../../app/reconcile/step.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import type { Rendering, StagedObject } from '../../app/reconcile/render/render.ts';
import { ask, factsWith, frozen, type FactsParts } from '../support/previews.ts';

const desiredOf = (facts: FactsParts = {}): Desired => ask(factsWith(facts));
const nothing: Observed = { namespaces: [], objects: [], pods: [] };
const told = (step: Step): string => {
  const ref = step.do === 'remove' ? step.ref : refOf(step.object);
  return `${step.do} ${ref.kind}/${ref.name} (${step.reason})`;
};

describe('the stages of a plan', () => {
  const desired = desiredOf();
  const [preview] = desired.previews;
  assert.ok(preview);
  const object = (kind: string, name: string, more: Partial<KubernetesObject['metadata']> = {}): KubernetesObject => ({
    apiVersion: kind === 'Job' ? 'batch/v1' : 'v1',
    kind,
    metadata: { name, namespace: 'foo-241', annotations: { [names.hash]: `hash of ${name}` }, ...more },
    spec: { of: name },
  });
  const staged: readonly StagedObject[] = [
    { stage: 'base', stable: true, object: object('ConfigMap', 'settings') },
    { stage: 'base', stable: true, object: { ...object('Job', 'drop', { labels: { [names.hook]: 'teardown' } }), spec: { suspend: true } } },
    { stage: 'data', stable: true, object: object('StatefulSet', 'db') },
    { stage: 'setup', stable: true, object: object('Job', 'first') },
    { stage: 'setup', stable: true, object: object('Job', 'second') },
    { stage: 'rest', stable: true, object: object('Deployment', 'web') },
    { stage: 'rest', stable: true, object: object('CronJob', 'nightly') },
  ];
  const namespace = object('Namespace', 'foo-241');
  const seen = (one: KubernetesObject, status: Json = {}, metadata: Partial<KubernetesObject['metadata']> = {}): KubernetesObject => ({ ...one, metadata: { ...one.metadata, uid: `uid of ${one.metadata.name}`, resourceVersion: '7', ...metadata }, status });
  const job = (name: string, type?: 'Complete' | 'Failed'): KubernetesObject => seen(object('Job', name), type ? { conditions: [{ type, status: 'True', reason: 'BackoffLimitExceeded', message: 'it has tried enough' }] } : {});
  const observedWith = (...objects: readonly KubernetesObject[]): Observed => ({ namespaces: [seen(namespace)], objects, pods: [] });
  const plan = (observed: Observed, objects = staged): PreviewPlan => {
    const rendered = new Map<Preview, Rendering>([[preview, { kind: 'ready', namespace, objects, pins: {}, links: [], notes: [] }]]);
    const input = frozen({ desired, rendered, observed: new Map([['home', observed]]), tenants: {} });
    assert.deepEqual(planPullRequest(input), planPullRequest(input));
    return planPullRequest(input).previews[0]!;
  };
  const stages = ({ stages: all }: PreviewPlan): string[][] => all.map((stage) => stage.map((step) => told(step).replace(/ \(.*/, '')));
  const before = staged.slice(0, 3).map(({ object: one }) => seen(one));
  const rest = staged.slice(5).map(({ object: one }) => seen(one));

  test('at first: all that comes before, then the first setup Job alone', () => {
    assert.deepEqual(stages(plan({ ...nothing })), [['create Namespace/foo-241'], ['apply ConfigMap/settings', 'apply Job/drop'], ['apply StatefulSet/db'], ['apply Job/first']]);
  });

  type Row = [what: string, there: KubernetesObject[], steps: string[], met: string | undefined];
  const rows: Row[] = [
    ['while the first runs: nothing', [job('first')], [], undefined],
    ['once it is complete: the second', [job('first', 'Complete')], ['apply Job/second'], undefined],
    ['while the second runs: nothing', [job('first', 'Complete'), job('second')], [], undefined],
    ['both complete: the rest', [job('first', 'Complete'), job('second', 'Complete')], ['apply Deployment/web', 'apply CronJob/nightly'], undefined],
    ['both complete, the rest there: nothing', [job('first', 'Complete'), job('second', 'Complete'), ...rest], [], undefined],
    ['the first failed: nothing more', [job('first', 'Failed')], [], 'SetupFailed'],
    ['the second failed: nothing more', [job('first', 'Complete'), job('second', 'Failed')], [], 'SetupFailed'],
    ['the first is going away: it is waited for', [{ ...job('first'), metadata: { ...job('first').metadata, deletionTimestamp: '2026-11-22T08:00:00Z' } }], [], undefined],
    ['setup Jobs of an older commit go only with the rest', [job('first'), job('older', 'Complete')], [], undefined],
    ['… and then they go', [job('first', 'Complete'), job('second', 'Complete'), job('older', 'Complete'), ...rest], ['remove Job/older'], undefined],
    ['a Deployment of before is left alone until then', [job('first'), seen(object('Deployment', 'gone'))], [], undefined],
  ];
  for (const [what, there, steps, met] of rows) {
    test(what, () => {
      const made = plan(observedWith(...before, ...there));
      assert.deepEqual(stages(made).flat(), steps);
      assert.equal(made.met?.reason, met);
    });
  }

  test('what failed is named, with what it said', () => {
    const { met } = plan(observedWith(...before, job('first', 'Failed')));
    assert.deepEqual(met?.job, { namespace: 'foo-241', name: 'first' });
    assert.match(met.message, /first.*it has tried enough/);
  });

  test('what is needed before is put right also while a setup Job runs, or has failed', () => {
    for (const there of [job('first'), job('first', 'Failed')]) {
      const [settings, ...others] = before;
      const changed = { ...settings!, spec: { of: 'somebody' } };
      assert.deepEqual(stages(plan(observedWith(changed, ...others, there))).flat(), ['apply ConfigMap/settings']);
    }
  });

  test('a Job whose content is another is replaced, fenced; a setup Job that ran is not', () => {
    const other = staged.map((one) => ({ ...one, object: { ...one.object, metadata: { ...one.object.metadata, annotations: { [names.hash]: 'another' } } } }));
    const { stages: made } = plan(observedWith(...before, job('first', 'Complete'), job('second', 'Complete'), ...rest), other);
    assert.deepEqual(made.flat().map(told), [
      'apply ConfigMap/settings (what it should be has changed)',
      'replace Job/drop (what it should be has changed)',
      'apply StatefulSet/db (what it should be has changed)',
      'apply Deployment/web (what it should be has changed)',
      'apply CronJob/nightly (what it should be has changed)',
    ]);
    const replace = made.flat().find((step) => step.do === 'replace');
    assert.deepEqual(replace?.fence, { uid: 'uid of drop', resourceVersion: '7' });
  });

  test('what chance made is kept as it was made first, and made where it is not there', () => {
    const chance = staged.map((one) => (one.object.kind === 'ConfigMap' ? { ...one, stable: false, object: { ...one.object, spec: { of: 'another throw' }, metadata: { ...one.object.metadata, annotations: { [names.hash]: 'another' } } } } : one));
    const there = [job('first', 'Complete'), job('second', 'Complete'), ...rest];
    assert.deepEqual(stages(plan(observedWith(...before, ...there), chance)).flat(), []);
    assert.deepEqual(stages(plan(observedWith(...before.slice(1), ...there), chance)).flat(), ['apply ConfigMap/settings']);
  });

  test('one that is refused does nothing, not even its namespace, and is not pruned', () => {
    const rendered = new Map<Preview, Rendering>([[preview, { kind: 'refused', trouble: { reason: 'Refused', message: 'no', problems: ['a'] } }]]);
    for (const observed of [nothing, observedWith(...before, ...rest, seen(object('Service', 'stray')))]) {
      assert.deepEqual(planPullRequest(frozen({ desired, rendered, observed: new Map([['home', observed]]), tenants: {} })), {
        previews: [{ preview, stages: [], met: { reason: 'Refused', message: 'no', problems: ['a'] } }],
        removals: [],
      });
    }
  });

  test('one that is refused loses the Secrets that the platform no longer gives, and nothing else', () => {
    const copy = (name: string): KubernetesObject => seen(object('Secret', name, { annotations: { [names.copiedFrom]: `vault/${name}` } }));
    const given = { ...preview, secrets: ['kept'] };
    const input = { desired: { ...desired, previews: [given] }, rendered: new Map<Preview, Rendering>([[given, { kind: 'refused', trouble: { reason: 'RenderFailed', message: 'no' } }]]), tenants: {} };
    const observed = new Map([['home', observedWith(copy('kept'), copy('revoked'), copy('avant-pull-registry'), seen(object('Secret', 'own')), ...rest)]]);
    assert.deepEqual(planPullRequest(frozen({ ...input, observed })).previews.map(stages), [[['remove Secret/revoked']]]);
    // Of a cluster that is silent nothing is known.
    assert.deepEqual(planPullRequest(frozen({ ...input, observed: new Map() })).previews.map(stages), [[]]);
  });

  test('a Secret is compared by its hash: what it holds is not looked at', () => {
    const secret: StagedObject = { stage: 'base', stable: true, object: { ...object('Secret', 'foo'), data: { key: 'dmFsdWU=' } } };
    const found = { ...seen(secret.object), data: { key: 'b3RoZXI=' } };
    assert.deepEqual(stages(plan(observedWith(found), [secret])).flat(), []);
    const settings: StagedObject = { stage: 'base', stable: true, object: { ...object('ConfigMap', 'foo'), data: { key: 'a' } } };
    assert.deepEqual(stages(plan(observedWith({ ...seen(settings.object), data: { key: 'b' } }), [settings])).flat(), ['apply ConfigMap/foo']);
  });

  describe('the end', () => {
    const unlabelled = desiredOf({ labels: [] });
    const drop = (name: string, turn: string, type?: 'Complete' | 'Failed', suspend = false): KubernetesObject => {
      const { metadata, ...one } = job(name, type);
      return { ...one, spec: { suspend, of: name }, metadata: { ...metadata, labels: { [names.hook]: 'teardown' }, annotations: { ...metadata.annotations, [names.order]: turn } } };
    };
    const ingress = seen(object('Ingress', 'web'));
    const removal = (...objects: readonly KubernetesObject[]): Removal | undefined =>
      planPullRequest(frozen({ desired: unlabelled, rendered: new Map(), observed: new Map([['home', observedWith(...objects)]]), tenants: {} })).removals[0];
    type End = [what: string, there: KubernetesObject[], steps: string[], waiting: boolean, met: string | undefined];
    const ends: End[] = [
      ['no Jobs: the link, then all', [ingress], ['remove Ingress/web', 'remove Namespace/foo-241'], false, undefined],
      ['Jobs: the link, then the first is set going', [drop('b', '2', undefined, true), drop('a', '1', undefined, true), ingress], ['remove Ingress/web', 'update Job/a'], true, undefined],
      ['by their turn, not their name', [drop('a', '10', undefined, true), drop('b', '9', undefined, true)], ['update Job/b'], true, undefined],
      ['while it runs: nothing', [drop('a', '1'), drop('b', '2', undefined, true)], [], true, undefined],
      ['it ended well: the next', [drop('a', '1', 'Complete'), drop('b', '2', undefined, true)], ['update Job/b'], true, undefined],
      ['it failed: the next all the same, and that is told', [drop('a', '1', 'Failed'), drop('b', '2', undefined, true)], ['update Job/b'], true, 'TeardownFailed'],
      ['all ended: all goes', [drop('a', '1', 'Complete'), drop('b', '2', 'Complete')], ['remove Namespace/foo-241'], false, undefined],
      ['all failed: all goes', [drop('a', '1', 'Failed'), drop('b', '2', 'Failed')], ['remove Namespace/foo-241'], false, 'TeardownFailed'],
      ['one that somebody deletes is not waited for', [{ ...drop('a', '1'), metadata: { ...drop('a', '1').metadata, deletionTimestamp: '2026-11-22T08:00:00Z' } }], ['remove Namespace/foo-241'], false, undefined],
      ['setup Jobs and the branch’s own are nobody’s business', [seen({ ...object('Job', 's'), spec: { suspend: true }, metadata: { ...object('Job', 's').metadata, labels: { [names.hook]: 'setup' } } }), seen({ ...object('Job', 'own'), spec: { suspend: true } })], ['remove Namespace/foo-241'], false, undefined],
    ];
    for (const [what, there, steps, waiting, met] of ends) {
      test(what, () => {
        const made = removal(...there);
        assert.deepEqual(made?.steps.map((step) => told(step).replace(/ \(.*/, '')), steps);
        assert.deepEqual([made.waiting, made.met?.reason], [waiting, met]);
      });
    }

    test('a Job is set going as it was seen, with nothing else changed', () => {
      const there = drop('a', '1', undefined, true);
      const [step] = removal(there)!.steps;
      assert.ok(step?.do === 'update');
      assert.deepEqual(step.object, { ...there, spec: { suspend: false, of: 'a' } });
    });
  });

  test('wanted again while a teardown Job runs: it goes to its end first', () => {
    const running = { ...job('drop'), spec: { suspend: false }, metadata: { ...job('drop').metadata, labels: { [names.hook]: 'teardown' } } };
    const rendered = new Map<Preview, Rendering>([[preview, { kind: 'ready', namespace, objects: staged, pins: {}, links: [], notes: [] }]]);
    for (const keepAll of [false, true]) {
      const planned = (there: KubernetesObject): Plan => planPullRequest(frozen({ desired: { ...desired, keepAll }, rendered, observed: new Map([['home', observedWith(there)]]), tenants: {} }));
      const { previews, removals } = planned(running);
      assert.deepEqual([previews[0]?.met?.reason, previews[0]?.stages, removals.map(({ steps, waiting }) => [steps, waiting])], ['NamespaceTerminating', [], [[[], true]]]);
      const ended = { ...running, status: { conditions: [{ type: 'Complete', status: 'True' }] } };
      assert.deepEqual(planned(ended).removals[0]?.steps.map(told), ['remove Namespace/foo-241 (Labelled)']);
      // One that waits, suspended, takes nothing away.
      assert.deepEqual(planned({ ...running, spec: { suspend: true } }).removals, []);
    }
  });

  test('of a cluster that is silent nothing is planned', () => {
    const { previews, removals } = planPullRequest({ desired: desiredOf({ labels: [] }), rendered: new Map(), observed: new Map(), tenants: {} });
    assert.deepEqual([previews, removals], [[], []]);
  });

  test('a namespace of the same name in another cluster than the tenant’s goes', () => {
    const rendered = new Map<Preview, Rendering>([[preview, { kind: 'ready', namespace, objects: staged, pins: {}, links: [], notes: [] }]]);
    const { removals, previews } = planPullRequest({ desired, rendered, observed: new Map([['home', nothing], ['eu', observedWith()]]), tenants: {} });
    assert.deepEqual(removals.map(({ cluster, steps }) => [cluster, steps.map(told)]), [['eu', ['remove Namespace/foo-241 (Labelled)']]]);
    assert.equal(previews[0]?.stages.flat().length, 5);
  });
});
