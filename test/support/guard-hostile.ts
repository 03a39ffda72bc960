import type { GuardPolicy } from '../../app/core/guard/policy.ts';
import type { Rule } from '../../app/core/guard/rules.ts';
import type { Json } from '../../app/core/object.ts';
import { deployment, host, policy, pods, selector, type Hostile } from './guard-policy.ts';
import { hostilePods } from './guard-hostile-pods.ts';

type Map = { readonly [key: string]: Json };

function service(spec: Map = {}, metadata: Map = {}): Json {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one', ...metadata }, spec: { ports: [{ port: 80 }], selector, ...spec } };
}

const backend = { service: { name: 'one', port: { number: 80 } } };

function ingress(spec: Map = {}, metadata: Map = {}): Json {
  return { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'one', ...metadata }, spec: { rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }], ...spec } };
}

const withHost = (name: Json): Json => ingress({ rules: [{ host: name, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] });
const withPath = (path: Json): Json => ingress({ rules: [{ host, http: { paths: [{ path, pathType: 'Prefix', backend }] } }] });
const config = (metadata: Map, more: Map = {}): Json => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one', ...metadata }, ...more });
const secret = (more: Map, name = 'one'): Json => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name }, ...more });
const claim = (spec: Map): Json => ({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'one' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec } });
const task = { restartPolicy: 'Never', containers: [{ name: 'one', image: 'nginx' }] };
const job = (spec: Map): Json => ({ apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'one' }, spec: { template: { spec: task }, ...spec } });
const cron = (spec: Map): Json => ({ apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'one' }, spec: { schedule: '0 * * * *', jobTemplate: { spec: { template: { spec: task } } }, ...spec } });
const bare = (apiVersion: string, kind: string): Json => ({ apiVersion, kind, metadata: { name: 'one' } });

function row(what: string, object: Json | readonly Json[], rule: Rule, field: string): Hostile {
  return { what, objects: Array.isArray(object) ? object : [object], rule, field };
}

