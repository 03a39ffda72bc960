import { projectConfigPath } from '../../core/facts.ts';
import { availableParallelism } from 'node:os';
import type { Log, Renderer } from '../../core/ports.ts';
import { openAnswers, type AnswerCounters } from './answers.ts';
import { openChildren } from './child.ts';
import { openHelm } from './helm.ts';
import { defaultLimits, type RenderLimits } from './limits.ts';
import { openCostly } from './line.ts';
import { renderManifests } from './manifests.ts';
import { openReader } from './reader.ts';
import { OverLimit } from './refusals.ts';
import { openTurns } from './turns.ts';

export type RendererOptions = {
  /** Path of helm 4; undefined: charts cannot be rendered, which is said when one is to be. */
  readonly helm: string | undefined;
  readonly log: Log;
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
export function openRenderer({ helm, log, limits: changed, atOnce = availableParallelism(), parent }: RendererOptions): OpenRenderer {
  const limits = { ...defaultLimits, ...changed };
  const children = openChildren();
  const costly = openCostly(limits.tryAgainMs);
  const reader = openReader({ limits, most: Math.min(2, atOnce), log, costly });
  const opened = openHelm({ helm, limits, log, children, parent });
  const tools = { helm: opened, reader, turns: openTurns(atOnce, costly) };
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
      await reader.close();
      await answers.idle();
    },
  };
}
