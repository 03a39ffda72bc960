import type { KubernetesObject } from './objects.ts';
import type { Amounts, Condition, PodTemplate } from './pods.ts';

export type LabelSelector = {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
};

export type DeploymentSpec = {
  replicas: number;
  selector: LabelSelector;
  template: PodTemplate;
  strategy: { type: string; rollingUpdate?: { maxUnavailable: string | number; maxSurge: string | number } };
  progressDeadlineSeconds: number;
};

export type DeploymentStatus = {
  observedGeneration?: number;
  replicas?: number;
  updatedReplicas?: number;
  readyReplicas?: number;
  availableReplicas?: number;
  unavailableReplicas?: number;
  terminatingReplicas?: number;
  conditions?: Condition[];
};

export type Deployment = KubernetesObject & { spec: DeploymentSpec; status: DeploymentStatus };

export type VolumeClaimSpec = {
  accessModes?: string[];
  resources?: { requests?: Amounts; limits?: Amounts };
  storageClassName?: string;
  volumeName?: string;
};

export type VolumeClaim = KubernetesObject & {
  spec: VolumeClaimSpec;
  status: { phase: 'Pending' | 'Bound'; accessModes?: string[]; capacity?: Amounts };
};

export type StatefulSetSpec = {
  replicas: number;
  serviceName: string;
  selector: LabelSelector;
  template: PodTemplate;
  podManagementPolicy: string;
  updateStrategy: { type: string; rollingUpdate?: { partition?: number } };
  ordinals?: { start: number };
  volumeClaimTemplates?: VolumeClaim[];
  persistentVolumeClaimRetentionPolicy: { whenDeleted: string; whenScaled: string };
};

export type StatefulSetStatus = {
  observedGeneration?: number;
  replicas: number;
  readyReplicas?: number;
  currentReplicas?: number;
  updatedReplicas?: number;
  currentRevision?: string;
  updateRevision?: string;
  collisionCount?: number;
  availableReplicas: number;
};

export type StatefulSet = KubernetesObject & { spec: StatefulSetSpec; status: StatefulSetStatus };

export type JobSpec = {
  parallelism: number;
  /** Absent: the first pod that succeeds ends the Job. */
  completions?: number;
  backoffLimit: number;
  activeDeadlineSeconds?: number;
  ttlSecondsAfterFinished?: number;
  selector: LabelSelector;
  template: PodTemplate;
  completionMode: string;
  suspend: boolean;
};

export type JobStatus = {
  conditions?: Condition[];
  startTime?: string;
  completionTime?: string;
  active?: number;
  succeeded?: number;
  failed?: number;
  terminating?: number;
  ready?: number;
  /** Uids of pods that have ended and are not in the counts yet. */
  uncountedTerminatedPods?: { succeeded?: string[]; failed?: string[] };
};

export type Job = KubernetesObject & { spec: JobSpec; status: JobStatus };

export type CronJob = KubernetesObject & {
  spec: {
    schedule?: string;
    timeZone?: string;
    concurrencyPolicy: string;
    startingDeadlineSeconds?: number;
    jobTemplate: { spec: JobSpec };
  };
};

export type ResourceQuota = KubernetesObject & {
  spec: { hard?: Amounts };
  /** Empty in the first moment, in which nothing that the quota counts can be made. */
  status: { hard?: Amounts; used?: Amounts };
};

export type LimitRangeItem = {
  type: string;
  default?: Amounts;
  defaultRequest?: Amounts;
  max?: Amounts;
  min?: Amounts;
};

export type LimitRange = KubernetesObject & { spec: { limits: LimitRangeItem[] } };

type Peer = { ipBlock?: { cidr: string; except?: string[] } };

export type NetworkPolicy = KubernetesObject & {
  spec: { policyTypes?: string[]; ingress?: { from?: Peer[] }[]; egress?: { to?: Peer[] }[] };
};
