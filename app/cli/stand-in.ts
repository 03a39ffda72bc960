import { readFileSync } from 'node:fs';
import { BootError } from '../compose.ts';
import { everybody, wayPattern } from '../config/access-texts.ts';
import { parsePlatform, type Platform } from '../config/platform.ts';
import { everyTenant } from '../config/platform-texts.ts';
import { formatProblem } from '../config/problem.ts';
import { entriesOf, textsOf, valueAt } from '../config/shape.ts';
import { readYaml } from '../config/yaml.ts';
import { messageOf } from '../core/errors.ts';
import { projectConfigPath, type ConfigFile } from '../core/facts.ts';
import { isTenantName } from '../core/names.ts';
import { UsageError, type ValidateOptions } from './command-line.ts';

/**
 * Returns the platform config in the file that `--config` names; without it one with the defaults, all tenants and ways to look that
 * the project names, and what the command line gives. Throws a BootError for a file that is of no use, and a UsageError for a tenant that is
 * not in it.
 */
export function platformFor(options: ValidateOptions, repository: string, config: ConfigFile): Platform {
  const { config: path, tenant } = options;
  if (path === undefined) return standIn(options, repository, config);
  const parsed = parsePlatform(textAt(path), path);
  if (!parsed.ok) throw new BootError(parsed.problems.map(formatProblem).join('\n'));
  const { tenants } = parsed.platform;
  if (tenant !== undefined && !tenants.includes(tenant))
    throw new UsageError(`--tenant: ${path} has no tenant ${tenant}; ${named(tenants)}`);
  return parsed.platform;
}

/** Returns tenants for a sentence. */
export function named(tenants: readonly string[]): string {
  return tenants.length === 0 ? 'it has none' : `it has ${tenants.join(', ')}`;
}

function textAt(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new BootError(`--config: ${path} cannot be read (${messageOf(error)})`, { cause: error });
  }
}

function standIn({ tenant, secrets }: ValidateOptions, repository: string, config: ConfigFile): Platform {
  const tenants = [...tenantsIn(config), ...(tenant === undefined ? [] : [tenant])];
  const written = {
    domain: 'preview.example.com',
    tenants: Object.fromEntries(tenants.map((name) => [name, {}])),
    access: { ways: Object.fromEntries(waysIn(config).map((name) => [name, { addresses: [someRange] }])) },
    ...(secrets.length === 0
      ? {}
      : { secrets: { namespace: 'avant-secrets', projects: { [repository]: { all: secrets } } } }),
  };
  // JSON is YAML.
  const parsed = parsePlatform(JSON.stringify(written), 'the command line');
  if (!parsed.ok) throw new UsageError(parsed.problems.map(formatProblem).join('\n'));
  return parsed.platform;
}

/** More tenants than any platform has. */
const mostTenants = 100;

/** The tenants that a project config names and a platform could have, whatever else is wrong with it. */
function tenantsIn(config: ConfigFile): readonly string[] {
  const read = config.kind === 'file' ? readYaml(config.text, projectConfigPath) : undefined;
  if (read?.ok !== true) return [];
  const { data } = read.yaml;
  const listed = textsOf(valueAt(data, ['tenants'])).map(([, name]) => name);
  const overlaid = [[], ...partsOf(data)].flatMap((path) => entriesOf(valueAt(data, [...path, 'traffic', 'tenants'])));
  const names = [...new Set([...listed, ...overlaid.map(([name]) => name)])];
  return names.filter((name) => isTenantName(name) && name !== everyTenant).slice(0, mostTenants);
}

/** For documentation: https://www.rfc-editor.org/rfc/rfc5737 */
const someRange = '192.0.2.0/24';

/** The ways to look that a project config names and a platform could have. */
function waysIn(config: ConfigFile): readonly string[] {
  const read = config.kind === 'file' ? readYaml(config.text, projectConfigPath) : undefined;
  if (read?.ok !== true) return [];
  const { data } = read.yaml;
  const names = [[], ...partsOf(data)].map((path) => valueAt(data, [...path, 'access']));
  return [...new Set(names)].filter((name) => typeof name === 'string').filter((name) => wayPattern.test(name) && name !== everybody);
}

function partsOf(data: unknown): (readonly string[])[] {
  return entriesOf(valueAt(data, ['apps'])).map(([part]) => ['apps', part]);
}
