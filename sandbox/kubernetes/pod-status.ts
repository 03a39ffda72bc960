import {
  type Condition,
  type ContainerSpec,
  type ContainerState,
  type ContainerStatus,
  type Pod,
  type PodStatus,
  timestamp,
} from './objects.ts';

/** What the kubelet knows of one container. */
export type ContainerRecord = {
  readonly name: string;
  readonly image: string;
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  restartCount: number;
  containerID: string | undefined;
};

/** Returns the record of a container that is being made. */
export function newRecord({ name, image }: ContainerSpec): ContainerRecord {
  const state = { waiting: { reason: 'ContainerCreating' } };
  return { name, image, state, lastState: {}, ready: false, restartCount: 0, containerID: undefined };
}

/** Returns the status of a pod that no node takes. */
export function unschedulable(pod: Pod, lacking: string): PodStatus {
  const message = `0/1 nodes are available: 1 Insufficient ${lacking}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`;
  return { ...pod.status, conditions: [condition(pod, 'PodScheduled', false, { reason: 'Unschedulable', message })] };
}

/** Returns the status of a pod that has a node and nothing more. */
export function scheduled(pod: Pod): PodStatus {
  return { ...pod.status, conditions: [condition(pod, 'PodScheduled', true)] };
}

/** Returns the status that the kubelet reports of a pod with these containers, in the shape of kubelet 1.36. */
export function podStatus(pod: Pod, records: readonly ContainerRecord[], ip: string, started: string): PodStatus {
  const unready = records.filter(({ ready }) => !ready).map(({ name }) => name);
  const why =
    unready.length === 0
      ? {}
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
  const begun = records.every(
    ({ state, restartCount }) => state.running ?? state.terminated ?? (restartCount > 0 || isBackingOff(state)),
  );
  return {
    observedGeneration: pod.metadata.generation ?? 1,
    phase: begun ? 'Running' : 'Pending',
    conditions: [
      condition(pod, 'PodReadyToStartContainers', true),
      condition(pod, 'Initialized', true),
      condition(pod, 'Ready', unready.length === 0, why),
      condition(pod, 'ContainersReady', unready.length === 0, why),
      condition(pod, 'PodScheduled', true),
    ],
    hostIP: '10.0.0.1',
    hostIPs: [{ ip: '10.0.0.1' }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: started,
    containerStatuses: records.map(containerStatus),
    qosClass: pod.status.qosClass,
  };
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
function condition(pod: Pod, type: string, holds: boolean, why: { reason?: string; message?: string } = {}): Condition {
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
