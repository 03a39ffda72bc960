import { projectConfigPath, type ConfigFile, type PullRequestRead, type Seen } from '../../core/facts.ts';
import type { PullRequestKey } from '../../core/key.ts';
import type { GitHubReader } from '../../core/ports.ts';
import { checkName } from '../../core/report/check.ts';
import { isoDate, shaped, wholeSeconds } from './answer.ts';
import { InstallationUnreachable, type GitHubClients } from './client.ts';
import { ask, pathOf, refuseErrors } from './graphql.ts';
import { installations, openPullRequests, presence, repositories } from './listing.ts';
import { findComments, ownDeployments, type Comments } from './ours.ts';
import { commitQuery, pullRequestQuery } from './queries.ts';
import {
  commitAnswerShape,
  pullRequestShape,
  type CommitNode,
  type FileNode,
  type PullRequestAnswer,
} from './shapes.ts';

/** Larger than any project config that a person writes. */
const mostConfigBytes = 64 * 1024;

/** Opens what Avant reads from GitHub. */
export function openGitHubReader(clients: GitHubClients): GitHubReader {
  return {
    read: (key, known) => read(clients, key, known),
    presence: (installation, repository) => presence(clients, installation, repository),
    installations: () => installations(clients),
    repositories: (installation) => repositories(clients, installation),
    openPullRequests: (installation, ids, labels) => openPullRequests(clients, installation, ids, labels),
  };
}

/**
 * Reads one pull request. One call, but for a further one when our comment has to be looked for among more than a
 * hundred, and one when the list of commits does not end with the head (a branch reset to its base has none).
 *
 * NOT_FOUND for the repository or the pull request, and no token because the installation is gone or suspended, are
 * `not-found`: only `presence` tells which. Anything else that is not the whole answer is thrown.
 */
async function read(
  clients: GitHubClients,
  key: PullRequestKey,
  known: Parameters<GitHubReader['read']>[1],
): Promise<PullRequestRead> {
  const parts = { comment: known.comment !== undefined, deployments: known.environments.length > 0 };
  const ofCommit = {
    path: projectConfigPath,
    appId: clients.appId,
    checkName,
    ...(parts.deployments ? { environments: known.environments } : {}),
  };
  const answer = await askUnlessUnreachable(clients, key, pullRequestQuery(parts), {
    repository: key.repository,
    number: key.number,
    ...ofCommit,
    ...(parts.comment ? { comment: known.comment } : {}),
  });
  if (answer.kind === 'not-found') return answer;
  const { readAt } = answer;
  const { repository, remembered } = shaped(pullRequestShape, answer.data, 'GitHub on the pull request');
  const listed = repository.pullRequest.commits.nodes[0]?.commit;
  const head =
    listed?.oid === repository.pullRequest.headRefOid
      ? listed
      : await readCommit(clients, key, { ...ofCommit, oid: repository.pullRequest.headRefOid }, parts);
  const comments = await findComments(clients, key, repository.pullRequest.comments, remembered ?? undefined);
  return { kind: 'found', facts: factsOf(repository, head, readAt), seen: seenOf(key, repository, head, comments) };
}

type Asked =
  | { readonly kind: 'answer'; readonly data: unknown; readonly readAt: string }
  | Extract<PullRequestRead, { kind: 'not-found' }>;

async function askUnlessUnreachable(
  clients: GitHubClients,
  key: PullRequestKey,
  query: string,
  variables: object,
): Promise<Asked> {
  try {
    const { data, errors, readAt } = await ask(clients, key.installation, query, { ...variables });
    refuseErrors(errors, (path) => path === 'repository' || path === 'repository.pullRequest' || path === 'remembered');
    if (errors.some((error) => pathOf(error) !== 'remembered')) return { kind: 'not-found', readAt };
    // A null that no error explains is no answer.
    if (errors.length === 0 && isNullAt(data, 'remembered')) {
      throw new Error('GitHub gave null for our comment, without saying why');
    }
    return { kind: 'answer', data, readAt };
  } catch (error) {
    if (!(error instanceof InstallationUnreachable)) throw error;
    return { kind: 'not-found', readAt: isoDate(error.date) ?? wholeSeconds(clients.clock.now()) };
  }
}

function isNullAt(data: unknown, field: string): boolean {
  return typeof data === 'object' && data !== null && (data as Readonly<Record<string, unknown>>)[field] === null;
}

async function readCommit(
  clients: GitHubClients,
  key: PullRequestKey,
  variables: Readonly<Record<string, unknown>>,
  parts: { deployments: boolean },
): Promise<CommitNode> {
  const { data, errors } = await ask(clients, key.installation, commitQuery(parts), {
    ...variables,
    repository: key.repository,
  });
  refuseErrors(errors);
  const { object } = shaped(commitAnswerShape, data, 'GitHub on the head commit').repository;
  if (object.oid !== variables['oid']) throw new Error('GitHub gave another commit than the head');
  return object;
}

function factsOf(repository: PullRequestAnswer['repository'], head: CommitNode, readAt: string) {
  const { pullRequest } = repository;
  const fork = pullRequest.isCrossRepository || pullRequest.headRepository?.id !== repository.id;
  return {
    readAt,
    repository: {
      owner: repository.owner.login,
      name: repository.name,
      private: repository.isPrivate,
      url: repository.url,
    },
    pullRequest: {
      state: ({ OPEN: 'open', CLOSED: 'closed', MERGED: 'merged' } as const)[pullRequest.state],
      url: pullRequest.url,
      // GitHub shows the account of somebody who left as this one.
      author: pullRequest.author?.login ?? 'ghost',
      labels: pullRequest.labels,
      headSha: pullRequest.headRefOid,
      headRef: pullRequest.headRefName,
      fork,
    },
    config: fork ? ({ kind: 'absent' } as const) : configOf(head.file),
  };
}

function configOf(file: FileNode | null): ConfigFile {
  if (file === null) return { kind: 'absent' };
  const unreadable = (why: string): ConfigFile => ({ kind: 'unreadable', why });
  // 120000 is Git's mode of a symbolic link; its text would be the target's path.
  if (file.mode === 0o120000) return unreadable('it is a symbolic link; make it a plain file');
  const blob = file.object;
  if (blob?.__typename !== 'Blob') return unreadable('it is no file');
  const { byteSize } = blob;
  if (byteSize > mostConfigBytes) return unreadable(`it has ${byteSize} bytes; ${mostConfigBytes} are the most`);
  if (blob.isBinary !== false || blob.text === null) return unreadable('it is no UTF-8 text');
  if (blob.isTruncated) return unreadable('GitHub gave only a part of it');
  return { kind: 'file', text: blob.text };
}

function seenOf(
  key: PullRequestKey,
  repository: PullRequestAnswer['repository'],
  head: CommitNode,
  comments: Comments,
): Seen {
  const checks = head.checkSuites.nodes.flatMap(({ checkRuns }) =>
    checkRuns.nodes.flatMap(({ databaseId }) => databaseId ?? []),
  );
  const deployments = [...(head.deployments?.nodes ?? []), ...(repository.deployments?.nodes ?? [])];
  return {
    ...comments,
    check: checks.length === 0 ? undefined : { id: Math.max(...checks) },
    deployments: ownDeployments(key, deployments),
  };
}
