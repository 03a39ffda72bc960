import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { changed, commit, factsAsked, factsWith, queryOf, variablesOf, withCommit, type Tree } from './github-whole.ts';

describe('what CI says about the head', () => {
  const run = (name: string, id: number, changes: Tree = {}): Tree => ({
    __typename: 'CheckRun',
    databaseId: id,
    name,
    status: 'COMPLETED',
    conclusion: 'SUCCESS',
    detailsUrl: `https://ci.test/${id}`,
    checkSuite: { app: { databaseId: 15368 } },
    ...changes,
  });
  const status = (context: string, state: string, targetUrl: string | null = null): Tree => ({
    __typename: 'StatusContext',
    context,
    state,
    targetUrl,
  });
  const page = (nodes: readonly unknown[], endCursor: string | null = null) => ({
    contexts: { pageInfo: { hasNextPage: endCursor !== null, endCursor }, nodes },
  });
  const pipelineWith = async (...nodes: readonly unknown[]) =>
    (await factsWith(withCommit({ statusCheckRollup: page(nodes) }))).pipeline;
  const statesWith = async (...nodes: readonly unknown[]) => {
    const pipeline = await pipelineWith(...nodes);
    assert.ok(pipeline.kind === 'read');
    return pipeline.checks.map(({ name, state }) => `${name} ${state}`);
  };

  test('nothing', async () => {
    assert.deepEqual((await factsWith(withCommit({}))).pipeline, { kind: 'read', checks: [] });
  });

  test('statuses and runs, by name, with their addresses', async () => {
    const pipeline = await pipelineWith(
      run('lint', 2, { detailsUrl: null }),
      status('continuous-integration/jenkins/pr-head', 'PENDING', 'https://jenkins.test/1'),
      status('b', 'SUCCESS', `https://ci.test/${'x'.repeat(2_000)}`),
    );
    assert.deepEqual(pipeline, {
      kind: 'read',
      checks: [
        { name: 'b', state: 'success', url: undefined },
        { name: 'continuous-integration/jenkins/pr-head', state: 'pending', url: 'https://jenkins.test/1' },
        { name: 'lint', state: 'success', url: undefined },
      ],
    });
  });

  test('in whatever order GitHub gives them, the facts are the same', async () => {
    const nodes = [
      run('a', 1),
      run('a', 2, { checkSuite: { app: null } }),
      status('a', 'FAILURE'),
      status('b', 'SUCCESS'),
    ];
    assert.deepEqual(await pipelineWith(...nodes), await pipelineWith(...nodes.toReversed()));
  });

  const states: Readonly<Record<string, readonly string[]>> = {
    success: ['SUCCESS', 'NEUTRAL', 'SKIPPED'],
    failure: ['FAILURE', 'CANCELLED', 'TIMED_OUT', 'ACTION_REQUIRED', 'STALE', 'STARTUP_FAILURE', 'NEW_AND_UNKNOWN'],
  };
  for (const [state, conclusions] of Object.entries(states)) {
    test(`a run that ended with ${conclusions.join(', ')} is a ${state}`, async () => {
      for (const conclusion of conclusions)
        assert.deepEqual(await statesWith(run('a', 1, { conclusion })), [`a ${state}`]);
    });
  }

  test('a run that has not ended is pending', async () => {
    for (const word of ['QUEUED', 'REQUESTED', 'WAITING', 'IN_PROGRESS', 'PENDING']) {
      assert.deepEqual(await statesWith(run('a', 1, { status: word, conclusion: null })), ['a pending']);
    }
  });

  test('a status', async () => {
    for (const [word, state] of [
      ['SUCCESS', 'success'],
      ['PENDING', 'pending'],
      ['EXPECTED', 'pending'],
      ['FAILURE', 'failure'],
      ['ERROR', 'failure'],
    ] as const) {
      assert.deepEqual(await statesWith(status('a', word)), [`a ${state}`]);
    }
  });

  test('a run that was made again counts once, as it is now; one of another App beside it', async () => {
    const failed = { conclusion: 'FAILURE' };
    assert.deepEqual(await statesWith(run('a', 9), run('a', 3, failed)), ['a success']);
    assert.deepEqual(await statesWith(run('a', 3), run('a', 9, failed)), ['a failure']);
    assert.deepEqual(
      await statesWith(run('a', 3), run('a', 9, { ...failed, checkSuite: { app: { databaseId: 8 } } })),
      ['a failure', 'a success'],
    );
  });

  test('our own check is none of CI’s', async () => {
    assert.deepEqual(
      await statesWith(run('Avant preview', 1, { checkSuite: { app: { databaseId: 7 } } }), run('b', 2)),
      ['b success'],
    );
  });

  test('more than a hundred: asked for by the head’s hash until there are no more', async () => {
    const asked: unknown[] = [];
    const facts = await factsAsked((request) => {
      if (!queryOf(request).includes('AvantFurtherChecks'))
        return withCommit({ statusCheckRollup: page([run('a', 1)], 'one') });
      const { repository, oid, after } = variablesOf(request);
      asked.push([repository, oid, after]);
      const rollup = after === 'one' ? page([run('b', 2)], 'two') : page([run('c', 3)]);
      return {
        data: { repository: { __typename: 'Repository', object: { __typename: 'Commit', statusCheckRollup: rollup } } },
      };
    });
    assert.deepEqual(facts.pipeline.kind === 'read' && facts.pipeline.checks.map(({ name }) => name), ['a', 'b', 'c']);
    const oid = facts.pullRequest.headSha;
    assert.deepEqual(asked, [
      ['R_1', oid, 'one'],
      ['R_1', oid, 'two'],
    ]);
  });

  test('without end: a thousand are enough', async () => {
    let calls = 0;
    const facts = await factsAsked((request) => {
      calls++;
      const rollup = page([run(`a${calls}`, calls)], 'more');
      if (!queryOf(request).includes('AvantFurtherChecks')) return withCommit({ statusCheckRollup: rollup });
      return {
        data: { repository: { __typename: 'Repository', object: { __typename: 'Commit', statusCheckRollup: rollup } } },
      };
    });
    assert.deepEqual([calls, facts.pipeline.kind === 'read' && facts.pipeline.checks.length], [10, 10]);
  });

  const at = ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit', 'statusCheckRollup'];
  const forbidden = (...paths: readonly (readonly unknown[])[]) =>
    paths.map((path) => ({ type: 'FORBIDDEN', path, message: 'Resource not accessible by integration' }));
  const denials: Readonly<Record<string, [unknown, readonly unknown[]]>> = {
    'of the whole': [null, forbidden(at)],
    'of the list': [null, forbidden([...at, 'contexts'])],
    'of each status in it': [
      page([run('a', 1), null, null]),
      forbidden([...at, 'contexts', 'nodes', 1], [...at, 'contexts', 'nodes', 2]),
    ],
  };
  for (const [name, [rollup, errors]] of Object.entries(denials)) {
    test(`a denial ${name} is told, and nothing else is missing`, async () => {
      const facts = await factsWith({ ...(withCommit({ statusCheckRollup: rollup }) as object), errors });
      assert.deepEqual([facts.pipeline, facts.config.kind], [{ kind: 'denied' }, 'file']);
    });
  }

  test('a denial where the head is asked for by its hash', async () => {
    const facts = await factsAsked((request) =>
      queryOf(request).includes('AvantCommit')
        ? {
            data: { repository: { __typename: 'Repository', object: { __typename: 'Commit', ...commit() } } },
            errors: forbidden(['repository', 'object', 'statusCheckRollup']),
          }
        : changed((pr) => (pr['commits'] = { nodes: [] })),
    );
    assert.deepEqual(facts.pipeline, { kind: 'denied' });
  });

  test('a denial on a further page', async () => {
    const facts = await factsAsked((request) =>
      queryOf(request).includes('AvantFurtherChecks')
        ? {
            data: {
              repository: {
                __typename: 'Repository',
                object: { __typename: 'Commit', statusCheckRollup: page([null]) },
              },
            },
            errors: forbidden(['repository', 'object', 'statusCheckRollup', 'contexts', 'nodes', 0]),
          }
        : withCommit({ statusCheckRollup: page([run('a', 1)], 'one') }),
    );
    assert.deepEqual(facts.pipeline, { kind: 'denied' });
  });
});
