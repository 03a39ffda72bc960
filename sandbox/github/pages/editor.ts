import type { FileEntry, PullRequest } from '../world/model.ts';
import { commitAt, readEntry } from '../world/git.ts';
import { html, type Html } from './html.ts';
import { act, encodePath, type PageCall } from './layout.ts';

/** The file to show first: a page if there is one. */
function firstFile(paths: readonly string[]): string | undefined {
  return (
    paths.find((path) => /(?:^|\/)index\.html$/.test(path)) ?? paths.find((path) => path.endsWith('.html')) ?? paths[0]
  );
}

/** `?file=path` chooses the file, an empty one a new file. */
export function editor(call: PageCall, pull: PullRequest): Html {
  const tip = pull.headRepository.deleted ? undefined : pull.headRepository.branches.get(pull.headRef);
  if (tip === undefined || pull.state !== 'open') return html`<div id="editor-place" data-list></div>`;
  const { files } = commitAt(call.world.state, tip);
  const paths = [...files.keys()].sort();
  const asked = call.query.get('file');
  const path = asked === null ? (firstFile(paths) ?? '') : asked;
  const list = paths.map(
    (one) =>
      html`<li><a href="?file=${encodePath(one)}#editor" ${one === path && html`aria-current="true"`}>${one}</a></li>`,
  );
  return html`<div id="editor-place" data-list><section class="card" id="editor" aria-label="Edit a file and commit">
<div class="head"><b>Edit a file and commit to <code>${pull.headRef}</code></b></div>
<div class="body"><ul class="files">${list}<li><a href="?file=#editor">+ new file</a></li></ul>${form(call, path, files.get(path))}</div></section></div>`;
}

function form(call: PageCall, path: string, entry: FileEntry | undefined): Html {
  const bytes = readEntry(call.world.state, entry);
  if (entry?.mode === '120000')
    return html`<p class="soft">${path} is a symbolic link to <code>${bytes.toString('utf8')}</code>.</p>`;
  if (entry?.mode === '160000') return html`<p class="soft">${path} is a submodule at <code>${entry.sha}</code>.</p>`;
  if (bytes.includes(0)) return html`<p class="soft">${path} is not text (${bytes.byteLength} bytes).</p>`;
  // A browser drops the first line break of a textarea, so there is one to drop.
  return html`<form method="post" id="editor-form" data-follow="${path}">${act('commit')}
<input type="hidden" name="from" value="${entry?.sha ?? ''}">
<label class="field">File<input type="text" name="path" value="${path}" required placeholder="folder/name" autocomplete="off"></label>
<label class="field">Content<textarea class="code" name="content" spellcheck="false">
${bytes.toString('utf8')}</textarea></label>
<label class="field">Commit message<input type="text" name="message" placeholder="${path === '' ? 'Add a file' : `Update ${path}`}" autocomplete="off"></label>
<div class="actions"><button class="main">Commit changes</button>${
    entry === undefined ? '' : html`<button class="danger" name="delete" value="yes">Delete this file</button>`
  }</div></form>`;
}
