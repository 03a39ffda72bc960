import { listAt, textAt, at } from '../core/json.ts';
import type { KubernetesObject } from '../core/object.ts';
import { podTemplateOf } from '../core/pod-template.ts';
import type { StagedObject } from './render/render.ts';

/** `beside`: nothing waits until it is written. */
export type Placed = StagedObject & { readonly beside?: true };

/**
 * Returns the objects of a preview of which nothing is there yet, placed. What leads to pods is written beside what they need: the door takes
 * up a new host while its pods start. But only what alone leads to a host, whose link would be dead without it: of anything else nobody would
 * notice that it was refused. And Services only where no pod has them in its environment, which it would lack for good
 * (https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables). Not where Jobs come first: there is nothing to
 * come to yet.
 */
export function inANewPreview(objects: readonly StagedObject[]): readonly Placed[] {
  if (objects.some(({ stage }) => stage === 'setup')) return objects;
  const seen = objects.some(({ object }) => seesServices(object));
  const alone = leadingAlone(objects.map(({ object }) => object));
  const isBeside = ({ kind, metadata }: KubernetesObject): boolean => alone.has(`${kind}/${metadata.name}`) && !(kind === 'Service' && seen);
  return objects.map((one) => (isBeside(one.object) ? { ...one, stage: 'base', beside: true } : one));
}

/** True for what makes pods that get the addresses of Services as environment variables: those that do not say no. */
function seesServices(object: KubernetesObject): boolean {
  const template = podTemplateOf(object);
  return template !== undefined && at(template, 'spec', 'enableServiceLinks') !== false;
}

/** Ingresses and Services, as `Kind/name`, that are the only one of their kind on the way to some host. */
function leadingAlone(objects: readonly KubernetesObject[]): ReadonlySet<string> {
  const ways = objects
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ metadata, spec }) => listAt(spec, 'rules').map((rule) => ({ host: textAt(rule, 'host'), ingress: metadata.name, services: listAt(rule, 'http', 'paths').map((path) => textAt(path, 'backend', 'service', 'name')) })));
  const byHost = Map.groupBy(ways, ({ host }) => host);
  return new Set([...byHost.values()].flatMap((of) => [...only('Ingress', of.map(({ ingress }) => ingress)), ...only('Service', of.flatMap(({ services }) => services))]));
}

function only(kind: string, all: readonly string[]): string[] {
  const [name, second] = new Set(all);
  return name === undefined || second !== undefined ? [] : [`${kind}/${name}`];
}
