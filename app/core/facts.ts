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
};

/** `.cloud/preview.yaml` at the head commit. A fork's is never looked at. */
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
  readonly check: { readonly id: number } | undefined;
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
  | { readonly kind: 'found'; readonly facts: Facts; readonly seen: Seen }
  /** GitHub says NOT_FOUND for the repository or the pull request. No evidence yet that it is gone. */
  | { readonly kind: 'not-found'; readonly readAt: string };

/** Returns the hash by which two comment bodies are the same, whatever line ends and trailing space GitHub made of them. */
export function hashOfBody(body: string): string {
  const text = body.replaceAll('\r\n', '\n').replaceAll(/[ \t]+$/gm, '').trim();
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
