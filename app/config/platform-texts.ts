import { isAppName, isTenantName, maxDomain, readsAsPreview } from '../core/names.ts';
import { homeCluster } from '../core/ports.ts';
import { parseImagePrefix } from '../core/image.ts';
import type { Wrong } from './shape.ts';

/** Stands for every tenant in `secrets` and `registries`, so that none can have the name. */
export const everyTenant = 'all';

/** GitHub's limit for a label's name. */
export const maxGitHubLabel = 50;

export const tenantPattern = /^[a-z][a-z0-9]{0,19}$/;
export const urlPattern = /^https?:\/\/\$\{host\}(?::\d{1,5})?$/;
export const repositoryPattern = /^[A-Za-z0-9][A-Za-z0-9_-]*\/[A-Za-z0-9._-]+$/;
export const clusterPattern = /^[a-z][a-z0-9-]{0,39}$/;
export const namespacePattern = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
export const pathPattern = /^\/[ -~]+$/;
/** Name of a Kubernetes object, RFC 1123; 253 characters at most. */
export const secretPattern = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
/** GitHub's logins have 39 characters at most, those of companies' own users a `_`; an app is `name[bot]`. */
export const loginPattern = /^[A-Za-z0-9][A-Za-z0-9_-]{0,38}(\[bot\])?$/;

/** Rule for a domain under which every host of a preview has room. */
export function domainRule(value: string): Wrong | undefined {
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

/** Rule for a link with `${host}` in it. */
export function urlRule(value: string): Wrong | undefined {
  if (!urlPattern.test(value))
    return {
      message: 'is not a link with ${host} as its host',
      mend: 'write https://${host} or http://${host}:8080, nothing behind it',
    };
  const number = Number(/\d+$/.exec(value)?.[0] ?? 443);
  return number >= 1 && number <= 65_535
    ? undefined
    : { message: 'has a port that there is not', mend: 'ports are 1 to 65535' };
}

/** Rule for the name of an ingress class. */
export function classRule(value: string): Wrong | undefined {
  const fits = value.length <= 253 && /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/.test(value);
  const mend = 'write letters, digits, "-" and ".", for example haproxy-v1';
  return fits ? undefined : { message: 'is not the name of an ingress class', mend };
}

/** Rule for a tenant’s name: see `isTenantName`. */
export function tenantRule(value: string): Wrong | undefined {
  if (value === everyTenant)
    return { message: 'cannot name a tenant: it stands for all of them elsewhere', mend: 'choose another name' };
  if (isTenantName(value)) return undefined;
  const plain = value.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
  const mend = 'write a letter, then letters and digits, all lower-case, 20 at most';
  return { message: 'is not a tenant’s name', mend: isTenantName(plain) ? `${mend}: ${plain}` : mend };
}

/** Rule for the name of a further cluster. */
export function clusterRule(value: string): Wrong | undefined {
  const mend = 'write a letter, then letters, digits and "-", all lower-case, 40 at most: eu';
  if (!clusterPattern.test(value)) return { message: 'is not a cluster’s name', mend };
  return value === homeCluster
    ? { message: 'is the cluster where Avant’s records are', mend: 'choose another name: it needs no entry' }
    : undefined;
}

/** Rule for a namespace that no preview and nobody else has. */
export function namespaceRule(value: string): Wrong | undefined {
  const mend = 'write a DNS label, for example avant';
  if (!namespacePattern.test(value)) return { message: 'is not a namespace’s name', mend };
  if (/^kube(-|$)/.test(value)) return { message: 'is in kube-*, which Kubernetes keeps for itself', mend };
  return readsAsPreview(value)
    ? { message: 'could be a preview’s namespace', mend: 'write one without a number of its own, for example avant' }
    : undefined;
}

/** Rule for a repository, `owner/name`. */
export function repositoryRule(value: string): Wrong | undefined {
  if (value.length <= 140 && repositoryPattern.test(value)) return undefined;
  return { message: 'is not a repository', mend: 'write owner/name, for example bar/foo' };
}

/** Rule for an app’s name: see `isAppName`. */
export function appRule(value: string): Wrong | undefined {
  const mend =
    'write a letter, then letters, digits and single "-", all lower-case, 40 at most, not beginning with kube-';
  return isAppName(value) ? undefined : { message: 'is not an app name', mend };
}

/** Rule for the name of the label. */
export function labelRule(value: string): Wrong | undefined {
  const mend = 'write something like cd/preview';
  if (!/^[!-~]([ -~]*[!-~])?$/.test(value)) return { message: 'is not a label’s name in plain characters', mend };
  if (/,|\/$/.test(value)) return { message: 'has a comma, or ends in "/"', mend };
  return value.length > maxGitHubLabel
    ? { message: `is longer than GitHub’s ${maxGitHubLabel} characters`, mend }
    : undefined;
}

/** Rule for the beginning of image references: see `parseImagePrefix`. */
export function registryRule(value: string): Wrong | undefined {
  const mend = 'write a host, and perhaps a path: registry.bar.com, registry.bar.com:5000/team, docker.io/library';
  if (/^[a-z]+:\/\//i.test(value)) return { message: 'begins like a link', mend: 'leave the scheme (https://) out' };
  if (value.endsWith('/')) return { message: 'ends in "/"', mend: 'leave it out: a prefix ends where a name does' };
  if (/[*?]/.test(value)) return { message: 'has a wildcard', mend: 'leave it out: everything below is meant' };
  return parseImagePrefix(value) === undefined
    ? { message: 'is not the beginning of image references', mend }
    : undefined;
}

/** Rule for the name of a Secret. */
export function secretRule(value: string): Wrong | undefined {
  if (value.length <= 253 && secretPattern.test(value)) return undefined;
  return { message: 'is not a Secret’s name', mend: 'write letters, digits, "-" and ".", all lower-case: foo-preview' };
}

/** Rule for a login on GitHub. */
export function loginRule(value: string): Wrong | undefined {
  if (loginPattern.test(value)) return undefined;
  const mend = value.startsWith('@') ? 'leave the "@" out' : 'write it as GitHub does: ann, or name[bot] for an app';
  return { message: 'is not a login', mend };
}
