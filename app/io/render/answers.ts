import { isDeepStrictEqual } from 'node:util';
import { messageOf } from '../../core/errors.ts';
import { RenderRefused, type ChartRequest, type Log, type SourcedObject } from '../../core/ports.ts';
import { chartFolder } from './chart-folder.ts';
import type { WholeChart } from './chart-plans.ts';
import { withChanceOf } from './differences.ts';
import { openKept, type Kept } from './kept.ts';
import { keysOf, textsOf, withTexts } from './keys.ts';
import { fillIn, patternOf, readsAsText, standInsFor } from './per-commit.ts';
import { OverLimit } from './refusals.ts';
import { renderChart, renderOnce, type RenderedChart, type Tools } from './render-chart.ts';

/** Since the renderer was opened. */
export type AnswerCounters = {
  /** Answers that were there already. */
  readonly kept: number;
  /** Answers made from what was rendered for another commit. */
  readonly filledIn: number;
};

/** What charts were rendered to, kept by what they were rendered from. */
export type Answers = {
  /** Throws a RenderRefused, the same for the same request; and what kept a chart repository from being asked. */
  chart(request: ChartRequest): Promise<readonly SourcedObject[]>;
  counters(): AnswerCounters;
  /** Resolves when nothing is rendered any more, in the background neither. */
  idle(): Promise<void>;
};

/** The answer for one commit; `until`: on the monotonic clock, in ms. */
type Answer = { readonly objects: readonly SourcedObject[] } | { readonly problems: readonly string[]; readonly until: number };

/** What the answers for all commits are made from: objects with marks where a commit's texts belong. `no`: each commit is rendered. */
type Pattern = readonly SourcedObject[] | 'no';

type State = {
  readonly tools: Tools;
  readonly log: Log;
  readonly tryAgainMs: number;
  readonly answers: Kept<Answer>;
  readonly patterns: Kept<Pattern>;
  readonly running: Map<string, Promise<readonly SourcedObject[]>>;
  readonly background: Set<Promise<void>>;
  readonly count: { kept: number; filledIn: number };
};

export type AnswersOptions = { readonly tools: Tools; readonly log: Log; readonly mostBytes: number; readonly tryAgainMs: number };

/** Returns no answers yet; half of the bytes are for answers, half for patterns. */
export function openAnswers({ tools, log, mostBytes, tryAgainMs }: AnswersOptions): Answers {
  const count = { kept: 0, filledIn: 0 };
  const state: State = { tools, log, tryAgainMs, answers: openKept(mostBytes / 2), patterns: openKept(mostBytes / 2), running: new Map(), background: new Set(), count };
  return {
    chart: (request) => chart(request, state),
    counters: () => ({ ...count }),
    idle: async () => {
      while (state.running.size + state.background.size > 0) await Promise.allSettled([...state.running.values(), ...state.background]);
    },
  };
}

async function chart(request: ChartRequest, state: State): Promise<readonly SourcedObject[]> {
  const { answers, running, patterns, count, tools } = state;
  const whole = await tools.plans.whole(chartFolder(request.cloud, request.chart), { queue: request.queue, urgent: true });
  const keys = keysOf(request, whole);
  const known = answers.get(keys.exact);
  if (known && !('until' in known && known.until < performance.now())) {
    count.kept += 1;
    if ('problems' in known) throw new RenderRefused(known.problems);
    return known.objects;
  }
  const pattern = patterns.get(keys.anyCommit);
  const filled = pattern === undefined || pattern === 'no' ? undefined : filledIn(pattern, request);
  if (filled) {
    count.filledIn += 1;
    return filled;
  }
  // The same request while it is being rendered waits for that.
  const under = running.get(keys.exact);
  if (under) return under;
  const started = render(request, whole, keys, state).finally(() => running.delete(keys.exact));
  running.set(keys.exact, started);
  return started;
}

async function render(request: ChartRequest, whole: WholeChart, keys: { readonly exact: string; readonly anyCommit: string }, state: State): Promise<readonly SourcedObject[]> {
  const { answers, patterns, tools } = state;
  try {
    const rendered = await renderChart(request, whole, tools);
    answers.put(keys.exact, { objects: rendered.objects }, sizeOf(rendered.objects));
    if (patterns.get(keys.anyCommit) === undefined) inBackground(() => findPattern(request, whole, { rendered, key: keys.anyCommit }, state), state);
    return rendered.objects;
  } catch (thrown) {
    if (thrown instanceof RenderRefused) {
      const until = thrown instanceof OverLimit ? performance.now() + state.tryAgainMs : Infinity;
      answers.put(keys.exact, { problems: thrown.problems, until }, sizeOf(thrown.problems));
    }
    throw thrown;
  }
}

/** What goes wrong there takes nothing from anybody's answer. */
function inBackground(work: () => Promise<void>, { background, log }: State): void {
  const started: Promise<void> = work()
    .catch((error: unknown) => {
      log.debug({ error: messageOf(error) }, 'a chart was not rendered a second time');
    })
    .finally(() => background.delete(started));
  background.add(started);
}

/**
 * Renders the chart with stand-ins for the commit's texts, and once more with others: any chart that writes a part of a text, or what
 * it computes from one, writes something else then. Where both times nothing differs but the texts themselves, the chart only writes
 * them: later commits' answers are made by writing theirs. What it decides by them two samples cannot show.
 */
async function findPattern(request: ChartRequest, whole: WholeChart, of: { readonly rendered: RenderedChart; readonly key: string }, { patterns, tools }: State): Promise<void> {
  const { objects, differences = [] } = of.rendered;
  const texts = textsOf(request);
  const standIns = standInsFor(texts);
  // Only this commit's texts are unfit: the next one's may not be.
  if (!standIns) return;
  const holds = async (pattern: readonly SourcedObject[], others: readonly string[]): Promise<boolean> => {
    const expected = withTextsOf(pattern, others);
    const replacements = texts.map((text, index) => [text, others[index] ?? text] as const);
    const again = await renderOnce(withTexts(request, replacements), whole, tools, false).catch((error: unknown) => {
      if (error instanceof RenderRefused && !(error instanceof OverLimit)) return undefined;
      throw error;
    });
    const found = again && withChanceOf(again, expected, differences);
    return found?.length === expected.length && expected.every(({ file, object }, index) => isDeepStrictEqual({ file, object }, found[index]));
  };
  const pattern = marked(objects, texts);
  const proven = pattern !== undefined && (await holds(pattern, standIns[0])) && (await holds(pattern, standIns[1]));
  patterns.put(of.key, proven ? pattern : 'no', proven ? sizeOf(pattern) : 0);
}

/** Returns the pattern with this commit's texts; undefined where YAML could read one of them as a number. */
function filledIn(pattern: readonly SourcedObject[], request: ChartRequest): readonly SourcedObject[] | undefined {
  const texts = textsOf(request);
  return texts.every(readsAsText) ? withTextsOf(pattern, texts) : undefined;
}

function withTextsOf(pattern: readonly SourcedObject[], texts: readonly string[]): readonly SourcedObject[] {
  return pattern.map((one) => ({ ...one, object: fillIn(one.object, texts) as SourcedObject['object'] }));
}

/** Returns the objects with marks; undefined where they cannot be told to have the texts as they are. */
function marked(objects: readonly SourcedObject[], texts: readonly string[]): readonly SourcedObject[] | undefined {
  const patterns = patternOf(objects.map(({ object }) => object), texts) as readonly SourcedObject['object'][] | undefined;
  return patterns && objects.map((one, index) => ({ ...one, object: patterns[index] ?? one.object }));
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value).length;
}
