import { fenceOf, refOf, type Fence, type KubernetesObject, type ObjectRef } from '../core/object.ts';

/** What to do with one object, and why. */
export type Step =
  | { readonly do: 'create'; readonly object: KubernetesObject; readonly reason: string }
  /** `beside`: the stages after it do not wait for it. */
  | { readonly do: 'apply'; readonly object: KubernetesObject; readonly fence: Fence | undefined; readonly reason: string; readonly drift: string | undefined; readonly beside?: true }
  /** What cannot be changed is taken away and made anew. */
  | { readonly do: 'replace'; readonly object: KubernetesObject; readonly fence: Fence; readonly reason: string }
  /** Writes an object as it was seen, with something of ours put back or set going. */
  | { readonly do: 'update'; readonly object: KubernetesObject; readonly reason: string }
  | { readonly do: 'remove'; readonly ref: ObjectRef; readonly fence: Fence; readonly reason: string };

/** Returns the step that takes an object away, unless it is going already. */
export function planRemove(object: KubernetesObject, reason: string): Step[] {
  const fence = fenceOf(object);
  return fence && object.metadata.deletionTimestamp === undefined ? [{ do: 'remove', ref: refOf(object), fence, reason }] : [];
}
