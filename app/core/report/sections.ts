import type { TenantState } from '../health.ts';
import type { PullRequestRecord } from '../record.ts';
import { projectConfigPath } from '../facts.ts';
import { inlineText } from './escape.ts';
import { ailing, causeTitle, commitLink, fitting, listed, running, tenantName, type Ailing } from './words.ts';

/** Longest message, problem and list of problems, in UTF-16 units of Markdown. */
const [maxMessage, maxProblem, maxProblems] = [1_500, 600, 8_000];
/** More problems than that are counted, not shown. */
const mostProblems = 25;

/** A part of a report about one trouble; `states` are the previews that have it. */
export type Section = { readonly text: string; readonly states: readonly TenantState[] };

/** Returns a section per trouble: what happened, what to do, and what the link shows meanwhile. */
export function causeSections(record: PullRequestRecord, states: readonly TenantState[]): readonly Section[] {
  const alone = states.length === 1;
  return ailing(states).map((group) => {
    const { cause } = group;
    const heading = alone ? [] : [`#### ${capital(`${namesOf(group)}${causeTitle(cause)}`)}`];
    const meanwhile = stillShown(record, group);
    const paragraphs = [
      ...heading,
      inlineText(cause.message, maxMessage),
      problemList(cause.problems),
      cause.advice === '' ? '' : `**What to do:** ${inlineText(cause.advice, maxMessage)}`,
      ...meanwhile,
    ];
    return { text: paragraphs.filter((paragraph) => paragraph !== '').join('\n\n'), states: group.states };
  });
}

function namesOf({ states }: Ailing): string {
  const tenants = states.map(({ tenant }) => tenant).filter((tenant) => tenant !== '');
  const shown = tenants.length > 8 ? [...tenants.slice(0, 7), `${tenants.length - 7} more`] : tenants;
  return shown.length === 0 ? '' : `${listed(shown.map(tenantName))}: `;
}

function stillShown({ facts }: PullRequestRecord, { states }: Ailing): string[] {
  const [first] = states;
  if (!first || first.serving === undefined || first.serving === first.sha || first.phase === 'removing') return [];
  const commit = commitLink(first.serving, facts.repository);
  return [
    `${states.length === 1 ? 'The link' : 'Their links'} still ${states.length === 1 ? 'shows' : 'show'} ${commit}.`,
  ];
}

function capital(text: string): string {
  // A tenant's name stays as it is written.
  return text.includes(': ') ? text : text.slice(0, 1).toUpperCase() + text.slice(1);
}

/** Returns that what runs stays, with its commit, for a sentence; undefined when nothing runs. */
export function stays({ facts }: PullRequestRecord, states: readonly TenantState[]): string | undefined {
  const [first, second] = running(states);
  if (!first) return undefined;
  return `the preview${second ? 's stay' : ' stays'} at ${commitLink(first.sha, facts.repository)}`;
}

/** Returns why the newest commit is not what runs, as a box; undefined when it is. */
export function configWarning(record: PullRequestRecord, states: readonly TenantState[]): string | undefined {
  const { decision, facts } = record;
  const head = commitLink(facts.pullRequest.headSha, facts.repository);
  const until = stays(record, states) ?? 'the preview stays as it is';
  switch (decision.reason) {
    case 'ConfigBroken':
      return box('WARNING', [
        `The configuration in ${head} is not valid, so ${until}. Correct it and push:`,
        '',
        problemList(decision.problems),
      ]);
    case 'ConfigMissing':
      return box('WARNING', [`${nothingIn(head)}, so ${until}. Put it back and push, and the preview follows.`]);
    case 'NameHeld':
      return box('WARNING', [`The preview stays as it is. ${problemText(decision.problems)}`]);
    default:
      return noteOf(decision.problems);
  }
}

/** Returns that a commit has nothing that a preview could be made of, for a sentence. */
export function nothingIn(commit: string): string {
  return `There is no \`${projectConfigPath}\`, no chart in \`.cloud/charts/\` and no \`.cloud/manifests/\` in ${commit}`;
}

/** Returns what else there is to know, as a box; undefined when there is nothing. */
export function noteOf(problems: readonly string[]): string | undefined {
  return problems.length === 0 ? undefined : box('NOTE', [problemText(problems)]);
}

/** Returns problems as a list, as many as there is room for; their text comes from the branch. */
export function problemList(problems: readonly string[]): string {
  const items = problems.slice(0, mostProblems).map((problem) => `- ${inlineText(problem, maxProblem)}`);
  const shown = fitting(items, '\n', maxProblems);
  return [...shown, ...(shown.length < problems.length ? [`- … and ${problems.length - shown.length} more.`] : [])].join(
    '\n',
  );
}

/** Returns one problem as a sentence, several as a list. */
export function problemText(problems: readonly string[]): string {
  const [only, second] = problems;
  return only === undefined || second !== undefined ? problemList(problems) : inlineText(only, maxProblem);
}

/** Returns lines as a box that GitHub draws. */
export function box(kind: 'NOTE' | 'WARNING', lines: readonly string[]): string {
  return [`[!${kind}]`, ...lines.join('\n').split('\n')].map((line) => `> ${line}`.trimEnd()).join('\n');
}
