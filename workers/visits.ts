import { setTimeout as sleep } from 'node:timers/promises';
import { hostOf } from '../app/core/answering.ts';
import { messageOf } from '../app/core/errors.ts';
import { canonicalJson } from '../app/core/object.ts';
import type { Deps } from '../app/reconcile/deps.ts';
import { countVisits } from '../app/reconcile/visits.ts';

/** How often errors of visitors are looked at, and how far back, in milliseconds: what is missed once is found the next time. */
const [everyMs, backMs] = [10_000, 30_000];

/** Asks for the pull requests whose visitors meet errors, and for those of whom that was told, once there is something else to tell. */
export async function watchVisits(deps: Deps, signal: AbortSignal): Promise<void> {
  const stopped = (): boolean => signal.aborted;
  while (!stopped()) {
    await sleep(everyMs, undefined, { signal, ref: false }).catch(() => undefined);
    if (stopped()) return;
    try {
      await askAboutVisits(deps);
    } catch (error) {
      deps.log.warn({ error: messageOf(error) }, 'what visitors meet could not be looked at; trying again');
    }
  }
}

/** One look; see `watchVisits`. */
export async function askAboutVisits(deps: Deps): Promise<void> {
  const failing = new Set(await deps.trafficSeen.failing(new Date(deps.clock.now().getTime() - backMs)));
  for (const { record } of deps.records.list()) {
    const concerned = Object.values(record.tenants).some(({ links, visits }) => visits?.failing !== undefined || links.some(({ url }) => failing.has(hostOf(url) ?? '')));
    if (concerned && canonicalJson(await countVisits(record, deps)) !== canonicalJson(record)) await deps.ask({ kind: 'pull-request', key: record.key });
  }
}
