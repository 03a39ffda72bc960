import type { FileEntry, PullRequest, Repository } from '../world/model.ts';
import type { CheckRun } from '../world/reportModel.ts';
import { latestStatus } from '../world/deployments.ts';
import { commitAt, mergeBase, readEntry } from '../world/git.ts';
import { resolveRef } from '../world/branches.ts';
import { fullName } from '../world/repositories.ts';
import { listTree, type TreeEntry } from '../world/trees.ts';
import { notFound } from '../refusal.ts';
import { diffView } from './diff.ts';
import { pullRow } from './home.ts';
import { html, type Html } from './html.ts';
import {
  accountTag,
  act,
  encodePath,
  labelTag,
  markdownTag,
  repositoryHead,
  repositoryPath,
  timeTag,
  type Page,
  type PageCall,
} from './layout.ts';
import { deploymentRow, outcomeMark } from './mergeBox.ts';
import { requireRole } from './people.ts';

/** A repository: pull requests, files of the default branch, branches, and forms for a branch and a pull request. */
export function repositoryPage(call: PageCall, repository: Repository): Page {
  const open = [...repository.pulls.values()].filter((pull) => pull.state === 'open').reverse();
  return {
    title: fullName(repository),
    body: html`${repositoryHead(repository)}<h1>${repository.name}</h1><p class="soft">${repository.description}</p>
<h2>Open pull requests</h2><section class="card"><div class="rows" id="pulls" data-live>${
      open.length === 0 ? html`<p class="soft">None is open.</p>` : open.map((pull) => pullRow(pull, false))
    }</div></section>${files(call, repository)}
<h2>Branches</h2><section class="card"><div class="rows" id="branches" data-live>${branchRows(call, repository)}</div></section>
<div class="halves"><section class="card"><div class="head"><b>New pull request</b></div><div class="body">${newPull(repository)}</div></section>
<section class="card"><div class="head"><b>New branch</b></div><div class="body">${newBranch(repository)}</div></section></div>`,
  };
}

function files(call: PageCall, repository: Repository): Html | undefined {
  const tip = repository.branches.get(repository.defaultBranch);
  if (tip === undefined) return html`<p class="soft">This repository is empty.</p>`;
  return html`<h2>Files on ${repository.defaultBranch}</h2>${treeCard(call, repository, repository.defaultBranch, '')}`;
}

function branchRows(call: PageCall, repository: Repository): Html[] {
  return [...repository.branches].map(([name, sha]) => {
    const commit = commitAt(call.world.state, sha);
    return html`<div><div class="grow"><a href="${repositoryPath(repository)}/tree/${encodePath(name)}"><b>${name}</b></a>
<span class="soft small">${commit.message.split('\n')[0]} by ${commit.author.login}, ${timeTag(commit.at)}</span></div>
<a class="code" href="${repositoryPath(repository)}/commit/${sha}">${sha.slice(0, 7)}</a></div>`;
  });
}

function branchChoice(repository: Repository, name: string, chosen?: string): Html {
  const options = [...repository.branches.keys()].map(
    (one) => html`<option ${one === chosen && html`selected`}>${one}</option>`,
  );
  return html`<select name="${name}" id="choice-${name}" data-live>${options}</select>`;
}

function newPull(repository: Repository): Html {
  const newest = [...repository.branches.keys()].at(-1);
  return html`<form method="post">${act('open-pull')}
<label class="field">Title<input type="text" name="title" required autocomplete="off"></label>
<label class="field">From${branchChoice(repository, 'head', newest)}</label>
<label class="field">Into${branchChoice(repository, 'base', repository.defaultBranch)}</label>
<label class="field">Description<textarea name="body"></textarea></label>
<label><input type="checkbox" name="draft" value="yes"> as a draft</label><div class="actions"><button class="main">Open pull request</button></div></form>`;
}

function newBranch(repository: Repository): Html {
  return html`<form method="post" data-clear>${act('new-branch')}
<label class="field">Name<input type="text" name="branch" required autocomplete="off"></label>
<label class="field">From${branchChoice(repository, 'from', repository.defaultBranch)}</label>
<label class="field">A file to commit to it<input type="text" name="path" placeholder="optional: folder/name" autocomplete="off"></label>
<label class="field">Its content<textarea name="content" class="code" spellcheck="false"></textarea></label>
<div class="actions"><button>Create branch</button></div></form>`;
}

