/**
 * Returns the part of an `index.yaml` that speaks of one version of a chart, as YAML of its own (`"redis": [those versions]`);
 * `absent` where the index has no such chart; undefined where it is not laid out as helm writes it, and has to be read as a whole.
 *
 * An index of 20 MiB takes YAML's reader 20 s, so it is not given most of it. helm writes `entries:` at the margin, below it a line
 * for each chart, all indented alike, and whatever is in them further in. What is cut out is parsed, so that a text that merely looks
 * like this makes an error and no other chart; and the archive has to be what its digest says.
 */
export function entriesOfChart(text: string, { name, version }: { readonly name: string; readonly version: string }): { readonly yaml: string } | 'absent' | undefined {
  const heads = [...text.matchAll(/^entries:[ \t]*$/gm)];
  const [head, second] = heads;
  if (!head || second) return undefined;
  const block = blockOf(text, head.index + head[0].length + 1, name);
  if (typeof block !== 'object') return block;
  if (block.items.length === 0) return 'absent';
  const versions = block.items.filter((item) => item.includes(version.replace(/^v/, '')));
  // One that is not meant is kept, so that a chart without this version is told from none.
  const kept = versions.length > 0 ? versions : block.items.slice(0, 1);
  return { yaml: `${JSON.stringify(name)}:\n${kept.join('')}` };
}

type Line = { readonly text: string; readonly indent: number; readonly start: number; readonly end: number };

/** Blank lines and comments belong to what is around them. */
function* linesOf(text: string, from: number): Generator<Line> {
  for (let start = from; start < text.length; ) {
    const newline = text.indexOf('\n', start);
    const end = newline < 0 ? text.length : newline + 1;
    const line = text.slice(start, newline < 0 ? end : newline);
    const indent = line.search(/[^ ]/);
    if (indent >= 0 && line[indent] !== '#') yield { text: line, indent, start, end };
    start = end;
  }
}

/** Returns the items of one chart's list, each with its lines. */
function blockOf(text: string, from: number, name: string): { readonly items: readonly string[] } | 'absent' | undefined {
  let child: number | undefined;
  let [start, end] = [-1, -1];
  let last = from;
  for (const line of linesOf(text, from)) {
    if (line.indent === 0) break;
    child ??= line.indent;
    if (line.indent < child) return undefined;
    last = line.end;
    if (line.indent > child || isItem(line)) continue;
    if (start >= 0 && end < 0) end = line.start;
    const key = keyOf(line);
    if (key === undefined) return undefined;
    if (key !== name) continue;
    // A second one of the name is for a reader of YAML to refuse.
    if (start >= 0) return undefined;
    start = line.end;
  }
  if (child === undefined) return undefined;
  if (start < 0) return 'absent';
  return itemsOf(text.slice(start, end < 0 ? last : end));
}

function isItem({ text, indent }: Line): boolean {
  return text[indent] === '-' && (text.length === indent + 1 || text[indent + 1] === ' ');
}

/** The key of a line that has nothing else; undefined for any other line. Names of charts need no escapes. */
function keyOf({ text }: Line): string | undefined {
  const [, double, single, plain] = /^ +(?:"([\w.-]+)"|'([\w.-]+)'|([\w.-]+)):[ \t]*$/.exec(text) ?? [];
  return double ?? single ?? plain;
}

function itemsOf(block: string): { readonly items: readonly string[] } | undefined {
  const lines = [...linesOf(block, 0)];
  const indent = lines[0]?.indent;
  if (lines.some((line) => line.indent < (indent ?? 0))) return undefined;
  const starts = lines.filter((line) => line.indent === indent).map((line) => (isItem(line) ? line.start : undefined));
  const items = starts.map((start, index) => (start === undefined ? undefined : block.slice(start, starts[index + 1] ?? block.length)));
  return items.every((item) => item !== undefined) ? { items } : undefined;
}
