import { doorVersion } from '../../app/core/at-the-door.ts';
import type { DoorAnswer } from '../../app/core/door.ts';
import type { Decision, DoorRecord } from '../../app/core/record.ts';
import { live, newSha, oldSha, reportCase, tenantRecordIn, twoApps, type ReportCase, type Situation } from './report-builders.ts';

const wanted: Decision = { verdict: 'wanted', reason: 'Labelled', problems: [] };
const answered = '2026-11-22T08:03:12Z';

/** A preview whose containers are ready, and what its links answered through the door; undefined: nothing that could be told. */
function atTheDoor(namespace: string, situation: Situation, answers: readonly (DoorAnswer | undefined)[], commit = newSha): Situation {
  const record = { ...tenantRecordIn(namespace), sha: commit, ...situation.record };
  const door = record.links.flatMap(({ url }, index): DoorRecord[] => {
    const answer = answers[index];
    const version = doorVersion(record, url, situation.objects(namespace));
    return answer && version !== undefined ? [{ url, version, at: answer.kind === 'app' ? answered : undefined, answer }] : [];
  });
  return { ...situation, record: { ...situation.record, door } };
}

const fr = (answer: DoorAnswer | undefined): Situation => atTheDoor('foo-241-fr', live, [answer]);
const be = (answer: DoorAnswer | undefined): Situation => atTheDoor('foo-241-be', live, [answer]);
const earlier = atTheDoor('foo-241-fr', { ...live, record: { sha: oldSha } }, [{ kind: 'app', status: 200 }]).record?.door ?? [];

/** What a developer reads while a preview's containers are ready and its link is asked. */
export const doorCases: readonly ReportCase[] = [
  reportCase('door-live', { decision: wanted, tenants: { fr: fr({ kind: 'app', status: 200 }), be: be({ kind: 'app', status: 404 }) } }),
  reportCase('dead-end', { decision: wanted, tenants: { fr: { objects: (ns) => live.objects(ns).filter(({ kind }) => kind !== 'Service') }, be: live } }),
  reportCase('door-first-moments', { decision: wanted, tenants: { fr: fr(undefined), be: be({ kind: 'app', status: 302 }) } }),
  reportCase('door-after-a-push', { decision: wanted, tenants: { fr: { ...live, record: { door: earlier } } } }),
  reportCase('door-has-no-route', { decision: wanted, tenants: { fr: fr({ kind: 'door', status: 404 }), be: be({ kind: 'app', status: 200 }) } }),
  reportCase('door-has-no-server', { decision: wanted, tenants: { fr: fr({ kind: 'door', status: 503 }) } }),
  reportCase('door-gets-nonsense', { decision: wanted, tenants: { fr: fr({ kind: 'door', status: 502 }), be: be({ kind: 'door', status: 504 }) } }),
  reportCase('door-keeps-avant-out', { decision: wanted, tenants: { fr: fr({ kind: 'door', status: 403 }), be: be({ kind: 'door', status: 301 }) } }),
  reportCase('door-is-down', { decision: wanted, tenants: { fr: fr({ kind: 'none', why: 'connections are refused' }) } }),
  reportCase('door-leads-to-another', { decision: wanted, tenants: { fr: fr({ kind: 'other', status: 200, marker: 'bar-12' }), be: be({ kind: 'other', status: 200, marker: '' }) } }),
  reportCase('door-answers-500', { decision: wanted, tenants: { fr: fr({ kind: 'app', status: 500 }), be: be({ kind: 'app', status: 200 }) } }),
  reportCase('door-of-two-apps', {
    decision: wanted,
    tenants: {
      fr: atTheDoor('foo-241-fr', twoApps('foo-241-fr', 'live'), [{ kind: 'door', status: 503 }, { kind: 'none', why: 'no answer in time' }]),
      be: atTheDoor('foo-241-be', twoApps('foo-241-be', 'live'), [{ kind: 'app', status: 500 }, { kind: 'app', status: 503 }]),
    },
  }),
];
