import { createInterface } from 'node:readline';
import type { KubeConfig } from '@kubernetes/client-node';
import { connect } from '../../app/io/kubernetes/connection.ts';

/** What the bench sees of the cluster, through watches of its own on Ingresses, Services and Deployments. */
export type Watched = {
  /** Resolves with the time (`performance.now()`) of the next such event. */
  next(type: string, kind: string, namespace: string, fits?: (object: object) => boolean): Promise<number>;
  /** Resolves with the time of the last of a new preview's Ingress, Service and Deployment, in whatever order they are written. */
  written(namespace: string): Promise<number>;
  count(kind: string): number;
  events(): number;
  close(): void;
};

type Event = { readonly type: string; readonly object: { readonly kind: string; readonly metadata: { readonly name: string; readonly namespace: string } } };

/** Starts watching. */
export async function watchObjects(config: KubeConfig): Promise<Watched> {
  const stopping = new AbortController();
  const connection = connect(config, { monotonicMs: () => performance.now() });
  const waiting = new Set<(event: Event, at: number) => void>();
  const present = new Map<string, Set<string>>();
  let events = 0;

  async function follow(path: string, kind: string): Promise<void> {
    const names = new Set<string>();
    present.set(kind, names);
    const response = await connection.stream(`${path}?watch=1&timeoutSeconds=7200`, stopping.signal);
    void (async () => {
      for await (const line of createInterface({ input: response.body })) {
        const at = performance.now();
        const event = JSON.parse(line) as Event;
        if (event.type === 'BOOKMARK') continue;
        events += 1;
        const id = `${event.object.metadata.namespace}/${event.object.metadata.name}`;
        if (event.type === 'DELETED') names.delete(id);
        else names.add(id);
        for (const tell of waiting) tell(event, at);
      }
    })().catch(() => undefined);
  }

  await follow('/apis/networking.k8s.io/v1/ingresses', 'Ingress');
  await follow('/api/v1/services', 'Service');
  await follow('/apis/apps/v1/deployments', 'Deployment');
  const next: Watched['next'] = (type, kind, namespace, fits = () => true) =>
    new Promise((resolve) => {
      const tell = (event: Event, at: number): void => {
        if (event.type !== type || event.object.kind !== kind || event.object.metadata.namespace !== namespace || !fits(event.object)) return;
        waiting.delete(tell);
        resolve(at);
      };
      waiting.add(tell);
    });
  return {
    next,
    written: async (namespace) => Math.max(...(await Promise.all(['Ingress', 'Service', 'Deployment'].map((kind) => next('ADDED', kind, namespace))))),
    count: (kind) => present.get(kind)?.size ?? 0,
    events: () => events,
    close: () => {
      stopping.abort();
      void connection.close();
    },
  };
}
