import type { Wrong } from './shape.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What a duration looks like; its bounds are `durationBetween`'s. */
export const durationPattern = /^\d{1,6}[smhd]$/;

/** Returns the milliseconds of a duration like `90s`, `5m`, `1h` or `2d`, or undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const unit = durationPattern.test(text) ? unitMs[text.slice(-1)] : undefined;
  return unit === undefined ? undefined : Number(text.slice(0, -1)) * unit;
}

/** Returns whole seconds, given in milliseconds, as people write them: in the largest unit that leaves nothing over. */
export function durationText(ms: number): string {
  const [unit, size] = Object.entries(unitMs).findLast(([, size]) => ms % size === 0) ?? ['s', 1000];
  return `${Math.floor(ms / size)}${unit}`;
}

/** Returns a rule for durations within bounds, both included. */
export function durationBetween(least: string, most: string): (text: string) => Wrong | undefined {
  const [leastMs, mostMs] = [durationMs(least) ?? 0, durationMs(most) ?? Infinity];
  return (text) => {
    const ms = durationMs(text);
    if (ms === undefined)
      return { message: 'is not a duration', mend: 'write a number and its unit, s, m, h or d: 90s, 5m, 1h' };
    if (ms < leastMs) return { message: 'is too short', mend: `${least} is the least` };
    return ms > mostMs ? { message: 'is too long', mend: `${most} is the most` } : undefined;
  };
}
