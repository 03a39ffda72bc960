import { z } from 'zod';
import { isTenantName } from '../core/names.ts';
import { substitute, templateNames, unknownIn } from '../core/substitute.ts';
import { isImageReference } from './image.ts';
import { nearest } from './nearest.ts';
import { shown, type Problem } from './problem.ts';
import { canonicalQuantity, cpuRule, memoryRule } from './quantity.ts';
import { entriesOf, readShape, text, valueAt, type Finding, type Wrong } from './shape.ts';
import type { YamlFile } from './yaml.ts';

/** What a project says (`.cloud/preview.yaml`), checked, with every default filled in. Templates: see `substitute`. */
export type Project = {
  /** Template of the image reference. */
  readonly image: string;
  readonly service: { readonly name: string; readonly port: { readonly name: string; readonly number: number } };
  /** One preview each, in the order of the file; empty means one preview that is no tenant's. */
  readonly tenants: readonly string[];
  /** Environment variables of the container; the values are templates. */
  readonly env: readonly { readonly name: string; readonly value: string }[];
  /** Where the container answers once it is ready; undefined means as soon as its port takes connections. */
  readonly readiness: { readonly path: string } | undefined;
  /** Kubernetes quantities as the API server writes them. */
  readonly resources: { readonly cpu: string; readonly memory: string };
  readonly replicas: number;
};

/** What the project's configuration is read against: the platform's tenants, and the app's name. */
export type ProjectContext = { readonly tenants: readonly string[]; readonly app: string };

const maxImage = 512;
const maxVariables = 100;
const maxEnvBytes = 32 * 1024;

const quantity = (rule: (value: string) => Wrong | undefined): z.ZodType => z.union([text(rule), z.number()]);

/** What people write in `.cloud/preview.yaml`. */
export const projectSchema = z.strictObject({
  image: text(imageRule).meta({
    description: 'The container image of the commit. A template.',
    example: '"registry.bar.com/foo:${sha}"',
  }),
  service: z
    .strictObject({
      name: text(serviceNameRule)
        .optional()
        .meta({ description: 'The Service’s name; without it the app’s.', example: 'foo-service' }),
      port: z
        .strictObject({
          name: text(portNameRule).default('http').meta({ description: 'The port’s name.', example: 'nginx' }),
          number: z
            .int()
            .min(1)
            .max(65_535)
            .default(8080)
            .meta({ description: 'The port that the container listens on.', example: '8080' }),
        })
        .prefault({})
        .meta({ description: 'The Service’s port.', example: '{ name: http, number: 8080 }' }),
    })
    .prefault({})
    .meta({
      description: 'The Service in front of the container.',
      example: '{ name: foo-service, port: { name: nginx, number: 8080 } }',
    }),
  tenants: z
    .array(z.string().meta({ description: 'A tenant of the platform.', example: 'fr' }))
    .optional()
    .meta({
      description:
        'The project’s tenants; without the key all of the platform’s, with `[]` one preview without a tenant.',
      example: '[fr, be]',
    }),
  env: z
    .record(
      text(variableRule),
      z.union([text(valueRule), z.number(), z.boolean()]).meta({
        description: 'A variable of the container. A template; numbers and booleans are taken as they are written.',
        example: '"${tenant}"',
      }),
    )
    .prefault({})
    .meta({
      description: `The container’s environment: ${maxVariables} variables at most, 32 KiB together.`,
      example: '{ TENANT: "${tenant}" }',
    }),
  readiness: z
    .strictObject({
      path: text(pathRule).meta({
        description: 'The HTTP path that answers 2xx or 3xx once the container is ready.',
        example: '/healthz',
      }),
    })
    .optional()
    .meta({
      description: 'When the container is ready; without the key, when its port takes connections.',
      example: '{ path: /healthz }',
    }),
  resources: z
    .strictObject({
      cpu: quantity(cpuRule)
        .default('100m')
        .meta({ description: 'CPU that each container is given.', example: '100m' }),
      memory: quantity(memoryRule)
        .default('256Mi')
        .meta({ description: 'Memory that each container is given, and may not exceed.', example: '256Mi' }),
    })
    .prefault({})
    .meta({ description: 'What each container needs.', example: '{ cpu: 100m, memory: 256Mi }' }),
  replicas: z
    .int()
    .min(1)
    .max(10)
    .default(1)
    .meta({ description: 'How many containers each preview has, 1 to 10.', example: '2' }),
});

