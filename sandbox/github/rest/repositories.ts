import { z } from 'zod';
import { commitShape, refShape } from '../shapes/git.ts';
import { fullRepositoryShape } from '../shapes/repository.ts';
import { commitAt } from '../world/git.ts';
import { resolveRef, tipOf } from '../world/branches.ts';
import { mayDo } from '../auth.ts';
import { notFound, Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { json, noContent, onRepository, paged, type Answer, type RepositoryCall, type Route } from './route.ts';

const readMetadata = [{ metadata: 'read' }] as const;
const administer = [{ administration: 'write' }] as const;
const readContents = [{ contents: 'read' }] as const;
const writeContents = [{ contents: 'write' }] as const;

const edit = z.object({
  name: z.string().optional(),
  description: z.string().nullish(),
  private: z.boolean().optional(),
  visibility: z.enum(['public', 'private']).optional(),
  archived: z.boolean().optional(),
});
const sha = z.string().regex(/^[0-9a-f]{40}$/, 'is not 40 hexadecimal digits');
const newRef = z.object({ ref: z.string(), sha });
const movedRef = z.object({ sha, force: z.boolean().optional() });
const newFork = z.object({ organization: z.string().optional(), name: z.string().optional() });

/** A repository itself, its forks, branches and commits. */
export const repositoryRoutes: Route[] = [
  onRepository('GET', '', readMetadata, (call) => json(200, shape(call))),
  onRepository('PATCH', '', administer, editRepository),
  onRepository('DELETE', '', administer, (call) => {
    call.world.deleteRepository(call.repository, call.by);
    return noContent;
  }),
  onRepository('POST', '/forks', [{ administration: 'write', contents: 'read' }], (call) => {
    const asked = bodyOf(call, newFork, 'Fork');
    const options = asked.name === undefined ? {} : { name: asked.name };
    const fork = call.world.forkRepository(call.repository, asked.organization ?? call.by, options);
    return json(202, fullRepositoryShape(call.world.state, fork, true));
  }),
  onRepository('GET', '/forks', readMetadata, (call) =>
    paged(
      call,
      call.world.repositories().filter((one) => one.parent === call.repository),
      (one) => fullRepositoryShape(call.world.state, one, false),
    ),
  ),
  onRepository('GET', '/branches', readContents, (call) =>
    paged(call, [...call.repository.branches], ([name, tip]) => ({ name, commit: { sha: tip }, protected: false })),
  ),
  onRepository('GET', '/branches/{branch...}', readContents, (call) => {
    const branch = call.params['branch'] ?? '';
    const tip = tipOf(call.repository, branch);
    const commit = commitShape(call.world.state, call.repository, commitAt(call.world.state, tip));
    return json(200, { name: branch, commit, protected: false });
  }),
  onRepository('GET', '/commits/{ref...}', readContents, (call) => {
    const found = resolveRef(call.repository, call.params['ref'] ?? '');
    if (found === undefined) throw new Refusal(422, `No commit found for SHA: ${call.params['ref'] ?? ''}`);
    return json(200, commitShape(call.world.state, call.repository, commitAt(call.world.state, found)));
  }),
  onRepository('GET', '/git/ref/{ref...}', readContents, (call) => {
    // There are branches and the heads of pull requests here, and no tags.
    const ref = call.params['ref'] ?? '';
    const found = /^(?:heads\/|pull\/\d+\/head$)/.test(ref) ? resolveRef(call.repository, `refs/${ref}`) : undefined;
    if (found === undefined) throw notFound();
    return json(200, refShape(call.world.state, call.repository, ref, found));
  }),
  onRepository('POST', '/git/refs', writeContents, (call) => {
    const asked = bodyOf(call, newRef, 'Reference');
    const branch = /^refs\/heads\/(.+)$/.exec(asked.ref)?.[1];
    if (branch === undefined)
      throw new Refusal(422, "This sandbox has branches only: ref must start with 'refs/heads/'.");
    const tip = call.world.createBranch(call.repository, branch, asked.sha, call.by);
    return json(201, refShape(call.world.state, call.repository, `heads/${branch}`, tip));
  }),
  onRepository('PATCH', '/git/refs/{ref...}', writeContents, (call) => {
    const asked = bodyOf(call, movedRef, 'Reference');
    const branch = branchParam(call);
    call.world.push(call.repository, branch, asked.sha, { force: asked.force ?? false, by: call.by });
    return json(200, refShape(call.world.state, call.repository, `heads/${branch}`, asked.sha));
  }),
  onRepository('DELETE', '/git/refs/{ref...}', writeContents, (call) => {
    call.world.deleteBranch(call.repository, branchParam(call), call.by);
    return noContent;
  }),
];

/** The branch in `heads/…`, whose slashes clients may encode. Throws a 404 for any other ref: there are no tags here. */
function branchParam(call: RepositoryCall): string {
  const branch = /^heads\/(.+)$/.exec(call.params['ref'] ?? '')?.[1];
  if (branch === undefined) throw notFound();
  return branch;
}

function shape(call: RepositoryCall) {
  return fullRepositoryShape(call.world.state, call.repository, mayDo(call.viewer, writeContents));
}

function editRepository(call: RepositoryCall): Answer {
  const asked = bodyOf(call, edit, 'Repository');
  const isPrivate = asked.private ?? (asked.visibility === undefined ? undefined : asked.visibility === 'private');
  const change = { private: isPrivate, archived: asked.archived, description: asked.description ?? undefined };
  call.world.editRepository(call.repository, change, call.by);
  if (asked.name !== undefined) call.world.renameRepository(call.repository, asked.name, call.by);
  return json(200, shape(call));
}
