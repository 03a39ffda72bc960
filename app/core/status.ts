import { at, listAt, numberAt, textAt } from './json.ts';
import { names, type Json, type KubernetesObject } from './object.ts';

/** A condition in an object's `status`; texts that are absent are empty. */
export type Condition = {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** ISO 8601, empty when absent. */
  readonly changedAt: string;
};

export type Terminated = { readonly reason: string; readonly message: string; readonly exitCode: number };

export type ContainerStatus = {
  readonly name: string;
  readonly image: string;
  /** True for one that has to end before the others start, or runs beside them from then on. */
  readonly init: boolean;
  readonly ready: boolean;
  readonly restarts: number;
  readonly waiting: { readonly reason: string; readonly message: string } | undefined;
  readonly terminated: Terminated | undefined;
  readonly lastTerminated: Terminated | undefined;
};

export type Pod = {
  readonly name: string;
  readonly namespace: string;
  /** ISO 8601, empty when absent. */
  readonly created: string;
  /** The commit of the template it was made from; undefined when that does not depend on one. */
  readonly commit: string | undefined;
  /** Names the template it was made from. */
  readonly template: string;
  /** Name of the Job that it is a try of; undefined for any other pod. */
  readonly job: string | undefined;
  readonly leaving: boolean;
  readonly ready: boolean;
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly conditions: readonly Condition[];
  /** Init containers first. */
  readonly containers: readonly ContainerStatus[];
};

/** Reads a pod. What is absent reads as the API server's default, or as empty. */
export function readPod(object: KubernetesObject): Pod {
  const { metadata, spec, status } = object;
  const { labels = {} } = metadata;
  const conditions = readConditions(status);
  const images = new Map(
    [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')].map((part) => [
      textAt(part, 'name'),
      textAt(part, 'image'),
    ]),
  );
  const read = (key: string, init: boolean): ContainerStatus[] =>
    listAt(status, key).map((container) => readContainer(container, images, init));
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? '',
    commit: metadata.annotations?.[names.commit],
    // Labels of the Deployment's and of the StatefulSet's controller.
    template: labels['pod-template-hash'] ?? labels['controller-revision-hash'] ?? '',
    job: labels['batch.kubernetes.io/job-name'] ?? labels['job-name'],
    leaving: metadata.deletionTimestamp !== undefined,
    ready: findCondition(conditions, 'Ready')?.status === 'True',
    running: textAt(status, 'phase') === 'Running',
    labels,
    conditions,
    containers: [...read('initContainerStatuses', true), ...read('containerStatuses', false)],
  };
}

/** Returns the condition of a type, if the object has it. */
export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** Returns the conditions in an object's `status`. */
export function readConditions(status: Json | undefined): Condition[] {
  return listAt(status, 'conditions').map((condition) => ({
    type: textAt(condition, 'type'),
    status: textAt(condition, 'status'),
    reason: textAt(condition, 'reason'),
    message: textAt(condition, 'message'),
    // A Deployment's Progressing keeps its transition time from reason to reason; its update time moves.
    changedAt: textAt(condition, 'lastUpdateTime') || textAt(condition, 'lastTransitionTime'),
  }));
}

function readContainer(status: Json, images: ReadonlyMap<string, string>, init: boolean): ContainerStatus {
  const name = textAt(status, 'name');
  const waiting = at(status, 'state', 'waiting');
  return {
    name,
    // The status may name the image as the node resolved it; the spec has it as it was asked for.
    image: images.get(name) ?? textAt(status, 'image'),
    init,
    ready: at(status, 'ready') === true,
    restarts: numberAt(status, 'restartCount'),
    waiting:
      waiting === undefined
        ? undefined
        : { reason: textAt(waiting, 'reason'), message: textAt(waiting, 'message') },
    terminated: readTerminated(at(status, 'state', 'terminated')),
    lastTerminated: readTerminated(at(status, 'lastState', 'terminated')),
  };
}

function readTerminated(state: Json | undefined): Terminated | undefined {
  if (state === undefined) return undefined;
  return { reason: textAt(state, 'reason'), message: textAt(state, 'message'), exitCode: numberAt(state, 'exitCode') };
}
