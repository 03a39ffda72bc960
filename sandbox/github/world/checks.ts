import type { AppIdentity, CheckConclusion, CheckRun, CheckStatus, CheckSuite, Repository, State } from './model.ts';
import { invalid, Refusal } from '../refusal.ts';
import { nodeId } from './ids.ts';
import { changed } from './state.ts';

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

function suiteFor(state: State, repository: Repository, sha: string, app: AppIdentity): CheckSuite {
  const suites = suitesAt(repository, sha);
  const known = suites.find((suite) => suite.app.id === app.id);
  if (known) return known;
  const id = state.nextId('checkSuite');
  const at = state.now();
  const suite: CheckSuite = {
    kind: 'CheckSuite',
    id,
    nodeId: nodeId('CS', repository.id, id),
    repository,
    sha,
    app,
    createdAt: at,
    updatedAt: at,
    runs: [],
  };
  repository.checkSuites.set(sha, [...suites, suite]);
  state.nodes.set(suite.nodeId, suite);
  return suite;
}

/** Starts a check run on a commit, by our App unless another is given. Throws a 422 if there is no such commit. */
export function createCheckRun(
  state: State,
  repository: Repository,
  made: CheckEdit & { name: string; headSha: string; app?: AppIdentity },
): CheckRun {
  if (!repository.commits.has(made.headSha)) throw new Refusal(422, `No commit found for SHA: ${made.headSha}`);
  const suite = suiteFor(state, repository, made.headSha, made.app ?? state.app.identity);
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
  changed(state);
  return run;
}

/** Changes a check run. */
export function updateCheckRun(state: State, run: CheckRun, edit: CheckEdit): void {
  editRun(state, run, edit);
  changed(state);
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
