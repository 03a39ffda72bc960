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

/** What a Deployment says about its rollout. */
export type Rollout = {
  readonly namespace: string;
  /** ISO 8601, empty when absent. */
  readonly created: string;
  /** The commit it was applied for; undefined when it carries none. */
  readonly commit: string | undefined;
  readonly selector: Readonly<Record<string, string>>;
  /** True once its controller has seen the newest spec: only then do the numbers and conditions speak of it. */
  readonly observed: boolean;
  readonly wanted: number;
  readonly total: number;
  readonly updated: number;
  readonly available: number;
  readonly conditions: readonly Condition[];
  /** The container as the template has it. */
  readonly container: { readonly image: string; readonly memory: string; readonly port: string; readonly path: string };
};

export type Terminated = { readonly reason: string; readonly message: string; readonly exitCode: number };

export type ContainerStatus = {
  readonly name: string;
  readonly image: string;
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
  /** The commit of the template it was made from; undefined when it carries none. */
  readonly commit: string | undefined;
  /** Names the template it was made from. */
  readonly template: string;
  readonly leaving: boolean;
  readonly ready: boolean;
  readonly running: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly conditions: readonly Condition[];
  /** Init containers first. */
  readonly containers: readonly ContainerStatus[];
};

/** Reads a Deployment. What is absent reads as the API server's default, or as empty. */
export function readRollout(object: KubernetesObject): Rollout {
  const { metadata, spec, status } = object;
  const container = list(spec, 'template', 'spec', 'containers')[0];
  const probe = at(container, 'readinessProbe', 'httpGet');
  const port = list(container, 'ports')[0];
  return {
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? '',
    commit: metadata.annotations?.[names.commit],
    selector: texts(at(spec, 'selector', 'matchLabels')),
    observed: (metadata.generation ?? 0) <= number(status, 'observedGeneration'),
    // The API server defaults an absent `replicas` to 1.
    wanted: at(spec, 'replicas') === undefined ? 1 : number(spec, 'replicas'),
    total: number(status, 'replicas'),
    updated: number(status, 'updatedReplicas'),
    available: number(status, 'availableReplicas'),
    conditions: readConditions(status),
    container: {
      image: text(container, 'image'),
      memory: text(container, 'resources', 'limits', 'memory'),
      port: at(port, 'containerPort') === undefined ? '' : String(number(port, 'containerPort')),
      path: text(probe, 'path'),
    },
  };
}

/** Reads a pod. */
export function readPod(object: KubernetesObject): Pod {
  const { metadata, spec, status } = object;
  const conditions = readConditions(status);
  const images = new Map(
    [...list(spec, 'initContainers'), ...list(spec, 'containers')].map((part) => [
      text(part, 'name'),
      text(part, 'image'),
    ]),
  );
  const containers = [...list(status, 'initContainerStatuses'), ...list(status, 'containerStatuses')];
  return {
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? '',
    commit: metadata.annotations?.[names.commit],
    template: metadata.labels?.['pod-template-hash'] ?? '',
    leaving: metadata.deletionTimestamp !== undefined,
    ready: findCondition(conditions, 'Ready')?.status === 'True',
    running: text(status, 'phase') === 'Running',
    labels: metadata.labels ?? {},
    conditions,
    containers: containers.map((container) => readContainer(container, images)),
  };
}

/** Returns the condition of a type, if the object has it. */
export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

function readContainer(status: Json | undefined, images: ReadonlyMap<string, string>): ContainerStatus {
  const name = text(status, 'name');
  const waiting = at(status, 'state', 'waiting');
  return {
    name,
    // The status may name the image as the node resolved it; the spec has it as the developer wrote it.
    image: images.get(name) ?? text(status, 'image'),
    restarts: number(status, 'restartCount'),
    waiting: waiting === undefined ? undefined : { reason: text(waiting, 'reason'), message: text(waiting, 'message') },
    terminated: readTerminated(at(status, 'state', 'terminated')),
    lastTerminated: readTerminated(at(status, 'lastState', 'terminated')),
  };
}

function readTerminated(state: Json | undefined): Terminated | undefined {
  if (state === undefined) return undefined;
  return { reason: text(state, 'reason'), message: text(state, 'message'), exitCode: number(state, 'exitCode') };
}

function readConditions(status: Json | undefined): Condition[] {
  return list(status, 'conditions').map((condition) => ({
    type: text(condition, 'type'),
    status: text(condition, 'status'),
    reason: text(condition, 'reason'),
    message: text(condition, 'message'),
    // A Deployment's Progressing keeps its transition time from reason to reason; its update time moves.
    changedAt: text(condition, 'lastUpdateTime') || text(condition, 'lastTransitionTime'),
  }));
}

/** Returns what lies at a path of keys, or undefined; null, which the API server writes for absent, is undefined too. */
function at(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let inner = value;
  for (const key of path) {
    if (typeof inner !== 'object' || inner === null || isList(inner)) return undefined;
    inner = Object.hasOwn(inner, key) ? inner[key] : undefined;
  }
  return inner ?? undefined;
}

function text(value: Json | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
}

function number(value: Json | undefined, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}

function list(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = at(value, ...path);
  return found !== undefined && isList(found) ? found : [];
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  if (typeof value !== 'object' || value === null || isList(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
