import { z } from 'zod';
import { posix } from 'node:path';
import { commitShape, entryShape, fileShape, pointerShape } from '../shapes/git.ts';
import { resolveRef } from '../world/branches.ts';
import { commitAt, readBlob } from '../world/git.ts';
import type { Files, State } from '../world/model.ts';
import { entryAt, listTree, type TreeEntry } from '../world/trees.ts';
import { notFound, Refusal } from '../refusal.ts';
import { bodyOf } from './body.ts';
import { json, onRepository, type Answer, type RepositoryCall, type Route } from './route.ts';

const readContents = [{ contents: 'read' }] as const;
const writeContents = [{ contents: 'write' }] as const;

const put = z.object({
  message: z.string(),
  content: z.base64(),
  sha: z.string().optional(),
  branch: z.string().optional(),
});
const remove = z.object({ message: z.string(), sha: z.string(), branch: z.string().optional() });

/** Files of a commit, and commits of one file. */
export const contentRoutes: Route[] = [
  onRepository('GET', '/contents', readContents, readPath),
  onRepository('GET', '/contents/{path...}', readContents, readPath),
  onRepository('PUT', '/contents/{path...}', writeContents, writeFile),
  onRepository('DELETE', '/contents/{path...}', writeContents, deleteFile),
];

/** What is at the path: a file, or a directory's entries; undefined if nothing. */
function lookUp(files: Files, path: string): TreeEntry | readonly TreeEntry[] | undefined {
  const found = path === '' ? undefined : entryAt(files, path);
  return path === '' || found?.type === 'tree' ? listTree(files, path) : found;
}

/** The file that a symbolic link leads to within the repository, as GitHub shows it in the link's place. */
function followed(state: State, files: Files, link: TreeEntry): TreeEntry | undefined {
  const target = posix.join(posix.dirname(link.path), readBlob(state, link.sha).toString('utf8'));
  const found = entryAt(files, target);
  return found?.mode.startsWith('100') ? found : undefined;
}

function readPath(call: RepositoryCall): Answer {
  const ref = call.query.get('ref') ?? call.repository.defaultBranch;
  const sha = resolveRef(call.repository, ref);
  if (sha === undefined) throw new Refusal(404, `No commit found for the ref ${ref}`);
  const { files } = commitAt(call.world.state, sha);
  const there = lookUp(files, (call.params['path'] ?? '').replace(/\/+$/, ''));
  if (!there) throw notFound();
  if (!('sha' in there)) {
    return json(
      200,
      there.map((entry) => entryShape(call.world.state, call.repository, entry, ref)),
    );
  }
  const found = there.mode === '120000' ? followed(call.world.state, files, there) : there;
  if (found?.type !== 'blob') return json(200, pointerShape(call.world.state, call.repository, there, ref));
  if (/\.raw(?:\+json)?\b/.test(call.accept)) {
    return {
      status: 200,
      raw: { type: 'application/vnd.github.raw; charset=utf-8', bytes: readBlob(call.world.state, found.sha) },
    };
  }
  return json(200, fileShape(call.world.state, call.repository, found, ref));
}

/** The blob at the path of the branch, undefined if there is none. Throws a 404 for an unknown branch. */
function currentBlob(call: RepositoryCall, branch: string, path: string): string | undefined {
  const tip = call.repository.branches.get(branch);
  if (tip === undefined && call.repository.branches.size > 0) throw new Refusal(404, `Branch ${branch} not found`);
  return tip === undefined ? undefined : commitAt(call.world.state, tip).files.get(path)?.sha;
}

function refuseStale(path: string, current: string | undefined, given: string | undefined): void {
  if (current !== undefined && given === undefined)
    throw new Refusal(422, 'Invalid request.\n\n"sha" wasn\'t supplied.');
  if (given !== undefined && current !== given) throw new Refusal(409, `${path} does not match ${given}`);
}

function writeFile(call: RepositoryCall): Answer {
  const asked = bodyOf(call, put, 'Content');
  const path = call.params['path'] ?? '';
  const branch = asked.branch ?? call.repository.defaultBranch;
  const before = currentBlob(call, branch, path);
  refuseStale(path, before, asked.sha);
  const content = Buffer.from(asked.content, 'base64');
  const sha = call.world.commit(call.repository, branch, { [path]: content }, asked.message, call.by);
  const commit = commitAt(call.world.state, sha);
  const entry = entryAt(commit.files, path);
  return json(before === undefined ? 201 : 200, {
    content: entry && entryShape(call.world.state, call.repository, entry, branch),
    commit: flatCommit(call, sha),
  });
}

function deleteFile(call: RepositoryCall): Answer {
  // Some clients put a DELETE's fields into the query.
  const fromQuery = Object.fromEntries(call.query);
  const fromBody = typeof call.body === 'object' ? call.body : {};
  const asked = bodyOf({ ...call, body: { ...fromQuery, ...fromBody } }, remove, 'Content');
  const path = call.params['path'] ?? '';
  const branch = asked.branch ?? call.repository.defaultBranch;
  const before = currentBlob(call, branch, path);
  if (before === undefined) throw notFound();
  refuseStale(path, before, asked.sha);
  const sha = call.world.commit(call.repository, branch, { [path]: null }, asked.message, call.by);
  return json(200, { content: null, commit: flatCommit(call, sha) });
}

/** The contents API shows a commit without the layer around it. */
function flatCommit(call: RepositoryCall, sha: string) {
  const { commit, ...around } = commitShape(call.world.state, call.repository, commitAt(call.world.state, sha));
  const { url, html_url: htmlUrl, parents } = around;
  return { ...commit, sha, url, html_url: htmlUrl, parents };
}
