import { RenderRefused, type ChartRequest, type SourcedObject } from '../../core/ports.ts';
import { usesChance } from './chance.ts';
import type { ChartPlans, WholeChart } from './chart-plans.ts';
import { settle, type Differences } from './differences.ts';
import type { Helm } from './helm.ts';
import type { ReadObject } from './read-objects.ts';
import type { Reader } from './reader.ts';
import type { Turns } from './turns.ts';

export type Tools = {
  readonly helm: Helm;
  readonly reader: Reader;
  readonly turns: Turns;
  readonly plans: ChartPlans;
};

/** A chart's objects, and where two renderings of the same inputs differ; undefined: nothing in the chart is made by chance. */
export type RenderedChart = { readonly objects: readonly SourcedObject[]; readonly differences: Differences | undefined };

/** Renders a chart: once, or twice side by side where chance has a part in it. Throws a RenderRefused. */
export async function renderChart(request: ChartRequest, chart: WholeChart, tools: Tools): Promise<RenderedChart> {
  const plan = await tools.plans.plan(chart, { queue: request.queue, urgent: true });
  if (!plan.chance && !usesChance(JSON.stringify([request.values, request.computed]))) {
    const objects = await renderOnce(request, chart, tools, true);
    return { objects: objects.map((one) => ({ ...one, stable: true })), differences: undefined };
  }
  // Both to their ends, also where one fails.
  const [first, second] = await Promise.allSettled([renderOnce(request, chart, tools, true), renderOnce(request, chart, tools, true)]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return settle(first.value, second.value);
}

/** Renders a chart once. `urgent`: before those that are not. */
export async function renderOnce(request: ChartRequest, chart: WholeChart, { helm, reader, turns, plans }: Tools, urgent: boolean): Promise<readonly ReadObject[]> {
  const place = { queue: request.queue, urgent };
  const plan = await plans.plan(chart, place);
  const { folder } = chart;
  const archives = new Set(plan.archives);
  const files = [...[...folder.files].filter(([path]) => !archives.has(path)).map(([path, content]) => ({ path, content })), ...plan.unpacked];
  const valuesFiles = ['values-preview.yaml', ...(request.tenant === '' ? [] : [`values-${request.tenant}.yaml`])].filter((path) => folder.files.has(path));
  const values = [...request.values, request.computed].map((one) => JSON.stringify(one));
  const { release, namespace, kubeVersion } = request;
  const { sources } = plan;
  const run = { files, valuesFiles, values, release, namespace, kubeVersion, folder: folder.path, sources };
  const output = await turns.run(() => helm.template(run), place);
  const answer = await reader.read<'rendered'>({ kind: 'rendered', folder: folder.path, sources, output }, `${folder.path}: what it renders to`, place);
  if ('problems' in answer) throw new RenderRefused(answer.problems);
  return answer.objects;
}
