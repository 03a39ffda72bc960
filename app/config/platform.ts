import { z } from 'zod';
import { isAppName, isTenantName, maxDomain, readsAsPreview } from '../core/names.ts';
import { durationBetween, durationMs } from './duration.ts';
import { entriesOf, readShape, text, valueAt, type Finding, type Wrong } from './shape.ts';
import { shown, type Problem } from './problem.ts';

/** What an installation says (`avant.yaml`), checked, with every default filled in. */
export type Platform = {
  /** The domain that previews' hosts are under, in lower case. */
  readonly domain: string;
  /** A link to a preview, with `${host}` where its host goes: `previewUrl` fills it in. */
  readonly url: string;
  readonly ingress: { readonly class: string };
  /** The tenants' names, in the order of the file; empty where the platform has none. */
  readonly tenants: readonly string[];
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

/** GitHub's limit for a label's name. */
const maxGitHubLabel = 50;

/** What people write in `avant.yaml`. */
export const platformSchema = z.strictObject({
  domain: text(domainRule).meta({
    description: 'The domain that previews’ hosts are under; a wildcard DNS record must lead from it to the ingress.',
    example: 'preview.bar.com',
  }),
  url: text(urlRule).default('https://${host}').meta({
    description: 'A link to a preview: scheme, `${host}`, and a port where it is not the usual one.',
    example: 'http://${host}:8080',
  }),
  ingress: z
    .strictObject({
      class: text(classRule)
        .default('haproxy-v1')
        .meta({ description: 'The ingress class of every preview.', example: 'haproxy-v1' }),
    })
    .prefault({})
    .meta({ description: 'How previews are reached.', example: '{ class: haproxy-v1 }' }),
  tenants: z
    .record(
      text(tenantRule),
      z.strictObject({}).nullable().meta({ description: 'A tenant; nothing can be set here yet.', example: '{}' }),
    )
    .nullable()
    .prefault({})
    .meta({
      description: 'The platform’s tenants, by name; without any, a pull request has one preview.',
      example: '{ fr: {}, be: {} }',
    }),
  namespace: text(namespaceRule)
    .default('avant')
    .meta({ description: 'Avant’s own namespace, where its records are.', example: 'avant' }),
  apps: z
    .record(
      text(repositoryRule),
      text(appRule).meta({
        description: 'The app name of the repository `owner/name`, instead of the one its name gives.',
        example: 'foo',
      }),
    )
    .nullable()
    .prefault({})
    .meta({
      description: 'App names for repositories whose own name does not do.',
      example: '{ bar/Foo_Service: foo }',
    }),
  label: text(labelRule).default('cd/preview').meta({
    description: 'The label that asks for previews; followed by `/` and a tenant it asks for one.',
    example: 'cd/preview',
  }),
  check: z.enum(['labelled', 'always']).default('labelled').meta({
    description:
      'Which pull requests get a check: those with the label, or all (neutral without it; it can be required then).',
    example: 'always',
  }),
  logs: z.enum(['private', 'always', 'never']).default('private').meta({
    description: 'Whether a failing container’s last lines are shown: in private repositories only, always or never.',
    example: 'never',
  }),
  resync: text(durationBetween('10s', '24h'))
    .default('5m')
    .meta({ description: 'Time between two passes that compare everything with GitHub (10s to 24h).', example: '5m' }),
  grace: text(durationBetween('1s', '365d')).default('24h').meta({
    description: 'How long a repository or installation must be known gone before its previews go (1s to 365d).',
    example: '24h',
  }),
  breaker: z
    .strictObject({
      teardowns: z.int().min(1).max(100_000).default(10).meta({
        description: 'How many pull requests may lose their previews within a minute, beyond those that are closed.',
        example: '10',
      }),
    })
    .prefault({})
    .meta({ description: 'What stops Avant from taking away too much at once.', example: '{ teardowns: 10 }' }),
});

/** Returns what the text of an `avant.yaml` says, or every problem in it. Never throws. */
export function parsePlatform(
  content: string,
  file: string,
): { readonly ok: true; readonly platform: Platform } | { readonly ok: false; readonly problems: Problem[] } {
  const read = readShape({ text: content, file }, platformSchema, (raw) => [...sameApps(raw), ...longLabels(raw)]);
  if (!read.ok) return read;
  const { raw } = read;
  const apps = Object.entries(raw.apps ?? {}).map(([repository, app]) => [repository.toLowerCase(), app]);
  const platform: Platform = {
    domain: raw.domain.toLowerCase(),
    url: raw.url,
    ingress: raw.ingress,
    tenants: Object.keys(raw.tenants ?? {}),
    namespace: raw.namespace,
    apps: Object.fromEntries(apps) as Record<string, string>,
    label: raw.label,
    check: raw.check,
    logs: raw.logs,
    resyncMs: durationMs(raw.resync) ?? NaN,
    graceMs: durationMs(raw.grace) ?? NaN,
    breaker: raw.breaker,
  };
  return { ok: true, platform };
}

/** Returns the link to a preview's host. */
export function previewUrl(platform: Pick<Platform, 'url'>, host: string): string {
  return platform.url.replace('${host}', () => host);
}

/** Returns the app name that the platform gives the repository (`owner/name`, in any case), if it does. */
export function configuredApp(platform: Pick<Platform, 'apps'>, repository: string): string | undefined {
  return platform.apps[repository.toLowerCase()];
}

/** One name for two repositories would be refused to the second, some day, in a comment: better told now. */
function sameApps(raw: unknown): Finding[] {
  const holders = new Map<unknown, string>();
  const repositories = new Set<string>();
  const findings: Finding[] = [];
  for (const [repository, app] of entriesOf(valueAt(raw, ['apps']))) {
    const [path, holder, lower] = [['apps', repository], holders.get(app), repository.toLowerCase()];
    if (repositories.has(lower)) {
      const mend = 'keep one of the two: GitHub does not tell case apart';
      findings.push({ path, part: 'key', message: 'names a repository a second time', mend });
    } else if (holder !== undefined && typeof app === 'string') {
      const mend = `give it another name than ${shown(holder)} has`;
      findings.push({ path, part: 'value', message: `is ${shown(app)} for two repositories`, mend });
    } else holders.set(app, repository);
    repositories.add(lower);
  }
  return findings;
}

function longLabels(raw: unknown): Finding[] {
  const [given, tenants] = [
    valueAt(raw, ['label']) ?? 'cd/preview',
    entriesOf(valueAt(raw, ['tenants'])).map(([name]) => name),
  ];
  if (typeof given !== 'string' || labelRule(given)) return [];
  const tooLong = tenants.find((name) => isTenantName(name) && given.length + 1 + name.length > maxGitHubLabel);
  if (tooLong === undefined) return [];
  const message = `is too long for the label ${given}/${tooLong}: GitHub takes ${maxGitHubLabel} characters`;
  return [{ path: ['label'], part: 'value', message, mend: 'write a shorter one, for example cd/preview' }];
}

function domainRule(value: string): Wrong | undefined {
  const domain = value.toLowerCase();
  const mend = 'write the domain only, for example preview.bar.com';
  if (/[:/]/.test(domain)) return { message: 'is more than a domain', mend };
  if (domain.startsWith('*'))
    return { message: 'has a wildcard', mend: 'leave the "*." out: every preview gets its own host under the domain' };
  if (domain.endsWith('.')) return { message: 'ends in a dot', mend: 'leave the last dot out' };
  if (/[^\x20-\x7e]/.test(domain))
    return { message: 'has other letters than a to z', mend: 'write it as DNS has it (xn--…)' };
  const labels = domain.split('.');
  if (!labels.every((label) => label.length <= 63 && /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(label)))
    return { message: 'is not a DNS name', mend };
  if (/^\d+$/.test(labels.at(-1) ?? '')) return { message: 'is an address, not a DNS name', mend };
  if (labels.length < 2 && domain !== 'localhost') return { message: 'is a top-level domain', mend };
  return domain.length > maxDomain
    ? { message: 'leaves no room for hosts', mend: `${maxDomain} characters are the most` }
    : undefined;
}

function urlRule(value: string): Wrong | undefined {
  const port = /^https?:\/\/\$\{host\}(?::(\d{1,5}))?$/.exec(value);
  if (!port)
    return {
      message: 'is not a link with ${host} as its host',
      mend: 'write https://${host} or http://${host}:8080, nothing behind it',
    };
  const number = Number(port[1] ?? 443);
  return number >= 1 && number <= 65_535
    ? undefined
    : { message: 'has a port that there is not', mend: 'ports are 1 to 65535' };
}

function classRule(value: string): Wrong | undefined {
  const fits = value.length <= 253 && /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(value);
  return fits
    ? undefined
    : {
        message: 'is not the name of an ingress class',
        mend: 'write letters, digits, "-" and ".", for example haproxy-v1',
      };
}

function tenantRule(value: string): Wrong | undefined {
  if (isTenantName(value)) return undefined;
  const plain = value.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const mend = 'write a letter, then letters and digits, all lower-case, 20 at most';
  return { message: 'is not a tenant’s name', mend: isTenantName(plain) ? `${mend}: ${plain}` : mend };
}

function namespaceRule(value: string): Wrong | undefined {
  const mend = 'write a DNS label, for example avant';
  if (value.length > 63 || !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/.test(value))
    return { message: 'is not a namespace’s name', mend };
  if (/^kube(-|$)/.test(value)) return { message: 'is in kube-*, which Kubernetes keeps for itself', mend };
  return readsAsPreview(value)
    ? { message: 'could be a preview’s namespace', mend: 'write one without a number of its own, for example avant' }
    : undefined;
}

function repositoryRule(value: string): Wrong | undefined {
  const fits = value.length <= 140 && /^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/.test(value);
  return fits ? undefined : { message: 'is not a repository', mend: 'write owner/name, for example bar/foo' };
}

function appRule(value: string): Wrong | undefined {
  const mend =
    'write a letter, then letters, digits and single "-", all lower-case, 40 at most, not beginning with kube-';
  return isAppName(value) ? undefined : { message: 'is not an app name', mend };
}

function labelRule(value: string): Wrong | undefined {
  const mend = 'write something like cd/preview';
  if (!/^[!-~]([ -~]*[!-~])?$/.test(value)) return { message: 'is not a label’s name in plain characters', mend };
  if (/,|\/$/.test(value)) return { message: 'has a comma, or ends in "/"', mend };
  return value.length > maxGitHubLabel
    ? { message: `is longer than GitHub’s ${maxGitHubLabel} characters`, mend }
    : undefined;
}
