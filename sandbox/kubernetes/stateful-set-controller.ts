import { isDeepStrictEqual } from 'node:util';
import { type Admission, makePod } from './admission.ts';
import { markDeleted } from './deletes.ts';
import { hasEnded, isLeaving, type Pod, type PodTemplate } from './pods.ts';
import { Refusal } from './refusals.ts';
import { pods, statefulSets } from './resources.ts';
import { isHealthy, makeClaims, podOfSet, podsOf, revisionOf, revisionOfPod, statusOf } from './stateful-sets.ts';
import { createWorkQueue } from './work-queue.ts';
import type { StatefulSet } from './workloads.ts';

export type StatefulSetController = { stop(): void };

/** After a pod or claim was refused the controller tries again this often. The set's status says nothing about it, as in a real cluster. */
const retryMs = 100;

type Place = { readonly namespace: string; readonly name: string };

/** Templates by revision, of one set: a pod that is lost in the middle of an update comes back as it was. */
type Templates = Map<string, PodTemplate>;

/**
 * Makes, replaces and removes pods so that every StatefulSet has those it asks for, one after the other: each waits until those
 * before it are ready (unless pods are managed in parallel). An update begins with the last pod and stops at one that does not
 * get ready; a later template does not help that one, as in a real cluster.
 */
export function startStatefulSetController(admission: Admission): StatefulSetController {
  const { store } = admission;
  const known = new Map<string, Templates>();
  const queue = createWorkQueue<Place>(({ namespace, name }) => {
    const set = store.get(statefulSets, namespace, name) as StatefulSet | undefined;
    if (set === undefined || isLeaving(set)) return;
    const templates: Templates = known.get(set.metadata.uid) ?? new Map<string, PodTemplate>();
    known.set(set.metadata.uid, templates.set(revisionOf(set), set.spec.template));
    if (!sync(admission, set, templates)) queue.addAfter(retryMs, `${namespace}/${name}`, { namespace, name });
  });
  const unsubscribe = store.subscribe(({ resource, type, object }) => {
    const { namespace = '', name, uid } = object.metadata;
    const owner = object.metadata.ownerReferences?.find(({ kind }) => kind === 'StatefulSet');
    if (resource === statefulSets && type === 'DELETED') {
      known.delete(uid);
      queue.forget(`${namespace}/${name}`);
    } else if (resource === statefulSets) queue.add(`${namespace}/${name}`, { namespace, name });
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

/** Takes one step and writes the status; returns false when the API refused something. */
function sync(admission: Admission, set: StatefulSet, templates: Templates): boolean {
  const { store } = admission;
  const to = revisionOf(set);
  const from = set.status.currentRevision ?? to;
  const made = step(admission, set, templates, from);
  const status = statusOf(set, [...podsOf(store, set).values()], from, to);
  const live = store.get(statefulSets, set.metadata.namespace, set.metadata.name);
  if (live === set && !isDeepStrictEqual(status, set.status))
    store.put(statefulSets, { ...set, status } as StatefulSet);
  return made;
}

function step(admission: Admission, set: StatefulSet, templates: Templates, from: string): boolean {
  const { replicas, podManagementPolicy, ordinals } = set.spec;
  const ordered = podManagementPolicy === 'OrderedReady';
  const first = ordinals?.start ?? 0;
  const found = podsOf(admission.store, set);
  for (let ordinal = first; ordinal < first + replicas; ordinal += 1) {
    const pod = found.get(ordinal);
    // One that ended is replaced; so is, in its turn, one that is gone.
    if (pod !== undefined && hasEnded(pod) && !isLeaving(pod)) remove(admission, pod);
    else if (pod === undefined && !create(admission, set, templates, from, ordinal)) return false;
    if (ordered && (pod === undefined || !isHealthy(pod))) return true;
  }
  const beyond = [...found].filter(([ordinal]) => ordinal < first || ordinal >= first + replicas);
  for (const [, pod] of beyond.sort(([one], [other]) => other - one)) {
    if (!isLeaving(pod)) remove(admission, pod);
    if (ordered) return true;
  }
  updateNext(admission, set, found, first);
  return true;
}

/** Takes away the last pod of an older template, once those after it are healthy. */
function updateNext(admission: Admission, set: StatefulSet, found: ReadonlyMap<number, Pod>, first: number): void {
  const { replicas, updateStrategy } = set.spec;
  if (updateStrategy.type !== 'RollingUpdate') return;
  const least = Math.max(first, updateStrategy.rollingUpdate?.partition ?? 0);
  for (let ordinal = first + replicas - 1; ordinal >= least; ordinal -= 1) {
    const pod = found.get(ordinal);
    if (pod === undefined) return;
    if (revisionOfPod(pod) !== revisionOf(set) && !isLeaving(pod)) {
      remove(admission, pod);
      return;
    }
    if (!isHealthy(pod)) return;
  }
}

function remove({ store }: Admission, pod: Pod): void {
  markDeleted(store, { resource: pods }, pod, pod.spec.terminationGracePeriodSeconds);
}

function create(admission: Admission, set: StatefulSet, templates: Templates, from: string, ordinal: number): boolean {
  const held = ordinal < (set.spec.updateStrategy.rollingUpdate?.partition ?? 0);
  const before = held ? templates.get(from) : undefined;
  const [template, revision] = before === undefined ? [set.spec.template, revisionOf(set)] : [before, from];
  try {
    makeClaims(admission, set, ordinal);
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
  return typeof makePod(admission, podOfSet(set, ordinal, template, revision)) !== 'string';
}
