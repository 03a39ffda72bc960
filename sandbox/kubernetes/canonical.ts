import { isJsonObject, type Json, type JsonObject } from './objects.ts';
import { canonicalQuantity } from './quantities.ts';

/** Fields of Go type "omitempty" that Avant sets: the API writes them back only when there is something in them. */
const omittedWhenEmpty = new Set([
  'labels',
  'annotations',
  'finalizers',
  'ownerReferences',
  'managedFields',
  'data',
  'env',
  'ports',
  'command',
  'args',
  'volumes',
  'volumeMounts',
  'imagePullSecrets',
  'nodeSelector',
  'tolerations',
  'limits',
  'requests',
  'rules',
  'tls',
  'value',
  'readOnly',
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'stdin',
  'tty',
]);

function isEmpty(value: Json): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === '' || value === false || (isJsonObject(value) && Object.keys(value).length === 0);
}

/** Returns the value without nulls: in JSON for the API they mean "not set". */
export function withoutNulls(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== null)
      .map(([name, inner]) => [name, withoutNulls(inner)]),
  );
}

/** Returns the value with the amounts under `resources` (limits, requests) as the API writes them. */
export function withCanonicalQuantities(value: Json, inResources = false): Json {
  if (Array.isArray(value)) return value.map((item) => withCanonicalQuantities(item));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const amounts = inResources && (name === 'limits' || name === 'requests') && isJsonObject(inner);
      return [name, amounts ? canonicalAmounts(inner) : withCanonicalQuantities(inner, name === 'resources')];
    }),
  );
}

function canonicalAmounts(amounts: JsonObject): JsonObject {
  const canonical = (amount: Json): Json =>
    typeof amount === 'string' || typeof amount === 'number' ? canonicalQuantity(amount) : amount;
  return Object.fromEntries(Object.entries(amounts).map(([name, amount]) => [name, canonical(amount)]));
}

/** Returns the value as the API writes it back: without the fields it leaves out when they are empty. */
export function withoutEmpties(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutEmpties);
  if (!isJsonObject(value)) return value;
  const kept: JsonObject = {};
  for (const [name, inner] of Object.entries(value)) {
    // Keys of these maps are the user's: an empty value in `data` or `labels` stays.
    const users =
      name === 'data' || name === 'labels' || name === 'annotations' || name === 'matchLabels' || name === 'selector';
    const written = users ? inner : withoutEmpties(inner);
    if (!(omittedWhenEmpty.has(name) && isEmpty(written))) kept[name] = written;
  }
  return kept;
}
