import { isMap } from '../json.ts';
import { shown } from '../outside-text.ts';
import { claimSpec } from './claims.ts';
import { selector } from './labels.ts';
import { claimMetadata, templateMetadata } from './metadata.ts';
import { podTemplate } from './pods.ts';
import {
  atMost,
  bool,
  count,
  fields,
  flag,
  integer,
  kept,
  leftOut,
  listOf,
  numberOrText,
  oneOf,
  only,
  refused,
  text,
  textThat,
  type Check,
} from './shape.ts';

const replicas = atMost(({ policy }) => policy.limits.replicas, 'replicas');

export const deploymentSpec: Check = fields(
  {
    replicas,
    selector,
    template: podTemplate,
    strategy: fields({
      type: oneOf('Recreate', 'RollingUpdate'),
      rollingUpdate: fields({ maxSurge: numberOrText, maxUnavailable: numberOrText }),
    }),
    minReadySeconds: count,
    paused: flag,
    progressDeadlineSeconds: integer(),
    revisionHistoryLimit: integer(),
  },
  ['selector', 'template'],
);

export const statefulSetSpec: Check = fields(
  {
    replicas,
    selector,
    template: podTemplate,
    serviceName: text,
    volumeClaimTemplates: listOf(
      fields({ apiVersion: kept, kind: kept, metadata: claimMetadata, spec: claimSpec, status: leftOut }, [
        'metadata',
        'spec',
      ]),
    ),
    updateStrategy: fields({
      type: oneOf('RollingUpdate', 'OnDelete'),
      rollingUpdate: fields({ maxUnavailable: numberOrText, partition: integer() }),
    }),
    podManagementPolicy: oneOf('OrderedReady', 'Parallel'),
    persistentVolumeClaimRetentionPolicy: fields({
      whenDeleted: oneOf('Retain', 'Delete'),
      whenScaled: oneOf('Retain', 'Delete'),
    }),
    minReadySeconds: count,
    ordinals: fields({ start: integer() }),
    revisionHistoryLimit: integer(),
  },
  ['selector', 'template'],
);

/** A Job that fails more often than this fails always. */
const tries = atMost(() => 10, 'job-limits');

const jobControl = refused('job-control', 'takes the Job from the cluster’s own controller', 'take it out');

const jobFields: Readonly<Record<string, Check>> = {
  template: podTemplate,
  activeDeadlineSeconds: atMost(({ policy }) => policy.limits.jobSeconds, 'job-limits'),
  backoffLimit: tries,
  backoffLimitPerIndex: tries,
  maxFailedIndexes: integer(),
  completionMode: oneOf('NonIndexed', 'Indexed'),
  completions: atMost(() => 100, 'job-limits'),
  parallelism: replicas,
  podFailurePolicy: fields({
    rules: listOf(
      fields({
        action: text,
        onExitCodes: fields({ containerName: text, operator: oneOf('In', 'NotIn'), values: listOf(integer()) }),
        onPodConditions: listOf(fields({ type: text, status: text })),
      }),
    ),
  }),
  podReplacementPolicy: text,
  successPolicy: fields({ rules: listOf(fields({ succeededIndexes: text, succeededCount: integer() })) }),
  suspend: bool,
  manualSelector: jobControl,
  selector: jobControl,
  managedBy: only(
    ['', 'kubernetes.io/job-controller'],
    'job-control',
    'takes the Job from the cluster’s own controller',
    'take it out',
  ),
};

/** A Job that says nothing of how long it may take gets the platform's longest time. */
function timed(check: Check): Check {
  return (value, field, scope) => {
    const taken = check(value, field, scope);
    return isMap(taken) ? { activeDeadlineSeconds: scope.policy.limits.jobSeconds, ...taken } : taken;
  };
}

/** `spec` of a Job. It stays after its end: a Job that the cluster takes away would be made, and run, again. */
export const jobSpec: Check = timed(fields({ ...jobFields, ttlSecondsAfterFinished: leftOut }, ['template']));

const cronField = /^[0-9A-Za-z*/,?-]{1,60}$/;
const cronWords = ['@hourly', '@daily', '@midnight', '@weekly', '@monthly', '@yearly', '@annually'];

/** What the cluster's cron library takes beside these is `@every 1s`. */
const schedule: Check = textThat((value, field, scope) => {
  const parts = value.trim().split(/\s+/, 7);
  if (!cronWords.includes(value) && !(parts.length === 5 && parts.every((part) => cronField.test(part))))
    scope.say(
      field,
      'cron-schedule',
      `is "${shown(value)}"`,
      'write minute, hour, day, month and weekday, such as 0 4 * * *',
    );
  return value;
});

const cronJob = fields(
  {
    schedule,
    timeZone: text,
    concurrencyPolicy: oneOf('Allow', 'Forbid', 'Replace'),
    jobTemplate: fields(
      {
        metadata: templateMetadata,
        spec: timed(fields({ ...jobFields, ttlSecondsAfterFinished: integer() }, ['template'])),
      },
      ['spec'],
    ),
    failedJobsHistoryLimit: tries,
    successfulJobsHistoryLimit: tries,
    startingDeadlineSeconds: integer(),
    suspend: bool,
  },
  ['schedule', 'jobTemplate'],
);

/** `spec` of a CronJob. One that says nothing of it runs one Job at a time. */
export const cronJobSpec: Check = (value, field, scope) => {
  const taken = cronJob(value, field, scope);
  return isMap(taken) ? { concurrencyPolicy: 'Forbid', ...taken } : taken;
};
