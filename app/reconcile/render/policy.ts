import type { Platform } from '../../config/platform.ts';
import type { GuardPolicy } from '../../core/guard/policy.ts';
import type { Preview } from '../preview.ts';

/** Objects of one preview together, as JSON: an etcd takes 1.5 MiB for one. */
const maxBytes = 4 * 1024 * 1024;
/** Pods that take longer to end would hold a namespace up when its preview goes. */
const maxGraceSeconds = 120;
/** Deployments, StatefulSets, Jobs and CronJobs of one preview. */
const maxWorkloads = 40;

/** Returns what the guard lets a preview have: the platform's word, nothing of the branch's. */
export function guardPolicy(preview: Preview, { limits, registries, ingressAnnotations }: Platform): GuardPolicy {
  return {
    namespace: preview.namespace,
    hosts: preview.apps.map(({ host }) => host),
    ingressClass: preview.ingress.class,
    classForm: preview.ingress.form,
    ingressAnnotations,
    registries: registries?.map(({ prefix }) => prefix),
    level: preview.level,
    secrets: preview.secrets,
    limits: {
      objects: limits.objects,
      bytes: maxBytes,
      replicas: limits.replicas,
      workloads: maxWorkloads,
      storage: limits.storage,
      graceSeconds: maxGraceSeconds,
      jobSeconds: Math.floor(limits.jobMs / 1_000),
    },
  };
}
