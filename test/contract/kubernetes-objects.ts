import type { Tree } from './kubernetes-calls.ts';

/** Paths of the kinds in a namespace. */
export const paths = {
  namespace: (namespace: string): string => `/api/v1/namespaces/${namespace}`,
  configMaps: (namespace: string): string => `/api/v1/namespaces/${namespace}/configmaps`,
  services: (namespace: string): string => `/api/v1/namespaces/${namespace}/services`,
  pods: (namespace: string): string => `/api/v1/namespaces/${namespace}/pods`,
  secrets: (namespace: string): string => `/api/v1/namespaces/${namespace}/secrets`,
  serviceAccounts: (namespace: string): string => `/api/v1/namespaces/${namespace}/serviceaccounts`,
  claims: (namespace: string): string => `/api/v1/namespaces/${namespace}/persistentvolumeclaims`,
  quotas: (namespace: string): string => `/api/v1/namespaces/${namespace}/resourcequotas`,
  limitRanges: (namespace: string): string => `/api/v1/namespaces/${namespace}/limitranges`,
  statefulSets: (namespace: string): string => `/apis/apps/v1/namespaces/${namespace}/statefulsets`,
  jobs: (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/jobs`,
  cronJobs: (namespace: string): string => `/apis/batch/v1/namespaces/${namespace}/cronjobs`,
  networkPolicies: (namespace: string): string => `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
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

/** A Secret to apply, its data as text. */
export function secret(name: string, stringData: Tree, more: Tree = {}): Tree {
  return { apiVersion: 'v1', kind: 'Secret', metadata: { name }, stringData, ...more };
}

/** A pod to create: it runs the image, without a token and with a short end. */
export function pod(name: string, container: Tree = {}, spec: Tree = {}): Tree {
  const containers = [{ name: 'web', image: 'localhost/none:1', imagePullPolicy: 'IfNotPresent', ...container }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { automountServiceAccountToken: false, terminationGracePeriodSeconds: 1, containers, ...spec },
  };
}

/** A Job to apply, which never restarts a container. */
export function job(name: string, container: Tree = {}, spec: Tree = {}, podSpec: Tree = {}): Tree {
  const { spec: template } = pod(name, container, { restartPolicy: 'Never', ...podSpec });
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name }, spec: { template: { spec: template }, ...spec } };
}

/** A StatefulSet to apply: no pods unless `replicas` says so. */
export function statefulSet(container: Tree = {}, spec: Tree = {}, metadata: Tree = {}): Tree {
  const labels = { app: 'db' };
  const { spec: template } = pod('db', container);
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', ...metadata },
    spec: {
      replicas: 0,
      serviceName: 'db',
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: template },
      ...spec,
    },
  };
}

/** A PersistentVolumeClaim to apply. */
export function claim(name: string, spec: Tree = {}): Tree {
  const resources = { requests: { storage: '1024Mi' } };
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources, ...spec },
  };
}

/** A CronJob to apply. */
export function cronJob(name: string, spec: Tree = {}): Tree {
  const jobTemplate = { spec: job(name)['spec'] };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name },
    spec: { schedule: '*/5 * * * *', jobTemplate, ...spec },
  };
}
