import { topLevelBlocks, type Block } from './markdown-blocks.ts';
import { spansOf } from './markdown-spans.ts';
import { isTenantName } from './names.ts';
import { quote } from './outside-text.ts';

/** What a comment asks for. */
export type Command =
  | { readonly kind: 'deploy' }
  | { readonly kind: 'stop' }
  /** Of one tenant, or of all. */
  | { readonly kind: 'restart'; readonly tenant: string | undefined }
  /** A whole commit, in lower case. */
  | { readonly kind: 'approve'; readonly sha: string }
  | { readonly kind: 'help' }
  /** `text` is what stands after `/preview`, shortened; `why` says what is wrong and what to write. Both hold text from outside. */
  | { readonly kind: 'unknown'; readonly text: string; readonly why: string };

const commands = '`/preview`, `/preview stop`, `/preview restart [tenant]`, `/preview approve <commit>` and `/preview help`';

/** Of a command that is none, so much is kept. */
const maxText = 80;

/**
 * Returns the command in a comment: its first line that begins with `/preview` (after three spaces at most) and is plain text of the
 * comment itself, so no code, quote, list, table, raw HTML, nor inside of a link or an HTML element that quotes or hides. One comment
 * has one command. Letters are compared exactly, only a commit's may be of either case. Never throws; the time is linear.
 */
export function readCommand(body: string): Command | undefined {
  if (!body.includes('/preview')) return undefined;
  // Elements that quote or hide, opened and not closed yet.
  let within = 0;
  for (const block of topLevelBlocks(body)) {
    const lines = plainLines(block, within);
    within = lines.within;
    for (const line of lines.plain) {
      const command = parseLine(line);
      if (command) return command;
    }
  }
  return undefined;
}

/** What follows `/preview` decides whether the line is a command at all; `/preview2` and `/preview/` are other words. */
function parseLine(line: string): Command | undefined {
  const [, rest] = /^ {0,3}\/preview(.*)$/su.exec(line) ?? [];
  if (rest === undefined) return undefined;
  if (/^(?:[ \t]|$)/.test(rest)) return parseWords(rest.split(/[ \t]+/).filter((word) => word !== ''), rest);
  // A space that is none, or what does not show: whoever wrote that meant a command, and cannot see what is wrong.
  if (!/^[\p{Z}\p{C}\u115f\u1160\u2800\u3164\uffa0]/u.test(rest)) return undefined;
  return unknown(rest, 'after `/preview` comes a character that is no plain space: type the command anew');
}

function parseWords(words: readonly string[], rest: string): Command {
  const [verb, argument, ...further] = words;
  if (verb === undefined) return { kind: 'deploy' };
  if (verb === 'stop' || verb === 'help') {
    return argument === undefined ? { kind: verb } : unknown(rest, `nothing may follow \`/preview ${verb}\``);
  }
  if (verb === 'restart' && further.length === 0) {
    if (argument === undefined || isTenantName(argument)) return { kind: 'restart', tenant: argument };
    return unknown(rest, `${shown(argument)} is no tenant's name, which has lower-case letters and digits`);
  }
  if (verb === 'approve') return parseApproval(argument, further, rest);
  return unknown(rest, `the commands are ${commands}`);
}

function parseApproval(sha: string | undefined, further: readonly string[], rest: string): Command {
  if (sha !== undefined && further.length === 0 && /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(sha)) return { kind: 'approve', sha: sha.toLowerCase() };
  return unknown(rest, 'give the whole commit and nothing else: `/preview approve` and the 40 digits of its hash');
}

function unknown(rest: string, why: string): Command {
  const text = shortened(rest.trim());
  return { kind: 'unknown', text, why: `${text === '' ? '' : `${quote(`/preview ${text}`)} is no command: `}${why}` };
}

function shown(word: string): string {
  return quote(shortened(word));
}

function shortened(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}

/** Elements of HTML whose text is a quotation, code, or folded away. */
const quoting = new Set(['blockquote', 'code', 'details', 'kbd', 'pre', 'q', 'samp', 'tt']);

/**
 * Returns the lines of a block that begin as plain text, and how many quoting elements are open after it. A line that begins inside
 * of a code span, a tag, an HTML comment or a link's address does not, nor does one that may belong to a link's definition
 * (`[name]: address`). `within`: how many quoting elements are open before the block.
 */
function plainLines({ kind, lines }: Block, within: number): { readonly plain: readonly string[]; readonly within: number } {
  const text = lines.join('\n');
  const spans = [...spansOf(text, kind === 'paragraph'), { start: text.length, end: text.length, tag: '' }];
  let hidden = kind === 'html' || (/^ {0,3}\[/.test(text) && text.includes(']:'));
  const plain: string[] = [];
  let [index, offset, open] = [0, 0, within];
  for (const { start, end, tag } of spans) {
    for (; index < lines.length && offset < end; index++) {
      const line = lines[index] ?? '';
      if (offset <= start && open === 0 && !hidden) plain.push(line);
      // A link's address may stand on the next line, and its title go on.
      if (line.lastIndexOf('](') > line.lastIndexOf(')')) hidden = true;
      offset += line.length + 1;
    }
    open = nested(open, tag);
  }
  return { plain, within: open };
}

function nested(open: number, tag: string): number {
  const name = /^<\/?([a-z]+)/i.exec(tag)?.[1]?.toLowerCase() ?? '';
  if (!quoting.has(name)) return open;
  return tag.startsWith('</') ? Math.max(0, open - 1) : open + 1;
}
