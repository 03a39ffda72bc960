import type { JsonObject } from './objects.ts';
import { qualifiedKind, qualifiedPlural, type Resource } from './resources.ts';

/** One entry of `details.causes` in a Status. */
export type Cause = { reason: string; message: string; field: string };

/** An answer other than success. Its body is a Status object, in the words of kube-apiserver 1.36. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: JsonObject;
  readonly code: number;
  constructor(code: number, message: string, reason?: string, details?: JsonObject) {
    super(message);
    this.code = code;
    this.status = statusObject(code, message, reason, details);
  }
}

/** Returns a Status of failure. */
export function statusObject(code: number, message: string, reason?: string, details?: JsonObject): JsonObject {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === undefined ? {} : { reason }),
    ...(details === undefined ? {} : { details }),
    code,
  };
}

function detailsOf(resource: Resource, name: string, kind: string = resource.plural): JsonObject {
  return { name, ...(resource.group === '' ? {} : { group: resource.group }), kind };
}

/** 404: no object of that name. */
export function notFound(resource: Resource, name: string): Refusal {
  return new Refusal(404, `${qualifiedPlural(resource)} "${name}" not found`, 'NotFound', detailsOf(resource, name));
}

/** 409: the name is taken; `terminating` adds what the API says of an object that is on its way out. */
export function alreadyExists(resource: Resource, name: string, terminating: boolean): Refusal {
  const message = `${terminating ? 'object is being deleted: ' : ''}${qualifiedPlural(resource)} "${name}" already exists`;
  return new Refusal(409, message, 'AlreadyExists', detailsOf(resource, name));
}

/** 409: somebody else was faster, or the object is another one. */
export function conflict(resource: Resource, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualifiedPlural(resource)} "${name}": ${why}`;
  return new Refusal(409, message, 'Conflict', detailsOf(resource, name));
}

/** 409 of a delete whose precondition does not hold; the API names the kind there, not the plural. */
export function failedPrecondition(resource: Resource, name: string, why: string): Refusal {
  const message = `Operation cannot be fulfilled on ${qualifiedKind(resource)} "${name}": ${why}`;
  return new Refusal(409, message, 'Conflict', detailsOf(resource, name, resource.kind));
}

/** 403: nothing new is made in a namespace that is being deleted. */
export function namespaceTerminating(resource: Resource, name: string, namespace: string): Refusal {
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  return new Refusal(403, `${qualifiedPlural(resource)} "${name}" is forbidden: ${why}`, 'Forbidden', {
    ...detailsOf(resource, name),
    causes: [cause],
  });
}

/** 403: a rule of the cluster or namespace is against it. */
export function forbidden(resource: Resource, name: string, why: string): Refusal {
  const message = `${qualifiedPlural(resource)} "${name}" is forbidden: ${why}`;
  return new Refusal(403, message, 'Forbidden', detailsOf(resource, name));
}

/** 422: every cause at once. */
export function invalid(resource: Resource, name: string, causes: readonly Cause[]): Refusal {
  const seen = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const list = seen.length === 1 ? seen.join('') : `[${seen.join(', ')}]`;
  return new Refusal(422, `${qualifiedKind(resource)} "${name}" is invalid: ${list}`, 'Invalid', {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.kind,
    causes: causes.map((cause) => ({ ...cause })),
  });
}

/** 422 of options (delete, patch), which are objects of their own kind in group meta.k8s.io. */
export function invalidOptions(kind: string, cause: Cause): Refusal {
  return new Refusal(422, `${kind}.meta.k8s.io "" is invalid: ${cause.field}: ${cause.message}`, 'Invalid', {
    group: 'meta.k8s.io',
    kind,
    causes: [{ ...cause }],
  });
}

/** 400. */
export function badRequest(message: string): Refusal {
  return new Refusal(400, message, 'BadRequest');
}

/** 410: the history that the request needs is gone. */
export function expired(message: string): Refusal {
  return new Refusal(410, message, 'Expired');
}

/** 501: Kubernetes has it, the sandbox does not. */
export function notInSandbox(what: string): Refusal {
  return new Refusal(501, `The sandbox does not have ${what}.`, 'NotImplemented');
}
