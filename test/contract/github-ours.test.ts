import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { commentMarker } from '../../app/core/report/comment.ts';
import { json, type Script } from './github-scripted.ts';
import {
  changed,
  commentNode,
  commit,
  factsAsked,
  giving,
  isGraphql,
  nextKey,
  queryOf,
  readWith,
  variablesOf,
} from './github-whole.ts';

describe('what is ours', () => {
  const at = (id: number, body: string, mine = true) => commentNode(id, body, { viewerDidAuthor: mine });
  const key = nextKey();
  const marked = (text: string) => `${text}\n${commentMarker(key)}`;
  const seenWith = async (script: Script, known: Parameters<typeof readWith>[1] = {}) => {
    const read = await readWith(script, known, key);
    assert.ok(read.kind === 'found');
    return read.seen;
  };

  test('of two comments the older one, and only of the App', async () => {
    const nodes = [
      at(3, marked('younger')),
      at(1, marked('not mine'), false),
      at(2, marked('older')),
      at(4, 'mine, but not the report'),
    ];
    const seen = await seenWith(
      giving(changed((pr) => (pr['comments'] = { pageInfo: { hasPreviousPage: false, startCursor: null }, nodes }))),
    );
    assert.deepEqual([seen.comment?.id, seen.comment?.nodeId, seen.extraComments], [2, 'IC_2', [3]]);
  });

  test('the remembered one, wherever it is, in one call; one that lost its marker is ours still', async () => {
    const nodes = [at(900, marked('younger'))];
    const page = { pageInfo: { hasPreviousPage: true, startCursor: 'c' }, nodes };
    const remembered = { __typename: 'IssueComment', ...at(5, 'edited by hand') };
    const body = changed((pr, data) => {
      pr['comments'] = page;
      data['remembered'] = remembered;
    });
    const seen = await seenWith(giving(body), { comment: 'IC_5', lastCommand: 900 });
    assert.deepEqual([seen.comment?.id, seen.extraComments], [5, [900]]);
  });

  test('a remembered one that is gone is looked for on every page', async () => {
    const pages = [
      { pageInfo: { hasPreviousPage: true, startCursor: 'c2' }, nodes: [at(300, marked('third'))] },
      { pageInfo: { hasPreviousPage: true, startCursor: 'c1' }, nodes: [at(200, 'second', false)] },
      { pageInfo: { hasPreviousPage: false, startCursor: null }, nodes: [at(100, marked('first'))] },
    ];
    const befores: unknown[] = [];
    const seen = await seenWith(
      (asked, response) => {
        if (!isGraphql(asked)) return undefined;
        befores.push(variablesOf(asked)['before']);
        const comments = pages[befores.length - 1];
        if (befores.length > 1)
          return json(response, 200, { data: { repository: { __typename: 'Repository', pullRequest: { comments } } } });
        const body = changed((pr, data) => {
          pr['comments'] = comments;
          data['remembered'] = null;
        }) as object;
        return json(response, 200, { ...body, errors: [{ type: 'NOT_FOUND', path: ['remembered'], message: 'no' }] });
      },
      { comment: 'IC_5' },
    );
    assert.deepEqual(befores, [undefined, 'c2', 'c1']);
    assert.deepEqual([seen.comment?.id, seen.extraComments], [100, [300]]);
  });

  test('a remembered one that is null without a reason: thrown', async () => {
    await assert.rejects(
      readWith(giving(changed((_, data) => (data['remembered'] = null))), { comment: 'IC_5' }),
      /without saying why/,
    );
  });

  for (const [name, listed] of Object.entries({
    'is empty': [],
    'ends with another': [{ commit: { ...commit(), oid: 'b'.repeat(40), file: null } }],
  })) {
    test(`the head commit is asked for by its hash when the list ${name}`, async () => {
      const facts = await factsAsked((asked) =>
        queryOf(asked).includes('AvantCommit')
          ? { data: { repository: { __typename: 'Repository', object: { __typename: 'Commit', ...commit() } } } }
          : changed((pr) => (pr['commits'] = { nodes: listed })),
      );
      assert.deepEqual(facts.config, { kind: 'file', text: 'tenants: [fr]\n' });
    });
  }
});
