import { asJson, isJsonObject, type JsonObject, type KubernetesObject } from './objects.ts';
import { badRequest, notFound, notInSandbox, Refusal } from './refusals.ts';
import type { Resource } from './resources.ts';
import { fieldSelector, labelSelector, type Matcher } from './selectors.ts';
import type { Store } from './store.ts';
import type { Target } from './writes.ts';

/** GET of one object; throws a 404. */
export function readObject(store: Store, { resource, namespace, name }: Target): KubernetesObject {
  const object = store.get(resource, namespace, name);
  if (object === undefined) throw notFound(resource, name);
  return object;
}

/** Returns the test that the query's selectors make; throws a 400. */
export function matcherOf(query: URLSearchParams, resource: Resource): Matcher {
  const labels = labelSelector(query.get('labelSelector') ?? '');
  const fields = fieldSelector(query.get('fieldSelector') ?? '', resource);
  return (object) => labels(object) && fields(object);
}

/** Returns the number in a resourceVersion parameter (0 for none); throws a 400. */
export function versionOf(query: URLSearchParams): number {
  const text = query.get('resourceVersion') ?? '';
  if (!/^\d*$/.test(text)) {
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
    );
  }
  return Number(text);
}

type Page = { readonly revision: number; readonly after: string };

/**
 * GET of a list: the state now, or, for a further page, the state when the first page was read. Throws 400, and 410 when a
 * page's state is forgotten.
 */
export function listObjects(
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  query: URLSearchParams,
): JsonObject {
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue') ?? '';
  versionOf(query);
  if (query.has('resourceVersionMatch') && query.get('resourceVersionMatch') === 'Exact')
    throw notInSandbox('lists at an exact resourceVersion');
  if (token !== '' && !['', '0', null].includes(query.get('resourceVersion'))) {
    throw badRequest('specifying resource version is not allowed when using continue');
  }
  const page = token === '' ? { revision: store.revision(), after: '' } : pageOf(token);
  const matches = matcherOf(query, resource);
  const all = pageState(store, resource, namespace, page).filter((object) => keyOf(object) > page.after);
  const selected = all.filter(matches);
  const items = limit > 0 ? selected.slice(0, limit) : selected;
  const last = items.at(-1);
  // As in the real server, what comes after a full page is not looked at: the next page may turn out to be empty.
  const more = limit > 0 && items.length === limit && last !== undefined && last !== all.at(-1);
  const selecting = query.has('labelSelector') || query.has('fieldSelector');
  return {
    kind: `${resource.kind}List`,
    apiVersion: resource.apiVersion,
    metadata: {
      resourceVersion: String(page.revision),
      ...(more ? { continue: tokenOf({ revision: page.revision, after: keyOf(last) }) } : {}),
      // The API does not count what a selector leaves.
      ...(more && !selecting ? { remainingItemCount: selected.length - items.length } : {}),
    },
    items: items.map(asItem),
  };
}

function pageState(
  store: Store,
  resource: Resource,
  namespace: string | undefined,
  { revision }: Page,
): KubernetesObject[] {
  try {
    return store.listAt(resource, namespace, revision);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 410) throw error;
    const message =
      'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.';
    throw new Refusal(410, message, 'Expired');
  }
}

/** Items of a list do not repeat kind and apiVersion. */
function asItem(object: KubernetesObject): JsonObject {
  const { kind: _kind, apiVersion: _apiVersion, ...rest } = asJson(object);
  return rest;
}

function keyOf({ metadata }: KubernetesObject): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function tokenOf(page: Page): string {
  return Buffer.from(JSON.stringify(page)).toString('base64url');
}

function pageOf(token: string): Page {
  try {
    const page: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isJsonObject(page) && typeof page['revision'] === 'number' && typeof page['after'] === 'string') {
      return { revision: page['revision'], after: page['after'] };
    }
  } catch {
    // Not one of ours: said below.
  }
  throw badRequest('invalid continue token: continue key is not valid');
}
