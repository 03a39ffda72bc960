import type { DoorAnswer } from './door.ts';
import type { PullRequestKey } from './key.ts';
import type { Failing, HostCounts } from './host-counts.ts';
import type { CloudFolder, Facts, OurComment } from './facts.ts';

/**
 * What neither GitHub nor the previews' own objects can hold about one pull request. One ConfigMap each, moved by compare-and-swap,
 * kept on unlabel, deleted after the last report on close.
 */
export type PullRequestRecord = {
  readonly version: 1;
  readonly key: PullRequestKey;
  /** The newest facts whose content differed from those before; undefined until the first read. */
  readonly facts: Facts;
  /** What was valid last and let through by CI: the commit, its project config (undefined: it has none) and its `.cloud/`. */
  readonly lastValid: LastValid | undefined;
  /** What people asked for beside the labels. */
  readonly intent: Intent;
  /** Since when GitHub has told the App itself that the repository or installation is gone (ISO 8601). */
  readonly missingSince: string | undefined;
  readonly decision: Decision;
  /** By tenant; the unnamed preview has the key ''. */
  readonly tenants: Readonly<Record<string, TenantRecord>>;
  readonly said: Said;
};

export type LastValid = { readonly sha: string; readonly text: string | undefined; readonly cloud: CloudFolder };

/** What people asked for by commands and labels. Read back from GitHub, so that a lost webhook loses none. */
export type Intent = {
  /** Id of the newest comment that was looked at as a command; 0 before the first. None runs twice. */
  readonly lastCommand: number;
  /** `/preview stop`: until `/preview`, or until the label is put on again later than this. */
  readonly stopped: { readonly by: string; readonly at: string } | undefined;
  /** `/preview approve <sha>`: for exactly this commit of a fork. */
  readonly approved: { readonly sha: string; readonly by: string; readonly at: string } | undefined;
  /** `/preview restart [tenant]`: by tenant (`*`: all) the id of the last such comment, as text. */
  readonly restarts: Readonly<Record<string, string>>;
  /** What the last commands met, the newest last; ten at most. */
  readonly answers: readonly Answer[];
  /** Labels of ours and whether who put each on may ask for previews; judged once for each time it is put on. */
  readonly labellers: readonly LabellerJudged[];
};

export type Answer = {
  readonly comment: number;
  readonly by: string;
  /** The command as it was understood, such as `stop`; empty for what is none. */
  readonly command: string;
  readonly outcome: 'done' | 'refused' | 'unknown';
  /** For `refused` and `unknown`: why, in a sentence; may hold text from outside. */
  readonly why: string;
};

export type LabellerJudged = { readonly label: string; readonly by: string; readonly at: string; readonly may: boolean };

export const nothingAsked: Intent = { lastCommand: 0, stopped: undefined, approved: undefined, restarts: {}, answers: [], labellers: [] };

/** What was decided about the pull request as a whole, for the report. */
export type Decision = {
  /** `waiting`: for CI; what ran before stays as it was. */
  readonly verdict: 'wanted' | 'not-wanted' | 'refused' | 'invalid' | 'waiting';
  /** CamelCase, from a closed list; see `decide`. */
  readonly reason: string;
  /** Lines for the developer; may hold text from the branch, so it is escaped where it is shown. */
  readonly problems: readonly string[];
  /** With `waiting`: the checks of the head commit that are not green, those that GitHub does not have yet as `absent`. */
  readonly awaited?: readonly AwaitedCheck[];
  /** With `waiting`: the commit, and since when (our clock, ISO 8601) it has been waited for. */
  readonly waiting?: { readonly sha: string; readonly since: string };
};

export type AwaitedCheck = { readonly name: string; readonly state: 'absent' | 'pending' | 'failure'; readonly url: string | undefined };

