/**
 * Domains in the names of labels and annotations by which controllers that a cluster may run are told to do something that a branch
 * may not decide: to add containers to pods, to give them identities, networks, devices or runtimes, to copy Secrets.
 */
const domains: ReadonlySet<string> = new Set([
  // Meshes and injectors of sidecars.
  'istio.io',
  'linkerd.io',
  'kuma.io',
  'consul.hashicorp.com',
  'openservicemesh.io',
  'dapr.io',
  'cilium.io',
  'opentelemetry.io',
  'jaegertracing.io',
  'datadoghq.com',
  'injector.tumblr.com',
  'newrelic.com',
  'dynatrace.com',
  // Secrets, copied or injected.
  'vault.hashicorp.com',
  'banzaicloud.io',
  'bank-vaults.io',
  'conjur.org',
  'akeyless.io',
  'mittwald.de',
  'emberstack.com',
  'appscode.com',
  'external-secrets.io',
  'cert-manager.io',
  'kyverno.io',
  '1password.com',
  'doppler.com',
  'infisical.com',
  // Identities in clouds.
  'amazonaws.com',
  'k8s.aws',
  'azure.workload.identity',
  'azure.com',
  'gke.io',
  'cloud.google.com',
  'spiffe.io',
  // Networks.
  'cni.cncf.io',
  'projectcalico.org',
  'ovn.org',
  'antrea.io',
  'kube-router.io',
  'weave.works',
  'multus.io',
  // Runtimes and devices.
  'nri.io',
  'containerd.io',
  'crio.io',
  'cri-o.io',
  'katacontainers.io',
  'gvisor.dev',
  'openshift.io',
  'nvidia.com',
  // Kubernetes' own.
  'kubernetes.io',
  'k8s.io',
]);

/** The same for names that have the domain the other way round and no slash. */
const reversed = [
  'io.kubernetes.',
  'io.katacontainers',
  'io.containerd',
  'io.podman',
  'io.crun',
  'run.oci.',
  'dev.gvisor.',
  'com.docker.',
  'org.systemd.',
];

const whole: ReadonlySet<string> = new Set(['aadpodidbinding']);

/** Of Kubernetes’ own domains only these are let through: every other one is, or may become, a command to the cluster. */
const harmlessDomains: ReadonlySet<string> = new Set([
  'app.kubernetes.io',
  'kubectl.kubernetes.io',
  'cluster-autoscaler.kubernetes.io',
  'tags.datadoghq.com',
]);
const harmlessKeys: ReadonlySet<string> = new Set([
  'kubernetes.io/change-cause',
  'kubernetes.io/description',
  'kubernetes.io/name',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'kubernetes.io/ingress-bandwidth',
  'kubernetes.io/egress-bandwidth',
  'controller.kubernetes.io/pod-deletion-cost',
]);

/** AppArmor and seccomp by annotation: Pod Security says which values. */
const judgedElsewhere = [
  'container.apparmor.security.beta.kubernetes.io',
  'container.seccomp.security.alpha.kubernetes.io',
  'seccomp.security.alpha.kubernetes.io',
];

/** Says whether a label or annotation of this name steers what others run in the cluster. */
export function steers(key: string): boolean {
  const lower = key.toLowerCase();
  const slash = lower.indexOf('/');
  const domain = slash < 0 ? lower : lower.slice(0, slash);
  if (harmlessDomains.has(domain) || harmlessKeys.has(lower) || judgedElsewhere.includes(domain)) return false;
  return whole.has(lower) || isListed(domain) || reversed.some((prefix) => lower.startsWith(prefix));
}

/** Whether the domain, or one that it is below, is listed. */
function isListed(domain: string): boolean {
  for (let rest = domain, dot = 0; dot >= 0; rest = rest.slice(dot + 1)) {
    if (domains.has(rest)) return true;
    dot = rest.indexOf('.');
  }
  return false;
}
