import { tenantOf } from '../config/platform.ts';
import { messageOf } from '../core/errors.ts';
import { formatKey } from '../core/key.ts';
import { labelOfKey } from '../core/object.ts';
import type { Cluster } from '../core/ports.ts';
import { passwordsOf } from '../core/traffic/passwords.ts';
import type { Deps } from './deps.ts';
import { passwordsToDoAt } from './render/passwords.ts';

/**
 * Looks once at the Secrets of passwords, and asks for the previews behind those that were taken away, broken, made or mended since; `seen` is
 * what the looks before found, empty for a Secret that was right.
 */
export async function askAboutPasswords(seen: Map<string, string>, deps: Deps): Promise<void> {
  const platform = deps.platform();
  const ways = Object.values(platform.access.ways).flatMap((way) => (way.kind === 'password' ? [`${way.secret.namespace}/${way.secret.name}`] : []));
  const used = new Set(['', ...platform.tenants].map((tenant) => tenantOf(platform, tenant).cluster));
  for (const name of used) {
    for (const secret of new Set(ways)) {
      const why = await lookAt(secret, name, seen, deps).then(() => '', messageOf);
      const place = `why not ${name} ${secret}`;
      if (why !== '' && why !== seen.get(place)) deps.log.warn({ cluster: name, secret, error: why }, 'a Secret of passwords cannot be looked at; trying again every few seconds');
      seen.set(place, why);
    }
  }
}

async function lookAt(secret: string, clusterName: string, seen: Map<string, string>, deps: Deps): Promise<void> {
  const cluster = deps.clusters.get(clusterName);
  if (!cluster) return;
  const found = (await passwordsToDoAt(secret, deps.platform().ingress.controller, cluster)) ?? '';
  const place = `${clusterName} ${secret}`;
  if (found !== (seen.get(place) ?? '')) await askForThoseBehind(secret, cluster, deps);
  seen.set(place, found);
}

/** Asks for the pull requests that have an Ingress by the Secret, and for those that wait for one. */
async function askForThoseBehind(secret: string, cluster: Cluster, deps: Deps): Promise<void> {
  for (const { record } of deps.records.list()) {
    const waits = Object.values(record.tenants).some(({ trouble }) => trouble?.reason === 'SecretMissing');
    const behind = cluster.observed(labelOfKey(formatKey(record.key))).objects.some((object) => passwordsOf(object) === secret);
    if (waits || behind) await deps.ask({ kind: 'pull-request', key: record.key }, { changed: true });
  }
}
