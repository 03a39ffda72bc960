import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphql, withPullRequest } from './github-started.ts';
import { in241, inFoo, askData, atFoo } from './github-asking.ts';

describe('connections', () => {
  test('are asked with bounds of at most 100', async () => {
    const { github } = await withPullRequest();
    const type = async (fields: string) => (await graphql(github, 'ada', in241(fields))).errors?.[0];
    assert.equal((await type('labels { nodes { name } }'))?.type, 'MISSING_PAGINATION_BOUNDARIES');
    assert.equal(
      (await type('labels(first: 101) { nodes { name } }'))?.message,
      'Requesting 101 records on the `labels` connection exceeds the `first` limit of 100 records.',
    );
    assert.equal((await type('labels(first: 1, after: "x") { nodes { name } }'))?.type, 'INVALID_CURSOR_ARGUMENTS');
    const huge = await graphql(
      github,
      'ada',
      inFoo(
        'pullRequests(first: 100) { nodes { comments(first: 100) { nodes { pullRequest { labels(first: 100) { nodes { name } } } } } } }',
      ),
    );
    assert.deepEqual([huge.errors?.[0]?.type, huge.data], ['MAX_NODE_LIMIT_EXCEEDED', undefined]);
  });

  test('give pull requests by label without case, by state and in order, page by page', async () => {
    const { github } = await withPullRequest();
    for (let index = 0; index < 5; index += 1) {
      github.world.commit('m6/foo', `b${index}`, { [`f${index}`]: 'x' });
      const number = github.world.openPullRequest({ repo: 'm6/foo', head: `b${index}`, title: `B${index}` });
      github.world.addLabel('m6/foo', number, index % 2 === 0 ? 'cd/preview' : 'cd/preview/fr');
    }
    github.world.close('m6/foo', 246);
    type Page = {
      pullRequests: {
        totalCount: number;
        nodes: { number: number }[];
        pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; endCursor: string; startCursor: string };
      };
    };
    const page = async (args: string) =>
      (
        (await atFoo(
          github,
          `pullRequests(${args}) { totalCount nodes { number } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } }`,
        )) as Page
      ).pullRequests;
    const numbers = (one: Page['pullRequests']) => one.nodes.map(({ number }) => number);
    const labelled = 'labels: ["CD/Preview", "cd/preview/FR"], states: OPEN';
    const first = await page(`${labelled}, first: 2`);
    assert.deepEqual([numbers(first), first.totalCount, first.pageInfo.hasNextPage], [[242, 243], 4, true]);
    // The item that the cursor names goes away between the pages; the next page still starts where it stood.
    github.world.removeLabel('m6/foo', 243, 'cd/preview/fr');
    const second = await page(`${labelled}, first: 2, after: "${first.pageInfo.endCursor}"`);
    assert.deepEqual(
      [numbers(second), second.pageInfo.hasNextPage, second.pageInfo.hasPreviousPage],
      [[244, 245], false, true],
    );
    assert.deepEqual(numbers(await page('last: 2')), [245, 246]);
    assert.deepEqual(numbers(await page('first: 2, orderBy: { field: CREATED_AT, direction: DESC }')), [246, 245]);
    assert.deepEqual(numbers(await page(`last: 1, before: "${second.pageInfo.startCursor}"`)), [243]);
    assert.deepEqual(numbers(await page('first: 9, states: [CLOSED, MERGED]')), [246]);
    assert.deepEqual(numbers(await page('first: 9, headRefName: "feature"')), [241]);
  });

  test('of deployments and comments go both ways', async () => {
    const { github } = await withPullRequest();
    const ref = github.world.pullRequest('m6/foo', 241).headSha;
    for (const environment of ['preview/fr', 'preview/be', 'preview/fr'])
      github.world.createDeployment('m6/foo', { ref, environment, autoMerge: false, requiredContexts: [] });
    for (const text of ['one', 'two', 'three']) github.world.comment('m6/foo', 241, text);
    const result = (await atFoo(
      github,
      'deployments(last: 2, environments: ["preview/fr"], orderBy: { field: CREATED_AT, direction: DESC }) { nodes { databaseId } } pullRequest(number: 241) { comments(last: 2) { nodes { body } pageInfo { hasPreviousPage } } }',
    )) as { deployments: { nodes: { databaseId: number }[] }; pullRequest: { comments: object } };
    const ids = result.deployments.nodes.map(({ databaseId }) => databaseId);
    assert.ok(ids.length === 2 && ids[0]! > ids[1]!);
    assert.deepEqual(JSON.parse(JSON.stringify(result.pullRequest.comments)), {
      nodes: [{ body: 'two' }, { body: 'three' }],
      pageInfo: { hasPreviousPage: true },
    });
  });
});

