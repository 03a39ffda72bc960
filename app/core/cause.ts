import type { Trouble } from './record.ts';
import type { ContainerSpec } from './workloads.ts';

export type CauseReason =
  | Trouble['reason']
  | 'ImageNotFound'
  | 'ImageDenied'
  | 'ImagePullFailed'
  | 'ImageNameInvalid'
  | 'ImageAbsent'
  | 'SettingMissing'
  | 'CannotStart'
  | 'Crashed'
  | 'Exited'
  | 'OutOfMemory'
  | 'Unschedulable'
  | 'QuotaExceeded'
  | 'PodRefused'
  | 'NotReady'
  | 'Stalled'
  /** A pod of an earlier version does not get ready, and Kubernetes replaces it only then. */
  | 'HeldByOld'
  | 'SetupRunning'
  /** A Job of the project, which is no hook. */
  | 'JobFailed'
  /** The containers are ready, and the Service that a link's Ingress names is not there. */
  | 'DeadEnd'
  /** The containers are ready, and a link does not answer through the door. */
  | 'NotAnswering'
  /** A link answers, with an error of the program. */
  | 'AnswersError'
  /** It is live, and many of its visitors meet an error of a server. */
  | 'VisitsFail';

/** Why a preview is not as it should be, for the developer who reads it. */
export type Cause = {
  readonly reason: CauseReason;
  /**
   * What happened, in sentences. Parts between backticks come from outside, and the rest may: it is escaped where it is shown.
   * Never a counter, a pod's name or a back-off time: those change while nothing does, and each change would be a write.
   */
  readonly message: string;
  /** What is wrong in detail, a line each; from outside. */
  readonly problems: readonly string[];
  /** What to do, in our own words, with the same backticks; empty where it needs no word. */
  readonly advice: string;
  /** The container whose last lines say more. */
  readonly logsOf:
    | { readonly namespace: string; readonly name: string; readonly container: string; readonly previous: boolean }
    | undefined;
};

/**
 * A cause, since when (ISO 8601, empty when unknown), and what may mend it before the rollout's deadline: time (`itself`: an image
 * that is being built, no room), another workload of the preview that is still starting (`others`), or nobody but a person (`none`).
 */
export type Found = { readonly cause: Cause; readonly since: string; readonly passing: 'itself' | 'others' | 'none' };

/** What pods are made of and where that is written: a rollout, or a Job. */
export type Source = { readonly namespace: string; readonly place: string; readonly containers: readonly ContainerSpec[] };
