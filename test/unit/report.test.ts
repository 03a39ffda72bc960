import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseProject } from '../../app/config/project.ts';
import { causeOfTrouble } from '../../app/core/trouble-cause.ts';
import type { Link, TenantState } from '../../app/core/health.ts';
import type { Answer, Decision } from '../../app/core/record.ts';
import { checkFor } from '../../app/core/report/check.ts';
import { reactionsToSay } from '../../app/core/report/commands.ts';
import { commentBody, commentMarker, type CommentInput } from '../../app/core/report/comment.ts';
import { everyNode, parseGfm } from '../support/gfm.ts';
import { hostileInput, withoutOurs } from '../support/hostile-report.ts';
import { outsideCode } from '../support/markdown.ts';
import { crashing, failing, live, newSha, oldSha, recordOf, removed, statesOf } from '../support/report-builders.ts';
import { reportCases } from '../support/report-cases.ts';

const label = 'cd/preview';
const wanted: Decision = { verdict: 'wanted', reason: 'Labelled', problems: [] };
const notLabelled: Decision = { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] };
const comment = { id: 1, nodeId: 'IC_1', bodyHash: '' };
const example = { domain: 'preview.bar.com', tenants: ['fr', 'be'] };

function inputOf(parts: Parameters<typeof recordOf>[0]): CommentInput {
  const record = recordOf(parts);
  return { record, states: statesOf(record, parts.tenants ?? {}), logs: {}, label, example };
}

function answer(command: string, outcome: Answer['outcome'], id = 7): Answer {
  return { comment: id, by: 'octocat', command, outcome, why: 'so it is' };
}

test('reactionsToSay: to what has none yet, in the order of the comments', () => {
  const answers = [answer('stop', 'done', 3), answer('', 'unknown', 9), answer('stop', 'refused', 5), answer('help', 'done', 7)];
  assert.deepEqual(reactionsToSay(recordOf({ decision: wanted, intent: { answers }, said: { reacted: 3 } })), [
    { comment: 5, reaction: '-1' },
    { comment: 7, reaction: '+1' },
    { comment: 9, reaction: 'confused' },
  ]);
  assert.deepEqual(reactionsToSay(recordOf({ decision: wanted, intent: { answers }, said: { reacted: 9 } })), []);
});

