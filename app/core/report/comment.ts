import type { TenantState } from '../health.ts';
import { formatKey, type PullRequestKey } from '../key.ts';
import { labelOfKey } from '../object.ts';
import type { PullRequestRecord } from '../record.ts';
import { answerTo } from './commands.ts';
import { fenced } from './escape.ts';
import type { Example } from './example.ts';
import { causeSections, type Section } from './sections.ts';
import { storyOf } from './story.ts';
import { fitting, stateTable } from './words.ts';

/** GitHub refuses a comment of more than 65,536 characters. */
const maxBody = 60_000;
/** Shares of that: the table, the sections on failures, the last lines of one container. */
const [maxTable, maxSections, maxLog] = [18_000, 20_000, 6_000];

export type CommentInput = {
  readonly record: PullRequestRecord;
  readonly states: readonly TenantState[];
  /** A failing container's last lines by tenant, oldest first; only what may be shown. */
  readonly logs: Readonly<Record<string, readonly string[]>>;
  /** The platform's label. */
  readonly label: string;
  readonly example: Example;
};

/** Returns the first line of our comment on a pull request; with the author, it is how the comment is found again. */
export function commentMarker(key: PullRequestKey): string {
  return `<!-- avant:${labelOfKey(formatKey(key))} -->`;
}

/**
 * Returns the comment on a pull request, at most 60,000 characters; undefined when there is nothing to say: nobody asked for a
 * preview, or anything else, and there is no comment. The same input gives the same bytes; everything from outside is escaped.
 */
export function commentBody(input: CommentInput): string | undefined {
  const { record, states } = input;
  const answer = isOver(record) ? [] : answerTo(record, states);
  if (answer.length === 0 && isSilent(record, states)) return undefined;
  const story = storyOf(input);
  if (!story) return undefined;
  const { title, paragraphs, footer } = story;
  const table = story.states.length === 0 ? [] : [stateTable(record, story.states, maxTable)];
  const heading = `### ${title.icon} ${title.words}`;
  const before = [commentMarker(record.key), heading, ...paragraphs, ...answer, ...table];
  const after = footer === undefined ? [] : [`<sub>${footer}</sub>`];
  const sections = causeSections(record, story.states);
  const shown = fitting(
    sections.map(({ text }) => text),
    '\n\n',
    maxSections,
  ).length;
  const left = shown < sections.length ? [`… and ${sections.length - shown} more troubles.`] : [];
  const fixed = [...before, ...sections.slice(0, shown).map(({ text }) => text), ...left, ...after].join('\n\n');
  const told = withLogs(sections.slice(0, shown), input.logs, maxBody - fixed.length);
  return [...before, ...told, ...left, ...after].join('\n\n');
}

/** Nobody answers on a pull request that is closed, or that GitHub no longer has. */
function isOver({ decision }: PullRequestRecord): boolean {
  return ['Closed', 'Merged', 'Missing'].includes(decision.reason);
}

function isSilent({ decision, said }: PullRequestRecord, states: readonly TenantState[]): boolean {
  if (decision.verdict !== 'not-wanted' || decision.reason === 'Stopped' || said.comment !== undefined) return false;
  return states.every(({ phase, cause }) => cause === undefined && (phase === 'removed' || phase === 'removing'));
}

/** Puts the last lines of each preview under its section, sharing the room that is left. */
function withLogs(sections: readonly Section[], logs: CommentInput['logs'], room: number): string[] {
  const linesOf = ({ tenant }: TenantState): readonly string[] =>
    Object.hasOwn(logs, tenant) ? (logs[tenant] ?? []) : [];
  const count = sections.flatMap(({ states }) => states).filter((state) => linesOf(state).length > 0).length;
  const share = Math.min(maxLog, Math.floor(room / Math.max(1, count)));
  return sections.map(({ text, states }) =>
    [text, ...states.flatMap((state) => details(state, linesOf(state), share))].join('\n\n'),
  );
}

function details({ tenant }: TenantState, lines: readonly string[], max: number): string[] {
  // HTML, not Markdown: nothing but letters and digits, which is what a tenant's name has.
  const summary = `Last lines of the log${tenant === '' ? '' : ` of ${tenant.replaceAll(/[^\w-]/g, '')}`}`;
  const [open, close] = [`<details><summary>${summary}</summary>\n\n`, '\n\n</details>'];
  const block = fenced(lines, max - open.length - close.length - 2);
  return block === '' ? [] : [`${open}${block}${close}`];
}
