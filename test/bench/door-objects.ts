import type { Floor } from './floor.ts';

const kinds: readonly string[] = [
  ...['pods', 'services', 'serviceaccounts', 'configmaps', 'secrets', 'resourcequotas', 'limitranges', 'events'].map((kind) => `api/v1/NS/${kind}`),
  ...['deployments', 'replicasets'].map((kind) => `apis/apps/v1/NS/${kind}`),
  ...['ingresses', 'networkpolicies'].map((kind) => `apis/networking.k8s.io/v1/NS/${kind}`),
  ...['roles', 'rolebindings'].map((kind) => `apis/rbac.authorization.k8s.io/v1/NS/${kind}`),
  'apis/discovery.k8s.io/v1/NS/endpointslices',
];

type List = { readonly items: readonly object[] };

/** Prints what one preview is in the API: how many objects of each kind with their sizes as JSON, and the records of Avant's own namespace. */
export async function printObjects(floor: Floor, preview: string, own: string): Promise<void> {
  const rows = [{ what: 'namespaces', objects: 1, bytes: JSON.stringify(await floor.call('GET', `api/v1/namespaces/${preview}`)).length }];
  for (const kind of kinds) {
    const { items } = (await floor.call('GET', kind.replace('NS', `namespaces/${preview}`))) as List;
    if (items.length > 0) rows.push({ what: kind.replace(/.*\//, ''), objects: items.length, bytes: sizeOf(items) });
  }
  rows.push({ what: 'sum', objects: rows.reduce((sum, { objects }) => sum + objects, 0), bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0) });
  const records = ((await floor.call('GET', `api/v1/namespaces/${own}/configmaps`)) as List).items.filter((item) => JSON.stringify(item).includes('"name":"record-'));
  if (records.length > 0) rows.push({ what: 'a record', objects: 1, bytes: Math.round(sizeOf(records) / records.length) });
  console.table(rows);
}

function sizeOf(items: readonly object[]): number {
  return items.reduce((sum, item) => sum + JSON.stringify(item).length, 0);
}
