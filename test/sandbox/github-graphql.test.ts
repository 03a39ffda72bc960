import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphql, installationToken, withPullRequest } from './github-started.ts';
import { inFoo, at241, atFoo } from './github-asking.ts';

describe('one query', () => {
  test('brings a pull request with everything about it', async () => {
    const { github, installation } = await withPullRequest();
    const { world } = github;
    const head = world.pullRequest('m6/foo', 241).headSha;
    world.addLabel('m6/foo', 241, 'cd/preview');
    const comment = world.comment('m6/foo', 241, 'ours', 'avant[bot]');
    const run = world.createCheckRun('m6/foo', {
      name: 'Avant',
      headSha: head,
      conclusion: 'success',
      externalId: 'k',
      output: { title: 'Live', summary: 'One' },
    });
    const deployment = world.createDeployment('m6/foo', {
      ref: head,
      environment: 'preview/fr',
      autoMerge: false,
      requiredContexts: [],
      payload: { a: 1 },
    });
    assert.ok('id' in deployment);
    world.createDeploymentStatus(deployment, { state: 'success', environmentUrl: 'http://foo.test/' });
    const query = `query($owner: String!, $name: String!, $number: Int!, $app: Int!) {
      repository(owner: $owner, name: $name) {
        id databaseId nameWithOwner isPrivate isArchived owner { login __typename } defaultBranchRef { name target { oid } }
        label(name: "CD/PREVIEW") { name }
        pullRequest(number: $number) {
          id number title url state isDraft merged closed headRefName headRefOid baseRefName isCrossRepository authorAssociation
          headRepository { nameWithOwner } author { login __typename } labels(first: 10) { totalCount nodes { name } }
          comments(first: 10) { nodes { id databaseId fullDatabaseId body viewerDidAuthor isMinimized lastEditedAt author { login } } }
          commits(last: 1) { nodes { commit { oid
            file(path: "src/page.html") { object { ... on Blob { text byteSize isTruncated isBinary } } }
            none: file(path: ".cloud/preview.yaml") { object { oid } }
            checkSuites(first: 5, filterBy: { appId: $app }) { nodes { checkRuns(first: 5, filterBy: { checkName: "Avant" }) { nodes { databaseId name status conclusion externalId detailsUrl title summary } } } }
            deployments(first: 5, environments: ["preview/fr"]) { nodes { environment } }
            associatedPullRequests(first: 5) { nodes { number } }
          } } }
        }
        deployments(first: 5, environments: ["preview/fr", "preview/be"]) { nodes { databaseId environment payload state commitOid creator { login } latestStatus { state environmentUrl description } } }
      }
      viewer { login }
      rateLimit { cost remaining nodeCount }
    }`;
    const token = await installationToken(github, installation);
    const answer = await graphql(github, token, query, { owner: 'm6', name: 'foo', number: 241, app: 7 });
    assert.equal(answer.errors, undefined);
    const repository = world.repository('m6/foo');
    assert.deepEqual(JSON.parse(JSON.stringify(answer.data)), {
      repository: {
        id: repository.nodeId,
        databaseId: repository.id,
        nameWithOwner: 'm6/foo',
        isPrivate: false,
        isArchived: false,
        owner: { login: 'm6', __typename: 'Organization' },
        defaultBranchRef: { name: 'main', target: { oid: repository.branches.get('main') } },
        label: { name: 'cd/preview' },
        pullRequest: {
          id: world.pullRequest('m6/foo', 241).nodeId,
          number: 241,
          title: 'Two',
          url: `${github.url}/m6/foo/pull/241`,
          state: 'OPEN',
          isDraft: false,
          merged: false,
          closed: false,
          headRefName: 'feature',
          headRefOid: head,
          baseRefName: 'main',
          isCrossRepository: false,
          authorAssociation: 'MEMBER',
          headRepository: { nameWithOwner: 'm6/foo' },
          author: { login: 'ada', __typename: 'User' },
          labels: { totalCount: 1, nodes: [{ name: 'cd/preview' }] },
          comments: {
            nodes: [
              {
                id: comment.nodeId,
                databaseId: comment.id,
                fullDatabaseId: String(comment.id),
                body: 'ours',
                viewerDidAuthor: true,
                isMinimized: false,
                lastEditedAt: null,
                author: { login: 'avant' },
              },
            ],
          },
          commits: {
            nodes: [
              {
                commit: {
                  oid: head,
                  file: { object: { text: '<h1>two</h1>\n', byteSize: 13, isTruncated: false, isBinary: false } },
                  none: null,
                  checkSuites: {
                    nodes: [
                      {
                        checkRuns: {
                          nodes: [
                            {
                              databaseId: run.id,
                              name: 'Avant',
                              status: 'COMPLETED',
                              conclusion: 'SUCCESS',
                              externalId: 'k',
                              detailsUrl: `${github.url}/m6/foo/runs/${run.id}`,
                              title: 'Live',
                              summary: 'One',
                            },
                          ],
                        },
                      },
                    ],
                  },
                  deployments: { nodes: [{ environment: 'preview/fr' }] },
                  associatedPullRequests: { nodes: [{ number: 241 }] },
                },
              },
            ],
          },
        },
        deployments: {
          nodes: [
            {
              databaseId: deployment.id,
              environment: 'preview/fr',
              payload: '{"a":1}',
              state: 'ACTIVE',
              commitOid: head,
              creator: { login: 'octocat' },
              latestStatus: { state: 'SUCCESS', environmentUrl: 'http://foo.test/', description: '' },
            },
          ],
        },
      },
      viewer: { login: 'avant[bot]' },
      rateLimit: { cost: 1, remaining: 4999, nodeCount: 66 },
    });
  });
});

