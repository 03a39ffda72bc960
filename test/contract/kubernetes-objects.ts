import type { Tree } from './kubernetes-calls.ts';

/** Paths of the kinds in a namespace. */
export const paths = {
  namespace: (namespace: string): string => `/api/v1/namespaces/${namespace}`,
  configMaps: (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`,
  services: (namespace: string): string => `/api/v1/namespaces/${namespace}/services`,
  pods: (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`,
  deployments: (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/deployments`,
  ingresses: (namespace: string): string => `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
};

/** A ConfigMap to apply. */
export function configMap(name: string, data: Tree, metadata: Tree = {}): Tree {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}

/** A Deployment to apply: no pods unless `replicas` says so, so that no controller gets in between. */
export function deployment(container: Tree = {}, spec: Tree = {}, metadata: Tree = {}): Tree {
  const labels = { app: 'foo' };
  const containers = [{ name: 'web', image: 'localhost/none:1', imagePullPolicy: 'IfNotPresent', ...container }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'foo', ...metadata },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { automountServiceAccountToken: false, terminationGracePeriodSeconds: 1, containers },
      },
      ...spec,
    },
  };
}

/** A Service to apply. */
export function service(port: Tree = {}, spec: Tree = {}, metadata: Tree = {}): Tree {
  const ports = [{ name: 'nginx', port: 80, targetPort: 'http', ...port }];
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'foo-service', ...metadata },
    spec: { selector: { app: 'foo' }, ports, ...spec },
  };
}

/** An Ingress to apply. */
export function ingress(host: string, path: Tree = {}, metadata: Tree = {}): Tree {
  const backend = { service: { name: 'foo-service', port: { name: 'nginx' } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'foo', annotations: { 'kubernetes.io/ingress.class': 'contract' }, ...metadata },
    spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend, ...path }] } }] },
  };
}
