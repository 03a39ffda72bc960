import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Decision } from '../../app/core/record.ts';
import { checkFor, checkName, type CheckEntry } from '../../app/core/report/check.ts';
import type { CommentInput } from '../../app/core/report/comment.ts';
import { hostileInput, withoutOurs } from '../support/hostile-report.ts';
import { outsideCode } from '../support/markdown.ts';
import {
  crashing,
  failing,
  live,
  recordOf,
  removed,
  starting,
  statesOf,
  twoApps,
  type Situation,
} from '../support/report-builders.ts';

const label = 'cd/preview';
const wanted: Decision = { verdict: 'wanted', reason: 'Labelled', problems: [] };
const notLabelled: Decision = { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] };
const comment = { id: 1, nodeId: 'IC_1', bodyHash: '' };
const example = { domain: 'preview.bar.com', tenants: ['fr', 'be'] };

function inputOf(parts: Parameters<typeof recordOf>[0]): CommentInput {
  const record = recordOf(parts);
  return { record, states: statesOf(record, parts.tenants ?? {}), logs: {}, label, example };
}

function waiting(reason: string): Decision {
  return { verdict: 'waiting', reason, problems: [], awaited: [{ name: 'ci', state: 'pending', url: undefined }] };
}

function refused(reason: string): Decision {
  return { verdict: 'refused', reason, problems: [] };
}

describe('checkFor', () => {
  const entry = (parts: Parameters<typeof recordOf>[0]): CheckEntry => {
    const { record, states } = inputOf(parts);
    return { record, states, label };
  };
  const tenants = (...situations: readonly Situation[]): Readonly<Record<string, Situation>> =>
    Object.fromEntries(situations.map((one, index) => [`t${index}`, one]));
  const verdict = (...entries: readonly CheckEntry[]): string | undefined => {
    const check = checkFor(entries, false);
    return check && (check.status === 'in_progress' ? 'in_progress' : check.conclusion);
  };
  const blocked: Situation = {
    ...removed,
    record: { trouble: { reason: 'NameHeld', message: 'no', failures: 1, retryAt: '' } },
  };

  const cases: readonly (readonly [string, string | undefined, readonly CheckEntry[]])[] = [
    ['all live', 'success', [entry({ decision: wanted, tenants: tenants(live, live) })]],
    [
      'a tenant that was dropped does not count',
      'success',
      [entry({ decision: wanted, tenants: tenants(live, removed) })],
    ],
    ['one on the way', 'in_progress', [entry({ decision: wanted, tenants: tenants(live, starting) })]],
    ['nothing there yet', 'in_progress', [entry({ decision: wanted })]],
    [
      'one failed, another on the way',
      'failure',
      [entry({ decision: wanted, tenants: tenants(failing(crashing), starting) })],
    ],
    ['one blocked', 'failure', [entry({ decision: wanted, tenants: tenants(live, blocked) })]],
    [
      'a broken config over a live preview',
      'failure',
      [entry({ decision: { ...wanted, reason: 'ConfigBroken' }, tenants: tenants(live) })],
    ],
    ['a broken config', 'failure', [entry({ decision: { verdict: 'invalid', reason: 'ConfigBroken', problems: [] } })]],
    ['waiting for CI', 'in_progress', [entry({ decision: waiting('WaitingForChecks'), tenants: tenants(live) })]],
    ['CI that cannot be read', 'in_progress', [entry({ decision: waiting('ChecksUnreadable') })]],
    ['red CI over a live preview', 'failure', [entry({ decision: waiting('ChecksFailed'), tenants: tenants(live) })]],
    ['CI that takes too long', 'failure', [entry({ decision: waiting('ChecksTimedOut') })]],
    ['stopped', 'neutral', [entry({ decision: { ...notLabelled, reason: 'Stopped' }, tenants: tenants(removed) })]],
    ['a label that looks alike', undefined, [entry({ decision: refused('LookAlike') })]],
    ['a label by somebody who may not', 'neutral', [entry({ decision: refused('NotAllowed') })]],
    ['help, and no label', undefined, [entry({ decision: notLabelled, said: { comment } })]],
    ['a fork', 'neutral', [entry({ decision: { verdict: 'refused', reason: 'Fork', problems: [] } })]],
    ['unlabelled', 'neutral', [entry({ decision: notLabelled, tenants: tenants(removed), said: { comment } })]],
    ['merged', 'neutral', [entry({ decision: { ...notLabelled, reason: 'Merged' }, tenants: tenants(removed) })]],
    ['never asked', undefined, [entry({ decision: notLabelled })]],
    ['no pull request', undefined, []],
    [
      'one asks, one does not',
      'success',
      [entry({ decision: notLabelled, number: 1 }), entry({ decision: wanted, tenants: tenants(live), number: 2 })],
    ],
    [
      'one live, one failed',
      'failure',
      [
        entry({ decision: wanted, tenants: tenants(live), number: 1 }),
        entry({ decision: wanted, tenants: tenants(failing(crashing)), number: 2 }),
      ],
    ],
  ];
  for (const [name, expected, entries] of cases) {
    test(name, () => {
      assert.equal(verdict(...entries), expected);
    });
  }

  test('always: neutral where nobody asked', () => {
    assert.equal(checkFor([entry({ decision: notLabelled })], true)?.conclusion, 'neutral');
  });

  test('several pull requests: each is told, in the order of their numbers however they come', () => {
    const [a, b] = [
      entry({ decision: wanted, tenants: tenants(live), number: 9 }),
      entry({ decision: wanted, tenants: tenants(live), number: 10 }),
    ];
    const check = checkFor([b, a], false);
    assert.deepEqual(check, checkFor([a, b], false));
    assert.match(check?.summary ?? '', /Pull request 9\].*Pull request 10\]/s);
  });

  test('the one preview is where the details lead', () => {
    assert.equal(
      checkFor([entry({ decision: wanted, tenants: { '': live } })], false)?.detailsUrl,
      'https://foo-241.preview.bar.com',
    );
    assert.equal(checkFor([entry({ decision: wanted, tenants: tenants(live, live) })], false)?.detailsUrl, undefined);
    const apps = entry({ decision: wanted, tenants: { '': twoApps('foo-241', 'live') } });
    assert.equal(checkFor([apps], false)?.conclusion, 'success');
    assert.equal(checkFor([apps], false)?.detailsUrl, undefined);
  });

  test('nothing from outside acts, and the limits hold in bytes', () => {
    fc.assert(
      fc.property(hostileInput, ({ record, states }) => {
        const check = checkFor([{ record, states, label }], true);
        assert.ok(check && check.title.length > 0 && check.title.length <= 255);
        assert.ok(check.summary.length > 0 && Buffer.byteLength(check.summary) <= 65_535);
        assert.doesNotMatch(
          withoutOurs(outsideCode(check.summary)),
          /[@#<>&*_[\]\\|~$`]|www\.|gh-\d|[0-9a-f]{7}/i,
          check.summary,
        );
      }),
      { numRuns: 200 },
    );
  });

  test('the name is what branch protection asks for', () => {
    assert.equal(checkName, 'Avant preview');
  });
});
