/** Lines [aStart, aEnd) of the old text became lines [bStart, bEnd) of the new one. */
export type Hunk = { aStart: number; aEnd: number; bStart: number; bEnd: number };

/** The text's lines, each with its newline; joining them gives the text back. */
export function splitLines(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}

/** The smallest set of changed runs of lines between two texts (Myers' algorithm). */
export function diffLines(a: readonly string[], b: readonly string[]): Hunk[] {
  const trail = shortestEdit(a, b);
  const hunks: Hunk[] = [];
  let x = a.length;
  let y = b.length;
  for (let depth = trail.length - 1; depth >= 0; depth -= 1) {
    const furthest = trail[depth];
    const diagonal = x - y;
    const down = diagonal === -depth || (diagonal !== depth && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
    const fromDiagonal = down ? diagonal + 1 : diagonal - 1;
    const fromX = at(furthest, fromDiagonal);
    const fromY = fromX - fromDiagonal;
    // What remains to the diagonal's start is equal lines; one step before it is the edit.
    if (depth > 0) prepend(hunks, down ? [fromX, fromX, fromY, fromY + 1] : [fromX, fromX + 1, fromY, fromY]);
    x = depth > 0 ? fromX : 0;
    y = depth > 0 ? fromY : 0;
  }
  return hunks;
}

function at(furthest: ReadonlyMap<number, number> | undefined, diagonal: number): number {
  return furthest?.get(diagonal) ?? -1;
}

/** For each number of edits, how far each diagonal had come before that edit. */
function shortestEdit(a: readonly string[], b: readonly string[]): Map<number, number>[] {
  const trail: Map<number, number>[] = [];
  const furthest = new Map<number, number>([[1, 0]]);
  for (let depth = 0; depth <= a.length + b.length; depth += 1) {
    trail.push(new Map(furthest));
    for (let diagonal = -depth; diagonal <= depth; diagonal += 2) {
      const down =
        diagonal === -depth || (diagonal !== depth && at(furthest, diagonal - 1) < at(furthest, diagonal + 1));
      let x = down ? at(furthest, diagonal + 1) : at(furthest, diagonal - 1) + 1;
      while (x < a.length && x - diagonal < b.length && a[x] === b[x - diagonal]) x += 1;
      furthest.set(diagonal, x);
      if (x >= a.length && x - diagonal >= b.length) return trail;
    }
  }
  return trail;
}

function prepend(hunks: Hunk[], [aStart, aEnd, bStart, bEnd]: [number, number, number, number]): void {
  const first = hunks[0];
  if (first && first.aStart === aEnd && first.bStart === bEnd) {
    first.aStart = aStart;
    first.bStart = bStart;
  } else {
    hunks.unshift({ aStart, aEnd, bStart, bEnd });
  }
}

/** Three-way merge by lines. Returns undefined when both sides changed the same place differently. */
export function mergeLines(base: string, ours: string, theirs: string): string | undefined {
  if (ours === theirs || base === theirs) return ours;
  if (base === ours) return theirs;
  const [baseLines, ourLines, theirLines] = [splitLines(base), splitLines(ours), splitLines(theirs)];
  const left = diffLines(baseLines, ourLines);
  const right = diffLines(baseLines, theirLines);
  const merged: string[] = [];
  let done = 0;
  while (left.length > 0 || right.length > 0) {
    const [mine, yours] = [left[0], right[0]];
    if (mine && yours && mine.aStart <= yours.aEnd && yours.aStart <= mine.aEnd) {
      const same =
        mine.aStart === yours.aStart &&
        mine.aEnd === yours.aEnd &&
        ourLines.slice(mine.bStart, mine.bEnd).join('') === theirLines.slice(yours.bStart, yours.bEnd).join('');
      if (!same) return undefined;
      right.shift();
    }
    const takeLeft = mine !== undefined && (yours === undefined || mine.aStart <= yours.aStart);
    const next = takeLeft ? left.shift() : right.shift();
    if (!next) break;
    const lines = takeLeft ? ourLines : theirLines;
    merged.push(...baseLines.slice(done, next.aStart), ...lines.slice(next.bStart, next.bEnd));
    done = next.aEnd;
  }
  return [...merged, ...baseLines.slice(done)].join('');
}
