import type { Pipeline, PipelineCheck } from '../../core/facts.ts';
import { shaped } from './answer.ts';
import type { GitHubClients } from './client.ts';
import { ask, pathOf, refuseErrors, type GraphqlError } from './graphql.ts';
import { furtherChecksQuery } from './queries.ts';
import { furtherChecksShape, type CommitNode, type ContextNode } from './shapes.ts';

/** So many hundreds of statuses and checks of one commit are read; a check that is not among them counts as absent. */
const mostPages = 10;
/** Longer addresses are left out: the facts are kept. */
const longestUrl = 2_000;

/**
 * True for GitHub's FORBIDDEN at the rollup of a commit. It is null then; or, since an App that may read checks may see
 * the rollup, the statuses in it are null one by one (so in philips-software/pull-request-report-action#557, where
 * `statuses: read` was what was missing; in github.com/orgs/community/discussions/111324 it was the whole).
 */
export function isDeniedRollup(error: GraphqlError): boolean {
  const at =
    /^repository\.(pullRequest\.commits\.nodes\.0\.commit|object)\.statusCheckRollup(\.contexts(\.nodes\.\d+)?)?$/;
  return error.type === 'FORBIDDEN' && at.test(pathOf(error));
}

/**
 * Returns what CI says about a commit, sorted, ours left out: every status, and of the check runs with one name by one
 * App the newest, since GitHub keeps the earlier ones in the list after a re-run (cli/cli#13563). Asks again where there
 * are more than a hundred.
 */
export async function readPipeline(
  clients: GitHubClients,
  on: { readonly installation: number; readonly repository: string },
  head: Pick<CommitNode, 'oid' | 'statusCheckRollup'>,
): Promise<Pipeline> {
  let page = head.statusCheckRollup?.contexts;
  const nodes = [...(page?.nodes ?? [])];
  for (let pages = 1; page?.pageInfo.hasNextPage && pages < mostPages; pages++) {
    const { data, errors } = await ask(clients, on.installation, furtherChecksQuery, {
      repository: on.repository,
      oid: head.oid,
      after: page.pageInfo.endCursor,
    });
    refuseErrors(errors, isDeniedRollup);
    if (errors.length > 0) return { kind: 'denied' };
    page = shaped(furtherChecksShape, data, 'GitHub on further checks').repository.object.statusCheckRollup?.contexts;
    nodes.push(...(page?.nodes ?? []));
  }
  return {
    kind: 'read',
    checks: checksOf(
      nodes.filter((node) => node !== null),
      clients.appId,
    ),
  };
}

function checksOf(nodes: readonly ContextNode[], ourApp: number): readonly PipelineCheck[] {
  const checks: PipelineCheck[] = [];
  const runs = new Map<string, Extract<ContextNode, { __typename: 'CheckRun' }>>();
  for (const node of nodes) {
    if (node.__typename === 'StatusContext') {
      checks.push({ name: node.context, state: stateOf(node.state), url: urlOf(node.targetUrl) });
      continue;
    }
    const app = node.checkSuite.app?.databaseId;
    if (app === ourApp) continue;
    const key = `${app ?? ''}/${node.name}`;
    if ((runs.get(key)?.databaseId ?? -1) < (node.databaseId ?? 0)) runs.set(key, node);
  }
  for (const { name, status, conclusion, detailsUrl } of runs.values()) {
    const state = stateOf(status === 'COMPLETED' ? (conclusion ?? '') : status);
    checks.push({ name, state, url: urlOf(detailsUrl) });
  }
  return checks.sort(
    (a, b) => compare(a.name, b.name) || compare(a.state, b.state) || compare(a.url ?? '', b.url ?? ''),
  );
}

/** Words of StatusState, CheckStatusState and CheckConclusionState; one that is new counts as a failure. */
function stateOf(word: string): PipelineCheck['state'] {
  if (['SUCCESS', 'NEUTRAL', 'SKIPPED'].includes(word)) return 'success';
  return ['PENDING', 'EXPECTED', 'QUEUED', 'REQUESTED', 'IN_PROGRESS', 'WAITING'].includes(word)
    ? 'pending'
    : 'failure';
}

function urlOf(url: string | null): string | undefined {
  return url === null || url === '' || url.length > longestUrl ? undefined : url;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
