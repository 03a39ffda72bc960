import type { Cause, Found } from './cause.ts';
import { causeOfPods, findCause } from './find-cause.ts';
import { quote } from './outside-text.ts';
import { findCondition, type Pod } from './status.ts';
import { logsOfJob, titleOfJob } from './trouble-cause.ts';
import { podsOf, type Batch, type Rollout } from './workloads.ts';

/** How far one part of a preview is: a rollout, or a Job that it waits for. */
export type Progress = {
  readonly phase: 'live' | 'updating' | 'starting' | 'failed';
  /** The commit whose pods answer; undefined when none do. */
  readonly serving: string | undefined;
  readonly since: string | undefined;
  readonly cause: Cause | undefined;
  /** What may still mend a failure; see `Found`. */
  readonly passing: Found['passing'];
};

/** Returns how far a rollout is towards a commit; one whose pods do not depend on a commit is of every one. */
export function progressOfRollout(rollout: Rollout, allPods: readonly Pod[], sha: string): Progress {
  const pods = podsOf(rollout, allPods);
  const newest = newestOf(rollout, pods);
  const older = pods.filter((pod) => !newest.includes(pod));
  const current = rollout.commit === undefined || rollout.commit === sha;
  const serving = servingOf(rollout, pods, newest, sha);
  if (current && rollout.complete) {
    const since = liveSince(rollout, newest);
    return { phase: 'live', serving: serving && sha, since, cause: undefined, passing: 'none' };
  }
  // What the pods of another commit suffer from is over as soon as this one is applied.
  const found = current ? findCause(rollout, newest, older) : undefined;
  const since = found?.since || movingSince(rollout, newest) || undefined;
  const failed = found !== undefined && found.passing !== 'itself';
  const phase = failed ? 'failed' : serving === undefined ? 'starting' : 'updating';
  return { phase, serving, since, cause: found?.cause, passing: found?.passing ?? 'none' };
}

/** The pods of the newest template: those of its commit and, where that was rendered twice, those made from the later template. */
function newestOf({ commit, revision }: Rollout, pods: readonly Pod[]): readonly Pod[] {
  if (revision !== undefined) return pods.filter((pod) => pod.template === revision);
  const candidates = pods.filter((pod) => pod.commit === commit || pod.commit === undefined);
  const [latest] = candidates.toSorted((a, b) =>
    a.created < b.created ? 1 : a.created > b.created ? -1 : a.name < b.name ? -1 : 1,
  );
  return candidates.filter((pod) => pod.template === latest?.template);
}

/** Says whether pods of a preview may still answer that are not of its newest templates: they have not ended yet. */
export function hasEarlierPods(rollouts: readonly Rollout[], pods: readonly Pod[]): boolean {
  const earlier = (rollout: Rollout): boolean => {
    const own = podsOf(rollout, pods);
    return newestOf(rollout, own).length < own.length;
  };
  return pods.some(({ leaving }) => leaving) || rollouts.some(earlier);
}

function servingOf(rollout: Rollout, pods: readonly Pod[], newest: readonly Pod[], sha: string): string | undefined {
  if (rollout.available === 0) return undefined;
  const ready = pods.filter((pod) => pod.ready && !pod.leaving);
  const older = ready.find((pod) => !newest.includes(pod));
  return older?.commit ?? rollout.commit ?? sha;
}

function liveSince({ conditions, created }: Rollout, newest: readonly Pod[]): string {
  const complete = findCondition(conditions, 'Progressing');
  const available = findCondition(conditions, 'Available');
  const told = [complete?.reason === 'NewReplicaSetAvailable' ? complete.changedAt : '', available?.changedAt ?? ''];
  // A StatefulSet has no conditions: it is as old as its last pod to get ready.
  const ready = newest.map((pod) => findCondition(pod.conditions, 'Ready')?.changedAt ?? '');
  return latest(...told) || latest(...ready) || created;
}

/** Since the first pod of the newest template, or since the last one that answered has gone. */
function movingSince({ conditions, created }: Rollout, newest: readonly Pod[]): string {
  const available = findCondition(conditions, 'Available');
  const [first] = newest.map((pod) => pod.created).toSorted();
  return latest(first ?? '', available?.status === 'False' ? available.changedAt : '') || created;
}

function latest(...times: readonly string[]): string {
  return times.reduce((a, b) => (a > b ? a : b), '');
}

/**
 * Returns how far the setup Job is that a commit waits for; undefined when it waits for none. One that failed is told by the record,
 * since it is there that the preview stops.
 */
export function progressOfSetup(batches: readonly Batch[], allPods: readonly Pod[], sha: string): Progress | undefined {
  const jobs = batches.filter(
    ({ hook, appliedFor = sha, state }) => hook === 'setup' && appliedFor === sha && state === 'running',
  );
  const [job] = jobs.toSorted((a, b) => (`${a.created} ${a.name}` < `${b.created} ${b.name}` ? -1 : 1));
  if (!job) return undefined;
  const pods = allPods.filter((pod) => pod.job === job.name);
  const found = causeOfPods(pods, job);
  const name = quote(titleOfJob(job.name));
  const cause: Cause =
    // A try that failed is followed by another, as often as the Job says.
    found && found.passing !== 'others'
      ? { ...found.cause, message: `Setup Job ${name}: ${found.cause.message}` }
      : { reason: 'SetupRunning', message: `The setup Job ${name} is running.`, problems: [], advice: '', logsOf: undefined };
  return { phase: 'starting', serving: undefined, since: job.created || undefined, cause, passing: 'itself' };
}

/** Returns how far a preview is that has nothing but Jobs and CronJobs: it is live once they are there. */
export function progressOfBatches(batches: readonly Batch[], sha: string): Progress | undefined {
  const own = batches.filter(({ hook }) => hook === undefined);
  if (own.length === 0) return undefined;
  const old = own.find(({ commit = sha }) => commit !== sha);
  const since = latest(...own.map(({ created }) => created)) || undefined;
  const common = { since, cause: undefined, passing: 'none' } as const;
  return old ? { ...common, phase: 'updating', serving: old.commit } : { ...common, phase: 'live', serving: sha };
}

/** Returns the cause of the first Job of this commit that failed; it keeps no preview from being live. */
export function failedJob(batches: readonly Batch[], pods: readonly Pod[], sha: string): Cause | undefined {
  const failed = batches.filter(
    ({ hook, commit = sha, state }) => hook === undefined && commit === sha && state === 'failed',
  );
  const [job] = failed.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  if (!job) return undefined;
  const how = job.late ? 'was stopped, because it ran longer than it may' : 'failed';
  return {
    reason: 'JobFailed',
    message: `The Job ${quote(job.name)} ${how}. The rest of the preview does not wait for it.`,
    problems: [],
    advice: `What it prints mostly says why. It is written in ${quote(job.place)}.`,
    logsOf: logsOfJob(job, pods),
  };
}
