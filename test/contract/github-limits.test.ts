import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NotYetError } from '../../app/core/errors.ts';
import { rateLimitOf } from '../../app/io/github/limits.ts';
import { openGitHubReader } from '../../app/io/github/read.ts';
import { openGitHubWriter } from '../../app/io/github/write.ts';
import { count, json, withServer } from './github-scripted.ts';
import { nextKey } from './github-whole.ts';

const now = new Date('2026-01-01T12:00:00Z');
const date = 'Thu, 01 Jan 2026 11:00:00 GMT';
const inTenMinutes = String(Date.parse(date) / 1_000 + 600);
const message = 'API rate limit exceeded';

describe('which answers are rate limits, and for how long', () => {
  const cases: Readonly<
    Record<string, [status: number, headers: Record<string, string>, data: unknown, expected: object | undefined]>
  > = {
    'primary: until the reset, by the clock of GitHub': [
      403,
      { date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inTenMinutes },
      { message },
      { waitMs: 601_000, over: 'resource' },
    ],
    'primary with 429': [
      429,
      { date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': inTenMinutes },
      { message },
      { waitMs: 601_000, over: 'resource' },
    ],
    'secondary with retry-after': [
      403,
      { 'retry-after': '30' },
      { message: 'You have exceeded a secondary rate limit' },
      { waitMs: 30_000, over: 'everything' },
    ],
    'secondary without: a minute': [
      403,
      {},
      { message: 'You have exceeded a secondary rate limit' },
      { waitMs: 60_000, over: 'everything' },
    ],
    'abuse detection, as older servers say': [
      403,
      {},
      { message: 'You have triggered an abuse detection mechanism' },
      { waitMs: 60_000, over: 'everything' },
    ],
    '429 with nothing': [429, {}, '', { waitMs: 60_000, over: 'everything' }],
    'a second at least': [429, { 'retry-after': '0' }, '', { waitMs: 1_000, over: 'everything' }],
    'a reset that is over': [
      403,
      { date, 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '1' },
      { message },
      { waitMs: 1_000, over: 'resource' },
    ],
    'an hour at most': [429, { 'retry-after': '86400' }, '', { waitMs: 3_600_000, over: 'everything' }],
    'GraphQL, documented': [
      200,
      { date, 'x-ratelimit-reset': inTenMinutes },
      { errors: [{ type: 'RATE_LIMITED', message }] },
      { waitMs: 601_000, over: 'resource' },
    ],
    'GraphQL, as seen': [
      200,
      { date, 'x-ratelimit-remaining': '4', 'x-ratelimit-reset': inTenMinutes },
      { errors: [{ type: 'RATE_LIMIT', message }] },
      { waitMs: 601_000, over: 'resource' },
    ],
    'a plain 403': [
      403,
      { 'x-ratelimit-remaining': '4999' },
      { message: 'Resource not accessible by integration' },
      undefined,
    ],
    'a plain 200': [200, { 'x-ratelimit-remaining': '0' }, { data: {} }, undefined],
    'a 503 with retry-after': [503, { 'retry-after': '30' }, '', undefined],
  };
  for (const [name, [status, headers, data, expected]] of Object.entries(cases)) {
    test(name, () => {
      const limit = rateLimitOf({ status, headers, data }, now);
      assert.deepEqual(limit && { waitMs: limit.waitMs, over: limit.over }, expected);
    });
  }
});

const known = { comment: undefined, environments: [], lastCommand: 0 };
const notYet = (afterMs: number) => (error: unknown) => {
  assert.ok(error instanceof NotYetError);
  assert.equal(error.afterMs, afterMs);
  assert.match(error.message, /secondary rate limit|API rate limit/);
  return true;
};

const secondary = { message: 'You have exceeded a secondary rate limit' };

describe('after a rate limit', () => {
  test('nothing is asked before its time, neither reads nor writes, and everything after it', () =>
    withServer(
      ({ path }, response) =>
        path === '/graphql' ? json(response, 403, secondary, { 'retry-after': '30' }) : undefined,
      async ({ clients, asked, clock }) => {
        const [reader, writer, one] = [openGitHubReader(clients), openGitHubWriter(clients), nextKey()];
        const target = { owner: 'm6', name: 'foo', installation: one.installation, number: 1 };
        await assert.rejects(reader.read(one, known), notYet(30_000));
        clock.pass(29_000);
        await assert.rejects(reader.read(one, known), notYet(1_000));
        await assert.rejects(writer.createComment(target, 'hello'), notYet(1_000));
        assert.equal(count(asked, /graphql|issues/), 1);
        clock.pass(1_000);
        await assert.rejects(reader.read(one, known), notYet(30_000));
        assert.equal(count(asked, /graphql/), 2);
      },
    ));

  test('the primary one of GraphQL leaves REST alone, and other installations', () =>
    withServer(
      ({ path }, response) => {
        if (path === '/graphql')
          return json(
            response,
            200,
            { errors: [{ type: 'RATE_LIMIT', message: 'API rate limit' }] },
            { 'retry-after': '50' },
          );
        return /issues/.test(path) ? json(response, 201, { id: 5, node_id: 'IC_5' }) : undefined;
      },
      async ({ clients, asked }) => {
        const [reader, writer, one, other] = [
          openGitHubReader(clients),
          openGitHubWriter(clients),
          nextKey(),
          nextKey(),
        ];
        await assert.rejects(reader.read(one, known), notYet(50_000));
        const made = await writer.createComment(
          { owner: 'm6', name: 'foo', installation: one.installation, number: 1 },
          'hello',
        );
        assert.deepEqual([made.id, made.nodeId], [5, 'IC_5']);
        await assert.rejects(reader.read(other, known), notYet(50_000));
        assert.equal(count(asked, /graphql/), 2);
      },
    ));

  test('one on the token holds back the App', () =>
    withServer(
      ({ path }, response) =>
        path.endsWith('/access_tokens') ? json(response, 429, secondary, { 'retry-after': '7' }) : undefined,
      async ({ clients, asked, clock }) => {
        const [reader, one] = [openGitHubReader(clients), nextKey()];
        await assert.rejects(reader.read(one, known), notYet(7_000));
        await assert.rejects(reader.read(nextKey(), known), notYet(7_000));
        await assert.rejects(reader.presence(one.installation, 'R_1'), notYet(7_000));
        assert.equal(asked.length, 1);
        clock.pass(7_000);
        assert.equal(await reader.presence(one.installation, 'R_1'), 'gone');
      },
    ));
});
