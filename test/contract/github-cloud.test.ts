import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { NotYetError } from '../../app/core/errors.ts';
import { RenderRefused } from '../../app/core/ports.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { count, json, text, withServer, type Asked, type Script, type Scripted } from './github-scripted.ts';
import { nextKey, queryOf, variablesOf, type Tree } from './github-whole.ts';

const repository = { owner: 'm6', name: 'foo' };
const hashOf = (content: Uint8Array, algorithm = 'sha1') =>
  createHash(algorithm).update(`blob ${content.byteLength}\0`).update(content).digest('hex');
const entryOf = (path: string, content: Uint8Array, changes: Tree = {}): Tree => ({
  path,
  mode: '100644',
  type: 'blob',
  sha: hashOf(content),
  size: content.byteLength,
  ...changes,
});

/** Only what rendering looks at is read. */
const rendered = (path: string) => (/^(charts|manifests)\//.test(path) ? path : `charts/${path}`);

let trees = 0;
/** No two cases have the same: an answer is kept. */
const nextTree = () => createHash('sha1').update(`tree ${++trees}`).digest('hex');

/** GitHub with these files; `bend` changes what it answers. */
function serving(
  files: Readonly<Record<string, Uint8Array>>,
  bend: {
    tree?: (answer: Tree) => Tree;
    blob?: (answer: Tree, oid: string) => unknown;
    rest?: (answer: Tree) => unknown;
  } = {},
): Script {
  const contents = new Map(Object.values(files).map((content) => [hashOf(content), content]));
  return (asked: Asked, response) => {
    if (/\/git\/trees\//.test(asked.path)) {
      const tree = Object.entries(files).map(([path, content]) => entryOf(rendered(path), content));
      const answer = {
        sha: 'x',
        truncated: false,
        tree: [{ path: 'charts', mode: '040000', type: 'tree', sha: 'e'.repeat(40) }, ...tree],
      };
      return json(response, 200, bend.tree?.(answer) ?? answer);
    }
    const blob = /\/git\/blobs\/([0-9a-f]+)$/.exec(asked.path)?.[1];
    if (blob !== undefined) {
      const content = Buffer.from(contents.get(blob) ?? []);
      const answer = {
        sha: blob,
        size: content.byteLength,
        encoding: 'base64',
        content: content.toString('base64').replace(/.{60}/g, '$&\n'),
      };
      return json(response, 200, bend.rest?.(answer) ?? answer);
    }
    if (asked.path !== '/graphql' || !queryOf(asked).includes('AvantBlobs')) return undefined;
    const { owner: _owner, name: _name, ...oids } = variablesOf(asked);
    const blobs = Object.entries(oids).map(([key, oid]) => {
      const content = Buffer.from(contents.get(String(oid)) ?? []);
      const isBinary = content.includes(0);
      const answer = {
        __typename: 'Blob',
        isBinary,
        isTruncated: false,
        text: isBinary ? null : content.toString('utf8'),
      };
      return [key.replace('oid', 'blob'), bend.blob ? bend.blob(answer, String(oid)) : answer];
    });
    return json(response, 200, { data: { repository: Object.fromEntries(blobs) as unknown } });
  };
}

const bytes = (content: string) => new Uint8Array(Buffer.from(content));
const reading = (server: Scripted, tree = nextTree(), reader = openGitHubReader(server.clients)) =>
  reader.cloud(nextKey().installation, repository, tree);
const requests = ({ asked }: Scripted) => [
  count(asked, /git\/trees/),
  count(asked, /graphql/),
  count(asked, /git\/blobs/),
];

async function refused(script: Script): Promise<{ problems: readonly string[]; requests: readonly number[] }> {
  let result: Awaited<ReturnType<typeof refused>> | undefined;
  await withServer(script, async (server) => {
    const error: unknown = await reading(server).catch((thrown: unknown) => thrown);
    assert.ok(error instanceof RenderRefused, String(error));
    result = { problems: error.problems, requests: requests(server) };
  });
  assert.ok(result);
  return result;
}

describe('the files of .cloud', () => {
  const files = {
    'preview.yaml': bytes('tenants: [fr]\r\n'),
    'charts/api/Chart.yaml': bytes('name: api\n'),
    'charts/api/empty': bytes(''),
    'charts/api/mark': bytes('\uFEFFé日本'),
    'charts/api/same': bytes('name: api\n'),
    'charts/api/charts/sub.tgz': new Uint8Array([31, 139, 0, 255, 254]),
    'charts/api/latin': new Uint8Array([0xe9, 0x0a]),
  };

  test('all of them, in the order of their paths, byte by byte, in three kinds of calls', () =>
    withServer(serving(files), async (server) => {
      const tree = nextTree();
      const cloud = await reading(server, tree);
      assert.equal(cloud.tree, tree);
      assert.deepEqual(
        cloud.files.map(({ path }) => path),
        Object.keys(files).map(rendered).sort(),
      );
      const contents: Record<string, Uint8Array> = Object.fromEntries(Object.entries(files).map(([path, content]) => [rendered(path), content]));
      for (const { path, content } of cloud.files) assert.deepEqual(new Uint8Array(content), contents[path], path);
      // What is no UTF-8 does not fit its hash as a text, and is asked for as bytes, like what is binary.
      assert.deepEqual(requests(server), [1, 1, 2]);
      assert.ok(server.asked.some(({ path }) => path === `/repos/m6/foo/git/trees/${tree}?recursive=1`));
    }));

  test('fifty at once', () =>
    withServer(
      serving(Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`f${i}`, bytes(`${i}`)]))),
      async (server) => {
        assert.equal((await reading(server)).files.length, 120);
        assert.deepEqual(requests(server), [1, 3, 0]);
        const sizes = server.asked
          .filter(({ path }) => path === '/graphql')
          .map((asked) => Object.keys(variablesOf(asked)).length - 2);
        assert.deepEqual(sizes, [50, 50, 20]);
      },
    ));

  test('those that GitHub cuts, and those whose encoding it cannot tell, come by their bytes', async () => {
    for (const change of [{ isTruncated: true, text: 'na' }, { isBinary: null }, { text: 'name: bpi\n' }]) {
      await withServer(
        serving({ a: bytes('name: api\n') }, { blob: (answer) => ({ ...answer, ...change }) }),
        async (server) => {
          assert.deepEqual(
            (await reading(server)).files.map(({ content }) => Buffer.from(content).toString()),
            ['name: api\n'],
          );
          assert.deepEqual(requests(server), [1, 1, 1]);
        },
      );
    }
  });

  test('by SHA-256, where the repository has that', () => {
    const content = bytes('name: api\n');
    const sha = hashOf(content, 'sha256');
    return withServer(
      serving(
        { a: content },
        {
          tree: (answer) => ({ ...answer, tree: [entryOf('charts/a', content, { sha })] }),
          blob: (answer) => ({ ...answer, text: 'name: api\n' }),
        },
      ),
      async (server) => {
        assert.equal((await reading(server, 'f'.repeat(64))).files.length, 1);
      },
    );
  });
});

