import { jobState } from '../core/jobs.ts';
import { names, type Json, type KubernetesObject } from '../core/object.ts';
import type { Observed } from '../core/ports.ts';
import { planRemove, type Step } from './step.ts';
import type { Met } from './render/render.ts';

/** A namespace that should not be there: its Ingress goes first, so that the link dies at once; then its teardown Jobs run. */
export type Removal = {
  readonly cluster: string;
  readonly namespace: string;
  /** One after the other. */
  readonly steps: readonly Step[];
  /** True while a teardown Job runs: the namespace goes when it has ended, well or not. */
  readonly waiting: boolean;
  readonly met: Met | undefined;
};

/** After so many failures in a row the teardown Jobs are given up: the preview goes without them. */
const mostFailures = 5;

export type RemovalInput = {
  readonly cluster: string;
  readonly namespace: KubernetesObject;
  readonly observed: Observed;
  readonly reason: string;
  /** How often in a row this preview could not be taken away. */
  readonly failures: number;
};

/** Plans how a preview goes. Pure. */
export function planRemoval({ cluster, namespace, observed, reason, failures }: RemovalInput): Removal {
  const name = namespace.metadata.name;
  const base = { cluster, namespace: name, met: undefined };
  if (namespace.metadata.deletionTimestamp !== undefined) return { ...base, steps: [], waiting: false };
  const inside = observed.objects.filter((object) => object.metadata.namespace === name);
  const links = inside.filter((object) => object.kind === 'Ingress').flatMap((object) => planRemove(object, reason));
  const teardown = teardownIn(name, observed).toSorted(byOrder);
  const met = teardown.map(failure).find((found) => found !== undefined);
  const next = teardown.find((job) => job.metadata.deletionTimestamp === undefined && !['complete', 'failed'].includes(jobState(job).kind));
  if (!next || failures >= mostFailures) return { ...base, steps: [...links, ...planRemove(namespace, reason)], waiting: false, met };
  const start: Step[] = jobState(next).kind === 'suspended' ? [{ do: 'update', object: resumed(next), reason: 'the preview is to go' }] : [];
  return { ...base, steps: [...links, ...start], waiting: true, met };
}

/**
 * Says whether a teardown Job of the namespace was set going. What it takes down elsewhere (a database, say) is then missed: the
 * preview goes to its end and is made anew, even when it is asked for again meanwhile.
 */
export function isTornDown(namespace: string, observed: Observed): boolean {
  return teardownIn(namespace, observed).some((job) => job.metadata.deletionTimestamp === undefined && jobState(job).kind !== 'suspended');
}

function teardownIn(namespace: string, { objects }: Observed): readonly KubernetesObject[] {
  return objects.filter(({ kind, metadata }) => kind === 'Job' && metadata.namespace === namespace && metadata.labels?.[names.hook] === 'teardown');
}

function failure(job: KubernetesObject): Met | undefined {
  const state = jobState(job);
  if (state.kind !== 'failed') return undefined;
  const { name, namespace = '' } = job.metadata;
  return { reason: 'TeardownFailed', message: `The teardown Job ${name} failed: ${state.message}`, job: { namespace, name } };
}

function resumed(job: KubernetesObject): KubernetesObject {
  return { ...job, spec: { ...(job.spec as Readonly<Record<string, Json>>), suspend: false } };
}

function byOrder(a: KubernetesObject, b: KubernetesObject): number {
  const of = ({ metadata }: KubernetesObject): string => `${(metadata.annotations?.[names.order] ?? '0').padStart(4, '0')} ${metadata.name}`;
  return of(a) < of(b) ? -1 : 1;
}
