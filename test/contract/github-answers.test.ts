import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NotYetError } from '../../app/core/errors.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { json, scripted, text, withServer, type Script } from './github-scripted.ts';
import {
  blob,
  changed,
  commit,
  factsWith,
  giving,
  isGraphql,
  nextKey,
  queryOf,
  readWith,
  toGraphql,
  whole,
} from './github-whole.ts';

const rollup = ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit', 'statusCheckRollup'];

describe('answers that are none', () => {
  const notFound = { type: 'NOT_FOUND', path: ['repository'], message: 'Could not resolve to a node' };
  const bad: Readonly<Record<string, Script>> = {
    'status 404 in JSON': toGraphql((response) => json(response, 404, { message: 'Not Found' })),
    'status 404 in HTML': toGraphql((response) => text(response, 404, '<html>', { 'content-type': 'text/html' })),
    'status 502': toGraphql((response) => text(response, 502, '<html>Bad Gateway', { 'content-type': 'text/html' })),
    'status 202': toGraphql((response) => json(response, 202, whole())),
    'status 204': toGraphql((response) => text(response, 204, '')),
    'HTML with 200': toGraphql((response) =>
      text(response, 200, '<html>maintenance</html>', { 'content-type': 'text/html' }),
    ),
    'HTML that says JSON': toGraphql((response) =>
      text(response, 200, '<html>', { 'content-type': 'application/json' }),
    ),
    'an empty body': toGraphql((response) => text(response, 200, '', { 'content-type': 'application/json' })),
    'truncated JSON': toGraphql((response) =>
      text(response, 200, JSON.stringify(whole()).slice(0, 300), { 'content-type': 'application/json' }),
    ),
    'a reset connection': toGraphql((response) => response.destroy()),
    'a body cut off': toGraphql((response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '10000' });
      response.write('{"data":');
      setImmediate(() => response.destroy());
      return true;
    }),
    'no Date': toGraphql((response) => {
      response.sendDate = false;
      return json(response, 200, whole());
    }),
    'JSON that is no answer': giving({ message: 'hello' }),
    null: giving(null),
    'data null': giving({ data: null }),
    'a null repository that no error explains': giving({ data: { repository: null } }),
    'a null pull request that no error explains': giving({
      data: { repository: { ...whole().data.repository, pullRequest: null } },
    }),
    'a node that is no repository': giving({
      data: { repository: { ...whole().data.repository, __typename: 'Organization' } },
    }),
    'whole data beside an error': giving({ ...whole(), errors: [{ message: 'Something went wrong' }] }),
    'an error at the file': giving({
      ...(changed((pr) => (pr['commits'] = { nodes: [{ commit: { ...commit(), file: null } }] })) as object),
      errors: [
        {
          type: 'SERVICE_UNAVAILABLE',
          path: ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit', 'file'],
          message: 'down',
        },
      ],
    }),
    'NOT_FOUND at the file': giving({
      ...whole(),
      errors: [
        {
          type: 'NOT_FOUND',
          path: ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit', 'file'],
          message: 'no',
        },
      ],
    }),
    ...Object.fromEntries(
      [
        ['FORBIDDEN', ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit', 'file']],
        ['FORBIDDEN', ['repository', 'pullRequest', 'commits', 'nodes', 0, 'commit', 'cloud']],
        ['FORBIDDEN', ['repository', 'pullRequest', 'statusCheckRollup']],
        ['FORBIDDEN', ['statusCheckRollup']],
        ['FORBIDDEN', [...rollup, 'contexts', 'nodes', 0, 'checkSuite']],
        ['INTERNAL', rollup],
        ['NOT_FOUND', rollup],
        [undefined, rollup],
      ].map(([type, path]) => [
        `${String(type)} at ${String(path)}`,
        giving({ ...whole(), errors: [{ type, path, message: 'no' }] }),
      ]),
    ),
    'NOT_FOUND beside another error': giving({
      data: { repository: null },
      errors: [notFound, { type: 'INTERNAL', message: 'oops' }],
    }),
    'NOT_FOUND without a path': giving({ data: null, errors: [{ type: 'NOT_FOUND', message: 'no' }] }),
    FORBIDDEN: giving({ data: { repository: null }, errors: [{ ...notFound, type: 'FORBIDDEN' }] }),
    'labels missing': giving(changed((pr) => delete pr['labels'])),
    'labels null': giving(changed((pr) => (pr['labels'] = null))),
    'fewer labels than there are': giving(
      changed((pr) => (pr['labels'] = { totalCount: 2, nodes: [{ name: 'bug' }] })),
    ),
    'an unknown state': giving(changed((pr) => (pr['state'] = 'DRAFT'))),
    'no comments': giving(changed((pr) => delete pr['comments'])),
    'no check suites': giving(
      changed((pr) => (pr['commits'] = { nodes: [{ commit: { ...commit(), checkSuites: null } }] })),
    ),
    'no folder field': giving(
      changed((pr) => (pr['commits'] = { nodes: [{ commit: { ...commit(), cloud: undefined } }] })),
    ),
    'no hash of the folder': giving(
      changed(
        (pr) =>
          (pr['commits'] = {
            nodes: [{ commit: { ...commit(), cloud: { mode: 0o40000, object: { __typename: 'Tree' } } } }],
          }),
      ),
    ),
    'no list of checks': giving(
      changed(
        (pr) => (pr['commits'] = { nodes: [{ commit: { ...commit(), statusCheckRollup: { contexts: null } } }] }),
      ),
    ),
    'no list of who labelled': giving(changed((pr) => delete pr['timelineItems'])),
    'no file field': giving(
      changed((pr) => (pr['commits'] = { nodes: [{ commit: { ...commit(), file: undefined } }] })),
    ),
    'a missing commit, also by its hash': (asked, response) => {
      if (!isGraphql(asked)) return undefined;
      if (queryOf(asked).includes('AvantCommit'))
        return json(response, 200, { data: { repository: { __typename: 'Repository', object: null } } });
      return json(
        response,
        200,
        changed((pr) => (pr['commits'] = { nodes: [] })),
      );
    },
    'further comments that are not given': giving(
      changed((pr) => (pr['comments'] = { pageInfo: { hasPreviousPage: true, startCursor: null }, nodes: [] })),
    ),
  };
  for (const [name, script] of Object.entries(bad)) {
    test(`${name}: thrown`, () =>
      assert.rejects(readWith(script), (error) => error instanceof Error && !(error instanceof NotYetError)));
  }

  test('a server that says nothing: thrown', async () => {
    const { clients, close } = await scripted(
      toGraphql(() => true),
      { timeoutMs: 50 },
    );
    await assert.rejects(
      openGitHubReader(clients).read(nextKey(), { comment: undefined, environments: [], lastCommand: 0 }),
      /timeout/,
    );
    await close();
  });

  test('the error tells what GitHub said', async () => {
    await assert.rejects(
      readWith(
        giving({
          data: { repository: null },
          errors: [{ ...notFound, type: 'FORBIDDEN', message: 'not by integration' }],
        }),
      ),
      {
        message: 'GitHub answered in part: FORBIDDEN at repository: not by integration',
      },
    );
    await assert.rejects(readWith(giving(changed((pr) => delete pr['labels']))), /repository\.pullRequest\.labels/);
  });
});

