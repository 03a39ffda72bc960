import { markDeleted } from './deletes.ts';
import { asJson, asObject, type Json, type KubernetesObject, timestamp } from './objects.ts';
import { isLeaving } from './pods.ts';
import { allResources, configMaps, namespaces, pods, type Resource, serviceAccounts } from './resources.ts';
import type { Store } from './store.ts';
import { randomUUID } from 'node:crypto';

export type NamespaceController = { stop(): void };

/** While something in a namespace is still on its way out, the controller looks again this often. */
const recheckMs = 20;

const rootCa = 'kube-root-ca.crt';
const rootCaNote =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service ' +
  'IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/**
 * Gives every namespace the ConfigMap and the service account that a real cluster puts there, and finishes the deletion of Terminating ones: after
 * `delayMs` everything in them is deleted, pods first told to end, and when all is gone the namespace goes.
 */
export function startNamespaceController(store: Store, delayMs: number): NamespaceController {
  const timers = new Map<string, NodeJS.Timeout>();
  let stopped = false;

  const later = (name: string, ms: number): void => {
    timers.set(
      name,
      setTimeout(() => {
        finish(name);
      }, ms).unref(),
    );
  };
  const finish = (name: string): void => {
    timers.delete(name);
    const namespace = store.get(namespaces, undefined, name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    if (empty(store, name)) store.remove(namespaces, namespace);
    else later(name, recheckMs);
  };
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { name, namespace, deletionTimestamp } = object.metadata;
    const lost = resource === serviceAccounts && name === 'default' && type === 'DELETED' ? namespace : undefined;
    const home = resource === namespaces && type === 'ADDED' ? name : lost;
    if (home !== undefined)
      setImmediate(() => {
        if (!stopped) furnish(store, home);
      });
    const ending = resource === namespaces && type !== 'DELETED' && deletionTimestamp !== undefined;
    if (ending && !timers.has(name)) later(name, delayMs);
  });
  return {
    stop() {
      stopped = true;
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

/** Puts into the namespace what belongs into each and is not there. */
function furnish(store: Store, namespace: string): void {
  const home = store.get(namespaces, undefined, namespace);
  if (home === undefined || isLeaving(home)) return;
  add(store, serviceAccounts, namespace, 'default');
  const annotations = { 'kubernetes.io/description': rootCaNote };
  const data = { 'ca.crt': 'The sandbox speaks plain HTTP: there is no certificate.\n' };
  add(store, configMaps, namespace, rootCa, { annotations }, { data });
}

function add(
  store: Store,
  resource: Resource,
  namespace: string,
  name: string,
  ...[more = {}, content = {}]: [metadata?: Record<string, Json>, content?: Record<string, Json>]
): void {
  if (store.get(resource, namespace, name) !== undefined) return;
  const identity = { name, namespace, uid: randomUUID(), resourceVersion: '', creationTimestamp: timestamp() };
  const { kind, apiVersion } = resource;
  store.put(resource, asObject({ kind, apiVersion, metadata: { ...identity, ...more }, ...content }));
}

/** Deletes what is in the namespace; returns whether nothing is left. */
function empty(store: Store, namespace: string): boolean {
  const contents = allResources
    .filter((resource) => resource.namespaced)
    .flatMap((resource) => store.list(resource, namespace).map((object) => ({ resource, object })));
  for (const { resource, object } of contents) {
    if (isLeaving(object)) continue;
    const graceful = resource === pods || (object.metadata.finalizers ?? []).length > 0;
    if (graceful) markDeleted(store, { resource }, object, graceSeconds(object));
    else store.remove(resource, object);
  }
  return contents.length === 0;
}

function graceSeconds(object: KubernetesObject): number {
  const spec = asJson(object)['spec'] as { terminationGracePeriodSeconds?: number } | undefined;
  return spec?.terminationGracePeriodSeconds ?? 0;
}
