import { listAt, textAt, textsAt } from './json.ts';
import type { Json, KubernetesObject } from './object.ts';
import { selects, type Rollout } from './workloads.ts';

/** Returns the host of a link. */
export function hostOf(url: string): string | undefined {
  return /^https?:\/\/([^/:]+)/.exec(url)?.[1];
}

/**
 * Returns the rollouts whose pods answer at a link, by way of its Ingress and the Services that this names; undefined when no Ingress
 * has the link's host, so that nothing answers. All of them where it cannot be told which.
 */
export function answeringAt<T extends Rollout>(
  url: string,
  objects: readonly KubernetesObject[],
  rollouts: readonly T[],
): readonly T[] | undefined {
  const leading = ingressesAt(url, objects);
  if (leading.length === 0) return undefined;
  const services = servicesOf(url, leading);
  const selectors = objects
    .filter(({ kind, metadata }) => kind === 'Service' && services.has(metadata.name))
    .map(({ spec }) => ({ labels: textsAt(spec, 'selector'), expressions: [] }))
    .filter(({ labels }) => Object.keys(labels).length > 0);
  const found = rollouts.filter(({ podLabels }) => selectors.some((selector) => selects(selector, podLabels)));
  return found.length === 0 ? rollouts : found;
}

/** Returns the Ingresses that have a link's host. */
export function ingressesAt(url: string, objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  return objects.filter((object) => object.kind === 'Ingress' && rulesAt(url, object).length > 0);
}

function rulesAt(url: string, { spec }: KubernetesObject): readonly Json[] {
  const host = hostOf(url);
  return listAt(spec, 'rules').filter((rule) => textAt(rule, 'host') === host);
}

/** Returns the names of the Services that these Ingresses lead a link's host to. */
export function servicesOf(url: string, ingresses: readonly KubernetesObject[]): ReadonlySet<string> {
  const paths = ingresses.flatMap((ingress) => rulesAt(url, ingress)).flatMap((rule) => listAt(rule, 'http', 'paths'));
  return new Set(paths.map((path) => textAt(path, 'backend', 'service', 'name')));
}
