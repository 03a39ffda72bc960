import { isDeepStrictEqual } from 'node:util';
import type { ConfigMap, Deployment, Ingress, IngressPath, KubernetesObject, Service } from './objects.ts';
import type { Cause } from './refusals.ts';
import { configMaps, deployments, ingresses, namespaces, type Resource, services } from './resources.ts';
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
import { matchesLabels } from './selectors.ts';

/** 256 KiB: the API's limit for all annotations of an object together. */
const annotationsLimit = 256 * 1024;
/** 1 MiB: the API's limit for a ConfigMap's data. */
const dataLimit = 1024 * 1024;

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

function configMapCauses({ data = {} }: ConfigMap): Cause[] {
  const why =
    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', " +
    "regex used for validation is '[-._a-zA-Z0-9]+')";
  const size = Object.entries(data).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  return [
    ...Object.keys(data).flatMap((key) =>
      /^[-._a-zA-Z0-9]{1,253}$/.test(key) ? [] : [invalidValue(`data[${key}]`, key, why)],
    ),
    ...(size > dataLimit
      ? [{ reason: 'FieldValueTooLong', message: `Too long: may not be more than ${dataLimit} bytes`, field: '[]' }]
      : []),
  ];
}

function serviceCauses({ spec }: Service, live: Service | undefined): Cause[] {
  const ports = (spec as Partial<Service['spec']>).ports ?? [];
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
  const moved = live !== undefined && live.spec.clusterIP !== spec.clusterIP;
  return [
    ...(ports.length === 0 ? [required('spec.ports')] : portCauses),
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
  const service = path.backend.service;
  if (service === undefined) return causes;
  causes.push(...dnsLabel(`${field}.backend.service.name`, service.name));
  const { name, number } = service.port;
  if (name !== undefined) causes.push(...portName(`${field}.backend.service.port.name`, name));
  else if (number === undefined) causes.push(required(`${field}.backend`, 'port name or number is required'));
  else causes.push(...portNumber(`${field}.backend.service.port.number`, number));
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
  const nothing = spec.rules === undefined && !('defaultBackend' in spec);
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
    ...(spec.rules ?? []).flatMap((rule, index) => [
      ...(rule.host === undefined || rule.host === '' ? [] : hostCauses(rule.host, `spec.rules[${index}].host`)),
      ...(rule.http?.paths ?? []).flatMap((path, at) => pathCauses(path, `spec.rules[${index}].http.paths[${at}]`)),
    ]),
  ];
}

function deploymentCauses({ spec }: Deployment, live: Deployment | undefined): Cause[] {
  const causes: Cause[] = [];
  const selector = spec.selector as Deployment['spec']['selector'] | undefined;
  const labels = spec.template.metadata.labels;
  if (spec.replicas < 0)
    causes.push(invalidValue('spec.replicas', spec.replicas, 'must be greater than or equal to 0'));
  if (selector === undefined) causes.push(required('spec.selector'));
  if (!matchesLabels(selector?.matchLabels, labels)) {
    causes.push(
      invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`'),
    );
  }
  causes.push(...labelMap('spec.template.labels', labels), ...podSpecCauses(spec.template.spec, 'spec.template.spec'));
  const moved = live !== undefined && !isDeepStrictEqual(live.spec.selector, selector);
  return moved ? [...causes, invalidValue('spec.selector', selector ?? null, 'field is immutable')] : causes;
}

/** Returns everything that is wrong with an object that is about to be stored (in `live`'s place when that is given). */
export function causesOf(resource: Resource, object: KubernetesObject, live?: KubernetesObject): Cause[] {
  const causes = metadataCauses(resource, object);
  if (resource === configMaps) causes.push(...configMapCauses(object));
  if (resource === services) causes.push(...serviceCauses(object as Service, live as Service | undefined));
  if (resource === ingresses) causes.push(...ingressCauses(object as Ingress, live as Ingress | undefined));
  if (resource === deployments) causes.push(...deploymentCauses(object as Deployment, live as Deployment | undefined));
  return causes;
}
