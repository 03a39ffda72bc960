import { metadataRanges } from '../../core/addresses.ts';
import { within } from '../../core/cidr.ts';
import type { NetworkSettings, Platform } from '../../config/platform.ts';
import { manager, names, type Json, type KubernetesObject } from '../../core/object.ts';
import type { RenderTemplate, TemplateName, TemplateValues } from '../../core/templates.ts';
import type { Preview } from '../preview.ts';
import { defaultLimits } from './limits.ts';
import { labelsOf } from './stamp.ts';

/**
 * Returns the namespace of a preview. Pod Security is enforced by its labels
 * (https://kubernetes.io/docs/concepts/security/pod-security-admission/), beside our own guard.
 */
export function namespaceOf(preview: Preview, render: RenderTemplate): KubernetesObject {
  const labels = { ...labelsOf(preview), 'pod-security.kubernetes.io/enforce': preview.level, 'pod-security.kubernetes.io/enforce-version': 'latest' };
  const annotations = { [names.owner]: preview.pullRequest.owner, [names.url]: preview.pullRequest.url };
  return render('namespace', { namespace: preview.namespace, labels, annotations }) as KubernetesObject;
}

/** Returns what the platform puts into every preview before anything of the branch: quota, limits, network rules, and an account without a token. */
export function furniture(preview: Preview, { limits, network }: Platform, apiServer: readonly string[], render: RenderTemplate): readonly KubernetesObject[] {
  const { namespace } = preview;
  const make = (name: TemplateName, values: TemplateValues): KubernetesObject => render(name, { namespace, ...values }) as KubernetesObject;
  return [
    make('account', {}),
    make('quota', { hard: { 'limits.memory': limits.memory, 'requests.cpu': limits.cpu, 'requests.memory': limits.memory, 'requests.storage': limits.storage, pods: String(limits.pods) } }),
    make('limits', { defaults: defaultLimits }),
    make('network', { ingress: ingressRules(network), egress: egressRules(network, apiServer) }),
  ];
}

/** From the preview itself, and from the ingress controller: without a word of the platform, from every namespace that is no preview. */
function ingressRules({ ingress }: NetworkSettings): readonly Json[] {
  const notAPreview = { namespaceSelector: { matchExpressions: [{ key: names.managedBy, operator: 'NotIn', values: [manager] }] } };
  const listed = ingress.map((from) => ('namespace' in from ? { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': from.namespace } } } : { ipBlock: { cidr: from.cidr } }));
  return [{ from: [{ podSelector: {} }, ...(listed.length === 0 ? [notAPreview] : listed)] }];
}

/** To the preview itself, to the cluster's DNS, and where the platform lets it; never to the metadata addresses nor the API server. */
function egressRules({ egress, never }: NetworkSettings, apiServer: readonly string[]): readonly Json[] {
  const dns = { to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }], ports: [{ protocol: 'UDP', port: 53 }, { protocol: 'TCP', port: 53 }] };
  const forbidden = [...new Set([...metadataRanges, ...never, ...apiServer.map((address) => `${address}/${address.includes(':') ? 128 : 32}`)])];
  const allowed = egress.filter(({ cidr }) => !forbidden.some((range) => within(cidr, range)));
  const listed = allowed.map(({ cidr, ports }) => {
    const except = forbidden.filter((range) => within(range, cidr));
    const block = { cidr, ...(except.length === 0 ? {} : { except }) };
    return { to: [{ ipBlock: block }], ...(ports.length === 0 ? {} : { ports: ports.map((port) => ({ protocol: 'TCP', port })) }) };
  });
  return [{ to: [{ podSelector: {} }] }, dns, ...listed];
}
