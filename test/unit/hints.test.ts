import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { hintsOf, senderOf, webhookEvents, type WebhookEvent } from '../../app/core/hints.ts';
import { formatWork, parseWork } from '../../app/core/work.ts';

type Example = Readonly<Record<string, unknown>> & {
  readonly action: string;
  readonly number?: number;
  readonly installation?: { readonly id: number };
  readonly repository?: { readonly node_id: string };
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
  for (const [event, least] of [['pull_request', 20], ['installation', 5], ['installation_repositories', 2]] as const) {
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

describe('garbage', () => {
  const good = delivered(examplesOf('pull_request')[0]!);
  const broken: Record<string, unknown> = {
    nothing: undefined,
    null: null,
    text: 'pull_request',
    list: [good],
    empty: {},
    'no installation': { ...good, installation: undefined },
    'an installation that is text': { ...good, installation: { id: '4711' } },
    'installation 0': { ...good, installation: { id: 0 } },
    'a number that is text': { ...good, number: '2' },
    'number -1': { ...good, number: -1 },
    'number 1.5': { ...good, number: 1.5 },
    'number too large to be exact': { ...good, number: 2 ** 60 },
    'no repository': { ...good, repository: null },
    'an empty node id': { ...good, repository: { node_id: '' } },
    'a node id that is a number': { ...good, repository: { node_id: 5 } },
  };
  for (const [what, payload] of Object.entries(broken)) {
    test(`hints at nothing: ${what}`, () => {
      assert.deepEqual(hintsOf('pull_request', payload), []);
      if (!(typeof payload === 'object' && payload !== null && 'installation' in payload)) for (const event of webhookEvents) assert.deepEqual(hintsOf(event, payload), []);
    });
  }

  test('of any other kind never throws', () => {
    fc.assert(
      fc.property(fc.anything(), (payload) => {
        for (const event of webhookEvents) assert.deepEqual(hintsOf(event, payload), []);
        assert.equal(senderOf(payload), undefined);
      }),
    );
  });
});
