import type { Pipeline, PipelineCheck } from './facts.ts';
import type { AwaitedCheck } from './record.ts';

export type Awaited = {
  /** `denied`: the installation has not granted reading checks, so nobody can tell. */
  readonly verdict: 'green' | 'waiting' | 'failed' | 'denied';
  /** Those of the checks that are not green, in the order of their names' list. */
  readonly checks: readonly AwaitedCheck[];
};

/**
 * Returns whether the checks of these names let the commit through: one that failed stops it, one that runs or is not there yet is
 * waited for. A name that GitHub has several checks of (two apps, or a status and a check run) counts as the worst of them. Without
 * names nothing is waited for, whatever was read.
 */
export function awaited(pipeline: Pipeline, names: readonly string[]): Awaited {
  if (names.length === 0) return { verdict: 'green', checks: [] };
  if (pipeline.kind === 'denied') return { verdict: 'denied', checks: [] };
  const checks = [...new Set(names)].flatMap((name): AwaitedCheck[] => {
    const { state, url } = worst(pipeline.checks, name) ?? { state: 'absent', url: undefined };
    return state === 'success' ? [] : [{ name, state, url }];
  });
  const verdict = checks.length === 0 ? 'green' : checks.some(({ state }) => state === 'failure') ? 'failed' : 'waiting';
  return { verdict, checks };
}

/**
 * Returns what `awaited` looks at and nothing more, so that other checks change nothing in what is kept: one check for each name, in
 * the order of the names.
 */
export function narrow(pipeline: Pipeline, names: readonly string[]): Pipeline {
  if (pipeline.kind === 'denied') return names.length === 0 ? { kind: 'read', checks: [] } : pipeline;
  return { kind: 'read', checks: [...new Set(names)].flatMap((name) => worst(pipeline.checks, name) ?? []) };
}

const badness = { success: 0, pending: 1, failure: 2 } as const;

/** Failure before pending before success; of two alike always the same one, in whatever order GitHub tells them. */
function worst(checks: readonly PipelineCheck[], name: string): PipelineCheck | undefined {
  const same = checks.filter((check) => check.name === name);
  return same.sort((a, b) => badness[b.state] - badness[a.state] || compare(a.url ?? '', b.url ?? ''))[0];
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