describe('the answer is kept', () => {
  const files = { 'charts/api/Chart.yaml': bytes('name: api\n') };

  test('the same tree is read once, whoever asks and how often at the same time', () =>
    withServer(serving(files), async (server) => {
      const [tree, reader] = [nextTree(), openGitHubReader(server.clients)];
      const all = await Promise.all([1, 2, 3].map(() => reading(server, tree, reader)));
      assert.ok(all.every((cloud) => cloud === all[0]));
      assert.equal(await reader.cloud(nextKey().installation, { owner: 'other', name: 'bar' }, tree), all[0]);
      assert.deepEqual(requests(server), [1, 1, 0]);
    }));

  test('so is a refusal', () =>
    withServer(serving({ '../x': bytes('') }), async (server) => {
      const [tree, reader] = [nextTree(), openGitHubReader(server.clients)];
      await assert.rejects(reading(server, tree, reader), RenderRefused);
      await assert.rejects(reading(server, tree, reader), RenderRefused);
      assert.deepEqual(requests(server), [1, 0, 0]);
    }));

  test('a failure is not', () => {
    let down = true;
    const served = serving(files);
    return withServer(
      (asked, response) => (down && asked.path === '/graphql' ? json(response, 502, {}) : served(asked, response)),
      async (server) => {
        const [tree, reader] = [nextTree(), openGitHubReader(server.clients)];
        const both = await Promise.allSettled([reading(server, tree, reader), reading(server, tree, reader)]);
        assert.deepEqual(
          both.map(({ status }) => status),
          ['rejected', 'rejected'],
        );
        down = false;
        assert.equal((await reading(server, tree, reader)).files.length, 1);
      },
    );
  });

  test('up to 64 MiB: what was used the longest time ago goes first', () => {
    const half = new Uint8Array(500_000).fill(65);
    const large = Object.fromEntries(['a', 'b', 'c', 'd'].map((name) => [name, half]));
    return withServer(serving(large), async (server) => {
      const reader = openGitHubReader(server.clients);
      const many = Array.from({ length: 36 }, nextTree);
      const [first = '', second = ''] = many;
      for (const tree of many) {
        await reading(server, tree, reader);
        await reading(server, first, reader);
      }
      const before = count(server.asked, /trees/);
      assert.equal(before, 36);
      await reading(server, first, reader);
      assert.equal(count(server.asked, /trees/), before);
      await reading(server, second, reader);
      assert.equal(count(server.asked, /trees/), before + 1);
    });
  });
});

