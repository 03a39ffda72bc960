import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { PullRequestRead } from '../../app/core/facts.ts';
import type { PullRequestKey } from '../../app/core/key.ts';
import type { Known } from '../../app/core/ports.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { json, scripted, type Asked, type Script } from './github-scripted.ts';

let installation = 0;
/**
 * An installation of its own for each case: octokit keeps its requests for tokens in one place for the whole process.
 */
export const nextKey = (): PullRequestKey => ({ installation: ++installation, repository: 'R_1', number: 241 });

export const nothingKnown: Known = { comment: undefined, environments: [], lastCommand: 0 };

const sha = 'a'.repeat(40);

export type Tree = { [key: string]: unknown };

/** A whole answer; the cases break it. */
export function whole(): { data: { repository: Tree & { pullRequest: Tree } } & Tree } {
  return {
    data: {
      repository: {
        __typename: 'Repository',
        id: 'R_1',
        name: 'foo',
        isPrivate: true,
        url: 'https://github.test/m6/foo',
        owner: { login: 'm6' },
        pullRequest: {
          state: 'OPEN',
          url: 'https://github.test/m6/foo/pull/241',
          headRefOid: sha,
          headRefName: 'feature',
          isCrossRepository: false,
          headRepository: { id: 'R_1' },
          author: { login: 'ada' },
          labels: { totalCount: 1, nodes: [{ name: 'cd/preview' }] },
          timelineItems: { nodes: [] },
          commits: { nodes: [{ commit: commit() }] },
          comments: { pageInfo: { hasPreviousPage: false, startCursor: null }, nodes: [] },
        },
      },
    },
  };
}

export function commit(): Tree {
  return {
    oid: sha,
    file: { mode: 0o100644, object: blob({}) },
    cloud: { mode: 0o40000, object: { __typename: 'Tree', oid: 'c'.repeat(40) } },
    charts: null,
    manifests: null,
    statusCheckRollup: null,
    checkSuites: { nodes: [] },
  };
}

export function blob(changes: Tree): Tree {
  return { __typename: 'Blob', text: 'tenants: [fr]\n', byteSize: 14, isBinary: false, isTruncated: false, ...changes };
}

export function changed(change: (pullRequest: Tree, data: Tree) => void): unknown {
  const answer = whole();
  change(answer.data.repository.pullRequest, answer.data);
  return answer;
}

/** An answer whose head commit is changed, and the pull request too. */
export const withCommit = (changes: Tree, pullRequest: Tree = {}): unknown =>
  changed((pr) => Object.assign(pr, { commits: { nodes: [{ commit: { ...commit(), ...changes } }] }, ...pullRequest }));

export const isGraphql = ({ path }: Asked) => path === '/graphql';
export const toGraphql =
  (answer: (response: ServerResponse) => unknown): Script =>
  (asked, response) =>
    isGraphql(asked) ? answer(response) : undefined;
export const giving = (body: unknown): Script => toGraphql((response) => json(response, 200, body));

export async function readWith(
  script: Script,
  known: Partial<Known> = {},
  key = nextKey(),
  options: Parameters<typeof scripted>[1] = {},
): Promise<PullRequestRead> {
  const { clients, close } = await scripted(script, options);
  try {
    return await openGitHubReader(clients).read(key, { ...nothingKnown, ...known });
  } finally {
    await close();
  }
}

export async function factsWith(body: unknown) {
  const read = await readWith(giving(body));
  assert.ok(read.kind === 'found');
  return read.facts;
}

export async function factsAsked(answer: (asked: Asked) => unknown) {
  const read = await readWith((asked, response) => (isGraphql(asked) ? json(response, 200, answer(asked)) : undefined));
  assert.ok(read.kind === 'found');
  return read.facts;
}

export function queryOf({ body }: Asked): string {
  return String((body as { query: unknown }).query);
}

export function variablesOf({ body }: Asked): Readonly<Record<string, unknown>> {
  return (body as { variables: Readonly<Record<string, unknown>> }).variables;
}

/** A comment as the query asks for it. */
export function commentNode(id: number, body: string, changes: Tree = {}): Tree {
  return {
    id: `IC_${id}`,
    fullDatabaseId: String(id),
    viewerDidAuthor: false,
    author: { __typename: 'User', login: 'ann' },
    createdAt: '2026-01-01T12:00:00Z',
    lastEditedAt: null,
    body,
    ...changes,
  };
}
