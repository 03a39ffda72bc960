import { join } from 'node:path';
import { openChromium } from './chromium.ts';
import { startDemo } from './demo.ts';

/**
 * `node test/page/screenshot.ts` makes the README's picture, docs/demo.png, again: pull request 241 of the demo with its four previews
 * live. It wants a font that has 🟢 (on Debian fonts-noto-color-emoji).
 */
const file = join(import.meta.dirname, '../../docs/demo.png');
const demo = await startDemo({ EDGE_PORT: '8080' });
try {
  const browser = await openChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 900 }, colorScheme: 'light' });
    await page.goto(`${demo.github}/m6/foo/pull/241`);
    await page.getByText('Add a label').click();
    await page.getByRole('button', { name: 'Add cd/preview', exact: true }).click();
    await page.locator('.check', { hasText: 'All 4 previews are live' }).waitFor();
    await page.locator('.deployment', { hasText: 'active' }).nth(3).waitFor();
    // Neither the pointer nor the focus shows.
    await page.mouse.move(0, 0);
    await page.evaluate('document.activeElement.blur()');
    const end = await page.locator('#merge-box').boundingBox();
    await page.screenshot({ path: file, clip: { x: 0, y: 0, width: 1200, height: Math.ceil((end?.y ?? 0) + (end?.height ?? 0)) + 8 }, fullPage: true });
  } finally {
    await browser.close();
  }
} finally {
  await demo.stop();
}
console.log(`Made ${file}`);
