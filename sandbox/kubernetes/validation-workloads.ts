import { isDeepStrictEqual } from 'node:util';
import type { PodTemplate } from './pods.ts';
import type { Cause } from './refusals.ts';
import { matchesSelector } from './selectors.ts';
import {
  forbidden,
  immutable,
  invalidValue,
  labelMap,
  notNegative,
  required,
  unsupported,
} from './validation-names.ts';
import { podSpecCauses } from './validation-pods.ts';
import { claimSpecCauses } from './validation-storage.ts';
import type { CronJob, Deployment, Job, JobSpec, LabelSelector, StatefulSet } from './workloads.ts';

type Selected = { readonly selector?: LabelSelector; readonly template: PodTemplate };

/** The rules that all workloads with a selector share. */
function selectorCauses({ selector, template }: Selected, kind: string): Cause[] {
  const { labels } = template.metadata;
  const bare = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length === 0;
  const why = `empty selector is invalid for ${kind}`;
  return [
    ...(selector === undefined ? [required('spec.selector')] : []),
    ...(selector !== undefined && bare ? [invalidValue('spec.selector', selector, why)] : []),
    ...(selector === undefined || bare || !matchesSelector(selector, labels)
      ? [invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')]
      : []),
    ...labelMap('spec.template.labels', labels),
  ];
}

function alwaysRestarts({ spec }: PodTemplate): Cause[] {
  return spec.restartPolicy === 'Always'
    ? []
    : [unsupported('spec.template.spec.restartPolicy', spec.restartPolicy, ['Always'])];
}

/** Returns everything that is wrong with a Deployment. */
export function deploymentCauses({ spec }: Deployment, live: Deployment | undefined): Cause[] {
  const { strategy } = spec;
  const known = ['Recreate', 'RollingUpdate'];
  const both = strategy.type === 'Recreate' && strategy.rollingUpdate !== undefined;
  const moved = live !== undefined && !isDeepStrictEqual(live.spec.selector, spec.selector);
  return [
    ...notNegative('spec.replicas', spec.replicas),
    ...selectorCauses(spec, 'deployment'),
    ...podSpecCauses(spec.template.spec, 'spec.template.spec'),
    ...alwaysRestarts(spec.template),
    ...(known.includes(strategy.type) ? [] : [unsupported('spec.strategy', strategy, known)]),
    ...(both
      ? [forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'")]
      : []),
    ...(moved ? [immutable('spec.selector', spec.selector)] : []),
  ];
}

const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

function fixedPart({ spec }: StatefulSet): object {
  return Object.fromEntries(Object.entries(spec).filter(([name]) => !mutable.some((one) => one === name)));
}

/** Returns everything that is wrong with a StatefulSet. */
export function statefulSetCauses(set: StatefulSet, live: StatefulSet | undefined): Cause[] {
  const { podManagementPolicy, updateStrategy, volumeClaimTemplates = [], template, replicas } = set.spec;
  const claims = volumeClaimTemplates.map(({ metadata }) => metadata.name);
  const names = mutable.map((name) => `'${name}'`);
  const others = `updates to statefulset spec for fields other than ${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''} are forbidden`;
  const policies = ['OrderedReady', 'Parallel'];
  const strategies = ['RollingUpdate', 'OnDelete'];
  return [
    ...(policies.includes(podManagementPolicy)
      ? []
      : [invalidValue('spec.podManagementPolicy', podManagementPolicy, "must be 'OrderedReady' or 'Parallel'")]),
    ...(strategies.includes(updateStrategy.type)
      ? []
      : [invalidValue('spec.updateStrategy', updateStrategy, "must be 'RollingUpdate' or 'OnDelete'")]),
    ...volumeClaimTemplates.flatMap(({ spec }, index) =>
      claimSpecCauses(spec, `spec.volumeClaimTemplates[${index}].spec`),
    ),
    ...notNegative('spec.replicas', replicas),
    ...selectorCauses(set.spec, 'statefulset'),
    ...podSpecCauses(template.spec, 'spec.template.spec', claims),
    ...alwaysRestarts(template),
    ...(live !== undefined && !isDeepStrictEqual(fixedPart(set), fixedPart(live)) ? [forbidden('spec', others)] : []),
  ];
}

function jobSpecCauses(spec: JobSpec, at: string): Cause[] {
  const policy = spec.template.spec.restartPolicy;
  const field = `${at}.template.spec`;
  return [
    ...notNegative(`${at}.parallelism`, spec.parallelism),
    ...notNegative(`${at}.completions`, spec.completions),
    ...notNegative(`${at}.activeDeadlineSeconds`, spec.activeDeadlineSeconds),
    ...notNegative(`${at}.backoffLimit`, spec.backoffLimit),
    ...notNegative(`${at}.ttlSecondsAfterFinished`, spec.ttlSecondsAfterFinished),
    ...labelMap(`${at}.template.labels`, spec.template.metadata.labels),
    ...podSpecCauses(spec.template.spec, field),
    ...(policy === 'Always' ? [required(`${field}.restartPolicy`, 'valid values: "OnFailure", "Never"')] : []),
  ];
}

function ownSelectorCauses({ metadata, spec }: Job): Cause[] {
  const generated = { 'batch.kubernetes.io/controller-uid': metadata.uid };
  const { manualSelector } = spec as { manualSelector?: boolean };
  const { labels } = spec.template.metadata;
  const foreign = manualSelector !== true && !isDeepStrictEqual(spec.selector, { matchLabels: generated });
  return [
    ...(foreign ? [invalidValue('spec.selector', spec.selector, '`selector` not auto-generated')] : []),
    ...(matchesSelector(spec.selector, labels)
      ? []
      : [invalidValue('spec.template.metadata.labels', labels ?? null, '`selector` does not match template `labels`')]),
  ];
}

/** What a Job that is suspended and has never run may still be given: another place, and other amounts. */
const placing = ['nodeSelector', 'tolerations', 'affinity', 'schedulingGates'];

function unplaced({ spec }: PodTemplate): object {
  const kept = Object.entries(spec).filter(([name]) => !placing.includes(name));
  const containers = spec.containers.map((container) => ({ ...container, resources: {} }));
  return { ...Object.fromEntries(kept), containers };
}

function templateChange({ spec, status }: Job, live: Job): Cause[] {
  if (live.spec.suspend && status.startTime === undefined) {
    const same = isDeepStrictEqual(unplaced(spec.template), unplaced(live.spec.template));
    return same ? [] : [immutable('spec.template.spec', spec.template.spec)];
  }
  return isDeepStrictEqual(spec.template, live.spec.template) ? [] : [immutable('spec.template', spec.template)];
}

/** Returns everything that is wrong with a Job. */
export function jobCauses(job: Job, live: Job | undefined): Cause[] {
  const changes = (name: 'completions' | 'selector' | 'completionMode'): Cause[] =>
    live === undefined || isDeepStrictEqual(job.spec[name], live.spec[name])
      ? []
      : [immutable(`spec.${name}`, job.spec[name] ?? null)];
  return [
    ...jobSpecCauses(job.spec, 'spec'),
    ...ownSelectorCauses(job),
    ...changes('completions'),
    ...changes('selector'),
    ...(live === undefined ? [] : templateChange(job, live)),
    ...changes('completionMode'),
  ];
}

const macros = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/;

function scheduleCauses(schedule = ''): Cause[] {
  if (schedule === '') return [required('spec.schedule')];
  const fields = schedule.trim().split(/\s+/);
  if (macros.test(schedule) || fields.length === 5) return [];
  return [
    invalidValue('spec.schedule', schedule, `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`),
  ];
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

/** Returns everything that is wrong with a CronJob. Of its schedule only the number of fields is looked at. */
export function cronJobCauses({ metadata, spec }: CronJob): Cause[] {
  const { timeZone, concurrencyPolicy: policy } = spec;
  const policies = ['Allow', 'Forbid', 'Replace'];
  const { name } = metadata;
  return [
    // Its Jobs get 11 more characters.
    ...(name.length > 52 ? [invalidValue('metadata.name', name, 'must be no more than 52 characters')] : []),
    ...scheduleCauses(spec.schedule),
    ...notNegative('spec.startingDeadlineSeconds', spec.startingDeadlineSeconds),
    ...(timeZone === undefined || isTimeZone(timeZone)
      ? []
      : [invalidValue('spec.timeZone', timeZone, `unknown time zone ${timeZone}`)]),
    ...(policies.includes(policy) ? [] : [unsupported('spec.concurrencyPolicy', policy, policies)]),
    ...jobSpecCauses(spec.jobTemplate.spec, 'spec.jobTemplate.spec'),
  ];
}
