import type { HookJob, ProjectApp } from '../config/project.ts';
import type { CloudFolder } from '../core/facts.ts';
import type { Json } from '../core/object.ts';
import type { ClassForm, Dialect, DoorRules } from '../core/traffic/policy.ts';

/** One preview that should run: one pull request × one tenant, with every name computed. */
export type Preview = {
  /** '' for the unnamed preview of a project without tenants. */
  readonly tenant: string;
  readonly cluster: string;
  readonly namespace: string;
  /** Avant's own namespace, by which it knows its own. */
  readonly instance: string;
  /** The commit that it runs. */
  readonly sha: string;
  readonly app: string;
  /** At least one; the first is the preview's own link. */
  readonly apps: readonly PreviewApp[];
  readonly hooks: { readonly setup: readonly HookJob[]; readonly teardown: readonly HookJob[] };
  readonly cloud: CloudFolder;
  /** The platform's values for charts of this tenant, below the project's. */
  readonly tenantValues: Json;
  /** What `${…}` stands for; `host` is the first app's, each app's own texts have its own. */
  readonly values: PreviewValues;
  /** The class of its Ingresses, the form to say it in, and whose annotations its door reads. */
  readonly ingress: { readonly class: string; readonly form: ClassForm; readonly dialect: Dialect };
  /** Pod Security Standard: `restricted` for forks. */
  readonly level: 'baseline' | 'restricted';
  /** Secrets of the platform to be copied in; none for a fork. */
  readonly secrets: readonly string[];
  /** Id of the last command that asked to start it anew; undefined: none did. */
  readonly restart: string | undefined;
  readonly repository: { readonly installation: number; readonly owner: string; readonly name: string };
  readonly pullRequest: {
    /** `formatKey` of the pull request. */
    readonly owner: string;
    readonly number: number;
    readonly url: string;
  };
  /** `Facts.readAt` of the read that this comes from. */
  readonly readAt: string;
};

export type PreviewApp = ProjectApp & {
  readonly host: string;
  readonly url: string;
  /** What the door is told about it: the platform's word over the project's, within bounds. */
  readonly rules: DoorRules;
};

export type PreviewValues = Readonly<Record<'app' | 'pr' | 'tenant' | 'sha' | 'shortSha' | 'branch' | 'host', string>>;
