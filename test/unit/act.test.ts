import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { labelOfKey, names, type KubernetesObject, type ObjectRef } from '../../app/core/object.ts';
import { KubernetesError } from '../../app/core/ports.ts';
import { loadTemplates } from '../../app/io/manifests.ts';
import { act, type Acted } from '../../app/reconcile/act.ts';
import type { Desired } from '../../app/reconcile/decide.ts';
import { planPullRequest, type Plan } from '../../app/reconcile/plan.ts';
import { renderPreview } from '../../app/reconcile/render.ts';
import { openFakeClock, openFakeLog } from '../support/fake-clock.ts';
import { openFakeCluster, type FakeCluster } from '../support/fake-cluster.ts';
import { ask, factsWith } from '../support/previews.ts';
import { plainConfig, tenantsConfig } from '../support/world.ts';

const render = loadTemplates();
const keyLabel = labelOfKey('7/R_kgDOFoo/241');
const desiredOf = (config = plainConfig, labels = ['cd/preview']): Desired => ask(factsWith({ config: { kind: 'file', text: config }, labels }));
const open = (): FakeCluster => openFakeCluster(openFakeClock(), () => undefined);

function planFor(cluster: FakeCluster, desired: Desired): Plan {
  const rendered = new Map(desired.previews.map((preview) => [preview, renderPreview(preview, render)]));
  return planPullRequest({ desired, rendered, observed: new Map([['home', cluster.observed(keyLabel)]]), tenants: {} });
}

const carryOut = (cluster: FakeCluster, plan: Plan): Promise<Acted> => act(plan, new Map([['home', cluster]]), openFakeLog());
const go = (cluster: FakeCluster, desired: Desired): Promise<Acted> => carryOut(cluster, planFor(cluster, desired));
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
    assert.deepEqual(first?.changes.map(({ object, action }) => `${action} ${object}`), ['created Namespace/foo-241', 'created Deployment/foo', 'created Service/foo-service', 'created Ingress/foo']);
    const [second] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual([second?.changes, second?.tolerated, second?.trouble, second?.conflict], [[], {}, undefined, false]);
  });

  test('an apply that the API server finds to change nothing is no change', async () => {
    const cluster = open();
    const plan = planFor(cluster, desiredOf());
    await carryOut(cluster, plan);
    const again = planFor(cluster, desiredOf());
    const steps = cluster.observed(keyLabel).objects.map((object) => {
      const step = plan.previews[0]!.then.find((one) => one.do === 'apply' && one.object.kind === object.kind)!;
      return { ...step, fence: { uid: object.metadata.uid!, resourceVersion: object.metadata.resourceVersion! } } as typeof step;
    });
    const acted = await carryOut(cluster, { ...again, previews: again.previews.map((preview) => ({ ...preview, then: steps })) });
    assert.deepEqual(acted.previews[0]?.changes, []);
  });

  test('a conflict is no trouble: look again; what is refused is read past the cache', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = planFor(cluster, desiredOf(plainConfig.replace('nginx', 'web')));
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
    assert.equal(preview.changes.length, 2);
  });

  test('an object that is gone is a conflict, not created by the late apply', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = planFor(cluster, desiredOf(plainConfig.replace('8080', '9090')));
    cluster.vanish({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'foo-241', name: 'foo' });
    const [preview] = (await carryOut(cluster, plan)).previews;
    assert.equal(preview?.conflict, true);
    assert.deepEqual(cluster.list('Deployment'), []);
  });

  test('a namespace that went in between is a conflict', async () => {
    const cluster = open();
    await go(cluster, desiredOf());
    const plan = planFor(cluster, desiredOf(plainConfig.replace('foo-service', 'web')));
    cluster.vanish({ apiVersion: 'v1', kind: 'Namespace', name: 'foo-241' });
    const [preview] = (await carryOut(cluster, plan)).previews;
    assert.deepEqual([preview?.conflict, preview?.trouble], [true, undefined]);
    assert.equal((await go(cluster, desiredOf(plainConfig.replace('foo-service', 'web')))).previews[0]?.changes.length, 4);
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
    cluster.before = refusing('apply', ({ kind }) => kind === 'Service', () => new KubernetesError('services is forbidden: exceeded quota', 403, 'Forbidden'));
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual(preview?.trouble, { reason: 'ApplyFailed', message: 'Service/foo-service: services is forbidden: exceeded quota' });
    assert.equal(preview.changes.length, 3);
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
    assert.deepEqual(previews.map(({ tenant, trouble, changes }) => [tenant, trouble?.reason, changes.length]), [['fr', undefined, 4], ['be', 'ApplyFailed', 0], ['hr', undefined, 4], ['hu', undefined, 4]]);
  });

  test('what survives our apply is told by object', async () => {
    const cluster = open();
    cluster.admit = (object) => (object.kind === 'Service' ? { ...object, spec: { ...(object.spec as object), selector: {} } } : object);
    const [preview] = (await go(cluster, desiredOf())).previews;
    assert.deepEqual(Object.keys(preview?.tolerated ?? {}), ['Service/foo-service']);
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

  test('ours, unseen: its labels are put back, and the preview goes on', async () => {
    const { cluster, acted } = await claim(namespaceOf('7/R_kgDOFoo/241', { labels: { theirs: 'x' } }));
    assert.equal(acted.previews[0]?.trouble, undefined);
    assert.equal(acted.previews[0]?.changes.length, 4);
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
    const plan = planFor(cluster, unlabelled);
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
    const plan = planFor(cluster, unlabelled);
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
