import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const first = new URL('../../app/node.mjs', import.meta.url).href;
const hot = 'const sum = (n) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s; }; for (let i = 0; i < 300000; i++) sum(50);';

/** Returns the names of the compilers that hot code was given to, in a process with these flags. */
function compilers(...flags: readonly string[]): ReadonlySet<string> {
  const { stdout, status } = spawnSync(process.execPath, ['--maglev', '--concurrent-sparkplug', '--trace-opt', ...flags, '--eval', hot], { encoding: 'utf8' });
  assert.equal(status, 0);
  return new Set([...stdout.matchAll(/\(target (\w+)\)/g)].map(([, name = '']) => name));
}

test('what could keep a process from ending compiles nothing once app/node.mjs was imported', () => {
  assert.ok(compilers().has('MAGLEV'), 'without it Maglev is at work');
  const left = compilers('--import', first);
  assert.ok(!left.has('MAGLEV'));
  assert.ok(left.size > 0, 'code is made fast all the same');
});

test('every program imports it before anything else', () => {
  for (const program of ['app/main.ts', 'workers/main.ts', 'sandbox/demo.ts']) {
    const text = readFileSync(fileURLToPath(new URL(`../../${program}`, import.meta.url)), 'utf8');
    assert.match(text, /^import '[./]+(?:app\/)?node\.mjs';\n/, program);
  }
});
