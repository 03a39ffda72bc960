import { escapeHtml, renderInline, type MarkdownLinks } from './inline.ts';

type Block = { html: string; next: number };
type Reader = (lines: readonly string[], at: number, links: MarkdownLinks) => Block | undefined;

/** Markdown is nested at most this deep; deeper is shown as text. */
const deepest = 12;

/**
 * The HTML of a comment's Markdown, as far as comments use it: paragraphs, headings, emphasis, code, links, lists,
 * tables, quotes, alerts, rules, `<details>` and a few plain tags. All else is shown as it was typed, so that no text can bring
 * an element, an attribute or an address of its own choice. HTML comments are not shown.
 */
export function renderMarkdown(text: string, links: MarkdownLinks = {}): string {
  return renderBlocks(text.replace(/\r\n?/g, '\n').replace(/\0/g, '\ufffd').split('\n'), links, 0);
}

function renderBlocks(lines: readonly string[], links: MarkdownLinks, depth: number): string {
  if (depth > deepest) return `<p>${escapeHtml(lines.join('\n'))}</p>\n`;
  const readers = [
    readBlank,
    readComment,
    readFence,
    readHeading,
    readRule,
    readTable,
    readDetails(depth),
    readQuote(depth),
    readList(depth),
  ];
  let html = '';
  for (let at = 0; at < lines.length;) {
    const block = firstOf(readers, lines, at, links) ?? readParagraph(readers, lines, at, links);
    html += block.html;
    at = Math.max(block.next, at + 1);
  }
  return html;
}

function firstOf(
  readers: readonly Reader[],
  lines: readonly string[],
  at: number,
  links: MarkdownLinks,
): Block | undefined {
  for (const reader of readers) {
    const block = reader(lines, at, links);
    if (block) return block;
  }
  return undefined;
}

function readBlank(lines: readonly string[], at: number): Block | undefined {
  return (lines[at] ?? '').trim() === '' ? { html: '', next: at + 1 } : undefined;
}

/** A comment that starts a line may hold blank lines. What follows it on its last line is text again. */
function readComment(lines: readonly string[], at: number, links: MarkdownLinks): Block | undefined {
  if (!/^ {0,3}<!--/.test(lines[at] ?? '')) return undefined;
  for (let end = at; end < lines.length; end += 1) {
    const line = lines[end] ?? '';
    const close = line.indexOf('-->', end === at ? line.indexOf('<!--') + 4 : 0);
    if (close < 0) continue;
    const rest = line.slice(close + 3).trim();
    return { html: rest === '' ? '' : `<p>${renderInline(rest, links)}</p>\n`, next: end + 1 };
  }
  return { html: '', next: lines.length };
}

function readFence(lines: readonly string[], at: number): Block | undefined {
  const found = /^( {0,3})(`{3,}|~{3,})\s*([^`]*)$/.exec(lines[at] ?? '');
  const fence = found?.[2];
  if (fence === undefined) return undefined;
  const indent = found?.[1]?.length ?? 0;
  const close = new RegExp(`^ {0,3}\\${fence.charAt(0)}{${fence.length},}\\s*$`);
  let end = at + 1;
  while (end < lines.length && !close.test(lines[end] ?? '')) end += 1;
  const code = lines.slice(at + 1, end).map((line) => line.replace(new RegExp(`^ {0,${indent}}`), ''));
  return { html: `<pre><code>${escapeHtml(code.join('\n'))}\n</code></pre>\n`, next: end + 1 };
}

function readHeading(lines: readonly string[], at: number, links: MarkdownLinks): Block | undefined {
  const found = /^ {0,3}(#{1,6})(?:\s+(.*?))?(?:\s+#+)?\s*$/.exec(lines[at] ?? '');
  const level = found?.[1]?.length;
  if (level === undefined) return undefined;
  return { html: `<h${level}>${renderInline(found?.[2] ?? '', links)}</h${level}>\n`, next: at + 1 };
}

function readRule(lines: readonly string[], at: number): Block | undefined {
  return /^ {0,3}([-*_])(?:\s*\1){2,}\s*$/.test(lines[at] ?? '') ? { html: '<hr>\n', next: at + 1 } : undefined;
}

function cells(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/\\\|/g, '|'));
}

function readTable(lines: readonly string[], at: number, links: MarkdownLinks): Block | undefined {
  const [head, rule] = [lines[at] ?? '', lines[at + 1] ?? ''];
  if (!head.includes('|') || !/^ {0,3}\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/.test(rule)) return undefined;
  const titles = cells(head);
  const aligns = cells(rule).map((cell) => (/^:-+:$/.test(cell) ? 'center' : cell.endsWith(':') ? 'right' : ''));
  if (titles.length !== aligns.length) return undefined;
  const row = (texts: string[], tag: string): string => {
    const all = titles.map((_title, index) => {
      const align = aligns[index] ? ` class="${aligns[index] ?? ''}"` : '';
      return `<${tag}${align}>${renderInline(texts[index] ?? '', links)}</${tag}>`;
    });
    return `<tr>${all.join('')}</tr>\n`;
  };
  let end = at + 2;
  let rows = '';
  for (; end < lines.length && (lines[end] ?? '').trim() !== '' && (lines[end] ?? '').includes('|'); end += 1) {
    rows += row(cells(lines[end] ?? ''), 'td');
  }
  const html = `<table>\n<thead>\n${row(titles, 'th')}</thead>\n<tbody>\n${rows}</tbody>\n</table>\n`;
  return { html, next: end };
}

