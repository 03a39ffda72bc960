import { createHash } from 'node:crypto';

/** What one read of GitHub told about a pull request. */
export type Facts = {
  /** GitHub's clock at the read, ISO 8601 with whole seconds. */
  readonly readAt: string;
  readonly repository: {
    readonly owner: string;
    readonly name: string;
    readonly private: boolean;
    readonly url: string;
  };
  readonly pullRequest: {
    readonly state: 'open' | 'closed' | 'merged';
    readonly url: string;
    readonly author: string;
    readonly labels: readonly string[];
    readonly headSha: string;
    readonly headRef: string;
    /** True when the head is in another repository, or in one that is gone. */
    readonly fork: boolean;
  };
  readonly config: ConfigFile;
  readonly cloud: CloudFolder;
  /** Who put on the labels that the pull request has now: the last time each was put on, as far as GitHub tells. */
  readonly labelled: readonly Labelled[];
  /** What CI says about the head commit. Kept in the record are only the checks that the project waits for. */
  readonly pipeline: Pipeline;
};

/** `login` (of a person, or of an app as `name[bot]`) put the label on at `at`, by GitHub's clock. */
export type Labelled = { readonly label: string; readonly by: Person; readonly at: string };

/** An account on GitHub. `undefined` in its place is one that is gone. */
export type Person = { readonly login: string; readonly bot: boolean };

/** Commit statuses and check runs of the head commit; `denied` where the installation has not granted reading them. */
export type Pipeline = { readonly kind: 'read'; readonly checks: readonly PipelineCheck[] } | { readonly kind: 'denied' };

export type PipelineCheck = {
  /** A status's context, or a check run's name. */
  readonly name: string;
  readonly state: 'pending' | 'success' | 'failure';
  /** Where its log is; not checked to be a web address. */
  readonly url: string | undefined;
};

/** The folder `.cloud/` at the head commit: names only, its files are read apart (`CloudReader`). */
export type CloudFolder =
  | { readonly kind: 'absent' }
  | {
      readonly kind: 'folder';
      /** The Git tree's hash: the same files have the same. */
      readonly tree: string;
      /** Names of the folders in `.cloud/charts/`, in order. */
      readonly charts: readonly string[];
      /** Whether there is a folder `.cloud/manifests/`. */
      readonly manifests: boolean;
    }
  | { readonly kind: 'unreadable'; readonly why: string };

/** `.cloud/preview.yaml` at the head commit. A fork's is looked at only after somebody approved that commit. */
export type ConfigFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'file'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Where the project config lies in a repository. */
export const projectConfigPath = '.cloud/preview.yaml';

/** What of ours one read of GitHub saw on the pull request. */
export type Seen = {
  readonly comment: OurComment | undefined;
  /** Further comments that carry our marker and are ours: the younger ones, to be removed. */
  readonly extraComments: readonly number[];
  /** Our newest check on the head commit. */
  readonly check: { readonly id: number; readonly completed: boolean } | undefined;
  /**
   * Ours for this pull request in the environments asked for: every one at the head commit, and those among the repository's newest
   * hundred. That an older one is missing here does not say that it is gone.
   */
  readonly deployments: readonly SeenDeployment[];
};

/**
 * Our comment. `id` is what REST calls need, `nodeId` what one GraphQL query finds it by, however many comments there are;
 * `bodyHash` is `hashOfBody`.
 */
export type OurComment = { readonly id: number; readonly nodeId: string; readonly bodyHash: string };

export type SeenDeployment = {
  readonly id: number;
  readonly environment: string;
  readonly sha: string;
  /** GitHub's state in lower case, such as `success`; `pending` where it has none yet. */
  readonly state: string;
};

/**
 * The answer to "how is this pull request?". Everything else (a failed call, a partial answer, a page that is no JSON) is thrown:
 * unknown is not empty.
 */
export type PullRequestRead =
  | { readonly kind: 'found'; readonly facts: Facts; readonly seen: Seen; readonly comments: readonly PersonsComment[] }
  /** GitHub says NOT_FOUND for the repository or the pull request. No evidence yet that it is gone. */
  | { readonly kind: 'not-found'; readonly readAt: string };

/** A comment by somebody else that has a line beginning with `/preview`: maybe a command. In the order of their ids. */
export type PersonsComment = {
  readonly id: number;
  readonly by: Person | undefined;
  /** GitHub's clock, ISO 8601. */
  readonly at: string;
  readonly edited: boolean;
  readonly body: string;
};

/** Returns the hash by which two comment bodies are the same, whatever line ends and trailing space GitHub made of them. */
export function hashOfBody(body: string): string {
  const text = body.replaceAll('\r\n', '\n').replaceAll(/[ \t]+$/gm, '').trim();
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
