import type { z } from 'zod';
import { ownOf } from '../core/json.ts';
import type { Json } from '../core/object.ts';
import { homeCluster } from '../core/ports.ts';
import { accessOf, type PlatformAccess } from './access.ts';
import { asWritten } from './as-written.ts';
import { withoutSlash } from './chart-repositories.ts';
import { valuesOf } from './chart-values.ts';
import { canonicalCidr } from './cidr.ts';
import { doorsOf, type DoorSettings } from './door.ts';
import { durationMs } from './duration.ts';
import { imageName, parseImagePrefix } from '../core/image.ts';
import { ingressOf, type IngressSettings } from './ingress-schema.ts';
import { wrongPlatform } from './platform-rules.ts';
import { platformSchema } from './platform-schema.ts';
import { everyTenant } from './platform-texts.ts';
import type { Problem } from './problem.ts';
import { canonicalQuantity } from './quantity.ts';
import { readShape } from './shape.ts';
import { platformTrafficOf, type PlatformTraffic } from './traffic.ts';
import type { YamlFile } from './yaml.ts';

/** What an installation says (`avant.yaml`), checked, with every default filled in. */
export type Platform = {
  /** The domain that previews' hosts are under, in lower case. */
  readonly domain: string;
  /** A link to a preview, with `${host}` where its host goes: `previewUrl` fills it in. */
  readonly url: string;
  readonly ingress: IngressSettings;
  /** What happens to requests where a project says nothing, and the most that it may say. */
  readonly traffic: PlatformTraffic;
  /** Who may look at previews. */
  readonly access: PlatformAccess;
  /** The tenants' names, in the order of the file; empty where the platform has none. */
  readonly tenants: readonly string[];
  /** What is the tenant's own; every tenant has an entry. */
  readonly tenantSettings: Readonly<Record<string, TenantSettings>>;
  /** Further clusters by name, beside the one where Avant's records are (`home`). */
  readonly clusters: Readonly<Record<string, { readonly kubeconfig: string }>>;
  /** By cluster: where its previews' hosts are asked whether they answer. */
  readonly doors: Readonly<Record<string, DoorSettings>>;
  /**
   * Registries whose images previews may run, by prefix of the reference; undefined: any image, and none is asked
   * about.
   */
  readonly registries: readonly RegistrySettings[] | undefined;
  /** Addresses of repositories that subcharts may be fetched from, without slashes at their ends; empty: none is. */
  readonly chartRepositories: readonly string[];
  /** Secrets that administrators give to projects: `secretsFor` looks them up. */
  readonly secrets: SecretSettings | undefined;
  readonly limits: PlatformLimits;
  readonly network: NetworkSettings;
  /** Who may label and command beside those with write permission: logins, in lower case, bots as `name[bot]`. */
  readonly people: readonly string[];
  /** Whether pull requests from forks get previews once somebody approves a commit. */
  readonly forks: 'never' | 'approved';
  /** Annotations of an Ingress that branches may set. */
  readonly ingressAnnotations: readonly string[];
  /** Avant's own namespace, for its records. */
  readonly namespace: string;
  /** App names by repository, `owner/name` in lower case: `configuredApp` looks one up. */
  readonly apps: Readonly<Record<string, string>>;
  /** The label that asks for previews. */
  readonly label: string;
  /** Whether a check is also written where no preview is asked for. */
  readonly check: 'labelled' | 'always';
  /** Where a failing container's last lines may be shown. */
  readonly logs: 'private' | 'always' | 'never';
  /** Time between two passes over everything, in milliseconds. */
  readonly resyncMs: number;
  /** How long a repository or installation must be known gone before its previews go, in milliseconds. */
  readonly graceMs: number;
  /** `teardowns`: how many pull requests may lose their previews within a minute, beyond those that are closed. */
  readonly breaker: { readonly teardowns: number };
};

export type TenantSettings = {
  /** Instead of the platform's. */
  readonly domain: string | undefined;
  readonly url: string | undefined;
  /** `home`, or one of `clusters`. */
  readonly cluster: string;
  /** Values for every chart, below those of the project. */
  readonly values: Json;
};

