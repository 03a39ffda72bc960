import type { Wrong } from './shape.ts';

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns the milliseconds of a duration like `90s`, `5m`, `1h` or `2d`, or undefined for any other text. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  const unit = unitMs[match?.[2] ?? ''];
  return unit === undefined ? undefined : Number(match?.[1]) * unit;
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
