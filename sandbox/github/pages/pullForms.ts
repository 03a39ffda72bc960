import type { Comment, PullRequest } from '../world/model.ts';
import { commitAt, readBlob } from '../world/git.ts';
import { notFound, Refusal } from '../refusal.ts';
import type { PageCall } from './layout.ts';

/** Does what a form of the pull request's page asks. Returns the address to go to. Throws a Refusal. */
export function actOnPull(call: PageCall, pull: PullRequest, form: URLSearchParams): string {
  const { world, by } = call;
  const { repository, number } = pull;
  const text = (name: string): string => form.get(name) ?? '';
  const here = call.url.pathname + call.url.search;
  if (repository.archived) throw new Refusal(403, 'Repository was archived so is read-only.');
  switch (text('act')) {
    case 'label':
      world.addLabel(repository, number, text('name'), by);
      return here;
    case 'unlabel':
      world.removeLabel(repository, number, text('name'), by);
      return here;
    case 'comment':
      world.comment(repository, number, plainLines(text('body')), by);
      return here;
    case 'edit-comment':
      world.editComment(commentOf(pull, text('comment')), plainLines(text('body')), by);
      return here;
    case 'delete-comment':
      world.deleteComment(commentOf(pull, text('comment')), by);
      return here;
    case 'title':
      world.editPullRequest(repository, number, { title: text('title') }, by);
      return here;
    case 'merge':
      world.merge(repository, number, { by });
      return here;
    case 'close':
      world.close(repository, number, by);
      return here;
    case 'reopen':
      world.reopen(repository, number, by);
      return here;
    case 'draft':
    case 'ready':
      world.setDraft(repository, number, text('act') === 'draft', by);
      return here;
    case 'delete-branch':
      world.deleteBranch(pull.headRepository, pull.headRef, by);
      return here;
    case 'commit':
      return commit(call, pull, form);
    default:
      throw new Refusal(422, 'That form is not one of this page.');
  }
}

/** Browsers send line breaks as CR LF. */
function plainLines(text: string): string {
  return text.replace(/\r\n/g, '\n');
}

function commentOf(pull: PullRequest, id: string): Comment {
  const found = pull.comments.find((one) => String(one.id) === id);
  if (!found) throw notFound();
  return found;
}

/** Commits one file to the head branch, unless somebody else changed it since the page was made. */
function commit(call: PageCall, pull: PullRequest, form: URLSearchParams): string {
  const path = (form.get('path') ?? '').trim();
  const from = form.get('from') ?? '';
  const tip = pull.headRepository.deleted ? undefined : pull.headRepository.branches.get(pull.headRef);
  if (tip === undefined) throw new Refusal(409, `The branch ${pull.headRef} is gone.`);
  const files = commitAt(call.world.state, tip).files;
  const before = files.get(path);
  if (before !== undefined && before !== from) {
    throw new Refusal(409, `${path} is not what it was when you opened it. Reload the page to see it as it is now.`);
  }
  const remove = form.get('delete') === 'yes';
  if (remove && before === undefined) throw new Refusal(404, `There is no ${path} on ${pull.headRef}.`);
  const message =
    (form.get('message') ?? '').trim() || `${remove ? 'Delete' : before === undefined ? 'Add' : 'Update'} ${path}`;
  const typed = plainLines(form.get('content') ?? '');
  const hadCrLf = before !== undefined && readBlob(call.world.state, before).includes('\r\n');
  const content = remove ? null : hadCrLf ? typed.replace(/\n/g, '\r\n') : typed;
  call.world.commit(pull.headRepository, pull.headRef, { [path]: content }, message, call.by);
  if (remove) return call.url.pathname;
  return before === undefined
    ? `${call.url.pathname}?file=${encodeURIComponent(path)}#editor`
    : call.url.pathname + call.url.search;
}
