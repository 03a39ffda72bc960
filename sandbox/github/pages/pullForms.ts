import type { Comment, PullRequest } from '../world/model.ts';
import { commitAt, readBlob } from '../world/git.ts';
import { notFound, Refusal } from '../refusal.ts';
import { reportCi } from './ciBox.ts';
import { mayChange } from './comment.ts';
import type { PageCall } from './layout.ts';
import { requirePush, requireRole } from './people.ts';

/** Does what a form of the pull request's page asks. Returns the address to go to. Throws a Refusal. */
export function actOnPull(call: PageCall, pull: PullRequest, form: URLSearchParams): string {
  const { world, by } = call;
  const { repository, number } = pull;
  const text = (name: string): string => form.get(name) ?? '';
  const here = call.url.pathname + call.url.search;
  if (repository.archived) throw new Refusal(403, 'Repository was archived so is read-only.');
  switch (text('act')) {
    case 'label':
      requireRole(call, repository, 'triage', { do: 'add a label' });
      world.addLabel(repository, number, text('name'), by);
      return here;
    case 'unlabel':
      requireRole(call, repository, 'triage', { do: 'remove a label' });
      world.removeLabel(repository, number, text('name'), by);
      return here;
    case 'comment':
      world.comment(repository, number, plainLines(text('body')), by);
      return here;
    case 'edit-comment':
      world.editComment(changeable(call, pull, text('comment')), plainLines(text('body')), by);
      return here;
    case 'delete-comment':
      world.deleteComment(changeable(call, pull, text('comment')), by);
      return here;
    case 'title':
      requireRole(call, repository, 'write', { do: 'change the title', own: pull.author });
      world.editPullRequest(repository, number, { title: text('title') }, by);
      return here;
    case 'merge':
      requireRole(call, repository, 'write', { do: 'merge' });
      world.merge(repository, number, { by });
      return here;
    case 'close':
      requireRole(call, repository, 'triage', { do: 'close this', own: pull.author });
      world.close(repository, number, by);
      return here;
    case 'reopen':
      requireRole(call, repository, 'triage', { do: 'reopen this', own: pull.author });
      world.reopen(repository, number, by);
      return here;
    case 'draft':
    case 'ready':
      requireRole(call, repository, 'write', { do: 'change this', own: pull.author });
      world.setDraft(repository, number, text('act') === 'draft', by);
      return here;
    case 'delete-branch':
      requireRole(call, pull.headRepository, 'write', { do: 'delete the branch' });
      world.deleteBranch(pull.headRepository, pull.headRef, by);
      return here;
    case 'ci':
      reportCi(call, pull, form);
      return here;
    case 'commit':
      requirePush(call, pull);
      return commit(call, pull, form);
    default:
      throw new Refusal(422, 'That form is not one of this page.');
  }
}

/** Browsers send line breaks as CR LF. */
function plainLines(text: string): string {
  return text.replace(/\r\n/g, '\n');
}

function changeable(call: PageCall, pull: PullRequest, id: string): Comment {
  const found = pull.comments.find((one) => String(one.id) === id);
  if (!found) throw notFound();
  if (!mayChange(call, found)) requireRole(call, pull.repository, 'write', { do: 'change what others wrote' });
  return found;
}

/** Commits one file to the head branch, unless somebody else changed it since the page was made. */
function commit(call: PageCall, pull: PullRequest, form: URLSearchParams): string {
  const path = (form.get('path') ?? '').trim();
  const from = form.get('from') ?? '';
  const tip = pull.headRepository.deleted ? undefined : pull.headRepository.branches.get(pull.headRef);
  if (tip === undefined) throw new Refusal(409, `The branch ${pull.headRef} is gone.`);
  const files = commitAt(call.world.state, tip).files;
  const entry = files.get(path);
  const before = entry?.sha;
  if (entry && !entry.mode.startsWith('100')) throw new Refusal(422, `${path} is no file that can be edited here.`);
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
