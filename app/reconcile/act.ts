import { messageOf } from '../core/errors.ts';
import { describeRef, names, refOf, type KubernetesObject } from '../core/object.ts';
import { KubernetesError, type Cluster, type Log } from '../core/ports.ts';
import type { Trouble } from '../core/record.ts';
import { driftOf, type Plan, type PreviewPlan, type Removal, type Step } from './plan.ts';

/** What an apply really did to one object. */
export type Change = { readonly object: string; readonly action: 'created' | 'configured' | 'deleted' };

export type PreviewResult = {
  readonly tenant: string;
  readonly changes: readonly Change[];
  /** Differences that survived our apply, by object. */
  readonly tolerated: Readonly<Record<string, string>>;
  /** Objects that an apply left just as we set them. */
  readonly exact: readonly string[];
  readonly trouble: { readonly reason: Trouble['reason']; readonly message: string } | undefined;
  /** True when somebody was faster: read the cluster again and plan anew. */
  readonly conflict: boolean;
};

export type RemovalResult = Omit<PreviewResult, 'tenant' | 'tolerated' | 'exact'> & { readonly namespace: string };

export type Acted = { readonly previews: readonly PreviewResult[]; readonly removals: readonly RemovalResult[] };

/** Carries a plan out. Each preview and each removal succeeds or fails by itself; nothing is thrown for one of them. */
export async function act(plan: Plan, clusters: ReadonlyMap<string, Cluster>, log: Log): Promise<Acted> {
  const clusterOf = (name: string): Cluster => {
    const cluster = clusters.get(name);
    if (!cluster) throw new Error(`there is no cluster ${name}`);
    return cluster;
  };
  const [previews, removals] = await Promise.all([
    Promise.all(plan.previews.map((preview) => actOnPreview(preview, clusterOf(preview.preview.cluster), log))),
    Promise.all(plan.removals.map((removal) => actOnRemoval(removal, clusterOf(removal.cluster)))),
  ]);
  return { previews, removals };
}

async function actOnPreview(plan: PreviewPlan, cluster: Cluster, log: Log): Promise<PreviewResult> {
  const { tenant, namespace } = plan.preview;
  const base: PreviewResult = { tenant, changes: [], tolerated: {}, exact: [], trouble: undefined, conflict: false };
  if (plan.waiting) {
    const message = `The namespace ${namespace} of an earlier preview is still going away.`;
    return { ...base, trouble: { reason: 'NamespaceTerminating', message } };
  }
  const results: StepResult[] = [];
  for (const step of plan.first) results.push(await take(step, cluster));
  if (!results.some(isFailed)) results.push(...(await Promise.all(plan.then.map((step) => take(step, cluster)))));
  const tolerated = Object.assign({}, ...results.map((result) => (isDone(result) ? result.tolerated : {}))) as Record<string, string>;
  for (const object of Object.keys(tolerated)) log.warn({ namespace, object }, 'a rule of the cluster changes what we apply; left as it is');
  const exact = results.filter(isDone).flatMap((result) => result.exact);
  return { ...base, ...sum(results, 'ApplyFailed'), tolerated, exact };
}

async function actOnRemoval(removal: Removal, cluster: Cluster): Promise<RemovalResult> {
  const results: StepResult[] = [];
  for (const step of removal.steps) {
    if (!results.some(isFailed)) results.push(await take(step, cluster));
  }
  return { namespace: removal.namespace, ...sum(results, 'RemoveFailed') };
}

type Done = Pick<PreviewResult, 'changes' | 'tolerated' | 'exact'> & { readonly done: true };
type Failed = { readonly done: false; readonly trouble: PreviewResult['trouble']; readonly conflict: boolean };
type StepResult = Done | Failed;

function isDone(result: StepResult): result is Done {
  return result.done;
}

function isFailed(result: StepResult): result is Failed {
  return !result.done;
}

function sum(results: readonly StepResult[], reason: Trouble['reason']): Pick<PreviewResult, 'changes' | 'trouble' | 'conflict'> {
  const failures = results.filter(isFailed);
  const trouble = failures.find((failure) => failure.trouble)?.trouble;
  return {
    changes: results.filter(isDone).flatMap((result) => result.changes),
    trouble: trouble && trouble.reason === 'ApplyFailed' ? { ...trouble, reason } : trouble,
    conflict: failures.some((failure) => failure.conflict),
  };
}

async function take(step: Step, cluster: Cluster): Promise<StepResult> {
  try {
    return await attempt(step, cluster);
  } catch (error) {
    return explain(step, error, cluster);
  }
}

