import { at, isMap } from '../json.ts';
import { shown } from '../outside-text.ts';
import { insteadOf, typedFieldOf } from '../traffic/typed-annotations.ts';
import { annotations, labelsToSelect } from './labels.ts';
import {
  fields,
  flag,
  integer,
  leftOut,
  listOf,
  numberOrText,
  oneOf,
  refused,
  text,
  textThat,
  texts,
  type Check,
} from './shape.ts';

/**
 * Annotations of a Service that are let through: Prometheus reads them as words. HAProxy's controllers read a Service's annotations as
 * they do an Ingress', and some of them as configuration (`route-acl`, `backend-config-snippet`).
 */
const allowed: ReadonlySet<string> = new Set(
  ['scrape', 'path', 'port', 'scheme'].map((name) => `prometheus.io/${name}`),
);

export const serviceAnnotations: Check = annotations((key, value, field, scope) => {
  const typed = typedFieldOf(key);
  if (!allowed.has(key))
    scope.say(
      field,
      'service-annotation',
      'is not allowed on a Service',
      typed === undefined ? 'take it out' : insteadOf(typed),
    );
  else if (!/^[A-Za-z0-9_./?=&-]{0,256}$/.test(value))
    scope.say(
      field,
      'service-annotation',
      'has other characters than a path or number',
      'write it plainly, or take it out',
    );
  return true;
});

const type: Check = textThat((value, field, scope) => {
  if (value !== '' && value !== 'ClusterIP')
    scope.say(
      field,
      'service-type',
      `is ${shown(value)}`,
      'write ClusterIP (service.type in most charts): the Ingress leads to it',
    );
  return value === '' ? undefined : value;
});

const clusterIP: Check = textThat((value, field, scope) => {
  if (value !== '' && value !== 'None')
    scope.say(
      field,
      'service-cluster-ip',
      'is an address of the branch’s choice',
      'take it out, or write None for a headless Service',
    );
  return value === '' ? undefined : value;
});

const balancer: Check = refused(
  'service-load-balancer',
  'is for load balancers',
  'take it out: previews have one in front of all',
);

const port = fields(
  {
    name: text,
    protocol: oneOf('TCP', 'UDP', 'SCTP'),
    port: integer(1, 65_535),
    targetPort: numberOrText,
    appProtocol: text,
    nodePort: refused('service-node-port', 'takes a port of every node', 'take it out'),
  },
  ['port'],
);

const spec = fields({
  type,
  clusterIP,
  clusterIPs: listOf(clusterIP),
  ports: listOf(port),
  selector: labelsToSelect,
  sessionAffinity: oneOf('None', 'ClientIP'),
  sessionAffinityConfig: fields({ clientIP: fields({ timeoutSeconds: integer() }) }),
  publishNotReadyAddresses: flag,
  ipFamilies: texts,
  ipFamilyPolicy: text,
  internalTrafficPolicy: oneOf('Cluster', 'Local'),
  trafficDistribution: text,
  externalIPs: refused('service-external-ips', 'takes over addresses of others', 'take it out'),
  externalName: refused(
    'service-external-name',
    'leads out of the preview',
    'take it out, and give the address to the program as a setting',
  ),
  externalTrafficPolicy: leftOut,
  allocateLoadBalancerNodePorts: leftOut,
  healthCheckNodePort: balancer,
  loadBalancerClass: balancer,
  loadBalancerIP: balancer,
  loadBalancerSourceRanges: balancer,
});

/** `spec` of a Service, which must have a selector: without one, Endpoints lead it anywhere. */
export const serviceSpec: Check = (value, field, scope) => {
  if (isMap(value) && at(value, 'selector') === undefined)
    scope.say(
      `${field}.selector`,
      'service-selector',
      'is missing',
      'name a label of the pods, such as app.kubernetes.io/name',
    );
  return spec(value, field, scope);
};
