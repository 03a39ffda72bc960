import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { PersonsComment } from '../../app/core/facts.ts';
import type { Known } from '../../app/core/ports.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { json, withServer, type Asked, type Script } from './github-scripted.ts';
import {
  changed,
  commentNode,
  isGraphql,
  nextKey,
  nothingKnown,
  queryOf,
  readWith,
  variablesOf,
  type Tree,
} from './github-whole.ts';

/** GitHub with so many comments, a hundred at once; `body` says what is in each. The cursor is the number of those before. */
function talk(body: (id: number) => string, total: () => number): { script: Script; calls: () => number } {
  let calls = 0;
  const page = (before: number, size: number) => {
    const first = Math.max(0, before - size);
    return {
      pageInfo: { hasPreviousPage: first > 0, startCursor: String(first) },
      nodes: Array.from({ length: before - first }, (_, i) => commentNode(first + i + 1, body(first + i + 1))),
    };
  };
  const answer = (asked: Asked): unknown => {
    const { before, comments, comment } = variablesOf(asked);
    calls++;
    const found = page(before === undefined ? total() : Number(before), Number(comments));
    if (queryOf(asked).includes('AvantEarlierComments')) {
      return { data: { repository: { __typename: 'Repository', pullRequest: { comments: found } } } };
    }
    return changed((pr, data) => {
      pr['comments'] = found;
      if (comment !== undefined)
        data['remembered'] = { __typename: 'IssueComment', ...commentNode(1, 'ours', { viewerDidAuthor: true }) };
    });
  };
  return {
    script: (asked, response) => (isGraphql(asked) ? json(response, 200, answer(asked)) : undefined),
    calls: () => calls,
  };
}

const commandsOf = async (nodes: readonly Tree[]): Promise<readonly PersonsComment[]> => {
  const comments = { pageInfo: { hasPreviousPage: false, startCursor: null }, nodes };
  const read = await readWith((asked, response) =>
    isGraphql(asked)
      ? json(
          response,
          200,
          changed((pr) => (pr['comments'] = comments)),
        )
      : undefined,
  );
  assert.ok(read.kind === 'found');
  return read.comments;
};

describe('comments that may be commands', () => {
  test('those with a line beginning with it, by id, as they are', async () => {
    const bodies = [
      '/preview',
      'hello\n/preview stop',
      'hello\r\n/preview stop',
      'x /preview',
      '> /preview',
      ' /preview',
      '/previe',
      'nothing',
    ];
    const nodes = bodies.map((body, index) => commentNode(20 - index, body));
    const commands = await commandsOf(nodes);
    assert.deepEqual(
      commands.map(({ id, body }) => [id, body]),
      [
        [15, bodies[5]],
        [18, bodies[2]],
        [19, bodies[1]],
        [20, bodies[0]],
      ],
    );
  });

  test('who, when, and whether it was edited', async () => {
    const nodes = [
      commentNode(1, '/preview', { createdAt: '2026-01-01T12:00:00.123Z' }),
      commentNode(2, '/preview', {
        author: { __typename: 'Bot', login: 'renovate' },
        lastEditedAt: '2026-01-01T13:00:00Z',
      }),
      commentNode(3, '/preview', { author: null }),
      commentNode(4, '/preview', { author: { __typename: 'Mannequin', login: 'ann' } }),
    ];
    const at = '2026-01-01T12:00:00Z';
    assert.deepEqual(await commandsOf(nodes), [
      { id: 1, by: { login: 'ann', bot: false }, at, edited: false, body: '/preview' },
      { id: 2, by: { login: 'renovate[bot]', bot: true }, at, edited: true, body: '/preview' },
      { id: 3, by: undefined, at, edited: false, body: '/preview' },
      { id: 4, by: undefined, at, edited: false, body: '/preview' },
    ]);
  });

  test('our own App’s are none', async () => {
    assert.deepEqual(await commandsOf([commentNode(1, '/preview', { viewerDidAuthor: true })]), []);
  });
});

describe('commands under a long talk', () => {
  const known: Known = { ...nothingKnown, comment: 'IC_1' };
  const reading = (
    body: (id: number) => string,
    run: (
      read: (known: Known) => Promise<{ ids: readonly number[]; calls: number }>,
      grow: (to: number) => void,
    ) => Promise<void>,
    length = 450,
  ) => {
    let total = length;
    const { script, calls } = talk(body, () => total);
    return withServer(script, async ({ clients }) => {
      const [reader, key] = [openGitHubReader(clients), nextKey()];
      await run(
        async (what) => {
          const before = calls();
          const read = await reader.read(key, what);
          assert.ok(read.kind === 'found');
          return { ids: read.comments.map(({ id }) => id), calls: calls() - before };
        },
        (to) => {
          total = to;
        },
      );
    });
  };

  test('are found back to the last one, and no further', () =>
    reading(
      (id) => (id % 100 === 20 ? '/preview' : 'talk'),
      async (read) => {
        assert.deepEqual(await read({ ...known, lastCommand: 220 }), { ids: [220, 320, 420], calls: 3 });
      },
    ));

  test('and where there is none yet, to the beginning, once in a process', () =>
    reading(
      (id) => (id === 30 ? '/preview' : 'talk'),
      async (read, grow) => {
        assert.deepEqual(await read(known), { ids: [30], calls: 5 });
        // Not looked at as a command yet: it has to come again.
        assert.deepEqual(await read(known), { ids: [30], calls: 5 });
        assert.deepEqual((await read({ ...known, lastCommand: 30 })).calls, 5);
        grow(500);
        assert.deepEqual(await read({ ...known, lastCommand: 30 }), { ids: [], calls: 1 });
        grow(700);
        assert.deepEqual(await read({ ...known, lastCommand: 30 }), { ids: [], calls: 3 });
        // The record was lost: all of them are asked for again.
        assert.deepEqual(await read(known), { ids: [30], calls: 7 });
      },
    ));

  test('a talk without any is looked through once', () =>
    reading(
      () => 'talk',
      async (read) => {
        assert.equal((await read(known)).calls, 5);
        assert.equal((await read(known)).calls, 1);
      },
    ));

  test('a thousand comments are enough', () =>
    reading(
      (id) => (id === 30 ? '/preview' : 'talk'),
      async (read) => {
        assert.deepEqual(await read(known), { ids: [], calls: 10 });
      },
      2_000,
    ));

  test('without a remembered comment of ours all are looked through, and every command is told', () =>
    reading(
      (id) => (id === 30 ? '/preview' : 'talk'),
      async (read) => {
        assert.deepEqual(await read({ ...nothingKnown, lastCommand: 30 }), { ids: [30], calls: 20 });
      },
      2_000,
    ));
});