const clusterKinds: readonly (readonly [string, string])[] = [
  ['v1', 'Namespace'],
  ['v1', 'Node'],
  ['v1', 'PersistentVolume'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRole'],
  ['rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'],
  ['apiextensions.k8s.io/v1', 'CustomResourceDefinition'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'MutatingWebhookConfiguration'],
  ['admissionregistration.k8s.io/v1', 'ValidatingAdmissionPolicy'],
  ['apiregistration.k8s.io/v1', 'APIService'],
  ['scheduling.k8s.io/v1', 'PriorityClass'],
  ['storage.k8s.io/v1', 'StorageClass'],
  ['networking.k8s.io/v1', 'IngressClass'],
  ['node.k8s.io/v1', 'RuntimeClass'],
  ['certificates.k8s.io/v1', 'CertificateSigningRequest'],
];

const otherKinds: readonly (readonly [string, string])[] = [
  ['v1', 'Pod'],
  ['apps/v1', 'DaemonSet'],
  ['apps/v1', 'ReplicaSet'],
  ['v1', 'ReplicationController'],
  ['rbac.authorization.k8s.io/v1', 'Role'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['v1', 'ResourceQuota'],
  ['v1', 'LimitRange'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['v1', 'Endpoints'],
  ['discovery.k8s.io/v1', 'EndpointSlice'],
  ['v1', 'Event'],
  ['v1', 'PodTemplate'],
  ['cert-manager.io/v1', 'Certificate'],
  ['traefik.io/v1alpha1', 'IngressRoute'],
  ['gateway.networking.k8s.io/v1', 'HTTPRoute'],
  ['core.haproxy.org/v1alpha2', 'Backend'],
  ['apps/v1', 'deployment'],
  ['authentication.k8s.io/v1', 'TokenRequest'],
  ['evil.example/v1', 'ServiceAccount'],
];

const oldVersions: readonly (readonly [string, string])[] = [
  ['extensions/v1beta1', 'Deployment'],
  ['apps/v1beta2', 'StatefulSet'],
  ['extensions/v1beta1', 'Ingress'],
  ['networking.k8s.io/v1beta1', 'Ingress'],
  ['batch/v1beta1', 'CronJob'],
  ['batch/v2alpha1', 'CronJob'],
  ['V1', 'Secret'],
];

/** B83, B76 to B80: kinds, apiVersions, names and what an object says of itself. */
const objects: readonly Hostile[] = [
  ...clusterKinds.map(([apiVersion, kind]) => row(`B75 ${kind}`, bare(apiVersion, kind), 'kind-cluster-scoped', 'kind')),
  ...otherKinds.map(([apiVersion, kind]) => row(`B78 B80 B83 ${kind}`, bare(apiVersion, kind), 'kind', 'kind')),
  ...oldVersions.map(([apiVersion, kind]) => row(`${kind} of ${apiVersion}`, bare(apiVersion, kind), 'api-version', 'apiVersion')),
  row('no kind', { apiVersion: 'v1', metadata: { name: 'one' } }, 'kind', 'kind'),
  row('B57 an apiVersion that is a number', { apiVersion: 1, kind: 'Service' }, 'kind', 'apiVersion'),
  row('B76 a namespace of others', config({ namespace: 'kube-system' }), 'namespace', 'metadata.namespace'),
  row('B76 an empty namespace', config({ namespace: '' }), 'namespace', 'metadata.namespace'),
  row('B76 our namespace in other letters', config({ namespace: 'Foo-241' }), 'namespace', 'metadata.namespace'),
  row('B76 our namespace with a space', config({ namespace: 'foo-241 ' }), 'namespace', 'metadata.namespace'),
  row('B76 a pod template in another namespace', deployment({ template: { ...pods, metadata: { labels: selector, namespace: 'default' } } }), 'namespace', 'spec.template.metadata.namespace'),
  row('B79 owner references', config({ ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }] }), 'owner-references', 'metadata.ownerReferences'),
  row('B79 finalizers', config({ finalizers: ['evil.example/never'] }), 'finalizers', 'metadata.finalizers'),
  row('B79 finalizers of pods', deployment({ template: { ...pods, metadata: { labels: selector, finalizers: ['evil.example/never'] } } }), 'finalizers', 'spec.template.metadata.finalizers'),
  row('B79 generateName', config({ generateName: 'one-' }), 'generate-name', 'metadata.generateName'),
  row('B79 a label of the platform', config({ labels: { 'avant/key': 'a' } }), 'label-reserved', 'metadata.labels.avant/key'),
  row('B79 an annotation of the platform', config({ annotations: { 'avant/applied-hash': 'a' } }), 'label-reserved', 'metadata.annotations.avant/applied-hash'),
  row('B79 a label of the platform on pods', deployment({ template: { ...pods, metadata: { labels: { ...selector, 'avant/hook': 'setup' } } } }), 'label-reserved', 'spec.template.metadata.labels.avant/hook'),
  row('a selector of the platform', service({ selector: { 'avant/app': 'foo' } }), 'label-reserved', 'spec.selector.avant/app'),
  row('a selector expression of the platform', deployment({ selector: { matchExpressions: [{ key: 'avant/app', operator: 'Exists' }] } }), 'label-reserved', 'spec.selector.matchExpressions[0].key'),
  row('no name', { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} }, 'field-required', 'metadata.name'),
  row('no metadata', { apiVersion: 'v1', kind: 'ConfigMap' }, 'field-required', 'metadata'),
  row('a name with a slash', config({ name: '../one' }), 'name', 'metadata.name'),
  row('a name in capitals', config({ name: 'One' }), 'name', 'metadata.name'),
  row('a name that is too long for a CronJob', { ...(cron({}) as Map), metadata: { name: 'a'.repeat(53) } }, 'name', 'metadata.name'),
  row('a Service that begins with a digit', service({}, { name: '1one' }), 'name', 'metadata.name'),
  row('a container with a slash', deployment({ template: { spec: { containers: [{ name: 'a/b', image: 'nginx' }] } } }), 'name', 'spec.template.spec.containers[0].name'),
  row('a Secret named as one of the platform', secret({}, 'foo-database'), 'name-reserved', 'metadata.name'),
  row('a Secret named as one for pulling images', secret({}, 'avant-pull-registry'), 'name-reserved', 'metadata.name'),
  row('the cluster’s own certificate', config({ name: 'kube-root-ca.crt' }), 'name-reserved', 'metadata.name'),
  row('B122 a label value that is too long', config({ labels: { a: 'b'.repeat(64) } }), 'label', 'metadata.labels.a'),
  row('B122 a label value with a slash', config({ labels: { a: 'b/c' } }), 'label', 'metadata.labels.a'),
  row('a label without a name', config({ labels: { 'a.b/': 'c' } }), 'label', 'metadata.labels."a.b/"'),
  row('an annotation with two slashes', config({ annotations: { 'a/b/c': 'd' } }), 'annotation', 'metadata.annotations.a/b/c'),
  row('B88 annotations of half a megabyte', config({ annotations: { a: 'b'.repeat(500_000) } }), 'annotation', 'metadata.annotations'),
  row('a label that is a number', config({ labels: { a: 1 } }), 'field-type', 'metadata.labels.a'),
  row('a Secret copied from elsewhere', config({ annotations: { 'replicator.v1.mittwald.de/replicate-from': 'kube-system/a' } }), 'steering', 'metadata.annotations."replicator.v1.mittwald.de/replicate-from"'),
  row('a node chosen for a volume', { ...(claim({}) as Map), metadata: { name: 'one', annotations: { 'volume.kubernetes.io/selected-node': 'n' } } }, 'steering', 'metadata.annotations."volume.kubernetes.io/selected-node"'),
  row('B143 the same object twice', [config({}), config({})], 'duplicate', ''),
  row('B57 a List in a List in a List in a List', nested(4), 'list', 'items'),
  row('a List of no list', { apiVersion: 'v1', kind: 'List', items: 'all' }, 'list', 'items'),
  row('a List of texts', { apiVersion: 'v1', kind: 'List', items: ['a'] }, 'list', ''),
  row('something hidden in a List', { apiVersion: 'v1', kind: 'List', items: [service({ type: 'NodePort' })] }, 'service-type', 'spec.type'),
  row('B56 nesting', config({}, { data: { a: Array.from({ length: 100 }).reduce<Json>((inner) => [inner], 'a') } }), 'json', ''),
  row('B22 __proto__', JSON.parse('{ "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "one", "__proto__": { "namespace": "kube-system" } } }') as Json, 'json', ''),
  row('half a surrogate pair', config({}, { data: { a: '\ud800' } }), 'json', ''),
  row('an unknown field', config({}, { spec: {} }), 'field-unknown', 'spec'),
  row('a field in other letters', service({ externalips: ['10.0.0.1'] }), 'field-unknown', 'spec.externalips'),
  row('an unknown field of a Service', service({ futureField: true }), 'field-unknown', 'spec.futureField'),
  row('an unknown field of an Ingress', [ingress({ futureField: true }), service()], 'field-unknown', 'spec.futureField'),
  row('a selector without labels', deployment({ selector: {} }), 'selector', 'spec.selector'),
  row('a Service that selects every pod', service({ selector: {} }), 'selector', 'spec.selector'),
  row('an invalid policy', deployment({ strategy: { type: 'Always' } }), 'field-value', 'spec.strategy.type'),
];

