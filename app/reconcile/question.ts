import type { Platform } from '../config/platform.ts';
import type { Facts } from '../core/facts.ts';
import type { PullRequestKey } from '../core/key.ts';
import type { Decision, Intent, LastValid } from '../core/record.ts';

/** Everything that decides which previews one pull request should have. */
export type Question = {
  readonly key: PullRequestKey;
  readonly facts: Facts;
  readonly intent: Intent;
  readonly platform: Platform;
  /** The app name that the repository holds, or who holds the one it wants. */
  readonly app: { readonly name: string; readonly heldBy: string | undefined };
  readonly lastValid: LastValid | undefined;
  /** The commit that CI is waited for, and since when, as was decided before. */
  readonly waiting: Decision['waiting'];
  /** True when GitHub has told for the grace period that the repository or installation is gone. */
  readonly missing: boolean;
  /** ISO 8601, by our clock. */
  readonly now: string;
};
