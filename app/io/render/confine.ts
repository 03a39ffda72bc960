import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RenderLimits } from './limits.ts';

/** A way to start helm: words before its own, and what they do not hold back. */
export type Confinement = { readonly words: readonly string[]; readonly missing: readonly string[] };

/** Never from PATH: what is started must not depend on the environment. */
const folders = ['/usr/bin', '/bin', '/usr/local/bin', '/usr/sbin', '/sbin'];

/**
 * Returns the ways to start helm here, the tightest first; which of them the kernel lets us has to be tried. `unshare` gives it a
 * network without interfaces (and, with a user namespace, takes away what root may do, and the sight of our environment in /proc);
 * `prlimit` bounds its CPU time, memory, files and threads. Both are of util-linux.
 */
export function confinements(limits: RenderLimits): readonly Confinement[] {
  const [unshare, prlimit] = [find('unshare'), find('prlimit')];
  const bounded = prlimit === undefined ? [] : [prlimit, ...bounds(limits), '--'];
  const unbounded = prlimit === undefined ? ['no limits on CPU time and memory: prlimit (util-linux) is not here'] : [];
  const namespaces = unshare === undefined ? [] : [[unshare, '--user', '--map-current-user', '--net', '--'], [unshare, '--net', '--']];
  const networked = [`a network: ${unshare === undefined ? 'unshare (util-linux) is not here' : 'the kernel gives no namespace'}`];
  return [
    // In a user namespace of its own the count of threads is its own, too; elsewhere everybody's with our user id.
    ...namespaces.map((words) => ({ words: [...words, ...(bounded.length > 0 && words.includes('--user') ? [bounded[0] ?? '', '--nproc=128', ...bounded.slice(1)] : bounded)], missing: unbounded })),
    ...(prlimit === undefined ? [] : [{ words: bounded, missing: networked }]),
    { words: [], missing: [...networked, 'no limits on CPU time and memory'] },
  ];
}

function find(name: string): string | undefined {
  return process.platform === 'linux' ? folders.map((folder) => join(folder, name)).find((path) => existsSync(path)) : undefined;
}

/** Data, not address space, is what Go takes for real: it reserves far more addresses than it uses. */
function bounds({ helmMs, helmMemoryMiB }: RenderLimits): readonly string[] {
  const seconds = Math.ceil(helmMs / 1000);
  const mebi = 1024 * 1024;
  return [`--cpu=${seconds}:${seconds}`, `--data=${helmMemoryMiB * mebi}`, `--as=${8192 * mebi}`, `--fsize=${mebi}`, '--nofile=128', '--core=0'];
}
