import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { diffLines, mergeLines, splitLines } from '../../sandbox/github/world/lines.ts';
import { writeBlob } from '../../sandbox/github/world/git.ts';
import { listTree, treeAt } from '../../sandbox/github/world/trees.ts';
import type { FileEntry } from '../../sandbox/github/world/model.ts';
import type { WorldEvent } from '../../sandbox/github/world/events.ts';
import { createWorld, type World } from '../../sandbox/github/world/world.ts';

function world(): World & { told: string[] } {
  const made = createWorld({
    app: { id: 7, slug: 'avant' },
    permissions: {},
    events: [],
    now: () => new Date(1_700_000_000_000),
  });
  const told: string[] = [];
  made.state.listeners.add((event: WorldEvent) =>
    told.push('action' in event ? `${event.name}.${event.action}` : event.name),
  );
  made.createRepository({ owner: 'm6', name: 'foo', files: { 'a.txt': '1\n2\n3\n4\n5\n6\n7\n', 'b/c.txt': 'c' } });
  return { ...made, told };
}

function withPull(): World & { told: string[]; number: number } {
  const made = world();
  made.commit('m6/foo', 'feature', { 'a.txt': 'one\n2\n3\n4\n5\n6\n7\n' }, 'One', 'ada');
  return {
    ...made,
    number: made.openPullRequest({ repo: 'm6/foo', head: 'feature', title: 'One', author: 'ada', number: 241 }),
  };
}

const refusal = (status: number, message: RegExp) => ({ name: 'Refusal', status, message });

describe('lines', () => {
  const lines = fc
    .array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })
    .map((all) => all.map((line) => `${line}\n`));

  test('a diff turns the one into the other, and nothing but the unchanged is outside it', () => {
    fc.assert(
      fc.property(lines, lines, (a, b) => {
        const rebuilt: string[] = [];
        let done = 0;
        for (const hunk of diffLines(a, b)) {
          assert.deepEqual(a.slice(done, hunk.aStart), b.slice(rebuilt.length, hunk.bStart));
          rebuilt.push(...a.slice(done, hunk.aStart), ...b.slice(hunk.bStart, hunk.bEnd));
          done = hunk.aEnd;
        }
        assert.deepEqual([...rebuilt, ...a.slice(done)], b);
      }),
    );
  });

  test('a merge with an unchanged side is the other side, and merging is the same both ways round', () => {
    fc.assert(
      fc.property(lines, lines, lines, (base, ours, theirs) => {
        const [b, o, t] = [base.join(''), ours.join(''), theirs.join('')];
        assert.equal(mergeLines(b, o, b), o);
        assert.equal(mergeLines(b, b, o), o);
        assert.equal(mergeLines(b, o, o), o);
        assert.equal(mergeLines(b, o, t), mergeLines(b, t, o));
      }),
    );
  });

  test('changes in different places merge, in the same place they conflict', () => {
    const base = '1\n2\n3\n4\n5\n';
    assert.equal(mergeLines(base, 'x\n2\n3\n4\n5\n', '1\n2\n3\n4\ny\n'), 'x\n2\n3\n4\ny\n');
    assert.equal(mergeLines(base, '1\n2\nx\n4\n5\n', '1\n2\ny\n4\n5\n'), undefined);
    assert.deepEqual(splitLines('a\nb'), ['a\n', 'b']);
  });
});

describe('git objects', () => {
  test('have the shas that git gives them', () => {
    const { state } = world();
    // git hash-object; git mktree
    const blob = writeBlob(state, 'hello\n');
    assert.equal(blob, 'ce013625030ba8dba906f756967f9e9ca394464a');
    const plain: FileEntry = { mode: '100644', sha: blob };
    assert.equal(treeAt(new Map(), '')?.sha, '4b825dc642cb6eb9a060e54bf8d69288fbee4904');
    assert.equal(treeAt(new Map([['hello.txt', plain]]), '')?.sha, 'aaa96ced2d9a1c8e72c56b253a0e2fe78393feb7');
  });

  test('a directory sorts as if it ended with a slash', () => {
    const entry: FileEntry = { mode: '100644', sha: 'ce013625030ba8dba906f756967f9e9ca394464a' };
    const files = new Map([
      ['a/x', entry],
      ['a.b', entry],
    ]);
    assert.deepEqual(
      listTree(files, '').map(({ name, type }) => [name, type]),
      [
        ['a.b', 'blob'],
        ['a', 'tree'],
      ],
    );
  });

  test('the same steps give the same shas', () => {
    assert.equal(withPull().pullRequest('m6/foo', 241).headSha, withPull().pullRequest('m6/foo', 241).headSha);
    assert.match(withPull().pullRequest('m6/foo', 241).headSha, /^[0-9a-f]{40}$/);
  });

  test('paths that git would not take are refused', () => {
    for (const path of ['/a', 'a//b', '../a', 'a/./b', '.git/config', 'a/.GIT/b', '', 'a\0b']) {
      assert.throws(() => world().commit('m6/foo', 'main', { [path]: 'x' }), refusal(422, /Validation Failed/), path);
    }
    assert.throws(() => world().commit('m6/foo', 'main', { 'a.txt/x': 'y' }), refusal(422, /Validation/));
  });
});
