import { within } from '../core/cidr.ts';
import { isTenantName } from '../core/names.ts';
import { wrongPlatformAccess } from './access-rules.ts';
import { wrongNumber } from './as-written.ts';
import { wrongCharts } from './chart-repositories.ts';
import { wrongValues } from './chart-values.ts';
import { cidrRule } from './cidr.ts';
import { parseImagePrefix } from '../core/image.ts';
import { wrongDoors } from './door.ts';
import { nearest } from './nearest.ts';
import { homeCluster } from '../core/ports.ts';
import { everyTenant, labelRule, maxGitHubLabel } from './platform-texts.ts';
import { shown } from './problem.ts';
import { cpuRule, memoryRule, storageRule } from './quantity.ts';
import { atKey, atValue, entriesOf, hasKey, namedTwice, textsOf, valueAt, type Finding } from './shape.ts';
import { usualBounds } from './traffic.ts';
import { wrongPlatformTraffic } from './traffic-rules.ts';
import type { YamlFile } from './yaml.ts';

const defaultLabel = 'cd/preview';
const defaultNamespace = 'avant';

const lower = (text: string): string => text.toLowerCase();

/** Finds what is wrong with an `avant.yaml` beyond each value by itself; the data may have any shape. */
export function wrongPlatform(raw: unknown, yaml: YamlFile): Finding[] {
  return [
    ...sameApps(raw),
    ...longLabels(raw),
    ...wrongTenants(raw),
    ...wrongDoors(raw),
    ...wrongPlatformTraffic(raw, yaml, usualBounds),
    ...wrongPlatformAccess(raw),
    ...wrongRegistries(raw),
    ...wrongCharts(raw),
    ...sameKeys(raw, ['secrets', 'projects'], lower, 'a repository'),
    ...wrongSecrets(raw),
    ...wrongNetwork(raw),
    ...namedTwice(raw, ['people'], lower),
    ...namedTwice(raw, ['ingressAnnotations']),
    ...wrongNumber(raw, yaml, ['limits', 'cpu'], cpuRule),
    ...wrongNumber(raw, yaml, ['limits', 'memory'], memoryRule),
    ...wrongNumber(raw, yaml, ['limits', 'storage'], storageRule),
  ];
}

const keysOf = (raw: unknown, path: readonly PropertyKey[]): string[] =>
  entriesOf(valueAt(raw, path)).map(([key]) => key);

/** One name for two repositories would be refused to the second, some day, in a comment: better told now. */
function sameApps(raw: unknown): Finding[] {
  const holders = new Map<unknown, string>();
  const repositories = new Set<string>();
  const findings: Finding[] = [];
  for (const [repository, app] of entriesOf(valueAt(raw, ['apps']))) {
    const [path, holder] = [['apps', repository], holders.get(app)];
    if (repositories.has(lower(repository))) {
      const mend = 'keep one of the two: GitHub does not tell case apart';
      findings.push(atKey(path, 'names a repository a second time', mend));
    } else if (holder !== undefined && typeof app === 'string') {
      const mend = `give it another name than ${shown(holder)} has`;
      findings.push(atValue(path, `is ${shown(app)} for two repositories`, mend));
    } else holders.set(app, repository);
    repositories.add(lower(repository));
  }
  return findings;
}

function longLabels(raw: unknown): Finding[] {
  const given = valueAt(raw, ['label']) ?? defaultLabel;
  if (typeof given !== 'string' || labelRule(given)) return [];
  const tooLong = keysOf(raw, ['tenants']).find(
    (name) => isTenantName(name) && given.length + 1 + name.length > maxGitHubLabel,
  );
  if (tooLong === undefined) return [];
  const message = `is too long for the label ${given}/${tooLong}: GitHub takes ${maxGitHubLabel} characters`;
  return [atValue(['label'], message, `write a shorter one, for example ${defaultLabel}`)];
}

function wrongTenants(raw: unknown): Finding[] {
  const clusters = [homeCluster, ...keysOf(raw, ['clusters'])];
  return keysOf(raw, ['tenants']).flatMap((tenant) => {
    const path = ['tenants', tenant, 'cluster'];
    const cluster = valueAt(raw, path);
    const values = wrongValues(raw, ['tenants', tenant, 'values']);
    if (typeof cluster !== 'string' || clusters.includes(cluster)) return values;
    const near = nearest(cluster, clusters);
    const mend =
      near === undefined ? `the clusters are ${clusters.join(', ')}: add it to them` : `did you mean "${near}"?`;
    return [atValue(path, `there is no cluster "${shown(cluster)}"`, mend), ...values];
  });
}

