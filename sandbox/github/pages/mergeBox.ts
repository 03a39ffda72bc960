import type { PullRequest } from '../world/model.ts';
import type { CheckRun, CommitStatus, Deployment } from '../world/reportModel.ts';
import { latestRuns, suitesAt } from '../world/checks.ts';
import { latestStatus } from '../world/deployments.ts';
import { commitsBetween } from '../world/git.ts';
import { isMergeable } from '../world/pulls.ts';
import { latestStatuses } from '../world/statuses.ts';
import { html, type Html } from './html.ts';
import { act, repositoryPath, timeTag, type PageCall } from './layout.ts';

/** What a state looks like: a sign, its colour, and a word. */
export function outcomeMark(outcome: string | null): { sign: string; tone: string; word: string } {
  if (outcome === 'success') return { sign: '✓', tone: 'success', word: 'successful' };
  if (outcome === 'failure' || outcome === 'error' || outcome === 'timed_out')
    return { sign: '✗', tone: 'failure', word: outcome.replace('_', ' ') };
  if (outcome === null) return { sign: '●', tone: 'waiting', word: 'waiting' };
  const isWaiting = ['queued', 'in_progress', 'pending'].includes(outcome);
  return { sign: isWaiting ? '●' : '–', tone: isWaiting ? 'waiting' : '', word: outcome.replace('_', ' ') };
}

/** The deployments of a pull request's commits, the newest of each environment first. */
export function deploymentsOf(call: PageCall, pull: PullRequest): Deployment[] {
  const shas = new Set([
    pull.headSha,
    ...commitsBetween(call.world.state, pull.baseSha, pull.headSha).map((one) => one.sha),
  ]);
  const found = pull.repository.deployments.filter((one) => shas.has(one.sha) || one.ref === pull.headRef);
  return [...new Map(found.map((one) => [one.environment, one])).values()];
}

/** Deployments, checks and what can be done with the pull request. */
export function mergeBox(call: PageCall, pull: PullRequest): Html {
  return html`<section class="card" id="merge-box" data-live aria-label="Deployments, checks and merging">
<div class="rows">${deploymentRows(call, pull)}${checkRows(pull)}${stateRow(call, pull)}</div></section>`;
}

function deploymentRows(call: PageCall, pull: PullRequest): Html[] {
  return deploymentsOf(call, pull).map((deployment) => deploymentRow(deployment));
}

/** One deployment with its newest status and the way to it. */
export function deploymentRow(deployment: Deployment): Html {
  const status = latestStatus(deployment);
  const state = status?.state ?? 'pending';
  const mark = outcomeMark(state);
  const link = state === 'success' && status?.environmentUrl;
  return html`<div class="deployment"><span class="mark ${mark.tone}">${mark.sign}</span>
<div class="grow"><p><b>${deployment.environment}</b> <span class="soft">${state === 'success' ? 'active' : mark.word}
· <a class="code" href="${repositoryPath(deployment.repository)}/commit/${deployment.sha}">${deployment.sha.slice(0, 7)}</a>
· ${timeTag(status?.createdAt ?? deployment.createdAt)}</span></p>${status?.description && html`<p class="soft small">${status.description}</p>`}</div>
${link && html`<a class="button" href="${link}" rel="noopener">View deployment</a>`}</div>`;
}

function checkRows(pull: PullRequest): Html[] {
  const runs = latestRuns(suitesAt(pull.repository, pull.headSha).flatMap((suite) => suite.runs));
  return [...latestStatuses(pull.repository, pull.headSha).map(statusRow), ...runs.map((run) => checkRow(pull, run))];
}

function statusRow(status: CommitStatus): Html {
  const mark = outcomeMark(status.state);
  return html`<div class="check"><span class="mark ${mark.tone}">${mark.sign}</span>
<div class="grow"><p><b>${status.context}</b> <span class="soft">${mark.word}${status.description && ` — ${status.description}`}</span></p></div>
${status.targetUrl && html`<a href="${status.targetUrl}" rel="noopener">Details</a>`}</div>`;
}

function checkRow(pull: PullRequest, run: CheckRun): Html {
  const mark = outcomeMark(run.conclusion ?? run.status);
  return html`<div class="check"><span class="mark ${mark.tone}">${mark.sign}</span>
<div class="grow"><p><b>${run.name}</b> <span class="soft">${mark.word}${run.title && ` — ${run.title}`}</span></p></div>
<a href="${repositoryPath(pull.repository)}/runs/${run.id}">Details</a></div>`;
}

function button(name: string, text: string, look = ''): Html {
  return html`<form method="post">${act(name)}<button id="button-${name}" class="${look}">${text}</button></form>`;
}

function row(tone: string, sign: string, title: string, text: string, buttons: readonly Html[] = []): Html {
  return html`<div class="state"><span class="mark ${tone}">${sign}</span><div class="grow"><p><b>${title}</b></p>
<p class="soft small">${text}</p></div>${buttons}</div>`;
}

function stateRow(call: PageCall, pull: PullRequest): Html {
  const hasBranch = !pull.headRepository.deleted && pull.headRepository.branches.has(pull.headRef);
  const away =
    hasBranch && pull.headRef !== pull.headRepository.defaultBranch ? [button('delete-branch', 'Delete branch')] : [];
  if (pull.merged) return row('', '✓', 'Merged and closed', `${pull.headRef} is now part of ${pull.baseRef}.`, away);
  if (pull.state === 'closed') {
    return row('', '–', 'Closed without merging', hasBranch ? 'It can be opened again.' : 'Its branch is gone.', [
      ...(hasBranch ? [button('reopen', 'Reopen pull request')] : []),
      ...away,
    ]);
  }
  const close = button('close', 'Close pull request');
  if (pull.draft) {
    return row('waiting', '●', 'This is a draft', 'A draft cannot be merged.', [
      button('ready', 'Ready for review', 'main'),
      close,
    ]);
  }
  const toDraft = button('draft', 'Convert to draft');
  if (!isMergeable(call.world.state, pull)) {
    return row('failure', '✗', 'This branch has conflicts', `It changes what ${pull.baseRef} has changed too.`, [
      toDraft,
      close,
    ]);
  }
  return row('success', '✓', 'No conflicts with the base branch', 'Merging can be done.', [
    button('merge', 'Merge pull request', 'main'),
    toDraft,
    close,
  ]);
}
