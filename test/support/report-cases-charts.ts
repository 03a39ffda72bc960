import type { KubernetesObject } from '../../app/core/object.ts';
import type { Decision } from '../../app/core/record.ts';
import { complete, deployment, job, jobFailed, pod, statefulSet } from './observed.ts';
import {
  blocked,
  crashing,
  kept,
  live,
  liveOld,
  newSha,
  noImage,
  removing,
  reportCase,
  settingUp,
  starting,
  twoApps,
  updating,
  type ReportCase,
  type Situation,
} from './report-builders.ts';

const wanted: Decision = { verdict: 'wanted', reason: 'Labelled', problems: [] };
const chart = '.cloud/charts/shop/templates';

const violations = [
  `${chart}/rbac.yaml: ClusterRole/shop: kind: previews may not have ClusterRole — leave it out`,
  `${chart}/ingress.yaml: Ingress/shop: metadata.annotations.haproxy.org/backend-config-snippet: annotation is not on the platform's list — leave it out`,
  `${chart}/deployment.yaml: Deployment/shop: spec.template.spec.containers[0].securityContext.privileged: must not be true — leave it out`,
];

/** The new version of the live preview, applied over it. */
function renewed(situation: Situation): Situation {
  return { ...situation, record: { ...situation.record, sha: newSha } };
}

/** A chart with a database beside its program, as its objects show; `pods` are those of the program and the database. */
function shop(pods: (ns: string) => readonly KubernetesObject[], available: readonly [number, number]): Situation {
  return {
    objects: (ns) => [
      ...live.objects(ns).filter(({ kind }) => kind !== 'Deployment' && kind !== 'Pod'),
      deployment(ns, { name: 'shop', commit: newSha, available: available[0], source: `${chart}/deployment.yaml` }),
      statefulSet(ns, { name: 'shop-db', commit: newSha, ofCommit: false, available: available[1], source: `${chart}/db.yaml` }),
      ...pods(ns),
    ],
  };
}

const program = { name: 'shop-a', of: 'shop', commit: newSha } as const;
const database = { name: 'shop-db-0', of: 'shop-db', kind: 'StatefulSet', commit: newSha, ofCommit: false } as const;

/** A preview that is live, with a Job of the project that failed. */
const seedFailed: Situation = {
  objects: (ns) => [
    ...live.objects(ns).filter(({ kind }) => kind !== 'Deployment'),
    deployment(ns, { commit: newSha, available: 1, conditions: complete('2026-11-22T08:03:10Z') }),
    job(ns, { name: 'seed', commit: newSha, source: '.cloud/manifests/seed.yaml', conditions: [jobFailed] }),
    pod(ns, {
      name: 'seed-x',
      of: 'seed',
      kind: 'Job',
      commit: newSha,
      container: { state: { terminated: { reason: 'Error', exitCode: 3 } } },
    }),
  ],
};

/** What charts, manifests and their hooks bring. */
export const chartCases: readonly ReportCase[] = [
  reportCase('two-apps', {
    decision: wanted,
    config: null,
    tenants: { fr: twoApps('foo-241-fr', 'live'), be: twoApps('foo-241-be', 'crashing') },
  }),
  reportCase('database-first', {
    decision: wanted,
    config: null,
    tenants: { '': shop((ns) => [pod(ns, { ...program, ...crashing }), pod(ns, database)], [0, 0]) },
  }),
  reportCase('database-has-no-image', {
    decision: wanted,
    config: null,
    tenants: {
      '': shop(
        (ns) => [
          pod(ns, { ...program, ...crashing }),
          pod(ns, { ...database, image: `docker.io/library/postgres:71@sha256:${'0'.repeat(64)}`, ...noImage }),
        ],
        [0, 0],
      ),
    },
  }),
  reportCase('database-kept-by-an-old-pod', {
    decision: wanted,
    config: null,
    tenants: {
      '': shop(
        (ns) => [pod(ns, { ...program, ready: true }), pod(ns, { ...database, template: 'earlier', ...crashing })],
        [1, 0],
      ),
    },
  }),
  reportCase('chart-not-allowed', {
    decision: wanted,
    config: null,
    tenants: {
      fr: blocked({ reason: 'Refused', message: 'The platform does not allow it.', problems: violations }, renewed(liveOld)),
      be: blocked({ reason: 'Refused', message: 'The platform does not allow it.', problems: violations }, renewed(liveOld)),
    },
  }),
  reportCase('chart-much-not-allowed', {
    decision: wanted,
    config: null,
    tenants: {
      '': blocked({
        reason: 'Refused',
        message: 'The platform does not allow it.',
        problems: Array.from(
          { length: 60 },
          (_, index) => `${chart}/role-${index}.yaml: Role/r${index}: kind: previews may not have Role — leave it out`,
        ),
      }),
    },
  }),
  reportCase('chart-not-rendered', {
    decision: wanted,
    config: null,
    tenants: {
      fr: blocked({
        reason: 'RenderFailed',
        message: 'It cannot be rendered.',
        problems: [`${chart}/deployment.yaml:12: nil pointer evaluating interface {}.tag — see values-fr.yaml`],
      }),
      be: live,
    },
  }),
  reportCase('cannot-be-rendered-by-us', {
    decision: wanted,
    tenants: { '': blocked({ reason: 'RenderFailed', message: 'helm was killed after 10 s' }) },
  }),
  reportCase('image-missing', {
    decision: wanted,
    tenants: {
      '': blocked(
        { reason: 'ImageMissing', message: `The registry does not have registry.bar.com/foo:${newSha}.` },
        renewed(liveOld),
      ),
    },
  }),
  reportCase('secret-missing', {
    decision: wanted,
    tenants: {
      fr: blocked({
        reason: 'SecretMissing',
        message: 'The administrators have still to make preview-secrets/foo-db.',
      }),
      be: live,
    },
  }),
  reportCase('setup-running', { decision: wanted, tenants: { fr: settingUp('foo-241-fr', 'running', liveOld), be: updating } }),
  reportCase(
    'setup-failed',
    { decision: wanted, tenants: { fr: settingUp('foo-241-fr', 'failed', liveOld), be: starting } },
    { fr: ['0001_init.sql ok', '0002_basket.sql', 'ERROR: relation "basket" already exists'] },
  ),
  reportCase(
    'job-failed',
    { decision: wanted, config: null, tenants: { '': seedFailed } },
    { '': ['3 of 10 baskets written', 'Error: no such country'] },
  ),
  reportCase('teardown-failed', {
    decision: { verdict: 'not-wanted', reason: 'NotLabelled', problems: [] },
    tenants: {
      '': {
        ...kept(removing),
        record: {
          wanted: false,
          trouble: {
            reason: 'TeardownFailed',
            message: 'A teardown Job failed: Job has reached the specified backoff limit',
            failures: 1,
            retryAt: undefined,
          },
        },
      },
    },
    pullRequest: { labels: [] },
    said: { comment: { id: 1, nodeId: 'IC_1', bodyHash: '' } },
  }),
];