const detailsOpen = /^\s*<details(\s+open)?\s*>/i;

function readDetails(depth: number): Reader {
  return (lines, at, links) => {
    const found = detailsOpen.exec(lines[at] ?? '');
    if (!found) return undefined;
    let level = 0;
    let end = at;
    for (; end < lines.length; end += 1) {
      level += (lines[end] ?? '').match(/<details(?:\s+open)?\s*>/gi)?.length ?? 0;
      level -= (lines[end] ?? '').match(/<\/details\s*>/gi)?.length ?? 0;
      if (level <= 0) break;
    }
    const inside = lines
      .slice(at, end + 1)
      .join('\n')
      .slice(found[0].length);
    const body = level <= 0 ? inside.replace(/<\/details\s*>([^]*?)$/i, '\n\n$1') : inside;
    const summary = /^\s*<summary\s*>([^]*?)<\/summary\s*>/i.exec(body);
    const rest = summary ? body.slice(summary[0].length) : body;
    const title = renderInline((summary?.[1] ?? 'Details').trim(), links);
    const open = found[1] === undefined ? '' : ' open';
    const content = renderBlocks(rest.split('\n'), links, depth + 1);
    return { html: `<details${open}><summary>${title}</summary>\n${content}</details>\n`, next: end + 1 };
  };
}

/** GitHub's alerts are quotes that begin with a line of this, and are not inside of anything. */
const alertKind = /^\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]\s*$/i;

function alert(kind: string, content: string): string {
  const title = `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`;
  return `<div class="alert ${kind}">\n<p class="title">${title}</p>\n${content}</div>\n`;
}

function readQuote(depth: number): Reader {
  return (lines, at, links) => {
    let end = at;
    while (/^ {0,3}>/.test(lines[end] ?? '')) end += 1;
    if (end === at) return undefined;
    const inside = lines.slice(at, end).map((line) => line.replace(/^ {0,3}> ?/, ''));
    const kind = depth === 0 ? alertKind.exec(inside[0] ?? '')?.[1]?.toLowerCase() : undefined;
    if (kind !== undefined && inside.slice(1).some((line) => line.trim() !== ''))
      return { html: alert(kind, renderBlocks(inside.slice(1), links, depth + 1)), next: end };
    return { html: `<blockquote>\n${renderBlocks(inside, links, depth + 1)}</blockquote>\n`, next: end };
  };
}

const itemStart = /^( {0,3})([-*+]|\d{1,9}[.)])(\s+|$)(.*)$/;

function readList(depth: number): Reader {
  return (lines, at, links) => {
    const first = itemStart.exec(lines[at] ?? '');
    if (!first) return undefined;
    const ordered = /\d/.test(first[2] ?? '');
    const items: string[] = [];
    let end = at;
    while (end < lines.length) {
      const found = itemStart.exec(lines[end] ?? '');
      if (!found || /\d/.test(found[2] ?? '') !== ordered) break;
      const width = (found[1] ?? '').length + (found[2] ?? '').length + 1;
      const inside = [found[4] ?? ''];
      for (end += 1; end < lines.length; end += 1) {
        const line = lines[end] ?? '';
        const goesOn = line.trim() === '' ? /^ {2,}\S/.test(lines[end + 1] ?? '') : /^ {2,}/.test(line);
        const lazy =
          line.trim() !== '' &&
          !itemStart.test(line) &&
          !/^ {0,3}(?:#{1,6}\s|>|`{3}|~{3}|<)/.test(line) &&
          inside.at(-1) !== '';
        if (!goesOn && !lazy) break;
        inside.push(line.replace(new RegExp(`^ {0,${width}}`), ''));
      }
      items.push(renderItem(inside, links, depth));
      if ((lines[end] ?? '').trim() === '' && itemStart.test(lines[end + 1] ?? '')) end += 1;
    }
    const tag = ordered ? 'ol' : 'ul';
    const start = ordered && parseInt(first[2] ?? '1', 10) !== 1 ? ` start="${parseInt(first[2] ?? '1', 10)}"` : '';
    return { html: `<${tag}${start}>\n${items.join('')}</${tag}>\n`, next: end };
  };
}

function renderItem(lines: readonly string[], links: MarkdownLinks, depth: number): string {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(lines[0] ?? '');
  const box = task ? `<input type="checkbox" disabled${task[1] === ' ' ? '' : ' checked'}> ` : '';
  const content = renderBlocks(task ? [task[2] ?? '', ...lines.slice(1)] : lines, links, depth + 1);
  // A single paragraph of an item stands without its tags, as in a tight list.
  const tight = /^<p>([^]*?)<\/p>\n/.exec(content);
  const body = tight ? `${tight[1] ?? ''}\n${content.slice(tight[0].length)}` : content;
  return `<li>${box}${body.trimEnd()}</li>\n`;
}

function readParagraph(readers: readonly Reader[], lines: readonly string[], at: number, links: MarkdownLinks): Block {
  let end = at + 1;
  // A numbered line interrupts no paragraph, unless it is the first.
  const interrupts = (line: number): boolean =>
    !/^ {0,3}(?!1[.)])\d+[.)]/.test(lines[line] ?? '') && firstOf(readers, lines, line, links) !== undefined;
  while (end < lines.length && !interrupts(end)) end += 1;
  const text = lines
    .slice(at, end)
    .map((line) => line.trim())
    .join('\n');
  return { html: `<p>${renderInline(text, links)}</p>\n`, next: end };
}
