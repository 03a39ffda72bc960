const [firstMs, mostMs] = [25, 2_000];
/** From which age on it is asked how seldom, in milliseconds; the last that fits counts. */
const seldom = [
  { fromMs: 300_000, pauseMs: 10_000 },
  { fromMs: 3_600_000, pauseMs: 60_000 },
];

/** Returns how long to wait before a question is asked again, in milliseconds: after so many times, and so long after its beginning. */
export function pauseMs(asked: number, ageMs: number): number {
  const old = seldom.findLast(({ fromMs }) => ageMs >= fromMs);
  return old?.pauseMs ?? Math.min(mostMs, firstMs * 2 ** Math.min(20, Math.max(0, asked - 1)));
}
