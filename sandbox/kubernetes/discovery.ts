import type { JsonObject } from './objects.ts';
import { allResources, type Resource, verbsOf } from './resources.ts';

const groups = [...new Set(allResources.map(({ group }) => group))].filter((group) => group !== '');

/** Returns the answer for a path that says what the server has (`/version`, `/api`, `/apis/apps/v1`, …), or undefined. */
export function discovery(path: string): JsonObject | string | undefined {
  if (path === '/readyz' || path === '/livez' || path === '/healthz') return 'ok';
  if (path === '/version')
    return { major: '1', minor: '36', gitVersion: 'v1.36.1-sandbox', platform: `${process.platform}/${process.arch}` };
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map(group) };
  const one = groups.find((name) => path === `/apis/${name}`);
  if (one !== undefined) return { kind: 'APIGroup', apiVersion: 'v1', ...group(one) };
  const groupVersion = path.replace(/^\/(api|apis)\//, '');
  const resources = allResources.filter(({ apiVersion }) => apiVersion === groupVersion);
  return resources.length === 0
    ? undefined
    : { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: resources.map(resource) };
}

function group(name: string): JsonObject {
  const version = { groupVersion: `${name}/v1`, version: 'v1' };
  return { name, versions: [version], preferredVersion: version };
}

function resource(one: Resource): JsonObject {
  const { plural, kind, namespaced, shortNames, inAll } = one;
  return {
    name: plural,
    singularName: kind.toLowerCase(),
    namespaced,
    kind,
    verbs: verbsOf(one),
    ...(shortNames.length === 0 ? {} : { shortNames: [...shortNames] }),
    ...(inAll ? { categories: ['all'] } : {}),
  };
}