describe('node', () => {
  test('finds everything by its id', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    const headSha = world.pullRequest('m6/foo', 241).headSha;
    world.createCheckRun('m6/foo', { name: 'Avant', headSha });
    const deployment = world.createDeployment('m6/foo', { ref: headSha, autoMerge: false, requiredContexts: [] });
    assert.ok('id' in deployment);
    world.createDeploymentStatus(deployment, { state: 'success' });
    world.comment('m6/foo', 241, 'x');
    world.addLabel('m6/foo', 241, 'bug');
    const found = (await atFoo(
      github,
      `id owner { ... on Organization { id } } defaultBranchRef { id } deployments(first: 1) { nodes { id latestStatus { id } } }
      pullRequest(number: 241) { id author { ... on User { id } } comments(first: 1) { nodes { id } } labels(first: 1) { nodes { id } }
      commits(last: 1) { nodes { commit { id file(path: "README.md") { object { id } } checkSuites(first: 1) { nodes { id checkRuns(first: 1) { nodes { id } } } } } } } }`,
    )) as object;
    const ids = [...JSON.stringify(found).matchAll(/"id":"([^"]+)"/g)].map(([, id]) => id!);
    assert.equal(ids.length, 13);
    const { nodes } = (await askData(github, 'query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }', {
      ids,
    })) as {
      nodes: { __typename: string; id: string }[];
    };
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ids,
    );
    assert.deepEqual(
      new Set(nodes.map((one) => one.__typename)),
      new Set([
        'Repository',
        'Organization',
        'Ref',
        'Deployment',
        'DeploymentStatus',
        'PullRequest',
        'User',
        'IssueComment',
        'Label',
        'Commit',
        'Blob',
        'CheckSuite',
        'CheckRun',
      ]),
    );
  });

  test('and old names are followed unless one asks not to', async () => {
    const { github } = await withPullRequest();
    github.world.renameRepository('m6/foo', 'bar');
    const answer = await graphql(
      github,
      'ada',
      '{ a: repository(owner: "m6", name: "foo") { name } b: repository(owner: "m6", name: "foo", followRenames: false) { name } }',
    );
    assert.deepEqual(JSON.parse(JSON.stringify(answer.data)), { a: { name: 'bar' }, b: null });
  });
});

test('a comment is minimized and shown again', async () => {
  const { github } = await withPullRequest();
  const { nodeId } = github.world.comment('m6/foo', 241, 'x');
  const hide =
    'mutation($id: ID!) { minimizeComment(input: { subjectId: $id, classifier: OUTDATED }) { minimizedComment { isMinimized minimizedReason } } }';
  assert.deepEqual(JSON.parse(JSON.stringify(await askData(github, hide, { id: nodeId }))), {
    minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason: 'outdated' } },
  });
  const show =
    'mutation($id: ID!) { unminimizeComment(input: { subjectId: $id }) { unminimizedComment { isMinimized } } }';
  assert.deepEqual(JSON.parse(JSON.stringify(await askData(github, show, { id: nodeId }))), {
    unminimizeComment: { unminimizedComment: { isMinimized: false } },
  });
});