/** Does what the repository page's forms ask; returns the address to go to. */
export function actOnRepository(call: PageCall, repository: Repository, form: URLSearchParams): string {
  const text = (name: string): string => form.get(name) ?? '';
  const lines = (name: string): string => text(name).replace(/\r\n/g, '\n');
  if (text('act') === 'open-pull') {
    const number = call.world.openPullRequest({
      repo: repository,
      head: text('head'),
      base: text('base'),
      title: text('title'),
      body: lines('body'),
      draft: text('draft') === 'yes',
      author: call.by,
    });
    return `${repositoryPath(repository)}/pull/${number}`;
  }
  if (text('act') !== 'new-branch') throw notFound();
  requireRole(call, repository, 'write', { do: 'make a branch' });
  call.world.createBranch(repository, text('branch').trim(), text('from'), call.by);
  const path = text('path').trim();
  if (path !== '')
    call.world.commit(repository, text('branch').trim(), { [path]: lines('content') }, `Add ${path}`, call.by);
  return repositoryPath(repository);
}

/** All pull requests, open or closed (`?state=`). */
export function pullsPage(call: PageCall, repository: Repository): Page {
  const closed = call.query.get('state') === 'closed';
  const found = [...repository.pulls.values()].filter((pull) => (pull.state === 'closed') === closed).reverse();
  const path = `${repositoryPath(repository)}/pulls`;
  return {
    title: `Pull requests · ${fullName(repository)}`,
    body: html`${repositoryHead(repository)}<h1>Pull requests</h1>
<p><a href="${path}">Open</a> · <a href="${path}?state=closed">Closed</a></p><section class="card"><div class="rows" id="pulls" data-live>${
      found.length === 0 ? html`<p class="soft">None.</p>` : found.map((pull) => pullRow(pull, false))
    }</div></section>`,
  };
}

/** The branch and the path in `branch/with/slashes/path`: the longest branch that fits, or a commit's sha. */
function splitRef(repository: Repository, rest: string): { ref: string; sha: string; path: string } {
  const parts = rest.split('/');
  for (let length = parts.length; length > 0; length -= 1) {
    const ref = parts.slice(0, length).join('/');
    const sha = resolveRef(repository, ref);
    if (sha !== undefined) return { ref, sha, path: parts.slice(length).join('/') };
  }
  throw notFound();
}

function treeCard(call: PageCall, repository: Repository, ref: string, directory: string): Html {
  const sha = resolveRef(repository, ref);
  const entries = sha === undefined ? [] : listTree(commitAt(call.world.state, sha).files, directory);
  const base = repositoryPath(repository);
  const rows = [...entries]
    .sort((a, b) => b.type.localeCompare(a.type))
    .map((entry) => {
      const kind = entry.type === 'tree' ? 'tree' : 'blob';
      return html`<div><a class="code" href="${base}/${kind}/${encodePath(ref)}/${encodePath(entry.path)}">${entry.name}${kind === 'tree' && '/'}</a>${noteOn(entry)}</div>`;
    });
  return html`<section class="card"><div class="rows">${rows.length === 0 ? html`<p class="soft">Nothing here.</p>` : rows}</div></section>`;
}

function noteOn({ mode }: TreeEntry): Html | undefined {
  const word = { '120000': 'symbolic link', '160000': 'submodule', '100755': 'executable', '100644': '', '040000': '' }[
    mode
  ];
  return word === '' ? undefined : html`<span class="soft small">${word}</span>`;
}

/** A directory of a branch or commit. */
export function treePage(call: PageCall, repository: Repository, rest: string): Page {
  const { ref, sha, path } = splitRef(repository, rest);
  if (path !== '' && listTree(commitAt(call.world.state, sha).files, path).length === 0) throw notFound();
  return {
    title: `${path === '' ? ref : path} · ${fullName(repository)}`,
    body: html`${repositoryHead(repository)}<h1 class="code">${path === '' ? ref : path}</h1><p class="soft">at <code>${ref}</code></p>${treeCard(call, repository, ref, path)}`,
  };
}

/** A file's bytes at a branch or commit. Throws a 404 if there is none. */
export function fileBytes(
  call: PageCall,
  repository: Repository,
  rest: string,
): { bytes: Buffer; path: string; ref: string } {
  const { ref, sha, path } = splitRef(repository, rest);
  const entry = commitAt(call.world.state, sha).files.get(path);
  if (!entry) throw notFound();
  return { bytes: readEntry(call.world.state, entry), path, ref };
}

/** A file as text. */
export function blobPage(call: PageCall, repository: Repository, rest: string): Page {
  const { bytes, path, ref } = fileBytes(call, repository, rest);
  const content = bytes.includes(0)
    ? html`<p class="soft">Not text.</p>`
    : html`<pre><code>${bytes.toString('utf8')}</code></pre>`;
  return {
    title: `${path} · ${fullName(repository)}`,
    body: html`${repositoryHead(repository)}<h1 class="code">${path}</h1><p class="soft">${bytes.byteLength} bytes at <code>${ref}</code>
· <a href="${repositoryPath(repository)}/raw/${encodePath(rest)}">raw</a></p>${content}`,
  };
}