function sameKeys(raw: unknown, path: readonly string[], same: (key: string) => string, what: string): Finding[] {
  const seen = new Map<string, string>();
  return keysOf(raw, path).flatMap((key) => {
    const first = seen.get(same(key));
    if (first === undefined) {
      seen.set(same(key), key);
      return [];
    }
    return [atKey([...path, key], `names ${what} a second time`, `keep this or ${shown(first)}`)];
  });
}

/** In `secrets` and `registries`: a tenant that there is not. */
function unknownTenant(raw: unknown, path: readonly string[]): Finding[] {
  const tenants = keysOf(raw, ['tenants']).filter((name) => name !== everyTenant);
  return keysOf(raw, path).flatMap((tenant) => {
    if (tenant === everyTenant || !isTenantName(tenant) || tenants.includes(tenant)) return [];
    const near = nearest(tenant, [everyTenant, ...tenants]);
    const mend =
      near === undefined ? `write one of ${[everyTenant, ...tenants].join(', ')}` : `did you mean "${near}"?`;
    return [atKey([...path, tenant], `there is no tenant "${tenant}"`, mend)];
  });
}

function wrongSecrets(raw: unknown): Finding[] {
  const path = ['secrets', 'namespace'];
  const own = valueAt(raw, ['namespace']) ?? defaultNamespace;
  const mend = 'give the Secrets a namespace of their own, for example avant-secrets';
  const same = valueAt(raw, path) === own ? [atValue(path, 'is Avant’s own namespace', mend)] : [];
  const projects = ['secrets', 'projects'];
  return [
    ...same,
    ...keysOf(raw, projects).flatMap((project) => [
      ...unknownTenant(raw, [...projects, project]),
      ...keysOf(raw, [...projects, project]).flatMap((tenant) => namedTwice(raw, [...projects, project, tenant])),
    ]),
  ];
}

function wrongRegistries(raw: unknown): Finding[] {
  const path = ['registries'];
  const given = valueAt(raw, path);
  const prefixes = keysOf(raw, path);
  if (typeof given === 'object' && given !== null && !Array.isArray(given) && prefixes.length === 0) {
    const mend = 'name one, for example { registry.bar.com: {} }, or leave the key out: then any image may run';
    return [atKey(path, 'lets no image run', mend)];
  }
  const twice = sameKeys(raw, path, (prefix) => parseImagePrefix(prefix) ?? prefix, 'a registry');
  return [...twice, ...prefixes.flatMap((prefix) => wrongPullSecret(raw, [...path, prefix, 'pullSecret']))];
}

function wrongPullSecret(raw: unknown, path: readonly string[]): Finding[] {
  const unknown = unknownTenant(raw, path);
  if ((valueAt(raw, path) ?? undefined) === undefined || hasKey(raw, [], 'secrets')) return unknown;
  const mend = 'say where administrators put Secrets, for example secrets: { namespace: avant-secrets }';
  return [atKey(path, 'lies in no namespace', mend), ...unknown];
}

function wrongNetwork(raw: unknown): Finding[] {
  const sources = valueAt(raw, ['network', 'ingress']);
  const ofSources = (Array.isArray(sources) ? sources : []).flatMap((source: unknown, index) => {
    const count = entriesOf(source).filter(([key]) => key === 'namespace' || key === 'cidr').length;
    if (count === 1 || typeof source !== 'object' || source === null || Array.isArray(source)) return [];
    const message = count === 0 ? 'has neither a namespace nor a cidr' : 'has both a namespace and a cidr';
    const mend = 'write one of the two in each entry: { namespace: ingress }';
    return [atValue(['network', 'ingress', index], message, mend)];
  });
  return [...ofSources, ...hopeless(raw), ...namedTwice(raw, ['network', 'never'], lower)];
}

/** What may be gone to and may never be gone to is a slip. */
function hopeless(raw: unknown): Finding[] {
  const never = textsOf(valueAt(raw, ['network', 'never'])).flatMap(([, cidr]) => (cidrRule(cidr) ? [] : cidr));
  const targets = valueAt(raw, ['network', 'egress']);
  return (Array.isArray(targets) ? targets : []).flatMap((target: unknown, index) => {
    const cidr = valueAt(target, ['cidr']);
    if (typeof cidr !== 'string' || cidrRule(cidr)) return [];
    const around = never.find((range) => within(cidr, range));
    if (around === undefined) return [];
    const path = ['network', 'egress', index, 'cidr'];
    return [atValue(path, `is within ${around}, which is in never`, 'remove one of the two')];
  });
}
