import { guard, type GuardedObject } from '../../core/guard/guard.ts';
import { formatViolation } from '../../core/guard/violations.ts';
import { messageOf } from '../../core/errors.ts';
import { listAt, textAt } from '../../core/json.ts';
import { names, type KubernetesObject } from '../../core/object.ts';
import { RenderRefused, type Cloud, type Cluster, type Observed } from '../../core/ports.ts';
import type { TenantRecord, Trouble } from '../../core/record.ts';
import type { Deps } from '../deps.ts';
import type { Preview } from '../preview.ts';
import { tellTheDoor } from './door.ts';
import { furniture, namespaceOf } from './furniture.ts';
import { lackingPasswords } from './passwords.ts';
import { pinImages, withPins } from './pins.ts';
import { guardPolicy } from './policy.ts';
import { copySecrets } from './secrets.ts';
import { renderSources, type Drafts } from './sources.ts';
import { stamp } from './stamp.ts';

/** An object and when its turn is: what pods need; StatefulSets; the Jobs that run before the rest (in order); and the rest. */
export type StagedObject = {
  readonly stage: 'base' | 'data' | 'setup' | 'rest';
  readonly object: KubernetesObject;
  /** False: once it is there it stays as it was made. */
  readonly stable: boolean;
};

/** The namespace of a preview and what goes into it, or why there is nothing to go. */
export type Rendering =
  /** `notes`: what of the branch is left out, and why. */
  | { readonly kind: 'ready'; readonly namespace: KubernetesObject; readonly objects: readonly StagedObject[]; readonly pins: TenantRecord['pins']; readonly links: TenantRecord['links']; readonly notes: readonly string[] }
  /** `shut`: Secrets of passwords with which the door may let in whoever comes: Ingresses that are there lead to the preview by them no more. */
  | { readonly kind: 'refused'; readonly trouble: Met; readonly shut?: readonly string[] };

/** What a try to move a preview met. */
export type Met = Pick<Trouble, 'reason' | 'message' | 'problems' | 'job'>;

/** The ports that rendering uses. */
export type RenderDeps = Pick<Deps, 'platform' | 'render' | 'renderer' | 'registries' | 'log'>;

export type RenderContext = {
  readonly cloud: Cloud | undefined;
  readonly cluster: Pick<Cluster, 'get' | 'version' | 'apiServer'>;
  readonly observed: Observed;
  readonly before: TenantRecord | undefined;
  /** True when something may have changed outside the cluster: Secrets are then read again. */
  readonly changed: boolean;
};

/** Renders a preview: its sources, through the guard, with what the platform adds. What is wrong with it alone is its answer. */
export async function renderPreview(preview: Preview, context: RenderContext, deps: RenderDeps): Promise<Rendering> {
  try {
    const version = preview.apps.some(({ source }) => source.kind === 'chart') ? await context.cluster.version() : undefined;
    return await renderDrafts(preview, await renderSources(preview, context.cloud, version, deps), context, deps);
  } catch (error) {
    if (error instanceof RenderRefused) return refused('RenderFailed', 'It cannot be rendered.', error.problems);
    // Of one tenant, and maybe passing: the others are not held up by it.
    deps.log.warn({ namespace: preview.namespace, error: messageOf(error) }, 'a preview could not be rendered');
    return refused('RenderFailed', messageOf(error));
  }
}

