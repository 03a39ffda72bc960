import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { canonicalJson, labelOfKey, names, type KubernetesObject, type ObjectRef } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { act, type Acted } from '../../app/reconcile/act.ts';
import type { Desired } from '../../app/reconcile/decide.ts';
import { planPullRequest, type Plan, type PreviewPlan } from '../../app/reconcile/plan.ts';
import type { Step } from '../../app/reconcile/step.ts';
import { openFakeClock, openFakeLog } from '../support/fake-clock.ts';
import { openFakeCluster, type FakeCluster } from '../support/fake-cluster.ts';
import { ask, factsWith, renderedAll } from '../support/previews.ts';
import { plainConfig, tenantsConfig } from '../support/world.ts';

const keyLabel = labelOfKey('7/R_kgDOFoo/241');
const desiredOf = (config = plainConfig, labels = ['cd/preview']): Desired => ask(factsWith({ config: { kind: 'file', text: config }, labels }));
const open = (): FakeCluster => openFakeCluster(openFakeClock(), () => undefined);

async function planFor(cluster: FakeCluster, desired: Desired): Promise<Plan> {
  return planPullRequest({ desired, rendered: await renderedAll(desired), observed: new Map([['home', cluster.observed(keyLabel)]]), tenants: {} });
}

const carryOut = (cluster: FakeCluster, plan: Plan): Promise<Acted> => act(plan, new Map([['home', cluster]]), openFakeLog());
const go = async (cluster: FakeCluster, desired: Desired): Promise<Acted> => carryOut(cluster, await planFor(cluster, desired));
const furniture = ['ServiceAccount/default', 'ResourceQuota/avant', 'LimitRange/avant', 'NetworkPolicy/avant'];
/** The namespace, what the platform puts in, and the three objects of a project. */
const everything = ['Namespace/foo-241', ...furniture, 'Deployment/foo', 'Service/foo-service', 'Ingress/foo'];
const namespaceOf = (owner: string, more: Partial<KubernetesObject['metadata']> = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'foo-241', annotations: { [names.owner]: owner, [names.url]: 'https://github.com/bar/other/pull/1' }, ...more },
});
const refusing = (verb: string, where: (ref: ObjectRef) => boolean, error: () => Error) => (called: string, ref: ObjectRef): void => {
  if (called === verb && where(ref)) throw error();
};

