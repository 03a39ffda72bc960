import { at, isMap, type JsonMap } from '../json.ts';
import { shown } from '../outside-text.ts';
import { claimSpec } from './claims.ts';
import { configMapFields, secretFields, sizeOfData, withData } from './data.ts';
import { ingressAnnotations, ingressSpec, withClass } from './ingress.ts';
import { plainAnnotations } from './labels.ts';
import { objectMetadata } from './metadata.ts';
import { serviceAnnotations, serviceSpec } from './service.ts';
import { fields, kept, leftOut, type Check, type Scope } from './shape.ts';
import { cronJobSpec, deploymentSpec, jobSpec, statefulSetSpec } from './workloads.ts';

/** An allowed kind: its one apiVersion, what is checked, and what is then written. */
type Kind = {
  readonly apiVersion: string;
  readonly check: Check;
  readonly finish: (object: JsonMap, scope: Scope) => JsonMap;
};

function kindOf(
  apiVersion: string,
  kind: string,
  own: Readonly<Record<string, Check>>,
  annotations: Check = plainAnnotations,
): readonly [string, Kind] {
  const required = ['metadata', ...Object.keys(own).filter((key) => key === 'spec')];
  const check = fields(
    { apiVersion: kept, kind: kept, metadata: objectMetadata(kind, annotations), status: leftOut, ...own },
    required,
  );
  return [kind, { apiVersion, check, finish: finishing(kind) }];
}

function finishing(kind: string): Kind['finish'] {
  if (kind === 'Ingress') return (object, { policy }) => withClass(object, policy.ingressClass, policy.classForm);
  if (kind !== 'Secret' && kind !== 'ConfigMap') return (object) => object;
  return (object, scope) => {
    const finished = withData(object);
    sizeOfData(finished, scope);
    return finished;
  };
}

const allowed: ReadonlyMap<string, Kind> = new Map([
  kindOf('apps/v1', 'Deployment', { spec: deploymentSpec }),
  kindOf('apps/v1', 'StatefulSet', { spec: statefulSetSpec }),
  kindOf('batch/v1', 'Job', { spec: jobSpec }),
  kindOf('batch/v1', 'CronJob', { spec: cronJobSpec }),
  kindOf('v1', 'Service', { spec: serviceSpec }, serviceAnnotations),
  kindOf('networking.k8s.io/v1', 'Ingress', { spec: ingressSpec }, ingressAnnotations),
  kindOf('v1', 'ConfigMap', configMapFields),
  kindOf('v1', 'Secret', secretFields),
  kindOf('v1', 'PersistentVolumeClaim', { spec: claimSpec }),
]);

/** Kinds that a preview has no use for and that do no harm left out, by group, and why. */
const dropped: ReadonlyMap<string, string> = new Map([
  ['ServiceAccount', 'previews run as the namespace’s default account, which may do nothing'],
  ['policy/PodDisruptionBudget', 'nothing is disturbed in a preview that a budget would keep'],
  ['autoscaling/HorizontalPodAutoscaler', 'previews keep the replicas that they ask for'],
  ['monitoring.coreos.com/ServiceMonitor', 'previews are not monitored'],
  ['monitoring.coreos.com/PodMonitor', 'previews are not monitored'],
  ['monitoring.coreos.com/PrometheusRule', 'previews raise no alarms'],
]);

const clusterScoped: ReadonlySet<string> = new Set(
  (
    'APIService CSIDriver CSINode CertificateSigningRequest ClusterIssuer ClusterRole ClusterRoleBinding ClusterTrustBundle ComponentStatus CustomResourceDefinition DeviceClass FlowSchema IPAddress IngressClass MutatingAdmissionPolicy ' +
    'MutatingAdmissionPolicyBinding MutatingWebhookConfiguration Namespace Node PersistentVolume PriorityClass PriorityLevelConfiguration ResourceSlice RuntimeClass ServiceCIDR StorageClass StorageVersion ' +
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration VolumeAttachment VolumeAttributesClass'
  ).split(' '),
);

