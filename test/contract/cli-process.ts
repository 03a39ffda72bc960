import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** The command of this checkout. */
export const command = join(import.meta.dirname, '../../app/cli/avant.mjs');

export type Ended = { readonly code: number | null; readonly out: string; readonly err: string };

export type How = {
  /** All of it, beside PATH. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Node's own words, before the script's path. */
  readonly node?: readonly string[];
};

/** Runs `avant` in a process of its own, to its end. */
export function avant(argv: readonly string[], { env = {}, cwd, node = [] }: How = {}): Promise<Ended> {
  return ending([process.execPath, ...node, command, ...argv], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
}

/** Runs a program to its end; the environment is all that it is given. */
export async function ending(
  [file = '', ...args]: readonly string[],
  options: {
    readonly env: Readonly<Record<string, string>>;
    readonly cwd?: string;
    readonly uid?: number;
    readonly gid?: number;
  },
): Promise<Ended> {
  const child = spawn(file, args, {
    ...options,
    env: { ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (printed.err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...printed };
}
