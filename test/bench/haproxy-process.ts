import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { promisify } from 'node:util';
import { pause } from '../support/asking.ts';

const run = promisify(execFile);

/** A HAProxy as the controller runs it: a master and its worker. */
export type HAProxy = {
  /** Resident memory of the worker. */
  readonly rssMiB: () => number;
  /** Seconds of processor time the worker has had. */
  readonly cpuSeconds: () => number;
  /** Sends SIGUSR2; returns the milliseconds until a new worker is there and the old one, which has no connections, is gone. */
  readonly reload: () => Promise<number>;
  readonly stop: () => Promise<void>;
};

/** Milliseconds of processor time of `haproxy -c`: what reading a configuration takes, however busy the machine is. */
export async function checkMs(file: string): Promise<number> {
  const { stdout } = await run('bash', ['-c', 'haproxy -c -q -f "$0" && times', file], { maxBuffer: 1e8 });
  const children = stdout.trim().split('\n').at(-1) ?? '';
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60_000 + Number(seconds) * 1_000, 0);
}

/** Starts it, and returns once `ready` holds, with the milliseconds that took; throws with HAProxy's own words when it ends instead. */
export async function startHAProxy(file: string, ready: () => Promise<boolean>): Promise<{ readonly haproxy: HAProxy; readonly ms: number }> {
  const start = performance.now();
  const master = spawn('haproxy', ['-W', '-db', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  master.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  const ended = once(master, 'exit');
  while (!(await ready())) {
    if (master.exitCode !== null) throw new Error(said.split('\n').filter((line) => line.includes('[ALERT]')).slice(0, 2).join(' ') || said);
    await pause(5);
  }
  const ms = performance.now() - start;
  const workers = (): readonly number[] => read(`/proc/${master.pid ?? 0}/task/${master.pid ?? 0}/children`).split(' ').filter((text) => text.trim() !== '').map(Number);
  const worker = (): number => workers().at(-1) ?? 0;
  const haproxy: HAProxy = {
    rssMiB: () => Math.round(Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${worker()}/status`))?.[1] ?? 0) / 102.4) / 10,
    cpuSeconds: () => {
      const fields = read(`/proc/${worker()}/stat`).split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) / 100;
    },
    reload: async () => {
      const old = worker();
      const from = performance.now();
      master.kill('SIGUSR2');
      for (let now = workers(); now.includes(old) || now.length !== 1; now = workers()) {
        if (performance.now() - from > 120_000) throw new Error('the old worker stays');
        await pause(5);
      }
      while (!(await ready())) await pause(5);
      return performance.now() - from;
    },
    stop: async () => {
      master.kill('SIGTERM');
      await ended;
    },
  };
  return { haproxy, ms };
}

/** Says one command to the Runtime API; returns the milliseconds until HAProxy has answered, and the answer. */
export async function command(socket: string, text: string): Promise<{ readonly ms: number; readonly answer: string }> {
  const start = performance.now();
  const connection = createConnection(socket);
  connection.end(`${text}\n`);
  let answer = '';
  for await (const chunk of connection) answer += String(chunk);
  return { ms: performance.now() - start, answer: answer.trim() };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

export function round1(value: number): number {
  return Math.round(value * 10) / 10;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
