import type { components } from '@octokit/openapi-types';
import type { Commit, Repository, State } from '../world/model.ts';
import { readBlob, type TreeEntry } from '../world/git.ts';
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

/** A branch as `GET …/git/ref/heads/…` shows it. */
export function refShape(state: State, repository: Repository, branch: string, sha: string) {
  const base = apiUrl(state, `/repos/${fullName(repository)}`);
  return {
    ref: `refs/heads/${branch}`,
    url: `${base}/git/refs/heads/${branch}`,
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
    type: isFile ? ('file' as const) : ('dir' as const),
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
  const content = small ? bytes.toString('base64').replace(/(.{60})/g, '$1\n') : '';
  return { ...entryShape(state, repository, entry, ref), type: 'file', encoding: small ? 'base64' : 'none', content };
}
