import { pullSecretsFor } from '../../config/platform.ts';
import { names, sha256, type KubernetesObject } from '../../core/object.ts';
import type { Cluster } from '../../core/ports.ts';
import type { Deps } from '../deps.ts';
import type { Preview } from '../preview.ts';

/** Copies of the platform's Secrets for one preview, and the names of those that are not there to be copied. */
export type Copies = {
  /** `read`: false for one that is in the namespace already, of which the cache does not have what it holds: it is left as it is. */
  readonly objects: readonly { readonly object: KubernetesObject; readonly read: boolean }[];
  /** Names, in the preview's namespace, of the Secrets for pulling images. */
  readonly pull: readonly string[];
  readonly missing: readonly string[];
};

/**
 * Returns the Secrets that the platform gives to a preview, as they are in the administrators' namespace now. A fork's preview is
 * given none. Copies are told apart by the version of what they were copied from: no hash of a secret is written anywhere. A copy
 * that is among `known` (what is in the namespace, where nothing says that it changed) is not read again.
 */
export async function copySecrets(preview: Preview, cluster: Pick<Cluster, 'get'>, known: readonly KubernetesObject[], deps: Pick<Deps, 'platform'>): Promise<Copies> {
  const platform = deps.platform();
  const from = platform.secrets?.namespace;
  if (from === undefined || preview.level === 'restricted') return { objects: [], pull: [], missing: [] };
  const pull = [...new Set(pullSecretsFor(platform, preview.tenant).map(({ secret }) => secret))];
  const wanted = [...preview.secrets.map((name) => ({ name, as: name })), ...pull.map((name) => ({ name, as: pullName(name) }))];
  const found = await Promise.all(
    wanted.map(async ({ name, as }) => {
      const there = known.find((object) => object.kind === 'Secret' && object.metadata.name === as && object.metadata.namespace === preview.namespace);
      if (there) return { name, copy: { object: there, read: false } };
      const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: from, name });
      return { name, copy: secret && { object: copyOf(secret, as, preview.namespace), read: true } };
    }),
  );
  return {
    objects: found.flatMap(({ copy }) => copy ?? []),
    pull: pull.map(pullName),
    missing: found.flatMap(({ copy, name }) => (copy ? [] : [`${from}/${name}`])),
  };
}

/** A name that no project's own object can have. */
function pullName(name: string): string {
  return `avant-pull-${name}`.slice(0, 253);
}

function copyOf(secret: KubernetesObject, name: string, namespace: string): KubernetesObject {
  const { uid = '', resourceVersion = '', namespace: from = '' } = secret.metadata;
  const annotations = { [names.copiedFrom]: `${from}/${secret.metadata.name}`, [names.hash]: sha256(`${uid} ${resourceVersion}`) };
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, annotations }, ...(secret.type === undefined ? {} : { type: secret.type }), data: secret.data ?? {} };
}
