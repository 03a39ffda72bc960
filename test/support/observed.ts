import type { Json, KubernetesObject } from '../../app/core/object.ts';
import { names } from '../../app/core/object.ts';
import type { Observed } from '../../app/core/ports.ts';

/** What a cluster shows of one preview, as the API server writes it (Kubernetes 1.36). */

export type Rollout = {
  readonly commit: string;
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

export function ingress(namespaceName: string): KubernetesObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'foo', namespace: namespaceName, creationTimestamp: created },
  };
}

export function deployment(namespaceName: string, rollout: Rollout): KubernetesObject {
  const { commit, replicas = 1, generation = 1, available = 0, updated = replicas, readinessPath } = rollout;
  const probe =
    readinessPath === undefined ? { tcpSocket: { port: 'http' } } : { httpGet: { path: readinessPath, port: 'http' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'foo',
      namespace: namespaceName,
      generation,
      creationTimestamp: rollout.created ?? created,
      annotations: { [names.commit]: commit },
    },
    spec: {
      replicas,
      selector: { matchLabels: { [names.app]: 'foo' } },
      template: {
        metadata: { annotations: { [names.commit]: commit } },
        spec: {
          containers: [
            {
              name: 'app',
              image: `registry.bar.com/foo:${commit}`,
              ports: [{ name: 'http', containerPort: 8080 }],
              resources: { limits: { memory: '256Mi' } },
              readinessProbe: probe,
            },
          ],
        },
      },
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

export type PodParts = {
  readonly name: string;
  readonly commit: string;
  readonly created?: string;
  readonly template?: string;
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
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace: namespaceName,
      creationTimestamp: at,
      labels: { [names.app]: 'foo', 'pod-template-hash': parts.template ?? commit.slice(0, 10) },
      annotations: { [names.commit]: commit },
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
