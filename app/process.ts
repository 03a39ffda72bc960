import { readFileSync } from 'node:fs';
import { BootError, loadPlatform } from './compose.ts';
import { readEnv, type Env } from './config/env.ts';
import type { Platform } from './config/platform.ts';
import { messageOf } from './core/errors.ts';
import type { Log } from './core/ports.ts';

/** Returns the checked environment and platform config; throws a BootError with one line for everything that is to be set. */
export function readBoot(need: { readonly web: boolean; readonly redis: boolean }): { readonly env: Env; readonly platform: Platform } {
  const read = readEnv(process.env, { web: need.web }, (path) => readFileSync(path, 'utf8'));
  if (!read.ok) throw new BootError(read.problems.join('\n'));
  if (need.redis && !read.env.redisUrl) {
    throw new BootError('REDIS_URL is not set: set it to the Redis that webhooks and workers share, or run both in one process with "npm start"');
  }
  return { env: read.env, platform: loadPlatform(read.env.configPath) };
}

/**
 * Runs a process to its end: `start` returns how to stop it, and SIGTERM or SIGINT stops it, at most once and in at most 25 s
 * (Kubernetes kills after 30). What must be set right first is told in plain lines, with exit code 1.
 */
export async function runProcess(start: () => Promise<{ readonly log: Log; stop(): Promise<void> }>): Promise<void> {
  // As a container's first process it would not hear of a signal that nobody listens to.
  const early = (): void => process.exit(0);
  process.once('SIGTERM', early).once('SIGINT', early);
  try {
    const { log, stop } = await start();
    process.off('SIGTERM', early).off('SIGINT', early);
    let stopping = false;
    const end = (signal: string): void => {
      if (stopping) return;
      stopping = true;
      log.info({ signal }, 'stopping');
      setTimeout(() => process.exit(1), 25_000).unref();
      stop().then(
        () => process.exit(0),
        (error: unknown) => {
          log.error({ error: messageOf(error) }, 'did not stop well');
          process.exit(1);
        },
      );
    };
    process.once('SIGTERM', end);
    process.once('SIGINT', end);
  } catch (error) {
    console.error(error instanceof BootError ? error.message : `Avant could not start: ${messageOf(error)}`);
    process.exit(1);
  }
}
