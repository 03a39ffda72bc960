import { isDeepStrictEqual } from 'node:util';
import { type Admission, makePod } from './admission.ts';
import { markDeleted } from './deletes.ts';
import {
  isFinished,
  type JobPods,
  podOfJob,
  podsWanted,
  sortPods,
  tracking,
  type Verdict,
  verdictOf,
  withCondition,
  withCounts,
} from './jobs.ts';
import { timestamp } from './objects.ts';
import { isLeaving, type Pod } from './pods.ts';
import { jobs, pods } from './resources.ts';
import { createWorkQueue } from './work-queue.ts';
import type { Job, JobStatus } from './workloads.ts';

export type JobController = { stop(): void };

export type JobControllerOptions = Admission & {
  /** How long a second of deadlines and of ttlSecondsAfterFinished is, in milliseconds. */
  readonly secondMs: number;
  /** How long after a failed pod the next one comes; doubles with each (a real cluster: from 10 s). */
  readonly backOffMs: number;
};

/** After a pod was refused the controller tries again this often. The Job's status says nothing about it, as in a real cluster. */
const retryMs = 100;

/** The pause grows so many times over at most (a real cluster: from 10 s to 10 min). */
const longestBackOff = 60;

type Place = { readonly namespace: string; readonly name: string };

/** What the controller remembers of one Job by its own, finer clock: when it began, when a pod last failed, when it was over. */
type Memory = { startedAt: number; failedAt?: number; finishedAt?: number };

/**
 * Runs every Job's pods to completion: as many at once as it asks for, another for each that fails, none while it is suspended. Then
 * the Job is Complete or Failed, first announced by SuccessCriteriaMet or FailureTarget, as kube-controller-manager 1.36 does it.
 */
export function startJobController(options: JobControllerOptions): JobController {
  const { store } = options;
  const memories = new Map<string, Memory>();
  const queue = createWorkQueue<Place>((place) => {
    const job = store.get(jobs, place.namespace, place.name) as Job | undefined;
    if (job === undefined || isLeaving(job)) return;
    const memory = memories.get(job.metadata.uid) ?? { startedAt: Date.now() };
    memories.set(job.metadata.uid, memory);
    const againMs = isFinished(job) ? finishUp(options, job, memory) : sync(options, job, memory);
    if (againMs !== undefined) queue.addAfter(againMs, `${place.namespace}/${place.name}`, place);
  });
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { namespace = '', name, uid } = object.metadata;
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'Job');
    if (resource === jobs && type === 'DELETED') {
      memories.delete(uid);
      queue.forget(`${namespace}/${name}`);
    } else if (resource === jobs) queue.add(`${namespace}/${name}`, { namespace, name });
    else if (resource === pods && owner !== undefined)
      queue.add(`${namespace}/${owner.name}`, { namespace, name: owner.name });
  });
  return {
    stop() {
      unsubscribe();
      queue.stop();
    },
  };
}

function podsOf({ store }: Admission, { metadata }: Job): Pod[] {
  return (store.list(pods, metadata.namespace) as Pod[]).filter(
    (pod) => pod.metadata.ownerReferences?.[0]?.uid === metadata.uid,
  );
}

/** Takes one step; returns after how long to look again, if by itself. */
function sync(options: JobControllerOptions, job: Job, memory: Memory): number | undefined {
  const { spec } = job;
  if (spec.suspend || job.status.startTime === undefined) memory.startedAt = Date.now();
  const deadline = spec.activeDeadlineSeconds;
  const leftMs = deadline === undefined ? undefined : memory.startedAt + deadline * options.secondMs - Date.now();
  const before = sortPods(job, podsOf(options, job));
  const verdict = spec.suspend ? undefined : verdictOf(job, before, leftMs !== undefined && leftMs <= 0);
  if (spec.suspend || verdict !== undefined) for (const pod of before.active) remove(options, pod);
  if (spec.suspend) for (const pod of before.leaving) untrack(options, pod);
  // Taken away a moment ago, they count with the others that ended.
  const found = sortPods(job, podsOf(options, job));
  if (found.ended.failed.length > 0) memory.failedAt = Date.now();
  const pause = pauseOf(options, job, found, memory);
  const ready = !spec.suspend && verdict === undefined;
  const refused = ready && pause <= 0 && !createPods(options, job, podsWanted(job, found));
  writeStatus(options, job, found, verdict);
  if (refused) return retryMs;
  if (!ready) return undefined;
  const due = pause > 0 && podsWanted(job, found) > 0 ? [pause] : [];
  const next = [...due, ...(leftMs === undefined ? [] : [leftMs + 1])];
  return next.length === 0 ? undefined : Math.min(...next);
}

