import type { Decision } from '../../app/core/record.ts';
import { chartCases } from './report-cases-charts.ts';
import { doorCases } from './report-cases-door.ts';
import { ciCases, peopleCases } from './report-cases-people.ts';
import {
  blocked,
  crashing,
  failing,
  kept,
  live,
  liveOld,
  noImage,
  noMemory,
  noRoom,
  removed,
  removing,
  reportCase,
  starting,
  updating,
  type ReportCase,
} from './report-builders.ts';

const wanted: Decision = { verdict: 'wanted', reason: 'Labelled', problems: [] };
const problems = [
  '.cloud/preview.yaml:3:1 servcie: unknown key — did you mean "service"?',
  '.cloud/preview.yaml:7:12 tenants[1]: "bee" is no tenant of the platform — it has fr, be, hr, hu',
];
const trace = [
  '> foo@1.4.0 start',
  '> node server.js',
  '',
  'connecting to postgres://foo:hunter2@db.internal:5432/foo as @admin',
  '/app/server.js:12',
  "    throw new Error('DATABASE_URL is not set, see #17 ``` </details>');",
  '    ^',
  '',
  'Error: DATABASE_URL is not set',
  '    at Object.<anonymous> (/app/server.js:12:9)',
];
const comment = { id: 1, nodeId: 'IC_1', bodyHash: '' };

/** Situations of a preview, and of a configuration. */
const previewCases: readonly ReportCase[] = [
  reportCase('four-live', { decision: wanted, tenants: { fr: live, be: live, hr: live, hu: live } }),
  reportCase('one-live', { decision: wanted, tenants: { '': live } }),
  reportCase('first-seconds', { decision: wanted }),
  reportCase('starting', { decision: wanted, tenants: { fr: starting, be: starting, hr: live, hu: starting } }),
  reportCase('updating', { decision: wanted, tenants: { fr: updating, be: live } }),
  reportCase(
    'one-of-four-crashes',
    { decision: wanted, tenants: { fr: live, be: live, hr: failing(crashing, { old: true }), hu: live } },
    { hr: trace },
  ),
  reportCase('alone-and-crashes', { decision: wanted, tenants: { '': failing(crashing) } }, { '': trace }),
  reportCase('image-not-there-yet', {
    decision: wanted,
    tenants: { fr: failing(noImage, { old: true }), be: failing(noImage, { old: true }) },
  }),
  reportCase('image-never-came', {
    decision: wanted,
    tenants: { fr: failing(noImage, { late: true }), be: failing(noImage, { late: true }) },
  }),
  reportCase('out-of-memory-and-no-room', {
    decision: wanted,
    tenants: { fr: failing(noMemory), be: failing(noRoom), hr: live },
  }),
  reportCase(
    'does-not-answer',
    { decision: wanted, tenants: { '': failing({ phase: 'Running', container: {} }, { late: true }) } },
    { '': ['listening on 127.0.0.1:3000'] },
  ),
  reportCase('cluster-refuses', {
    decision: wanted,
    tenants: {
      fr: live,
      be: blocked({
        reason: 'ApplyFailed',
        message:
          'Ingress.networking.k8s.io "foo" is invalid: spec.rules[0].host: host "foo-241-be.preview.bar.com" is already defined in ingress @evil/<b>x</b>',
      }),
    },
  }),
  reportCase('namespace-still-going', { decision: wanted, tenants: { '': { objects: removing.objects } } }),
  reportCase('tenant-dropped', { decision: wanted, tenants: { fr: live, be: live, hr: removing, hu: removed } }),
  reportCase('label-of-no-tenant-too', {
    decision: { ...wanted, problems: ['The label cd/preview/xx names no tenant of this project (it has fr, be).'] },
    tenants: { fr: live },
    pullRequest: { labels: ['bug', 'cd/preview/fr', 'CD/preview/xx'] },
  }),
  reportCase('config-broken-old-stays', {
    decision: { verdict: 'wanted', reason: 'ConfigBroken', problems },
    tenants: { fr: liveOld, be: liveOld },
  }),
  reportCase('config-missing-old-stays', {
    decision: { verdict: 'wanted', reason: 'ConfigMissing', problems: [] },
    tenants: { '': liveOld },
  }),
  reportCase('config-broken', { decision: { verdict: 'invalid', reason: 'ConfigBroken', problems } }),
  reportCase('config-missing', { decision: { verdict: 'invalid', reason: 'ConfigMissing', problems: [] } }),
  reportCase('name-held', {
    decision: { verdict: 'invalid', reason: 'NameHeld', problems: ['The name "foo" is held by baz/foo.'] },
  }),
  reportCase('no-tenant', {
    decision: {
      verdict: 'refused',
      reason: 'NoTenant',
      problems: ['The label cd/preview/xx names no tenant of this project (it has fr, be).'],
    },
    pullRequest: { labels: ['cd/preview/xx'] },
  }),
  reportCase('unlabelled-going', {
    decision: { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] },
    tenants: { fr: removing, be: removed },
    pullRequest: { labels: [] },
    said: { comment },
  }),
  reportCase('unlabelled', {
    decision: { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] },
    tenants: { fr: removed, be: removed },
    pullRequest: { labels: [] },
    said: { comment },
  }),
  reportCase('closed', {
    decision: { verdict: 'not-wanted', reason: 'Closed', problems: [] },
    tenants: { '': removed },
    said: { comment },
  }),
  reportCase('merged', {
    decision: { verdict: 'not-wanted', reason: 'Merged', problems: [] },
    tenants: { '': removed },
    said: { comment },
  }),
  reportCase('teardown-paused', {
    decision: { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] },
    tenants: { fr: kept(live), be: kept(live) },
    pullRequest: { labels: [] },
    said: { comment },
  }),
  reportCase('never-asked', {
    decision: { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] },
    pullRequest: { labels: ['bug'] },
  }),
];

/** Every situation that a report tells differently. */
export const reportCases: readonly ReportCase[] = [...previewCases, ...chartCases, ...doorCases, ...ciCases, ...peopleCases];
