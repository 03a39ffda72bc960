import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { until } from '../support/avant.ts';
import { startDemo, type Demo } from './demo.ts';

let demo: Demo;
let empty: string;

before(async () => {
  empty = await mkdtemp(join(tmpdir(), 'no-helm-'));
  demo = await startDemo({ AVANT_HELM: '', PATH: empty, XDG_CACHE_HOME: empty });
});

after(async () => {
  await demo.stop();
  await rm(empty, { recursive: true });
});

/** Presses a button of a page, as octocat. */
async function press(path: string, form: Readonly<Record<string, string>>): Promise<void> {
  const answer = await fetch(demo.github + path, { method: 'POST', body: new URLSearchParams(form) });
  assert.equal(answer.status, 200, path);
}

const page = async (path: string): Promise<string> => (await fetch(demo.github + path)).text();

test('without helm the demo starts, and says how to get one', () => {
  assert.match(demo.printed(), /There is no helm 4 here, .* install\/helm\.sh/);
});

test('without helm the comment on a project with charts says that the platform has none', async () => {
  const [path, context] = ['/m6/shop/pull/58', 'continuous-integration/jenkins/pr-head'];
  await press(path, { act: 'ci', context, state: 'success', kind: 'status' });
  await press(path, { act: 'label', name: 'cd/preview' });
  await until('the comment says so', async () => (await page(path)).includes('this platform has no helm'));
});

test('without helm a project with an image has its previews', async () => {
  await press('/m6/foo/pull/241', { act: 'label', name: 'cd/preview' });
  await until('all are live', async () => (await page('/m6/foo/pull/241')).includes('All 4 previews are live'));
});
