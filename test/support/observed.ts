import { projectConfigPath } from '../../app/core/facts.ts';
import type { Json, KubernetesObject } from '../../app/core/object.ts';
import { names } from '../../app/core/object.ts';
import type { Observed } from '../../app/core/ports.ts';

/** What a cluster shows of one preview, as the API server writes it (Kubernetes 1.36). */

export type Rollout = {
  readonly name?: string;
  readonly commit: string;
  /** False: its pods do not depend on the commit. */
  readonly ofCommit?: boolean;
  /** The file that it comes from; our own template unless given. */
  readonly source?: string;
  readonly containers?: readonly Json[];
  readonly replicas?: number;
  readonly generation?: number;
  readonly observedGeneration?: number;
  readonly total?: number;
  readonly updated?: number;
  readonly available?: number;
  readonly conditions?: readonly Json[];
  readonly readinessPath?: string;
  readonly created?: string;
};

export const created = '2026-11-22T08:01:00Z';

export function namespace(name: string, deleted?: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, creationTimestamp: created, ...(deleted === undefined ? {} : { deletionTimestamp: deleted }) },
  };
}

/** An Ingress that leads a host, the preview's own unless given, to a Service. */
export function ingress(
  namespaceName: string,
  to: { readonly host?: string; readonly service?: string } = {},
): KubernetesObject {
  const { host = `${namespaceName}.preview.bar.com`, service: name = 'foo' } = to;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name, namespace: namespaceName, creationTimestamp: created },
    spec: { rules: [{ host, http: { paths: [{ path: '/', backend: { service: { name, port: { name: 'http' } } } }] } }] },
  };
}

/** A Service before the pods that have the workload's name in their labels. */
export function service(namespaceName: string, name: string, workload: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: namespaceName, creationTimestamp: created },
    spec: { selector: { [names.app]: workload } },
  };
}

/** What leads a host to pods: an Ingress, and the Service that it names, before the pods of a workload of the same name. */
export function way(namespaceName: string, to: { readonly host?: string; readonly service?: string } = {}): readonly KubernetesObject[] {
  const { service: name = 'foo' } = to;
  return [ingress(namespaceName, to), service(namespaceName, name, name)];
}

/** The container that our own template makes; `readinessPath` undefined: any connection will do. */
export function container(image: string, readinessPath?: string): Json {
  const probe =
    readinessPath === undefined ? { tcpSocket: { port: 'http' } } : { httpGet: { path: readinessPath, port: 'http' } };
  return {
    name: 'app',
    image,
    ports: [{ name: 'http', containerPort: 8080 }],
    resources: { limits: { memory: '256Mi' } },
    readinessProbe: probe,
  };
}

type Parts = Pick<Rollout, 'name' | 'commit' | 'ofCommit' | 'created' | 'source'>;

function metadataOf(namespaceName: string, parts: Parts): KubernetesObject['metadata'] {
  const { name = 'foo', commit, source = projectConfigPath } = parts;
  return {
    name,
    namespace: namespaceName,
    creationTimestamp: parts.created ?? created,
    annotations: { [names.commit]: commit, [names.hash]: 'x', [names.source]: source },
  };
}

function templateOf({ name = 'foo', commit, ofCommit = true }: Parts, containers: Json): Json {
  const annotations = ofCommit ? { [names.commit]: commit } : {};
  return { metadata: { labels: { [names.app]: name }, annotations }, spec: { containers } };
}

export function deployment(namespaceName: string, rollout: Rollout): KubernetesObject {
  const { name = 'foo', commit, replicas = 1, generation = 1, available = 0, updated = replicas } = rollout;
  const containers = rollout.containers ?? [container(`registry.bar.com/${name}:${commit}`, rollout.readinessPath)];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { ...metadataOf(namespaceName, rollout), generation },
    spec: {
      replicas,
      selector: { matchLabels: { [names.app]: name } },
      template: templateOf(rollout, containers),
    },
    status: {
      observedGeneration: rollout.observedGeneration ?? generation,
      replicas: rollout.total ?? updated,
      updatedReplicas: updated,
      availableReplicas: available,
      conditions: rollout.conditions ?? [],
    },
  };
}

/** A StatefulSet whose newest template is called `<name>-<commit>`, as its pods' label says. */
export function statefulSet(
  namespaceName: string,
  rollout: Rollout & { readonly strategy?: Json; readonly policy?: string; readonly revision?: string },
): KubernetesObject {
  const { name = 'foo', commit, replicas = 1, generation = 1, available = 0, updated = replicas } = rollout;
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { ...metadataOf(namespaceName, rollout), generation },
    spec: {
      replicas,
      selector: { matchLabels: { [names.app]: name } },
      podManagementPolicy: rollout.policy ?? 'OrderedReady',
      updateStrategy: rollout.strategy ?? { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      template: templateOf(rollout, rollout.containers ?? [container(`registry.bar.com/${name}:${commit}`)]),
    },
    status: {
      observedGeneration: rollout.observedGeneration ?? generation,
      replicas: rollout.total ?? replicas,
      updatedReplicas: updated,
      readyReplicas: available,
      availableReplicas: available,
      updateRevision: rollout.revision ?? `${name}-${commit.slice(0, 10)}`,
    },
  };
}

