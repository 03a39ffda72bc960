import { projectConfigPath } from '../../core/facts.ts';
import { availableParallelism } from 'node:os';
import type { Log, Renderer } from '../../core/ports.ts';
import type { ReadEntry } from '../charts/index-file.ts';
import { offlineRepositories, openRepositories, type ChartRepositories } from '../charts/repositories.ts';
import { RepositoryTrouble } from '../charts/remote-chart.ts';
import { openAnswers, type AnswerCounters } from './answers.ts';
import { openChartPlans } from './chart-plans.ts';
import { openChildren } from './child.ts';
import { openHelm } from './helm.ts';
import { defaultLimits, type RenderLimits } from './limits.ts';
import { openCostly } from './line.ts';
import { renderManifests } from './manifests.ts';
import { openReader, type Reader } from './reader.ts';
import { OverLimit } from './refusals.ts';
import { openTurns } from './turns.ts';

export type RendererOptions = {
  /** Path of helm 4; undefined: charts cannot be rendered, which is said when one is to be. */
  readonly helm: string | undefined;
  readonly log: Log;
  /** Addresses of repositories that charts may be fetched from; without them none is. */
  readonly chartRepositories?: readonly string[];
  /** True: what would be fetched from them cannot be told, and that is said. */
  readonly offline?: boolean;
  readonly limits?: Partial<RenderLimits>;
  /** How many helms at once; without it one for each core. */
  readonly atOnce?: number;
  /** Where throw-away folders are made; without it where the system has its temporary files. */
  readonly parent?: string;
};

export type OpenRenderer = Renderer & {
  /** Since it was opened; `started`: how often helm was started for a chart. */
  counters(): AnswerCounters & { readonly started: number };
  /** Resolves when nothing is rendered any more, in the background neither. */
  idle(): Promise<void>;
};

/** Opens a renderer. It starts nothing until it is asked; docs/charts.md says what it does with a chart. */
export function openRenderer({ helm, log, chartRepositories = [], offline = false, limits: changed, atOnce = availableParallelism(), parent }: RendererOptions): OpenRenderer {
  const limits = { ...defaultLimits, ...changed };
  const children = openChildren();
  const costly = openCostly(limits.tryAgainMs);
  const reader = openReader({ limits, most: Math.min(2, atOnce), log, costly });
  const opened = openHelm({ helm, limits, log, children, parent });
  const repositories = offline ? offlineRepositories(chartRepositories) : openChartRepositories(chartRepositories, { limits, reader, log });
  const plans = openChartPlans({ reader, repositories, limits });
  const tools = { helm: opened, reader, turns: openTurns(atOnce, costly), plans };
  const answers = openAnswers({ tools, log, mostBytes: limits.cacheBytes, tryAgainMs: limits.tryAgainMs });
  return {
    legible: (text, queue) =>
      reader.read<'config'>({ kind: 'config', text, file: projectConfigPath }, 'it', { queue, urgent: true }).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof OverLimit) return error.problems.join('; ');
          throw error;
        },
      ),
    chart: answers.chart,
    manifests: (cloud, values, queue) => renderManifests(cloud, values, queue, reader),
    counters: () => ({ started: opened.started(), ...answers.counters() }),
    idle: answers.idle,
    close: async () => {
      children.close();
      await Promise.all([reader.close(), repositories.close()]);
      await answers.idle();
    },
  };
}

/** An index is parsed in the place of its repository: what it costs is not for the branch that asks to answer for. */
function openChartRepositories(listed: readonly string[], { limits, reader, log }: { readonly limits: RenderLimits; readonly reader: Reader; readonly log: Log }): ChartRepositories {
  const readEntry: ReadEntry = (content, { repository, name, version }) =>
    reader.read<'index'>({ kind: 'index', content, name, version }, `The index.yaml of the chart repository ${repository}`, { queue: repository, urgent: true }).catch((error: unknown) => {
      throw error instanceof OverLimit ? new RepositoryTrouble(error.problems.join('; ')) : error;
    });
  return openRepositories({ listed, limits: limits.repositories, readEntry, log });
}
