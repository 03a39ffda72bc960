import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Admission, completed, requireAllowed } from './admission.ts';
import { applied } from './apply.ts';
import { mergePatched, objectToApply, objectToWrite } from './bodies.ts';
import { withCanonicalQuantities, withoutEmpties } from './canonical.ts';
import { withDefaults } from './defaults.ts';
import { afterUpdate } from './managed-fields.ts';
import { randomSuffix } from './names.ts';
import { asJson, asObject, type JsonObject, type KubernetesObject, type Namespace, timestamp } from './objects.ts';
import { alreadyExists, badRequest, conflict, invalid, namespaceTerminating, notFound, Refusal } from './refusals.ts';
import { namespaces, type Resource } from './resources.ts';
import { schemaOf } from './schemas.ts';
import { causesOf } from './validation.ts';
import { invalidValue, required } from './validation-names.ts';

/** Which object a request is about. */
export type Target = { readonly resource: Resource; readonly namespace: string | undefined; readonly name: string };

/** What the verbs need of the server. */
export type WriteContext = Admission & { readonly allocateAddress: () => string };

const modified = 'the object has been modified; please apply your changes to the latest version and try again';

/** Completes, puts into the API's form and validates; throws a 422 with every cause. */
function admit(
  context: WriteContext,
  resource: Resource,
  object: KubernetesObject,
  live?: KubernetesObject,
): KubernetesObject {
  const schema = schemaOf(resource);
  const canonical = withoutEmpties(withCanonicalQuantities(asJson(object), schema), schema) as JsonObject;
  const around = { live: live === undefined ? undefined : asJson(live), allocate: context.allocateAddress };
  const whole = asObject(withDefaults(resource, canonical, around));
  const next = live === undefined ? completed(context, resource, whole) : whole;
  const causes = causesOf(resource, next, live);
  if (causes.length > 0) throw invalid(resource, next.metadata.name, causes);
  return next;
}

/** Throws a 404 when the namespace is not there, a 403 when it is being deleted. */
function requireOpenNamespace({ store }: WriteContext, { resource, namespace, name }: Target): void {
  if (!resource.namespaced) return;
  const found = store.get(namespaces, undefined, namespace ?? '') as Namespace | undefined;
  if (found === undefined) throw notFound(namespaces, namespace ?? '');
  if (found.metadata.deletionTimestamp !== undefined) throw namespaceTerminating(resource, name, namespace ?? '');
}

/** The metadata that a client may set. */
function givenMetadata({ metadata }: KubernetesObject): Partial<KubernetesObject['metadata']> {
  const { labels, annotations, finalizers, ownerReferences, managedFields, generateName } = metadata;
  return defined({ labels, annotations, finalizers, ownerReferences, managedFields, generateName });
}

