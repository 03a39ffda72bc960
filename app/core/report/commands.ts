import { isTenantName } from '../names.ts';
import type { Answer, PullRequestRecord } from '../record.ts';
import type { TenantState } from '../health.ts';
import { inlineText } from './escape.ts';
import { box } from './sections.ts';
import { quoted } from './words.ts';

export type Reaction = '+1' | '-1' | 'confused';

export type ReactionToSay = { readonly comment: number; readonly reaction: Reaction };

/** Returns the reactions that comments with commands have still to get, in the order of the comments. */
export function reactionsToSay({ intent, said }: PullRequestRecord): readonly ReactionToSay[] {
  return intent.answers
    .filter(({ comment }) => comment > said.reacted)
    .map(({ comment, outcome }) => ({ comment, reaction: reactions[outcome] }))
    .toSorted((a, b) => a.comment - b.comment);
}

const reactions: Readonly<Record<Answer['outcome'], Reaction>> = { done: '+1', refused: '-1', unknown: 'confused' };

/**
 * Returns what there is to say about the last command, beside our reaction to it: why it was not done, and the list of commands where
 * it asked for that or was none. Until the next command.
 */
export function answerTo(record: PullRequestRecord, states: readonly TenantState[]): readonly string[] {
  const last = record.intent.answers.at(-1);
  if (!last) return [];
  const { command, outcome } = last;
  const help = outcome === 'unknown' || (outcome === 'done' && command === 'help') ? [commandList(record, states)] : [];
  return outcome === 'done' ? help : [box('NOTE', [notDone(last)]), ...help];
}

function notDone({ by, command, outcome, why }: Answer): string {
  const what = command === '' ? 'A command' : quoted(command === 'deploy' ? '/preview' : `/preview ${command}`);
  const words = outcome === 'refused' ? 'was not done' : 'was not understood';
  const text = inlineText(/[.!?]$/.test(why) ? why : `${why}.`, 600);
  return `${what} by ${quoted(by)} ${words}${why === '' ? '.' : `: ${text}`}`;
}

function commandList({ facts }: PullRequestRecord, states: readonly TenantState[]): string {
  const tenant = states.map((state) => state.tenant).find(isTenantName);
  const one = tenant === undefined ? '' : `, and \`/preview restart ${tenant}\` only that of ${tenant}`;
  const lines = [
    ['/preview', 'starts the preview again after a stop'],
    ['/preview stop', 'takes it away; a push does not bring it back'],
    ['/preview restart', `starts it anew${one}`],
    ...(facts.pullRequest.fork ? [['/preview approve <commit>', `lets a fork's commit run: all 40 digits of it`]] : []),
    ['/preview help', 'shows this list'],
  ];
  return [
    '<details open><summary>Commands</summary>',
    '',
    'A new comment with one of these at the beginning of a line, by somebody with write permission:',
    '',
    ...lines.map(([command = '', does = '']) => `- \`${command}\` ${does}`),
    '',
    '</details>',
  ].join('\n');
}
