import { difference } from '../core/drift.ts';
import { canonicalJson, describeRef, fenceOf, names, refOf, sha256, type Fence, type Json, type KubernetesObject, type ObjectRef } from '../core/object.ts';
import type { Observed } from '../core/ports.ts';
import type { PullRequestRecord } from '../core/record.ts';
import type { Desired } from './decide.ts';
import type { Preview } from './preview.ts';
import type { Rendered } from './render.ts';

/** What to do with one object, and why. */
export type Step =
  | { readonly do: 'create'; readonly object: KubernetesObject; readonly reason: string }
  | { readonly do: 'apply'; readonly object: KubernetesObject; readonly fence: Fence | undefined; readonly reason: string; readonly drift: string | undefined }
  | { readonly do: 'relabel'; readonly object: KubernetesObject; readonly reason: string }
  | { readonly do: 'remove'; readonly ref: ObjectRef; readonly fence: Fence; readonly reason: string };

/** The steps of one preview: those of `first` one after the other, then `then` all at once. */
export type PreviewPlan = {
  readonly preview: Preview;
  readonly first: readonly Step[];
  readonly then: readonly Step[];
  /** True while the namespace of an earlier preview of that name is still going away. */
  readonly waiting: boolean;
};

/** A namespace that should not be there: its Ingress goes first, so that the link dies at once. */
export type Removal = { readonly cluster: string; readonly namespace: string; readonly steps: readonly Step[] };

/** A pure value: nothing in it has happened yet. */
export type Plan = { readonly previews: readonly PreviewPlan[]; readonly removals: readonly Removal[] };

export type PlanInput = {
  readonly desired: Desired;
  readonly rendered: ReadonlyMap<Preview, Rendered>;
  /** What each cluster's cache shows of the pull request. */
  readonly observed: ReadonlyMap<string, Observed>;
  readonly tenants: PullRequestRecord['tenants'];
};

/** Compares what should be with what is. Pure, and the same input gives the same plan. */
export function planPullRequest(input: PlanInput): Plan {
  const { desired } = input;
  const wanted = new Set(desired.previews.map(({ cluster, namespace }) => `${cluster}/${namespace}`));
  const removals = [...input.observed].flatMap(([cluster, observed]) =>
    observed.namespaces
      .filter((namespace) => !wanted.has(`${cluster}/${namespace.metadata.name}`))
      .map((namespace) => planRemoval(cluster, namespace, observed, desired.decision.reason)),
  );
  return {
    previews: desired.previews.map((preview) => planPreview(preview, input)),
    removals: desired.keepAll ? [] : removals.filter((removal) => removal.steps.length > 0),
  };
}

function planPreview(preview: Preview, input: PlanInput): PreviewPlan {
  const rendered = input.rendered.get(preview);
  const observed = input.observed.get(preview.cluster);
  if (!rendered || !observed) throw new Error(`nothing is known of the cluster ${preview.cluster}`);
  const namespace = observed.namespaces.find(({ metadata }) => metadata.name === preview.namespace);
  const there = observed.objects.filter(({ metadata }) => metadata.namespace === preview.namespace);
  if (namespace?.metadata.deletionTimestamp !== undefined) return { preview, first: [], then: [], waiting: true };
  const tolerated = input.tenants[preview.tenant]?.tolerated ?? {};
  const applies = rendered.objects.flatMap((object) => planObject(object, there.find((other) => sameObject(other, object)), tolerated));
  const stray = there.filter((object) => !rendered.objects.some((wanted) => sameObject(wanted, object)));
  return {
    preview,
    first: planNamespace(rendered.namespace, namespace),
    then: [...applies, ...stray.flatMap((object) => planRemove(object, 'the project no longer has it'))],
    waiting: false,
  };
}

function planNamespace(wanted: KubernetesObject, namespace: KubernetesObject | undefined): Step[] {
  if (!namespace) return [{ do: 'create', object: wanted, reason: 'the preview is new' }];
  if (difference(metadataOf(wanted), metadataOf(namespace)).length === 0) return [];
  const { metadata } = namespace;
  const labels = { ...metadata.labels, ...wanted.metadata.labels };
  const annotations = { ...metadata.annotations, ...wanted.metadata.annotations };
  return [{ do: 'relabel', object: { ...namespace, metadata: { ...metadata, labels, annotations } }, reason: 'its labels were changed' }];
}

function planObject(wanted: KubernetesObject, found: KubernetesObject | undefined, tolerated: Readonly<Record<string, string>>): Step[] {
  if (!found) return [{ do: 'apply', object: wanted, fence: undefined, reason: 'it is not there', drift: undefined }];
  if (found.metadata.deletionTimestamp !== undefined) return [];
  const fence = fenceOf(found);
  if (found.metadata.annotations?.[names.hash] !== wanted.metadata.annotations?.[names.hash]) {
    return [{ do: 'apply', object: wanted, fence, reason: 'what it should be has changed', drift: undefined }];
  }
  const drift = driftOf(wanted, found);
  if (drift === undefined || tolerated[describeRef(refOf(wanted))] === drift) return [];
  return [{ do: 'apply', object: wanted, fence, reason: 'somebody changed it', drift }];
}

function planRemoval(cluster: string, namespace: KubernetesObject, observed: Observed, reason: string): Removal {
  const name = namespace.metadata.name;
  if (namespace.metadata.deletionTimestamp !== undefined) return { cluster, namespace: name, steps: [] };
  const links = observed.objects.filter((object) => object.kind === 'Ingress' && object.metadata.namespace === name);
  return { cluster, namespace: name, steps: [...links, namespace].flatMap((object) => planRemove(object, reason)) };
}

function planRemove(object: KubernetesObject, reason: string): Step[] {
  const fence = fenceOf(object);
  return fence && object.metadata.deletionTimestamp === undefined ? [{ do: 'remove', ref: refOf(object), fence, reason }] : [];
}

/** Returns a short hash of how an object differs from what we set, or undefined when it does not. */
export function driftOf(wanted: KubernetesObject, found: KubernetesObject): string | undefined {
  const comparable = (object: KubernetesObject): Json => ({ ...metadataOf(object), spec: object.spec ?? {} });
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
