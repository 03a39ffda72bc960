import type { Pull } from './containers.ts';
import type { Prober } from './probes.ts';
import type { Store } from './store.ts';

/** What the kubelet works with, and how long it takes for things. */
export type KubeletOptions = {
  readonly store: Store;
  readonly pull: Pull;
  readonly prober: Prober;
  /** How long scheduling, making and starting a container takes each, in milliseconds. */
  readonly stepMs: number;
  /** How long the kubelet waits before it pulls or starts again after a failure (a real one: 10 s, then doubling). */
  readonly backOffMs: number;
  /** How long a second of a probe's period is, in milliseconds. */
  readonly secondMs: number;
  /** Namespaces whose pods no node takes. */
  readonly unschedulable: ReadonlySet<string>;
};
