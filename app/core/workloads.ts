import { projectConfigPath } from './facts.ts';
import { jobState } from './jobs.ts';
import { at, listAt, numberAt, textAt, textsAt } from './json.ts';
import { names, type Json, type KubernetesObject } from './object.ts';
import { readConditions, type Condition, type Pod } from './status.ts';

/** What a Deployment or a StatefulSet says about its rollout. */
export type Rollout = {
  readonly kind: 'Deployment' | 'StatefulSet';
  readonly name: string;
  readonly namespace: string;
  /** ISO 8601, empty when absent. */
  readonly created: string;
  /** The commit that its pods are made for; undefined when their template does not depend on one. */
  readonly commit: string | undefined;
  /** The commit at which it was applied last. */
  readonly appliedFor: string | undefined;
  readonly place: string;
  readonly selector: Selector;
  /** Labels that its pods get. */
  readonly podLabels: Readonly<Record<string, string>>;
  /** True once its controller has seen the newest spec: only then do the numbers and conditions speak of it. */
  readonly observed: boolean;
  /** True when all its pods are available and made from the newest template, and no others are left. */
  readonly complete: boolean;
  readonly wanted: number;
  readonly available: number;
  readonly conditions: readonly Condition[];
  /** Names the newest template, as `Pod.template` does; undefined where the object does not tell. */
  readonly revision: string | undefined;
  /** True when a pod that does not get ready is kept, whatever the template has become since. */
  readonly ordered: boolean;
  readonly containers: readonly ContainerSpec[];
};

/** A container as the template has it; texts that are absent are empty. */
export type ContainerSpec = {
  readonly name: string;
  readonly memory: string;
  readonly port: string;
  readonly probe: 'http' | 'tcp' | 'other' | 'none';
  /** Path of a probe over HTTP. */
  readonly path: string;
};

/** A Job or CronJob that we applied. */
export type Batch = {
  readonly kind: 'Job' | 'CronJob';
  readonly name: string;
  readonly namespace: string;
  readonly created: string;
  /** The commit that its pods are made for; undefined when their template does not depend on one. */
  readonly commit: string | undefined;
  /** The commit at which it was applied last. */
  readonly appliedFor: string | undefined;
  readonly place: string;
  readonly hook: 'setup' | 'teardown' | undefined;
  /** Of a Job. */
  readonly state: 'suspended' | 'running' | 'complete' | 'failed';
  /** With `failed`: true when it ran out of time. */
  readonly late: boolean;
  readonly containers: readonly ContainerSpec[];
};

/** A label selector (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors). */
type Selector = {
  readonly labels: Readonly<Record<string, string>>;
  readonly expressions: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values: readonly Json[];
  }[];
};

/** Reads a Deployment or StatefulSet. What is absent reads as the API server's default, or as empty. */
export function readRollout(object: KubernetesObject): Rollout | undefined {
  const { kind, metadata, spec, status } = object;
  if (kind !== 'Deployment' && kind !== 'StatefulSet') return undefined;
  const observed = (metadata.generation ?? 0) <= numberAt(status, 'observedGeneration');
  // The API server defaults an absent `replicas` to 1.
  const wanted = at(spec, 'replicas') === undefined ? 1 : numberAt(spec, 'replicas');
  const [total, updated] = [numberAt(status, 'replicas'), numberAt(status, 'updatedReplicas')];
  // API servers before 1.24 tell of a StatefulSet only how many of its pods are ready; of a Deployment, 0 is not written.
  const told = kind === 'Deployment' || at(status, 'availableReplicas') !== undefined;
  const available = numberAt(status, told ? 'availableReplicas' : 'readyReplicas');
  const all = observed && available === wanted && total === wanted;
  return {
    kind,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? '',
    commit: commitOf(at(spec, 'template')),
    appliedFor: metadata.annotations?.[names.commit],
    place: placeOf(object),
    selector: readSelector(at(spec, 'selector')),
    podLabels: textsAt(spec, 'template', 'metadata', 'labels'),
    observed,
    complete: all && (kind === 'Deployment' ? updated === wanted : updated >= wanted - exempt(spec, wanted)),
    wanted,
    available,
    conditions: readConditions(status),
    revision: kind === 'StatefulSet' && observed ? textAt(status, 'updateRevision') : undefined,
    ordered: kind === 'StatefulSet' && textAt(spec, 'podManagementPolicy') !== 'Parallel',
    containers: readContainers(at(spec, 'template', 'spec')),
  };
}

