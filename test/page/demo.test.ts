import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { findHelm } from '../../app/io/render/find-helm.ts';
import { until } from '../support/avant.ts';
import { findChromium, openChromium } from './chromium.ts';
import { startDemo, type Demo } from './demo.ts';

const tenants = ['fr', 'be', 'hr', 'hu'];
const missing = findChromium() === undefined && process.env['CI'] !== 'true';
const skip = missing && 'Chromium is missing: install it, or say with CHROMIUM_PATH where it is';
const withoutHelm = findHelm(process.env) === undefined && process.env['CI'] !== 'true' && 'helm 4 is missing: install/helm.sh builds it';

describe('the demo, as a newcomer goes through it', { skip }, () => {
  const opened: (() => Promise<void>)[] = [];
  let demo: Demo;
  let context: BrowserContext;
  let page: Page;

  before(async () => {
    demo = await startDemo();
    opened.unshift(() => demo.stop());
    const browser = await openChromium();
    opened.unshift(() => browser.close());
    context = await browser.newContext();
    page = await context.newPage();
    // Avant writes to GitHub once a second when much is to be told.
    page.setDefaultTimeout(60_000);
  });

  after(async () => {
    for (const close of opened) await close();
  });

  /** Opens a pull request and picks the label from the list. */
  async function label(path: string): Promise<void> {
    await page.goto(demo.github + path);
    await page.getByText('Add a label').click();
    await page.getByRole('button', { name: 'Add cd/preview', exact: true }).click();
  }

  // A mark in the document, which a reload would lose.
  const mark = () => page.evaluate('document.body.dataset.mark = "here"');
  const isMarked = () => page.evaluate('document.body.dataset.mark === "here"');

  const comment = (by = 'avant-demo[bot]') => page.getByRole('article', { name: `Comment by ${by}` });
  /** The comment as people read it: what may be edited is there once more. */
  const told = (text: string) => comment().locator('.markdown').getByText(text);
  const headline = (name: string) => comment().getByRole('heading', { level: 3, name });
  const link = (host: string) => comment().locator(`a[href^="http://${host}.preview.localhost:"]`);

  async function say(text: string): Promise<void> {
    await page.getByRole('textbox', { name: 'Comment', exact: true }).fill(text);
    await page.getByRole('button', { name: 'Comment', exact: true }).click();
  }

  async function actAs(login: string): Promise<void> {
    await page.getByRole('combobox', { name: 'Act as' }).selectOption(login);
    await page.getByRole('button', { name: 'Act as this person' }).click();
    await page.getByText(`as ${login}`, { exact: true }).waitFor();
  }

  async function visitAddress(address: string, status: number): Promise<void> {
    const other = await context.newPage();
    assert.equal((await other.goto(address))?.status(), status);
    await other.close();
    await page.bringToFront();
  }

  /** Follows a link of the comment, has a look at what is there, and goes back. */
  async function visit(way: Locator, look: () => Promise<void>): Promise<void> {
    await way.click();
    await look();
    await page.goBack();
  }

  test('it says where to click, and what it names is there', async () => {
    const pulls = ['/m6/foo/pull/241', '/m6/foo/pull/242', '/m6/foo/pull/243', '/m6/bar/pull/7', '/m6/shop/pull/58', '/m6/shop/pull/59'];
    const deliveries = `${demo.github}/settings/apps/avant-demo/deliveries`;
    for (const address of [...pulls.map((path) => demo.github + path), deliveries]) {
      assert.ok(demo.printed().split(/\s/).includes(address), address);
      assert.equal((await fetch(address)).status, 200, address);
    }
    assert.ok(demo.printed().includes(demo.preview('fr')));
    await page.goto(demo.preview('fr'));
    assert.match(await page.content(), /404/, 'no preview before the label');
  });

  test('the label brings a comment with a link per tenant, a check and deployments, without a reload', async () => {
    await label('/m6/foo/pull/241');
    await mark();
    await comment().getByRole('heading', { name: 'All 4 previews are live' }).waitFor();
    for (const tenant of tenants) {
      const row = comment().getByRole('row').filter({ has: page.locator(`a[href="${demo.preview(tenant)}"]`) });
      assert.match(await row.innerText(), new RegExp(`^${tenant}\\s.*Live`));
      await page.locator('.deployment', { hasText: `preview/${tenant} active` }).waitFor();
    }
    await page.locator('.check', { hasText: 'All 4 previews are live' }).waitFor();
    assert.ok(await isMarked(), 'without a reload');
  });

  test('each link leads to the page of this branch for that tenant', async () => {
    for (const tenant of tenants) {
      await visit(comment().locator(`a[href="${demo.preview(tenant)}"]`), async () => {
        await page.getByRole('heading', { name: 'A new home' }).waitFor();
        assert.equal(await page.locator('b').first().innerText(), tenant);
      });
    }
  });

  test('a commit on the pull request’s page changes the preview, and spares what is being typed', async () => {
    await page.bringToFront();
    await mark();
    const content = page.getByLabel('Content');
    const draft = page.getByRole('textbox', { name: 'Comment', exact: true });
    await draft.fill('Half a thou');
    await content.fill((await content.inputValue()).replaceAll('A new home', 'A newer home'));
    await page.getByLabel('Commit message').fill('Say it better');
    await page.getByRole('button', { name: 'Commit changes' }).click();
    const commit = await page.locator('.event', { hasText: 'Say it better' }).locator('a.code').innerText();

    const rows = comment().getByRole('row').filter({ hasText: commit }).filter({ hasText: 'Live' });
    await until('every tenant is live at the new commit', async () => (await rows.count()) === tenants.length);
    assert.equal(await draft.inputValue(), 'Half a thou');
    assert.ok(await isMarked(), 'without a reload');
    const preview = await context.newPage();
    await preview.goto(demo.preview('be'));
    assert.equal(await preview.getByRole('heading').innerText(), 'A newer home');
    await preview.close();
    await page.locator('.check', { hasText: 'All 4 previews are live' }).waitFor();
    await page.locator('.deployment', { hasText: `active · ${commit}` }).nth(tenants.length - 1).waitFor();
  });

  test('a merge takes the links away, and the comment says so', async () => {
    await page.bringToFront();
    await mark();
    await page.getByRole('button', { name: 'Merge pull request' }).click();
    await comment().getByRole('heading', { name: 'The previews have been taken away' }).waitFor();
    assert.match(await comment().innerText(), /The pull request was merged/);
    assert.equal(await comment().locator('a[href*=".preview.localhost"]').count(), 0);
    assert.ok(await isMarked(), 'without a reload');
    for (const tenant of tenants) assert.equal((await page.goto(demo.preview(tenant)))?.status(), 404);
  });

  test('a mistake in the config is named, and its correction previews', async () => {
    await label('/m6/foo/pull/242');
    await comment().getByRole('listitem').filter({ hasText: 'servcie: unknown key — did you mean "service"?' }).waitFor();
    await page.getByRole('link', { name: '.cloud/preview.yaml' }).click();
    await page.waitForURL(/file=/);
    const content = page.getByLabel('Content');
    await content.fill((await content.inputValue()).replace('servcie:', 'service:'));
    await page.getByRole('button', { name: 'Commit changes' }).click();
    await comment().getByRole('heading', { name: 'All 4 previews are live' }).waitFor();
  });

  test('a fork’s commit runs once somebody who may write approves it, and on nobody else’s word', async () => {
    await label('/m6/foo/pull/243');
    await headline('a fork\'s commit has to be approved').waitFor();
    const approval = (await comment().locator('pre').innerText()).trim();
    assert.match(approval, /^\/preview approve [0-9a-f]{40}$/);

    await actAs('stranger');
    await say(approval);
    await comment('stranger').getByRole('img', { name: '-1: avant-demo[bot]' }).waitFor();
    await told('by stranger was not done').waitFor();
    assert.equal(await link('foo-243-fr').count(), 0);

    await actAs('ada');
    await say(approval);
    await headline('All 4 previews are live').waitFor();
    await told('was approved by ada').waitFor();
    await visit(link('foo-243-fr'), () => page.getByRole('heading', { name: 'Trust me' }).waitFor());
    await actAs('octocat');
  });

  test('the config that the comment offers to a project without one works as it stands', async () => {
    await label('/m6/bar/pull/7');
    const offered = await comment().locator('pre').innerText();
    await page.getByRole('link', { name: '+ new file' }).click();
    await page.getByLabel('File', { exact: true }).fill('.cloud/preview.yaml');
    await page.getByLabel('Content').fill(offered);
    await page.getByRole('button', { name: 'Commit changes' }).click();
    await comment().getByRole('heading', { name: 'All 4 previews are live' }).waitFor();
    await comment().locator('a[href*="bar-7-hu."]').click();
    await page.getByRole('heading', { name: 'Bar' }).waitFor();
  });

  test('two charts wait for CI, then each has a link for each tenant', { skip: withoutHelm }, async () => {
    await label('/m6/shop/pull/58');
    await headline('Waiting for continuous-integration/jenkins/pr-head').waitFor();
    assert.equal(await link('shop-58-front-fr').count(), 0);
    await page.getByRole('button', { name: 'Report success for continuous-integration/jenkins/pr-head' }).click();
    await headline('All 4 previews are live').waitFor();
    const words = { fr: 'Soldes d’été', be: 'Soldes d’été, zomersolden', hr: 'Ljetno sniženje', hu: 'Nyári kiárusítás' };
    for (const [tenant, sale] of Object.entries(words)) {
      const named = async (part: string): Promise<void> => {
        await page.getByText(`${part} of tenant ${tenant} on branch summer-sale`).waitFor();
      };
      await visit(link(`shop-58-api-${tenant}`), () => named('api'));
      await visit(link(`shop-58-front-${tenant}`), async () => {
        await named('front');
        assert.equal(await page.locator('.sale').innerText(), sale);
      });
    }
  });

  test('a push waits for its own images, and what ran before stays', { skip: withoutHelm }, async () => {
    await page.goto(`${demo.github}/m6/shop/pull/58?file=front/index.html`);
    const content = page.getByLabel('Content');
    await content.fill((await content.inputValue()).replace('Lamp', 'Garden chair'));
    await page.getByRole('button', { name: 'Commit changes' }).click();
    await headline('Waiting for').waitFor();
    await told('Until then the previews stay at').waitFor();
    await visit(link('shop-58-front-hu'), () => page.getByText('Lamp').waitFor());
    await page.getByRole('button', { name: 'Report success', exact: true }).click();
    await headline('All 4 previews are live').waitFor();
    await visit(link('shop-58-front-hu'), () => page.getByText('Garden chair').waitFor());
  });

  test('/preview stop takes the previews away, and /preview brings them back', { skip: withoutHelm }, async () => {
    const href = (await link('shop-58-api-be').getAttribute('href')) ?? '';
    await say('/preview stop');
    await headline('The previews are stopped').waitFor();
    assert.equal(await link('shop-58-api-be').count(), 0);
    await visitAddress(href, 404);
    await say('/preview');
    await headline('All 4 previews are live').waitFor();
    await visitAddress(href, 200);
  });

  test('a branch that the platform does not allow is told all that is wrong, once, and nothing of it runs', { skip: withoutHelm }, async () => {
    await label('/m6/shop/pull/59');
    await headline('None of 4 previews is set up: the platform does not allow it').waitFor();
    const rules = ['image-registry', 'pod-security-privileged', 'ingress-annotation', 'ingress-host'];
    assert.equal(await comment().getByRole('listitem').count(), rules.length);
    for (const rule of rules) await comment().getByRole('listitem').filter({ hasText: `(${rule})` }).waitFor();
    assert.equal(await comment().locator('a[href*=".preview.localhost"]').count(), 0);
  });

  test('Ctrl-C ends everything', async () => {
    assert.equal(demo.complained(), '', 'nothing went wrong on the way');
    assert.equal(await demo.interrupt(), 0);
    for (const port of demo.ports) assert.equal(await isOpen(port), false, `port ${port}`);
    assert.deepEqual(await readdir(demo.temporary), []);
    assert.equal(demo.complained(), '');
  });
});

async function isOpen(port: number): Promise<boolean> {
  const socket = createConnection({ port, host: 'localhost' });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
