import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Seen } from '../../app/core/facts.ts';
import { nothingSaid, type Said } from '../../app/core/record.ts';
import { rememberSeen } from '../../app/reconcile/said.ts';
import { frozen } from '../support/previews.ts';
import { shaA, shaB } from '../support/world.ts';

const [before, at, after] = ['2026-11-22T07:59:59Z', '2026-11-22T08:00:00Z', '2026-11-22T08:00:01Z'];
const comment = { id: 5, nodeId: 'IC_5', bodyHash: 'h5' };
const said: Said = frozen({
  ...nothingSaid,
  at,
  comment,
  check: { id: 7, sha: shaA, hash: 'completed x' },
  deployments: [
    { id: 9, tenant: 'fr', sha: shaA, state: 'success' },
    { id: 8, tenant: 'be', sha: shaB, state: 'success' },
  ],
});
const nothingSeen: Seen = { comment: undefined, extraComments: [], check: undefined, deployments: [] };
const allSeen: Seen = frozen({
  comment,
  extraComments: [],
  check: { id: 7, completed: true },
  deployments: [
    { id: 9, environment: 'preview/fr', sha: shaA, state: 'success' },
    { id: 8, environment: 'preview/be', sha: shaB, state: 'success' },
  ],
});

describe('rememberSeen', () => {
  test('a comment that we do not know of is believed, even in the second of our last write', () => {
    const lost = { ...said, comment: undefined, body: undefined, deployments: [] };
    const { comment, deployments } = rememberSeen(lost, allSeen, lost.at, shaA);
    assert.deepEqual(comment, allSeen.comment);
    assert.deepEqual(deployments.map(({ id }) => id), allSeen.deployments.map(({ id }) => id));
  });

  for (const [what, readAt] of [['older than', before], ['in the same second as', at]] as const) {
    test(`a read ${what} our last write says nothing`, () => {
      assert.deepEqual(rememberSeen(said, nothingSeen, readAt, shaA), said);
      const others = { ...allSeen, comment: { id: 6, nodeId: 'IC_6', bodyHash: 'x' }, check: { id: 70, completed: true } };
      assert.deepEqual(rememberSeen(said, others, readAt, shaA), said);
    });
  }

  test('a younger read that saw all of it changes nothing', () => {
    assert.deepEqual(rememberSeen(said, allSeen, after, shaA), said);
  });

  test('a comment that is gone is forgotten, so that it is written again', () => {
    assert.equal(rememberSeen(said, { ...allSeen, comment: undefined }, after, shaA).comment, undefined);
  });

  test('a comment that was changed is known as it is', () => {
    const changed = { ...comment, bodyHash: 'other' };
    assert.deepEqual(rememberSeen(said, { ...allSeen, comment: changed }, after, shaA).comment, changed);
  });

  test('what we wrote and do not remember is adopted', () => {
    const adopted = rememberSeen(nothingSaid, { ...allSeen, deployments: allSeen.deployments.slice(0, 1) }, at, shaA);
    assert.deepEqual(adopted, { ...nothingSaid, comment, check: { id: 7, sha: shaA, hash: 'completed' }, deployments: [{ id: 9, tenant: 'fr', sha: shaA, state: 'success' }] });
  });

  test('the unnamed preview’s environment is its own', () => {
    const [deployment] = rememberSeen(nothingSaid, { ...nothingSeen, deployments: [{ id: 1, environment: 'preview', sha: shaA, state: 'pending' }] }, at, shaA).deployments;
    assert.equal(deployment?.tenant, '');
  });

  test('a deployment of the head that is gone is forgotten; of an older commit the read says nothing', () => {
    assert.deepEqual(rememberSeen(said, { ...allSeen, deployments: [] }, after, shaA).deployments, [{ id: 8, tenant: 'be', sha: shaB, state: 'success' }]);
  });

  test('a deployment’s state is as it was seen', () => {
    const seen = { ...allSeen, deployments: [{ id: 9, environment: 'preview/fr', sha: shaA, state: 'failure' }] };
    assert.equal(rememberSeen(said, seen, after, shaA).deployments[0]?.state, 'failure');
  });

  test('a deployment that has ended is not taken up again', () => {
    const ended = { ...nothingSeen, deployments: [{ id: 30, environment: 'preview/fr', sha: shaB, state: 'inactive' }] };
    assert.deepEqual(rememberSeen(nothingSaid, ended, at, shaA).deployments, []);
  });

  test('a check of the head that is gone is forgotten', () => {
    assert.equal(rememberSeen(said, { ...allSeen, check: undefined }, after, shaA).check, undefined);
  });

  test('the check of an earlier head stays known, so that it can be closed', () => {
    assert.deepEqual(rememberSeen(said, { ...allSeen, check: undefined }, after, shaB).check, said.check);
  });

  test('another check of the head replaces ours, its text unknown: only whether it is over', () => {
    assert.deepEqual(rememberSeen(said, { ...allSeen, check: { id: 70, completed: false } }, after, shaA).check, { id: 70, sha: shaA, hash: '' });
    assert.deepEqual(rememberSeen(said, { ...allSeen, check: { id: 70, completed: true } }, after, shaA).check, { id: 70, sha: shaA, hash: 'completed' });
  });

  test('the time of our last write stays', () => {
    assert.equal(rememberSeen(said, allSeen, '2027-01-01T00:00:00Z', shaA).at, at);
  });
});
