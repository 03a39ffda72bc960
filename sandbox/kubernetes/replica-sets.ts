import { createHash } from 'node:crypto';
import { hashLetters, randomSuffix } from './names.ts';
import { podSpecDefaults } from './defaults.ts';
import { type Deployment, type Pod, type PodSpec, timestamp } from './objects.ts';

/**
 * The ReplicaSet between a Deployment and its pods. The sandbox does not keep ReplicaSets as objects (nothing of ours reads
 * them): name and uid follow from the Deployment and its pod template, and pods carry them.
 */
export type ReplicaSet = { readonly name: string; readonly uid: string; readonly hash: string };

/** Returns the ReplicaSet of the Deployment's present pod template. */
export function replicaSetOf(deployment: Deployment): ReplicaSet {
  const hash = hashLetters(JSON.stringify(deployment.spec.template));
  return { name: `${deployment.metadata.name}-${hash}`, uid: uidOf(deployment.metadata.uid, hash), hash };
}

/** Returns whether the pod belongs to the Deployment of that uid, by any of its templates. */
export function isOwnedBy(deploymentUid: string, pod: Pod): boolean {
  const hash = pod.metadata.labels?.['pod-template-hash'] ?? '';
  return pod.metadata.ownerReferences?.[0]?.uid === uidOf(deploymentUid, hash);
}

function uidOf(deploymentUid: string, hash: string): string {
  const hex = createHash('sha256').update(`${deploymentUid}/${hash}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Returns a new pod's name: the API cuts the part before the random letters at 58 characters. */
export function podName(replicaSet: ReplicaSet): string {
  return `${replicaSet.name}-`.slice(0, 58) + randomSuffix(5);
}

/** Returns a new pod of the Deployment's template, as the API completes it. */
export function podOf(deployment: Deployment, replicaSet: ReplicaSet, name: string, uid: string): Pod {
  const { template } = deployment.spec;
  const annotations = template.metadata.annotations;
  const spec = {
    ...podSpecDefaults(template.spec),
    serviceAccountName: 'default',
    serviceAccount: 'default',
    tolerations: ['not-ready', 'unreachable'].map((key) => ({
      key: `node.kubernetes.io/${key}`,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: 300,
    })),
    priority: 0,
    preemptionPolicy: 'PreemptLowerPriority',
    containers: template.spec.containers.map(withRequests),
  } as unknown as PodSpec;
  return {
    kind: 'Pod',
    apiVersion: 'v1',
    metadata: {
      name,
      generateName: `${replicaSet.name}-`,
      namespace: deployment.metadata.namespace ?? '',
      uid,
      resourceVersion: '',
      generation: 1,
      creationTimestamp: timestamp(),
      labels: { ...template.metadata.labels, 'pod-template-hash': replicaSet.hash },
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: replicaSet.name,
          uid: replicaSet.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: { enableServiceLinks: true, ...spec } as PodSpec,
    status: { phase: 'Pending', qosClass: qosClass(template.spec) },
  };
}

/** In a pod, a limit without a request is the request. */
function withRequests(container: PodSpec['containers'][number]): PodSpec['containers'][number] {
  const { limits, requests } = container.resources ?? {};
  if (limits === undefined) return container;
  return { ...container, resources: { limits, requests: { ...limits, ...requests } } };
}

function qosClass({ containers }: PodSpec): string {
  const resources = containers.map((container) => container.resources ?? {});
  if (resources.every(({ limits, requests }) => limits === undefined && requests === undefined)) return 'BestEffort';
  const guaranteed = resources.every(({ limits = {}, requests = {} }) =>
    ['cpu', 'memory'].every((name) => limits[name] !== undefined && (requests[name] ?? limits[name]) === limits[name]),
  );
  return guaranteed ? 'Guaranteed' : 'Burstable';
}
