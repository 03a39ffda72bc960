import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { names, refOf, type KubernetesObject } from '../../app/core/object.ts';
import { mapPodTemplates } from '../../app/core/pod-template.ts';
import type { Observed } from '../../app/core/ports.ts';
import type { TenantRecord } from '../../app/core/record.ts';
import type { Desired } from '../../app/reconcile/decide.ts';
import { driftOf, planPullRequest, type Plan, type PlanInput } from '../../app/reconcile/plan.ts';
import type { Step } from '../../app/reconcile/step.ts';
import { ask, factsWith, frozen, renderedAll, type FactsParts } from '../support/previews.ts';
import { plainConfig, tenantsConfig } from '../support/world.ts';

async function inputOf(desired: Desired, observed: Observed, tenants: PlanInput['tenants'] = {}): Promise<PlanInput> {
  return { desired, rendered: await renderedAll(desired), observed: new Map([['home', observed]]), tenants };
}
const planOf = async (...given: Parameters<typeof inputOf>): Promise<Plan> => planPullRequest(await inputOf(...given));

/** What a cluster shows once everything that is desired was applied. */
async function appliedOf(desired: Desired): Promise<Observed> {
  let version = 0;
  const stored = (object: KubernetesObject): KubernetesObject => {
    version += 1;
    return { ...object, metadata: { ...object.metadata, uid: `uid-${version}`, resourceVersion: String(version), generation: 1 }, status: {} };
  };
  const ready = [...(await renderedAll(desired)).values()].filter((rendering) => rendering.kind === 'ready');
  return { namespaces: ready.map(({ namespace }) => stored(namespace)), objects: ready.flatMap(({ objects }) => objects.map(({ object }) => stored(object))), pods: [] };
}

const desiredOf = (config = plainConfig, facts: FactsParts = {}): Desired => ask(factsWith({ config: { kind: 'file', text: config }, ...facts }));
const nothing: Observed = { namespaces: [], objects: [], pods: [] };
const told = (step: Step): string => {
  const ref = step.do === 'remove' ? step.ref : refOf(step.object);
  return `${step.do} ${ref.kind}/${ref.name} (${step.reason})`;
};
const stepsOf = (plan: Plan): string[] => plan.previews.flatMap(({ stages }) => stages.flat().map(told));
const furniture = ['ServiceAccount/default', 'ResourceQuota/avant', 'LimitRange/avant', 'NetworkPolicy/avant'];
const change = (observed: Observed, kind: string, how: (object: KubernetesObject) => KubernetesObject): Observed => ({
  ...observed,
  namespaces: observed.namespaces.map((object) => (object.kind === kind ? how(object) : object)),
  objects: observed.objects.map((object) => (object.kind === kind ? how(object) : object)),
});
const withSpec = (spec: object) => (object: KubernetesObject): KubernetesObject => ({ ...object, spec: { ...(object.spec as object), ...spec } });