/** What to write instead of kinds that charts often have. */
const instead: ReadonlyMap<string, string> = new Map([
  ['Pod', 'write a Deployment, or a Job for what ends'],
  ['ReplicaSet', 'write a Deployment'],
  ['ReplicationController', 'write a Deployment'],
  ['DaemonSet', 'write a Deployment: nodes are not the preview’s'],
  ['Role', 'take it out (rbac.create: false): programs in a preview do not reach the cluster'],
  ['RoleBinding', 'take it out (rbac.create: false): programs in a preview do not reach the cluster'],
  ['NetworkPolicy', 'take it out (networkPolicy.enabled: false): the platform writes its own'],
  ['ResourceQuota', 'take it out: the platform writes its own'],
  ['LimitRange', 'take it out: the platform writes its own'],
  ['Endpoints', 'write a Service with a selector'],
  ['EndpointSlice', 'write a Service with a selector'],
  ['Certificate', 'take it out: TLS is the platform’s'],
  ['Issuer', 'take it out: TLS is the platform’s'],
  ['SealedSecret', 'ask the administrators to give the Secret to the project (secrets)'],
  ['ExternalSecret', 'ask the administrators to give the Secret to the project (secrets)'],
  ['SecretStore', 'ask the administrators to give the Secret to the project (secrets)'],
  ['HTTPRoute', 'write an Ingress'],
  ['Gateway', 'write an Ingress'],
  ['IngressRoute', 'write an Ingress'],
  ['VirtualService', 'write an Ingress'],
]);

/** What is to be done with an object: looked at, or left out. */
export type Sorted =
  | { readonly kind: 'allowed'; readonly as: Kind }
  | { readonly kind: 'dropped'; readonly why: string }
  | { readonly kind: 'refused' };

/** Says what is to be done with an object of its kind; tells why where it is refused. */
export function sorted(object: JsonMap, scope: Scope): Sorted {
  const [apiVersion, kind] = [at(object, 'apiVersion'), at(object, 'kind')];
  if (typeof kind !== 'string' || typeof apiVersion !== 'string') {
    scope.say(
      typeof kind === 'string' ? 'apiVersion' : 'kind',
      'kind',
      'is missing or no text',
      'write apiVersion and kind, such as apps/v1 and Deployment',
    );
    return { kind: 'refused' };
  }
  const why = dropped.get(apiVersion === 'v1' ? kind : `${apiVersion.split('/', 1)[0] ?? ''}/${kind}`);
  if (why !== undefined) return { kind: 'dropped', why };
  const as = allowed.get(kind);
  if (as?.apiVersion === apiVersion) return { kind: 'allowed', as };
  if (as) scope.say('apiVersion', 'api-version', `is ${shown(apiVersion)}`, `write ${as.apiVersion}`);
  else if (clusterScoped.has(kind))
    scope.say(
      'kind',
      'kind-cluster-scoped',
      'belongs to the whole cluster',
      'take it out, and ask the administrators for it',
    );
  else scope.say('kind', 'kind', `${shown(kind)} is not allowed`, instead.get(kind) ?? nearest(kind));
  return { kind: 'refused' };
}

function nearest(kind: string): string {
  const same = [...allowed.keys()].find((one) => one.toLowerCase() === kind.toLowerCase());
  return same === undefined ? `take it out: ${[...allowed.keys()].join(', ')} are allowed` : `write ${same}`;
}

/** Returns the object checked and as it is to be applied. */
export function checked(object: JsonMap, as: Kind, scope: Scope): JsonMap {
  const taken = as.check(object, '', scope);
  if (!isMap(taken)) return {};
  const metadata = at(taken, 'metadata');
  return as.finish(
    { ...taken, metadata: { ...(isMap(metadata) ? metadata : {}), namespace: scope.policy.namespace } },
    scope,
  );
}
