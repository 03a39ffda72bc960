import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Probot } from 'probot';
import { checkAppOf, hintsOf, senderOf, webhookEvents, type WebhookEvent } from '../../app/core/hints.ts';
import { webhooks } from '../../app/http/webhooks.ts';
import { formatWork, parseWork, type Work } from '../../app/core/work.ts';

type Example = Readonly<Record<string, unknown>> & {
  readonly action: string;
  readonly number?: number;
  readonly installation?: { readonly id: number };
  readonly repository?: { readonly node_id: string };
  readonly issue?: { readonly number: number };
  readonly sha?: string;
  readonly check_run?: { readonly head_sha: string };
  readonly check_suite?: { readonly head_sha: string };
  readonly repositories_added?: readonly { readonly node_id: string }[];
  readonly repositories_removed?: readonly { readonly node_id: string }[];
};

const index = JSON.parse(readFileSync(new URL('../../node_modules/@octokit/webhooks-examples/api.github.com/index.json', import.meta.url), 'utf8')) as readonly {
  readonly name: string;
  readonly examples: readonly Example[];
}[];
const examplesOf = (event: WebhookEvent): readonly Example[] => index.find(({ name }) => name === event)?.examples ?? [];
const delivered = (example: Example): Example => ({ ...example, installation: example.installation ?? { id: 4711 } });

describe('GitHub’s own examples', () => {
  for (const [event, least] of [['pull_request', 20], ['issue_comment', 9], ['status', 4], ['check_run', 9], ['check_suite', 9], ['installation', 5], ['installation_repositories', 2]] as const) {
    test(`of ${event} are there`, () => {
      assert.ok(examplesOf(event).length >= least, String(examplesOf(event).length));
    });
  }

  for (const [position, example] of examplesOf('pull_request').entries()) {
    test(`pull_request ${example.action} (${position})`, () => {
      const payload = delivered(example);
      const key = { installation: payload.installation!.id, repository: payload.repository!.node_id, number: payload.number! };
      const hints = hintsOf('pull_request', payload);
      assert.deepEqual(hints, [{ kind: 'pull-request', key }]);
      assert.deepEqual(hints.map(formatWork).map(parseWork), hints);
      // Only an installation of the App can be read; a repository's own webhook has none.
      if (!example.installation) assert.deepEqual(hintsOf('pull_request', example), []);
    });
  }

  for (const [position, example] of examplesOf('issue_comment').entries()) {
    test(`issue_comment ${example.action} (${position}): of an issue none, of a pull request that`, () => {
      const payload = delivered(example);
      assert.deepEqual(hintsOf('issue_comment', payload), []);
      const key = { installation: payload.installation!.id, repository: payload.repository!.node_id, number: payload.issue!.number };
      const onPullRequest = { ...payload, issue: { ...payload.issue, pull_request: { url: 'https://api.github.com/repos/a/b/pulls/1' } } };
      assert.deepEqual(hintsOf('issue_comment', onPullRequest), [{ kind: 'pull-request', key }]);
      assert.deepEqual(hintsOf('issue_comment', { ...onPullRequest, installation: undefined }), []);
    });
  }

  for (const event of ['status', 'check_run', 'check_suite'] as const) {
    for (const [position, example] of examplesOf(event).entries()) {
      test(`${event} (${position}): its commit, and nothing else`, () => {
        const payload = delivered(example);
        const sha = payload.sha ?? payload.check_run?.head_sha ?? payload.check_suite?.head_sha;
        const hints = hintsOf(event, payload);
        assert.deepEqual(hints, [{ kind: 'commit', installation: payload.installation!.id, repository: payload.repository!.node_id, sha }]);
        assert.deepEqual(hints.map(formatWork).map(parseWork), hints);
        assert.deepEqual(hintsOf(event, { ...payload, installation: undefined }), []);
      });
    }
  }

  for (const [position, example] of examplesOf('installation').entries()) {
    test(`installation ${example.action} (${position})`, () => {
      assert.deepEqual(hintsOf('installation', example), [{ kind: 'installation', installation: example.installation!.id }]);
    });
  }

  for (const [position, example] of examplesOf('installation_repositories').entries()) {
    test(`installation_repositories ${example.action} (${position})`, () => {
      const changed = [...example.repositories_added!, ...example.repositories_removed!];
      assert.ok(changed.length > 0);
      assert.deepEqual(
        hintsOf('installation_repositories', example),
        changed.map(({ node_id }) => ({ kind: 'repository', installation: example.installation!.id, repository: node_id })),
      );
    });
  }

  test('every one names who sent it', () => {
    for (const event of webhookEvents) for (const example of examplesOf(event)) assert.ok(senderOf(example));
  });
});

