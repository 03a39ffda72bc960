import type { Account, AppIdentity, PullRequest, Repository, State } from './model.ts';
import type { CheckConclusion, CheckRun, CheckStatus, CheckSuite } from './reportModel.ts';
import { invalid, Refusal } from '../refusal.ts';
import { nodeId } from './ids.ts';
import { installationOf } from './repositories.ts';
import { accountOf, announce, changed } from './state.ts';

/** GitHub's limit for a check's summary and for its text. */
export const longestCheckText = 65_535;

export type CheckOutput = { title: string; summary: string; text?: string | undefined };

export type CheckEdit = {
  name?: string | undefined;
  status?: CheckStatus | undefined;
  conclusion?: CheckConclusion | undefined;
  externalId?: string | undefined;
  detailsUrl?: string | undefined;
  startedAt?: Date | undefined;
  completedAt?: Date | undefined;
  output?: CheckOutput | undefined;
};

/** The check suites of a commit, one per App that has reported on it. */
export function suitesAt(repository: Repository, sha: string): CheckSuite[] {
  return repository.checkSuites.get(sha) ?? [];
}

/** A check run by its database id. */
export function findCheckRun(repository: Repository, id: number): CheckRun | undefined {
  for (const suites of repository.checkSuites.values()) {
    for (const suite of suites) for (const run of suite.runs) if (run.id === id) return run;
  }
  return undefined;
}

/** The newest run of each name. */
export function latestRuns(runs: readonly CheckRun[]): CheckRun[] {
  return [...new Map(runs.map((run) => [`${run.suite.id} ${run.name}`, run])).values()];
}

/**
 * The open pull requests that a suite is for: those of its branch, while its commit is their head. None for the
 * commits of forks, as on GitHub.
 */
export function pullsOf(suite: CheckSuite): PullRequest[] {
  const { repository, headBranch, sha } = suite;
  if (headBranch === null) return [];
  return [...repository.pulls.values()].filter(
    (pull) =>
      pull.state === 'open' &&
      pull.headRepository === repository &&
      pull.headRef === headBranch &&
      pull.headSha === sha,
  );
}

/** An App that is not ours, by its slug; made if there is none yet. */
export function otherApp(state: State, slug: string): AppIdentity {
  if (slug === state.app.identity.slug) return state.app.identity;
  const known = state.otherApps.get(slug);
  if (known) return known;
  // GitHub's own App of this name has this id everywhere.
  const id = slug === 'github-actions' ? 15_368 : state.nextId('app');
  const app: AppIdentity = { kind: 'App', id, nodeId: nodeId('A', id), slug, name: slug };
  state.otherApps.set(slug, app);
  state.nodes.set(app.nodeId, app);
  return app;
}

/**
 * What GitHub does at a push for an App that may write checks: it opens a suite and asks for runs. Once for a commit,
 * however often it is pushed, and not for pushes to forks, where the App is not installed.
 */
export function requestSuite(
  state: State,
  repository: Repository,
  push: { branch: string; sha: string; before: string; by: Account },
): void {
  const { branch, sha, before, by } = push;
  if (installationOf(state, repository)?.permissions['checks'] !== 'write') return;
  if (suitesAt(repository, sha).some((suite) => suite.app === state.app.identity)) return;
  const suite = addSuite(state, repository, { sha, app: state.app.identity, headBranch: branch, before });
  announce(state, { name: 'check_suite', action: 'requested', suite, sender: by });
}

function suiteFor(state: State, repository: Repository, sha: string, app: AppIdentity): CheckSuite {
  const known = suitesAt(repository, sha).find((suite) => suite.app.id === app.id);
  if (known) return known;
  const [headBranch = null] = [...repository.branches].find(([, tip]) => tip === sha) ?? [];
  return addSuite(state, repository, { sha, app, headBranch, before: null });
}

function addSuite(
  state: State,
  repository: Repository,
  made: Pick<CheckSuite, 'sha' | 'app' | 'headBranch' | 'before'>,
): CheckSuite {
  const id = state.nextId('checkSuite');
  const at = state.now();
  const suite: CheckSuite = {
    kind: 'CheckSuite',
    id,
    nodeId: nodeId('CS', repository.id, id),
    repository,
    ...made,
    createdAt: at,
    updatedAt: at,
    runs: [],
  };
  repository.checkSuites.set(made.sha, [...suitesAt(repository, made.sha), suite]);
  state.nodes.set(suite.nodeId, suite);
  return suite;
}

