import { answeringAt, pathShown } from './answering.ts';
import { atTheDoor } from './at-the-door.ts';
import type { Cause } from './cause.ts';
import { deadEnds } from './dead-ends.ts';
import type { KubernetesObject } from './object.ts';
import { quote } from './outside-text.ts';
import type { Observed } from './ports.ts';
import { failedJob, progressOfBatches, progressOfRollout, progressOfSetup, type Progress } from './progress.ts';
import type { TenantRecord, Trouble } from './record.ts';
import { readPod, type Pod } from './status.ts';
import { causeOfTrouble } from './trouble-cause.ts';
import { causeOfVisits, visitVersion } from './visits.ts';
import { readBatch, readRollout, type Rollout } from './workloads.ts';

export type Phase = 'live' | 'updating' | 'starting' | 'failed' | 'blocked' | 'removing' | 'removed';

/** How one preview does. */
export type TenantState = {
  /** '' for the unnamed preview. */
  readonly tenant: string;
  /** The first link. */
  readonly url: string;
  /** One for each app; `part` is '' where there is only one. */
  readonly links: readonly Link[];
  /** The commit it should run. */
  readonly sha: string;
  readonly phase: Phase;
  /** The commit that answers at the links now, the older where they differ; undefined when none does. */
  readonly serving: string | undefined;
  /** When the phase was reached, ISO 8601, by the objects' own times; undefined when they do not say. */
  readonly since: string | undefined;
  /** Why it is not live, or what else went wrong. */
  readonly cause: Cause | undefined;
};

/** `serving`: the commit that answers there now; undefined when none does. */
export type Link = { readonly part: string; readonly url: string; readonly serving: string | undefined };

/** How far a preview is as a whole. */
type Whole = Pick<TenantState, 'phase' | 'links' | 'serving' | 'since' | 'cause'> & {
  /** True when something runs that is of this very commit. */
  readonly proven: boolean;
};

/**
 * Returns how the preview of a tenant does, from its record and what the watch cache shows of the pull request. Pure: without a
 * clock, so what takes long is starting until Kubernetes' own deadline has passed.
 *
 * It is live when every Deployment and StatefulSet is, and every link has its Ingress and has answered at the door; where the platform
 * names none, its Ingress has to lead to a Service that is there. A failure that may pass by itself (an image that is still being built, no
 * room) counts as starting until then, with its cause.
 */
export function healthOf(tenant: string, tenantRecord: TenantRecord, observed: Observed): TenantState {
  const inside = healthInside(tenant, tenantRecord, observed);
  return withVisits(throughTheDoor(inside, tenantRecord, objectsOf(tenantRecord, observed)), tenantRecord);
}

/** As `healthOf`, but for what links answered: where this is live, they are worth asking. */
export function healthInside(tenant: string, tenantRecord: TenantRecord, observed: Observed): TenantState {
  const { namespace: name, url, sha, trouble, wanted } = tenantRecord;
  const namespace = observed.namespaces.find(({ metadata }) => metadata.name === name);
  const pods = observed.pods.filter(({ metadata }) => metadata.namespace === name).map(readPod);
  const terminating = namespace?.metadata.deletionTimestamp;
  const troubleCause = trouble && causeOfTrouble(trouble, pods);
  const idle = idleOf(tenantRecord);
  const whole = terminating === undefined ? progressOf(objectsOf(tenantRecord, observed), pods, tenantRecord) : idle;
  const state = ({ proven: _proven, ...from }: Whole): TenantState => ({ tenant, url: from.links[0]?.url ?? url, sha, ...from });
  if (!wanted) {
    // What a Job left behind elsewhere stays when the preview has gone.
    const left = trouble?.reason === 'TeardownFailed';
    const told = terminating === undefined || left ? troubleCause : undefined;
    if (!namespace) return state({ ...idle, phase: 'removed', cause: left ? troubleCause : undefined });
    return state({ ...whole, phase: 'removing', since: terminating, cause: told });
  }
  if (terminating !== undefined || trouble?.reason === 'NamespaceTerminating') {
    const cause = causeOfTrouble({ reason: 'NamespaceTerminating', message: stillGoing });
    return state({ ...idle, since: terminating, cause });
  }
  return state(trouble && troubleCause ? withTrouble(whole, trouble, troubleCause) : whole);
}

