import { parse } from 'yaml';
import { withoutNulls } from './canonical.ts';
import { asObject, isJsonObject, type Json, type JsonObject, type KubernetesObject, type PodSpec } from './objects.ts';
import { badRequest, Refusal } from './refusals.ts';
import type { Resource } from './resources.ts';
import { schemaOf } from './schemas.ts';
import { findDuplicate, findTypeProblem, type TypeProblem } from './types-of-fields.ts';
import { badQuantity } from './validation-pods.ts';

const quantityGrammar = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";

/** Returns the JSON of a body; throws a 400 or 415 as the API does. Server-side apply sends YAML, of which JSON is a part. */
export function parseBody(text: string, contentType: string, resource: Resource): JsonObject {
  const type = contentType.split(';')[0]?.trim() ?? '';
  const yaml = type === 'application/apply-patch+yaml' || type === 'application/yaml';
  // Most clients send JSON, which is YAML, and read much faster as what it is.
  if (yaml && !text.startsWith('{"')) return parseYaml(text, resource);
  if (!yaml && type !== 'application/json' && type !== 'application/merge-patch+json' && type !== '') {
    throw new Refusal(
      415,
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml`,
      'UnsupportedMediaType',
    );
  }
  try {
    return requireObject(JSON.parse(text), resource);
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): ${String(error)}`);
  }
}

function parseYaml(text: string, resource: Resource): JsonObject {
  let value: unknown;
  try {
    // YAML 1.1, as the API server reads it: an unquoted yes or on is a boolean.
    value = parse(text, { version: '1.1' });
  } catch (error) {
    throw badRequest(`error decoding YAML: ${String(error)}`);
  }
  return requireObject(value, resource);
}

function requireObject(value: unknown, resource: Resource): JsonObject {
  if (isJsonObject(value)) return value;
  throw badRequest(`the object provided is unrecognized (must be of type ${resource.kind}): not an object`);
}

/** Returns the body of a create or update as an object of the kind; throws a 400 when it is of another kind or has wrong types. */
export function objectToWrite(resource: Resource, body: JsonObject): KubernetesObject {
  const { kind = resource.kind, apiVersion = resource.apiVersion } = body;
  const version = resource.apiVersion.split('/').at(-1) ?? '';
  if (kind !== resource.kind || apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the object provided is no ${resource.kind} of ${resource.apiVersion}: kind ${JSON.stringify(kind)}, apiVersion ${JSON.stringify(apiVersion)}`,
    );
  }
  const problem = findTypeProblem(body, schemaOf(resource));
  if (problem !== undefined) {
    const got = Array.isArray(problem.got) ? 'array' : typeof problem.got;
    throw badRequest(
      `${resource.kind} in version "${version}" cannot be handled as a ${resource.kind}: json: cannot unmarshal ${got} into Go struct field ${problem.path.slice(1)} of type ${problem.expected}`,
    );
  }
  const amount = badQuantity(podSpecOf(body));
  if (amount !== undefined)
    throw badRequest(
      `${resource.kind} in version "${version}" cannot be handled as a ${resource.kind}: ${quantityGrammar}`,
    );
  return complete(resource, body);
}

/** Returns the body of a server-side apply as an object of the kind; throws a 400, or the 500 that the API answers for wrong types. */
export function objectToApply(resource: Resource, name: string, body: JsonObject): KubernetesObject {
  const { kind, apiVersion, metadata } = body;
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') throw badRequest('invalid object type: /, Kind=');
  if (kind !== resource.kind || apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version and kind in the data (${apiVersion}, ${kind}) do not match the expected (${resource.apiVersion}, ${resource.kind})`,
    );
  }
  if (isJsonObject(metadata) && (metadata['managedFields'] ?? null) !== null)
    throw badRequest('metadata.managedFields must be nil');
  const typed = `failed to create typed patch object (/${name}; ${groupVersion(resource)}, Kind=${kind})`;
  const problem = findTypeProblem(body, schemaOf(resource));
  if (problem !== undefined) throw new Refusal(500, `${typed}: ${problem.path}: expected ${mismatch(problem)}`);
  const twice = findDuplicate(body, schemaOf(resource));
  if (twice !== undefined) throw new Refusal(500, `${typed}: ${twice.path}: duplicate entries for key ${twice.key}`);
  if (badQuantity(podSpecOf(body)) !== undefined)
    throw new Refusal(
      500,
      `failed to convert new object (/${name}; ${groupVersion(resource)}, Kind=${kind}) to proper version: ${quantityGrammar}`,
    );
  return complete(resource, body);
}

/** Says expected and got in the words of structured-merge-diff. */
function mismatch({ expected, got }: TypeProblem): string {
  if (expected === 'number') return `numeric (int or float), got ${Array.isArray(got) ? 'list' : typeof got}`;
  return `${expected}, got &value.valueUnstructured{Value:${JSON.stringify(got)}}`;
}

function groupVersion(resource: Resource): string {
  return resource.group === '' ? '/v1' : resource.apiVersion;
}

function complete(resource: Resource, body: JsonObject): KubernetesObject {
  const { metadata } = body;
  const whole = {
    ...body,
    kind: resource.kind,
    apiVersion: resource.apiVersion,
    metadata: isJsonObject(metadata) ? metadata : {},
  };
  return asObject(withoutNulls(whole) as JsonObject);
}

function podSpecOf(body: JsonObject): PodSpec | undefined {
  const at = (value: Json | undefined, name: string): Json | undefined =>
    isJsonObject(value) ? value[name] : undefined;
  const spec = at(at(at(body, 'spec'), 'template'), 'spec');
  return isJsonObject(spec) ? (spec as unknown as PodSpec) : undefined;
}

/** Returns the body of a merge patch laid over the live object: null takes a field out (RFC 7396). */
export function mergePatched(live: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const result: JsonObject = isJsonObject(live) ? { ...live } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(result, name);
    else result[name] = mergePatched(result[name], value);
  }
  return result;
}
