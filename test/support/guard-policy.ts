import type { GuardPolicy } from '../../app/core/guard/policy.ts';
import type { Rule } from '../../app/core/guard/rules.ts';
import type { Json } from '../../app/core/object.ts';
import type { SourcedObject } from '../../app/core/ports.ts';

export const host = 'foo-241.preview.bar.com';

/** What a preview may have in the tests of the guard. */
export const policy: GuardPolicy = {
  namespace: 'foo-241',
  hosts: [host, 'foo-241-api.preview.bar.com'],
  ingressClass: 'haproxy-v1',
  classForm: 'annotation',
  ingressAnnotations: ['haproxy-ingress.github.io/affinity', 'haproxy.org/cors-enable'],
  registries: undefined,
  level: 'baseline',
  secrets: ['foo-database'],
  limits: {
    objects: 120,
    bytes: 4 * 1024 * 1024,
    replicas: 3,
    workloads: 40,
    storage: '20Gi',
    graceSeconds: 120,
    jobSeconds: 1800,
  },
};

export function sourced(object: Json, file = '.cloud/charts/foo/templates/a.yaml'): SourcedObject {
  return { file, object: object as SourcedObject['object'], stable: true };
}

/** Something that a branch must not get through: what is tried, and the rule and field that must say so. */
export type Hostile = {
  readonly what: string;
  readonly objects: readonly Json[];
  readonly rule: Rule;
  readonly field: string;
  readonly policy?: GuardPolicy;
};

export const selector = { 'app.kubernetes.io/name': 'one' };
export const pods = { metadata: { labels: selector }, spec: { containers: [{ name: 'one', image: 'nginx' }] } };

export function deployment(
  spec: { readonly [key: string]: Json } = {},
  metadata: { readonly [key: string]: Json } = {},
): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'one', ...metadata },
    spec: { selector: { matchLabels: selector }, template: pods, ...spec },
  };
}
