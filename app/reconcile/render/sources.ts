import type { ChartSource } from '../../config/project.ts';
import { sha256, type Json } from '../../core/object.ts';
import type { ChartRequest, Cloud, SourcedObject } from '../../core/ports.ts';
import { substitute } from '../../core/substitute.ts';
import type { Deps } from '../deps.ts';
import type { Preview, PreviewApp } from '../preview.ts';
import { takeHooksApart } from './helm-hooks.ts';
import { linkFor } from './links.ts';
import { nameOf, renderHook, renderTemplateApp, valuesOf } from './template.ts';

/** Everything that a preview's branch asks for, not yet looked at by the guard. */
export type Drafts = {
  readonly objects: readonly SourcedObject[];
  /** Jobs to run before the rest, in order. */
  readonly setup: readonly SourcedObject[];
  /** Jobs to run before the preview goes, in order. */
  readonly teardown: readonly SourcedObject[];
  readonly notes: readonly string[];
};

/** helm's limit for a release's name. */
const maxRelease = 53;

/** Renders all apps and hooks of a preview. Throws a RenderRefused for what is the branch's fault. */
export async function renderSources(preview: Preview, cloud: Cloud | undefined, kubeVersion: string | undefined, deps: Pick<Deps, 'render' | 'renderer'>): Promise<Drafts> {
  const apps = await Promise.all(preview.apps.map((app) => renderApp(preview, app, { cloud, kubeVersion }, deps)));
  const hooks = (kind: 'setup' | 'teardown'): readonly SourcedObject[] => preview.hooks[kind].map((job) => renderHook(preview, kind, job, deps.render));
  return {
    objects: apps.flatMap(({ objects }) => objects),
    setup: [...apps.flatMap(({ setup }) => setup.map((one) => renamed(one, preview))), ...hooks('setup')],
    teardown: hooks('teardown'),
    notes: apps.flatMap(({ notes }) => notes),
  };
}

type Sources = { readonly cloud: Cloud | undefined; readonly kubeVersion: string | undefined };

async function renderApp(preview: Preview, app: PreviewApp, sources: Sources, deps: Pick<Deps, 'render' | 'renderer'>): Promise<Omit<Drafts, 'teardown'>> {
  const { source } = app;
  if (source.kind === 'template') return { objects: renderTemplateApp(preview, app, source, deps.render), setup: [], notes: [] };
  if (!sources.cloud) throw new Error('the files of .cloud/ were not read');
  const rendered =
    source.kind === 'chart'
      ? await deps.renderer.chart(chartRequest(preview, app, source, { cloud: sources.cloud, kubeVersion: sources.kubeVersion }))
      : await deps.renderer.manifests(sources.cloud, valuesOf(preview, app), queueOf(preview));
  const { objects, setup, notes } = takeHooksApart(rendered);
  return { objects: [...objects, ...linkFor(preview, app, objects, deps.render)], setup, notes };
}

function queueOf({ repository }: Preview): string {
  return `${repository.owner}/${repository.name}`;
}

function chartRequest(preview: Preview, app: PreviewApp, source: ChartSource, { cloud, kubeVersion }: { readonly cloud: Cloud; readonly kubeVersion: string | undefined }): ChartRequest {
  const values = valuesOf(preview, app);
  const { sha, shortSha, tenant, branch } = values;
  const name = nameOf(preview, app);
  const avant = { app: preview.app, part: app.part, host: app.host, url: app.url, tenant, sha, shortSha, branch, pullRequest: preview.pullRequest.number, ingressClass: preview.ingress.class };
  return {
    queue: queueOf(preview),
    cloud,
    chart: source.chart,
    release: name.length <= maxRelease ? name : name.slice(-maxRelease).replace(/^[^a-z]+/, ''),
    namespace: preview.namespace,
    tenant,
    values: [preview.tenantValues, source.values],
    computed: { avant, image: { tag: substitute(source.tag, values) } },
    perCommit: [sha, shortSha],
    kubeVersion,
  };
}

/** A Job cannot be changed once it ran: a chart's gets a name of its own for each commit, and for each command to start anew. */
function renamed({ object, ...rest }: SourcedObject, { sha, restart }: Preview): SourcedObject {
  const metadata = object['metadata'];
  if (typeof metadata !== 'object' || metadata === null || Array.isArray(metadata)) return { object, ...rest };
  const { name, ...others } = metadata as Readonly<Record<string, Json>>;
  if (typeof name !== 'string') return { object, ...rest };
  const mark = sha256(`${sha} ${restart ?? ''}`).slice(0, 8);
  return { ...rest, object: { ...object, metadata: { ...others, name: `${name.slice(0, 54)}-${mark}` } }, title: `Job/${name}` };
}
