import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { namespaces, pods } from '../../sandbox/kubernetes/resources.ts';
import { until } from '../support/avant.ts';
import { converge, ourComments } from '../support/convergence.ts';
import { configOf, deleteByHand, editByHand, label, startPlatform, visit, type Platform } from '../support/platform.ts';

const one = (repo: string): Record<string, string> => ({ '.cloud/preview.yaml': configOf(repo, 'tenants: [fr]\n') });

describe('what people do by hand', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  async function live(name: string): Promise<{ project: ReturnType<Platform['project']>; number: number; namespace: string }> {
    const project = platform.project(name);
    const number = project.open('feature', one(project.repo));
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    return { project, number, namespace: `${name}-${number}-fr` };
  }

  const uidOf = (name: string): string | undefined => platform.kubernetes.store.get(namespaces, undefined, name)?.metadata.uid;

  test('a comment that was deleted is back at the next read', async () => {
    const { project, number } = await live('comment');
    const pull = platform.world.pullRequest(project.repo, number);
    for (const comment of [...pull.comments]) platform.world.deleteComment(comment);
    project.push('feature');
    await converge(platform);

    // Without a push: any delivery is a reason to read. GitHub's clock has whole seconds, and a read in that of our last write says nothing.
    const said = Date.now();
    await until('GitHub\'s clock has moved on', () => Date.now() - said > 2_100);
    for (const comment of [...pull.comments]) platform.world.deleteComment(comment);
    platform.world.addLabel(project.repo, number, 'whatever');
    await converge(platform);
  });

  test('comments of other people stay, also one that has our marker', async () => {
    const { project, number } = await live('marker');
    const pull = platform.world.pullRequest(project.repo, number);
    const [ours = ''] = ourComments(pull);
    platform.world.comment(project.repo, number, ours, 'mallory');
    project.push('feature');
    await converge(platform);
    assert.equal(pull.comments.filter(({ author }) => author.login === 'mallory').length, 1);
  });

  test('a namespace that was deleted is back', async () => {
    const { namespace } = await live('namespace');
    const before = uidOf(namespace);
    await deleteByHand(platform, `/api/v1/namespaces/${namespace}`);
    await until('another one is there', () => ![before, undefined].includes(uidOf(namespace)));
    await converge(platform);
    assert.equal((await visit(platform, `${namespace}.preview.test`)).status, 200);
  });

  test('single objects that were deleted are back', async () => {
    const { namespace } = await live('objects');
    for (const path of ['/apis/apps/v1/', '/api/v1/', '/apis/networking.k8s.io/v1/']) {
      const [kind, name] = path.includes('apps') ? ['deployments', 'objects'] : path.includes('networking') ? ['ingresses', 'objects'] : ['services', 'web'];
      await deleteByHand(platform, `${path}namespaces/${namespace}/${kind}/${name}`);
    }
    await until('the page is back', async () => (await visit(platform, `${namespace}.preview.test`)).status === 200);
    await converge(platform);
  });

  test('fields that we set and somebody changed are put back, once', async () => {
    const { namespace } = await live('fields');
    await editByHand(platform, `/apis/apps/v1/namespaces/${namespace}/deployments/fields`, (object) => {
      object.spec['replicas'] = 3;
    });
    await editByHand(platform, `/api/v1/namespaces/${namespace}/services/web`, (object) => {
      object.spec['selector'] = { app: 'somebody-elses' };
    });
    await editByHand(platform, `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/fields`, (object) => {
      object.spec['rules'] = (object.spec['rules'] as object[]).map((rule) => ({ ...rule, host: 'www.bar.com' }));
    });
    await converge(platform);
    assert.equal((await visit(platform, `${namespace}.preview.test`)).status, 200);
    assert.equal((await visit(platform, 'www.bar.com')).status, 404);
  });

  test('our labels taken off a namespace and an Ingress are put back', async () => {
    const { project, number, namespace } = await live('robbed');
    const rob = (object: { metadata: Record<string, unknown> }): void => {
      object.metadata['labels'] = {};
    };
    await editByHand(platform, `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses/robbed`, rob);
    await editByHand(platform, `/api/v1/namespaces/${namespace}`, rob);
    await until('the label is back', () => platform.kubernetes.store.get(namespaces, undefined, namespace)?.metadata.labels?.['avant/app'] === 'robbed');
    await converge(platform);
    platform.world.merge(project.repo, number);
    await converge(platform);
  });

  test('a label taken off and put on again while the namespace is Terminating', async () => {
    const { project, number, namespace } = await live('comeback');
    const before = uidOf(namespace);
    platform.world.removeLabel(project.repo, number, label);
    await until('it is Terminating', () => platform.kubernetes.store.get(namespaces, undefined, namespace)?.metadata.deletionTimestamp !== undefined);
    platform.world.addLabel(project.repo, number, label);
    await until('another one is there', () => ![before, undefined].includes(uidOf(namespace)));
    await converge(platform);
  });

  test('a repository renamed while its preview runs: nothing restarts, the comment goes on, labels work', async () => {
    const { project, number, namespace } = await live('rename');
    const podsOf = (): unknown => platform.kubernetes.store.list(pods, namespace).map(({ metadata }) => metadata.uid);
    const [before, uid] = [podsOf(), uidOf(namespace)];
    platform.world.renameRepository(project.repo, 'renamed');
    platform.world.addLabel(project.repo, number, 'whatever');
    const pull = platform.world.pullRequest(project.repo, number);
    await until('the comment says the new name', () => (ourComments(pull)[0] ?? '').includes('/org-rename/renamed/'));
    await converge(platform);
    assert.deepEqual([podsOf(), uidOf(namespace)], [before, uid]);

    const config = { '.cloud/preview.yaml': configOf('org-rename/renamed', 'tenants: [fr]\n') };
    project.push('feature', config);
    const next = project.open('another', config);
    platform.world.addLabel(project.repo, next, label);
    await converge(platform);
    assert.equal(uidOf(namespace), uid);
    platform.world.merge(project.repo, number);
    await converge(platform);
  });

  test('a rename that nobody told of: what is said next is said under the new name', async () => {
    const { project, number, namespace } = await live('silent');
    const before = uidOf(namespace);
    platform.world.renameRepository(project.repo, 'silently');
    await deleteByHand(platform, `/api/v1/namespaces/${namespace}`);
    await until('another one is there', () => ![before, undefined].includes(uidOf(namespace)));
    project.push('feature', { '.cloud/preview.yaml': configOf('org-silent/silently', 'tenants: [fr]\n') });
    await converge(platform);
    platform.world.close(project.repo, number);
    await converge(platform);
  });
});
