import { z } from 'zod';
import type { PullRequest, Repository } from '../world/model.ts';
import { commitShape } from '../shapes/git.ts';
import { issueShape, pullShape, simplePullShape } from '../shapes/pull.ts';
import { commitsBetween } from '../world/git.ts';
import { changedFiles, headLabel, pullOf } from '../world/pulls.ts';
import { invalid, Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import {
  json,
  numberParam,
  onRepository,
  paged,
  sorted,
  type Answer,
  type RepositoryCall,
  type Route,
} from './route.ts';

const read = [{ pull_requests: 'read' }] as const;
const write = [{ pull_requests: 'write' }] as const;
const readIssue = [{ issues: 'read' }, { pull_requests: 'read' }] as const;
const writeIssue = [{ issues: 'write' }, { pull_requests: 'write' }] as const;

const newPull = z.object({
  title: z.string(),
  head: z.string(),
  base: z.string(),
  body: z.string().nullish(),
  draft: z.boolean().optional(),
  head_repo: z.string().optional(),
});
const edit = z.object({
  title: z.string().optional(),
  body: z.string().nullish(),
  state: z.enum(['open', 'closed']).optional(),
});
const editIssue = edit.extend({ labels: z.array(z.union([z.string(), z.object({ name: z.string() })])).optional() });
const merge = z.object({
  commit_title: z.string().optional(),
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).optional(),
});

/** Pull requests, also as the issues that they are. */
export const pullRoutes: Route[] = [
  onRepository('GET', '/pulls', read, listPulls),
  onRepository('POST', '/pulls', write, createPull),
  onRepository('GET', '/pulls/{number}', read, (call) => json(200, pullShape(call.world.state, pullParam(call)))),
  onRepository('PATCH', '/pulls/{number}', write, (call) => {
    editPull(call, pullParam(call), bodyOf(call, edit, 'PullRequest'));
    return json(200, pullShape(call.world.state, pullParam(call)));
  }),
  onRepository('GET', '/pulls/{number}/commits', read, (call) => {
    const pull = pullParam(call);
    const commits = commitsBetween(call.world.state, pull.baseSha, pull.headSha);
    return paged(call, commits, (one) => commitShape(call.world.state, call.repository, one));
  }),
  onRepository('GET', '/pulls/{number}/files', read, (call) =>
    paged(call, changedFiles(call.world.state, pullParam(call)), (one) => ({
      filename: one.path,
      status: one.status,
      additions: one.additions,
      deletions: one.deletions,
      changes: one.additions + one.deletions,
    })),
  ),
  onRepository('GET', '/pulls/{number}/merge', read, (call) => {
    if (!pullParam(call).merged) throw new Refusal(404, 'Not Found');
    return { status: 204 };
  }),
  onRepository('PUT', '/pulls/{number}/merge', [{ contents: 'write' }], mergePull),
  onRepository('GET', '/issues/{number}', readIssue, (call) =>
    json(200, issueShape(call.world.state, pullParam(call))),
  ),
  onRepository('PATCH', '/issues/{number}', writeIssue, (call) => {
    const asked = bodyOf(call, editIssue, 'Issue');
    const pull = pullParam(call);
    editPull(call, pull, asked);
    if (asked.labels)
      setLabels(
        call,
        pull,
        asked.labels.map((one) => (typeof one === 'string' ? one : one.name)),
      );
    return json(200, issueShape(call.world.state, pull));
  }),
];

/** The pull request whose number is in the path. */
export function pullParam(call: RepositoryCall): PullRequest {
  return pullOf(call.repository, numberParam(call, 'number'));
}

/** Makes the pull request have exactly these labels. */
export function setLabels(call: RepositoryCall, pull: PullRequest, names: readonly string[]): void {
  const wanted = new Set(names.map((name) => name.trim().toLowerCase()));
  for (const label of [...pull.labels]) {
    if (!wanted.has(label.name.toLowerCase()))
      call.world.removeLabel(call.repository, pull.number, label.name, call.by);
  }
  for (const name of names) call.world.addLabel(call.repository, pull.number, name, call.by);
}

function listPulls(call: RepositoryCall): Answer {
  const state = call.query.get('state') ?? 'open';
  const [head, base] = [call.query.get('head'), call.query.get('base')];
  const found = [...call.repository.pulls.values()].filter((pull) => {
    if (state !== 'all' && pull.state !== state) return false;
    // GitHub ignores a head without an owner.
    if (head?.includes(':') && headLabel(pull).toLowerCase() !== head.toLowerCase()) return false;
    return base === null || pull.baseRef === base;
  });
  const byUpdate = call.query.get('sort') === 'updated';
  const direction = call.query.get('direction') ?? (byUpdate ? 'asc' : 'desc');
  const ordered = sorted(found, (pull) => (byUpdate ? pull.updatedAt : pull.createdAt), direction);
  return paged(call, ordered, (pull) => simplePullShape(call.world.state, pull));
}

/** `branch` or `owner:branch`; the owner's fork of this repository, or the repository itself. */
function headOf(
  call: RepositoryCall,
  head: string,
  name: string | undefined,
): { branch: string; repository: Repository } {
  const colon = head.indexOf(':');
  if (colon < 0) return { branch: head, repository: call.repository };
  const owner = head.slice(0, colon).toLowerCase();
  const repository = call.world.repositories().find((one) => {
    if (one.owner.login.toLowerCase() !== owner) return false;
    if (name !== undefined) return one.name.toLowerCase() === name.toLowerCase();
    return one === call.repository || one.parent === call.repository || call.repository.parent === one;
  });
  if (!repository) throw invalid('PullRequest', 'head', 'invalid');
  return { branch: head.slice(colon + 1), repository };
}

function createPull(call: RepositoryCall): Answer {
  const asked = bodyOf(call, newPull, 'PullRequest');
  const head = headOf(call, asked.head, asked.head_repo);
  const number = call.world.openPullRequest({
    repo: call.repository,
    head: head.branch,
    headRepository: head.repository,
    base: asked.base,
    title: asked.title,
    body: asked.body ?? '',
    draft: asked.draft ?? false,
    author: call.by,
  });
  return json(201, pullShape(call.world.state, pullOf(call.repository, number)));
}

function editPull(call: RepositoryCall, pull: PullRequest, asked: z.output<typeof edit>): void {
  const change = {
    ...(asked.title === undefined ? {} : { title: asked.title }),
    ...(typeof asked.body === 'string' ? { body: asked.body } : {}),
  };
  call.world.editPullRequest(call.repository, pull.number, change, call.by);
  if (asked.state === 'closed') call.world.close(call.repository, pull.number, call.by);
  if (asked.state === 'open') call.world.reopen(call.repository, pull.number, call.by);
}

function mergePull(call: RepositoryCall): Answer {
  const asked = bodyOf(call, merge, 'PullRequest');
  if (asked.merge_method === 'rebase') throw new Refusal(405, 'Rebase merges are not allowed on this repository.');
  const sha = call.world.merge(call.repository, pullParam(call).number, {
    method: asked.merge_method,
    sha: asked.sha,
    title: asked.commit_title,
    by: call.by,
  });
  return json(200, { sha, merged: true, message: 'Pull Request successfully merged' });
}
