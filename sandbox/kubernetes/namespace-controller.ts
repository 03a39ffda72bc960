import { markDeleted } from './deletes.ts';
import { asJson, type KubernetesObject, type Metadata, timestamp } from './objects.ts';
import { allResources, configMaps, namespaces, pods } from './resources.ts';
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
 * Gives every namespace the ConfigMap that a real cluster puts there, and finishes the deletion of Terminating ones: after
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
    if (resource !== namespaces || type === 'DELETED') return;
    const { name, deletionTimestamp } = object.metadata;
    if (type === 'ADDED')
      setImmediate(() => {
        if (!stopped) addRootCa(store, name);
      });
    if (deletionTimestamp !== undefined && !timers.has(name)) later(name, delayMs);
  });
  return {
    stop() {
      stopped = true;
      unsubscribe();
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

function addRootCa(store: Store, namespace: string): void {
  const home = store.get(namespaces, undefined, namespace);
  if (
    home === undefined ||
    home.metadata.deletionTimestamp !== undefined ||
    store.get(configMaps, namespace, rootCa) !== undefined
  )
    return;
  const metadata: Metadata = {
    name: rootCa,
    namespace,
    uid: randomUUID(),
    resourceVersion: '',
    creationTimestamp: timestamp(),
    annotations: { 'kubernetes.io/description': rootCaNote },
  };
  const configMap: KubernetesObject & { data: Record<string, string> } = {
    kind: 'ConfigMap',
    apiVersion: 'v1',
    metadata,
    data: { 'ca.crt': 'The sandbox speaks plain HTTP: there is no certificate.\n' },
  };
  store.put(configMaps, configMap);
}

/** Deletes what is in the namespace; returns whether nothing is left. */
function empty(store: Store, namespace: string): boolean {
  const contents = allResources
    .filter((resource) => resource.namespaced)
    .flatMap((resource) => store.list(resource, namespace).map((object) => ({ resource, object })));
  for (const { resource, object } of contents) {
    if (object.metadata.deletionTimestamp !== undefined) continue;
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