/** Returns how long the next pod has to wait after those that failed. */
function pauseOf({ backOffMs }: JobControllerOptions, { status }: Job, found: JobPods, { failedAt }: Memory): number {
  const failures =
    (status.failed ?? 0) + (status.uncountedTerminatedPods?.failed?.length ?? 0) + found.ended.failed.length;
  if (failures === 0 || failedAt === undefined) return 0;
  return failedAt + backOffMs * Math.min(longestBackOff, 2 ** (failures - 1)) - Date.now();
}

function createPods(options: JobControllerOptions, job: Job, count: number): boolean {
  for (let made = 0; made < count; made += 1) if (typeof makePod(options, podOfJob(job)) === 'string') return false;
  return true;
}

function remove({ store }: Admission, pod: Pod): void {
  markDeleted(store, { resource: pods }, pod, pod.spec.terminationGracePeriodSeconds);
}

/** Says that a pod is in the counts: from then on it may go. */
function untrack({ store }: Admission, pod: Pod): void {
  const { finalizers = [], ...metadata } = pod.metadata;
  if (!finalizers.includes(tracking)) return;
  const kept = finalizers.filter((finalizer) => finalizer !== tracking);
  store.put(pods, { ...pod, metadata: { ...metadata, ...(kept.length === 0 ? {} : { finalizers: kept }) } });
}

const uids = (list: readonly Pod[]): string[] => list.map(({ metadata }) => metadata.uid);

function writeStatus(options: JobControllerOptions, job: Job, found: JobPods, verdict: Verdict | undefined): void {
  const { store } = options;
  const { succeeded = [], failed = [] } = job.status.uncountedTerminatedPods ?? {};
  const all = podsOf(options, job);
  // What was noted the last time is counted now, and its pods are let go.
  for (const pod of all) if ([...succeeded, ...failed].includes(pod.metadata.uid)) untrack(options, pod);
  const noted = {
    ...(found.ended.succeeded.length > 0 ? { succeeded: uids(found.ended.succeeded) } : {}),
    ...(found.ended.failed.length > 0 ? { failed: uids(found.ended.failed) } : {}),
  };
  const counted = {
    ...job.status,
    succeeded: (job.status.succeeded ?? 0) + succeeded.length,
    failed: (job.status.failed ?? 0) + failed.length,
    uncountedTerminatedPods: noted,
  };
  const status = concluded(withPause(withCounts(counted, all), job), verdict);
  const live = store.get(jobs, job.metadata.namespace, job.metadata.name);
  if (live === job && !isDeepStrictEqual(status, job.status)) store.put(jobs, { ...job, status } as Job);
}

/** Notes when the Job is suspended and when it goes on; the clock begins anew then. */
function withPause(status: JobStatus, { spec }: Job): JobStatus {
  const { startTime, ...rest } = status;
  const before = status.conditions?.find(({ type }) => type === 'Suspended')?.status;
  if (spec.suspend) {
    if (before === 'True') return rest;
    const suspended = { type: 'Suspended', reason: 'JobSuspended', message: 'Job suspended' };
    return { ...rest, conditions: withCondition(status.conditions, suspended) };
  }
  const resumed = { type: 'Suspended', reason: 'JobResumed', message: 'Job resumed' };
  const conditions = before === 'True' ? withCondition(status.conditions, resumed, false) : status.conditions;
  return { ...rest, ...(conditions === undefined ? {} : { conditions }), startTime: startTime ?? timestamp() };
}

/** Adds what the verdict makes of the Job: announced first, final once every pod has ended and is counted. */
function concluded(status: JobStatus, verdict: Verdict | undefined): JobStatus {
  if (verdict === undefined) return status;
  const announced = status.conditions?.some(({ type }) => type === verdict.type) === true;
  const conditions = announced ? (status.conditions ?? []) : withCondition(status.conditions, verdict);
  const open = Object.keys(status.uncountedTerminatedPods ?? {}).length > 0 || (status.active ?? 0) > 0;
  if (!announced || open || (status.terminating ?? 0) > 0) return { ...status, conditions };
  const good = verdict.type === 'SuccessCriteriaMet';
  return {
    ...status,
    conditions: withCondition(conditions, { ...verdict, type: good ? 'Complete' : 'Failed' }),
    ...(good ? { completionTime: timestamp() } : {}),
  };
}

/** Takes the Job away when its time after the end is over. */
function finishUp(options: JobControllerOptions, job: Job, memory: Memory): number | undefined {
  const { ttlSecondsAfterFinished: ttl } = job.spec;
  if (ttl === undefined) return undefined;
  memory.finishedAt ??= Date.now();
  const leftMs = memory.finishedAt + ttl * options.secondMs - Date.now();
  if (leftMs > 0) return leftMs;
  options.store.remove(jobs, job);
  return undefined;
}
