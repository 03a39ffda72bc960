import { formatKey, type PullRequestKey } from '../../core/key.ts';
import { labelOfKey, manager, names, type KubernetesObject } from '../../core/object.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log, Records, StoredRecord } from '../../core/ports.ts';
import type { PullRequestRecord } from '../../core/record.ts';
import type { ConnectedCluster } from './cluster.ts';

/** Keeps the records as ConfigMaps of the home cluster, in Avant's own namespace. */
export function openRecords(home: ConnectedCluster, namespace: string, log: Log): Records {
  const nameOf = (key: PullRequestKey): string => `record-${labelOfKey(formatKey(key))}`;
  const refOf = (key: PullRequestKey) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: nameOf(key) });
  // The JSON of a record is parsed once per version of its ConfigMap.
  const parsed = new WeakMap<KubernetesObject, StoredRecord>();

  function read(object: KubernetesObject): StoredRecord {
    const known = parsed.get(object);
    if (known) return known;
    const stored = {
      record: parseRecord(object),
      version: object.metadata.resourceVersion ?? '',
      uid: object.metadata.uid ?? '',
    };
    parsed.set(object, stored);
    return stored;
  }

  // One that cannot be read (another version's, or broken by hand) is nobody else's trouble; it is said once.
  const unreadable = new WeakSet<KubernetesObject>();

  function readable(object: KubernetesObject): StoredRecord[] {
    try {
      return [read(object)];
    } catch (error) {
      if (!unreadable.has(object)) log.error({ error: messageOf(error) }, 'a record is left alone');
      unreadable.add(object);
      return [];
    }
  }

  function write(record: PullRequestRecord, version: string | undefined): KubernetesObject {
    const owner = formatKey(record.key);
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: nameOf(record.key),
        namespace,
        labels: { [names.managedBy]: manager, [names.store]: 'record', [names.key]: labelOfKey(owner) },
        annotations: { [names.owner]: owner, [names.url]: record.facts.pullRequest.url },
        ...(version === undefined ? {} : { resourceVersion: version }),
      },
      data: { record: JSON.stringify(record) },
    };
  }

  return {
    get: (key) => {
      const object = home.cache.get(refOf(key));
      return object && read(object);
    },
    list: () =>
      home.cache
        .ofKind('ConfigMap')
        .filter((object) => object.metadata.namespace === namespace && object.metadata.labels?.[names.store] === 'record')
        .flatMap(readable),
    put: async (record, version) => {
      const object = write(record, version);
      return read(await (version === undefined ? home.create(object) : home.update(object)));
    },
    remove: ({ record, version, uid }) => home.remove(refOf(record.key), { uid, resourceVersion: version }),
    reread: async (key) => {
      const object = await home.refresh(refOf(key));
      return object && read(object);
    },
  };
}

function parseRecord(object: KubernetesObject): PullRequestRecord {
  const record = JSON.parse(object.data?.['record'] ?? 'null') as { version?: unknown } | null;
  if (record?.version !== 1) throw new Error(`ConfigMap ${object.metadata.namespace ?? ''}/${object.metadata.name} holds no record that this version reads`);
  return record as PullRequestRecord;
}
