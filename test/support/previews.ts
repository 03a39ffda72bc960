import { parseProject, type Project } from '../../app/config/project.ts';
import type { Platform } from '../../app/config/platform.ts';
import type { Facts } from '../../app/core/facts.ts';
import type { KubernetesObject } from '../../app/core/object.ts';
import type { ImageAnswer, SourcedObject } from '../../app/core/ports.ts';
import { nothingAsked, type Intent } from '../../app/core/record.ts';
import { loadTemplates } from '../../app/io/manifests.ts';
import type { Desired } from '../../app/reconcile/decide.ts';
import type { Question } from '../../app/reconcile/question.ts';
import { decide } from '../../app/reconcile/decide.ts';
import type { Preview } from '../../app/reconcile/preview.ts';
import { renderPreview, type RenderContext, type Rendering } from '../../app/reconcile/render/render.ts';
import { openFakeLog } from './fake-clock.ts';
import { keyOf, plainConfig, platformWith, shaA } from './world.ts';

export type FactsParts = Partial<Omit<Facts['pullRequest'], 'labels'>> & { readonly labels?: readonly string[]; readonly config?: Facts['config']; readonly cloud?: Facts['cloud']; readonly pipeline?: Facts['pipeline']; readonly readAt?: string };

/** Returns facts of an open, labelled pull request whose head has the design's config, changed as asked. */
export function factsWith(parts: FactsParts = {}): Facts {
  const { config = { kind: 'file', text: plainConfig }, cloud = { kind: 'absent' }, pipeline = { kind: 'read', checks: [] }, readAt = '2026-11-22T08:00:00Z', ...pullRequest } = parts;
  return {
    readAt,
    repository: { owner: 'bar', name: 'foo', private: true, url: 'https://github.com/bar/foo' },
    pullRequest: {
      state: 'open',
      url: 'https://github.com/bar/foo/pull/241',
      author: 'ann',
      labels: ['cd/preview'],
      headSha: shaA,
      headRef: 'feature',
      fork: false,
      ...pullRequest,
    },
    config,
    cloud,
    labelled: [],
    pipeline,
  };
}

/** Returns the intent of a pull request whose labels were all put on by somebody who may. */
export function intentFor(labels: readonly string[], changes: Partial<Intent> = {}): Intent {
  return { ...nothingAsked, labellers: labels.map((label) => ({ label, by: 'ann', at: '2026-11-22T07:00:00Z', may: true })), ...changes };
}

/** Asks `decide` about pull request 241. */
export function ask(facts: Facts, parts: Partial<Omit<Question, 'facts' | 'platform'>> & { readonly platform?: Partial<Platform> } = {}): Desired {
  const { platform, ...rest } = parts;
  const intent = intentFor(facts.pullRequest.labels);
  const otherwise = { key: keyOf(241), intent, app: { name: 'foo', heldBy: undefined }, lastValid: undefined, waiting: undefined, missing: false, now: '2026-11-22T08:00:00.000Z' };
  return decide({ ...otherwise, ...rest, facts, platform: platformWith(platform) });
}

/** Returns a project as the text of its config gives it. */
export function projectOf(text: string): Project {
  const parsed = parseProject(text, 'preview.yaml', { tenants: ['fr', 'be', 'hr', 'hu'], app: 'foo', charts: [], manifests: false, maxReplicas: 10, maxJobMs: 1_800_000, door: undefined });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.project;
}

/** Returns the previews of pull request 241 with this config. */
export function previewsOf(config: string = plainConfig, parts: FactsParts = {}): readonly Preview[] {
  return ask(factsWith({ config: { kind: 'file', text: config }, ...parts })).previews;
}

export type Surroundings = Partial<RenderContext> & {
  readonly platform?: Partial<Platform>;
  /** What charts render to, by their name; `.cloud/manifests` is `manifests`. */
  readonly charts?: Readonly<Record<string, readonly SourcedObject[]>>;
  /** What the registries say, by image. */
  readonly images?: Readonly<Record<string, ImageAnswer>>;
};

const templates = loadTemplates();

/** Renders a preview in an empty cluster, or as the surroundings are. */
export function rendered(preview: Preview, surroundings: Surroundings = {}): Promise<Rendering> {
  const { platform = {}, charts = {}, images = {}, ...context } = surroundings;
  const chart = (name: string): Promise<readonly SourcedObject[]> => Promise.resolve(charts[name] ?? []);
  const cluster: RenderContext['cluster'] = { get: () => Promise.resolve(undefined), version: () => Promise.resolve('1.36.1'), apiServer: () => Promise.resolve([]) };
  const cloud = { tree: 't', files: [] };
  const nothing = { namespaces: [], objects: [], pods: [] };
  return renderPreview(
    preview,
    { cloud, cluster, observed: nothing, before: undefined, changed: true, ...context },
    {
      platform: () => platformWith(platform),
      render: templates,
      renderer: { legible: () => Promise.resolve(undefined), chart: ({ chart: name }) => chart(name), manifests: () => chart('manifests'), close: () => Promise.resolve() },
      registries: { lookUp: (image) => Promise.resolve(images[image] ?? { kind: 'unknown', why: 'not asked' }) },
      log: openFakeLog(),
    },
  );
}

/** Returns a preview's namespace and all that goes into it, in order; fails where it is refused. */
export async function objectsOf(preview: Preview, surroundings?: Surroundings): Promise<readonly KubernetesObject[]> {
  const rendering = await rendered(preview, surroundings);
  if (rendering.kind === 'refused') throw new Error(JSON.stringify(rendering.trouble));
  return [rendering.namespace, ...rendering.objects.map(({ object }) => object)];
}

/** Renders all that is desired. */
export async function renderedAll({ previews }: Desired, surroundings?: Surroundings): Promise<ReadonlyMap<Preview, Rendering>> {
  return new Map(await Promise.all(previews.map(async (preview) => [preview, await rendered(preview, surroundings)] as const)));
}

/** Freezes a value and all that is in it; maps keep working, and are not frozen. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of value instanceof Map ? [...value.keys(), ...value.values()] : Object.values(value)) frozen(part);
  }
  return value;
}
