import { allResources, namespaces, type Resource } from './resources.ts';

/** What a path is about. Without a name it is a list; `subresource` is what follows the name (`log`, `status`, …). */
export type Route = {
  readonly resource: Resource;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
};

/** Returns what the path is about, or undefined when it is none of our kinds. */
export function routeOf(path: string): Route | undefined {
  const match = /^\/(?:api\/(v1)|apis\/([^/]+\/[^/]+))\/(.+)$/.exec(path);
  if (match === null) return undefined;
  const apiVersion = match[1] ?? match[2];
  // Names of our kinds need no escapes: a path that has some is of no object.
  const parts = (match[3] ?? '').split('/');
  const known = (plural: string | undefined): Resource | undefined =>
    allResources.find((resource) => resource.plural === plural && resource.apiVersion === apiVersion);
  const inNamespace = parts[0] === 'namespaces' && parts.length > 2 ? known(parts[2]) : undefined;
  if (inNamespace?.namespaced === true || (apiVersion !== 'v1' && parts[0] === 'namespaces')) {
    return inNamespace === undefined ? undefined : route(inNamespace, parts[1], parts.slice(3));
  }
  const resource = known(parts[0]);
  if (resource === undefined || (resource !== namespaces && parts.length > 1)) return undefined;
  return route(resource, undefined, parts.slice(1));
}

function route(resource: Resource, namespace: string | undefined, rest: string[]): Route | undefined {
  const [name, subresource, ...more] = rest;
  return more.length > 0 ? undefined : { resource, namespace, name, subresource };
}