export type RegistrySettings = {
  /** `registry.bar.com` or `docker.io/library`, in lower case; Docker Hub is `docker.io`. */
  readonly prefix: string;
  /** True: it is asked over plain HTTP. */
  readonly insecure: boolean;
  /**
   * Name of a Secret (kubernetes.io/dockerconfigjson) in `secrets.namespace`, by tenant; `*` for those without their
   * own.
   */
  readonly pullSecrets: Readonly<Record<string, string>>;
};

export type SecretSettings = {
  /** The namespace that administrators own. */
  readonly namespace: string;
  /** By repository (`owner/name` in lower case) and tenant (`*`: all): names of Secrets there. */
  readonly projects: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
};

/** Upper bounds of one preview; quantities as the API server writes them. */
export type PlatformLimits = {
  readonly cpu: string;
  readonly memory: string;
  readonly storage: string;
  readonly pods: number;
  readonly objects: number;
  /** Of one workload. */
  readonly replicas: number;
  /** Longest run of a setup, teardown or other Job, in milliseconds. */
  readonly jobMs: number;
};

export type NetworkSettings = {
  /**
   * From where previews are reached: namespaces by name, or address ranges (a controller on the host's network). Empty:
   * every namespace that is no preview.
   */
  readonly ingress: readonly ({ readonly namespace: string } | { readonly cidr: string })[];
  /** Where previews may go beside DNS and their own namespace. */
  readonly egress: readonly { readonly cidr: string; readonly ports: readonly number[] }[];
  /** Never, whatever `egress` says: beside the metadata addresses, say, the API server's. */
  readonly never: readonly string[];
};

type Raw = z.output<typeof platformSchema>;

/** Returns what the text of an `avant.yaml` says, or every problem in it. Never throws. */
export function parsePlatform(
  content: string,
  file: string,
): { readonly ok: true; readonly platform: Platform } | { readonly ok: false; readonly problems: Problem[] } {
  const read = readShape({ text: content, file }, platformSchema, wrongPlatform);
  if (!read.ok) return read;
  const { raw, yaml } = read;
  const { url, ingressAnnotations, forks, namespace, label, check, logs, breaker } = raw;
  const platform: Platform = {
    domain: raw.domain.toLowerCase(),
    url,
    ingress: ingressOf(raw.ingress),
    traffic: platformTrafficOf(raw.traffic, (path, value) => asWritten(yaml, path, value)),
    access: accessOf(raw.access, raw.secrets?.namespace ?? ''),
    tenants: Object.keys(raw.tenants ?? {}),
    tenantSettings: mapped(raw.tenants ?? {}, settingsOf),
    clusters: mapped(raw.clusters ?? {}, ({ kubeconfig }) => ({ kubeconfig })),
    doors: doorsOf(raw, yaml),
    registries: registriesOf(raw),
    chartRepositories: raw.charts.repositories.map(withoutSlash),
    secrets: secretsOf(raw),
    limits: limitsOf(raw, yaml),
    network: networkOf(raw),
    people: raw.people.map((login) => login.toLowerCase()),
    forks,
    ingressAnnotations,
    namespace,
    apps: inLowerCase(raw.apps ?? {}),
    label,
    check,
    logs,
    resyncMs: durationMs(raw.resync) ?? NaN,
    graceMs: durationMs(raw.grace) ?? NaN,
    breaker,
  };
  return { ok: true, platform };
}

/** Returns what holds for a tenant: its own settings, and where it has none the platform's. '' is no tenant. */
export function tenantOf(
  platform: Pick<Platform, 'domain' | 'url' | 'tenantSettings'>,
  tenant: string,
): TenantSettings & { readonly domain: string; readonly url: string } {
  const own = ownOf(platform.tenantSettings, tenant);
  return {
    domain: own?.domain ?? platform.domain,
    url: own?.url ?? platform.url,
    cluster: own?.cluster ?? homeCluster,
    values: own?.values ?? {},
  };
}

/** Returns the link to the host of a tenant's preview; '' is no tenant. */
export function previewUrl(
  platform: Pick<Platform, 'domain' | 'url' | 'tenantSettings'>,
  tenant: string,
  host: string,
): string {
  return tenantOf(platform, tenant).url.replace('${host}', () => host);
}

