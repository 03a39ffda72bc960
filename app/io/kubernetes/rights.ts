import { kinds } from './kinds.ts';

/** What an account may do, as RBAC has it; one verb. */
export type Right = {
  /** Empty for the core group. */
  readonly group: string;
  /** `pods`, or with its subresource `pods/log`. */
  readonly resource: string;
  readonly verb: string;
  /** In all namespaces unless told. */
  readonly namespace?: string;
  /** Of this name alone. */
  readonly name?: string;
};

/** Everything that is written is listed and watched, read again after a conflict, applied (which may create) and pruned. */
const applied = ['get', 'list', 'watch', 'create', 'patch', 'delete'];

/** What is not like the rest. */
const verbsOf: Readonly<Record<string, readonly string[]>> = {
  // Claimed and then updated, never applied.
  Namespace: ['get', 'list', 'watch', 'create', 'update', 'delete'],
  // A teardown's Job is told to begin by an update.
  Job: [...applied, 'update'],
  // Deleted is only a pod that keeps a StatefulSet from its next version.
  Pod: ['get', 'list', 'watch', 'delete'],
};

/**
 * Returns everything that Avant does in a cluster, and no more: what `avant doctor` asks the API server about, and what the roles of
 * install/ give. `/version`, which every account may read, is not among it. `namespace` is Avant's own, where its records are;
 * undefined in a cluster that only has previews.
 */
export function neededRights(namespace: string | undefined): readonly Right[] {
  return [
    ...kinds.flatMap(({ apiVersion, kind, plural }) =>
      (verbsOf[kind] ?? applied).map((verb) => ({ group: groupOf(apiVersion), resource: plural, verb })),
    ),
    { group: '', resource: 'pods/log', verb: 'get' },
    // The API server's own addresses, which no preview may reach.
    { group: '', resource: 'endpoints', verb: 'get', namespace: 'default', name: 'kubernetes' },
    // Records are moved by compare-and-swap.
    ...(namespace === undefined ? [] : [{ group: '', resource: 'configmaps', verb: 'update', namespace }]),
  ];
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
}

/** Returns rights in words, a resource each: `deployments.apps (patch, delete), configmaps in avant (update)`. */
export function describeRights(rights: readonly Right[]): string {
  const verbs = new Map<string, string[]>();
  for (const { group, resource, verb, namespace } of rights) {
    const what = `${resource}${group === '' ? '' : `.${group}`}${namespace === undefined ? '' : ` in ${namespace}`}`;
    verbs.set(what, [...(verbs.get(what) ?? []), verb]);
  }
  return [...verbs].map(([what, of]) => `${what} (${of.join(', ')})`).join(', ');
}
