import type { Desired } from '../reconcile/decide.ts';
import type { Gathered } from '../reconcile/gather.ts';

/** Why a pull request stands as it does; `held`: somebody has to do something before it is deployed. */
export type Reasons = { readonly held: boolean; readonly lines: readonly string[] };

/** Returns a decision in words, for what its own problems do not say. `label` is the platform's. */
export function reasonsOf({ decision }: Desired, { facts, intent }: Gathered, label: string): Reasons {
  const { verdict, reason } = decision;
  const { headSha } = facts.pullRequest;
  const head = headSha.slice(0, 7);
  const checks = (decision.awaited ?? []).map(
    ({ name, state, url }) =>
      `    ${name}: ${state === 'absent' ? 'not reported yet' : state}${url === undefined ? '' : ` ${url}`}`,
  );
  const since = decision.waiting === undefined ? '' : ` since ${decision.waiting.since}`;
  const { stopped } = intent;
  const words: Readonly<Record<string, string>> = {
    Missing: 'GitHub tells the App that the repository, or the App’s installation, is gone',
    Closed: 'the pull request is closed',
    Merged: 'the pull request is merged',
    NotLabelled: `the pull request does not have the label ${label}`,
    LookAlike: `no label is ${label}`,
    NotAllowed: `who put the label ${label} on may not ask for previews`,
    LabelUnknown: 'GitHub does not tell who put the label on',
    Stopped: `stopped by ${stopped?.by ?? 'somebody'} at ${stopped?.at ?? 'some time'}: "/preview" in a new comment, or the label off and on again, starts it`,
    Fork: `it comes from a fork, and ${head} is not approved: "/preview approve ${headSha}" in a new comment lets it run`,
    ForksNever: 'it comes from a fork, and the platform runs none',
    NameHeld: 'the app’s name is another repository’s',
    ConfigBroken: `.cloud/ of ${head} is not valid; what was valid last stays`,
    ConfigMissing: `.cloud/ of ${head} has neither preview.yaml nor charts/ nor manifests/; what was valid last stays`,
    NoTenant: 'the labels name no tenant of the project',
    WaitingForChecks: `${head} waits for CI${since}; what ran before stays`,
    ChecksFailed: `CI is against ${head}; what ran before stays`,
    ChecksTimedOut: `${head} has waited for CI too long${since}; what ran before stays`,
    ChecksUnreadable: 'the App’s installation has not been given the permission to read checks and commit statuses',
    Labelled: `the label ${label} asks for ${head}`,
  };
  const held =
    ['refused', 'invalid'].includes(verdict) ||
    ['ConfigBroken', 'ConfigMissing', 'ChecksFailed', 'ChecksTimedOut', 'ChecksUnreadable'].includes(reason);
  return { held, lines: [`${verdict} (${reason}): ${words[reason] ?? reason}`, ...checks] };
}
