import type { TenantState } from '../health.ts';
import type { DeploymentState } from '../ports.ts';
import type { PullRequestRecord, SaidDeployment } from '../record.ts';
import { plainText } from './escape.ts';
import { causeTitle, isWebAddress } from './words.ts';

/** GitHub's limit for the description of a deployment's state. */
const maxDescription = 140;

/** One write. A deployment has its id once it is created: its state is planned afterwards, from what has then been said. */
export type DeploymentStep =
  | { readonly do: 'create'; readonly tenant: string; readonly sha: string; readonly description: string }
  | {
      readonly do: 'state';
      readonly tenant: string;
      readonly sha: string;
      readonly id: number;
      readonly state: DeploymentState;
    };

export type DeploymentsInput = {
  readonly record: PullRequestRecord;
  readonly states: readonly TenantState[];
  /** True when writes are scarce: states that only pass by are left out. */
  readonly pressure: boolean;
};

/** Returns the environment of a tenant's deployments, the same for every pull request: `preview/fr`, and `preview` without a tenant. */
export function environmentName(tenant: string): string {
  return tenant === '' ? 'preview' : `preview/${tenant}`;
}

/**
 * Returns the writes that are still needed, from what has been said: what is to be created, then final states, then ends, then what
 * only passes by. Once all are written and remembered, the same input gives none.
 *
 * A commit's deployment ends when the next commit is live, or when the preview goes: until then its link shows it.
 */
export function planDeployments({ record, states, pressure }: DeploymentsInput): readonly DeploymentStep[] {
  const open = record.said.deployments.filter(({ state }) => !isOver(state)).toSorted((a, b) => a.id - b.id);
  const plans = states.map((state) =>
    planTenant(
      state,
      open.filter(({ tenant }) => tenant === state.tenant),
      record.key.number,
    ),
  );
  const unknown = open.filter(({ tenant }) => !states.some((state) => state.tenant === tenant));
  const all = [...plans.flat(), ...unknown.map((deployment) => end(deployment))];
  const rank = (step: DeploymentStep): number => (step.do === 'create' ? 0 : ranks.indexOf(step.state.state) + 1);
  return all
    .filter((step) => !(pressure && step.do === 'state' && step.state.state === 'in_progress'))
    .toSorted((a, b) => rank(a) - rank(b));
}

const ranks: readonly DeploymentState['state'][] = ['success', 'failure', 'inactive', 'in_progress'];

function planTenant(state: TenantState, open: readonly SaidDeployment[], number: number): DeploymentStep[] {
  const { tenant, sha, phase, serving } = state;
  if (phase === 'removed' || phase === 'removing') {
    // While a teardown is held back the preview still answers.
    return phase === 'removing' && serving !== undefined ? [] : open.map((deployment) => end(deployment));
  }
  const [ours, ...doubles] = open.filter((deployment) => deployment.sha === sha);
  const older = open.filter((deployment) => deployment.sha !== sha);
  const shown = older.filter(
    (deployment) => phase !== 'live' && (deployment.sha === serving || isSuccess(deployment.state)),
  );
  const ended = [...doubles, ...older.filter((deployment) => !shown.includes(deployment))].map((deployment) =>
    end(deployment),
  );
  if (!ours) {
    const description = plainText(
      `Preview of pull request ${number}${tenant === '' ? '' : ` for ${tenant}`}`,
      maxDescription,
    );
    return phase === 'blocked' ? ended : [{ do: 'create', tenant, sha, description }, ...ended];
  }
  const next = nextState(state, ours.state);
  return next ? [{ do: 'state', tenant, sha, id: ours.id, state: next }, ...ended] : ended;
}

/** Returns the state to write, or undefined when it has been said or is not worth a write. */
function nextState({ phase, url, cause }: TenantState, said: string): DeploymentState | undefined {
  if (phase === 'live') {
    if (isSuccess(said)) return undefined;
    return {
      state: 'success',
      ...(isWebAddress(url) ? { environmentUrl: url } : {}),
      description: 'The preview is live.',
    };
  }
  if (phase === 'failed' || phase === 'blocked') {
    if (said === 'failure' || said === 'error') return undefined;
    const why = cause ? causeTitle(cause) : 'it failed';
    return { state: 'failure', description: plainText(`The preview is not live: ${why}.`, maxDescription) };
  }
  // What was live or failed once stays so until it is the other: a pod that is started again is no new deployment.
  return said === 'pending' || said === 'queued' || said === 'waiting'
    ? { state: 'in_progress', description: 'The preview is starting.' }
    : undefined;
}

function end({ tenant, sha, id }: SaidDeployment): DeploymentStep {
  return {
    do: 'state',
    tenant,
    sha,
    id,
    state: { state: 'inactive', description: 'This version is no longer running.' },
  };
}

/** GraphQL calls the newest success of an environment active. */
function isSuccess(state: string): boolean {
  return state === 'success' || state === 'active';
}

/** GraphQL calls what is inactive in a transient environment destroyed, and what was given up abandoned. */
function isOver(state: string): boolean {
  return state === 'inactive' || state === 'destroyed' || state === 'abandoned';
}
