import { createHash } from 'node:crypto';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json | undefined };

/** The part of a Kubernetes object that every kind has; the rest is read where it is needed. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly uid?: string;
    readonly resourceVersion?: string;
    readonly generation?: number;
    readonly creationTimestamp?: string;
    readonly deletionTimestamp?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec?: Json;
  readonly data?: Readonly<Record<string, string>>;
  readonly type?: string;
  readonly status?: Json;
};

/** Names an object in its cluster. */
export type ObjectRef = { readonly apiVersion: string; readonly kind: string; readonly namespace?: string; readonly name: string };

/** The version of an object that somebody saw; a write that carries it fails when the object has changed since. */
export type Fence = { readonly uid: string; readonly resourceVersion: string };

/** Returns what names an object in its cluster. */
export function refOf(object: KubernetesObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** Returns `Kind/name`, for messages. */
export function describeRef(ref: ObjectRef): string {
  return `${ref.kind}/${ref.name}`;
}

/** Returns the fence of an object as read from the API server, or undefined for one that was not. */
export function fenceOf(object: KubernetesObject): Fence | undefined {
  const { uid, resourceVersion } = object.metadata;
  return uid === undefined || resourceVersion === undefined ? undefined : { uid, resourceVersion };
}

/** Labels and annotations that Avant writes. */
export const names = {
  managedBy: 'app.kubernetes.io/managed-by',
  /**
   * Label: the namespace of the Avant that made it. Two in one cluster leave each other's alone; what has none, of a version before this
   * label, is everybody's.
   */
  instance: 'avant/instance',
  /** Label: `labelOfKey` of the pull request; selects what belongs to it. */
  key: 'avant/key',
  /** Label: the app's name. */
  app: 'avant/app',
  /** Label: the pull request's number. */
  pullRequest: 'avant/pull-request',
  /** Label: the tenant; absent on an unnamed preview. */
  tenant: 'avant/tenant',
  /** Label of records and claims: which of the two. */
  store: 'avant/store',
  /** Label: the app's part, where a project has several. */
  part: 'avant/part',
  /** Label of a hook's Job: `setup` or `teardown`. */
  hook: 'avant/hook',
  /** Annotation of a hook's Job: its turn, from 1. */
  order: 'avant/order',
  /** Annotation of a pod template: the last command that asked to start it anew. */
  restart: 'avant/restart',
  /** Annotation: `formatKey` of the pull request. */
  owner: 'avant/owner',
  /** Annotation: address of the pull request, for people. */
  url: 'avant/url',
  /** Annotation: the commit. */
  commit: 'avant/commit',
  /** Annotation of a copied Secret: `namespace/name` of what it was copied from. */
  copiedFrom: 'avant/copied-from',
  /** Annotation: the file of the branch that the object comes from, from the repository's root. */
  source: 'avant/source',
  /** Annotation: hash of what we applied. */
  hash: 'avant/applied-hash',
  /** Annotation: GitHub's clock at the read that the object comes from. */
  readAt: 'avant/read-at',
} as const;

/** The value of `managedBy`, and the field manager of every apply. */
export const manager = 'avant';

/** Returns the label value that stands for a key: 40 hex digits of its SHA-256. */
export function labelOfKey(formattedKey: string): string {
  return sha256(formattedKey).slice(0, 40);
}

/** Returns the SHA-256 of a text, in hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Returns JSON with the keys of every object sorted: equal values have equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
