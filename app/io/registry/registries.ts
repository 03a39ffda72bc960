import { createHash } from 'node:crypto';
import type { Clock, ImageAnswer, Log, Registries, RegistryCredentials } from '../../core/ports.ts';
import { openConnections } from './connection.ts';
import { askForManifest } from './protocol.ts';
import { registryName } from '../../core/image.ts';
import { readReference, type Reference } from './reference.ts';

export type RegistriesOptions = {
  readonly clock: Clock;
  readonly log: Log;
  /** For one request, in milliseconds; 5 seconds unless told. One look-up of several requests takes three times that at most. */
  readonly timeoutMs?: number | undefined;
};

/** How long an answer is kept, in milliseconds. A tag may move, and an image that is waited for should be found soon. */
const keptMs = { pinned: 600_000, found: 30_000, other: 3_000 } as const;

/** More than previews start within the time that answers are kept. */
const mostKept = 500;

/**
 * Opens the look-up of images in their registries. Answers are kept for a while, for whom they were given: 30 s for a tag, ten minutes
 * for a digest, 3 s for everything else; who asks the same at the same time is given the same answer. `close` lets go of the
 * connections.
 */
export function openRegistries({ clock, log, timeoutMs = 5_000 }: RegistriesOptions): Registries & { close(): Promise<void> } {
  const connections = openConnections(timeoutMs);
  const kept = new Map<string, { readonly answer: ImageAnswer; readonly until: number }>();
  const asking = new Map<string, Promise<ImageAnswer>>();

  async function ask(key: string, reference: Reference, insecure: boolean, credentials: RegistryCredentials | undefined): Promise<ImageAnswer> {
    const answer = await askForManifest({ reference, insecure, credentials, connections, deadline: AbortSignal.timeout(3 * timeoutMs) });
    const { host, name, wanted } = reference;
    log.debug({ registry: host, name, wanted, ...answer }, 'asked a registry for an image');
    const ms = answer.kind !== 'found' ? keptMs.other : reference.pinned ? keptMs.pinned : keptMs.found;
    kept.delete(key);
    kept.set(key, { answer, until: clock.monotonicMs() + ms });
    for (const oldest of kept.keys()) {
      if (kept.size <= mostKept) break;
      kept.delete(oldest);
    }
    return answer;
  }

  return {
    async lookUp(image, { host, insecure }, credentials) {
      const reference = readReference(image);
      if (!reference) return { kind: 'unknown', why: 'it is no image reference' };
      if (reference.host !== registryName(host)) return { kind: 'unknown', why: `it is not in the registry ${host}` };
      const key = JSON.stringify([reference, insecure, credentials && fingerprint(credentials)]);
      const known = kept.get(key);
      if (known && clock.monotonicMs() < known.until) return known.answer;
      const running = asking.get(key) ?? ask(key, reference, insecure, credentials).finally(() => asking.delete(key));
      asking.set(key, running);
      return running;
    },
    close: () => connections.close(),
  };
}

/** So that no password is kept in a key. */
function fingerprint({ username, password }: RegistryCredentials): string {
  return createHash('sha256').update(JSON.stringify([username, password])).digest('hex');
}
