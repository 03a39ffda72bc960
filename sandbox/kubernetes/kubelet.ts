import { isDeepStrictEqual } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ContainerRun, newRun, type Place, runContainer } from './container-runs.ts';
import type { KubeletOptions } from './kubelet-options.ts';
import { timestamp } from './objects.ts';
import { podStatus, scheduled, unschedulable } from './pod-status.ts';
import { canMount } from './pod-sources.ts';
import { isLeaving, type Pod, type PodStatus } from './pods.ts';
import { billionths } from './quantities.ts';
import { pods } from './resources.ts';
import { volumeProblem } from './storage-controller.ts';

export type Kubelet = {
  /** Returns the runs of a pod's containers, those that initialise first; none when the pod does not run here. */
  runs(pod: Pod): readonly ContainerRun[];
  stop(): void;
};

/** Unschedulable pods, and those whose volumes are not there, are looked at again this often. */
const recheckMs = 100;

/** Schedules and runs pods, writes their status, and takes them away once they are marked as deleted. */
export function startKubelet(options: KubeletOptions): Kubelet {
  const { store } = options;
  const running = new Map<string, { abort: AbortController; runs: readonly ContainerRun[] }>();
  let addresses = 0;

  const start = (pod: Pod): void => {
    const abort = new AbortController();
    const runs = runsOf(pod);
    running.set(pod.metadata.uid, { abort, runs });
    addresses += 1;
    const ip = `10.244.${(addresses >> 8) & 255}.${addresses & 255}`;
    settle(runPod(options, pod, runs, ip, abort));
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
    else if (type === 'MODIFIED' && isLeaving(pod) && running.has(pod.metadata.uid)) end(pod);
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

function runsOf({ spec: { initContainers = [], containers } }: Pod): ContainerRun[] {
  const reason = initContainers.length === 0 ? 'ContainerCreating' : 'PodInitializing';
  const first = initContainers.map((spec) => newRun(spec, true, reason));
  return [...first, ...containers.map((spec) => newRun(spec, false, reason))];
}

/** What the node has for one pod. The sandbox does not add pods up: a person's machine runs them all in one process anyway. */
const capacity: Readonly<Record<string, string>> = { cpu: '16', memory: '64Gi' };

/** Returns what keeps the pod from a node, in the scheduler's words, or undefined when one takes it. */
function schedulingProblem({ store, unschedulable: full }: KubeletOptions, pod: Pod): string | undefined {
  const wanted = (name: string): bigint =>
    pod.spec.containers.reduce(
      (sum, { resources }) => sum + (billionths(resources?.requests?.[name] ?? '0') ?? 0n),
      0n,
    );
  const lacking = Object.entries(capacity).find(([name, amount]) => wanted(name) > (billionths(amount) ?? 0n));
  const name = full.has(pod.metadata.namespace ?? '') ? 'cpu' : lacking?.[0];
  if (name === undefined) return volumeProblem(store, pod);
  return `0/1 nodes are available: 1 Insufficient ${name}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`;
}

/** A pod that is taken away in the middle of something ends it by an abort; anything else is a fault of the sandbox itself. */
function settle(work: Promise<void>): void {
  work.catch((error: unknown) => {
    if (!(error instanceof Error && error.name === 'AbortError')) throw error;
  });
}

/** Returns the function that writes the pod's status, as long as the pod is there. */
function writerOf(
  { store }: KubeletOptions,
  { metadata: { namespace = '', name, uid } }: Pod,
  signal: AbortSignal,
): (status: (now: Pod) => PodStatus, nodeName?: string) => void {
  return (status, nodeName) => {
    const now = store.get(pods, namespace, name) as Pod | undefined;
    if (now?.metadata.uid !== uid || signal.aborted) return;
    const spec = nodeName === undefined ? now.spec : { ...now.spec, nodeName };
    const next = { ...now, spec, status: status(now) };
    if (!isDeepStrictEqual(next, now)) store.put(pods, next);
  };
}

async function runPod(
  options: KubeletOptions,
  pod: Pod,
  runs: readonly ContainerRun[],
  ip: string,
  abort: AbortController,
): Promise<void> {
  const { signal } = abort;
  const write = writerOf(options, pod, signal);
  await sleep(0, undefined, { signal });
  for (let problem = schedulingProblem(options, pod); problem !== undefined;) {
    const message = problem;
    write((now) => unschedulable(now, message));
    await sleep(recheckMs, undefined, { signal, ref: false });
    problem = schedulingProblem(options, pod);
  }
  write(scheduled, 'node1');
  await sleep(options.stepMs, undefined, { signal });
  const started = timestamp();
  const records = (isFirst: boolean) => runs.filter((run) => run.isFirst === isFirst).map(({ record }) => record);
  let mounted = canMount(options.store, pod);
  const report = (): void => {
    write((now) => podStatus(now, { first: records(true), main: records(false), ip, started, mounted }));
  };
  report();
  while (!mounted) {
    // The real kubelet says why only in an event.
    await sleep(recheckMs, undefined, { signal, ref: false });
    mounted = canMount(options.store, pod);
  }
  try {
    await runAll(options, { pod, ip, report, signal }, runs);
  } finally {
    for (const { now } of runs) now?.stop?.();
  }
  report();
}

/** Runs the containers that initialise one after the other, then the others together; returns when those have ended for good. */
async function runAll(options: KubeletOptions, place: Place, runs: readonly ContainerRun[]): Promise<void> {
  const { restartPolicy } = place.pod.spec;
  const beside = new AbortController();
  const signal = AbortSignal.any([place.signal, beside.signal]);
  const tries = (code: number): boolean => code !== 0 && restartPolicy !== 'Never';
  for (const run of runs.filter(({ isFirst }) => isFirst)) {
    if (run.spec.restartPolicy === 'Always') {
      settle(runContainer(options, { ...place, signal }, run, () => true).then(() => undefined));
      while (run.record.state.running === undefined) await sleep(options.stepMs, undefined, { signal });
    } else if ((await runContainer(options, place, run, tries)).exitCode !== 0) return;
  }
  const again = (code: number): boolean => restartPolicy === 'Always' || tries(code);
  const main = runs.filter(({ isFirst }) => !isFirst);
  await Promise.all(main.map((run) => runContainer(options, place, run, again)));
  beside.abort();
}

/** A pod that is marked goes after a moment; the real kubelet waits for its processes, at most the grace period. */
async function removePod({ store, stepMs }: KubeletOptions, pod: Pod): Promise<void> {
  await sleep(stepMs, undefined, { ref: false });
  const live = store.get(pods, pod.metadata.namespace, pod.metadata.name);
  if (live?.metadata.uid === pod.metadata.uid) store.remove(pods, live);
}