/** A commit and what it changed. */
export function commitPage(call: PageCall, repository: Repository, ref: string): Page {
  const sha = resolveRef(repository, ref);
  if (sha === undefined) throw notFound();
  const commit = commitAt(call.world.state, sha);
  const parent = commit.parents[0];
  const before = parent === undefined ? new Map<string, FileEntry>() : commitAt(call.world.state, parent).files;
  return {
    title: `${commit.message.split('\n')[0]} · ${sha.slice(0, 7)}`,
    body: html`${repositoryHead(repository)}<h1>${commit.message.split('\n')[0]}</h1>
<p class="soft">${accountTag(call.world.state, commit.author)} committed ${timeTag(commit.at)} as <code>${sha}</code>
· <a href="${repositoryPath(repository)}/tree/${sha}">files</a></p>${diffView(call.world.state, before, commit.files)}`,
  };
}

/** What a pull request changes. */
export function changesPage(call: PageCall, pull: PullRequest): Page {
  const from = mergeBase(call.world.state, pull.baseSha, pull.headSha);
  const before = from === undefined ? new Map<string, FileEntry>() : commitAt(call.world.state, from).files;
  return {
    title: `Changes · #${pull.number}`,
    body: html`${repositoryHead(pull.repository)}<h1>Changes of <a href="${repositoryPath(pull.repository)}/pull/${pull.number}">#${pull.number}</a></h1>
<div id="diff" data-live>${diffView(call.world.state, before, commitAt(call.world.state, pull.headSha).files)}</div>`,
  };
}

/** A check run's report. */
export function checkRunPage(call: PageCall, run: CheckRun): Page {
  const { repository, sha, app } = run.suite;
  const outcome = outcomeMark(run.conclusion ?? run.status);
  return {
    title: `${run.name} · ${sha.slice(0, 7)}`,
    body: html`${repositoryHead(repository)}<h1>${run.name}</h1><div id="run" data-live>
<p><span class="mark ${outcome.tone}">${outcome.sign}</span> ${outcome.word} <span class="soft">by ${app.slug} on
<a class="code" href="${repositoryPath(repository)}/commit/${sha}">${sha.slice(0, 7)}</a>, ${timeTag(run.completedAt ?? run.startedAt)}</span></p>
${run.title && html`<h2>${run.title}</h2>`}${run.summary && markdownTag(call.world, repository, run.summary)}${run.text && markdownTag(call.world, repository, run.text)}
${run.detailsUrl && html`<p><a href="${run.detailsUrl}" rel="noopener">${run.detailsUrl}</a></p>`}</div>`,
  };
}

/** A repository's labels. */
export function labelsPage(_call: PageCall, repository: Repository): Page {
  const rows = [...repository.labels.values()].map((label) => {
    const worn = [...repository.pulls.values()].filter(
      (pull) => pull.state === 'open' && pull.labels.includes(label),
    ).length;
    return html`<div>${labelTag(label)}<span class="grow soft small">${label.description}</span><span class="soft small">${worn} open</span>
<form method="post">${act('delete-label')}<input type="hidden" name="name" value="${label.name}"><button class="danger" aria-label="Delete ${label.name}">Delete</button></form></div>`;
  });
  return {
    title: `Labels · ${fullName(repository)}`,
    body: html`${repositoryHead(repository)}<h1>Labels</h1><section class="card"><div class="rows" id="all-labels" data-live>${rows}</div></section>
<section class="card"><div class="head"><b>New label</b></div><div class="body"><form method="post" data-clear>${act('create-label')}
<label class="field">Name<input type="text" name="name" required maxlength="50" autocomplete="off"></label>
<label class="field">Colour<input type="text" name="color" placeholder="ededed" pattern="[0-9a-fA-F]{6}" autocomplete="off"></label>
<label class="field">Description<input type="text" name="description" autocomplete="off"></label>
<div class="actions"><button class="main">Create label</button></div></form></div></section>`,
  };
}

/** Does what the labels page's forms ask; returns the address to go to. */
export function actOnLabels(call: PageCall, repository: Repository, form: URLSearchParams): string {
  const text = (name: string): string | undefined => form.get(name)?.trim() || undefined;
  requireRole(call, repository, 'write', { do: 'change the labels' });
  if (form.get('act') === 'delete-label') call.world.deleteLabel(repository, text('name') ?? '', call.by);
  else
    call.world.createLabel(repository, {
      name: text('name') ?? '',
      color: text('color'),
      description: text('description'),
    });
  return call.url.pathname;
}

/** A repository's deployments, newest first. */
export function deploymentsPage(_call: PageCall, repository: Repository): Page {
  const newest = repository.deployments.slice(-100).reverse();
  const active = newest.filter((one) => latestStatus(one)?.state === 'success').length;
  return {
    title: `Deployments · ${fullName(repository)}`,
    body: html`${repositoryHead(repository)}<h1>Deployments</h1><div id="deployments" data-live><p class="soft">${active} active</p>
<section class="card"><div class="rows">${newest.length === 0 ? html`<p class="soft">None yet.</p>` : newest.map(deploymentRow)}</div></section></div>`,
  };
}