describe('what is not there', () => {
  test('a repository, a number, a node: null and NOT_FOUND at its path, with status 200', async () => {
    const { github } = await withPullRequest();
    const answer = await graphql(
      github,
      'ada',
      `{ a: repository(owner: "x", name: "y") { id } b: repository(owner: "m6", name: "foo") { id pullRequest(number: 9) { id } } node(id: "R_nope") { id } nodes(ids: ["R_nope"]) { id } }`,
    );
    assert.equal(answer.status, 200);
    assert.deepEqual(JSON.parse(JSON.stringify(answer.data)), {
      a: null,
      b: { id: github.world.repository('m6/foo').nodeId, pullRequest: null },
      node: null,
      nodes: [null],
    });
    const told = answer.errors?.map(({ type, path, message }) => `${path?.join('.')} ${type}: ${message}`);
    assert.deepEqual(told?.sort(), [
      "a NOT_FOUND: Could not resolve to a Repository with the name 'x/y'.",
      'b.pullRequest NOT_FOUND: Could not resolve to a PullRequest with the number of 9.',
      "node NOT_FOUND: Could not resolve to a node with the global id of 'R_nope'",
      "nodes.0 NOT_FOUND: Could not resolve to a node with the global id of 'R_nope'",
    ]);
  });

  test('an object, a branch, a label: null without an error', async () => {
    const { github } = await withPullRequest();
    const fields = `object(oid: "${'0'.repeat(40)}") { oid } no: object(expression: "nope:README.md") { oid } path: object(expression: "main:nope") { oid } ref(qualifiedName: "nope") { name } label(name: "nope") { name }`;
    assert.deepEqual(
      { ...((await atFoo(github, fields)) as object) },
      { object: null, no: null, path: null, ref: null, label: null },
    );
    assert.deepEqual(
      JSON.parse(
        JSON.stringify(
          await atFoo(
            github,
            'object(expression: "main:README.md") { ... on Blob { text } } tree: object(expression: "main:src") { ... on Tree { entries { name type } } }',
          ),
        ),
      ),
      {
        object: { text: '# foo\n' },
        tree: { entries: [{ name: 'page.html', type: 'blob' }] },
      },
    );
  });

  test('the head repository of a deleted fork is null', async () => {
    const { github } = await withPullRequest();
    const { world } = github;
    world.forkRepository('m6/foo', 'mallory');
    world.commit('mallory/foo', 'main', { x: 'x' }, 'x', 'mallory');
    const number = world.openPullRequest({
      repo: 'm6/foo',
      head: 'main',
      headRepository: 'mallory/foo',
      title: 'x',
      author: 'mallory',
    });
    const fields = `pullRequest(number: ${number}) { state isCrossRepository authorAssociation headRefOid headRef { name } headRepository { nameWithOwner } headRepositoryOwner { login } commits(last: 1) { nodes { commit { file(path: "x") { name } } } } }`;
    const expected = {
      state: 'OPEN',
      isCrossRepository: true,
      authorAssociation: 'NONE',
      headRefOid: world.pullRequest('m6/foo', number).headSha,
      headRef: { name: 'main' },
      headRepository: { nameWithOwner: 'mallory/foo' },
      headRepositoryOwner: { login: 'mallory' },
      commits: { nodes: [{ commit: { file: { name: 'x' } } }] },
    };
    assert.deepEqual(JSON.parse(JSON.stringify(await atFoo(github, fields))), { pullRequest: expected });
    world.deleteRepository('mallory/foo');
    assert.deepEqual(JSON.parse(JSON.stringify(await atFoo(github, fields))), {
      pullRequest: { ...expected, headRef: null, headRepository: null },
    });
  });

  test('a field that this sandbox lacks is an error that names it', async () => {
    const { github } = await withPullRequest();
    const answer = await graphql(github, 'ada', inFoo('id stargazerCount'));
    assert.deepEqual(
      answer.errors?.map(({ message, path }) => [message, path]),
      [['Repository.stargazerCount is not in this sandbox.', ['repository', 'stargazerCount']]],
    );
    const unknown = await graphql(github, 'ada', inFoo('nonsense'));
    assert.equal(unknown.status, 200);
    assert.match(unknown.errors?.[0]?.message ?? '', /Cannot query field "nonsense" on type "Repository"/);
    assert.match((await graphql(github, 'ada', '{')).errors?.[0]?.message ?? '', /Syntax Error/);
    assert.equal(
      (
        await fetch(`${github.url}/api/graphql`, {
          method: 'POST',
          headers: { authorization: 'Bearer ada' },
          body: '{}',
        })
      ).status,
      400,
    );
  });
});

describe('files', () => {
  test('binary ones have no text, long ones are cut and say so', async () => {
    const { github } = await withPullRequest();
    github.world.commit('m6/foo', 'feature', { bin: new Uint8Array([1, 0, 2]), long: 'x'.repeat(600_000) });
    const blob = '{ object { ... on Blob { text isBinary isTruncated byteSize } } }';
    const result = (await at241(
      github,
      `commits(last: 1) { nodes { commit { bin: file(path: "bin") ${blob} long: file(path: "long") ${blob} } } }`,
    )) as {
      commits: {
        nodes: { commit: Record<'bin' | 'long', { object: { text: string | null } & Record<string, unknown> }> }[];
      };
    };
    const { bin, long } = result.commits.nodes[0]!.commit;
    assert.deepEqual({ ...bin.object }, { text: null, isBinary: true, isTruncated: false, byteSize: 3 });
    assert.deepEqual(
      [long.object.text?.length, long.object['isTruncated'], long.object['byteSize']],
      [512_000, true, 600_000],
    );
  });
});
