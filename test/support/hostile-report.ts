import fc from 'fast-check';
import type { Cause } from '../../app/core/cause.ts';
import { causeOfTrouble } from '../../app/core/trouble-cause.ts';
import type { TenantState } from '../../app/core/health.ts';
import type { Answer, AwaitedCheck, Decision, PullRequestRecord } from '../../app/core/record.ts';
import type { CommentInput } from '../../app/core/report/comment.ts';
import { hostile } from './hostile.ts';
import { recordOf } from './report-builders.ts';

const label = 'cd/preview';
const comment = { id: 1, nodeId: 'IC_1', bodyHash: '' };

/** A pull request about which everything that can come from outside says something hostile. */
export const hostileInput: fc.Arbitrary<CommentInput> = fc
  .record({
    decision: fc.constantFrom<Pick<Decision, 'verdict' | 'reason'>>(
      { verdict: 'wanted', reason: 'Labelled' },
      { verdict: 'wanted', reason: 'ConfigBroken' },
      { verdict: 'invalid', reason: 'ConfigBroken' },
      { verdict: 'invalid', reason: 'ConfigMissing' },
      { verdict: 'invalid', reason: 'NameHeld' },
      { verdict: 'refused', reason: 'NoTenant' },
      { verdict: 'refused', reason: 'Fork' },
      { verdict: 'refused', reason: 'ForksNever' },
      { verdict: 'refused', reason: 'NotAllowed' },
      { verdict: 'refused', reason: 'LabelUnknown' },
      { verdict: 'refused', reason: 'LookAlike' },
      { verdict: 'waiting', reason: 'WaitingForChecks' },
      { verdict: 'waiting', reason: 'ChecksFailed' },
      { verdict: 'waiting', reason: 'ChecksTimedOut' },
      { verdict: 'waiting', reason: 'ChecksUnreadable' },
      { verdict: 'not-wanted', reason: 'Stopped' },
      { verdict: 'not-wanted', reason: 'NotLabelled' },
      { verdict: 'not-wanted', reason: 'Closed' },
    ),
    problems: fc.array(hostile, { maxLength: 3 }),
    texts: fc.array(hostile, { minLength: 12, maxLength: 12 }),
    lines: fc.array(hostile, { maxLength: 4 }),
    checks: fc.array(
      fc.record({
        name: hostile,
        state: fc.constantFrom<AwaitedCheck['state']>('absent', 'pending', 'failure'),
        url: fc.option(hostile, { nil: undefined }),
      }),
      { maxLength: 3 },
    ),
    answers: fc.array(
      fc.record({
        comment: fc.nat(),
        by: hostile,
        command: hostile,
        outcome: fc.constantFrom<Answer['outcome']>('done', 'refused', 'unknown'),
        why: hostile,
      }),
      { maxLength: 2 },
    ),
    fork: fc.boolean(),
    phases: fc.array(
      fc.constantFrom<TenantState['phase']>('live', 'updating', 'starting', 'failed', 'blocked', 'removing', 'removed'),
      { maxLength: 3 },
    ),
  })
  .map(({ decision, problems, texts, lines, checks, answers, fork, phases }) => {
    const text = (index: number): string => texts[index % texts.length] ?? '';
    const record = recordOf({
      decision: { ...decision, problems: [...problems, text(0)], awaited: checks },
      pullRequest: { labels: [text(0), `${label}/${text(1)}`], headSha: text(2), url: text(3), fork },
      intent: {
        answers,
        stopped: { by: text(6), at: text(7) },
        approved: { sha: text(2), by: text(8), at: text(9) },
        labellers: [{ label: text(0), by: text(10), at: text(11), may: false }],
      },
      said: { comment },
    });
    const hostileRecord: PullRequestRecord = {
      ...record,
      facts: { ...record.facts, repository: { ...record.facts.repository, owner: text(4), name: text(5) } },
    };
    const states = phases.map((phase, index): TenantState => {
      const cause: Cause = {
        ...causeOfTrouble({ reason: 'Refused', message: text(6 + index), problems: [text(7 + index), text(8 + index)] }),
        advice: text(7 + index),
      };
      return {
        tenant: index === 0 ? 'fr' : text(8 + index),
        url: text(9 + index),
        links: [text(9 + index), text(10 + index)].map((url) => ({ part: text(index), url, serving: text(1) })),
        sha: text(10 + index),
        phase,
        serving: index === 1 ? text(11) : undefined,
        since: text(index),
        cause,
      };
    });
    return {
      record: hostileRecord,
      states,
      logs: Object.fromEntries(states.map(({ tenant }) => [tenant, lines])),
      label,
      example: { domain: text(1), tenants: [text(2)] },
    };
  });

/** Our own links, tags and marks; nothing else may act. */
export function withoutOurs(markdown: string): string {
  return markdown
    .replace(/^<!-- avant:[0-9a-f]{40} -->\n/, '')
    .replaceAll(/^> \[!(NOTE|WARNING)\]$/gm, '')
    .replaceAll(/^<details( open)?><summary>(Commands|Last lines of the log( of [\w-]*)?)<\/summary>$/gm, '')
    .replaceAll(/^<\/details>$/gm, '')
    .replaceAll(/^<sub>(.*)<\/sub>$/gm, '$1')
    .replaceAll(/^(> ?|#{3,4} |- )+/gm, '')
    .replaceAll('**What to do:** ', '')
    .replaceAll(/^\|( --- \|)+$/gm, '')
    .replaceAll(/(?<=^\|.*)<br>(?=.*\|$)/gm, ' ')
    // GitHub looks for nothing in the words of a link.
    .replaceAll(/\[[\u0001\w.:/ …-]+\]\(https?:\/\/[\w.:~%/?=&+,-]+\)/g, '')
    .replaceAll(/\*\*([^*|]*)\*\*/g, '$1')
    .replaceAll(/(?<!\\)\|/g, ' ');
}
