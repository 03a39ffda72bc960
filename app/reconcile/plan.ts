import { difference } from '../core/drift.ts';
import { canonicalJson, describeRef, fenceOf, names, refOf, sha256, type Json, type KubernetesObject } from '../core/object.ts';
import type { Observed } from '../core/ports.ts';
import type { PullRequestRecord } from '../core/record.ts';
import { passwordsOf } from '../core/traffic/passwords.ts';
import { inANewPreview, type Placed } from './beside.ts';
import type { Desired } from './decide.ts';
import { isTornDown, planRemoval, type Removal } from './plan-removal.ts';
import { abandoned, planSetup } from './plan-setup.ts';
import type { Preview } from './preview.ts';
import type { Met, Rendering, StagedObject } from './render/render.ts';
import { planRemove, type Step } from './step.ts';
import { stuckPods } from './stuck-pods.ts';

/** The steps of one preview: one stage after the other, the steps of a stage all at once. */
export type PreviewPlan = {
  readonly preview: Preview;
  readonly stages: readonly (readonly Step[])[];
  /** What keeps the preview from getting further, known before anything is done. */
  readonly met: Met | undefined;
};

/** A pure value: nothing in it has happened yet. */
export type Plan = { readonly previews: readonly PreviewPlan[]; readonly removals: readonly Removal[] };

export type PlanInput = {
  readonly desired: Desired;
  readonly rendered: ReadonlyMap<Preview, Rendering>;
  /** What each cluster's cache shows of the pull request. */
  readonly observed: ReadonlyMap<string, Observed>;
  readonly tenants: PullRequestRecord['tenants'];
};

/** Compares what should be with what is. Pure, and the same input gives the same plan. */
export function planPullRequest(input: PlanInput): Plan {
  const { desired } = input;
  const wanted = new Set(desired.previews.map(({ cluster, namespace }) => `${cluster}/${namespace}`));
  const isWanted = (cluster: string, namespace: string): boolean => wanted.has(`${cluster}/${namespace}`);
  const removals = [...input.observed].flatMap(([cluster, observed]) =>
    observed.namespaces
      .filter(({ metadata: { name } }) => !isWanted(cluster, name) || isTornDown(name, observed))
      .map((namespace) => planRemoval({ cluster, namespace, observed, reason: desired.decision.reason, failures: failuresOf(namespace.metadata.name, input.tenants) })),
  );
  return {
    previews: desired.previews.map((preview) => planPreview(preview, input)),
    removals: removals.filter(({ cluster, namespace, steps, waiting }) => (steps.length > 0 || waiting) && (!desired.keepAll || isWanted(cluster, namespace))),
  };
}

/** How often in a row the preview in a namespace could not be taken away. */
function failuresOf(namespace: string, tenants: PullRequestRecord['tenants']): number {
  const trouble = Object.values(tenants).find((tenant) => tenant.namespace === namespace)?.trouble;
  return trouble?.reason === 'RemoveFailed' ? trouble.failures : 0;
}

function planPreview(preview: Preview, input: PlanInput): PreviewPlan {
  const rendered = input.rendered.get(preview);
  const observed = input.observed.get(preview.cluster);
  if (!rendered) throw new Error(`${preview.namespace} was not rendered`);
  const there = (observed?.objects ?? []).filter(({ metadata }) => metadata.namespace === preview.namespace);
  if (rendered.kind === 'refused') return { preview, stages: planRevoked(preview, there, rendered.shut ?? []), met: rendered.trouble };
  if (!observed) throw new Error(`nothing is known of the cluster ${preview.cluster}`);
  const namespace = observed.namespaces.find(({ metadata }) => metadata.name === preview.namespace);
  if (namespace && (namespace.metadata.deletionTimestamp !== undefined || isTornDown(preview.namespace, observed))) {
    const message = `The namespace ${preview.namespace} of an earlier preview is still going away.`;
    return { preview, stages: [], met: { reason: 'NamespaceTerminating', message } };
  }
  const pods = observed.pods.filter(({ metadata }) => metadata.namespace === preview.namespace);
  const tolerated = input.tenants[preview.tenant]?.tolerated ?? {};
  const objects = namespace ? rendered.objects : inANewPreview(rendered.objects);
  const applies = (stage: StagedObject['stage']): Step[] =>
    objects.filter((one) => one.stage === stage).flatMap((one) => planObject(one, there.find((other) => sameObject(other, one.object)), tolerated));
  const stuck = there.flatMap((object) => stuckPods(object, pods)).flatMap((pod) => planRemove(pod, 'it never got ready and holds up the next version'));
  const stray = there.filter((object) => !rendered.objects.some(({ object: wanted }) => sameObject(wanted, object)));
  const prune = (objects: readonly KubernetesObject[]): Step[] => objects.flatMap((object) => planRemove(object, 'the project no longer has it'));
  const gone = abandoned(stray, there);
  const before = [planNamespace(rendered.namespace, namespace), [...applies('base'), ...prune(gone)], [...applies('data'), ...stuck]];
  const setup = planSetup(rendered.objects, { objects: there, pods });
  if (!setup.done) return { preview, stages: [...before, setup.steps], met: setup.met };
  const left = stray.filter((object) => !gone.includes(object));
  return { preview, stages: [...before, [...applies('rest'), ...prune(left)]], met: undefined };
}

