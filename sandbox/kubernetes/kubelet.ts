import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pull } from './containers.ts';
import { type ContainerRun, runContainer } from './container-runs.ts';
import { type Pod, type PodStatus, timestamp } from './objects.ts';
import { podStatus, scheduled, unschedulable } from './pod-status.ts';
import { billionths } from './quantities.ts';
import type { Prober } from './probes.ts';
import { pods } from './resources.ts';
import type { Store } from './store.ts';

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

export type Kubelet = {
  /** Returns the runs of a pod's containers, in the order of its spec; none when the pod does not run here. */
  runs(pod: Pod): readonly ContainerRun[];
  stop(): void;
};

/** Unschedulable pods are looked at again this often. */
const rescheduleMs = 100;

/** Schedules and runs pods, writes their status, and takes them away once they are marked as deleted. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { store } = options;
  const running = new Map<string, { abort: AbortController; runs: ContainerRun[] }>();
  let addresses = 0;

  const start = (pod: Pod): void => {
    const abort = new AbortController();
    const runs: ContainerRun[] = [];
    running.set(pod.metadata.uid, { abort, runs });
    addresses += 1;
    const ip = `10.244.${(addresses >> 8) & 255}.${addresses & 255}`;
    settle(runPod(options, pod, runs, ip, abort.signal));
  };
  const end = (pod: Pod): void => {
    running.get(pod.metadata.uid)?.abort.abort();
    running.delete(pod.metadata.uid);
    settle(removePod(options, pod));
  };
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    if (resource !== pods) return;
    const pod = object as Pod;
    if (type === 'ADDED') start(pod);
    else if (type === 'MODIFIED' && pod.metadata.deletionTimestamp !== undefined && running.has(pod.metadata.uid))
      end(pod);
  });
  return {
    runs: (pod) => running.get(pod.metadata.uid)?.runs ?? [],
    stop() {
      unsubscribe();
      for (const { abort } of running.values()) abort.abort();
      running.clear();
    },
  };
}

/** What the node has for one pod. The sandbox does not add pods up: a person's machine runs them all in one process anyway. */
const capacity: Readonly<Record<string, string>> = { cpu: '16', memory: '64Gi' };

/** Returns what the node has too little of for the pod, or undefined when it fits. */
function lackOf(pod: Pod, full: boolean): string | undefined {
  const wanted = (name: string): bigint =>
    pod.spec.containers.reduce(
      (sum, { resources }) => sum + (billionths(resources?.requests?.[name] ?? '0') ?? 0n),
      0n,
    );
  const lacking = Object.entries(capacity).find(([name, amount]) => wanted(name) > (billionths(amount) ?? 0n));
  return full ? 'cpu' : lacking?.[0];
}

/** A pod that is taken away in the middle of something ends it by an abort; anything else is a fault of the sandbox itself. */
function settle(work: Promise<void>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  });
}

async function runPod(
  options: KubeletOptions,
  pod: Pod,
  runs: ContainerRun[],
  ip: string,
  signal: AbortSignal,
): Promise<void> {
  const { store, stepMs } = options;
  const { namespace = '', name, uid } = pod.metadata;
  const live = (): Pod | undefined => {
    const found = store.get(pods, namespace, name) as Pod | undefined;
    return found?.metadata.uid === uid ? found : undefined;
  };
  const write = (status: (now: Pod) => PodStatus, nodeName?: string): void => {
    const now = live();
    if (now === undefined || signal.aborted) return;
    const spec = nodeName === undefined ? now.spec : { ...now.spec, nodeName };
    const next = { ...now, spec, status: status(now) };
    if (!isDeepStrictEqual(next, now)) store.put(pods, next);
  };
  await sleep(0, undefined, { signal });
  for (;;) {
    const lacking = lackOf(pod, options.unschedulable.has(namespace));
    if (lacking === undefined) break;
    write((now) => unschedulable(now, lacking));
    await sleep(rescheduleMs, undefined, { signal, ref: false });
  }
  write(scheduled, 'node1');
  await sleep(stepMs, undefined, { signal });
  const started = timestamp();
  const report = (): void => {
    write((now) =>
      podStatus(
        now,
        runs.map((run) => run.record),
        ip,
        started,
      ),
    );
  };
  await Promise.all(pod.spec.containers.map((spec) => runContainer(options, { pod, spec, report, signal }, runs)));
}

/** A pod that is marked goes after a moment; the real kubelet waits for its processes, at most the grace period. */
async function removePod({ store, stepMs }: KubeletOptions, pod: Pod): Promise<void> {
  await sleep(stepMs, undefined, { ref: false });
  const live = store.get(pods, pod.metadata.namespace, pod.metadata.name);
  if (live?.metadata.uid === pod.metadata.uid) store.remove(pods, live);
}