async function attempt(step: Step, cluster: Cluster): Promise<Done> {
  switch (step.do) {
    case 'create':
      await claimNamespace(step.object, cluster);
      return { done: true, changes: [{ object: describeRef(refOf(step.object)), action: 'created' }], tolerated: {}, exact: [] };
    case 'relabel':
      await cluster.update(step.object);
      return { done: true, changes: [{ object: describeRef(refOf(step.object)), action: 'configured' }], tolerated: {}, exact: [] };
    case 'remove':
      await cluster.remove(step.ref, step.fence);
      return { done: true, changes: [{ object: describeRef(step.ref), action: 'deleted' }], tolerated: {}, exact: [] };
    case 'apply': {
      const object = describeRef(refOf(step.object));
      const answer = await cluster.apply(step.object, step.fence);
      const drift = driftOf(step.object, answer);
      const written = step.fence?.resourceVersion !== answer.metadata.resourceVersion;
      const changes: Change[] = written ? [{ object, action: step.fence ? 'configured' : 'created' }] : [];
      return { done: true, changes, ...(drift === undefined ? { tolerated: {}, exact: [object] } : { tolerated: { [object]: drift }, exact: [] }) };
    }
  }
}

/** The namespace is the claim: it is created and never applied, so that of two who want the name one is told. */
async function claimNamespace(wanted: KubernetesObject, cluster: Cluster): Promise<void> {
  try {
    await cluster.create(wanted);
  } catch (error) {
    if (!(error instanceof KubernetesError && error.reason === 'AlreadyExists')) throw error;
    const found = await cluster.get(refOf(wanted));
    const owner = found?.metadata.annotations?.[names.owner];
    // It went between the two calls: not held, but to be looked at again.
    if (!found) throw error;
    if (owner !== wanted.metadata.annotations?.[names.owner]) {
      throw new HeldError(`The namespace ${wanted.metadata.name} exists already and is not this pull request's. ${holderOf(found)}`);
    }
    if (found.metadata.deletionTimestamp !== undefined) throw new TerminatingError(`The namespace ${wanted.metadata.name} is still going away.`);
    // Ours, unseen by the watch or robbed of its labels: put back what makes it seen.
    await cluster.update({ ...found, metadata: { ...found.metadata, labels: { ...found.metadata.labels, ...wanted.metadata.labels } } });
  }
}

class HeldError extends Error {}
class TerminatingError extends Error {}

function holderOf(found: KubernetesObject): string {
  const url = found.metadata.annotations?.[names.url];
  return url === undefined ? 'An administrator can delete or rename it.' : `It belongs to ${url}.`;
}

async function explain(step: Step, error: unknown, cluster: Cluster): Promise<Failed> {
  const ref = step.do === 'remove' ? step.ref : refOf(step.object);
  if (error instanceof HeldError) return { done: false, trouble: { reason: 'NameHeld', message: error.message }, conflict: false };
  const terminating = error instanceof TerminatingError || (error instanceof KubernetesError && error.causes.includes('NamespaceTerminating'));
  if (terminating) return { done: false, trouble: { reason: 'NamespaceTerminating', message: messageOf(error) }, conflict: false };
  if (error instanceof KubernetesError && (await overtaken(step, error, cluster))) return { done: false, trouble: undefined, conflict: true };
  return { done: false, trouble: { reason: 'ApplyFailed', message: `${describeRef(ref)}: ${messageOf(error)}` }, conflict: false };
}

/**
 * Looks past the cache whether somebody was faster, which a new plan mends: the object is another by now, or its namespace is gone.
 * A refusal that comes back whatever is planned is none.
 */
async function overtaken(step: Step, error: KubernetesError, cluster: Cluster): Promise<boolean> {
  const ref = step.do === 'remove' ? step.ref : refOf(step.object);
  // An apply whose uid is another object's is refused as invalid (tried on kube-apiserver 1.36), everything else that is late as a conflict.
  if (error.status === 409 || (error.status === 422 && error.message.includes('metadata.uid'))) {
    // A claim that is refused, and whose holder is gone at the next look.
    if (step.do === 'create') return true;
    const seen = step.do === 'apply' || step.do === 'remove' ? step.fence?.resourceVersion : step.object.metadata.resourceVersion;
    const found = await cluster.refresh(ref);
    return found?.metadata.resourceVersion !== seen;
  }
  if (error.status !== 404 || ref.namespace === undefined) return false;
  return (await cluster.refresh({ apiVersion: 'v1', kind: 'Namespace', name: ref.namespace })) === undefined;
}
