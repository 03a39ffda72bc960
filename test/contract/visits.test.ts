import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { after, before, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { Registry } from 'prom-client';
import { collectVisits } from '../../app/io/visits/collect.ts';
import { openMemoryVisits, openRedisVisits, type VisitStore } from '../../app/io/visits/store.ts';
import { until } from '../support/avant.ts';
import { openFakeLog } from '../support/fake-clock.ts';
import { redisProblem, startRedis, type TestRedis } from '../support/redis.ts';

const line = (host: string, status: number): string => JSON.stringify({ host, ns: 'foo-241', own: '-', status, ta_ms: 12 });

/** Sends lines as HAProxy does, a datagram each. */
async function log(port: number, lines: readonly string[]): Promise<void> {
  const socket = createSocket('udp4');
  for (const one of lines) await new Promise<void>((resolve, reject) => { socket.send(one, port, '127.0.0.1', (error) => { if (error) reject(error); else resolve(); }); });
  socket.close();
}

/** What a store does, whatever it is. */
function storeCases(open: () => VisitStore): void {
  test('what is logged is counted by host, and the rest is not', async () => {
    const [store, registry] = [open(), new Registry()];
    const collecting = await collectVisits({ host: '127.0.0.1', port: 0, store, registry, log: openFakeLog() });
    const since = new Date(Date.now() - 1_000);
    await log(collecting.port, [line('a.test', 200), line('a.test', 200), line('a.test', 502), line('b.test', 404), line('b.test', 101), 'no json', line('', 200), JSON.stringify({ host: 'c.test', ns: '', status: 404 })]);
    await until('all lines are there', () => collecting.counts().lines === 8, 10_000);
    await collecting.close();
    assert.equal(collecting.counts().hits, 5);
    const [a, b, c] = await Promise.all(['a.test', 'b.test', 'c.test'].map((host) => store.total(host)));
    assert.deepEqual([a?.statuses, b?.statuses, c?.statuses], [{ 200: 2, 502: 1 }, { 101: 1, 404: 1 }, {}]);
    assert.ok(new Date(a?.lastHit ?? '') >= since && c?.lastHit === undefined);
    assert.deepEqual(await store.failing(since), ['a.test']);
    assert.deepEqual(await store.failing(new Date(Date.now() + 60_000)), []);
    const metrics = await registry.metrics();
    assert.match(metrics, /avant_preview_requests_total\{host="a\.test",code="502"\} 1/);
    assert.match(metrics, /avant_preview_request_duration_seconds_bucket\{le="0\.05",host="a\.test"\} 3/);
    // A WebSocket is a request, and its life is no duration of one.
    assert.match(metrics, /avant_preview_requests_total\{host="b\.test",code="101"\} 1/);
    assert.match(metrics, /avant_preview_request_duration_seconds_count\{host="b\.test"\} 1\n/);
  });
}

describe('visits in memory', () => {
  storeCases(openMemoryVisits);
});

const problem = redisProblem();
describe('visits in Redis', { skip: problem ?? false }, () => {
  let [server, redis] = [undefined, undefined] as unknown as [TestRedis, Redis];
  before(async () => {
    server = await startRedis();
    redis = new Redis(server.url, { maxRetriesPerRequest: 1 });
    redis.on('error', () => undefined);
  });
  after(async () => {
    redis.disconnect();
    await server.stop();
  });
  storeCases(() => openRedisVisits(redis));

  test('what Redis does not take is kept until it does', async () => {
    const own = await startRedis();
    const client = new Redis(own.url, { maxRetriesPerRequest: 0, retryStrategy: () => 50 });
    client.on('error', () => undefined);
    const store = openRedisVisits(client);
    const collecting = await collectVisits({ host: '127.0.0.1', port: 0, store, registry: new Registry(), log: openFakeLog() });
    await own.stop();
    await log(collecting.port, [line('d.test', 503)]);
    await until('the line is there', () => collecting.counts().lines === 1, 10_000);
    assert.equal(await store.total('d.test'), undefined, 'unknown, and not none');
    const again = await startRedis(own.port);
    await until('it is counted after all', async () => (await store.total('d.test'))?.statuses['503'] === 1, 30_000);
    await collecting.close();
    client.disconnect();
    await again.stop();
  });
});
