import { messageOf } from '../core/errors.ts';
import { describeRef, names, refOf, type Fence, type KubernetesObject } from '../core/object.ts';
import { KubernetesError, type Cluster, type Log } from '../core/ports.ts';
import { driftOf, type Plan, type PreviewPlan } from './plan.ts';
import type { Step } from './step.ts';
import type { Removal } from './plan-removal.ts';
import type { Met } from './render/render.ts';

/** What an apply really did to one object. */
export type Change = { readonly object: string; readonly action: 'created' | 'configured' | 'replaced' | 'deleted' };

export type PreviewResult = {
  readonly tenant: string;
  readonly changes: readonly Change[];
  /** Differences that survived our apply, by object. */
  readonly tolerated: Readonly<Record<string, string>>;
  /** Objects that an apply left just as we set them. */
  readonly exact: readonly string[];
  readonly trouble: Met | undefined;
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
    Promise.all(plan.previews.map((preview) => actOnPreview(preview, clusterOf, log))),
    Promise.all(plan.removals.map((removal) => actOnRemoval(removal, clusterOf(removal.cluster)))),
  ]);
  return { previews, removals };
}

async function actOnPreview(plan: PreviewPlan, clusterOf: (name: string) => Cluster, log: Log): Promise<PreviewResult> {
  const { tenant, namespace, cluster } = plan.preview;
  const results: StepResult[] = [];
  const beside: Promise<StepResult>[] = [];
  try {
    for (const stage of plan.stages) {
      if (results.some(isFailed)) break;
      const awaited: Promise<StepResult>[] = [];
      for (const step of stage) (step.do === 'apply' && step.beside ? beside : awaited).push(take(step, clusterOf(cluster)));
      // What is thrown is met at the end; until then nobody looks, which would end the process.
      for (const result of beside) result.catch(() => undefined);
      results.push(...(await Promise.all(awaited)));
    }
    results.push(...(await Promise.all(beside)));
  } finally {
    // Nothing of this try is written once it is over.
    await Promise.allSettled(beside);
  }
  const tolerated = Object.assign({}, ...results.map((result) => (isDone(result) ? result.tolerated : {}))) as Record<string, string>;
  for (const object of Object.keys(tolerated)) log.warn({ namespace, object }, 'a rule of the cluster changes what we apply; left as it is');
  const summed = sum(results, 'ApplyFailed');
  return { tenant, ...summed, trouble: summed.trouble ?? plan.met, tolerated, exact: results.filter(isDone).flatMap((result) => result.exact) };
}

async function actOnRemoval(removal: Removal, cluster: Cluster): Promise<RemovalResult> {
  const results: StepResult[] = [];
  for (const step of removal.steps) {
    if (!results.some(isFailed)) results.push(await take(step, cluster));
  }
  const summed = sum(results, 'RemoveFailed');
  return { namespace: removal.namespace, ...summed, trouble: summed.trouble ?? removal.met };
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

function sum(results: readonly StepResult[], reason: Met['reason']): Pick<PreviewResult, 'changes' | 'trouble' | 'conflict'> {
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
    case 'update':
      await cluster.update(step.object);
      return { done: true, changes: [{ object: describeRef(refOf(step.object)), action: 'configured' }], tolerated: {}, exact: [] };
    case 'remove':
      await cluster.remove(step.ref, step.fence);
      return { done: true, changes: [{ object: describeRef(step.ref), action: 'deleted' }], tolerated: {}, exact: [] };
    case 'replace':
      return replace(step.object, step.fence, cluster);
    case 'apply':
      return applyOrReplace(step, cluster);
  }
}

async function applyOrReplace(step: Extract<Step, { do: 'apply' }>, cluster: Cluster): Promise<Done> {
  try {
    const answer = await cluster.apply(step.object, step.fence);
    const written = step.fence?.resourceVersion !== answer.metadata.resourceVersion;
    return applied(step.object, answer, written ? (step.fence ? 'configured' : 'created') : undefined);
  } catch (error) {
    if (!step.fence || !isImmutable(error) || !replaceable.has(step.object.kind)) throw error;
    return replace(step.object, step.fence, cluster);
  }
}

/** A preview can do without an object for a moment; what holds data (a volume claim) is not among these. */
const replaceable: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'Service', 'ConfigMap', 'Secret', 'CronJob']);

/** The API server's words for a field that cannot be changed (kubernetes/kubernetes pkg/apis, the validation packages). */
function isImmutable(error: unknown): boolean {
  return error instanceof KubernetesError && error.status === 422 && /field is immutable|updates to statefulset spec for fields other than|may not change once set/.test(error.message);
}

async function replace(object: KubernetesObject, fence: Fence, cluster: Cluster): Promise<Done> {
  await cluster.remove(refOf(object), fence);
  return applied(object, await cluster.apply(object, undefined), 'replaced');
}

function applied(wanted: KubernetesObject, answer: KubernetesObject, action: Change['action'] | undefined): Done {
  const object = describeRef(refOf(wanted));
  const drift = driftOf(wanted, answer);
  const changes: Change[] = action === undefined ? [] : [{ object, action }];
  return { done: true, changes, ...(drift === undefined ? { tolerated: {}, exact: [object] } : { tolerated: { [object]: drift }, exact: [] }) };
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
    const instance = found.metadata.labels?.[names.instance];
    if (instance !== undefined && instance !== wanted.metadata.labels?.[names.instance]) {
      throw new HeldError(`The namespace ${wanted.metadata.name} exists already: another Avant, of the namespace ${instance}, made it for this pull request. Where that is no more, an administrator can delete ${wanted.metadata.name}.`);
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
  // What a quota counts is refused until the quota itself has been counted, a moment after it is made.
  if (error instanceof KubernetesError && error.status === 403 && error.message.includes('status unknown for quota')) return { done: false, trouble: undefined, conflict: true };
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
    const seen = step.do === 'apply' || step.do === 'replace' || step.do === 'remove' ? step.fence?.resourceVersion : step.object.metadata.resourceVersion;
    const found = await cluster.refresh(ref);
    return found?.metadata.resourceVersion !== seen;
  }
  if (error.status !== 404 || ref.namespace === undefined) return false;
  return (await cluster.refresh({ apiVersion: 'v1', kind: 'Namespace', name: ref.namespace })) === undefined;
}