describe('act: previews', () => {
  test('tells what was created, then that nothing changed', async () => {
    const cluster = open();
    const [first] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual(first?.changes.map(({ object, action }) => `${action} ${object}`), everything.map((object) => `created ${object}`));
    assert.deepEqual(first.exact, everything.slice(1));
    const [second] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual([second?.changes, second?.tolerated, second?.trouble, second?.conflict], [[], {}, undefined, false]);
  });

  test('an apply that the API server finds to change nothing is no change', async () => {
    const cluster = open();
    const plan = await planFor(cluster, desiredOf());
    await carryOut(cluster, plan);
    const again = await planFor(cluster, desiredOf());
    const steps = cluster.observed(keyLabel).objects.map((object) => {
      const step = plan.previews[0]!.stages.flat().find((one) => one.do === 'apply' && one.object.kind === object.kind)!;
      return { ...step, fence: { uid: object.metadata.uid!, resourceVersion: object.metadata.resourceVersion! } } as Step;
    });
    assert.equal(steps.length, everything.length - 1);
    const acted = await carryOut(cluster, { ...again, previews: again.previews.map((preview) => ({ ...preview, stages: [steps] })) });
    assert.deepEqual(acted.previews[0]?.changes, []);
  });

  test('a conflict is no trouble: look again; what is refused is read past the cache', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = await planFor(cluster, desiredOf(plainConfig.replace('nginx', 'web')));
    const ingress = cluster.list('Ingress')[0]!;
    cluster.put({ ...ingress, status: { loadBalancer: {} } });
    const got: string[] = [];
    cluster.before = (verb, { kind, name }) => {
      if (verb === 'get') got.push(`${kind}/${name}`);
    };
    const [preview] = (await carryOut(cluster, plan)).previews;
    assert.equal(preview?.conflict, true);
    assert.equal(preview.trouble, undefined);
    assert.deepEqual(got, ['Ingress/foo']);
    assert.deepEqual(preview.changes.map(({ object }) => object), ['Service/foo-service', 'Deployment/foo']);
  });

  test('an object that is gone is a conflict, not created by the late apply', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = await planFor(cluster, desiredOf(plainConfig.replace('8080', '9090')));
    cluster.vanish({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'foo-241', name: 'foo' });
    const [preview] = (await carryOut(cluster, plan)).previews;
    assert.equal(preview?.conflict, true);
    assert.deepEqual(cluster.list('Deployment'), []);
  });

  test('a namespace that went in between is a conflict', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = await planFor(cluster, desiredOf(plainConfig.replace('foo-service', 'web')));
    cluster.vanish({ apiVersion: 'v1', kind: 'Namespace', name: 'foo-241' });
    const [preview] = (await carryOut(cluster, plan)).previews;
    assert.deepEqual([preview?.conflict, preview?.trouble], [true, undefined]);
    assert.equal((await go(cluster, desiredOf(plainConfig.replace('foo-service', 'web')))).previews[0]?.changes.length, everything.length);
  });

  test('a namespace that is going away: 403 with the cause NamespaceTerminating', async () => {
    const cluster = open();
    const error = (): Error => new KubernetesError('… because it is being terminated', 403, 'Forbidden', ['NamespaceTerminating']);
    cluster.before = refusing('apply', () => true, error);
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.equal(preview?.trouble?.reason, 'NamespaceTerminating');
    assert.equal(preview.conflict, false);
  });

  test('any other 403 is a failed apply, with the object and the reason', async () => {
    const cluster = open();
    cluster.before = refusing('apply', ({ kind }) => kind === 'NetworkPolicy', () => new KubernetesError('networkpolicies is forbidden: not today', 403, 'Forbidden'));
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual(preview?.trouble, { reason: 'ApplyFailed', message: 'NetworkPolicy/avant: networkpolicies is forbidden: not today' });
    // What is of the same stage is there, what would need it is not begun.
    const there = ['Namespace/foo-241', ...furniture.filter((one) => one !== 'NetworkPolicy/avant'), 'Service/foo-service', 'Ingress/foo'];
    assert.deepEqual(preview.changes.map(({ object }) => object), there);
  });

  for (const [kind, name] of [['Ingress', 'foo'], ['Service', 'foo-service']] as const) {
    test(`of a new preview: a refused ${kind} is told, and holds up no pod`, async () => {
      const cluster = open();
      cluster.before = refusing('apply', (ref) => ref.kind === kind, () => new KubernetesError('is forbidden: not today', 403, 'Forbidden'));
      const [preview] = (await go(cluster, desiredOf())).previews;
      assert.deepEqual(preview?.trouble, { reason: 'ApplyFailed', message: `${kind}/${name}: is forbidden: not today` });
      assert.ok(preview.changes.some(({ object }) => object === 'Deployment/foo'));
    });
  }

  test('an API server that goes away while an Ingress is looked up: thrown to who asked, and to nobody else', async () => {
    const cluster = open();
    cluster.before = (verb, { kind }) => {
      if (verb === 'apply' && kind === 'Ingress') throw new KubernetesError('conflict', 409, 'Conflict');
      if (verb === 'get' && kind === 'Ingress') throw new Error('socket hang up');
    };
    const slow: FakeCluster = {
      ...cluster,
      apply: async (object, fence) => {
        if (object.kind === 'Deployment') await new Promise((resolve) => setTimeout(resolve, 20));
        return cluster.apply(object, fence);
      },
    };
    await assert.rejects(carryOut(slow, await planFor(cluster, desiredOf())), /socket hang up/);
  });

  test('a push whose Service is refused leaves the link as it was, and takes nothing away', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const shown = (): string => canonicalJson([...cluster.list('Ingress'), ...cluster.list('Deployment'), ...cluster.list('Service')]);
    const before = shown();
    cluster.before = refusing('apply', ({ kind }) => kind === 'Service', () => new KubernetesError('services is forbidden: exceeded quota', 403, 'Forbidden'));
    const [preview] = (await go(cluster, desiredOf(plainConfig.replace('foo-service', 'other-service')))).previews;
    assert.equal(preview?.trouble?.reason, 'ApplyFailed');
    assert.equal(shown(), before);
  });

  test('a quota that was made just now and is not counted yet is no trouble: look again', async () => {
    const cluster = open();
    cluster.before = refusing('apply', ({ kind }) => kind === 'Service', () => new KubernetesError('services "foo-service" is forbidden: status unknown for quota: avant, resources: services', 403, 'Forbidden'));
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual([preview?.trouble, preview?.conflict], [undefined, true]);
  });

  test('a connection that breaks is a failed apply, not a throw', async () => {
    const cluster = open();
    cluster.before = refusing('create', () => true, () => new Error('socket hang up'));
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.equal(preview?.trouble?.reason, 'ApplyFailed');
    assert.deepEqual(cluster.writes, []);
  });

  test('one tenant that fails stalls no other', async () => {
    const cluster = open();
    cluster.before = refusing('create', ({ name }) => name === 'foo-241-be', () => new KubernetesError('no', 500, 'InternalError'));
    const { previews } = await go(cluster, desiredOf(tenantsConfig));
    assert.deepEqual(previews.map(({ tenant, trouble, changes }) => [tenant, trouble?.reason, changes.length]), [['fr', undefined, 8], ['be', 'ApplyFailed', 0], ['hr', undefined, 8], ['hu', undefined, 8]]);
  });

  test('what survives our apply is told by object', async () => {
    const cluster = open();
    cluster.admit = (object) => (object.kind === 'Service' ? { ...object, spec: { ...(object.spec as object), selector: {} } } : object);
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual(Object.keys(preview?.tolerated ?? {}), ['Service/foo-service']);
  });
});

