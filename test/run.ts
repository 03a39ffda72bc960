import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/** Folders whose tests need nothing but Node, and seconds. */
const fastFolders = ['architecture', 'unit', 'sandbox'];
/** Folders whose tests take longer, or need real parts and say so where one is missing. */
const furtherFolders = ['scenarios', 'contract', 'cluster', 'e2e', 'page'];

/**
 * `node test/run.ts` checks types and lint and runs every test; `--fast` leaves out what takes long or needs real parts; `--update-golden` rewrites the
 * golden files; any other arguments are the test files to run. Ends with `N passed, N failed, N skipped`.
 */
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('--'));
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const fast = flags.includes('--fast');
if (flags.includes('--update-golden')) process.env['UPDATE_GOLDEN'] = '1';

/** What every process of a run imports first. */
const first = ['--import', new URL('../app/node.mjs', import.meta.url).href];

const count = { passed: 0, failed: 0, skipped: 0 };

await Promise.all([check('types', 'node_modules/typescript/bin/tsc', ['--noEmit']), check('lint', 'node_modules/eslint/bin/eslint.js', ['.', '--cache', '--cache-location', 'node_modules/.cache/eslint/'])]);
await runTests(named.length > 0 ? named : globSync((fast ? fastFolders : [...fastFolders, ...furtherFolders]).map((folder) => `test/${folder}/**/*.test.ts`)));
console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
process.exit(count.failed === 0 && count.passed > 0 ? 0 : 1);

/** Runs one of the project's tools; its output is shown only when it finds something. */
async function check(name: string, script: string, args: readonly string[]): Promise<void> {
  if (named.length > 0) return;
  const output: Buffer[] = [];
  const code = await new Promise<number | null>((resolve) => {
    const child = spawn(process.execPath, [...first, script, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => output.push(chunk));
    child.on('close', resolve);
  });
  console.log(`${code === 0 ? '✔' : '✖'} ${name}`);
  if (code === 0) count.passed += 1;
  else {
    count.failed += 1;
    console.log(Buffer.concat(output).toString());
  }
}

/** Runs test files, two at a time, each in a process of its own. */
async function runTests(files: readonly string[]): Promise<void> {
  const stream = run({ files: [...files].sort(), concurrency: 2, timeout: 900_000, execArgv: first });
  stream.on('test:pass', (event) => {
    if (event.skip !== undefined) count.skipped += 1;
    else if (event.details.type !== 'suite') count.passed += 1;
  });
  stream.on('test:fail', (event) => {
    if (event.details.type !== 'suite') count.failed += 1;
  });
  const unsuccessful: unknown[] = [];
  stream.on('test:summary', (summary) => {
    if (!summary.success) unsuccessful.push(summary.file);
  });
  for await (const chunk of stream.compose(spec)) process.stdout.write(String(chunk));
  // A hook or a whole file can fail without a failed test.
  if (unsuccessful.length > 0 && count.failed === 0) count.failed = 1;
}
