import * as z from 'zod';
import type { RepositoryListing } from '../../core/ports.ts';
import { saysNotFound, shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';
import { mayCommand } from './comments.ts';
import { ask, isNotFoundAt, pathOf, refuseErrors } from './graphql.ts';
import { nextOpenPullRequestsQuery, openPullRequestsQuery } from './queries.ts';
import { nextOpenPullRequestsShape, openPullRequestsAnswerShape, type CommentNode, type OpenPullRequestPage } from './shapes.ts';

const perPage = 100;
/** GitHub refuses a query that could bring 500,000 nodes; this one could bring 20 × 100 × 101. */
const repositoriesAtOnce = 20;
/** More pages than that in one list are not believed. */
const mostPages = 1_000;

const installationShape = z.object({ id: z.int().positive(), suspended_at: z.string().nullish() });
const repositoriesShape = z.object({
  total_count: z.int(),
  repositories: z.array(z.object({ node_id: z.string().min(1) })),
});

/**
 * Whether GitHub tells the App that the repository is within its reach. `gone`: it says that there is no such
 * installation (and answers the App otherwise), or the installation's complete list of repositories is without it. A
 * suspended installation is not gone; whatever else comes is thrown.
 */
export async function presence(
  clients: GitHubClients,
  installation: number,
  repository: string,
): Promise<'present' | 'suspended' | 'gone'> {
  try {
    const { data } = await clients.app.rest.apps.getInstallation({ installation_id: installation });
    if (shaped(installationShape, data, 'GitHub on the installation').suspended_at) return 'suspended';
  } catch (error) {
    if (!saysNotFound(error)) throw error;
    // Where everything is "not found", that says nothing about the installation.
    const { data } = await clients.app.rest.apps.getAuthenticated();
    shaped(z.object({ id: z.int() }), data, 'GET /app');
    return 'gone';
  }
  return (await repositories(clients, installation)).includes(repository) ? 'present' : 'gone';
}

/** Every installation of the App. */
export async function installations(clients: GitHubClients): Promise<readonly { id: number; suspended: boolean }[]> {
  const found: { id: number; suspended: boolean }[] = [];
  for (let page = 1; page <= mostPages; page++) {
    const { data, headers } = await clients.app.rest.apps.listInstallations({ per_page: perPage, page });
    for (const { id, suspended_at } of shaped(z.array(installationShape), data, 'GitHub on the installations')) {
      found.push({ id, suspended: Boolean(suspended_at) });
    }
    if (!headers.link?.includes('rel="next"')) return found;
  }
  throw new Error('GitHub gives no end of installations');
}

/** Node ids of every repository of an installation. */
export async function repositories(clients: GitHubClients, installation: number): Promise<readonly string[]> {
  const octokit = clients.installation(installation);
  const ids = new Set<string>();
  for (let page = 1; page <= mostPages; page++) {
    const { data } = await octokit.rest.apps.listReposAccessibleToInstallation({ per_page: perPage, page });
    const { total_count: total, repositories: some } = shaped(repositoriesShape, data, 'GitHub on the repositories');
    for (const { node_id } of some) ids.add(node_id);
    if (ids.size === total) return [...ids];
    if (some.length === 0) throw new Error(`GitHub speaks of ${total} repositories and gives ${ids.size}`);
  }
  throw new Error('GitHub gives no end of repositories');
}

/**
 * Open pull requests of some repositories. A repository that GitHub does not find is left out; every other gap is
 * thrown.
 */
export async function openPullRequests(
  clients: GitHubClients,
  installation: number,
  ids: readonly string[],
  labels: readonly string[] | undefined,
): Promise<readonly RepositoryListing[]> {
  if (labels?.length === 0) throw new Error('openPullRequests: name a label, or leave the labels out');
  const found: RepositoryListing[] = [];
  for (let start = 0; start < ids.length; start += repositoriesAtOnce) {
    found.push(
      ...(await someRepositories(clients, installation, ids.slice(start, start + repositoriesAtOnce), labels)),
    );
  }
  return found;
}

async function someRepositories(
  clients: GitHubClients,
  installation: number,
  ids: readonly string[],
  labels: readonly string[] | undefined,
): Promise<readonly RepositoryListing[]> {
  const query = openPullRequestsQuery({ labelled: labels !== undefined });
  const answer = await ask(clients, installation, query, { ids, ...(labels && { labels, label: labels[0] }) });
  refuseErrors(answer.errors, (error) => isNotFoundAt(error, /^nodes\.\d+$/));
  const missing = new Set(answer.errors.map(pathOf));
  const { nodes } = shaped(openPullRequestsAnswerShape, answer.data, 'GitHub on the open pull requests');
  if (nodes.length !== ids.length)
    throw new Error(`GitHub was asked for ${ids.length} repositories and gave ${nodes.length}`);
  const found: RepositoryListing[] = [];
  for (const [index, node] of nodes.entries()) {
    const repository = ids[index] ?? '';
    if (node === null && missing.has(`nodes.${index}`)) continue;
    if (node === null) throw new Error('GitHub gave null for a repository, without saying why');
    const pullRequests = await everyPullRequest(clients, installation, repository, {
      labels,
      first: node.pullRequests,
    });
    found.push({ repository, owner: node.owner.login, name: node.name, hasLabel: node.label !== null, pullRequests });
  }
  return found;
}

/** GitHub lists a pull request twice that has two of the labels (cli/cli#419). */
async function everyPullRequest(
  clients: GitHubClients,
  installation: number,
  repository: string,
  listed: { labels: readonly string[] | undefined; first: OpenPullRequestPage },
): Promise<RepositoryListing['pullRequests']> {
  const { labels } = listed;
  const found = new Map<number, RepositoryListing['pullRequests'][number]>();
  let page = listed.first;
  for (let pages = 1; pages <= mostPages; pages++) {
    for (const { number, headRefOid, labels: names, comments } of page.nodes)
      found.set(number, { number, headSha: headRefOid, labels: names, lastCommand: lastCommandIn(comments.nodes) });
    if (!page.pageInfo.hasNextPage) return [...found.values()];
    const query = nextOpenPullRequestsQuery({ labelled: labels !== undefined });
    const answer = await ask(clients, installation, query, {
      repository,
      after: page.pageInfo.endCursor,
      ...(labels && { labels }),
    });
    refuseErrors(answer.errors);
    page = shaped(nextOpenPullRequestsShape, answer.data, 'GitHub on further pull requests').repository.pullRequests;
  }
  throw new Error('GitHub gives no end of pull requests');
}

/** A command whose webhook was lost is found by this, if not too much was said since. */
function lastCommandIn(comments: readonly Pick<CommentNode, 'fullDatabaseId' | 'viewerDidAuthor' | 'body'>[]): number {
  const ids = comments.filter(({ viewerDidAuthor, body }) => !viewerDidAuthor && mayCommand(body)).map(({ fullDatabaseId }) => fullDatabaseId);
  return Math.max(0, ...ids);
}
