import type { Cause } from './refusals.ts';

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const qualifiedPart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const labelMessage =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an " +
  "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'example.com', regex used for validation is " +
  "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const qualifiedMessage =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. " +
  "'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueMessage =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
  "alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is " +
  "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

/** Returns the cause for a value that is not allowed, in the API's words. */
export function invalidValue(field: string, value: unknown, why: string): Cause {
  return { reason: 'FieldValueInvalid', message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

/** Returns the cause for a field that must be there. */
export function required(field: string, why = ''): Cause {
  return { reason: 'FieldValueRequired', message: `Required value${why === '' ? '' : `: ${why}`}`, field };
}

/** Returns the cause for a value that must not come twice. */
export function duplicate(field: string, value: unknown): Cause {
  return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${JSON.stringify(value)}`, field };
}

/** Returns the cause for a value outside a list of words. */
export function unsupported(field: string, value: unknown, words: readonly string[]): Cause {
  const list = words.map((word) => JSON.stringify(word)).join(', ');
  return {
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`,
    field,
  };
}

/** Returns the cause for something that is not allowed here at all. */
export function forbidden(field: string, why: string): Cause {
  return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
}

/** Returns the cause for a field that may not change. */
export function immutable(field: string, value: unknown): Cause {
  return invalidValue(field, value, 'field is immutable');
}

/** A whole number of at least 0. */
export function notNegative(field: string, value: number | undefined): Cause[] {
  return value === undefined || value >= 0 ? [] : [invalidValue(field, value, 'must be greater than or equal to 0')];
}

/** A name of at most 63 lower-case letters, digits and hyphens (namespaces, Services, containers, Service ports). */
export function dnsLabel(field: string, value: string): Cause[] {
  const causes = label.test(value) ? [] : [invalidValue(field, value, labelMessage)];
  return value.length > 63 ? [...causes, invalidValue(field, value, 'must be no more than 63 characters')] : causes;
}

/** A DNS name of at most 253 characters (the names of most objects, and hosts). */
export function dnsSubdomain(field: string, value: string): Cause[] {
  const causes = subdomain.test(value) ? [] : [invalidValue(field, value, subdomainMessage)];
  return value.length > 253 ? [...causes, invalidValue(field, value, 'must be no more than 253 characters')] : causes;
}

/** The name of a container's port: at most 15 characters, at least one letter, no two hyphens together. */
export function portName(field: string, value: string): Cause[] {
  const rules: [boolean, string][] = [
    [value.length > 15, 'must be no more than 15 characters'],
    [!/^[-a-z0-9]*$/.test(value), 'must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)'],
    [!/[a-z]/.test(value), 'must contain at least one letter (a-z)'],
    [value.includes('--'), 'must not contain consecutive hyphens'],
    [/^-|-$/.test(value), 'must not begin or end with a hyphen'],
  ];
  return rules.filter(([broken]) => broken).map(([, why]) => invalidValue(field, value, why));
}

/** A port of 1 to 65535. */
export function portNumber(field: string, value: unknown): Cause[] {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535;
  return fits ? [] : [invalidValue(field, value, 'must be between 1 and 65535, inclusive')];
}

/** A label or annotation key: an optional DNS prefix and a name of at most 63. */
export function qualifiedName(field: string, value: string): Cause[] {
  const [name = '', prefix, ...more] = value.split('/').reverse();
  if (more.length > 0)
    return [
      invalidValue(field, value, `a qualified name must consist of alphanumeric characters with at most one '/'`),
    ];
  const causes =
    prefix !== undefined && !subdomain.test(prefix)
      ? [invalidValue(field, value, `prefix part ${subdomainMessage}`)]
      : [];
  if (!qualifiedPart.test(name)) causes.push(invalidValue(field, value, qualifiedMessage));
  if (name.length > 63) causes.push(invalidValue(field, value, 'name part must be no more than 63 bytes'));
  return causes;
}

/** All keys and values of a label map. */
export function labelMap(field: string, labels: Readonly<Record<string, string>> = {}): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedName(field, key),
    ...(value.length > 63 ? [invalidValue(field, value, 'must be no more than 63 bytes')] : []),
    ...(labelValue.test(value) ? [] : [invalidValue(field, value, labelValueMessage)]),
  ]);
}
