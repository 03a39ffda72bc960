import { at, listAt, textAt, textsAt, wordAt } from './json.ts';
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
  if (ingressesAt(url, objects).length === 0) return undefined;
  const services = new Set(waysAt(url, objects).map(({ service }) => service));
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

/** A path of a link's host and the Service that it leads to; `port` is a number or a name, as written. */
export type Way = { readonly path: string; readonly service: string; readonly port: string; readonly ingress: KubernetesObject };

/** Returns the ways from a link's host to Services. */
export function waysAt(url: string, objects: readonly KubernetesObject[]): readonly Way[] {
  return ingressesAt(url, objects).flatMap((ingress) =>
    pathsOf(url, ingress).flatMap((path) => {
      const backend = at(path, 'backend', 'service');
      const [service, port] = [textAt(backend, 'name'), wordAt(backend, 'port', 'number') || wordAt(backend, 'port', 'name')];
      return service === '' ? [] : [{ path: textAt(path, 'path') || '/', service, port, ingress }];
    }),
  );
}

/** Returns the path at which a link is looked at: `/` unless its Ingresses have only others for the host. */
export function pathShown(url: string, objects: readonly KubernetesObject[]): string {
  const paths = ingressesAt(url, objects).flatMap((ingress) => pathsOf(url, ingress)).map((path) => textAt(path, 'path') || '/');
  return paths.includes('/') ? '/' : (paths.toSorted()[0] ?? '/');
}

function pathsOf(url: string, ingress: KubernetesObject): readonly Json[] {
  return rulesAt(url, ingress).flatMap((rule) => listAt(rule, 'http', 'paths'));
}
