import type { TenantState } from '../health.ts';
import { formatKey } from '../key.ts';
import type { CheckContent } from '../ports.ts';
import type { PullRequestRecord } from '../record.ts';
import { plainText } from './escape.ts';
import { causeSections } from './sections.ts';
import { storyOf, type Story } from './story.ts';
import { isHeldByChecks } from './waiting.ts';
import { icons, isWebAddress, running, stateTable } from './words.ts';

/** The check's name: what a branch protection rule asks for. */
export const checkName = 'Avant preview';

/** GitHub's limits: characters of a title, bytes of a summary (one byte more, and the check stays pending for ever). */
const [maxTitle, maxSummaryBytes] = [255, 65_535];
/** Share of one pull request's table, in UTF-16 units. */
const maxTable = 12_000;

/** A pull request that has the commit as its head. */
export type CheckEntry = {
  readonly record: PullRequestRecord;
  readonly states: readonly TenantState[];
  readonly label: string;
};

type Verdict = 'failure' | 'moving' | 'success' | 'neutral';

/** The worst first: one failing preview fails the commit. */
const order: readonly Verdict[] = ['failure', 'moving', 'success', 'neutral'];

/**
 * Returns what the check of a commit says, over all the pull requests that have it as their head; undefined when none of them ever
 * asked for a preview, unless `always`. The same input gives the same content, in whatever order the entries come.
 */
export function checkFor(entries: readonly CheckEntry[], always: boolean): CheckContent | undefined {
  if (!always && !entries.some(hasAsked)) return undefined;
  const told = entries
    .toSorted(
      (a, b) =>
        a.record.key.number - b.record.key.number || (formatKey(a.record.key) < formatKey(b.record.key) ? -1 : 1),
    )
    .flatMap((entry) => {
      const story = storyOf({ ...entry, example: undefined });
      return story ? [{ entry, story, verdict: verdictOf(entry) }] : [];
    });
  const worst = order.find((verdict) => told.some((one) => one.verdict === verdict));
  const first = told.find(({ verdict }) => verdict === worst);
  if (worst === undefined || first === undefined) return undefined;
  const summary = told.map(({ entry, story }) => summaryOf(entry, story, told.length > 1)).join('\n\n');
  const link = worst === 'success' ? onlyLink(entries) : undefined;
  return {
    ...(worst === 'moving' ? { status: 'in_progress' } : { status: 'completed', conclusion: worst }),
    title: plainText(first.story.title.words.replaceAll('`', ''), maxTitle),
    summary: withinBytes(summary, maxSummaryBytes),
    ...(link === undefined ? {} : { detailsUrl: link }),
  };
}

/** A label that only looks like ours asks for nothing, and a command without a label only for an answer. */
function hasAsked({ record: { decision, said }, states }: CheckEntry): boolean {
  const asks = decision.verdict !== 'not-wanted' && decision.reason !== 'LookAlike';
  return asks || states.length > 0 || said.check !== undefined;
}

function verdictOf({ record, states }: CheckEntry): Verdict {
  const { verdict, reason } = record.decision;
  if (verdict === 'not-wanted' || verdict === 'refused') return 'neutral';
  if (verdict === 'waiting') return isHeldByChecks(record) ? 'failure' : 'moving';
  if (verdict === 'invalid' || reason === 'ConfigBroken' || reason === 'ConfigMissing') return 'failure';
  const phases = running(states).map(({ phase }) => phase);
  if (phases.some((phase) => phase === 'failed' || phase === 'blocked')) return 'failure';
  return phases.length > 0 && phases.every((phase) => phase === 'live') ? 'success' : 'moving';
}

function summaryOf({ record }: CheckEntry, story: Story, several: boolean): string {
  const { url } = record.facts.pullRequest;
  const number = `Pull request ${record.key.number}`;
  const heading = several
    ? [`### ${isWebAddress(url) ? `[${number}](${url})` : number}`, `${story.title.icon} ${story.title.words}`]
    : [];
  const table = story.states.length === 0 ? [] : [stateTable(record, story.states, maxTable)];
  const paragraphs = [
    ...heading,
    ...story.paragraphs.map(withoutKind),
    ...table,
    ...causeSections(record, story.states).map(({ text }) => text),
  ];
  // GitHub wants a summary that is not empty.
  return (paragraphs.length === 0 ? [`${icons.moving} ${story.title.words}`] : paragraphs).join('\n\n');
}

/** Boxes of a kind are known where people write; elsewhere their first line would show as it is. */
function withoutKind(paragraph: string): string {
  return paragraph.replace(/^> \[!\w+\]\n/, '');
}

/** Returns the one address of the commit's one preview, if that is so. */
function onlyLink(entries: readonly CheckEntry[]): string | undefined {
  const [only, second] = entries.flatMap(({ states }) => running(states)).flatMap(({ links }) => links);
  return only && !second && isWebAddress(only.url) ? only.url : undefined;
}

/** Returns the text's first lines, as many as fit. */
function withinBytes(text: string, max: number): string {
  const size = (part: string): number => new TextEncoder().encode(part).length;
  if (size(text) <= max) return text;
  let room = max - size('\n\n…');
  const lines = text.split('\n');
  const end = lines.findIndex((line) => {
    room -= size(line) + 1;
    return room < 0;
  });
  return `${lines.slice(0, end).join('\n')}\n\n…`;
}