function nested(depth: number): Json {
  return depth === 0 ? config({}) : { apiVersion: 'v1', kind: 'List', items: [nested(depth - 1)] };
}

const annotation = (key: string, value = 'a'): Json => ingress({}, { annotations: { [key]: value } });

const controllers = ['haproxy.org', 'haproxy.com', 'ingress.kubernetes.io', 'haproxy-ingress.github.io', 'nginx.ingress.kubernetes.io', 'HAProxy.org', 'Haproxy-Ingress.github.io', 'traefik.ingress.kubernetes.io', 'alb.ingress.kubernetes.io', 'corp.example'];
const snippets = ['backend-config-snippet', 'config-backend', 'config-frontend', 'auth-secret', 'server-ca', 'ssl-passthrough', 'route-acl', 'rewrite-target', 'configuration-snippet', 'permanent-redirect', 'auth-url', 'request-set-header'];

const hosts: readonly (readonly [string, Json])[] = [
  ['B93 the host of another preview', 'bar-7.preview.bar.com'],
  ['B93 the platform’s own', 'avant.preview.bar.com'],
  ['B93 the apex', 'preview.bar.com'],
  ['B93 a trailing dot', `${host}.`],
  ['B93 capitals', host.toUpperCase()],
  ['B93 a port', `${host}:80`],
  ['B93 an address', '10.0.0.1'],
  ['B93 punycode of a look-alike', 'xn--foo-241-9xb.preview.bar.com'],
  ['B93 a Cyrillic letter', 'f\u043eo-241.preview.bar.com'],
  ['B93 a zero-width character', `${host}\u200b`],
  ['B93 a line end', `${host}\nevil.example`],
  ['B93 below ours', `a.${host}`],
  ['B94 a wildcard below the domain', '*.preview.bar.com'],
  ['B94 a wildcard', '*'],
  ['B94 an empty host', ''],
];

