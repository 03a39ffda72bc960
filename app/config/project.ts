import type { z } from 'zod';
import type { Json } from '../core/object.ts';
import { projectConfigPath } from '../core/facts.ts';
import { asWritten } from './as-written.ts';
import { valuesOf } from './chart-values.ts';
import { chartApps } from './conventions.ts';
import { durationMs } from './duration.ts';
import { formOf } from './forms.ts';
import { defaultHookMs } from './hook-rules.ts';
import type { Problem } from './problem.ts';
import type { ProjectContext } from './project-context.ts';
import { serviceNameOf, wrongProject } from './project-rules.ts';
import { maxChecks, projectSchema } from './project-schema.ts';
import { canonicalQuantity } from './quantity.ts';
import { readShape, textsOf, valueAt } from './shape.ts';
import { projectTrafficOf, type ProjectTraffic } from './traffic.ts';
import { readYaml, type YamlFile } from './yaml.ts';

/**
 * What a project says (`.cloud/preview.yaml`, or nothing but its folders), checked, with every default filled in.
 * Templates: see `substitute`.
 */
export type Project = {
  /** One preview each, in the order of the file; empty means one preview that is no tenant's. */
  readonly tenants: readonly string[];
  /** At least one, each with a host of its own. */
  readonly apps: readonly ProjectApp[];
  /** Checks of CI that must be green before a commit is deployed. */
  readonly waitFor: { readonly checks: readonly string[]; readonly timeoutMs: number } | undefined;
  /** Jobs: before a commit's containers start, and before a preview is taken away. In order. */
  readonly hooks: { readonly setup: readonly HookJob[]; readonly teardown: readonly HookJob[] };
};

export type ProjectApp = {
  /** Its word in host names; '' where the project has only one. */
  readonly part: string;
  readonly source: TemplateSource | ChartSource | ManifestSource;
  /** What happens to its requests: `trafficFor` says it for a tenant. */
  readonly traffic: ProjectTraffic;
  /** Name of the way to look at it that the project chose; undefined: the platform's default. */
  readonly access: string | undefined;
};

/** Our own template: one container, a Service, an Ingress. */
export type TemplateSource = {
  readonly kind: 'template';
  /** Template of the image reference. */
  readonly image: string;
  readonly service: { readonly name: string; readonly port: { readonly name: string; readonly number: number } };
  /** Environment variables of the container; the values are templates. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** Names of Secrets, given by the platform, whose keys become environment variables. */
  readonly secrets: readonly string[];
  /** Instead of the image's own; undefined leaves it. */
  readonly command: readonly string[] | undefined;
  readonly args: readonly string[] | undefined;
  /** Where the container answers once it is ready; undefined means as soon as its port takes connections. */
  readonly readiness: { readonly path: string } | undefined;
  /** Where it stops to answer when it is to be started again; undefined: it is started again when it ends. */
  readonly liveness: { readonly path: string } | undefined;
  /** Kubernetes quantities as the API server writes them. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  readonly replicas: number;
  /** Files to be mounted, by absolute path; the contents are templates. */
  readonly files: readonly { readonly path: string; readonly content: string }[];
};

/** A chart in `.cloud/charts/`. */
export type ChartSource = {
  readonly kind: 'chart';
  /** Name of the folder. */
  readonly chart: string;
  /** Above the chart's own and those of its `values-*.yaml`. */
  readonly values: Json;
  /** Template of `image.tag`. */
  readonly tag: string;
  /** Which Service the host leads to where the chart has no Ingress; undefined: the only one. */
  readonly service: string | undefined;
};

/** `.cloud/manifests/*.yaml`. */
export type ManifestSource = { readonly kind: 'manifests'; readonly service: string | undefined };

export type HookJob = {
  readonly name: string;
  /** Template of the image reference. */
  readonly image: string;
  readonly command: readonly string[];
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly secrets: readonly string[];
  readonly timeoutMs: number;
};

type Raw = z.output<typeof projectSchema>;
type RawApp = NonNullable<Raw['apps']>[string];
type RawContainer = Pick<Raw, Extract<keyof Raw, keyof RawApp>>;
type Scalar = string | number | boolean;

type Read = { readonly ok: true; readonly project: Project } | { readonly ok: false; readonly problems: Problem[] };

/** Returns what the text of a `.cloud/preview.yaml` says, or every problem in it. Never throws. */
export function parseProject(content: string, file: string, context: ProjectContext): Read {
  const read = readShape({ text: content, file }, projectSchema, (raw, yaml) => wrongProject(raw, yaml, context));
  return read.ok ? { ok: true, project: projectOf(read.raw, read.yaml, context) } : read;
}

/** Returns the project of a repository without a `.cloud/preview.yaml`: its folders alone say what it is. */
export function conventional(context: ProjectContext): Read {
  return parseProject('', projectConfigPath, context);
}

/** Returns the checks that a configuration waits for, whatever else is wrong with it; none where it cannot be read. */
export function awaitedChecks(text: string | undefined): readonly string[] {
  const read = text === undefined ? undefined : readYaml(text, projectConfigPath);
  const checks = read?.ok === true ? textsOf(valueAt(read.yaml.data, ['waitFor', 'checks'])) : [];
  return checks.slice(0, maxChecks).map(([, name]) => name);
}

