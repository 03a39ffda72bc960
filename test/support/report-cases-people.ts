import type { Answer, AwaitedCheck, Decision } from '../../app/core/record.ts';
import { live, liveOld, newSha, oldSha, removed, removing, reportCase, type ReportCase } from './report-builders.ts';

const wanted: Decision = { verdict: 'wanted', reason: 'Labelled', problems: [] };
const notLabelled: Decision = { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] };
const stopped: Decision = { verdict: 'not-wanted', reason: 'Stopped', problems: [] };
const comment = { id: 1, nodeId: 'IC_1', bodyHash: '' };
const at = '2026-11-22T08:00:00Z';

const jenkins = 'continuous-integration/jenkins/pr-head';
const pending: AwaitedCheck = { name: jenkins, state: 'pending', url: 'https://jenkins.bar.com/job/foo/job/PR-241/3/' };
const red: AwaitedCheck = { ...pending, state: 'failure' };

function waiting(reason: string, ...awaited: readonly AwaitedCheck[]): Decision {
  return { verdict: 'waiting', reason, problems: [], awaited, waiting: { sha: newSha, since: at } };
}

/** While a commit waits for CI, or CI is against it. */
export const ciCases: readonly ReportCase[] = [
  reportCase('ci-waits', { decision: waiting('WaitingForChecks', pending) }),
  reportCase('ci-waits-old-stays', {
    decision: waiting(
      'WaitingForChecks',
      { name: jenkins, state: 'absent', url: undefined },
      { name: 'build (24, ubuntu)', state: 'pending', url: 'https://github.com/bar/foo/actions/runs/1/job/2?pr=241' },
      { name: 'lint', state: 'absent', url: 'javascript:alert(1)' },
    ),
    tenants: { fr: liveOld, be: liveOld },
  }),
  reportCase('ci-red', { decision: waiting('ChecksFailed', red) }),
  reportCase('ci-red-old-stays', {
    decision: waiting('ChecksFailed', red, { name: 'e2e', state: 'pending', url: undefined }),
    tenants: { fr: liveOld, be: liveOld },
  }),
  reportCase('ci-too-late', {
    decision: waiting('ChecksTimedOut', { name: 'jenkins/pr-head', state: 'absent', url: undefined }),
    tenants: { '': liveOld },
  }),
  reportCase('ci-unreadable', {
    decision: waiting('ChecksUnreadable'),
    tenants: { '': liveOld },
  }),
];

function answer(parts: Pick<Answer, 'command' | 'outcome' | 'why'>): Answer {
  return { comment: 7, by: 'mallory', ...parts };
}

/** Forks, labels and commands. */
export const peopleCases: readonly ReportCase[] = [
  reportCase('fork', { decision: { verdict: 'refused', reason: 'Fork', problems: [] }, pullRequest: { fork: true } }),
  reportCase('fork-pushed-again', {
    decision: { verdict: 'refused', reason: 'Fork', problems: [] },
    intent: { approved: { sha: oldSha, by: 'octocat', at } },
    tenants: { '': liveOld },
    pullRequest: { fork: true },
  }),
  reportCase('fork-approved', {
    decision: wanted,
    intent: { approved: { sha: newSha, by: 'octocat', at } },
    tenants: { '': live },
    pullRequest: { fork: true },
  }),
  reportCase('forks-never', {
    decision: { verdict: 'refused', reason: 'ForksNever', problems: [] },
    pullRequest: { fork: true },
  }),
  reportCase('label-not-allowed', {
    decision: { verdict: 'refused', reason: 'NotAllowed', problems: ['helper[bot] put the label cd/preview on.'] },
    intent: { labellers: [{ label: 'cd/preview', by: 'helper[bot]', at, may: false }] },
  }),
  reportCase('label-unknown', { decision: { verdict: 'refused', reason: 'LabelUnknown', problems: ['cd/preview'] } }),
  reportCase('label-looks-alike', {
    decision: {
      verdict: 'refused',
      reason: 'LookAlike',
      problems: ['The label \u0441d/pre\u200bview looks like cd/preview, and is another.'],
    },
    pullRequest: { labels: ['\u0441d/pre\u200bview', 'caf\u00e9'] },
  }),
  reportCase('stopped-going', {
    decision: stopped,
    intent: { stopped: { by: 'octocat', at } },
    tenants: { fr: removing, be: removed },
    said: { comment },
  }),
  reportCase('stopped', {
    decision: stopped,
    intent: { stopped: { by: 'octocat', at }, answers: [answer({ command: 'stop', outcome: 'done', why: '' })] },
    tenants: { '': removed },
    said: { comment },
  }),
  reportCase('command-refused', {
    decision: wanted,
    intent: {
      answers: [answer({ command: 'stop', outcome: 'refused', why: 'only people with write permission may ask for this' })],
    },
    tenants: { '': live },
  }),
  reportCase('command-unknown', {
    decision: wanted,
    intent: {
      answers: [
        answer({ command: '', outcome: 'unknown', why: '`/preview @octocat` is no command: the commands are `/preview` and `/preview help`' }),
      ],
    },
    tenants: { fr: live, be: live },
  }),
  reportCase('help-without-a-label', {
    decision: notLabelled,
    intent: { answers: [answer({ command: 'help', outcome: 'done', why: '' })] },
    pullRequest: { labels: ['bug'] },
  }),
];