const paths = ['/a\nb', '/a b', '/a"b', '/a`b', "/a'b", '/a;b', '/a{b', '/a\\b', '/a\tb', '/a#b', '/a?b', '/a%0ab', '/api(/|$)(.*)', '/*', '/../etc', '/./a', '//a', '/a//b', '/a/..', 'a', '/\u00e9', `/${'a'.repeat(300)}`];
const values = ['1s\nserver evil 10.0.0.1', 'a"b', "a'b", 'a`b', 'a{b}', 'a;b', 'a\\b', 'a # b', '%[src]', '${HOME}', 'a | b', '\u00e9', 'x'.repeat(257)];

type Path = { readonly path?: string; readonly pathType?: string; readonly service?: string; readonly port?: Json };
const withPaths = (...paths: readonly Path[]): Json => ingress({ rules: [{ host, http: { paths: paths.map(({ path = '/', pathType = 'Prefix', service: name = 'one', port = { number: 80 } }) => ({ path, pathType, backend: { service: { name, port } } })) } }] });
const firstBackend = 'spec.rules[0].http.paths[0].backend';

/** What leads nowhere, or to two places. */
const ways: readonly Hostile[] = [
  row('no Service', withPaths({}), 'ingress-service', `${firstBackend}.service.name`),
  row('a Service of another namespace by its name', [withPaths({ service: 'kubernetes' }), service()], 'ingress-service', `${firstBackend}.service.name`),
  row('sixty Services that are not there', withPaths(...Array.from({ length: 60 }, (_, index) => ({ path: `/${index}`, service: `one-${index}` }))), 'ingress-service', 'spec.rules[0].http.paths[59].backend.service.name'),
  row('a Service named like a property that every object has', [withPaths({ service: 'constructor' }), service()], 'ingress-service', `${firstBackend}.service.name`),
  row('a port that the Service does not have', [withPaths({ port: { number: 81 } }), service()], 'ingress-service', `${firstBackend}.service.port`),
  row('a port’s name with a line end', [withPaths({ port: { name: 'a\nb\u202e' } }), service()], 'ingress-service', `${firstBackend}.service.port`),
  row('a Service whose ports have hostile names', [withPaths({ port: { number: 81 } }), service({ ports: [{ name: `a\n\u202e${'b'.repeat(1000)}`, port: 80 }] })], 'ingress-service', `${firstBackend}.service.port`),
  row('a port of the second path alone', [withPaths({}, { path: '/api', port: { name: 'http' } }), service()], 'ingress-service', 'spec.rules[0].http.paths[1].backend.service.port'),
  row('a Service without ports', [withPaths({}), service({ clusterIP: 'None', ports: [] })], 'ingress-service', `${firstBackend}.service.port`),
  row('a port by name and by number', [withPaths({ port: { name: 'http', number: 80 } }), service()], 'ingress-service', `${firstBackend}.service.port`),
  row('a port by neither', [withPaths({ port: { name: '', number: null } }), service()], 'ingress-service', `${firstBackend}.service.port`),
  row('a port’s name of digits', [withPaths({ port: { name: '80' } }), service()], 'ingress-service', `${firstBackend}.service.port.name`),
  row('a port’s name that is a number', [withPaths({ port: { name: 80 } }), service()], 'ingress-service', `${firstBackend}.service.port.name`),
  row('one path that leads to two Services', [withPaths({}, { service: 'two' }), service(), service({}, { name: 'two' })], 'ingress-path-twice', 'spec.rules[0].http.paths[1].backend'),
  row('one path that leads to two ports', [withPaths({}, { port: { number: 81 } }), service({ ports: [{ name: 'a', port: 80 }, { name: 'b', port: 81 }] })], 'ingress-path-twice', 'spec.rules[0].http.paths[1].backend'),
];

