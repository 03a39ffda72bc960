import { formatKey, type PullRequestKey } from '../../core/key.ts';
import { labelOfKey, manager, names, type KubernetesObject } from '../../core/object.ts';
import type { Facts } from '../../core/facts.ts';
import { messageOf } from '../../core/errors.ts';
import type { Log, Records, StoredRecord } from '../../core/ports.ts';
import { nothingAsked, type LastValid, type PullRequestRecord, type Said, type TenantRecord } from '../../core/record.ts';
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
  return filledIn(record as unknown as OlderRecord);
}

/** Records that were written before people could ask for anything but labels lack a few fields. */
type OlderRecord = Omit<PullRequestRecord, 'facts' | 'intent' | 'lastValid' | 'tenants' | 'said'> & {
  readonly facts: Omit<Facts, Later> & Partial<Pick<Facts, Later>>;
  readonly said: Omit<Said, 'reacted'> & Partial<Pick<Said, 'reacted'>>;
  readonly intent?: PullRequestRecord['intent'];
  readonly lastValid?: Partial<LastValid> & Pick<LastValid, 'sha'>;
  readonly tenants: Readonly<Record<string, Partial<TenantRecord> & Pick<TenantRecord, 'cluster' | 'namespace' | 'host' | 'url' | 'sha' | 'wanted' | 'tolerated'>>>;
};

type Later = 'cloud' | 'labelled' | 'pipeline';

function filledIn(record: OlderRecord): PullRequestRecord {
  const { lastValid } = record;
  const absent = { kind: 'absent' } as const;
  const facts: Facts = { cloud: absent, labelled: [], pipeline: { kind: 'read', checks: [] }, ...record.facts };
  const tenants = Object.entries(record.tenants).map(([tenant, one]) => [tenant, { links: [{ part: '', url: one.url }], pins: {}, restart: undefined, trouble: undefined, ...one }] as const);
  return {
    ...record,
    facts,
    intent: record.intent ?? nothingAsked,
    lastValid: lastValid && { text: undefined, cloud: absent, ...lastValid },
    tenants: Object.fromEntries(tenants),
    said: { reacted: 0, ...record.said },
  };
}