/** Starts a check run on a commit, by our App unless another or its slug is given. Throws a 422 for an unknown commit. */
export function createCheckRun(
  state: State,
  repository: Repository,
  made: CheckEdit & { name: string; headSha: string; app?: AppIdentity | string },
): CheckRun {
  if (!repository.commits.has(made.headSha)) throw new Refusal(422, `No commit found for SHA: ${made.headSha}`);
  const app = typeof made.app === 'string' ? otherApp(state, made.app) : (made.app ?? state.app.identity);
  const suite = suiteFor(state, repository, made.headSha, app);
  const outcome = suiteOutcome(suite);
  const id = state.nextId('checkRun');
  const run: CheckRun = {
    kind: 'CheckRun',
    id,
    nodeId: nodeId('CR', repository.id, id),
    suite,
    name: made.name,
    status: 'queued',
    conclusion: null,
    externalId: null,
    detailsUrl: null,
    startedAt: state.now(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
  };
  editRun(state, run, made);
  suite.runs.push(run);
  state.nodes.set(run.nodeId, run);
  announce(state, { name: 'check_run', action: 'created', run, sender: senderOf(state, suite) });
  announceOutcome(state, run, { conclusion: null, ofSuite: outcome.conclusion });
  return run;
}

/** Changes a check run. */
export function updateCheckRun(state: State, run: CheckRun, edit: CheckEdit): void {
  const before = { conclusion: run.conclusion, ofSuite: suiteOutcome(run.suite).conclusion };
  editRun(state, run, edit);
  changed(state);
  announceOutcome(state, run, before);
}

/** An App acts as its bot. */
function senderOf(state: State, suite: CheckSuite): Account {
  return accountOf(state, `${suite.app.slug}[bot]`);
}

/** Says that a run, and with it maybe its suite, has come to a conclusion, unless it had that one before. */
function announceOutcome(
  state: State,
  run: CheckRun,
  before: { conclusion: CheckConclusion | null; ofSuite: CheckConclusion | null },
): void {
  const { suite } = run;
  const sender = senderOf(state, suite);
  if (run.conclusion !== null && run.conclusion !== before.conclusion) {
    announce(state, { name: 'check_run', action: 'completed', run, sender });
  }
  const { conclusion } = suiteOutcome(suite);
  if (conclusion !== null && conclusion !== before.ofSuite) {
    announce(state, { name: 'check_suite', action: 'completed', suite, sender });
  }
}

function editRun(state: State, run: CheckRun, edit: CheckEdit): void {
  checkOutput(edit.output);
  if (edit.detailsUrl !== undefined && !/^https?:\/\/[^\s]+$/.test(edit.detailsUrl)) {
    throw invalid('CheckRun', 'details_url', 'custom', 'details_url must use http or https scheme');
  }
  // A conclusion alone completes the run; completing it needs a conclusion.
  const status = edit.conclusion === undefined ? (edit.status ?? run.status) : 'completed';
  if (status === 'completed' && edit.conclusion === undefined && run.conclusion === null) {
    throw new Refusal(422, 'Invalid request.\n\n"conclusion" wasn\'t supplied.', [
      { resource: 'CheckRun', field: 'conclusion', code: 'missing_field' },
    ]);
  }
  run.status = status;
  run.conclusion = status === 'completed' ? (edit.conclusion ?? run.conclusion) : null;
  run.completedAt = status === 'completed' ? (edit.completedAt ?? run.completedAt ?? state.now()) : null;
  run.name = edit.name ?? run.name;
  run.externalId = edit.externalId ?? run.externalId;
  run.detailsUrl = edit.detailsUrl ?? run.detailsUrl;
  run.startedAt = edit.startedAt ?? run.startedAt;
  if (edit.output) {
    run.title = edit.output.title;
    run.summary = edit.output.summary;
    run.text = edit.output.text ?? null;
  }
  run.suite.updatedAt = state.now();
}

function checkOutput(output: CheckOutput | undefined): void {
  for (const field of ['summary', 'text'] as const) {
    const length = Buffer.byteLength(output?.[field] ?? '', 'utf8');
    if (length <= longestCheckText) continue;
    const message = `Only ${longestCheckText} characters are allowed; ${length} were supplied.`;
    throw new Refusal(422, `Invalid request.\n\n${message}`, [
      { resource: 'CheckRun', field: `output.${field}`, code: 'invalid', message },
    ]);
  }
}

/** The suite's own status and conclusion, made of its runs' as GitHub does. */
export function suiteOutcome(suite: CheckSuite): { status: CheckStatus; conclusion: CheckConclusion | null } {
  const runs = latestRuns(suite.runs);
  if (runs.length === 0) return { status: 'queued', conclusion: null };
  if (runs.some((run) => run.status !== 'completed')) return { status: 'in_progress', conclusion: null };
  const worstFirst: CheckConclusion[] = [
    'failure',
    'timed_out',
    'cancelled',
    'action_required',
    'success',
    'neutral',
    'skipped',
  ];
  return {
    status: 'completed',
    conclusion: worstFirst.find((one) => runs.some((run) => run.conclusion === one)) ?? null,
  };
}