describe('act: stages', () => {
  const [preview] = desiredOf().previews;
  assert.ok(preview);
  const object = (kind: string, name: string, apiVersion = 'v1'): KubernetesObject => ({ apiVersion, kind, metadata: { name, namespace: 'foo-241', labels: { [names.managedBy]: 'avant', [names.key]: keyLabel } }, spec: { of: name } });
  const apply = (kind: string, name: string): Step => ({ do: 'apply', object: object(kind, name), fence: undefined, reason: '', drift: undefined });
  const planWith = (stages: readonly (readonly Step[])[], met?: PreviewPlan['met']): Plan => ({ previews: [{ preview, stages, met }], removals: [] });
  function ready(): FakeCluster {
    const cluster = open();
    cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-241' } });
    return cluster;
  }

  test('each is begun when the one before is done', async () => {
    const cluster = ready();
    let running = 0;
    const met: [name: string, running: number][] = [];
    const { apply: applyFor } = cluster;
    cluster.apply = async (of, fence) => {
      met.push([of.metadata.name, running]);
      running += 1;
      await new Promise(setImmediate);
      const answer = await applyFor(of, fence);
      running -= 1;
      return answer;
    };
    await carryOut(cluster, planWith([[apply('ConfigMap', 'a'), apply('ConfigMap', 'b')], [], [apply('StatefulSet', 'c')], [apply('Deployment', 'd')]]));
    assert.deepEqual(met, [['a', 0], ['b', 1], ['c', 0], ['d', 0]]);
  });

  test('where one fails its stage is finished, and none is begun after it', async () => {
    const cluster = ready();
    cluster.before = refusing('apply', ({ name }) => name === 'b', () => new Error('socket hang up'));
    const [result] = (await carryOut(cluster, planWith([[apply('ConfigMap', 'a')], [apply('ConfigMap', 'b'), apply('ConfigMap', 'c')], [apply('Deployment', 'd')]]))).previews;
    assert.deepEqual(result?.changes.map((change) => change.object), ['ConfigMap/a', 'ConfigMap/c']);
    assert.deepEqual(result.trouble, { reason: 'ApplyFailed', message: 'ConfigMap/b: socket hang up' });
  });

  test('what the plan has met is told; what an apply meets goes before it', async () => {
    const cluster = ready();
    const met = { reason: 'SetupFailed', message: 'x', job: { namespace: 'foo-241', name: 'j' } } as const;
    assert.deepEqual((await carryOut(cluster, planWith([[apply('ConfigMap', 'a')]], met))).previews[0]?.trouble, met);
    cluster.before = refusing('apply', () => true, () => new Error('socket hang up'));
    assert.equal((await carryOut(cluster, planWith([[apply('ConfigMap', 'b')]], met))).previews[0]?.trouble?.reason, 'ApplyFailed');
  });

  test('a preview that has nothing to do needs no cluster', async () => {
    const met = { reason: 'ApplyFailed', message: 'Nothing has been heard' } as const;
    const { previews } = await act(planWith([], met), new Map(), openFakeLog());
    assert.deepEqual(previews.map(({ trouble }) => trouble), [met]);
  });
});

