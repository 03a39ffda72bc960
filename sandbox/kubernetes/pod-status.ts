import { timestamp } from './objects.ts';
import type { Condition, ContainerSpec, ContainerState, ContainerStatus, Pod, PodStatus } from './pods.ts';

/** What the kubelet knows of one container. */
export type ContainerRecord = {
  readonly name: string;
  readonly image: string;
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  restartCount: number;
  containerID: string | undefined;
  /** It has ended and is not started again. */
  over: boolean;
};

/** Returns the record of a container that is still to be made, for that reason. */
export function newRecord({ name, image }: ContainerSpec, reason: string): ContainerRecord {
  const state = { waiting: { reason } };
  return { name, image, state, lastState: {}, ready: false, restartCount: 0, containerID: undefined, over: false };
}

/** Returns the status of a pod that no node takes, with the scheduler's message. */
export function unschedulable(pod: Pod, message: string): PodStatus {
  return { ...pod.status, conditions: [condition(pod, 'PodScheduled', false, { reason: 'Unschedulable', message })] };
}

/** Returns the status of a pod that has a node and nothing more. */
export function scheduled(pod: Pod): PodStatus {
  return { ...pod.status, conditions: [condition(pod, 'PodScheduled', true)] };
}

/** What the kubelet knows of a pod. */
export type PodReport = {
  /** Containers that initialise. */
  readonly first: readonly ContainerRecord[];
  readonly main: readonly ContainerRecord[];
  readonly ip: string;
  readonly started: string;
  /** Whether the pod's volumes are there. */
  readonly mounted: boolean;
};

type Why = { reason?: string; message?: string };

/** Returns the status that the kubelet reports of a pod, in the shape of kubelet 1.36. */
export function podStatus(pod: Pod, report: PodReport): PodStatus {
  const { first, main, ip, started, mounted } = report;
  const phase = phaseOf(report);
  const ended = phase === 'Succeeded' || phase === 'Failed';
  const unready = main.filter(({ ready }) => !ready).map(({ name }) => name);
  const raw = first.filter((record) => !isInitialised(record)).map(({ name }) => name);
  const waiting = { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const completed: Why = phase === 'Succeeded' ? { reason: 'PodCompleted' } : {};
  const incomplete = {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${raw.join(' ')}]`,
  };
  const isReady = unready.length === 0 && raw.length === 0 && !ended;
  const whyNot: Why = phase === 'Failed' ? { reason: 'PodFailed' } : ended ? completed : waiting;
  const why: Why = isReady ? {} : whyNot;
  return {
    observedGeneration: pod.metadata.generation ?? 1,
    phase,
    conditions: [
      condition(pod, 'PodReadyToStartContainers', mounted && !ended),
      condition(pod, 'Initialized', raw.length === 0, raw.length === 0 ? completed : incomplete),
      condition(pod, 'Ready', isReady, why),
      condition(pod, 'ContainersReady', isReady, why),
      condition(pod, 'PodScheduled', true),
    ],
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: started,
    ...(first.length === 0 ? {} : { initContainerStatuses: first.map(containerStatus) }),
    containerStatuses: main.map(containerStatus),
    qosClass: pod.status.qosClass,
  };
}

/** One that runs beside the others is done with its part once it runs. */
function isInitialised({ state, ready }: ContainerRecord): boolean {
  return ready && (state.terminated?.exitCode === 0 || state.running !== undefined);
}

function phaseOf({ first, main }: PodReport): PodStatus['phase'] {
  const failed = (record: ContainerRecord): boolean => record.over && record.state.terminated?.exitCode !== 0;
  if (first.some(failed)) return 'Failed';
  if (!first.every(isInitialised)) return main.every(({ over }) => over) ? endOf(main) : 'Pending';
  if (main.every(({ over }) => over)) return endOf(main);
  const begun = main.every(
    ({ state, restartCount }) => state.running ?? state.terminated ?? (restartCount > 0 || isBackingOff(state)),
  );
  return begun ? 'Running' : 'Pending';
}

function endOf(main: readonly ContainerRecord[]): PodStatus['phase'] {
  return main.every(({ state }) => state.terminated?.exitCode === 0) ? 'Succeeded' : 'Failed';
}

function isBackingOff({ waiting }: ContainerState): boolean {
  return waiting?.reason === 'CrashLoopBackOff';
}

function containerStatus(record: ContainerRecord): ContainerStatus {
  const { name, image, state, lastState, ready, restartCount, containerID } = record;
  const ran = containerID !== undefined;
  return {
    name,
    state,
    lastState,
    ready,
    restartCount,
    image,
    imageID: ran ? `sandbox/${image}` : '',
    ...(ran ? { containerID } : {}),
    started: state.running !== undefined,
  };
}

/** A condition keeps its time until its status changes. */
function condition(pod: Pod, type: string, holds: boolean, why: Why = {}): Condition {
  const status = holds ? 'True' : 'False';
  const before = pod.status.conditions?.find((known) => known.type === type);
  const since = before?.status === status ? before['lastTransitionTime'] : timestamp();
  return {
    type,
    observedGeneration: pod.metadata.generation ?? 1,
    status,
    lastProbeTime: null,
    lastTransitionTime: since,
    ...why,
  };
}