describe('garbage (B18 to B27)', () => {
  const around = { action: 'created', installation: { id: 7 }, repository: { node_id: 'R_1' }, sender: { login: 'ann' } };
  const sha = 'a'.repeat(40);
  /** What is hinted at by each of these, and the field that says where to look. */
  const good: Partial<Record<WebhookEvent, readonly [Readonly<Record<string, unknown>>, readonly string[]]>> = {
    pull_request: [{ ...around, number: 241 }, ['number']],
    issue_comment: [{ ...around, issue: { number: 241, pull_request: {} }, comment: { body: '/preview' } }, ['issue', 'number']],
    status: [{ ...around, sha }, ['sha']],
    check_run: [{ ...around, check_run: { head_sha: sha, app: { id: 5 } } }, ['check_run', 'head_sha']],
    check_suite: [{ ...around, check_suite: { head_sha: sha, app: { id: 5 } } }, ['check_suite', 'head_sha']],
  };
  const withAt = (value: unknown, [name = '', ...rest]: readonly string[], put: unknown): unknown => ({
    ...(value as object),
    [name]: rest.length === 0 ? put : withAt((value as Record<string, unknown>)[name], rest, put),
  });
  const deep: unknown = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000));
  const nowhere: readonly unknown[] = [undefined, null, '', '241', 'x', 0, -1, 1.5, 1e308, 2 ** 53, 2 ** 63, Number.NaN, true, {}, [], [241], deep, `${sha}0`, sha.toUpperCase(), `${sha}/../x`, `${sha}\n`];

  for (const [event, [payload, where]] of Object.entries(good)) {
    const broken: Record<string, unknown> = {
      nothing: undefined,
      null: null,
      text: event,
      list: [payload],
      'a list in 5,000 lists': deep,
      empty: {},
      'no installation': { ...payload, installation: undefined },
      'an installation that is text': { ...payload, installation: { id: '7' } },
      'installation 0': { ...payload, installation: { id: 0 } },
      'installation null': { ...payload, installation: null },
      'no repository': { ...payload, repository: null },
      'an empty node id': { ...payload, repository: { node_id: '' } },
      'a node id that is a number': { ...payload, repository: { node_id: 5 } },
      ...(where.length > 1 ? { [`${where[0]} null`]: { ...payload, [where[0]!]: null } } : {}),
      ...Object.fromEntries(nowhere.map((value, index) => [`${where.join('.')} ${typeof value} (${index})`, withAt(payload, where, value)])),
    };
    test(`${event}: whole`, () => {
      assert.equal(hintsOf(event as WebhookEvent, payload).length, 1);
    });
    for (const [what, each] of Object.entries(broken)) {
      test(`${event} hints at nothing: ${what}`, () => {
        assert.deepEqual(hintsOf(event as WebhookEvent, each), []);
        assert.doesNotThrow(() => [senderOf(each), checkAppOf(each)]);
      });
    }
    test(`${event}: what it does not know changes nothing, nor does it reach a prototype (B21, B22)`, () => {
      const bomb = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"sender":null,"future":[{}]}') as object;
      const nested = Object.fromEntries(Object.entries(payload).map(([name, value]) => [name, typeof value === 'object' ? { ...bomb, ...value } : value]));
      const named: unknown = JSON.parse(JSON.stringify({ ...nested, ...bomb, action: 'never heard of' }));
      assert.deepEqual(hintsOf(event as WebhookEvent, named), hintsOf(event as WebhookEvent, payload));
      assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
      assert.equal(senderOf(named), undefined);
    });
    test(`${event}: ids win over names, and a sender who is gone is nobody's (B26, B27)`, () => {
      const other = { ...payload, repository: { node_id: 'R_1', full_name: 'other/bar', owner: { login: 'm6' } }, sender: { login: 'ghost', id: 10137 } };
      assert.deepEqual(hintsOf(event as WebhookEvent, other), hintsOf(event as WebhookEvent, payload));
    });
  }

  test('a comment on what is no pull request', () => {
    for (const pull_request of [undefined, null, false, 'yes', 1]) {
      assert.deepEqual(hintsOf('issue_comment', { ...around, issue: { number: 241, pull_request } }), []);
    }
  });

  test('of any other kind never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        for (const event of webhookEvents) assert.deepEqual(hintsOf(event, payload), []);
        assert.equal(senderOf(payload), undefined);
        assert.equal(checkAppOf(payload), undefined);
      }),
    );
  });
});