describe('act: the claim of a namespace', () => {
  const claim = async (there: KubernetesObject): Promise<{ cluster: FakeCluster; acted: Acted }> => {
    const cluster = open();
    cluster.put(there);
    return { cluster, acted: await go(cluster, desiredOf()) };
  };

  test('somebody else’s: told whose, and nothing is written into it', async () => {
    const { cluster, acted } = await claim(namespaceOf('7/R_other/1'));
    assert.equal(acted.previews[0]?.trouble?.reason, 'NameHeld');
    assert.match(acted.previews[0].trouble.message, /bar\/other\/pull\/1/);
    assert.deepEqual(cluster.writes, []);
  });

  test('nobody’s of ours: an administrator is asked for', async () => {
    const { acted } = await claim({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-241' } });
    assert.equal(acted.previews[0]?.trouble?.reason, 'NameHeld');
    assert.match(acted.previews[0].trouble.message, /administrator/);
  });

  test('of the same pull request, made by another Avant: it is held, and told by whom', async () => {
    const { cluster, acted } = await claim(namespaceOf('7/R_kgDOFoo/241', { labels: { [names.instance]: 'avant-staging' } }));
    assert.equal(acted.previews[0]?.trouble?.reason, 'NameHeld');
    assert.match(acted.previews[0].trouble.message, /another Avant, of the namespace avant-staging.*can delete foo-241/);
    assert.equal(cluster.list('Namespace')[0]?.metadata.labels?.[names.instance], 'avant-staging');
  });

  test('ours, unseen: its labels are put back, and the preview goes on', async () => {
    const { cluster, acted } = await claim(namespaceOf('7/R_kgDOFoo/241', { labels: { theirs: 'x' } }));
    assert.equal(acted.previews[0]?.trouble, undefined);
    assert.equal(acted.previews[0]?.changes.length, everything.length);
    const { labels } = cluster.list('Namespace')[0]!.metadata;
    assert.equal(labels?.[names.key], keyLabel);
    assert.equal(labels['theirs'], 'x');
  });

  test('ours, unseen and going away: waited for', async () => {
    const { cluster, acted } = await claim(namespaceOf('7/R_kgDOFoo/241', { deletionTimestamp: '2026-11-22T08:00:00Z' }));
    assert.equal(acted.previews[0]?.trouble?.reason, 'NamespaceTerminating');
    assert.deepEqual(cluster.writes, []);
  });

  test('gone again between the refusal and the look: nobody holds it, look again', async () => {
    const cluster = open();
    cluster.put(namespaceOf('7/R_other/1'));
    cluster.before = (verb, ref) => {
      if (verb === 'get' && ref.kind === 'Namespace') cluster.vanish(ref);
    };
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual([preview?.trouble, preview?.conflict], [undefined, true]);
  });
});

describe('act: removals', () => {
  const unlabelled = desiredOf(plainConfig, []);

  test('the Ingress, then the namespace', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    cluster.writes.length = 0;
    const { removals } = await go(cluster, unlabelled);
    assert.deepEqual(cluster.writes, ['remove Ingress/foo foo-241', 'remove Namespace/foo-241']);
    assert.deepEqual(removals.map(({ namespace, trouble }) => [namespace, trouble]), [['foo-241', undefined]]);
  });

  test('an Ingress that changed since: nothing is deleted on that evidence', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = await planFor(cluster, unlabelled);
    const ingress = cluster.list('Ingress')[0]!;
    cluster.put({ ...ingress, status: { loadBalancer: { ingress: [{ ip: '10.0.0.1' }] } } });
    const { removals } = await carryOut(cluster, plan);
    assert.deepEqual(removals.map(({ conflict, trouble }) => [conflict, trouble]), [[true, undefined]]);
    assert.equal(cluster.list('Namespace')[0]?.metadata.deletionTimestamp, undefined);
    // The look past the cache makes the next try good.
    assert.equal((await go(cluster, unlabelled)).removals[0]?.conflict, false);
  });

  test('a namespace of the same name that is another one now is left alone', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = await planFor(cluster, unlabelled);
    cluster.vanish({ apiVersion: 'v1', kind: 'Namespace', name: 'foo-241' });
    cluster.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'foo-241', labels: { team: 'theirs' } } });
    assert.equal((await carryOut(cluster, plan)).removals[0]?.conflict, true);
    assert.equal(cluster.list('Namespace').length, 1);
  });

  test('a refusal is said to be of the removal', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    cluster.before = refusing('remove', ({ kind }) => kind === 'Namespace', () => new KubernetesError('no', 403, 'Forbidden'));
    assert.deepEqual((await go(cluster, unlabelled)).removals[0]?.trouble, { reason: 'RemoveFailed', message: 'Namespace/foo-241: no' });
  });
});
