import type { Ingress, IngressBackend, IngressPath, KubernetesObject, Secret, Service } from './objects.ts';
import { enforceLabel, levels } from './pod-security.ts';
import type { Pod } from './pods.ts';
import type { Cause } from './refusals.ts';
import { namespaces, type Resource, services } from './resources.ts';
import {
  dnsLabel,
  dnsSubdomain,
  duplicate,
  invalidValue,
  labelMap,
  portName,
  portNumber,
  qualifiedName,
  required,
  unsupported,
} from './validation-names.ts';
import { podSpecCauses } from './validation-pods.ts';
import { limitRangeCauses, networkPolicyCauses, quotaCauses } from './validation-policies.ts';
import { configMapCauses, secretCauses, volumeClaimCauses } from './validation-storage.ts';
import { cronJobCauses, deploymentCauses, jobCauses, statefulSetCauses } from './validation-workloads.ts';
import type {
  CronJob,
  Deployment,
  Job,
  LimitRange,
  NetworkPolicy,
  ResourceQuota,
  StatefulSet,
  VolumeClaim,
} from './workloads.ts';

/** 256 KiB: the API's limit for all annotations of an object together. */
const annotationsLimit = 256 * 1024;

function metadataCauses(resource: Resource, { metadata }: KubernetesObject): Cause[] {
  const nameRule = resource === namespaces || resource === services ? dnsLabel : dnsSubdomain;
  const annotations = Object.entries(metadata.annotations ?? {});
  const size = annotations.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  const tooLong = {
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${annotationsLimit} bytes`,
    field: 'metadata.annotations',
  };
  const badFinalizer = 'name is neither a standard finalizer name nor is it fully qualified';
  return [
    ...nameRule('metadata.name', metadata.name),
    ...labelMap('metadata.labels', metadata.labels),
    ...annotations.flatMap(([key]) => qualifiedName('metadata.annotations', key.toLowerCase())),
    ...(size > annotationsLimit ? [tooLong] : []),
    ...(metadata.finalizers ?? []).flatMap((finalizer, index) =>
      finalizer.includes('/') || ['foregroundDeletion', 'orphan', 'kubernetes'].includes(finalizer)
        ? []
        : [invalidValue(`metadata.finalizers[${index}]`, finalizer, badFinalizer)],
    ),
  ];
}

function namespaceCauses({ metadata }: KubernetesObject): Cause[] {
  const level = metadata.labels?.[enforceLabel];
  const why = `must be one of ${levels.join(', ')}`;
  return level === undefined || levels.some((known) => known === level)
    ? []
    : [invalidValue(`metadata.labels[${enforceLabel}]`, level, why)];
}

const serviceTypes = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];

function serviceCauses({ spec }: Service, live: Service | undefined): Cause[] {
  const { ports = [], type } = spec;
  const names = new Set<string>();
  const portCauses = ports.flatMap((port, index): Cause[] => {
    const field = `spec.ports[${index}]`;
    const causes: Cause[] = [];
    if (port.name === undefined || port.name === '') {
      if (ports.length > 1) causes.push(required(`${field}.name`));
    } else {
      causes.push(...dnsLabel(`${field}.name`, port.name));
      if (names.has(port.name)) causes.push(duplicate(`${field}.name`, port.name));
      names.add(port.name);
    }
    const target = port.targetPort;
    causes.push(...portNumber(`${field}.port`, port.port));
    causes.push(...(typeof target === 'string' ? portName : portNumber)(`${field}.targetPort`, target as never));
    return causes;
  });
  const moved = live?.spec.clusterIP !== undefined && live.spec.clusterIP !== spec.clusterIP;
  const portless = type === 'ExternalName' || spec.clusterIP === 'None';
  return [
    ...(ports.length === 0 && !portless ? [required('spec.ports')] : portCauses),
    ...(serviceTypes.includes(type) ? [] : [unsupported('spec.type', type, serviceTypes)]),
    ...(type === 'ExternalName' ? dnsSubdomain('spec.externalName', spec.externalName ?? '') : []),
    ...(moved ? [invalidValue('spec.clusterIPs[0]', [spec.clusterIP], 'may not change once set')] : []),
    ...labelMap('spec.selector', spec.selector),
  ];
}

function pathCauses(path: IngressPath, field: string): Cause[] {
  const types = ['Exact', 'ImplementationSpecific', 'Prefix'];
  const type = path.pathType as string | undefined;
  const causes: Cause[] = [];
  if (type === undefined) causes.push(required(`${field}.pathType`, 'pathType must be specified'));
  else if (!types.includes(type)) causes.push(unsupported(`${field}.pathType`, type, types));
  else if (path.path?.startsWith('/') !== true && type !== 'ImplementationSpecific') {
    causes.push(invalidValue(`${field}.path`, path.path ?? '', 'must be an absolute path'));
  }
  if (path.path?.includes('//') === true)
    causes.push(invalidValue(`${field}.path`, path.path, "must not contain '//'"));
  return [...causes, ...backendCauses(path.backend, `${field}.backend`)];
}

function backendCauses({ service, resource }: IngressBackend, field: string): Cause[] {
  if (resource !== undefined) return [];
  if (service === undefined) return [invalidValue(field, '', 'resource or service backend is required')];
  const causes = dnsLabel(`${field}.service.name`, service.name);
  const { name, number } = service.port;
  if (name !== undefined) causes.push(...portName(`${field}.service.port.name`, name));
  else if (number === undefined) causes.push(required(field, 'port name or number is required'));
  else causes.push(...portNumber(`${field}.service.port.number`, number));
  return causes;
}

function hostCauses(host: string, field: string): Cause[] {
  if (/^\d+(\.\d+){3}$/.test(host)) return [invalidValue(field, host, 'must be a DNS name, not an IP address')];
  return dnsSubdomain(field, host.replace(/^\*\./, ''));
}

function ingressCauses({ metadata, spec }: Ingress, live: Ingress | undefined): Cause[] {
  const annotation = metadata.annotations?.['kubernetes.io/ingress.class'];
  const twoClasses =
    annotation !== undefined && spec.ingressClassName !== undefined && annotation !== spec.ingressClassName;
  const { defaultBackend, rules = [] } = spec;
  const nothing = rules.length === 0 && defaultBackend === undefined;
  return [
    ...(live === undefined && twoClasses
      ? [
          invalidValue(
            'annotations.kubernetes.io/ingress.class',
            annotation,
            'must match `ingressClassName` when both are specified',
          ),
        ]
      : []),
    ...(nothing ? [invalidValue('spec', null, 'either `defaultBackend` or `rules` must be specified')] : []),
    ...(defaultBackend === undefined ? [] : backendCauses(defaultBackend, 'spec.defaultBackend')),
    ...rules.flatMap((rule, index) => [
      ...(rule.host === undefined || rule.host === '' ? [] : hostCauses(rule.host, `spec.rules[${index}].host`)),
      ...(rule.http?.paths.length === 0 ? [required(`spec.rules[${index}].http.paths`)] : []),
      ...(rule.http?.paths ?? []).flatMap((path, at) => pathCauses(path, `spec.rules[${index}].http.paths[${at}]`)),
    ]),
  ];
}

/** A class of objects' own rules, beside those of metadata. */
type Rule = (object: KubernetesObject, live: KubernetesObject | undefined) => Cause[];

const rules: Readonly<Record<string, Rule>> = {
  Namespace: namespaceCauses,
  ConfigMap: configMapCauses,
  Secret: (object, live) => secretCauses(object as Secret, live as Secret | undefined),
  Service: (object, live) => serviceCauses(object as Service, live as Service | undefined),
  Ingress: (object, live) => ingressCauses(object as Ingress, live as Ingress | undefined),
  Pod: (object) => podSpecCauses((object as Pod).spec, 'spec'),
  PersistentVolumeClaim: (object, live) => volumeClaimCauses(object as VolumeClaim, live as VolumeClaim | undefined),
  ResourceQuota: (object) => quotaCauses(object as ResourceQuota),
  LimitRange: (object) => limitRangeCauses(object as LimitRange),
  NetworkPolicy: (object) => networkPolicyCauses(object as NetworkPolicy),
  Deployment: (object, live) => deploymentCauses(object as Deployment, live as Deployment | undefined),
  StatefulSet: (object, live) => statefulSetCauses(object as StatefulSet, live as StatefulSet | undefined),
  Job: (object, live) => jobCauses(object as Job, live as Job | undefined),
  CronJob: (object) => cronJobCauses(object as CronJob),
};

/** Returns everything that is wrong with an object that is about to be stored (in `live`'s place when that is given). */
export function causesOf(resource: Resource, object: KubernetesObject, live?: KubernetesObject): Cause[] {
  return [...metadataCauses(resource, object), ...(rules[resource.kind]?.(object, live) ?? [])];
}
