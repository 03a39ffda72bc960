import { projectConfigPath, type Facts, type PullRequestRead, type Seen } from '../../core/facts.ts';
import type { PullRequestKey } from '../../core/key.ts';
import type { CloudLimits, GitHubReader, Known } from '../../core/ports.ts';
import { checkName } from '../../core/report/check.ts';
import { isoDate, shaped, wholeSeconds } from './answer.ts';
import { isTooLarge } from './capped-fetch.ts';
import { InstallationUnreachable, type GitHubClients } from './client.ts';
import { openCloudReader } from './cloud.ts';
import { cloudLimits } from '../../core/cloud-rules.ts';
import { findComments, openCommandFloor, type CommandFloor, type Comments } from './comments.ts';
import { ownDeployments } from './deployments.ts';
import { ask, isNotFoundAt, pathOf, refuseErrors } from './graphql.ts';
import { cloudOf, configOf } from './head-files.ts';
import { installations, openPullRequests, presence, repositories } from './listing.ts';
import { labelledOf } from './people.ts';
import { openPermissions } from './permission.ts';
import { isDeniedRollup, readPipeline } from './pipeline.ts';
import { commitQuery, pullRequestQuery, type CommitParts } from './queries.ts';
import { commitAnswerShape, pullRequestShape, type CommitNode, type PullRequestAnswer } from './shapes.ts';

/** Opens what Avant reads from GitHub. */
export function openGitHubReader(clients: GitHubClients, limits: CloudLimits = cloudLimits): GitHubReader {
  const by: By = { clients, floor: openCommandFloor() };
  return {
    read: (key, known) => readInSizes(by, key, known, sizes),
    presence: (installation, repository) => presence(clients, installation, repository),
    installations: () => installations(clients),
    repositories: (installation) => repositories(clients, installation),
    cloud: openCloudReader(clients, limits),
    permission: openPermissions(clients),
    openPullRequests: (installation, ids, labels) => openPullRequests(clients, installation, ids, labels),
  };
}

type By = { readonly clients: GitHubClients; readonly floor: CommandFloor };

/** How much is asked for at once. */
type Size = { readonly comments: number; readonly charts: boolean };

/**
 * Normally the first. The others are for those who make an answer too large to take: a hundred comments may have 6 MB
 * of text and more, and a folder any number of names.
 */
const sizes: readonly [Size, ...Size[]] = [
  { comments: 100, charts: true },
  { comments: 10, charts: true },
  { comments: 10, charts: false },
];

async function readInSizes(
  by: By,
  key: PullRequestKey,
  known: Known,
  [size, next, ...rest]: readonly [Size, ...Size[]],
): Promise<PullRequestRead> {
  try {
    return await read(by, key, known, size);
  } catch (error) {
    if (next === undefined || !isTooLarge(error)) throw error;
    return readInSizes(by, key, known, [next, ...rest]);
  }
}

/**
 * Reads one pull request. One call, but for further ones when our comment or a command has to be looked for among more
 * than a hundred comments, when the head has more than a hundred checks, and one when the list of commits does not end
 * with the head (a branch reset to its base has none). Where checks may not be read it is all done again with a new token, once
 * in ten seconds at most.
 *
 * NOT_FOUND for the repository or the pull request, and no token because the installation is gone or suspended, are
 * `not-found`: only `presence` tells which. Anything else that is not the whole answer is thrown.
 */