/** A Job; `hook` makes it one that runs before or after the rest. */
export function job(
  namespaceName: string,
  parts: Parts & {
    readonly hook?: 'setup' | 'teardown';
    readonly conditions?: readonly Json[];
    readonly suspend?: boolean;
    /** False: somebody else made it. */
    readonly applied?: boolean;
  },
): KubernetesObject {
  const { annotations = {}, ...metadata } = metadataOf(namespaceName, parts);
  const { [names.hash]: hash, ...others } = annotations;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      ...metadata,
      annotations: parts.applied === false || hash === undefined ? others : annotations,
      labels: parts.hook === undefined ? {} : { [names.hook]: parts.hook },
    },
    spec: {
      suspend: parts.suspend ?? false,
      template: templateOf(parts, [container(`registry.bar.com/foo:${parts.commit}`)]),
    },
    status: { conditions: parts.conditions ?? [] },
  };
}

export function cronJob(namespaceName: string, parts: Parts): KubernetesObject {
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: metadataOf(namespaceName, parts),
    spec: { schedule: '* * * * *', jobTemplate: { spec: { template: templateOf(parts, []) } } },
  };
}

export const jobComplete: Json = { type: 'Complete', status: 'True', reason: 'CompletionsReached' };
export const jobFailed: Json = {
  type: 'Failed',
  status: 'True',
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
};

export type PodParts = {
  readonly name: string;
  readonly commit: string;
  readonly created?: string;
  readonly template?: string;
  /** The workload that it belongs to, `foo` unless given. */
  readonly of?: string;
  readonly kind?: 'Deployment' | 'StatefulSet' | 'Job';
  /** False: its template does not depend on the commit. */
  readonly ofCommit?: boolean;
  readonly ready?: boolean;
  readonly deleted?: string;
  readonly phase?: string;
  readonly image?: string;
  /** The container's status beside its name. */
  readonly container?: { readonly [key: string]: Json };
  readonly init?: { readonly [key: string]: Json };
  readonly conditions?: readonly Json[];
  readonly readySince?: string;
};

export function pod(namespaceName: string, parts: PodParts): KubernetesObject {
  const { name, commit, ready = false } = parts;
  const image = parts.image ?? `registry.bar.com/foo:${commit}`;
  const at = parts.created ?? created;
  const { of = 'foo', kind = 'Deployment', template = commit.slice(0, 10) } = parts;
  const labels = {
    Deployment: { 'pod-template-hash': template },
    StatefulSet: { 'controller-revision-hash': `${of}-${template}` },
    Job: { 'batch.kubernetes.io/job-name': of, 'job-name': of },
  };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: namespaceName,
      creationTimestamp: at,
      labels: { [names.app]: of, ...labels[kind] },
      annotations: parts.ofCommit === false ? {} : { [names.commit]: commit },
      ...(parts.deleted === undefined ? {} : { deletionTimestamp: parts.deleted }),
    },
    spec: { containers: [{ name: 'app', image }], initContainers: parts.init ? [{ name: 'init', image }] : null },
    status: {
      phase: parts.phase ?? (ready ? 'Running' : 'Pending'),
      conditions: [
        {
          type: 'Ready',
          status: ready ? 'True' : 'False',
          lastTransitionTime: parts.readySince ?? at,
          lastProbeTime: null,
        },
        ...(parts.conditions ?? []),
      ],
      ...(parts.init ? { initContainerStatuses: [{ name: 'init', image, restartCount: 0, ...parts.init }] } : {}),
      containerStatuses:
        parts.container || ready
          ? [{ name: 'app', image, restartCount: 0, ready, state: { running: { startedAt: at } }, ...parts.container }]
          : null,
    },
  };
}

/** The conditions of a rollout that is complete. */
export function complete(at: string): readonly Json[] {
  return [
    {
      type: 'Available',
      status: 'True',
      reason: 'MinimumReplicasAvailable',
      lastUpdateTime: at,
      lastTransitionTime: at,
    },
    {
      type: 'Progressing',
      status: 'True',
      reason: 'NewReplicaSetAvailable',
      lastUpdateTime: at,
      lastTransitionTime: created,
    },
  ];
}

/** The condition of a rollout whose progress deadline has passed. */
export function late(at: string): Json {
  return {
    type: 'Progressing',
    status: 'False',
    reason: 'ProgressDeadlineExceeded',
    message: 'ReplicaSet "foo-5d8f7c" has timed out progressing.',
    lastUpdateTime: at,
    lastTransitionTime: at,
  };
}

export function observed(...parts: readonly KubernetesObject[]): Observed {
  return {
    namespaces: parts.filter(({ kind }) => kind === 'Namespace'),
    objects: parts.filter(({ kind }) => kind !== 'Namespace' && kind !== 'Pod'),
    pods: parts.filter(({ kind }) => kind === 'Pod'),
  };
}