describe('deliveries', () => {
  const around = { installation: { id: 7 }, repository: { node_id: 'R_1' }, sender: { login: 'ann' } };
  const sha = 'a'.repeat(40);
  const ours = { login: 'avant[bot]' };
  /** Returns what came into the queue. */
  async function deliver(event: WebhookEvent, payload: unknown, slug: string | undefined = 'avant'): Promise<readonly Work[]> {
    const asked: Work[] = [];
    const handlers = new Map<string, (context: { payload: unknown }) => Promise<void>>();
    const app = { on: (name: string, handler: (context: { payload: unknown }) => Promise<void>) => handlers.set(name, handler) };
    const ask = (work: Work): Promise<void> => Promise.resolve(void asked.push(work));
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
    await webhooks({ ask, appId: 5, slug: () => slug, log, delivered: () => undefined })(app as unknown as Probot, {} as never);
    assert.deepEqual([...handlers.keys()], [...webhookEvents]);
    await handlers.get(event)!({ payload });
    return asked;
  }

  test('of others come into the queue', async () => {
    const comment = { ...around, issue: { number: 241, pull_request: {} } };
    assert.equal((await deliver('issue_comment', comment)).length, 1);
    assert.equal((await deliver('status', { ...around, sha })).length, 1);
    assert.equal((await deliver('check_run', { ...around, check_run: { head_sha: sha, app: { id: 6 } } })).length, 1);
    assert.equal((await deliver('check_suite', { ...around, check_suite: { head_sha: sha, app: { id: 6 } } })).length, 1);
    assert.equal((await deliver('check_run', { ...around, check_run: { head_sha: sha, app: null } })).length, 1);
  });

  test('of our own do not', async () => {
    assert.deepEqual(await deliver('issue_comment', { ...around, sender: ours, issue: { number: 241, pull_request: {} } }), []);
    assert.deepEqual(await deliver('pull_request', { ...around, sender: ours, number: 241 }), []);
    assert.deepEqual(await deliver('check_run', { ...around, sender: ours, check_run: { head_sha: sha, app: { id: 5 } } }), []);
  });

  test('nor those of our own checks, whoever sends them, and before we know our name', async () => {
    for (const slug of ['avant', undefined]) {
      assert.deepEqual(await deliver('check_run', { ...around, check_run: { head_sha: sha, app: { id: 5 } } }, slug), []);
      assert.deepEqual(await deliver('check_suite', { ...around, check_suite: { head_sha: sha, app: { id: 5 } } }, slug), []);
    }
  });
});
