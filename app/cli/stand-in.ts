import { readFileSync } from 'node:fs';
import { BootError } from '../compose.ts';
import { parsePlatform, type Platform } from '../config/platform.ts';
import { everyTenant } from '../config/platform-texts.ts';
import { formatProblem } from '../config/problem.ts';
import { textsOf, valueAt } from '../config/shape.ts';
import { readYaml } from '../config/yaml.ts';
import { messageOf } from '../core/errors.ts';
import { projectConfigPath, type ConfigFile } from '../core/facts.ts';
import { isTenantName } from '../core/names.ts';
import { UsageError, type ValidateOptions } from './command-line.ts';

/**
 * Returns the platform config in the file that `--config` names; without it one with the defaults, all tenants that the project
 * names, and what the command line gives. Throws a BootError for a file that is of no use, and a UsageError for a tenant that is
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
  const names = read?.ok === true ? textsOf(valueAt(read.yaml.data, ['tenants'])).map(([, name]) => name) : [];
  return names.filter((name) => isTenantName(name) && name !== everyTenant).slice(0, mostTenants);
}
