import type { PullRequest, TimelineItem } from '../world/model.ts';
import { commitsBetween } from '../world/git.ts';
import { commentCard } from './comment.ts';
import { html, type Html } from './html.ts';
import { accountTag, avatarTag, labelTag, markdownTag, repositoryPath, timeTag, type PageCall } from './layout.ts';

/** What happened to a pull request, oldest first. Each piece has an id that stays its own. */
export function timeline(call: PageCall, pull: PullRequest): Html {
  const items = pull.timeline.map((item, index) => {
    if (item.what === 'commented') return commentCard(call, item.comment);
    // The description says this already.
    return item.what === 'opened' ? html`` : eventLine(call, pull, item, index);
  });
  return html`<div id="timeline" data-list>${description(call, pull)}${items}</div>`;
}

function description(call: PageCall, pull: PullRequest): Html {
  const body =
    pull.body.trim() === ''
      ? html`<p class="soft">No description provided.</p>`
      : markdownTag(call.world, pull.repository, pull.body);
  return html`<article class="card" id="description" data-live>
<div class="head">${accountTag(call.world.state, pull.author)} <span class="soft">opened this ${timeTag(pull.createdAt)}</span></div>
<div class="body">${body}</div></article>`;
}

function eventLine(
  call: PageCall,
  pull: PullRequest,
  item: Exclude<TimelineItem, { what: 'commented' }>,
  index: number,
): Html {
  const { state } = call.world;
  const by = html`${avatarTag(state, item.by)} <b>${item.by.login}</b>`;
  return html`<div class="event" id="event-${index}-${item.what.replace(' ', '-')}">${by} <span>${told(call, pull, item)} ${timeTag(item.at)}</span></div>`;
}

function commitLink(pull: PullRequest, sha: string): Html {
  return html`<a class="code" href="${repositoryPath(pull.repository)}/commit/${sha}">${sha.slice(0, 7)}</a>`;
}

function told(call: PageCall, pull: PullRequest, item: Exclude<TimelineItem, { what: 'commented' }>): Html {
  switch (item.what) {
    case 'opened':
      return html`opened this`;
    case 'pushed': {
      if (item.forced)
        return html`force-pushed from ${commitLink(pull, item.before)} to ${commitLink(pull, item.after)}`;
      const commits = commitsBetween(call.world.state, item.before, item.after);
      const told = commits.map((commit) => html` ${commitLink(pull, commit.sha)} ${commit.message.split('\n')[0]} `);
      return html`pushed ${told}`;
    }
    case 'labeled':
      return html`added ${labelTag(item.label)}`;
    case 'unlabeled':
      return html`removed ${labelTag(item.label)}`;
    case 'renamed':
      return html`changed the title from <del>${item.from}</del> to <b>${item.to}</b>`;
    case 'merged':
      return html`merged ${commitLink(pull, item.sha)} into <code>${pull.baseRef}</code>`;
    case 'closed':
      return html`closed this`;
    case 'reopened':
      return html`reopened this`;
    case 'ready':
      return html`marked this as ready for review`;
    case 'drafted':
      return html`made this a draft`;
    case 'head deleted':
      return html`deleted the branch <code>${pull.headRef}</code>`;
  }
}
