import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { connect, loadKubeConfig, type Connection } from '../../app/io/kubernetes/connection.ts';
import { clusterProblem, startCluster, type Cluster } from '../cluster/cluster.ts';
import { findChromium, openChromium } from '../page/chromium.ts';
import { startDemo, type Demo } from '../page/demo.ts';
import { get } from '../support/asking.ts';
import { until } from '../support/avant.ts';

const chromiumProblem = findChromium() === undefined ? 'Chromium is missing: install it, or say with CHROMIUM_PATH where it is' : undefined;
const problem = clusterProblem() ?? chromiumProblem;
const skip = problem !== undefined && process.env['CI'] !== 'true' ? problem : false;
const domain = 'preview.demo.bar.com';

/** `npm run demo -- --kubeconfig FILE`, as a newcomer with a cluster goes through it: real containers, a real HAProxy, a real browser. */
describe('the demo on a real cluster', { skip }, () => {
  const opened: (() => Promise<unknown>)[] = [];
  let [cluster, demo, api, context, page] = [undefined, undefined, undefined, undefined, undefined] as unknown as [Cluster, Demo, Connection, BrowserContext, Page];

  const start = (): Promise<Demo> =>
    startDemo({}, ['--kubeconfig', cluster.kubeconfig, '--image', 'localhost/web:1', '--domain', domain, '--door', `http://${cluster.ingressAddress}`]);

  before(async () => {
    if (problem !== undefined) throw new Error(problem);
    cluster = await startCluster();
    opened.unshift(cluster.stop);
    api = connect(loadKubeConfig(cluster.kubeconfig), { monotonicMs: () => performance.now() });
    opened.unshift(() => api.close());
    demo = await start();
    opened.unshift(() => demo.stop());
    const browser = await openChromium({ domain, address: cluster.ingressAddress });
    opened.unshift(() => browser.close());
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
  });

  after(async () => {
    for (const close of opened) await close();
  });

  const comment = () => page.getByRole('article', { name: 'Comment by avant-demo[bot]' });

  test('the label brings a link that answers with the branch’s file from a stock image', async () => {
    await page.goto(`${demo.github}/m6/foo/pull/241`);
    await page.getByText('Add a label').click();
    await page.getByRole('button', { name: 'Add cd/preview', exact: true }).click();
    await comment().getByRole('heading', { level: 3, name: /live/i }).waitFor();
    const opening = context.waitForEvent('page');
    await comment().locator(`a[href^="http://foo-241-fr.${domain}"]`).first().click({ modifiers: ['ControlOrMeta'] });
    const visited = await opening;
    await visited.getByRole('heading', { name: 'A new home' }).waitFor();
    assert.match(await visited.locator('p').innerText(), new RegExp(`Tenant fr at foo-241-fr.${domain}`));
  });

  test('a second one beside it says who runs the first, and touches nothing', async () => {
    await assert.rejects(start(), /--kubeconfig: a demo of \S+@\S+ \(process \d+\) runs in this cluster: end it, or name another cluster/);
    assert.equal((await get(cluster.ingressAddress, `foo-241-fr.${domain}`)).status, 200);
  });

  test('a merge takes it away', async () => {
    await page.getByRole('button', { name: /merge/i }).first().click();
    await until('the link is dead', async () => (await get(cluster.ingressAddress, `foo-241-fr.${domain}`)).status === 404, 60_000);
  });

  test('Ctrl-C leaves the cluster as it was', async () => {
    assert.equal(await demo.interrupt(), 0);
    const names = ((await api.call({ method: 'GET', path: '/api/v1/namespaces' })) as { items: { metadata: { name: string; deletionTimestamp?: string } }[] }).items;
    assert.deepEqual(names.filter(({ metadata: { name, deletionTimestamp } }) => deletionTimestamp === undefined && /^(avant-demo|foo-241)/.test(name)), []);
    assert.equal(demo.complained(), '');
  });

  test('started again at once it waits for what still goes, and runs', async () => {
    const again = await start();
    opened.unshift(() => again.stop());
    assert.equal(again.complained(), '');
    assert.equal(await again.interrupt(), 0);
  });
});
