import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { until } from '../support/avant.ts';
import { converge } from '../support/convergence.ts';
import { configOf, label, startPlatform, visit, type Platform } from '../support/platform.ts';

describe('when the cluster is in trouble', () => {
  let platform: Platform;
  before(async () => {
    platform = await startPlatform();
  });
  beforeEach(() => {
    platform.turnPage();
  });
  after(() => platform.close());

  const troubles = [
    ['500', { status: 500, body: 'etcd is not well' }],
    ['429', { status: 429, headers: { 'retry-after': '1' }, body: 'later' }],
    ['cut connections', 'reset'],
    ['lost answers', 'answer-lost'],
  ] as const;
  for (const [what, respond] of troubles) {
    test(`${what} to every request for a while: it comes to be as it should`, async () => {
      const project = platform.project(`api${what.replaceAll(/[^a-z0-9]/g, '')}`);
      const config = { '.cloud/preview.yaml': configOf(project.repo, 'tenants: [fr, be]\n') };
      const [stays, goes] = [project.open('stays', config), project.open('goes', config)];
      platform.world.addLabel(project.repo, goes, label);
      await converge(platform);
      platform.kubernetes.requests.clear();
      platform.kubernetes.faults.set({ respond });
      platform.kubernetes.watches.cut();
      platform.world.addLabel(project.repo, stays, label);
      platform.world.merge(project.repo, goes);
      await until('it tries', () => platform.kubernetes.requests.list().length > 8);
      platform.kubernetes.faults.clear();
      await converge(platform);
    });
  }

  test('every other write refused: each tenant comes by itself', async () => {
    const project = platform.project('flaky');
    let writes = 0;
    platform.kubernetes.faults.set({ respond: { status: 500, body: 'no' }, times: 12, match: ({ method }) => method !== 'GET' && (writes += 1) % 2 === 0 });
    const number = project.open('feature');
    platform.world.addLabel(project.repo, number, label);
    await converge(platform, {}, 60_000);
  });

  test('watches that are cut and whose history is forgotten (410): what happened meanwhile is seen', async () => {
    const project = platform.project('gap');
    const number = project.open('feature', { '.cloud/preview.yaml': configOf(project.repo, 'tenants: [fr]\n') });
    platform.world.addLabel(project.repo, number, label);
    await converge(platform);
    const hold = Promise.withResolvers<undefined>();
    platform.kubernetes.faults.set({ respond: { until: hold.promise }, match: ({ verb }) => verb === 'watch' });
    platform.kubernetes.watches.cut();
    const { url, token } = platform.kubernetes;
    const path = `/apis/networking.k8s.io/v1/namespaces/gap-${number}-fr/ingresses/gap`;
    assert.equal((await fetch(url + path, { method: 'DELETE', headers: { authorization: `Bearer ${token}` } })).status, 200);
    platform.kubernetes.store.compact();
    platform.kubernetes.faults.clear();
    hold.resolve(undefined);
    await until('the link is back', async () => (await visit(platform, `gap-${number}-fr.preview.test`)).status === 200);
    await converge(platform);
  });
});
