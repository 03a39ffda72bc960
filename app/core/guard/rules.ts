/** Every rule by its name, and what it refuses, for docs/guard.md. */
export const rules = {
  json: 'nesting deeper than 64, a key `__proto__`, text that is no Unicode',
  'objects-count': 'more objects than the platform allows for one preview',
  'objects-bytes': 'objects that together, as JSON, are larger than the platform allows',
  'workloads-count': 'more Deployments, StatefulSets, Jobs and CronJobs than the platform allows',
  'storage-total': 'volumes that together ask for more storage than the platform allows',
  duplicate: 'the same kind and name twice; both files are named',
  list: 'a `List` whose items are no list of objects, or Lists inside each other more than 3 deep',
  more: 'nothing: the line after the first 100 that counts the rest',

  kind: 'a kind beyond the allowed ones, or none',
  'kind-cluster-scoped': 'a kind that belongs to the whole cluster',
  'api-version': 'another apiVersion of an allowed kind than the current one',

  'field-unknown': 'a field that this guard does not know',
  'field-type': 'a value of another type than the field takes',
  'field-required': 'a field that is missing',
  'field-value': 'a value that the field does not take',

  name: 'no name, or one that is no DNS name',
  'name-reserved': 'a name that the platform or the cluster uses in every preview',
  namespace: 'another namespace than the preview’s, an empty one, or one in other letters',
  'generate-name': '`generateName`: each apply would make another object',
  'owner-references': '`ownerReferences`: the cluster would delete the object with what it names',
  finalizers: '`finalizers`: the preview could not be taken away',
  label: 'a label that Kubernetes does not take',
  annotation: 'an annotation that Kubernetes does not take, or more than 256 KiB of them',
  'label-reserved': 'labels, annotations and selectors that begin with `avant/`: they are the platform’s',
  steering:
    'labels and annotations that steer other controllers: injectors, identities, networks, runtimes, copiers of Secrets',
  selector: 'a selector that selects nothing or everything',

  'ingress-class': 'another ingress class than the platform’s',
  'ingress-host': 'a host that is not exactly one of the preview’s; none, an empty one and wildcards too',
  'ingress-rules': 'an Ingress without rules, or a rule without paths, or more than 100 paths',
  'ingress-default-backend': '`defaultBackend`: it answers for hosts of others',
  'ingress-resource-backend': 'a backend that is no Service',
  'ingress-path':
    'a path with other characters than letters, digits and `. _ ~ ! & + , = : @ / -`, or with empty or dot segments',
  'ingress-service':
    'a path that leads to a Service that is not among the objects, or to a port that it does not have: nobody would answer there; a port by both name and number, or by neither',
  'ingress-path-twice': 'a path of one host that leads to two Services, or to two ports of one: one of them would get no request',
  'ingress-tls': 'TLS for hosts that are not the preview’s',
  'ingress-annotation': 'an annotation of an Ingress that a typed field of the project’s config says (`traffic`, `access`), that no preview can have, or that the platform does not allow (`ingressAnnotations`)',
  'ingress-annotation-value':
    'a value of an allowed annotation that is not plain: longer than 256, or with line ends, quotes, braces, `\\ ; # $ % |` or backticks',

  'service-type': 'a Service of another type than ClusterIP',
  'service-external-ips': '`externalIPs`: they take over addresses of others (CVE-2020-8554)',
  'service-external-name': '`externalName`: it leads anywhere, also into the cluster',
  'service-load-balancer': 'settings for load balancers',
  'service-node-port': '`nodePort`: ports of the nodes belong to all',
  'service-cluster-ip': 'a chosen `clusterIP` other than `None`',
  'service-selector': 'a Service without a selector: somebody could give it any address',
  'service-annotation':
    'annotations of a Service beyond `prometheus.io/scrape`, `path`, `port` and `scheme`: HAProxy reads them as its own',

  'pod-node': 'choosing nodes by name, or those of the control plane',
  'pod-toleration': 'tolerating every taint, or those of the control plane',
  'pod-priority': '`priorityClassName`, `priority`, `preemptionPolicy`: they drive out others’ pods',
  'pod-scheduler': 'another scheduler, gates or groups of scheduling',
  'pod-runtime-class': '`runtimeClassName`, `overhead`: administrators choose the runtime',
  'pod-host-users': '`hostUsers: false`: it relaxes Pod Security',
  'pod-os': 'pods for another system than Linux: Pod Security asks less of them',
  'pod-host-aliases': '`hostAliases` of other addresses than the pod’s own (127.0.0.1, ::1)',
  'pod-dns': 'name servers and DNS policies of one’s own',
  'pod-affinity': 'affinity to pods of other namespaces: it can keep them off a node',
  'pod-service-account': 'a service account of one’s own',
  'pod-token': 'volumes that carry credentials of the cluster: service account tokens, pod certificates, trust bundles',
  'pod-ephemeral-containers': '`ephemeralContainers`',
  'pod-devices': '`resourceClaims`, `claims`, block devices',
  'pod-grace': 'a termination or sleep that takes longer than the platform allows',
  'secret-reference': 'a Secret that is neither among the objects nor given to the project, unless `optional: true`',
  'volume-type':
    'volumes other than configMap, secret, downwardAPI, projected, emptyDir, persistentVolumeClaim and ephemeral',
  'volume-mount': 'a mount that is passed on to the host, or a `subPath` that leads out of its volume',
  resources: 'resources other than cpu, memory and ephemeral-storage, and amounts that are none or that no node has',

  'pod-security-host-process': 'Pod Security baseline: `windowsOptions.hostProcess`',
  'pod-security-host-namespaces': 'Pod Security baseline: `hostNetwork`, `hostPID`, `hostIPC`',
  'pod-security-privileged': 'Pod Security baseline: `privileged`',
  'pod-security-capabilities':
    'Pod Security: added capabilities beyond the runtime’s default ones; for forks beyond `NET_BIND_SERVICE`',
  'pod-security-host-path': 'Pod Security baseline: `hostPath`',
  'pod-security-host-ports': 'Pod Security baseline: `hostPort`',
  'pod-security-host-probes': 'Pod Security baseline: `host` in probes and lifecycle hooks',
  'pod-security-app-armor': 'Pod Security baseline: AppArmor profiles other than RuntimeDefault and Localhost',
  'pod-security-se-linux': 'Pod Security baseline: SELinux user, role, and types that are none of containers’',
  'pod-security-proc-mount': 'Pod Security baseline: `procMount` other than Default',
  'pod-security-seccomp': 'Pod Security: seccomp profiles other than RuntimeDefault and Localhost',
  'pod-security-sysctls': 'Pod Security baseline: sysctls beyond the safe ones',
  'pod-security-escalation': 'Pod Security restricted (forks): `allowPrivilegeEscalation: true`',
  'pod-security-non-root': 'Pod Security restricted (forks): `runAsNonRoot: false`, `runAsUser: 0`',

  image: 'what is no image reference',
  'image-registry': 'an image of a registry that the platform does not list',

  replicas: 'more replicas, or more pods of a Job at once, than the platform allows',
  'job-limits':
    'a Job that is tried again more than 10 times, has more than 100 completions, or takes longer than the platform allows',
  'job-control': '`manualSelector`, `selector`, `managedBy`: the cluster’s own controller runs Jobs',
  'cron-schedule': 'a schedule that is not five fields or one of `@hourly`, `@daily`, `@weekly`, `@monthly`, `@yearly`',
  'claim-source':
    'volume claims on certain volumes, or filled from others: `volumeName`, `selector`, `dataSource`, `dataSourceRef`',
  'claim-storage': 'a volume claim without an amount of storage, or with one that is none',
  'secret-type': 'Secrets of types that the cluster acts on: service account tokens, bootstrap tokens',
  'data-key': 'a key of a ConfigMap or Secret that Kubernetes does not take',
  'data-size': 'a ConfigMap or Secret of more than 1 MiB',
  'secret-data': 'data of a Secret, or binary data, that is not base64',
} as const;

export type Rule = keyof typeof rules;
