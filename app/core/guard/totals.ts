import { at, listAt, textAt, type JsonMap } from '../json.ts';
import type { Json } from '../object.ts';
import { quantityOf } from './quantity.ts';
import type { Scope } from './shape.ts';

/** One object that is let through so far, and where to tell what is wrong with it. */
export type Judged = { readonly file: string; readonly object: JsonMap; readonly scope: Scope };

const workloads: ReadonlySet<Json | undefined> = new Set(['Deployment', 'StatefulSet', 'Job', 'CronJob']);

/** Tells what is twice, and the object with which there are too many workloads or is too much storage. */
export function judgeTogether(judged: readonly Judged[]): void {
  const seen = new Map<string, string>();
  const count = { workloads: 0, storage: 0 };
  for (const { file, object, scope } of judged) {
    const { limits } = scope.policy;
    const key = `${textAt(object, 'kind')}/${textAt(at(object, 'metadata'), 'name')}`;
    const first = seen.get(key);
    if (first !== undefined)
      scope.say(
        '',
        'duplicate',
        `is there twice: in ${first} and in ${file}`,
        'give one of them another name, or take it out',
      );
    else seen.set(key, file);

    if (workloads.has(object['kind'])) count.workloads += 1;
    if (count.workloads === limits.workloads + 1 && workloads.has(object['kind']))
      scope.say(
        '',
        'workloads-count',
        'is one Deployment, StatefulSet, Job or CronJob too many',
        `${limits.workloads} are the most that the platform allows for one preview`,
      );

    const [before, most] = [count.storage, quantityOf(limits.storage) ?? 0];
    count.storage += storageOf(object);
    if (before <= most && count.storage > most)
      scope.say(
        '',
        'storage-total',
        'asks for more storage than is left',
        `${limits.storage} is the most that the platform allows for all volumes of one preview`,
      );
  }
}

/** What the volume claims of an object ask for, in bytes. */
function storageOf(object: JsonMap): number {
  const spec = at(object, 'spec');
  if (object['kind'] === 'PersistentVolumeClaim') return sizeOf(spec);
  const job = object['kind'] === 'CronJob' ? at(at(spec, 'jobTemplate'), 'spec') : spec;
  const pods = at(job, 'replicas') ?? at(job, 'parallelism') ?? 1;
  const templates = listAt(spec, 'volumeClaimTemplates').map((claim) => at(claim, 'spec'));
  const volumes = listAt(at(at(job, 'template'), 'spec'), 'volumes').map((volume) =>
    at(at(at(volume, 'ephemeral'), 'volumeClaimTemplate'), 'spec'),
  );
  return (
    (typeof pods === 'number' ? pods : 1) *
    [...templates, ...volumes].reduce<number>((sum, claim) => sum + sizeOf(claim), 0)
  );
}

function sizeOf(claim: Json | undefined): number {
  return quantityOf(at(at(at(claim, 'resources'), 'requests'), 'storage')) ?? 0;
}