describe('commentBody', () => {
  test('nothing from outside acts, and the length holds', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        const body = commentBody(input);
        if (body === undefined) return;
        assert.ok(body.length <= 60_000);
        assert.ok(body.isWellFormed());
        const table = (body.split('\n<details')[0] ?? '').split('\n');
        const pipes = table.flatMap((line) => (line.startsWith('| ') ? [line.split('|').length] : []));
        assert.ok(new Set(pipes).size <= 1, body);
        assert.doesNotMatch(withoutOurs(outsideCode(body)), /[@#<>&*_[\]\\|~$`]|www\.|gh-\d|[0-9a-f]{7}/i, body);
      }),
      { numRuns: 300 },
    );
  });

  test('as GitHub reads it: no mention, link, image or HTML but ours', () => {
    fc.assert(
      fc.property(hostileInput, (input) => {
        const body = commentBody(input) ?? '';
        const nodes = everyNode(parseGfm(body));
        // GitHub looks for nothing in the words of a link.
        const linked = new Set(nodes.flatMap(({ type, children }) => (type === 'link' ? (children ?? []) : [])));
        for (const node of nodes) {
          assert.ok(
            ![
              'image',
              'imageReference',
              'linkReference',
              'definition',
              'footnoteReference',
              'footnoteDefinition',
              'delete',
              'emphasis',
              'break',
            ].includes(node.type),
            `${node.type} in ${body}`,
          );
          if (node.type === 'link') assert.match(node.url ?? '', /^https?:\/\/[\w.:~%/?=&+,-]+$/);
          if (node.type === 'html')
            assert.match(
              node.value ?? '',
              /^(<!-- avant:[0-9a-f]{40} -->|<\/?sub>|<br>|<details( open)?><summary>(Commands|Last lines of the log( of [\w-]*)?)<\/summary>|<\/details>)$/,
            );
          if (node.type === 'text' && !linked.has(node))
            assert.doesNotMatch(node.value ?? '', /@|#\d|gh-\d|https?:|www\./i);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('the first line names the key, and no other key', () => {
    const input = inputOf({ decision: wanted, tenants: { fr: live } });
    const marker = commentMarker(input.record.key);
    assert.match(marker, /^<!-- avant:[0-9a-f]{40} -->$/);
    assert.equal(commentBody(input)?.split('\n')[0], marker);
    assert.notEqual(commentMarker({ ...input.record.key, number: 242 }), marker);
  });

  test('the same input gives the same bytes, whatever else was said before', () => {
    for (const { input } of reportCases) {
      const again = {
        ...input,
        record: { ...input.record, said: { ...input.record.said, at: '2026-11-23T00:00:00Z', comment } },
      };
      assert.equal(commentBody(structuredClone(again)), commentBody(again));
    }
  });

  const long = 'x@'.repeat(2_000);
  const worst: readonly Pick<Decision, 'verdict' | 'reason'>[] = [
    wanted,
    { verdict: 'wanted', reason: 'ConfigBroken' },
    { verdict: 'waiting', reason: 'ChecksTimedOut' },
    { verdict: 'waiting', reason: 'ChecksUnreadable' },
    { verdict: 'refused', reason: 'NotAllowed' },
    { verdict: 'refused', reason: 'LookAlike' },
    { verdict: 'refused', reason: 'Fork' },
  ];
  for (const decision of worst) {
    test(`as long as it may be: ${decision.reason}`, () => {
      const problems = Array.from({ length: 100 }, () => long);
      const awaited = Array.from({ length: 100 }, () => ({ name: long, state: 'absent', url: undefined }) as const);
      const record = recordOf({
        decision: { ...decision, problems, awaited },
        pullRequest: { fork: true, labels: Array.from({ length: 100 }, (_, index) => `l${index}`) },
        intent: {
          answers: [{ comment: 1, by: long, command: long, outcome: 'unknown', why: long }],
          approved: { sha: newSha, by: long, at: '' },
          labellers: Array.from({ length: 100 }, (_, index) => ({ label: `l${index}`, by: long, at: '', may: false })),
        },
      });
      const states = Array.from({ length: 100 }, (_, index): TenantState => {
        const cause = causeOfTrouble({ reason: 'Refused', message: '', problems: [String(index), ...problems] });
        const links = Array.from({ length: 100 }, () => ({ part: 'api', url: `https://${'a'.repeat(240)}.com`, serving: oldSha }));
        return { tenant: `t${index}`, url: '', links, sha: newSha, phase: 'failed', serving: oldSha, since: undefined, cause };
      });
      const logs = Object.fromEntries(states.map(({ tenant }) => [tenant, [long, long]]));
      const body = commentBody({ record, states, logs, label, example }) ?? '';
      assert.ok(body.length <= 60_000, String(body.length));
      const check = checkFor([{ record, states, label }], true);
      assert.ok(check && check.title.length <= 255 && Buffer.byteLength(check.summary) <= 65_535);
    });
  }

  test('as long as it may be: many tenants, long messages, long logs', () => {
    const record = recordOf({ decision: { ...wanted, problems: Array.from({ length: 100 }, () => 'p@'.repeat(400)) } });
    const states = Array.from({ length: 300 }, (_, index): TenantState => {
      const cause = causeOfTrouble({ reason: 'ApplyFailed', message: `${index} ${'x@'.repeat(2_000)}` });
      return {
        tenant: `t${index}`,
        url: `https://${'a'.repeat(240)}.com`,
        links: Array.from({ length: 20 }, () => ({ part: 'api', url: `https://${'a'.repeat(240)}.com`, serving: oldSha })),
        sha: newSha,
        phase: 'failed',
        serving: oldSha,
        since: undefined,
        cause,
      };
    });
    const logs = Object.fromEntries(
      states.map(({ tenant }) => [tenant, Array.from({ length: 200 }, () => '`'.repeat(1_000))]),
    );
    const body = commentBody({ record, states, logs, label, example }) ?? '';
    assert.ok(body.length <= 60_000, String(body.length));
    assert.match(body, /… and \d+ more\./);
    assert.match(body, /remove the label `cd\/preview`\. Commands: comment `\/preview help`\.<\/sub>$/);
    const check = checkFor(
      [
        { record, states, label },
        { record, states, label },
      ],
      false,
    );
    assert.ok(Buffer.byteLength(check?.summary ?? '') <= 65_535);
  });

  test('logs have what room there is', () => {
    const input = {
      ...inputOf({ decision: wanted, tenants: { fr: failing(crashing) } }),
      logs: { fr: Array.from({ length: 150 }, (_, index) => `line ${index} ${'x'.repeat(90)}`) },
    };
    const body = commentBody(input) ?? '';
    assert.ok(body.length < 10_000);
    assert.match(body, /line 149 /);
    assert.doesNotMatch(body, /line 0 /);
  });

  const silent: readonly (readonly [string, CommentInput])[] = [
    ['nobody asked', inputOf({ decision: notLabelled })],
    ['asked and taken back before a word was said', inputOf({ decision: notLabelled, tenants: { fr: removed } })],
    ['a command that was done', inputOf({ decision: notLabelled, intent: { answers: [answer('stop', 'done')] } })],
    [
      'a command on a pull request that is closed',
      inputOf({ decision: { ...notLabelled, reason: 'Closed' }, intent: { answers: [answer('x', 'unknown')] } }),
    ],
    ['the repository is gone', inputOf({ decision: { ...notLabelled, reason: 'Missing' }, said: { comment } })],
  ];
  for (const [why, input] of silent) {
    test(`silent: ${why}`, () => {
      assert.equal(commentBody(input), undefined);
    });
  }

  const answers: readonly (readonly [string, CommentInput, RegExp])[] = [
    ['help', inputOf({ decision: notLabelled, intent: { answers: [answer('help', 'done')] } }), /`\/preview stop` takes/],
    ['what is no command', inputOf({ decision: notLabelled, intent: { answers: [answer('', 'unknown')] } }), /A command by `octocat` was not/],
    ['a refusal', inputOf({ decision: notLabelled, intent: { answers: [answer('stop', 'refused')] } }), /`\/preview stop` by `octocat` was not done/],
    ['a stop before the first word', inputOf({ decision: { ...notLabelled, reason: 'Stopped' } }), /is stopped/],
  ];
  for (const [why, input, said] of answers) {
    test(`somebody is answered, comment or none: ${why}`, () => {
      assert.match(commentBody(input) ?? '', said);
    });
  }

  test('only the last command is answered', () => {
    const input = inputOf({ decision: wanted, intent: { answers: [answer('', 'unknown'), answer('restart', 'done')] } });
    assert.doesNotMatch(commentBody(input) ?? '', /Commands<|not understood/);
  });

  test('a comment that stands is brought up to date', () => {
    assert.match(
      commentBody(inputOf({ decision: notLabelled, tenants: { fr: removed }, said: { comment } })) ?? '',
      /has been taken away/,
    );
    assert.match(commentBody(inputOf({ decision: notLabelled, said: { comment } })) ?? '', /No preview is asked for/);
  });

  test('the example is a valid project config, on github.com and elsewhere, with tenants and without', () => {
    for (const url of ['https://github.com/Bar/Foo_Service.js', 'https://git.bar.com/Bar/Foo_Service.js']) {
      for (const tenants of [[], ['fr', 'be']]) {
        const input = inputOf({ decision: { verdict: 'invalid', reason: 'ConfigMissing', problems: [] } });
        const { facts } = input.record;
        const record = {
          ...input.record,
          facts: { ...facts, repository: { ...facts.repository, owner: 'Bar', name: 'Foo_Service.js', url } },
        };
        const yaml =
          /```yaml\n(.*?)\n```/s.exec(
            commentBody({ ...input, record, example: { domain: 'preview.bar.com', tenants } }) ?? '',
          )?.[1] ?? '';
        const folders = { charts: [], manifests: false, maxReplicas: 3, maxJobMs: 60_000, door: undefined };
        const parsed = parseProject(yaml, '.cloud/preview.yaml', { tenants, app: 'foo', ...folders });
        assert.ok(parsed.ok, JSON.stringify(parsed));
        assert.deepEqual(parsed.project.tenants, tenants);
        const [app] = parsed.project.apps;
        assert.match(
          app?.source.kind === 'template' ? app.source.image : '',
          url.includes('github.com') ? /^ghcr\.io\/bar\/foo-service-js:/ : /^registry\.bar\.com\//,
        );
      }
    }
  });

  test('the example takes its image from the registry that the platform lists', () => {
    const input = inputOf({ decision: { verdict: 'invalid', reason: 'ConfigMissing', problems: [] } });
    const listed = { domain: 'preview.bar.com', tenants: [], registry: 'localhost:5000/team' };
    assert.match(commentBody({ ...input, example: listed }) ?? '', /^image: localhost:5000\/team\/foo:\$\{sha\}$/m);
  });

  test('a link is made only where something answers, and only of a web address', () => {
    const of = (parts: Partial<Link>): string => {
      const input = inputOf({ decision: wanted, tenants: { fr: live } });
      const states = input.states.map((state) => ({ ...state, links: state.links.map((link) => ({ ...link, ...parts })) }));
      return commentBody({ ...input, states }) ?? '';
    };
    assert.match(of({}), /\]\(https:\/\/foo-241-fr\.preview\.bar\.com\)/);
    assert.doesNotMatch(of({ serving: undefined }), /\]\(https:\/\/foo/);
    assert.doesNotMatch(of({ url: 'javascript:alert(1)' }), /\]\(javascript/);
    assert.match(
      of({ url: 'http://foo-241-fr.preview.localhost:8080' }),
      /\]\(http:\/\/foo-241-fr\.preview\.localhost:8080\)/,
    );
  });
});
