/** Where mentions and references lead; undefined leaves them as text. */
export type MarkdownLinks = {
  mention?: (login: string) => string | undefined;
  reference?: (number: number) => string | undefined;
};

/** Text made safe for HTML, in elements and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

const entities: Record<string, string> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: '\u00a0',
  copy: '©',
  hellip: '…',
  mdash: '—',
  ndash: '–',
  larr: '←',
  rarr: '→',
  check: '✓',
  cross: '✗',
  times: '×',
  middot: '·',
  bull: '•',
  zwj: '\u200d',
  zwnj: '\u200c',
};

/** Tags that may stand in a line, without attributes. */
const plainTags = new Set(['b', 'strong', 'i', 'em', 'code', 'kbd', 'sub', 'sup', 'del', 's', 'ins', 'samp', 'var']);

type Piece = { html: string; length: number };

/** Renders the inside of a paragraph, heading or cell. What is not Markdown known here is shown as it was typed. */
export function renderInline(text: string, links: MarkdownLinks): string {
  const open: string[] = [];
  let html = '';
  for (let at = 0; at < text.length;) {
    const piece = pieceAt(text, at, links) ?? tagAt(text, at, open) ?? { html: escapeHtml(text[at] ?? ''), length: 1 };
    html += piece.html;
    at += piece.length;
  }
  return (
    html +
    open
      .toReversed()
      .map((tag) => `</${tag}>`)
      .join('')
  );
}

function pieceAt(text: string, at: number, links: MarkdownLinks): Piece | undefined {
  switch (text[at]) {
    case '\\':
      return escapeAt(text, at);
    case '`':
      return codeAt(text, at);
    case '<':
      return commentAt(text, at) ?? autolinkAt(text, at);
    case '&':
      return entityAt(text, at);
    case '!':
    case '[':
      return linkAt(text, at);
    case '*':
    case '_':
    case '~':
      return emphasisAt(text, at, links);
    case '\n':
      // GitHub keeps line breaks in comments.
      return { html: '<br>\n', length: 1 };
    case 'h':
      return bareUrlAt(text, at);
    case '@':
    case '#':
      return referenceAt(text, at, links);
    default:
      return undefined;
  }
}

function escapeAt(text: string, at: number): Piece | undefined {
  const next = text[at + 1] ?? '';
  if (next === '\n') return { html: '<br>\n', length: 2 };
  return /[!-/:-@[-`{-~]/.test(next) ? { html: escapeHtml(next), length: 2 } : undefined;
}

function codeAt(text: string, at: number): Piece {
  const fence = /^`+/.exec(text.slice(at))?.[0] ?? '`';
  for (let end = at + fence.length; (end = text.indexOf(fence, end)) >= 0;) {
    const run = /^`+/.exec(text.slice(end))?.[0].length ?? fence.length;
    if (run === fence.length) {
      const inside = text.slice(at + fence.length, end).replace(/\n/g, ' ');
      const trimmed = /^ .*[^ ].* $|^ [^ ] $/.test(inside) ? inside.slice(1, -1) : inside;
      return { html: `<code>${escapeHtml(trimmed)}</code>`, length: end + fence.length - at };
    }
    end += run;
  }
  return { html: fence, length: fence.length };
}

function commentAt(text: string, at: number): Piece | undefined {
  if (!text.startsWith('<!--', at)) return undefined;
  const end = text.indexOf('-->', at + 4);
  return { html: '', length: (end < 0 ? text.length : end + 3) - at };
}

function tagAt(text: string, at: number, open: string[]): Piece | undefined {
  const found = /^<(\/?)([a-z]+)\s*(\/?)>/i.exec(text.slice(at));
  const tag = found?.[2]?.toLowerCase() ?? '';
  if (!found) return undefined;
  if (tag === 'br') return { html: '<br>', length: found[0].length };
  if (!plainTags.has(tag)) return undefined;
  if (found[1] === '') {
    open.push(tag);
    return { html: `<${tag}>`, length: found[0].length };
  }
  if (open.at(-1) !== tag) return { html: '', length: found[0].length };
  open.pop();
  return { html: `</${tag}>`, length: found[0].length };
}

function entityAt(text: string, at: number): Piece | undefined {
  const found = /^&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z][a-z\d]*));/i.exec(text.slice(at));
  if (!found) return undefined;
  const [whole, decimal, hex, name] = found;
  const code = decimal === undefined ? (hex === undefined ? undefined : parseInt(hex, 16)) : Number(decimal);
  if (code === undefined) {
    const known = name === undefined ? undefined : entities[name];
    return known === undefined ? undefined : { html: escapeHtml(known), length: whole.length };
  }
  const valid = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  return { html: escapeHtml(valid ? String.fromCodePoint(code) : '\ufffd'), length: whole.length };
}

/** The address if it may be a link: http, https, mailto, or a place on this site. */
function safeUrl(url: string): string | undefined {
  if (/^(?:https?:\/\/|mailto:|#)/i.test(url)) return url;
  return /^\/(?!\/)/.test(url) ? url : undefined;
}

function anchor(url: string, html: string): string {
  return `<a href="${escapeHtml(url)}" rel="nofollow noopener">${html}</a>`;
}

/** How far the end of a link or an emphasis is looked for, so that no text takes time by its square. */
const farthest = 2_000;

/** The end of a bracketed text that starts at `at`, past nested brackets and escapes; -1 if it never ends. */
function closing(text: string, at: number, [left, right]: [string, string]): number {
  let depth = 0;
  const end = Math.min(text.length, at + farthest);
  for (let index = at; index < end; index += 1) {
    const sign = text[index];
    if (sign === '\\') index += 1;
    else if (sign === left) depth += 1;
    else if (sign === right && (depth -= 1) === 0) return index;
  }
  return -1;
}

function linkAt(text: string, at: number): Piece | undefined {
  const isImage = text[at] === '!';
  const start = isImage ? at + 1 : at;
  if (text[start] !== '[') return undefined;
  const middle = closing(text, start, ['[', ']']);
  if (middle < 0 || text[middle + 1] !== '(') return undefined;
  const end = closing(text, middle + 1, ['(', ')']);
  if (end < 0) return undefined;
  const target = /^\s*<?([^\s<>]*)>?(?:\s+["'(].*["')])?\s*$/s.exec(text.slice(middle + 2, end))?.[1];
  const url = target === undefined ? undefined : safeUrl(target.replace(/\\([!-/:-@[-`{-~])/g, '$1'));
  if (url === undefined) return undefined;
  const label = text.slice(start + 1, middle);
  // Pictures are not loaded from elsewhere: their text is a link to them.
  const html = isImage ? `picture: ${escapeHtml(label)}` : renderInline(label, {});
  return { html: anchor(url, html === '' ? escapeHtml(url) : withoutLinks(html)), length: end + 1 - at };
}

