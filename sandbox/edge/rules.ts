import type { Ingress, IngressPath } from '../kubernetes/objects.ts';
import { responseRules, type ResponseRule } from './response-rules.ts';

/** Where a request goes: a Service's port in a namespace; and what is done to its response. */
export type Backend = {
  readonly namespace: string;
  readonly service: string;
  readonly port: string | number;
  readonly responses: readonly ResponseRule[];
};

/** The edge's rules follow from the Ingresses alone; what is said of HAProxy Ingress was tried on jcmoraisjr/haproxy-ingress v0.16.1. */
type Rule = { readonly host: string; readonly path: IngressPath; readonly backend: Backend };

const classAnnotation = 'kubernetes.io/ingress.class';

/** Returns whether the Ingress is of the class; the annotation counts before spec.ingressClassName (as in HAProxy Ingress). */
function isOfClass({ metadata, spec }: Ingress, ingressClass: string): boolean {
  return (metadata.annotations?.[classAnnotation] ?? spec.ingressClassName) === ingressClass;
}

/** Oldest first; the names settle what was made in the same second. */
function byAge(one: Ingress, other: Ingress): number {
  const key = ({ metadata }: Ingress): string =>
    `${metadata.creationTimestamp} ${metadata.namespace ?? ''}/${metadata.name}`;
  return key(one) < key(other) ? -1 : 1;
}

function rulesOf(ingress: Ingress): Rule[] {
  return (ingress.spec.rules ?? []).flatMap(({ host = '', http }) =>
    (http?.paths ?? []).flatMap((path) => {
      const { service } = path.backend;
      const port = service?.port.name ?? service?.port.number;
      if (service === undefined || port === undefined) return [];
      return [
        {
          host: host.toLowerCase(),
          path,
          backend: {
            namespace: ingress.metadata.namespace ?? '',
            service: service.name,
            port,
            responses: responseRules(ingress.metadata.annotations),
          },
        },
      ];
    }),
  );
}

/** `*.example.com` stands for one label before it, not for more and not for none. */
function matchesHost(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return pattern === host || pattern === '';
  const suffix = pattern.slice(1);
  return host.endsWith(suffix) && /^[^.]+$/.test(host.slice(0, -suffix.length));
}

/** Exact is the whole path; Prefix goes by elements (`/foo` has `/foo/bar`, not `/foobar`); ImplementationSpecific is a plain beginning. */
function matchesPath({ pathType, path = '/' }: IngressPath, wanted: string): boolean {
  if (pathType === 'Exact') return wanted === path;
  if (pathType === 'ImplementationSpecific') return wanted.startsWith(path);
  const prefix = path.replace(/\/+$/, '');
  return wanted === prefix || wanted.startsWith(`${prefix}/`);
}

/** A host before a wildcard before none, Exact before the others, the longer path before the shorter. */
function weight({ host, path }: Rule): number[] {
  return [
    host === '' ? 0 : host.startsWith('*.') ? 1 : 2,
    path.pathType === 'Exact' ? 1 : 0,
    (path.path ?? '/').length,
  ];
}

function byWeight(one: Rule, other: Rule): number {
  const [ours, theirs] = [weight(one), weight(other)];
  for (const [index, value] of theirs.entries()) if (value !== ours[index]) return value - (ours[index] ?? 0);
  return 0;
}

/**
 * Returns where a request for the host (without port, any case) and path goes, or undefined when no Ingress of the class has a rule
 * for it. Of two Ingresses that claim the same host and path the older wins (HAProxy Ingress, jcmoraisjr/haproxy-ingress#312).
 */
export function backendFor(
  ingresses: readonly Ingress[],
  ingressClass: string,
  host: string,
  path: string,
): Backend | undefined {
  const rules = ingresses
    .filter((ingress) => isOfClass(ingress, ingressClass))
    .sort(byAge)
    .flatMap(rulesOf);
  const fitting = rules.filter((rule) => matchesHost(rule.host, host.toLowerCase()) && matchesPath(rule.path, path));
  return fitting.sort(byWeight)[0]?.backend;
}
