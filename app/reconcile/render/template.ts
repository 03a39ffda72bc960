import type { HookJob, TemplateSource } from '../../config/project.ts';
import { projectConfigPath } from '../../core/facts.ts';
import { canonicalJson, sha256, type Json } from '../../core/object.ts';
import type { SourcedObject } from '../../core/ports.ts';
import { substitute } from '../../core/substitute.ts';
import type { RenderTemplate, TemplateName, TemplateValues } from '../../core/templates.ts';
import type { Preview, PreviewApp, PreviewValues } from '../preview.ts';

/** A rollout that made no progress for so long has failed; Kubernetes' own default is twice that. */
const progressDeadlineSeconds = 300;

/** Returns the name of an app's own objects: the app's, and the part where the project has several. */
export function nameOf(preview: Preview, { part }: Pick<PreviewApp, 'part'>): string {
  return part === '' ? preview.app : `${preview.app}-${part}`;
}

/** Returns what `${…}` stands for in one app's texts. */
export function valuesOf(preview: Preview, app: Pick<PreviewApp, 'host'>): PreviewValues {
  return { ...preview.values, host: app.host };
}

/** Renders an app that is one container to our own template's objects. */
export function renderTemplateApp(preview: Preview, app: PreviewApp, source: TemplateSource, render: RenderTemplate): readonly SourcedObject[] {
  const values = valuesOf(preview, app);
  const name = nameOf(preview, app);
  const selector = { 'app.kubernetes.io/name': name };
  const { service, resources } = source;
  const files = filesOf(source, `${name}-files`, values);
  const common = { name, namespace: preview.namespace, selector, service: service.name, portName: service.port.name, portNumber: service.port.number };
  const deployment = {
    ...common,
    ...files.values,
    replicas: source.replicas,
    progressDeadlineSeconds,
    image: substitute(source.image, values),
    command: forKubelet(source.command ?? []),
    args: forKubelet(source.args ?? []),
    env: envOf(source.env, values),
    envFrom: envFromOf(source.secrets, preview),
    requests: { cpu: resources.cpu, memory: resources.memory },
    limits: { memory: resources.memory },
    readinessPath: source.readiness?.path ?? '',
    livenessPath: source.liveness?.path ?? '',
  };
  const own = (template: TemplateName, given: TemplateValues): SourcedObject => sourced(projectConfigPath, render(template, given));
  return [
    ...(files.data ? [own('files', { name: `${name}-files`, namespace: preview.namespace, data: files.data })] : []),
    own('deployment', deployment),
    own('service', common),
    renderLink(preview, app, { service: service.name, port: { name: service.port.name } }, render),
  ];
}

/** Renders the Ingress that leads an app's host to one of its Services. */
export function renderLink(
  preview: Preview,
  app: PreviewApp,
  to: { readonly service: string; readonly port: { readonly name: string } | { readonly number: number } },
  render: RenderTemplate,
): SourcedObject {
  return sourced(projectConfigPath, render('ingress', { name: nameOf(preview, app), namespace: preview.namespace, host: app.host, service: to.service, port: to.port }));
}

/** Renders a hook's Job. It is named after everything it consists of, so that what has run does not run again and what changed does. */
export function renderHook(preview: Preview, kind: 'setup' | 'teardown', job: HookJob, render: RenderTemplate): SourcedObject {
  const values = preview.values;
  const spec = {
    namespace: preview.namespace,
    labels: {},
    hook: job.name,
    image: substitute(job.image, values),
    command: forKubelet(job.command),
    env: envOf(job.env, values),
    envFrom: envFromOf(job.secrets, preview),
    deadlineSeconds: Math.ceil(job.timeoutMs / 1_000),
    backoffLimit: 3,
    suspend: kind === 'teardown',
  };
  const of = sha256(canonicalJson({ spec, sha: preview.sha, restart: preview.restart ?? '' })).slice(0, 8);
  return { ...sourced(projectConfigPath, render('job', { ...spec, name: `${kind}-${job.name}-${of}` })), title: `hooks.${kind} ${job.name}` };
}

function sourced(file: string, rendered: unknown): SourcedObject {
  return { file, object: rendered as Readonly<Record<string, Json>>, stable: true };
}

/** The kubelet reads `$(NAME)` and `$$` in values (Kubernetes, third_party/forked/golang/expansion); doubled, a `$` is itself. */
function envOf(env: TemplateSource['env'], values: PreviewValues): readonly { readonly name: string; readonly value: string }[] {
  return env.map(({ name, value }) => ({ name, value: substitute(value, values).replaceAll('$', '$$$$') }));
}

function forKubelet(words: readonly string[]): readonly string[] {
  return words.map((word) => word.replaceAll('$', '$$$$'));
}

/** A fork's preview is given no Secrets; its program starts without them. */
function envFromOf(secrets: readonly string[], preview: Preview): readonly Json[] {
  return preview.level === 'restricted' ? [] : secrets.map((name) => ({ secretRef: { name } }));
}

/** Files of the project's configuration, mounted one by one from a ConfigMap. */
function filesOf(source: TemplateSource, name: string, values: PreviewValues): { readonly data: Readonly<Record<string, string>> | undefined; readonly values: TemplateValues } {
  const entries = source.files.map(({ path, content }, index) => ({ path, key: `file-${index + 1}`, content: substitute(content, values) }));
  if (entries.length === 0) return { data: undefined, values: { filesHash: '', mounts: [], volumes: [] } };
  const data = Object.fromEntries(entries.map(({ key, content }) => [key, content]));
  return {
    data,
    values: {
      filesHash: sha256(canonicalJson(data)).slice(0, 16),
      mounts: entries.map(({ path, key }) => ({ name: 'files', mountPath: path, subPath: key, readOnly: true })),
      volumes: [{ name: 'files', configMap: { name } }],
    },
  };
}
