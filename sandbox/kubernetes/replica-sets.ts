import { createHash } from 'node:crypto';
import type { NewPod } from './admission.ts';
import { hashLetters, randomSuffix } from './names.ts';
import type { Pod } from './pods.ts';
import type { Deployment } from './workloads.ts';

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
  const hash = pod.metadata.labels?.['pod-template-hash'];
  return hash !== undefined && pod.metadata.ownerReferences?.[0]?.uid === uidOf(deploymentUid, hash);
}

function uidOf(deploymentUid: string, hash: string): string {
  const hex = createHash('sha256').update(`${deploymentUid}/${hash}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** Returns the name of one of many pods: the API cuts the part before the random letters at 58 characters. */
export function podName(owner: string): string {
  return `${owner}-`.slice(0, 58) + randomSuffix(5);
}

/** Returns a new pod of the Deployment's template. */
export function podOf(deployment: Deployment, replicaSet: ReplicaSet): NewPod {
  const { metadata, spec } = deployment.spec.template;
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: replicaSet.name, uid: replicaSet.uid };
  return {
    metadata: {
      name: podName(replicaSet.name),
      generateName: `${replicaSet.name}-`,
      namespace: deployment.metadata.namespace ?? '',
      labels: { ...metadata.labels, 'pod-template-hash': replicaSet.hash },
      ...(metadata.annotations === undefined ? {} : { annotations: metadata.annotations }),
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec,
  };
}
