import type { PullRequestKey } from './key.ts';
import type { Facts, OurComment } from './facts.ts';

/**
 * What neither GitHub nor the previews' own objects can hold about one pull request. One ConfigMap each, moved by compare-and-swap,
 * kept on unlabel, deleted after the last report on close.
 */
export type PullRequestRecord = {
  readonly version: 1;
  readonly key: PullRequestKey;
  /** The newest facts whose content differed from those before; undefined until the first read. */
  readonly facts: Facts;
  /** The last project config that was valid, and the commit that had it. */
  readonly lastValid: { readonly sha: string; readonly text: string } | undefined;
  /** Since when GitHub has told the App itself that the repository or installation is gone (ISO 8601). */
  readonly missingSince: string | undefined;
  readonly decision: Decision;
  /** By tenant; the unnamed preview has the key ''. */
  readonly tenants: Readonly<Record<string, TenantRecord>>;
  readonly said: Said;
};

/** What was decided about the pull request as a whole, for the report. */
export type Decision = {
  readonly verdict: 'wanted' | 'not-wanted' | 'refused' | 'invalid';
  /** CamelCase, from a closed list; see `decide`. */
  readonly reason: string;
  /** Lines for the developer; may hold text from the branch, so it is escaped where it is shown. */
  readonly problems: readonly string[];
};

export type TenantRecord = {
  readonly cluster: string;
  readonly namespace: string;
  readonly host: string;
  readonly url: string;
  readonly sha: string;
  readonly wanted: boolean;
  /** What the last try to move this preview met; undefined when it met nothing. */
  readonly trouble: Trouble | undefined;
  /** Differences that survive our apply, by object: somebody's rule, said once and not fought. */
  readonly tolerated: Readonly<Record<string, string>>;
};

export type Trouble = {
  readonly reason: 'NameHeld' | 'NamespaceTerminating' | 'ApplyFailed' | 'RemoveFailed' | 'TeardownPaused';
  readonly message: string;
  /** Tries in a row that met it, from 1. */
  readonly failures: number;
  /** Not to be tried again before (ISO 8601), unless GitHub changes. */
  readonly retryAt: string;
};

/** What has been written on GitHub, so that the same thing is not written again. */
export type Said = {
  /** GitHub's clock at our last write there; a read that is not younger says nothing about what we wrote. */
  readonly at: string;
  readonly comment: OurComment | undefined;
  /** Hashes of the body that we wrote last: as it was, and without the containers' last lines, which alone are no reason to write. */
  readonly body: { readonly full: string; readonly plain: string } | undefined;
  readonly check: { readonly id: number; readonly sha: string; readonly hash: string } | undefined;
  readonly deployments: readonly SaidDeployment[];
};

export type SaidDeployment = { readonly id: number; readonly tenant: string; readonly sha: string; readonly state: string };

export const nothingSaid: Said = { at: '1970-01-01T00:00:00Z', comment: undefined, body: undefined, check: undefined, deployments: [] };
