import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CloudFolder, Facts } from '../../app/core/facts.ts';
import { json } from './github-scripted.ts';
import {
  changed,
  factsWith,
  giving,
  isGraphql,
  queryOf,
  readWith,
  variablesOf,
  withCommit,
  type Tree,
} from './github-whole.ts';

describe('the folder .cloud at the head', () => {
  const tree = 'c'.repeat(40);
  const folder = { mode: 0o40000, object: { __typename: 'Tree', oid: tree } };
  const listing = (...entries: readonly (readonly [string, number])[]) => ({
    mode: 0o40000,
    object: { __typename: 'Tree', entries: entries.map(([name, mode]) => ({ name, mode })) },
  });
  const cloudWith = async (changes: Tree): Promise<CloudFolder> => (await factsWith(withCommit(changes))).cloud;
  const plainFile = { mode: 0o100644, object: { __typename: 'Blob' } };
  const link = { mode: 0o120000, object: { __typename: 'Blob' } };
  const submodule = { mode: 0o160000, object: null };

  test('none', async () => {
    assert.deepEqual(await cloudWith({ cloud: null }), { kind: 'absent' });
  });

  test('the charts are its folders, in order, whatever else lies there', async () => {
    const charts = listing(
      ['web', 0o40000],
      ['README.md', 0o100644],
      ['api', 0o40000],
      ['link', 0o120000],
      ['sub', 0o160000],
    );
    assert.deepEqual(await cloudWith({ cloud: folder, charts, manifests: folder }), {
      kind: 'folder',
      tree,
      charts: ['api', 'web'],
      manifests: true,
    });
    assert.deepEqual(await cloudWith({}), { kind: 'folder', tree, charts: [], manifests: false });
    const sha256 = 'd'.repeat(64);
    const cloud = { mode: 0o40000, object: { __typename: 'Tree', oid: sha256 } };
    assert.deepEqual(await cloudWith({ cloud, charts: listing() }), {
      kind: 'folder',
      tree: sha256,
      charts: [],
      manifests: false,
    });
  });

  const long = 'x'.repeat(101);
  const unreadable: Readonly<Record<string, [Tree, RegExp]>> = {
    'a symbolic link': [{ cloud: link }, /^it is a symbolic link; make it a folder$/],
    'a submodule': [{ cloud: submodule }, /^it is a submodule/],
    'a file': [{ cloud: plainFile }, /^it is a file/],
    'charts is a symbolic link': [{ charts: link }, /^charts is a symbolic link; make it a folder$/],
    'charts is a file': [{ charts: plainFile }, /^charts is a file/],
    'charts is a submodule': [{ charts: submodule }, /^charts is a submodule/],
    'manifests is a symbolic link': [{ manifests: link }, /^manifests is a symbolic link/],
    'manifests is a file': [{ manifests: plainFile }, /^manifests is a file/],
    'too many charts': [
      { charts: listing(...Array.from({ length: 51 }, (_, i) => [`c${i}`, 0o40000] as const)) },
      /^charts has 51 folders; 50 are the most$/,
    ],
    'a chart with a long name': [{ charts: listing([long, 0o40000]) }, /^charts has a folder x{20}… .*100 characters/],
  };
  for (const [name, [changes, why]] of Object.entries(unreadable)) {
    test(`${name}: unreadable`, async () => {
      const cloud = await cloudWith(changes);
      assert.match(cloud.kind === 'unreadable' ? cloud.why : cloud.kind, why);
    });
  }
});

describe('who put on the labels', () => {
  const event = (label: string, seconds: number, actor: unknown = { __typename: 'User', login: 'ann' }): Tree => ({
    createdAt: `2026-01-01T12:00:${String(seconds).padStart(2, '0')}Z`,
    actor,
    label: { name: label },
  });
  const labelledWith = async (labels: readonly string[], nodes: readonly unknown[]): Promise<Facts['labelled']> =>
    (
      await factsWith(
        changed((pr) => {
          pr['labels'] = { totalCount: labels.length, nodes: labels.map((name) => ({ name })) };
          pr['timelineItems'] = { nodes };
        }),
      )
    ).labelled;

  test('the last time of each, of those that are on, compared as GitHub compares', async () => {
    const nodes = [
      event('CD/Preview', 1, { __typename: 'User', login: 'bob' }),
      event('bug', 2),
      null,
      event('cd/preview', 3, { __typename: 'User', login: 'cid' }),
      event('gone', 4),
    ];
    assert.deepEqual(await labelledWith(['cd/preview', 'bug', 'never seen'], nodes), [
      { label: 'cd/preview', by: { login: 'cid', bot: false }, at: '2026-01-01T12:00:03Z' },
      { label: 'bug', by: { login: 'ann', bot: false }, at: '2026-01-01T12:00:02Z' },
    ]);
  });

  test('of one second the later in the list, and never an older one that comes later', async () => {
    const nodes = [event('a', 5), event('a', 5, { __typename: 'User', login: 'bob' }), event('a', 4)];
    assert.deepEqual(
      (await labelledWith(['a'], nodes)).map(({ by }) => by.login),
      ['bob'],
    );
  });

  test('a Kelvin sign is another letter', async () => {
    assert.deepEqual(await labelledWith(['cd/preview/k'], [event('cd/preview/\u212A', 1)]), []);
  });

  const people: readonly (readonly [string, unknown, unknown])[] = [
    ['an App', { __typename: 'Bot', login: 'renovate' }, { login: 'renovate[bot]', bot: true }],
    ['an App as REST writes it', { __typename: 'Bot', login: 'renovate[bot]' }, { login: 'renovate[bot]', bot: true }],
    ['an account that is gone', null, { login: 'ghost', bot: false }],
    [
      'a mannequin, whose login may be somebody',
      { __typename: 'Mannequin', login: 'ann' },
      { login: 'ghost', bot: false },
    ],
  ];
  for (const [name, actor, by] of people) {
    test(name, async () => {
      assert.deepEqual(
        (await labelledWith(['a'], [event('a', 1, actor)])).map((one) => one.by),
        [by],
      );
    });
  }
});

describe('answers that are too large', () => {
  test('fewer comments are asked for, then no names of charts; the rest is as ever', async () => {
    const big = 'x'.repeat(50_000);
    const asked: unknown[] = [];
    const read = await readWith(
      (request, response) => {
        if (!isGraphql(request)) return undefined;
        const listed = queryOf(request).includes('entries');
        asked.push([variablesOf(request)['comments'], listed]);
        const charts = {
          mode: 0o40000,
          object: { __typename: 'Tree', ...(listed ? { entries: [{ name: big, mode: 0o40000 }] } : {}) },
        };
        return json(response, 200, withCommit({ charts }));
      },
      {},
      undefined,
      { mostAnswerBytes: 20_000 },
    );
    assert.deepEqual(asked, [
      [100, true],
      [10, true],
      [10, false],
    ]);
    assert.ok(read.kind === 'found');
    assert.equal(read.facts.cloud.kind, 'unreadable');
    assert.equal(read.facts.config.kind, 'file');
  });

  test('even so: thrown', async () => {
    const huge = giving({ data: 'x'.repeat(50_000) });
    await assert.rejects(readWith(huge, {}, undefined, { mostAnswerBytes: 20_000 }), /more than 20000 bytes/);
  });
});
