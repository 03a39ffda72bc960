import type { GuardedObject } from '../../core/guard/guard.ts';
import type { KubernetesObject } from '../../core/object.ts';
import type { Cluster } from '../../core/ports.ts';
import type { Dialect } from '../../core/traffic/policy.ts';
import type { Preview } from '../preview.ts';

/** Both dialects name the Secret by it. */
const annotation = /\/auth-secret$/;
/** What jcmoraisjr's controller reads; the other takes every key for a user. */
const passwords: Readonly<Record<Dialect, string | undefined>> = { 'haproxy-ingress': 'auth', haproxytech: undefined };

/**
 * Returns what administrators have still to make before Ingresses may lead to apps by password. A controller that cannot read the
 * Secret may let everybody in, so that nothing leads there before it is. What `known` (what is in the namespace, where nothing says
 * that something changed) leads to by the same password is not looked up again.
 */
export async function missingPasswords(
  { ingress: { dialect } }: Pick<Preview, 'ingress'>,
  objects: readonly GuardedObject[],
  cluster: Pick<Cluster, 'get'>,
  known: readonly KubernetesObject[],
): Promise<readonly string[]> {
  const there = (object: KubernetesObject): boolean =>
    known.some(
      ({ kind, metadata: { name, namespace, annotations } }) =>
        kind === 'Ingress' &&
        name === object.metadata.name &&
        namespace === object.metadata.namespace &&
        secretOf(annotations) === secretOf(object.metadata.annotations),
    );
  const ingresses = objects.filter(({ object }) => object.kind === 'Ingress' && !there(object));
  const wanted = new Set(ingresses.flatMap(({ object }) => secretOf(object.metadata.annotations) ?? []));
  const missing = await Promise.all([...wanted].map((path) => missingOf(path, passwords[dialect], cluster)));
  return missing.flat();
}

function secretOf(annotations: KubernetesObject['metadata']['annotations']): string | undefined {
  return Object.entries(annotations ?? {}).find(([key]) => annotation.test(key))?.[1];
}

async function missingOf(path: string, key: string | undefined, cluster: Pick<Cluster, 'get'>): Promise<readonly string[]> {
  const [namespace = '', name = ''] = path.split('/');
  const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name });
  if (!secret) return [path];
  // One that no API server gave stands for whatever there is.
  const isRead = secret.metadata.uid !== undefined;
  return isRead && key !== undefined && (secret.data?.[key] ?? '') === '' ? [`the key ${key} in ${path}`] : [];
}
