/** A part of a paragraph that is no plain text; `tag` is empty but for a tag of HTML. */
export type Span = { readonly start: number; readonly end: number; readonly tag: string };

/**
 * Returns the code spans, tags, HTML comments and bare addresses (`<https://…>`) in a paragraph, in order, as
 * https://github.github.com/gfm/ tells them apart in chapter 6. With `code` false (for raw HTML) backticks mean nothing. The time is
 * linear in the text's length.
 */
export function spansOf(text: string, code: boolean): readonly Span[] {
  const spans: Span[] = [];
  const closing = code ? closingTicks(text) : undefined;
  const comments = ends(text);
  const special = code ? /\\.|`+|</gs : /</g;
  for (let match = special.exec(text); match; match = special.exec(text)) {
    const [found] = match;
    const start = match.index;
    if (found.startsWith('\\')) continue;
    const tag = found === '<' ? htmlTagAt(text, start) : undefined;
    const end = found === '<' ? (tag === undefined ? comments(start) : start + tag.length) : closing?.(special.lastIndex, found.length);
    if (end === undefined) continue;
    spans.push({ start, end, tag: tag ?? '' });
    special.lastIndex = end;
  }
  return spans;
}

/** Returns the opening or closing tag of HTML that begins just there, if one does. */
export function htmlTagAt(text: string, at: number): string | undefined {
  htmlTag.lastIndex = at;
  return htmlTag.exec(text)?.[0];
}

const attribute = String.raw`\s+[a-z_:][a-z0-9_.:-]*(?:\s*=\s*(?:[^\s"'=<>\x60]+|'[^']*'|"[^"]*"))?`;
const htmlTag = new RegExp(String.raw`<(?:[a-z][a-z0-9-]*(?:${attribute})*\s*/?|/[a-z][a-z0-9-]*\s*)>`, 'iy');
const address = /<(?:[a-z][a-z0-9+.-]{1,31}:[^\s<>]*|[a-z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-z0-9.-]+)>/iy;

/** Returns a function that finds where a run of so many backticks from `from` on ends; to be asked with growing `from`. */
function closingTicks(text: string): (from: number, length: number) => number | undefined {
  const runs = new Map<number, number[]>();
  for (const { 0: run, index } of text.matchAll(/`+/g)) {
    const same = runs.get(run.length);
    if (same) same.push(index);
    else runs.set(run.length, [index]);
  }
  for (const same of runs.values()) same.reverse();
  return (from, length) => {
    const left = runs.get(length) ?? [];
    while ((left.at(-1) ?? from) < from) left.pop();
    const start = left.at(-1);
    return start === undefined ? undefined : start + length;
  };
}

/** What begins with `<` and is no tag, with its end. */
const others: readonly (readonly [RegExp, string])[] = [
  [/<!--/y, '-->'],
  [/<\?/y, '?>'],
  [/<!\[CDATA\[/y, ']]>'],
  [/<![a-z]/iy, '>'],
];

/** Returns a function that finds where the comment, declaration or address that begins there ends. */
function ends(text: string): (start: number) => number | undefined {
  // An end that was looked for in vain is not looked for again: it is not further on either.
  const absent = new Set<string>();
  return (start) => {
    address.lastIndex = start;
    const found = address.exec(text)?.[0];
    if (found !== undefined) return start + found.length;
    for (const [begin, end] of others) {
      begin.lastIndex = start;
      if (absent.has(end) || !begin.test(text)) continue;
      const at = text.indexOf(end, start + 2);
      if (at !== -1) return at + end.length;
      absent.add(end);
    }
    return undefined;
  };
}
