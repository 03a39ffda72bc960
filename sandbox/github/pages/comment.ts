import { reactionContents, type Comment, type ReactionContent } from '../world/model.ts';
import { associationOf } from '../world/pulls.ts';
import { html, type Html } from './html.ts';
import { accountTag, act, markdownTag, timeTag, type PageCall } from './layout.ts';
import { may, viewerOf } from './people.ts';

/** A comment with what its reader may do with it. */
export function commentCard(call: PageCall, comment: Comment): Html {
  const id = `issuecomment-${comment.id}`;
  const isBot = comment.author.kind === 'Bot';
  const association = associationOf(comment.pull.repository, comment.author);
  return html`<article class="card comment ${isBot ? 'bot' : ''}" id="${id}" data-live aria-label="Comment by ${comment.author.login}">
<div class="head">${accountTag(call.world.state, comment.author)}${isBot && html` <span class="label word">bot</span>`}
<span class="soft">commented ${timeTag(comment.createdAt)}${comment.lastEditedAt && html` · edited ${timeTag(comment.lastEditedAt)}`}</span>
<span class="end soft small">${association === 'NONE' ? '' : association.toLowerCase()}</span></div>
<div class="body">${bodyOf(call, comment)}${reactions(comment)}${editing(call, comment)}</div></article>`;
}

function bodyOf(call: PageCall, comment: Comment): Html {
  const content = markdownTag(call.world, comment.pull.repository, comment.body);
  const hidden = comment.minimizedReason;
  if (hidden === null) return content;
  return html`<details><summary class="soft">Hidden as ${hidden.toLowerCase()}</summary>${content}</details>`;
}

const signs: Readonly<Record<ReactionContent, string>> = {
  '+1': '👍',
  '-1': '👎',
  laugh: '😄',
  hooray: '🎉',
  confused: '😕',
  heart: '❤️',
  rocket: '🚀',
  eyes: '👀',
};

function reactions(comment: Comment): Html | false {
  if (comment.reactions.length === 0) return false;
  const groups = reactionContents.flatMap((content) => {
    const by = comment.reactions.filter((one) => one.content === content).map((one) => one.by.login);
    const words = `${content}: ${by.join(', ')}`;
    return by.length === 0
      ? []
      : html`<span class="label word" role="img" aria-label="${words}" title="${words}">${signs[content]} ${by.length}</span>`;
  });
  return html`<div class="labels reactions">${groups}</div>`;
}

/** Whether the reader may change a comment: their own, or with write anybody's. */
export function mayChange(call: PageCall, comment: Comment): boolean {
  return comment.author === viewerOf(call) || may(call, comment.pull.repository, 'write');
}

function editing(call: PageCall, comment: Comment): Html | false {
  if (!mayChange(call, comment)) return false;
  return html`<details class="menu"><summary>Edit or delete</summary>
<form method="post">${act('edit-comment')}<input type="hidden" name="comment" value="${comment.id}">
<textarea name="body" aria-label="Text of the comment">
${comment.body}</textarea><div class="actions"><button>Save</button></div></form>
<form method="post">${act('delete-comment')}<input type="hidden" name="comment" value="${comment.id}">
<div class="actions"><button class="danger">Delete comment</button></div></form></details>`;
}