/** B89 to B98, of an Ingress that leads somewhere. */
const ingresses: readonly Hostile[] = [
  ...controllers.flatMap((prefix) => snippets.map((name) => row(`B89 B90 ${prefix}/${name}`, annotation(`${prefix}/${name}`), 'ingress-annotation', fieldOfAnnotation(`${prefix}/${name}`)))),
  row('B90 an allowed annotation in other letters', annotation('haproxy-ingress.github.io/Affinity'), 'ingress-annotation', fieldOfAnnotation('haproxy-ingress.github.io/Affinity')),
  row('B90 cert-manager', annotation('cert-manager.io/cluster-issuer'), 'ingress-annotation', fieldOfAnnotation('cert-manager.io/cluster-issuer')),
  row('B90 external-dns', annotation('external-dns.alpha.kubernetes.io/hostname', 'bar.com'), 'ingress-annotation', fieldOfAnnotation('external-dns.alpha.kubernetes.io/hostname')),
  row('B90 one without a prefix', annotation('snippet'), 'ingress-annotation', 'metadata.annotations.snippet'),
  ...values.map((value) => row(`B91 an allowed annotation that is ${JSON.stringify(value.slice(0, 20))}`, annotation('haproxy-ingress.github.io/affinity', value), 'ingress-annotation-value', fieldOfAnnotation('haproxy-ingress.github.io/affinity'))),
  ...hosts.map(([what, name]) => row(what, withHost(name), 'ingress-host', 'spec.rules[0].host')),
  row('B94 no host', ingress({ rules: [{ http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] }), 'ingress-host', 'spec.rules[0].host'),
  row('B93 a second host', ingress({ rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }, { host: 'b', http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }] }), 'ingress-host', 'spec.rules[1].host'),
  row('B94 no rules', ingress({ rules: [] }), 'ingress-rules', 'spec.rules'),
  row('B94 a rule without paths', ingress({ rules: [{ host }] }), 'ingress-rules', 'spec.rules[0].http.paths'),
  row('B94 null for rules', ingress({ rules: null }), 'ingress-rules', 'spec.rules'),
  row('a thousand paths', ingress({ rules: [{ host, http: { paths: Array.from({ length: 1000 }, (_, index) => ({ path: `/${index}`, pathType: 'Prefix', backend })) } }] }), 'ingress-rules', 'spec.rules'),
  row('B95 a default backend', ingress({ defaultBackend: backend }), 'ingress-default-backend', 'spec.defaultBackend'),
  row('B95 a default backend of another kind', ingress({ defaultBackend: { resource: { kind: 'Backend', name: 'a' } } }), 'ingress-default-backend', 'spec.defaultBackend'),
  row('a backend that is a resource', ingress({ rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { resource: { kind: 'Backend', name: 'a' } } }] } }] }), 'ingress-resource-backend', 'spec.rules[0].http.paths[0].backend.resource'),
  row('a Service of another namespace', ingress({ rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'kube-system/dns', port: { number: 53 } } } }] } }] }), 'field-value', 'spec.rules[0].http.paths[0].backend.service.name'),
  ...paths.map((path) => row(`B97 the path ${JSON.stringify(path.slice(0, 20))}`, withPath(path), 'ingress-path', 'spec.rules[0].http.paths[0].path')),
  row('B96 a path type of one’s own', ingress({ rules: [{ host, http: { paths: [{ path: '/', pathType: 'Regex', backend }] } }] }), 'field-value', 'spec.rules[0].http.paths[0].pathType'),
  row('B98 TLS for another host', ingress({ tls: [{ hosts: ['bar-7.preview.bar.com'], secretName: 'a' }] }), 'ingress-tls', 'spec.tls[0].hosts[0]'),
  row('B98 TLS for all hosts', ingress({ tls: [{ hosts: ['*.preview.bar.com'], secretName: 'a' }] }), 'ingress-tls', 'spec.tls[0].hosts[0]'),
  row('B98 ssl-passthrough', annotation('haproxy-ingress.github.io/ssl-passthrough', 'true'), 'ingress-annotation', fieldOfAnnotation('haproxy-ingress.github.io/ssl-passthrough')),
  row('another class', ingress({ ingressClassName: 'nginx' }), 'ingress-class', 'spec.ingressClassName'),
  row('another class by annotation', annotation('kubernetes.io/ingress.class', 'haproxy-admin'), 'ingress-class', fieldOfAnnotation('kubernetes.io/ingress.class')),
  row('an empty class', ingress({ ingressClassName: '' }), 'ingress-class', 'spec.ingressClassName'),
].map((one) => ({ ...one, objects: [...one.objects, service()] }));