export type TenantRecord = {
  readonly cluster: string;
  readonly namespace: string;
  /** The first app's. */
  readonly host: string;
  readonly url: string;
  /** One for each app of the project, in order; `part` is '' where there is only one. */
  readonly links: readonly { readonly part: string; readonly url: string }[];
  /** Digests that image references of this commit were pinned to, by the reference as the branch writes it. */
  readonly pins: Readonly<Record<string, string>>;
  /** The last command that asked to start it anew, when the pins were made. */
  readonly restart: string | undefined;
  readonly sha: string;
  readonly wanted: boolean;
  /** What the last try to move this preview met; undefined when it met nothing. */
  readonly trouble: Trouble | undefined;
  /** Differences that survive our apply, by object: somebody's rule, said once and not fought. */
  readonly tolerated: Readonly<Record<string, string>>;
  /** Of each link, what it answered through the door; undefined where the platform names no door, and in records of versions before. */
  readonly door?: readonly DoorRecord[];
  /** What visitors meet since the commit is live; undefined while nothing is known or worth telling. */
  readonly visits?: Visits;
};

export type DoorRecord = {
  readonly url: string;
  /** What was asked about: the commit and the restart. */
  readonly version: string;
  /** When the preview itself first answered for this version (ISO 8601); undefined: not yet. */
  readonly at: string | undefined;
  /** The last answer; undefined before the first. */
  readonly answer: DoorAnswer | undefined;
};

/** What visitors meet at a preview, by `app/core/visits.ts`. */
export type Visits = {
  /** The commit and restart that is counted. */
  readonly version: string;
  /** By link: the counts when that went live, which are not its own. */
  readonly before: Readonly<Record<string, HostCounts>>;
  /** The server error that most requests meet since then; undefined: next to none do. */
  readonly failing: Failing | undefined;
};

export type Trouble = {
  readonly reason: TroubleReason;
  readonly message: string;
  /** Every problem, a line each, where there may be several: what the guard refused, what a chart is wrong in. */
  readonly problems?: readonly string[];
  /** The Job whose last lines say more. */
  readonly job?: { readonly namespace: string; readonly name: string };
  /** Tries in a row that met it, from 1. */
  readonly failures: number;
  /** Not to be tried again before (ISO 8601), unless GitHub changes; undefined: not by itself, somebody has to change something. */
  readonly retryAt: string | undefined;
};

export type TroubleReason =
  | 'NameHeld'
  | 'NamespaceTerminating'
  | 'ApplyFailed'
  | 'RemoveFailed'
  | 'TeardownPaused'
  /** Chart, manifests or values cannot be rendered. */
  | 'RenderFailed'
  /** The guard refused objects. */
  | 'Refused'
  /** A registry that could be asked does not have an image. */
  | 'ImageMissing'
  /** A Secret that the platform config names is not in the administrators' namespace. */
  | 'SecretMissing'
  /** A setup Job failed; what ran before is left as it was. */
  | 'SetupFailed'
  /** A teardown Job failed; the preview goes nevertheless. */
  | 'TeardownFailed';

/** What has been written on GitHub, so that the same thing is not written again. */
export type Said = {
  /** GitHub's clock at our last write there; a read that is not younger says nothing about what we wrote. */
  readonly at: string;
  readonly comment: OurComment | undefined;
  /** Hashes of the body that we wrote last: as it was, and without the containers' last lines, which alone are no reason to write. */
  readonly body: { readonly full: string; readonly plain: string } | undefined;
  readonly check: { readonly id: number; readonly sha: string; readonly hash: string } | undefined;
  readonly deployments: readonly SaidDeployment[];
  /** Id of the newest command comment that has our reaction. */
  readonly reacted: number;
};

export type SaidDeployment = { readonly id: number; readonly tenant: string; readonly sha: string; readonly state: string };

export const nothingSaid: Said = { at: '1970-01-01T00:00:00Z', comment: undefined, body: undefined, check: undefined, deployments: [], reacted: 0 };
