/*
 * A worker in a process of its own, for queue-bull.test.ts to kill or to watch end.
 * argv: `hang` or `once`, then the options of openBullQueue as JSON. It prints `run <id>` as a run begins.
 */
import type { Outcome } from '../../app/core/queue.ts';
import { openBullQueue } from '../../app/io/queue/bull.ts';
import type { BullQueueOptions } from '../../app/io/queue/bull-options.ts';

const [, , mode, text = '{}'] = process.argv;
const queue = openBullQueue(JSON.parse(text) as BullQueueOptions);
const ran = Promise.withResolvers<undefined>();

queue.work(
  (id) => {
    process.stdout.write(`run ${id}\n`);
    if (mode === 'hang') return new Promise<Outcome>(() => undefined);
    ran.resolve(undefined);
    return Promise.resolve({});
  },
  { concurrency: 2 },
);

if (mode === 'once') {
  await queue.add('once');
  await ran.promise;
  await queue.close(10_000);
}
