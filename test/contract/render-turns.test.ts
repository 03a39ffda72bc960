import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openAnswers } from '../../app/io/render/answers.ts';
import { defaultLimits } from '../../app/io/render/limits.ts';
import { openCostly, openLine, type Costly } from '../../app/io/render/line.ts';
import { openReader } from '../../app/io/render/reader.ts';
import { OverLimit } from '../../app/io/render/refusals.ts';
import { openTurns } from '../../app/io/render/turns.ts';
import { api, cloudOf, requestFor } from '../support/charts/cloud.ts';
import { fakeTools } from '../support/charts/fake-tools.ts';
import { openFakeLog } from '../support/fake-clock.ts';

/** Work is called by its queue and a number, such as `a1`; in capitals: not urgent. */
const placeOf = (work: string): { queue: string; urgent: boolean } => ({ queue: work.charAt(0).toLowerCase(), urgent: work.charAt(0) === work.charAt(0).toLowerCase() });

function orderOf(works: readonly string[], costly: readonly string[] = []): readonly string[] {
  const line = openLine<string>({ has: (queue) => costly.includes(queue) });
  for (const work of works) line.add(work, placeOf(work));
  assert.equal(line.length(), works.length);
  const order = works.map(() => line.next() ?? 'nothing');
  assert.deepEqual([line.next(), line.length()], [undefined, 0]);
  return order;
}

describe('the order in a line', () => {
  const cases: readonly (readonly [what: string, works: string, costly: string, order: string])[] = [
    ['one queue: as they came', 'a1 a2 a3', '', 'a1 a2 a3'],
    ['queues take turns', 'a1 a2 a3 a4 b1 c1 b2', '', 'a1 b1 c1 a2 b2 a3 a4'],
    ['what is urgent goes first', 'A1 B1 a2 A3 b2', '', 'a2 b2 A1 B1 A3'],
    ['a costly queue goes behind everybody else', 'a1 a2 B1 b2 A3 c1', 'a', 'b2 c1 B1 a1 a2 A3'],
    ['costly queues take turns', 'a1 a2 b1 c1', 'ab', 'c1 a1 b1 a2'],
  ];
  for (const [what, works, costly, order] of cases) {
    test(what, () => {
      assert.equal(orderOf(works.split(' '), costly.split('')).join(' '), order);
    });
  }

  test('a queue that comes back is behind those that wait', () => {
    const line = openLine<string>({ has: () => false });
    for (const work of ['a1', 'b1', 'c1']) line.add(work, placeOf(work));
    assert.equal(line.next(), 'a1');
    line.add('a2', placeOf('a2'));
    assert.deepEqual([line.next(), line.next(), line.next()], ['b1', 'c1', 'a2']);
  });
});

test('a queue is costly for as long as it is said to be', () => {
  for (const [ms, costly] of [[Infinity, true], [-1, false]] as const) {
    const queues = openCostly(ms);
    queues.add('a');
    queues.add('b');
    assert.deepEqual([queues.has('a'), queues.has('b'), queues.has('c')], [costly, costly, false]);
  }
});

/** Runs works as they are in line, none of them ending before all are there. Returns the order in which they start. */
async function startsOf(works: readonly string[], options: { readonly most: number; readonly fails?: (work: string) => Error | undefined; readonly costly?: Costly }): Promise<string> {
  const turns = openTurns(options.most, options.costly ?? openCostly(Infinity));
  const started: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const run = works.map((work) =>
    turns.run(async () => {
      started.push(work);
      await gate.promise;
      const error = options.fails?.(work);
      if (error) throw error;
      return work;
    }, placeOf(work)),
  );
  gate.resolve(undefined);
  await Promise.allSettled(run);
  return started.join(' ');
}

describe('turns', () => {
  test('queues take turns', async () => {
    assert.equal(await startsOf(['a1', 'a2', 'a3', 'b1', 'c1'], { most: 1 }), 'a1 a2 b1 c1 a3');
  });

  test('after the first limit all of that queue waits behind the others', async () => {
    const fails = (work: string): Error | undefined => (work.startsWith('a') ? new OverLimit(['too slow']) : undefined);
    assert.equal(await startsOf(['a1', 'a2', 'a3', 'B1', 'b2', 'c1', 'c2'], { most: 1, fails }), 'a1 b2 c1 c2 B1 a2 a3');
  });

  test('another failure costs nothing', async () => {
    assert.equal(await startsOf(['a1', 'a2', 'a3', 'b1', 'b2'], { most: 1, fails: () => new Error('no') }), 'a1 a2 b1 a3 b2');
  });

  test('no more at once than there may be, and none is lost', async () => {
    const turns = openTurns(2, openCostly(Infinity));
    let [running, most] = [0, 0];
    const works = Array.from({ length: 20 }, (_, index) =>
      turns.run(async () => {
        running += 1;
        most = Math.max(most, running);
        await Promise.resolve();
        running -= 1;
        if (index % 3 === 0) throw new OverLimit(['too slow']);
      }, { queue: String(index % 4), urgent: index % 2 === 0 }),
    );
    assert.equal((await Promise.allSettled(works)).length, 20);
    assert.equal(most, 2);
  });
});

test('charts: a repository whose charts are slow waits behind the others', async () => {
  const started: string[] = [];
  const gate = Promise.withResolvers<undefined>();
  const template = async (_: unknown, { release }: { readonly release: string }): Promise<null> => {
    started.push(release);
    await gate.promise;
    if (release.startsWith('slow')) throw new OverLimit(['takes too long']);
    return null;
  };
  const answers = openAnswers({ tools: fakeTools(template, 1), log: openFakeLog(), mostBytes: 2 ** 20, tryAgainMs: 0 });
  const cloud = cloudOf(api({}));
  const charts = [...Array.from({ length: 4 }, (_, index) => ['acme/slow', `slow${index}`] as const), ['acme/foo', 'foo0'] as const, ['acme/bar', 'bar0'] as const, ['acme/foo', 'foo1'] as const];
  const asked = Promise.allSettled(charts.map(([queue, release]) => answers.chart(requestFor(cloud, { queue, release, perCommit: [] }))));
  gate.resolve(undefined);
  const outcomes = await asked;
  await answers.idle();
  assert.equal(started.join(' '), 'slow0 foo0 bar0 foo1 slow1 slow2 slow3');
  assert.deepEqual(outcomes.map(({ status }) => status), [...Array.from({ length: 4 }, () => 'rejected'), ...Array.from({ length: 3 }, () => 'fulfilled')]);
});

test('reading takes turns as well, and what is too deep makes its queue costly', async () => {
  const costly = openCostly(Infinity);
  const reader = openReader({ limits: defaultLimits, most: 1, log: openFakeLog(), costly });
  try {
    const order: string[] = [];
    const read = async (work: string, content: string): Promise<void> => {
      await reader.read<'manifests'>({ kind: 'manifests', files: [{ file: 'a.yaml', content: Buffer.from(content) }], values: {} }, 'it', placeOf(work)).catch((error: unknown) => {
        assert.ok(error instanceof OverLimit);
      });
      order.push(work);
    };
    const fine = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
    await Promise.all([...['a1', 'a2', 'a3', 'b1', 'c1'].map((work) => read(work, fine))]);
    assert.equal(order.join(' '), 'a1 b1 c1 a2 a3');
    assert.deepEqual(['a', 'b', 'c'].filter(costly.has), []);
  } finally {
    await reader.close();
  }
});
