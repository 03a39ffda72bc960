import { jobState } from '../core/jobs.ts';
import { textAt } from '../core/json.ts';
import { names, type KubernetesObject } from '../core/object.ts';
import type { Step } from './step.ts';
import type { Met, StagedObject } from './render/render.ts';

/** How far the setup Jobs are: only when they are done the rest follows. */
export type SetupPlan = { readonly done: boolean; readonly steps: readonly Step[]; readonly met: Met | undefined };

/** What is in the preview's namespace. */
export type There = { readonly objects: readonly KubernetesObject[]; readonly pods: readonly KubernetesObject[] };

/** Setup Jobs run one after the other, also after those of an earlier commit; each is awaited before the next is applied. */
export function planSetup(objects: readonly StagedObject[], there: There): SetupPlan {
  const jobs = objects.filter(({ stage }) => stage === 'setup').map(({ object }) => object);
  for (const object of jobs) {
    const found = there.objects.find(({ kind, metadata }) => kind === 'Job' && metadata.name === object.metadata.name);
    if (!found) {
      // Two migrations of one database at a time would be one too many.
      if (othersRun(jobs, there)) return { done: false, steps: [], met: undefined };
      return { done: false, steps: [{ do: 'apply', object, fence: undefined, reason: 'it runs before the rest', drift: undefined }], met: undefined };
    }
    const state = jobState(found);
    if (state.kind === 'failed') {
      const job = { namespace: object.metadata.namespace ?? '', name: object.metadata.name };
      return { done: false, steps: [], met: { reason: 'SetupFailed', message: `The setup Job ${object.metadata.name} failed: ${state.message}`, job } };
    }
    if (state.kind !== 'complete') return { done: false, steps: [], met: undefined };
  }
  return { done: true, steps: [], met: undefined };
}

/** A Job that is deleted leaves its pod for the time that it takes to end. */
function othersRun(wanted: readonly KubernetesObject[], { objects, pods }: There): boolean {
  const ours = new Set(wanted.map(({ metadata }) => metadata.name));
  const isSetup = ({ metadata }: KubernetesObject): boolean => metadata.labels?.[names.hook] === 'setup';
  const job = objects.some((object) => object.kind === 'Job' && isSetup(object) && !ours.has(object.metadata.name) && jobState(object).kind === 'running');
  const pod = pods.some(({ metadata, status, ...rest }) => isSetup({ metadata, ...rest }) && !ours.has(metadata.labels?.['batch.kubernetes.io/job-name'] ?? '') && !['Succeeded', 'Failed'].includes(textAt(status, 'phase')));
  return job || pod;
}

/**
 * Returns which of the objects that the project no longer has can go while setup Jobs still run or have failed: hooks of other commits
 * at once, and what was brought after all that runs, by commits that never came to run. What runs keeps what it was made with; that may
 * be older than it, since what a push does not change is not written again.
 */
export function abandoned(stray: readonly KubernetesObject[], there: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const stampOf = ({ metadata }: KubernetesObject, name: string): string => metadata.annotations?.[name] ?? '';
  const running = there.filter(({ kind }) => workloads.has(kind));
  const commits = new Set(running.map((object) => stampOf(object, names.commit)));
  const newest = running.map((object) => stampOf(object, names.readAt)).reduce((a, b) => (a > b ? a : b), '');
  const neverRan = (object: KubernetesObject): boolean => !workloads.has(object.kind) && !commits.has(stampOf(object, names.commit)) && stampOf(object, names.readAt) > newest;
  return stray.filter((object) => object.metadata.labels?.[names.hook] !== undefined || neverRan(object));
}

const workloads: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'CronJob']);