/** Returns the app name that the platform gives the repository (`owner/name`, in any case), if it does. */
export function configuredApp(platform: Pick<Platform, 'apps'>, repository: string): string | undefined {
  return ownOf(platform.apps, repository.toLowerCase());
}

/**
 * Returns the names of the Secrets that a tenant's preview of the repository (`owner/name`, in any case) is given: those
 * for every tenant and its own, each once. '' is no tenant.
 */
export function secretsFor(platform: Pick<Platform, 'secrets'>, repository: string, tenant: string): readonly string[] {
  const byTenant = ownOf(platform.secrets?.projects ?? {}, repository.toLowerCase()) ?? {};
  return [...new Set([...(byTenant['*'] ?? []), ...(ownOf(byTenant, tenant) ?? [])])];
}

/** Returns the Secrets that a tenant's previews pull images with, by the registry's prefix. '' is no tenant. */
export function pullSecretsFor(
  platform: Pick<Platform, 'registries'>,
  tenant: string,
): readonly { readonly prefix: string; readonly secret: string }[] {
  return (platform.registries ?? []).flatMap(({ prefix, pullSecrets }) => {
    const secret = ownOf(pullSecrets, tenant) ?? pullSecrets['*'];
    return secret === undefined ? [] : [{ prefix, secret }];
  });
}

/** Returns the platform's entry for an image: the longest prefix that ends where a part of the image's name does. */
export function registryOf(platform: Pick<Platform, 'registries'>, image: string): RegistrySettings | undefined {
  const named = imageName(image);
  if (named === undefined) return undefined;
  const name = `${named}/`;
  const fitting = (platform.registries ?? []).filter(({ prefix }) => name.startsWith(`${prefix}/`));
  return fitting.toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

function settingsOf(tenant: NonNullable<Raw['tenants']>[string]): TenantSettings {
  const { domain, url, cluster = homeCluster, values } = tenant ?? {};
  return { domain: domain?.toLowerCase(), url, cluster, values: valuesOf(values) };
}

function registriesOf({ registries }: Raw): Platform['registries'] {
  if (!registries) return undefined;
  return Object.entries(registries).map(([prefix, settings]) => {
    const { insecure = false, pullSecret = {} } = settings ?? {};
    const pullSecrets = typeof pullSecret === 'string' ? { '*': pullSecret } : byTenant(pullSecret);
    return { prefix: parseImagePrefix(prefix) ?? prefix, insecure, pullSecrets };
  });
}

function secretsOf({ secrets }: Raw): Platform['secrets'] {
  return secrets && { namespace: secrets.namespace, projects: mapped(inLowerCase(secrets.projects ?? {}), byTenant) };
}

function limitsOf({ limits }: Raw, yaml: YamlFile): PlatformLimits {
  const quantity = (key: 'cpu' | 'memory' | 'storage'): string =>
    canonicalQuantity(asWritten(yaml, ['limits', key], limits[key]));
  return {
    cpu: quantity('cpu'),
    memory: quantity('memory'),
    storage: quantity('storage'),
    pods: limits.pods,
    objects: limits.objects,
    replicas: Math.min(limits.replicas, limits.pods),
    jobMs: durationMs(limits.jobs) ?? NaN,
  };
}

function networkOf({ network }: Raw): NetworkSettings {
  return {
    ingress: network.ingress.map(({ namespace, cidr = '' }) =>
      namespace === undefined ? { cidr: canonicalCidr(cidr) } : { namespace },
    ),
    egress: network.egress.map(({ cidr, ports = [] }) => ({ cidr: canonicalCidr(cidr), ports })),
    never: network.never.map(canonicalCidr),
  };
}

/** The file says `all`; `*` is no tenant's name. */
function byTenant<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).map(([name, value]) => [name === everyTenant ? '*' : name, value]));
}

function inLowerCase<T>(entries: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key.toLowerCase(), value]));
}

function mapped<T, U>(entries: Readonly<Record<string, T>>, change: (value: T) => U): Readonly<Record<string, U>> {
  return Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]));
}