/** Returns what the text of a `.cloud/preview.yaml` says, or every problem in it. Never throws. */
export function parseProject(
  content: string,
  file: string,
  context: ProjectContext,
): { readonly ok: true; readonly project: Project } | { readonly ok: false; readonly problems: Problem[] } {
  const read = readShape({ text: content, file }, projectSchema, (raw, yaml) => [
    ...wrongTenants(raw, context.tenants),
    ...wrongImage(raw, context),
    ...wrongQuantities(raw, yaml),
    ...tooMuchEnv(raw, yaml),
  ]);
  if (!read.ok) return read;
  const { raw, yaml } = read;
  const { service, resources } = raw;
  const written = (path: readonly string[], otherwise: unknown): string => yaml.sourceOf(path) ?? String(otherwise);
  const project: Project = {
    image: raw.image,
    service: { name: service.name ?? context.app, port: service.port },
    tenants: raw.tenants ?? context.tenants,
    env: Object.entries(raw.env).map(([name, value]) => ({
      name,
      value: typeof value === 'string' ? value : written(['env', name], value),
    })),
    readiness: raw.readiness,
    resources: {
      cpu: canonicalQuantity(written(['resources', 'cpu'], resources.cpu)),
      memory: canonicalQuantity(written(['resources', 'memory'], resources.memory)),
    },
    replicas: raw.replicas,
  };
  return { ok: true, project };
}

function wrongTenants(raw: unknown, known: readonly string[]): Finding[] {
  const given = valueAt(raw, ['tenants']);
  if (!Array.isArray(given)) return [];
  const seen = new Set<unknown>();
  return given.flatMap((tenant: unknown, index) => {
    if (typeof tenant !== 'string') return [];
    const here = { path: ['tenants', index], part: 'value' as const };
    if (seen.has(tenant))
      return [{ ...here, message: `names ${shown(tenant)} a second time`, mend: 'keep one of the two' }];
    seen.add(tenant);
    return known.includes(tenant)
      ? []
      : [{ ...here, message: `the platform has no tenant "${shown(tenant)}"`, mend: mendOfTenant(tenant, known) }];
  });
}

function mendOfTenant(tenant: string, known: readonly string[]): string {
  if (known.length === 0) return 'it has none at all: leave the key out';
  const near = isTenantName(tenant.toLowerCase()) ? nearest(tenant, known) : undefined;
  return near === undefined
    ? `its tenants are ${known.join(', ')}`
    : `did you mean "${near}"? Its tenants are ${known.join(', ')}`;
}

/** Fills the template in as an example would be: the shape of the reference does not depend on the values. */
function wrongImage(raw: unknown, { tenants, app }: ProjectContext): Finding[] {
  const [image, own] = [valueAt(raw, ['image']), valueAt(raw, ['tenants'])];
  if (typeof image !== 'string' || imageRule(image)) return [];
  const tenant = (Array.isArray(own) ? own : tenants).length > 0 ? 'tenant' : '';
  const sha = '0123456789abcdef'.repeat(3).slice(0, 40);
  const filled = substitute(image, {
    app,
    pr: '241',
    tenant,
    sha,
    shortSha: sha.slice(0, 7),
    branch: 'branch',
    host: `${app}-241.example.com`,
  });
  if (isImageReference(filled)) return [];
  const noTenant =
    tenant === '' &&
    isImageReference(
      substitute(image, { app, pr: '241', tenant: 'fr', sha, shortSha: '0123456', branch: 'b', host: 'h' }),
    );
  const mend = noTenant
    ? 'leave ${tenant} out: this project has no tenants'
    : 'write [registry/]name:tag, the name in lower case: "registry.bar.com/foo:${sha}"';
  return [{ path: ['image'], part: 'value', message: `is not an image reference: ${shown(filled, 120)}`, mend }];
}

