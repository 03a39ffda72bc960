import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, until } from './avant.ts';
import type { Configuration } from './haproxytech-config.ts';
import { ask } from './traffic-door.ts';

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' };

/** Why there is no HAProxy on this machine, in one line; undefined: there is. */
export function haproxyProblem(): string | undefined {
  const { error, status } = spawnSync('haproxy', ['-v'], { env });
  return error === undefined && status === 0 ? undefined : 'haproxy is not installed: test/cluster/install.sh';
}

async function written(folder: string, { text, files }: Configuration): Promise<string> {
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  const file = path.join(folder, 'haproxy.cfg');
  await writeFile(file, text);
  return file;
}

/** Returns what `haproxy -c` says against a configuration; undefined: it takes it. */
export async function refusalOf(configurationIn: (folder: string) => Configuration): Promise<string | undefined> {
  const folder = await mkdtemp(path.join(tmpdir(), 'avant-haproxy-'));
  try {
    const file = await written(folder, configurationIn(folder));
    const { status, stderr } = spawnSync('haproxy', ['-c', '-f', file], { env, encoding: 'utf8' });
    return status === 0 ? undefined : stderr.trim();
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A HAProxy of a test's own. */
export type PlainHaproxy = { readonly port: number; close(): Promise<void> };

/** Starts the machine's HAProxy with a configuration that binds the port it is given. */
export async function startHaproxy(configurationIn: (folder: string, bind: string) => Configuration): Promise<PlainHaproxy> {
  const port = await freePort();
  const folder = await mkdtemp(path.join(tmpdir(), 'avant-haproxy-'));
  const file = await written(folder, configurationIn(folder, `127.0.0.1:${port}`));
  const child = spawn('haproxy', ['-db', '-f', file], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = new Promise<void>((resolve) => {
    child.on('exit', () => {
      resolve();
    });
  });
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  };
  try {
    await until('HAProxy listens', async () => {
      if (child.exitCode !== null) throw new Error(said);
      return ask('127.0.0.1', 'none', { port }).then(() => true, () => false);
    });
  } catch (error) {
    await close();
    throw error;
  }
  return { port, close };
}
