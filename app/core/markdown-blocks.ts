import { htmlTagAt } from './markdown-spans.ts';

/** A paragraph (or a heading), or raw HTML, that stands in no quote and no list: its lines as they are written. */
export type Block = { readonly kind: 'paragraph' | 'html'; readonly lines: readonly string[] };

/** A list item continues in lines that are indented so far; one that began with nothing ends with a second empty line. */
type Container = { readonly kind: 'quote' } | { readonly kind: 'item'; readonly indent: number; empty: boolean };

type Leaf =
  | { readonly kind: 'none' }
  | { readonly kind: 'paragraph' }
  /** Rows of a table, until an empty line or another block. */
  | { readonly kind: 'table' }
  | { readonly kind: 'fence'; readonly opening: string }
  /** `end` undefined: until an empty line. */
  | { readonly kind: 'html'; readonly end: RegExp | undefined };

/** Deeper than anybody writes; what comes after a line that nests deeper is not looked at. */
const maxDepth = 32;

/**
 * Returns the paragraphs and the raw HTML of a text that stand in no quote, list, table or code, in order. Blocks are told apart as
 * https://github.github.com/gfm/ does (its chapter 3 and 4, and the appendix on parsing); the time is linear in the text's length.
 */
export function topLevelBlocks(text: string): readonly Block[] {
  const blocks: Block[] = [];
  const containers: Container[] = [];
  let leaf = nothing;
  let lines: string[] = [];

  for (const line of text.split(/\r\n|\n|\r/)) if (!take(line)) break;
  closeTo(0);
  return blocks;

  /** Ends every container beyond the first `count`, and the leaf in it. */
  function closeTo(count: number): void {
    if (lines.length > 0) blocks.push({ kind: leaf.kind === 'html' ? 'html' : 'paragraph', lines });
    lines = [];
    containers.length = count;
    leaf = nothing;
  }

  /** Begins a leaf in the first `count` containers; keeps its first line if it is one to be returned. */
  function open(begun: Leaf, count: number, line: string): void {
    closeTo(count);
    const last = containers.at(-1);
    if (last?.kind === 'item') last.empty = false;
    leaf = begun;
    if (count === 0 && (begun.kind === 'paragraph' || begun.kind === 'html')) lines.push(line);
  }

  /** Takes one line in; false when it nests too deep to go on. */
  function take(line: string): boolean {
    let { count, rest } = continued(containers, withoutTabs(line));
    if ((leaf.kind === 'fence' || leaf.kind === 'html') && count === containers.length) {
      continueLeaf(leaf, rest, line);
      return true;
    }
    for (;;) {
      if (isBlank(rest)) {
        closeTo(count);
        return true;
      }
      const begun = beginning(rest, { leaf, whole: count === containers.length });
      if (begun === undefined) break;
      open(begun.leaf, count, line);
      if (begun.kind === 'leaf') {
        if (begun.ended) closeTo(count);
        return true;
      }
      if (containers.push(begun.container) > maxDepth) return false;
      count += 1;
      rest = begun.rest;
    }
    takeText(line, rest, count);
    return true;
  }

  function continueLeaf(within: Extract<Leaf, { kind: 'fence' | 'html' }>, rest: string, line: string): void {
    if (within.kind === 'html' && containers.length === 0) lines.push(line);
    if (endsWith(within, rest)) closeTo(containers.length);
  }

  /** A line of text begins a paragraph or goes on with it; also with one in a quote or list that it does not belong to ("lazy"). */
  function takeText(line: string, rest: string, count: number): void {
    if (leaf.kind === 'table') return;
    if (leaf.kind !== 'paragraph') open({ kind: 'paragraph' }, count, line);
    else if (isUnderline(rest) && count === containers.length) closeTo(count);
    else if (containers.length === 0) takeFurther(line, rest);
  }

  /** A table's second row makes a table of itself and the line before. */
  function takeFurther(line: string, rest: string): void {
    lines.push(line);
    if (!isDelimiterRow(rest) || cellsIn(rest) !== cellsIn(lines.at(-2) ?? '')) return;
    lines.splice(-2);
    open({ kind: 'table' }, 0, line);
  }
}

