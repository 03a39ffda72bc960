import { redact } from './redact.ts';

const ellipsis = '…';
/** What one piece of outside text is cut to before anything else looks at it. */
const [maxLine, maxLines] = [2_000, 200];
/** A log line is cut to this many characters. */
const maxShown = 400;
/** A longer run of backticks is cut, so that the fence stays short. */
const maxTicks = 20;

/**
 * Returns outside text as plain text of one line, at most `max` UTF-16 units: for places that show no Markdown. Secrets,
 * control and direction characters are taken out.
 */
export function plainText(text: string, max: number): string {
  return cut(oneLine(text), max);
}

/**
 * Returns outside text as Markdown of one line, at most `max` UTF-16 units, in which nothing notifies, links, embeds or formats.
 * Plain words stay as they are; a word with anything more in it, and what stands between backticks, becomes code, where GitHub looks
 * for nothing.
 */
export function inlineText(text: string, max: number): string {
  let [result, rest] = ['', oneLine(text)];
  while (rest !== '') {
    const [next, length] = nextToken(rest, result === '');
    rest = rest.slice(length);
    // Two codes side by side would be one.
    const token = result.endsWith('`') && next.startsWith('`') ? ` ${next}` : next;
    if (result.length + token.length > max - (rest === '' ? 0 : 1))
      return result + shortened(token, max - result.length);
    result += token;
  }
  return result;
}

/** Returns the Markdown of what the text begins with, and how much of the text that is; a line's first word may not number a list. */
function nextToken(text: string, first: boolean): readonly [string, number] {
  const quoted = /^`([^`]+)`/.exec(text);
  if (quoted) return [code(quoted[1] ?? ''), quoted[0].length];
  const space = /^ +/.exec(text);
  if (space) return [' ', space[0].length];
  const word = /^(?:[^ `]+|`+)/.exec(text)?.[0] ?? text;
  if (isPlain(word) && !(first && /^\d+[.)]$/.test(word))) return [word, word.length];
  // Brackets and punctuation around a word read better outside of its code.
  const [, before = '', inner = '', after = ''] = /^([("“„«]*)(.*?)([)"”»,.;:!?]*)$/s.exec(word) ?? ['', '', word];
  return inner === '' ? [code(word), word.length] : [`${before}${code(inner)}${after}`, word.length];
}

/**
 * Words of letters, digits and calm punctuation. No list bullets, no `www.`, no run of hex digits that could be a commit, no `GH-1`,
 * no `:` inside (schemes, emoji names), and none of Markdown's or HTML's own characters.
 */
function isPlain(word: string): boolean {
  if (/^(?:[–—…]|[("“„«)”»,.;:!?]+)$/.test(word)) return true;
  if (!/^[("“„«]*[\p{L}\p{M}\p{N}'’.,…%=+–—-]+[)"”»,.;:!?]*$/u.test(word)) return false;
  return /[\p{L}\p{N}]/u.test(word) && !/^[-+=]|www\.|gh-\d|ghsa-|cve-|[0-9a-f]{7,}|--/i.test(word);
}

/** Code without backticks in it needs only one around it. */
function code(text: string): string {
  const inner = text.replaceAll('`', "'");
  return `\`${inner.trim() === '' ? '_' : inner}\``;
}

/** Returns as much of a token as there is room for. */
function shortened(token: string, room: number): string {
  if (room < 1) return '';
  const inner = /^`(.*)`$/s.exec(token)?.[1] ?? (isPlain(token) ? undefined : '');
  if (inner === undefined) return cut(`${token}${ellipsis}`, Math.min(room, token.length));
  return room < 5 || inner === '' ? ellipsis.slice(0, room) : `\`${cut(inner.replaceAll('`', "'"), room - 2)}\``;
}

/**
 * Returns the last of some outside lines as a fenced code block, at most `max` UTF-16 units, fences and all; empty when there are
 * none. The fence is longer than any run of backticks inside.
 */
export function fenced(lines: readonly string[], max: number, language: 'text' | 'yaml' = 'text'): string {
  const clean = cleanLines(lines);
  const ticks = '`'.repeat(
    Math.max(3, ...clean.flatMap((line) => Array.from(line.matchAll(/`+/g), ([run]) => run.length + 1))),
  );
  let room = max - 2 * ticks.length - language.length - 1;
  const kept: string[] = [];
  for (const line of clean.toReversed()) {
    room -= line.length + 1;
    if (room < 0) break;
    kept.unshift(line);
  }
  return kept.length === 0 ? '' : [ticks + language, ...kept, ticks].join('\n');
}

function cleanLines(lines: readonly string[]): string[] {
  const text = lines
    .slice(-maxLines)
    // What a terminal would show of a progress bar: its last state.
    .map((line) =>
      withoutControl(
        line
          .slice(0, maxLine)
          .replace(/[\r\n]+$/, '')
          .replace(/^.*\r/s, ''),
      ),
    )
    .join('\n');
  const clean = redact(text)
    .split('\n')
    .map((line) => cut(line.trimEnd(), maxShown).replaceAll(new RegExp(`\`{${maxTicks},}`, 'g'), '`'.repeat(maxTicks)));
  const [first, last] = [clean.findIndex((line) => line !== ''), clean.findLastIndex((line) => line !== '')];
  return first === -1 ? [] : clean.slice(first, last + 1);
}

function oneLine(text: string): string {
  const whole = text.slice(0, maxLine * 2);
  return redact(withoutControl(whole.replaceAll(/[\r\n\t\u2028\u2029]+/g, ' ')))
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/**
 * Takes out terminal sequences (ECMA-48: CSI, OSC and the others), other control characters, lone surrogates, and what
 * is not seen or turns the direction of the text: Unicode's format characters, but for the joiners that languages and emoji need.
 */
function withoutControl(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(ansi, '')
    .replaceAll(/\t/g, '    ')
    .replaceAll(/(?![\n\u200d])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u3164\u115f\u1160\uffa0\u2800]/gu, '')
    .replaceAll(/\p{Zs}/gu, ' ');
}

const escapeByte = String.raw`(?:\u001b`;
const ansi = new RegExp(
  [
    String.raw`${escapeByte}\[|\u009b)[0-?]*[ -/]*[@-~]?`,
    String.raw`${escapeByte}[\]PX^_]|[\u0090\u0098\u009d-\u009f])[^\u0007\u001b\u009c]*(?:\u0007|\u001b\\|\u009c)?`,
    String.raw`\u001b[ -/]*[0-~]?`,
  ].join('|'),
  'g',
);

function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  return max < 1 ? '' : text.slice(0, max - 1).replace(/[\ud800-\udbff]$/, '') + ellipsis;
}
