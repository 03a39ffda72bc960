import { typedFieldOf } from './typed-annotations.ts';

/**
 * Annotations of an Ingress that branches may set where the platform does not say: those for which there is no typed field
 * (`traffic`, `access`). Both controllers read the value of each as true or false or one word of a list, and of none else make
 * configuration (jcmoraisjr/haproxy-ingress pkg/converters/ingress/annotations, haproxytech/kubernetes-ingress pkg/annotations).
 * Names with the prefix `ingress.kubernetes.io/`, which both read, are left out.
 */
export const harmlessAnnotations: readonly string[] = [
  'haproxy-ingress.github.io/affinity',
  'haproxy-ingress.github.io/cors-enable',
  'haproxy.org/cors-enable',
];

/**
 * All of the controllers' own that administrators may leave to branches: whatever plain value they have, the configuration is one
 * that HAProxy takes (test/cluster/traffic-hostile.test.ts tries it). Of others already a number can be too much: with a weight of -1
 * of one branch HAProxy refuses the configuration of all.
 */
export const possibleAnnotations: readonly string[] = [
  ...harmlessAnnotations,
  'haproxy-ingress.github.io/cors-allow-credentials',
  'haproxy-ingress.github.io/cors-allow-headers',
  'haproxy-ingress.github.io/cors-allow-methods',
  'haproxy-ingress.github.io/cors-allow-origin',
  'haproxy-ingress.github.io/cors-expose-headers',
  'haproxy-ingress.github.io/cors-max-age',
  'haproxy.org/cors-allow-credentials',
];

/** Prefixes that one of the controllers reads. */
const controllers: ReadonlySet<string> = new Set([
  'haproxy-ingress.github.io',
  'ingress.kubernetes.io',
  'haproxy.org',
  'haproxy.com',
]);

/** A prefix, a slash, a name; https://kubernetes.io/docs/concepts/overview/working-with-objects/annotations/ */
export const annotationPattern =
  /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

const raw = 'its value gets into the proxy’s configuration as it stands';
const reaches = 'its value can name what is in other namespaces';
const takes = 'with it one preview takes what is meant for others';
const ours = 'Avant sets it';

/** By the name behind the prefix, whatever the prefix is: controllers can be given one of their own. */
const dangerous: readonly (readonly [names: RegExp, why: string])[] = [
  [/snippet|^config-|^route-acl$|^modsecurity|^waf/, raw],
  [/^(headers|(request|response)-(set|add|del)-headers?|set-host|health-check-(uri|addr)|check-http|agent-check-.*)$/, raw],
  [/^(balance-algorithm|session-cookie-.*|cookie-persistence.*|(ssl|tls)-(alpn|ciphers|cipher-suites|options).*)$/, raw],
  [/^(rewrite-target|path-rewrite|app-root|redirect-to|request-redirect|permanent-redirect|custom-http-errors)$/, raw],
  [/^(http-(response|header-match).*|peers-table)$/, raw],
  [/secret|^(server|client)-(ca|crt)|^cr-|^ssl-certificate$|^cert-signer$|^acme-/, reaches],
  [/^auth-|^oauth|^mirror-|^router\.|^service\./, reaches],
  [/^(server-alias.*|redirect-from.*|default-backend.*|ssl-passthrough.*|tcp-service-.*|src-ip-header)$/, takes],
  [/^ingress\.class$/, ours],
];

/** Why an annotation can never be left to branches. `unproven`: it is one of a controller's own, and not among the possible ones. */
export type Never = { readonly kind: 'dangerous' | 'typed' | 'unproven'; readonly why: string };

/** Returns what keeps an annotation from branches, whatever administrators say; undefined: they may leave it to them. */
export function neverLeftToBranches(name: string): Never | undefined {
  const [prefix = '', own = ''] = name.toLowerCase().split('/');
  const why = prefix === 'avant' ? ours : dangerous.find(([names]) => names.test(own))?.[1];
  if (why !== undefined) return { kind: 'dangerous', why };
  const typed = typedFieldOf(name);
  if (typed !== undefined) return { kind: 'typed', why: `${typed} says it` };
  if (!controllers.has(prefix) || possibleAnnotations.includes(name)) return undefined;
  return { kind: 'unproven', why: 'a value of it could make HAProxy refuse the configuration of all' };
}
