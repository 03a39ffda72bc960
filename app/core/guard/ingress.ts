import { at, isMap, listAt, wordAt, type JsonMap } from '../json.ts';
import { shown } from '../outside-text.ts';
import { annotationPattern, neverLeftToBranches } from '../traffic/branch-annotations.ts';
import type { ClassForm } from '../traffic/policy.ts';
import { insteadOf, typedFieldOf } from '../traffic/typed-annotations.ts';
import { annotations } from './labels.ts';
import { isDnsLabel } from './metadata.ts';
import { fields, integer, kept, leftOut, listOf, oneOf, refused, textThat, type Check, type Scope } from './shape.ts';

/** The older of the two forms in which an Ingress names its class; the other is the field `spec.ingressClassName`. */
const classAnnotation = 'kubernetes.io/ingress.class';
const maxPaths = 100;

/** Nothing that means something in a configuration file, a map file or a regular expression. */
const plainValue = /^[\x20-\x7e]{0,256}$/;
const marks = /["'`{}\\;#$%|]/;
/** RFC 3986's path characters without those that quote, end a line or begin something in a proxy's configuration. */
const plainPath = /^\/[A-Za-z0-9._~!&+,=:@/-]{0,255}$/;

const sameClass: Check = textThat((value, field, scope) => {
  const ours = scope.policy.ingressClass;
  if (value !== ours) scope.say(field, 'ingress-class', `is "${shown(value)}"`, `take it out, or write ${ours}`);
  return undefined;
});

export const ingressAnnotations: Check = annotations((key, value, field, scope) => {
  const typed = typedFieldOf(key);
  if (key === classAnnotation) sameClass(value, field, scope);
  else if (typed !== undefined)
    scope.say(field, 'ingress-annotation', 'is for the platform to write', insteadOf(typed));
  else if (!scope.policy.ingressAnnotations.includes(key))
    notListed(key, field, scope);
  else if (!plainValue.test(value) || marks.test(value))
    scope.say(
      field,
      'ingress-annotation-value',
      'has a value that is not plain',
      'write at most 256 characters on one line, without quotes, braces and \\ ; # $ % | `',
    );
  return key !== classAnnotation;
});

/** Asking the administrators helps only where avant.yaml would take it. */
function notListed(key: string, field: string, scope: Scope): void {
  const never = whyNever(key);
  if (never !== undefined)
    scope.say(field, 'ingress-annotation', `is for no preview: ${never}`, 'take it out: administrators cannot allow it either');
  else
    scope.say(
      field,
      'ingress-annotation',
      'is not allowed',
      'take it out, or ask the administrators to allow it (ingressAnnotations)',
    );
}

function whyNever(key: string): string | undefined {
  if (annotationPattern.test(key)) return neverLeftToBranches(key)?.why;
  return key.includes('/') ? 'no annotation has such a name' : 'those that a controller reads have a prefix and a slash';
}

/** The same for every tenant, so that what all have wrong is told once; a host as it is would be right for one of them only. */
const ourHost = '`{{ .Values.avant.host }}` in a chart, `${host}` in a manifest';

/** One of the preview's hosts, to the letter. */
const host: Check = textThat((value, field, scope) => {
  if (!scope.policy.hosts.includes(value)) scope.say(field, 'ingress-host', said(value), `write ${ourHost}`);
  return value;
});

function said(value: string): string {
  if (value === '') return 'is empty, which stands for every host';
  return value.includes('*') ? `is the wildcard "${shown(value)}"` : `is "${shown(value)}", which is not the preview’s`;
}

const path: Check = textThat((value, field, scope) => {
  if (value === '') return '/';
  const segments = value.slice(1).split('/');
  const odd = segments.some(
    (segment, index) => segment === '.' || segment === '..' || (segment === '' && index < segments.length - 1),
  );
  if (!plainPath.test(value) || odd)
    scope.say(
      field,
      'ingress-path',
      `is "${shown(value)}"`,
      'write a plain path such as /api: it stands for all below it with pathType Prefix',
    );
  return value;
});

const serviceName: Check = textThat((value, field, scope) => {
  if (!isDnsLabel(value))
    scope.say(field, 'field-value', 'is not the name of a Service', 'write the name of one of the preview’s Services');
  return value;
});

const portFields = fields({ name: textThat((value) => (value === '' ? undefined : value)), number: integer(1, 65_535) });

/** The API server takes a port's name or its number, neither both nor none, and a name with a letter in it. */
const servicePort: Check = (value, field, scope) => {
  const [name, number] = [at(value, 'name') ?? '', at(value, 'number')];
  const word = wordAt(value, 'name');
  const digits = /^\d+$/.test(word);
  if (name !== '' && typeof number === 'number') scope.say(field, 'ingress-service', 'has a name and a number', 'take out one of the two');
  else if (isMap(value) && name === '' && number === undefined)
    scope.say(field, 'ingress-service', 'has neither a name nor a number', 'write one of the two, as the Service has it');
  else if (digits)
    scope.say(`${field}.name`, 'ingress-service', `is ${shown(word, 20)}, and a name has a letter`, `write number: ${shown(word, 20)}`);
  return portFields(isMap(value) && digits ? { ...value, name: null } : value, field, scope);
};

const withService = fields(
  {
    service: fields({ name: serviceName, port: servicePort }, ['name', 'port']),
  },
  ['service'],
);
const withResource = fields({
  service: kept,
  resource: refused('ingress-resource-backend', 'leads to something else than a Service', 'write service instead'),
});
const backend: Check = (value, field, scope) =>
  (at(value, 'resource') === undefined ? withService : withResource)(value, field, scope);

const pathFields = fields({ path, pathType: oneOf('Prefix', 'Exact', 'ImplementationSpecific'), backend }, [
  'pathType',
  'backend',
]);

/** Without a path it stands for all of them. */
const onePath: Check = (value, field, scope) => {
  const taken = pathFields(value, field, scope);
  return isMap(taken) ? { path: '/', ...taken } : taken;
};
const rule = fields({ host, http: fields({ paths: listOf(onePath) }) });

/** The platform's certificate is for all previews; what is not for this one would not be there. */
const tlsHost: Check = textThat((value, field, scope) => {
  if (!scope.policy.hosts.includes(value))
    scope.say(field, 'ingress-tls', said(value), `write ${ourHost}, or take tls out: TLS is the platform's`);
  return undefined;
});

const spec = fields({
  ingressClassName: sameClass,
  defaultBackend: refused(
    'ingress-default-backend',
    'answers for hosts of others',
    'take it out, and write a path / in a rule',
  ),
  rules: listOf(rule),
  tls: (value, field, scope) => {
    listOf(fields({ hosts: listOf(tlsHost), secretName: leftOut }))(value, field, scope);
    return undefined;
  },
});

/** `spec` of an Ingress: at least one rule, each with a host and a path. */
export const ingressSpec: Check = (value, field, scope) => {
  const taken = spec(value, field, scope);
  if (!isMap(value)) return taken;
  const rules = listAt(value, 'rules');
  if (rules.length === 0 && (at(value, 'rules') === undefined || Array.isArray(at(value, 'rules'))))
    scope.say(`${field}.rules`, 'ingress-rules', 'are missing', `write a rule for ${ourHost}`);
  let paths = 0;
  rules.forEach((one, index) => {
    const [where, own] = [`${field}.rules[${index}]`, listAt(at(one, 'http'), 'paths').length];
    if (isMap(one) && at(one, 'host') === undefined)
      scope.say(`${where}.host`, 'ingress-host', 'is missing, which stands for every host', `write ${ourHost}`);
    if (isMap(one) && own === 0)
      scope.say(`${where}.http.paths`, 'ingress-rules', 'are missing', 'write the path / with its backend');
    paths += own;
  });
  if (paths > maxPaths) scope.say(`${field}.rules`, 'ingress-rules', `have ${paths} paths`, `${maxPaths} are the most`);
  return taken;
};

/** Returns the Ingress with the platform's class in the form that its controller reads, and in no other. */
export function withClass(ingress: JsonMap, name: string, form: ClassForm): JsonMap {
  const { metadata, spec: given } = ingress;
  const [own, ownSpec] = [isMap(metadata) ? metadata : {}, isMap(given) ? given : {}];
  const kept = at(own, 'annotations');
  const noted = { ...(isMap(kept) ? kept : {}), [classAnnotation]: name };
  return {
    ...ingress,
    metadata: form === 'field' ? own : { ...own, annotations: noted },
    spec: form === 'annotation' ? ownSpec : { ...ownSpec, ingressClassName: name },
  };
}
