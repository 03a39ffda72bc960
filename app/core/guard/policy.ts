import type { ClassForm } from '../traffic/policy.ts';

/** What one preview's objects may be and have. Everything in it comes from the platform, nothing from the branch. */
export type GuardPolicy = {
  readonly namespace: string;
  /** Every host that this preview claimed, of all its apps. */
  readonly hosts: readonly string[];
  readonly ingressClass: string;
  /** In which form an Ingress comes to name it. */
  readonly classForm: ClassForm;
  /** Annotations of an Ingress that a branch may set, beside the class; exact names. Those that a typed field is for are refused even so. */
  readonly ingressAnnotations: readonly string[];
  /** Prefixes of image references (`registry.bar.com`, `docker.io/library`), host first; undefined: any. */
  readonly registries: readonly string[] | undefined;
  /** `restricted` for forks. */
  readonly level: 'baseline' | 'restricted';
  /** Secrets that are in the namespace by the platform's hand; a branch may refer to these and to its own. */
  readonly secrets: readonly string[];
  readonly limits: GuardLimits;
};

/** Upper bounds for one preview. */
export type GuardLimits = {
  readonly objects: number;
  /** Of all objects together, as JSON. */
  readonly bytes: number;
  /** Of one workload. */
  readonly replicas: number;
  readonly workloads: number;
  /** Of all volume claims together, as a Kubernetes quantity. */
  readonly storage: string;
  /** Longest `terminationGracePeriodSeconds`. */
  readonly graceSeconds: number;
  /** Longest `activeDeadlineSeconds` of a Job; one without gets it. */
  readonly jobSeconds: number;
};

/** One thing that the platform does not let through. */
export type Violation = {
  /** From the repository's root. */
  readonly file: string;
  /** `Kind/name`. */
  readonly object: string;
  /** Path of the field, such as `spec.template.spec.containers[0].image`; empty for the object as a whole. */
  readonly field: string;
  /** Name of the rule, kebab-case: docs/guard.md lists them. */
  readonly rule: string;
  readonly message: string;
  readonly mend: string;
};
