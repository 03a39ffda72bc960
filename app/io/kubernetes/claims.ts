import { labelOfKey, manager, names, type KubernetesObject } from '../../core/object.ts';
import { KubernetesError, type Claims } from '../../core/ports.ts';
import type { ConnectedCluster } from './cluster.ts';

/** Keeps which repository holds which app name, one create-only ConfigMap per name. */
export function openClaims(home: ConnectedCluster, namespace: string): Claims {
  const isClaim = (object: KubernetesObject): boolean =>
    object.metadata.namespace === namespace && object.metadata.labels?.[names.store] === 'claim';

  const refOf = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `app-${name}` });

  return {
    nameOf: (repository) => {
      const held = home.cache.ofKey(labelOfKey(repository)).filter(isClaim);
      // Two can be only where the platform config renamed the app; the younger is the one in use.
      held.sort((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1));
      return held[0]?.data?.['name'];
    },
    holderOf: (name) => {
      const known = home.cache.get(refOf(name));
      return known && holderOf(known);
    },
    claim: async (name, holder) => {
      const ref = refOf(name);
      const known = home.cache.get(ref);
      if (known) return holderOf(known);
      const claim: KubernetesObject = {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: {
          name: ref.name,
          namespace,
          labels: { [names.managedBy]: manager, [names.store]: 'claim', [names.key]: labelOfKey(holder.repository) },
        },
        data: { name, ...holder },
      };
      try {
        return holderOf(await home.create(claim));
      } catch (error) {
        if (!(error instanceof KubernetesError && error.reason === 'AlreadyExists')) throw error;
        const taken = await home.get(ref);
        if (!taken) throw error;
        home.cache.put(taken);
        return holderOf(taken);
      }
    },
  };
}

function holderOf(claim: KubernetesObject): { repository: string; fullName: string } {
  return { repository: claim.data?.['repository'] ?? '', fullName: claim.data?.['fullName'] ?? '' };
}