describe('plan: previews', async () => {
  const desired = desiredOf();
  const applied = await appliedOf(desired);

  test('new: the namespace is created first, then what pods need, then the rest; applied without a fence', async () => {
    const plan = await planOf(desired, nothing);
    assert.deepEqual(plan.previews[0]?.stages.map((stage) => stage.map(told)), [
      ['create Namespace/foo-241 (the preview is new)'],
      [...furniture, 'Service/foo-service', 'Ingress/foo'].map((object) => `apply ${object} (it is not there)`),
      [],
      ['apply Deployment/foo (it is not there)'],
    ]);
    assert.ok(plan.previews[0].stages.slice(1).flat().every((step) => step.do === 'apply' && step.fence === undefined));
    assert.equal(plan.previews[0].met, undefined);
    assert.deepEqual(plan.removals, []);
  });

  test('new, with pods that have Services in their environment: those come before them', async () => {
    const input = await inputOf(desired, nothing);
    const links = (object: KubernetesObject): KubernetesObject => mapPodTemplates(object, (template) => ({ ...template, spec: { ...(template['spec'] as object), enableServiceLinks: true } }));
    const rendered = new Map([...input.rendered].map(([preview, one]) => [preview, one.kind === 'ready' ? { ...one, objects: one.objects.map((staged) => ({ ...staged, object: links(staged.object) })) } : one]));
    const beside = (plan: Plan): unknown[] => plan.previews.flatMap(({ stages }) => stages.flat()).flatMap((step) => (step.do === 'apply' && step.beside ? step.object.kind : []));
    assert.deepEqual(beside(planPullRequest(input)), ['Service', 'Ingress']);
    assert.deepEqual(beside(planPullRequest({ ...input, rendered })), ['Ingress']);
  });

  test('new: only what alone leads to a host is written beside the rest', async () => {
    const { rendered, ...input } = await inputOf(desired, nothing);
    const also = (path: string, name: string) => ({ path, backend: { service: { name, port: { name: 'http' } } } });
    const beside = (changed: (object: KubernetesObject) => KubernetesObject[]): unknown[] => {
      const more = new Map([...rendered].map(([preview, one]) => [preview, one.kind === 'ready' ? { ...one, objects: one.objects.flatMap((staged) => changed(staged.object).map((object) => ({ ...staged, object }))) } : one]));
      return planPullRequest({ ...input, rendered: more }).previews.flatMap(({ stages }) => stages.flat()).flatMap((step) => (step.do === 'apply' && step.beside ? `${step.object.kind}/${step.object.metadata.name}` : []));
    };
    const twice = (kind: string, change: (object: KubernetesObject) => KubernetesObject) => (object: KubernetesObject): KubernetesObject[] => (object.kind === kind ? [object, change(object)] : [object]);
    const named = (name: string) => (object: KubernetesObject): KubernetesObject => ({ ...object, metadata: { ...object.metadata, name } });
    assert.deepEqual(beside(twice('Service', named('db'))), ['Service/foo-service', 'Ingress/foo']);
    assert.deepEqual(beside(twice('Ingress', named('again'))), ['Service/foo-service']);
    const twoPaths = (object: KubernetesObject): KubernetesObject => {
      const [rule] = (object.spec as { rules: [{ http: { paths: [] } }] }).rules;
      return { ...object, spec: { ...(object.spec as object), rules: [{ ...rule, http: { paths: [...rule.http.paths, also('/api', 'api')] } }] } };
    };
    assert.deepEqual(beside((object) => [object.kind === 'Ingress' ? twoPaths(object) : object]), ['Ingress/foo']);
  });

  test('unchanged: no step', async () => {
    assert.deepEqual(stepsOf(await planOf(desired, applied)), []);
  });

  test('what others add is theirs', async () => {
    let observed = change(applied, 'Deployment', (object) => ({ ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'deployment.kubernetes.io/revision': '3' } } }));
    observed = change(observed, 'Deployment', withSpec({ strategy: { type: 'RollingUpdate' } }));
    observed = change(observed, 'Service', withSpec({ clusterIP: '10.0.0.1', type: 'ClusterIP' }));
    assert.deepEqual(stepsOf(await planOf(desired, observed)), []);
  });

  test('a push: the Deployment alone, with the fence of what was seen', async () => {
    const pushed = desiredOf(plainConfig, { headSha: 'e'.repeat(40) });
    const plan = await planOf(pushed, applied);
    assert.deepEqual(stepsOf(plan), ['apply Deployment/foo (what it should be has changed)']);
    const [step] = plan.previews[0]!.stages.flat();
    const { uid, resourceVersion } = applied.objects.find(({ kind }) => kind === 'Deployment')!.metadata;
    assert.ok(step?.do === 'apply');
    assert.deepEqual(step.fence, { uid, resourceVersion });
  });

  const drifts: Record<string, (observed: Observed) => Observed> = {
    'a number': (observed) => change(observed, 'Deployment', withSpec({ replicas: 0 })),
    'a host': (observed) => change(observed, 'Ingress', withSpec({ rules: [{ host: 'evil.example.com' }] })),
    'a rule more': (observed) => change(observed, 'Ingress', (object) => ({ ...object, spec: { rules: [...(object.spec as { rules: [] }).rules, { host: 'evil.example.com' }] } })),
    'the ingress class': (observed) => change(observed, 'Ingress', (object) => ({ ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, 'kubernetes.io/ingress.class': 'other' } } })),
    'a selector': (observed) => change(observed, 'Service', withSpec({ selector: {} })),
  };
  for (const [what, drift] of Object.entries(drifts)) {
    test(`somebody changed ${what}: put back, once`, async () => {
      const observed = drift(applied);
      const plan = await planOf(desired, observed);
      assert.equal(stepsOf(plan).length, 1);
      assert.match(stepsOf(plan)[0]!, /^apply .*\(somebody changed it\)$/);
    });
  }

  test('a difference that survived our apply is left, another one of the same object is not', async () => {
    const observed = drifts['a number']!(applied);
    const deployment = observed.objects.find(({ kind }) => kind === 'Deployment')!;
    const rendering = (await renderedAll(desired)).get(desired.previews[0]!);
    assert.ok(rendering?.kind === 'ready');
    const wanted = rendering.objects.find(({ object }) => object.kind === 'Deployment')!.object;
    const tenant: TenantRecord = {
      ...{ cluster: 'home', namespace: 'foo-241', host: 'h', url: 'u', links: [], pins: {}, restart: undefined, sha: 's', wanted: true, trouble: undefined },
      tolerated: { 'Deployment/foo': driftOf(wanted, deployment)! },
    };
    assert.deepEqual(stepsOf(await planOf(desired, observed, { '': tenant })), []);
    const more = change(observed, 'Deployment', withSpec({ progressDeadlineSeconds: 1 }));
    assert.deepEqual(stepsOf(await planOf(desired, more, { '': tenant })), ['apply Deployment/foo (somebody changed it)']);
  });

  test('a namespace whose labels were changed is labelled again, and keeps what others set', async () => {
    const observed = change(applied, 'Namespace', (object) => ({ ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, [names.app]: 'bar', theirs: 'x' } } }));
    const plan = await planOf(desired, observed);
    const [step] = plan.previews[0]!.stages.flat();
    assert.ok(step?.do === 'update');
    assert.equal(step.object.metadata.labels?.[names.app], 'foo');
    assert.equal(step.object.metadata.labels['theirs'], 'x');
    assert.equal(step.object.metadata.resourceVersion, observed.namespaces[0]?.metadata.resourceVersion);
  });

  test('a namespace that is going away is waited for', async () => {
    const observed = change(applied, 'Namespace', (object) => ({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-11-22T08:00:00Z' } }));
    const [preview] = (await planOf(desired, observed)).previews;
    assert.deepEqual([preview?.met?.reason, preview?.stages], ['NamespaceTerminating', []]);
  });

  test('an object that is going away is waited for', async () => {
    const observed = change(applied, 'Service', (object) => ({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-11-22T08:00:00Z' } }));
    assert.deepEqual(stepsOf(await planOf(desired, observed)), []);
  });

  test('what carries our label and the project no longer has is pruned', async () => {
    const renamed = desiredOf(plainConfig.replace('foo-service', 'web'));
    assert.deepEqual(stepsOf(await planOf(renamed, applied)).sort(), [
      'apply Ingress/foo (what it should be has changed)',
      'apply Service/web (it is not there)',
      'remove Service/foo-service (the project no longer has it)',
    ]);
  });

  test('one namespace’s objects are not taken for another’s', async () => {
    const both = desiredOf(tenantsConfig, { labels: ['cd/preview/fr', 'cd/preview/be'] });
    const first = await appliedOf({ ...both, previews: both.previews.slice(0, 1) });
    const plan = await planOf(both, first);
    assert.deepEqual(plan.previews.map(({ stages }) => stages.flat().length), [0, 4 + furniture.length]);
  });
});

describe('plan: removals', async () => {
  const desired = desiredOf();
  const applied = await appliedOf(desired);
  const removed = (plan: Plan): string[] => plan.removals.flatMap(({ steps }) => steps.map(told));

  test('the Ingress first, then the namespace, each fenced', async () => {
    const plan = await planOf(desiredOf(plainConfig, { labels: [] }), applied);
    assert.deepEqual(removed(plan), ['remove Ingress/foo (NotLabelled)', 'remove Namespace/foo-241 (NotLabelled)']);
    assert.ok(plan.removals[0]?.steps.every((step) => step.do === 'remove' && step.fence.uid !== '' && step.fence.resourceVersion !== ''));
  });

  test('of the tenants that are not wanted alone', async () => {
    const all = desiredOf(tenantsConfig);
    const plan = await planOf(desiredOf(tenantsConfig, { labels: ['cd/preview/hr'] }), await appliedOf(all));
    assert.deepEqual(plan.removals.map(({ namespace }) => namespace), ['foo-241-fr', 'foo-241-be', 'foo-241-hu']);
    assert.deepEqual(stepsOf(plan), []);
  });

  test('none where the facts are no evidence', async () => {
    const broken = ask(factsWith({ config: { kind: 'file', text: 'imagee: x' } }));
    assert.equal(broken.keepAll, true);
    assert.deepEqual(await planOf(broken, applied), { previews: [], removals: [] });
  });

  test('a namespace that is going away already is left alone', async () => {
    const observed = change(applied, 'Namespace', (object) => ({ ...object, metadata: { ...object.metadata, deletionTimestamp: '2026-11-22T08:00:00Z' } }));
    assert.deepEqual((await planOf(desiredOf(plainConfig, { labels: [] }), observed)).removals, []);
  });

  test('without an Ingress the namespace goes all the same', async () => {
    const observed = { ...applied, objects: applied.objects.filter(({ kind }) => kind !== 'Ingress') };
    assert.deepEqual(removed(await planOf(desiredOf(plainConfig, { state: 'merged' }), observed)), ['remove Namespace/foo-241 (Merged)']);
  });
});

test('planning is pure: frozen input, and the same input gives the same plan', async () => {
  const desired = desiredOf(tenantsConfig);
  const observed = await appliedOf(desired);
  const states: Observed[] = [nothing, observed, change(observed, 'Deployment', withSpec({ replicas: 7 }))];
  for (const wanted of [desired, desiredOf(tenantsConfig, { labels: ['cd/preview/fr'] }), desiredOf(tenantsConfig, { state: 'closed' })]) {
    for (const state of states) {
      const input = frozen(await inputOf(wanted, state));
      assert.deepEqual(planPullRequest(input), planPullRequest(input));
    }
  }
});