/** Returns what is in a preview's namespace, and not going. */
export function objectsOf({ namespace }: TenantRecord, { objects }: Observed): readonly KubernetesObject[] {
  return objects.filter(({ metadata }) => metadata.namespace === namespace && metadata.deletionTimestamp === undefined);
}

function idleOf({ links }: TenantRecord): Whole {
  const none = { serving: undefined, since: undefined, cause: undefined };
  return { ...none, phase: 'starting', links: links.map((link) => ({ ...link, serving: undefined })), proven: false };
}

const stillGoing = 'The earlier preview of this name is still being taken away.';

/** A registry that has been asked more often than this in vain (about five minutes, as waits double) is not waited for any more. */
const patience = 6;

/**
 * What could not be done matters more than how far the rest is; a version that still answers keeps the preview from being blocked.
 * What nobody could tell from the version before is not called live on the strength of that.
 */
function withTrouble(whole: Whole, { reason, failures }: Trouble, cause: Cause): Whole {
  const ofTheEnd = reason === 'RemoveFailed' || reason === 'TeardownPaused' || reason === 'TeardownFailed';
  // Behind a setup Job that failed there is always something that was not applied.
  const live = whole.phase === 'live' && whole.proven && reason !== 'SetupFailed';
  if (ofTheEnd || live) return { ...whole, cause: whole.cause ?? cause };
  if (reason === 'ImageMissing' && failures <= patience)
    return { ...whole, phase: whole.serving === undefined ? 'starting' : 'updating', since: undefined, cause };
  // Once a setup Job has run, something was set up.
  const blocked = whole.serving === undefined && reason !== 'SetupFailed';
  return { ...whole, phase: blocked ? 'blocked' : 'failed', since: undefined, cause };
}

/** The part that is furthest from live decides; a preview answers nobody without its Ingress, or by way of one that leads nowhere. */
function progressOf(objects: readonly KubernetesObject[], pods: readonly Pod[], tenantRecord: TenantRecord): Whole {
  const { sha } = tenantRecord;
  const rollouts = objects
    .flatMap((object) => readRollout(object) ?? [])
    .toSorted((a, b) => (`${a.name} ${a.kind}` < `${b.name} ${b.kind}` ? -1 : 1));
  const batches = objects.flatMap((object) => readBatch(object) ?? []);
  const each = rollouts.map((rollout) => ({ ...rollout, progress: progressOfRollout(rollout, pods, sha) }));
  const setup = progressOfSetup(batches, pods, sha);
  const batch = rollouts.length === 0 && !setup ? progressOfBatches(batches, sha) : undefined;
  const parts = [
    ...each.map((rollout) => (rollouts.length > 1 ? named(rollout.progress, rollout) : rollout.progress)),
    ...[setup, batch].filter((part) => part !== undefined),
  ];
  const worst = worstOf(parts);
  if (!worst) return idleOf(tenantRecord);
  const dead = deadEnds(tenantRecord, objects);
  const answering = tenantRecord.links.map((link) => ({ link, at: dead.has(link.url) ? undefined : answeringAt(link.url, objects, each) }));
  const links = answering.map(({ link, at }) => ({
    ...link,
    url: withPath(link.url, pathShown(link.url, objects)),
    serving: at && oldest(at.length === 0 ? [batch] : at.map(({ progress }) => progress), sha),
  }));
  const serving = oldest(tenantRecord.links.length === 0 ? parts : links, sha);
  const linked = answering.every(({ at }) => at !== undefined);
  const [deadEnd] = dead.values();
  const phase = deadEnd && worst.phase === 'live' ? 'failed' : phaseOf(worst, linked, serving, sha);
  const running = [...rollouts, ...batches.filter(({ hook }) => hook === undefined)];
  const proven = running.some(({ commit, appliedFor }) => commit === sha || appliedFor === sha);
  const cause = phase === 'live' ? failedJob(batches, pods, sha) : worst.phase === 'live' ? deadEnd : worst.cause;
  return { phase, links, serving, since: worst.since, cause, proven };
}