/** Numbers reach the rules as they are written: YAML makes 0.1 of 100e-3, and loses digits. */
function wrongQuantities(raw: unknown, yaml: YamlFile): Finding[] {
  const rules = [
    ['cpu', cpuRule],
    ['memory', memoryRule],
  ] as const;
  return rules.flatMap(([key, rule]) => {
    const path = ['resources', key];
    const wrong = typeof valueAt(raw, path) === 'number' ? rule(yaml.sourceOf(path) ?? '') : undefined;
    return wrong ? [{ ...wrong, path, part: 'value' as const }] : [];
  });
}

function tooMuchEnv(raw: unknown, yaml: YamlFile): Finding[] {
  const here = { path: ['env'], part: 'key' as const };
  const entries = entriesOf(valueAt(raw, ['env']));
  if (entries.length > maxVariables)
    return [{ ...here, message: `has ${entries.length} variables`, mend: `${maxVariables} are the most` }];
  const bytes = entries.reduce((sum, [name, value]) => {
    return sum + Buffer.byteLength(name + (typeof value === 'string' ? value : (yaml.sourceOf(['env', name]) ?? '')));
  }, 0);
  return bytes > maxEnvBytes
    ? [{ ...here, message: `has ${bytes} bytes`, mend: `${maxEnvBytes} are the most: put large values into the image` }]
    : [];
}

function imageRule(value: string): Wrong | undefined {
  const mend = 'write [registry/]name:tag, for example "registry.bar.com/foo:${sha}"';
  if (value === '') return { message: 'is empty', mend };
  if (value.length > maxImage) return { message: `is longer than ${maxImage} characters`, mend };
  if (/[\p{C}\p{Z}]/u.test(value)) return { message: 'has spaces or characters that do not show', mend };
  if (/^[a-z]+:\/\//i.test(value)) return { message: 'begins like a link', mend: 'leave the scheme (https://) out' };
  return templateRule(value);
}

function valueRule(value: string): Wrong | undefined {
  if (value.includes('\0') || !value.isWellFormed())
    return { message: 'has a character that no variable can have', mend: 'remove it' };
  return templateRule(value);
}

function templateRule(value: string): Wrong | undefined {
  const [unknown] = unknownIn(value);
  if (unknown === undefined) return undefined;
  const near = nearest(unknown.replaceAll(/[${}]/g, ''), templateNames);
  const names = `the names are ${templateNames.join(', ')}; write $\${ for a plain \${`;
  return {
    message: `cannot fill in ${shown(unknown)}`,
    mend: near === undefined ? names : `did you mean \${${near}}? (${names})`,
  };
}

function serviceNameRule(value: string): Wrong | undefined {
  const fits = value.length <= 63 && /^[a-z]([a-z0-9-]*[a-z0-9])?$/.test(value);
  return fits
    ? undefined
    : {
        message: 'is not a Service’s name',
        mend: 'write a letter, then letters, digits and "-", all lower-case, 63 at most: foo-service',
      };
}

/** IANA_SVC_NAME, RFC 6335 section 5.1, as Kubernetes checks it. */
function portNameRule(value: string): Wrong | undefined {
  const fits = value.length <= 15 && /^[a-z0-9](-?[a-z0-9])*$/.test(value) && /[a-z]/.test(value);
  return fits
    ? undefined
    : {
        message: 'is not a port’s name',
        mend: 'write letters, digits and single "-", all lower-case, one letter at least, 15 at most: http',
      };
}

function variableRule(value: string): Wrong | undefined {
  const fits = value.length <= 256 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(value);
  return fits
    ? undefined
    : { message: 'is not a variable’s name', mend: 'write letters, digits and "_", no digit first: LOG_LEVEL' };
}

function pathRule(value: string): Wrong | undefined {
  if (value.length <= 512 && /^\/[!-~]*$/.test(value)) return undefined;
  return {
    message: 'is not an HTTP path',
    mend: 'begin with "/", without spaces or other letters than ASCII: /healthz',
  };
}
