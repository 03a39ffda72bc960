import type { PullRequest } from '../world/model.ts';
import type { CheckRun, CommitStatus } from '../world/reportModel.ts';
import { latestRuns, suitesAt } from '../world/checks.ts';
import { latestStatuses } from '../world/statuses.ts';
import { Refusal } from '../refusal.ts';
import { html, type Html } from './html.ts';
import { act, type PageCall } from './layout.ts';
import { outcomeMark } from './mergeBox.ts';

/** What CI can be made to say here. */
const reports = ['pending', 'success', 'failure'] as const;
type Report = (typeof reports)[number];

/** Offered before anything was reported: what Jenkins calls its status for a pull request. */
const usualContext = 'continuous-integration/jenkins/pr-head';

/** The App whose check runs are reported here. */
const ciApp = 'jenkins';

/** What CI has said of the head commit, and a way to speak for it, as a pipeline would with a token of its own. */
export function ciBox(call: PageCall, pull: PullRequest): Html {
  return html`<section class="card" id="ci" aria-label="CI"><div class="head"><b>CI</b>
<span class="soft">report what a pipeline would say of <code id="ci-commit" data-live>${pull.headSha.slice(0, 7)}</code></span></div>
<div class="rows" id="ci-reports" data-live>${rows(call, pull)}</div><div class="body">${form(pull)}</div></section>`;
}

function othersRuns(call: PageCall, pull: PullRequest): CheckRun[] {
  const suites = suitesAt(pull.repository, pull.headSha).filter((one) => one.app !== call.world.state.app.identity);
  return latestRuns(suites.flatMap((suite) => suite.runs));
}

function rows(call: PageCall, pull: PullRequest): Html | Html[] {
  const all = [...latestStatuses(pull.repository, pull.headSha), ...othersRuns(call, pull)];
  if (all.length === 0) return html`<p class="soft">Nothing was reported for this commit.</p>`;
  return all.map(row);
}

function row(one: CommitStatus | CheckRun, index: number): Html {
  const isStatus = one.kind === 'StatusContext';
  const [name, outcome] = isStatus ? [one.context, one.state] : [one.name, one.conclusion ?? one.status];
  const mark = outcomeMark(outcome);
  const beside = isStatus ? (one.description ?? '') : `check by ${one.suite.app.slug}`;
  const [kind, slug] = isStatus ? ['status', ''] : ['check', one.suite.app.slug];
  return html`<div><span class="mark ${mark.tone}">${mark.sign}</span><div class="grow"><p><b>${name}</b> <span class="soft">${mark.word}</span></p>
<p class="soft small">${beside}</p></div><form method="post">${act('ci')}<input type="hidden" name="kind" value="${kind}">
<input type="hidden" name="app" value="${slug}"><input type="hidden" name="context" value="${name}">${buttons(`ci-${index}`, name)}</form></div>`;
}

function buttons(id: string, name?: string): Html[] {
  return reports.map((report) => {
    const label = name === undefined ? `Report ${report}` : `Report ${report} for ${name}`;
    return html`<button name="state" value="${report}" id="${id}-${report}" aria-label="${label}">${report}</button> `;
  });
}

function form(pull: PullRequest): Html {
  const known = [...pull.repository.statuses.values()].flat().map((one) => one.context);
  const names = [...new Set([usualContext, ...known])].map((name) => html`<option value="${name}"></option>`);
  const [first = usualContext] = latestStatuses(pull.repository, pull.headSha).map((one) => one.context);
  return html`<form method="post">${act('ci')}
<label class="field">Context<input type="text" name="context" value="${first}" list="ci-contexts" maxlength="255" required autocomplete="off"></label>
<datalist id="ci-contexts" data-live>${names}</datalist>
<label class="field">Link to its log<input type="text" name="url" placeholder="optional: https://…" autocomplete="off"></label>
<label class="field">Reported as<select name="kind"><option value="status">commit status</option><option value="check">check run by ${ciApp}</option></select></label>
<div class="actions">${buttons('ci-new')}</div></form>`;
}

function isReport(text: string): text is Report {
  return (reports as readonly string[]).includes(text);
}

/** Does what the CI box asks: a status, or a check run that goes on where there is one. Throws a Refusal. */
export function reportCi(call: PageCall, pull: PullRequest, form: URLSearchParams): void {
  const text = (name: string): string => (form.get(name) ?? '').trim();
  const [context, state, url] = [text('context'), text('state'), text('url') || undefined];
  if (context === '') throw new Refusal(422, 'A report needs a context: the name under which it is listed.');
  if (!isReport(state)) throw new Refusal(422, `CI reports one of ${reports.join(', ')}.`);
  const { repository, headSha } = pull;
  if (text('kind') !== 'check') {
    call.world.setStatus(repository, { sha: headSha, state, context, targetUrl: url, description: wordsFor(state) });
    return;
  }
  const app = call.world.otherApp(text('app') || ciApp);
  const edit = {
    ...(state === 'pending' ? { status: 'in_progress' as const } : { conclusion: state }),
    ...(url === undefined ? {} : { detailsUrl: url }),
  };
  const known = othersRuns(call, pull).find((run) => run.name === context && run.suite.app === app);
  if (known) call.world.updateCheckRun(known, edit);
  else call.world.createCheckRun(repository, { name: context, headSha, app, ...edit });
}

function wordsFor(state: Report): string {
  return { pending: 'The build is under way', success: 'The build is good', failure: 'The build is broken' }[state];
}
