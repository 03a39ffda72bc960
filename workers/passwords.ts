import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../app/reconcile/deps.ts';
import { askAboutPasswords } from '../app/reconcile/passwords.ts';

/** How often Secrets of passwords are looked at, in milliseconds: as long a door may stand open whose Secret somebody took away. */
const everyMs = 5_000;

/** Asks for the previews behind a password whose Secret was taken away, broken, made or mended. */
export async function watchPasswords(deps: Deps, signal: AbortSignal): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  const seen = new Map<string, string>();
  while (!stopped()) {
    await askAboutPasswords(seen, deps);
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
