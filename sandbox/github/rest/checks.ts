import { z } from 'zod';
import { checkConclusions, checkStatuses, type CheckRun } from '../world/reportModel.ts';
import { checkRunShape, checkSuiteShape } from '../shapes/report.ts';
import { resolveRef } from '../world/branches.ts';
import { findCheckRun, latestRuns, suitesAt, type CheckEdit } from '../world/checks.ts';
import { notFound, Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { json, numberParam, onRepository, paged, type Answer, type RepositoryCall, type Route } from './route.ts';

const read = [{ checks: 'read' }] as const;
const write = [{ checks: 'write' }] as const;

const edit = z.object({
  name: z.string().min(1).optional(),
  status: z.enum(checkStatuses).optional(),
  conclusion: z.enum(checkConclusions).optional(),
  external_id: z.string().optional(),
  details_url: z.string().optional(),
  started_at: z.iso.datetime({ offset: true }).optional(),
  completed_at: z.iso.datetime({ offset: true }).optional(),
  output: z.object({ title: z.string(), summary: z.string(), text: z.string().optional() }).optional(),
});
// A change of the output may leave its title as it is.
const editOutput = edit.extend({
  output: z.object({ title: z.string().optional(), summary: z.string(), text: z.string().optional() }).optional(),
});
const create = edit.extend({ name: z.string().min(1), head_sha: z.string() });

/** Check runs, which only Apps may write. */
export const checkRoutes: Route[] = [
  onRepository('POST', '/check-runs', write, createRun),
  onRepository('GET', '/check-runs/{id}', read, (call) => json(200, checkRunShape(call.world.state, runParam(call)))),
  onRepository('PATCH', '/check-runs/{id}', write, updateRun),
  onRepository('GET', '/commits/{ref...}/check-runs', read, listRuns),
  onRepository('GET', '/commits/{ref...}/check-suites', read, (call) => {
    const suites = suitesAt(call.repository, commitParam(call));
    const wanted = call.query.get('app_id');
    const found = suites.filter((suite) => wanted === null || suite.app.id === Number(wanted));
    return paged(
      call,
      found,
      (one) => checkSuiteShape(call.world.state, one),
      (page, total) => ({
        total_count: total,
        check_suites: page,
      }),
    );
  }),
];

function requireApp(call: RepositoryCall): void {
  if (call.viewer.as !== 'installation') throw new Refusal(403, 'You must authenticate via a GitHub App.');
}

function editOf(asked: z.output<typeof editOutput>, current?: CheckRun): CheckEdit {
  const { output } = asked;
  return {
    name: asked.name,
    status: asked.status,
    conclusion: asked.conclusion,
    externalId: asked.external_id,
    detailsUrl: asked.details_url,
    startedAt: asked.started_at === undefined ? undefined : new Date(asked.started_at),
    completedAt: asked.completed_at === undefined ? undefined : new Date(asked.completed_at),
    output: output && { ...output, title: output.title ?? current?.title ?? '' },
  };
}

function createRun(call: RepositoryCall): Answer {
  requireApp(call);
  const asked = bodyOf(call, create, 'CheckRun');
  const run = call.world.createCheckRun(call.repository, {
    ...editOf(asked),
    name: asked.name,
    headSha: asked.head_sha,
  });
  return json(201, checkRunShape(call.world.state, run));
}

function updateRun(call: RepositoryCall): Answer {
  requireApp(call);
  const run = runParam(call);
  if (run.suite.app !== call.world.state.app.identity)
    throw new Refusal(
      403,
      'Invalid app_id `' +
        String(run.suite.app.id) +
        '` - check run can only be modified by the GitHub App that created it.',
    );
  call.world.updateCheckRun(run, editOf(bodyOf(call, editOutput, 'CheckRun'), run));
  return json(200, checkRunShape(call.world.state, run));
}

function runParam(call: RepositoryCall): CheckRun {
  const run = findCheckRun(call.repository, numberParam(call, 'id'));
  if (!run) throw notFound();
  return run;
}

function commitParam(call: RepositoryCall): string {
  const sha = resolveRef(call.repository, call.params['ref'] ?? '');
  if (sha === undefined) throw new Refusal(422, `No commit found for SHA: ${call.params['ref'] ?? ''}`);
  return sha;
}

function listRuns(call: RepositoryCall): Answer {
  const suites = suitesAt(call.repository, commitParam(call));
  const [name, status, appId] = [call.query.get('check_name'), call.query.get('status'), call.query.get('app_id')];
  const all = suites.filter((suite) => appId === null || suite.app.id === Number(appId)).flatMap((suite) => suite.runs);
  const asked = call.query.get('filter') === 'all' ? all : latestRuns(all);
  const found = asked.filter(
    (run) => (name === null || run.name === name) && (status === null || run.status === status),
  );
  return paged(
    call,
    found,
    (run) => checkRunShape(call.world.state, run),
    (page, total) => ({
      total_count: total,
      check_runs: page,
    }),
  );
}