describe('answers that say not found', () => {
  const found: Readonly<Record<string, Script>> = {
    'the repository': giving({
      data: { repository: null },
      errors: [{ type: 'NOT_FOUND', path: ['repository'], message: 'no' }],
    }),
    'the pull request': giving({
      data: { repository: { pullRequest: null } },
      errors: [{ type: 'NOT_FOUND', path: ['repository', 'pullRequest'], message: 'no' }],
    }),
    'the installation': ({ path }, response) =>
      path.endsWith('/access_tokens') ? json(response, 404, { message: 'Not Found' }) : undefined,
    'a suspended installation': ({ path }, response) =>
      path.endsWith('/access_tokens')
        ? json(response, 403, { message: 'This installation has been suspended' })
        : undefined,
  };
  for (const [name, script] of Object.entries(found)) {
    test(name, async () => {
      const read = await readWith(script);
      assert.ok(read.kind === 'not-found');
      assert.ok(Math.abs(Date.parse(read.readAt) - Date.now()) < 60_000);
    });
  }

  const noToken: Readonly<Record<string, Script>> = {
    'a token endpoint in maintenance': ({ path }, response) =>
      path.endsWith('/access_tokens') ? text(response, 404, '<html>', { 'content-type': 'text/html' }) : undefined,
    'a wrong key': ({ path }, response) =>
      path.endsWith('/access_tokens')
        ? json(response, 401, { message: 'A JSON web token could not be decoded' })
        : undefined,
    'a forbidden token': ({ path }, response) =>
      path.endsWith('/access_tokens') ? json(response, 403, { message: 'Forbidden' }) : undefined,
  };
  for (const [name, script] of Object.entries(noToken)) test(`${name}: thrown`, () => assert.rejects(readWith(script)));
});