/** Returns how many pods of a StatefulSet may stay as they are when its template changes: the rule of `kubectl rollout status`. */
function exempt(spec: Json | undefined, wanted: number): number {
  const strategy = at(spec, 'updateStrategy');
  return textAt(strategy, 'type') === 'OnDelete' ? wanted : numberAt(strategy, 'rollingUpdate', 'partition');
}

/** Reads a Job or CronJob that we applied; one that a CronJob made is none. */
export function readBatch(object: KubernetesObject): Batch | undefined {
  const { kind, metadata, spec, status } = object;
  if ((kind !== 'Job' && kind !== 'CronJob') || metadata.annotations?.[names.hash] === undefined) return undefined;
  const template = at(spec, ...(kind === 'Job' ? [] : ['jobTemplate', 'spec']), 'template');
  const hook = metadata.labels?.[names.hook];
  const { kind: state } = jobState(object);
  return {
    kind,
    name: metadata.name,
    namespace: metadata.namespace ?? '',
    created: metadata.creationTimestamp ?? '',
    commit: commitOf(template),
    appliedFor: metadata.annotations[names.commit],
    place: placeOf(object),
    hook: hook === 'setup' || hook === 'teardown' ? hook : undefined,
    state,
    late: readConditions(status).some(({ reason }) => reason === 'DeadlineExceeded'),
    containers: readContainers(at(template, 'spec')),
  };
}

/** Says whether a selector takes something with these labels. */
export function selects({ labels: wanted, expressions }: Selector, labels: Readonly<Record<string, string>>): boolean {
  return (
    Object.entries(wanted).every(([label, value]) => labels[label] === value) &&
    expressions.every(({ key, operator, values }) => {
      const value = labels[key];
      if (operator === 'In') return value !== undefined && values.includes(value);
      if (operator === 'NotIn') return value === undefined || !values.includes(value);
      return operator === 'Exists' ? value !== undefined : operator === 'DoesNotExist' && value === undefined;
    })
  );
}

/** Returns a rollout's own pods. Those of a Job may carry the same labels. */
export function podsOf({ selector }: Rollout, pods: readonly Pod[]): readonly Pod[] {
  return pods.filter((pod) => pod.job === undefined && selects(selector, pod.labels));
}

function readSelector(selector: Json | undefined): Selector {
  const expressions = listAt(selector, 'matchExpressions').map((one) => ({
    key: textAt(one, 'key'),
    operator: textAt(one, 'operator'),
    values: listAt(one, 'values'),
  }));
  return { labels: textsAt(selector, 'matchLabels'), expressions };
}

function commitOf(template: Json | undefined): string | undefined {
  return textsAt(template, 'metadata', 'annotations')[names.commit];
}

/**
 * Returns where in the repository an object is written, for advice: the project's configuration for what our template made, the
 * chart's folder or the file of manifests for what is the project's own.
 */
function placeOf({ metadata }: KubernetesObject): string {
  const source = metadata.annotations?.[names.source];
  if (source === undefined) return '.cloud/';
  return /^\.cloud\/charts\/[^/]+\//.exec(source)?.[0] ?? source;
}

/** Says whether something is made by our template, so that its fields are those of the project's configuration. */
export function isTemplated({ place }: { readonly place: string }): boolean {
  return place === projectConfigPath;
}

function readContainers(spec: Json | undefined): readonly ContainerSpec[] {
  return [...listAt(spec, 'initContainers'), ...listAt(spec, 'containers')].map((container) => {
    const probe = at(container, 'readinessProbe');
    const kind = at(probe, 'httpGet') ? 'http' : at(probe, 'tcpSocket') ? 'tcp' : probe === undefined ? 'none' : 'other';
    return {
      name: textAt(container, 'name'),
      memory: textAt(container, 'resources', 'limits', 'memory'),
      port: portOf(container, at(probe, 'httpGet', 'port') ?? at(probe, 'tcpSocket', 'port')),
      probe: kind,
      path: textAt(probe, 'httpGet', 'path'),
    };
  });
}

/** The number of the port that a probe asks, by number or name; without a probe the container's first. */
function portOf(container: Json, asked: Json | undefined): string {
  if (typeof asked === 'number') return String(asked);
  const ports = listAt(container, 'ports');
  const port = ports.find((one) => textAt(one, 'name') === asked) ?? ports[0];
  return at(port, 'containerPort') === undefined ? '' : String(numberAt(port, 'containerPort'));
}