/** A link cannot hold another. */
function withoutLinks(html: string): string {
  return html.replace(/<\/?a\b[^>]*>/g, '');
}

function autolinkAt(text: string, at: number): Piece | undefined {
  const found = /^<(https?:\/\/[^\s<>]+)>/i.exec(text.slice(at));
  return found?.[1] === undefined
    ? undefined
    : { html: anchor(found[1], escapeHtml(found[1])), length: found[0].length };
}

function isWordBefore(text: string, at: number): boolean {
  return at > 0 && /[\p{L}\p{N}_]/u.test(text[at - 1] ?? '');
}

function bareUrlAt(text: string, at: number): Piece | undefined {
  if (isWordBefore(text, at)) return undefined;
  const found = /^https?:\/\/[^\s<>]+/.exec(text.slice(at))?.[0].replace(/[?!.,:*_~'"]+$/, '');
  if (found === undefined || found.length < 9) return undefined;
  const unbalanced = found.endsWith(')') && !found.includes('(');
  const url = unbalanced ? found.slice(0, -1) : found;
  return { html: anchor(url, escapeHtml(url)), length: url.length };
}

function referenceAt(text: string, at: number, links: MarkdownLinks): Piece | undefined {
  if (isWordBefore(text, at) || text[at - 1] === '/' || text[at - 1] === '&') return undefined;
  const found = /^(?:@([a-z\d](?:-?[a-z\d])*)|#(\d{1,9}))(?![\w-])/i.exec(text.slice(at));
  if (!found) return undefined;
  const [whole, login, number] = found;
  const url = login === undefined ? links.reference?.(Number(number)) : links.mention?.(login);
  if (url === undefined) return undefined;
  return { html: `<a class="reference" href="${escapeHtml(url)}">${escapeHtml(whole)}</a>`, length: whole.length };
}

const emphases = [
  { mark: '**', tag: 'strong' },
  { mark: '__', tag: 'strong' },
  { mark: '~~', tag: 'del' },
  { mark: '*', tag: 'em' },
  { mark: '_', tag: 'em' },
];

function emphasisAt(text: string, at: number, links: MarkdownLinks): Piece | undefined {
  for (const { mark, tag } of emphases) {
    if (!text.startsWith(mark, at) || /\s/.test(text[at + mark.length] ?? ' ')) continue;
    if (mark.startsWith('_') && isWordBefore(text, at)) continue;
    const end = emphasisEnd(text, at + mark.length, mark);
    if (end < 0) continue;
    const inside = renderInline(text.slice(at + mark.length, end), links);
    return { html: `<${tag}>${inside}</${tag}>`, length: end + mark.length - at };
  }
  // A run that opens nothing is text as a whole.
  const run = /^(?:\*+|_+|~+)/.exec(text.slice(at))?.[0] ?? '';
  return { html: escapeHtml(run), length: run.length };
}

function emphasisEnd(text: string, from: number, mark: string): number {
  const end = Math.min(text.length, from + farthest);
  for (let at = from; at < end; at += 1) {
    if (text[at] === '\\') at += 1;
    else if (text[at] === '`') at += codeAt(text, at).length - 1;
    else if (text.startsWith(mark, at) && at > from && !/\s/.test(text[at - 1] ?? ' ')) {
      const single = mark.length === 1;
      if (single && text[at + 1] === mark) at += 1;
      else if (!mark.startsWith('_') || !/[\p{L}\p{N}]/u.test(text[at + mark.length] ?? ' ')) return at;
    }
  }
  return -1;
}
