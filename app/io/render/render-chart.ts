import { RenderRefused, type ChartRequest, type SourcedObject } from '../../core/ports.ts';
import { usesChance } from './chance.ts';
import type { ChartFolder } from './chart-folder.ts';
import { settle, type Differences } from './differences.ts';
import type { Helm } from './helm.ts';
import type { ChartPlan } from './inspect-chart.ts';
import type { ReadObject } from './read-objects.ts';
import type { Place } from './line.ts';
import type { Reader } from './reader.ts';
import type { Turns } from './turns.ts';

export type Tools = {
  readonly helm: Helm;
  readonly reader: Reader;
  readonly turns: Turns;
};

/** A chart's objects, and where two renderings of the same inputs differ; undefined: nothing in the chart is made by chance. */
export type RenderedChart = { readonly objects: readonly SourcedObject[]; readonly differences: Differences | undefined };

const plans = new WeakMap<ChartFolder, ChartPlan>();

/** Renders a chart: once, or twice side by side where chance has a part in it. Throws a RenderRefused. */
export async function renderChart(request: ChartRequest, folder: ChartFolder, tools: Tools): Promise<RenderedChart> {
  const plan = await planOf(folder, tools.reader, { queue: request.queue, urgent: true });
  if (!plan.chance && !usesChance(JSON.stringify([request.values, request.computed]))) {
    const objects = await renderOnce(request, folder, tools, true);
    return { objects: objects.map((one) => ({ ...one, stable: true })), differences: undefined };
  }
  // Both to their ends, also where one fails.
  const [first, second] = await Promise.allSettled([renderOnce(request, folder, tools, true), renderOnce(request, folder, tools, true)]);
  if (first.status === 'rejected') throw first.reason;
  if (second.status === 'rejected') throw second.reason;
  return settle(first.value, second.value);
}

/** Renders a chart once. `urgent`: before those that are not. */
export async function renderOnce(request: ChartRequest, folder: ChartFolder, { helm, reader, turns }: Tools, urgent: boolean): Promise<readonly ReadObject[]> {
  const place = { queue: request.queue, urgent };
  const plan = await planOf(folder, reader, place);
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

async function planOf(folder: ChartFolder, reader: Reader, place: Place): Promise<ChartPlan> {
  const known = plans.get(folder);
  if (known) return known;
  const files = [...folder.files].map(([path, content]) => ({ path, content }));
  const answer = await reader.read<'inspect'>({ kind: 'inspect', folder: folder.path, files }, folder.path, place);
  if ('problems' in answer) throw new RenderRefused(answer.problems.slice(0, 20));
  plans.set(folder, answer.plan);
  return answer.plan;
}