/** A Secret that the platform no longer gives goes, and an Ingress that may let in whoever comes, even while the rest of the preview stays as it was. */
function planRevoked({ secrets }: Preview, there: readonly KubernetesObject[], shut: readonly string[]): readonly (readonly Step[])[] {
  const copies = there.filter(({ kind, metadata }) => kind === 'Secret' && metadata.annotations?.[names.copiedFrom] !== undefined && !metadata.name.startsWith('avant-pull-'));
  const open = there.filter((object) => shut.includes(passwordsOf(object) ?? ''));
  const steps = [
    ...copies.filter(({ metadata }) => !secrets.includes(metadata.name)).flatMap((object) => planRemove(object, 'the platform no longer gives it')),
    ...open.flatMap((object) => planRemove(object, 'the Secret of its passwords is not right')),
  ];
  return steps.length === 0 ? [] : [steps];
}

function planNamespace(wanted: KubernetesObject, namespace: KubernetesObject | undefined): Step[] {
  if (!namespace) return [{ do: 'create', object: wanted, reason: 'the preview is new' }];
  if (difference(metadataOf(wanted), metadataOf(namespace)).length === 0) return [];
  const { metadata } = namespace;
  const labels = { ...metadata.labels, ...wanted.metadata.labels };
  const annotations = { ...metadata.annotations, ...wanted.metadata.annotations };
  return [{ do: 'update', object: { ...namespace, metadata: { ...metadata, labels, annotations } }, reason: 'its labels were changed' }];
}

function planObject({ object: wanted, stable, beside }: Placed, found: KubernetesObject | undefined, tolerated: Readonly<Record<string, string>>): Step[] {
  if (!found) return [{ do: 'apply', object: wanted, fence: undefined, reason: 'it is not there', drift: undefined, ...(beside ? { beside } : {}) }];
  if (found.metadata.deletionTimestamp !== undefined || !stable) return [];
  const fence = fenceOf(found);
  if (found.metadata.annotations?.[names.hash] !== wanted.metadata.annotations?.[names.hash]) {
    const reason = 'what it should be has changed';
    // What a Job runs cannot be changed: https://kubernetes.io/docs/concepts/workloads/controllers/job/
    return [wanted.kind === 'Job' && fence ? { do: 'replace', object: wanted, fence, reason } : { do: 'apply', object: wanted, fence, reason, drift: undefined }];
  }
  const drift = driftOf(wanted, found);
  if (drift === undefined || tolerated[describeRef(refOf(wanted))] === drift) return [];
  return [{ do: 'apply', object: wanted, fence, reason: 'somebody changed it', drift }];
}

/** Returns a short hash of how an object differs from what we set, or undefined when it does not. */
export function driftOf(wanted: KubernetesObject, found: KubernetesObject): string | undefined {
  // What a Secret holds is not kept here to be compared: its hash tells.
  const data = (object: KubernetesObject): Json => (object.kind === 'ConfigMap' ? (object.data ?? {}) : {});
  const comparable = (object: KubernetesObject): Json => ({ ...metadataOf(object), spec: object.spec ?? {}, data: data(object) });
  const differences = difference(comparable(wanted), comparable(found));
  return differences.length === 0 ? undefined : sha256(canonicalJson(differences)).slice(0, 16);
}

/** The labels and annotations that we compare; the stamps say when, not what. */
function metadataOf(object: KubernetesObject): { readonly labels: Json; readonly annotations: Json } {
  const { [names.readAt]: _readAt, [names.hash]: _hash, [names.commit]: _commit, ...annotations } = object.metadata.annotations ?? {};
  return { labels: object.metadata.labels ?? {}, annotations };
}

function sameObject(a: KubernetesObject, b: KubernetesObject): boolean {
  return a.kind === b.kind && a.apiVersion === b.apiVersion && a.metadata.name === b.metadata.name;
}
