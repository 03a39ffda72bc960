import type { FileEntry, Files, State } from '../world/model.ts';
import { readEntry } from '../world/git.ts';
import { diffLines, splitLines, type Hunk } from '../world/lines.ts';
import { diffFiles } from '../world/merging.ts';
import { html, type Html } from './html.ts';

/** Lines shown around a change. */
const context = 3;

/** What differs between two trees, file by file, as a unified diff. */
export function diffView(state: State, before: Files, after: Files): Html {
  const changes = diffFiles(state, before, after);
  if (changes.length === 0) return html`<p class="soft">Nothing differs.</p>`;
  return html`${changes.map((change) => {
    const [old, now] = [textOf(state, before.get(change.path)), textOf(state, after.get(change.path))];
    const body =
      old === undefined || now === undefined
        ? html`<p class="body soft">Not text.</p>`
        : html`<pre class="diff">${lines(old, now)}</pre>`;
    const [from, to] = [before.get(change.path)?.mode, after.get(change.path)?.mode];
    const modes = from && to && from !== to && html`<span class="soft small">${from} → ${to}</span>`;
    return html`<section class="card"><div class="head"><b class="code">${change.path}</b> ${modes}
<span class="end soft small">${change.status} +${change.additions} −${change.deletions}</span></div>${body}</section>`;
  })}`;
}

function textOf(state: State, entry: FileEntry | undefined): string | undefined {
  const bytes = readEntry(state, entry);
  return bytes.includes(0) ? undefined : bytes.toString('utf8');
}

function line(kind: '' | 'add' | 'del' | 'at', sign: string, text: string): Html {
  return html`<span class="${kind}">${sign}${text.replace(/\r?\n$/, '') || ' '}</span>`;
}

function lines(old: string, now: string): Html[] {
  const [a, b] = [splitLines(old), splitLines(now)];
  return grouped(diffLines(a, b)).flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return [];
    const start = Math.max(0, first.aStart - context);
    const end = Math.min(a.length, last.aEnd + context);
    const shown: Html[] = [line('at', '', `@@ line ${start + 1} @@`)];
    let at = start;
    for (const hunk of group) {
      shown.push(...a.slice(at, hunk.aStart).map((text) => line('', ' ', text)));
      shown.push(...a.slice(hunk.aStart, hunk.aEnd).map((text) => line('del', '-', text)));
      shown.push(...b.slice(hunk.bStart, hunk.bEnd).map((text) => line('add', '+', text)));
      at = hunk.aEnd;
    }
    return [...shown, ...a.slice(at, end).map((text) => line('', ' ', text))];
  });
}

/** Changes whose surroundings touch are shown together. */
function grouped(hunks: readonly Hunk[]): Hunk[][] {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const last = groups.at(-1)?.at(-1);
    if (last && hunk.aStart - last.aEnd <= 2 * context) groups.at(-1)?.push(hunk);
    else groups.push([hunk]);
  }
  return groups;
}
