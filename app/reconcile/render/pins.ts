import { registryOf, pullSecretsFor } from '../../config/platform.ts';
import { ownOf } from '../../core/json.ts';
import { mapContainers, mapPodTemplates, podTemplateOf } from '../../core/pod-template.ts';
import type { Json, KubernetesObject } from '../../core/object.ts';
import type { Cluster } from '../../core/ports.ts';
import type { Deps } from '../deps.ts';
import type { Preview } from '../preview.ts';
import { credentialsIn } from './credentials.ts';

/** Digests by image reference, and the images that their registry does not have. */
export type Pins = { readonly pins: Readonly<Record<string, string>>; readonly missing: readonly string[] };

/**
 * Asks the platform's registries for the digests of images, so that every container of a commit runs the same bytes, and that a
 * missing image is found before anything is rolled out. What `known` has is not asked again; a registry that does not answer, or
 * that refuses us, holds nothing up: the cluster will tell.
 */
export async function pinImages(objects: readonly KubernetesObject[], known: Readonly<Record<string, string>>, at: { readonly preview: Preview; readonly cluster: Pick<Cluster, 'get'> }, deps: Pick<Deps, 'platform' | 'registries' | 'log'>): Promise<Pins> {
  const images = [...new Set(objects.flatMap(imagesOf))].filter((image) => !image.includes('@')).sort();
  const answers = await Promise.all(images.map(async (image) => [image, ownOf(known, image) ?? (await lookUp(image, at, deps))] as const));
  return {
    pins: Object.fromEntries(answers.flatMap(([image, answer]) => (answer === undefined || answer === 'absent' ? [] : [[image, answer]]))),
    missing: answers.flatMap(([image, answer]) => (answer === 'absent' ? [image] : [])),
  };
}

async function lookUp(image: string, { preview, cluster }: { readonly preview: Preview; readonly cluster: Pick<Cluster, 'get'> }, deps: Pick<Deps, 'platform' | 'registries' | 'log'>): Promise<string | undefined> {
  const platform = deps.platform();
  const registry = registryOf(platform, image);
  if (!registry) return undefined;
  const secret = preview.level === 'restricted' ? undefined : pullSecretsFor(platform, preview.tenant).find(({ prefix }) => prefix === registry.prefix);
  const namespace = platform.secrets?.namespace;
  const held = secret && namespace !== undefined ? await cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: secret.secret }) : undefined;
  const host = registry.prefix.split('/')[0] ?? '';
  const answer = await deps.registries.lookUp(image, { host, insecure: registry.insecure }, held && credentialsIn(held, host));
  if (answer.kind === 'found') return answer.digest;
  if (answer.kind === 'absent') return 'absent';
  deps.log.debug({ image, answer: answer.kind }, 'the registry did not tell the digest');
  return undefined;
}

/** Returns the object with its images written with their digests. */
export function withPins(object: KubernetesObject, pins: Pins['pins']): KubernetesObject {
  return mapPodTemplates(object, (template) => ({ ...template, spec: mapImages(template['spec'], (image) => withDigest(image, ownOf(pins, image))) }));
}

function withDigest(image: string, digest: string | undefined): string {
  return digest === undefined ? image : `${image}@${digest}`;
}

function imagesOf(object: KubernetesObject): readonly string[] {
  const images: string[] = [];
  mapImages(podTemplateOf(object)?.['spec'], (image) => {
    images.push(image);
    return image;
  });
  return images;
}

function mapImages(spec: Json | undefined, change: (image: string) => string): Json | undefined {
  return mapContainers(spec, (container) => (typeof container['image'] === 'string' ? { ...container, image: change(container['image']) } : container));
}
