import type { KubernetesObject } from '../../core/object.ts';
import type { Cluster } from '../../core/ports.ts';
import { passwordsOf, passwordsToDo } from '../../core/traffic/passwords.ts';
import type { Preview } from '../preview.ts';

/** A Secret of passwords, as `namespace/name`, and what administrators have still to do to it. */
export type LackingPasswords = { readonly secret: string; readonly toDo: string };

/**
 * Returns the Secrets that administrators have still to make or to mend before Ingresses may lead to apps by password. They are looked up each
 * time: nothing of a Secret is in our caches.
 */
export async function lackingPasswords(
  { ingress: { dialect } }: Pick<Preview, 'ingress'>,
  objects: readonly KubernetesObject[],
  cluster: Pick<Cluster, 'get'>,
): Promise<readonly LackingPasswords[]> {
  const wanted = new Set(objects.flatMap((object) => passwordsOf(object) ?? []));
  const looked = await Promise.all([...wanted].map(async (secret) => ({ secret, toDo: await passwordsToDoAt(secret, dialect, cluster) })));
  return looked.flatMap(({ secret, toDo }) => (toDo === undefined ? [] : [{ secret, toDo }]));
}

/** Looks a Secret up; returns what is to be done to it, see `passwordsToDo`. */
export async function passwordsToDoAt(path: string, dialect: Preview['ingress']['dialect'], cluster: Pick<Cluster, 'get'>): Promise<string | undefined> {
  const [namespace = '', name = ''] = path.split('/');
  return passwordsToDo(path, await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name }), dialect);
}