describe('the config at the head', () => {
  const config = (file: unknown) =>
    factsWith(changed((pr) => (pr['commits'] = { nodes: [{ commit: { ...commit(), file } }] }))).then(
      (facts) => facts.config,
    );
  const unreadable: Readonly<Record<string, [unknown, RegExp]>> = {
    truncated: [{ mode: 0o100644, object: blob({ isTruncated: true }) }, /a part/],
    binary: [{ mode: 0o100644, object: blob({ isBinary: true, text: null }) }, /UTF-8/],
    'in no known encoding': [{ mode: 0o100644, object: blob({ isBinary: null }) }, /UTF-8/],
    'too large': [{ mode: 0o100644, object: blob({ byteSize: 65_537 }) }, /65537 bytes; 65536/],
    'a symbolic link': [{ mode: 0o120000, object: blob({ text: '../../etc/passwd' }) }, /symbolic link/],
    'a directory': [{ mode: 0o40000, object: { __typename: 'Tree' } }, /no file/],
    'a submodule': [{ mode: 0o160000, object: null }, /no file/],
  };
  for (const [name, [file, why]] of Object.entries(unreadable)) {
    test(`${name}: unreadable`, async () => {
      const read = await config(file);
      assert.match(read.kind === 'unreadable' ? read.why : read.kind, why);
    });
  }
  test('a file', async () => {
    assert.deepEqual(await config({ mode: 0o100644, object: blob({}) }), { kind: 'file', text: 'tenants: [fr]\n' });
    assert.deepEqual(await config({ mode: 0o100644, object: blob({ text: '', byteSize: 0 }) }), {
      kind: 'file',
      text: '',
    });
  });
  test('none', async () => {
    assert.deepEqual(await config(null), { kind: 'absent' });
  });
  for (const [name, head] of Object.entries({
    'of a fork': { isCrossRepository: true, headRepository: { id: 'R_2' } },
    'of a fork, says only one field': { isCrossRepository: true },
    'of a fork that is gone': { headRepository: null },
    'of another repository of the same owner': { headRepository: { id: 'R_2' } },
  })) {
    test(`${name}: read all the same, and told to be a fork's`, async () => {
      const { config: read, cloud, pullRequest } = await factsWith(changed((pr) => Object.assign(pr, head)));
      assert.deepEqual([read.kind, cloud.kind, pullRequest.fork], ['file', 'folder', true]);
    });
  }
});

describe('the lists of GitHub', () => {
  const app = (body: string): Script => {
    return ({ path }, response) =>
      path === '/app' ? text(response, 200, body, { 'content-type': 'application/json' }) : undefined;
  };

  test('no installation, from a GitHub that knows the App: gone', () =>
    withServer(app('{"id":7,"slug":"avant"}'), async ({ clients }) => {
      assert.equal(await openGitHubReader(clients).presence(1, 'R_1'), 'gone');
    }));

  test('no installation, from one that does not: thrown', () =>
    withServer(app('<html>maintenance</html>'), async ({ clients }) => {
      await assert.rejects(openGitHubReader(clients).presence(1, 'R_1'), /GET \/app: not the answer/);
    }));

  const nodes: Readonly<Record<string, unknown>> = {
    'null for a repository, without a reason': { data: { nodes: [null] } },
    'fewer repositories than asked for': { data: { nodes: [] } },
    'no repositories at all': { data: {} },
  };
  for (const [name, body] of Object.entries(nodes)) {
    test(`${name}: thrown`, () =>
      withServer(giving(body), async ({ clients }) => {
        const { installation } = nextKey();
        await assert.rejects(openGitHubReader(clients).openPullRequests(installation, ['R_1'], undefined), /GitHub/);
      }));
  }
});

describe('the time of a read', () => {
  test('is no later than its beginning, by the clock of GitHub', async () => {
    let pass: (ms: number) => void = () => undefined;
    const date = 'Thu, 01 Jan 2026 11:00:10 GMT';
    const slow = toGraphql((response) => {
      pass(3_500);
      return json(response, 200, whole(), { date });
    });
    await withServer(slow, async ({ clients, clock }) => {
      ({ pass } = clock);
      const read = await openGitHubReader(clients).read(nextKey(), {
        comment: undefined,
        environments: [],
        lastCommand: 0,
      });
      assert.equal(read.kind === 'found' && read.facts.readAt, '2026-01-01T11:00:06Z');
    });
  });
});
