import fc from 'fast-check';
import { causeOfTrouble, type Cause } from '../../app/core/cause.ts';
import type { TenantState } from '../../app/core/health.ts';
import type { Decision, PullRequestRecord } from '../../app/core/record.ts';
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
      { verdict: 'not-wanted', reason: 'NotLabelled' },
      { verdict: 'not-wanted', reason: 'Closed' },
    ),
    problems: fc.array(hostile, { maxLength: 3 }),
    texts: fc.array(hostile, { minLength: 12, maxLength: 12 }),
    lines: fc.array(hostile, { maxLength: 4 }),
    phases: fc.array(
      fc.constantFrom<TenantState['phase']>('live', 'updating', 'starting', 'failed', 'blocked', 'removing', 'removed'),
      { maxLength: 3 },
    ),
  })
  .map(({ decision, problems, texts, lines, phases }) => {
    const text = (index: number): string => texts[index % texts.length] ?? '';
    const record = recordOf({
      decision: { ...decision, problems },
      pullRequest: { labels: [text(0), `${label}/${text(1)}`], headSha: text(2), url: text(3) },
      said: { comment },
    });
    const hostileRecord: PullRequestRecord = {
      ...record,
      facts: { ...record.facts, repository: { ...record.facts.repository, owner: text(4), name: text(5) } },
    };
    const states = phases.map((phase, index): TenantState => {
      const cause: Cause = {
        ...causeOfTrouble({ reason: 'ApplyFailed', message: text(6 + index) }),
        advice: text(7 + index),
      };
      return {
        tenant: index === 0 ? 'fr' : text(8 + index),
        url: text(9 + index),
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
    .replaceAll(/^<details><summary>Last lines of the log( of [\w-]*)?<\/summary>$/gm, '')
    .replaceAll(/^<\/details>$/gm, '')
    .replaceAll(/^<sub>(.*)<\/sub>$/gm, '$1')
    .replaceAll(/^(> ?|#{3,4} |- )+/gm, '')
    .replaceAll('**What to do:** ', '')
    .replaceAll(/^\|( --- \|)+$/gm, '')
    .replaceAll(/\[(\u0001|[\w.:/-]+)\]\(https?:\/\/[\w.:~%/-]+\)/g, '$1')
    .replaceAll(/\*\*([^*|]*)\*\*/g, '$1')
    .replaceAll(/(?<!\\)\|/g, ' ');
}