async function read(by: By, key: PullRequestKey, known: Known, size: Size): Promise<PullRequestRead> {
  const { clients, floor } = by;
  const { comment, environments, lastCommand } = known;
  const parts = { comment: comment !== undefined, deployments: environments.length > 0, charts: size.charts };
  const ofCommit = {
    path: projectConfigPath,
    appId: clients.appId,
    checkName,
    ...(parts.deployments ? { environments } : {}),
  };
  const answer = await askUnlessUnreachable(clients, key, pullRequestQuery(parts), {
    repository: key.repository,
    number: key.number,
    comments: size.comments,
    ...ofCommit,
    ...(parts.comment ? { comment } : {}),
  });
  if (answer.kind === 'not-found') return answer;
  const { repository, remembered } = shaped(pullRequestShape, answer.data, 'GitHub on the pull request');
  const { headRefOid, commits, comments: newest } = repository.pullRequest;
  const listed = commits.nodes[0]?.commit;
  const head: Head =
    listed?.oid === headRefOid
      ? { commit: listed, denied: answer.denied }
      : await readCommit(clients, key, { ...ofCommit, oid: headRefOid }, parts);
  const page = { newest, remembered: remembered ?? undefined, perPage: size.comments };
  const comments = await findComments({ clients, key, lastCommand, floor, ...page });
  const pipeline = head.denied ? ({ kind: 'denied' } as const) : await readPipeline(clients, key, head.commit);
  // It may have been granted since the token was made.
  if (pipeline.kind === 'denied' && (await clients.renew(key.installation))) return read(by, key, known, size);
  return {
    kind: 'found',
    facts: factsOf(repository, head.commit, pipeline, answer.readAt),
    seen: seenOf(key, repository, head.commit, comments.ours),
    comments: comments.commands,
  };
}

/** `denied`: the installation has not granted reading its statuses. */
type Head = { readonly commit: CommitNode; readonly denied: boolean };

type Asked =
  | { readonly kind: 'answer'; readonly data: unknown; readonly readAt: string; readonly denied: boolean }
  | Extract<PullRequestRead, { kind: 'not-found' }>;

async function askUnlessUnreachable(
  clients: GitHubClients,
  key: PullRequestKey,
  query: string,
  variables: object,
): Promise<Asked> {
  try {
    const { data, errors, readAt } = await ask(clients, key.installation, query, { ...variables });
    const denied = errors.some(isDeniedRollup);
    const others = errors.filter((error) => !isDeniedRollup(error));
    refuseErrors(others, (error) => isNotFoundAt(error, /^(repository(\.pullRequest)?|remembered)$/));
    if (others.some((error) => pathOf(error) !== 'remembered')) return { kind: 'not-found', readAt };
    // A null that no error explains is no answer.
    if (others.length === 0 && isNullAt(data, 'remembered')) {
      throw new Error('GitHub gave null for our comment, without saying why');
    }
    return { kind: 'answer', data, readAt, denied };
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
  parts: CommitParts,
): Promise<Head> {
  const { data, errors } = await ask(clients, key.installation, commitQuery(parts), {
    ...variables,
    repository: key.repository,
  });
  refuseErrors(errors, isDeniedRollup);
  const { object } = shaped(commitAnswerShape, data, 'GitHub on the head commit').repository;
  if (object.oid !== variables['oid']) throw new Error('GitHub gave another commit than the head');
  return { commit: object, denied: errors.length > 0 };
}

function factsOf(
  repository: PullRequestAnswer['repository'],
  head: CommitNode,
  pipeline: Facts['pipeline'],
  readAt: string,
): Facts {
  const { pullRequest } = repository;
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
      fork: pullRequest.isCrossRepository || pullRequest.headRepository?.id !== repository.id,
    },
    // Read of a fork's commit, too: the base repository has the commits of its pull requests.
    config: configOf(head.file),
    cloud: cloudOf(head),
    labelled: labelledOf(pullRequest.labels, pullRequest.timelineItems.nodes),
    pipeline,
  };
}

function seenOf(
  key: PullRequestKey,
  repository: PullRequestAnswer['repository'],
  head: CommitNode,
  comments: Comments['ours'],
): Seen {
  const checks = head.checkSuites.nodes.flatMap(({ checkRuns }) =>
    checkRuns.nodes.flatMap(({ databaseId, status }) =>
      databaseId === null ? [] : [{ id: databaseId, completed: status === 'COMPLETED' }],
    ),
  );
  const deployments = [...(head.deployments?.nodes ?? []), ...(repository.deployments?.nodes ?? [])];
  return {
    ...comments,
    check: checks.toSorted((a, b) => a.id - b.id).at(-1),
    deployments: ownDeployments(key, deployments),
  };
}
