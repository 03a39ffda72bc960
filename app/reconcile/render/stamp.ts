import { isMap, type JsonMap } from '../../core/json.ts';
import { mapContainers, mapPodTemplates, type PodTemplate } from '../../core/pod-template.ts';
import { canonicalJson, labelOfKey, manager, names, sha256, type Json, type KubernetesObject } from '../../core/object.ts';
import { quantityOf } from '../../core/guard/quantity.ts';
import type { Preview } from '../preview.ts';
import { defaultLimits } from './limits.ts';

/** Labels of everything that belongs to a preview. */
export function labelsOf({ pullRequest, app, tenant, instance }: Preview): Readonly<Record<string, string>> {
  return {
    [names.managedBy]: manager,
    [names.instance]: instance,
    [names.key]: labelOfKey(pullRequest.owner),
    [names.app]: app,
    [names.pullRequest]: String(pullRequest.number),
    ...(tenant === '' ? {} : { [names.tenant]: tenant }),
  };
}

/**
 * Returns the object as ours: our labels and annotations on it and its pods, Secrets for pulling images, and the hash of what it
 * then says. The commit is written on pods only where their template depends on it: what a push does not touch keeps running.
 */
export function stamp(object: KubernetesObject, preview: Preview, parts: { readonly pull: readonly string[]; readonly labels?: Readonly<Record<string, string>>; readonly file?: string }): KubernetesObject {
  const labels = { ...labelsOf(preview), ...parts.labels };
  const owner = { [names.owner]: preview.pullRequest.owner, ...(parts.file === undefined ? {} : { [names.source]: parts.file }) };
  const withPods = mapPodTemplates(object, (template) => stampTemplate(template, { preview, labels, pull: parts.pull }));
  const marked = withMetadata(withPods, labels, { ...owner, [names.url]: preview.pullRequest.url });
  // A copied Secret has the hash of what it was copied from.
  const hash = object.metadata.annotations?.[names.hash] ?? sha256(canonicalJson(marked));
  return withMetadata(marked, {}, { [names.commit]: preview.sha, [names.hash]: hash, [names.readAt]: preview.readAt });
}

function withMetadata(object: KubernetesObject, labels: Readonly<Record<string, string>>, annotations: Readonly<Record<string, string>>): KubernetesObject {
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, labels: { ...metadata.labels, ...labels }, annotations: { ...metadata.annotations, ...annotations } } };
}

function stampTemplate(template: PodTemplate, { preview, labels, pull }: { readonly preview: Preview; readonly labels: Readonly<Record<string, string>>; readonly pull: readonly string[] }): PodTemplate {
  const { sha, restart, pullRequest } = preview;
  const text = JSON.stringify(template);
  const ofCommit = text.includes(sha) || text.includes(sha.slice(0, 7));
  const annotations = {
    ...mapOf(mapOf(template['metadata'])['annotations']),
    [names.owner]: pullRequest.owner,
    ...(ofCommit ? { [names.commit]: sha } : {}),
    ...(restart === undefined ? {} : { [names.restart]: restart }),
  };
  const metadata = { ...mapOf(template['metadata']), labels: { ...mapOf(mapOf(template['metadata'])['labels']), ...labels }, annotations };
  const spec = mapOf(mapContainers(template['spec'], withLimits));
  return { ...template, metadata, spec: pull.length === 0 ? spec : { ...spec, imagePullSecrets: pull.map((name) => ({ name })) } };
}

/** The namespace's default limit must not be below what a container asks for: then no pod of it would start. */
function withLimits(container: JsonMap): Json {
  const resources = mapOf(container['resources']);
  const [requests, limits] = [mapOf(resources['requests']), mapOf(resources['limits'])];
  const lacking = Object.entries(defaultLimits).filter(([key, limit]) => limits[key] === undefined && (quantityOf(requests[key]) ?? 0) > (quantityOf(limit) ?? 0));
  if (lacking.length === 0) return container;
  return { ...container, resources: { ...resources, limits: { ...limits, ...Object.fromEntries(lacking.map(([key]) => [key, requests[key]])) } } };
}

function mapOf(value: Json | undefined): JsonMap {
  return isMap(value) ? value : {};
}
