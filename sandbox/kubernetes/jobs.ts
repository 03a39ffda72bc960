import type { NewPod } from './admission.ts';
import { timestamp } from './objects.ts';
import { type Condition, hasEnded, isLeaving, isReady, type Pod } from './pods.ts';
import { podName } from './replica-sets.ts';
import type { Job, JobStatus } from './workloads.ts';

/** The finalizer of a pod that is not in its Job's counts yet. */
export const tracking = 'batch.kubernetes.io/job-tracking';

/** Why a Job is to end, in the words of kube-controller-manager 1.36. */
export type Verdict = {
  readonly type: 'SuccessCriteriaMet' | 'FailureTarget';
  readonly reason: string;
  readonly message: string;
};

const reached: Verdict = {
  type: 'SuccessCriteriaMet',
  reason: 'CompletionsReached',
  message: 'Reached expected number of succeeded pods',
};
const exhausted: Verdict = {
  type: 'FailureTarget',
  reason: 'BackoffLimitExceeded',
  message: 'Job has reached the specified backoff limit',
};
const late: Verdict = {
  type: 'FailureTarget',
  reason: 'DeadlineExceeded',
  message: 'Job was active longer than specified deadline',
};

/** Returns the condition of that type when it holds. */
export function conditionOf({ status }: Job, type: string): Condition | undefined {
  return status.conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** Returns whether the Job is over. */
export function isFinished(job: Job): boolean {
  return conditionOf(job, 'Complete') !== undefined || conditionOf(job, 'Failed') !== undefined;
}

/** Returns the conditions with this one as it is now. */
export function withCondition(
  conditions: readonly Condition[] | undefined,
  { type, reason, message }: { readonly type: string; readonly reason: string; readonly message: string },
  holds = true,
): Condition[] {
  const now = timestamp();
  const status = holds ? 'True' : 'False';
  const next: Condition = { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
  const others = (conditions ?? []).filter((condition) => condition.type !== type);
  return [...others, next];
}

/** Returns a new pod of the Job. */
export function podOfJob({ metadata, spec }: Job): NewPod {
  const { labels, annotations } = spec.template.metadata;
  const { name, uid, namespace = '' } = metadata;
  const owner = { apiVersion: 'batch/v1', kind: 'Job', name, uid, controller: true, blockOwnerDeletion: true };
  return {
    metadata: {
      name: podName(name),
      generateName: `${name}-`,
      namespace,
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: [owner],
      finalizers: [tracking],
    },
    spec: spec.template.spec,
  };
}

/** The Job's pods by what they do. `ended` are those that are in no count yet. */
export type JobPods = {
  readonly active: readonly Pod[];
  readonly leaving: readonly Pod[];
  readonly ended: { readonly succeeded: readonly Pod[]; readonly failed: readonly Pod[] };
};

/** Sorts the pods. One that somebody takes away counts as failed at once, unless the Job itself does so to be suspended. */
export function sortPods({ spec, status }: Job, all: readonly Pod[]): JobPods {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const known = new Set([...succeeded, ...failed]);
  const open = all.filter(
    (pod) => pod.metadata.finalizers?.includes(tracking) === true && !known.has(pod.metadata.uid),
  );
  const lost = (pod: Pod): boolean => isLeaving(pod) && !spec.suspend;
  return {
    active: all.filter((pod) => !hasEnded(pod) && !isLeaving(pod)),
    leaving: all.filter((pod) => isLeaving(pod) && !hasEnded(pod)),
    ended: {
      succeeded: open.filter((pod) => pod.status.phase === 'Succeeded'),
      failed: open.filter((pod) => pod.status.phase === 'Failed' || (lost(pod) && !hasEnded(pod))),
    },
  };
}

function restartsOf(pods: readonly Pod[]): number {
  return pods
    .flatMap(({ status }) => [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
}

function waits(status: JobStatus, kind: 'succeeded' | 'failed', { ended }: JobPods): number {
  return (status[kind] ?? 0) + (status.uncountedTerminatedPods?.[kind]?.length ?? 0) + ended[kind].length;
}

/** Returns why the Job is to end now, if it is. `overdue`: its deadline has passed. */
export function verdictOf(job: Job, found: JobPods, overdue: boolean): Verdict | undefined {
  for (const verdict of [reached, exhausted, late]) {
    const condition = conditionOf(job, verdict.type);
    if (condition?.reason === verdict.reason) return verdict;
  }
  const { completions, backoffLimit, template } = job.spec;
  const restarts = template.spec.restartPolicy === 'OnFailure' ? restartsOf(found.active) : 0;
  const succeeded = waits(job.status, 'succeeded', found);
  if (waits(job.status, 'failed', found) > backoffLimit) return exhausted;
  // Restarted in place, the first run does not count as a try that failed; with no try to spare any restart is one too many.
  if (restarts > 0 && restarts >= backoffLimit) return exhausted;
  if (overdue) return late;
  const enough = completions === undefined ? succeeded > 0 && found.active.length === 0 : succeeded >= completions;
  return enough ? reached : undefined;
}

/** Returns how many more pods the Job wants at once. */
export function podsWanted({ spec, status }: Job, found: JobPods): number {
  const succeeded = waits(status, 'succeeded', found);
  const left = spec.completions === undefined ? (succeeded > 0 ? 0 : spec.parallelism) : spec.completions - succeeded;
  return Math.max(0, Math.min(spec.parallelism, left) - found.active.length);
}

/** Returns the status with the counts of these pods. Counts of 0 are left out but for two. */
export function withCounts(status: JobStatus, all: readonly Pod[]): JobStatus {
  const { active: _active, succeeded, failed, ...rest } = status;
  const running = all.filter((pod) => !hasEnded(pod) && !isLeaving(pod));
  const counts = { active: running.length, succeeded: succeeded ?? 0, failed: failed ?? 0 };
  return {
    ...rest,
    ...Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)),
    terminating: all.filter((pod) => isLeaving(pod) && !hasEnded(pod)).length,
    uncountedTerminatedPods: status.uncountedTerminatedPods ?? {},
    ready: running.filter(isReady).length,
  };
}
