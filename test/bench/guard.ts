import { guard } from '../../app/core/guard/guard.ts';
import type { GuardPolicy } from '../../app/core/guard/policy.ts';
import type { SourcedObject } from '../../app/core/ports.ts';
import { harmlessCharts } from '../support/guard-corpus.ts';
import { policy } from '../support/guard-policy.ts';

/** `node test/bench/guard.ts`: the guard on 100 objects as charts have them, beside a bare copy of the same by way of JSON. Goal: 10 ms. */
const size = 100;
const rounds = 300;

/** What is left out costs nothing; accounts stay, since pods name them. */
const leftOut = /^(HorizontalPodAutoscaler|PodDisruptionBudget|ServiceMonitor)$/;

/** Objects of whole charts, over and over under other names. */
function objectsOf(count: number): readonly SourcedObject[] {
  const whole = harmlessCharts().filter(({ name }) => /^(created|stateful|parts)-/.test(name));
  const rounds = [1, 2, 3].flatMap((round) =>
    whole.flatMap(({ name, objects }) => {
      const word = name.split('-')[1] ?? '';
      return objects.map((one) => ({
        ...one,
        object: JSON.parse(
          JSON.stringify(one.object)
            .replaceAll(new RegExp(`\\b${word}\\b`, 'g'), `${word}${round}`)
            // Each leads paths of its own.
            .replaceAll('{"path":"/', `{"path":"/${word}${round}`),
        ) as SourcedObject['object'],
      }));
    }),
  );
  return rounds
    .filter(({ object }) => !leftOut.test(typeof object['kind'] === 'string' ? object['kind'] : ''))
    .slice(0, count);
}

function medianMs(run: () => void): number {
  const times = Array.from({ length: rounds }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  }).sort((a, b) => a - b);
  return times[Math.floor(rounds / 2)] ?? NaN;
}

const objects = objectsOf(size);
const rows = (['baseline', 'restricted'] as const).map((level) => {
  const own: GuardPolicy = { ...policy, level, limits: { ...policy.limits, workloads: size, storage: '1Ti' } };
  const start = performance.now();
  const { violations, objects: through, dropped } = guard(objects, own);
  const first = performance.now() - start;
  if (violations.length > 0) throw new Error(JSON.stringify(violations[0]));
  const bytes = objects.reduce((sum, { object }) => sum + JSON.stringify(object).length, 0);
  return {
    level,
    objects: objects.length,
    bytes,
    'let through': through.length,
    'left out': dropped.length,
    'first ms': first.toFixed(2),
    'guard ms': medianMs(() => guard(objects, own)).toFixed(2),
    'bare copy ms': medianMs(() => objects.map(({ object }) => JSON.parse(JSON.stringify(object)) as unknown)).toFixed(
      2,
    ),
  };
});
console.table(rows);
