import { parse } from 'yaml';
import { withoutNulls } from './canonical.ts';
import { secretWithData } from './defaults.ts';
import { asObject, isJsonObject, type Json, type JsonObject, type KubernetesObject } from './objects.ts';
import { billionths } from './quantities.ts';
import { badRequest, Refusal } from './refusals.ts';
import { type Resource, secrets } from './resources.ts';
import { type Schema, schemaOf } from './schemas.ts';
import { findDuplicate, findScalar, typeProblems, type TypeProblem, withoutUnknown } from './types-of-fields.ts';

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

function cannotHandle({ kind, apiVersion }: Resource): string {
  return `${kind} in version "${apiVersion.split('/').at(-1) ?? ''}" cannot be handled as a ${kind}`;
}

/** Throws the 400 of `fieldValidation=Strict` for a body with fields that the API does not know. */
export function requireKnownFields(resource: Resource, body: JsonObject): void {
  const unknown = typeProblems(body, schemaOf(resource)).filter(({ expected }) => expected === undefined);
  if (unknown.length === 0) return;
  const fields = unknown.map(({ path }) => `unknown field ${JSON.stringify(path.slice(1))}`);
  throw badRequest(`${cannotHandle(resource)}: strict decoding error: ${fields.join(', ')}`);
}

/**
 * Returns the body of a create or update as an object of the kind, without the fields that the API does not know; throws a 400
 * when it is of another kind or has wrong types.
 */
export function objectToWrite(resource: Resource, body: JsonObject): KubernetesObject {
  const { kind = resource.kind, apiVersion = resource.apiVersion } = body;
  const schema = schemaOf(resource);
  const cannot = cannotHandle(resource);
  if (kind !== resource.kind || apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the object provided is no ${resource.kind} of ${resource.apiVersion}: kind ${JSON.stringify(kind)}, apiVersion ${JSON.stringify(apiVersion)}`,
    );
  }
  const problems = typeProblems(body, schema);
  const wrong = problems.find(({ expected }) => expected !== undefined);
  if (wrong !== undefined) {
    const got = Array.isArray(wrong.got) ? 'array' : typeof wrong.got;
    throw badRequest(
      `${cannot}: json: cannot unmarshal ${got} into Go struct field ${wrong.path.slice(1)} of type ${wrong.expected ?? ''}`,
    );
  }
  const bad = badScalar(body, schema);
  if (bad !== undefined) throw badRequest(`${cannot}: ${bad}`);
  const known = problems.length > 0 ? (withoutUnknown(body, schema) as JsonObject) : body;
  // Who creates or updates writes the data itself; who applies keeps `stringData` as a field.
  return complete(resource, resource === secrets ? secretWithData(known) : known);
}

/** Returns the body of a server-side apply as an object of the kind; throws a 400, or the 500 that the API answers for wrong types. */
export function objectToApply(resource: Resource, name: string, body: JsonObject): KubernetesObject {
  const { kind, apiVersion, metadata } = body;
  const schema = schemaOf(resource);
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') throw badRequest('invalid object type: /, Kind=');
  if (kind !== resource.kind || apiVersion !== resource.apiVersion) {
    throw badRequest(
      `the API version and kind in the data (${apiVersion}, ${kind}) do not match the expected (${resource.apiVersion}, ${resource.kind})`,
    );
  }
  if (isJsonObject(metadata) && (metadata['managedFields'] ?? null) !== null)
    throw badRequest('metadata.managedFields must be nil');
  const typed = `failed to create typed patch object (/${name}; ${groupVersion(resource)}, Kind=${kind})`;
  const problems = typeProblems(body, schema).map(({ path, ...problem }) => `${path}: ${mismatch(problem)}`);
  if (problems.length === 1) throw new Refusal(500, `${typed}: ${problems.join('')}`);
  if (problems.length > 1) throw new Refusal(500, `${typed}: errors:\n  ${problems.join('\n  ')}`);
  const twice = findDuplicate(body, schema);
  if (twice !== undefined) throw new Refusal(500, `${typed}: ${twice.path}: duplicate entries for key ${twice.key}`);
  const bad = badScalar(body, schema);
  if (bad !== undefined) {
    const converting = `unable to convert unstructured object to ${groupVersion(resource)}, Kind=${kind}`;
    const reason = bad === quantityGrammar ? bad : `error decoding from json: ${bad}`;
    throw new Refusal(
      500,
      `failed to convert new object (/${name}; ${groupVersion(resource)}, Kind=${kind}) to proper version: ${converting}: ${reason}`,
    );
  }
  return complete(resource, body);
}

/** Says expected and got in the words of structured-merge-diff. */
function mismatch({ expected, got }: Omit<TypeProblem, 'path'>): string {
  if (expected === undefined) return 'field not declared in schema';
  if (expected === 'number') return `expected numeric (int or float), got ${Array.isArray(got) ? 'list' : typeof got}`;
  return `expected ${expected}, got &value.valueUnstructured{Value:${JSON.stringify(got)}}`;
}

/** Says what is wrong with a quantity or with base64 somewhere in the body. */
function badScalar(body: JsonObject, schema: Schema): string | undefined {
  const amount = findScalar(body, schema, 'quantity', (text) => billionths(text) === undefined);
  if (amount !== undefined) return quantityGrammar;
  const bytes = findScalar(body, schema, 'bytes', (text) => badBase64(text) !== undefined);
  return bytes === undefined ? undefined : `illegal base64 data at input byte ${badBase64(bytes) ?? 0}`;
}

/** Returns where the text stops being base64 (RFC 4648, padded; line ends do not count), or undefined. */
function badBase64(text: string): number | undefined {
  const letters = text.replaceAll(/[\r\n]/g, '');
  const good = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?/.exec(letters)?.[0].length ?? 0;
  if (good === letters.length) return undefined;
  const wrong = letters.slice(good).search(/[^A-Za-z0-9+/]/);
  return wrong < 0 ? letters.length : good + wrong;
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
