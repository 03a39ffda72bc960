import { after, afterEach, before, describe } from 'node:test';
import type { Queue } from '../../app/core/queue.ts';
import { openBullQueue } from '../../app/io/queue/bull.ts';
import { openMemoryQueue } from '../../app/io/queue/memory.ts';
import { redisProblem, startRedis, type TestRedis } from '../support/redis.ts';
import type { OpenQueue } from './queue-recording.ts';
import { queueLaws } from './queue.ts';

/** Wraps an opener so that each test's queues are closed after it. */
function closing(open: OpenQueue): OpenQueue {
  const opened: Queue[] = [];
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((queue) => queue.close(0)));
  });
  return (options) => {
    const queue = open(options);
    opened.push(queue);
    return queue;
  };
}

describe('the queue in memory', { timeout: 120_000 }, () => {
  queueLaws(closing(openMemoryQueue));
});

describe('the queue on bull and Redis', { skip: redisProblem(), timeout: 120_000 }, () => {
  let redis: TestRedis;
  let opened = 0;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  queueLaws(
    closing((options) => {
      opened += 1;
      return openBullQueue({ ...options, redisUrl: redis.url, name: `queue-${opened}` });
    }),
  );
});