/** Where an Ingress has nothing at `/`, the link is that of its first path. */
function withPath(url: string, path: string): string {
  return path === '/' ? url : url.replace(/\/$/, '') + path;
}

function phaseOf(worst: Progress, linked: boolean, serving: string | undefined, sha: string): Phase {
  if (worst.phase === 'failed' || (worst.phase === 'live' && linked)) return worst.phase;
  // Where one app of a new preview answers and another does not yet, nothing is updated.
  return serving !== undefined && (worst.phase === 'updating' || serving !== sha) ? 'updating' : 'starting';
}

/** Whose containers are ready is live once every link has answered; without a door in the record nobody asked. */
function throughTheDoor(whole: TenantState, tenantRecord: TenantRecord, objects: readonly KubernetesObject[]): TenantState {
  const { door, sha } = tenantRecord;
  if (whole.phase !== 'live' || !door) return whole;
  const asked = atTheDoor({ ...tenantRecord, door }, objects);
  const since = [whole.since ?? '', asked.since].toSorted().at(-1) || undefined;
  if (asked.links.every((link) => link === 'answered')) return { ...whole, since, cause: whole.cause ?? asked.cause };
  const links = whole.links.map((link, index) => (asked.links[index] === 'silent' ? { ...link, serving: undefined } : link));
  const phase = asked.links.includes('silent') ? 'starting' : 'updating';
  return { ...whole, phase, links, serving: oldest(links, sha), cause: asked.cause ?? whole.cause };
}

/** What visitors meet is told of a preview that seems well otherwise. */
function withVisits(whole: TenantState, tenantRecord: TenantRecord): TenantState {
  const { visits } = tenantRecord;
  if (whole.phase !== 'live' || whole.cause || !visits?.failing || visits.version !== visitVersion(tenantRecord)) return whole;
  return { ...whole, cause: causeOfVisits(visits.failing) };
}

/** Returns the part that decides. A program that stops while another part is on its way may only be waiting for that. */
function worstOf(parts: readonly Progress[]): Progress | undefined {
  const moving = parts.some(({ phase }) => phase === 'starting' || phase === 'updating');
  const judged = parts.map((part): Progress => {
    if (!moving || part.phase !== 'failed' || part.passing !== 'others' || !part.cause) return part;
    const message = `${part.cause.message} The rest of the preview is not up yet, so it may only be waiting for that.`;
    const phase = part.serving === undefined ? 'starting' : 'updating';
    return { ...part, phase, cause: { ...part.cause, message } };
  });
  const [worst] = judged.toSorted((a, b) => rank(b) - rank(a) || later(a, b));
  return worst;
}

/** Of parts that are as far, one that says why is told before one that may only suffer from it, and that before one that says nothing. */
function rank({ phase, cause, passing }: Progress): number {
  return distance.indexOf(phase) * 3 + (cause === undefined ? 0 : passing === 'others' ? 1 : 2);
}

const distance: readonly Progress['phase'][] = ['live', 'updating', 'starting', 'failed'];

/** A preview is live since its last part is. */
function later({ phase, since: a = '' }: Progress, { since: b = '' }: Progress): number {
  return phase !== 'live' || a === b ? 0 : a < b ? 1 : -1;
}

/** Of several commits that answer, the one to tell is that which is not the wanted one. */
function oldest(parts: readonly (Pick<Progress, 'serving'> | undefined)[], sha: string): string | undefined {
  const all = parts.flatMap((part) => part?.serving ?? []);
  return all.find((commit) => commit !== sha) ?? all[0];
}

function named(progress: Progress, { kind, name }: Rollout): Progress {
  const { cause } = progress;
  return cause ? { ...progress, cause: { ...cause, message: `${kind} ${quote(name)}: ${cause.message}` } } : progress;
}
