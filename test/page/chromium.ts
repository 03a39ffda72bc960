import { accessSync, constants } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const usualPlaces = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];

/** Returns where Chromium or Chrome is: what `CHROMIUM_PATH` says, or else the first of the usual places; undefined if nowhere. */
export function findChromium(): string | undefined {
  const told = process.env['CHROMIUM_PATH'] ?? '';
  return (told === '' ? usualPlaces : [told]).find(canRun);
}

/** A page behind another is drawn like any other: Playwright waits for frames before it clicks. */
const awake = ['--disable-renderer-backgrounding', '--disable-backgrounding-occluded-windows', '--disable-background-timer-throttling'];

const quiet = ['--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/**
 * Starts it without a window, with an empty profile of its own that goes when it is closed. `resolve`: a host and what is below it are at
 * this address, as a wildcard DNS record would say. Throws where there is none.
 */
export async function openChromium(resolve?: { readonly domain: string; readonly address: string }): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('Chromium is missing: install it, or say with CHROMIUM_PATH where it is');
  const dns = resolve ? [`--host-resolver-rules=MAP *.${resolve.domain} ${resolve.address}`] : [];
  return chromium.launch({ executablePath, args: ['--headless', '--no-sandbox', '--disable-gpu', ...awake, ...quiet, ...dns] });
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
