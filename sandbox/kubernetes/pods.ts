import type { JsonObject, KubernetesObject } from './objects.ts';

export type ContainerPort = { name?: string; containerPort: number; hostPort?: number; protocol: string };

export type HttpGet = { path: string; port: string | number; host?: string };

export type Probe = {
  httpGet?: HttpGet;
  exec?: JsonObject;
  tcpSocket?: JsonObject;
  grpc?: JsonObject;
  periodSeconds: number;
  initialDelaySeconds?: number;
  successThreshold: number;
  failureThreshold: number;
};

/** A key of a Secret or ConfigMap. */
export type KeyReference = { name: string; key: string; optional?: boolean };

export type EnvVar = {
  name: string;
  value?: string;
  valueFrom?: {
    secretKeyRef?: KeyReference;
    configMapKeyRef?: KeyReference;
    fieldRef?: { fieldPath: string };
    resourceFieldRef?: { resource: string; containerName?: string };
  };
};

/** A Secret or ConfigMap as a whole. */
export type SourceReference = { name: string; optional?: boolean };

export type EnvSource = { prefix?: string; secretRef?: SourceReference; configMapRef?: SourceReference };

export type Amounts = Record<string, string>;

/** What a pod and its containers may both set. */
type SharedSecurity = {
  runAsUser?: number;
  runAsNonRoot?: boolean;
  seLinuxOptions?: { type?: string; user?: string; role?: string };
  seccompProfile?: { type?: string };
  appArmorProfile?: { type?: string };
  windowsOptions?: { hostProcess?: boolean };
};

export type ContainerSecurity = SharedSecurity & {
  privileged?: boolean;
  allowPrivilegeEscalation?: boolean;
  procMount?: string;
  capabilities?: { add?: string[]; drop?: string[] };
};

export type PodSecurity = SharedSecurity & { sysctls?: { name: string; value: string }[] };

type Handler = { httpGet?: HttpGet; tcpSocket?: { host?: string } };

export type ContainerSpec = {
  name: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: EnvVar[];
  envFrom?: EnvSource[];
  ports?: ContainerPort[];
  resources?: { limits?: Amounts; requests?: Amounts };
  volumeMounts?: { name: string; mountPath: string; subPath?: string; readOnly?: boolean }[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  startupProbe?: Probe;
  lifecycle?: { postStart?: Handler; preStop?: Handler };
  securityContext?: ContainerSecurity;
  /** Of an init container: `Always` makes it run beside the others. */
  restartPolicy?: string;
};

export type VolumeItems = { key: string; path: string }[];

export type FilesSource = { name?: string; items?: VolumeItems; optional?: boolean };

export type Volume = {
  name: string;
  secret?: { secretName?: string; items?: VolumeItems; optional?: boolean };
  configMap?: FilesSource;
  persistentVolumeClaim?: { claimName: string };
  projected?: { sources?: { secret?: FilesSource; configMap?: FilesSource }[] };
  hostPath?: { path?: string };
};

export type PodSpec = {
  containers: ContainerSpec[];
  initContainers?: ContainerSpec[];
  volumes?: Volume[];
  restartPolicy: 'Always' | 'OnFailure' | 'Never';
  nodeName?: string;
  terminationGracePeriodSeconds: number;
  serviceAccountName?: string;
  automountServiceAccountToken?: boolean;
  imagePullSecrets?: { name: string }[];
  securityContext?: PodSecurity;
  hostNetwork?: boolean;
  hostPID?: boolean;
  hostIPC?: boolean;
  hostUsers?: boolean;
  hostname?: string;
  subdomain?: string;
};

export type PodTemplate = {
  metadata: { labels?: Record<string, string>; annotations?: Record<string, string> };
  spec: PodSpec;
};

export type Condition = {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason?: string;
  message?: string;
} & Record<string, unknown>;

export type Terminated = {
  exitCode: number;
  reason: string;
  startedAt: string;
  finishedAt: string;
  containerID: string;
};

export type ContainerState = {
  waiting?: { reason: string; message?: string };
  running?: { startedAt: string };
  terminated?: Terminated;
};

export type ContainerStatus = {
  name: string;
  state: ContainerState;
  lastState: ContainerState;
  ready: boolean;
  restartCount: number;
  image: string;
  imageID: string;
  containerID?: string;
  started: boolean;
};

export type PodStatus = {
  observedGeneration?: number;
  phase: 'Pending' | 'Running' | 'Succeeded' | 'Failed';
  conditions?: Condition[];
  initContainerStatuses?: ContainerStatus[];
  containerStatuses?: ContainerStatus[];
  qosClass: string;
} & Record<string, unknown>;

export type Pod = KubernetesObject & { spec: PodSpec; status: PodStatus };

/** Returns every container that the pod's spec names, those that initialise first. */
export function containersOf({ initContainers = [], containers }: PodSpec): ContainerSpec[] {
  return [...initContainers, ...containers];
}

/** Returns whether the pod has run to its end. */
export function hasEnded({ status: { phase } }: Pod): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** Returns whether the pod has the condition Ready. */
export function isReady(pod: Pod): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

/** Returns whether the pod is on its way out. */
export function isLeaving({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}
