import type { PullRequest } from '../world/model.ts';
import { commitsBetween } from '../world/git.ts';
import { headRepositoryName, isCrossRepository } from '../world/pulls.ts';
import { ciBox } from './ciBox.ts';
import { editor } from './editor.ts';
import { html, type Html } from './html.ts';
import { act, encodePath, repositoryHead, type Page, type PageCall } from './layout.ts';
import { mergeBox } from './mergeBox.ts';
import { sidebar } from './sidebar.ts';
import { timeline } from './timeline.ts';

/** The word for a pull request's state, which is also its colour. */
export function stateWord(pull: PullRequest): 'merged' | 'closed' | 'draft' | 'open' {
  if (pull.merged) return 'merged';
  if (pull.state === 'closed') return 'closed';
  return pull.draft ? 'draft' : 'open';
}

/** A pull request's page: what it is, what happened, and everything a person does with it. */
export function pullPage(call: PageCall, pull: PullRequest): Page {
  const body = html`${repositoryHead(pull.repository)}<div id="headline" data-live>${headline(call, pull)}</div>
<details class="menu"><summary>Edit title</summary><form method="post">${act('title')}<div class="actions">
<input type="text" name="title" value="${pull.title}" aria-label="Title" required><button>Save title</button></div></form></details>
<div class="columns"><div>${timeline(call, pull)}${mergeBox(call, pull)}${commentForm(call)}${ciBox(call, pull)}${editor(call, pull)}</div>${sidebar(call, pull)}</div>`;
  return { title: `${pull.title} · Pull Request #${pull.number}`, body };
}

function headline(call: PageCall, pull: PullRequest): Html {
  const word = stateWord(pull);
  const commits = commitsBetween(call.world.state, pull.baseSha, pull.headSha).length;
  const head = isCrossRepository(pull)
    ? `${headRepositoryName(pull) ?? 'unknown repository'}:${pull.headRef}`
    : pull.headRef;
  const [verb, count] = [pull.merged ? 'merged' : 'wants to merge', `${commits} commit${commits === 1 ? '' : 's'}`];
  const by = pull.merged ? (pull.mergedBy ?? pull.author) : pull.author;
  return html`<h1>${pull.title} <span class="number">#${pull.number}</span></h1>
<p><span class="badge ${word}">${word[0]?.toUpperCase()}${word.slice(1)}</span> <span class="soft"><b>${by.login}</b> ${verb} ${count}
into ${branchLink(pull.repository, pull.baseRef, pull.baseRef)} from ${branchLink(pull.headRepository, pull.headRef, head)}
· at <code>${pull.headSha.slice(0, 7)}</code></span></p>`;
}

function branchLink(repository: PullRequest['repository'], branch: string, text: string): Html {
  if (repository.deleted || !repository.branches.has(branch)) return html`<code>${text}</code>`;
  return html`<a href="/${repository.owner.login}/${repository.name}/tree/${encodePath(branch)}"><code>${text}</code></a>`;
}

function commentForm(call: PageCall): Html {
  return html`<section class="card" aria-label="Write a comment"><div class="body"><form method="post" data-clear>${act('comment')}
<textarea name="body" aria-label="Comment" placeholder="Leave a comment" required></textarea>
<div class="actions right"><span class="soft small">as ${call.by}</span><button class="main">Comment</button></div></form></div></section>`;
}