function projectOf(raw: Raw, yaml: YamlFile, context: ProjectContext): Project {
  const { waitFor, hooks } = raw;
  const apps = appsOf(raw, yaml, context);
  const images = apps.flatMap(({ source }) => (source.kind === 'template' ? source.image : []));
  const jobs = (kind: 'setup' | 'teardown'): HookJob[] =>
    hooks[kind].map((hook, index) =>
      hookOf(hook, yaml, ['hooks', kind, index], { image: images[0] ?? '', maxJobMs: context.maxJobMs }),
    );
  return {
    tenants: raw.tenants ?? context.tenants,
    apps,
    waitFor: waitFor && { checks: waitFor.checks, timeoutMs: durationMs(waitFor.timeout) ?? NaN },
    hooks: { setup: jobs('setup'), teardown: jobs('teardown') },
  };
}

function appsOf(raw: Raw, yaml: YamlFile, context: ProjectContext): ProjectApp[] {
  const service = raw.service.name;
  const atTop = doorOf(raw, undefined, yaml);
  switch (formOf(raw, context)) {
    case 'apps': {
      const apps = Object.entries(raw.apps ?? {});
      return apps.map(([name, app]) => {
        const part = apps.length === 1 ? '' : name;
        const path = ['apps', name];
        const source = sourceOf(app, yaml, path, serviceNameOf(context.app, part));
        return { part, source, ...doorOf(raw, { app, path }, yaml) };
      });
    }
    case 'charts':
      return chartApps(context.charts, context.tenants).apps.map(({ part, chart }) => ({
        part,
        source: chartOf(chart, raw),
        ...atTop,
      }));
    case 'manifests':
      return [{ part: '', source: { kind: 'manifests', service }, ...atTop }];
    case 'image':
    case 'nothing':
      return [{ part: '', source: templateOf(raw, yaml, [], context.app), ...atTop }];
  }
}

/** What the top says of the door, and above it the app. */
function doorOf(
  raw: Raw,
  own: { readonly app: RawApp; readonly path: readonly string[] } | undefined,
  yaml: YamlFile,
): Pick<ProjectApp, 'traffic' | 'access'> {
  const places = [
    { raw: raw.traffic, path: ['traffic'] },
    ...(own ? [{ raw: own.app.traffic, path: [...own.path, 'traffic'] }] : []),
  ];
  const traffic = projectTrafficOf(places, (path, value) => asWritten(yaml, path, value));
  return { traffic, access: own?.app.access ?? raw.access ?? undefined };
}

function sourceOf(app: RawApp, yaml: YamlFile, path: readonly string[], serviceName: string): ProjectApp['source'] {
  if (app.chart !== undefined) return chartOf(app.chart, app);
  if (app.manifests === true) return { kind: 'manifests', service: app.service.name };
  return templateOf(app, yaml, path, serviceName);
}

function chartOf(chart: string, { values, tag = '${sha}', service }: RawContainer): ChartSource {
  return { kind: 'chart', chart, values: valuesOf(values), tag, service: service.name };
}

function templateOf(app: RawContainer, yaml: YamlFile, path: readonly string[], serviceName: string): TemplateSource {
  const { service, resources, readiness, liveness, replicas, secrets } = app;
  const quantity = (key: 'cpu' | 'memory'): string =>
    canonicalQuantity(asWritten(yaml, [...path, 'resources', key], resources[key]));
  return {
    kind: 'template',
    image: app.image ?? '',
    service: { name: service.name ?? serviceName, port: service.port },
    env: envOf(app.env, yaml, [...path, 'env']),
    secrets,
    command: app.command && wordsOf(app.command, yaml, [...path, 'command']),
    args: app.args && wordsOf(app.args, yaml, [...path, 'args']),
    readiness,
    liveness,
    resources: { cpu: quantity('cpu'), memory: quantity('memory') },
    replicas,
    files: Object.entries(app.files).map(([name, content]) => ({ path: name, content })),
  };
}

function hookOf(
  hook: Raw['hooks']['setup'][number],
  yaml: YamlFile,
  path: readonly PropertyKey[],
  { image, maxJobMs }: { readonly image: string; readonly maxJobMs: number },
): HookJob {
  const { timeout } = hook;
  return {
    name: hook.name,
    image: hook.image ?? image,
    command: wordsOf(hook.command, yaml, [...path, 'command']),
    env: envOf(hook.env, yaml, [...path, 'env']),
    secrets: hook.secrets,
    timeoutMs: timeout === undefined ? Math.min(defaultHookMs, maxJobMs) : (durationMs(timeout) ?? NaN),
  };
}

function envOf(
  env: Readonly<Record<string, Scalar>>,
  yaml: YamlFile,
  path: readonly PropertyKey[],
): TemplateSource['env'] {
  return Object.entries(env).map(([name, value]) => ({ name, value: asWritten(yaml, [...path, name], value) }));
}

function wordsOf(words: readonly Scalar[], yaml: YamlFile, path: readonly PropertyKey[]): string[] {
  return words.map((word, index) => asWritten(yaml, [...path, index], word));
}