/** Says whether the code or the raw HTML ends with this line. */
function endsWith(leaf: Extract<Leaf, { kind: 'fence' | 'html' }>, rest: string): boolean {
  if (leaf.kind === 'html') return leaf.end === undefined ? isBlank(rest) : leaf.end.test(rest);
  const closing = /^ {0,3}(`+|~+) *$/.exec(rest)?.[1] ?? '';
  return closing.startsWith(leaf.opening);
}

/** Returns how many of the containers a line goes on with, and what is left of it. */
function continued(containers: readonly Container[], line: string): { count: number; rest: string } {
  let [count, rest] = [0, line];
  for (const container of containers) {
    if (container.kind === 'quote') {
      const mark = /^ {0,3}> ?/.exec(rest);
      if (!mark) break;
      rest = rest.slice(mark[0].length);
    } else if (isBlank(rest)) {
      if (container.empty) break;
    } else {
      if (indentOf(rest) < container.indent) break;
      rest = rest.slice(container.indent);
    }
    count += 1;
  }
  return { count, rest };
}

type Beginning =
  | { readonly kind: 'container'; readonly leaf: Leaf; readonly container: Container; readonly rest: string }
  /** `ended`: with this very line. */
  | { readonly kind: 'leaf'; readonly leaf: Leaf; readonly ended: boolean };

/** Returns the block that begins with this line, if one but a paragraph does. `whole`: the line goes on with every open container. */
function beginning(rest: string, { leaf, whole }: { leaf: Leaf; whole: boolean }): Beginning | undefined {
  const inParagraph = leaf.kind === 'paragraph';
  const oneLine: Beginning = { kind: 'leaf', leaf: nothing, ended: true };
  const indent = indentOf(rest);
  if (indent >= 4) return inParagraph ? undefined : oneLine;
  const text = rest.slice(indent);
  if (text.startsWith('>')) return { kind: 'container', leaf: nothing, container: { kind: 'quote' }, rest: text.replace(/^> ?/, '') };
  if (/^#{1,6}(?: |$)/.test(text)) return oneLine;
  const [, opening] = /^(`{3,}(?=[^`]*$)|~{3,})/.exec(text) ?? [];
  if (opening !== undefined) return { kind: 'leaf', leaf: { kind: 'fence', opening }, ended: false };
  const html = htmlBlock(text, inParagraph && whole);
  if (html) return { kind: 'leaf', leaf: html, ended: html.end?.test(text) === true };
  if (inParagraph && whole && isUnderline(text)) return undefined;
  if (/^(?:(?:\* *){3,}|(?:- *){3,}|(?:_ *){3,})$/.test(text)) return oneLine;
  return listItem(text, indent, inParagraph && whole);
}

const nothing: Leaf = { kind: 'none' };

function listItem(text: string, indent: number, interrupting: boolean): Beginning | undefined {
  const [, marker = '', number, space = ''] = /^([-+*]|(\d{1,9})[.)])( +|$)/.exec(text) ?? [];
  if (marker === '') return undefined;
  const empty = isBlank(text.slice(marker.length));
  if (interrupting && (empty || (number !== undefined && Number(number) !== 1))) return undefined;
  // Five spaces and more: the item begins with indented code.
  const gap = empty || space.length > 4 ? 1 : space.length;
  const rest = text.slice(marker.length + gap);
  return { kind: 'container', leaf: nothing, container: { kind: 'item', indent: indent + marker.length + gap, empty }, rest };
}

/** The seven ways in which raw HTML begins, with their ends; the last does not interrupt a paragraph. */
function htmlBlock(text: string, interrupting: boolean): Extract<Leaf, { kind: 'html' }> | undefined {
  if (!text.startsWith('<')) return undefined;
  const found = htmlKinds.find(([begin]) => begin.test(text));
  if (found) return { kind: 'html', end: found[1] };
  if (interrupting) return undefined;
  const tag = htmlTagAt(text, 0);
  return tag !== undefined && isBlank(text.slice(tag.length)) ? { kind: 'html', end: undefined } : undefined;
}

const blockTags =
  'address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl|dt|fieldset|figcaption|figure|' +
  'footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|' +
  'search|section|source|summary|table|tbody|td|tfoot|th|thead|title|tr|track|ul';

const htmlKinds: readonly (readonly [RegExp, RegExp | undefined])[] = [
  [/^<(?:script|pre|style|textarea)(?:[ >]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^<!--/, /-->/],
  [/^<\?/, /\?>/],
  [/^<![a-z]/i, />/],
  [/^<!\[CDATA\[/, /\]\]>/],
  [new RegExp(`^</?(?:${blockTags})(?: |/?>|$)`, 'i'), undefined],
];

/** What makes a heading of the paragraph before. */
function isUnderline(text: string): boolean {
  return /^ {0,3}(?:=+|-+) *$/.test(text);
}

/** The second row of a table. One of nothing but hyphens is an underline, and is looked for before. */
function isDelimiterRow(text: string): boolean {
  return indentOf(text) < 4 && /[|:]/.test(text) && /^\|?:?-+:?(?:\|:?-+:?)*\|?$/.test(text.replaceAll(' ', ''));
}

function cellsIn(row: string): number {
  const inner = row.trim().replace(/^\|/, '').replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).length;
}

/** Other white space than spaces (tabs are gone) is text. */
function isBlank(text: string): boolean {
  return /^ *$/.test(text);
}

function indentOf(text: string): number {
  const first = text.search(/[^ ]/);
  return first === -1 ? text.length : first;
}

/** Tabs stop at every fourth column. */
function withoutTabs(line: string): string {
  let column = 0;
  const pieces = line.split('\t');
  return pieces
    .map((piece, index) => {
      column += piece.length;
      if (index === pieces.length - 1) return piece;
      const gap = 4 - (column % 4);
      column += gap;
      return piece + ' '.repeat(gap);
    })
    .join('');
}
