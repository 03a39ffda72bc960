import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { after, before, describe, test } from 'node:test';
import type { BrowserContext, Page } from 'playwright-core';
import { until } from '../support/avant.ts';
import { findChromium, openChromium } from './chromium.ts';
import { startDemo, type Demo } from './demo.ts';

const tenants = ['fr', 'be', 'hr', 'hu'];
const missing = findChromium() === undefined && process.env['CI'] !== 'true';
const skip = missing && 'Chromium is missing: install it, or say with CHROMIUM_PATH where it is';

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
    page.setDefaultTimeout(30_000);
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

  const comment = () => page.getByRole('article', { name: 'Comment by avant-demo[bot]' });

  test('it says where to click, and what it names is there', async () => {
    const pulls = ['/m6/foo/pull/241', '/m6/foo/pull/242', '/m6/foo/pull/243', '/m6/bar/pull/7'];
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
      await comment().locator(`a[href="${demo.preview(tenant)}"]`).click();
      await page.getByRole('heading', { name: 'A new home' }).waitFor();
      assert.equal(await page.locator('b').first().innerText(), tenant);
      await page.goBack();
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

  test('a fork is refused', async () => {
    await label('/m6/foo/pull/243');
    await comment().getByRole('heading', { name: 'the pull request comes from a fork' }).waitFor();
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