async function renderDrafts(preview: Preview, drafts: Drafts, context: RenderContext, deps: RenderDeps): Promise<Rendering> {
  const platform = deps.platform();
  const checked = guard([...drafts.objects, ...drafts.setup, ...drafts.teardown], guardPolicy(preview, platform));
  if (checked.violations.length > 0) return refused('Refused', 'The platform does not allow it.', checked.violations.map(formatViolation));
  const told = tellTheDoor(preview, checked.objects);
  const copies = await copySecrets(preview, context.cluster, context.changed ? [] : context.observed.objects, deps);
  const passwords = await lackingPasswords(preview, told.objects.map(({ object }) => object), context.cluster);
  const toDo = [...copies.missing.map((path) => `make ${path}`), ...passwords.map((one) => one.toDo)];
  if (toDo.length > 0) return refused('SecretMissing', `The administrators have still to ${toDo.join(', and to ')}.`);
  const known = context.before?.sha === preview.sha && context.before.restart === preview.restart ? context.before.pins : {};
  const { pins, missing } = await pinImages(checked.objects.map(({ object }) => object), known, { preview, cluster: context.cluster }, deps);
  if (missing.length > 0) return refused('ImageMissing', `The registry does not have ${missing.join(', ')}.`);
  const stages = stagesOf(told.objects, drafts);
  const own = stages.map(({ file, object, stage, stable, hook }) => {
    const labels = hook === undefined ? {} : { [names.hook]: hook };
    return { stage, stable, object: stamp(withPins(ordered(object, drafts), pins), preview, { pull: copies.pull, labels, file }) };
  });
  const given = [...furniture(preview, platform, await context.cluster.apiServer(), deps.render).map((object) => ({ object, read: true })), ...copies.objects];
  const ours = given.map(({ object, read }) => ({ stage: 'base' as const, stable: read, object: stamp(object, preview, { pull: [] }) }));
  return { kind: 'ready', namespace: namespaceOf(preview, deps.render), objects: [...ours, ...own], pins, links: linksOf(preview, checked.objects), notes: [...drafts.notes, ...checked.dropped.map(({ file, object, why }) => `${file}: ${object} is left out: ${why}`), ...told.notes] };
}

/** The links that lead somewhere: an app without a Service, say a worker, has none. */
function linksOf({ apps }: Preview, objects: readonly GuardedObject[]): TenantRecord['links'] {
  const rules = objects.filter(({ object }) => object.kind === 'Ingress').flatMap(({ object }) => listAt(object.spec, 'rules'));
  const hosts = new Set(rules.map((rule) => textAt(rule, 'host')));
  return apps.filter(({ host }) => hosts.has(host)).map(({ part, url }) => ({ part, url }));
}

function refused(reason: Trouble['reason'], message: string, problems?: readonly string[]): Rendering {
  return { kind: 'refused', trouble: { reason, message, ...(problems ? { problems } : {}) } };
}

type Staged = GuardedObject & Pick<StagedObject, 'stage'> & { readonly hook: 'setup' | 'teardown' | undefined };

/** What Deployments need comes before the setup Jobs, and those before the Deployments. Teardown Jobs wait, suspended. */
function stagesOf(objects: readonly GuardedObject[], drafts: Drafts): readonly Staged[] {
  const jobs = (of: Drafts['setup']): readonly string[] => of.map(({ object }) => nameIn(object));
  const [setup, teardown] = [jobs(drafts.setup), jobs(drafts.teardown)];
  const place = (one: GuardedObject): Staged => {
    const { kind, metadata } = one.object;
    if (kind === 'Job' && setup.includes(metadata.name)) return { ...one, stage: 'setup', hook: 'setup' };
    if (kind === 'Job' && teardown.includes(metadata.name)) return { ...one, stage: 'base', hook: 'teardown' };
    return { ...one, stage: stageOf(kind), hook: undefined };
  };
  return objects.map(place).sort((a, b) => setup.indexOf(a.object.metadata.name) - setup.indexOf(b.object.metadata.name));
}

function stageOf(kind: string): StagedObject['stage'] {
  if (kind === 'StatefulSet') return 'data';
  return baseKinds.has(kind) ? 'base' : 'rest';
}

const baseKinds: ReadonlySet<string> = new Set(['ConfigMap', 'Secret', 'Service', 'PersistentVolumeClaim']);

/** Teardown Jobs are set going by what the cluster shows, long after the branch is gone: their order is written on them. */
function ordered(object: KubernetesObject, { teardown }: Drafts): KubernetesObject {
  const turn = object.kind === 'Job' ? teardown.findIndex((draft) => nameIn(draft.object) === object.metadata.name) : -1;
  if (turn === -1) return object;
  return { ...object, metadata: { ...object.metadata, annotations: { ...object.metadata.annotations, [names.order]: String(turn + 1) } } };
}

function nameIn(object: Drafts['setup'][number]['object']): string {
  return textAt(object['metadata'], 'name');
}
