import { at } from './json.ts';
import type { KubernetesObject } from './object.ts';
import { findCondition, readConditions } from './status.ts';

/** How far a Job is. `message` is the API server's word on a failure. */
export type JobState =
  | { readonly kind: 'suspended' | 'running' | 'complete' }
  | { readonly kind: 'failed'; readonly message: string };

/** Reads a Job's state from its conditions (https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions). */
export function jobState(job: KubernetesObject): JobState {
  const conditions = readConditions(job.status);
  const failed = findCondition(conditions, 'Failed');
  if (failed?.status === 'True') return { kind: 'failed', message: failed.message === '' ? failed.reason : failed.message };
  if (findCondition(conditions, 'Complete')?.status === 'True') return { kind: 'complete' };
  return { kind: at(job.spec, 'suspend') === true ? 'suspended' : 'running' };
}
