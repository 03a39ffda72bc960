import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import type { WriteBudget } from '../../app/core/ports.ts';
import { openMemoryBudget, openRedisBudget } from '../../app/io/github/budget.ts';
import { redisProblem, startRedis, type TestRedis } from '../support/redis.ts';

type HandClock = { now(): Date; monotonicMs(): number; pass(ms: number): void };

function handClock(): HandClock {
  let ms = Date.UTC(2026, 0, 1);
  return {
    now: () => new Date(ms),
    monotonicMs: () => ms,
    pass(by) {
      ms += by;
    },
  };
}

let installations = 0;
/** No two cases share one, as they share one Redis. */
const nextInstallation = () => ++installations;

function contract(open: (clock: HandClock) => WriteBudget): void {
  test('a burst of twenty, then one a second', async () => {
    const clock = handClock();
    const [budget, id] = [open(clock), nextInstallation()];
    for (let i = 0; i < 20; i++) assert.equal(await budget.take(id, 'content'), 0);
    assert.equal(await budget.take(id, 'content'), 1_000);
    assert.equal(await budget.take(id, 'write'), 1_000);
    clock.pass(1_000);
    assert.equal(await budget.take(id, 'write'), 0);
    assert.equal(await budget.take(id, 'write'), 1_000);
  });

  test('installations do not share', async () => {
    const budget = open(handClock());
    const [one, other] = [nextInstallation(), nextInstallation()];
    for (let i = 0; i < 20; i++) await budget.take(one, 'write');
    assert.equal(await budget.left(one), 0);
    assert.equal(await budget.left(other), 1);
    assert.equal(await budget.take(other, 'write'), 0);
  });

  test('content comes up to 500 an hour', async () => {
    const clock = handClock();
    const [budget, id] = [open(clock), nextInstallation()];
    const end = clock.monotonicMs() + 3_600_000;
    let made = 0;
    while (clock.monotonicMs() < end) {
      const waitMs = await budget.take(id, 'content');
      if (waitMs === 0) made++;
      else clock.pass(waitMs);
    }
    assert.equal(made, 499);
  });

  test('a block holds everything back until it is over, and what is left says so', async () => {
    const clock = handClock();
    const [budget, id] = [open(clock), nextInstallation()];
    await budget.take(id, 'content');
    assert.equal(await budget.left(id), 0.95);
    await budget.block(id, 90_000);
    await budget.block(id, 1_000);
    assert.equal(await budget.left(id), 0);
    assert.equal(await budget.take(id, 'write'), 90_000);
    clock.pass(90_000);
    assert.equal(await budget.take(id, 'write'), 0);
  });

  test('takings at the same time never go over the burst', async () => {
    const [budget, id] = [open(handClock()), nextInstallation()];
    const waits = await Promise.all(Array.from({ length: 60 }, () => budget.take(id, 'write')));
    assert.equal(waits.filter((ms) => ms === 0).length, 20);
  });
}

describe('write budget in memory', () => {
  contract(openMemoryBudget);
});

describe('write budget in Redis', { skip: redisProblem() ?? false }, () => {
  let server: TestRedis;
  const clients: Redis[] = [];
  const client = () => {
    const redis = new Redis(server.url);
    clients.push(redis);
    return redis;
  };
  before(async () => {
    server = await startRedis();
  });
  after(async () => {
    for (const redis of clients) redis.disconnect();
    await server.stop();
  });

  contract((clock) => openRedisBudget(client(), clock));

  test('two workers share it, by the time of the server', async () => {
    const [one, other, id] = [openRedisBudget(client()), openRedisBudget(client()), nextInstallation()];
    await one.block(id, 3_000_000);
    const waitMs = await other.take(id, 'content');
    assert.ok(waitMs > 2_000_000 && waitMs <= 3_000_000, String(waitMs));
    assert.equal(await other.left(id), 0);
  });

  test('its keys expire', async () => {
    const [redis, id] = [client(), nextInstallation()];
    const budget = openRedisBudget(redis);
    await budget.take(id, 'content');
    const [key = ''] = await redis.keys(`*:${id}`);
    const expiry = await redis.pttl(key);
    assert.ok(expiry > 0 && expiry < 200_000, `${key}: ${expiry}`);
    await budget.block(id, 3_600_000);
    assert.ok((await redis.pttl(key)) > 3_000_000);
  });

  test('it counts as the one in memory does', async () => {
    const redis = client();
    const step = fc.oneof(
      { weight: 20, arbitrary: fc.record({ take: fc.constantFrom('content' as const, 'write' as const) }) },
      { weight: 5, arbitrary: fc.record({ pass: fc.integer({ min: 1, max: 20_000 }) }) },
      { weight: 1, arbitrary: fc.record({ block: fc.integer({ min: 1, max: 5_000_000 }) }) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const [clock, id] = [handClock(), nextInstallation()];
        const [memory, shared] = [openMemoryBudget(clock), openRedisBudget(redis, clock)];
        for (const each of steps) {
          if ('pass' in each) clock.pass(each.pass);
          if ('block' in each) await Promise.all([memory.block(id, each.block), shared.block(id, each.block)]);
          if ('take' in each) assert.equal(await shared.take(id, each.take), await memory.take(id, each.take));
          assert.equal(await shared.left(id), await memory.left(id));
        }
      }),
      { numRuns: 40 },
    );
  });
});
