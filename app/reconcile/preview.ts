import type { Project } from '../config/project.ts';

/** One preview that should run: one pull request × one tenant, with every name computed. */
export type Preview = {
  /** '' for the unnamed preview of a project without tenants. */
  readonly tenant: string;
  readonly cluster: string;
  readonly namespace: string;
  readonly host: string;
  readonly url: string;
  /** The commit that it runs. */
  readonly sha: string;
  readonly app: string;
  readonly image: string;
  readonly env: readonly { readonly name: string; readonly value: string }[];
  readonly project: Project;
  readonly ingressClass: string;
  readonly pullRequest: {
    /** `formatKey` of the pull request. */
    readonly owner: string;
    readonly number: number;
    readonly url: string;
  };
  /** `Facts.readAt` of the read that this comes from. */
  readonly readAt: string;
};
