import { list, over, templateDefaults } from './defaults-pods.ts';
import { isJsonObject, type Json, type JsonObject } from './objects.ts';

/** A Deployment's spec with its defaults. */
export function deploymentSpec(value: Json | undefined): JsonObject {
  const set = over({ replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }, value);
  const strategy = over({ type: 'RollingUpdate' }, set['strategy']);
  if (strategy['type'] === 'RollingUpdate') {
    strategy['rollingUpdate'] = over({ maxUnavailable: '25%', maxSurge: '25%' }, strategy['rollingUpdate']);
  }
  return { ...set, strategy, template: templateDefaults(set['template']) };
}

/** A StatefulSet's spec with its defaults. */
export function statefulSetSpec(value: Json | undefined): JsonObject {
  const set = over(
    { replicas: 1, serviceName: '', podManagementPolicy: 'OrderedReady', revisionHistoryLimit: 10 },
    value,
  );
  const updateStrategy = over({ type: 'RollingUpdate' }, set['updateStrategy']);
  if (updateStrategy['type'] === 'RollingUpdate') {
    updateStrategy['rollingUpdate'] = over({ partition: 0 }, updateStrategy['rollingUpdate']);
  }
  const claims = list(set['volumeClaimTemplates']).map((claim) => ({
    kind: 'PersistentVolumeClaim',
    apiVersion: 'v1',
    ...claim,
    spec: over({ volumeMode: 'Filesystem' }, claim['spec']),
    status: { phase: 'Pending' },
  }));
  const retention = set['persistentVolumeClaimRetentionPolicy'];
  return {
    ...set,
    updateStrategy,
    template: templateDefaults(set['template']),
    ...(claims.length === 0 ? {} : { volumeClaimTemplates: claims }),
    persistentVolumeClaimRetentionPolicy: over({ whenDeleted: 'Retain', whenScaled: 'Retain' }, retention),
  };
}

/** The labels that tell a Job's pods from all others; the old names stand beside the new ones. */
function jobLabels(name: Json, uid: Json): JsonObject {
  return {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': name,
    'controller-uid': uid,
    'job-name': name,
  };
}

/** A Job with its defaults. A new one (`live` undefined) gets a selector and labels of its own, unless it says that it has them. */
export function job(object: JsonObject, live: JsonObject | undefined): JsonObject {
  const metadata = over({}, object['metadata']);
  const given = over({}, object['spec']);
  const single = given['completions'] === undefined && given['parallelism'] === undefined ? { completions: 1 } : {};
  const spec: JsonObject = {
    ...over({ parallelism: 1, backoffLimit: 6, manualSelector: false, completionMode: 'NonIndexed' }, single),
    suspend: false,
    podReplacementPolicy: given['podFailurePolicy'] === undefined ? 'TerminatingOrFailed' : 'Failed',
    ...given,
    template: templateDefaults(given['template']),
  };
  if (live === undefined && spec['manualSelector'] !== true) generateSelector(spec, metadata);
  const template = over({}, spec['template']);
  const labels = over({}, over({}, template['metadata'])['labels']);
  // Since ever a Job without labels shows those of its pods.
  const bare = !isJsonObject(metadata['labels']) && Object.keys(labels).length > 0;
  return {
    ...object,
    metadata: bare ? { ...metadata, labels } : metadata,
    spec,
    status: object['status'] ?? {},
  };
}

function generateSelector(spec: JsonObject, { name, uid }: JsonObject): void {
  const generated = jobLabels(name ?? '', uid ?? '');
  const template = over({}, spec['template']);
  const metadata = over({}, template['metadata']);
  const selector = over({}, spec['selector']);
  const unique = { 'batch.kubernetes.io/controller-uid': uid ?? '' };
  spec['template'] = { ...template, metadata: { ...metadata, labels: over(generated, metadata['labels']) } };
  spec['selector'] = { ...selector, matchLabels: { ...over({}, selector['matchLabels']), ...unique } };
}

/** A CronJob's spec with its defaults. */
export function cronJobSpec(value: Json | undefined): JsonObject {
  const defaults = { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3 };
  const set = over({ ...defaults, failedJobsHistoryLimit: 1 }, value);
  const jobTemplate = over({ metadata: {} }, set['jobTemplate']);
  const spec = over({}, jobTemplate['spec']);
  return {
    ...set,
    jobTemplate: { ...jobTemplate, spec: { ...spec, template: templateDefaults(spec['template']) } },
  };
}
