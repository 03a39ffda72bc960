import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { clusterProblem } from '../cluster/cluster.ts';
import { findChromium, openChromium } from '../page/chromium.ts';
import { get } from '../support/asking.ts';
import { until } from '../support/avant.ts';
import { domain, installAvant, installProblem, webhookHost, type Installed } from '../support/e2e-install.ts';
import { renderChart } from '../support/install-chart.ts';
import { auditProblems, type Manifest } from '../support/rbac.ts';

const chromiumProblem = findChromium() === undefined ? 'Chromium is missing: install it, or say with CHROMIUM_PATH where it is' : undefined;
const problem = clusterProblem() ?? installProblem() ?? chromiumProblem;
const skip = problem !== undefined && process.env['CI'] !== 'true' ? problem : false;
const host = `foo-241-fr.${domain}`;

/**
 * The chart as a stranger installs it: helm, Avant as pods under its own roles and policies, Redis, HAProxy as a DaemonSet on the node's
 * ports 80 and 443, and the sandbox's GitHub as a pod. The browser is outside.
 */
describe('installed by the chart', { skip }, () => {
  const opened: (() => Promise<unknown>)[] = [];
  let [world, context, page] = [undefined, undefined, undefined] as unknown as [Installed, BrowserContext, Page];
  let metrics = (): Promise<string> => Promise.reject(new Error('not installed'));

  before(async () => {
    if (problem !== undefined) throw new Error(problem);
    world = await installAvant();
    opened.unshift(() => world.close());
    metrics = async () => {
      const pod = (await world.kubectl(['-n', 'avant', 'get', 'pods', '-l', 'app.kubernetes.io/component=edge', '-o', 'name'])).trim().replace('pod/', '');
      return world.kubectl(['get', '--raw', `/api/v1/namespaces/avant/pods/http:${pod}:9106/proxy/metrics`]);
    };
    const browser = await openChromium({ domain, address: world.cluster.ingressAddress });
    opened.unshift(() => browser.close());
    context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(120_000);
  });

  after(async () => {
    for (const close of opened) await close();
  });

  const counted = async (): Promise<number> => Number(new RegExp(`avant_preview_requests_total\\{host="${host}",code="404"\\} (\\d+)`).exec(await metrics())?.[1] ?? 0);
  const answer = () => get(world.cluster.ingressAddress, host);

  test('a labelled pull request answers 200 through the chart’s HAProxy, and its comment says live', async () => {
    assert.equal((await answer()).status, 404, 'the door is there, the preview is not');
    await page.goto(`${world.github}/m6/foo/pull/241`);
    await page.getByText('Add a label').click();
    await page.getByRole('button', { name: 'Add cd/preview', exact: true }).click();
    await until('it answers', async () => (await answer()).body.includes('A new home'), 180_000);
    await page.getByRole('article', { name: 'Comment by avant-demo[bot]' }).getByRole('heading', { level: 3, name: /live/ }).waitFor();
    const visited = await context.newPage();
    await visited.goto(`http://${host}/`);
    await visited.getByRole('heading', { name: 'A new home' }).waitFor();
  });

  test('visits are counted beside HAProxy, by host; Avant’s own questions are not', async () => {
    const before = await counted();
    for (let visit = 0; visit < 5; visit += 1) assert.equal((await get(world.cluster.ingressAddress, host, '/nowhere')).status, 404);
    await until('five more', async () => (await counted()) === before + 5, 20_000);
    assert.doesNotMatch(await metrics(), new RegExp(`host="foo-241-be.${domain}"`), 'nobody visited that but Avant');
  });

  test('GitHub can deliver through the door, which is no visit of a preview', async () => {
    const before = await counted();
    assert.match((await get(world.cluster.ingressAddress, webhookHost, '/api/github/webhooks')).body, /Unknown route/);
    assert.equal((await get(world.cluster.ingressAddress, host, '/nowhere')).status, 404);
    await until('what came later is counted', async () => (await counted()) === before + 1, 20_000);
    assert.doesNotMatch(await metrics(), new RegExp(`host="${webhookHost}"`));
  });

  test('a merge kills the link', async () => {
    await page.goto(`${world.github}/m6/foo/pull/241`);
    await page.getByRole('button', { name: 'Merge pull request' }).click();
    await until('the link is dead', async () => (await answer()).status === 404, 60_000);
    await until('the namespaces are gone', async () => (await world.kubectl(['get', 'namespaces', '-l', 'app.kubernetes.io/managed-by=avant', '-o', 'name'])).replace('namespace/avant\n', '') === '', 120_000);
    await until('its record is gone', async () => (await world.kubectl(['-n', 'avant', 'get', 'configmaps', '-l', 'avant/store=record', '-o', 'name'])) === '', 120_000);
  });

  test('what Avant asked of the API server is what its roles let it, no more and no less', () => {
    const roles = renderChart(world.values, { files: ['values-kind.yaml'] }) as readonly Manifest[];
    assert.deepEqual(auditProblems(roles, readFileSync(world.cluster.auditLog, 'utf8').trim().split('\n')), []);
  });

  // Last: it asks for more than Avant does.
  test('the doctor of the installed pods finds the App, the cluster, Redis, the door and helm well', async () => {
    const told = await world.kubectl(['-n', 'avant', 'exec', 'deployment/avant-workers', '--', 'sh', '-c', 'avant doctor; true']);
    for (const word of ['App permissions', 'Redis', 'helm', 'rights', 'admission policies', 'door home']) assert.match(told, new RegExp(`^ok .*${word}`, 'im'), told);
  });
});
