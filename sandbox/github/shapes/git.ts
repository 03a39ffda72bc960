import type { components } from '@octokit/openapi-types';
import type { Commit, Repository, State } from '../world/model.ts';
import { readBlob } from '../world/git.ts';
import type { TreeEntry } from '../world/trees.ts';
import { nodeId } from '../world/ids.ts';
import { fullName } from '../world/repositories.ts';
import { apiUrl, time, userShape } from './account.ts';

/** A commit's e-mail address, GitHub's kind for those who hide theirs. */
function email(state: State, login: string): string {
  return `${login}@users.noreply.${new URL(state.url).hostname}`;
}

/** A commit as `GET …/commits/REF` shows it, without its files. */
export function commitShape(state: State, repository: Repository, commit: Commit) {
  const base = apiUrl(state, `/repos/${fullName(repository)}`);
  const author = { name: commit.author.login, email: email(state, commit.author.login), date: time(commit.at) };
  return {
    sha: commit.sha,
    url: `${base}/commits/${commit.sha}`,
    html_url: `${state.url}/${fullName(repository)}/commit/${commit.sha}`,
    commit: {
      author,
      committer: author,
      message: commit.message,
      tree: { sha: commit.treeSha, url: `${base}/git/trees/${commit.treeSha}` },
      url: `${base}/git/commits/${commit.sha}`,
      comment_count: 0,
    },
    author: userShape(state, commit.author),
    committer: userShape(state, commit.author),
    parents: commit.parents.map((sha) => ({
      sha,
      url: `${base}/commits/${sha}`,
      html_url: `${state.url}/${fullName(repository)}/commit/${sha}`,
    })),
  };
}

/** A ref such as `heads/main` as `GET …/git/ref/…` shows it. */
export function refShape(state: State, repository: Repository, ref: string, sha: string) {
  const base = apiUrl(state, `/repos/${fullName(repository)}`);
  return {
    ref: `refs/${ref}`,
    url: `${base}/git/refs/${ref}`,
    object: { type: 'commit', sha, url: `${base}/git/commits/${sha}` },
  };
}

/** One line of a directory, as the contents API shows it. */
export function entryShape(state: State, repository: Repository, entry: TreeEntry, ref: string) {
  const name = fullName(repository);
  const path = entry.path.split('/').map(encodeURIComponent).join('/');
  const self = apiUrl(state, `/repos/${name}/contents/${path}?ref=${encodeURIComponent(ref)}`);
  const isFile = entry.type === 'blob';
  const git = apiUrl(state, `/repos/${name}/git/${isFile ? 'blobs' : 'trees'}/${entry.sha}`);
  const html = `${state.url}/${name}/${isFile ? 'blob' : 'tree'}/${encodeURIComponent(ref)}/${path}`;
  return {
    type: kindOf(entry),
    size: isFile ? readBlob(state, entry.sha).byteLength : 0,
    name: entry.name,
    path: entry.path,
    sha: entry.sha,
    url: self,
    git_url: git,
    html_url: html,
    download_url: isFile ? `${state.url}/${name}/raw/${encodeURIComponent(ref)}/${path}` : null,
    _links: { self, git, html },
  };
}

/** In a list GitHub calls a submodule a file, for clients older than submodules. */
function kindOf(entry: TreeEntry): 'file' | 'dir' | 'symlink' {
  if (entry.mode === '120000') return 'symlink';
  return entry.type === 'tree' ? 'dir' : 'file';
}

/** A link that leads to no file of the repository, or a submodule, as the contents API shows it by itself. */
export function pointerShape(state: State, repository: Repository, entry: TreeEntry, ref: string) {
  const shape = entryShape(state, repository, entry, ref);
  if (entry.type === 'commit') return { ...shape, type: 'submodule' as const, submodule_git_url: null };
  return { ...shape, target: readBlob(state, entry.sha).toString('utf8') };
}

/** A line of `GET …/git/trees/…`. A submodule has neither size nor address, as its commit is elsewhere. */
export function treeLineShape(
  state: State,
  repository: Repository,
  entry: TreeEntry,
  path: string,
): components['schemas']['git-tree']['tree'][number] {
  const { mode, type, sha } = entry;
  if (type === 'commit') return { path, mode, type, sha };
  const url = apiUrl(state, `/repos/${fullName(repository)}/git/${type}s/${sha}`);
  return type === 'tree'
    ? { path, mode, type, sha, url }
    : { path, mode, type, sha, size: readBlob(state, sha).byteLength, url };
}

/** Bytes in base64 with GitHub's line breaks. */
function base64Lines(bytes: Buffer): string {
  return bytes.toString('base64').replace(/(.{60})/g, '$1\n');
}

/** A blob as `GET …/git/blobs/…` shows it. */
export function blobShape(state: State, repository: Repository, sha: string): components['schemas']['blob'] {
  const bytes = readBlob(state, sha);
  return {
    sha,
    node_id: nodeId('B', repository.id, sha),
    size: bytes.byteLength,
    url: apiUrl(state, `/repos/${fullName(repository)}/git/blobs/${sha}`),
    content: base64Lines(bytes),
    encoding: 'base64',
  };
}

/** GitHub gives no content beyond 1 MB in JSON. */
const mostContent = 1_000_000;

/** A file as the contents API shows it, its bytes in base64 with line breaks. */
export function fileShape(
  state: State,
  repository: Repository,
  entry: TreeEntry,
  ref: string,
): components['schemas']['content-file'] {
  const bytes = readBlob(state, entry.sha);
  const small = bytes.byteLength <= mostContent;
  const content = small ? base64Lines(bytes) : '';
  return { ...entryShape(state, repository, entry, ref), type: 'file', encoding: small ? 'base64' : 'none', content };
}
