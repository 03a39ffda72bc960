import { listAt, textAt, textsAt } from './json.ts';
import type { KubernetesObject } from './object.ts';
import { selects, type Rollout } from './workloads.ts';

/** Returns the host of a link. */
export function hostOf(url: string): string | undefined {
  return /^https?:\/\/([^/:]+)/.exec(url)?.[1];
}

/**
 * Returns the rollouts whose pods answer at a link, by way of its Ingress and the Services that this names; undefined when no Ingress
 * has the link's host, or none of its Services is there, so that nothing answers. All of them where it cannot be told which.
 */
export function answeringAt<T extends Rollout>(
  url: string,
  objects: readonly KubernetesObject[],
  rollouts: readonly T[],
): readonly T[] | undefined {
  const host = hostOf(url);
  const rules = objects
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap(({ spec }) => listAt(spec, 'rules'))
    .filter((rule) => textAt(rule, 'host') === host);
  if (rules.length === 0) return undefined;
  const paths = rules.flatMap((rule) => listAt(rule, 'http', 'paths'));
  const services = new Set(paths.map((path) => textAt(path, 'backend', 'service', 'name')));
  const named = objects.filter(({ kind, metadata }) => kind === 'Service' && services.has(metadata.name));
  if (named.length === 0) return undefined;
  const selectors = named
    .map(({ spec }) => ({ labels: textsAt(spec, 'selector'), expressions: [] }))
    .filter(({ labels }) => Object.keys(labels).length > 0);
  const found = rollouts.filter(({ podLabels }) => selectors.some((selector) => selects(selector, podLabels)));
  return found.length === 0 ? rollouts : found;
}
