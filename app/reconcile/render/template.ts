import { z } from 'zod';
import { canonicalJson, labelOfKey, manager, names, sha256, type KubernetesObject } from '../core/object.ts';
import type { RenderTemplate, TemplateName, TemplateValues } from '../core/templates.ts';
import type { Preview } from './preview.ts';

/** A rollout that made no progress for so long has failed; Kubernetes' own default is twice that. */
const progressDeadlineSeconds = 300;

/** The namespace of a preview, and what goes into it. */
export type Rendered = { readonly namespace: KubernetesObject; readonly objects: readonly KubernetesObject[] };

/** Renders a preview to its objects, each with our labels, the hash of what it says, and the stamp of the read it comes from. */
export function renderPreview(preview: Preview, render: RenderTemplate): Rendered {
  const values = templateValues(preview);
  const make = (name: TemplateName): KubernetesObject => shapes[name].parse(render(name, values));
  return {
    namespace: make('namespace'),
    objects: [make('deployment'), make('service'), make('ingress')].map((object) => stamp(object, preview)),
  };
}

function templateValues(preview: Preview): TemplateValues {
  const { project, pullRequest } = preview;
  const labels = {
    [names.managedBy]: manager,
    [names.key]: labelOfKey(pullRequest.owner),
    [names.app]: preview.app,
    [names.pullRequest]: String(pullRequest.number),
    ...(preview.tenant === '' ? {} : { [names.tenant]: preview.tenant }),
  };
  const annotations = { [names.owner]: pullRequest.owner, [names.url]: pullRequest.url };
  const { cpu, memory } = project.resources;
  return {
    app: preview.app,
    namespace: preview.namespace,
    labels,
    annotations,
    podAnnotations: { [names.owner]: pullRequest.owner, [names.commit]: preview.sha },
    // M6's own form: HAProxy controllers of both makings read the annotation.
    ingressAnnotations: { 'kubernetes.io/ingress.class': preview.ingressClass, ...annotations },
    selector: { [names.key]: labels[names.key], [names.app]: preview.app },
    replicas: project.replicas,
    progressDeadlineSeconds,
    image: preview.image,
    // The kubelet reads `$(NAME)` and `$$` in values (Kubernetes, third_party/forked/golang/expansion); doubled, a `$` is itself.
    env: preview.env.map(({ name, value }) => ({ name, value: value.replaceAll('$', '$$$$') })),
    service: project.service.name,
    portName: project.service.port.name,
    portNumber: project.service.port.number,
    requests: { cpu, memory },
    limits: { memory },
    readinessPath: project.readiness?.path ?? '',
    host: preview.host,
  };
}

/** Adds the annotations that the next reconcile reads back. */
function stamp(object: KubernetesObject, preview: Preview): KubernetesObject {
  const hash = sha256(canonicalJson(object));
  const annotations = { ...object.metadata.annotations, [names.commit]: preview.sha, [names.hash]: hash, [names.readAt]: preview.readAt };
  return { ...object, metadata: { ...object.metadata, annotations } };
}

const text = z.string().min(1);
const texts = z.record(z.string(), z.string());
const metadata = z.strictObject({ name: text, namespace: text, labels: texts, annotations: texts });
const port = z.strictObject({ name: text, containerPort: z.int() });
const resources = z.strictObject({ cpu: text.optional(), memory: text });
const probe = z.strictObject({
  httpGet: z.strictObject({ path: text, port: text }).optional(),
  tcpSocket: z.strictObject({ port: text }).optional(),
  periodSeconds: z.int(),
});
const container = z.strictObject({
  name: text,
  image: text,
  env: z.array(z.strictObject({ name: text, value: z.string() })),
  ports: z.tuple([port]),
  resources: z.strictObject({ requests: resources, limits: resources }),
  readinessProbe: probe,
});
const podSpec = z.strictObject({
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  containers: z.tuple([container]),
});
const backend = z.strictObject({ service: z.strictObject({ name: text, port: z.strictObject({ name: text }) }) });
const path = z.strictObject({ path: z.literal('/'), pathType: z.literal('Prefix'), backend });

/** What each template must come out as, to the last key: a second wall should a value ever escape its place. */
const shapes = {
  namespace: z.strictObject({ apiVersion: z.literal('v1'), kind: z.literal('Namespace'), metadata: metadata.omit({ namespace: true }) }),
  deployment: z.strictObject({
    apiVersion: z.literal('apps/v1'),
    kind: z.literal('Deployment'),
    metadata,
    spec: z.strictObject({
      replicas: z.int(),
      revisionHistoryLimit: z.int(),
      progressDeadlineSeconds: z.int(),
      selector: z.strictObject({ matchLabels: texts }),
      template: z.strictObject({ metadata: z.strictObject({ labels: texts, annotations: texts }), spec: podSpec }),
    }),
  }),
  service: z.strictObject({
    apiVersion: z.literal('v1'),
    kind: z.literal('Service'),
    metadata,
    spec: z.strictObject({ selector: texts, ports: z.tuple([z.strictObject({ name: text, port: z.int(), targetPort: text })]) }),
  }),
  ingress: z.strictObject({
    apiVersion: z.literal('networking.k8s.io/v1'),
    kind: z.literal('Ingress'),
    metadata,
    spec: z.strictObject({ rules: z.tuple([z.strictObject({ host: text, http: z.strictObject({ paths: z.tuple([path]) }) })]) }),
  }),
} as const satisfies Record<TemplateName, z.ZodType>;