function defined(fields: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** Stores a new object: identity, generation and creation time are the server's; a status that came along is dropped. */
function insert(context: WriteContext, target: Target, object: KubernetesObject): KubernetesObject {
  const { resource, namespace, name } = target;
  const { status: _status, ...rest } = asJson(object);
  const metadata = defined({
    ...givenMetadata(object),
    name,
    namespace,
    uid: randomUUID(),
    generation: resource.generation ? 1 : undefined,
    creationTimestamp: timestamp(),
  });
  const admitted = admit(context, resource, asObject({ ...rest, metadata }));
  const existing = context.store.get(resource, namespace, name);
  if (existing !== undefined) throw alreadyExists(resource, name, existing.metadata.deletionTimestamp !== undefined);
  requireAllowed(context, resource, admitted);
  return context.store.put(resource, admitted);
}

/** POST: returns the new object; throws 400, 403, 404, 409 or 422. */
export function create(
  context: WriteContext,
  resource: Resource,
  namespace: string | undefined,
  body: JsonObject,
  manager: string,
): KubernetesObject {
  const object = objectToWrite(resource, body);
  const metadata: Partial<KubernetesObject['metadata']> = object.metadata;
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const given = metadata.name ?? '';
  const name =
    given === '' && metadata.generateName !== undefined ? metadata.generateName.slice(0, 58) + randomSuffix(5) : given;
  if (metadata.resourceVersion !== undefined) {
    throw new Refusal(500, 'resourceVersion should not be set on objects to be created');
  }
  requireOpenNamespace(context, { resource, namespace, name });
  if (name === '') throw invalid(resource, '', [required('metadata.name', 'name or generateName is required')]);
  const managedFields = afterUpdate(resource, manager, undefined, object);
  return insert(context, { resource, namespace, name }, { ...object, metadata: { ...object.metadata, managedFields } });
}

/** Stores `object` in the live one's place, unless nothing would change; what only the server writes is carried over. */
function replace(
  context: WriteContext,
  target: Target,
  live: KubernetesObject,
  object: KubernetesObject,
): KubernetesObject {
  const { resource } = target;
  const { uid, creationTimestamp, resourceVersion, generation, deletionTimestamp, deletionGracePeriodSeconds } =
    live.metadata;
  const { name, namespace } = target;
  const kept = {
    name,
    namespace,
    uid,
    creationTimestamp,
    resourceVersion,
    generation,
    deletionTimestamp,
    deletionGracePeriodSeconds,
  };
  const metadata = defined({ ...givenMetadata(object), ...kept });
  const { status: _status, ...rest } = asJson(object);
  const { status } = asJson(live);
  const whole = asObject({ ...rest, metadata, ...(status === undefined ? {} : { status }) });
  const next = withGeneration(resource, live, admit(context, resource, whole, live));
  if (isDeepStrictEqual(next, live)) return live;
  if (deletionTimestamp !== undefined && (next.metadata.finalizers ?? []).length === 0 && resource !== namespaces) {
    context.store.remove(resource, next);
    return next;
  }
  return context.store.put(resource, next);
}

/** The generation counts changes of the spec, and for a Deployment of its annotations too (seen on kube-apiserver 1.36). */
function withGeneration(resource: Resource, live: KubernetesObject, next: KubernetesObject): KubernetesObject {
  if (!resource.generation) return next;
  const annotated =
    resource.kind === 'Deployment' &&
    !isDeepStrictEqual(next.metadata.annotations ?? {}, live.metadata.annotations ?? {});
  if (!annotated && isDeepStrictEqual(asJson(next)['spec'], asJson(live)['spec'])) return next;
  return { ...next, metadata: { ...next.metadata, generation: (live.metadata.generation ?? 0) + 1 } };
}

/** PUT: returns the object as stored; compares resourceVersion when the body has one. Throws 400, 404, 409 or 422. */
export function update(context: WriteContext, target: Target, body: JsonObject, manager: string): KubernetesObject {
  const { resource, namespace, name } = target;
  const object = objectToWrite(resource, body);
  requireName(object, name);
  const live = context.store.get(resource, namespace, name);
  if (live === undefined) throw notFound(resource, name);
  const { resourceVersion, uid } = object.metadata as Partial<KubernetesObject['metadata']>;
  if (uid !== undefined && uid !== live.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.metadata.uid}`;
    throw conflict(resource, name, why);
  }
  requireVersion(target, live, resourceVersion);
  const managedFields = afterUpdate(resource, manager, live, admit(context, resource, carried(object, live), live));
  return replace(context, target, live, { ...object, metadata: { ...object.metadata, managedFields } });
}

/** The object with the identity of the live one, for looking at it as a whole. */
function carried(object: KubernetesObject, live: KubernetesObject): KubernetesObject {
  return { ...object, metadata: { ...object.metadata, name: live.metadata.name } };
}

function requireName(object: KubernetesObject, name: string): void {
  const given = (object.metadata as Partial<KubernetesObject['metadata']>).name ?? name;
  if (given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
}

function requireVersion({ resource, name }: Target, live: KubernetesObject, resourceVersion: string | undefined): void {
  if (resourceVersion !== undefined && resourceVersion !== '' && resourceVersion !== live.metadata.resourceVersion) {
    throw conflict(resource, name, modified);
  }
}

/**
 * Forced server-side apply by one manager: creates or updates. In the body, a resourceVersion that is not the live one is a 409
 * (and counts for nothing when there is no object), a uid without an object a 409, a uid of another object a 422: so says
 * kube-apiserver 1.36.
 */
export function apply(
  context: WriteContext,
  target: Target,
  body: JsonObject,
  manager: string,
): { object: KubernetesObject; created: boolean } {
  const { resource, namespace, name } = target;
  const config = objectToApply(resource, name, body);
  requireName(config, name);
  const { uid, resourceVersion } = config.metadata as Partial<KubernetesObject['metadata']>;
  const live = context.store.get(resource, namespace, name);
  if (live === undefined) {
    requireOpenNamespace(context, target);
    if (uid !== undefined) {
      throw conflict(
        resource,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    }
    return { object: insert(context, target, applied(resource, manager, undefined, asJson(config))), created: true };
  }
  requireVersion(target, live, resourceVersion);
  if (uid !== undefined && uid !== live.metadata.uid) {
    throw invalid(resource, name, [invalidValue('metadata.uid', uid, 'field is immutable')]);
  }
  return { object: replace(context, target, live, applied(resource, manager, live, asJson(config))), created: false };
}

/** Merge patch (RFC 7396): returns the object as stored. Throws 400, 404, 409 or 422. */
export function patch(context: WriteContext, target: Target, body: JsonObject, manager: string): KubernetesObject {
  const live = context.store.get(target.resource, target.namespace, target.name);
  if (live === undefined) throw notFound(target.resource, target.name);
  return update(context, target, mergePatched(asJson(live), body) as JsonObject, manager);
}
