import { isDeepStrictEqual } from 'node:util';
import type { ConfigMap, Secret } from './objects.ts';
import { billionths } from './quantities.ts';
import type { Cause } from './refusals.ts';
import { forbidden, immutable, invalidValue, required, unsupported } from './validation-names.ts';
import type { VolumeClaim, VolumeClaimSpec } from './workloads.ts';

/** 1 MiB: the API's limit for the data of a ConfigMap or Secret. */
const dataLimit = 1024 * 1024;

type Entries = Readonly<Record<string, string>>;

const keyRule =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', " +
  "regex used for validation is '[-._a-zA-Z0-9]+')";

function keyCauses(field: string, entries: Entries = {}): Cause[] {
  return Object.keys(entries).flatMap((key) =>
    /^[-._a-zA-Z0-9]{1,253}$/.test(key) ? [] : [invalidValue(`${field}[${key}]`, key, keyRule)],
  );
}

function sizeCauses(field: string, size: number): Cause[] {
  const message = `Too long: may not be more than ${dataLimit} bytes`;
  return size > dataLimit ? [{ reason: 'FieldValueTooLong', message, field }] : [];
}

function sizeOf(entries: Entries = {}, encoding: 'utf8' | 'base64' = 'utf8'): number {
  return Object.entries(entries).reduce((sum, [, value]) => sum + Buffer.byteLength(value, encoding), 0);
}

type Frozen = { readonly immutable?: boolean };

/** What may not change once `immutable` is set: that itself, and the data. */
function frozenCauses<T extends Frozen>(
  object: T,
  live: T | undefined,
  fields: readonly (keyof T & string)[],
): Cause[] {
  if (live?.immutable !== true) return [];
  const why = 'field is immutable when `immutable` is set';
  return [
    ...(object.immutable === true ? [] : [forbidden('immutable', why)]),
    ...fields.flatMap((field) => (isDeepStrictEqual(object[field], live[field]) ? [] : [forbidden(field, why)])),
  ];
}

/** Returns everything that is wrong with a ConfigMap. */
export function configMapCauses(object: ConfigMap, live: ConfigMap | undefined): Cause[] {
  const { data = {}, binaryData = {} } = object;
  const twice = Object.keys(data).filter((key) => Object.hasOwn(binaryData, key));
  return [
    ...keyCauses('data', data),
    ...twice.map((key) => invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')),
    ...keyCauses('binaryData', binaryData),
    ...sizeCauses('[]', sizeOf(data) + sizeOf(binaryData, 'base64')),
    ...frozenCauses(object, live, ['data', 'binaryData']),
  ];
}

/** The keys that a type of Secret cannot be without. */
const typeKeys: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
};

const accountName = 'kubernetes.io/service-account.name';

function typeCauses({ type, data = {}, metadata }: Secret): Cause[] {
  if (type === 'kubernetes.io/basic-auth') {
    const keys = ['username', 'password'];
    return keys.some((key) => data[key] !== undefined) ? [] : keys.map((key) => required(`data[${key}]`));
  }
  if (type === 'kubernetes.io/service-account-token') {
    const isNamed = (metadata.annotations?.[accountName] ?? '') !== '';
    return isNamed ? [] : [required(`metadata.annotations[${accountName}]`)];
  }
  return (typeKeys[type] ?? []).flatMap((key): Cause[] => {
    const value = data[key];
    if (value === undefined) return [required(`data[${key}]`)];
    const readable = !key.startsWith('.docker') || isJson(Buffer.from(value, 'base64').toString());
    return readable ? [] : [invalidValue(`data[${key}]`, '<secret contents redacted>', 'invalid JSON')];
  });
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Returns everything that is wrong with a Secret. */
export function secretCauses(object: Secret, live: Secret | undefined): Cause[] {
  return [
    ...(live !== undefined && live.type !== object.type ? [immutable('type', object.type)] : []),
    ...frozenCauses(object, live, ['data']),
    ...keyCauses('data', object.data),
    ...sizeCauses('data', sizeOf(object.data, 'base64')),
    ...typeCauses(object),
  ];
}

const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

/** Returns everything that is wrong with what a claim asks for. */
export function claimSpecCauses(spec: VolumeClaimSpec | undefined, field: string): Cause[] {
  const modes = spec?.accessModes ?? [];
  const storage = spec?.resources?.requests?.['storage'];
  const none = storage !== undefined && (billionths(storage) ?? 0n) <= 0n;
  return [
    ...(modes.length === 0 ? [required(`${field}.accessModes`, 'at least 1 access mode is required')] : []),
    ...modes
      .filter((mode) => !accessModes.includes(mode))
      .map((mode) => unsupported(`${field}.accessModes`, mode, accessModes)),
    ...(storage === undefined ? [required(`${field}.resources[storage]`)] : []),
    ...(none ? [invalidValue(`${field}.resources[storage]`, storage, 'must be greater than zero')] : []),
  ];
}

/** What of a claim may never change: a class may be added while it has none, more may be asked for once it is bound. */
function fixedPart({ spec, status }: VolumeClaim, live: VolumeClaim): object {
  const { volumeName: _volumeName, storageClassName, ...rest } = spec;
  const named = live.spec.storageClassName === undefined ? {} : { storageClassName };
  return { ...rest, ...named, ...(status.phase === 'Bound' ? { resources: {} } : {}) };
}

/** Returns everything that is wrong with a PersistentVolumeClaim. */
export function volumeClaimCauses(claim: VolumeClaim, live: VolumeClaim | undefined): Cause[] {
  const causes = claimSpecCauses(claim.spec, 'spec');
  if (live === undefined) return causes;
  const why =
    'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
  if (!isDeepStrictEqual(fixedPart(claim, live), fixedPart(live, live))) causes.push(forbidden('spec', why));
  const storage = (of: VolumeClaim): bigint => billionths(of.spec.resources?.requests?.['storage'] ?? '0') ?? 0n;
  if (live.status.phase === 'Bound' && storage(claim) < storage(live)) {
    causes.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return causes;
}
