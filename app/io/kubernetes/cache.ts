import { describeRef, names, refOf, type KubernetesObject, type ObjectRef } from '../../core/object.ts';

/** Everything that carries our label in one cluster, as last heard; found by object or by the pull request it belongs to. */
export type Cache = {
  get(ref: ObjectRef): KubernetesObject | undefined;
  /** Objects with this `names.key` label. */
  ofKey(keyLabel: string): readonly KubernetesObject[];
  ofKind(kind: string): readonly KubernetesObject[];
  /** Takes a newer version; an older one than is held is ignored. Returns whether it was taken. */
  put(object: KubernetesObject): boolean;
  /** Drops the object, unless what is held is younger than this version of it. Returns what was dropped. */
  drop(object: KubernetesObject): KubernetesObject | undefined;
  /**
   * Makes the held objects of a kind those of a list read at `version`; what is younger than the list stays (our own writes
   * come in at once). Returns those that changed, came or went.
   */
  replace(kind: string, objects: readonly KubernetesObject[], version: string): readonly KubernetesObject[];
};

/** Returns an empty cache. */
export function openCache(): Cache {
  const byKind = new Map<string, Map<string, KubernetesObject>>();
  const byKey = new Map<string, Map<string, KubernetesObject>>();
  const idOf = (ref: ObjectRef): string => `${describeRef(ref)} ${ref.namespace ?? ''}`;

  function kindMap(kind: string): Map<string, KubernetesObject> {
    const map = byKind.get(kind) ?? new Map<string, KubernetesObject>();
    byKind.set(kind, map);
    return map;
  }

  function unindex(object: KubernetesObject): void {
    const key = object.metadata.labels?.[names.key];
    if (key === undefined) return;
    const map = byKey.get(key);
    map?.delete(idOf(refOf(object)));
    if (map?.size === 0) byKey.delete(key);
  }

  function index(object: KubernetesObject): void {
    const key = object.metadata.labels?.[names.key];
    if (key === undefined) return;
    const map = byKey.get(key) ?? new Map<string, KubernetesObject>();
    byKey.set(key, map);
    map.set(idOf(refOf(object)), object);
  }

  function put(object: KubernetesObject): boolean {
    const map = kindMap(object.kind);
    const id = idOf(refOf(object));
    const held = map.get(id);
    if (held && compareVersions(versionOf(held), versionOf(object)) >= 0) return false;
    if (held) unindex(held);
    map.set(id, object);
    index(object);
    return true;
  }

  function drop(object: KubernetesObject): KubernetesObject | undefined {
    const map = kindMap(object.kind);
    const id = idOf(refOf(object));
    const held = map.get(id);
    if (!held || compareVersions(versionOf(held), versionOf(object)) > 0) return undefined;
    map.delete(id);
    unindex(held);
    return held;
  }

  function replace(kind: string, objects: readonly KubernetesObject[], version: string): readonly KubernetesObject[] {
    const listed = new Set(objects.map((object) => idOf(refOf(object))));
    const gone = [...kindMap(kind).values()].filter((held) => !listed.has(idOf(refOf(held))) && compareVersions(versionOf(held), version) <= 0);
    for (const object of gone) drop(object);
    return [...gone, ...objects.filter(put)];
  }

  return {
    get: (ref) => byKind.get(ref.kind)?.get(idOf(ref)),
    ofKey: (keyLabel) => [...(byKey.get(keyLabel)?.values() ?? [])],
    ofKind: (kind) => [...(byKind.get(kind)?.values() ?? [])],
    put,
    drop,
    replace,
  };
}

function versionOf(object: KubernetesObject): string {
  return object.metadata.resourceVersion ?? '0';
}

/**
 * Compares two resource versions: negative when `a` is older. They are comparable as numbers since Kubernetes 1.35
 * (KEP-5504) and were in practice before; longer means larger, so no precision is lost.
 */
function compareVersions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
