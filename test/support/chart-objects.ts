import type { Json } from '../../app/core/object.ts';
import type { SourcedObject } from '../../app/core/ports.ts';

type Labels = Readonly<Record<string, string>>;

function sourced(kind: string, apiVersion: string, name: string, rest: Readonly<Record<string, Json>>, annotations: Labels = {}): readonly SourcedObject[] {
  const metadata = { name, labels: { 'app.kubernetes.io/name': name, 'app.kubernetes.io/managed-by': 'Helm' }, annotations };
  return [{ file: `.cloud/charts/foo/templates/${name}-${kind.toLowerCase()}.yaml`, stable: true, object: { apiVersion, kind, metadata, ...rest } }];
}

const selector = (name: string): Json => ({ 'app.kubernetes.io/name': name });
const pods = (name: string, image: string, rest: Readonly<Record<string, Json>> = {}): Json => ({ metadata: { labels: selector(name) }, spec: { containers: [{ name: 'main', image }], ...rest } });

/** Objects as charts have them, each as the one in a list; what a chart renders to is made of several. */
export const chartObjects = {
  deployment: (name: string, image: string, rest: Readonly<Record<string, Json>> = {}): readonly SourcedObject[] =>
    sourced('Deployment', 'apps/v1', name, { spec: { replicas: 1, selector: { matchLabels: selector(name) }, template: pods(name, image, rest) } }),
  statefulSet: (name: string, image: string, rest: Readonly<Record<string, Json>> = {}): readonly SourcedObject[] =>
    sourced('StatefulSet', 'apps/v1', name, { spec: { serviceName: name, replicas: 1, selector: { matchLabels: selector(name) }, template: pods(name, image), ...rest } }),
  /** `hook` as in `helm.sh/hook`; without it a Job like any other object. */
  job: (name: string, { hook, weight, image = 'registry.bar.com/job:1' }: { readonly hook?: string; readonly weight?: number; readonly image?: string } = {}): readonly SourcedObject[] =>
    sourced('Job', 'batch/v1', name, { spec: { template: pods(name, image, { restartPolicy: 'Never' }) } }, { ...(hook === undefined ? {} : { 'helm.sh/hook': hook }), ...(weight === undefined ? {} : { 'helm.sh/hook-weight': String(weight) }) }),
  service: (name: string, ports: readonly Json[] = [{ name: 'http', port: 80, targetPort: 8080 }]): readonly SourcedObject[] => sourced('Service', 'v1', name, { spec: { selector: selector(name), ports } }),
  ingress: (name: string, host: string, { service = name, annotations = {} }: { readonly service?: string; readonly annotations?: Labels } = {}): readonly SourcedObject[] =>
    sourced('Ingress', 'networking.k8s.io/v1', name, { spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: service, port: { name: 'http' } } } }] } }] } }, annotations),
  configMap: (name: string, data: Labels): readonly SourcedObject[] => sourced('ConfigMap', 'v1', name, { data }),
  secret: (name: string, data: Labels): readonly SourcedObject[] => sourced('Secret', 'v1', name, { stringData: data }),
  claim: (name: string, storage = '1Gi', accessMode = 'ReadWriteOnce'): readonly SourcedObject[] =>
    sourced('PersistentVolumeClaim', 'v1', name, { spec: { accessModes: [accessMode], resources: { requests: { storage } } } }),
  /** Any other kind. */
  other: (apiVersion: string, kind: string, name: string, rest: Readonly<Record<string, Json>> = {}, annotations: Labels = {}): readonly SourcedObject[] => sourced(kind, apiVersion, name, rest, annotations),
};
