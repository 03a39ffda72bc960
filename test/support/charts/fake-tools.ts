import { offlineRepositories } from '../../../app/io/charts/repositories.ts';
import type { Json } from '../../../app/core/object.ts';
import { openChartPlans } from '../../../app/io/render/chart-plans.ts';
import type { HelmRun } from '../../../app/io/render/helm.ts';
import { defaultLimits } from '../../../app/io/render/limits.ts';
import { openCostly } from '../../../app/io/render/line.ts';
import type { ReadAnswer } from '../../../app/io/render/read-objects.ts';
import type { ReaderAnswers, ReaderJob } from '../../../app/io/render/reader-thread.ts';
import type { Tools } from '../../../app/io/render/render-chart.ts';
import { openTurns } from '../../../app/io/render/turns.ts';

/** A template: what a run of helm makes of the values that the platform computes, as the data of one ConfigMap. */
export type FakeTemplate = (avant: { readonly sha: string; readonly shortSha: string }, run: HelmRun) => Json | Promise<Json>;

/** Returns tools without helm and without threads, which render every chart by the template. A costly queue stays so. */
export function fakeTools(template: FakeTemplate, atOnce: number): Tools {
  let started = 0;
  const read = (job: ReaderJob): ReaderAnswers[ReaderJob['kind']] => {
    if (job.kind === 'inspect') return { plan: { archives: [], unpacked: [], sources: [], chance: false } };
    if (job.kind === 'rendered') return JSON.parse(Buffer.from(job.output).toString()) as ReadAnswer;
    throw new Error('no manifests are read here');
  };
  const reader: Tools['reader'] = {
    read: <Kind extends ReaderJob['kind']>(job: Extract<ReaderJob, { readonly kind: Kind }>) => Promise.resolve(read(job) as ReaderAnswers[Kind]),
    close: () => Promise.resolve(),
  };
  return {
    helm: {
      template: async (run) => {
        started += 1;
        const { avant } = JSON.parse(run.values.at(-1) ?? '{}') as { avant: Parameters<FakeTemplate>[0] };
        const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: await template(avant, run) };
        return Buffer.from(JSON.stringify({ objects: [{ file: '.cloud/charts/api/templates/a.yaml', object }] }));
      },
      started: () => started,
    },
    reader,
    plans: openChartPlans({ reader, repositories: offlineRepositories([]), limits: defaultLimits }),
    turns: openTurns(atOnce, openCostly(Infinity)),
  };
}
