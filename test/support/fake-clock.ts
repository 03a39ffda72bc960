import type { Clock, Log } from '../../app/core/ports.ts';

/** A clock that stands still until it is told to go on. */
export type FakeClock = Clock & { advance(ms: number): void; iso(): string };

/** Returns a clock at a fixed time of day; `iso` is that time in whole seconds, as GitHub's clock has it. */
export function openFakeClock(start = '2026-11-22T08:00:00Z'): FakeClock {
  const startMs = Date.parse(start);
  let passed = 0;
  return {
    now: () => new Date(startMs + passed),
    monotonicMs: () => passed,
    advance: (ms) => {
      passed += ms;
    },
    iso: () => new Date(startMs + passed).toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

/** Returns a log that keeps its lines. */
export function openFakeLog(): Log & { readonly lines: string[] } {
  const lines: string[] = [];
  const at = (level: string) => (fields: object, message: string) => {
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`);
  };
  return { lines, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