function fieldOfAnnotation(key: string): string {
  return `metadata.annotations."${key}"`;
}

const onService = (key: string, value: string): Json => service({}, { annotations: { [key]: value } });

/** B82 to B85, and B91 on Services. */
const services: readonly Hostile[] = [
  row('B82 externalIPs', service({ externalIPs: ['10.96.0.1'] }), 'service-external-ips', 'spec.externalIPs'),
  row('B84 a LoadBalancer', service({ type: 'LoadBalancer' }), 'service-type', 'spec.type'),
  row('B84 a NodePort', service({ type: 'NodePort' }), 'service-type', 'spec.type'),
  row('B84 a node’s port', service({ ports: [{ port: 80, nodePort: 30_080 }] }), 'service-node-port', 'spec.ports[0].nodePort'),
  row('B84 a load balancer’s address', service({ loadBalancerIP: '1.2.3.4' }), 'service-load-balancer', 'spec.loadBalancerIP'),
  row('B84 a load balancer’s class', service({ loadBalancerClass: 'a' }), 'service-load-balancer', 'spec.loadBalancerClass'),
  row('B84 a health check’s port', service({ healthCheckNodePort: 30_000 }), 'service-load-balancer', 'spec.healthCheckNodePort'),
  ...['metadata.google.internal', 'localhost', 'kubernetes.default.svc', '169.254.169.254'].map((externalName) => row(`B85 ExternalName ${externalName}`, service({ type: 'ExternalName', externalName }), 'service-external-name', 'spec.externalName')),
  row('B85 ExternalName by type alone', service({ type: 'ExternalName' }), 'service-type', 'spec.type'),
  row('B83 no selector', { apiVersion: 'v1', kind: 'Service', metadata: { name: 'one' }, spec: { ports: [{ port: 80 }] } }, 'service-selector', 'spec.selector'),
  row('B83 null for a selector', service({ selector: null }), 'service-selector', 'spec.selector'),
  row('a chosen clusterIP', service({ clusterIP: '10.96.0.10' }), 'service-cluster-ip', 'spec.clusterIP'),
  row('chosen clusterIPs', service({ clusterIPs: ['10.96.0.10'] }), 'service-cluster-ip', 'spec.clusterIPs[0]'),
  row('B91 route-acl', onService('haproxy.org/route-acl', 'always_true } or { always_true'), 'service-annotation', fieldOfAnnotation('haproxy.org/route-acl')),
  row('B91 route-acl with a line end', onService('ingress.kubernetes.io/route-acl', 'a\nb'), 'service-annotation', fieldOfAnnotation('ingress.kubernetes.io/route-acl')),
  row('B91 backend-config-snippet', onService('haproxy.com/backend-config-snippet', 'server a 10.0.0.1'), 'service-annotation', fieldOfAnnotation('haproxy.com/backend-config-snippet')),
  row('B91 a cloud’s load balancer', onService('service.beta.kubernetes.io/aws-load-balancer-type', 'nlb'), 'service-annotation', fieldOfAnnotation('service.beta.kubernetes.io/aws-load-balancer-type')),
  row('B91 DNS records', onService('external-dns.alpha.kubernetes.io/hostname', 'bar.com'), 'service-annotation', fieldOfAnnotation('external-dns.alpha.kubernetes.io/hostname')),
  row('B91 an allowed annotation with a line end', onService('prometheus.io/path', '/a\nb'), 'service-annotation', fieldOfAnnotation('prometheus.io/path')),
];