describe('a tree that is refused', () => {
  const content = bytes('a');
  const listing = (...entries: readonly Tree[]) => serving({}, { tree: (answer) => ({ ...answer, tree: entries }) });

  test('before any file is asked for, with every problem', async () => {
    const script = listing(
      entryOf('charts/a', content, { mode: '120000' }),
      { path: 'charts/b', mode: '160000', type: 'commit', sha: 'd'.repeat(40) },
      entryOf('charts/../x', content),
      entryOf('charts/big', content, { size: 50_000_000 }),
      entryOf('charts/ok', content),
      entryOf('docker/huge', content, { size: 90_000_000, mode: '120000' }),
    );
    const { problems, requests: made } = await refused(script);
    assert.deepEqual(made, [1, 0, 0]);
    for (const [index, what] of [
      /^\.cloud has 50000003 bytes/,
      /\.\.\/x has "\.\."/,
      /charts\/a is a symbolic link/,
      /charts\/b is a submodule/,
      /^\.cloud\/charts\/big has 50000000 bytes/,
    ].entries()) {
      assert.match(problems[index] ?? '', what);
    }
    assert.equal(problems.length, 5);
  });

  test('one that GitHub does not list whole', async () => {
    const { problems, requests: made } = await refused(
      serving({ a: content }, { tree: (answer) => ({ ...answer, truncated: true }) }),
    );
    assert.deepEqual(
      [problems, made],
      [['.cloud has more files than GitHub lists at once; leave out what no preview needs'], [1, 0, 0]],
    );
  });

  test('one with more binary files than calls are to be spent on', async () => {
    const files = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`f${i}`, new Uint8Array([0, i])]));
    const { problems, requests: made } = await refused(serving(files));
    assert.match(problems[0] ?? '', /^\.cloud has 51 files that are no UTF-8 text; 50 are the most/);
    assert.deepEqual(made, [1, 2, 0]);
  });
});

describe('answers that are none: an ordinary error, to be tried again', () => {
  const content = bytes('name: api\n');
  const files = { a: content, b: new Uint8Array([0, 1, 2]) };
  const bad: Readonly<Record<string, Script>> = {
    'no such tree': () => undefined,
    'a page': ({ path }, response) =>
      /trees/.test(path) ? text(response, 200, '<html>', { 'content-type': 'text/html' }) : undefined,
    'a list without an end': serving(files, { tree: (answer) => ({ ...answer, truncated: undefined }) }),
    'no list': serving(files, { tree: (answer) => ({ ...answer, tree: null }) }),
    'a file without a size': serving(files, {
      tree: (answer) => ({ ...answer, tree: [entryOf('charts/a', content, { size: undefined })] }),
    }),
    'a file that is no hash': serving(files, {
      tree: (answer) => ({ ...answer, tree: [entryOf('charts/a', content, { sha: '../../x' })] }),
    }),
    'another size than the tree says': serving(files, {
      tree: (answer) => ({ ...answer, tree: [entryOf('charts/a', content, { size: 9 })] }),
    }),
    'null for a file': serving(files, { blob: () => null }),
    'nothing for a file': serving(files, { blob: () => undefined }),
    'a folder for a file': serving(files, { blob: () => ({ __typename: 'Tree' }) }),
    'another file than was asked for': serving(files, { rest: (answer) => ({ ...answer, content: 'eA==' }) }),
    'another encoding': serving(files, { rest: (answer) => ({ ...answer, encoding: 'utf-8' }) }),
    'an error beside the files': (asked, response) =>
      asked.path === '/graphql'
        ? json(response, 200, {
            data: { repository: null },
            errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'no' }],
          })
        : serving(files)(asked, response),
  };
  for (const [name, script] of Object.entries(bad)) {
    test(name, () =>
      withServer(script, (server) =>
        assert.rejects(
          reading(server),
          (error) => error instanceof Error && !(error instanceof RenderRefused) && !(error instanceof NotYetError),
        ),
      ),
    );
  }

  test('what is no hash of a tree is not asked for', () =>
    withServer(serving(files), async (server) => {
      await assert.rejects(reading(server, '../../../user'), /hash of a Git tree/);
      assert.equal(server.asked.length, 0);
    }));
});
