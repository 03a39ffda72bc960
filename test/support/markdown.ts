/**
 * Returns what is left of Markdown for GitHub to act on: everything outside of code. Written from CommonMark 0.31 (4.5 fenced code
 * blocks, 6.1 code spans) and not from the code under test. Blocks are told apart by blank lines, as in the comments that we write.
 */
export function outsideCode(markdown: string): string {
  const [rest, fence] = [[] as string[], { open: '' }];
  for (const line of markdown.split('\n')) {
    const ticks = /^ {0,3}(`{3,})([^`]*)$/.exec(line);
    if (fence.open !== '') {
      if (ticks && ticks[1] !== undefined && ticks[1].length >= fence.open.length && ticks[2]?.trim() === '')
        fence.open = '';
    } else if (ticks?.[1] !== undefined) fence.open = ticks[1];
    else rest.push(line);
  }
  return rest
    .join('\n')
    .split(/\n{2,}/)
    .map(withoutSpans)
    .join('\n\n');
}

function withoutSpans(block: string): string {
  let [result, at] = ['', 0];
  while (at < block.length) {
    const run = /^`+/.exec(block.slice(at))?.[0];
    if (run === undefined) {
      // A backslash before a backtick makes it plain text.
      const length = block[at] === '\\' ? 2 : 1;
      result += block.slice(at, at + length);
      at += length;
      continue;
    }
    const close = closing(block, at + run.length, run.length);
    // What stands around code is not joined by taking it out.
    result += close === undefined ? run : '\u0001';
    at = close ?? at + run.length;
  }
  return result;
}

/** Returns where the run of so many backticks ends that closes a code span. */
function closing(block: string, from: number, length: number): number | undefined {
  for (const match of block.slice(from).matchAll(/`+/g)) {
    if (match[0].length === length) return from + match.index + length;
  }
  return undefined;
}