const limited = (limits: Partial<GuardPolicy['limits']>): { readonly policy: GuardPolicy } => ({ policy: { ...policy, limits: { ...policy.limits, ...limits } } });
const images = ['evil.example/a', 'registry.bar.com.evil.example/a', 'registry.bar.community/a', 'registry.bar.com:5000/a', 'nginx', 'docker.io/nginx', 'bar/nginx', `evil.example/a@sha256:${'a'.repeat(64)}`];
const noImages = ['', ' ', 'a b', 'REGISTRY/A:1', 'a:', 'a@sha256:1', '../a', 'registry.bar.com/../evil/a', 'https://registry.bar.com/a', 'a\nb', '--privileged', '$(id)', 'a'.repeat(300), 'f'.repeat(64)];
const withImage = (image: Json): Json => deployment({ template: { spec: { containers: [{ name: 'one', image }] } } });

/** B81, B86 and B88: how much, of what, for how long. */
const amounts: readonly Hostile[] = [
  row('B86 a million replicas', deployment({ replicas: 1_000_000 }), 'replicas', 'spec.replicas'),
  row('B86 -1 replicas', deployment({ replicas: -1 }), 'field-value', 'spec.replicas'),
  row('B86 half a replica', deployment({ replicas: 0.5 }), 'field-value', 'spec.replicas'),
  row('B86 replicas as a text', deployment({ replicas: '3' }), 'field-type', 'spec.replicas'),
  row('B86 a Job of a thousand pods at once', job({ parallelism: 1000 }), 'replicas', 'spec.parallelism'),
  row('B88 a Job tried a million times', job({ backoffLimit: 1_000_000 }), 'job-limits', 'spec.backoffLimit'),
  row('B88 a Job of a million completions', job({ completions: 1_000_000 }), 'job-limits', 'spec.completions'),
  row('B88 a Job of years', job({ activeDeadlineSeconds: 100_000_000 }), 'job-limits', 'spec.activeDeadlineSeconds'),
  row('B88 a CronJob’s Job of years', cron({ jobTemplate: { spec: { activeDeadlineSeconds: 100_000_000, template: { spec: task } } } }), 'job-limits', 'spec.jobTemplate.spec.activeDeadlineSeconds'),
  row('B88 a thousand Jobs kept', cron({ successfulJobsHistoryLimit: 1000 }), 'job-limits', 'spec.successfulJobsHistoryLimit'),
  row('B88 a CronJob each second', cron({ schedule: '@every 1s' }), 'cron-schedule', 'spec.schedule'),
  row('B88 a schedule of six fields', cron({ schedule: '* * * * * *' }), 'cron-schedule', 'spec.schedule'),
  row('B88 a schedule with a line end', cron({ schedule: '* * * * *\n* * * * *' }), 'cron-schedule', 'spec.schedule'),
  { ...row('B88 a hundred CronJobs', Array.from({ length: 100 }, (_, index) => ({ ...(cron({ schedule: '* * * * *' }) as Map), metadata: { name: `c${index}` } })), 'workloads-count', ''), ...limited({ workloads: 40 }) },
  row('a Job that another controller runs', job({ managedBy: 'evil.example/a' }), 'job-control', 'spec.managedBy'),
  row('a Job that takes over pods', job({ manualSelector: true, selector: { matchLabels: selector } }), 'job-control', 'spec.manualSelector'),
  row('B88 100 TiB', claim({ resources: { requests: { storage: '100Ti' } } }), 'storage-total', ''),
  row('B88 100 TiB written as a number', claim({ resources: { requests: { storage: 109_951_162_777_600 } } }), 'storage-total', ''),
  row('B88 100 TiB written with an exponent', claim({ resources: { requests: { storage: '1e14' } } }), 'storage-total', ''),
  row('B88 three times 8Gi of a StatefulSet', { apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 'one' }, spec: { replicas: 3, serviceName: 'one', selector: { matchLabels: selector }, template: pods, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Gi' } } } }] } }, 'storage-total', ''),
  row('B88 storage of no size', claim({ resources: {} }), 'claim-storage', 'spec.resources.requests.storage'),
  row('B88 storage that is none', claim({ resources: { requests: { storage: '-1Gi' } } }), 'claim-storage', 'spec.resources.requests.storage'),
  row('a certain volume', claim({ volumeName: 'pv-of-others' }), 'claim-source', 'spec.volumeName'),
  row('a volume by selector', claim({ selector: { matchLabels: { a: 'b' } } }), 'claim-source', 'spec.selector'),
  row('a copy of a volume', claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'a' } }), 'claim-source', 'spec.dataSource'),
  row('a copy of a volume of others', claim({ dataSourceRef: { kind: 'VolumeSnapshot', apiGroup: 'snapshot.storage.k8s.io', name: 'a', namespace: 'b' } }), 'claim-source', 'spec.dataSourceRef'),
  row('a block device', claim({ volumeMode: 'Block' }), 'field-value', 'spec.volumeMode'),
  row('B81 a service account’s token', secret({ type: 'kubernetes.io/service-account-token' }), 'secret-type', 'type'),
  row('a bootstrap token', secret({ type: 'bootstrap.kubernetes.io/token' }), 'secret-type', 'type'),
  row('a release of helm', secret({ type: 'helm.sh/release.v1' }), 'secret-type', 'type'),
  row('a key that climbs', secret({ stringData: { '../a': 'b' } }), 'data-key', 'stringData."../a"'),
  row('a key of dots', config({}, { data: { '..': 'b' } }), 'data-key', 'data.".."'),
  row('data that is not base64', secret({ data: { a: 'not base64!' } }), 'secret-data', 'data.a'),
  row('B88 a ConfigMap of 2 MiB', config({}, { data: { a: 'b'.repeat(2 * 1024 * 1024) } }), 'data-size', 'data'),
  row('B88 a Secret of 2 MiB', secret({ stringData: { a: 'b'.repeat(2 * 1024 * 1024) } }), 'data-size', 'data'),
  { ...row('B88 more bytes than allowed', config({}, { data: { a: 'b'.repeat(2000) } }), 'objects-bytes', ''), ...limited({ bytes: 1000 }) },
  { ...row('B88 more objects than allowed', Array.from({ length: 11 }, (_, index) => config({ name: `c${index}` })), 'objects-count', ''), ...limited({ objects: 10 }) },
  row('101 mistakes', Array.from({ length: 101 }, (_, index) => config({ name: `c${index}`, namespace: 'b' })), 'more', ''),
  ...noImages.map((image) => row(`the image ${JSON.stringify(image.slice(0, 20))}`, withImage(image), 'image', 'spec.template.spec.containers[0].image')),
  ...images.map((image) => ({ ...row(`the image ${image.slice(0, 40)}`, withImage(image), 'image-registry', 'spec.template.spec.containers[0].image'), policy: { ...policy, registries: ['registry.bar.com', 'docker.io/team'] } })),
  { ...row('any image where no registry is listed', withImage('registry.bar.com/a'), 'image-registry', 'spec.template.spec.containers[0].image'), policy: { ...policy, registries: [] } },
];

/** Everything that is tried. */
export const hostile: readonly Hostile[] = [...objects, ...ways, ...ingresses, ...services, ...amounts, ...hostilePods];
