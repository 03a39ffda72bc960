import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { RenderRefused, type Renderer } from '../../app/core/ports.ts';
import { openRenderer, type OpenRenderer } from '../../app/io/render/renderer.ts';
import { cloudOf, helm, helmProblem, requestFor } from '../support/charts/cloud.ts';
import { hostileCharts } from '../support/charts/hostile.ts';
import { openFakeLog } from '../support/fake-clock.ts';

/** Returns the process ids of this process's own children; Linux only, elsewhere none. */
function childrenOfOurs(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/task').flatMap((thread) => readFileSync(`/proc/self/task/${thread}/children`, 'utf8').split(' ').filter((id) => id !== ''));
}

async function outcome(renderer: Renderer, files: Parameters<typeof requestFor>[0]): Promise<{ readonly problems: readonly string[] } | { readonly objects: string }> {
  try {
    return { objects: JSON.stringify(await renderer.chart(requestFor(files))) };
  } catch (error) {
    if (!(error instanceof RenderRefused)) throw error;
    return { problems: error.problems };
  }
}

describe('hostile and broken charts', { skip: helmProblem(), timeout: 300_000 }, () => {
  let renderer: OpenRenderer;
  let parent: string;
  let home: string;
  const homeBefore = process.env['HOME'];
  before(() => {
    parent = mkdtempSync(join(tmpdir(), 'hostile-'));
    home = mkdtempSync(join(tmpdir(), 'hostile-home-'));
    process.env['HOME'] = home;
    renderer = openRenderer({ helm, log: openFakeLog(), parent, limits: { helmMs: 5_000, readMs: 5_000 } });
  });
  after(async () => {
    process.env['HOME'] = homeBefore;
    await renderer.close();
    rmSync(parent, { recursive: true });
    rmSync(home, { recursive: true });
  });
  afterEach(async () => {
    await renderer.idle();
    assert.deepEqual(readdirSync(parent), [], 'a throw-away folder was left');
    assert.deepEqual(readdirSync(home), [], 'something was written at home');
    assert.deepEqual(childrenOfOurs(), [], 'a process was left');
  });

  for (const { name, files, refused } of hostileCharts) {
    test(name, async () => {
      const first = await outcome(renderer, files);
      assert.ok('problems' in first, `was rendered: ${'objects' in first ? first.objects.slice(0, 300) : ''}`);
      const text = first.problems.join('\n');
      assert.match(text, refused);
      assert.ok(first.problems.every((problem) => problem.startsWith('.cloud/') && problem.length < 800 && !/[\n\r\0]/.test(problem)), text);
      assert.ok(!text.includes(parent) && !text.includes('avant-helm-'), `has a path of ours: ${text}`);
    });
  }

  test('the same input twice has the same answer', async () => {
    const [one] = hostileCharts;
    const files = cloudOf(one?.files ?? {});
    assert.deepEqual(await outcome(renderer, files), await outcome(renderer, files));
  });
});
