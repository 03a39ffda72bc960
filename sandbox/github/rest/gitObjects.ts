import { blobShape, treeLineShape } from '../shapes/git.ts';
import { apiUrl } from '../shapes/account.ts';
import { resolveRef } from '../world/branches.ts';
import { commitAt, readBlob } from '../world/git.ts';
import { fullName } from '../world/repositories.ts';
import { listTree, objectOf, walkTree, type Place, type TreeEntry } from '../world/trees.ts';
import { notFound, Refusal } from '../refusal.ts';
import { json, onRepository, type Answer, type RepositoryCall, type Route } from './route.ts';

const readContents = [{ contents: 'read' }] as const;

/** Git's trees and blobs. */
export const gitObjectRoutes: Route[] = [
  onRepository('GET', '/git/trees/{sha...}', readContents, readTree),
  onRepository('GET', '/git/blobs/{sha}', readContents, readBlobOf),
];

/** GitHub's limits for a recursive listing: entries, and bytes of what `git ls-tree` prints of them. */
const mostEntries = 100_000;
const mostBytes = 7 * 1024 * 1024;

/** A tree by its own sha, a commit's or a ref; GitHub repeats the commit's sha where a commit led to the tree. */
function treeParam(call: RepositoryCall): { place: Place; sha: string } {
  const asked = call.params['sha'] ?? '';
  const commit = resolveRef(call.repository, asked);
  if (commit !== undefined)
    return { place: { files: commitAt(call.world.state, commit).files, path: '' }, sha: commit };
  const found = objectOf(call.world.state, call.repository, asked);
  if (found === undefined || found === 'blob') throw notFound();
  return { place: found, sha: asked };
}

function readTree(call: RepositoryCall): Answer {
  if (call.repository.branches.size === 0) throw new Refusal(409, 'Git Repository is empty.');
  const { place, sha } = treeParam(call);
  const recursive = call.query.has('recursive');
  const limit = Math.min(mostEntries, call.mostTreeEntries ?? mostEntries);
  const entries = recursive ? walkTree(place.files, place.path) : listTree(place.files, place.path);
  const tree: ReturnType<typeof treeLineShape>[] = [];
  let bytes = 0;
  let truncated = false;
  for (const entry of entries) {
    const path = pathBelow(place, entry, recursive);
    bytes += `${entry.mode} ${entry.type} ${entry.sha}\t\n`.length + Buffer.byteLength(path);
    truncated = tree.length >= limit || (recursive && bytes > mostBytes);
    if (truncated) break;
    tree.push(treeLineShape(call.world.state, call.repository, entry, path));
  }
  const url = apiUrl(call.world.state, `/repos/${fullName(call.repository)}/git/trees/${sha}`);
  return json(200, { sha, url, tree, truncated });
}

function pathBelow(place: Place, entry: TreeEntry, recursive: boolean): string {
  if (!recursive) return entry.name;
  return place.path === '' ? entry.path : entry.path.slice(place.path.length + 1);
}

function readBlobOf(call: RepositoryCall): Answer {
  const sha = call.params['sha'] ?? '';
  if (objectOf(call.world.state, call.repository, sha) !== 'blob') throw notFound();
  if (/\.raw(?:\+json)?\b/.test(call.accept)) {
    const bytes = readBlob(call.world.state, sha);
    return { status: 200, raw: { type: 'application/vnd.github.raw; charset=utf-8', bytes } };
  }
  return json(200, blobShape(call.world.state, call.repository, sha));
}
